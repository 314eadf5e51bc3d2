"""Texts on IRC: what clients say to clients in them, and when they were said.

What must stay true: pure; any text may come. Not here: what does not belong on a screen (dialects.plain.cleaning).

Sources: modern.ircdocs.horse "CTCP", IRCv3 "server-time".
"""

from datetime import UTC, datetime

_CTCP = "\x01"


def request(text: str) -> tuple[str, str] | None:
    """Return command and argument of a message from client to client (CTCP); None: `text` is for people."""
    if not text.startswith(_CTCP):
        return None
    command, _, argument = text[1:].partition(_CTCP)[0].partition(" ")
    return command.upper(), argument


def action(text: str) -> str:
    """Return `text` as what somebody does."""
    return f"{_CTCP}ACTION {text}{_CTCP}"


def nanoseconds(written: str) -> int:
    """Return a time of `server-time` in nanoseconds since 1970 UTC; 0 for none, or for what is no time."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return max(0, (since.days * 86400 + since.seconds) * 10**9 + since.microseconds * 1000)
