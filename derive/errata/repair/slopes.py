"""Slopes of activations: what in a formula has the form of one."""

from __future__ import annotations

from itertools import combinations

from derive.errata.repair.places import is_number
from derive.expression import (
    ONE,
    Add,
    Cases,
    Diff,
    Expr,
    Hadamard,
    Mul,
    Neg,
    Pow,
)


def is_slope(e: Expr) -> bool:
    """Return whether `e` has the form of an activation's derivative: a(1 − a), 1 − a², ∂out/∂net, or 1 or 0."""
    match e:
        case Mul(args) | Hadamard(args):
            return 2 * len(slope_pairs(e)) == len(args)
        case Add():
            match from_one(e):
                case Pow(_, 2):
                    return True
                case Mul((a, b)) | Hadamard((a, b)):
                    return a == b
            return False
        case Diff(of, wrt):
            return (of.kind, wrt.kind) == ("out", "net") and (of.layer, of.sample) == (wrt.layer, wrt.sample)
        case Cases(_, above, otherwise):
            return is_number(above) and is_number(otherwise)
        case _:
            return False


def slope_pairs(e: Expr) -> list[tuple[int, int]]:
    """Return which factors of a product are an a and a 1 − a; no factor is in two pairs."""
    if not isinstance(e, Mul | Hadamard):
        return []
    found: list[tuple[int, int]] = []
    for pair in combinations(range(len(e.args)), 2):
        a, b = (e.args[n] for n in pair)
        if (from_one(b) == a or from_one(a) == b) and not any(n in each for each in found for n in pair):
            found.append(pair)
    return found


def from_one(e: Expr) -> Expr | None:
    """Return a where `e` is 1 − a, else None."""
    match e:
        case Add((first, Neg(a))) | Add((Neg(a), first)) if first == ONE:
            return a
        case _:
            return None
