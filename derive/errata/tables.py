"""Numbers that tables give for quantities: a name in one cell, numbers in others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from msgspec.structs import replace

from derive.errata.findings import Level
from derive.errata.judging import Judge
from derive.errata.judging.quoted import Quote
from derive.errata.meaning import Unclear
from derive.errata.numbers import Printed, printed
from derive.errata.world import TOTAL
from derive.expression import Diff, Expr, Var
from derive.read.document import Document, Piece
from derive.read.written import read
from derive.read.written.tree import Derivative, Name, Node, Power, numeric

LONGEST = 60  # characters of a name or a number in a cell
_NOISE = re.compile(r"\\phantom\{[^{}]*\}|\\approx|≈")
_COLUMNS = {
    "derivative": re.compile(r"(?i)deriv|gradient|∂|partial|导数|梯度|偏导|dE/d|\bgrad\b"),
    "after": re.compile(r"(?i)\bafter\b|\bnew\b|updated?|更新后|新值|更新(?!前)|nouveau|nuevo|neu\b|之后|w\^?\{?\+"),
    "before": re.compile(r"(?i)before|\bold\b|value|given|initial|初始|旧|原值|取值|值|之前|current"),
}  # fmt: skip


class Tables:
    """Judges the rows of tables: a name in one cell, numbers in others."""

    def __init__(self, judge: Judge, document: Document) -> None:
        self.judge, self.document = judge, document
        self._header: list[str] = []

    def row(self, place: int) -> None:
        """Judge a row, by its number among the pieces; one without a number says what stands below it."""
        piece = self.document.pieces[place]
        cells = _cells(piece)
        values = [
            (at, offset, number) for at, (cell, offset) in enumerate(cells) if (number := _number(cell)) is not None
        ]
        if not values:
            self._header = [_kind(cell) for cell, _ in cells]
            return
        quantity = next((name for cell, _ in cells if (name := self._name(cell)) is not None), None)
        for at, offset, number in values if quantity is not None else ():
            kind = self._header[at] if at < len(self._header) else ""
            about = _about(kind or ("before" if len(values) == 1 else ""), quantity)
            if about is not None:
                part = piece.extract.span(offset + number.start, offset + number.end)
                whole = piece.extract.span(0, len(piece.extract))
                self.judge.quoted.judge(Quote(place, whole, part, Level.VALUE, about, number))

    def _name(self, cell: str) -> Expr | None:
        """Return the quantity that a cell names; None where it is no name."""
        node = _only(cell)
        if not isinstance(node, Name | Power | Derivative):
            return None
        try:
            value = self.judge.meaning.of(node)
        except (Unclear, RecursionError):
            return None
        return value if isinstance(value, Var | Diff) else None


def _about(kind: str, quantity: Expr | None) -> Expr | None:
    """Return what a number is for in a column of some kind, in the row of a quantity; None where that is not known."""
    if kind == "before":
        return quantity
    if isinstance(quantity, Var) and quantity.kind in ("w", "b"):
        if kind == "derivative":
            return Diff(TOTAL, quantity)
        if kind == "after":
            return Var(quantity.kind + "+", quantity.layer, quantity.index)
    return None


def _kind(cell: str) -> str:
    """Return what the numbers below a heading are; "" where it says nothing of it."""
    return next((kind for kind, pattern in _COLUMNS.items() if pattern.search(cell)), "")


def _cells(piece: Piece) -> list[tuple[str, int]]:
    """Return the cells of a row with where each begins."""
    found, at = [], 0
    for cell in piece.text.split("\t"):
        found.append((cell, at))
        at += len(cell) + 1
    return found


def _stripped(cell: str) -> tuple[str, int]:
    """Return a cell without its dollars and spaces, and how much was taken off its beginning."""
    start, end = 0, len(cell)
    while start < end and cell[start] in " $*`":
        start += 1
    while end > start and cell[end - 1] in " $*`":
        end -= 1
    return cell[start:end], start


def _only(cell: str) -> Node | None:
    """Return what a cell is, if it is one formula without a relation, and short."""
    text, _ = _stripped(cell)
    if not text or len(text) > LONGEST or text.count("$") > 0:
        return None
    plain = "$" not in cell
    if plain and " " in text:
        return None
    formula = read(text, plain=plain)
    if len(formula.statements) != 1 or formula.doubts or formula.statements[0].relations:
        return None
    return formula.statements[0].sides[0]


def _number(cell: str) -> Printed | None:
    """Return the number that a cell is, with places in the cell."""
    text, start = _stripped(cell)
    blank = _NOISE.sub(lambda found: " " * len(found[0]), text)
    written = blank.strip("$ ")
    if not written or len(written) > LONGEST:
        return None
    offset = start + blank.index(written)
    formula = read(written, plain="\\" not in written)
    if len(formula.statements) != 1 or formula.doubts or formula.statements[0].relations:
        return None
    node = formula.statements[0].sides[0]
    if node is None or not numeric(node) or (number := printed(node)) is None:
        return None
    return replace(number, start=offset + number.start, end=offset + number.end)


def given_in_rows(document: Document) -> Iterator[tuple[Name, Decimal]]:
    """Yield the values that tables give for names: rows of one name and one number."""
    for piece in document.pieces:
        if piece.kind != "row":
            continue
        cells = [cell for cell, _ in _cells(piece)]
        named = [node for cell in cells if isinstance(node := _only(cell), Name)]
        values = [shown_number for cell in cells if (shown_number := _number(cell)) is not None]
        if named and len(values) == 1:
            yield named[0], Decimal(values[0].text)
