"""Changes of factors: one too many, one missing, a number, a power, another operation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.errata.findings import Cause
from derive.errata.repair.places import (
    Formula,
    Leaf,
    Path,
    Repair,
    is_number,
    without,
)
from derive.errata.repair.slopes import is_slope, slope_pairs
from derive.expression import (
    ONE,
    Add,
    At,
    Call,
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
    total,
)

FACTORS = (2, 3, 4, 5, 6, 7, 8, 9, 10)  # by which a formula may be wrong


def dropped_factor(formula: Formula) -> Iterator[Repair]:
    """A factor too many; or several, that are a slope together."""
    for path, node in formula.nodes:
        if isinstance(node, Mul | Hadamard | MatMul):
            for n, factor in enumerate(node.args):
                whole = formula.put(path, without(node, [n]))
                yield Repair(_extra(factor), (*path, n), factor, None, whole, "dropped")
            for pair in slope_pairs(node):
                slope = type(node)(tuple([node.args[n] for n in pair]))
                whole = formula.put(path, without(node, pair))
                yield Repair(Cause.SLOPE_EXTRA, path, slope, None, whole, "dropped")
        elif isinstance(node, Div):
            yield Repair(_extra(node.den), (*path, 1), node.den, None, formula.put(path, node.num), "dropped")
            if node.num != ONE:
                whole = formula.put(path, Div(ONE, node.den))
                yield Repair(_extra(node.num), (*path, 0), node.num, None, whole, "dropped")


def _extra(factor: Expr) -> Cause:
    if is_number(factor):
        return Cause.CONSTANT
    return Cause.SLOPE_EXTRA if is_slope(factor) else Cause.FACTOR_EXTRA


def factor_places(formula: Formula) -> Iterator[tuple[Path, Expr]]:
    """Yield where a factor may be added: to products, and to what is no factor itself; a minus stays before it all."""
    for path, node in formula.nodes:
        end = len(path)
        while end and isinstance(formula.at(path[: end - 1]), Neg):
            end -= 1
        over = formula.over(path[:end])
        product_inside = isinstance(node, Div) and isinstance(node.num, Mul)
        factor = isinstance(over, Mul | Div | Hadamard | MatMul) and not isinstance(node, Mul | Hadamard)
        if not factor and not product_inside and not isinstance(node, Neg | Matrix | Named | At | Transpose):
            yield path, node


def added_factor(formula: Formula) -> Iterator[Repair]:
    """A part of the right formula as one more factor."""
    for path, node in factor_places(formula):
        for part in formula.parts:
            if isinstance(node, Sum) or part in (node, *children(node)):
                continue  # inside of the sum; and what is there already is missing in a power only
            if isinstance(node, Hadamard):
                more: Expr = Hadamard((*node.args, part))
            elif is_number(part):
                more = Mul((part, *factors(node)))
            else:
                more = Mul((*factors(node), *factors(part)))
            yield Repair(_lacking(part), path, None, part, formula.put(path, more), "multiplied")


def _lacking(factor: Expr) -> Cause:
    if is_number(factor):
        return Cause.CONSTANT
    return Cause.SLOPE_MISSING if is_slope(factor) else Cause.FACTOR_MISSING


def scaled(formula: Formula) -> Iterator[Repair]:
    """A whole number more, or less, as a factor; a number that stands there already is changed itself."""
    for factor in FACTORS:
        for path, node in formula.nodes:
            if isinstance(node, Num) and node.value:
                for value in (node.value * factor, node.value / factor):
                    yield formula.change(Cause.CONSTANT, path, Num(value), "scaled")
        for path, node in factor_places(formula):
            beside = (formula.over(path), node)
            parts = [part for e in beside if isinstance(e, Mul | Div) for part in children(e)]
            if not any(map(is_number, [node, *parts])) and not isinstance(beside[0], Sum):
                number = Num(Fraction(factor))
                for after in (Mul((number, *factors(node))), Div(node, number)):
                    yield formula.change(Cause.CONSTANT, path, after, "scaled")


def raised(formula: Formula) -> Iterator[Repair]:
    """A square more, or another exponent."""
    for path, node in formula.nodes:
        if isinstance(node, Pow):
            for exponent in (node.exponent - 1, node.exponent + 1):
                if exponent:
                    after = node.base if exponent == 1 else Pow(node.base, exponent)
                    yield formula.change(Cause.POWER, path, after, "raised")
        elif isinstance(node, Leaf | Add | Mul | Div | Call) and not isinstance(formula.over(path), Pow):
            yield formula.change(Cause.POWER, path, Pow(node, 2), "raised")


def operation(formula: Formula) -> Iterator[Repair]:
    """· where + or − stands, and the other way round; a quotient the other way up, or as a product."""
    for path, node in formula.nodes:
        for after in _other_operations(node):
            yield formula.change(Cause.OPERATION, path, after, "operation")
        if isinstance(node, Leaf | Add | Call | Pow | Mul) and not isinstance(formula.over(path), Div):
            yield formula.change(Cause.OPERATION, path, Div(ONE, node), "operation")


def _other_operations(node: Expr) -> Iterator[Expr]:
    match node:
        case Add(args):
            for n in range(len(args) - 1):
                a, b = args[n], args[n + 1]
                joined = Mul((*factors(a), *factors(b.arg if isinstance(b, Neg) else b)))
                yield total([*args[:n], joined, *args[n + 2 :]])
        case Mul(args):
            for n in range(1, len(args)):
                one, two = product(list(args[:n])), product(list(args[n:]))
                yield from (Add((one, two)), Add((one, Neg(two))))
                if len(args) > 2:
                    a, b = args[n - 1], args[n]
                    for pair in (Add((a, b)), Add((a, Neg(b)))):
                        yield Mul((*args[: n - 1], pair, *args[n + 1 :]))
        case Div(a, b):
            yield Mul((*factors(a), *factors(b)))
            yield b if a == ONE else Div(b, a)


def factors(e: Expr) -> tuple[Expr, ...]:
    """Return the factors of a product; what is none is one factor."""
    return e.args if isinstance(e, Mul) else (e,)
