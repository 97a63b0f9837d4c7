"""The two meanings that claims are decided by: in the exact field, and in real numbers at a point."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Self

from derive.check.evaluate import Meaning, Noted, Root
from derive.check.field import Field, Residues
from derive.check.network import Network
from derive.check.real import DIGITS, PRECISION, Real, Reals
from derive.check.verdict import Doubt, Undefined
from derive.expression import Const, Div, Expr, Mul, Num, Pow, Var


class RealMeaning(Meaning[Real]):
    """Meaning in real numbers, at a point.

    like: if given, which signs the tests of branches had at another point. A branch at a kink is taken as it was
        there; `Undefined` is raised where any other test has another sign here.
    """

    def __init__(self, network: Network, reals: Reals, like: Callable[[Expr], int] | None = None) -> None:
        super().__init__(network, reals, free=False)
        self.reals = reals
        self._leaves: dict[Var, Real] = {}
        self._like = like
        self._finer: Self | None = None
        self._signs: dict[Expr, tuple[int, Noted]] = {}

    def fine(self, e: Expr) -> Self:
        """Return this meaning, or one with four times the digits where cancelling leaves fewer than 50 of `e` here."""
        reals = self.reals
        try:
            value, _ = self.measure(e)
            if isinstance(value.value, Fraction):
                return self
            lost = reals.mp.ldexp(value.bound, -reals.precision) > abs(value.value) * reals.mp.mpf(10) ** -DIGITS
        except Undefined as undefined:
            lost = undefined.doubt is Doubt.CLOSE
        if not lost or reals.precision > PRECISION:
            return self
        if self._finer is None:
            self._finer = type(self)(self.network, Reals(4 * PRECISION, smallest=self.reals.smallest))
        return self._finer

    def sign(self, test: Expr) -> int:
        """Return the sign of `test`. Raises Undefined where rounding does not let us decide."""
        return self._notes.collect(partial(self._sign, test))[0]

    def _given(self, name: Var) -> Real:
        if name not in self._leaves:
            self._leaves[name] = self.reals.number(self.network.given(name))
        return self._leaves[name]

    def _sign(self, test: Expr) -> int:
        if test not in self._signs:
            self._signs[test] = self._notes.collect(partial(self._find_sign, test))
        return self._notes.recall(self._signs[test])

    def _find_sign(self, test: Expr) -> int:
        expected = self._like(test) if self._like else None
        if expected == 0:
            return 0
        found = self.reals.sign(self._value(test))
        if expected not in (None, found):
            raise Undefined(Doubt.CLOSE)
        return found


class FieldMeaning(Meaning[Residues]):
    """Meaning in the exact field: all given quantities at random, branches as `sign` decides them."""

    def __init__(self, network: Network, field: Field, sign: Callable[[Expr], int], *, free: bool) -> None:
        super().__init__(network, field, free=free)
        self.field = field
        self._decide = sign

    def _given(self, name: Var) -> Residues:
        if not self.network.defines(name):
            self.network.given(name)
        return self.field.free(name)

    def _sign(self, test: Expr) -> int:
        return self._decide(test)

    def _root(self, radicand: Expr) -> bool:
        alike = _conjugate(radicand)
        if not alike:
            if (sign := self._decide(radicand)) < 0:
                raise Undefined(Doubt.DOMAIN)
            self._notes.add([Root(radicand, sign)])
        return alike


def _conjugate(e: Expr) -> bool:
    """Return whether `e` is a number 2ⁱπʲ: what holds for one sign of its root holds for the other, in the field."""
    match e:
        case Num(value):
            return value > 0 and all(n & (n - 1) == 0 for n in (value.numerator, value.denominator))
        case Const():
            return True
        case Mul(args):
            return all(map(_conjugate, args))
        case Div(num, den):
            return _conjugate(num) and _conjugate(den)
        case Pow(base, _):
            return _conjugate(base)
    return False
