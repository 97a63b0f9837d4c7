"""Tells a difference quotient from a derivative, and finds its step: by the digits in which the two differ.

A quotient with step h is off by h/2 f″ (forward, backward) or h²/6 f‴ (central). In numbers of 70 digits that is seen
however small h is; the step that it leads to is confirmed by calculating the quotient itself.

    Nocedal & Wright, Numerical Optimization, 2nd ed. (2006), §8.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from derive.check.meanings import RealMeaning
from derive.check.network import Network
from derive.check.real import Real, Reals
from derive.check.verdict import Undefined
from derive.expression import Var
from derive.gradcheck.cases import Case
from derive.gradcheck.reference import Real50
from derive.read.exact.literal import literal
from derive.read.messages import At

TOTAL = Var("total")
TINY = Fraction(1, 10**11)  # a step at which third differences keep 25 digits of 70
CONFIRMED = 1e-18
LARGEST, SMALLEST = 0.3, 1e-14
KINDS = ("central-difference", "forward-difference", "backward-difference")


def difference_quotient(
    case: Case, at: At, right: Real50, found: Mapping[Var, Real], scale: Fraction
) -> tuple[str, float] | None:
    """Return which quotient a gradient is made of, as a mistake's id, and its step; None where it is none.

    found: some derivatives as the program gives them.  scale: the factor by which its convention differs.
    """
    reals = right.meaning.reals
    mp = reals.mp
    values = case.values(at)

    def error(name: Var, step: Any) -> Any:
        moved = {**values, name: values[name] + step}
        meaning = RealMeaning(Network(case.graph, moved), Reals())
        return reals.rounded(meaning.measure(TOTAL)[0].value)

    chosen = [name for name in found if abs(float(right.slopes[name].value)) > 1e-6][:3] if right.slopes else []
    if not chosen:
        return None
    try:
        first = chosen[0]
        gap = reals.rounded(found[first].value) / _mp(mp, scale) - reals.rounded(right.slopes[first].value)
        here = error(first, 0)
        up, down = error(first, TINY), error(first, -TINY)
        twice_up, twice_down = error(first, 2 * TINY), error(first, -2 * TINY)
        tiny = _mp(mp, TINY)
        second = (up - 2 * here + down) / tiny**2
        third = (twice_up - 2 * up + 2 * down - twice_down) / (2 * tiny**3)
        guesses: list[tuple[str, Any]] = []
        if third and (square := 6 * gap / third) > 0:
            guesses.append((KINDS[0], mp.sqrt(square)))
        if second:
            step = 2 * gap / second
            guesses.append((KINDS[1] if step > 0 else KINDS[2], abs(step)))
        for kind, guess in guesses:
            for step in _steps(float(guess)):
                if all(_confirmed(mp, kind, step, error, name, found[name], scale, reals) for name in chosen):
                    return kind, float(step)
    except (Undefined, KeyError, ZeroDivisionError):
        return None
    return None


def _steps(guess: float) -> list[Fraction]:
    """Return steps that a program may have, near a guess that is off by a part of its own size."""
    if not SMALLEST < guess < LARGEST:
        return []
    made = [literal(float(f"{guess:.{digits}g}")) for digits in (1, 2, 3, 6)]
    made += [literal(x) for x in (2.0**-26, 2.0**-17, 6.055454452393343e-06, 1.4901161193847656e-08)
             if abs(x / guess - 1) < 0.01]  # fmt: skip
    return list(dict.fromkeys(made))


def _confirmed(
    mp: Any, kind: str, step: Fraction, error: Any, name: Var, found: Real, scale: Fraction, reals: Reals
) -> bool:
    high = step if kind != KINDS[2] else Fraction(0)
    low = -step if kind != KINDS[1] else Fraction(0)
    quotient = (error(name, high) - error(name, low)) / _mp(mp, high - low) * _mp(mp, scale)
    value = reals.rounded(found.value)
    return bool(abs(quotient - value) <= CONFIRMED * abs(value))


def _mp(mp: Any, value: Fraction) -> Any:
    return mp.mpf(value.numerator) / value.denominator
