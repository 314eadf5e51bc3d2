"""Which threads does a server have, with three clients, one of whom reads nothing? And after it was stopped?"""

import threading
import time

from stage import ENGINES, Guest, chosen, coliseum


def threads() -> list[str]:
    """Return the names of all threads but this one; a client's has its session's id in it, which says nothing."""
    names = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
    return sorted("-".join("ID" if len(part) == 8 else part for part in name.split("-")) for name in names)


engine = chosen(*ENGINES)
with coliseum(engine, limits__sendq=64 * 1024 * 1024) as server:
    print("nobody is here:   ", *threads())
    address = server.address("tcp")
    eva = Guest(address, "eva", receive_buffer=4096)
    luis, ana = Guest(address, "luis"), Guest(address, "ana")
    print("three clients:    ", *threads())
    for _ in range(8000):  # 8 MB: more than the kernel keeps for eva, who does not read
        ana.send("." * 1000)
    luis_heard = sum(luis.wait_for("ana: ") != "" for _ in range(8000))
    print("eva is stalled:   ", *threads())
    asked = time.monotonic()
    eva.close()
    for guest in (ana, luis):
        guest.connection.shutdown(1)  # they hang up politely, and so does the server
print("the server stopped:", *threads() or ["none"], f"({time.monotonic() - asked:.1f} s)")
