"""How far apart the neurons in the figure of a network stand: the smallest figure in which every name has room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, product

from derive.render.figure.compose import compose
from derive.render.figure.diagram import Column, Diagram
from derive.render.figure.drawing import Figure
from derive.render.figure.lettering import NAME_SIZE, NEURON_SIZE, named, plain, reach
from derive.render.figure.plan import Net, Plan, own_biases, plan
from derive.render.figure.words import ENGLISH, Phrases

MIN_RADIUS, MAX_RADIUS = 0.38, 0.8
MIN_BIAS_RADIUS = 0.28
MAX_WIDTH, MAX_HEIGHT = 15.0, 11.5
"""From the first circle's centre to the last one's, where weights are named: about the text of an A4 page."""
MAX_COLUMNS = 8
"""Of deeper networks, the first four and the last three columns are drawn."""
_STEP_WEIGHT = 0.6
"""What a cm across counts against a cm down."""


def layout(diagram: Diagram, *, values: bool = False, words: Phrases = ENGLISH) -> Figure:
    """Return the figure of `diagram`: nothing in it touches a name (see `collisions`).

    values: whether to write w₅ = 0.40 instead of w₅, where there is a value.
    words: of its title and its description.

    It shows as much as there is room for: values, else names alone, else lines alone. The description has all names.
    """
    columns: tuple[Column | None, ...] = diagram.columns
    if len(columns) > MAX_COLUMNS:
        columns = (*columns[:4], None, *columns[-3:])
    drawn = [c for c in columns if c]
    radius = max(MIN_RADIUS, *(reach(n.label) * NEURON_SIZE + 0.09 for c in drawn for n in c.neurons if n))
    shared = [reach(c.biases[0].label) * NAME_SIZE + 0.07 for c in drawn if c.bias == "shared" and c.biases]
    bias_radius = max(MIN_BIAS_RADIUS, *shared, 0.0)
    sizes = min(radius, MAX_RADIUS), min(bias_radius, MAX_RADIUS)
    if any(c.weights for c in drawn):
        for with_values, name_columns in product((True, False) if values else (False,), (1, 2)):
            net = Net(columns, *sizes, values=with_values, name_columns=name_columns, bias_names=True)
            if best := _best(net, _tight(net)):
                return compose(diagram, best, words)
    for bias_names in (True, False):
        net = Net(columns, *sizes, values=False, name_columns=0, bias_names=bias_names)
        # Without names, every net has room once its columns are far enough apart.
        if best := _best(net, _loose(net)):
            return compose(diagram, best, words)
    raise AssertionError("the columns can be as far apart as they need to be")


def _best(net: Net, spacings: Iterable[tuple[float, float]]) -> Plan | None:
    return next((found for row, step in spacings if (found := plan(net, row, step))), None)


def _least_step(net: Net) -> float:
    """Return the distance of columns at which captions and the names of biases do not touch those beside them."""
    texts = [plain(c.caption, NAME_SIZE, 0.0, 0.0) for c in net.columns if c]
    texts += [named(b, NAME_SIZE, value=net.values) for c in net.columns for b in own_biases(net, c)]
    return max(text.box.width for text in texts) + 0.3


def _tight(net: Net) -> list[tuple[float, float]]:
    """Return the distances of rows and columns to try for a net whose weights are named, small figures first."""
    names = [named(w, NAME_SIZE, value=net.values).box for c in net.columns if c for row in c.weights for w in row]
    least_row = 2 * net.radius + 2 * max(box.height for box in names) + 0.2 + 1 / net.rows
    least_step = max(_least_step(net), 2 * net.radius + 1.5 * max(box.width for box in names) + 1.5)
    gaps = len(net.columns) - 1
    rows = [r for i in range(20) if (r := least_row + 0.2 * i) * (net.rows - 1) <= MAX_HEIGHT]
    steps = [s for i in range(14) if (s := least_step + 0.4 * i) * gaps <= MAX_WIDTH]
    # Pages have more room across than down.
    return sorted(product(rows, steps), key=lambda s: (net.rows * s[0] + _STEP_WEIGHT * gaps * s[1], s))


def _loose(net: Net) -> Iterator[tuple[float, float]]:
    """Yield distances to try for a net without names of weights: for ever, if no names at all set a limit."""
    arrows = any(own_biases(net, column) for column in net.columns)
    row = 2 * net.radius + (0.95 if arrows else 0.3)
    step = max(_least_step(net), min(2.4, MAX_WIDTH / (len(net.columns) - 1)), 0.5 * (net.rows - 1) * row)
    for i in range(20) if arrows else count():
        yield row + 0.1 * i, step + 0.3 * i
