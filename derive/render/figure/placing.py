"""Where the names of the weights between two layers go: on their edges, touching nothing else.

An edge is interrupted by its own name. So the name needs no background, and is readable on any paper; in return, no
other line may pass through it. Names stand in one column, or in two. Edges are straight, so the places where a name
may not stand are intervals of x, and nothing has to be tried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from math import hypot, inf

from msgspec import Struct

from derive.render.figure.geometry import Box, Segment

FROM_LINES = 0.11
FROM_LABELS = 0.12
"""How far a name keeps from other lines, and from other names and circles."""
_BEST = 0.3
"""The best place for names along the edges: near the source, where edges do not cross yet."""

Interval = tuple[float, float]


class Slope(Struct, frozen=True):
    """The line y = offset + slope · x, from x = `start` on."""

    offset: float
    slope: float
    start: float

    def at(self, x: float) -> float:
        return self.offset + self.slope * x


def slope_of(segment: Segment) -> Slope:
    """Return the line through a segment that is drawn from left to right."""
    (ax, ay), (bx, by) = segment
    slope = (by - ay) / (bx - ax)
    return Slope(ay - slope * ax, slope, ax)


class Edge(Struct, frozen=True):
    """A weight's edge from one column of neurons to the next, and the size of its name.

    source, target: the rows of the two neurons, from 0.
    """

    source: int
    target: int
    line: Slope
    width: float
    height: float

    def box(self, x: float) -> Box:
        """Return the box of the name where the edge passes `x`."""
        return Box((x, self.line.at(x)), self.width, self.height)


_SPLITS: tuple[Callable[[Edge], bool], ...] = (
    lambda e: e.target % 2 == 1,
    lambda e: e.source % 2 == 1,
    lambda e: (e.source + e.target) % 2 == 1,
)
"""Which edges have their names in the second of two columns."""


def place(
    edges: Sequence[Edge], limits: Interval, lines: Sequence[Slope], boxes: Sequence[Box], *, columns: int
) -> tuple[Box, ...] | None:
    """Return places for the names of `edges`, between the two `limits` of x; or None where there is no room.

    lines, boxes: other lines that end at the right, and other names and circles, to keep clear of.
    columns: in how many columns the names may stand, 1 or 2.
    """
    across = [*(e.line for e in edges), *lines]
    taken = [[_too_near(e, f) for f in across if f is not e.line] + [_meets(e, box) for box in boxes] for e in edges]
    together = list(zip(edges, taken, strict=True))
    best = limits[0] + _BEST * (limits[1] - limits[0])
    if room := _room(together, limits):
        x = _nearest(room, best)
        return tuple(e.box(x) for e in edges)
    apart = max(e.width for e in edges) + FROM_LABELS
    goals = (best, best - apart / 2, best + apart / 2)
    found = []
    for number, second in enumerate(_SPLITS if columns == 2 else ()):
        rooms = [_room([t for t in together if second(t[0]) is side], limits) for side in (False, True)]
        if not all(rooms):
            continue
        for a in [_nearest(rooms[0], goal) for goal in goals]:
            for b in [_nearest(rooms[1], goal) for goal in (*goals, a - apart, a + apart)]:
                if abs(a - b) >= apart - 1e-9:
                    found.append((max(abs(a - best), abs(b - best)), number, a, b))
    if not found:
        return None
    _, number, a, b = min(found)
    return tuple(e.box(b if _SPLITS[number](e) else a) for e in edges)


def _room(column: Sequence[tuple[Edge, list[Interval]]], limits: Interval) -> list[Interval]:
    """Return the intervals of x where the names of all edges of `column` may stand, one above the other.

    Each edge comes with the intervals where something else is in the way of its name.
    """
    half = max((e.width for e, _ in column), default=0.0) / 2 + FROM_LABELS
    taken = [interval for _, intervals in column for interval in intervals]
    for (e, _), (f, _) in combinations(column, 2):
        taken.append(_within(e.line, f.line, (e.height + f.height) / 2 + FROM_LABELS))
    return _rest((limits[0] + half, limits[1] - half), taken)


_NOWHERE = (inf, -inf)


def _within(one: Slope, other: Slope, distance: float) -> Interval:
    """Return where the two lines are less than `distance` above each other."""
    offset, slope = one.offset - other.offset, one.slope - other.slope
    if slope == 0.0:
        return (-inf, inf) if abs(offset) < distance else _NOWHERE
    a, b = (-distance - offset) / slope, (distance - offset) / slope
    return (a, b) if a < b else (b, a)


def _too_near(edge: Edge, line: Slope) -> Interval:
    # The corner that comes nearest keeps FROM_LINES, measured at a right angle to the line.
    reach = edge.height / 2 + edge.width / 2 * abs(line.slope) + FROM_LINES * hypot(1.0, line.slope)
    low, high = _within(edge.line, line, reach)
    return max(low, line.start - edge.width / 2 - FROM_LINES), high


def _meets(edge: Edge, box: Box) -> Interval:
    (x, y), half = box.centre, (edge.width + box.width) / 2 + FROM_LABELS
    low, high = _within(edge.line, Slope(y, 0.0, x), (edge.height + box.height) / 2 + FROM_LABELS)
    return max(low, x - half), min(high, x + half)


def _rest(whole: Interval, taken: Iterable[Interval]) -> list[Interval]:
    """Return what is left of the interval `whole`; those of `taken` that end before they start take nothing."""
    left, start = [], whole[0]
    for low, high in sorted(t for t in taken if t[0] < t[1]):
        if low >= start and start <= whole[1]:
            left.append((start, min(low, whole[1])))
        start = max(start, high)
    if start <= whole[1]:
        left.append((start, whole[1]))
    return left


def _nearest(room: Sequence[Interval], goal: float) -> float:
    return min((max(low, min(high, goal)) for low, high in room), key=lambda x: (abs(x - goal), x))
