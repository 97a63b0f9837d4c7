"""What the derivation's formulas come to at the given point, to many digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isqrt

from mpmath import MPContext, mpf

from derive.derivation import Lookup, Number
from derive.errors import DeriveError
from derive.expression import (
    FUNCTIONS,
    Add,
    At,
    Atom,
    Call,
    Cases,
    Const,
    Diff,
    Diff2,
    Div,
    Expr,
    Mul,
    Neg,
    Num,
    Pow,
    Var,
    children,
)

DIGITS = 50
GUARD = 30
MOST = 1280  # digits, to tell what cancels to nothing from what is merely small
EXACT_BITS = 400  # an exact value longer than this serves no reader, and would slow everything after it


class Values:
    """The value of any expression at the point; rational where it is exact, else an mpf of 80 digits.

    meaning(name or derivative) is the formula that stands for it; None where it is given.
    digits: how many are calculated with. Where terms cancel so that fewer than 50 are left, more are taken.
    Raises DeriveError where there is no value: for the logarithm of an output that is exactly 0.
    """

    def __init__(
        self, meaning: Callable[[Atom], Expr | None], point: Lookup[Var, Fraction], digits: int = DIGITS + GUARD
    ) -> None:
        self._meaning = meaning
        self._point = point
        self._digits = digits
        self._known: dict[Expr, Number] = {}
        self._finer: Values | None = None
        self._mp = MPContext()
        self._mp.dps = digits

    def __getitem__(self, e: Expr) -> Number:
        # An explicit stack instead of recursion: a value of layer 1,000 stands on all layers before it.
        stack: list[tuple[Expr, Expr]] = []
        self._open(e, stack)
        while stack:
            top, formula = stack[-1]
            if top in self._known:
                stack.pop()
                continue
            waiting = len(stack)
            for atom in dict.fromkeys(_atoms(formula)):
                self._open(atom, stack)
            if len(stack) == waiting:
                self._known[top] = self._shorten(self._evaluate(formula))
        return self._known[e]

    def _open(self, e: Expr, stack: list[tuple[Expr, Expr]]) -> None:
        """Put `e` with its formula on the stack, unless its value is known or given."""
        if e in self._known:
            return
        formula = self._meaning(e) if isinstance(e, Var | Diff | Diff2) else e
        if formula is not None:
            stack.append((e, formula))
        elif isinstance(e, Var):
            self._known[e] = self._point[e]

    def _shorten(self, value: Number) -> Number:
        if isinstance(value, Fraction) and value.denominator.bit_length() > EXACT_BITS:
            return self._real(value)
        return value

    def _real(self, value: Number) -> mpf:
        if isinstance(value, Fraction):
            return self._mp.mpf(value.numerator) / value.denominator
        return value

    def _rounded(self, value: Number) -> Number:
        return value if isinstance(value, Fraction) else self._mp.mpf(value) * 1

    def _together(self, a: Number, b: Number) -> tuple[Number, Number]:
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return a, b
        return self._real(a), self._real(b)

    def _sum(self, e: Add) -> Number:
        """Return the sum, calculated with more digits where its terms cancel; 0 where they cancel to all of them.

        1 − tanh² is small and not 0. But softmax ignores a shift of all its net inputs, so a bias that they share has
        no derivative. That it is exactly 0 is proved by the checker, as any other printed value.
        """
        terms = [self._evaluate(arg) for arg in e.args]
        result = terms[0]
        for term in terms[1:]:
            a, b = self._together(result, term)
            result = a + b
        if isinstance(result, Fraction):
            return result
        largest = max([abs(self._real(term)) for term in terms])
        if abs(result) >= largest * self._mp.mpf(10) ** (DIGITS - self._digits):
            return result
        return self._with_more(e)

    def _with_more(self, e: Expr) -> Number:
        """Return the value of `e`, which cancels here, by more digits; 0 where there are no more to take."""
        if self._digits >= MOST:
            return Fraction(0)
        if self._finer is None:
            self._finer = Values(self._meaning, self._point, min(4 * self._digits, MOST))
        return self._rounded(self._finer[e])

    def _evaluate(self, e: Expr) -> Number:
        known = self._known.get(e)
        if known is not None:
            return known
        match e:
            case Num(value):
                return value
            case Add():
                return self._sum(e)
            case Mul(args):
                result = self._evaluate(args[0])
                for arg in args[1:]:
                    a, b = result, self._evaluate(arg)
                    if 0 in [x for x in (a, b) if isinstance(x, Fraction)]:
                        result = Fraction(0)  # exactly, whatever the other factor is
                    else:
                        a, b = self._together(a, b)
                        result = a * b
                return result
            case Neg(arg):
                return -self._evaluate(arg)
            case Div(num, den):
                a, b = self._together(self._evaluate(num), self._evaluate(den))
                if b == 0:
                    raise self._without_value("a division by", b)
                return a / b
            case Pow(base, exponent):
                return self._evaluate(base) ** exponent
            case Call(fn, arg) if fn in FUNCTIONS:
                made = self._call(fn, self._evaluate(arg))
                return self._with_more(e) if made is None else made
            case Const("pi"):
                return +self._mp.pi
            case Cases(test, above, otherwise):
                return self._evaluate(above if self._evaluate(test) > 0 else otherwise)
            case At(arg):
                return self._evaluate(arg)
        raise TypeError(f"{type(e).__name__} has no value of its own")

    def _call(self, fn: str, value: Number) -> Number | None:
        """Return the value of a function; None where too few of its digits are left."""
        if fn == "log" and value <= 0:
            raise self._without_value("the logarithm of", value)
        if fn == "sqrt" and value < 0:
            raise self._without_value("the square root of", value)
        if isinstance(value, Fraction) and value == (1 if fn == "log" else 0):
            return Fraction(fn in ("exp", "cos"))
        if fn == "sqrt" and isinstance(value, Fraction):
            root = Fraction(isqrt(value.numerator), isqrt(value.denominator))
            if root * root == value:
                return root
        made: Number = getattr(self._mp, fn)(self._real(value))
        # Where log, sin and cos cross 0, what is left are the last digits of the argument.
        scale = {"log": 1, "sin": abs(value), "cos": abs(value)}.get(fn, 0)
        return made if abs(made) >= self._real(scale) * self._mp.mpf(10) ** (DIGITS - self._digits) else None

    def _without_value(self, operation: str, value: Number) -> DeriveError:
        about = "0" if value == 0 else self._mp.nstr(self._real(value), 6)
        if value == 0 and not isinstance(value, Fraction):
            about = f"what is 0 to {self._digits} digits"
        return DeriveError(
            f"{operation} {about}: a formula has no value at the given point",
            hint="other weights, biases or inputs; smaller ones where a function saturates",
        )


def _atoms(e: Expr) -> Iterator[Atom]:
    stack = [e]
    while stack:
        node = stack.pop()
        if isinstance(node, Var | Diff | Diff2):
            yield node
        else:
            stack.extend(children(node))
