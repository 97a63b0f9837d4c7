"""Points, segments and upright boxes in the plane, and their distances. Lengths in cm, y upwards."""

from __future__ import annotations

from math import hypot

from msgspec import Struct

Point = tuple[float, float]
Segment = tuple[Point, Point]


class Box(Struct, frozen=True):
    """A rectangle with level sides."""

    centre: Point
    width: float
    height: float

    @property
    def low(self) -> Point:
        """The lower left corner."""
        return self.centre[0] - self.width / 2, self.centre[1] - self.height / 2

    @property
    def high(self) -> Point:
        """The upper right corner."""
        return self.centre[0] + self.width / 2, self.centre[1] + self.height / 2

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        (a, b), (c, d) = self.low, self.high
        return (a, b), (c, b), (c, d), (a, d)

    def grown(self, by: float) -> Box:
        return Box(self.centre, self.width + 2 * by, self.height + 2 * by)

    def moved_to(self, centre: Point) -> Box:
        return Box(centre, self.width, self.height)


def between(a: Point, b: Point, part: float) -> Point:
    """Return the point at `part` (0 … 1) of the way from `a` to `b`."""
    return a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])


def clip(box: Box, segment: Segment) -> tuple[float, float] | None:
    """Return between which parts (0 … 1) of its length the segment lies in the box, or None.

    Liang & Barsky, A new concept and method for line clipping, ACM Trans. Graphics 3 (1984).
    """
    start, end = 0.0, 1.0
    for axis in (0, 1):
        p, q = segment[0][axis], segment[1][axis]
        low, high = box.low[axis], box.high[axis]
        if p == q:
            if not low < p < high:
                return None
        else:
            near, far = sorted(((low - p) / (q - p), (high - p) / (q - p)))
            start, end = max(start, near), min(end, far)
    return (start, end) if start < end else None


def point_to_segment(p: Point, segment: Segment) -> float:
    """Return the distance of a point from a segment."""
    (ax, ay), (bx, by) = segment
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    t = max(0.0, min(1.0, ((p[0] - ax) * dx + (p[1] - ay) * dy) / length2)) if length2 else 0.0
    return hypot(p[0] - ax - t * dx, p[1] - ay - t * dy)


def point_to_box(p: Point, box: Box) -> float:
    """Return the distance of a point from a box; 0 inside."""
    (x, y), (cx, cy) = p, box.centre
    return hypot(max(0.0, abs(x - cx) - box.width / 2), max(0.0, abs(y - cy) - box.height / 2))


def segment_to_box(segment: Segment, box: Box) -> float:
    """Return the distance of a segment from a box; 0 where they meet."""
    if clip(box, segment):
        return 0.0
    return min(*(point_to_segment(c, segment) for c in box.corners), *(point_to_box(p, box) for p in segment))
