"""Displays become lines of a terminal."""

import re
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coliseum.client import displays as shown
from coliseum.client.displays import Display, Happened
from coliseum.client.irc.facts import Objected, Remarked
from coliseum.client.view import View, is_trouble
from coliseum.core import refusals as no
from coliseum.core import vocabulary as fact
from coliseum.core.kinds import Change, Kind, Reason, Setting
from coliseum.core.vocabulary import Identity, RoomView
from coliseum.errors import Unavailable, Unverified
from coliseum.i18n import english

ZONE = timezone(timedelta(hours=2))
NOON = 1_700_000_000_000_000_000  # 2023-11-14 22:13:20 UTC
ANA = Identity("1", "ana")
PLAIN = View(english, color=False, zone=ZONE)
COLOURED = View(english, color=True, zone=ZONE)


@pytest.mark.parametrize(
    ("display", "lines"),
    [
        (Happened(fact.Said(ANA, "lobby", "hola", NOON)), ["[00:13] ana: hola"]),
        (Happened(fact.Said(ANA, "lobby", "hola", 10**40)), ["[01:13] ana: hola"]),
        (Happened(fact.Said(ANA, "lobby", "a\n[00:13] bob: b", NOON)), ["[00:13] ana: a [00:13] bob: b"]),
        (Happened(fact.Said(ANA, "lobby", "when?", 0)), ["[01:13] ana: when?"]),
        (Happened(fact.Said(ANA, "lobby", "waves", NOON, Kind.ACTION)), ["[00:13] ~ ana waves ~"]),
        (Happened(fact.Said(ANA, "lobby", "beep", NOON, Kind.NOTICE)), ["[00:13] ana (notice): beep"]),
        (Happened(fact.Said(ANA, "lobby", "VERSION", NOON, Kind.REQUEST)), []),
        (Happened(fact.Told(ANA, "", NOON, Kind.SIGNAL)), []),
        (Happened(fact.Told(ANA, "waves", NOON, Kind.ACTION)), ["[00:13] (in private) ~ ana waves ~"]),
        (
            Happened(fact.Said(ANA, "lobby", "hi", NOON, only=Setting.OPERATOR)),
            ["[00:13] ana (to operators): hi"],
        ),
        (Happened(fact.Told(ANA, "psst", NOON)), ["[00:13] ana (in private): psst"]),
        (Happened(fact.Delivered("ana", "psst")), ["[01:13] To ana (in private): psst"]),
        (shown.OwnSaid("luis", "aquí"), ["[01:13] luis: aquí"]),
        (shown.OwnSaid("", "aquí"), ["[01:13] you: aquí"]),
        (shown.OwnSaid("luis", "waves", action=True), ["[01:13] ~ luis waves ~"]),
        (shown.OwnSaid("", "\x1b[2Jwaves", action=True), ["[01:13] ~ you waves ~"]),
        (Happened(fact.Entered(ANA, "lobby", 2, 3)), ["[01:13] * ana entered lobby (2 of 3)."]),
        (Happened(fact.Heard(3)), []),
        (Happened(no.RoomFull("lobby", 3, 3)), ["[01:13] ! the room is full (3 of 3)"]),
        (
            Happened(fact.Admitted(RoomView("lobby", ("ana",), 3, "tea"))),
            ["[01:13] * You are in lobby (1 of 3): ana", "        * Topic: tea"],
        ),
        (Happened(no.RoomFull("garden", 0, 0)), ["[01:13] ! garden is full"]),
        (Happened(no.WrongPassword(0)), ["[01:13] ! wrong password"]),
        (Happened(Remarked("hello\nyou")), ["[01:13] * the server said: hello you"]),
        (Happened(Objected("no")), ["[01:13] ! the server said: no"]),
        (
            Happened(fact.Welcomed(Identity("", "ana"), "Net", "", "Be kind\nalways")),
            [
                "[01:13] * Welcome to Net. You are ana.",
                "        * Be kind",
                "        * always",
                "        * What you type is said to the others in your room; /help lists the commands.",
            ],
        ),
        (
            Happened(fact.Admitted(RoomView("lobby", tuple(f"n{n}" for n in range(41)), 0))),
            ["[01:13] * You are in lobby (41): " + ", ".join(f"n{n}" for n in range(40)) + ", …"],
        ),
        (
            Happened(fact.Admitted(RoomView("lobby", tuple(f"n{n}" for n in range(41)), 50, "tea"))),
            [
                "[01:13] * You are in lobby (41 of 50): " + ", ".join(f"n{n}" for n in range(40)) + ", …",
                "        * Topic: tea",
            ],
        ),
        (
            Happened(
                fact.SettingsChanged(
                    ANA, "lobby", (Change(Setting.SECRET, True), Change(Setting.CAPACITY, True, "1"))
                )
            ),
            ["[01:13] * ana made lobby secret.", "        * ana limited lobby to one person."],
        ),
        (Happened(fact.Gone(ANA, Reason.OTHER, "Ping timeout")), ["[01:13] * ana is gone (Ping timeout)."]),
        (Happened(fact.Gone(ANA, Reason.QUIT, "bye")), ["[01:13] * ana is gone (said goodbye): bye"]),
        (Happened(fact.Ended(Reason.OTHER, "K-lined")), ["[01:13] * The connection ends: K-lined."]),
        (Happened(fact.Ended(Reason.QUIT, "Closing link")), ["[01:13] * Goodbye."]),
        (shown.Failed(Unavailable("no {what}", what="\x1b[31mway")), ["[01:13] ! no way"]),
        (shown.Silent(60), ["[01:13] ! nothing came from the server for 60 seconds"]),
        (shown.Dismissed("full"), ["[01:13] ! the server said: full"]),
        (
            shown.Dismissed(""),
            ["[01:13] ! the server closed the connection without a word; is it a Coliseum server?"],
        ),
        (shown.Lost(None), ["[01:13] ! the connection broke"]),
        (shown.Lost(Reason.STALLED), ["[01:13] ! the connection broke: nothing was read for too long"]),
        (shown.Lost(Reason.OTHER, "K-lined"), ["[01:13] ! the connection broke: K-lined"]),
        (
            shown.Lost(Reason.SERVER_STOPPING, "at once"),
            ["[01:13] ! the connection broke: the server is stopping: at once"],
        ),
        (shown.Roomless(), ["[01:13] * You are in no room; /join ROOM takes you into one."]),
        (shown.Retrying(0.6), ["[01:13] * Trying again in 1 s."]),
        (shown.Restored(), ["[01:13] * Connected again."]),
        (shown.NotSent(("a", "b")), ["[01:13] ! not sent: a", "        ! not sent: b"]),
        (shown.Unconfirmed(("a",)), ["[01:13] ! perhaps not delivered: a"]),
        (shown.Unreadable(), ["[01:13] ! the server sent something that cannot be read"]),
    ],
)
def test_every_display_has_its_lines(display: Display, lines: list[str]) -> None:
    assert PLAIN.lines(display, NOON + 3600 * 10**9) == lines


def test_the_words_alone_are_one_line() -> None:
    assert PLAIN.text(shown.NotSent(("a", "b"))) == "not sent: a not sent: b"


def test_trouble_can_be_told_from_news() -> None:
    assert is_trouble(Happened(no.NickTaken("ana")))
    assert is_trouble(shown.Failed(Unverified("who?")))
    assert not is_trouble(Happened(fact.Said(ANA, "lobby", "hola", 1)))
    assert not is_trouble(shown.Restored())


def test_a_nick_keeps_its_colour_and_refusals_look_different() -> None:
    [first] = COLOURED.lines(Happened(fact.Said(ANA, "lobby", "hola", NOON)), NOON)
    [second] = COLOURED.lines(Happened(fact.Said(Identity("2", "Ana"), "garden", "hola", NOON)), NOON)
    colour = re.search(r"38;5;\d+", first)
    assert colour
    assert colour[0] in second
    [refusal] = COLOURED.lines(Happened(no.NickTaken("ana")), NOON)
    [news] = COLOURED.lines(Happened(fact.Departed("lobby")), NOON)
    assert "\x1b[31m! " in refusal
    assert "\x1b[31m" not in news


@given(st.text(), st.text(), st.integers())
def test_only_our_own_escape_sequences_come_out(nick: str, text: str, time: int) -> None:
    for display in (
        Happened(fact.Said(Identity("1", nick), "lobby", text, time)),
        Happened(fact.TopicChanged(Identity("1", nick), "lobby", text)),
        shown.Unconfirmed((text,)),
    ):
        for line in COLOURED.lines(display, NOON):
            rest = re.sub(r"\x1b\[[0-9;]*m", "", line)
            assert rest.isprintable() or not any(c < " " or "\x7f" <= c <= "\x9f" for c in rest)
        for line in PLAIN.lines(display, NOON):
            assert not any(c < " " or "\x7f" <= c <= "\x9f" for c in line)
