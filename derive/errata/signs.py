"""Expressions with the other sign."""

from __future__ import annotations

from derive.expression import Expr, Neg, Num


def negated(e: Expr) -> Expr:
    """Return an expression with the other sign; a minus that it has is taken away."""
    match e:
        case Neg(arg):
            return arg
        case Num(value) if value < 0:
            return Num(-value)
    return Neg(e)
