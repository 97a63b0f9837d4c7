"""A product of factors, cancelled: (out − t)/(out(1 − out)) · out(1 − out) is out − t."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from msgspec.structs import replace

from derive.algebra import expression
from derive.differentiate.symbols import to_sympy
from derive.expression import Add, Call, Cases, Div, Expr, Mul, Neg, Pow, Var, children, names, rename

FACTORED = 12  # names; to factor a formula with more takes longer than anybody would look for factors in it


def shortest(e: Expr, about: Var) -> Expr:
    """Return the form of `e` with the fewest names, by SymPy: cancelled, factored, or ordered by `about`.

    Functions, and quotients of them (e^{net} over the sum of a layer), stay whole, and are ordered by as well.
    `e` itself where no form is shorter.
    """
    if not any(isinstance(node, Div) for node in _nodes(e)):
        return e  # nothing to cancel
    if len(_sums_below(e)) > 1:
        return e  # nothing in common: one denominator for all of them would only be longer, and take minutes
    # One sample's formula is another's, found once.
    plain = {replace(name, sample=0): name for name in (*names(e), about)}
    if len(plain) < len({*names(e), about}):
        return _shortest(e, about)
    short = _shortest(rename(e, lambda name: replace(name, sample=0)), replace(about, sample=0))
    return rename(short, lambda name: plain[name])


@lru_cache(maxsize=1024)
def _shortest(e: Expr, about: Var) -> Expr:
    whole: dict[Expr, Var] = {}
    try:
        cancelled = sp.cancel(to_sympy(_kept_whole(e, whole)))
        around = [to_sympy(about), *map(to_sympy, whole.values())]
    except TypeError:
        return e
    collected = sp.collect(sp.expand(cancelled), around)
    forms = [cancelled, collected, sp.factor_terms(collected)]
    if len(set(names(e))) <= FACTORED:
        forms.insert(1, sp.factor(cancelled))
    back: dict[Var, Expr] = {name: part for part, name in whole.items()}
    written = [rename(expression(form), lambda name: back.get(name, name)) for form in forms]
    return min([e, *written], key=_length)


def _sums_below(e: Expr) -> set[Expr]:
    """Return the different denominators of `e` that have a sum of names in them."""
    below = {node.den for node in _nodes(e) if isinstance(node, Div) and not _has_function(node.den)}
    return {den for den in below if any(isinstance(node, Add) for node in _nodes(den))}


def _kept_whole(e: Expr, whole: dict[Expr, Var]) -> Expr:
    """Return `e` with a name for every part that is no sum, product or power of names; `whole` keeps them."""

    def made(part: Expr) -> Expr:
        return _kept_whole(part, whole)

    match e:
        case Add(args):
            return Add(tuple(map(made, args)))
        case Mul(args):
            return Mul(tuple(map(made, args)))
        case Neg(arg):
            return Neg(made(arg))
        case Pow(base, exponent):
            return Pow(made(base), exponent)
        case Div(num, den) if not _has_function(den):
            return Div(made(num), made(den))
        case Div() | Call() | Cases():
            return whole.setdefault(e, Var(f"whole{len(whole) + 1}"))
    return e


def _has_function(e: Expr) -> bool:
    return any(isinstance(node, Call | Cases) for node in _nodes(e))


def _length(e: Expr) -> tuple[int, int]:
    nodes = _nodes(e)
    return sum(isinstance(node, Var) for node in nodes), len(nodes)


def _nodes(e: Expr) -> list[Expr]:
    return [e, *(node for part in children(e) for node in _nodes(part))]
