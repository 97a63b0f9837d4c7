"""Changes of terms: another sign, one too many, one missing."""

from __future__ import annotations

from collections.abc import Iterator

from derive.errata.findings import Cause
from derive.errata.repair.places import (
    Formula,
    Path,
    Repair,
    in_exponent,
    is_number,
    without,
)
from derive.errata.signs import negated
from derive.expression import (
    Add,
    At,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Named,
    Neg,
    Num,
    Pow,
    Sum,
    Transpose,
    children,
    product,
)


def other_sign(formula: Formula) -> Iterator[Repair]:
    """The sign of a term, of an argument or of the whole; of a factor only where it has a minus of its own."""
    for path, node in formula.nodes:
        over = formula.over(path)
        factor = isinstance(over, Mul | Div | Hadamard | MatMul) and not isinstance(node, Neg)
        if factor or has_minus(node) or isinstance(over, Neg | Pow | Sum | At | Transpose | Named):
            continue
        if not isinstance(node, Matrix | Named):
            cause = Cause.EXPONENT if in_exponent(formula, path) else Cause.SIGN
            yield formula.change(cause, path, negated(node), "negated")


def has_minus(e: Expr) -> bool:
    """Return whether a factor of a product has a minus, which is then what may be wrong."""
    return isinstance(e, Mul | Div) and any(isinstance(part, Neg) or has_minus(part) for part in children(e))


def dropped_term(formula: Formula) -> Iterator[Repair]:
    """A term too many."""
    for path, node in formula.nodes:
        if isinstance(node, Add):
            for n, term in enumerate(node.args):
                rest = without(node, [n])
                if is_number(rest) and isinstance(formula.over(path), Mul | Hadamard):
                    continue  # of (1 − a)·b the factor is too many
                whole = formula.put(path, rest)
                yield Repair(Cause.TERM_EXTRA, (*path, n), term, None, whole, "dropped")


def added_term(formula: Formula) -> Iterator[Repair]:
    """A part of the right formula as one more term, of a sum or of what stands alone."""
    for path, node in term_places(formula):
        for part in formula.parts:
            if part == node or (is_number(part) and any(map(is_number, terms(node)))):
                continue  # to double it, or to correct a number by another, is no term
            for term in (part, negated(part)):
                whole = formula.put(path, Add((*terms(node), *terms(term))))
                yield Repair(Cause.TERM_MISSING, path, None, term, whole, "added")
    # δ·w·a(1 − a), where (δ·w + δ′·w′)·a(1 − a) is right.
    for path, node in formula.nodes:
        if isinstance(node, Mul):
            for n in range(2, len(node.args)):
                for part in formula.parts:
                    several = Add((product(list(node.args[:n])), *terms(part)))
                    whole = formula.put(path, Mul((several, *node.args[n:])))
                    yield Repair(Cause.TERM_MISSING, path, None, part, whole, "added")


def term_places(formula: Formula) -> Iterator[tuple[Path, Expr]]:
    """Yield where a term may be added: to the sums, then to all that is no term itself."""
    yield from [(path, node) for path, node in formula.nodes if isinstance(node, Add)]
    for path, node in formula.nodes:
        of_sum = isinstance(node.arg if isinstance(node, Neg) else node, Add)
        if not of_sum and not isinstance(node, Num | Matrix | Named) and not isinstance(formula.over(path), Add | Neg):
            yield path, node


def terms(e: Expr) -> tuple[Expr, ...]:
    """Return the terms of a sum; what is none is one term."""
    return e.args if isinstance(e, Add) else (e,)
