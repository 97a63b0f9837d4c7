"""A figure that is laid out: circles, lines and texts with their places in cm, y upwards. Types only."""

from __future__ import annotations

from math import hypot
from typing import Literal

from msgspec import Struct

from derive.notation import Label
from derive.render.figure.geometry import Box, Point, Segment, between, clip

CircleKind = Literal["input", "hidden", "output", "bias"]
LineKind = Literal["weight", "bias", "arrow", "axis", "grid", "curve"]

AROUND_NAME = 0.09
"""How far an edge stops before its own name."""
TIP_LENGTH, TIP_HALF_WIDTH, TIP_NOTCH = 0.17, 0.055, 0.12
"""An arrow's tip: a slim dart, whose notch lies this far from its point."""
DOT_RADIUS = 0.028


class Text(Struct, frozen=True):
    """A line of writing: a label, then plain text; either may be missing.

    box: the room of its letters. size: of its letters (1 em). drop: of its baseline below the centre of the box.
    """

    box: Box
    size: float
    drop: float
    label: Label | None = None
    text: str = ""

    @property
    def baseline(self) -> Point:
        """The middle of the baseline."""
        return self.box.centre[0], self.box.centre[1] - self.drop


class Circle(Struct, frozen=True):
    """A neuron, an input, or a bias."""

    centre: Point
    radius: float
    kind: CircleKind
    text: Text


class Line(Struct, frozen=True):
    """A connection, from boundary to boundary; interrupted by its own name, if it has one.

    kind: "weight", "bias" from a shared bias, or "arrow" from the name of a bias to its neuron; in a diagram with axes,
        "axis" (and its ticks), "grid", or "curve".
    """

    start: Point
    end: Point
    kind: LineKind
    tipped: bool = False
    text: Text | None = None

    @property
    def direction(self) -> Point:
        """The unit vector from start to end."""
        dx, dy = self.end[0] - self.start[0], self.end[1] - self.start[1]
        length = hypot(dx, dy)
        return dx / length, dy / length

    @property
    def strokes(self) -> tuple[Segment, ...]:
        """What is drawn of it, apart from the tip."""
        (ux, uy), (x, y) = self.direction, self.end
        # The stroke ends inside the tip, so that its square end does not blunt the point.
        inside = 0.8 * TIP_NOTCH if self.tipped else 0.0
        end = (x - inside * ux, y - inside * uy)
        gap = clip(self.text.box.grown(AROUND_NAME), (self.start, self.end)) if self.text else None
        if gap is None:
            return ((self.start, end),)
        before, after = (between(self.start, self.end, part) for part in gap)
        return (self.start, before), (after, end)

    @property
    def tip(self) -> tuple[Point, ...]:
        """The corners of the arrow's tip; () where there is none."""
        if not self.tipped:
            return ()
        (ux, uy), (x, y) = self.direction, self.end
        wing = (x - TIP_LENGTH * ux, y - TIP_LENGTH * uy)
        nx, ny = -TIP_HALF_WIDTH * uy, TIP_HALF_WIDTH * ux
        notch = (x - TIP_NOTCH * ux, y - TIP_NOTCH * uy)
        return (x, y), (wing[0] + nx, wing[1] + ny), notch, (wing[0] - nx, wing[1] - ny)


class Figure(Struct, frozen=True):
    """A drawing with its lower left corner at (0, 0), and the text that says the same.

    dots: the centres of the dots that stand for what is left out.
    dense: whether there are so many lines that they are to be drawn thinner.
    """

    width: float
    height: float
    circles: tuple[Circle, ...]
    lines: tuple[Line, ...]
    texts: tuple[Text, ...]
    dots: tuple[Point, ...]
    dense: bool
    title: str
    description: str

    @property
    def names_weights(self) -> bool:
        """Whether the names of the weights stand at their lines."""
        return any(line.text for line in self.lines)
