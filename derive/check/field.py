"""Exact arithmetic with exponentials, in a tower of prime fields.

Take primes p₀ < p₁ < … with pᵢ dividing pᵢ₊₁ − 1, and g of order pᵢ modulo pᵢ₊₁. Then x ↦ gˣ takes sums modulo pᵢ to
products modulo pᵢ₊₁, as exp does: exp(a + b) = exp(a)·exp(b) holds exactly. A value is known by its residues modulo
the upper primes of the tower; each exp costs the lowest one.

    Gonnet, Determining equivalence of expressions in random polynomial time, Proc. 16th ACM STOC (1984);
    Gonnet, New results for random determination of equivalence of expressions, Proc. SYMSAC (1986).

Two expressions that are equal as functions have equal residues, always. Two that are not have equal residues with a
chance that is bounded here, not assumed. The difference, brought over a common denominator, is a polynomial in the
given quantities and in the exponentials, of degree d and with coefficients of b bits:
  - it vanishes at a random place with a chance of at most d/p₀ (Schwartz, J. ACM 27 (1980), 701-717; Zippel (1979));
  - its coefficients all vanish modulo pᵢ for at most b/159 of the more than 2^152 primes that p₀ is
    drawn from (pᵢ₋₁ is the one prime factor of pᵢ − 1 above its root, so that each pᵢ has one p₀).
Each value carries one number that is at least d and at least b. Exponentials count as quantities of their own, as in
Gonnet's paper: what is taken for granted is that independent exponents are drawn as good as independently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from hashlib import blake2b, shake_256
from itertools import zip_longest
from math import gcd

from msgspec import Struct

from derive.check.verdict import Doubt, Undefined
from derive.expression import Var

BITS = 160
ROUNDS = 81  # of Miller & Rabin: a composite passes with a chance below 4^-81
SMALL = 2 * 3 * 5 * 7 * 11 * 13 * 17 * 19 * 23 * 29 * 31 * 37 * 41 * 43 * 47 * 53 * 59 * 61 * 67 * 71 * 73 * 79 * 83
MAX_EXPONENT = 10_000


def draw(seed: int, *what: object) -> int:
    """Return 512 bits that depend on `seed` and on what they are for, and on nothing else."""
    return int.from_bytes(blake2b(repr((seed, *what)).encode()).digest(), "big")


# ── The tower ──────────────────────────────────────────────────────────────────────────────────────────────────


class Tower(Struct, frozen=True):
    """primes[i] divides primes[i + 1] − 1; bases[i] has order primes[i] modulo primes[i + 1]."""

    seed: int
    primes: tuple[int, ...]
    bases: tuple[int, ...]


def tower(seed: int, height: int) -> Tower:
    """Return the tower of `height` + 1 primes that `seed` determines; p₀ is drawn evenly from those of `BITS` bits."""
    attempt = 0
    while not is_prime(first := draw(seed, "prime", attempt) % 2 ** (BITS - 1) + 2 ** (BITS - 1), seed):
        attempt += 1
    primes, bases = [first], []
    for _ in range(height):
        prime, base = _above(primes[-1])
        primes.append(prime)
        bases.append(base)
    return Tower(seed, tuple(primes), tuple(bases))


def is_prime(n: int, seed: int = 0) -> bool:
    """Return whether `n` > 100 is prime; a composite passes with a chance below 2^-162.

    Rabin, Probabilistic algorithm for testing primality, J. Number Theory 12 (1980).
    """
    if gcd(n, SMALL) > 1:
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for number in range(ROUNDS):
        x = pow(draw(seed, "base", n, number) % (n - 3) + 2, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def _above(q: int) -> tuple[int, int]:
    """Return the least prime p = kq + 1 with a base of order `q`; q must be prime.

    Pocklington (1914): if g = aᵏ has gᵍ = 1 (mod p), gcd(g − 1, p) = 1 and q > √p, then p is prime; and g is the base.
    The proof of primality and the base are the same number.
    """
    k = 2
    while True:
        p = k * q + 1
        if gcd(p, SMALL) == 1:
            base = pow(2, k, p)
            if pow(base, q, p) == 1 and gcd(base - 1, p) == 1:
                return p, base
        k += 2


# ── Values ─────────────────────────────────────────────────────────────────────────────────────────────────────


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


class Field:
    """The arithmetic of `Residues`; an `Algebra`. The same tower and the same names give the same residues.

    Whoever knows the seed before making a claim can make a false one that passes: draw it afterwards.
    """

    def __init__(self, tower: Tower) -> None:
        self.tower = tower
        # For each kind of reciprocals, the sizes of their denominators together: that of a common denominator.
        self.denominators: list[int] = [0]
        self._levels = len(tower.primes)
        self._primes = [tower.primes[self._levels - n :] for n in range(self._levels + 1)]
        self._given: dict[object, Residues] = {}
        self._numbers: dict[Fraction, Residues] = {}
        self._divisors: set[int] = set()

    def same(self, a: Residues, b: Residues) -> bool:
        """Return whether the residues are equal modulo every prime for which both are known."""
        n = min(len(a.at), len(b.at))
        return a.at[-n:] == b.at[-n:]

    def exponent(self, a: Residues, b: Residues) -> int:
        """Return e such that unequal values have equal residues with a chance below 2^e."""
        size = max(self._cleared(a), self._cleared(b)) + 1
        # d/p₀ + b/(159·2^152) + 2^-162 < size·2^-157, since p₀ > 2^159.
        return size.bit_length() - (BITS - 3)

    def free(self, name: Var | str) -> Residues:
        """Return random residues modulo every prime: those of a quantity that may have any value."""
        if name not in self._given:
            # 256 bits for each residue: no residue is more likely than another by a part of 2^-80.
            stream = shake_256(repr((self.tower.seed, name)).encode()).digest(32 * self._levels)
            parts = [int.from_bytes(stream[32 * i : 32 * i + 32], "big") for i in range(self._levels)]
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
        return Residues(
            tuple([total % p for total, p in zip(sums, self._primes[n], strict=True)]),
            max([term.size for term in terms]) + (len(terms) - 1).bit_length(),
            _each(max, *[term.reciprocals for term in terms]),
        )

    def mul(self, a: Residues, b: Residues) -> Residues:
        n = min(len(a.at), len(b.at))
        return Residues(
            tuple([x * y % p for x, y, p in zip(a.at[-n:], b.at[-n:], self._primes[n], strict=True)]),
            a.size + b.size,
            _each(sum, a.reciprocals, b.reciprocals),
        )

    def neg(self, a: Residues) -> Residues:
        at = tuple([-x % p for x, p in zip(a.at, self._primes[len(a.at)], strict=True)])
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
        """Return g^a, which is known modulo one prime less. Its size counts the chance that it meets another one."""
        first = self._levels - len(a.at)
        rising = zip(a.at, self.tower.bases[first:], self.tower.primes[first + 1 :], strict=False)
        at = tuple([pow(base, x, p) for x, base, p in rising])
        if not at:
            raise Undefined(Doubt.NESTED)
        return Residues(at, self._cleared(a) + 1)

    def log(self, a: Residues) -> Residues:
        """Return an opaque quantity, the same for the same argument: nothing is known of log but its derivative."""
        opaque = self.free(f"log {a.at[-1]}")
        return Residues(opaque.at, self._cleared(a) + 1)

    def tanh(self, a: Residues) -> Residues:
        one = self.number(Fraction(1))
        e = self.exp(self.add([a, a]))
        return self.div(self.add([e, self.neg(one)]), self.add([e, one]))

    def _inverse(self, a: Residues) -> Residues:
        """Return 1/a. Where a = n/∏m over earlier denominators m, it is ∏m · (1/n): one new reciprocal, that of n."""
        if 0 in a.at:
            raise Undefined(Doubt.DIVISION)
        size, kind = self._cleared(a), len(a.reciprocals)
        if kind == len(self.denominators):
            self.denominators.append(0)
        self.denominators[kind] += size
        at = tuple([pow(x, -1, p) for x, p in zip(a.at, self._primes[len(a.at)], strict=True)])
        return Residues(at, size - a.size, (0,) * kind + (1,))

    def _cleared(self, a: Residues) -> int:
        """Return the size of the numerator of `a` over the common denominator of everything so far."""
        return a.size + sum([degree * size for degree, size in zip(a.reciprocals, self.denominators, strict=False)])


def _each(combine: Callable[[Iterable[int]], int], *degrees: tuple[int, ...]) -> tuple[int, ...]:
    some = [degree for degree in degrees if degree]
    if len(some) < 2:
        return some[0] if some else ()
    return tuple([combine(column) for column in zip_longest(*some, fillvalue=0)])
