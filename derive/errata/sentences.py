"""Numbers that sentences give for quantities, without a formula."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from derive.errata.findings import Level
from derive.errata.judging import Judge
from derive.errata.judging.quoted import Quote
from derive.errata.numbers import Printed
from derive.errata.reading import Placed
from derive.errata.world import TOTAL, LayeredWorld, World
from derive.expression import Expr, Var
from derive.read.document import Document, Piece
from derive.read.prose import Numeral, Said, statements


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
