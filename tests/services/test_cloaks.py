"""Cloaks: the same for the same address, and nothing of the address in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.services.cloaks import Cloaks

CLOAKS = Cloaks()


@given(st.ip_addresses().filter(lambda ip: not ip.is_loopback))
def test_an_address_has_one_cloak_that_does_not_show_it(ip: object) -> None:
    cloak = CLOAKS.host(str(ip))
    assert cloak == CLOAKS.host(str(ip))
    assert re.fullmatch(r"[0-9a-f]{12}\.hidden", cloak) or cloak == "localhost"
    assert str(ip) not in cloak


def test_two_addresses_have_two_cloaks_and_two_servers_two_more() -> None:
    found = [cloaks.host(ip) for cloaks in (CLOAKS, Cloaks()) for ip in ("192.0.2.1", "192.0.2.2")]
    assert len(set(found)) == 4


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_called_localhost(ip: str) -> None:
    assert CLOAKS.host(ip) == "localhost"


def test_an_ipv6_peer_is_known_by_its_network_and_a_mapped_one_by_its_ipv4_address() -> None:
    assert CLOAKS.host("2001:db8:1:2::1") == CLOAKS.host("2001:db8:1:2:ffff::2")
    assert CLOAKS.host("2001:db8:1:2::1") != CLOAKS.host("2001:db8:1:3::1")
    assert CLOAKS.host("::ffff:192.0.2.1") == CLOAKS.host("192.0.2.1")
    assert CLOAKS.host("fe80::1%eth0") == CLOAKS.host("fe80::1")


def test_what_is_no_address_is_hidden_all_the_same() -> None:
    assert CLOAKS.host("?").endswith(".hidden")


def test_neighbours_behind_a_translator_or_on_one_link_are_told_apart() -> None:
    """All of them have the same first 64 bits: a ban of one would have met them all."""
    assert CLOAKS.host("64:ff9b::192.0.2.1") != CLOAKS.host("64:ff9b::192.0.2.2")
    assert CLOAKS.host("64:ff9b::192.0.2.1") == CLOAKS.host("192.0.2.1")
    assert CLOAKS.host("fe80::1") != CLOAKS.host("fe80::2")
