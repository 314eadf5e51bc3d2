"""One datagram that is not text, and one goodbye. Is the server still there for this address afterwards?"""

import threading

from stage import ENGINES, Sender, chosen, datagram_room

threading.excepthook = lambda failure: print("   a thread of the server died:", failure.exc_type.__name__)

kind = chosen("naive", *ENGINES)
with datagram_room(kind) as (address, _):
    people = {"ana": Sender(address), "luis": Sender(address)}
    for name, goodbye in (("ana", b"\xff"), ("luis", b"salir")):
        for datagram in (b"hello", goodbye, b"are you there?"):
            print(name, "sends", datagram)
            hopeless = kind == "naive" and datagram != b"hello"  # then we need not wait for long
            print("   ", people[name].ask(datagram, 1.0 if hopeless else 10.0))
    for sender in people.values():
        sender.close()
