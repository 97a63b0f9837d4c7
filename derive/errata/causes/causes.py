"""All that looks for explanations, behind one door, where it is counted how often it was asked."""

from __future__ import annotations

from fractions import Fraction

from derive.errata.causes.edits import Edits
from derive.errata.causes.formulas import Formulas
from derive.errata.causes.inserted import Inserted
from derive.errata.causes.numbers import Numbers
from derive.errata.causes.substituted import Substituted
from derive.errata.causes.tables import turned
from derive.errata.causes.values import Values
from derive.errata.findings import Cause
from derive.errata.numbers import Printed
from derive.errata.record import UNEXPLAINED, Anchor, Explanation, Record, Side
from derive.expression import Expr

SOUGHT = 200  # claims of a document that an explanation is sought for: each may take hundredths of a second


class Causes:
    """Looks for explanations, with what the document has said so far."""

    def __init__(self, record: Record) -> None:
        self.record = record
        values, edits = Values(record.world), Edits(record.world)
        self._numbers = Numbers(record, values, edits)
        self._substituted = Substituted(record, edits, Inserted(record, values))
        self._formulas = Formulas(record, edits)
        self._left = SOUGHT

    def _more(self) -> bool:
        """Return whether an explanation is sought for one more claim."""
        self._left -= 1
        return self._left >= 0

    def number(self, anchor: Anchor, printed: Printed, right: Fraction, steps: int = 0) -> Explanation:
        """Return what explains a wrong number for a quantity, after so many updates."""
        return self._numbers.explain(anchor, printed, right, steps) if self._more() else UNEXPLAINED

    def number_or_after(
        self, anchor: Anchor, value: Expr, printed: Printed, right: Fraction, steps: int
    ) -> tuple[Explanation, Fraction]:
        """Return what explains a wrong number, and what is right instead: maybe the value after the first update.

        No word of an update may have been understood. So if nothing else explains a number, a known mistake may by
        which it comes out after one.
        """
        explained = self.number(anchor, printed, right, steps)
        after = self.record.trained.after(value) if not steps and explained.cause is Cause.UNEXPLAINED else None
        if after is not None:
            other = self.number(anchor, printed, after, 1)
            if other.cause is Cause.MISTAKE:
                return other, after
        return explained, right

    def substituted(self, anchor: Anchor, side: Side, right: Fraction) -> Explanation | None:
        """Return what explains numbers that do not come to what the formula before them does; None for nothing."""
        return self._substituted.explain(anchor, side, right) if self._more() else None

    def arithmetic(self, before: Side, side: Side, left: Fraction) -> Explanation | None:
        """Return what explains a formula in numbers that is not equal to the one before it; None for nothing."""
        return self._substituted.explain_by_numbers(before, side, left) if self._more() else None

    def table(self, anchor: Anchor, side: Side) -> Explanation | None:
        """Return what explains a product of matrices in numbers; None for nothing."""
        return turned(self.record, anchor, side) if self._more() else None

    def formula(self, anchor: Anchor, side: Side) -> Explanation:
        """Return what explains a wrong formula: the smallest change that makes it right."""
        return self._formulas.explain(anchor, side) if self._more() else UNEXPLAINED
