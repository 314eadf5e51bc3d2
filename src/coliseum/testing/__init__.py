"""What tests and soaks look at a server with; nothing that is shipped to people needs it.

To read, in this order:

1. `history`: what clients did and saw. `rules`: what of it no correct server could have done; `ordering` is the
   part of it that knows about orders.
2. `tongues`, `lines`, `crowd`: random clients on real connections, whose logs make a history.
3. `soak_server`, `soak`: a crowd in a server for minutes, and what is left of it.

What must stay true: 1 and `tongues` are pure; nothing of Coliseum outside of this package imports it.
"""
