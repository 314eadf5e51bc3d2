"""A target with a fault in it, for the suite to see that one is found."""

from coliseum.dialects.irc.message import parse
from tests.fuzz.target import Target

COMMAND = "BU"


def planted(data: bytes) -> None:
    """Fail for one kind of command, which is one byte away from the seed."""
    try:
        command = parse(data.decode(errors="replace")).command
    except ValueError:
        return
    right = 0
    while right < len(command) and command[right] == COMMAND[right]:
        right += 1
        if right == len(COMMAND):
            raise RuntimeError("found")


TARGETS = (Target("planted", "a fault that is meant to be found", planted, (b"B a",), 500_000),)
