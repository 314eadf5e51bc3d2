"""The comparison of engines: the same workloads on each, what came out, and what may be said about it.

To read, in this order:

1. `plan`: which workloads, with how many clients. `fairness`: what must be the same for all engines.
2. `session`: the run, round by round. `document`: what it leaves, as JSON.
3. `noise`: when two engines differ, and when nothing was seen. `catalogue`: which figures there are.
4. `texts`, `meanings`, `sentences`, `method`: the words. `charts`, `drawing`, `plots`, `svg`: the pictures.
5. `contents`, `losses`: both together, as values. `table` writes them on the terminal, `page` into one HTML file,
   `markdown` into a page for a repository.

What must stay true: 3 to 5 are functions of the document alone, so that a report can be made again from its JSON;
every engine is measured as `coliseum serve` runs it.
"""
