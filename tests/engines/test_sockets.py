"""The sockets that both engines use."""

import resource
import socket
import struct
from pathlib import Path

import pytest

from coliseum.engines.sockets import BACKLOG, bind, most_connections, peer_name, prepare
from coliseum.errors import CannotCreate


def test_a_connection_does_not_wait_for_acknowledgements_and_finds_out_who_vanished() -> None:
    (listening,) = bind("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()) as connection:
        prepare(connection)
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
            if hasattr(socket, name):
                assert connection.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value


def test_preparing_a_connection_that_is_gone_already_does_no_harm() -> None:
    gone = socket.socket()
    gone.close()
    prepare(gone)


def test_all_addresses_of_a_name_get_the_same_port() -> None:
    sockets = bind("localhost", 0)
    try:
        assert len({made.getsockname()[1] for made in sockets}) == 1
        assert sockets[0].getsockname()[0] == "127.0.0.1"
    finally:
        for made in sockets:
            made.close()


def test_a_port_can_be_taken_again_right_after_it_was_used() -> None:
    (first,) = bind("127.0.0.1", 0)
    port = first.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        accepted, _ = first.accept()
        accepted.close()  # the side that closes first leaves the address in TIME_WAIT
    first.close()
    (second,) = bind("127.0.0.1", port)
    second.close()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_said(host: str) -> None:
    with pytest.raises(CannotCreate, match=f"cannot listen on {host}:0: "):
        bind(host, 0)


def test_a_storm_of_connections_waits_in_the_kernel() -> None:
    (listening,) = bind("127.0.0.1", 0)
    with listening:
        most = int(Path("/proc/sys/net/core/somaxconn").read_text())
        # For a socket that listens, Linux says in tcpi_sacked how many may wait (tcp_get_info).
        info = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
        assert struct.unpack_from("=I", info, 28)[0] == min(BACKLOG, most)
        assert BACKLOG >= 1024


@pytest.mark.parametrize(("soft", "connections"), [(1024, 960), (70, 6), (10, 1), (resource.RLIM_INFINITY, 0)])
def test_connections_leave_some_descriptors_for_everything_else(
    monkeypatch: pytest.MonkeyPatch, soft: int, connections: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, resource.RLIM_INFINITY))
    assert most_connections() == connections


def test_addresses_are_written_as_people_write_them() -> None:
    assert peer_name(("127.0.0.1", 1)) == "127.0.0.1:1"
    assert peer_name(("::1", 1)) == "[::1]:1"
