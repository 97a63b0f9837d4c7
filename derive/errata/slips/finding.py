"""Finds the simplest kind of slip that explains a number, and does so by more than chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from derive.errata.findings import Cause
from derive.errata.slips import pen, values
from derive.errata.slips.case import Case, Made, rounded, side_by_side

CHANCE = Fraction(1, 100)  # that one kind of slip explains a number drawn at random


class Slip(Struct, frozen=True):
    """cause: the kind of slip.

    detail: what it is about: "56 → 65" (swapped), "5" (dropped, or too many), "5 → 9" (one digit), "+2" (units of the
        last digit), "× 100" (decimal point), "out_o1", "−out_o1", "1 − out_o1", "1/out_o1" (other values), or where
        else in the document the number stands.
    """

    cause: Cause
    detail: str = ""


class Kind(NamedTuple):
    """least: how many significant digits must be printed.

    pen: whether digits of the right value are copied wrongly, so that zeros at its end count for evidence if it has
        other digits there.
    """

    cause: Cause
    make: Callable[[Case], Made]
    least: int
    pen: bool = True


KINDS = (
    Kind(Cause.TRUNCATED, pen.cut, 2),
    Kind(Cause.LAST, pen.last, 5),
    Kind(Cause.SIGN, pen.sign, 2),
    Kind(Cause.SWAPPED, pen.swapped, 3),
    Kind(Cause.DROPPED, pen.dropped, 3),
    Kind(Cause.DOUBLED, pen.doubled, 3),
    Kind(Cause.DOUBLED, pen.inserted, 4),
    Kind(Cause.LAST, pen.further, 5),
    Kind(Cause.DIGIT, pen.one_digit, 4),
    Kind(Cause.POINT, pen.point, 2),
    Kind(Cause.NEIGHBOUR, values.neighbour, 3, pen=False),
    Kind(Cause.NEIGHBOUR, values.negative, 3, pen=False),
    Kind(Cause.OPERATION, values.complement, 3, pen=False),
    Kind(Cause.OPERATION, values.reciprocal, 3, pen=False),
    Kind(Cause.EARLIER, values.elsewhere, 4, pen=False),
)
"""The kinds of slip, the simplest first."""


def slips(
    printed: str, right: str, others: Mapping[str, str] = {}, earlier: Mapping[str, str] = {}
) -> tuple[Slip, ...]:
    """Return the simplest slips that explain a wrong number, all of the same kind; () where none does.

    printed: as it is printed ("-0.75136079", "2.5e-3").  right: the right value, a decimal of 40 significant digits.
    others: values of other quantities, of as many digits, by name.
    earlier: decimals that are printed elsewhere, by where.

    Nothing explains a number that is right. Raises decimal.InvalidOperation or ValueError for what is no decimal.
    """
    case = side_by_side(printed, right, others, earlier)
    if case is None:
        return ()
    right_here = rounded(case.right, case.places)
    if not case.printed or case.printed in right_here:
        return ()
    for kind in KINDS:
        evidence = telling(case.printed)
        if kind.pen:
            evidence = min(case.digits, max(evidence, *map(telling, right_here)))
        if evidence < kind.least:
            continue
        made = list(kind.make(case))
        if case.printed not in [units for units, _ in made]:
            continue
        possible = {abs(units) for units, _ in made if 0 < abs(units) < 10**case.digits}
        if Fraction(len(possible), 10**evidence) <= CHANCE:
            return tuple(Slip(kind.cause, detail) for detail in dict.fromkeys(d for u, d in made if u == case.printed))
    return ()


def telling(units: int) -> int:
    """Return how many significant digits a number has without the zeros at its end."""
    return len(str(abs(units)).rstrip("0"))
