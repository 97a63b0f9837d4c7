"""Lines of writing with their boxes: names, names with values, captions."""

from __future__ import annotations

from math import hypot

import msgspec

from derive.notation import Label
from derive.render.figure.diagram import Quantity
from derive.render.figure.drawing import Text
from derive.render.figure.geometry import Box, Point
from derive.render.figure.label import CM_PER_PT, Extent, label_extent, text_extent

NEURON_SIZE = 10 * CM_PER_PT
NAME_SIZE = 9 * CM_PER_PT
_IN_CIRCLE = 0.04
"""The least distance between a name and the circle around it."""


def named(quantity: Quantity, size: float, *, value: bool = False) -> Text:
    """Return the name of `quantity`, with its value if there is one and `value` asks for it."""
    name, text = label_extent(quantity.label), quantity.relation if value else ""
    rest = text_extent(text) if text else Extent(0.0, 0.0, 0.0)
    both = Extent(name.width + rest.width, max(name.height, rest.height), max(name.depth, rest.depth))
    return _text(both, size, quantity.label, text)


def plain(text: str, size: float, x: float, baseline: float) -> Text:
    """Return a line of plain text, its baseline's middle at (`x`, `baseline`)."""
    line = _text(text_extent(text), size, None, text)
    return moved(line, (x, baseline + line.drop))


def power(exponent: int, size: float, baseline: float) -> Text:
    """Return a power of ten, its baseline at `baseline`."""
    label = Label("10", sup=f"{exponent}".replace("-", "−"))
    line = _text(label_extent(label), size, label, "")
    return moved(line, (0.0, baseline + line.drop))


def flush_right(text: Text, x: float) -> Text:
    """Return `text` with the right side of its box at `x`."""
    return moved(text, (x - text.box.width / 2, text.box.centre[1]))


def in_circle(quantity: Quantity, centre: Point, size: float, radius: float) -> Text:
    """Return the name of `quantity` at `centre`, smaller where it would not fit the circle."""
    fit = min(1.0, (radius - _IN_CIRCLE) / (reach(quantity.label) * size))
    return moved(named(quantity, size * fit), centre)


def moved(text: Text, centre: Point) -> Text:
    """Return `text` with the middle of its box at `centre`."""
    return msgspec.structs.replace(text, box=text.box.moved_to(centre))


def reach(label: Label) -> float:
    """Return the radius of the circle around `label`, in its own size."""
    e = label_extent(label)
    return hypot(e.width, e.height + e.depth) / 2


def _text(extent: Extent, size: float, label: Label | None, text: str) -> Text:
    height = (extent.height + extent.depth) * size
    return Text(Box((0.0, 0.0), extent.width * size, height), size, height / 2 - extent.depth * size, label, text)
