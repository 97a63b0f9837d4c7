"""Between SymPy and the page: SymPy's expressions as `Expr`, ordered as a person writes them.

SymPy keeps the terms of −y² + 1 in an order of its own. A person writes what is added before what is taken away,
a weight before what it multiplies, y(1 − y) and not −y(y − 1). Those habits are here, in one place.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from derive.expression import (
    FUNCTIONS,
    ONE,
    Add,
    Call,
    Cases,
    Const,
    Div,
    Expr,
    Index,
    Neg,
    Num,
    Pow,
    Sum,
    Var,
    is_decimal,
    product,
)

# Factors of a product by what they are; a sum of these kinds is written in the same order.
FUNCTION_CLASSES = tuple(getattr(sp, name) for name in FUNCTIONS if name != "sqrt")
_KINDS = ("w", "out", "q", "x", "b", "t", "net")


def var(atom: sp.Indexed) -> Var:
    """Return the quantity that an indexed symbol such as net1[j, s] stands for (see `derive.graph.symbol`)."""
    kind, _, layer = str(atom.base.label).partition("_")
    neurons = 2 if kind in ("w", "q") or (kind == "x" and layer) else 1
    index: tuple[Index, ...] = tuple(int(i) if i.is_Integer else str(i) for i in atom.indices)
    named, sample = index[:neurons], index[neurons:]
    return Var(kind, int(layer or 0), named, sample[0] if sample else 0)


def expression(e: sp.Expr) -> Expr:
    """Return SymPy's `e` as written on a page. Raises TypeError for a node that has no place in a derivation."""
    if e.is_Rational:
        value = Fraction(int(e.p), int(e.q))
        return Neg(_number(-value)) if value < 0 else _number(value)
    if e is sp.pi:
        return Const("pi")
    if e is sp.E:
        return Call("exp", ONE)
    if isinstance(e, sp.Indexed):
        return var(e)
    if isinstance(e, sp.Symbol):  # a quantity without an index, or a letter standing for one
        kind, _, layer = e.name.partition("_")
        return Var(kind, int(layer or 0))
    if isinstance(e, sp.Add):
        return Add(tuple(expression(term) for term in _terms(e)))
    if isinstance(e, sp.Mul):
        return _product(e)
    if isinstance(e, sp.Pow) and e.exp.is_Integer:
        if e.exp < 0:
            return Div(ONE, expression(e.base**-e.exp))
        return Pow(expression(e.base), int(e.exp))
    if isinstance(e, sp.Pow) and e.exp.is_Rational and e.exp.q & (e.exp.q - 1) == 0:  # x^(3/2) is x √x, x^(1/4) √√x
        whole_part, rest = divmod(abs(e.exp), 1)
        root = Call("sqrt", expression(e.base ** (2 * rest)))
        power = product([*([expression(e.base**whole_part)] if whole_part else []), root])
        return power if e.exp > 0 else Div(ONE, power)
    if isinstance(e, FUNCTION_CLASSES):
        return Call(type(e).__name__, expression(e.args[0]))
    if isinstance(e, sp.Sum):
        term = expression(e.function)
        for letter, _, size in e.limits:
            term = Sum(term, str(letter), int(size))
        return term
    if isinstance(e, sp.Piecewise):
        *branches, (otherwise, always) = e.args
        if always == sp.true:
            made = expression(otherwise)
            for above, condition in reversed(branches):
                made = Cases(_test(condition), expression(above), made)
            return made
    raise TypeError(f"no way to write {type(e).__name__}: {e}")


def _number(value: Fraction) -> Expr:
    """Return a positive number as it is written: ½ as a fraction, 0.044715 as the decimal that it was."""
    if value.denominator == 1 or is_decimal(value):
        return Num(value)
    return Div(Num(Fraction(value.numerator)), Num(Fraction(value.denominator)))


def _test(condition: sp.Basic) -> Expr:
    """Return the expression that a condition says is above 0. SymPy turns x > 0 with a minus into 0 > −x, or x < 0."""
    if isinstance(condition, sp.StrictGreaterThan):
        return expression(condition.lhs - condition.rhs)
    if isinstance(condition, sp.StrictLessThan):
        return expression(condition.rhs - condition.lhs)
    raise TypeError(f"no way to write the condition {condition}")


def _terms(e: sp.Add) -> list[sp.Expr]:
    """What is added before what is taken away; sums before single terms, short before long; then as SymPy prints."""

    def place(term: sp.Expr) -> tuple[bool, bool, int]:
        return term.could_extract_minus_sign(), not term.has(sp.Sum), term.count_ops() if term.args else 0

    return sorted(e.as_ordered_terms(), key=place)


def _product(e: sp.Mul) -> Expr:
    coefficient, factors = e.as_coeff_mul()
    above: list[sp.Expr] = []
    below: list[sp.Expr] = []
    for factor in sorted(factors, key=_factor_order):
        inverse = isinstance(factor, sp.Pow) and factor.exp.is_Rational and factor.exp < 0
        part = factor.base**-factor.exp if inverse else factor
        if isinstance(part, sp.Add) and coefficient < 0 and _starts_with_minus(part):
            coefficient, part = -coefficient, -part  # −y(y − 1) is y(1 − y)
        (below if inverse else above).append(part)
    below.sort(key=_factor_order)
    top = [expression(factor) for factor in above]
    bottom = [expression(factor) for factor in below]
    size = Fraction(int(abs(coefficient).p), int(abs(coefficient).q))
    if size != 1 and below and not is_decimal(size):
        top = [Num(Fraction(size.numerator)), *top] if size.numerator != 1 else top
        bottom = [Num(Fraction(size.denominator)), *bottom] if size.denominator != 1 else bottom
    elif size != 1:
        top = [expression(abs(coefficient)), *top]
    whole = Div(product(top), product(bottom)) if bottom else product(top)
    return Neg(whole) if coefficient < 0 else whole


def _starts_with_minus(e: sp.Add) -> bool:
    """Whether −e reads better than e: y − 1 against 1 − y."""
    return any(term.is_Rational and term < 0 for term in e.args)


def _factor_order(factor: sp.Expr) -> tuple[int, int, str]:
    if isinstance(factor, sp.Indexed):
        kind = str(factor.base.label).partition("_")[0]
        return (0, _KINDS.index(kind) if kind in _KINDS else len(_KINDS), str(factor))
    # (1 − t) ln(1 − o): a function of something closes its product.
    return (3 if isinstance(factor, sp.log) else 2 if isinstance(factor, sp.Add) else 1, 0, str(factor))
