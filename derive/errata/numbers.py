"""Printed numbers: a decimal claims the interval that rounds to it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import inf

from msgspec import Struct

from derive.expression import Expr, Num, children, rebuilt
from derive.read.written.tree import Minus, Node, Number, Power, Times, walk

ROUNDED, SHORT = 5, 3
"""A decimal of so many significant digits or more may be the rounding of a number with more."""
SHOWN = 12
LARGEST = 300  # power of ten behind a number


class Printed(Struct, frozen=True):
    """A single number as it is printed. text: "-0.0190491"; half: half a unit of its last digit, 0 of a whole number.

    start, end: where its digits stand in the text of the formula.
    """

    text: str
    value: Fraction
    half: Fraction
    start: int
    end: int
    negative: bool = False

    @property
    def decimals(self) -> int:
        exponent = Decimal(self.text).as_tuple().exponent
        return max(0, -int(exponent))

    def rounds(self, value: Fraction) -> bool:
        """Return whether a value rounds to this number, either way at a tie."""
        return abs(value - self.value) <= self.half if self.half else value == self.value

    def cuts(self, value: Fraction) -> bool:
        """Return whether this number is a value cut off behind the last digit, and not its rounding."""
        if not self.half or self.value == 0 or self.rounds(value) or (value < 0) != (self.value < 0):
            return False
        return 0 <= abs(value) - abs(self.value) < 2 * self.half


def printed(node: Node) -> Printed | None:
    """Return the single number that a side is: 0.5, −0.5, 2.5 × 10⁻³; None for anything else."""
    match node:
        case Number(start, end, text):
            value = Fraction(Decimal(text))
            exponent = int(Decimal(text).as_tuple().exponent)
            whole = "." not in text and "e" not in text.lower()
            return Printed(text, value, Fraction(0) if whole else Fraction(10) ** exponent / 2, start, end)
        case Minus(_, _, arg):
            found = printed(arg)
            if found is None:
                return None
            return Printed(f"-{found.text}", -found.value, found.half, found.start, found.end, True)
        case Times(_, _, (Number() as mantissa, Power(_, _, Number(_, _, "10"), exponent, _)), _):
            power, found = _whole(exponent), printed(mantissa)
            if power is None or abs(power) > LARGEST or found is None:
                return None
            scale = Fraction(10) ** power
            half = found.half or Fraction(1, 2)
            return Printed(f"{mantissa.text}e{power}", found.value * scale, half * scale, found.start, found.end)
    return None


def _whole(node: Node) -> int | None:
    match node:
        case Number(_, _, text) if text.isdigit() and len(text) < 5:
            return int(text)
        case Minus(_, _, Number(_, _, text)) if text.isdigit() and len(text) < 5:
            return -int(text)
    return None


def halves(node: Node) -> dict[Fraction, Fraction]:
    """Return the numbers in a side that may be roundings, each with half a unit of its last digit."""
    found: dict[Fraction, Fraction] = {}
    for each in walk(node):
        if isinstance(each, Number) and "." in each.text and len(each.text) < 60:
            found[each.value] = Fraction(1, 2) / Fraction(10) ** each.decimals
    return found


def long(value: Fraction, half: Fraction, digits: int = ROUNDED) -> bool:
    """Return whether a decimal has so many digits that it is likely to be a rounding."""
    return bool(half) and abs(value) / (2 * half) >= 10 ** (digits - 1)


def moved(e: Expr, values: Mapping[Fraction, Fraction]) -> Expr:
    """Return an expression with other numbers in it."""
    if isinstance(e, Num):
        return Num(values[e.value]) if e.value in values else e
    parts = children(e)
    return rebuilt(e, [moved(part, values) for part in parts]) if parts else e


def decimal(value: Fraction, decimals: int) -> str:
    """Return a value rounded to so many decimals."""
    with localcontext() as context:
        context.prec = 80 + max(0, value.numerator.bit_length() - value.denominator.bit_length()) // 3 + abs(decimals)
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"


def significant(value: Fraction, digits: int = SHOWN) -> str:
    """Return a value to so many significant digits, as a person writes it."""
    if not value:
        return "0"
    with localcontext() as context:
        context.prec = digits
        rounded = +(Decimal(value.numerator) / Decimal(value.denominator))
        exponent = rounded.adjusted()
        if -7 <= exponent < 15:
            text = f"{rounded:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return f"{rounded.normalize():E}".replace("E+", "e").replace("E", "e")


def long_decimal(value: Fraction, digits: int = 40) -> str:
    """Return a value as a decimal of so many significant digits."""
    with localcontext() as context:
        context.prec = digits
        return f"{+(Decimal(value.numerator) / Decimal(value.denominator)):f}"


def like(shown: Printed, value: Fraction) -> str:
    """Return a value in the form of a printed number: with as many decimals, or times the same power of ten."""
    mantissa, sign, exponent = shown.text.lower().partition("e")
    if sign:
        scaled = value / Fraction(10) ** int(exponent)
        places = len(mantissa.partition(".")[2])
        return f"{decimal(scaled, places)}e{exponent}"
    return decimal(value, shown.decimals)


def off(shown: Printed, value: Fraction) -> str:
    """Return by how much a printed number is off: in units of its last digit where these are few, else in per cent."""
    unit = 2 * shown.half
    gap = shown.value - value
    if unit and abs(gap) <= 100 * unit:
        units = round(float(gap / unit), 1)
        return f"{units:+g} in the last digit"
    if value:
        return f"{as_float(gap / abs(value)) * 100:+.2g} %"
    return f"{as_float(gap):+.3g}"


def as_float(value: Fraction) -> float:
    """Return a value as a float; infinity where it is larger than any."""
    try:
        return float(value)
    except OverflowError:
        return inf if value > 0 else -inf
