"""The client: what `coliseum join` and bots are made of.

Reading order::

    status      what we know of the server (pure)          displays   what can be shown, as values
    outputs     what is to be done, as values              words      displays as sentences
    ledger      what became of the lines (pure)            view       sentences as lines of a terminal
    farewell    why a connection ended (pure)              wishes     what the user wants
    model       what the client does about what happens    retry      back-off, and signs of life (pure)
    session     model + clock times -> what to do          arrivals   what a link gives its session
    link        bytes <-> items, TLS and its failures      irc/       a link that translates: any IRC server
    threads     the session on two threads                 aio        the same on two tasks
    app         `coliseum join`: terminal, pipe            api        bots: Client, AsyncClient

What must stay true: everything that decides is pure; the two engines hold no rule and can be read side by side.
"""

from coliseum.client.api import Client
from coliseum.client.api_aio import AsyncClient

__all__ = ["AsyncClient", "Client"]
