"""A figure as SVG that stands in a page or alone: no scripts, no style sheet, nothing from elsewhere.

Lines and letters have the colour of the text around them, circles a tint that lets the paper through. So the figure
follows the page into dark mode and onto paper. A page may restyle it by its classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from itertools import groupby
from xml.sax.saxutils import escape

from derive.render.figure.drawing import DOT_RADIUS, Circle, Figure, Line, Text
from derive.render.figure.geometry import Point
from derive.render.figure.label import printable, runs

PX_PER_CM = 48
"""Names of neurons then come out at 17 px, the size of the text of a page."""
_FONTS = "STIX Two Text, Latin Modern Roman, Cambria, Times New Roman, Liberation Serif, serif"
_CIRCLES = {
    "input": 'stroke="currentColor" stroke-opacity=".65" fill="currentColor" fill-opacity=".05"',
    "hidden": 'stroke="#4a72b8" fill="#4a72b8" fill-opacity=".14"',
    "output": 'stroke="#c07420" fill="#d98324" fill-opacity=".26"',
    "bias": 'stroke="currentColor" stroke-opacity=".5"',
}
_LINES = {
    "weight": 'stroke-opacity=".6"',
    "bias": 'stroke-opacity=".5" stroke-dasharray="4 2.6"',
    "arrow": 'stroke-opacity=".5"',
    "dense": 'stroke-opacity=".42" stroke-width=".6"',
    "axis": 'stroke-opacity=".75"',
    "grid": 'stroke-opacity=".16"',
    "curve": 'stroke="#4a72b8" stroke-width="2" stroke-linecap="round"',
}
_TIPS = {"weight": ".6", "bias": ".5", "arrow": ".5"}


def svg(figure: Figure, *, name: str = "") -> str:
    """Return the figure as an <svg> element, as wide as it is in print and never wider than its place.

    name: start of the ids of its title and its description, which must be unique in a page; made from the figure
        itself when left out.
    """
    body = "\n".join([
        '<g class="lines" stroke="currentColor">', *_lines(figure), "</g>",
        '<g class="tips" fill="currentColor">', *_tips(figure), "</g>",
        '<g class="circles">', *(_circle(c, figure) for c in figure.circles), "</g>",
        '<g class="dots" fill="currentColor" fill-opacity=".7">',
        *(f'<circle {_centre(p, figure)} r="{_number(DOT_RADIUS)}"/>' for p in figure.dots), "</g>",
        f'<g class="names" fill="currentColor" font-family="{_FONTS}" text-anchor="middle">',
        *(_text(t, figure) for t in _texts(figure)), "</g>",
    ])  # fmt: skip
    name = name or f"net-{sha256((figure.title + figure.description + body).encode()).hexdigest()[:8]}"
    width, height = _number(figure.width), _number(figure.height)
    title, description = (escape(printable(text)) for text in (figure.title, figure.description))
    start = re.sub(r"[^\w-]", "-", name)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="derive-figure" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" style="max-width:100%;height:auto" fill="none" role="img" '
        f'aria-labelledby="{start}-title" aria-describedby="{start}-desc">\n'
        f'<title id="{start}-title">{title}</title>\n<desc id="{start}-desc">{description}</desc>\n{body}\n</svg>\n'
    )


def _lines(figure: Figure) -> Iterable[str]:
    for kind, lines in groupby(figure.lines, lambda line: line.kind):
        look = _LINES["dense" if figure.dense and kind == "weight" else kind]
        paths = ["".join(f"M{_pair(a, figure)}L{_pair(b, figure)}" for a, b in line.strokes) for line in lines]
        # One path, so that its joints are not drawn twice.
        for path in ["".join(paths)] if kind == "curve" else paths:
            yield f'<path {look} d="{path}"/>'


def _tips(figure: Figure) -> Iterable[str]:
    for line in figure.lines:
        if line.tip:
            path = "L".join(_pair(p, figure) for p in line.tip)
            yield f'<path fill-opacity="{_TIPS[line.kind]}" d="M{path}z"/>'


def _circle(circle: Circle, figure: Figure) -> str:
    place = f'{_centre(circle.centre, figure)} r="{_number(circle.radius)}"'
    return f'<circle class="{circle.kind}" {_CIRCLES[circle.kind]} {place}/>'


def _texts(figure: Figure) -> list[Text]:
    named: list[Circle | Line] = [*figure.circles, *figure.lines]
    return [x.text for x in named if x.text] + list(figure.texts)


def _text(text: Text, figure: Figure) -> str:
    x, y = text.baseline
    letters = "".join(_runs(text)) if text.label else escape(printable(text.text))
    place = f'x="{_number(x)}" y="{_number(figure.height - y)}"'
    return f'<text {place} font-size="{_number(text.size)}">{letters}</text>'


def _runs(text: Text) -> Iterable[str]:
    raised = 0.0
    pieces = [(r.text, r.italic, r.size, r.raised, r.back) for r in runs(text.label)] if text.label else []
    if text.text:
        pieces.append((printable(text.text), False, 1.0, 0.0, 0.0))
    for letters, italic, size, level, back in pieces:
        look = ' font-style="italic"' if italic else ""
        if size != 1.0:
            look += f' font-size="{_number(text.size * size)}"'
        if level != raised:
            look += f' dy="{_number((raised - level) * text.size)}"'
        if back:
            look += f' dx="{_number(-back * text.size)}"'
        raised = level
        yield f"<tspan{look}>{escape(letters)}</tspan>" if look else escape(letters)


def _number(cm: float) -> str:
    """Return a length in px."""
    text = f"{cm * PX_PER_CM:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _pair(p: Point, figure: Figure) -> str:
    return f"{_number(p[0])},{_number(figure.height - p[1])}"


def _centre(p: Point, figure: Figure) -> str:
    return f'cx="{_number(p[0])}" cy="{_number(figure.height - p[1])}"'
