"""Tracing: one short scenario on each engine, and what every thread did meanwhile, as a picture.

A scenario runs on a server in a process of its own, with its people in another, so that they are not in the
picture. In the server's process, and nowhere else, the few functions in which the engines do their work are
wrapped before the server is made; what they did is kept by thread and handed out when the server has stopped.

To read, in this order:

1. `scenarios`: who does what, as data. `crowd`: the process in which they do it.
2. `spans`: what is recorded. `recorder`: recording, with no lock and no I/O. `watched`: what is wrapped.
3. `serving`: the process of the server. `recording`: both processes, and what came out.
4. `rows`: who is who in a recording. `totals`: sums. `chrome`: the trace as other programs read it.
5. `wording`, `view`: the page.

What must stay true: whoever does not trace pays nothing, not even a question whether somebody does; what people
said, and passwords, are in no recording: sizes, counts, kinds and the nicks of a scenario are; `scenarios`,
`spans`, `rows`, `totals` and `chrome` do no I/O and have no clock.
"""
