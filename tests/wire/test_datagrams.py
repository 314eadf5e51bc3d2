"""Datagrams are read back as they were written, nothing else is read, and cookies prove an address for a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.wire.datagrams import (
    COOKIE_SIZE,
    HELLO_SIZE,
    LAST_NUMBER,
    LIMIT,
    MAGIC,
    PAYLOAD,
    VERSION,
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
    connection_of,
    decode,
    encode,
    ours,
)

tokens = st.binary(min_size=8, max_size=8)
cookies = st.binary(min_size=COOKIE_SIZE, max_size=COOKIE_SIZE)
numbers = st.integers(0, LAST_NUMBER)
bitmaps = st.integers(0, 2**64 - 1)
codes = st.from_regex(r"[a-z0-9-]{1,16}", fullmatch=True)
datagrams: st.SearchStrategy[Datagram] = st.one_of(
    st.builds(Hello, tokens),
    st.builds(Cookie, tokens, cookies),
    st.builds(Open, tokens, cookies),
    st.builds(Accept, tokens, tokens),
    st.builds(Data, tokens, numbers, numbers, bitmaps, st.binary(max_size=PAYLOAD)),
    st.builds(Ack, tokens, numbers, bitmaps),
    st.builds(Bye, tokens, numbers),
    st.builds(Reset, tokens),
    st.builds(Refuse, tokens, codes),
)
garbage = st.one_of(
    st.binary(max_size=LIMIT + 50),
    st.binary(max_size=60).map(lambda tail: bytes((MAGIC, VERSION)) + tail),
    st.tuples(datagrams, st.integers(0, LIMIT)).map(lambda cut: encode(cut[0])[: cut[1]]),
    st.tuples(datagrams, st.binary(min_size=1, max_size=9)).map(lambda more: encode(more[0]) + more[1]),
    st.tuples(datagrams, st.integers(0, 40), st.integers(0, 255)).map(
        lambda change: encode(change[0])[: change[1]] + bytes((change[2],)) + encode(change[0])[change[1] + 1 :]
    ),
)
"Anything, and what looks nearly like ours: cut, lengthened, one byte changed."

NONCE = b"nonce678"
HERE = ("192.0.2.1", 40000)


@given(datagrams)
def test_what_was_written_is_read(datagram: Datagram) -> None:
    data = encode(datagram)
    assert len(data) <= LIMIT
    assert ours(data)
    assert decode(data) == datagram
    assert connection_of(data) == (datagram.connection if isinstance(datagram, Data | Ack | Bye) else None)


@given(garbage)
def test_anything_else_is_a_value_error(data: bytes) -> None:
    connection_of(data)
    try:
        datagram = decode(data)
    except ValueError:
        return
    assert encode(datagram) == data  # by chance it is one: then it is that one and no other


@given(st.text(min_size=1))
def test_text_is_never_ours(text: str) -> None:
    assert not ours(text.encode())


def test_sizes_that_cannot_be_written_are_refused() -> None:
    wrong: list[Datagram] = [
        Hello(b"short"),
        Cookie(NONCE, b"short"),
        Open(NONCE, b"x" * 17),
        Data(NONCE, 0, 0, 0, b"x" * (PAYLOAD + 1)),
        Refuse(NONCE, "seventeen-letters"),
        Refuse(NONCE, "ñ"),
        Refuse(NONCE, ""),
    ]
    for datagram in wrong:
        with pytest.raises(ValueError):
            encode(datagram)


def test_the_greatest_datagram_fits_exactly() -> None:
    data = encode(Data(NONCE, 0, 0, 0, b"x" * PAYLOAD))
    assert len(data) == LIMIT
    with pytest.raises(ValueError):
        decode(data + b"x")


def test_padding_is_of_zeros() -> None:
    with pytest.raises(ValueError):
        decode(encode(Hello(NONCE))[:-1] + b"x")


def test_another_version_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="version 2"):
        decode(bytes((MAGIC, 2)) + encode(Hello(NONCE))[2:])


def test_answers_before_the_proof_are_not_longer_than_what_they_answer() -> None:
    cookie, opening = encode(Cookie(NONCE, bytes(16))), encode(Open(NONCE, bytes(16)))
    assert len(cookie) <= len(encode(Hello(NONCE))) == HELLO_SIZE
    assert max(len(cookie), len(encode(Accept(NONCE, NONCE))), len(encode(Refuse(NONCE, "x" * 16)))) <= len(
        opening
    )
    shortest = next(size for size in range(LIMIT) if connection_of(encode(Bye(NONCE, 1))[:size]))
    assert len(encode(Reset(NONCE))) <= shortest


# --- cookies and words -------------------------------------------------------------------------------------


def test_a_cookie_is_good_for_15_to_30_seconds() -> None:
    jar = Cookies(b"a secret of 16 b")
    for made in (0.0, 7.0, 14.9, 15.0, 1e6 + 3):
        cookie = jar.make(HERE, NONCE, made)
        assert len(cookie) == COOKIE_SIZE
        assert jar.good(cookie, HERE, NONCE, made)
        assert jar.good(cookie, HERE, NONCE, made + 15)
        assert not jar.good(cookie, HERE, NONCE, made + 30)


def test_a_cookie_is_for_one_address_one_nonce_and_one_secret() -> None:
    jar = Cookies(b"a secret of 16 b")
    cookie = jar.make(HERE, NONCE, 1.0)
    assert not jar.good(cookie, ("192.0.2.2", 40000), NONCE, 1.0)
    assert not jar.good(cookie, ("192.0.2.1", 40001), NONCE, 1.0)
    assert not jar.good(cookie, HERE, b"nonce679", 1.0)
    assert not jar.good(cookie[:-1] + bytes((cookie[-1] ^ 1,)), HERE, NONCE, 1.0)
    assert not jar.good(b"", HERE, NONCE, 1.0)
    assert not Cookies(b"another secret..").good(cookie, HERE, NONCE, 1.0)


def test_fields_do_not_run_into_each_other() -> None:
    jar = Cookies(b"a secret of 16 b")
    assert jar.word(("192.0.2.1", 10), 1.0) != jar.word(("192.0.2.11", 0), 1.0)
    assert jar.make(("a", 1), NONCE, 1.0).hex()[:8] != jar.word(("a", 1), 1.0)


def test_a_word_is_good_for_one_to_two_minutes_in_any_case() -> None:
    jar = Cookies(b"a secret of 16 b")
    word = jar.word(HERE, 10.0)
    assert len(word) == 8
    assert int(word, 16) >= 0
    assert jar.good_word(f" {word.upper()}\r\n", HERE, 10.0)
    assert jar.good_word(word, HERE, 70.0)
    assert not jar.good_word(word, HERE, 130.0)
    assert not jar.good_word(word, ("192.0.2.1", 40001), 10.0)


@given(st.text())
def test_any_text_can_be_asked_whether_it_is_the_word(text: str) -> None:
    assert not Cookies(b"a secret of 16 b").good_word(text, HERE, 10.0)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError):
        Cookies(b"short")
