"""What the derivation's formulas come to at the given point, to many digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from mpmath import MPContext, mpf

from derive.derivation import Key, Lookup, Number
from derive.errors import DeriveError
from derive.expression import Add, At, Call, Cases, Diff, Div, Expr, Mul, Neg, Num, Pow, Var, children

DIGITS = 50
GUARD = 30
EXACT_BITS = 400  # an exact value longer than this serves no reader, and would slow everything after it


class Values:
    """The value of any expression at the point; rational where it is exact, else an mpf of 80 digits.

    meaning(name or derivative) is the formula that stands for it; None where it is given.
    Raises DeriveError where there is none: for the logarithm of an output that is 0 to that many digits.
    """

    def __init__(self, meaning: Callable[[Key], Expr | None], point: Lookup[Var, Fraction]) -> None:
        self._meaning = meaning
        self._point = point
        self._known: dict[Expr, Number] = {}
        self._mp = MPContext()
        self._mp.dps = DIGITS + GUARD

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
        formula = self._meaning(e) if isinstance(e, Var | Diff) else e
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

    def _together(self, a: Number, b: Number) -> tuple[Number, Number]:
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return a, b
        return self._real(a), self._real(b)

    def _sum(self, terms: Sequence[Number]) -> Number:
        """Return the sum; 0 where the terms cancel to all digits that are carried, and leave only rounding noise.

        Softmax ignores a shift of all its net inputs, so a bias that they share has no derivative. That it is
        exactly 0 is proved by the checker, as any other printed value.
        """
        result = terms[0]
        for term in terms[1:]:
            a, b = self._together(result, term)
            result = a + b
        if isinstance(result, Fraction):
            return result
        largest = max([abs(self._real(term)) for term in terms])
        noise = largest * self._mp.mpf(10) ** -(DIGITS + GUARD // 2)
        return Fraction(0) if abs(result) < noise else result

    def _evaluate(self, e: Expr) -> Number:
        known = self._known.get(e)
        if known is not None:
            return known
        match e:
            case Num(value):
                return value
            case Add(args):
                return self._sum([self._evaluate(arg) for arg in args])
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
                    raise _saturated()
                return a / b
            case Pow(base, exponent):
                return self._evaluate(base) ** exponent
            case Call(fn, arg):
                value = self._evaluate(arg)
                if fn == "log" and value <= 0:
                    raise _saturated()
                if fn == "exp" and value == 0:
                    return Fraction(1)
                if value == (1 if fn == "log" else 0):
                    return Fraction(0)
                made: Number = getattr(self._mp, fn)(self._real(value))
                return made
            case Cases(test, above, otherwise):
                return self._evaluate(above if self._evaluate(test) > 0 else otherwise)
            case At(arg):
                return self._evaluate(arg)
        raise TypeError(f"{type(e).__name__} has no value of its own")


def _saturated() -> DeriveError:
    """Only the losses divide by names and take their logarithms: by outputs, or what these leave of 1."""
    return DeriveError(
        f"an output is 0 or 1 to {DIGITS + GUARD} digits, where the loss has no value",
        hint="smaller weights, biases or inputs",
    )


def _atoms(e: Expr) -> Iterator[Var | Diff]:
    stack = [e]
    while stack:
        node = stack.pop()
        if isinstance(node, Var | Diff):
            yield node
        else:
            stack.extend(children(node))
