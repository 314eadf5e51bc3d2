"""`python -m tests.fuzz`: runs targets under atheris, one process each, or an input that was found again.

python -m tests.fuzz --seconds 60                  all targets, so long each (make fuzz)
python -m tests.fuzz irc-message url --share 2     the inputs that the suite tries, and as many again
python -m tests.fuzz irc-message --again FILE      one input, with its traceback

What was found is in fuzz-findings/, by target: the input, and what libFuzzer said. Exit code 1 when there is any.
"""

import argparse
import contextlib
import importlib.util
import io
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

atheris: Any = importlib.import_module("atheris") if importlib.util.find_spec("atheris") else None
"None where there is no wheel of it; seeing an input again does without."
SEED = "1"
FINDINGS = Path("fuzz-findings")
FAMILIES = ("parsers", "wires", "sessions", "clients")
PLANTED = "planted"
"A family of its own, with a fault in it: the suite looks whether it is found."
FOUND = "found-"
LONGEST = 4096
"Bytes of an input."
TOO_LONG = 20
"Seconds after which an input counts as one that hangs."


def table(families: Sequence[str], *, instrumented: bool) -> dict[str, Any]:
    """Import the targets; return them by name. What they import of ours tells libFuzzer where an input came to."""
    instrument = (
        atheris.instrument_imports(include=["coliseum", "tests.fuzz.planted"])
        if instrumented
        else contextlib.nullcontext()
    )
    with contextlib.redirect_stderr(io.StringIO()), instrument:  # it names every module
        modules = [importlib.import_module(f"tests.fuzz.{family}") for family in families]
    return {target.name: target for module in modules for target in module.TARGETS}


def fuzz(target: Any, bounds: list[str]) -> NoReturn:
    """Run one target in this process; its exit code says whether something was found."""
    folder = FINDINGS / target.name
    shutil.rmtree(folder, ignore_errors=True)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    for number, seed in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(seed)
    with (folder / "log").open("wb") as log:
        os.dup2(log.fileno(), 2)  # where libFuzzer writes
    where = [f"-artifact_prefix={folder}/{FOUND}", str(corpus)]
    atheris.Setup([sys.argv[0], *bounds, f"-max_len={LONGEST}", f"-timeout={TOO_LONG}", *where], target.run)
    atheris.Fuzz()
    sys.exit(0)


def each(chosen: list[Any], bounds: Callable[[Any], list[str]]) -> int:
    """Run targets one after the other, each in a process of its own; return how many found something.

    They are forked from this one, which has paid for the instrumented imports.
    """
    failed = 0
    for target in chosen:
        print(f"{target.name}: {target.about}", flush=True)
        process = os.fork()
        if not process:
            fuzz(target, bounds(target))
        _, status = os.waitpid(process, 0)
        if status:
            failed += 1
            folder = FINDINGS / target.name
            log = (folder / "log").read_text(errors="replace")
            print(log[log.find("=== Uncaught") :][:6000])
            for found in folder.glob(f"{FOUND}*"):
                print(f"again: {sys.executable} -m tests.fuzz {target.name} --again {found}")
    return failed


def main() -> int:
    """Do what the arguments say; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--again", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--share", type=float, default=1.0)
    given = parser.parse_args()
    if atheris is None and given.again is None:
        sys.exit("atheris has no wheel for this interpreter or machine: nothing was fuzzed")
    families = (PLANTED,) if given.targets == [PLANTED] else FAMILIES
    found = table(families, instrumented=given.again is None)
    chosen = [found[name] for name in given.targets or found]
    if given.again is not None:
        chosen[0].run(given.again.read_bytes())
        return 0
    if given.seconds is not None:
        return min(1, each(chosen, lambda _: [f"-max_total_time={given.seconds}"]))
    return min(1, each(chosen, lambda target: [f"-runs={int(target.runs * given.share)}", f"-seed={SEED}"]))


if __name__ == "__main__":
    sys.exit(main())
