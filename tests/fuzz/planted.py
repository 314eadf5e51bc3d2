"""A target with a fault that chance alone would not find: three letters in a row have to be right."""

from coliseum.dialects.irc.message import parse
from tests.fuzz.target import Target

COMMAND = "BUG"


def planted(data: bytes) -> None:
    """Fail for one beginning of a command in sixteen million."""
    try:
        command = parse(data.decode(errors="replace")).command
    except ValueError:
        return
    right = 0
    while right < len(command) and command[right] == COMMAND[right]:
        right += 1
        if right == len(COMMAND):
            raise RuntimeError("found")


TARGETS = (Target("planted", "a fault that is meant to be found", planted, (b"PING a",), 1_000_000),)
