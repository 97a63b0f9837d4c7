"""How wide a formula is when it is set, near enough to decide where a line must break."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|[^\\{}^_\s]")
_WIDE = {"\\quad": 1.0, "\\approx": 1.3, "\\cdot": 0.8, "\\times": 1.3, "\\odot": 1.3, "\\cdots": 1.2, "\\sum": 1.2}
_NOTHING = {f"\\{name}" for name in ("mathrm", "mathbf", "boldsymbol", "mathsf", "left", "right", "text", ",")} | {
    "\\Bigl", "\\Bigr",
}  # fmt: skip


def width(latex: str) -> float:
    """Return the width of a LaTeX formula in em, estimated from its characters. Matrices count row by row."""
    if "\\begin{pmatrix}" in latex:
        before, _, rest = latex.partition("\\begin{pmatrix}")
        inside, _, after = rest.partition("\\end{pmatrix}")
        rows = [sum(width(cell) + 1.0 for cell in row.split("&")) for row in inside.split("\\\\")]
        return width(before) + max(rows) + 0.6 + width(after)
    marks = _TOKEN.findall(latex)
    made, _ = _run(marks, 0, 1.0)
    return made


def _run(marks: list[str], at: int, scale: float) -> tuple[float, int]:
    total = 0.0
    while at < len(marks) and marks[at] != "}":
        size, at = _one(marks, at, scale)
        total += size
    return total, at


def _one(marks: list[str], at: int, scale: float) -> tuple[float, int]:
    mark = marks[at]
    if mark == "{":
        size, at = _run(marks, at + 1, scale)
        return size, at + 1
    if mark in ("^", "_"):
        return _one(marks, at + 1, scale * 0.7) if at + 1 < len(marks) else (0.0, at + 1)
    if mark in ("\\frac", "\\underset"):
        top, at = _one(marks, at + 1, scale * (1.0 if mark == "\\frac" else 0.7))
        bottom, at = _one(marks, at, scale)
        return max(top, bottom) + 0.25 * scale, at
    if mark in _NOTHING:
        return 0.0, at + 1
    if mark in "+-=<>":
        return 1.25 * scale, at + 1
    return _WIDE.get(mark, 0.28 if mark in ",.()[]'" else 0.53) * scale, at + 1
