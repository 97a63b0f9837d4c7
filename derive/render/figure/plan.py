"""The plan of a figure at one spacing: where circles and names stand, if there is room for them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from derive.render.figure.diagram import Column, Quantity
from derive.render.figure.drawing import TIP_LENGTH, Text
from derive.render.figure.geometry import (
    Box,
    Point,
    Segment,
    between,
    point_to_box,
    point_to_segment,
    segment_to_box,
)
from derive.render.figure.lettering import NAME_SIZE, moved, named
from derive.render.figure.placing import FROM_LINES, Edge, place, slope_of

BIAS_ARROW = 0.36
_BIAS_NAME = 0.06
"""The length of the arrow of a neuron's own bias, and how far above it the bias's name stands."""
_SPREAD = 1 / 3
"""How far short columns are drawn out towards the height of the longest: 0 not at all, 1 to its full height."""
_FROM_CIRCLES = 0.08
_BIAS_PLACES = (0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0.0)
"""Where a shared bias may stand on the way from the column before: the first that is clear."""
_BELOW_EDGES = 0.25

_T = TypeVar("_T")


class Net(Struct, frozen=True):
    """What is to be drawn: the columns, None for those left out, and with how much detail.

    values: whether weights and biases have their values. bias_names: whether neurons' own biases are drawn.
    name_columns: in how many columns the names of the weights between two layers may stand; 0 to leave them out.
    """

    columns: tuple[Column | None, ...]
    radius: float
    bias_radius: float
    values: bool
    name_columns: int
    bias_names: bool

    @property
    def rows(self) -> int:
        """How many neurons, dots included, the longest column has."""
        return max(len(c.neurons) for c in self.columns if c)


class Plan(Struct, frozen=True):
    """One entry for each column of the net.

    centres: where the neurons stand, those left out included.
    bias: where the bias stands that feeds the next column.
    bias_names: the names of the neurons' own biases.
    names: the places of the names of the weights into the column, source by source; or ().
    """

    net: Net
    step: float
    centres: tuple[tuple[Point, ...], ...]
    bias: tuple[Point | None, ...]
    bias_names: tuple[tuple[Text, ...], ...]
    names: tuple[tuple[Box, ...], ...]


def plan(net: Net, row: float, step: float) -> Plan | None:
    """Return the plan with neurons `row` and columns `step` apart, or None where something would touch."""
    centres = tuple(
        _stack(len(column.neurons) if column else 0, number * step, row, net.rows)
        for number, column in enumerate(net.columns)
    )
    own = tuple(_own_bias_names(net, column, stack) for column, stack in zip(net.columns, centres, strict=True))
    if not _apart(net, centres, own):
        return None
    draft = Plan(net, step, centres, (None,) * len(centres), own, ((),) * len(centres))
    if not all(_clear(draft, number) for number in range(1, len(centres))):
        return None
    for number in range(1, len(centres)):
        column, before = net.columns[number], net.columns[number - 1]
        if column is None or before is None:
            continue
        if column.bias == "shared" and column.biases:
            bias = _bias_centre(draft, number)
            if bias is None:
                return None
            draft = replace(draft, bias=_with(draft.bias, number - 1, bias))
        if net.name_columns and column.weights:
            names = _place_names(draft, number, column)
            if names is None:
                return None
            draft = replace(draft, names=_with(draft.names, number, names))
    return draft


def _with(entries: tuple[_T, ...], number: int, entry: _T) -> tuple[_T, ...]:
    return (*entries[:number], entry, *entries[number + 1 :])


def _bias_centre(plan: Plan, number: int) -> Point | None:
    """Return a place for the bias that all neurons of a column share: below the edges, as far right as is clear."""
    low, end = plan.centres[number - 1][-1], plan.centres[number][-1]
    for part in _BIAS_PLACES:
        x, y = between(low, end, part)
        spot = (x, min(y, end[1]) - plan.net.radius - plan.net.bias_radius - _BELOW_EDGES)
        if _clear(replace(plan, bias=_with(plan.bias, number - 1, spot)), number):
            return spot
    return None


def connections(plan: Plan, number: int) -> Iterator[tuple[int | None, int, Segment]]:
    """Yield (source row, target row, line between centres) of each line into a column; the source of a bias is None."""
    column, before = plan.net.columns[number], plan.net.columns[number - 1]
    if column is None or before is None:
        return
    sources: list[tuple[int | None, Point]] = [
        (k, p) for k, p in enumerate(plan.centres[number - 1]) if before.neurons[k]
    ]
    bias = plan.bias[number - 1]
    if bias:
        sources.append((None, bias))
    for k, p in sources:
        for j, q in enumerate(plan.centres[number]):
            if column.neurons[j]:
                yield k, j, (p, q)


def own_biases(net: Net, column: Column | None) -> tuple[Quantity, ...]:
    """Return the biases of a column that are drawn neuron by neuron."""
    if not net.bias_names or column is None or column.bias != "per neuron" or len(column.biases) != len(column.neurons):
        return ()
    return column.biases


def _stack(count: int, x: float, row: float, longest: int) -> tuple[Point, ...]:
    if count > 1:
        row *= 1 + _SPREAD * ((longest - 1) / (count - 1) - 1)
    return tuple((x, ((count - 1) / 2 - i) * row) for i in range(count))


def _own_bias_names(net: Net, column: Column | None, stack: tuple[Point, ...]) -> tuple[Text, ...]:
    texts = []
    for (x, y), bias in zip(stack, own_biases(net, column), strict=False):
        text = named(bias, NAME_SIZE, value=net.values)
        texts.append(moved(text, (x, y + net.radius + BIAS_ARROW + _BIAS_NAME + text.box.height / 2)))
    return tuple(texts)


def _apart(net: Net, centres: tuple[tuple[Point, ...], ...], own: tuple[tuple[Text, ...], ...]) -> bool:
    """Return whether circles keep apart, and the names of biases keep away from circles."""
    return all(
        all(a[1] - b[1] >= 2 * net.radius + 0.2 for a, b in pairwise(stack))
        and all(point_to_box(p, name.box) >= net.radius + _FROM_CIRCLES for p in stack for name in names)
        for stack, names in zip(centres, own, strict=True)
    )


def _clear(plan: Plan, number: int) -> bool:
    """Return whether the lines into a column keep away from circles and from the names of biases."""
    columns = (number - 1, number)
    boxes = [name.box for i in columns for name in plan.bias_names[i]]
    circles = [(p, plan.net.radius) for i in columns for p in plan.centres[i]]
    circles += [(p, plan.net.bias_radius) for p in plan.bias[number - 1 : number] if p]
    return all(
        all(segment_to_box(line, box) >= FROM_LINES for box in boxes)
        and all(point_to_segment(p, line) >= radius + _FROM_CIRCLES for p, radius in circles if p not in line)
        for _, _, line in connections(plan, number)
    )


def _place_names(plan: Plan, number: int, column: Column) -> tuple[Box, ...] | None:
    edges, others = [], []
    for k, j, line in connections(plan, number):
        if k is None:
            others.append(slope_of(line))
        else:
            box = named(column.weights[j][k], NAME_SIZE, value=plan.net.values).box
            edges.append(Edge(k, j, slope_of(line), box.width, box.height))
    boxes = [name.box for i in (number - 1, number) for name in plan.bias_names[i]]
    boxes += [Box(p, 2 * plan.net.bias_radius, 2 * plan.net.bias_radius) for p in plan.bias[number - 1 : number] if p]
    # Names keep away from the tips as they do from circles.
    limits = ((number - 1) * plan.step + plan.net.radius, number * plan.step - plan.net.radius - TIP_LENGTH)
    return place(edges, limits, others, boxes, columns=plan.net.name_columns)
