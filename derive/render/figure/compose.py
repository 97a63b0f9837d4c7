"""From a plan to the figure: circles, lines, names and captions at their places."""

from __future__ import annotations

from derive.render.figure.diagram import Diagram
from derive.render.figure.drawing import Circle, CircleKind, Figure, Line, Text
from derive.render.figure.geometry import Point, between
from derive.render.figure.lettering import NAME_SIZE, NEURON_SIZE, in_circle, moved, named, plain
from derive.render.figure.plan import BIAS_ARROW, Plan, connections, own_biases
from derive.render.figure.words import Phrases, describe, title

_MARGIN = 0.08
_DOT_STEP = 0.19
_MAX_TIPPED = 3
"""Tips of arrows are drawn where weights are named, or where few lines meet in a neuron."""


def compose(diagram: Diagram, plan: Plan, words: Phrases) -> Figure:
    """Return the figure that follows `plan`, with its lower left corner at (0, 0)."""
    circles, lines, dots = _circles(plan), _lines(plan), _dots(plan)
    texts = [name for names in plan.bias_names for name in names]
    texts += _captions(plan, circles, texts)

    points = [(c.centre[0] + i * c.radius, c.centre[1] + i * c.radius) for c in circles for i in (-1, 1)]
    points += [p for t in texts for p in t.box.corners]
    left, low = (min(p[axis] for p in points) - _MARGIN for axis in (0, 1))
    right, high = (max(p[axis] for p in points) + _MARGIN for axis in (0, 1))

    def to(p: Point) -> Point:
        return p[0] - left, p[1] - low

    def text_to(t: Text) -> Text:
        return moved(t, to(t.box.centre))

    return Figure(
        width=right - left,
        height=high - low,
        circles=tuple(Circle(to(c.centre), c.radius, c.kind, text_to(c.text)) for c in circles),
        lines=tuple(Line(to(x.start), to(x.end), x.kind, x.tipped, x.text and text_to(x.text)) for x in lines),
        texts=tuple(map(text_to, texts)),
        dots=tuple(map(to, dots)),
        dense=_is_dense(plan),
        title=title(diagram, words),
        description=describe(diagram, words, values=plan.net.values),
    )


def _is_dense(plan: Plan) -> bool:
    return not plan.net.name_columns and plan.net.rows > _MAX_TIPPED


def _circles(plan: Plan) -> list[Circle]:
    net, circles = plan.net, []
    for number, column in enumerate(net.columns):
        kind: CircleKind = "input" if number == 0 else "output" if number == len(net.columns) - 1 else "hidden"
        for centre, neuron in zip(plan.centres[number], column.neurons if column else (), strict=True):
            if neuron:
                circles.append(Circle(centre, net.radius, kind, in_circle(neuron, centre, NEURON_SIZE, net.radius)))
        bias, following = plan.bias[number], net.columns[number + 1 : number + 2]
        if bias and following and following[0]:
            text = in_circle(following[0].biases[0], bias, NAME_SIZE, net.bias_radius)
            circles.append(Circle(bias, net.bias_radius, "bias", text))
    return circles


def _lines(plan: Plan) -> list[Line]:
    net, lines = plan.net, []
    tipped = not _is_dense(plan)
    for number, column in enumerate(net.columns):
        if column is None:
            continue
        boxes = iter(plan.names[number])
        for k, j, (a, b) in connections(plan, number) if number else ():
            text = None
            if plan.names[number] and k is not None:
                name = named(column.weights[j][k], NAME_SIZE, value=net.values)
                text = moved(name, next(boxes).centre)
            whole = Line(a, b, "weight")
            (ux, uy), radius = whole.direction, net.bias_radius if k is None else net.radius
            start = (a[0] + radius * ux, a[1] + radius * uy)
            end = (b[0] - net.radius * ux, b[1] - net.radius * uy)
            lines.append(Line(start, end, "bias" if k is None else "weight", tipped, text))
        for (x, y), _ in zip(plan.centres[number], own_biases(net, column), strict=False):
            top = y + net.radius
            lines.append(Line((x, top + BIAS_ARROW), (x, top), "arrow", tipped=True))
    return lines


def _dots(plan: Plan) -> list[Point]:
    dots = []
    for number, column in enumerate(plan.net.columns):
        if column is None:
            dots += [(number * plan.step + i * _DOT_STEP, 0.0) for i in (-1, 0, 1)]
            continue
        stack = plan.centres[number]
        for row, neuron in enumerate(column.neurons):
            if neuron is None:
                x, y = between(stack[row - 1], stack[row + 1], 0.5)
                dots += [(x, y + i * _DOT_STEP) for i in (1, 0, -1)]
    return dots


def _captions(plan: Plan, circles: list[Circle], names: list[Text]) -> list[Text]:
    """Return what stands below each column, and above it its size where neurons are left out."""
    columns = plan.net.columns
    bottom = min(c.centre[1] - c.radius for c in circles) - 0.52
    top = max([c.centre[1] + c.radius for c in circles] + [t.box.high[1] for t in names]) + 0.24
    elided = any(c and c.elided for c in columns)
    texts = []
    for number, column in enumerate(columns):
        x = number * plan.step
        if column and column.caption:
            texts.append(plain(column.caption, NAME_SIZE, x, bottom))
        if column and elided:
            texts.append(plain(f"{column.size:,}", NAME_SIZE, x, top))
    return texts
