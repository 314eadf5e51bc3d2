"""Sums over a sheet: what each row spent on what.

What must stay true: pure; a moment is counted once, as what was done in it and not as what that was part of, so
the sums of a row never exceed its time. What was only there (`spans.BACKGROUND`) is no work and is not summed.
"""

from dataclasses import dataclass

from coliseum.lab.tracing.rows import Row
from coliseum.lab.tracing.spans import BACKGROUND, KINDS


@dataclass(frozen=True, slots=True)
class Total:
    """All slices of one kind in one row."""

    kind: str
    count: int
    own: int
    "Nanoseconds, without what was inside."
    longest: int
    "Of one slice, with what was inside."


def of_row(row: Row) -> list[Total]:
    """Return the sums of a row, in the order of KINDS."""
    found = []
    for kind in KINDS:
        slices = [piece for piece in row.slices if piece.kind == kind]
        if slices and kind not in BACKGROUND:
            own, longest = sum(piece.own for piece in slices), max(piece.duration for piece in slices)
            found.append(Total(kind, len(slices), own, longest))
    return found


def of_rows(rows: list[Row]) -> list[Total]:
    """Return the sums of all rows together."""
    sums: dict[str, Total] = {}
    for total in (total for row in rows for total in of_row(row)):
        before = sums.get(total.kind, Total(total.kind, 0, 0, 0))
        sums[total.kind] = Total(
            total.kind,
            before.count + total.count,
            before.own + total.own,
            max(before.longest, total.longest),
        )
    return [sums[kind] for kind in KINDS if kind in sums]
