"""Numbers against numbers: nothing is known of where they come from, but both sides must come to the same."""

from __future__ import annotations

from fractions import Fraction

from derive.errata.causes import Causes
from derive.errata.findings import Cause, Claim, Level
from derive.errata.numbers import significant
from derive.errata.record import UNEXPLAINED, Anchor, Correction, Explanation, Record, Side, Where, comes_to, relative


class Arithmetic:
    """Judges numbers by the numbers before them."""

    def __init__(self, record: Record, causes: Causes) -> None:
        self.world, self.claims, self.memory = record.world, record.claims, record.memory
        self.rounding, self.causes = record.rounding, causes

    def judge(self, where: Where, side: Side, before: Side, anchor: Anchor) -> Anchor:
        """Judge numbers by those before them. Return what they leave to go on with."""
        left, right = comes_to(before, self.world), comes_to(side, self.world)
        if left is None or right is None:
            self.claims.undecided(where, side.node, "it has no value", anchor)
            return anchor
        return anchor.after_number(side, self._claim(where, side, before, left, right, anchor).number)

    def instead(self, where: Where, side: Side, anchor: Anchor, reason: str) -> Anchor:
        """Judge numbers by those before them, where they cannot be judged by what they are for, for this reason."""
        if anchor.number is not None:
            return self.judge(where, side, anchor.number, anchor)
        return self.undecided(where, side, anchor, reason)

    def undecided(self, where: Where, side: Side, anchor: Anchor, reason: str) -> Anchor:
        """Leave numbers undecided. Return what they leave to go on with."""
        self.claims.undecided(where, side.node, reason, anchor)
        return anchor.after_number(side)

    def _claim(self, where: Where, side: Side, before: Side, left: Fraction, right: Fraction, anchor: Anchor) -> Claim:
        printed = side.printed
        if left == right:
            if printed is not None:
                self.memory.exact.add(printed.value)
            return self.claims.add(where, side.node, Level.ARITHMETIC, "proved", anchor)
        if abs(left - right) <= self._allowed(side, before):
            return self.claims.add(where, side.node, Level.ARITHMETIC, "agrees", anchor)
        if printed is None:
            explained = self.causes.arithmetic(before, side, left) or UNEXPLAINED
            correction = Correction(significant(right), significant(left), relative(right, left))
            return self.claims.wrong(where, side.node, Level.ARITHMETIC, anchor, correction, explained)
        if printed.cuts(left):
            explained = Explanation(Cause.TRUNCATED)
            return self.claims.mild(where, side.node, Level.ARITHMETIC, anchor, printed, left, explained)
        explained = self.causes.number(anchor, printed, left)
        return self.claims.wrong_number(where, side.node, Level.ARITHMETIC, anchor, printed, left, explained)

    def _allowed(self, side: Side, before: Side) -> Fraction:
        """Return by how much the sides may differ because decimals in them were rounded."""
        spread = self.rounding.of_decimals(before)
        if side.printed is not None:
            return side.printed.half + spread
        half = before.printed.half if before.printed is not None else Fraction(0)  # 0.3775 = 0.0075 + 0.02 + 0.35
        return half + spread + self.rounding.of_new(side, before)  # e^{-0.25} = 0.7788 goes on with 0.78
