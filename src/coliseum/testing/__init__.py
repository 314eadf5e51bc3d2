"""Testing what cannot be tried out: every order in which things can happen.

Two ways to make chance obey a seed. `sim` runs the whole server on a third engine, in virtual time and over
simulated links: what can come between two steps. `interleave` runs real threads, one at a time, and changes over
inside steps: what can come between two lines. `mutants` take one rule out of the program each, and show that the
checkers notice.

| file | its job |
|---|---|
| `scheduler.py` | the seed, the clock, the agenda, the trace |
| `network.py` | streams that are cut and stall, datagrams that get lost |
| `engine.py`, `carriers.py` | the third engine: steps, effects, flushes, timers at random times |
| `people.py`, `speech.py` | who uses it, and in which words |
| `sim.py` | one seed from beginning to end; the command `python -m coliseum.testing.sim` |
| `history.py`, `invariants.py` | what must be true of what people saw, and of the world |
| `interleave.py`, `steps.py` | threads that take turns by seed, and what they do |
| `mutants.py` | the program with one rule missing; the command `python -m coliseum.testing.mutants` |

What must stay true: nothing that is shipped to run knows this package.
"""
