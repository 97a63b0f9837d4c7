"""From `Expr` to SymPy, for what it does to a formula that stands on a page: cancel it, differentiate it once more."""

from __future__ import annotations

import sympy as sp

from derive.expression import Add, Call, Cases, Const, Div, Expr, Mul, Neg, Num, Pow, Sum, Var
from derive.functions import where
from derive.graph import symbol


def to_sympy(e: Expr) -> sp.Expr:
    """Return `e` as SymPy's expression. Raises TypeError for a node that is no formula between scalars.

    A name becomes the symbol that `derive.algebra.expression` turns back into it; a derivative has no such symbol.
    """
    match e:
        case Var():
            places = [*e.index, *([e.sample] if e.sample else [])]
            letters = [sp.Symbol(at, integer=True) if isinstance(at, str) else sp.Integer(at) for at in places]
            return symbol(e.kind, e.layer, *letters)
        case Num(value):
            return sp.Rational(value.numerator, value.denominator)
        case Const("pi"):
            return sp.pi
        case Add(args):
            return sp.Add(*map(to_sympy, args))
        case Mul(args):
            return sp.Mul(*map(to_sympy, args))
        case Neg(arg):
            return -to_sympy(arg)
        case Div(num, den):
            return to_sympy(num) / to_sympy(den)
        case Pow(base, exponent):
            return to_sympy(base) ** exponent
        case Call(fn, arg):
            function = getattr(sp, fn)  # one of `derive.expression.FUNCTIONS`, never a word of the user's
            return function(to_sympy(arg))
        case Cases(test, above, otherwise):
            return where(to_sympy(test), to_sympy(above), to_sympy(otherwise))
        case Sum(term, letter, size):
            return sp.Sum(to_sympy(term), (sp.Symbol(letter, integer=True), 1, size))
    raise TypeError(type(e).__name__)
