"""Numbers for a quantity: a single number for it, the way the document came to it, or numbers put into its formula."""

from __future__ import annotations

from fractions import Fraction

from derive.errata.causes import Causes
from derive.errata.findings import Cause, Kind, Level
from derive.errata.judging.arithmetic import Arithmetic
from derive.errata.judging.substituting import Substituting
from derive.errata.numbers import Printed, significant
from derive.errata.record import CONTRARY, Anchor, Explanation, Record, Side, Where, comes_to
from derive.errata.world import FREE
from derive.expression import Expr, names

EARLY = Fraction(1, 20)
"""By so much, relatively, rounding on the way may change a result; more is no rounding."""


class Results:
    """Judges numbers against what they are for, with what the document has said so far."""

    def __init__(self, record: Record, causes: Causes) -> None:
        self.world, self.claims, self.memory = record.world, record.claims, record.memory
        self.rounding, self.believing, self.causes = record.rounding, record.believing, causes
        self._arithmetic = Arithmetic(record, causes)
        self._substituting = Substituting(record, causes, self._arithmetic)

    def judge(self, where: Where, side: Side, value: Expr, anchor: Anchor) -> Anchor:
        """Judge numbers: against the quantity that they are for, the formula that they are put into, each other."""
        if self.world.open and not self.world.known(value) and side.printed is None and anchor.number is None:
            return self._arithmetic.undecided(where, side, anchor, self.world.no_value(value))
        inside = set(names(value))
        if anchor.number is not None and not inside:
            return self._arithmetic.judge(where, side, anchor.number, anchor)
        if any(name.kind == FREE and self.world.label(name) not in self.world.given for name in inside):
            return self._arithmetic.instead(where, side, anchor, "a value that it takes is not given")
        if side.printed is None:
            return self._substituting.judge(where, side, value, anchor)
        trues = self.memory.true_values(value)
        if not trues:
            return self._without_value(where, side, side.printed, value, anchor)
        return self._result(where, side, side.printed, value, trues, anchor)

    def _without_value(self, where: Where, side: Side, printed: Printed, value: Expr, anchor: Anchor) -> Anchor:
        """Judge a number for what has no value: by others that were printed before."""
        if anchor.number is None and self.memory.from_unknown(anchor, printed):
            claim = self.claims.add(where, side.node, Level.SUBSTITUTION, "agrees", anchor)
            anchor = anchor.after_number(side, claim.number)
        else:
            anchor = self._arithmetic.instead(where, side, anchor, self.world.no_value(value))
        self.memory.note_unknown(value, printed)
        return anchor

    def _result(
        self, where: Where, side: Side, printed: Printed, value: Expr, trues: list[Fraction], anchor: Anchor
    ) -> Anchor:
        """Judge a single number for a quantity. trues: the values that it may have."""
        level = Level.VALUE if anchor.number is None else Level.SUBSTITUTION
        for right in trues:
            if printed.rounds(right) or abs(right - printed.value) <= printed.half + self.memory.slack(right):
                kind: Kind = "proved" if printed.value == right else "agrees"
                # Right as a number, though the formula before it is wrong: that is the formula's fault alone.
                claim = self.claims.add(where, side.node, level, kind, anchor)
                break
        else:
            right = trues[0]
            if (mild := self._mild(anchor, value, printed, right)) is not None:
                claim = self.claims.mild(where, side.node, level, anchor, printed, right, mild)
            else:
                explained, right = self._explained(anchor, value, printed, right)
                if self.believing.doubtful(explained, value, anchor.number):
                    return self._arithmetic.instead(where, side, anchor, CONTRARY)
                claim = self.claims.wrong_number(where, side.node, level, anchor, printed, right, explained)
        self.memory.note(value, printed, claim)
        return anchor.after_number(side, claim.number)

    def _explained(
        self, anchor: Anchor, value: Expr, printed: Printed, right: Fraction
    ) -> tuple[Explanation, Fraction]:
        """Return what explains a wrong number, and what is right instead."""
        following = self._following(anchor, value, printed)
        if following is not None:
            return following, right
        return self.causes.number_or_after(anchor, value, printed, right, self.memory.steps or 0)

    def _mild(self, anchor: Anchor, value: Expr, printed: Printed, right: Fraction) -> Explanation | None:
        """Return what explains a number that is wrong in its last digits only: cut off, or rounded on the way."""
        if printed.cuts(right):
            return Explanation(Cause.TRUNCATED)
        before, made = anchor.number, comes_to(anchor.number, self.world)
        near = abs(printed.value - right) <= abs(right) * EARLY + 2 * printed.half
        if before is not None and made is not None and near and self.claims.stands(anchor.claim):
            if printed.rounds(made) or printed.cuts(made):
                return Explanation(Cause.EARLY, significant(made))
            spread = self.rounding.of_inserted(before)
            if spread and printed.half and abs(printed.value - right) <= spread + printed.half:
                return Explanation(Cause.EARLY, significant(made))
        early = self.memory.from_printed(value, printed, wrong=False)
        return Explanation(Cause.EARLY, significant(early)) if early is not None else None

    def _following(self, anchor: Anchor, value: Expr, printed: Printed) -> Explanation | None:
        """Return that a number follows from an earlier error, if it does."""
        if self.claims.is_wrong(anchor.claim):
            numbers = comes_to(anchor.number, self.world)
            if anchor.number is not None and numbers is not None:
                off = abs(numbers - printed.value)
                if printed.rounds(numbers) or off <= self.rounding.of_inserted(anchor.number) + printed.half:
                    return self.claims.following(anchor.claim)
            formula = comes_to(anchor.formula, self.world)
            if formula is not None and printed.rounds(formula):
                return self.claims.following(anchor.claim)
        if self.memory.from_printed(value, printed, wrong=True) is not None:
            last = self.memory.last_wrong(value)
            return self.claims.following(last) if last else None
        return None
