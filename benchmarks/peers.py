"""How fast is Coliseum beside other IRC servers? The same load on each, every delivery checked, in rounds.

Question: on which workloads are we ahead of Debian's ngircd and inspircd, on which behind, and by how much?
Answer: docs/performance.md, with machine, versions and date. To get it again:

    python benchmarks/peers.py --rounds 5 --json peers.json --markdown peers.md

Each server runs on one core, the load generator (python -m coliseum.lab) on another. A figure that the generator
limited is marked `>`: the server may be faster. Figures of a machine that does other things at the same time are
of no use; the column OTHERS says when it did.
"""
# ruff: noqa: INP001 - a script, not a package

import argparse
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from coliseum.errors import ColiseumError
from coliseum.lab import LabError, comparison, report, usage
from coliseum.lab.recipes import Recipe, engines, ours
from coliseum.lab.results import Result
from coliseum.lab.servers import RECIPES, Running
from coliseum.lab.workloads import CATALOGUE, USUAL, Workload, measures, named

EXAMPLES = """\
examples:
  python benchmarks/peers.py --quick
  python benchmarks/peers.py --rounds 5 --json peers.json --markdown peers.md
  python benchmarks/peers.py -s coliseum-asyncio -s inspircd -w fan-100 -w busy-room+ack
  python benchmarks/peers.py -w fan-100,in_flight=8,seconds=1 -w storm+tls,clients=500
  python benchmarks/peers.py --python compiled=.venv-compiled/bin/python -w arena-3   # make compiled, first
  python benchmarks/peers.py --address ergo=irc://127.0.0.1:6667,ircs://127.0.0.1:6697,pid=1234,insecure
"""
QUICK = {"warm_up": "0.2", "seconds": "1"}


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        description="Compare Coliseum with other IRC servers on this machine.",
        epilog=f"servers: {', '.join(RECIPES)}\nworkloads: {', '.join(CATALOGUE)} (each also with +tls, +ack)\n\n"
        + EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-s", "--server", action="append", choices=list(RECIPES), help="default: all installed")
    parser.add_argument("-w", "--workload", action="append", metavar="NAME", help=f"default: {' '.join(USUAL)}")
    parser.add_argument("--address", action="append", default=[], metavar="NAME=URL[,URL][,pid=N][,insecure]",
                        help="a server that runs already")  # fmt: skip
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH",
                        help="Coliseum as this interpreter has it, too; its columns end in -NAME")  # fmt: skip
    parser.add_argument("-r", "--rounds", type=int, help="default: 3; with --quick 1")
    parser.add_argument("--quick", action="store_true", help="measure 1 s instead of 3")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results of all rounds")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the medians as a table")
    return parser.parse_args()


def wanted(options: argparse.Namespace) -> list[tuple[str, Workload]]:
    """Return the workloads to run, with their texts. Raises LabError."""
    texts = list(options.workload or USUAL)
    if options.quick:
        texts = [quickened(text) for text in texts]
    return [(text, named(text)) for text in texts]


def quickened(text: str) -> str:
    """Return a workload's text with less time, where it has any and it is not said already."""
    fields = {field.name for field in dataclasses.fields(named(text))}
    return text + "".join(f",{key}={QUICK[key]}" for key in QUICK if key in fields and f",{key}=" not in text)


def given(text: str) -> Running:
    """Return the server that --address names. Raises LabError."""
    name, _, rest = text.partition("=")
    parts = rest.split(",")
    plain = [part for part in parts if part.startswith(("irc://", "irc+insecure://"))]
    secure = [part for part in parts if part.startswith("ircs://")]
    pids = [int(part[4:]) for part in parts if re.fullmatch(r"pid=\d+", part)]
    insecure = "insecure" in parts
    if not name or len(plain) + len(secure) + len(pids) + insecure != len(parts) or not plain + secure:
        raise LabError(f"--address {text}: write NAME=irc://HOST:PORT,ircs://HOST:PORT,pid=N,insecure")
    urls = next(iter(plain), ""), next(iter(secure), "")
    return Running(name, *urls, next(iter(pids), None), insecure=insecure)


def elsewhere(text: str, chosen: list[str]) -> list[Recipe]:
    """Return the recipes that --python asks for: of our servers chosen, those it has. Raises LabError."""
    name, _, path = text.partition("=")
    python = shutil.which(path)
    if not name or python is None:
        raise LabError(f"--python {text}: write NAME=PATH of an interpreter")
    python = os.path.abspath(python)  # noqa: PTH100 - not resolved: the environment is where the link is
    found = []
    for engine in engines():
        recipe = ours(engine, python, f"-{name}")
        needed = ", ".join(filter(None, ["coliseum.server", recipe.module]))
        if f"{report.OURS}-{engine}" in chosen:
            if subprocess.run([python, "-P", "-c", f"import {needed}"], check=False).returncode == 0:  # noqa: S603
                found.append(recipe)
            else:
                print(f"{recipe.name} is not installed: left out", file=sys.stderr)
    return found


def versions(recipes: list[Recipe]) -> dict[str, str]:
    """Return the versions of the servers."""
    found = {}
    for recipe in recipes:
        as_module = ["-m", "coliseum"] if recipe.name.startswith(report.OURS) else []
        command = [recipe.located(), *as_module, "--version"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        found[recipe.name] = next(iter(done.stdout.splitlines()), "?").strip()
    return found


def tell(number: int, workload: str, server: str, found: Result | str) -> None:
    """Print one line about a cell that was run."""
    if isinstance(found, str):
        text = f"FAILED: {found}"
    else:
        figure = next(getattr(found, m.key) for m in measures(named(workload)))
        text = f"{'-' if figure is None else report.number(figure):>8}  [{report.shares(found)}]"
    label = named(workload).label
    print(f"{time.strftime('%H:%M:%S')} round {number} {label:18} {server:22} {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Run the comparison; return 1 when a cell failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped on the way out
    options = arguments()
    try:
        workloads = wanted(options)
        openers = {text.partition("=")[0]: comparison.given(given(text)) for text in options.address}
        chosen = options.server or [] if options.address else options.server or list(RECIPES)
        others = [recipe for text in options.python for recipe in elsewhere(text, chosen)]
    except (LabError, ColiseumError) as error:
        print(f"peers.py: {error}", file=sys.stderr)
        return 2
    for name in chosen:
        if not RECIPES[name].located():
            print(f"{name} is not installed: left out", file=sys.stderr)
    recipes = [RECIPES[name] for name in chosen if RECIPES[name].located()] + others
    openers |= {recipe.name: comparison.started(recipe) for recipe in recipes}
    about = usage.machine() | versions(recipes) | {"date": time.strftime("%Y-%m-%d %H:%M %Z")}
    print("\n".join(f"{name}: {value}" for name, value in about.items()), file=sys.stderr)
    rounds = options.rounds or (1 if options.quick else 3)
    table = comparison.rounds(workloads, openers, rounds, tell)
    print(report.comparison(workloads, list(openers), table))
    if options.markdown:
        options.markdown.write_text(report.markdown(workloads, list(openers), table) + "\n", encoding="utf-8")
    if options.json:
        cells = [
            {"workload": text, "server": server, "errors": cell.errors, "results": cell.results}
            for (text, server), cell in table.items()
        ]
        options.json.write_bytes(
            msgspec.json.format(msgspec.json.encode({"machine": about, "rounds": rounds, "cells": cells}))
        )
    return 1 if any(cell.errors for cell in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
