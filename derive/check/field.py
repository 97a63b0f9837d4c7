"""Exact arithmetic with exponentials, in a tower of prime fields.

Take primes p₀ < p₁ < … with pᵢ dividing pᵢ₊₁ − 1, and g of order pᵢ modulo pᵢ₊₁. Then x ↦ gˣ takes sums modulo pᵢ to
products modulo pᵢ₊₁, as exp does: exp(a + b) = exp(a)·exp(b) holds exactly. A value is known by its residues modulo
the upper primes of the tower; each exp costs the lowest one.

    Gonnet, Determining equivalence of expressions in random polynomial time, Proc. 16th ACM STOC (1984);
    Gonnet, New results for random determination of equivalence of expressions, Proc. SYMSAC (1986).

Two expressions that are equal as functions, made with the arithmetic of a field, exp and tanh, have equal residues,
always. Two that are not have equal residues with a
chance that is bounded here, not assumed. The difference, brought over a common denominator, is a polynomial in the
given quantities and in the exponentials, of degree d and with coefficients of b bits:
  - it vanishes at a random place with a chance of at most d/p₀ (Schwartz, J. ACM 27 (1980), 701-717; Zippel (1979));
  - its coefficients all vanish modulo pᵢ for at most b/159 of the more than 2^150 primes that p₀ is
    drawn from (pᵢ₋₁ is the one prime factor of pᵢ − 1 above its root, so that each pᵢ has one p₀).
Each value carries one number that is at least d and at least b. Exponentials count as quantities of their own, as in
Gonnet's paper: what is taken for granted is that independent exponents are drawn as good as independently.

Logarithms, erf, sin and cos are opaque: quantities of their own, one for each argument; but e^(log a + b) is a·e^b,
erf and sin are odd, and cos is even.

Roots. Every prime is 7 modulo 8. So −1 is no square, 2 is one, and every square has one root that is a square itself,
a^((p+1)/4). This root is multiplicative, and that of an exponential is an exponential again. π is transcendental, so
it stands for any quantity that has a root: π := s² with s at random. Where `a` is no square modulo the last prime, √a
is opaque; else it is known modulo the primes above the last one for which it is none.
  - A difference that vanishes with the roots of the field vanishes for one choice of the sign of each root, as a
    function: the product over all choices is a polynomial, of at most four times the degree and bits for each root.
  - For roots of numbers 2ⁱπʲ all choices are alike, since they are conjugate. For other roots, √x² = x, they are not:
    whoever takes them has to see by other means that the choice is that of positive roots. In a field that is blind
    these are opaque, and what is equal holds for all choices.
  - Sides that are different here may be equal as functions, as long as there are opaque quantities or roots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from hashlib import shake_256
from itertools import chain, zip_longest
from typing import NamedTuple

from msgspec import Struct

from derive.check.tower import BITS, Tower
from derive.check.verdict import Doubt, Undefined
from derive.expression import Var

MAX_EXPONENT = 10_000
BELOW_PRIME = -162  # what is taken for a prime is none with a chance below 2^BELOW_PRIME


def chance(size: int, roots: int, bits: int = BITS) -> int:
    """Return e such that values that are not equal have equal residues with a chance below 2^e.

    size: at least the degree of their difference, and the bits of its coefficients.  bits: those of p₀.
    """
    # d/p₀ + b/(159·2^150) < size·2^-156 for 160 bits, since p₀ > 2^159; and likewise for more. Besides, p₀ is no prime
    # with a chance below 2^-162 (`derive.check.tower`), which counts in the size of 160 bits already.
    exponent = size.bit_length() + 2 * roots - (bits - 4)
    return exponent if bits <= BITS else max(exponent, BELOW_PRIME) + 1


class Residues(Struct, frozen=True, gc=False):
    """A value by its residues modulo the last `len(at)` primes of the tower.

    size: at least the degree, and the bits of the coefficients, of the value as a polynomial in the given
        quantities, the exponentials, and the reciprocals of denominators.
    reciprocals: at least its degree in the reciprocals of denominators that hold no reciprocals, in those of
        denominators that hold such, and so on.
    """

    at: tuple[int, ...]
    size: int
    reciprocals: tuple[int, ...] = ()


class Logs(NamedTuple):
    """A sum by its parts: other terms, and the arguments of the logarithms that are added and taken away."""

    others: tuple[Residues, ...] = ()
    plus: tuple[Residues, ...] = ()
    minus: tuple[Residues, ...] = ()


class Field:
    """The arithmetic of `Residues`; an `Algebra`. The same tower and the same names give the same residues.

    Whoever knows the seed before making a claim can make a false one that passes: draw it afterwards.

    blind: whether roots are opaque unless their signs are alike.
    cut: whether a root is known modulo fewer primes than what it was taken of.
    """

    def __init__(self, tower: Tower, *, blind: bool = False) -> None:
        self.tower = tower
        self.blind = blind
        self.cut = False
        # For each kind of reciprocals, the sizes of their denominators together: that of a common denominator.
        self.denominators: list[int] = [0]
        self._levels = len(tower.primes)
        self._primes = [tower.primes[self._levels - n :] for n in range(self._levels + 1)]
        self._given: dict[object, Residues] = {}
        self._numbers: dict[Fraction, Residues] = {}
        self._divisors: set[int] = set()
        self.roots: set[int] = set()  # of what roots have been taken: residues modulo the last prime
        self._logs: dict[tuple[int, ...], Logs] = {}

    def same(self, a: Residues, b: Residues) -> bool:
        """Return whether the residues are equal modulo every prime for which both are known."""
        n = min(len(a.at), len(b.at))
        return a.at[-n:] == b.at[-n:]

    def exponent(self, a: Residues, b: Residues) -> int:
        """Return e such that unequal values have equal residues with a chance below 2^e."""
        size = max(self.cleared(a), self.cleared(b)) + 1
        return chance(size, len(self.roots), self.tower.bits)

    def free(self, name: Var | str) -> Residues:
        """Return random residues modulo every prime: those of a quantity that may have any value."""
        if name not in self._given:
            # 80 bits more than a prime for each residue: none is more likely than another by a part of 2^-80.
            width = max(32, (self.tower.primes[-1].bit_length() + 87) // 8)
            stream = shake_256(repr((self.tower.seed, name)).encode()).digest(width * self._levels)
            parts = [int.from_bytes(stream[width * i : width * i + width], "big") for i in range(self._levels)]
            self._given[name] = Residues(tuple([x % p for x, p in zip(parts, self.tower.primes, strict=True)]), 1)
        return self._given[name]

    def number(self, value: Fraction) -> Residues:
        if value not in self._numbers:
            top, below = value.numerator, value.denominator
            if below != 1 and below not in self._divisors:
                self._divisors.add(below)
                self.denominators[0] += below.bit_length()
            if any(below % p == 0 for p in self.tower.primes):
                raise Undefined(Doubt.DIVISION)
            at = tuple([top * pow(below, -1, p) % p for p in self.tower.primes])
            self._numbers[value] = Residues(at, top.bit_length(), (1,) if below != 1 else ())
        return self._numbers[value]

    def add(self, terms: Sequence[Residues]) -> Residues:
        if not terms:
            return self.number(Fraction(0))
        n = min([len(term.at) for term in terms])
        sums = map(sum, zip(*[term.at[-n:] for term in terms], strict=True))
        result = Residues(
            tuple([total % p for total, p in zip(sums, self._primes[n], strict=True)]),
            max([term.size for term in terms]) + (len(terms) - 1).bit_length(),
            _each(max, *[term.reciprocals for term in terms]),
        )
        if self._logs and any(term.at in self._logs for term in terms):
            parts = [self._logs.get(term.at) or Logs((term,)) for term in terms]
            others, plus, minus = (tuple(chain(*column)) for column in zip(*parts, strict=True))
            # What is added and taken away again is no part: a sum would be a part of itself.
            both = {argument.at for argument in plus} & {argument.at for argument in minus}
            if rest := [argument for argument in (*plus, *minus) if argument.at not in both]:
                kept = {argument.at for argument in rest}
                self._logs[result.at] = Logs(
                    others, tuple([a for a in plus if a.at in kept]), tuple([a for a in minus if a.at in kept])
                )
        return result

    def mul(self, a: Residues, b: Residues) -> Residues:
        n = min(len(a.at), len(b.at))
        return Residues(
            tuple([x * y % p for x, y, p in zip(a.at[-n:], b.at[-n:], self._primes[n], strict=True)]),
            a.size + b.size,
            _each(sum, a.reciprocals, b.reciprocals),
        )

    def neg(self, a: Residues) -> Residues:
        at = tuple([-x % p for x, p in zip(a.at, self._primes[len(a.at)], strict=True)])
        if self._logs and (parts := self._logs.get(a.at)):
            self._logs[at] = Logs(tuple(map(self.neg, parts.others)), parts.minus, parts.plus)
        return Residues(at, a.size, a.reciprocals)

    def div(self, a: Residues, b: Residues) -> Residues:
        return self.mul(a, self._inverse(b))

    def power(self, a: Residues, n: int) -> Residues:
        if abs(n) > MAX_EXPONENT:
            raise Undefined(Doubt.SIZE)
        if n < 0:
            return self.power(self._inverse(a), -n)
        at = tuple([pow(x, n, p) for x, p in zip(a.at, self._primes[len(a.at)], strict=True)])
        return Residues(at, a.size * n, tuple([degree * n for degree in a.reciprocals]))

    def exp(self, a: Residues) -> Residues:
        """Return g^a, which is known modulo one prime less. Its size counts the chance that it meets another one.

        Of a logarithm it is the argument again.
        """
        if self._logs and (parts := self._logs.get(a.at)):
            result = self.exp(self.add(parts.others)) if parts.others else self.number(Fraction(1))
            for argument in parts.plus:
                result = self.mul(result, argument)
            for argument in parts.minus:
                result = self.div(result, argument)
            return result
        first = self._levels - len(a.at)
        rising = zip(a.at, self.tower.bases[first:], self.tower.primes[first + 1 :], strict=False)
        at = tuple([pow(base, x, p) for x, base, p in rising])
        if not at:
            raise Undefined(Doubt.NESTED)
        return Residues(at, self.cleared(a) + 1)

    def log(self, a: Residues) -> Residues:
        if 0 in a.at:
            raise Undefined(Doubt.DOMAIN)
        result = self._opaque("log", a)
        self._logs[result.at] = Logs(plus=(a,))
        return result

    def tanh(self, a: Residues) -> Residues:
        one = self.number(Fraction(1))
        e = self.exp(self.add([a, a]))
        return self.div(self.add([e, self.neg(one)]), self.add([e, one]))

    def sqrt(self, a: Residues, either: bool) -> Residues:
        """Return the root of `a` that is a square, modulo the last primes for which it is there; else it is opaque."""
        at: list[int] = []
        if either or not self.blind:
            for x, p in zip(reversed(a.at), reversed(self.tower.primes), strict=False):
                root = pow(x, (p + 1) // 4, p)
                if root * root % p != x:
                    break
                at.insert(0, root)
        if not at:
            return self._opaque("sqrt", a)
        self.roots.add(a.at[-1])
        self.cut = self.cut or len(at) < len(a.at)
        return Residues(tuple(at), self.cleared(a) + 1)

    def erf(self, a: Residues) -> Residues:
        return self.neg(self._opaque("erf", self.neg(a))) if self._beyond(a) else self._opaque("erf", a)

    def sin(self, a: Residues) -> Residues:
        return self.neg(self._opaque("sin", self.neg(a))) if self._beyond(a) else self._opaque("sin", a)

    def cos(self, a: Residues) -> Residues:
        return self._opaque("cos", self.neg(a) if self._beyond(a) else a)

    def pi(self) -> Residues:
        return self.power(self.free("the root of pi"), 2)

    def _opaque(self, function: str, a: Residues) -> Residues:
        """Return a quantity that is the same for the same argument. Its derivative is known, and what it is at 0."""
        if not any(a.at):
            return self.number(Fraction(function == "cos"))
        return Residues(self.free(f"{function} {a.at[-1]}").at, self.cleared(a) + 1)

    def _beyond(self, a: Residues) -> bool:
        """Return whether `a` is the one of a and −a that is left out: erf and sin are odd, cos is even."""
        return 2 * a.at[-1] > self.tower.primes[-1]

    def _inverse(self, a: Residues) -> Residues:
        """Return 1/a. Where a = n/∏m over earlier denominators m, it is ∏m · (1/n): one new reciprocal, that of n."""
        if 0 in a.at:
            raise Undefined(Doubt.DIVISION)
        size, kind = self.cleared(a), len(a.reciprocals)
        if kind == len(self.denominators):
            self.denominators.append(0)
        self.denominators[kind] += size
        at = tuple([pow(x, -1, p) for x, p in zip(a.at, self._primes[len(a.at)], strict=True)])
        return Residues(at, size - a.size, (0,) * kind + (1,))

    def cleared(self, a: Residues) -> int:
        """Return the size of the numerator of `a` over the common denominator of everything so far."""
        return a.size + sum([degree * size for degree, size in zip(a.reciprocals, self.denominators, strict=False)])


def _each(combine: Callable[[Iterable[int]], int], *degrees: tuple[int, ...]) -> tuple[int, ...]:
    some = [degree for degree in degrees if degree]
    if len(some) < 2:
        return some[0] if some else ()
    return tuple([combine(column) for column in zip_longest(*some, fillvalue=0)])
