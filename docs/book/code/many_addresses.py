"""350 addresses send one datagram each. A forger needs no 350 computers for that; here they are 350 ports."""

import contextlib
import io
import threading

import naive_udp
from stage import ENGINES, Sender, chosen, datagram_room

ADDRESSES = 350

with datagram_room(chosen("naive", *ENGINES)) as (address, server):
    senders = [Sender(address) for _ in range(ADDRESSES)]
    with contextlib.redirect_stdout(io.StringIO()):  # the naive server prints every message
        answers = [sender.ask(b"hello") for sender in senders]
    sessions = int(str(server.status()["datagram_sessions"])) if server else len(naive_udp.sessions)
    print(f"{ADDRESSES} addresses: {sessions} sessions, {threading.active_count()} threads")
    print("everybody got a session:", sessions == ADDRESSES)
    print("the first was told:", answers[0])
    print("the last was told: ", answers[-1])
    for sender in senders:
        sender.close()
