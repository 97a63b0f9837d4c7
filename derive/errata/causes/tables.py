"""Why a product of matrices in numbers is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from msgspec.structs import replace

from derive.errata.findings import Cause
from derive.errata.meaning import Unclear, Value
from derive.errata.record import Anchor, Explanation, Record, Side, entries, shape
from derive.errata.world import Table
from derive.read.written import tree
from derive.read.written.tree import Node

NEAR = Fraction(1, 10**7)
"""So close, relatively, entries are the same."""


def turned(record: Record, anchor: Anchor, side: Side) -> Explanation | None:
    """Return that one of the matrices in a product lies the wrong way, if that explains its value."""
    right = anchor.value
    if not isinstance(right, tuple):
        return None
    for other in _turned(side.node):
        try:
            value = record.meaning.of(other)
        except (Unclear, RecursionError):
            continue
        if _alike(record, side, value, right):
            return Explanation(Cause.OPERATION, "ᵀ")
    return None


def _turned(node: Node) -> Iterator[Node]:
    """Yield a formula with one matrix in it turned, for each of them."""
    for each in tree.walk(node):
        if isinstance(each, tree.Turned):
            yield tree.replaced(node, each, each.arg)
        elif isinstance(each, tree.Grid) and len(each.rows) > 1:
            yield tree.replaced(node, each, tree.Turned(each.start, each.end, each))


def _alike(record: Record, side: Side, value: Value, right: Table) -> bool:
    if not isinstance(value, tuple) or shape(value) != shape(right):
        return False
    for e, f in zip(entries(value), entries(right), strict=True):
        a, b = record.world.exact(e), record.world.exact(f)
        if a is None or b is None:
            return False
        if abs(a - b) > max(record.rounding.of_inserted(replace(side, value=e)), abs(b) * NEAR):
            return False
    return True
