"""How wide a formula is when it is set, near enough to decide where a line must break.

The widths are those of Latin Modern at 10 pt, in em; the spaces are those of The TeXbook, ch. 18.
"""

from __future__ import annotations

import re

from derive.render.blocks import Mark, Math, Words

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&]|[^\\{}^_&\s]")
_ENVIRONMENT = re.compile(r"\\begin\{(pmatrix|cases)\}(.*?)\\end\{\1\}", re.DOTALL)
_LETTERS = {
    **dict.fromkeys("fijl1", 0.36), **dict.fromkeys("tr", 0.4), **dict.fromkeys("mwEWM", 0.74), "N": 0.8,
    **dict.fromkeys(".,'", 0.278), **dict.fromkeys("()", 0.389), **dict.fromkeys("[]", 0.278), "/": 0.5,
    **dict.fromkeys("0123456789", 0.5),
}  # fmt: skip
_SPACES = {"\\quad": 1.0, "\\qquad": 2.0, "\\,": 0.167}
_BINARY = {"+": 0.778, "-": 0.778, "\\cdot": 0.278, "\\times": 0.778, "\\odot": 0.778}
_RELATIONS = {"=": 0.778, "<": 0.778, ">": 0.778, "\\approx": 0.778, "\\le": 0.778}
_WORDS = {
    "\\ln": 1.0, "\\tanh": 2.17, "\\cdots": 1.5, "\\vdots": 0.28, "\\sum": 1.45, "\\biggl": 0.35, "\\biggr": 0.35,
    "\\bigl": 0.07, "\\bigr": 0.07, "\\exp": 1.5,
    "\\left": 0.2, "\\right": 0.2,
}  # fmt: skip
_NOTHING = {f"\\{name}" for name in ("mathrm", "mathsf", "boldsymbol", "text")}
LINE = 44.0
"""What fits between the margins of a printed page, without the relation."""
_BOLD = 1.17
_SCRIPT = 0.75


def width(latex: str) -> float:
    """Return the width of a displayed formula in em."""
    made = 0.0
    for number, part in enumerate(_ENVIRONMENT.split(latex)):
        if number % 3 == 0:
            made += _Row(_TOKEN.findall(part)).width()
        elif number % 3 == 2:
            rows = [[_Row(_TOKEN.findall(cell)).width() for cell in row.split("&")] for row in part.split("\\\\")]
            columns = len(max(rows, key=len))
            made += sum(max(row[i] for row in rows if i < len(row)) for i in range(columns)) + columns - 1 + 1.8
    return made


def words_width(words: Words) -> float:
    """Return the width of a note, in em of the text; notes are set in small letters."""
    return 0.8 * sum(width(w.latex) if isinstance(w, Math) else 0.46 * len(w) for w in words if not isinstance(w, Mark))


class _Row:
    """One line of marks, measured from left to right."""

    def __init__(self, marks: list[str]) -> None:
        self.marks = marks
        self.at = 0

    def width(self, scale: float = 1.0) -> float:
        """Measure up to the end of the group. Only at full size is there space around operators."""
        total, operand = 0.0, False  # whether an operator here would have something on its left
        while self.at < len(self.marks) and self.marks[self.at] != "}":
            mark = self.marks[self.at]
            if mark in _RELATIONS:
                self.at += 1
                total += _RELATIONS[mark] * scale + (0.556 if scale == 1.0 else 0.0)
                operand = False
            elif mark in _BINARY:
                self.at += 1
                total += _BINARY[mark] * scale + (0.444 if scale == 1.0 and operand else 0.0)
                operand = False
            else:
                total += self._one(scale)
                operand = mark not in ("(", "[", "\\left", "\\biggl", "\\bigl")
        return total

    def _one(self, scale: float) -> float:
        mark = self.marks[self.at]
        self.at += 1
        if mark == "{":
            size = self.width(scale)
            self.at += 1
            return size
        if mark in ("^", "_"):
            return self._scripts(scale)
        if mark == "\\frac":
            return max(self._one(scale), self._one(scale)) + 0.24 * scale
        if mark == "\\underset":
            return max(self._one(scale * _SCRIPT), self._one(scale))
        if mark == "\\mathbf":
            return self._one(scale) * _BOLD
        if mark in _SPACES:
            return _SPACES[mark] * scale
        if mark in _NOTHING or mark == "&":
            return 0.0
        return _WORDS.get(mark, _LETTERS.get(mark, 0.53 if len(mark) == 1 else 0.52)) * scale

    def _scripts(self, scale: float) -> float:
        """Measure a subscript and a superscript, which stand one over the other."""
        sizes = []
        self.at -= 1
        while self.at < len(self.marks) and self.marks[self.at] in ("^", "_"):
            self.at += 1
            sizes.append(self._one(scale * _SCRIPT) if self.at < len(self.marks) else 0.0)
        return max(sizes) + 0.05
