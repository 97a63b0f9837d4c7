"""Why a single number is wrong."""

from __future__ import annotations

from fractions import Fraction

from derive.errata.causes.edits import Edits
from derive.errata.causes.mistakes import Mistakes, digits
from derive.errata.causes.values import Values
from derive.errata.findings import Cause
from derive.errata.numbers import Printed, long_decimal, significant
from derive.errata.record import UNEXPLAINED, Anchor, Explanation, Record
from derive.errata.showing import shown
from derive.errata.slips import Slip, slips
from derive.expression import Expr

WORTH = 5  # digits of a number that is worth being taken for the value of another quantity
FEWEST = 4  # digits of a number that a changed formula may come to by more than chance
WEAK = (Cause.NEIGHBOUR, Cause.OPERATION, Cause.EARLIER)
"""Slips that explain so many numbers that other explanations are looked for first."""


class Numbers:
    """Looks for what explains a wrong number."""

    def __init__(self, record: Record, values: Values, edits: Edits) -> None:
        self.world, self._values, self._edits = record.world, values, edits
        self._mistakes = Mistakes(record.world, record.trained)

    def explain(self, anchor: Anchor, printed: Printed, right: Fraction, steps: int) -> Explanation:
        """Return what explains a wrong number for a quantity, after so many updates."""
        value = anchor.expr
        found = self._slips(value, printed, right)
        if found and found[0].cause not in WEAK:
            return Explanation(found[0].cause, found[0].detail)
        explained = self._other_value(value, printed, right) if value is not None else None
        if explained is None and not steps:
            explained = self._edited(anchor, printed)
        if explained is not None:
            return explained
        if value is not None and (mistakes := self._mistakes.behind(value, printed, steps)):
            return Explanation(Cause.MISTAKE, "", mistakes)
        if found:
            return Explanation(found[0].cause, " / ".join(slip.detail for slip in found[:3]))
        return UNEXPLAINED

    def _slips(self, value: Expr | None, printed: Printed, right: Fraction) -> tuple[Slip, ...]:
        name = shown(value, self.world) if value is not None else ""
        own = {name: long_decimal(right)} if right and name else {}
        return slips(printed.text, long_decimal(right), {**self._values.by_name, **own})

    def _other_value(self, value: Expr, printed: Printed, right: Fraction) -> Explanation | None:
        """Return that a number is the value of another quantity of the same kind, or of two digits exchanged."""
        given = self.world.given_value(value) is not None
        if given or len(digits(printed)) >= WORTH:
            twin = self._values.twin(value, printed)
            if twin is not None:
                return Explanation(Cause.NEIGHBOUR, shown(twin, self.world))
        if given and _exchanged(printed, right):
            return Explanation(Cause.SWAPPED, f"{significant(right)} → {printed.text}")
        return None

    def _edited(self, anchor: Anchor, printed: Printed) -> Explanation | None:
        """Return the change of the right formula by which a wrong number comes out."""
        if len(digits(printed)) < FEWEST:
            return None
        rights = [side.expr for side in (anchor.number, anchor.formula) if side is not None]
        if anchor.expr is not None:
            right = self.world.formula(anchor.expr)
            rights.append(anchor.expr if right is None else right)

        def gives(e: Expr) -> bool:
            value = self.world.exact(e)
            return value is not None and printed.rounds(value)

        return self._edits.behind([e for e in rights if e is not None], gives, updated=anchor.updated)


def _exchanged(printed: Printed, right: Fraction) -> bool:
    """Return whether a short number has the digits of the right one in another order: 0.52 for 0.25."""
    text = significant(right)
    return sorted(text) == sorted(printed.text) and len(text) > 3
