"""Every decimal on the page as the claim that it is, and what a reader with a calculator makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal
from fractions import Fraction

from mpmath import MPContext, mpf
from msgspec import Struct

from derive.expression import Add, Call, Cases, Const, Diff, Diff2, Div, Expr, Mul, Neg, Num, Pow, Var, children
from derive.render.numbers import Decimals

_DIGITS = 60
_LARGEST = 10_000  # bits of a number that anybody would calculate with


class Printed(Struct, frozen=True):
    """A decimal on the page.

    of: what it is the value of.
    updated: whether it is the value after the update.
    """

    of: Expr
    decimals: Decimals
    updated: bool = False


class Recalculated(Struct, frozen=True):
    """What comes out when the numbers of a formula are taken as they are printed.

    value: exact where the formula is rational, else to 60 digits; None where a number is not on the page, or where
        the formula has no value for the printed numbers.
    """

    value: Fraction | None
    exact: bool

    def equals(self, result: Decimals) -> bool:
        """Return whether the printed numbers give the printed result, and nothing more or less."""
        return self.exact and self.value == Fraction(result.text)

    def rounds_to(self, result: Decimals) -> bool:
        """Return whether the printed numbers give the printed result when it is rounded to its own digits."""
        if self.value is None:
            return False
        claimed = Decimal(result.text)
        digits = Context(prec=len(claimed.as_tuple().digits))
        return digits.divide(Decimal(self.value.numerator), Decimal(self.value.denominator)) == claimed


def recalculate(e: Expr, shown: Iterable[Printed]) -> Recalculated:
    """Return what a reader with a calculator gets for `e` from the numbers that are `shown`."""
    calculator = _Calculator({each.of: Fraction(each.decimals.text) for each in shown})
    value = calculator.value(e)
    return Recalculated(value, value is not None and not calculator.rounded)


class _Calculator:
    """Exact but for elementary functions, which leave their mark in `rounded`."""

    def __init__(self, known: dict[Expr, Fraction]) -> None:
        self.known = known
        self.rounded = False
        self._mp = MPContext()
        self._mp.dps = _DIGITS

    def value(self, e: Expr) -> Fraction | None:
        if isinstance(e, Var | Diff | Diff2 | Cases):
            return self.known.get(e)
        if isinstance(e, Mul | Div) and self.value(children(e)[0]) == 0:
            return Fraction(0)  # whatever the other factors are
        parts = [self.value(part) for part in children(e)]
        numbers = [part for part in parts if part is not None]
        if len(numbers) < len(parts):
            return None
        match e:
            case Num(value):
                return value
            case Add():
                return sum(numbers, Fraction(0))
            case Mul():
                product = Fraction(1)
                for number in numbers:
                    product *= number
                return product
            case Neg():
                return -numbers[0]
            case Div():
                return None if numbers[1] == 0 else numbers[0] / numbers[1]
            case Pow(_, exponent):
                return None if numbers[0] == 0 and exponent < 0 else numbers[0] ** exponent
            case Const("pi"):
                return self._approximate(self._mp.pi)
            case Call(fn, _):
                return self._call(fn, numbers[0])
        return None

    def _call(self, fn: str, of: Fraction) -> Fraction | None:
        if of == (1 if fn == "log" else 0):
            return Fraction(1 if fn in ("exp", "cos") else 0)
        if (fn == "log" and of <= 0) or (fn == "sqrt" and of < 0):
            return None
        made = getattr(self._mp, fn if fn != "log" else "ln")(self._mp.mpf(of.numerator) / of.denominator)
        return self._approximate(made)

    def _approximate(self, value: mpf) -> Fraction | None:
        self.rounded = True
        if not self._mp.isfinite(value) or self._mp.mag(value) > _LARGEST:
            return None
        sign, mantissa, exponent, _ = self._mp.mpf(value)._mpf_  # man_exp leaves the sign away
        size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
        return -size if sign else size
