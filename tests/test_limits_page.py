"""docs/reference/limits.md is true: its defaults are those of the source, its keys exist, and so do its tests."""

import ast
import dataclasses
import importlib
from functools import cache
from pathlib import Path

import pytest

from coliseum import settings
from coliseum.core.limits import Policy
from coliseum.wire.endpoint import Limits as Datagrams

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "limits.md"
NOT_A_LIMIT = {
    *("server_name", "network", "description", "motd", "password", "lobby", "admins", "opers", "flood_control"),
    *("unproved_spare", "proved_spare", "exempt"),
}
"Fields of Policy and of the endpoint's limits that bound nothing by themselves, or are in another row."


def rows() -> list[list[str]]:
    """Return the cells of every row of every table: limit, default, unit, where, key, why, what is seen, test."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in found if row[0] != "limit" and set(row[0]) != {"-"}]


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def value(where: str) -> object:
    owner, _, name = where.rpartition(".")
    shared = {"Policy": Policy(), "Datagrams": Datagrams()}
    return getattr(shared[owner] if owner in shared else importlib.import_module(owner), name)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[3])
def test_a_row_is_true(row: list[str]) -> None:
    assert len(row) == 8, row
    _, default, unit, where, key, why, _, test = row
    assert str(value(where)) == default
    assert unit
    assert why
    file, _, name = test.partition("::")
    assert name in names_in(file), test
    if key:
        option = next(option for option in settings.options() if option.key == key.split()[0])
        assert "less of the two" in key or option.default == value(where)


def test_no_limit_is_missing() -> None:
    said = {row[3] for row in rows()}
    for name, limits in (("Policy", Policy), ("Datagrams", Datagrams)):
        fields = {field.name for field in dataclasses.fields(limits)} - NOT_A_LIMIT
        fields -= {"line_bytes"} if limits is Datagrams else set()  # Policy has it
        assert {f"{name}.{field}" for field in fields} <= said
    keys = {row[4].split()[0] for row in rows() if row[4]}
    flags = {"limits.flood_control", "limits.exempt"}
    assert {option.key for option in settings.options() if option.key.startswith("limits.")} - flags == keys
