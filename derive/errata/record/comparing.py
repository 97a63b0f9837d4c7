"""Whether two formulas are equal, with verdicts kept: half of the equations of a long document are repetitions."""

from __future__ import annotations

from derive.check.real import DIGITS
from derive.check.verdict import Agrees, Proved, Refuted, Undefined, Verdict, combine
from derive.errata.meaning import Unclear, Value
from derive.errata.record.sides import entries, shape
from derive.errata.world import Table, World, transposed
from derive.expression import Diff, Expr, children, rebuilt

TABLE = 600  # entries of a matrix that are compared one by one


class Comparing:
    """Compares formulas in a world. exponent: the chance of a false proof so far is below 2^exponent; 0 for none."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.exponent = 0
        self._verdicts: dict[tuple[Value, Value], Verdict] = {}

    def equal(self, a: Value, b: Value) -> Verdict:
        """Return the verdict on two formulas: a matrix is equal entry by entry. Raises Unclear for unlike shapes."""
        key = a, b
        if key not in self._verdicts:
            self._verdicts[key] = self._equal(a, b)
        verdict = self._verdicts[key]
        if isinstance(verdict, Proved) and verdict.exponent is not None:
            self.exponent = verdict.exponent if not self.exponent else max(self.exponent, verdict.exponent)
        return verdict

    def _equal(self, a: Value, b: Value) -> Verdict:
        try:
            if not isinstance(a, tuple) and not isinstance(b, tuple):
                return self._formulas(a, b)
            if isinstance(a, tuple) and isinstance(b, tuple):
                return self._tables(a, b)
        except (Undefined, RecursionError):
            pass
        raise Unclear("a number on one side, a vector or a matrix on the other")

    def _formulas(self, a: Expr, b: Expr) -> Verdict:
        checker = self.world.checker
        verdict = checker.equal(a, b)
        if isinstance(verdict, Refuted) and (held := _held(b)) != b and self.world.value(held) is not None:
            other = checker.equal(a, held)  # a derivative through the next equation only
            verdict = other if isinstance(other, Proved) else verdict
        if isinstance(verdict, Refuted) and self._for_classes(a, b):
            return Agrees(DIGITS)
        return verdict

    def _tables(self, a: Table, b: Table) -> Verdict:
        if shape(a) != shape(b):
            b = lying(b, shape(a))
        if len(a) * len(a[0]) > TABLE:
            raise Unclear("a matrix that is too large")
        return combine([self.world.checker.equal(x, y) for x, y in zip(entries(a), entries(b), strict=True)])

    def _for_classes(self, a: Expr, b: Expr) -> bool:
        """Return whether two formulas are equal as long as what is given as 0 or 1 stays so: targets of classes."""
        return all(self._alike_apart(a, b, number) for number in (1, 2))

    def _alike_apart(self, a: Expr, b: Expr, number: int) -> bool:
        one, other = self.world.apart(a, number), self.world.apart(b, number)
        return one is not None and other is not None and not self.world.checker.differ(one, other)

    def same(self, a: Expr, b: Expr) -> bool:
        """Return whether two formulas have the same values at the given point and near it: no proof, but fast."""
        if not self._alike_apart(a, b, 1):
            return False
        one, other = self.world.value(a), self.world.value(b)
        return one is not None and other is not None and not self.world.checker.differ(one, other)


def lying(table: Table, wanted: tuple[int, int]) -> Table:
    """Return a vector that was written in one line as a column, or the other way round.

    Raises Unclear where a matrix cannot have the wanted shape.
    """
    rows, columns = shape(table)
    if (columns, rows) != wanted or 1 not in wanted:
        raise Unclear("the shapes do not fit each other")
    return transposed(table)


def _held(e: Expr) -> Expr:
    """Return an expression in which every derivative holds fixed what it does not mention."""
    if isinstance(e, Diff):
        return Diff(e.of, e.wrt, True)
    parts = children(e)
    return rebuilt(e, [_held(part) for part in parts]) if parts else e
