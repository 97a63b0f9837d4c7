"""Definitions and points with what the document adds to them, and points that are moved in other ways."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derive.check.kernel import Near
from derive.check.meanings import RealMeaning
from derive.check.real import Real
from derive.derivation import Definitions, Lookup
from derive.errata.world.names import FREE, OWN
from derive.expression import Atom, Expr, Var

FAR = 10**6
"""The rank of what a document defines itself: above all names of the network."""


class Overlay:
    """Definitions with those of the document on top."""

    def __init__(self, base: Definitions | None) -> None:
        self._base = base
        self.own: dict[Var, Expr] = {}

    def __getitem__(self, name: Var) -> Expr:
        if name.kind == OWN:
            return self.own[name]
        if self._base is None:
            raise KeyError(name)
        return self._base[name]

    def __contains__(self, name: object) -> bool:
        if name in self.own:
            return True
        return self._base is not None and isinstance(name, Var) and name.kind not in (OWN, FREE) and name in self._base

    def rank(self, name: Var) -> int:
        if name.kind == OWN:
            return FAR + name.layer
        if name.kind == FREE or self._base is None:
            return 0
        return self._base.rank(name)


class Point:
    """A point with values for what stands free in the document."""

    def __init__(self, base: Lookup[Var, Fraction] | None) -> None:
        self._base = base
        self.free: dict[Var, Fraction] = {}

    def __getitem__(self, name: Var) -> Fraction:
        if name.kind == FREE:
            return self.free[name]
        if self._base is None:
            raise KeyError(name)
        return self._base[name]


class Kept:
    """A point near another, in which zeros and ones stay what they are."""

    def __init__(self, point: Point, seed: int, number: int) -> None:
        self._point, self._near = point, Near(point, seed, number)

    def __getitem__(self, name: Var) -> Fraction:
        value = self._point[name]
        return value if value in (0, 1) else self._near[name]


class Overridden(RealMeaning):
    """Meaning in which some quantities are said to have other values than their definitions give them."""

    def __init__(self, here: RealMeaning, values: Mapping[Expr, Fraction]) -> None:
        super().__init__(here.network, here.reals)
        self._said = values

    def _lookup(self, e: Atom, inside: bool) -> Real:
        if e in self._said:
            return self.reals.number(self._said[e])
        return super()._lookup(e, inside)


def as_fraction(value: Real) -> Fraction:
    """Return a value as a fraction: exact where it is one, else to the digits that it was computed to."""
    if isinstance(value.value, Fraction):
        return value.value
    sign, mantissa, exponent, _ = value.value._mpf_
    size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -size if sign else size
