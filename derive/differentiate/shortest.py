"""A product of factors, cancelled: (out − t)/(out(1 − out)) · out(1 − out) is out − t."""

from __future__ import annotations

import sympy as sp

from derive.algebra import expression
from derive.differentiate.symbols import to_sympy
from derive.expression import Call, Cases, Div, Expr, Var, children


def shortest(e: Expr, about: Var) -> Expr:
    """Return the form of `e` with the fewest names, by SymPy: cancelled, factored, or ordered by `about`.

    `e` itself where no form is shorter, or where it holds more than sums, products and powers.
    """
    if not any(isinstance(node, Div) for node in _nodes(e)):
        return e  # nothing to cancel
    if any(isinstance(node, Call | Cases) for node in _nodes(e)):
        return e
    try:
        whole = to_sympy(e)
    except TypeError:
        return e
    cancelled = sp.cancel(whole)
    collected = sp.collect(sp.expand(cancelled), to_sympy(about))
    forms = [cancelled, sp.factor(cancelled), collected, sp.factor_terms(collected)]
    written = [expression(form) for form in forms]
    return min([e, *written], key=_length)


def _length(e: Expr) -> tuple[int, int]:
    nodes = _nodes(e)
    return sum(isinstance(node, Var) for node in nodes), len(nodes)


def _nodes(e: Expr) -> list[Expr]:
    return [e, *(node for part in children(e) for node in _nodes(part))]
