"""Too many connections: what each of them sees, and that those who are inside do not notice."""

import socket
import ssl
import subprocess
import sys
import time

import pytest

from tests.conftest import House, OpenHouse
from tests.harness import DEADLINE, Chatter

tcp_only = pytest.mark.parametrize("transport", ["tcp"], indirect=True)
tls_only = pytest.mark.parametrize("transport", ["tls"], indirect=True)


def strict(open_house: OpenHouse, **limits: object) -> House:
    keys = {"exempt": [], "room_capacity": 0} | limits
    return open_house(**{f"limits__{key}": value for key, value in keys.items()})


@tcp_only
def test_one_too_many_from_an_address_is_told_so_until_another_leaves(
    open_house: OpenHouse,
) -> None:
    house = strict(open_house, max_clients_per_ip=2)
    ana, luis = house.enter("ana"), house.enter("luis")
    luis.seen()
    assert house.connect().rest() == ["* The connection ends: too many connections from the same address."]
    assert luis.seen() == []
    luis.close()
    ana.expect("luis is gone")
    deadline = time.monotonic() + DEADLINE
    while (house.connect().line() or "").startswith("* The connection ends"):  # until the server has closed, too
        assert time.monotonic() < deadline


@tcp_only
def test_an_irc_client_is_told_in_its_own_words(open_house: OpenHouse) -> None:
    house = open_house(listen=["irc://localhost:0"], limits__max_clients_per_ip=1, limits__exempt=[])
    with Chatter.connect(house.server.address("irc")) as first:
        first.send("NICK ana", "USER ana 0 * :Ana")
        first.expect(" 001 ")
        with Chatter.connect(house.server.address("irc")) as second:
            assert second.rest() == ["ERROR :Closing link: too many connections from the same address\r"]


@tls_only
def test_over_tls_the_handshake_is_not_begun(open_house: OpenHouse) -> None:
    house = strict(open_house, max_clients_per_ip=1)
    ana = house.enter("ana")
    with pytest.raises(ssl.SSLError, match="ALERT_ACCESS_DENIED"):
        house.connect()
    assert ana.seen() == []


@tls_only
def test_our_client_says_what_that_means(open_house: OpenHouse) -> None:
    house = strict(open_house, max_clients_per_ip=1)
    house.enter("ana")
    assert house.server.files is not None
    url = "tls://{}:{}".format(*house.address)
    done = subprocess.run(
        [sys.executable, "-m", "coliseum", "join", url, "--ca", str(house.server.files.ca)],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 69
    assert "takes no more connections, in all or from this address; try again later" in done.stderr


@tcp_only
def test_this_machine_is_exempt_unless_somebody_says_otherwise(open_house: OpenHouse) -> None:
    house = open_house(limits__max_clients_per_ip=1, limits__room_capacity=0)
    for nick in ("ana", "luis", "eva"):
        house.enter(nick)


@tcp_only
def test_the_limit_on_all_connections_holds_for_everybody(open_house: OpenHouse) -> None:
    house = open_house(limits__max_connections=2, limits__room_capacity=0)
    for nick in ("ana", "luis"):
        house.enter(nick)
    assert house.connect().rest() == ["* The connection ends: the server has as many connections as it can."]


def test_who_dawdles_at_the_door_does_not_keep_others_out(open_house: OpenHouse, transport: str) -> None:
    """Over TLS they never shake hands; else they never say the password."""
    house = open_house(limits__max_arriving=5, limits__room_capacity=0, server__password="sesame")
    dawdlers = [socket.create_connection(house.address, timeout=DEADLINE) for _ in range(30)]
    try:
        ana = house.connect()
        ana.expect("password")
        ana.send("sesame")
        ana.expect("You are in lobby")
        last = b""
        while data := dawdlers[0].recv(4096):
            last += data
        assert transport == "tls" or b"too many were on their way in, and this one had taken longest" in last
        assert ana.seen() == []
    finally:
        for dawdler in dawdlers:
            dawdler.close()


def test_a_storm_of_connections_from_one_address_does_not_keep_others_waiting(open_house: OpenHouse) -> None:
    house = open_house(limits__max_clients_per_ip=5, limits__exempt=["127.0.0.2/32"], limits__room_capacity=0)
    ana = house.enter("ana", source="127.0.0.2")
    storm: list[socket.socket] = []
    try:
        for number in range(600):
            storm.append(socket.create_connection(house.address, timeout=DEADLINE))
            if number % 100 == 0:
                house.enter(f"honest{number}", source="127.0.0.2")
                ana.expect(f"is now called honest{number}")
    finally:
        for connection in storm:
            connection.close()
    house.enter("late", source="127.0.0.2")
    ana.expect("is now called late")
