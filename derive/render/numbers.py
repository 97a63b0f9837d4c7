"""Numbers as decimals: exact where they are short, else rounded to a number of significant digits."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction

import mpmath
from msgspec import Struct

from derive.derivation import Number
from derive.errors import DeriveError

SMALLEST_PLAIN = -6  # below 10⁻⁶ a number is written with a power of ten
LARGEST_PLAIN = 15
MOST_BITS = 2_000_000  # of the exponent of 2; what is beyond, decimals cannot hold


class Decimals(Struct, frozen=True):
    """A number as it is printed: `text` in plain ASCII ("0.0000351", "1.5e-12"), and whether that is all of it."""

    text: str
    exact: bool

    @property
    def relation(self) -> str:
        return "=" if self.exact else "≈"

    @property
    def negative(self) -> bool:
        return self.text.startswith("-")

    @property
    def latex(self) -> str:
        mantissa, _, exponent = self.text.partition("e")
        return f"{mantissa} \\times 10^{{{int(exponent)}}}" if exponent else mantissa

    @property
    def pretty(self) -> str:
        """The number for a terminal, with a real minus sign and a raised exponent."""
        mantissa, _, exponent = self.text.partition("e")
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")) if exponent else ""
        return mantissa.replace("-", "−") + (f"·10{raised}" if exponent else "")


def decimals(value: Number, digits: int) -> Decimals:
    """Return `value` with at most `digits` significant digits, rounded half to even.

    >>> decimals(Fraction(151, 400), 9), decimals(Fraction(1, 3), 4)
    (Decimals(text='0.3775', exact=True), Decimals(text='0.3333', exact=False))
    """
    if value == 0:  # as a product with 0 is, whatever else is in it
        return Decimals("0", True)
    whole = exact_decimal(value)
    if whole is not None and len(whole.as_tuple().digits) <= digits:
        return Decimals(_written(whole, whole=True), True)
    # One more rounding than the last could change a digit, so the first keeps far more than are printed.
    rounded = Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(long_decimal(value, max(digits + 40, 90)))
    return Decimals(_written(rounded, whole=False), False)


def exact_decimal(value: Number) -> Decimal | None:
    """Return the finite decimal that `value` is; None where it has none, or where it is not exactly known."""
    if not isinstance(value, Fraction):
        return None
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return None
    context = Context(prec=1000)
    made = context.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(context)
    if context.flags[Inexact]:
        return None
    return Decimal(0) if made == 0 else made


def long_decimal(value: Number, digits: int) -> Decimal:
    """Return `value` to `digits` significant digits. Raises DeriveError where its exponent is beyond all reason."""
    if isinstance(value, Fraction):
        return Context(prec=digits).divide(Decimal(value.numerator), Decimal(value.denominator))
    if value and abs(size := mpmath.mag(value)) > MOST_BITS:
        raise DeriveError(
            f"a number is too {'far from' if size > 0 else 'close to'} 0 to be written",
            allowed="numbers from 1e-600,000 to 1e600,000 in size", hint="other values, or a smaller learning rate",
        )  # fmt: skip
    return Decimal(mpmath.nstr(value, digits, strip_zeros=False))


def _written(value: Decimal, *, whole: bool) -> str:
    size = value.adjusted()
    # A rounded 101 must not look like all of 100: its last digit is the one that is printed.
    if SMALLEST_PLAIN <= size < LARGEST_PLAIN and (whole or size < len(value.as_tuple().digits)):
        return f"{value:f}"
    sign, digits, _ = value.as_tuple()
    mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if len(digits) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{size}"
