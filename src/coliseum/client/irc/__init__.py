"""IRC as a tongue of the client: between the link, which has bytes, and the session, which knows nothing of IRC.

::

    session ── lines of the plain dialect ──► [ flight ─► speaking ] ── messages ──► link
            ◄── events of core.vocabulary ─── [ hearing, replies   ] ◄─ messages ───

The idea: to the model an IRC server is a Coliseum server whose dialect somebody translates. The user's line is
read as on the plain dialect and said as IRC; what the server tells becomes the events that the model, the view
and the bots know; and the acknowledgement that IRC does not have, `Heard`, is made of labelled answers or of
pings.

Reading order::

    facts         what core has no event for              text          what a peer's text may hold
    features      what the server can do and how          speaking      a request as messages
    registration  from a connection to a nick             flight        lines: waiting, on their way, dealt with
    places        ourselves and our room, as the server tells them
    hearing       what happens, as events                 replies       what numbers say, as events
    objections    numbers that say no, as refusals        tongue        all of it put together
    link          the tongue on a connection

What must stay true: pure (no clock, no socket, no randomness); whatever a server sends, nothing is raised and no
control character comes out; whatever a user types, one line is never two commands.

Sources: modern.ircdocs.horse, RFC 1459 and 2812, the extensions of IRCv3 named in registration.py.
"""
