"""Arithmetic of numbers and of matrices: entry by entry, or rows by columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derive.errata.meaning.values import MOST_TERMS, Unclear, Value
from derive.errata.world import Table, transposed
from derive.expression import Add, Call, Cases, Expr, Mul, Neg, Pow, total
from derive.read.written.tree import Node


def rows_of(value: Value) -> Table:
    """Return a value as a matrix: a number is one of a single entry."""
    return value if isinstance(value, tuple) else ((value,),)


def shaped(value: Value) -> Value:
    """Return a value, the entry alone of a matrix that has no more."""
    if isinstance(value, tuple) and len(value) == 1 and len(value[0]) == 1:
        return value[0][0]
    return value


def each(function: Callable[[Expr], Expr], value: Value) -> Value:
    """Return a function of a number, or of every entry."""
    if isinstance(value, tuple):
        return tuple([tuple([function(e) for e in row]) for row in value])
    return function(value)


def both(function: Callable[[Expr, Expr], Expr], a: Value, b: Value, node: Node) -> Value:
    """Return a function of both, entry by entry; a number stands for a matrix of it. Raises Unclear."""
    if not isinstance(a, tuple):
        return function(a, b) if not isinstance(b, tuple) else each(lambda e: function(a, e), b)
    if not isinstance(b, tuple):
        return each(lambda e: function(e, b), a)
    one, other = _fitted(a, b, node)
    pairs = [zip(row, entries, strict=True) for row, entries in zip(one, other, strict=True)]
    return tuple([tuple([function(x, y) for x, y in row]) for row in pairs])


def _fitted(a: Table, b: Table, node: Node) -> tuple[Table, Table]:
    """Return two matrices in the same shape. Raises Unclear where they have none."""
    if (len(a), len(a[0])) == (len(b), len(b[0])):
        return a, b
    if len(a) == len(b) and 1 in (len(a[0]), len(b[0])):  # the same column for every sample
        wide = max(len(a[0]), len(b[0]))
        return tuple([row * (wide // len(row)) for row in a]), tuple([row * (wide // len(row)) for row in b])
    if len(a) == 1 and len(b[0]) == 1 and len(a[0]) == len(b):  # a row and a column: written in one line
        return transposed(a), b
    if len(b) == 1 and len(a[0]) == 1 and len(b[0]) == len(a):
        return a, transposed(b)
    raise Unclear("the shapes do not fit each other", node)


def added(terms: Sequence[Value], node: Node) -> Value:
    """Return a sum. Raises Unclear where matrices do not fit each other."""
    scalars = [term for term in terms if not isinstance(term, tuple)]
    if len(scalars) == len(terms):
        return Add(tuple(scalars))
    result = terms[0]
    for term in terms[1:]:
        result = both(_plus, result, term, node)
    return result


def multiplied(factors: Sequence[Value], signs: Sequence[str], node: Node) -> Value:
    """Return a product. signs: what stands between the factors. Raises Unclear where matrices do not fit each other."""
    scalars = [factor for factor in factors if not isinstance(factor, tuple)]
    if len(scalars) == len(factors):
        return Mul(tuple(scalars))
    result = factors[0]
    for sign, factor in zip(signs, factors[1:], strict=True):
        result = _times(result, factor, sign, node)
    return shaped(result)


def _times(a: Value, b: Value, sign: str, node: Node) -> Value:
    if not isinstance(a, tuple) or not isinstance(b, tuple) or sign == "⊙":
        return both(_mul, a, b, node)
    columns = len(a[0]) == len(b[0]) == 1
    if sign == "⊗" and columns:
        b = transposed(b)
    if len(a[0]) == len(b):
        if len(b) * len(a) * len(b[0]) > MOST_TERMS:
            raise Unclear("a product too large to be written out", node)
        turned = transposed(b)
        return tuple([
            tuple([total([Mul((x, y)) for x, y in zip(row, column, strict=True)]) for column in turned]) for row in a
        ])  # fmt: skip
    if sign in ("·", "") and columns and len(a) == len(b):
        raise Unclear("a product of two columns", node)
    raise Unclear("the shapes do not fit each other", node)


def row_sums(value: Value) -> Value:
    """Return the sum of each row: A 1."""
    return shaped(tuple([(total(list(row)),) for row in rows_of(value)]))


def column_sums(value: Value) -> Value:
    """Return the sum of each column: 1ᵀ A."""
    return shaped((tuple([total(list(column)) for column in transposed(rows_of(value))]),))


def squared(value: Value) -> Expr:
    """Return the square of a number, or of the length of a vector."""
    return total([Pow(e, 2) for row in value for e in row]) if isinstance(value, tuple) else Pow(value, 2)


def length(value: Value) -> Expr:
    """Return |a|, the length of a where it is a vector."""
    return Call("sqrt", squared(value)) if isinstance(value, tuple) else Cases(value, value, Neg(value))


def _plus(a: Expr, b: Expr) -> Expr:
    return Add((*(a.args if isinstance(a, Add) else (a,)), b))


def _mul(a: Expr, b: Expr) -> Expr:
    return Mul((*(a.args if isinstance(a, Mul) else (a,)), b))
