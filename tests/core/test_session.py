"""A session between a dialect and a carrier that only take notes: order, effects, endings, floods."""

from collections.abc import Callable, Sequence
from itertools import count

import pytest

from coliseum.core.delivery import deliver
from coliseum.core.effects import Effect, Pause, Script, VerifyPassword
from coliseum.core.inbound import Broken, Closed, Garbled, Item, Ready
from coliseum.core.limits import FLOOD_BURST, FLOOD_RATE, Policy
from coliseum.core.refusals import NoSuchNick, NotInside, NotText, Refusal
from coliseum.core.session import Ending, Renderer, Session
from coliseum.core.vocabulary import Ended, Event, Gone, Ponged, Reason
from coliseum.core.world import World
from coliseum.errors import Refused
from tests.harness import RecordingRenderer, at

ASK = VerifyPassword("typed", "expected")


class NotingDialect:
    """Notes what it is called for; a line says what it does: `ask`, `ask twice`, `refuse`, `close`, …"""

    def __init__(self, session: Session) -> None:
        self.renderer: Renderer = RecordingRenderer()
        self.session = session
        self.notes: list[str] = []

    def greet(self) -> Script | None:
        self.notes.append("greet")
        return None

    def garbled(self, why: Refusal) -> None:
        self.session.post(why)

    def hear(self, line: str) -> Script | None:
        self.notes.append(line)
        match line:
            case "ask" | "ask twice" | "ask and be refused" | "ask and close" | "ask in vain":
                return self._ask_script(line)
            case "refuse":
                raise Refused(NotInside())
            case "close":
                self.session.close(Reason.QUIT)
            case "close and ask":
                self.session.close(Reason.QUIT)
                return self._ask_script(line)
            case "fail":
                raise RuntimeError("a fault of the program")
        return None

    def settled(self) -> None:
        self.notes.append("settled")

    def _ask_script(self, line: str) -> Script:
        try:
            answer = yield ASK
            self.notes.append(f"answer {answer}")
            if line == "ask twice":
                self.notes.append(f"answer {(yield Pause(1.0))}")
            if line == "ask and be refused":
                raise Refused(NoSuchNick("ana"))
            if line == "ask and close":
                self.session.close(Reason.QUIT)
                yield ASK
        except GeneratorExit:
            self.notes.append("script closed")
            raise


class NotingCarrier:
    def __init__(self) -> None:
        self.notes: list[object] = []

    def transmit(self, data: bytes) -> None:
        self.notes.append(data)

    def finish(self, *, abrupt: bool) -> None:
        self.notes.append("abort" if abrupt else "finish")


class Log(list[tuple[str, dict[str, object]]]):
    def __call__(self, event: str, /, **fields: object) -> None:
        self.append((event, fields))

    def of(self, event: str) -> list[dict[str, object]]:
        return [fields for name, fields in self if name == event]


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def world(log: Log) -> World:
    ids = count(1)
    return World(Policy(flood_control=False), lambda: f"id-{next(ids)}", log)


Make = Callable[[], Session]


@pytest.fixture
def make(world: World) -> Make:
    def session() -> Session:
        made = Session(world, "127.0.0.1:1", "tcp")
        made.dialect, made.carrier = NotingDialect(made), NotingCarrier()
        made.open(at(0))
        return made

    return session


@pytest.fixture
def session(make: Make) -> Session:
    """A session whose link is ready."""
    made = make()
    made.receive([Ready("TLSv1.3")], at(0))
    notes(made).clear()
    return made


def notes(session: Session) -> list[str]:
    assert isinstance(session.dialect, NotingDialect)
    return session.dialect.notes


def carried(session: Session) -> list[object]:
    assert isinstance(session.carrier, NotingCarrier)
    return session.carrier.notes


def events(session: Session) -> list[Event]:
    return session.empty().events


def flush(world: World) -> None:
    def failed(session: Session, fault: Exception) -> None:
        raise fault

    deliver(world.collect(), failed)


# --- order -------------------------------------------------------------------------------------------------


def test_a_session_is_greeted_when_its_link_is_ready(make: Make) -> None:
    session = make()
    assert notes(session) == []
    assert session.receive([Ready("TLSv1.3"), "one"], at(1)) is None
    assert notes(session) == ["greet", "one", "settled"]
    assert session.security == "TLSv1.3"


def test_lines_are_heard_in_order_and_settled_once_per_batch(session: Session) -> None:
    assert session.receive(["one", "two"], at(1)) is None
    assert session.receive(["three"], at(2)) is None
    assert notes(session) == ["one", "two", "settled", "three", "settled"]


def test_lines_behind_a_suspended_script_wait(session: Session) -> None:
    assert session.receive(["one", "ask", "two"], at(1)) == ASK
    assert session.receive(["three"], at(1)) is None
    assert notes(session) == ["one", "ask"]
    assert session.resume("yes", at(2)) is None
    assert notes(session) == ["one", "ask", "answer yes", "two", "three", "settled"]


def test_every_line_may_ask_and_the_next_one_waits_for_it(session: Session) -> None:
    assert session.receive(["ask", "ask", "one"], at(1)) == ASK
    assert session.resume(1, at(2)) == ASK
    assert notes(session) == ["ask", "answer 1", "ask"]
    assert session.resume(2, at(3)) is None
    assert notes(session) == ["ask", "answer 1", "ask", "answer 2", "one", "settled"]


def test_a_script_may_ask_again(session: Session) -> None:
    assert session.receive(["ask twice", "one"], at(1)) == ASK
    assert session.resume("yes", at(2)) == Pause(1.0)
    assert session.receive(["two"], at(2)) is None
    assert session.resume(None, at(3)) is None
    assert notes(session) == ["ask twice", "answer yes", "answer None", "one", "two", "settled"]


def test_a_batch_that_ends_with_a_script_is_settled_when_the_script_is_done(session: Session) -> None:
    assert session.receive(["one", "ask"], at(1)) == ASK
    assert session.resume("yes", at(2)) is None
    assert notes(session) == ["one", "ask", "answer yes", "settled"]


def test_pieces_of_one_batch_or_many_batches_are_heard_alike(make: Make) -> None:
    whole, pieces = make(), make()
    items: list[Item] = [Ready(), "one", "ask", "two", "refuse", "ask", "three"]
    effect = whole.receive(items, at(1))
    while effect is not None:
        effect = whole.resume("yes", at(1))
    for item in items:
        effect = pieces.receive([item], at(1))
        while effect is not None:
            effect = pieces.resume("yes", at(1))
    assert [note for note in notes(whole) if note != "settled"] == [n for n in notes(pieces) if n != "settled"]
    assert events(whole) == events(pieces)


def test_time_is_what_the_engine_says(session: Session, world: World) -> None:
    session.receive(["ask"], at(7))
    assert world.now == at(7)
    session.resume("yes", at(8))
    assert world.now == at(8)
    session.gone(Reason.PEER_CLOSED, at(9))
    assert world.now == at(9)


# --- refusals ----------------------------------------------------------------------------------------------


def test_a_refusal_inside_the_dialect_is_told_to_the_asker_only_and_the_next_line_is_heard(
    session: Session, make: Make, log: Log
) -> None:
    other = make()
    assert session.receive(["refuse", "one"], at(1)) is None
    assert events(session) == [NotInside()]
    assert events(other) == []
    assert notes(session) == ["refuse", "one", "settled"]
    assert log.of("refused") == [{"session": session.id, "code": "not-inside"}]


def test_a_refusal_inside_a_script_is_told_to_the_asker_only_and_the_next_line_is_heard(
    session: Session, make: Make
) -> None:
    other = make()
    assert session.receive(["ask and be refused", "one"], at(1)) == ASK
    assert session.resume(None, at(2)) is None
    assert events(session) == [NoSuchNick("ana")]
    assert events(other) == []
    assert notes(session)[-2:] == ["one", "settled"]


def test_a_line_that_could_not_be_read_is_answered_in_its_place(session: Session) -> None:
    session.receive(["refuse", Garbled(NotText()), "refuse"], at(1))
    assert events(session) == [NotInside(), NotText(), NotInside()]


def test_a_fault_of_the_program_is_the_engines_business(session: Session) -> None:
    with pytest.raises(RuntimeError):
        session.receive(["fail", "one"], at(1))
    assert not session.over


# --- endings -----------------------------------------------------------------------------------------------


def test_an_end_is_told_carried_out_and_cleaned_up(session: Session, world: World, log: Log) -> None:
    session.receive(["close"], at(1))
    assert session.over
    flush(world)
    assert carried(session) == [repr([Ended(Reason.QUIT)]).encode(), "finish"]
    session.gone(Reason.CONNECTION_LOST, at(2))
    assert log.of("session.closed") == [{"session": session.id, "reason": "quit"}]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Closed(), Reason.PEER_CLOSED),
        (Broken(Reason.NOT_TLS, "odd bytes"), Reason.NOT_TLS),
        (Broken(Reason.ENDLESS_LINE), Reason.ENDLESS_LINE),
    ],
)
def test_the_end_of_a_link_is_the_end_of_its_session(
    session: Session, log: Log, item: Closed | Broken, reason: Reason
) -> None:
    session.receive(["one", item, "two"], at(1))
    assert notes(session) == ["one"]
    assert (session.ending, session.reason) == (Ending.GRACEFUL, reason)
    assert events(session) == [Ended(reason)]
    session.gone(Reason.CONNECTION_LOST, at(2))
    (closed,) = log.of("session.closed")
    assert closed.get("detail", "") == getattr(item, "detail", "")


def test_the_end_of_a_link_waits_for_the_lines_before_it_and_for_what_they_asked(session: Session) -> None:
    session.receive(["ask", "one", Closed()], at(1))
    assert not session.over
    session.resume("yes", at(2))
    assert notes(session) == ["ask", "answer yes", "one"]
    assert session.reason is Reason.PEER_CLOSED


def test_nothing_that_comes_after_the_end_is_heard(session: Session) -> None:
    session.receive(["one", "close", "two"], at(1))
    assert session.receive(["three", Ready(), Closed()], at(2)) is None
    assert notes(session) == ["one", "close"]


def test_a_script_that_is_suspended_when_the_session_ends_is_closed_and_its_result_harmless(
    session: Session, world: World
) -> None:
    session.receive(["ask", "one"], at(1))
    session.close(Reason.SERVER_STOPPING)
    assert notes(session) == ["ask", "script closed"]
    events(session)
    assert session.resume("yes", at(2)) is None
    assert notes(session) == ["ask", "script closed"]
    session.gone(Reason.PEER_CLOSED, at(3))
    assert session.resume("yes", at(4)) is None
    assert world.sessions == {}
    assert events(session) == []


def test_a_script_that_ends_its_own_session_asks_for_nothing_more(session: Session) -> None:
    assert session.receive(["ask and close", "one"], at(1)) == ASK
    assert session.resume("yes", at(2)) is None
    assert notes(session) == ["ask and close", "answer yes", "script closed"]
    assert events(session) == [Ended(Reason.QUIT)]


def test_a_script_that_begins_in_a_session_that_is_over_asks_for_nothing(session: Session) -> None:
    assert session.receive(["close and ask"], at(1)) is None
    assert notes(session) == ["close and ask", "script closed"]
    assert session.resume("yes", at(2)) is None


def test_the_first_reason_counts(session: Session, log: Log) -> None:
    session.close(Reason.QUIT, detail="first")
    session.close(Reason.STALLED, detail="second")
    assert events(session) == [Ended(Reason.QUIT)]
    assert session.ending is Ending.GRACEFUL
    session.close(Reason.SENDQ_EXCEEDED, ending=Ending.ABRUPT)
    session.gone(Reason.CONNECTION_LOST, at(1))
    assert session.reason is Reason.QUIT
    assert log.of("session.closed") == [{"session": session.id, "reason": "quit", "detail": "first"}]


def test_graceful_becomes_abrupt_and_never_graceful_again(session: Session, world: World) -> None:
    session.close(Reason.QUIT)
    session.close(Reason.STALLED, ending=Ending.ABRUPT)
    session.close(Reason.QUIT)
    assert session.ending is Ending.ABRUPT
    flush(world)
    assert carried(session) == ["abort"]


def test_an_abrupt_end_says_nothing(session: Session, world: World) -> None:
    session.post(Ponged("x"))
    session.close(Reason.SENDQ_EXCEEDED, ending=Ending.ABRUPT)
    flush(world)
    assert carried(session) == ["abort"]


def test_a_graceful_end_becomes_abrupt_after_its_farewell(session: Session, world: World) -> None:
    session.close(Reason.QUIT)
    flush(world)
    session.abort()
    session.abort()
    flush(world)
    assert carried(session)[1] == "finish"
    assert set(carried(session)[2:]) == {"abort"}


# --- clocks ------------------------------------------------------------------------------------------------


def test_a_peer_that_does_not_close_is_aborted_after_the_linger_time(session: Session, world: World) -> None:
    session.receive(["close"], at(10))
    flush(world)
    assert world.deadline() == 10 + world.policy.linger
    world.tick(at(10 + world.policy.linger - 0.1))
    flush(world)
    assert carried(session)[1:] == ["finish"]
    world.tick(at(10 + world.policy.linger))
    flush(world)
    assert carried(session)[1:] == ["finish", "abort"]


def test_a_peer_that_closes_stops_the_linger_clock(session: Session, world: World) -> None:
    session.receive(["close"], at(10))
    session.gone(Reason.PEER_CLOSED, at(11))
    assert world.deadline() is None


def test_a_handshake_that_takes_too_long_ends_the_session(make: Make, world: World) -> None:
    session = make()
    timeout = world.policy.handshake_timeout
    assert world.deadline() == timeout
    world.tick(at(timeout - 0.1))
    assert not session.over
    world.tick(at(timeout))
    assert session.reason is Reason.HANDSHAKE_TIMEOUT
    assert session.receive([Ready(), "one"], at(timeout + 1)) is None
    assert notes(session) == []


def test_a_link_that_is_ready_stops_the_handshakes_clock(session: Session, world: World) -> None:
    assert world.deadline() is None
    world.tick(at(1000))
    assert not session.over


def test_what_is_expected_last_is_what_the_clock_is_for(session: Session, world: World) -> None:
    session.expect(10, Reason.STALLED)
    session.expect(20, Reason.PASSWORD_TIMEOUT)
    assert world.deadline() == 20
    world.tick(at(15))
    assert not session.over
    session.satisfied()
    session.satisfied()
    world.tick(at(25))
    assert not session.over


# --- gone --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["ready", "not ready", "asking", "closing", "lingering", "aborting"])
def test_who_is_gone_leaves_nothing_behind(make: Make, world: World, how: str) -> None:
    session, witness = make(), make()
    for one in (session, witness) if how != "not ready" else (witness,):
        one.receive([Ready()], at(1))
        world.enter(world.attach(one), "lobby")
    if how == "asking":
        session.receive(["ask"], at(2))
    if how in {"closing", "lingering", "aborting"}:
        session.close(Reason.QUIT)
    if how == "lingering":
        flush(world)
    if how == "aborting":
        session.abort()
    session.gone(Reason.CONNECTION_LOST, at(3))
    witness.satisfied()
    assert list(world.sessions) == [witness]
    assert [user.sessions for user in world.users.values()] == [[witness]]
    assert session not in world.rooms["lobby"].audience
    assert session.user is None
    assert session.mailbox == []
    assert world.deadline() is None
    parcels = [parcel for parcel in world.collect() if parcel.session is session]
    assert all(parcel.events == [] and parcel.ending is Ending.ABRUPT for parcel in parcels)
    world.tick(at(1000))
    assert world.collect() == []


def test_gone_comes_once_but_twice_would_be_harmless(session: Session, world: World, log: Log) -> None:
    session.gone(Reason.CONNECTION_LOST, at(1))
    session.gone(Reason.PEER_CLOSED, at(2))
    assert len(log.of("session.closed")) == 1
    assert session.reason is Reason.CONNECTION_LOST


def test_the_neighbours_hear_why_somebody_is_gone_and_only_once(make: Make, world: World) -> None:
    session, witness = make(), make()
    for one in (session, witness):
        one.receive([Ready()], at(1))
        world.enter(world.attach(one), "lobby")
    assert session.user is not None
    identity = session.user.identity
    events(witness)
    session.close(Reason.QUIT)
    session.gone(Reason.CONNECTION_LOST, at(2))
    assert events(witness) == [Gone(identity, Reason.QUIT)]


def test_when_the_server_stops_everybody_is_told_that_and_nothing_else(make: Make, world: World) -> None:
    sessions = [make() for _ in range(3)]
    for one in sessions[:2]:
        one.receive([Ready()], at(1))
        world.enter(world.attach(one), "lobby")
        events(one)
    for one in sessions:
        events(one)
    world.stop()
    assert [events(one) for one in sessions] == [[Ended(Reason.SERVER_STOPPING)]] * 3
    assert world.users == {}
    assert not world.rooms["lobby"].members


# --- floods ------------------------------------------------------------------------------------------------


@pytest.fixture
def flooded(world: World, make: Make) -> Session:
    """A session that is ready, in a world that holds floods back."""
    world.policy = Policy(flood_control=True)
    session = make()
    session.receive([Ready()], at(0))
    notes(session).clear()
    return session


def waits(session: Session, effect: Effect | None, now: float) -> list[float]:
    """Keep every pause that is asked for; return when the session paused."""
    moments = []
    while effect is not None:
        assert isinstance(effect, Pause)
        assert effect.seconds > 0
        now += effect.seconds
        moments.append(now)
        effect = session.resume(None, at(now))
    return moments


BURST = int(FLOOD_BURST)


def test_after_a_burst_each_line_waits_for_its_time(flooded: Session) -> None:
    effect = flooded.receive([f"line {n}" for n in range(BURST + 5)], at(0))
    assert len(notes(flooded)) == BURST
    moments = waits(flooded, effect, 0)
    assert moments == pytest.approx([n / FLOOD_RATE for n in range(1, 6)])
    assert notes(flooded) == [*(f"line {n}" for n in range(BURST + 5)), "settled"]


def test_what_comes_during_a_pause_waits_too(flooded: Session) -> None:
    effect = flooded.receive(["x"] * (BURST + 1), at(0))
    assert effect == Pause(1 / FLOOD_RATE)
    assert flooded.receive(["y"], at(0.1)) is None
    assert "y" not in notes(flooded)
    waits(flooded, effect, 0)
    assert notes(flooded)[-2:] == ["y", "settled"]


def test_who_keeps_to_the_rate_never_waits(flooded: Session) -> None:
    for n in range(200):
        assert flooded.receive(["x"], at(n / FLOOD_RATE)) is None


def test_only_lines_are_counted(flooded: Session) -> None:
    assert flooded.receive([Garbled(NotText())] * 100 + ["x"] * BURST, at(0)) is None


def test_the_pause_of_a_session_that_ends_is_over(flooded: Session) -> None:
    flooded.receive(["x"] * (BURST + 1), at(0))
    flooded.close(Reason.SERVER_STOPPING)
    assert flooded.resume(None, at(1)) is None
    assert notes(flooded) == ["x"] * BURST


def test_without_flood_control_nobody_waits(session: Session) -> None:
    assert session.receive(["x"] * 1000, at(0)) is None


def test_a_renderer_is_what_the_dialect_says_at_the_time_of_the_flush(session: Session, world: World) -> None:
    class Loud:
        def render(self, events: Sequence[Event]) -> bytes:
            return b"LOUD"

    session.post(Ponged("x"))
    session.dialect.renderer = Loud()
    flush(world)
    assert carried(session) == [b"LOUD"]
