"""Two addresses, three messages each: how many sessions, how many threads?"""

import threading

from stage import ENGINES, Sender, chosen, datagram_room


def session_threads() -> int:
    """Count the threads that serve one session."""
    names = [type(thread).__name__ + thread.name for thread in threading.enumerate()]
    return sum("session-" in name or name.startswith("Session") for name in names)


with datagram_room(chosen("naive", *ENGINES), print) as (address, _):
    ana, luis = Sender(address), Sender(address)
    for text in (b"one", b"two", b"three"):
        for sender in (ana, luis):
            print("   the client sees:", sender.ask(text))
    print("threads for sessions:", session_threads())
    for sender in (ana, luis):
        sender.close()
