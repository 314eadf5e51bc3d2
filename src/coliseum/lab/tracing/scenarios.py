"""The scenarios: who does what, one act after the other, as data.

The idea: a scenario has few people and one thing to show, and it waits for nothing but for what must happen, so it
is over in a moment and does the same on every engine.

What must stay true: pure; an act is over when everybody has seen what it brings (`crowd` waits for it), so the
next one never begins in the middle of it. Not here: how scenarios are explained to readers (wording).
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

MANY: Final = (
    *("ana", "luis", "eva", "hugo", "ines", "juan", "lola", "marc", "nora", "omar"),
    *("pia", "raul", "sara", "teo", "uma", "vera", "will", "xenia", "yago", "zoe"),
)


@dataclass(frozen=True)
class ComeIn:
    """They connect, all at the same moment, and take their nicks, one after the other."""

    names: tuple[str, ...]
    at_once: bool = True
    small: bool = False
    "Whether the kernel keeps little for them, so that they fall behind soon when they stop reading."


@dataclass(frozen=True)
class Refused:
    """One connects and is refused, because the room is full."""

    name: str


@dataclass(frozen=True)
class Speak:
    """Each says so many messages in one go, all at the same moment; everybody else hears them."""

    names: tuple[str, ...]
    messages: int = 1
    size: int = 12
    "Characters of each."


@dataclass(frozen=True)
class Talk:
    """Two talk: each answers when the other was heard. `deaf` is in the room, and does not read."""

    names: tuple[str, str]
    messages: int
    size: int = 12
    deaf: str = ""


@dataclass(frozen=True)
class Prove:
    """One comes in and gives the server's password, while two talk until that is over."""

    name: str
    talkers: tuple[str, str]


@dataclass(frozen=True)
class ReadAgain:
    """One who did not read reads all that has been waiting."""

    name: str


@dataclass(frozen=True)
class Leave:
    """They say goodbye, one after the other."""

    names: tuple[str, ...]


Act: TypeAlias = ComeIn | Refused | Speak | Talk | Prove | ReadAgain | Leave


@dataclass(frozen=True)
class Scenario:
    """Something worth seeing."""

    name: str
    acts: tuple[Act, ...]
    capacity: int = 3
    "How many the room takes."
    password: bool = False
    "Whether the server has one."
    send_buffer: int = 0
    """Bytes that the server's kernel keeps for each of them, so that who does not read falls behind soon; 0: as
    many as it likes, which may be megabytes."""
    shows: frozenset[str] = frozenset()
    "Kinds of spans that it must show on every engine, besides those that all scenarios show."

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody, in the order in which they come."""
        found: dict[str, None] = {}
        for act in self.acts:
            match act:
                case ComeIn(names):
                    found |= dict.fromkeys(names)
                case Refused(name) | Prove(name):
                    found[name] = None
        return tuple(found)


ALWAYS: Final = frozenset({"life", "accept", "read", "wire", "step", "flush", "render", "send", "end"})
"Kinds of spans that every scenario shows on every engine."

_TRIO: Final = ("ana", "luis", "eva")

CATALOGUE: Final = {
    scenario.name: scenario
    for scenario in (
        Scenario("arena", (ComeIn(_TRIO), Speak(_TRIO), Refused("hugo"), Leave(_TRIO))),
        Scenario(
            "password",
            (ComeIn(("ana", "luis")), Prove("eva", ("ana", "luis")), Leave(_TRIO)),
            password=True,
            shows=frozenset({"effect"}),
        ),
        Scenario(
            "slow-reader",
            (
                ComeIn(("ana", "luis")),
                ComeIn(("eva",), small=True),
                Talk(("ana", "luis"), 24, 4000, deaf="eva"),
                ReadAgain("eva"),
                Leave(_TRIO),
            ),
            send_buffer=16 * 1024,
            shows=frozenset({"drain"}),
        ),
        Scenario(
            "burst",
            (ComeIn(MANY, at_once=False), Speak(("ana",), 200), Leave(MANY)),
            capacity=len(MANY),
        ),
    )
}
