"""The constant of a mistake, from what was observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Predict = Callable[[float], Vector]
"""predict(constant) → what would be observed, as one vector over all points."""

FINEST, COARSEST = 1e-9, 0.5  # steps that are looked for


def affine(predict: Predict, observed: Vector) -> float | None:
    """Return c where the prediction is g + c·d: by least squares."""
    start = predict(0.0)
    direction = predict(1.0) - start
    length = float(direction @ direction)
    return float(direction @ (observed - start)) / length if length > 0.0 else None


def largest(observed: Vector) -> float | None:
    """Return the largest absolute value, if several numbers have it: a clipped gradient shows it again and again."""
    size = np.abs(observed)
    top = float(size.max(initial=0.0))
    return top if top and (size >= top * (1.0 - 1e-12)).sum() > 1 else None


def norm(lengths: Sequence[float]) -> float | None:
    """Return the largest of the lengths of the gradient."""
    top = max(lengths, default=0.0)
    return top or None


def decimals(right: Vector, observed: Vector) -> float | None:
    """Return to how many decimals the right numbers were rounded."""
    for digits in range(10):
        if np.array_equal(np.round(observed, digits), observed) or digits == 9:
            return float(digits) if np.allclose(np.round(right, digits), observed, rtol=0.0, atol=1e-12) else None
    return None


def step(quotient: Callable[[float], float], right: float, observed: float, order: int) -> float | None:
    """Return h, where a difference quotient differs from the right slope by a term in h^`order`, and a little more.

    quotient: that of one parameter, by h.  right, observed: its derivative.
    """
    h, off = 1e-2, observed - right
    for _ in range(8):
        here = quotient(h) - right
        ratio = off / here if here else 0.0
        if not ratio > 0.0 or not np.isfinite(ratio):
            return None
        last, h = h, h * ratio ** (1.0 / order)
        if not FINEST < h < COARSEST:
            return None
        if abs(h - last) <= 1e-9 * h:
            break
    return _plain(h)


def _plain(h: float) -> float:
    """Return the number of two digits that `h` is, if it is one as far as it is known."""
    short = float(f"{h:.1e}")
    return short if abs(short - h) <= 1e-2 * h else h
