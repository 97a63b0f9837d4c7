"""Matrix equations by their entries, and what the letter of a matrix promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from derive.check.network import TOTAL
from derive.check.verdict import Doubt, Fault, Malformed, Undefined
from derive.expression import (
    ONE,
    ZERO,
    Add,
    At,
    Diff,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Named,
    Neg,
    Transpose,
    Var,
    names,
)

Rows = tuple[tuple[Expr, ...], ...]


def entries(e: Expr) -> Rows | None:
    """Return the entries of a matrix expression, each an expression between scalars; None for a scalar.

    Raises Malformed where shapes do not fit, or a letter stands for a matrix that is not its own.
    """
    match e:
        case Matrix(rows):
            return _rectangle(rows)
        case Named(_, _, matrix):
            _check_letter(e)
            return _rectangle(matrix.rows)
        case Transpose(arg):
            return tuple(zip(*_matrix(arg), strict=True))
        case MatMul(args):
            product = _matrix(args[0])
            for arg in args[1:]:
                product = _product(product, _matrix(arg))
            return product
        case Hadamard(args):
            return _elementwise(Mul, [_matrix(arg) for arg in args])
        case Add(args):
            parts = [entries(arg) for arg in args]
            if all(part is None for part in parts):
                return None
            return _elementwise(Add, parts)
        case Neg(arg) | At(arg):
            inner = entries(arg)
            return None if inner is None else tuple([tuple([type(e)(x) for x in row]) for row in inner])
        case Mul(args):
            factors = [entries(arg) for arg in args]
            matrices = [factor for factor in factors if factor is not None]
            if len(matrices) > 1:
                raise Malformed(Fault.SHAPES)
            scalars = tuple([arg for arg, factor in zip(args, factors, strict=True) if factor is None])
            return tuple([tuple([Mul((*scalars, x)) for x in row]) for row in matrices[0]]) if matrices else None
        case Div(num, den):
            top = entries(num)
            return None if top is None else tuple([tuple([Div(x, den) for x in row]) for row in top])
        case _:
            return None


def _matrix(e: Expr) -> Rows:
    rows = entries(e)
    if rows is None:
        raise Malformed(Fault.SHAPES)
    return rows


def _rectangle(rows: Rows) -> Rows:
    if not rows or not rows[0] or len({len(row) for row in rows}) > 1:
        raise Malformed(Fault.SHAPES)
    return rows


def _shape(rows: Rows) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _product(a: Rows, b: Rows) -> Rows:
    if len(a[0]) != len(b):
        raise Malformed(Fault.SHAPES)
    columns = list(zip(*b, strict=True))
    return tuple([
        tuple([Add(tuple([Mul(pair) for pair in zip(row, column, strict=True)])) for column in columns]) for row in a
    ])  # fmt: skip


def _elementwise(node: type[Add] | type[Mul], parts: Sequence[Rows | None]) -> Rows:
    matrices = [part for part in parts if part is not None]
    if len(matrices) < len(parts) or len(set(map(_shape, matrices))) != 1:
        raise Malformed(Fault.SHAPES)
    return tuple([
        tuple([node(tuple(entry)) for entry in zip(*rows, strict=True)]) for rows in zip(*matrices, strict=True)
    ])  # fmt: skip


# ── Letters ────────────────────────────────────────────────────────────────────────────────────────────────────

Entry = Callable[[Expr, int, int, int], bool]
"""Whether an expression may stand in row i and column j (from 1) of the matrix of a layer with some letter."""


def _neuron(name: Expr, kind: str, layer: int, i: int) -> bool:
    return isinstance(name, Var) and (name.kind, name.layer, name.index) == (kind, layer, (i,))


def _column(kind: str) -> Entry:
    return lambda e, layer, i, j: _neuron(e, kind, layer, i)


def _weight(e: Expr, layer: int, i: int, j: int, kind: str = "w") -> bool:
    return e == Var(kind, layer, (i, j))


def _bias(e: Expr, layer: int, i: int, j: int, kind: str = "b") -> bool:
    return e in (Var(kind, layer, (i,)), Var(kind, layer))


def _total(wrt: Entry) -> Entry:
    return lambda e, layer, i, j: (
        isinstance(e, Diff) and e.of == TOTAL and not e.local and wrt(e.wrt, layer, i, j)
    )  # fmt: skip


def _jacobian(e: Expr, layer: int, i: int, j: int) -> bool:
    return isinstance(e, Diff) and e.local and _neuron(e.of, "out", layer, i) and _neuron(e.wrt, "net", layer, j)


LETTERS: Mapping[str, Entry] = MappingProxyType({
    **{kind: _column(kind) for kind in ("x", "t", "net", "out", "E", "delta")},
    "w": _weight,
    "b": _bias,
    "w+": lambda e, layer, i, j: _weight(e, layer, i, j, "w+"),
    "b+": lambda e, layer, i, j: _bias(e, layer, i, j, "b+"),
    "dw": _total(_weight),
    "db": _total(_bias),
    "dnet": _total(_column("net")),
    "dout": _total(_column("out")),
    "slope": lambda e, layer, i, j: _jacobian(e, layer, i, i),
    "J": _jacobian,
    "diag": lambda e, layer, i, j: _jacobian(e, layer, i, i) if i == j else e == ZERO,
    "Jx": lambda e, layer, i, j: (
        isinstance(e, Diff) and not e.local and _neuron(e.of, "out", layer, i) and _neuron(e.wrt, "x", 0, j)
    ),
    "one": lambda e, layer, i, j: e == ONE,
})  # fmt: skip
"""What the matrix of each letter holds: one row a neuron; one column a neuron of the layer before, or a sample."""

BY_SAMPLE = ("x", "t", "net", "out", "E", "delta", "dnet", "dout", "slope")


def _check_letter(e: Named) -> None:
    if e.kind not in LETTERS:
        raise Undefined(Doubt.UNKNOWN_NAME)
    rows = _rectangle(e.matrix.rows)
    for i, row in enumerate(rows, 1):
        for j, entry in enumerate(row, 1):
            if not LETTERS[e.kind](entry, e.layer, i, j):
                raise Malformed(Fault.LETTER, *names(entry))
    for j, column in enumerate(zip(*rows, strict=True), 1):
        samples = {name.sample for entry in column for name in names(entry) if name != TOTAL}
        if len(samples) > 1 or (e.kind in BY_SAMPLE and len(rows[0]) > 1 and samples != {j}):
            raise Malformed(Fault.LETTER)
