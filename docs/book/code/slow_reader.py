"""Eva stops reading. What does Luis still hear of what Ana says?"""

import contextlib
import threading

from stage import ENGINES, NAIVE, Guest, chosen, room

MESSAGES = 12_000  # of 1000 bytes: more than the kernel keeps for one connection
PATIENCE = 2  # seconds of silence after which we call a naive room frozen


def speak(ana: Guest) -> None:
    """Say everything, as fast as the server takes it."""
    for number in range(MESSAGES):
        ana.send(f"{number:05} {'.' * 990}")


def listen(luis: Guest) -> int:
    """Count what Luis hears until he has heard the last message, or nothing for a while."""
    heard = 0
    with contextlib.suppress(TimeoutError):
        while not luis.wait_for("ana: ").startswith(f"ana: {MESSAGES - 1:05}"):
            heard += 1
        heard += 1
    return heard


def note(event: str, **fields: object) -> None:
    """Print what Coliseum's log says about cutting somebody off."""
    if event == "session.closed" and fields["reason"] == "sendq-exceeded":
        print("the log: a session was closed, reason=sendq-exceeded")


kind = chosen(*NAIVE, *ENGINES)
with room(kind, note=note) as address:
    eva = Guest(address, "eva", receive_buffer=4096)
    luis, ana = Guest(address, "luis"), Guest(address, "ana")
    threading.Thread(target=speak, args=(ana,), daemon=True).start()
    if kind in NAIVE:
        luis.connection.settimeout(PATIENCE)
    heard = listen(luis)
    if heard < MESSAGES:
        print(f"luis heard {heard} of {MESSAGES} messages, then nothing for {PATIENCE} s")
    eva.close()
    if heard < MESSAGES:
        print("eva has hung up")
        luis.connection.settimeout(20)
        heard += listen(luis)
    print(f"luis heard {heard} of {MESSAGES} messages")
