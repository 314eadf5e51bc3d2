"""What a server said that may explain why a connection ended."""

import pytest

from coliseum.client.displays import Dismissed, Display, Happened, Lost
from coliseum.client.farewell import PREFACE_LINES, Farewell
from coliseum.core.kinds import Reason
from coliseum.core.vocabulary import Ended


@pytest.mark.parametrize(
    ("sentences", "json", "reason", "why", "refused"),
    [
        ([], False, None, Dismissed(""), False),
        (["* Welcome."], False, None, Dismissed("Welcome."), False),
        (["* Hi.", "! full", "* Bye."], False, None, Dismissed("full"), True),
        (["! full"], True, None, Lost(None), False),
        ([], True, Reason.STALLED, Happened(Ended(Reason.STALLED)), False),
        ([], True, Reason.OTHER, Happened(Ended(Reason.OTHER)), False),
    ],
)
def test_the_best_explanation(
    sentences: list[str], json: bool, reason: Reason | None, why: Display, refused: bool
) -> None:
    farewell = Farewell()
    for sentence in sentences:
        farewell.add_sentence(sentence)
    farewell.speaks_json = json
    farewell.ended = None if reason is None else Ended(reason)
    if json:
        farewell.add_sentence("! too late")
    assert farewell.why() == why
    assert farewell.refused_in_words is refused


@pytest.mark.parametrize(
    ("reason", "code"), [(None, None), (Reason.QUIT, 0), (Reason.ROOM_FULL, 69), (Reason.STALLED, None)]
)
def test_which_reasons_are_final(reason: Reason | None, code: int | None) -> None:
    farewell = Farewell()
    farewell.ended = None if reason is None else Ended(reason)
    assert farewell.code == code


def test_that_the_connection_broke_is_said_in_the_servers_words() -> None:
    farewell = Farewell()
    assert farewell.lost() == Lost(None)
    farewell.ended = Ended(Reason.OTHER, "K-lined")
    assert farewell.lost() == Lost(Reason.OTHER, "K-lined")


def test_not_everything_that_is_said_is_kept() -> None:
    farewell = Farewell()
    for number in range(10 * PREFACE_LINES):
        farewell.add_sentence(f"! {number}")
    why = farewell.why()
    assert isinstance(why, Dismissed)
    assert len(why.text.split()) == PREFACE_LINES
