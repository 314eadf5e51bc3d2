"""What clients believe: each keeps its own picture of its rooms, from nothing but what it was told.

Several clients at once go in and out, change nicks, give and take roles, put each other out and leave. Whatever
the engine interleaved, at the end each picture is what NAMES says (modern.ircdocs.horse, JOIN message: "This
allows them to keep track of other channel members and channel modes").
"""

import random
import threading
from collections.abc import Iterable

import pytest

from tests.irc.behaviour.client import Line, Talker
from tests.irc.behaviour.conftest import Hall

ROOMS = ("#a", "#b", "#c")
PEOPLE = 5
ROUNDS = 100
KEEPER = "n0"
SIGNS = {"o": "@", "v": "+"}

Members = dict[str, set[str]]
"Signs by nick."


def members(names: Iterable[str]) -> Members:
    """Return what a list of names says."""
    return {name.lstrip("@+"): set(name) & {"@", "+"} for name in names}


class Picture:
    """One client's picture of its rooms, with multi-prefix."""

    def __init__(self, nick: str) -> None:
        self.nick = nick
        self.rooms: dict[str, Members] = {}

    def take(self, line: Line) -> None:
        """Take in one line."""
        match line.command, line.params:
            case "JOIN", (room, *_):
                if line.nick == self.nick:
                    self.rooms[room] = {}
                else:
                    assert line.nick not in self.rooms[room], line.raw
                    self.rooms[room][line.nick] = set()
            case "353", (_, _, room, names):
                self.rooms[room] |= members(names.split())
            case "PART", (room, *_):
                self._leave(room, line.nick)
            case "KICK", (room, nick, *_):
                self._leave(room, nick)
            case "QUIT", _:
                assert [room.pop(line.nick) for room in self.rooms.values() if line.nick in room], line.raw
            case "NICK", (nick, *_):
                self._rename(line.nick, nick)
            case "MODE", (room, modes, *nicks) if room in ROOMS:
                self._change(room, modes, nicks)

    def _leave(self, room: str, nick: str) -> None:
        if nick == self.nick:
            del self.rooms[room]
        else:
            del self.rooms[room][nick]

    def _rename(self, old: str, new: str) -> None:
        if old == self.nick:
            self.nick = new
        for room in self.rooms.values():
            if old in room:
                room[new] = room.pop(old)

    def _change(self, room: str, modes: str, nicks: list[str]) -> None:
        on, left = True, iter(nicks)
        for letter in modes:
            if letter in "+-":
                on = letter == "+"
            elif on:
                self.rooms[room][next(left)].add(SIGNS[letter])
            else:
                self.rooms[room][next(left)].discard(SIGNS[letter])


def wander(talker: Talker, picture: Picture, number: int, dice: random.Random) -> None:
    """Do this and that, and keep the picture."""
    for turn in range(ROUNDS):
        talker.send(*(wish(picture, number, dice) for _ in range(4)))
        if turn % 3 == 0:
            for line in talker.sync():
                picture.take(line)


def wish(picture: Picture, number: int, dice: random.Random) -> str:
    """Return a line; many will be refused, which changes nothing. The first client keeps the rooms: it stays."""
    room = dice.choice(ROOMS)
    others = [nick for nick in picture.rooms.get(room, {}) if not nick.startswith(KEEPER)]
    somebody = dice.choice([*others, "nobody"])
    common = [
        f"NICK n{number}x{dice.randrange(3)}",
        f"MODE {room} +o {somebody}",
        f"MODE {room} +v-o {somebody} {somebody}",
        f"KICK {room} {somebody}",
        f"PRIVMSG {room} :hello",
    ]
    return dice.choice(common if number == 0 else [*common, *[f"JOIN {room}"] * 4, f"PART {room}", "JOIN 0"])


@pytest.mark.parametrize("seed", [1, 2])
def test_every_picture_is_true(hall: Hall, seed: int) -> None:
    talkers = [hall.enter(f"n{number}", "multi-prefix") for number in range(PEOPLE)]
    leaver = hall.enter("leaver")
    pictures = [Picture(talker.nick) for talker in talkers]
    for line in talkers[0].ask_whole(f"JOIN {','.join(ROOMS)}"):
        pictures[0].take(line)
    leaver.ask("JOIN #a,#b")
    threads = [
        threading.Thread(target=wander, args=(talker, picture, number, random.Random(seed * 100 + number)))
        for number, (talker, picture) in enumerate(zip(talkers, pictures, strict=True))
    ]
    for thread in threads:
        thread.start()
    leaver.send("QUIT")
    leaver.rest()
    for thread in threads:
        thread.join()
    for talker, picture in zip(talkers, pictures, strict=True):
        for line in talker.sync():
            picture.take(line)
    for talker, picture in zip(talkers, pictures, strict=True):
        assert talker.ask_whole("WHOIS " + picture.nick)[0].command == "311"
        for room, believed in picture.rooms.items():
            lines = talker.ask_whole(f"NAMES {room}")
            assert (
                members(name for line in lines if line.command == "353" for name in line.text.split()) == believed
            )
        for room in set(ROOMS) - set(picture.rooms):
            assert talker.ask(f"PART {room}")[0].split()[0] in {"403", "442"}
