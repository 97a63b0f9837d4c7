"""Numbers that are put into a formula: each for what it stands for, and all together."""

from __future__ import annotations

from fractions import Fraction

from derive.errata.causes import Causes
from derive.errata.findings import MILD, Cause, Kind, Level
from derive.errata.judging.arithmetic import Arithmetic
from derive.errata.numbers import significant
from derive.errata.record import (
    CONTRARY,
    UNEXPLAINED,
    Anchor,
    Correction,
    Explanation,
    Record,
    Side,
    Where,
    comes_to,
    relative,
)
from derive.expression import Expr


class Substituting:
    """Judges formulas in numbers by the quantity that they are for, with what the document has said so far."""

    def __init__(self, record: Record, causes: Causes, arithmetic: Arithmetic) -> None:
        self.world, self.claims, self.memory = record.world, record.claims, record.memory
        self.rounding, self.believing, self.causes = record.rounding, record.believing, causes
        self._arithmetic = arithmetic

    def judge(self, where: Where, side: Side, value: Expr, anchor: Anchor) -> Anchor:
        """Judge numbers that are put in for a quantity. Return what they leave to go on with."""
        made, trues = comes_to(side, self.world), self.memory.true_values(value)
        if made is None:
            return self._arithmetic.undecided(where, side, anchor, self.world.no_value(value))
        if not trues:
            return self._arithmetic.instead(where, side, anchor, self.world.no_value(value))
        spread = self.rounding.of_inserted(side)
        for right in trues:
            if abs(made - right) <= spread:
                kind: Kind = "proved" if made == right else "agrees"
                claim = self.claims.add(where, side.node, Level.SUBSTITUTION, kind, anchor)
                return anchor.after_number(side, claim.number)
        right = trues[0]
        correction = Correction(significant(made), significant(right), relative(made, right))
        explained = self._explained(anchor, side, made, right, spread)
        if explained.cause in MILD:
            claim = self.claims.add(
                where, side.node, Level.SUBSTITUTION, "agrees", anchor, explanation=explained, correction=correction
            )
        elif self.believing.doubtful(explained, value, side):
            return self._arithmetic.instead(where, side, anchor, CONTRARY)
        else:
            claim = self.claims.wrong(where, side.node, Level.SUBSTITUTION, anchor, correction, explained)
        return anchor.after_number(side, claim.number)

    def _explained(self, anchor: Anchor, side: Side, made: Fraction, right: Fraction, spread: Fraction) -> Explanation:
        found = self.causes.substituted(anchor, side, right)
        if found is not None:
            return found
        cut_off = abs(made - right) <= 2 * spread
        return Explanation(Cause.TRUNCATED) if cut_off else UNEXPLAINED
