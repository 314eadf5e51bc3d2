"""URLs: complete when they parse, never in clear off this machine by accident, else a ConfigError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.core.names import room_flaw, room_name
from coliseum.errors import ConfigError
from coliseum.urls import DEFAULT_PORTS, Url, is_loopback, parse, require_protection


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("tls://localhost", Url("tls", "localhost", 7000)),
        ("tls://localhost:7443", Url("tls", "localhost", 7443)),
        ("tls://chat.example.org/", Url("tls", "chat.example.org", 7000)),
        ("tls://Chat.Example.ORG", Url("tls", "chat.example.org", 7000)),
        ("tls://chat.example.org/garden", Url("tls", "chat.example.org", 7000, "garden")),
        ("tls://chat.example.org/#garden", Url("tls", "chat.example.org", 7000, "garden")),
        ("tls://chat.example.org#garden", Url("tls", "chat.example.org", 7000, "garden")),
        ("tls://[::1]", Url("tls", "::1", 7000)),
        ("tls://[2001:db8::1]:7", Url("tls", "2001:db8::1", 7)),
        ("tls://*", Url("tls", "", 7000)),
        ("tls://*:7443", Url("tls", "", 7443)),
        ("tls://:7443", Url("tls", "", 7443)),
        ("tcp://localhost", Url("tcp", "localhost", 7001)),
        ("tcp://127.0.0.1:0", Url("tcp", "127.0.0.1", 0)),
        ("tcp+insecure://10.0.0.1", Url("tcp+insecure", "10.0.0.1", 7001)),
        ("tcp+insecure://*:7", Url("tcp+insecure", "", 7)),
        ("ircs://localhost", Url("ircs", "localhost", 6697)),
        ("ircs://irc.example.org/#garden", Url("ircs", "irc.example.org", 6697, "garden")),
        ("irc://localhost", Url("irc", "localhost", 6667)),
        ("irc+insecure://10.0.0.1:7", Url("irc+insecure", "10.0.0.1", 7)),
        ("udp://localhost", Url("udp", "localhost", 8080)),
    ],
)
def test_what_a_url_names(text: str, url: Url) -> None:
    assert parse(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "localhost:7000",
        "//localhost",
        "http://localhost",
        "irc6://localhost",
        "tls:localhost",
        "tls:/localhost",
        "tls://",
        "tls:///garden",
        "tls://localhost:",
        "tls://localhost:port",
        "tls://localhost:70000",
        "tls://localhost:-1",
        "tls://[::1",
        "tls://ana@localhost",
        "tls://ana:secret@localhost",
        "tls://localhost/garden?key=1",
    ],
)
def test_what_is_no_such_url_is_an_error_that_repeats_it(text: str) -> None:
    if text == "tls://localhost:":  # RFC 3986 section 3.2.3: an empty port is the default one
        assert parse(text).port == 7000
        return
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_scheme_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("http://localhost")
    assert all(f"{scheme}://" in str(caught.value) for scheme in DEFAULT_PORTS)


@pytest.mark.parametrize(
    "text", ["tcp://10.0.0.1", "tcp://chat.example.org:7", "tcp://*", "tcp://0.0.0.0", "tcp://[::]"]
)
@pytest.mark.parametrize("scheme", ["tcp", "udp", "irc"])
def test_in_clear_only_loopback_may_be_named_unless_one_says_so(scheme: str, text: str) -> None:
    text = text.replace("tcp://", f"{scheme}://")
    with pytest.raises(ConfigError) as caught:
        parse(text)
    remedy = text.replace("://", "+insecure://")
    assert remedy in str(caught.value)
    assert parse(remedy).scheme == f"{scheme}+insecure"


def test_protection_is_asked_for_also_of_urls_that_were_not_parsed() -> None:
    url = Url("tls", "10.0.0.1", 7)
    assert require_protection(url) is url
    with pytest.raises(ConfigError):
        require_protection(Url("tcp", "10.0.0.1", 7))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.255.0.1", True),
        ("::1", True),
        ("", False),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("2130706433", False),
    ],
)
def test_what_is_loopback_is_judged_by_the_name_alone(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def those(trait: str) -> set[str]:
    return {scheme for scheme in DEFAULT_PORTS if getattr(Url(scheme, "localhost", 1), trait)}


def test_a_scheme_says_what_is_spoken_over_what() -> None:
    assert those("secure") == {"tls", "ircs"}
    assert those("irc") == {"ircs", "irc", "irc+insecure"}
    assert those("datagrams") == {"udp", "udp+insecure"}
    assert those("stays_here") == {"tcp", "udp", "irc"}


def test_a_url_is_written_as_one_writes_it() -> None:
    assert str(Url("tls", "", 7000)) == "tls://*:7000"
    assert str(Url("tls", "::1", 7000, "garden")) == "tls://[::1]:7000/garden"


hosts = st.sampled_from(["localhost", "127.0.0.1", "::1", "chat.example.org", "10.0.0.1", ""])
schemes = st.sampled_from(["tls", "tcp+insecure", "ircs", "irc+insecure"])


@given(
    st.builds(
        Url, schemes, hosts, st.integers(0, 65535), st.sampled_from(["", "garden", "salón", "9to5", "a.b/c"])
    )
)
def test_what_is_written_is_read_back(url: Url) -> None:
    assert parse(str(url)) == url


rooms = st.text(st.sampled_from("ab1ñ#?/%&[]:@!~"), min_size=1, max_size=6).filter(
    lambda name: not room_flaw(name)
)


@given(rooms)
def test_a_room_is_never_taken_for_another_one(room: str) -> None:
    try:
        url = parse(f"tls://localhost/{room}")
    except ConfigError:
        return
    assert url.room == room_name(room)
    assert parse(str(url)) == url


@pytest.mark.parametrize("room", ["c++", "c#", "#x", "what?", "50%"])
def test_a_room_of_any_sign_is_named_as_it_is_or_refused(room: str) -> None:
    url = Url("tls", "localhost", 7000, room)
    try:
        again = parse(str(url))
    except ConfigError:
        return
    assert again == url


@given(st.text() | st.builds("{}://{}".format, st.sampled_from(list(DEFAULT_PORTS)), st.text()))
def test_any_text_is_a_complete_url_or_a_config_error(text: str) -> None:
    try:
        url = parse(text)
    except ConfigError:
        return
    assert url.scheme in DEFAULT_PORTS
    assert 0 <= url.port <= 65535
    assert url.secure or url.scheme.endswith("+insecure") or is_loopback(url.host)
