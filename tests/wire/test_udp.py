"""Sessions on one socket: reliable for our client, simple for `nc -u`, and hard to hurt with forged addresses."""

import gc
import random
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coliseum.core.inbound import Broken, Closed, Garbled, Item, Ready
from coliseum.core.kinds import Reason
from coliseum.core.refusals import LineTooLong, NotInside, NotText
from coliseum.wire.arq import GIVE_UP, GIVE_UP_CLOSING, KEEPALIVE, Arq
from coliseum.wire.contract import Address, DatagramLink, Known, Made, Nothing, Reply
from coliseum.wire.datagram_links import ALLOWANCE, ReliableLink, TextLink
from coliseum.wire.datagrams import (
    LIMIT,
    Accept,
    Ack,
    Bye,
    Cookie,
    Cookies,
    Data,
    Datagram,
    Hello,
    Open,
    Refuse,
    Reset,
    decode,
    encode,
    ours,
)
from coliseum.wire.endpoint import DatagramEndpoint, Limits
from coliseum.wire.reliable_client import PATIENCE, RETRY, TEXT_PATIENCE, ClientState, ReliableClient
from tests.wire.test_arq import Pair
from tests.wire.test_datagrams import codes, cookies, garbage, numbers, tokens

ID, NONCE, HERE = b"12345678", b"nonce678", ("192.0.2.1", 40000)
EMPTY = NotInside()
"Stands for the refusal of an empty message."


class Talk:
    """A conversation, as an engine keeps it: the link under it, and what it said."""

    made = 0

    def __init__(self, address: Address, link: DatagramLink, proved: bool) -> None:
        Talk.made += 1
        self.address = address
        self.link = link
        self.proved = proved
        self.items: list[Item] = []

    def lines(self) -> list[str]:
        return [item for item in self.items if isinstance(item, str)]


def endpoint(**limits: Any) -> DatagramEndpoint[Talk]:
    numbered = iter(range(1, 10**9))
    jar = Cookies(b"a secret of 16 b")
    return DatagramEndpoint(Talk, jar, lambda: next(numbered).to_bytes(8), Limits(**limits), empty=EMPTY)


def host(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def text(table: DatagramEndpoint[Talk], address: Address, now: float, data: bytes = b"hello\n") -> Talk:
    """Have a text datagram sorted, and given to the conversation that it is for."""
    verdict = table.sort(data, address, now)
    assert isinstance(verdict, Known | Made), verdict
    talk: Talk = verdict.conversation
    talk.items += talk.link.receive(data, now)
    return talk


def opened(table: DatagramEndpoint[Talk], address: Address, now: float, nonce: bytes = NONCE) -> Any:
    """Have an OPEN with a good cookie sorted."""
    return table.sort(encode(Open(nonce, table.cookies.make(address, nonce, now))), address, now)


# --- text --------------------------------------------------------------------------------------------------


def test_a_datagram_is_a_message_or_several_lines() -> None:
    link = TextLink()
    assert link.receive(b"hello\n", 0.0) == [Ready(), "hello"]
    assert link.receive("ñandú".encode(), 0.0) == ["ñandú"]
    assert link.receive(b"one\r\ntwo\r\n\nthree\r\n", 0.0) == ["one", "two", "three"]


def test_what_cannot_be_a_message_is_refused() -> None:
    link = TextLink(limit=10, empty=EMPTY)
    assert link.receive(b"", 0.0) == [Ready(), Garbled(EMPTY)]
    assert link.receive(b"\r\n", 0.0) == [Garbled(EMPTY)]
    assert link.receive(b"\n\n\n", 0.0) == [Garbled(EMPTY)]
    assert link.receive(b"12345678901", 0.0) == [Garbled(LineTooLong(10))]
    assert link.receive(b"1234567890", 0.0) == ["1234567890"]
    assert link.receive(b"\xff\xfe", 0.0) == [Garbled(NotText())]
    assert TextLink().receive(b"\n", 0.0) == [Ready(), ""]


@given(st.binary(max_size=LIMIT + 10))
def test_any_datagram_becomes_items(data: bytes) -> None:
    link = TextLink(empty=EMPTY)
    first, *items = link.receive(data, 0.0)
    assert first == Ready()
    assert items
    assert all(
        isinstance(item, Garbled) or (isinstance(item, str) and item and "\n" not in item) for item in items
    )


@given(st.text(alphabet="añ\U0001f600 \n", max_size=4000))
def test_what_is_sent_is_cut_at_lines_and_never_inside_a_character(sent: str) -> None:
    link = TextLink(proved=True)
    assert link.send(sent.encode(), 0.0)
    out = link.take()
    assert "".join(piece.decode() for piece in out) == sent
    assert all(0 < len(piece) <= LIMIT for piece in out)
    for piece in out[:-1]:
        assert piece.endswith(b"\n") or b"\n" not in piece


def test_lines_that_do_not_fit_together_go_out_apart() -> None:
    link = TextLink(proved=True)
    lines = [b"a" * 699 + b"\n", b"b" * 699 + b"\n", b"c" * 1500 + b"\n"]
    assert link.send(b"".join(lines), 0.0)
    assert link.take() == [*lines[:2], lines[2][:LIMIT], lines[2][LIMIT:]]


def test_what_is_no_text_is_cut_anywhere() -> None:
    link = TextLink(proved=True)
    assert link.send(b"\x80" * (LIMIT + 1), 0.0)
    assert sum(map(len, link.take())) == LIMIT + 1


@given(st.lists(st.tuples(st.binary(max_size=LIMIT), st.lists(st.text("añ\n", max_size=2500), max_size=5))))
def test_an_unproved_address_gets_at_most_what_it_sent_and_the_allowance(
    exchange: list[tuple[bytes, list[str]]],
) -> None:
    link = TextLink()
    came = went = 0
    for datagram, answers in exchange:
        link.receive(datagram, 0.0)
        came += len(datagram) + ALLOWANCE
        for answer in answers:
            assert link.send(answer.encode(), 0.0)
            went += sum(map(len, link.take()))
            assert went <= came
    assert went + link.withheld == sum(len(answer.encode()) for _, answers in exchange for answer in answers)


def test_the_longest_message_can_be_answered_with_itself_and_some_words() -> None:
    link = TextLink()
    link.receive(b"x" * LIMIT, 0.0)
    assert link.send(b"Your message was: " + b"x" * LIMIT + b"\n", 0.0)
    assert sum(map(len, link.take())) == LIMIT + 19
    assert link.withheld == 0


def test_whole_lines_go_out_while_the_allowance_lasts_and_all_once_proved() -> None:
    link = TextLink()
    link.receive(b"/help\n", 0.0)
    line = b"x" * 99 + b"\n"
    assert link.send(line * 8, 0.0)
    assert link.take() == [line * 2]
    assert link.withheld == 600
    link.proved = True
    assert link.send(line * 8, 0.0)
    assert link.take() == [line * 8]


def test_a_text_link_is_bounded_holds_and_closes() -> None:
    link = TextLink(proved=True, send_queue=10)
    assert link.send(b"12345678", 0.0)
    assert not link.send(b"123", 0.0)
    assert link.take() == [b"12345678"]
    link.holding = True
    assert link.receive(b"hello", 0.0) == []
    link.holding = False
    assert link.deadline() is None  # type: ignore[func-returns-value]
    assert link.tick(1.0) == []
    assert link.send(b"bye\n", 0.0)
    link.close(0.0)
    assert link.send(b"more\n", 0.0)
    assert link.receive(b"hello", 0.0) == []
    assert not link.finished
    assert link.take() == [b"bye\n"]
    assert link.finished


# --- the whole: our client and the server, over a bad network ----------------------------------------------


class Server:
    """The server's end of a Pair, for one client: what an engine does with an endpoint."""

    def __init__(self, talks: int = 1) -> None:
        self.table = endpoint()
        self.talks: list[Talk] = []
        self._most = talks
        self._out: list[bytes] = []

    def receive(self, data: bytes, now: float) -> list[Item]:
        match self.table.sort(data, HERE, now):
            case Reply(answer):
                self._out.append(answer)
            case Known(talk):
                return self._heard(talk, talk.link.receive(data, now), now)
            case Made(talk, evicted):
                self.talks.append(talk)
                assert not evicted or not all(isinstance(one.link, ReliableLink) for one in evicted)
                return self._heard(talk, talk.link.receive(data, now), now)
        return []

    def take(self) -> list[bytes]:
        out, self._out = self._out, []
        for talk in self.talks:
            out += talk.link.take()
        return out

    def deadline(self) -> float | None:
        return min((due for talk in self.talks if (due := talk.link.deadline()) is not None), default=None)

    def tick(self, now: float) -> list[Item]:
        items = []
        for talk in self.talks:
            items += self._heard(talk, talk.link.tick(now), now)
            if talk.link.finished:
                self.table.drop(talk)
        return items

    def _heard(self, talk: Talk, items: list[Item], now: float) -> list[Item]:
        talk.items += items
        if any(isinstance(item, Closed | Broken) for item in items):
            talk.link.close(now)
        return items


class Chat(Pair):
    """A client and a server; what either says is numbered, what it heard is kept."""

    def __init__(self, seed: int = 0, trouble: float = 0.3, **options: Any) -> None:
        self.client = ReliableClient(NONCE, 0.0, **options)
        self.server = Server()
        self.heard: tuple[list[Item], list[Item]] = ([], [])
        super().__init__(seed, (self.client, self.server), self._keep, trouble)

    def _keep(self, side: int, items: Iterable[Item]) -> None:
        self.heard[side].extend(items)
        if side == 0 and self.heard[0] and isinstance(self.heard[0][-1], Closed):
            self.client.close(self.now)

    def lines(self, side: int) -> list[str]:
        return [item for item in self.heard[side] if isinstance(item, str)]

    def say(self, side: int, number: int, total: int) -> None:
        """Have one side say the messages from `number` on, some at a time, at random times."""
        link = self.client if side == 0 else self.server.talks[-1].link if self.heard[1] else None
        some = min(self.random.randint(1, 50), total - number)
        data = "".join(f"{side} says {one}\n" for one in range(number, number + some)).encode()
        if link is None or not link.send(data, self.now):
            some = 0
        if number + some < total:
            self.at(self.now + self.random.random() * 0.1, partial(self.say, side, number + some, total))


def said(side: int, total: int) -> list[str]:
    return [f"{side} says {number}" for number in range(total)]


@pytest.mark.parametrize("seed", range(3))
def test_every_message_of_10000_takes_effect_once_and_in_order_in_both_directions(seed: int) -> None:
    chat = Chat(seed, patience=60.0)
    for side in (0, 1):
        chat.say(side, 0, 10_000)
    chat.run(done=lambda: min(map(len, chat.heard)) > 10_000)
    assert (chat.heard[0][0], chat.heard[1][0]) == (Ready(), Ready())
    assert chat.lines(0) == said(1, 10_000)
    assert chat.lines(1) == said(0, 10_000)
    chat.run(until=chat.now + 5)
    assert len(chat.heard[0]) == len(chat.heard[1]) == 10_001
    assert len(chat.server.talks) == 1


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 120), st.integers(1, 120))
def test_whatever_the_seed_nothing_is_heard_twice_and_everything_before_the_end(
    seed: int, up: int, down: int
) -> None:
    chat = Chat(seed, patience=60.0)
    chat.say(0, 0, up)
    chat.say(1, 0, down)
    chat.run(until=60.0, done=lambda: len(chat.lines(0)) == down and len(chat.lines(1)) == up)
    chat.run(until=chat.now + 1)
    assert chat.lines(1) == said(0, up)[: len(chat.lines(1))]
    assert chat.lines(0) == said(1, down)[: len(chat.lines(0))]
    if chat.client.state is ClientState.OPEN and chat.now < 60:
        assert (len(chat.lines(1)), len(chat.lines(0))) == (up, down)
    ready = [sum(isinstance(item, Ready) for item in talk.items) for talk in chat.server.talks]
    assert sum(ready) <= 1


def test_a_client_that_leaves_says_so_and_so_does_a_server() -> None:
    for leaver in (0, 1):
        chat = Chat(trouble=0.0)
        chat.client.send(b"hello\n", 0.0)
        chat.run(until=1.0)
        assert chat.client.state is ClientState.OPEN
        (talk,) = chat.server.talks
        link: DatagramLink = (chat.client, talk.link)[leaver]
        link.send(b"bye\n", chat.now)
        link.close(chat.now)
        chat.run()
        assert chat.heard[1 - leaver][-2:] == ["bye", Closed()]
        assert (chat.client.state, chat.client.why) == (ClientState.GONE, "closed")
        assert chat.client.finished
        assert talk.link.finished
        assert len(chat.server.table) == 0


def test_both_sides_end_when_the_network_is_cut() -> None:
    chat = Chat(trouble=0.0)
    chat.run(until=1.0)
    chat.cut = True
    chat.run()
    assert chat.heard[0][-1] == chat.heard[1][-1] == Broken(Reason.CONNECTION_LOST, "no-answer")
    assert (chat.client.state, chat.client.why) == (ClientState.GONE, "no-answer")
    assert chat.now <= 1.0 + KEEPALIVE + GIVE_UP
    assert len(chat.server.table) == 0


def test_a_server_that_forgot_us_says_so() -> None:
    chat = Chat(trouble=0.0)
    chat.run(until=1.0)
    chat.server.table.drop(chat.server.talks.pop())
    chat.client.send(b"hello?\n", chat.now)
    chat.run(until=2.0)
    assert chat.heard[0][-1] == Broken(Reason.CONNECTION_LOST, "reset")
    assert (chat.client.state, chat.client.why) == (ClientState.GONE, "reset")


def test_an_open_that_comes_again_after_the_end_makes_no_ready_session() -> None:
    chat = Chat(trouble=0.0)
    chat.run(until=1.0)
    chat.client.close(chat.now)
    chat.run()
    old = encode(Open(NONCE, chat.server.table.cookies.make(HERE, NONCE, 1.0)))
    chat.server.receive(old, 5.0)
    ghost = chat.server.talks[-1]
    assert ghost.items == []
    ghost.link.close(15.0)
    assert ghost.link.finished
    assert ghost.link.take() == []
    assert ghost.link.deadline() is None


def test_a_pause_holds_the_client_back_and_loses_nothing() -> None:
    chat = Chat(trouble=0.0)
    chat.run(until=1.0)
    link = chat.server.talks[0].link
    link.holding = True
    assert link.holding
    chat.client.send(b"one\ntwo\n", chat.now)
    chat.run(until=100.0)
    assert chat.lines(1) == []
    link.holding = False
    chat.run(until=110.0)
    assert chat.lines(1) == ["one", "two"]


# --- the server's link -------------------------------------------------------------------------------------


def test_the_first_word_of_the_client_makes_the_link_ready() -> None:
    link = ReliableLink(ID, NONCE, 0.0)
    assert link.receive(encode(Open(NONCE, bytes(16))), 0.0) == []
    assert link.receive(encode(Open(NONCE, bytes(16))), 0.0) == []
    assert link.take() == [encode(Accept(NONCE, ID))]
    assert link.receive(encode(Data(ID, 0, 0, 0, b"a\nb")), 0.1) == [Ready(), "a"]
    assert link.receive(encode(Data(ID, 0, 0, 0, b"a\nb")), 0.2) == []
    assert link.take() == [encode(Ack(ID, 1, 0))]
    assert link.receive(encode(Bye(ID, 1)), 0.3) == [Closed()]
    assert link.receive(encode(Bye(ID, 1)), 0.4) == []


@given(garbage | st.builds(Open, tokens, cookies).map(encode) | st.builds(Reset, tokens).map(encode))
def test_what_is_not_from_the_client_changes_nothing(data: bytes) -> None:
    link = ReliableLink(ID, NONCE, 0.0)
    before = {key: value for key, value in vars(link.stream.arq).items() if key not in ("_now", "ignored")}
    assert link.receive(data, 0.1) == []
    assert link.take() == []
    after = {key: value for key, value in vars(link.stream.arq).items() if key not in ("_now", "ignored")}
    assert after == before


def test_an_acknowledgement_of_what_was_not_sent_makes_nothing_ready() -> None:
    link = ReliableLink(ID, NONCE, 0.0)
    assert link.receive(encode(Ack(ID, 7, 0)), 0.1) == []
    assert link.receive(encode(Ack(ID, 0, 0)), 0.1) == [Ready()]


def test_a_line_without_end_breaks_the_link_once() -> None:
    link = ReliableLink(ID, NONCE, 0.0, line_bytes=10)
    items: list[Item] = []
    for number in range(1200):
        items += link.receive(encode(Data(ID, number, 0, 0, b"x" * 1000)), 0.1)
        link.take()
    assert items == [Ready(), Garbled(LineTooLong(10), "x" * 10), Broken(Reason.ENDLESS_LINE)]


def test_a_full_queue_says_so_and_a_stalled_client_is_named() -> None:
    link = ReliableLink(ID, NONCE, 0.0, send_queue=10)
    link.receive(encode(Ack(ID, 0, 0)), 0.0)
    assert link.send(b"1234567890", 0.0)
    assert not link.send(b"1", 0.0)
    items: list[Item] = []
    for now in range(200):
        link.receive(encode(Ack(ID, 0, 0)), now)
        link.take()
        items += link.tick(now)
    assert items == [Broken(Reason.STALLED, "stalled")]
    assert link.finished


# --- the client --------------------------------------------------------------------------------------------


def test_the_handshake_repeats_until_it_is_answered_or_too_late() -> None:
    client = ReliableClient(NONCE, 0.0)
    asked: list[Datagram] = []
    items: list[Item] = []
    last = 0.0
    while (due := client.deadline()) is not None:
        asked += [decode(data) for data in client.take()]
        last = due
        items += client.tick(due)
    assert asked == [Hello(NONCE)] * len(asked)
    assert 9 <= len(asked) <= PATIENCE / RETRY + 1
    assert items == [Broken(Reason.HANDSHAKE_TIMEOUT, "no-answer")]
    assert (client.state, client.why, last) == (ClientState.GONE, "no-answer", PATIENCE)
    assert client.tick(99.0) == client.unreachable() == client.receive(b"", 99.0) == []
    assert client.take() == []


def test_the_handshake_goes_on_with_what_was_said_before() -> None:
    client = ReliableClient(NONCE, 0.0, send_queue=10)
    client.holding = True
    assert client.take() == [encode(Hello(NONCE))]
    assert client.send(b"early\n", 0.1)
    assert not client.send(b"too much\n", 0.1)
    for other in (
        Accept(b"another1", ID),
        Cookie(b"another1", bytes(16)),
        Reset(NONCE),
        Refuse(b"another1", "full"),
    ):
        assert client.receive(encode(other), 0.1) == []
        assert client.take() == []
    client.receive(encode(Cookie(NONCE, bytes(16))), 0.2)
    assert client.take() == [encode(Open(NONCE, bytes(16)))]
    client.receive(encode(Cookie(NONCE, bytes(16))), 0.2)
    assert client.take() == []
    client.receive(encode(Reset(NONCE)), 0.3)
    assert client.take() == [encode(Hello(NONCE))]
    client.receive(encode(Cookie(NONCE, b"x" * 16)), 0.3)
    client.take()
    assert client.receive(encode(Accept(NONCE, ID)), 0.4) == [Ready()]
    assert client.state is ClientState.OPEN
    assert client.take() == [encode(Data(ID, 0, 0, 0, b"early\n"))]
    assert client.receive(encode(Accept(NONCE, ID)), 0.5) == []
    assert client.receive(encode(Reset(b"another1")), 0.5) == []
    assert client.receive(encode(Data(ID, 0, 1, 0, b"held back")), 0.5) == []
    assert client.holding
    client.holding = False
    assert client.receive(encode(Data(ID, 0, 1, 0, b"a\n")), 0.6) == ["a"]


def test_the_first_word_cannot_get_lost() -> None:
    client = ReliableClient(NONCE, 0.0)
    client.receive(encode(Accept(NONCE, ID)), 0.1)
    assert client.take() == [encode(Data(ID, 0, 0, 0, b""))]
    due = client.deadline()
    assert due is not None
    client.tick(due)
    assert client.take() == [encode(Data(ID, 0, 0, 0, b""))]


def test_plain_text_in_answer_is_reported_but_a_true_answer_comes_first() -> None:
    for true_answer in (False, True):
        client = ReliableClient(NONCE, 0.0)
        client.receive("Tu mensaje fue: \x1b[2Jñ\n".encode(), 0.3)
        client.receive(b"more", 0.9)
        if true_answer:
            assert client.receive(encode(Accept(NONCE, ID)), 1.0) == [Ready()]
            assert client.receive(b"text", 1.1) == []
        else:
            client.tick(1.0)
            assert client.state is ClientState.CONNECTING
            assert client.tick(0.3 + TEXT_PATIENCE) == [Broken(Reason.HANDSHAKE_FAILED, "plain-text")]
            assert (client.state, client.why) == (ClientState.REFUSED, "Tu mensaje fue:  [2Jñ")
            assert client.said_text


@pytest.mark.parametrize(("why", "reason"), [("full", Reason.SERVER_FULL), ("per-ip", Reason.HANDSHAKE_FAILED)])
def test_a_refusal_is_reported(why: str, reason: Reason) -> None:
    client = ReliableClient(NONCE, 0.0)
    assert client.receive(encode(Refuse(NONCE, why)), 0.1) == [Broken(reason, why)]
    assert (client.state, client.why, client.said_text) == (ClientState.REFUSED, why, False)


def test_an_unreachable_server_and_leaving_early() -> None:
    client = ReliableClient(NONCE, 0.0)
    assert client.unreachable() == [Broken(Reason.CONNECTION_LOST, "unreachable")]
    assert (client.state, client.why) == (ClientState.GONE, "unreachable")
    early = ReliableClient(NONCE, 0.0)
    early.close(0.1)
    early.close(0.1)
    assert (early.state, early.why) == (ClientState.GONE, "closed")


def test_a_dead_server_is_not_waited_for_by_who_leaves() -> None:
    chat = Chat(trouble=0.0)
    chat.run(until=1.0)
    chat.cut = True
    chat.client.close(chat.now)
    chat.run(until=1.0 + GIVE_UP_CLOSING + 0.001)
    assert chat.client.finished


@given(garbage)
def test_the_client_raises_nothing(data: bytes) -> None:
    connecting, talking = ReliableClient(NONCE, 0.0), ReliableClient(NONCE, 0.0)
    talking.receive(encode(Accept(NONCE, ID)), 0.0)
    talking.take()
    for client in (connecting, talking):
        state = client.state
        assert client.receive(data, 0.1) == []
        assert client.take() in ([], [encode(Hello(NONCE))])
        assert client.state is state


# --- the endpoint: sessions --------------------------------------------------------------------------------


def test_two_first_datagrams_of_an_address_make_one_conversation() -> None:
    table = endpoint()
    assert text(table, HERE, 0.0) is text(table, HERE, 0.0)
    there = ("192.0.2.2", 1)
    first, second = opened(table, there, 0.0), opened(table, there, 0.0)
    assert isinstance(first, Made)
    assert second == Known(first.conversation)
    assert len(table) == 2


def test_an_open_after_text_takes_the_address_over() -> None:
    table = endpoint()
    before = text(table, HERE, 0.0)
    verdict = opened(table, HERE, 1.0)
    assert isinstance(verdict, Made)
    assert verdict.evicted == [before]
    assert verdict.conversation.proved
    assert table.sort(b"text", HERE, 2.0) == Nothing("text-not-wanted")
    again = opened(table, HERE, 3.0, nonce=b"nonce999")
    assert isinstance(again, Made)
    assert again.evicted == [verdict.conversation]
    assert len(table) == 1


def test_an_open_needs_a_cookie_and_an_old_one_is_answered_with_a_new_one() -> None:
    table = endpoint()
    hello = table.sort(encode(Hello(NONCE)), HERE, 0.0)
    assert hello == Reply(encode(Cookie(NONCE, table.cookies.make(HERE, NONCE, 0.0))))
    old = encode(Open(NONCE, table.cookies.make(HERE, NONCE, 0.0)))
    fresh = encode(Cookie(NONCE, table.cookies.make(HERE, NONCE, 40.0)))
    assert table.sort(old, HERE, 40.0) == Reply(fresh, "old-cookie")
    assert table.sort(old, ("192.0.2.9", 40000), 0.0) != Reply(fresh, "old-cookie")
    assert len(table) == 0


def test_what_belongs_to_no_connection_is_answered_with_a_reset_and_uses_nothing() -> None:
    table = endpoint(idle=300.0)
    made = opened(table, HERE, 0.0)
    own = made.conversation.link.stream.arq.connection
    for stray in (Data(ID, 0, 0, 0, b"x"), Ack(ID, 0, 0), Bye(ID, 0)):
        assert table.sort(encode(stray), HERE, 100.0) == Reply(encode(Reset(ID)), "unknown")
        assert table.sort(encode(stray), ("192.0.2.2", 5), 100.0) == Reply(encode(Reset(ID)), "unknown")
    assert table.deadline() == 300.0
    assert table.sort(encode(Ack(own, 0, 0)), HERE, 100.0) == Known(made.conversation)
    assert table.deadline() == 400.0


@given(st.data())
def test_answers_to_those_without_a_session_are_short_and_nothing_raises(data: st.DataObject) -> None:
    requests: st.SearchStrategy[Datagram] = st.one_of(
        st.builds(Hello, tokens),
        st.builds(Cookie, tokens, cookies),
        st.builds(Open, tokens, cookies),
        st.builds(Accept, tokens, tokens),
        st.builds(Data, tokens, numbers, numbers, numbers, st.binary(max_size=50)),
        st.builds(Ack, tokens, numbers, numbers),
        st.builds(Bye, tokens, numbers),
        st.builds(Reset, tokens),
        st.builds(Refuse, tokens, codes),
    )
    table = endpoint(**data.draw(st.sampled_from([{}, {"sessions": 0}, {"per_ip": 0}, {"unproved": 0}])))
    good = st.just(encode(Open(NONCE, table.cookies.make(HERE, NONCE, 0.0))))
    request = data.draw(st.one_of(requests.map(encode), good, garbage, st.text(max_size=300).map(str.encode)))
    verdict = table.sort(request, HERE, 0.0)
    if isinstance(verdict, Reply):
        assert len(verdict.data) <= len(request) + (0 if ours(request) else ALLOWANCE)
        assert len(table) == 0
    elif isinstance(verdict, Made):
        assert len(table) == 1
        assert not ours(request) or request == data.draw(good)
    else:
        assert isinstance(verdict, Nothing)
        assert len(table) == 0


def test_who_is_due_to_expire_expires_then_to_the_letter() -> None:
    now = 218.94379682528603  # plus 300 and minus it again this is a little less: times are floats
    table = endpoint(idle=300.0)
    conversation = text(table, HERE, now)
    due = table.deadline()
    assert due is not None
    assert table.expire(due) == [conversation]


def test_silent_sessions_expire_in_order_and_an_address_starts_afresh() -> None:
    table = endpoint(idle=300.0)
    assert table.deadline() is None
    first, second = text(table, HERE, 0.0), text(table, ("192.0.2.2", 1), 10.0)
    third = opened(table, ("192.0.2.3", 1), 20.0).conversation
    table.touch(first, 100.0)
    assert table.deadline() == 310.0
    assert table.expire(309.9) == []
    assert table.expire(310.0) == [second]
    assert table.expire(330.0) == [third]
    again = table.sort(b"hello", HERE, 400.0)  # nobody called expire
    assert isinstance(again, Made)
    assert again.evicted == [first]
    assert again.conversation is not first
    assert table.sort(encode(Hello(NONCE)), HERE, 1000.0) != Nothing("")
    assert table.deadline() == -float("inf")
    assert table.expire(1000.0) == [again.conversation]
    assert table.deadline() is None
    table.touch(first, 1000.0)
    table.drop(first)


def test_a_port_that_cannot_be_answered_makes_no_session() -> None:
    assert endpoint().sort(b"hello", ("192.0.2.1", 0), 0.0) == Nothing("port-0")


# --- the endpoint: bounds ----------------------------------------------------------------------------------


def test_one_ip_has_so_many_sessions_and_this_machine_as_many_as_it_likes() -> None:
    table = endpoint(per_ip=3)
    for port in range(1, 4):
        text(table, ("192.0.2.1", port), 0.0)
        assert isinstance(opened(table, ("192.0.2.1", 100 + port), 0.0), Made)
        text(table, (f"2001:db8::{port}", 5), 0.0)
    verdict = table.sort(b"hello", ("192.0.2.1", 4), 0.0)
    assert verdict == Reply(b"! busy\n", "per-ip")  # without a word: it would not help
    assert opened(table, ("192.0.2.1", 104), 0.0) == Reply(encode(Refuse(NONCE, "per-ip")), "per-ip")
    assert table.sort(b"hello", ("::ffff:192.0.2.1", 4), 0.0) == verdict
    assert isinstance(table.sort(b"hello", ("2001:db8::ffff", 5), 0.0), Reply)
    text(table, ("2001:db8:0:1::1", 5), 0.0)  # another /64
    table.drop(text(table, ("192.0.2.1", 1), 0.0))
    text(table, ("192.0.2.1", 4), 0.0)
    # Whoever is inside may open anew, from the same port.
    assert isinstance(opened(table, ("192.0.2.1", 101), 1.0, nonce=b"nonce999"), Made)
    for port in range(1, 20):
        text(table, ("127.0.0.9", port), 0.0)
        text(table, ("::1", port), 0.0)
    for port in range(1, 4):
        text(table, ("fe80::1%eth0", port), 0.0)
        text(table, ("a name", port), 0.0)
    assert isinstance(table.sort(b"hello", ("a name", 4), 0.0), Reply)


def test_eviction_order() -> None:
    table = endpoint(sessions=4, unproved=2, unproved_spare=10.0, proved_spare=60.0)
    first, second = text(table, (host(1), 1), 0.0), text(table, (host(2), 1), 1.0)
    # Half is full of fresh ones: nobody has to go, so nobody comes in.
    verdict = table.sort(b"hello", (host(3), 1), 2.0)
    assert isinstance(verdict, Reply)
    assert verdict.reason == "full"
    # The least recently used one goes when it is idle.
    text(table, (host(1), 1), 5.0)
    third = table.sort(b"hello", (host(3), 1), 11.0)
    assert isinstance(third, Made)
    assert third.evicted == [second]
    # Proved ones fill the table, then displace idle unproved ones first,
    proved = [opened(table, (host(10 + one), 1), 12.0).conversation for one in range(2)]
    fifth = opened(table, (host(12), 1), 15.0)
    assert fifth.evicted == [first]
    # and only then proved ones, when they were idle for long.
    assert isinstance(opened(table, (host(13), 1), 16.0), Reply)
    table.drop(third.conversation)
    assert opened(table, (host(13), 1), 16.0).evicted == []
    table.touch(proved[0], 20.0)
    assert opened(table, (host(14), 1), 30.0) == Reply(encode(Refuse(NONCE, "full")), "full")
    assert opened(table, (host(14), 1), 72.0).evicted == [proved[1]]
    # An unproved one displaces no proved one, however idle: it may read along.
    assert isinstance(table.sort(b"hello", (host(4), 1), 200.0), Reply)
    assert len(table) == 4


def test_the_word_opens_a_full_door_and_counts_as_proof() -> None:
    table = endpoint(unproved=1)
    text(table, (host(1), 1), 0.0)
    verdict = table.sort(b"hello\n", HERE, 0.0)
    word = table.cookies.word(HERE, 0.0)
    assert verdict == Reply(f"! busy; send {word} to come in\n".encode(), "full")
    assert isinstance(table.sort(b"00000000\n", HERE, 0.0), Reply)
    talk = text(table, HERE, 1.0, f"{word}\n".encode())
    assert talk.proved
    assert isinstance(talk.link, TextLink)
    assert talk.link.proved


def test_a_text_session_can_prove_its_address_later() -> None:
    table = endpoint(unproved=1, per_ip=1)
    talk = text(table, HERE, 0.0)
    assert table.prove(talk)
    assert table.prove(talk)
    text(table, (host(2), 1), 0.0)  # it no longer counts among the unproved
    other = text(endpoint(), HERE, 0.0)
    assert not table.prove(other)
    second = endpoint(per_ip=1)
    opened(second, ("192.0.2.1", 1), 0.0)
    talk = text(second, HERE, 0.0)
    assert not second.prove(talk)
    assert second.expire(300.0)[-1:] != []


def test_answers_are_rate_limited() -> None:
    table = endpoint(answers=10.0, text_answers=5.0, unproved=0)
    hello, stray = encode(Hello(NONCE)), encode(Ack(ID, 0, 0))
    replies = [table.sort(data, (host(n), 1), 0.0) for n in range(20) for data in (hello, stray)]
    assert sum(isinstance(one, Reply) for one in replies) == 10
    assert set(replies[10:]) == {Nothing("too-fast"), Nothing("unknown")}
    texts = [table.sort(b"hello", (host(n), 1), 0.0) for n in range(20)]
    assert sum(isinstance(one, Reply) for one in texts) == 5
    assert texts[-1] == Nothing("full")
    assert isinstance(table.sort(hello, HERE, 1.0), Reply)


def test_a_busy_answer_that_is_too_long_is_not_sent() -> None:
    table = DatagramEndpoint(
        Talk, Cookies(bytes(16)), lambda: ID, Limits(unproved=0), busy=lambda word: b"x" * 300
    )
    assert table.sort(b"hello", HERE, 0.0) == Nothing("full")
    assert isinstance(table.sort(b"y" * 100, HERE, 0.0), Reply)


def test_text_sessions_are_made_so_fast_and_no_faster() -> None:
    table = endpoint(text_sessions=2.0, text_burst=3.0)
    made = [isinstance(table.sort(b"hello", (host(n), 1), 0.0), Made) for n in range(10)]
    assert sum(made) == 3
    assert isinstance(table.sort(b"hello", HERE, 0.5), Made)
    assert table.sort(b"hello", (host(77), 1), 0.5) != Nothing("full")


def test_100000_forged_addresses_fill_no_memory_and_keep_nobody_out_who_is_in() -> None:
    table = endpoint()
    honest = text(table, HERE, 0.0)
    nc = text(table, ("192.0.2.77", 7), 0.0)
    client = opened(table, ("192.0.2.5", 6), 0.0).conversation
    own = client.link.stream.arq.connection
    Talk.made, answered, evicted = 0, 0, []
    hello = encode(Hello(NONCE))
    for number in range(100_000):
        now = number / 2000  # 50 s of 2,000 a second
        address = (f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1 + number % 65535)
        verdict = table.sort(hello if number % 10 == 0 else b"forged\n", address, now)
        answered += isinstance(verdict, Reply)
        if isinstance(verdict, Made):
            evicted += verdict.evicted
        if number % 2000 == 0:
            # Whoever has a session is served, at once, all the time.
            assert text(table, HERE, now) is honest
            assert table.sort(encode(Ack(own, 0, 0)), ("192.0.2.5", 6), now) == Known(client)
        if number % 20_000 == 0:
            assert text(table, ("192.0.2.77", 7), now) is nc  # also when silent for 10 s
            # Who proves the address gets in.
            assert isinstance(opened(table, (host(number), 9), now), Made)
    limits = table.limits
    assert len(table) <= limits.unproved + 6
    assert Talk.made <= limits.text_burst + limits.text_sessions * 50 + 6
    assert answered <= (limits.answers + limits.text_answers) * 51
    assert honest not in evicted
    assert nc not in evicted
    del evicted
    assert sum(len(recent) for recent in table._recent.values()) == len(table._by_conversation) == len(table)
    assert len(table._places) <= 9
    gc.collect()
    assert sum(isinstance(one, TextLink) for one in gc.get_objects()) <= limits.unproved + 6
    table.expire(1000.0)
    assert len(table) == len(table._by_conversation) == len(table._places) == 0


def test_the_states_of_client_and_server_never_disagree_for_long() -> None:
    rng = random.Random(3)
    for seed in range(20):
        chat = Chat(seed, trouble=rng.random() * 0.3, patience=60.0)
        chat.run(until=20.0)
        assert chat.client.state is ClientState.OPEN
        assert Ready() in chat.heard[1]
        assert isinstance(chat.server.talks[0].link, ReliableLink)
        arq: Arq = chat.server.talks[0].link.stream.arq
        assert arq.connection == chat.client.stream.arq.connection  # type: ignore[union-attr]
