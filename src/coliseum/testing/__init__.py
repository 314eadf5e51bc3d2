"""Testing what cannot be tried out: every order in which things can happen.

Two ways to make chance obey a seed. `sim` runs the whole server on a third engine, in virtual time and over
simulated links: what can come between two steps. `interleave` runs real threads, one at a time, and changes over
inside steps: what can come between two lines. `mutants` take one rule out of the program each, and show that the
checkers notice. Beside them, chance itself: a `crowd` of random clients on real connections, for a moment in the
tests and for minutes in the `soak`. All of them keep a history, and the same rules judge it.

| file | its job |
|---|---|
| `history.py`, `rules.py`, `ordering.py` | what clients did and saw; what of it no server may do |
| `scheduler.py` | the seed, the clock, the agenda, the trace |
| `network.py` | streams that are cut and stall, datagrams that get lost |
| `engine.py`, `carriers.py` | the third engine: steps, effects, flushes, timers at random times |
| `ends.py`, `people.py`, `speech.py` | who uses it, from where, and in which words |
| `sim.py` | one seed from beginning to end; the command `python -m coliseum.testing.sim` |
| `invariants.py` | what must be true of the world after every step |
| `interleave.py`, `steps.py` | threads that take turns by seed, and what they do |
| `mutants.py` | the program with one rule missing; the command `python -m coliseum.testing.mutants` |
| `crowd.py`, `tongues.py`, `lines.py` | random clients on real connections |
| `soak.py`, `soak_server.py` | a crowd in a server for minutes, and what is left of it; `make soak` |

What must stay true: nothing that is shipped to run knows this package.
"""
