"""A target: something that takes any bytes, and what must be true of it whatever they are."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One row of the table."""

    name: str
    about: str
    run: Callable[[bytes], None]
    "Raises when the input finds a fault: anything else is fine."
    seeds: tuple[bytes, ...]
    "Inputs to begin with: good ones, from the examples of the tests and the manuals."
    runs: int
    "How many inputs the suite tries: about a second's."


def pieces(data: bytes) -> Iterator[bytes]:
    """Yield what follows the first byte in pieces of as many bytes as that says."""
    step = (data[0] if data else 0) + 1
    for at in range(1, len(data), step):
        yield data[at : at + step]


def acts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield acts: a byte that says who or what, one that says how long, and so many bytes."""
    at = 0
    while at + 2 <= len(data):
        yield data[at], data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]


def script(*given: tuple[int, bytes]) -> bytes:
    """Return the input whose `acts` are these."""
    return b"".join(bytes([kind, len(text)]) + text for kind, text in given)


def lines(*given: str, end: str = "\n") -> bytes:
    """Return lines as they are sent."""
    return "".join(line + end for line in given).encode()


def texts(*given: str) -> tuple[bytes, ...]:
    """Return seeds that are texts."""
    return tuple(text.encode() for text in given)


def first(values: Iterable[bytes], byte: int) -> tuple[bytes, ...]:
    """Return seeds with the byte in front that `pieces` wants."""
    return tuple(bytes([byte]) + value for value in values)
