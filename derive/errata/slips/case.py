"""A printed number beside the right one, in units of its last digit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

KNOWN = 40  # significant digits of a value that is no short decimal
FARTHEST = 300  # powers of ten; what lies beyond is not looked at
LONGEST = 400  # characters of a number


class Case(NamedTuple):
    """A printed number beside the right one.

    printed: in units of its last digit, before its power of ten.  places: how many decimals it has there.
    digits: how many significant digits are printed.
    scale: what brings a value to the power of ten that the number is printed with; that is done to `right`.
    """

    printed: int
    places: int
    digits: int
    scale: Fraction
    right: Fraction
    others: dict[str, Fraction]
    earlier: dict[str, Fraction]


Made = Iterator[tuple[int, str]]
"""What a kind of slip may make of the right value, in units of the last printed digit; and the detail of each."""


def side_by_side(printed: str, right: str, others: Mapping[str, str], earlier: Mapping[str, str]) -> Case | None:
    """Return the numbers put side by side; None where that makes no sense, or too few digits are known."""
    if max(len(printed), len(right)) > LONGEST:
        return None
    mantissa, _, power = printed.lower().partition("e")
    number, value = Decimal(mantissa), Decimal(right)
    own = fraction(right)
    if not number.is_finite() or own is None:
        return None
    negative, digits, exponent = number.as_tuple()
    _, known, end = value.as_tuple()
    assert isinstance(exponent, int)
    assert isinstance(end, int)
    shift = int(power or 0)
    if abs(shift) > FARTHEST or len(digits) >= KNOWN or (len(known) >= KNOWN and exponent + shift < end):
        return None
    units = int("".join(map(str, digits)))
    scale = 1 / Fraction(10) ** shift
    return Case(
        -units if negative else units,
        -exponent,
        len(digits),
        scale,
        own * scale,
        {name: each for name, text in others.items() if (each := fraction(text)) is not None},
        {where: each for where, text in earlier.items() if (each := fraction(text)) is not None},
    )


def fraction(text: str) -> Fraction | None:
    """Return a decimal; None for what is too long, large or small to matter."""
    value = Decimal(text[:LONGEST])
    if len(text) > LONGEST or not value.is_finite() or abs(value.adjusted()) > FARTHEST:
        return None
    return Fraction(value)


def signed(value: Fraction | int, units: int) -> int:
    """Return units with the sign of a value."""
    return -units if value < 0 else units


def truncated(value: Fraction, places: int) -> int:
    """Return a value cut off, in units of the last place."""
    return signed(value, int(abs(value) * 10**places))


def rounded(value: Fraction, places: int) -> tuple[int, ...]:
    """Return a value rounded, in units of the last place; twice where it is a tie."""
    exact = abs(value) * 10**places
    up = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return tuple(dict.fromkeys((signed(value, up), signed(value, round(exact)))))


def copies(case: Case, places: int) -> Iterator[tuple[str, str]]:
    """Yield the right value with so many decimals, rounded and truncated: the digits before the point, "" for 0, and
    those behind it."""
    for units in dict.fromkeys((*rounded(case.right, places), truncated(case.right, places))):
        digits = str(abs(units)).zfill(places)
        yield digits[: len(digits) - places], digits[len(digits) - places :]


def leading(whole: str, decimals: str) -> int:
    """Return how many zeros stand between the point and the first other digit: to move those is to move the point."""
    return 0 if whole else len(decimals) - len(decimals.lstrip("0"))
