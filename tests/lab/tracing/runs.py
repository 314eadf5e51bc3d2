"""Recordings for the tests: each made once in a process, because making one takes a second."""

from functools import cache
from itertools import product
from typing import get_args

import pytest

from coliseum.config import Engine
from coliseum.lab.recipes import engines
from coliseum.lab.tracing import rows
from coliseum.lab.tracing.recording import record
from coliseum.lab.tracing.rows import Sheet
from coliseum.lab.tracing.scenarios import CATALOGUE
from coliseum.lab.tracing.spans import Run

ALL = [
    pytest.param(scenario, engine, marks=[] if engine in engines() else [pytest.mark.skip("not installed")])
    for scenario, engine in product(CATALOGUE, get_args(Engine))
]
"Every scenario on every engine."


@cache
def run(scenario: str, engine: Engine) -> Run:
    """Return what was recorded."""
    return record(CATALOGUE[scenario], engine)


@cache
def sheet(scenario: str, engine: Engine) -> Sheet:
    """Return it as it is drawn."""
    return rows.sheet(run(scenario, engine))
