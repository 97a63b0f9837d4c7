"""One number: an exact value, and a double that goes with it."""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Callable, Container
from fractions import Fraction
from typing import Any, ClassVar, Self

import numpy as np

from derive.check.algebra import Algebra
from derive.check.verdict import Doubt, Undefined
from derive.read.exact.literal import literal, typed

CLOSE = 1e-9  # two shadows so near each other do not tell which is larger, unless the values are the same


class Notes:
    """What happened while a program ran.

    file: the name of the program's file, as its frames have it: lines are those of the innermost of them.
    tests: for each line that compared numbers, the signs that the differences had.
    lost: lines where a number became a double, so that what comes of it is exact no longer.
    close: lines where a comparison was too close to call.
    undefined: why values were undefined, by line: a division by 0, a logarithm of what has none.
    """

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.tests: dict[int, set[int]] = {}
        self.lost: dict[int, str] = {}
        self.close: set[int] = set()
        self.undefined: dict[int, Doubt] = {}

    def line(self) -> int:
        """Return the line of the program that runs; 0 where it cannot be told."""
        frame = sys._getframe(1)
        for _ in range(40):
            if frame.f_code.co_filename == self.file:
                return frame.f_lineno
            if frame.f_back is None:
                break
            frame = frame.f_back
        return 0


class Element:
    """A number with the arithmetic of Python's. `elements` makes the class for one algebra.

    value: in the algebra; None where there is none (0/0 in a branch that is not taken).
    shadow: the double that comes of the same calculation at some real point.
    """

    __slots__ = ("shadow", "value")
    algebra: ClassVar[Algebra[Any]]
    notes: ClassVar[Notes]
    ndim, shape, size = 0, (), 1

    def __init__(self, value: Any, shadow: float) -> None:
        self.value = value
        self.shadow = shadow

    # Filled in by `elements`.
    lift: ClassVar[Callable[[Any], Any]]

    # ── What numbers have ──────────────────────────────────────────────────────────────────────────────────

    def __pos__(self) -> Self:
        return self

    def __bool__(self) -> bool:
        return self._against(0) != 0

    def __hash__(self) -> int:
        return hash(self._to_double("hash"))

    def __eq__(self, other: object) -> Any:
        return NotImplemented if (sign := self._sign(other)) is None else sign == 0

    def __ne__(self, other: object) -> Any:
        return NotImplemented if (sign := self._sign(other)) is None else sign != 0

    def __lt__(self, other: object) -> Any:
        return NotImplemented if (sign := self._sign(other)) is None else sign < 0

    def __le__(self, other: object) -> Any:
        return NotImplemented if (sign := self._sign(other)) is None else sign <= 0

    def __gt__(self, other: object) -> Any:
        return NotImplemented if (sign := self._sign(other)) is None else sign > 0

    def __ge__(self, other: object) -> Any:
        return NotImplemented if (sign := self._sign(other)) is None else sign >= 0

    def _sign(self, other: object) -> int | None:
        return self._against(other) if isinstance(other, Element | numbers.Real | np.generic) else None

    def _against(self, other: Any) -> int:
        """Return the sign of self − other: by the shadows, unless the values are the same."""
        theirs = other.shadow if isinstance(other, Element) else float(other)
        gap = self.shadow - theirs
        if abs(gap) <= CLOSE * max(1.0, abs(self.shadow), abs(theirs)) or math.isnan(gap):
            if math.isfinite(theirs) and self._same(type(self).lift(other)):
                gap = 0.0
            else:
                self.notes.close.add(self.notes.line())
        sign = (gap > 0) - (gap < 0)
        self.notes.tests.setdefault(self.notes.line(), set()).add(sign)
        return sign

    def _same(self, other: Element) -> bool:
        raise NotImplementedError

    def _to_double(self, what: str) -> float:
        """Return the shadow, and note where: what comes of it is exact no longer, if it is more than printed."""
        line = self.notes.line()
        if self.notes.lost.get(line, "text") == "text":
            self.notes.lost[line] = what
        return self.shadow

    def __float__(self) -> float:
        return self._to_double("float")

    def __int__(self) -> int:
        return int(self._to_double("int"))

    __trunc__ = __int__

    def __floor__(self) -> int:
        return math.floor(self._to_double("floor"))

    def __ceil__(self) -> int:
        return math.ceil(self._to_double("ceil"))

    def __round__(self, digits: int | None = None) -> Any:
        return round(self._to_double("round"), digits)

    def __complex__(self) -> complex:
        return complex(self._to_double("complex"))

    def __mod__(self, other: Any) -> float:
        return self._to_double("%") % float(other)

    def __floordiv__(self, other: Any) -> float:
        return self._to_double("//") // float(other)

    def __format__(self, form: str) -> str:
        return format(self._to_double("text"), form)

    def __repr__(self) -> str:
        return repr(self._to_double("text"))

    def __abs__(self) -> Any:
        return self * -1 if self._against(0) < 0 else self

    # ── What NumPy's scalars have ──────────────────────────────────────────────────────────────────────────

    @property
    def real(self) -> Self:
        return self

    @property
    def imag(self) -> int:
        return 0

    @property
    def T(self) -> Self:
        return self

    @property
    def dtype(self) -> np.dtype[np.float64]:
        return np.dtype(np.float64)

    def _itself(self, *arguments: Any, **options: Any) -> Self:
        return self

    item = copy = conjugate = astype = sum = mean = max = min = squeeze = tolist = __copy__ = _itself

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("an exact number cannot be pickled")

    def __mul__(self, other: Any) -> Any:
        raise NotImplementedError

    def exp(self) -> Any:
        raise NotImplementedError

    def sign(self) -> Any:
        return type(self).lift(self._against(0))


numbers.Real.register(Element)


def elements(
    algebra: Algebra[Any], same: Callable[[Any, Any], bool], notes: Notes,
    rounded: Callable[[Fraction], Any] | None = None, written: Container[float] = (),
) -> type[Element]:  # fmt: skip
    """Return the class of the numbers of one run: values in `algebra`, equal where `same` says so.

    rounded: makes the value of a constant that may have been rounded before; `algebra.number` where that is all one.
    written: the doubles that stand in the program as they are, however many digits they have.
    """
    add, mul, neg, div, power = algebra.add, algebra.mul, algebra.neg, algebra.div, algebra.power
    kept: dict[Any, Element] = {}

    def lift(x: Any) -> Any:
        """Return a number as an element. Raises TypeError for what is none."""
        if x.__class__ is Exact:
            return x
        try:
            return kept[x.__class__, x]
        except (KeyError, TypeError):
            pass
        if isinstance(x, np.ndarray) and x.ndim == 0:
            return lift(x[()])
        if isinstance(x, np.generic):
            return lift(x.item())
        made: Element
        if isinstance(x, bool | int):
            made = Exact(algebra.number(Fraction(x)), float(x))
        elif isinstance(x, float):
            made = _constant(x)
        elif isinstance(x, Fraction):
            made = Exact(algebra.number(x), float(x))
        else:
            raise TypeError(f"a {type(x).__name__} is no real number")
        if len(kept) < 10_000:
            kept[x.__class__, x] = made
        return made

    def _constant(x: float) -> Element:
        if not math.isfinite(x):
            return Exact(None, x)
        size = abs(x)
        if size in CONSTANTS:
            value = CONSTANTS[size](algebra)
            return Exact(value if x > 0 else neg(value), x)
        number = algebra.number if rounded is None or typed(x) or size in written else rounded
        return Exact(number(literal(x)), x)

    def undefined(doubt: Doubt) -> None:
        notes.undefined.setdefault(notes.line(), doubt)

    class Exact(Element):
        __slots__ = ()

        def __add__(self, other: Any) -> Any:
            if other.__class__ is not Exact and (other := other_number(other)) is NotImplemented:
                return NotImplemented
            a, b = self.value, other.value
            return Exact(None if a is None or b is None else add((a, b)), self.shadow + other.shadow)

        __radd__ = __add__

        def __mul__(self, other: Any) -> Any:
            if other.__class__ is not Exact and (other := other_number(other)) is NotImplemented:
                return NotImplemented
            a, b = self.value, other.value
            return Exact(None if a is None or b is None else mul(a, b), self.shadow * other.shadow)

        __rmul__ = __mul__

        def __neg__(self) -> Any:
            return Exact(None if self.value is None else neg(self.value), -self.shadow)

        def __sub__(self, other: Any) -> Any:
            if other.__class__ is not Exact and (other := other_number(other)) is NotImplemented:
                return NotImplemented
            a, b = self.value, other.value
            return Exact(None if a is None or b is None else add((a, neg(b))), self.shadow - other.shadow)

        def __rsub__(self, other: Any) -> Any:
            return NotImplemented if (other := other_number(other)) is NotImplemented else other - self

        def __truediv__(self, other: Any) -> Any:
            if other.__class__ is not Exact and (other := other_number(other)) is NotImplemented:
                return NotImplemented
            a, b, value = self.value, other.value, None
            if a is not None and b is not None:
                try:
                    value = div(a, b)
                except Undefined as why:
                    undefined(why.doubt)
            return Exact(value, _quotient(self.shadow, other.shadow))

        def __rtruediv__(self, other: Any) -> Any:
            return NotImplemented if (other := other_number(other)) is NotImplemented else other / self

        def __pow__(self, other: Any, modulo: Any = None) -> Any:
            exponent = _exponent(other)
            if isinstance(exponent, int):
                return self._applied(lambda a: power(a, exponent), _power(self.shadow, exponent))
            if exponent == Fraction(1, 2):
                return self.sqrt()
            if exponent == Fraction(-1, 2):
                return lift(1) / self.sqrt()
            if (other := other_number(other)) is NotImplemented:
                return NotImplemented
            return (other * self.log()).exp()

        def __rpow__(self, other: Any) -> Any:
            if (other := other_number(other)) is NotImplemented:
                return NotImplemented
            return self.exp() if other.shadow == math.e else (self * other.log()).exp()

        def _same(self, other: Element) -> bool:
            return self.value is not None and other.value is not None and same(self.value, other.value)

        def _applied(self, function: Callable[[Any], Any], shadow: float) -> Any:
            if self.value is None:
                return Exact(None, shadow)
            try:
                return Exact(function(self.value), shadow)
            except Undefined as why:
                if why.doubt in (Doubt.NESTED, Doubt.SIZE):
                    raise  # no property of the program: it may be tried again, in a higher tower
                undefined(why.doubt)
                return Exact(None, shadow)

        def exp(self) -> Any:
            return self._applied(algebra.exp, _double(math.exp, self.shadow))

        def log(self) -> Any:
            return self._applied(algebra.log, _double(math.log, self.shadow))

        def tanh(self) -> Any:
            return self._applied(algebra.tanh, math.tanh(self.shadow))

        def sqrt(self) -> Any:
            return self._applied(lambda a: algebra.sqrt(a, False), _double(math.sqrt, self.shadow))

        def erf(self) -> Any:
            return self._applied(algebra.erf, math.erf(self.shadow))

        def sin(self) -> Any:
            return self._applied(algebra.sin, _double(math.sin, self.shadow))

        def cos(self) -> Any:
            return self._applied(algebra.cos, _double(math.cos, self.shadow))

        def tan(self) -> Any:
            return self.sin() / self.cos()

        def expm1(self) -> Any:
            return self.exp() - 1

        def exp2(self) -> Any:
            return (self * lift(2).log()).exp()

        def log1p(self) -> Any:
            return (self + 1).log()

        def log2(self) -> Any:
            return self.log() / lift(2).log()

        def log10(self) -> Any:
            return self.log() / lift(10).log()

        def sinh(self) -> Any:
            e = self.exp()
            return (e - 1 / e) / 2

        def cosh(self) -> Any:
            e = self.exp()
            return (e + 1 / e) / 2

        def square(self) -> Any:
            return self * self

        def reciprocal(self) -> Any:
            return lift(1) / self

    def other_number(x: Any) -> Any:
        """Return `x` as an element, or NotImplemented: an array knows better what to do with an element."""
        if x.__class__ is Exact:
            return x
        if isinstance(x, np.ndarray):
            return NotImplemented
        try:
            return lift(x)
        except TypeError:
            return NotImplemented

    Exact.algebra, Exact.notes, Exact.lift = algebra, notes, staticmethod(lift)
    return Exact


def _exponent(x: Any) -> int | Fraction | None:
    """Return an exponent that is a plain number; None for one that is calculated."""
    if isinstance(x, Element | np.ndarray):
        return None
    try:
        made = literal(float(x))
    except (TypeError, ValueError):
        return None
    return int(made) if made.denominator == 1 else made


def _double(function: Callable[[float], float], x: float) -> float:
    try:
        return function(x)
    except OverflowError:
        return math.inf
    except ValueError:
        return -math.inf if function is math.log and x == 0.0 else math.nan


def _quotient(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a)


def _power(a: float, n: int) -> float:
    try:
        return float(a**n)
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        return math.inf


def _root(algebra: Algebra[Any], value: Any) -> Any:
    return algebra.sqrt(value, True)


def _times_pi(algebra: Algebra[Any], factor: Fraction) -> Any:
    return algebra.mul(algebra.number(factor), algebra.pi())


def _over_pi(algebra: Algebra[Any], top: int) -> Any:
    return algebra.div(algebra.number(Fraction(top)), algebra.pi())


# Doubles that stand for a constant of mathematics.
CONSTANTS: dict[float, Callable[[Algebra[Any]], Any]] = {
    math.e: lambda a: a.exp(a.number(Fraction(1))),
    math.pi: lambda a: a.pi(),
    2.0 * math.pi: lambda a: _times_pi(a, Fraction(2)),
    math.sqrt(2.0): lambda a: _root(a, a.number(Fraction(2))),
    math.sqrt(0.5): lambda a: _root(a, a.number(Fraction(1, 2))),
    1.0 / math.sqrt(2.0): lambda a: _root(a, a.number(Fraction(1, 2))),
    math.sqrt(math.pi): lambda a: _root(a, a.pi()),
    math.sqrt(2.0 / math.pi): lambda a: _root(a, _over_pi(a, 2)),
    2.0 / math.sqrt(math.pi): lambda a: _root(a, _over_pi(a, 4)),
    math.sqrt(2.0 * math.pi): lambda a: _root(a, _times_pi(a, Fraction(2))),
    1.0 / math.sqrt(2.0 * math.pi): lambda a: _root(a, a.div(a.number(Fraction(1)), _times_pi(a, Fraction(2)))),
    # λα of SELU, multiplied in doubles.
    1.0507009873554805 * 1.6732632423543772: lambda a: a.number(
        Fraction("1.0507009873554805") * Fraction("1.6732632423543772")
    ),
    math.log(2.0): lambda a: a.log(a.number(Fraction(2))),
}
