"""A record of every decimal on the page, so that each can be checked as the claim that it is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal

from msgspec import Struct

from derive.expression import Add, Call, Cases, Diff, Div, Expr, Mul, Neg, Num, Pow, Var, children
from derive.render.maths import Shown
from derive.render.numbers import Decimals


class Printed(Struct, frozen=True):
    """A decimal on the page.

    of: what it is the value of.
    said_rounded: for the result of numbers that were put in: whether the page says that it was formed before
        rounding, because the printed numbers alone do not give it; None for any other decimal.
    updated: whether it is the value after the update.
    """

    of: Expr
    decimals: Decimals
    said_rounded: bool | None
    updated: bool = False


_CONTEXT = Context(prec=60)


def product_of_rounded(e: Expr, shown: Sequence[Shown], result: Decimals) -> bool:
    """Return whether the numbers as printed give the result as printed, rounded to its digits."""
    by_name = {each.of: Decimal(each.decimals.text) for each in shown}
    value = _evaluate(e, by_name)
    if value is None:
        return False
    claimed = Decimal(result.text)
    if value == claimed:
        return True
    digits = len(claimed.as_tuple().digits)
    return Context(prec=digits).plus(value) == claimed


def _evaluate(e: Expr, known: dict[Expr, Decimal]) -> Decimal | None:
    """Return what a reader with a calculator gets from the printed numbers."""
    if isinstance(e, Var | Diff | Cases):
        return known.get(e)
    parts = [_evaluate(part, known) for part in children(e)]
    if any(part is None for part in parts):
        return None
    numbers = [part for part in parts if part is not None]
    match e:
        case Num(value):
            return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
        case Add():
            total = Decimal(0)
            for number in numbers:
                total = _CONTEXT.add(total, number)
            return total
        case Mul():
            product = Decimal(1)
            for number in numbers:
                product = _CONTEXT.multiply(product, number)
            return product
        case Neg():
            return -numbers[0]
        case Div():
            return None if numbers[1] == 0 else _CONTEXT.divide(numbers[0], numbers[1])
        case Pow(_, exponent):
            return _CONTEXT.power(numbers[0], exponent)
        case Call("exp", _):
            return _CONTEXT.exp(numbers[0])
        case Call("log", _):
            return _CONTEXT.ln(numbers[0]) if numbers[0] > 0 else None
        case Call("tanh", _):
            twice = _CONTEXT.exp(2 * numbers[0])
            return _CONTEXT.divide(twice - 1, twice + 1)
    return None
