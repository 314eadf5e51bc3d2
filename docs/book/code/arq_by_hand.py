"""Reliability by hand: of ten datagrams three get lost, one comes twice, and none comes when it should."""

import random

from coliseum.wire.arq import Arq, State

LINES = [f"line {number} {'.' * 50}\n".encode() for number in range(1000)]
luck = random.Random(1)  # noqa: S311 - the same bad luck in every run

now = 0.0
ana, server = Arq(b"8 bytes!", now), Arq(b"8 bytes!", now)
wire: list[tuple[float, Arq, object]] = []
sent = lost = 0
received = b""

for line in LINES:
    ana.send(line, now)
ana.close(now)
while ana.state not in (State.FINISHED, State.BROKEN):
    for sender, receiver in ((ana, server), (server, ana)):
        for datagram in sender.take():
            sent += 1
            copies = luck.choices((0, 1, 2), (3, 6, 1))[0]
            lost += copies == 0
            wire += [(now + luck.uniform(0.01, 0.09), receiver, datagram) for _ in range(copies)]
    deadlines = [side.deadline() for side in (ana, server)] + [when for when, _, _ in wire]
    now = min(when for when in deadlines if when is not None)  # no clock: time goes to where something happens
    for arrival in sorted((one for one in wire if one[0] <= now), key=lambda one: one[0]):
        wire.remove(arrival)
        _, receiver, datagram = arrival
        got = receiver.receive(datagram, now)
        received += got if receiver is server else b""
    for side in (ana, server):
        side.tick(now)
    if server.peer_closed:
        server.close(now)

print(f"{sent} datagrams were sent, {lost} of them got lost, {server.duplicates} came again")
print(f"ana had to repeat {ana.retransmitted}; everything took {now:.1f} s of the clock that we invented")
print("every line came, once, in order:", received == b"".join(LINES), "and both sides know:", ana.state.value)
