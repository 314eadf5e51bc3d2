"""What a server can do and how it writes things: what it said in 005 (ISUPPORT), and the capabilities it granted.

The idea: one frozen value; before the server has said anything it is what RFC 1459 knew. Whatever a server leaves
out stays so.

What must stay true: pure; a value that makes no sense is as good as none; a name that `room_name` lets through can
stand anywhere in a message.

Sources: modern.ircdocs.horse "RPL_ISUPPORT Parameters".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CASES = {
    "ascii": str.maketrans(_UPPER, _UPPER.lower()),
    "rfc1459": str.maketrans(_UPPER + "[]\\~", _UPPER.lower() + "{}|^"),
    "strict-rfc1459": str.maketrans(_UPPER + "[]\\", _UPPER.lower() + "{}|"),
}
_ROOM_SIGNS = "#&+!"
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f,]")
"What no room's name may have on any server: spaces, commas, control characters."
_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Features:
    """What we know of one server."""

    capabilities: frozenset[str] = frozenset()
    network: str = ""
    casemapping: str = "rfc1459"
    room_signs: str = "#&"
    "A name that begins with one of them is a room's."
    roles: str = "ov"
    "Modes that members of a room have."
    role_signs: str = "@+"
    "The sign in front of a nick for each of `roles`."
    list_modes: str = "beI"
    "Modes that always have a parameter: entries of lists."
    value_modes: str = "k"
    "Modes that always have a parameter."
    set_modes: str = "l"
    "Modes that have a parameter when they are set."
    nick_length: int = 0
    "The longest nick, as far as we were told; 0: we were not. The same for the lengths below."
    room_length: int = 0
    topic_length: int = 0
    rooms_limit: int = 0
    "In how many rooms one may be."

    def learned(self, tokens: Iterable[str]) -> "Features":
        """Return what we know after a line of 005 with these tokens."""
        now = self
        for token in tokens:
            name, _, value = token.partition("=")
            now = now._after(name, value)
        return now

    def granted(self, names: Iterable[str]) -> "Features":
        """Return what we know after capabilities were granted, or (`-name`) taken away."""
        capabilities = set(self.capabilities)
        for name in names:
            if name.startswith("-"):
                capabilities.discard(name[1:])
            else:
                capabilities.add(name.lstrip("~="))
        return replace(self, capabilities=frozenset(capabilities))

    def _after(self, name: str, value: str) -> "Features":
        match name:
            case "NETWORK":
                return replace(self, network=value)
            case "CASEMAPPING":
                return replace(self, casemapping=value)
            case "CHANTYPES" if signs := "".join(sign for sign in value if sign in _ROOM_SIGNS):
                return replace(self, room_signs=signs)
            case "PREFIX" if found := re.fullmatch(r"\((\w*)\)(.*)", value):
                return replace(self, roles=found[1], role_signs=found[2])
            case "CHANMODES" if value.count(",") >= 3:
                lists, values, sets, *_flags = value.split(",")
                return replace(self, list_modes=lists, value_modes=values, set_modes=sets)
            case "NICKLEN":
                return replace(self, nick_length=number(value))
            case "CHANNELLEN":
                return replace(self, room_length=number(value))
            case "TOPICLEN":
                return replace(self, topic_length=number(value))
            case "CHANLIMIT" if found := re.search(r"#[^:,]*:(\d+)", value):
                return replace(self, rooms_limit=number(found[1]))
        return self

    @property
    def labels(self) -> bool:
        """Answers carry the label of their question."""
        return {"labeled-response", "batch"} <= self.capabilities

    def fold(self, name: str) -> str:
        """Return the key under which the server knows `name`: equal keys are the same name."""
        return name.translate(_CASES.get(self.casemapping, _CASES["ascii"]))

    def is_room(self, name: str) -> bool:
        """Say whether `name` can be a room's name, as it stands in a message."""
        return name.startswith(tuple(self.room_signs)) and not _FORBIDDEN.search(name)

    def room_name(self, written: str) -> str | None:
        """Return the room that a user means, as it stands in a message; None when no room is called so."""
        name = written if written.startswith(tuple(self.room_signs)) else f"#{written}"
        return name if written and self.is_room(name) else None

    def without_role(self, nick: str) -> str:
        """Return a member of a list of names without the signs of their roles."""
        return nick.lstrip(self.role_signs) if self.role_signs else nick

    def audience(self, target: str) -> tuple[str, str]:
        """Return sign and room of `@#room`, which is meant for its operators; any other target has no sign."""
        sign, room = target[:1], target[1:]
        for_some = sign in self.role_signs and not self.is_room(target) and self.is_room(room)
        return (sign, room) if sign and for_some else ("", target)

    def changes(self, words: Sequence[str]) -> Iterator[tuple[bool, str, str]]:
        """Yield whether it is set, letter and parameter (empty for none) of each mode in `+ov-l ana luis`."""
        letters, *arguments = words or [""]
        following = iter(arguments)
        on = True
        with_parameter = self.list_modes + self.value_modes + self.roles
        for letter in letters:
            if letter in "+-":
                on = letter == "+"
            elif letter in with_parameter or (on and letter in self.set_modes):
                yield on, letter, next(following, "")
            else:
                yield on, letter, ""


def number(text: str) -> int:
    """Return the number that a peer wrote; 0 when it is none that could be meant."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0
