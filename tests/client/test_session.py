"""The model with clock times, which are numbers here."""

import math

from coliseum.client.arrivals import Introduce
from coliseum.client.displays import Failed, Lost, Retrying, Silent, Unreadable
from coliseum.client.model import PING_TOKEN
from coliseum.client.outputs import Changed, Disconnect, End, Send, Show
from coliseum.client.retry import PATIENCE, QUIET, STABLE
from coliseum.client.session import ANSWER_TIMEOUT, INTRODUCTION_TIMEOUT, Action, ClientSession, Connect
from coliseum.client.status import State
from coliseum.client.wishes import Wishes
from coliseum.core import vocabulary as fact
from coliseum.core.inbound import Closed, Garbled, Ready
from coliseum.core.refusals import NotText
from coliseum.core.vocabulary import Identity, RoomView
from coliseum.dialects.plain.json_lines import encode
from coliseum.errors import Unavailable

INSIDE = [
    encode(event).decode()
    for event in (
        fact.Welcomed(Identity("0", "ana"), "s", "", ""),
        fact.Admitted(RoomView("lobby", ("ana",), 3)),
        fact.Heard(1),
    )
]


def silent_session(chance: float = 0.0, *, reconnect: bool = True) -> ClientSession:
    return ClientSession(Wishes(reconnect=reconnect), lambda: chance)


def enter(session: ClientSession, now: float) -> None:
    session.opened(now)
    session.received([Ready(), *INSIDE], now)
    assert session.status.state is State.INSIDE


def without_status(actions: list[Action]) -> list[Action]:
    return [action for action in actions if not isinstance(action, Changed)]


def test_a_server_that_never_answers_is_given_up() -> None:
    session = silent_session()
    assert session.deadline() == math.inf
    session.opened(100)
    assert session.deadline() == 100 + ANSWER_TIMEOUT
    session.received([Ready(), "* a sentence"], 105)
    assert session.tick(105) == []
    assert session.tick(100 + ANSWER_TIMEOUT) == [Disconnect(abrupt=True)]
    actions = session.lost(None, 111)
    assert Show(Silent(10)) in actions
    assert actions[-1] == End(69, Silent(10))
    assert session.over


def test_a_server_that_wants_to_know_first_who_we_are_has_more_time() -> None:
    session = ClientSession(Wishes(nick="ana"), lambda: 0.0)
    session.opened(100)
    assert Send("/nick ana") in session.received([Introduce("TLSv1.3")], 105)
    assert session.deadline() == 105 + INTRODUCTION_TIMEOUT
    session.received([fact.Heard(0)], 106)
    assert session.deadline() == 106 + QUIET
    assert session.status.state is State.ENTERING


def test_a_silent_connection_is_asked_and_then_broken() -> None:
    session = silent_session()
    enter(session, 0)
    assert session.deadline() == QUIET
    assert without_status(session.tick(QUIET)) == [Send(f"/ping {PING_TOKEN}1")]
    assert session.deadline() == QUIET + PATIENCE
    assert session.tick(QUIET + PATIENCE) == [Disconnect(abrupt=True)]
    assert session.tick(QUIET + PATIENCE) == []
    shown = without_status(session.lost(None, QUIET + PATIENCE))
    assert shown == [Show(Silent(60)), Connect(1.0), Show(Retrying(1.0))]


def test_an_answer_keeps_the_connection() -> None:
    session = silent_session()
    enter(session, 0)
    session.tick(QUIET)
    session.received([encode(fact.Ponged(f"{PING_TOKEN}1")).decode()], QUIET + 1)
    assert session.deadline() == QUIET + 1 + QUIET
    assert without_status(session.tick(QUIET + 1 + QUIET)) == [Send(f"/ping {PING_TOKEN}2")]


def test_delays_grow_until_a_connection_has_lasted() -> None:
    session = silent_session()
    enter(session, 0)

    def delay(error: Unavailable | None, now: float) -> float:
        return next(a.after for a in session.lost(error, now) if isinstance(a, Connect))

    assert delay(None, 1) == 1
    assert delay(Unavailable("no"), 2) == 2
    assert delay(Unavailable("no"), 4) == 4
    enter(session, 10)
    assert delay(None, 10 + STABLE - 1) == 8
    enter(session, 100)
    assert delay(None, 100 + STABLE) == 1


def test_chance_shortens_the_delay() -> None:
    session = silent_session(chance=1.0)
    enter(session, 0)
    assert Connect(0.5) in session.lost(None, 1)


def test_errors_of_the_link_become_failures() -> None:
    session = silent_session()
    error = Unavailable("nobody")
    assert session.lost(error, 0)[-1] == End(69, Failed(error))


def test_items_that_are_no_text_are_said_to_be_so() -> None:
    session = silent_session(reconnect=False)
    enter(session, 0)
    assert session.received([Garbled(NotText()), Closed()], 1) == [Show(Unreadable())]
    assert session.lost(None, 2)[-1] == End(1, Lost(None))


def test_the_users_side() -> None:
    session = silent_session()
    enter(session, 0)
    assert Send("hello") in session.typed("hello")
    assert Send("/quit") in session.leave()
    assert isinstance(session.aborted()[-1], End)
    assert session.over
