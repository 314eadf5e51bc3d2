"""Any event and any refusal, made from what their classes declare."""

import dataclasses
import enum
import types
import typing
from collections.abc import Callable
from inspect import getmembers, isclass
from typing import Any

from hypothesis import strategies as st

from coliseum.core import refusals, vocabulary
from coliseum.core.refusals import Refusal
from coliseum.core.vocabulary import Event

NUMBERS = st.integers(0, 2**63 - 1)
"Counts and nanoseconds."


def classes(module: types.ModuleType) -> list[type[Event]]:
    """Return the kinds of event that `module` declares."""
    found = [kind for _, kind in getmembers(module, isclass) if issubclass(kind, Event)]
    return [kind for kind in found if kind not in {Event, Refusal}]


KINDS = classes(vocabulary) + classes(refusals)


def instances(
    kind: Any, text: st.SearchStrategy[str], *, some: int = 0, **named: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """Return any instances of a dataclass whose texts are `text`; fields called as in `named` are made by that.

    Lists have at least `some` items.
    """

    def values(name: str, hint: Any) -> st.SearchStrategy[Any]:
        if name in named:
            return named[name]
        if isinstance(hint, types.UnionType):
            return st.one_of([values(name, one) for one in typing.get_args(hint)])
        if isinstance(hint, types.GenericAlias):  # tuple[X, ...] or tuple[X, Y]
            first, second = typing.get_args(hint)
            if second is Ellipsis:
                return st.lists(values(name, first), min_size=some, max_size=3).map(tuple)
            return st.tuples(values(name, first), values(name, second))
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            return st.sampled_from(hint)
        if dataclasses.is_dataclass(hint):
            return instances(hint, text, some=some, **named)
        return {str: text, int: NUMBERS, bool: st.booleans(), types.NoneType: st.none()}[hint]

    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    return st.builds(kind, **{field.name: values(field.name, hints[field.name]) for field in fields})


def with_texts(value: Any, change: Callable[[str, str], str], name: str = "") -> Any:
    """Return an event with each text replaced by `change` of its field's name and itself."""
    if type(value) is str:
        return change(name, value)
    if isinstance(value, tuple):
        return tuple(with_texts(item, change, name) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(value, **{n: with_texts(getattr(value, n), change, n) for n in names})
    return value
