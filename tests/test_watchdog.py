"""The suite watches itself: a test that hangs shows all stacks, and what is careless fails."""

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.watchdog import nothing_blocks

ROOT = Path(__file__).parents[1]


def outcome(file: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests in `source` as the suite would: its options, its plugins, its fixtures."""
    file.write_text(textwrap.dedent(source), encoding="utf-8")
    command = [
        *(sys.executable, "-X", "dev", "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest"),
        *("-p", "no:cacheprovider", *options, str(file)),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "worker"])
def test_a_deadlock_shows_the_stacks_of_all_threads_and_tasks(tmp_path: Path, workers: tuple[str, ...]) -> None:
    source = """
        import asyncio, threading

        def test_deadlock():
            one, two, both = threading.Lock(), threading.Lock(), threading.Barrier(2)

            def left_first():
                with one:
                    both.wait()
                    two.acquire()

            def right_first():
                with two:
                    both.wait()
                    one.acquire()

            async def waiting_for_godot():
                await asyncio.Event().wait()

            threads = [threading.Thread(target=act, daemon=True) for act in (left_first, right_first)]
            threads += [threading.Thread(target=asyncio.run, args=(waiting_for_godot(),), daemon=True)]
            for thread in threads:
                thread.start()
            threads[0].join()
    """
    done = outcome(tmp_path / "test_deadlock.py", source, "-o", "timeout=2", *workers)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_deadlock hangs after 2 seconds" in done.stderr
    for name in ("left_first", "right_first", "waiting_for_godot", "threads[0].join()"):
        assert name in done.stderr, name
    assert "Timeout" in done.stdout


CARELESS = {
    "a socket that is not closed": ("socket.socket()", "ResourceWarning"),
    "an exception in a finalizer": ("weakref.finalize(Odd(), lambda: 1 / 0)", "ZeroDivisionError"),
    "an exception in a thread": ("threading.Thread(target=lambda: 1 / 0).start()", "ZeroDivisionError"),
    "a coroutine that nobody awaits": ("asyncio.sleep(1)", "was never awaited"),
    "a thread that is left behind": (
        "threading.Thread(target=threading.Event().wait, args=(8,)).start()",
        "the test left the thread",
    ),
}


@pytest.mark.parametrize("name", CARELESS)
def test_what_is_left_or_lost_fails_the_test(tmp_path: Path, name: str) -> None:
    careless, complaint = CARELESS[name]
    source = f"""
        import asyncio, socket, threading, weakref

        class Odd:
            pass

        def test_it():
            {careless}
    """
    done = outcome(tmp_path / "test_careless.py", source)
    assert done.returncode == 1, done.stdout + done.stderr
    assert complaint in done.stdout


def test_the_engine_may_not_block_its_loop(tmp_path: Path) -> None:
    source = """
        import time, pytest
        from coliseum.core.world import World
        from tests.conftest import House

        @pytest.mark.parametrize("engine", ["asyncio"], indirect=True)
        def test_it(house: House, monkeypatch):
            rename = World.rename
            monkeypatch.setattr(World, "rename", lambda *a: (time.sleep(0.001), rename(*a)))
            house.connect().send("/nick ana")
            house.enter("eva")
    """
    done = outcome(tmp_path / "test_blocking.py", source)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "time.sleep was called on a loop" in done.stdout


def test_what_blocks_elsewhere_is_not_trapped() -> None:
    async def wait() -> None:
        await asyncio.to_thread(time.sleep, 0.001)

    with nothing_blocks() as caught:
        time.sleep(0.001)
        asyncio.run(wait())
    assert caught == []
