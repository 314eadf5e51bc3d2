"""An order that is put together from pieces: many have seen parts of it, nobody has seen all.

The idea: "a came before b" is an arrow. If the arrows go round in a circle, no order has all of them. If they do
not, what lies *between* two things is known as far as arrows lead from the one over it to the other; about the
rest nothing is claimed, so nothing that is claimed is wrong.

What must stay true: pure, the same answer for the same arrows in the same sequence, and nearly linear. For that
`arrange` follows chains as far as they go: things that are not connected are not mixed, so what lies between two
neighbours in a chain is mostly nothing.
"""

from collections import deque
from collections.abc import Collection, Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Order(Generic[T]):
    """Things and the arrows between them."""

    def __init__(self) -> None:
        self._after: dict[T, dict[T, None]] = {}
        self._before: dict[T, dict[T, None]] = {}
        self._sequence: list[T] = []
        self._place: dict[T, int] = {}

    def then(self, first: T | None, second: T) -> None:
        """Take in that `second` came after `first` (None: only that it came)."""
        self._after.setdefault(second, {})
        self._before.setdefault(second, {})
        if first is not None:
            self._after.setdefault(first, {})[second] = None
            self._before.setdefault(first, {})
            self._before[second][first] = None

    def arrange(self) -> list[T]:
        """Find a sequence that agrees with all arrows; return a shortest circle when there is none, else nothing.

        `between` may be asked afterwards, when there was no circle.
        """
        waiting = {thing: len(before) for thing, before in self._before.items()}
        free = [thing for thing, number in waiting.items() if not number]
        free.reverse()
        while free:
            thing = free.pop()
            self._place[thing] = len(self._sequence)
            self._sequence.append(thing)
            for after in self._after[thing]:
                waiting[after] -= 1
                if not waiting[after]:
                    free.append(after)
        return self._shortest_circle([thing for thing in self._after if thing not in self._place])

    def between(self, have: Collection[T], ends: Collection[T]) -> list[T]:
        """Return what certainly came after one of `have`, before one of `ends`, and is not in `have`.

        `ends` are among `have`.
        """
        if not ends:
            return []
        mine = set(have)
        start = min(self._place[thing] for thing in mine)
        stop = max(self._place[thing] for thing in ends) + 1
        if stop - start <= sum(self._place[thing] < stop for thing in mine):
            return []
        stretch = self._sequence[start:stop]
        later = self._reached(stretch, mine, mine, self._before)
        earlier = self._reached(reversed(stretch), set(ends), mine, self._after)
        return [thing for thing in stretch if thing in later and thing in earlier]

    def _reached(self, stretch: Iterable[T], seeds: set[T], mine: set[T], back: dict[T, dict[T, None]]) -> set[T]:
        reached = set(seeds)
        for thing in stretch:
            if not reached.isdisjoint(back[thing]):
                reached.add(thing)
        return reached - mine

    def _shortest_circle(self, rest: list[T]) -> list[T]:
        inside = set(rest)
        best: list[T] = []
        for start in rest:
            circle = self._circle_through(start, inside, len(best) or len(inside) + 1)
            best = circle or best
            if len(best) == 2:
                break
            inside.discard(start)  # the shortest one through it is known
        return best

    def _circle_through(self, start: T, inside: set[T], below: int) -> list[T]:
        """Return the shortest circle through `start` if it has fewer than `below` things."""
        came_from: dict[T, T] = {}
        front = deque([(start, 1)])
        while front:
            thing, length = front.popleft()
            if length >= below:
                return []
            for after in self._after[thing]:
                if after == start:
                    return _way(start, thing, came_from)
                if after in inside and after not in came_from:
                    came_from[after] = thing
                    front.append((after, length + 1))
        return []


def _way(start: T, end: T, came_from: dict[T, T]) -> list[T]:
    way = [end]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return way[::-1]
