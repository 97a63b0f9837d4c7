"""What a double in a program stands for: 0.1 is 1/10, and 1/3 calculated in doubles is 1/3."""

from __future__ import annotations

import math
from fractions import Fraction

SHORT = 12  # significant digits of a decimal that somebody typed
LARGEST = 10**6  # denominator of a fraction that a program calculated, such as 1/m


def typed(value: float) -> bool:
    """Return whether a double shows so few digits that somebody typed it; any other may have been rounded on its way.

    >>> typed(0.1), typed(1 / 3), typed(0.1 * 3)
    (True, False, False)
    """
    return len(_digits(repr(value))) <= SHORT


def _digits(text: str) -> str:
    return text.partition("e")[0].lstrip("-").replace(".", "").strip("0")


def literal(value: float) -> Fraction:
    """Return the number that the double `value` stands for: the decimal that it shows if that is short, else a
    fraction of small denominator that rounds to it, else the decimal that it shows, which tells it from its
    neighbours. Raises ValueError where it is infinite or not a number.

    >>> literal(0.1), literal(1 / 3), literal(1 + 1e-9)
    (Fraction(1, 10), Fraction(1, 3), Fraction(1000000001, 1000000000))
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number")
    text = repr(value)
    shown = Fraction(text)
    if len(_digits(text)) <= SHORT:
        return shown
    near = Fraction(value).limit_denominator(LARGEST)
    return near if float(near) == value else shown
