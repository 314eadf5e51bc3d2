"""One datagram that is not text, and one goodbye. Is the server still there for this address afterwards?"""

import threading

from stage import ENGINES, Sender, chosen, datagram_room

threading.excepthook = lambda failure: print("   a thread of the server died:", failure.exc_type.__name__)

kind = chosen("naive", *ENGINES)
patience = 1.0 if kind == "naive" else 10.0  # who knows that no answer will come waits less
with datagram_room(kind) as (address, _):
    ana, luis = Sender(address), Sender(address)
    for sender, datagram in ((ana, b"hello"), (ana, b"\xff"), (ana, b"are you there?")):
        print("ana sends", datagram)
        print("   ", sender.ask(datagram, patience))
    for datagram in (b"hello", b"salir", b"are you there?"):
        print("luis sends", datagram)
        print("   ", luis.ask(datagram, patience))
    for sender in (ana, luis):
        sender.close()
