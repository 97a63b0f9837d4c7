"""The error of a training run as a curve, drawn as a figure: for pages, for LaTeX, or as a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from msgspec import Struct

from derive.errors import DeriveError
from derive.render.figure.drawing import Figure, Line, Text
from derive.render.figure.geometry import Point
from derive.render.figure.label import text_extent
from derive.render.figure.lettering import NAME_SIZE, flush_right, plain, power

WIDTH, HEIGHT = 13.0, 7.0
_LEFT, _RIGHT, _BOTTOM, _TOP = 1.6, 0.5, 1.25, 0.75
_GAP = 0.14  # between an axis and what stands at it
_LOGARITHMIC = 100.0
"""From this ratio of the largest error to the least, the axis is logarithmic."""
_TICKS = 6
_MOST_POINTS = 400


class CurveWords(Struct, frozen=True):
    """What a curve says; `described` and `lowest` are filled in with `str.format`."""

    title: str = "The error during training"
    updates: str = "updates"
    error: str = "error"
    logarithmic: str = "error, logarithmic scale"
    described: str = "A curve of the error from {first} before training to {last} after {count} updates."
    lowest: str = " It is lowest after {at} updates: {least}."


class Axis(Struct, frozen=True):
    """An axis from `low` to `high`, with its ticks; `logarithmic`, all of them logarithms to base 10."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return where `value` lies: 0 at the low end, 1 at the high one."""
        return ((log10(value) if self.logarithmic else value) - self.low) / (self.high - self.low)


def curve(points: Sequence[tuple[int, float]], words: CurveWords | None = None) -> Figure:
    """Return the curve of (updates, error) pairs, updates ascending.

    The axis of errors is logarithmic where they span two powers of ten. Raises DeriveError for fewer than two points,
    or an error that is not finite.
    """
    words = words or CurveWords()
    if len(points) < 2:
        raise DeriveError("a curve takes two points or more", hint="more steps")
    if not all(isfinite(error) for _, error in points):
        raise DeriveError("an error is not finite, and has no place on a curve", hint="a smaller learning_rate")
    errors = [error for _, error in points]
    across = linear(points[0][0], points[-1][0], whole=True)
    log = min(errors) > 0.0 and max(errors) >= _LOGARITHMIC * min(errors)
    up = logarithmic(min(errors), max(errors)) if log else linear(min(errors), max(errors))

    def place(point: tuple[float, float]) -> Point:
        return _across(across.share(point[0])), _up(up.share(point[1]))

    at, least = min(points, key=lambda point: point[1])
    described = words.described.format(first=f"{errors[0]:.4g}", last=f"{errors[-1]:.4g}", count=f"{points[-1][0]:,}")
    if at != points[-1][0]:
        described += words.lowest.format(at=f"{at:,}", least=f"{least:.4g}")
    corners = [(_across(0), _up(1)), (_across(0), _up(0)), (_across(1), _up(0))]
    drawn = [place(point) for point in thinned(points)]
    return Figure(
        WIDTH, HEIGHT, (),
        (
            *(Line((_across(0), y), (_across(1), y), "grid") for y in _heights(up)),
            *(Line(a, b, "axis") for a, b in pairwise(corners)),
            *(Line((x, _up(0)), (x, _up(0) - _GAP / 2), "axis") for x in map(_across, map(across.share, across.ticks))),
            *(Line(a, b, "curve") for a, b in pairwise(drawn) if a != b),
        ),
        (*_names(across, up), *_captions(words.updates, words.logarithmic if log else words.error)),
        (), False, words.title, described,
    )  # fmt: skip


# ── Axes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def linear(low: float, high: float, *, whole: bool = False) -> Axis:
    """Return an axis over `low` … `high` whose ticks are 1, 2 or 5 times a power of ten apart."""
    room = (high - low) or abs(high) or 1.0
    raw = room / (_TICKS - 1)
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    if whole:
        step = max(1.0, round(step))
        return Axis(low, max(high, low + 1), tuple(step * k for k in range(ceil(low / step), floor(high / step) + 1)))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return Axis(first * step, last * step, tuple(step * k for k in range(first, last + 1)))


def logarithmic(low: float, high: float) -> Axis:
    """Return an axis over `low` … `high`, both above 0, with ticks at powers of ten."""
    first, last = floor(log10(low) + 1e-9), ceil(log10(high) - 1e-9)
    stride = ceil((last - first) / (_TICKS + 1))
    return Axis(float(first), float(last), tuple(float(k) for k in range(first, last + 1, stride)), logarithmic=True)


def thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return at most `_MOST_POINTS` of the points, and the last: what a picture can show."""
    stride = ceil(len(points) / _MOST_POINTS)
    kept = list(points[::stride])
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def _across(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _up(share: float) -> float:
    return _BOTTOM + share * (HEIGHT - _BOTTOM - _TOP)


def _heights(axis: Axis) -> list[float]:
    return [_up((tick - axis.low) / (axis.high - axis.low)) for tick in axis.ticks]


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _names(across: Axis, up: Axis) -> Iterator[Text]:
    """Yield the numbers at the ticks, those of the upright axis to the left of it."""
    below = _up(0) - _GAP - 0.75 * NAME_SIZE
    for tick in across.ticks:
        yield plain(f"{round(tick):,}", NAME_SIZE, _across(across.share(tick)), below)
    for tick, y in zip(up.ticks, _heights(up), strict=True):
        # Half the height of a digit below the tick.
        baseline = y - 0.33 * NAME_SIZE
        if up.logarithmic:
            made = power(round(tick), NAME_SIZE, baseline)
        else:
            made = plain(f"{tick:.6g}".replace("-", "−"), NAME_SIZE, 0.0, baseline)
        yield flush_right(made, _LEFT - _GAP)


def _captions(across: str, up: str) -> Iterator[Text]:
    yield plain(across, NAME_SIZE, _across(0.5), 0.2)
    width = text_extent(up).width * NAME_SIZE
    yield plain(up, NAME_SIZE, max(width / 2 + 0.05, _LEFT - 2 * _GAP), HEIGHT - 0.45)
