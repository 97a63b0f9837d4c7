"""What formulas are made of, as far as it may be missing in others."""

from __future__ import annotations

from derive.errata.repair import is_slope
from derive.expression import Add, Expr, Mul, Num, Var, children

PARTS = 60  # of one formula
SLOPES = 20


def parts(e: Expr) -> list[Expr]:
    """Return the terms and factors of a formula, on all levels."""
    found: list[Expr] = []
    stack = [e]
    while stack and len(found) < PARTS:
        here = stack.pop()
        if isinstance(here, Add | Mul):
            found.extend(arg for arg in here.args if not isinstance(arg, Num))
        stack.extend(children(here))
    return found


def slopes(e: Expr) -> list[Expr]:
    """Return the factors a (1 − a) and 1 − a² in a formula, each as one."""
    found: list[Expr] = []
    stack = [e]
    while stack and len(found) < SLOPES:
        here = stack.pop()
        if isinstance(here, Mul):
            flat = factors(here)
            found += [Mul((a, b)) for a in flat for b in flat if isinstance(a, Var) and is_slope(Mul((a, b)))]
        elif is_slope(here):
            found.append(here)
        stack.extend(children(here))
    return found


def factors(e: Expr) -> list[Expr]:
    """Return the factors of a product, those of products in it among them."""
    return [part for arg in e.args for part in factors(arg)] if isinstance(e, Mul) else [e]
