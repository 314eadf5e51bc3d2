"""Which names and addresses are found, and which can stand in a certificate."""

import socket

import pytest

from coliseum.services import host_names
from coliseum.services.host_names import usable

Found = list[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]]


def answer(canonical: str, *addresses: str) -> Found:
    return [
        (socket.AF_INET, socket.SOCK_DGRAM, 17, "" if number else canonical, (address, 0))
        for number, address in enumerate(addresses)
    ]


def machine(monkeypatch: pytest.MonkeyPatch, name: str, found: Found | OSError) -> None:
    """Pretend to be a machine of this name, about which the resolver says this."""

    def resolve(*arguments: object, **options: object) -> Found:
        if isinstance(found, OSError):
            raise found
        return found

    monkeypatch.setattr(socket, "gethostname", lambda: name)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "if_nameindex", list)


def test_the_machine_knows_itself_at_least_as_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "odd_name", socket.gaierror(-2, "Name or service not known"))
    assert host_names.host_names() == ["localhost", "127.0.0.1", "::1"]


def test_the_hosts_name_in_short_and_in_full_and_what_is_added_are_found_once_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine(monkeypatch, "Arena", answer("arena.example.org", "127.0.1.1"))
    found = host_names.host_names(["chat.example.org", "ARENA", "192.0.2.7", "localhost"])
    assert found == [
        *("localhost", "127.0.0.1", "::1", "arena", "arena.example.org"),
        *("chat.example.org", "192.0.2.7"),
    ]


def test_an_address_counts_only_when_an_interface_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "arena", answer("arena", "192.0.2.1", "198.51.100.2"))
    monkeypatch.setattr(host_names, "_is_ours", lambda family, host: host == "198.51.100.2")
    assert host_names.host_names()[3:] == ["arena", "198.51.100.2"]


def test_an_address_is_ours_when_it_can_be_bound() -> None:
    assert host_names._is_ours(socket.AF_INET, "127.0.0.1")
    assert not host_names._is_ours(socket.AF_INET, "203.0.113.99")


def test_an_interface_without_an_address_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "arena", socket.gaierror(-2, "Name or service not known"))
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (999, "nosuchinterface")])
    assert host_names.host_names() == ["localhost", "127.0.0.1", "::1", "arena"]


def test_an_answer_that_is_no_address_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "arena", answer("arena", "not an address"))
    assert host_names.host_names()[3:] == ["arena"]


def test_the_real_machine_answers_with_names_that_a_certificate_can_hold() -> None:
    found = host_names.host_names()
    assert found[:3] == ["localhost", "127.0.0.1", "::1"]
    assert usable(found) == found


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("Chat.Example.ORG.", "chat.example.org"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("x" * 63 + ".org", "x" * 63 + ".org"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_usable_name_has_one_spelling(written: str, spelt: str) -> None:
    assert usable([written, spelt]) == [spelt]


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "under_score", "-dash", "dash-", "two..dots", "münchen.de", "*.example.org", "a b", "a\n"),
        *("x" * 64, ".".join(["x" * 60] * 5), "1.0.0.127.in-addr.arpa", "[::1]", "host:7000"),
        *("0.0.0.0", "::", "224.0.0.1", "fe80::1%eth0"),
    ],
)
def test_a_name_that_no_certificate_can_hold_is_left_out(name: str) -> None:
    assert usable(["a.example.org", name]) == ["a.example.org"]
