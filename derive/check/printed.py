"""Printed decimals are claims: = is the whole number, ≈ is its rounding to the digits that are shown."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from mpmath import mpf

from derive.check.meanings import RealMeaning
from derive.check.real import DIGITS, Real
from derive.check.verdict import (
    Agrees,
    Doubt,
    Fault,
    Proved,
    Refuted,
    Undecided,
    Undefined,
    Verdict,
    Witness,
)
from derive.expression import Expr, Num


def check_decimal(
    e: Expr, text: str, exact: bool, meaning: RealMeaning, prove: Callable[[Expr, Expr], Verdict]
) -> Verdict:
    """Return the verdict on `text` as the value of `e`: all of it if `exact`, else rounded to its last digit.

    A rounded decimal claims the interval of numbers that round to it, both ends included. `meaning` is that of the
    checker, so the value does not come from the formulas that were printed; prove(e, number) is for exact values
    that come from numbers which are not, such as a difference of equal exponentials.
    """
    claimed = Decimal(text)
    try:
        meaning = meaning.fine(e)
        value, region = meaning.measure(e)
    except Undefined as undefined:
        return Undecided(undefined.doubt)
    target = Fraction(claimed)
    if exact:
        if isinstance(value.value, Fraction):
            return Proved(None, region) if value.value == target else _refuted(e, target, value, meaning)
        low, high = _interval(value, meaning)
        return prove(e, Num(target)) if low <= target <= high else _refuted(e, target, value, meaning)
    last = claimed.as_tuple().exponent
    assert isinstance(last, int), "a printed number is finite"
    half = Fraction(10) ** last / 2
    low, high = _interval(value, meaning)
    if target - half <= low and high <= target + half:
        return Agrees(min(len(claimed.as_tuple().digits), DIGITS), region)
    if high < target - half or target + half < low:
        return _refuted(e, target, value, meaning)
    return Undecided(Doubt.CLOSE)


def _interval(value: Real, meaning: RealMeaning) -> tuple[Fraction, Fraction]:
    """Return exact numbers between which the value lies for certain."""
    if isinstance(value.value, Fraction):
        return value.value, value.value
    middle = _fraction(value.value)
    error = Fraction(value.bound) / 2**meaning.reals.precision
    return middle - error, middle + error


def _fraction(value: mpf) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -size if sign else size


def _refuted(e: Expr, claimed: Fraction, value: Real, meaning: RealMeaning) -> Refuted:
    right, left = meaning.reals.decimal(claimed, 30), meaning.reals.decimal(value.value, 30)
    return Refuted(Fault.VALUES, witness=Witness(e, Num(claimed), left, right))
