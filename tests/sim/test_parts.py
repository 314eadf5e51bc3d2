"""The parts of the simulation: a network that keeps its promises, and a watchman who sees."""

from collections.abc import Callable

import pytest

from coliseum.core.effects import Pause, Script
from coliseum.core.kinds import Reason
from coliseum.core.limits import Policy
from coliseum.core.rooms import Room
from coliseum.core.session import Ending, Session
from coliseum.core.world import World
from coliseum.testing.invariants import Watchman, left_over
from coliseum.testing.network import Air, Wire
from coliseum.testing.scheduler import Scheduler
from tests.core.witness import log_nothing

SEEDS = range(30)


class Heap:
    """An end of a wire that reads all, and writes what did not fit when there is room."""

    def __init__(self) -> None:
        self.read = b""
        self.ended = 0
        self.was_lost = 0
        self.room = 0

    def arrived(self, data: bytes) -> None:
        assert not self.ended
        self.read += data
        self.ended += not data

    def writable(self) -> None:
        self.room += 1

    def lost(self) -> None:
        self.was_lost += 1


def wired(seed: int, room: int = 65536) -> tuple[Scheduler, Wire, Heap, Heap]:
    scheduler, client, server = Scheduler(seed), Heap(), Heap()
    wire = Wire(scheduler, latency=0.1, room=room, cutting=0.5)
    wire.join(client, server)
    return scheduler, wire, client, server


@pytest.mark.parametrize("seed", SEEDS)
def test_what_goes_into_a_stream_comes_out_once_in_order_and_then_its_end(seed: int) -> None:
    scheduler, wire, client, server = wired(seed)
    sent = b"".join(b"%d," % number for number in range(100))
    for at in range(0, len(sent), 7):
        assert wire.up.put(sent[at : at + 7]) == len(sent[at : at + 7])
        scheduler.run(scheduler.now + 0.02)
    assert wire.down.put(b"hello") == 5
    wire.up.end()
    scheduler.run(100.0)
    assert (server.read, server.ended, client.read, client.ended) == (sent, 1, b"hello", 0)


def test_a_slow_reader_makes_the_writer_wait() -> None:
    scheduler, wire, _, server = wired(1, room=10)
    wire.up.pause()
    wire.join(heap := Heap(), server)
    assert wire.up.put(b"0123456789abc") == 10
    scheduler.run(5.0)
    assert (server.read, heap.room) == (b"", 0)
    wire.up.resume()
    scheduler.run(10.0)
    assert server.read == b"0123456789"
    assert heap.room == 1


def test_after_a_cut_nothing_comes_but_the_news() -> None:
    scheduler, wire, client, server = wired(1)
    wire.up.put(b"never")
    wire.cut()
    wire.cut()
    wire.down.put(b"nor this")
    scheduler.run(10.0)
    assert (server.read, client.read) == (b"", b"")
    assert (server.was_lost, client.was_lost) == (1, 1)


def test_datagrams_are_lost_doubled_and_overtaken() -> None:
    scheduler = Scheduler(1)
    air = Air(scheduler, trouble=0.3)
    came: list[int] = []
    air.receivers["127.0.0.1", 1] = lambda data, _: came.append(int(data))
    for number in range(200):
        air.send(b"%d" % number, ("127.0.0.1", 2), ("127.0.0.1", 1))
        scheduler.run(scheduler.now + 0.01)
    scheduler.run(10.0)
    assert set(came) < set(range(200))
    assert len(came) > len(set(came))
    assert came != sorted(came)


# --- the watchman ------------------------------------------------------------------------------------------


def town() -> tuple[World, list[Session]]:
    """Return a world with three people, two of them in a room for two, and empty mailboxes."""
    numbers = iter(range(1000))
    world = World(Policy(room_capacity=2), lambda: f"id-{next(numbers)}", log_nothing)
    sessions = []
    for _ in range(3):
        session = Session(world, "127.0.0.1:1", "tcp")
        session.open(Scheduler(0).moment())
        world.attach(session)
        sessions.append(session)
    for session in sessions[:2]:
        assert session.user is not None
        world.enter(session.user, "garden")
    world.collect()
    return world, sessions


def crowd(world: World, sessions: list[Session]) -> None:
    garden, third = world.rooms["garden"], sessions[2].user
    assert third is not None
    garden.members[third] = frozenset()
    third.rooms["garden"] = garden


def forget_user(world: World, _: list[Session]) -> None:
    del world.users["guest-1"]


def forget_room(_: World, sessions: list[Session]) -> None:
    user = sessions[0].user
    assert user is not None
    user.rooms.clear()


def forget_member(world: World, _: list[Session]) -> None:
    world.rooms["garden"].members.popitem()


def forget_mail(world: World, sessions: list[Session]) -> None:
    world.say(sessions[0], next(iter(world.users.values())), world.rooms["garden"], "hello")
    world.dirty.clear()


def doubled_mail(world: World, sessions: list[Session]) -> None:
    world.say(sessions[0], next(iter(world.users.values())), world.rooms["garden"], "hello")
    world.dirty *= 2


def mail_for_nobody(world: World, sessions: list[Session]) -> None:
    world.dirty.append(sessions[0])


def invited_nobody(world: World, _: list[Session]) -> None:
    world.rooms["garden"].invited.add("nobody")


def miscounted(world: World, _: list[Session]) -> None:
    world.door.connections += 1


def undead(_: World, sessions: list[Session]) -> None:
    sessions[0].ending = Ending.GRACEFUL


def script_that_waits() -> Script:
    yield Pause(1.0)


def suspended(_: World, sessions: list[Session]) -> None:
    sessions[2].close(Reason.QUIT)
    sessions[2]._script = script_that_waits()


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (crowd, "3 are in garden, where 2 may be"),
        (forget_user, "two are called guest-1"),
        (forget_room, "is in garden and does not know it"),
        (forget_member, "believes to be in a room and is not"),
        (forget_mail, "is 0 times on the list"),
        (doubled_mail, "is 2 times on the list"),
        (mail_for_nobody, "nothing to tell is on the list"),
        (invited_nobody, "invited into garden and is no user"),
        (miscounted, "4 connections are counted at the door, and that is wrong"),
        (undead, "session is over and still has a user"),
        (suspended, "its script is still suspended"),
    ],
)
def test_the_watchman_sees(harm: Callable[[World, list[Session]], None], sentence: str) -> None:
    world, sessions = town()
    watchman = Watchman(world)
    watchman.look()
    assert not watchman.found
    harm(world, sessions)
    watchman.look()
    assert any(sentence in found for found in watchman.found), watchman.found


def test_what_is_left_over_is_named() -> None:
    world, sessions = town()
    world.rooms["cellar"] = Room("cellar")
    sessions[0].post(world.welcome(next(iter(world.users.values()))))
    sessions[0]._script = script_that_waits()
    left = " ".join(left_over(world, sessions))
    for thing in (
        "3 sessions",
        "3 users",
        "garden, cellar",
        "mailboxes",
        "3 connections are still",
        "timers",
        "scripts",
    ):
        assert thing in left
    assert [*left_over(World(Policy(), str, log_nothing), [])] == []
