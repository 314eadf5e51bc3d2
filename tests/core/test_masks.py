"""Masks: whom they mean, and that none takes long, however it was written."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parser_tests import data

from coliseum.core.masks import MASK_BYTES, SILENCING, glob, parse
from coliseum.core.names import fold
from coliseum.core.vocabulary import Identity

ana = Identity("id-1", "Ana", "~ana", "host.example.org")


def means(mask: str, identity: Identity = ana) -> bool:
    parsed = parse(mask)
    assert parsed is not None
    return parsed.matches(identity)


# --- what a mask is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "complete"),
    [
        ("ana", "ana!*@*"),
        ("ana!x", "ana!x@*"),
        ("x@host", "*!x@host"),
        ("*@host", "*!*@host"),
        ("@host", "*!*@host"),
        ("!x@", "*!x@*"),
        ("a!b@c", "a!b@c"),
        ("a!b!c@d@e", "a!b!c@d@e"),
        ("***!***@***", "*!*@*"),
        ("*", "*!*@*"),
        ("a**b?*", "a*b?*!*@*"),
        ("~m:ana", "~m:ana!*@*"),
    ],
)
def test_what_is_missing_is_anything(written: str, complete: str) -> None:
    mask = parse(written)
    assert mask is not None
    assert mask.text == complete
    assert mask.silences == written.startswith(SILENCING)
    assert parse(mask.text) == mask


@pytest.mark.parametrize(
    "written", ["", "~m:", "~", "~x:ana", "~m:~m:ana", ":a", "a b", "a\tb", "a\x00b", "x" * 201]
)
def test_what_is_no_mask_is_none(written: str) -> None:
    assert parse(written) is None


@pytest.mark.parametrize("before", ["", SILENCING])
@pytest.mark.parametrize("sign", ["x", "ñ"])
def test_a_mask_that_is_complete_has_a_limit_in_bytes(before: str, sign: str) -> None:
    free = MASK_BYTES - len(f"{before}!*@*")
    longest = parse(before + sign * (free // len(sign.encode())))
    assert longest is not None
    assert MASK_BYTES - 1 <= len(longest.text.encode()) <= MASK_BYTES
    assert parse(before + sign * (free // len(sign.encode()) + 1)) is None


def test_masks_that_differ_in_case_only_are_the_same() -> None:
    one, other = parse("ANA!*@Host"), parse("ana!*@hOST")
    assert one is not None
    assert other is not None
    assert one.key == other.key
    assert one.text != other.text


# --- whom it means -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mask", "meant"),
    [
        ("ana", True),
        ("ANA", True),
        ("an?", True),
        ("an", False),
        ("?ana", False),
        ("ana!*ana@*", True),
        ("ana!ana@*", False),
        ("*@*.example.org", True),
        ("*@HOST.EXAMPLE.ORG", True),
        ("*@example.org", False),
        ("*!?ana@*.org", True),
        ("[a]na", False),
        ("a.a", False),
        ("~m:ana", True),
    ],
)
def test_whom_a_mask_means(mask: str, meant: bool) -> None:
    assert means(mask) is meant


VECTORS = [
    (test["mask"], name, matches)
    for test in data.mask_match["tests"]
    for matches, names in ((True, test["matches"]), (False, test["fails"]))
    for name in names
]
"github.com/ircdocs/parser-tests, mask-match."


@pytest.mark.parametrize(("mask", "name", "matches"), VECTORS)
def test_the_vectors_of_ircdocs(mask: str, name: str, matches: bool) -> None:
    """Each is tried as it stands, and also as people write it; there `cool*@*` is a username and a host."""
    assert (glob(mask).fullmatch(fold(name)) is not None) is matches
    if mask != "cool*@*":
        nick, username, host = re.split("[!@]", name)
        identity = Identity("id", nick, username, host)
        assert identity.full_name == name
        assert means(mask, identity) is matches


# --- any mask ----------------------------------------------------------------------------------------------


def matches_slowly(mask: str, text: str) -> bool:
    """Say the same by a table: which beginnings of `text` the mask read so far matches. Slow and certain."""
    reached = [True] + [False] * len(text)
    for sign in mask:
        if sign == "*":
            first = reached.index(True) if True in reached else len(reached)
            reached = [place >= first for place in range(len(reached))]
        else:
            fits = [sign in ("?", c) for c in text]
            reached = [False] + [before and fit for before, fit in zip(reached, fits, strict=False)]
    return reached[-1]


@settings(max_examples=500)
@given(
    mask=st.text(st.sampled_from("ab*?.\\[]^$("), max_size=40),
    text=st.text(st.sampled_from("ab.\\["), max_size=30),
)
def test_a_mask_matches_as_a_naive_matcher_says(mask: str, text: str) -> None:
    assert (glob(mask).fullmatch(text) is not None) == matches_slowly(mask, text)


@given(text=st.text(max_size=30), data=st.data())
def test_a_text_is_matched_by_itself_with_signs_in_the_place_of_its_characters(
    text: str, data: st.DataObject
) -> None:
    text = fold(text)
    mask = "".join(data.draw(st.sampled_from([c, "?", "*", "**", f"*{c}", f"{c}*"])) for c in text)
    assert glob(mask).fullmatch(text)


pieces = st.sampled_from(["*", "?", "*a", "*?a", "a*b", "*aa", "a", "?a*"])


@settings(max_examples=100)
@given(mask=st.lists(pieces, min_size=20, max_size=100).map("".join), end=st.sampled_from(["", "b", "a"]))
def test_many_signs_on_a_long_text_take_no_time(mask: str, end: str) -> None:
    text, mask = "a" * 300, mask[:199] + end
    began = time.perf_counter()
    found = glob(mask).fullmatch(text) is not None
    assert time.perf_counter() - began < 1.0  # a matcher that tries everything takes years
    assert found == matches_slowly(mask, text)


@pytest.mark.parametrize(
    "mask", ["*a" * 100 + "b", "*?" * 100 + "b", "*" * 199 + "b", "*a?" * 66 + "b", "a*" * 100]
)
def test_the_worst_masks_take_no_time(mask: str) -> None:
    began = time.perf_counter()
    glob(mask).fullmatch("a" * 1000)
    assert time.perf_counter() - began < 1.0
