"""Powers: only those with whole exponents, or a half, that are not too large to be worked with."""

from __future__ import annotations

from fractions import Fraction

from derive.errata.meaning.tables import each
from derive.errata.meaning.values import Unclear, Value
from derive.errata.world import World
from derive.expression import Add, Call, Div, Expr, Mul, Neg, Num, Pow
from derive.read.written import tree
from derive.read.written.tree import Name, Number, Power

LARGEST_EXPONENT = 64
LARGEST_TEN = 300
SMALL = 10**6  # numbers of an exponent that is computed
TERMS = 10


def raised(world: World, node: Power, base: Value, exponent: Expr) -> Value:
    """Return a power, entry by entry of a vector. Raises Unclear."""
    number = _exponent(world, node, exponent)
    if number == Fraction(1, 2):
        return each(lambda e: Call("sqrt", e), base)
    if number is None or number.denominator != 1:
        raise Unclear("an exponent that is no whole number", node.exponent)
    ten = isinstance(base, Num) and base.value == 10
    if abs(number) > (LARGEST_TEN if ten else LARGEST_EXPONENT):
        raise Unclear("an exponent that is too large", node.exponent)
    if ten:
        return Num(Fraction(10) ** int(number))
    if isinstance(base, tuple) and len(base[0]) != 1 and len(base) != 1:
        raise Unclear("a power of a matrix", node)
    return each(lambda e: Pow(e, int(number)), base)


def _exponent(world: World, node: Power, exponent: Expr) -> Fraction | None:
    """Return the number that an exponent is; None where it is none. Raises Unclear where it is a tower of powers."""
    number = _constant(exponent)
    if number is not None or not tree.numeric(node.exponent):
        return number
    if _small(exponent):
        return world.exact(exponent)  # x^{2 − 1}
    if any(isinstance(e, Power) for e in tree.walk(node.exponent)):
        raise Unclear("an exponent that is too large", node.exponent)  # 9^{9^9}
    return None


def labelled(node: Power) -> Name | None:
    """Return the name that a power is where its exponent is the number of a layer: a¹; None where it may be none."""
    base, exponent = node.base, node.exponent
    if not node.bare or not isinstance(base, Name) or base.sup:
        return None
    if not isinstance(exponent, Number) or not exponent.text.isdigit():
        return None
    return Name(base.start, node.end, base.base, base.sub, exponent.text, base.accent, base.primes, base.bold)


def _constant(e: Expr) -> Fraction | None:
    match e:
        case Num(value):
            return value
        case Neg(Num(value)):
            return -value
        case Div(Num(a), Num(b)) if b:
            return a / b
    return None


def _small(e: Expr) -> bool:
    """Return whether an expression is a few numbers added and multiplied, no powers."""
    match e:
        case Num(value):
            return abs(value) < SMALL
        case Add(args) | Mul(args):
            return len(args) < TERMS and all(map(_small, args))
        case Neg(arg):
            return _small(arg)
        case Div(a, b):
            return _small(a) and _small(b)
    return False
