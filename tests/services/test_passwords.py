"""Passwords: right, wrong, malformed, and never more than two computations at once."""

import threading

import pytest
from argon2.exceptions import VerificationError

from coliseum.core.effects import Pause, VerifyPassword
from coliseum.errors import ConfigError
from coliseum.services import passwords, perform
from coliseum.services.passwords import check, hash_password, is_hash, verify

HASHED = hash_password("correct horse")
MALFORMED = [
    "$argon2",
    "$argon2id$",
    "$argon2id$v=19$m=65536,t=3,p=4$c2hvcnQ$c2hvcnQ",
    HASHED[:-10] + "!" + HASHED[-9:],
    HASHED.replace("argon2id", "argon2xx"),
    HASHED + "ñ",
]


@pytest.mark.parametrize("password", ["correct horse", "contraseña 🐎", "", "\ud800", "a\0b"])
def test_a_hash_accepts_its_password_and_no_other(password: str) -> None:
    hashed = hash_password(password)
    assert is_hash(hashed)
    assert verify(password, hashed)
    assert not verify(password + "x", hashed)


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("correct horse") != HASHED


@pytest.mark.parametrize("password", ["correct horse", "contraseña 🐎", "", "\ud800", "$5 for a beer"])
def test_plain_text_accepts_itself_and_nothing_else(password: str) -> None:
    assert not is_hash(password)
    assert verify(password, password)
    assert not verify(password + "x", password)


@pytest.mark.parametrize("expected", MALFORMED, ids=range(len(MALFORMED)))  # the salts differ between workers
def test_a_malformed_hash_is_the_configurations_error_and_is_not_repeated(expected: str) -> None:
    for call in (lambda: check(expected), lambda: verify("correct horse", expected)):
        with pytest.raises(ConfigError, match=r"argon2 hash.*make a new one") as caught:
            call()
        assert expected not in str(caught.value)
        assert "correct horse" not in str(caught.value)


@pytest.mark.parametrize("expected", [HASHED, "plain", ""], ids=["hash", "plain", "empty"])
def test_what_can_be_verified_passes_the_check(expected: str) -> None:
    check(expected)


class Gate:
    """A hasher whose computations last until the test opens the gate, and that counts them."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()  # guards: running, most. leaf.

    def verify(self, expected: str, password: bytes) -> bool:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.entered.release()
        assert self.opened.wait(30)
        with self._lock:
            self.running -= 1
        return True


def test_no_more_than_two_computations_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    monkeypatch.setattr(passwords, "_hasher", gate)
    threads = [threading.Thread(target=verify, args=("p", HASHED)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        assert gate.entered.acquire(timeout=30)
    # Both places are taken while two compute: nobody else can get in.
    assert not passwords._working.acquire(blocking=False)
    gate.opened.set()
    for thread in threads:
        thread.join()
    assert gate.most == 2
    assert passwords._working.acquire(blocking=False)
    passwords._working.release()


def test_a_computation_that_fails_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    class Exhausted:
        def verify(self, expected: str, password: bytes) -> bool:
            raise VerificationError("Memory allocation error")

    with monkeypatch.context() as patch:
        patch.setattr(passwords, "_hasher", Exhausted())
        for _ in range(3):
            with pytest.raises(ConfigError, match="Memory allocation error"):
                verify("p", HASHED)
    assert verify("correct horse", HASHED)


def test_plain_text_does_not_wait_for_a_place() -> None:
    with passwords._working, passwords._working:
        assert verify("p", "p")


def test_the_effect_is_performed() -> None:
    assert perform(VerifyPassword("correct horse", HASHED)) is True
    assert perform(VerifyPassword("wrong", HASHED)) is False


def test_a_pause_is_not_a_service() -> None:
    with pytest.raises(TypeError, match="Pause"):
        perform(Pause(1.0))
