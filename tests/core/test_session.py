"""A session between a dialect and a carrier that only take notes: order, effects, endings."""

from collections.abc import Sequence

import pytest

from coliseum.core.delivery import deliver
from coliseum.core.effects import Pause
from coliseum.core.inbound import Broken, Closed, Garbled, Item, Ready
from coliseum.core.kinds import Reason
from coliseum.core.refusals import NoSuchNick, NotInside, NotText
from coliseum.core.session import Ending, Session
from coliseum.core.vocabulary import Ended, Event, Gone, Ponged
from coliseum.core.world import World
from tests.core.noting import ASK, Log, Make, carried, events, flush, notes
from tests.harness import at

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


def test_as_much_of_such_a_line_as_could_be_read_is_for_the_dialect(session: Session) -> None:
    session.receive([Garbled(NotText(), "half")], at(1))
    assert notes(session) == ["garbled half", "settled"]


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


def test_last_words_reach_who_ends(session: Session) -> None:
    session.close(Reason.KILLED, message="eva (spam)")
    assert events(session) == [Ended(Reason.KILLED, "eva (spam)")]


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
    parcels = [(bursts, ending) for somebody, _, bursts, ending in world.collect() if somebody is session]
    assert all(parcel == ([], Ending.ABRUPT) for parcel in parcels)
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


def test_a_renderer_is_the_one_of_the_time_when_the_mailbox_was_emptied(session: Session, world: World) -> None:
    """What was posted before a change of the form is older than the change, however late it is delivered."""

    class Loud:
        def render(self, events: Sequence[Event], time: int = 0) -> bytes:
            return b"LOUD"

    class Quiet:
        def render(self, events: Sequence[Event], time: int = 0) -> bytes:
            return b"quiet"

    session.renderer = Quiet()
    session.post(Ponged("x"))
    parcels = world.collect()
    session.renderer = Loud()
    session.post(Ponged("y"))
    deliver([*parcels, *world.collect()], lambda *_: None)
    assert carried(session) == [b"quiet", b"LOUD"]
