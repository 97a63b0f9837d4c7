"""A product of factors, cancelled: (out − t)/(out(1 − out)) · out(1 − out) is out − t."""

from __future__ import annotations

import sympy as sp

from derive.algebra import expression
from derive.expression import Add, Div, Expr, Mul, Neg, Num, Pow, Var, children
from derive.graph import symbol


def shortest(e: Expr, about: Var) -> Expr:
    """Return the form of `e` with the fewest names, by SymPy: cancelled, factored, or ordered by `about`.

    `e` itself where no form is shorter, or where it holds more than sums, products and powers.
    """
    if not any(isinstance(node, Div) for node in _nodes(e)):
        return e  # nothing to cancel
    try:
        whole = _sympy(e)
    except TypeError:
        return e
    cancelled = sp.cancel(whole)
    collected = sp.collect(sp.expand(cancelled), _sympy(about))
    forms = [cancelled, sp.factor(cancelled), collected, sp.factor_terms(collected)]
    written = [expression(form) for form in forms]
    return min([e, *written], key=_length)


def _length(e: Expr) -> tuple[int, int]:
    nodes = _nodes(e)
    return sum(isinstance(node, Var) for node in nodes), len(nodes)


def _nodes(e: Expr) -> list[Expr]:
    return [e, *(node for part in children(e) for node in _nodes(part))]


def _sympy(e: Expr) -> sp.Expr:
    match e:
        case Var():
            places = [*e.index, *([e.sample] if e.sample else [])]
            return symbol(e.kind, e.layer, *map(sp.Integer, places))
        case Num(value):
            return sp.Rational(value.numerator, value.denominator)
        case Add(args):
            return sp.Add(*map(_sympy, args))
        case Mul(args):
            return sp.Mul(*map(_sympy, args))
        case Neg(arg):
            return -_sympy(arg)
        case Div(num, den):
            return _sympy(num) / _sympy(den)
        case Pow(base, exponent):
            return _sympy(base) ** exponent
    raise TypeError(type(e).__name__)
