"""A figure as a `tikzpicture`. It needs the packages tikz and amsmath, and no TikZ library."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from derive.notation import Label
from derive.render.figure.drawing import DOT_RADIUS, Circle, Figure, Line, Text
from derive.render.figure.geometry import Point
from derive.render.figure.label import CM_PER_PT, printable

_STYLES = r"""
  net input/.style={draw=black!60, fill=black!4},
  net hidden/.style={draw=blue!50!black!75, fill=blue!9},
  net output/.style={draw=orange!55!black!90, fill=orange!24},
  net bias/.style={draw=black!50},
  net weight line/.style={draw=black!55}, net weight tip/.style={fill=black!55},
  net bias line/.style={draw=black!45, dash pattern=on 2.4pt off 1.6pt}, net bias tip/.style={fill=black!45},
  net arrow line/.style={draw=black!45}, net arrow tip/.style={fill=black!45},
  net dense line/.style={draw=black!40, line width=0.35pt},
  net axis line/.style={draw=black!75}, net grid line/.style={draw=black!14},
  net curve line/.style={draw=blue!50!black!85, line width=0.9pt, line cap=round},
  net name/.style={anchor=base, inner sep=0pt, outer sep=0pt}"""

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''",
    "−": "$-$", "≈": r"$\approx$", "×": r"$\times$", "…": r"\ldots{}", "·": r"$\cdot$", "\ufffd": "?",
}  # fmt: skip


def tikz(figure: Figure, *, width: float = 16.0) -> str:
    """Return the figure as a `tikzpicture` environment, its description as a comment before it.

    width: how many cm there are for it; a wider figure is made smaller, letters and all.
    """
    scale = f" scale={_number(width / figure.width)}, transform shape," if figure.width > width else ""
    return "\n".join([
        *(f"% {line}" for line in _wrapped(f"{figure.title}. {figure.description}")),
        rf"\begin{{tikzpicture}}[x=1cm, y=1cm, line width=0.5pt,{scale}{_STYLES}]",
        rf"\useasboundingbox (0,0) rectangle {_point((figure.width, figure.height))};",
        *(command for line in figure.lines for command in _line(line, figure.dense)),
        *(command for circle in figure.circles for command in _circle(circle)),
        *(rf"\fill[black!65] {_point(dot)} circle[radius={DOT_RADIUS}];" for dot in figure.dots),
        *map(_node, figure.texts),
        r"\end{tikzpicture}",
    ]) + "\n"  # fmt: skip


def escape(text: str) -> str:
    """Return plain text as LaTeX text that prints it and does nothing else; other scripts than Latin by number."""
    return "".join(_SPECIAL.get(c) or (c if _has(c) else f"[U+{ord(c):04X}]") for c in printable(text))


def _has(char: str) -> bool:
    # Latin letters, of which every text font of LaTeX has the accents.
    return char.isascii() or "\u00a1" <= char <= "\u017f"


def math(label: Label) -> str:
    """Return a label as LaTeX maths, as the formulas have it; any that no notation makes is set as plain text."""
    parts = (label.base, label.sub, label.sup)
    if re.fullmatch(r"[A-Za-z0-9,()\[\]+]*", "".join(parts)) and label.base:
        return label.latex
    base, sub, sup = (rf"\text{{{escape(part)}}}" for part in parts)
    return base + (f"_{{{sub}}}" if label.sub else "") + (f"^{{{sup}}}" if label.sup else "")


def _line(line: Line, dense: bool) -> Iterable[str]:
    style = "dense line" if dense and line.kind == "weight" else f"{line.kind} line"
    for a, b in line.strokes:
        yield rf"\draw[net {style}] {_point(a)} -- {_point(b)};"
    if line.tip:
        yield rf"\fill[net {line.kind} tip] {' -- '.join(map(_point, line.tip))} -- cycle;"
    if line.text:
        yield _node(line.text)


def _circle(circle: Circle) -> Iterable[str]:
    yield rf"\draw[net {circle.kind}] {_point(circle.centre)} circle[radius={_number(circle.radius)}];"
    yield _node(circle.text)


def _node(text: Text) -> str:
    body = f"${math(text.label)}{_relation(text.text)}$" if text.label else escape(text.text)
    points = text.size / CM_PER_PT
    font = rf"\fontsize{{{_number(points)}}}{{{_number(1.2 * points)}}}\selectfont"
    return rf"\node[net name] at {_point(text.baseline)} {{{font} {body}}};"


def _relation(text: str) -> str:
    """Return " = −0.40" or " ≈ 1.2e−30" as maths."""
    text = re.sub(r"e([+−]?)(\d+)$", r"\\cdot 10^{\1\2}", text).replace("^{+", "^{")
    return text.replace("−", "-").replace("≈", r"\approx").strip() if _is_number(text) else rf"\text{{{escape(text)}}}"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"( [=≈] [0-9.−+]+(\\cdot 10\^\{−?\d+\})?)?", text) is not None


def _number(x: float) -> str:
    text = f"{x:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _point(p: Point) -> str:
    return f"({_number(p[0])},{_number(p[1])})"


def _wrapped(text: str, width: int = 110) -> list[str]:
    return textwrap.wrap(printable(text), width)
