"""Numbers lined up with the formula that they are put into."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.errata.causes.parts import factors
from derive.expression import Diff, Expr, Mul, Neg, Num, Var, children
from derive.read.written import tree
from derive.read.written.tree import Node

Pairs = list[tuple[Node, Node]]
Values = list[tuple[Expr, Fraction]]


def aligned(formula: Node, numbers: Node) -> Pairs | None:
    """Return which number stands for which name of a formula; None where they are not built alike."""
    found: Pairs = []
    return found if _align(formula, numbers, found) else None


def _align(formula: Node, numbers: Node, found: Pairs) -> bool:
    match formula, numbers:
        case ((tree.Name() | tree.Of() | tree.Derivative()), (tree.Number() | tree.Minus(_, _, tree.Number()))):
            found.append((formula, numbers))
            return True
        case tree.Number(), tree.Number():
            return formula.value == numbers.value
        case tree.Times(), tree.Times():
            return _align_factors(_flat(formula.factors), _flat(numbers.factors), found)
        case tree.Plus(), tree.Plus():
            return _align_all(formula.terms, numbers.terms, found)
        case tree.Apply(), tree.Apply():
            one, other = formula.function, numbers.function
            alike = one.base == other.base and one.primes == other.primes
            return alike and _align_all(formula.args, numbers.args, found)
        case tree.Over(), tree.Over():
            return _align_all((formula.above, formula.below), (numbers.above, numbers.below), found)
        case tree.Power(), tree.Power():
            return _align_all((formula.base, formula.exponent), (numbers.base, numbers.exponent), found)
        case tree.Minus(), tree.Minus():
            return _align(formula.arg, numbers.arg, found)
        case tree.Root(), tree.Root():
            return _align(formula.arg, numbers.arg, found)
    return False


def _align_all(formulas: Sequence[Node], numbers: Sequence[Node], found: Pairs) -> bool:
    return len(formulas) == len(numbers) and all(_align(a, b, found) for a, b in zip(formulas, numbers, strict=True))


def _align_factors(formulas: Sequence[Node], numbers: Sequence[Node], found: Pairs) -> bool:
    """Line up factors; a 1 need not be written."""
    if len(formulas) != len(numbers):
        formulas = [each for each in formulas if not _is_one(each)]
    if len(formulas) != len(numbers):
        numbers = [each for each in numbers if not _is_one(each)]
    return _align_all(formulas, numbers, found)


def _is_one(node: Node) -> bool:
    return isinstance(node, tree.Number) and node.text == "1"


def _flat(parts: Sequence[Node]) -> list[Node]:
    return [each for part in parts for each in (_flat(part.factors) if isinstance(part, tree.Times) else [part])]


def aligned_expr(definition: Expr, numbers: Expr) -> Values | None:
    """Return which number stands for which name of a definition; None where they are not built alike."""
    found: Values = []
    return found if _align_expr(definition, numbers, found) else None


def _align_expr(definition: Expr, numbers: Expr, found: Values) -> bool:
    match definition, numbers:
        case ((Var() | Diff()), Num(value)):
            found.append((definition, value))
            return True
        case ((Var() | Diff()), Neg(Num(value))):
            found.append((definition, -value))
            return True
        case Num(one), Num(other):
            return one == other
    parts, others = children(definition), children(numbers)
    if isinstance(definition, Mul) and isinstance(numbers, Mul):
        parts, others = tuple(factors(definition)), tuple(factors(numbers))
    alike = type(definition) is type(numbers) and len(parts) == len(others) > 0
    return alike and all(_align_expr(a, b, found) for a, b in zip(parts, others, strict=True))
