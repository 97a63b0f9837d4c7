"""What a step must look like, whatever its values: the side conditions of each rule, and matrices by entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from derive.check.evaluate import DERIVED, TOTAL, Network, target
from derive.check.verdict import Doubt, Fault, Undefined
from derive.derivation import (
    ChainRule,
    Definition,
    ErrorSignal,
    LocalDerivative,
    MatrixForm,
    Numbers,
    Rewriting,
    Rule,
    Step,
    Substitution,
    SumOverPaths,
    Update,
)
from derive.expression import (
    ONE,
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
    children,
    names,
)

Rows = tuple[tuple[Expr, ...], ...]


class Malformed(Exception):
    """Raised where a claim is refuted by its form."""

    def __init__(self, fault: Fault, *about: Var) -> None:
        self.fault = fault
        self.about = about
        super().__init__(fault.value)


# ── The rules ──────────────────────────────────────────────────────────────────────────────────────────────────


def inspect(step: Step, network: Network) -> None:
    """Raise Malformed where `step` is no claim that its rule can make, Undefined for a rule that is not known."""
    if step.rule not in CONDITIONS:
        raise Undefined(Doubt.UNKNOWN_RULE)
    CONDITIONS[step.rule](step, network)


def _anything(step: Step, network: Network) -> None:
    """Only the values count."""


def _definition(step: Step, network: Network) -> None:
    """A name that is not given := an expression in names before it."""
    name = step.lhs
    if not isinstance(name, Var):
        raise Malformed(Fault.FORM)
    if name.kind in DERIVED:
        return
    if not network.defines(name):
        network.given(name)
        raise Malformed(Fault.GIVEN, name)
    later = [part for part in names(step.rhs) if part.kind in DERIVED or network.rank(part) >= network.rank(name)]
    if later:
        raise Malformed(Fault.CIRCULAR, name, *later)


def _error_signal(step: Step, network: Network) -> None:
    """δⱼ := ∂total/∂netⱼ, of the same neuron."""
    match step.lhs, step.rhs:
        case Var("delta") as delta, Diff(of, Var("net") as net, False) if of == TOTAL:
            if net != target(delta):
                raise Malformed(Fault.NEURON, delta, net)
        case _:
            raise Malformed(Fault.FORM)


def _update(step: Step, network: Network) -> None:
    """w⁺ := …"""
    if not (isinstance(step.lhs, Var) and step.lhs.kind in ("w+", "b+")):
        raise Malformed(Fault.FORM)


def _local_derivative(step: Step, network: Network) -> None:
    """A local ∂y/∂x = an expression in the names of y's definition, in y, and in its neighbours in the layer."""
    if not (isinstance(step.lhs, Diff) and step.lhs.local) or _has_diff(step.rhs):
        raise Malformed(Fault.FORM)
    y = step.lhs.of
    mentioned = network.open(y).names
    foreign = [
        name for name in names(step.rhs)
        if name not in mentioned and (name.kind, name.layer, name.sample) != (y.kind, y.layer, y.sample)
    ]  # fmt: skip
    if foreign:
        raise Malformed(Fault.FOREIGN, *foreign)


def _chain_rule(step: Step, network: Network) -> None:
    """∂E/∂v = ∂E/∂y · ∂y/∂z ⋯ ∂z/∂v: what cancels leaves what stands on the left."""
    ends = _derivative(step.lhs)
    if ends is None or ends.local:
        raise Malformed(Fault.FORM)
    factors = _factors(step.rhs)
    if factors[0].of != ends.of or factors[-1].wrt != ends.wrt:
        raise Malformed(Fault.ENDS, factors[0].of, factors[-1].wrt)


def _sum_over_paths(step: Step, network: Network) -> None:
    """∂E/∂v = a sum of products, each the factors along another path from v to E, or to a term of the sum that E is."""
    ends = _derivative(step.lhs)
    if ends is None or ends.local:
        raise Malformed(Fault.FORM)
    paths = [_factors(term) for term in (step.rhs.args if isinstance(step.rhs, Add) else (step.rhs,))]
    for factors in paths:
        first, last = factors[0].of, factors[-1].wrt
        if last != ends.wrt or not (first == ends.of or first in network.open(ends.of).names):
            raise Malformed(Fault.ENDS, first, last)
    if len({tuple([factor.of for factor in factors]) for factors in paths}) < len(paths):
        raise Malformed(Fault.PATHS, ends.of, ends.wrt)


def _matrix_form(step: Step, network: Network) -> None:
    """A matrix = a matrix."""
    if not isinstance(step.lhs, Named | Matrix):
        raise Malformed(Fault.FORM)


CONDITIONS: Mapping[type[Rule], Callable[[Step, Network], None]] = MappingProxyType({
    Definition: _definition,
    LocalDerivative: _local_derivative,
    ChainRule: _chain_rule,
    SumOverPaths: _sum_over_paths,
    ErrorSignal: _error_signal,
    Substitution: _anything,
    Numbers: _anything,
    Rewriting: _anything,
    Update: _update,
    MatrixForm: _matrix_form,
})  # fmt: skip


def _derivative(e: Expr) -> Diff | None:
    """Return the derivative that `e` is; an error signal is one by another name."""
    if isinstance(e, Var) and e.kind == "delta":
        return Diff(TOTAL, target(e))
    return e if isinstance(e, Diff) else None


def _factors(e: Expr) -> Sequence[Diff]:
    """Return the factors of a product of derivatives of which each begins where the one before it ends."""
    factors = [_derivative(part) for part in (e.args if isinstance(e, Mul) else (e,))]
    found = [factor for factor in factors if factor is not None]
    if not found or len(found) < len(factors):
        raise Malformed(Fault.FORM)
    for one, other in pairwise(found):
        if one.wrt != other.of:
            raise Malformed(Fault.FACTORS, one.wrt, other.of)
    return found


def _has_diff(e: Expr) -> bool:
    return isinstance(e, Diff) or any(map(_has_diff, children(e)))


# ── Matrices ───────────────────────────────────────────────────────────────────────────────────────────────────


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
    "one": lambda e, layer, i, j: e == ONE,
})  # fmt: skip
"""What the matrix of each letter holds: one row a neuron; one column a neuron of the layer before, or a sample."""


def _check_letter(e: Named) -> None:
    if e.kind not in LETTERS:
        raise Undefined(Doubt.UNKNOWN_NAME)
    rows = _rectangle(e.matrix.rows)
    for i, row in enumerate(rows, 1):
        for j, entry in enumerate(row, 1):
            if not LETTERS[e.kind](entry, e.layer, i, j):
                raise Malformed(Fault.LETTER, *names(entry))
    for column in zip(*rows, strict=True):
        if len({name.sample for entry in column for name in names(entry) if name != TOTAL}) > 1:
            raise Malformed(Fault.LETTER)
