"""Files that belong together: nobody sees a half, whoever writes at the same moment and whatever fails."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from coliseum.errors import CannotCreate
from coliseum.services import certificates, issuing, safe_files
from coliseum.services.certificates import ensure, renew
from tests.services.support import NAMES, NOW, assert_sound, contents, leaf_of


def test_a_directory_in_the_locks_place_is_named(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(CannotCreate, match="cannot be used: is a directory"):
        ensure(tmp_path, NAMES, NOW)


def test_a_lock_that_the_file_system_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(CannotCreate, match="no locks available"):
        ensure(tmp_path, NAMES, NOW)


@pytest.mark.parametrize("when", ["fsync", "replace"])
def test_a_full_disk_changes_nothing_and_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    ensure(tmp_path, NAMES, NOW)
    before = contents(tmp_path)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device", str(arguments[0]))

    with monkeypatch.context() as patch:
        patch.setattr(*((os, "fsync", full) if when == "fsync" else (Path, "replace", full)))
        with pytest.raises(CannotCreate, match="cannot be written: no space left on device"):
            renew(tmp_path, NAMES, NOW)
    assert contents(tmp_path) == before


def test_power_lost_between_two_renames_is_mended_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ensure(tmp_path, NAMES, NOW)
    real = Path.replace

    def dying(self: Path, target: Path) -> Path:
        if target.name == "server.pem":
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with pytest.raises(KeyboardInterrupt):
            renew(tmp_path, NAMES, NOW)
    assert not issuing.belong_together(leaf_of(files), issuing.parse_key(files.key.read_bytes()))
    assert_sound(ensure(tmp_path, NAMES, NOW))


def test_a_temporary_file_of_a_killed_writer_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".server.key.new").write_bytes(b"half a ke")
    assert_sound(ensure(tmp_path, NAMES, NOW))


def test_many_threads_that_each_want_another_name_never_mix_their_pairs(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    problems: list[BaseException] = []

    def start(number: int) -> None:
        try:
            together.wait()
            for round_ in range(3):
                # Loading the pair is a part of it: another thread may be renewing at that moment.
                certificates.server_context(renew(tmp_path, [f"host-{number}-{round_}"], NOW))
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            problems.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert_sound(ensure(tmp_path, NAMES, NOW))


def test_many_processes_that_start_at_once_agree_on_one_authority(tmp_path: Path) -> None:
    program = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from coliseum.services import certificates\n"
        "print('here', flush=True); sys.stdin.readline()\n"
        "files = certificates.ensure(Path(sys.argv[1]), [sys.argv[2]], datetime.now(UTC))\n"
        "certificates.server_context(files); print(certificates.fingerprint(files.ca))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "new"), f"host-{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    fingerprints = {process.communicate()[0] for process in processes}
    assert [process.returncode for process in processes] == [0] * 4
    assert len(fingerprints) == 1
    files = ensure(tmp_path / "new", [f"host-{number}" for number in range(4)], NOW)
    assert_sound(files)
    assert set(certificates.describe(files).names) == {f"host-{number}" for number in range(4)}


def test_readers_do_not_wait_for_each_other(tmp_path: Path) -> None:
    ensure(tmp_path, NAMES, NOW)
    with safe_files.locked(tmp_path, shared=True), safe_files.locked(tmp_path, shared=True):
        pass
