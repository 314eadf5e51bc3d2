"""The capabilities: what a client can ask the server to do differently (IRCv3 Capability Negotiation).

One row per capability, with where it is specified; docs/reference/irc.md is checked against it. Accounts, history
and multiline get their rows when the server has them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_SPECS = "https://ircv3.net/specs/extensions/"


@dataclass(frozen=True, slots=True)
class Capability:
    """One row."""

    name: str
    spec: str
    about: str
    implied: bool = False
    "A client that knows CAP version 302 always has it and cannot give it up."


CAPABILITIES = (
    Capability(
        "away-notify", _SPECS + "away-notify", "AWAY lines when somebody in a shared room goes or comes back."
    ),
    Capability("batch", _SPECS + "batch", "Replies that belong together come in a batch."),
    Capability(
        "cap-notify", _SPECS + "capability-negotiation", "CAP NEW and CAP DEL, if that ever happens.", implied=True
    ),
    Capability("chghost", _SPECS + "chghost", "CHGHOST lines; never sent so far, because hosts do not change."),
    Capability("draft/pre-away", _SPECS + "pre-away", "AWAY before the registration is complete."),
    Capability("echo-message", _SPECS + "echo-message", "One's own messages come back as they were delivered."),
    Capability("extended-join", _SPECS + "extended-join", "JOIN lines tell account (`*`: none) and real name."),
    Capability("extended-monitor", _SPECS + "extended-monitor", "AWAY and SETNAME lines of monitored nicks too."),
    Capability("invite-notify", _SPECS + "invite-notify", "Operators see who is invited into their room."),
    Capability("labeled-response", _SPECS + "labeled-response", "An answer carries the label of its question."),
    Capability("message-tags", _SPECS + "message-tags", "Tags on messages, message ids, TAGMSG."),
    Capability("multi-prefix", _SPECS + "multi-prefix", "All prefixes of a member, not the highest alone."),
    Capability("no-implicit-names", _SPECS + "no-implicit-names", "JOIN is not followed by the list of names."),
    Capability("server-time", _SPECS + "server-time", "Every line tells when it was."),
    Capability("setname", _SPECS + "setname", "SETNAME changes one's real name, and lines when others do."),
    Capability("standard-replies", _SPECS + "standard-replies", "FAIL, WARN and NOTE replies."),
    Capability("userhost-in-names", _SPECS + "userhost-in-names", "Names come as nick!user@host."),
)

BY_NAME = {capability.name: capability for capability in CAPABILITIES}

LIST_BYTES = 400
"How much of a list of capabilities goes into one line."


def listed(names: Iterable[str]) -> list[str]:
    """Return the names in lines that are short enough; one empty line for none."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) >= LIST_BYTES:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + name
    return lines


def requested(wish: str, active: frozenset[str], version: int) -> frozenset[str] | None:
    """Return what is active after the wish (`CAP REQ :one -two`) was met; None when it can't be met as a whole.

    `version` is the one of CAP that the client knows.
    """
    result = set(active)
    for word in wish.split():
        name = word.removeprefix("-")
        capability = BY_NAME.get(name)
        if capability is None or (word.startswith("-") and capability.implied and version >= 302):
            return None
        if word.startswith("-"):
            result.discard(name)
        else:
            result.add(name)
    return frozenset(result)
