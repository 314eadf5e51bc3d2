"""The looks around what is measured: they see who else was at work."""

import os
import subprocess
import sys
import time

from coliseum.lab import usage
from coliseum.lab.looks import Looks
from coliseum.lab.results import Result
from tests.harness import DEADLINE


def test_others_on_our_cores_are_seen_and_what_we_use_is_not_theirs() -> None:
    core = min(os.sched_getaffinity(0))
    elsewhere = Looks(None, (-1, -1))
    looks = Looks(None, (core, core))
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            os.sched_setaffinity(busy.pid, {core})
            looks.look()
            elsewhere.look()
            deadline = time.monotonic() + DEADLINE
            while usage.everybody()[busy.pid][0] < 0.2:
                assert time.monotonic() < deadline
            looks.look()
            elsewhere.look()
        finally:
            busy.kill()
    result, other = Result(workload="w"), Result(workload="w")
    looks.enter(result)
    elsewhere.enter(other)
    assert result.others_cores is not None
    assert result.others_cores > 0
    assert other.others_cores == 0
