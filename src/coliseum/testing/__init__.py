"""What tests and soaks look at a server with; nothing that is shipped to people needs it.

`history` is the checker: what clients did and saw goes in, what went wrong comes out. `ordering` is the part of it
that knows about orders. `soak` is the long run.

What must stay true: nothing of Coliseum outside of this package imports it.
"""
