"""A network as plain text, for terminals: a drawing whose lines are Braille dots, and tables of what it shows."""

from __future__ import annotations

import textwrap
from itertools import pairwise

from rich.cells import cell_len, chop_cells

from derive.render.figure.diagram import Column, Diagram, Quantity
from derive.render.figure.label import printable, spoken
from derive.render.figure.words import ENGLISH, Phrases, stated, title

_MAX_DRAWN_COLUMNS = 8
_MAX_LISTED_LAYERS = 12
_MAX_GAP = 18
_MIN_GAP = 5
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a Braille character (U+2800), by row and column (The Unicode Standard, block Braille)."""


def terminal(diagram: Diagram, *, width: int = 80, words: Phrases = ENGLISH) -> str:
    """Return `diagram` as lines of at most `width` characters (at least 60; more if a name asks for it), uncoloured.

    A drawing; then for a small network its weights and biases with their values, else how many there are in each layer.
    """
    width = max(60, width)
    parts = [_wrapped(title(diagram, words), width), _drawing(diagram, width)]
    if any(c.weights for c in diagram.columns):
        layers = enumerate(pairwise(diagram.columns), 1)
        parts += [_layer(number, before, column, width, words) for number, (before, column) in layers]
    else:
        parts.append(_summary(diagram, words))
    return "\n\n".join(part for part in parts if part) + "\n"


def _wrapped(text: str, width: int) -> str:
    spaced = cell_len(text) == len(text)
    return "\n".join(textwrap.wrap(text, width) if spaced else chop_cells(text, width))


# ── The drawing ──────────────────────────────────────────────────────────────────────────────────────────────────


def _drawing(diagram: Diagram, width: int) -> str:
    columns = diagram.columns
    labels = [[_label(n) for n in c.neurons] for c in columns]
    widths = [
        max(cell_len(text) for text in [*names, _caption(column)])
        for names, column in zip(labels, columns, strict=True)
    ]
    gaps = len(columns) - 1
    gap = min(_MAX_GAP, (width - 2 - sum(widths)) // max(1, gaps))
    if gap < _MIN_GAP or len(columns) > _MAX_DRAWN_COLUMNS:
        return ""
    rows = max(map(len, labels))
    pitch = 4 if rows <= 3 else 3 if rows <= 5 else 2
    height = pitch * (rows - 1) + 1
    canvas = [[0] * (2 + sum(widths) + gap * gaps) for _ in range(height)]
    starts = [2 + sum(widths[:i]) + gap * i for i in range(len(columns))]
    places = [[(height - 1 - pitch * (len(names) - 1)) / 2 + pitch * i for i in range(len(names))] for names in labels]
    for i in range(gaps):
        for k, source in enumerate(columns[i].neurons):
            for j, target in enumerate(columns[i + 1].neurons):
                if source and target:
                    left = starts[i] + (widths[i] + cell_len(labels[i][k])) // 2 + 1
                    right = starts[i + 1] + (widths[i + 1] - cell_len(labels[i + 1][j])) // 2 - 2
                    _stroke(canvas, (left, round(places[i][k])), (right, round(places[i + 1][j])))
    lines = ["".join(chr(0x2800 + dots) if dots else " " for dots in line) for line in canvas]
    for start, room, names, place in zip(starts, widths, labels, places, strict=True):
        for name, row in zip(names, place, strict=True):
            lines[round(row)] = _put(lines[round(row)], start + (room - cell_len(name)) // 2, name)
    captions = ""
    for start, room, column in zip(starts, widths, columns, strict=True):
        captions = _put(captions, start + (room - cell_len(_caption(column))) // 2, _caption(column))
    return "\n".join(line.rstrip() for line in [*lines, "", captions]).rstrip()


def _stroke(canvas: list[list[int]], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Draw a line from the middle of one character to that of another; a character is 2 by 4 dots."""
    (x0, y0), (x1, y1) = (2 * start[0], 4 * start[1] + 1), (2 * end[0] + 1, 4 * end[1] + 1)
    steps = max(abs(x1 - x0), abs(y1 - y0))
    for i in range(steps + 1):
        x, y = x0 + (x1 - x0) * i // steps, y0 + ((y1 - y0) * i * 2 + steps) // (2 * steps)
        canvas[y // 4][x // 2] |= _DOTS[y % 4][x % 2]


def _label(neuron: Quantity | None) -> str:
    return f"({spoken(neuron.label)})" if neuron else "⋮"


def _caption(column: Column) -> str:
    size = f"{column.size:,}" if column.elided else ""
    return " ".join(filter(None, [size, printable(column.caption)]))


def _put(line: str, at: int, text: str) -> str:
    """Return `line` with `text` over what stands at column `at`."""
    # Where characters are two columns wide, the line is shorter than it looks, and only ends of lines have them.
    before = line + " " * max(0, at - cell_len(line))
    kept = before[: len(before) - max(0, cell_len(before) - at)] if cell_len(before) > at else before
    return kept + text + line[len(kept) + cell_len(text) :]


# ── The tables ───────────────────────────────────────────────────────────────────────────────────────────────────


def _layer(number: int, before: Column, column: Column, width: int, words: Phrases) -> str:
    """Return the weights into a layer, one row a neuron, in as many blocks of columns as `width` asks for."""
    heads = [_label(n) for n in before.neurons] + ([words.bias_column] if column.biases else [])
    rows = []
    for j, (neuron, weights) in enumerate(zip(column.neurons, column.weights, strict=True)):
        bias = [column.biases[0 if column.bias == "shared" else j]] if column.biases else []
        rows.append([_label(neuron), *(stated(w) for w in [*weights, *bias])])
    rooms = [max(map(cell_len, cells)) for cells in zip(*([["", *heads], *rows]), strict=True)]
    caption = words.caption.format(caption=printable(column.caption)) if column.caption else ""
    lines = [words.layer_heading.format(number=number) + caption]
    first = 1
    while first < len(rooms):
        last = first + 1
        while last < len(rooms) and 2 + rooms[0] + sum(3 + r for r in rooms[first : last + 1]) <= width:
            last += 1
        for row in [["", *heads], *rows]:
            cells = [row[0], *row[first:last]]
            lines.append("  " + "   ".join(map(_padded, cells, [rooms[0], *rooms[first:last]])).rstrip())
        first = last
    return "\n".join(lines)


def _summary(diagram: Diagram, words: Phrases) -> str:
    columns = diagram.columns
    table = [words.columns.split("|"), [words.first_column, f"{columns[0].size:,}", "", "", ""]]
    parameters = 0
    for number, (before, column) in enumerate(pairwise(columns), 1):
        weights = before.size * column.size
        biases = {"none": 0, "shared": 1, "per neuron": column.size}[column.bias]
        parameters += weights + biases
        if len(columns) - 1 > _MAX_LISTED_LAYERS and 8 < number < len(columns) - 3:
            if number == 9:
                table.append(["⋮"] * 5)
            continue
        table.append([f"{number}", f"{column.size:,}", printable(column.caption), f"{weights:,}", f"{biases:,}"])
    rooms = [max(map(cell_len, cells)) for cells in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = (_padded(cell, room, right=side == "r") for cell, room, side in zip(row, rooms, "lrlrr", strict=True))
        lines.append("  " + "   ".join(cells).rstrip())
    return "\n".join([*lines, "", "  " + words.parameters.format(count=f"{parameters:,}")])


def _padded(text: str, room: int, *, right: bool = False) -> str:
    space = " " * (room - cell_len(text))
    return space + text if right else text + space
