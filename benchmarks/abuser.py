"""What does an abusive client cost the others? Paced traffic beside floods, flood control on.

Question: how much later do honest messages arrive, and how much more does the server work, when ten clients send
commands as fast as they can? Answer: docs/performance.md, with machine and date. To get it again:

    python benchmarks/abuser.py --rounds 3

Three servers take turns for each engine: with nobody else, with ten abusers, and, to see what flood control is
for, one abuser with flood control off. An abuser talks to a room of its own, joins and leaves rooms, changes its
nick, invites an honest client, asks for lists, and reads whatever comes back.
"""
# ruff: noqa: INP001 - a script, not a package

import argparse
import contextlib
import dataclasses
import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator

from coliseum.lab import comparison, report, usage
from coliseum.lab.results import Result
from coliseum.lab.servers import RECIPES, Place, Recipe, Running, run
from coliseum.lab.workloads import named

WORKLOAD = "paced-1k,rooms=250,members=4"
"Each of 250 senders says four messages a second: as fast as flood control lets anybody go on for long."
COMMANDS = (
    "PRIVMSG #abuse :{text}\r\nJOIN #a{number}\r\nPART #a{number}\r\nNICK x{number}\r\n"
    "INVITE nobody #abuse\r\nNAMES #abuse\r\nWHO *\r\nLIST\r\n"
)


def guarded(recipe: Recipe, *, control: bool) -> Recipe:
    """Return the recipe of the same server with flood control on or off."""

    def prepare(place: Place) -> list[str]:
        command = recipe.prepare(place)
        file = place.directory / "coliseum.toml"
        text = file.read_text(encoding="utf-8")
        assert "flood_control = false" in text
        file.write_text(text.replace("flood_control = false", f"flood_control = {str(control).lower()}"), "utf-8")
        return command

    return dataclasses.replace(recipe, prepare=prepare)


def opener(engine: str, abusers: int, *, control: bool) -> comparison.Opener:
    """Return what starts a server and its abusers."""

    @contextlib.contextmanager
    def open_both() -> Iterator[Running]:
        recipe = guarded(RECIPES[f"coliseum-{engine}"], control=control)
        with run(recipe, usage.cores()[0]) as running:
            command = [sys.executable, __file__, "--abuse", running.url.removeprefix("irc://"), str(abusers)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603
            try:
                assert process.stdout is not None
                process.stdout.readline()  # they are at it
                yield running
                assert process.poll() is None, "the abusers gave up"
            finally:
                process.kill()
                process.communicate()

    return open_both


def abuse(address: str, number: int) -> None:
    """Flood the server with so many clients, until somebody ends this process. Who is cut off comes again."""
    usage.pin(usage.cores()[1])  # the server has its core for itself
    text = "".join(COMMANDS.format(text="x" * 300, number=one) for one in range(200)).encode()
    with selectors.DefaultSelector() as selector:

        def come(name: str) -> None:
            host, _, port = address.rpartition(":")
            connection = socket.create_connection((host, int(port)))
            connection.sendall(f"NICK {name}\r\nUSER a 0 * :A\r\nJOIN #abuse\r\n".encode())
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, (connection, name))

        for one in range(number):
            come(f"abuser{one}")
        print("abusing", flush=True)
        while True:
            for key, mask in selector.select():
                connection, name = key.data
                try:
                    if mask & selectors.EVENT_READ and not connection.recv(1 << 16):
                        raise ConnectionResetError
                    if mask & selectors.EVENT_WRITE:
                        connection.send(text)
                except BlockingIOError:
                    continue
                except OSError:
                    selector.unregister(connection)
                    connection.close()
                    come(f"{name}x"[:20])


def tell(number: int, workload: str, server: str, found: Result | str) -> None:
    """Print one line about a cell that was run."""
    text = f"FAILED: {found}" if isinstance(found, str) else f"p99 {found.p99_us or 0:.0f} µs"
    print(f"round {number} {workload} {server:24} {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Run the comparison; return 1 when a cell failed."""
    parser = argparse.ArgumentParser(description="Paced traffic beside abusive clients, flood control on.")
    parser.add_argument("-r", "--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("-e", "--engine", action="append", choices=["threads", "asyncio"], help="default: both")
    parser.add_argument("--abuse", nargs=2, metavar=("HOST:PORT", "N"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.abuse:
        abuse(options.abuse[0], int(options.abuse[1]))
        return 0
    openers = {}
    for engine in options.engine or ["asyncio", "threads"]:
        openers[f"{engine} alone"] = opener(engine, 0, control=True)
        openers[f"{engine} beside 10"] = opener(engine, 10, control=True)
        openers[f"{engine} beside 1, no control"] = opener(engine, 1, control=False)
    print("\n".join(f"{name}: {value}" for name, value in usage.machine().items()), file=sys.stderr)
    workload = named(WORKLOAD)
    table = comparison.rounds([(WORKLOAD, workload)], openers, options.rounds, tell)
    print(report.markdown([(WORKLOAD, workload)], list(openers), table))
    return 1 if any(cell.errors for cell in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
