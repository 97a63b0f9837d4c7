"""Where a formula may break that is too wide for a line."""

from __future__ import annotations

from derive.expression import Add, At, Diff, Expr, Hadamard, MatMul, Mul, Neg
from derive.render.maths import PRODUCT, SIGN, Printer, is_matrix
from derive.render.width import width

WIDE = 16.0  # em; a sum in brackets may break when it is wider


def pieces(printer: Printer, e: Expr) -> list[str]:
    """Return `e` in pieces between which a line may break: the terms of a sum, the factors of a product.

    With spaces between them they are the formula.
    """
    numbers = isinstance(e, At)
    inner = e.arg if isinstance(e, At) else e
    if is_matrix(inner):
        return _matrix_pieces(printer, inner, numbers=numbers)
    if isinstance(inner, Add):
        return printer.terms(inner.args, lead=True, numbers=numbers)
    if not isinstance(inner, Mul):
        return [printer.write(e)]
    first, *rest = inner.args
    if not isinstance(first, Add) or not rest:
        return printer.factors(inner.args, lead=True, numbers=numbers)
    before = len(printer.shown)
    terms = printer.terms(first.args, lead=True, numbers=numbers)
    if not is_sum_of_paths(inner) and width(" ".join(terms)) <= WIDE:
        del printer.shown[before:]
        return printer.factors(inner.args, lead=True, numbers=numbers)
    tall = "\\frac" in "".join(terms)
    terms[0] = ("\\biggl( " if tall else "(") + terms[0]
    terms[-1] += " \\biggr)" if tall else ")"
    times = printer.dialect.times.lstrip()
    factors = printer.factors(rest, lead=False, numbers=numbers)
    return [*terms, times + factors[0], *factors[1:]]


def _matrix_pieces(printer: Printer, e: Expr, *, numbers: bool) -> list[str]:
    """Return a matrix expression in pieces of one matrix each; brackets open and close in different pieces."""
    if not isinstance(e, Add | Hadamard | MatMul):
        return [printer.part(e, PRODUCT if isinstance(e, Mul) else SIGN, lead=False, numbers=numbers)]
    made: list[str] = []
    for place, arg in enumerate(e.args):
        minus = isinstance(e, Add) and isinstance(arg, Neg)
        part = _matrix_pieces(printer, arg.arg if isinstance(arg, Neg) and minus else arg, numbers=numbers)
        if len(part) > 1 and not isinstance(e, Add):
            part = [f"\\biggl( {part[0]}", *part[1:-1], f"{part[-1]} \\biggr)"]
        sign = printer.matrix_sign(e, place, numbers=numbers).strip() if place else ""
        sign = printer.dialect.minus if minus else sign
        made.extend([f"{sign} {part[0]}".strip(), *part[1:]])
    return made


def is_sum_of_paths(e: Expr) -> bool:
    """Return whether `e` is a sum over paths, perhaps times more factors: each path then has a line of its own."""
    inner = e.args[0] if isinstance(e, Mul) else e
    return isinstance(inner, Add) and all(
        isinstance(term, Mul) and all(isinstance(factor, Diff) for factor in term.args) for term in inner.args
    )
