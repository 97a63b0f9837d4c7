"""What touches what in a figure that is laid out: the layout's check, by another geometry than the layout's own.

Everything is a convex polygon here, a circle a regular one around it and a line one of two corners. Two convex sets
are apart if and only if some direction separates them; for polygons it is enough to try the normals of their sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import cos, hypot, pi, sin

from msgspec import Struct

from derive.render.figure.drawing import Figure, Text
from derive.render.figure.geometry import Point
from derive.render.figure.words import spoken_text

_SIDES = 24


class Collision(Struct, frozen=True):
    """Two things that touch, in words, and how deep one reaches into the other, in cm."""

    one: str
    other: str
    depth: float


def collisions(figure: Figure) -> list[Collision]:
    """Return everything in `figure` that touches what it should not; [] for a figure fit to print.

    Names touch nothing: no other name, no circle, and no stroke, tips included. Circles touch neither each other nor
    strokes of other circles, nor the dots. Nothing sticks out of the frame. Crossing lines are as they should be.
    """
    names = [(spoken_text(t), _box(t)) for t in figure.texts]
    names += [(spoken_text(line.text), _box(line.text)) for line in figure.lines if line.text]
    circles = [(f"circle {spoken_text(c.text)}", _circle(c.centre, c.radius)) for c in figure.circles]
    dots = [("dot", [dot]) for dot in figure.dots]
    strokes = [
        (f"line {number}", list(stroke))
        for number, line in enumerate(figure.lines) for stroke in (*line.strokes, line.tip) if stroke
    ]  # fmt: skip
    pairs = [*combinations(names, 2), *combinations(circles, 2)]
    pairs += [(name, other) for name in names for other in (*circles, *strokes, *dots)]
    pairs += [(circle, dot) for circle in circles for dot in dots]
    # A line ends on its own circles: there it may touch, and nowhere else.
    inner = [(name, _circle(c.centre, 0.97 * c.radius)) for (name, _), c in zip(circles, figure.circles, strict=True)]
    pairs += [(circle, stroke) for circle in inner for stroke in strokes]
    found = [
        Collision(one, other, depth)
        for (one, a), (other, b) in pairs
        if (depth := _depth(a, b)) > 0.0
    ]  # fmt: skip
    for name, polygon in [*names, *circles, *strokes]:
        outside = max(max(-x, -y, x - figure.width, y - figure.height) for x, y in polygon)
        if outside > 0.0:
            found.append(Collision(name, "frame", outside))
    return found + [
        Collision(spoken_text(c.text), f"circle {spoken_text(c.text)}", reach - c.radius)
        for c in figure.circles
        if (reach := max(hypot(x - c.centre[0], y - c.centre[1]) for x, y in _box(c.text))) > c.radius
    ]


def _box(text: Text) -> list[Point]:
    (a, b), (c, d) = text.box.low, text.box.high
    return [(a, b), (c, b), (c, d), (a, d)]


def _circle(centre: Point, radius: float) -> list[Point]:
    outer = radius / cos(pi / _SIDES)
    angles = [2 * pi * i / _SIDES for i in range(_SIDES)]
    return [(centre[0] + outer * cos(a), centre[1] + outer * sin(a)) for a in angles]


def _depth(a: Sequence[Point], b: Sequence[Point]) -> float:
    """Return how far one has to move for `a` and `b` to be apart; not above 0 if they are (separating axis theorem)."""
    least = float("inf")
    for polygon in (a, b):
        for p, q in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            dx, dy = q[0] - p[0], q[1] - p[1]
            length = hypot(dx, dy)
            # A line has two normals more than its one side: those of its ends.
            for ux, uy in ((-dy / length, dx / length), (dx / length, dy / length)) if length else ():
                first = [x * ux + y * uy for x, y in a]
                second = [x * ux + y * uy for x, y in b]
                least = min(least, max(first) - min(second), max(second) - min(first))
                if least <= 0.0:
                    return least
    return least
