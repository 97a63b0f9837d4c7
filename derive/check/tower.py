"""Towers of prime fields, drawn from a seed: what `derive.check.field` calculates in."""

from __future__ import annotations

from hashlib import blake2b
from math import gcd

from msgspec import Struct

BITS = 160
MOST_BITS = 400  # for which 512 bits at random are as good as evenly drawn
ROUNDS = 81  # of Miller & Rabin: a composite passes with a chance below 4^-81
SMALL = 2 * 3 * 5 * 7 * 11 * 13 * 17 * 19 * 23 * 29 * 31 * 37 * 41 * 43 * 47 * 53 * 59 * 61 * 67 * 71 * 73 * 79 * 83


def draw(seed: int, *what: object) -> int:
    """Return 512 bits that depend on `seed` and on what they are for, and on nothing else."""
    return int.from_bytes(blake2b(repr((seed, *what)).encode()).digest(), "big")


class Tower(Struct, frozen=True):
    """primes[i] divides primes[i + 1] − 1; bases[i] has order primes[i] modulo primes[i + 1]. All are 7 modulo 8."""

    seed: int
    primes: tuple[int, ...]
    bases: tuple[int, ...]

    @property
    def bits(self) -> int:
        """How many bits p₀ has."""
        return self.primes[0].bit_length()


def tower(seed: int, height: int, bits: int = BITS) -> Tower:
    """Return the tower of `height` + 1 primes that `seed` determines; p₀ is drawn evenly from those of so many bits,
    `MOST_BITS` at most, that are 7 modulo 8."""
    attempt = 0
    while not is_prime(first := draw(seed, "prime", attempt) % 2 ** (bits - 1) + 2 ** (bits - 1) | 7, seed):
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
    """Return the least prime p = kq + 1 that is 7 modulo 8, with a base of order `q`; q must be such a prime itself.

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
        k += 8  # q is its own inverse modulo 8, so that p is 7 if k is 2
