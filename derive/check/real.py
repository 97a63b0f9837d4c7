"""Real arithmetic to 50 digits, with a running bound for what rounding can have done.

A value carries `bound`, in units of the rounding unit u: whoever calculates it in floating point with unit u, term by
term as the expression stands but adding in any order, misses it by at most bound·u, to first order in u.

    Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), §2.2 and §3.3 (running error analysis).

One evaluation so bounds two calculations: its own, with u = 2^-PRECISION, and the same one in doubles, u = 2^-53.
Fractions stay exact as long as they are short.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf, isfinite, isqrt
from typing import TypeAlias

from mpmath import MPContext, mpf
from msgspec import Struct

from derive.check.verdict import Doubt, Undefined

DIGITS = 50
PRECISION = 232  # bits: 70 digits, so that 50 are left after any reasonable loss
DOUBLE = 2.0**-53
EXACT_BITS = 1_024
MAX_EXPONENT = 10_000
SMALLEST = 2.0**-690
"""Below it, a derivative by a complex step of 1e-100 is below all normal doubles, and loses digits on the way."""
FUNCTION = 8.0
"""The error of elementary functions, in u·|value|: 4 units in the last place, what vector libraries promise."""

STEEPEST = 1.1283791670955128  # erf′ at 0, 2/√π

Number: TypeAlias = Fraction | mpf


class Real(Struct, frozen=True):
    """`value`, exact where it is a Fraction; `size`, its magnitude; and the running error bound in units of u."""

    value: Number
    size: float
    bound: float


class Reals:
    """The arithmetic of `Real` with so many bits; an `Algebra`.

    smallest: below it, the bound allows for underflow as well: `SMALLEST` for calculations in doubles, and 0 for those
        whose exponents have no end.
    """

    def __init__(self, precision: int = PRECISION, *, smallest: float = 0.0) -> None:
        self.precision = precision
        self.smallest = smallest
        self.mp = MPContext()
        self.mp.prec = precision

    def _made(self, value: Number, size: float, bound: float) -> Real:
        if size < self.smallest and value != 0:
            bound += self.smallest / DOUBLE
        if not isfinite(bound):
            raise Undefined(Doubt.RANGE)
        return Real(value, size, bound)

    def number(self, value: Fraction) -> Real:
        size = magnitude(value)
        double = isfinite(size) and size.as_integer_ratio() == (abs(value.numerator), value.denominator)
        return self._made(value, size, 0.0 if double else size)

    def add(self, terms: Sequence[Real]) -> Real:
        values = [term.value for term in terms]
        if all(isinstance(value, Fraction) for value in values):
            total = self._short(sum(values, Fraction(0)))
        else:
            total = self.mp.fsum(map(self.rounded, values))
        # n numbers added in any order: Higham, §4.2, eq. 4.4.
        rounding = sum([term.size for term in terms]) * (len(terms) - 1)
        return self._made(total, magnitude(total), sum([term.bound for term in terms]) + rounding)

    def mul(self, a: Real, b: Real) -> Real:
        if isinstance(a.value, Fraction) and isinstance(b.value, Fraction):
            product = self._short(a.value * b.value)
        elif 0 in [x for x in (a.value, b.value) if isinstance(x, Fraction)]:
            product = Fraction(0)  # nothing times anything is nothing, to all digits
        else:
            product = self.rounded(a.value) * self.rounded(b.value)
        rounding = 0.0 if self._is_one(a) or self._is_one(b) else a.size * b.size
        return self._made(product, a.size * b.size, a.size * b.bound + b.size * a.bound + rounding)

    def neg(self, a: Real) -> Real:
        return Real(-a.value, a.size, a.bound)

    def div(self, a: Real, b: Real) -> Real:
        if self.sign(b) == 0:
            raise Undefined(Doubt.DIVISION)
        if isinstance(a.value, Fraction) and isinstance(b.value, Fraction):
            quotient = self._short(a.value / b.value)
        else:
            quotient = self.rounded(a.value) / self.rounded(b.value)
        size = magnitude(quotient)
        rounding = 0.0 if self._is_one(b) else size
        return self._made(quotient, size, (a.bound + size * b.bound) / b.size + rounding if b.size else inf)

    def power(self, a: Real, n: int) -> Real:
        if abs(n) > MAX_EXPONENT:
            raise Undefined(Doubt.SIZE)
        if n < 0:
            return self.div(self.number(Fraction(1)), self.power(a, -n))
        result = self.number(Fraction(1))
        for bit in bin(n)[2:]:
            result = self.mul(result, result)
            if bit == "1":
                result = self.mul(result, a)
        return result

    def exp(self, a: Real) -> Real:
        if a.size > 700.0:
            raise Undefined(Doubt.RANGE)
        if self._is(a, 0):
            return Real(Fraction(1), 1.0, a.bound)
        value = self.mp.exp(self.rounded(a.value))
        size = magnitude(value)
        return self._made(value, size, size * (a.bound + FUNCTION))

    def log(self, a: Real) -> Real:
        if self.sign(a) <= 0:
            raise Undefined(Doubt.DOMAIN)
        if self._is(a, 1):
            return Real(Fraction(0), 0.0, a.bound)
        value = self.mp.log(self.rounded(a.value))
        size = magnitude(value)
        return self._made(value, size, (a.bound / a.size if a.size else inf) + FUNCTION * size)

    def tanh(self, a: Real) -> Real:
        if self._is(a, 0):
            return Real(Fraction(0), 0.0, a.bound)
        value = self.mp.tanh(self.rounded(a.value))
        size = magnitude(value)
        return self._made(value, size, magnitude(1 - value * value) * a.bound + FUNCTION * size)

    def sqrt(self, a: Real, either: bool = True) -> Real:
        if (sign := self.sign(a)) < 0:
            raise Undefined(Doubt.DOMAIN)
        if sign == 0:  # exactly, or it had been a doubt
            return self._made(Fraction(0), 0.0, inf if a.bound else 0.0)
        root = _root(a.value) if isinstance(a.value, Fraction) else None
        value = self.mp.sqrt(self.rounded(a.value)) if root is None else root
        size = magnitude(value)
        return self._made(value, size, (a.bound / (2.0 * size) if size else inf) + FUNCTION * size)

    def erf(self, a: Real) -> Real:
        if self._is(a, 0):
            return Real(Fraction(0), 0.0, STEEPEST * a.bound)
        value = self.mp.erf(self.rounded(a.value))
        size, slope = magnitude(value), STEEPEST * magnitude(self.mp.exp(-(self.rounded(a.value) ** 2)))
        return self._made(value, size, slope * a.bound + FUNCTION * size)

    def sin(self, a: Real) -> Real:
        if self._is(a, 0):
            return Real(Fraction(0), 0.0, a.bound)
        x = self.rounded(a.value)
        return self._wave(self.mp.sin(x), self.mp.cos(x), a)

    def cos(self, a: Real) -> Real:
        if self._is(a, 0):
            return Real(Fraction(1), 1.0, a.bound)
        x = self.rounded(a.value)
        return self._wave(self.mp.cos(x), self.mp.sin(x), a)

    def _wave(self, value: mpf, slope: mpf, a: Real) -> Real:
        """Return sin or cos of `a`. Where the slope is small, the curvature moves the value by (bound·u)²/2."""
        size = magnitude(value)
        steepest = max(magnitude(slope), min(1.0, a.bound * DOUBLE))
        return self._made(value, size, steepest * a.bound + FUNCTION * size)

    def pi(self) -> Real:
        value = +self.mp.pi
        return Real(value, magnitude(value), magnitude(value))

    def sign(self, a: Real, unit: float | mpf | None = None) -> int:
        """Return the sign of `a`. Raises Undefined where an error of `unit`·bound could change it."""
        if (isinstance(a.value, Fraction) and unit is None) or a.bound == 0.0:
            return (a.value > 0) - (a.value < 0)
        if abs(self.rounded(a.value)) <= (self.mp.ldexp(1, -self.precision) if unit is None else unit) * a.bound:
            raise Undefined(Doubt.CLOSE)
        return 1 if a.value > 0 else -1

    def differ(self, a: Real, b: Real) -> bool:
        """Return whether `a` and `b` are different numbers, beyond what rounding can have done."""
        if isinstance(a.value, Fraction) and isinstance(b.value, Fraction):
            return a.value != b.value
        return bool(
            abs(self.rounded(a.value) - self.rounded(b.value)) > self.mp.ldexp(a.bound + b.bound, -self.precision)
        )

    def rounded(self, value: Number) -> mpf:
        """Return `value` as an mpf of so many bits."""
        return self.mp.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value

    def decimal(self, value: Number, digits: int = DIGITS) -> str:
        """Return `value` as a decimal of so many significant digits."""
        return str(self.mp.nstr(self.rounded(value), digits, strip_zeros=True, min_fixed=-8, max_fixed=21))

    def _short(self, value: Fraction) -> Number:
        long = max(value.numerator.bit_length(), value.denominator.bit_length()) > EXACT_BITS
        return self.rounded(value) if long else value

    @staticmethod
    def _is(a: Real, value: int) -> bool:
        """Return whether `a` is `value` exactly, and does not merely round to it."""
        return isinstance(a.value, Fraction) and a.value == value

    @staticmethod
    def _is_one(a: Real) -> bool:
        return a.size == 1.0 and a.bound == 0.0


def _root(value: Fraction) -> Fraction | None:
    """Return the root of a positive fraction where it is a fraction again."""
    root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
    return root if root * root == value else None


def magnitude(value: Number) -> float:
    """Return |value| as a double, infinite where it is too large for one."""
    try:
        return abs(float(value))
    except OverflowError:
        return inf
