"""What it takes to evaluate an expression, and dual numbers over anything in which that can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from derive.expression import Var

V = TypeVar("V")


class Algebra(Protocol[V]):
    """Arithmetic with values of some kind. Every operation raises `Undefined` where it has no result.

    sqrt(a, either): `either` is whether what holds for one sign of the root holds for the other.
    """

    def number(self, value: Fraction, /) -> V: ...
    def add(self, terms: Sequence[V], /) -> V: ...
    def mul(self, a: V, b: V, /) -> V: ...
    def neg(self, a: V, /) -> V: ...
    def div(self, a: V, b: V, /) -> V: ...
    def power(self, a: V, n: int, /) -> V: ...
    def exp(self, a: V, /) -> V: ...
    def log(self, a: V, /) -> V: ...
    def tanh(self, a: V, /) -> V: ...
    def sqrt(self, a: V, either: bool, /) -> V: ...
    def erf(self, a: V, /) -> V: ...
    def sin(self, a: V, /) -> V: ...
    def cos(self, a: V, /) -> V: ...
    def pi(self) -> V: ...


class Dual(Struct, Generic[V], frozen=True):
    """value + Σ slope·ε over the names that move, with every εε = 0; a name that is not there has slope 0."""

    value: V
    slopes: Mapping[Var, V] = {}


class Duals(Generic[V]):
    """Dual numbers over an algebra: f(x + ε) = f(x) + f′(x) ε, one rule a line. An `Algebra` in its turn.

    Griewank & Walther, Evaluating Derivatives, 2nd ed. (2008), §3.1.
    """

    def __init__(self, base: Algebra[V]) -> None:
        self._base = base
        self._one = base.number(Fraction(1))

    def moving(self, name: Var, value: V) -> Dual[V]:
        """Return value + ε of `name`."""
        return Dual(value, {name: self._one})

    def number(self, value: Fraction) -> Dual[V]:
        return Dual(self._base.number(value))

    def add(self, terms: Sequence[Dual[V]]) -> Dual[V]:
        return Dual(self._base.add([term.value for term in terms]), self._sum([term.slopes for term in terms]))

    def mul(self, a: Dual[V], b: Dual[V]) -> Dual[V]:
        slopes = self._sum([self._scaled(a, b.value), self._scaled(b, a.value)])
        return Dual(self._base.mul(a.value, b.value), slopes)

    def neg(self, a: Dual[V]) -> Dual[V]:
        return Dual(self._base.neg(a.value), {name: self._base.neg(slope) for name, slope in a.slopes.items()})

    def div(self, a: Dual[V], b: Dual[V]) -> Dual[V]:
        """(a/b)′ = (a′ − (a/b) b′)/b"""
        value = self._base.div(a.value, b.value)
        top = self._sum([a.slopes, self._scaled(b, self._base.neg(value))]) if b.slopes else a.slopes
        return Dual(value, {name: self._base.div(slope, b.value) for name, slope in top.items()})

    def power(self, a: Dual[V], n: int) -> Dual[V]:
        """(aⁿ)′ = n aⁿ⁻¹ a′"""
        value = self._base.power(a.value, n)
        if not a.slopes or n == 0:
            return Dual(value)
        slope = self._base.mul(self._base.number(Fraction(n)), self._base.power(a.value, n - 1))
        return Dual(value, self._scaled(a, slope))

    def exp(self, a: Dual[V]) -> Dual[V]:
        """exp′ = exp"""
        value = self._base.exp(a.value)
        return Dual(value, self._scaled(a, value))

    def log(self, a: Dual[V]) -> Dual[V]:
        """(log a)′ = a′/a"""
        value = self._base.log(a.value)
        return Dual(value, {name: self._base.div(slope, a.value) for name, slope in a.slopes.items()})

    def tanh(self, a: Dual[V]) -> Dual[V]:
        """tanh′ = 1 − tanh²"""
        value = self._base.tanh(a.value)
        return Dual(value, self._scaled(a, self._base.add([self._one, self._base.neg(self._base.mul(value, value))])))

    def sqrt(self, a: Dual[V], either: bool) -> Dual[V]:
        """(√a)′ = a′/(2√a)"""
        value = self._base.sqrt(a.value, either)
        twice = self._base.add([value, value])
        return Dual(value, {name: self._base.div(slope, twice) for name, slope in a.slopes.items()})

    def erf(self, a: Dual[V]) -> Dual[V]:
        """(erf a)′ = 2/√π e^(−a²) a′. DLMF, eq. 7.2.1."""
        base, value = self._base, self._base.erf(a.value)
        if not a.slopes:
            return Dual(value)
        factor = base.div(base.number(Fraction(2)), base.sqrt(base.pi(), True))
        return Dual(value, self._scaled(a, base.mul(factor, base.exp(base.neg(base.mul(a.value, a.value))))))

    def sin(self, a: Dual[V]) -> Dual[V]:
        """sin′ = cos"""
        return Dual(self._base.sin(a.value), self._scaled(a, self._base.cos(a.value)) if a.slopes else {})

    def cos(self, a: Dual[V]) -> Dual[V]:
        """cos′ = −sin"""
        slopes = self._scaled(a, self._base.neg(self._base.sin(a.value))) if a.slopes else {}
        return Dual(self._base.cos(a.value), slopes)

    def pi(self) -> Dual[V]:
        return Dual(self._base.pi())

    def _scaled(self, a: Dual[V], factor: V) -> Mapping[Var, V]:
        one, mul = self._one, self._base.mul
        return {name: factor if slope is one else mul(factor, slope) for name, slope in a.slopes.items()}

    def _sum(self, every: Sequence[Mapping[Var, V]]) -> Mapping[Var, V]:
        moving = [slopes for slopes in every if slopes]
        if len(moving) < 2:
            return moving[0] if moving else {}
        terms: dict[Var, list[V]] = {}
        for slopes in moving:
            for name, slope in slopes.items():
                terms.setdefault(name, []).append(slope)
        return {name: some[0] if len(some) == 1 else self._base.add(some) for name, some in terms.items()}
