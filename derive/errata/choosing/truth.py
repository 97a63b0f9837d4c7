"""Whether a statement is true by a way of reading: evidence for that way, no verdict."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.check.real import Real
from derive.errata.meaning import Meaning, Unclear, Value, letters_of
from derive.errata.numbers import Printed, as_float, printed
from derive.errata.world import Table, World, transposed
from derive.expression import Expr, Var
from derive.read.written.tree import Node, Statement, numeric

WIDE = 4  # of the interval of a printed number
ENTRY = 2e-3
"""So close, relatively, entries of matrices are the same: they are printed with few digits."""


def truth(world: World, meaning: Meaning, statement: Statement) -> bool | None:
    """Return whether a statement is true at the point, as far as doubles show it; None where it says nothing."""
    sides = [side for side in statement.sides if side is not None]
    values = _values(meaning, sides)
    if not values:
        return None
    head, *others = values
    if isinstance(head, tuple):
        return _tables(world, head, [*others, *_numeric_tables(world, sides)])
    single = next((number for side in reversed(sides) if (number := printed(side)) is not None), None)
    return _scalars(world, head, others, single)


def _values(meaning: Meaning, sides: Sequence[Node]) -> list[Value]:
    """Return what the sides say that are not numbers; [] where one of them is unclear.

    Of an equation with index letters it is only looked at what the first side with such says, for some neuron.
    """
    values: list[Value] = []
    for side in sides:
        if numeric(side):
            continue
        letters = letters_of(side, meaning.ref)
        value = _for_some(meaning, side, list(letters))
        if value is None:
            return []
        values.append(value)
        if letters and len(sides) > 1:
            break
    return values


def _for_some(meaning: Meaning, side: Node, letters: Sequence[str]) -> Value | None:
    """Return what a side says, with numbers for its index letters: all the same, or else one after the other."""
    first = dict.fromkeys(letters, 1)
    for binding in (first, {letter: n for n, letter in enumerate(letters, 1)}) if letters else (first,):
        try:
            return meaning.of(side, binding)
        except (Unclear, RecursionError):
            continue
    return None


def _scalars(world: World, head: Expr, others: Sequence[Value], single: Printed | None) -> bool | None:
    """Return whether formulas are equal, and a number is their value."""
    here, near = world.value(head), world.near(head)
    if here is None:
        return None
    if single is not None and not _close(single, world.exact(head)):
        # A parameter after the update goes by its old name, often.
        if not isinstance(head, Var) or head.kind not in ("w", "b"):
            return False
        if not _close(single, world.exact(Var(head.kind + "+", head.layer, head.index))):
            return False
    said = single is not None
    for other in others:
        if isinstance(other, tuple):
            return False
        that, there = world.value(other), world.near(other)
        if that is None:
            continue
        said = True
        if not _same(here, that) or (near is not None and there is not None and not _same(near, there)):
            return False
    return True if said else None


def _numeric_tables(world: World, sides: Sequence[Node]) -> list[Value]:
    """Return the matrices of numbers among the sides."""
    plain = Meaning(world, lambda name: None)
    found: list[Value] = []
    for side in sides:
        if numeric(side) and printed(side) is None:
            try:
                found.append(plain.of(side))
            except (Unclear, RecursionError):
                continue
    return found


def _tables(world: World, head: Table, others: Sequence[Value]) -> bool | None:
    """Return whether matrices are equal at the point."""
    shape = len(head), len(head[0])
    said = None
    for other in others:
        if not isinstance(other, tuple):
            return False
        if (len(other), len(other[0])) != shape:
            other = transposed(other)
            if 1 not in shape or (len(other), len(other[0])) != shape:
                return False
        for row, mine in zip(other, head, strict=True):
            for e, f in zip(row, mine, strict=True):
                a, b = world.value(e), world.value(f)
                if a is None or b is None:
                    continue
                right = as_float(b.value)
                if abs(as_float(a.value) - right) > ENTRY * max(1e-3, abs(right)):
                    return False
                said = True
    return said


def _close(single: Printed, value: Fraction | None) -> bool:
    if value is None:
        return False
    return abs(value - single.value) <= max(WIDE * single.half, abs(value) / 10**6)


def _same(one: Real, other: Real) -> bool:
    a, b = as_float(one.value), as_float(other.value)
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-12)
