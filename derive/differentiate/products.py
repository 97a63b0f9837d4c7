"""Products as a person tidies them, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from derive.expression import Diff, Div, Expr, Mul, Neg, Num, children, product


def tidy(factors: Sequence[Expr]) -> Expr:
    """Return the product with its numbers multiplied together in front and its minus sign outside.

    >>> tidy([Num(Fraction(1, 2)), Mul((Num(Fraction(2)), Var("eta")))])
    Var(kind='eta', layer=0, index=(), sample=0)
    """
    number = Fraction(1)
    rest: list[Expr] = []
    pending = list(reversed(factors))
    while pending:
        factor = pending.pop()
        if isinstance(factor, Mul):
            pending.extend(reversed(factor.args))
        elif isinstance(factor, Neg):
            number = -number
            pending.append(factor.arg)
        elif (value := _rational(factor)) is not None:
            number *= value
        else:
            rest.append(factor)
    if number == 0:
        return Num(Fraction(0))
    if abs(number) != 1 or not rest:
        size = abs(number)
        top = Num(Fraction(size.numerator))
        rest.insert(0, top if size.denominator == 1 else Div(top, Num(Fraction(size.denominator))))
    return Neg(product(rest)) if number < 0 else product(rest)


def _rational(e: Expr) -> Fraction | None:
    if isinstance(e, Num):
        return e.value
    if isinstance(e, Div) and isinstance(e.num, Num) and isinstance(e.den, Num):
        return e.num.value / e.den.value
    return None


def derivatives_in(e: Expr) -> Iterator[Diff]:
    """Yield the derivatives that stand in `e`, left to right."""
    if isinstance(e, Diff):
        yield e
    for part in children(e):
        yield from derivatives_in(part)


def is_number(e: Expr) -> bool:
    """Return whether no name stands in `e`."""
    return isinstance(e, Num) or (bool(children(e)) and all(map(is_number, children(e))))
