"""Changes of names: another one in one place or everywhere, two that are swapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from derive.errata.findings import Cause
from derive.errata.repair.places import (
    Formula,
    Leaf,
    Path,
    Repair,
    put,
    substituted,
)
from derive.errata.repair.slopes import is_slope, slope_pairs
from derive.expression import (
    Add,
    Diff,
    Expr,
    Hadamard,
    Mul,
    Var,
    children,
    names,
    rebuilt,
)


def other_name(formula: Formula) -> Iterator[Repair]:
    """Another name, or another derivative, in one place."""
    for path, node in formula.nodes:
        if isinstance(node, Leaf):
            for new in formula.alternatives(node):
                yield formula.change(index_cause(formula, path, node, new), path, new, "replaced")
        if isinstance(node, Diff):
            for new in formula.alternatives(node.of):
                if isinstance(new, Var):
                    yield formula.change(name_cause(node.of, new), path, Diff(new, node.wrt, node.local), "replaced")
            for new in formula.alternatives(node.wrt):
                if isinstance(new, Var):
                    yield formula.change(name_cause(node.wrt, new), path, Diff(node.of, new, node.local), "replaced")


def name_cause(old: Expr, new: Expr) -> Cause:
    if isinstance(old, Var) and isinstance(new, Var) and old.kind == new.kind:
        return {"t": Cause.TARGET, "b": Cause.BIAS, "b+": Cause.BIAS}.get(old.kind, Cause.INDEX)
    return Cause.INDEX


def index_cause(formula: Formula, path: Path, old: Expr, new: Expr) -> Cause:
    """Return the cause of another name in one place: in 1 − a² it is the slope that is another's."""
    for n in range(len(path)):
        over = formula.at(path[:n])
        if isinstance(over, Add) and is_slope(over) and set(names(over)) == {old}:
            return Cause.SLOPE_OF
    return name_cause(old, new)


def other_everywhere(formula: Formula) -> Iterator[Repair]:
    """Another name wherever it stands: first in a slope alone, then in the whole."""
    for path, node in formula.nodes:
        slopes: list[Sequence[int]] = [*slope_pairs(node)]
        if isinstance(node, Add) and is_slope(node):
            slopes.append(range(len(node.args)))
        for places in slopes:
            parts = children(node)
            for old in dict.fromkeys(name for n in places for name in names(parts[n])):
                for new in formula.alternatives(old):
                    made = [substituted(part, old, new) if n in places else part for n, part in enumerate(parts)]
                    yield formula.change(Cause.SLOPE_OF, path, rebuilt(node, made), "replaced")
    every = list(names(formula.whole))
    for old in dict.fromkeys(every):
        if every.count(old) > 1:
            for new in formula.alternatives(old):
                yield formula.change(name_cause(old, new), (), substituted(formula.whole, old, new), "replaced")


def swapped(formula: Formula) -> Iterator[Repair]:
    """Two names, each in the other's place."""
    for path, node in formula.nodes:
        if isinstance(node, Diff):
            yield formula.change(Cause.SWAP, path, Diff(node.wrt, node.of, node.local), "swapped")
    places = [(path, node) for path, node in formula.nodes if isinstance(node, Var)]
    for (one, a), (two, b) in combinations(places, 2):
        shared = next((n for n, (i, j) in enumerate(zip(one, two, strict=False)) if i != j), 0)
        top = one[:shared]
        node = formula.at(top)
        commute = isinstance(node, Add | Mul | Hadamard) and len(one) == len(two) == shared + 1
        if a != b and not commute:
            yield formula.change(Cause.SWAP, top, put(put(node, one[shared:], b), two[shared:], a), "swapped")
