"""The IRC link: the tongue on a connection, and lines of every age."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.client import failures
from coliseum.client.arrivals import Introduce
from coliseum.client.irc.link import AT_ONCE, LONGEST_LINE, IrcLink, Reader
from coliseum.client.link import LinkFailed, Target
from coliseum.core import vocabulary as fact
from coliseum.core.inbound import Broken, Closed
from coliseum.core.kinds import Reason
from coliseum.core.refusals import UnknownCommand
from coliseum.errors import Unavailable
from coliseum.urls import parse

NOW = 1.0


def link() -> IrcLink:
    made = Target.of(parse("irc://127.0.0.1"), ca=None, fingerprint=None, data_dir=Path("/nonexistent")).link()
    assert isinstance(made, IrcLink)
    return made


def test_a_conversation() -> None:
    made = link()
    assert made.start(NOW) == [Introduce()]
    made.send("/nick ana", NOW)
    assert made.take() == []
    made.send("/json", NOW)
    assert made.take() == [b"CAP LS 302\r\nNICK ana\r\nUSER coliseum 0 * ana\r\n"]
    assert made.deadline() == math.inf
    heard = made.receive(b":irc.example 001 ana :Welcome\r\n:irc.example 422 ana :No MOTD\r\nPI", NOW)
    assert heard == [fact.Heard(0), fact.Welcomed(fact.Identity("", "ana"), "irc.example", "", ""), fact.Heard(2)]
    made.receive(b"NG :x\n", NOW)
    assert b"".join(made.take()) == b"PING coliseum-welcome\r\nPONG x\r\n"
    # What needs no server is there for the next tick.
    made.send("/of-the-future", NOW)
    assert made.deadline() == AT_ONCE
    assert made.tick(NOW) == [UnknownCommand("of-the-future"), fact.Heard(3)]
    assert made.deadline() == math.inf
    made.send("/help", NOW)
    assert made.receive(b"ERROR :bye", NOW) == [fact.HelpShown(), fact.Heard(4)]
    assert made.receive(b"\r\n", NOW) == [fact.Ended(Reason.OTHER, "bye")]
    assert made.failed(OSError(), NOW) == [Closed()]
    assert made.over
    made.close(NOW)


def test_what_is_no_irc_is_a_sentence() -> None:
    made = link()
    made.start(NOW)
    assert made.receive(b"* Welcome to coliseum.\n\xff\n", NOW) == ["* Welcome to coliseum.", "ÿ"]


def test_a_line_without_an_end_is_no_chat() -> None:
    made = link()
    made.start(NOW)
    with pytest.raises(LinkFailed) as caught:
        made.receive(b"x" * (LONGEST_LINE + 1), NOW)
    assert isinstance(caught.value.error, Unavailable)


def test_lines_of_every_age() -> None:
    reader = Reader()
    assert reader.receive("café\r\ncaf".encode() + b"\xe9\n\x80 \x81\ntail") == ["café", "café", "€ \ufffd"]
    assert reader.receive(b"\n") == ["tail"]
    assert reader.receive(b"x" * (LONGEST_LINE + 1)) == [Broken(Reason.ENDLESS_LINE)]


@given(st.lists(st.binary(max_size=30)))
def test_how_bytes_are_cut_changes_nothing(pieces: list[bytes]) -> None:
    whole = Reader().receive(b"".join(pieces))
    reader = Reader()
    assert [item for piece in pieces for item in reader.receive(piece)] == whole


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_bytes_of_a_server_are_taken(pieces: list[bytes]) -> None:
    made = link()
    made.start(NOW)
    made.send("/json", NOW)
    made.receive(b":irc.example 001 guest :Welcome\r\n:irc.example 422 guest :No MOTD\r\n", NOW)
    made.send("/join room", NOW)
    for piece in pieces:
        made.receive(piece, NOW) if piece else None
        made.take()


def test_without_tls_the_remedy_is_irc_without_it() -> None:
    assert "say irc://localhost:6697" in str(failures.not_tls(parse("ircs://localhost")))
    assert "say irc+insecure://irc.example:6697" in str(failures.not_tls(parse("ircs://irc.example")))
    assert "say tcp://localhost:7000" in str(failures.not_tls(parse("tls://localhost")))


def test_a_foreign_server_is_trusted_by_the_systems_authorities_too(tmp_path: Path) -> None:
    import trustme  # noqa: PLC0415

    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    local, foreign = (
        Target.of(parse(url), ca=None, fingerprint=None, data_dir=tmp_path)
        for url in ("tls://chat.example", "ircs://irc.example")
    )
    assert local.context is not None
    assert foreign.context is not None
    assert len(local.context.get_ca_certs()) == 1
    # The system's may be many in a file, or looked up one by one in a folder when they are needed.
    assert foreign.context.cert_store_stats()["x509_ca"] >= 1
    given = Target.of(parse("ircs://irc.example"), ca=tmp_path / "ca.pem", fingerprint=None, data_dir=tmp_path)
    assert given.context is not None
    assert len(given.context.get_ca_certs()) == 1
