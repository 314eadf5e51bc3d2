"""Completion and history, without a terminal."""

from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from coliseum.client.line_tools import ChatCompleter, open_history
from coliseum.client.status import State, Status
from coliseum.client.wishes import is_secret
from coliseum.core.vocabulary import Identity

STATUS = Status(
    State.INSIDE,
    you=Identity("0", "ana"),
    room="lobby",
    members=("ana", "Luis", "lucía", "e\x1b[2Jvil"),
    rooms=("lobby", "garden", "#python"),
)


def completions(text: str, status: Status = STATUS) -> list[str]:
    completer = ChatCompleter(lambda: status)
    return [c.text for c in completer.get_completions(Document(text), CompleteEvent())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/jo", ["/join "]),
        ("/SAL", ["/salas ", "/salir "]),
        ("/qui", ["/quien ", "/quién ", "/quit "]),
        ("/json", []),
        ("//jo", []),
        ("lu", ["Luis: ", "lucía: "]),
        ("hello lu", ["Luis", "lucía"]),
        ("e", ["evil: "]),
        ("an", []),
        ("/msg LU", ["Luis ", "lucía "]),
        ("/privado lu", ["Luis ", "lucía "]),
        ("/msg Luis I met lu", ["Luis", "lucía"]),
        ("/join ", ["lobby", "garden", "##python"]),
        ("/entrar ga", ["garden"]),
        ("/join garden lo", []),
        ("/nick lu", ["Luis", "lucía"]),
    ],
)
def test_completions(text: str, expected: list[str]) -> None:
    assert completions(text) == expected


def test_nothing_is_completed_in_a_password() -> None:
    assert completions("lu", Status(State.LOCKED, members=("luis",))) == []


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("/pass x", True),
        ("/CLAVE x", True),
        ("  /pass x", True),
        ("hello\n/pass x", True),
        ("//pass x", False),
        ("/pass", False),
        ("/no-such", False),
        ("", False),
    ],
)
def test_lines_with_a_password_are_known(line: str, secret: bool) -> None:
    assert is_secret(line) is secret


def test_the_history_keeps_lines_but_no_passwords(tmp_path: Path) -> None:
    path = tmp_path / "new" / "history"
    forgetful, _ = open_history(None)
    history, trouble = open_history(path)
    assert trouble is None
    for each in forgetful, history:
        for line in ("one", "/pass x", "two"):
            each.append_string(line)
        assert each.get_strings() == ["one", "two"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(open_history(path)[0].load_history_strings()) == ["two", "one"]
    path.unlink()
    path.mkdir()  # it cannot be written any more: the line is in memory all the same
    history.append_string("three")


def test_the_history_is_for_its_owner_alone_also_when_it_was_not(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.touch(0o644)
    open_history(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_history_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history, trouble = open_history(tmp_path / "file" / "history")
    assert "the history cannot be kept there" in str(trouble)
    history.append_string("one")
    assert history.get_strings() == ["one"]
