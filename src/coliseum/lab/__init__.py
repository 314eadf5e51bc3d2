"""The lab: a load generator that checks every delivery, comparisons of servers with it, and traces of engines.

A *cell* is one workload on one server. The generator (`python -m coliseum.lab`) runs one cell in a process of its
own, on a core of its own; `benchmarks/peers.py` runs many, in rounds, on any IRC servers, and prints ratios;
`coliseum compare` runs them on our own engines.

To read, in this order:

1. `kinds`, `workloads`: what is measured, with every parameter. `records`: what is said, so that one can check it.
2. `one_sender`, `many_senders`: the check itself, at the speed of memory; `ledger`: the exact one, line by line.
3. `wires`, `clients`, `enrolment`: connections, and how thousands of them come in. `sessions`: the same over UDP.
4. `flow`, `pacing`, `paced`, `datagrams`, `gatherings`, `stopping`: the runs. `cell`: one of them, with what the
   server spent meanwhile (`looks`: at the process, `usage`, and at its own `counters`).
5. `recipes`, `servers`, `comparison`, `report`: servers with generated configurations, rounds, tables.
6. `compare/`: the comparison of our engines and its report. `tracing/`: what an engine does when, as a picture.
   `pages`: the frame of both pages.

What must stay true: 1 and 2, `histogram`, `figures` and `report` do no I/O and have no clock; nothing that is
measured imports the lab; what it needs beyond the base installation (the extra `bench`) is needed here alone.
"""


class LabError(Exception):
    """A cell could not be measured: a server that does not start, a client that is refused. One readable line."""
