"""A peer that vanishes without a word: no FIN, no reset, nothing; keepalive finds out."""

import socket

import pytest

from coliseum.engines import sockets
from tests.conftest import OpenHouse

TCP_REPAIR = 19
"Linux: a socket that is closed while this is on says nothing to its peer (tcp(7))."


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probe after a second of silence."""
    monkeypatch.setattr(sockets, "_VANISHED", {"TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 2})


def vanish(connection: socket.socket) -> None:
    """Close a connection without a word, having acknowledged everything: no byte of ours waits for an answer."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except OSError as error:
        pytest.skip(f"a connection can't be cut silently here: {error.strerror}")
    connection.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("transport", ["tcp"], indirect=True)
def test_who_vanishes_without_a_word_is_found_out(open_house: OpenHouse) -> None:
    house = open_house()
    ana, luis = house.enter("ana"), house.enter("luis")
    ana.seen()
    vanish(luis.connection)
    ana.expect(r"luis is gone \(connection lost\)")
    assert ana.seen() == []
