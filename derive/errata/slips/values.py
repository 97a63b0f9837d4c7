"""Values of other quantities, or from elsewhere in the document, that may stand for the right one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.errata.slips.case import Case, Made, rounded


def values(case: Case, change: Callable[[Fraction], Fraction], written: str) -> Made:
    for name, value in case.others.items():
        if value:
            for units in rounded(change(value) * case.scale, case.places):
                yield units, written.format(name)


def neighbour(case: Case) -> Made:
    """The value of another quantity."""
    return values(case, lambda value: value, "{}")


def negative(case: Case) -> Made:
    """The value of another quantity with the other sign."""
    return values(case, lambda value: -value, "−{}")


def complement(case: Case) -> Made:
    """What is missing of the value of a quantity to 1."""
    return values(case, lambda value: 1 - value, "1 − {}")


def reciprocal(case: Case) -> Made:
    """One divided by the value of a quantity."""
    return values(case, lambda value: 1 / value, "1/{}")


def elsewhere(case: Case) -> Made:
    """A number that is printed elsewhere."""
    for where, value in case.earlier.items():
        exact = value * case.scale * 10**case.places
        if exact.denominator == 1:
            yield int(exact), where
