"""Parts of a formula without names: what they come to, exactly, as far as that can be written down."""

from __future__ import annotations

from fractions import Fraction

from derive.grammar.syntax import Apply, Name, Negative, Number, Over, Plus, Power, Syntax, Times, parts

MAX_EXPONENT = 64
MAX_BITS = 4_000


def constant(node: Syntax) -> Fraction | None:
    """Return the number that a formula without names comes to; None where it has names, or comes to too much."""
    match node:
        case Number(_, value):
            return value
        case Negative(_, arg):
            of = constant(arg)
            return None if of is None else -of
        case Plus(_, several) | Times(_, several):
            whole = Fraction(0 if isinstance(node, Plus) else 1)
            for part in several:
                of = constant(part)
                if of is None or _long(of) or _long(whole):
                    return None
                whole = whole + of if isinstance(node, Plus) else whole * of
            return whole
        case Over(_, above, below):
            a, b = constant(above), constant(below)
            return None if a is None or not b else a / b
        case Power(_, base, exponent):
            a, n = constant(base), constant(exponent)
            if a is None or n is None or n.denominator != 1 or abs(n) > MAX_EXPONENT or _long(a) or (not a and n < 0):
                return None
            return a ** int(n)
        case _:
            return None


def is_constant(node: Syntax) -> bool:
    """Return whether a formula has no names and no functions."""
    return not isinstance(node, Name | Apply) and all(map(is_constant, parts(node)))


def _long(value: Fraction) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS
