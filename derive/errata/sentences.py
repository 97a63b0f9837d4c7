"""Numbers that sentences and tables give for quantities, without a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from derive.errata.findings import Level
from derive.errata.judging import Judge
from derive.errata.judging.quoted import Quote
from derive.errata.numbers import Printed, printed
from derive.errata.reading import Placed
from derive.errata.world import TOTAL, LayeredWorld, ModelWorld, World
from derive.expression import Diff, Expr, Var
from derive.read.document import Document, Piece
from derive.read.prose import Numeral, Said, statements
from derive.read.written import read
from derive.read.written.tree import Derivative, Name, Node, Power, numeric


def number(numeral: Numeral) -> Printed | None:
    """Return a number of the prose as a printed one."""
    try:
        value = Fraction(Decimal(numeral.text))
        exponent = int(Decimal(numeral.text).as_tuple().exponent)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    half = Fraction(0) if exponent >= 0 else Fraction(10) ** exponent / 2
    return Printed(numeral.text, value, half, numeral.start, numeral.end, numeral.text.startswith("-"))


class Sentences:
    """Judges what is said in prose, once all formulas have been gone through."""

    def __init__(self, judge: Judge, document: Document, placed: Sequence[Placed]) -> None:
        self.judge, self.document = judge, document
        self.world: World = judge.world
        self._taken = _taken(placed)

    def piece(self, place: int) -> None:
        """Judge the sentences of a paragraph, by its number."""
        piece = self.document.pieces[place]
        for said in statements(piece.text):
            self._said(place, piece, said)

    def _said(self, place: int, piece: Piece, said: Said) -> None:
        quantities = self._quantities(said)
        if quantities is None or len(quantities) != len(said.values):
            return
        whole = piece.extract.span(said.start, said.end)
        for quantity, numeral in zip(quantities, said.values, strict=True):
            shown_number = number(numeral)
            part = piece.extract.span(numeral.start, numeral.end)
            if shown_number is None or any(start <= part[0] < end for start, end in self._taken):
                continue
            steps = said.steps
            given = said.what in ("inputs", "targets", "rate")
            level = Level.GIVEN if given else Level.VALUE if steps is None else Level.TRAINING
            quote = Quote(place, whole, part, level, quantity, shown_number, None if given else steps)
            self.judge.quoted.judge(quote)

    def _quantities(self, said: Said) -> list[Expr] | None:
        """Return what numbers are said to be the values of; None where that is not certain."""
        world = self.world
        count = len(said.values)
        if said.what == "loss":
            return [TOTAL] if count == 1 and world.network else None
        if said.what == "rate":
            return [Var("eta")] if count == 1 and world.network else None
        if said.what == "derivative":
            return None
        if not isinstance(world, LayeredWorld) or world.spec.samples > 1:
            return None
        sizes, last = world.spec.sizes, len(world.spec.layers)
        if said.what == "outputs" and count == sizes[-1]:
            return [Var("out", last, (j,)) for j in range(1, count + 1)]
        if said.what == "inputs" and count == sizes[0]:
            return [Var("x", 0, (k,)) for k in range(1, count + 1)]
        if said.what == "targets" and count == sizes[-1]:
            return [Var("t", last, (j,)) for j in range(1, count + 1)]
        return None


def _taken(placed: Sequence[Placed]) -> list[tuple[int, int]]:
    """Return where equations stand: their numbers are judged as such, and not once more."""
    found = []
    for each in placed:
        for statement in each.formula.statements:
            if statement.relations:
                found.append(each.span(statement.start, statement.end))
    return found


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────────────────────

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
        self._last = -2

    def row(self, place: int) -> None:
        """Judge a row, by its number among the pieces."""
        piece = self.document.pieces[place]
        cells = _cells(piece)
        rows_before = self._last
        self._last = place
        named = [self._name(cell) for cell, _ in cells]
        values = [_number(cell) for cell, _ in cells]
        if not any(values):
            if all(other is None for other in named) or rows_before < 0:
                self._header = [_kind(cell) for cell, _ in cells]
            else:
                self._header = [_kind(cell) for cell, _ in cells]
            return
        first = next((at for at, name in enumerate(named) if name is not None), None)
        if first is None:
            return
        quantity = named[first]
        assert quantity is not None
        filled = [at for at, value in enumerate(values) if value is not None]
        for at in filled:
            kind = self._header[at] if at < len(self._header) else ""
            if not kind and len(filled) == 1:
                kind = "before"
            about = _about(kind, quantity)
            shown_number = values[at]
            if about is None or shown_number is None:
                continue
            offset = cells[at][1]
            part = piece.extract.span(offset + shown_number.start, offset + shown_number.end)
            whole = piece.extract.span(0, len(piece.extract))
            self.judge.quoted.judge(Quote(place, whole, part, Level.VALUE, about, shown_number))

    def _name(self, cell: str) -> Expr | None:
        """Return the quantity that a cell names; None where it is no name."""
        node = _only(cell)
        if not isinstance(node, Name | Power | Derivative):
            return None
        try:
            value = self.judge.meaning.of(node)
        except Exception:
            return None
        return value if isinstance(value, Var | Diff) else None


def _about(kind: str, quantity: Expr) -> Expr | None:
    if kind == "before":
        return quantity
    if isinstance(quantity, Var) and quantity.kind in ("w", "b"):
        if kind == "derivative":
            return Diff(TOTAL, quantity)
        if kind == "after":
            return Var(quantity.kind + "+", quantity.layer, quantity.index)
    return None


def _kind(cell: str) -> str:
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
    if not text or len(text) > 60 or text.count("$") > 0:
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
    text_ = re.sub(r"\\phantom\{[^{}]*\}|\\approx|≈", lambda found: " " * len(found[0]), text)
    node_text = text_.strip("$ ")
    if not node_text or len(node_text) > 60:
        return None
    offset = start + text_.index(node_text)
    formula = read(node_text, plain="\\" not in node_text)
    if len(formula.statements) != 1 or formula.doubts or formula.statements[0].relations:
        return None
    node = formula.statements[0].sides[0]
    if node is None or not numeric(node) or (shown_number := printed(node)) is None:
        return None
    return Printed(
        shown_number.text, shown_number.value, shown_number.half, offset + shown_number.start,
        offset + shown_number.end, shown_number.negative,
    )  # fmt: skip


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


def rate_of(world: World) -> Var | None:
    return Var("eta") if isinstance(world, LayeredWorld | ModelWorld) else None
