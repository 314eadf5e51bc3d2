"""Facts: immutable values that cost little to make.

The idea: `dataclass(frozen=True)` keeps its promise by setting every field through `object.__setattr__`, which
makes an event with seven fields four times as expensive (docs/performance.md). Here the type checker keeps it:
assigning to a field of a fact is an error of mypy, and nothing at run time.

What must stay true: nobody changes a fact after it was made; facts are compared and hashed by their fields.
"""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def fact(cls: type[T]) -> type[T]:
    """Make a class of facts: like `dataclass(frozen=True, slots=True)`, as far as the type checker knows."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
