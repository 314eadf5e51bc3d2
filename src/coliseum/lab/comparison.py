"""Rounds: every workload on every server, in turn, each in a generator process of its own.

The idea: a machine changes its speed while one measures, so servers take turns: round 1 of all, then round 2, and
ratios are taken round by round. Every cell gets a fresh server and a fresh generator, so that none inherits the
other's memory.

What must stay true: a cell that fails is entered as failed and the next one goes on; servers are stopped.
Not here: the command line (benchmarks/peers.py), the table (report).
"""

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import msgspec

from coliseum.lab import LabError, servers, usage
from coliseum.lab.recipes import Recipe
from coliseum.lab.report import Cell
from coliseum.lab.results import Result
from coliseum.lab.servers import Running
from coliseum.lab.workloads import Datagrams, Workload

TIMEOUT = 300.0
"Seconds after which a generator is ended."

INTERRUPTED = "interrupted"
"How the error of the cell ends in which it was ended."

Opener = Callable[[], AbstractContextManager[Running]]


class Interruption:
    """Ends rounds before their end.

    A signal handler may ask for it: nothing is raised where nobody expects it, so whatever was started is stopped
    in order.
    """

    def __init__(self) -> None:
        self.asked = False
        self._generator: subprocess.Popen[bytes] | None = None

    def ask(self) -> None:
        """End the present cell at once, and begin no other."""
        self.asked = True
        if self._generator is not None:
            self._generator.kill()

    def watch(self, generator: "subprocess.Popen[bytes]") -> None:
        """Say which process has to end when somebody asks."""
        self._generator = generator
        if self.asked:
            generator.kill()


def started(recipe: Recipe) -> Opener:
    """Return what runs a server, on the server's core."""
    return lambda: servers.run(recipe, usage.cores()[0])


def given(running: Running) -> Opener:
    """Return what stands for a server that runs already."""

    @contextmanager
    def opened() -> Iterator[Running]:
        yield running

    return opened


def measure(workload: Workload, running: Running, text: str, interruption: Interruption | None = None) -> Result:
    """Run one cell in a generator process; `text` is the workload as `named` takes it. Raises LabError."""
    server_core, own_core = usage.cores()
    url = running.address(tls=workload.tls, datagrams=isinstance(workload, Datagrams))
    if not url:
        raise LabError(f"{running.name} was given no address for {workload.label}")
    command = [sys.executable, "-m", "coliseum.lab", text, url, "--json", "--at-once", str(running.at_once)]
    command += ["--insecure"] if running.insecure else []
    command += [] if running.pid is None else ["--pid", str(running.pid)]
    command += [] if running.log is None else ["--log", str(running.log)]
    if own_core is not None:
        command += ["--core", str(own_core), "--server-core", str(server_core)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as generator:  # noqa: S603
        if interruption is not None:
            interruption.watch(generator)
        try:
            out, err = generator.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired as error:
            raise LabError(f"the generator took more than {TIMEOUT:g} s") from error
        finally:  # also when somebody presses Ctrl-C: `subprocess.run` would not wait for its end
            generator.kill()
            generator.wait()
    if not out:
        said = err.decode(errors="replace").strip().splitlines() or ["the generator ended"]
        raise LabError(said[-1].removeprefix("coliseum.lab: "))
    return msgspec.json.decode(out, type=Result)


def rounds(
    workloads: Sequence[tuple[str, Workload]],
    openers: dict[str, Opener],
    count: int,
    progress: Callable[[int, str, str, Result | str], None],
    enough: Callable[[int], bool] = lambda _: False,
    interruption: Interruption | None = None,
) -> dict[tuple[str, str], Cell]:
    """Run everything `count` times, or until `enough(round)` says, before a round, that it need not be run.

    `progress` is told (round, workload's text, server, result or what went wrong). `workloads` come with their
    text, as `named` takes it. Returns the cells by text and server's name; after an interruption (or Ctrl-C, where
    it raises) those that there are.
    """
    interruption = interruption or Interruption()
    table = {(text, server): Cell() for text, _ in workloads for server in openers}
    for number, (text, workload), (server, opener) in _turns(workloads, openers, count, enough):
        cell = table[text, server]
        found: Result | None = None
        error = ""
        try:
            with opener() as running:
                found = measure(workload, running, text, interruption)
            error = found.faults
        except LabError as problem:
            error = str(problem)
        except KeyboardInterrupt:
            interruption.ask()
        if interruption.asked:
            cell.errors.append(f"round {number}: {INTERRUPTED}")
            break
        if error:
            cell.errors.append(f"round {number}: {error}")
        cell.results.append(found if not error else None)
        progress(number, text, server, error or found or "nothing came out")
    return table


def _turns(
    workloads: Sequence[tuple[str, Workload]],
    openers: dict[str, Opener],
    count: int,
    enough: Callable[[int], bool],
) -> Iterator[tuple[int, tuple[str, Workload], tuple[str, Opener]]]:
    """Yield who is when measured with what; who comes first changes from round to round."""
    servers_in_turn = deque(openers.items())
    for number in range(1, count + 1):
        if enough(number):
            return
        for workload in workloads:
            for server in servers_in_turn:
                yield number, workload, server
        servers_in_turn.rotate(-1)
