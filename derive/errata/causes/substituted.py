"""Why numbers that are put into a formula do not come to what it does."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.errata.causes.edits import Edits
from derive.errata.causes.inserted import Inserted
from derive.errata.causes.parts import parts
from derive.errata.findings import Cause
from derive.errata.numbers import SHORT, halves, long
from derive.errata.record import Anchor, Explanation, Record, Side, comes_to
from derive.errata.world import World
from derive.expression import Expr

NEAR = Fraction(1, 10**4)
"""By so much, relatively, numbers that were rounded on the way may change a result."""
SURE = (Cause.SIGN, Cause.EXPONENT, Cause.CONSTANT)
"""Changes of numbers that explain them better than a change of the formula behind them."""


class Substituted:
    """Looks for what explains a formula in numbers that does not come to the right value."""

    def __init__(self, record: Record, edits: Edits, inserted: Inserted) -> None:
        self.world, self.claims = record.world, record.claims
        self.memory, self.rounding = record.memory, record.rounding
        self._edits, self._inserted = edits, inserted

    def explain(self, anchor: Anchor, side: Side, right: Fraction) -> Explanation | None:
        """Return what explains numbers that do not come to what the formula before them does; None for nothing."""
        quantity, formula = anchor.expr, anchor.formula
        if formula is None and quantity is not None:
            formula = self.memory.formulas.get(quantity)
        definition = self.world.formula(quantity) if quantity is not None else None
        if formula is not None:
            found = self._inserted.by_formula(formula.node, side.node)
        else:
            found = self._inserted.by_definition(definition, side) if definition is not None else None
        if found is not None or (found := self._printed_wrong(side)) is not None:
            return found
        made = comes_to(side, self.world)
        if side.expr is None or made is None:
            return None
        if self._all_printed(side, made, right):
            return Explanation(Cause.EARLY)
        spread = self.rounding.of_inserted(side)
        if self.claims.is_wrong(anchor.claim):
            wrong = comes_to(formula, self.world)
            if wrong is not None and abs(wrong - made) <= spread:
                return self.claims.following(anchor.claim)
        mended = self._edits.mending(side.expr, _near(self.world, right, spread))
        if not mended or mended[0].cause not in SURE:
            rights = [formula.expr if formula is not None else None, definition]
            gives = _near(self.world, made, spread)
            found = self._edits.behind([e for e in rights if e is not None], gives, updated=anchor.updated)
        if found is None and mended:
            found = self._edits.told(mended[0])
        return found

    def explain_by_numbers(self, before: Side, side: Side, left: Fraction) -> Explanation | None:
        """Return what explains a formula in numbers that is not equal to the one before it; None for nothing."""
        if before.expr is None or side.expr is None:
            return None
        spread = self.rounding.of_decimals(before) + self.rounding.of_decimals(side)
        found = self._edits.mending(side.expr, _near(self.world, left, spread), parts(before.expr))
        return self._edits.told(found[0]) if found else None

    def _printed_wrong(self, side: Side) -> Explanation | None:
        """Return that numbers follow from an error: one that is put in was printed before, and was wrong."""
        found = {number for number, half in halves(side.node).items() if long(number, half)}
        wrong = (
            noted.claim
            for several in self.memory.noted.values()
            for noted in several
            if noted.kind == "refuted" and abs(noted.shown.value) in found
        )
        return next((self.claims.following(claim) for claim in wrong), None)

    def _all_printed(self, side: Side, made: Fraction, right: Fraction) -> bool:
        """Return whether all long numbers that are put in stand before in the document, digit for digit, rightly."""
        if abs(made - right) > abs(right) * NEAR:
            return False
        noted = [noted for several in self.memory.noted.values() for noted in several if noted.kind != "refuted"]
        said = {abs(each.shown.value) for each in noted} | {abs(value) for value in self.memory.given_values()}
        found = [number for number, half in halves(side.node).items() if long(number, half, SHORT)]
        return bool(found) and said.issuperset(found)


def _near(world: World, wanted: Fraction, spread: Fraction) -> Callable[[Expr], bool]:
    """Return whether a formula comes to a value, as far as rounding lets us see."""

    def near(e: Expr) -> bool:
        value = world.exact(e)
        return value is not None and abs(value - wanted) <= spread

    return near
