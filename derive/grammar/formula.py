"""What a formula means so far: its shape, its entries, and how large it is before any of it is written out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod
from typing import NamedTuple

from derive.expression import Add, Cases, Expr, Index, Neg, Num, Sum

Shape = tuple[int, ...]
Place = tuple[Index, ...]
Letters = frozenset[str]

POOL = "ijklmnpqrtuvwxyzabcdefgh"
"""Index letters in the order in which they are taken. s is the sample's."""

ZERO = Num(Fraction(0))


class Size(NamedTuple):
    """How large an entry is.

    nodes: of its tree, where what is written twice counts twice.
    power: the product of the powers on the longest way down: 6 for (a^2)^3.
    bits: of the longest number that multiplying it out could give.
    terms: how often its innermost part is calculated: 6 for sums over 2 and 3 inside each other.
    """

    nodes: int = 1
    power: int = 1
    bits: int = 0
    terms: int = 1

    def over(self, *others: Size, nodes: int = 1, times: int = 1) -> Size:
        """Return the size of something that is made of this and the others, with `nodes` more, summed `times`."""
        parts = (self, *others)
        return Size(
            nodes + sum(part.nodes for part in parts),
            max(part.power for part in parts),
            sum(part.bits for part in parts),
            times * max(part.terms for part in parts),
        )


class Formula(NamedTuple):
    """shape: of the value.  at(place, taken): the entry at a place, whose sums use letters that are not `taken`."""

    shape: Shape
    at: Callable[[Place, Letters], Expr]
    size: Size = Size()


def fresh(taken: Letters) -> str:
    """Return the first free letter; "" where there is none."""
    return next((letter for letter in POOL if letter not in taken), "")


def entrywise(shape: Shape, parts: Sequence[Formula], make: Callable[..., Expr], size: Size) -> Formula:
    """Return make(entries of the parts) at every place; parts that are single numbers are the same at every place."""

    def at(place: Place, taken: Letters) -> Expr:
        return make(*(part.at(place if part.shape else (), taken) for part in parts))

    return Formula(shape, at, size)


def summed(of: Formula) -> Formula:
    """Return the sum of all entries of a vector or a matrix."""

    def at(place: Place, taken: Letters) -> Expr:
        letters: list[str] = []
        for _ in of.shape:
            letters.append(fresh(taken | set(letters)))
        made = of.at(tuple(letters), taken | set(letters))
        for letter, size in zip(reversed(letters), reversed(of.shape), strict=True):
            made = Sum(made, letter, size)
        return made

    return Formula((), at, of.size.over(nodes=len(of.shape), times=prod(of.shape)))


def contracted(a: Formula, b: Formula, make: Callable[[Expr, Expr], Expr]) -> Formula:
    """Return Σ over the last index of a and the first of b: the product of matrices and vectors."""

    def at(place: Place, taken: Letters) -> Expr:
        letter = fresh(taken)
        split = len(a.shape) - 1
        inside = taken | {letter}
        left, right = a.at((*place[:split], letter), inside), b.at((letter, *place[split:]), inside)
        return Sum(make(left, right), letter, a.shape[-1])

    return Formula((*a.shape[:-1], *b.shape[1:]), at, a.size.over(b.size, nodes=2, times=a.shape[-1]))


def turned(of: Formula) -> Formula:
    """Return the transpose of a matrix."""
    return Formula(of.shape[::-1], lambda place, taken: of.at(place[::-1], taken), of.size)


def absolute(a: Expr) -> Expr:
    """Return |a| by cases: at 0 the slope is 0."""
    return Cases(a, a, Cases(_negative(a), _negative(a), ZERO))


def larger(a: Expr, b: Expr) -> Expr:
    """Return max(a, b): where the two are equal, it is b."""
    return Cases(_difference(a, b), a, b)


def smaller(a: Expr, b: Expr) -> Expr:
    """Return min(a, b): where the two are equal, it is b."""
    return Cases(_difference(b, a), a, b)


def _difference(a: Expr, b: Expr) -> Expr:
    if b == ZERO:
        return a
    return _negative(b) if a == ZERO else Add((a, _negative(b)))


def _negative(a: Expr) -> Expr:
    return a.arg if isinstance(a, Neg) else Neg(a)


def shown_shape(shape: Shape) -> str:
    """Return a shape as errors write it: (2, 3), (3); () for a single number."""
    return f"({', '.join(map(str, shape))})"
