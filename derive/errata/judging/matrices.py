"""Matrices of numbers, entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.errata.causes import Causes
from derive.errata.findings import Cause, Kind, Level
from derive.errata.meaning import Unclear, Value
from derive.errata.numbers import Printed, printed, significant
from derive.errata.record import (
    UNEXPLAINED,
    Anchor,
    Correction,
    Explanation,
    Record,
    Side,
    Where,
    lying,
    relative,
    shape,
)
from derive.errata.world import Table
from derive.expression import Expr, Var
from derive.read.written import tree
from derive.read.written.tree import Node, Number

Cells = Sequence[Sequence[Printed | None]]


class Matrices:
    """Judges matrices of numbers, with what the document has said so far."""

    def __init__(self, record: Record, causes: Causes) -> None:
        self.world, self.claims, self.memory = record.world, record.claims, record.memory
        self.rounding, self.causes = record.rounding, causes

    def judge(self, where: Where, side: Side, made: Table, anchor: Anchor) -> Anchor:
        """Judge a matrix of numbers. Return what it leaves to go on with."""
        right = _spread_out(anchor.value, made)
        if right is None:
            self.claims.undecided(where, side.node, "a vector or a matrix for a number", anchor)
            return anchor
        if shape(right) != shape(made):
            try:
                made = lying(made, shape(right))
            except Unclear as unclear:
                self.claims.undecided(where, side.node, unclear.why, anchor)
                return anchor
        cells = _cells(side.node, made)
        kinds: list[Kind] = []
        for i, (row, other) in enumerate(zip(made, right, strict=True)):
            for j, (e, quantity) in enumerate(zip(row, other, strict=True)):
                kind = self._entry(where, side, anchor, e, quantity, cells[i][j] if cells else None)
                if kind is None:
                    return anchor.after_number(side)
                kinds.append(kind)
        claim = self.claims.add(where, side.node, Level.VALUE, "agrees" if "agrees" in kinds else "proved", anchor)
        return anchor.after_number(side, claim.number)

    def _entry(
        self, where: Where, side: Side, anchor: Anchor, e: Expr, quantity: Expr, cell: Printed | None
    ) -> Kind | None:
        """Return the verdict on one entry; None where the matter is settled with it.

        cell: the number that stands there, where it is a single one.
        """
        trues, made = self.memory.true_values(quantity), self.world.exact(e)
        if not trues or made is None:
            whole = anchor.expr
            reason = self.world.no_value(whole) if whole is not None else "it has no value at the given point"
            self.claims.undecided(where, side.node, reason, anchor)
            return None
        for right in trues:
            if made == right:
                return "proved"
            if cell.rounds(right) if cell is not None else self._rounds(Side(side.node, True, e), made - right):
                return "agrees"
        entry = Anchor(quantity, anchor.name)
        if cell is not None:
            self._wrong_cell(where, side, anchor, entry, cell, trues[0])
        else:
            explained = self.causes.table(anchor, side) or UNEXPLAINED
            correction = Correction(significant(made), significant(trues[0]), relative(made, trues[0]))
            self.claims.wrong(where, side.node, Level.SUBSTITUTION, entry, correction, explained)
        return None

    def _rounds(self, entry: Side, gap: Fraction) -> bool:
        return abs(gap) <= self.rounding.of_inserted(entry)

    def _wrong_cell(
        self, where: Where, side: Side, anchor: Anchor, entry: Anchor, cell: Printed, right: Fraction
    ) -> None:
        """Add the claim about a number of a matrix that is wrong, or cut off. entry: what it is for."""
        node = Number(cell.start, cell.end, cell.text.lstrip("-"))
        if self._turned(side, anchor.value):
            explained = Explanation(Cause.OPERATION, "ᵀ")
        elif cell.cuts(right):
            self.claims.mild(where, node, Level.VALUE, entry, cell, right, Explanation(Cause.TRUNCATED))
            return
        else:
            explained = self.causes.number(entry, cell, right)
        self.claims.wrong_number(where, node, Level.VALUE, entry, cell, right, explained)

    def _turned(self, side: Side, whole: Value) -> bool:
        """Return whether a matrix is the right one, lying the other way."""
        made = side.value
        if not isinstance(made, tuple) or not isinstance(whole, tuple) or min(shape(whole)) < 2:
            return False
        if len(made) != len(made[0]) or (cells := _cells(side.node, made)) is None:
            return False
        for i, row in enumerate(whole):
            for j, quantity in enumerate(row):
                cell, right = cells[j][i], self.world.exact(quantity)
                if cell is None or right is None or not (cell.rounds(right) or cell.value == right):
                    return False
        return True


def _spread_out(value: Value, made: Table) -> Table | None:
    """Return what a matrix is to be equal to: one bias for all neurons may be written for each."""
    if isinstance(value, Var) and value.kind in ("b", "b+"):
        return tuple([tuple([value for _ in row]) for row in made])
    return value if isinstance(value, tuple) else None


def _cells(node: Node, made: Table) -> Cells | None:
    """Return the printed numbers of a matrix, where it is nothing but such."""
    while isinstance(node, tree.Turned):
        node = node.arg
    if not isinstance(node, tree.Grid):
        return None
    rows = [[printed(cell) for cell in row] for row in node.rows]
    if (len(rows), len(rows[0])) != shape(made):
        rows = [list(column) for column in zip(*rows, strict=True)]
    return rows if (len(rows), len(rows[0])) == shape(made) else None
