"""Initialisers by hand: how weights are drawn before training.

The streams of NumPy's RandomState are frozen (NumPy NEP 19), so the same seed gives the same network for ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.random import RandomState

from derive.vocabulary.constants import usual
from derive.vocabulary.rows import Row
from derive.vocabulary.stable import Array

CUT = 2.0
"""How many standard deviations from the mean a truncated normal draw goes."""


class Spread(Struct, frozen=True):
    """How far draws go, by the fans of a layer: √(`over`/n_in), or √(`over`/(n_in + n_out)) if `both`, times a gain.

    n_in: fan-in, how many values come into each neuron.  n_out: fan-out, how many neurons the layer has.
    """

    over: int
    both: bool = False

    def square(self, n_in: int, n_out: int) -> Fraction:
        """Return the square of the spread, at a gain of 1."""
        return Fraction(self.over, n_in + n_out if self.both else n_in)

    def __call__(self, n_in: int, n_out: int, gain: float) -> float:
        return gain * math.sqrt(self.square(n_in, n_out))


Law = Literal["uniform", "normal", "orthogonal", "constant"]


class Initialiser(Row, frozen=True):
    """Values in an array = `draw`(random, shape, *constants); weights have the shape (n_out, n_in).

    law: of the values.
    spread: a of U(−a, a), or σ of N(0, σ²), where it follows from the fans.
    matrix: whether it is made for weights only, as what looks at fans is.
    """

    draw: Callable[..., Array]
    law: Law
    spread: Spread | None = None
    matrix: bool = False


def uniform(random: RandomState, shape: tuple[int, ...], low: float, high: float) -> Array:
    return random.uniform(low, high, shape)


def normal(random: RandomState, shape: tuple[int, ...], mean: float, deviation: float) -> Array:
    return random.normal(mean, deviation, shape)


def truncated_normal(random: RandomState, shape: tuple[int, ...], mean: float, deviation: float) -> Array:
    """Draw again whatever is more than `CUT` standard deviations from the mean."""
    drawn = np.asarray(random.standard_normal(shape))
    while (far := np.abs(drawn) > CUT).any():
        drawn[far] = random.standard_normal(int(far.sum()))
    return mean + deviation * drawn


def constant(random: RandomState, shape: tuple[int, ...], low: float) -> Array:
    return np.full(shape, low)


def zeros(random: RandomState, shape: tuple[int, ...]) -> Array:
    return np.zeros(shape)


def orthogonal(random: RandomState, shape: tuple[int, ...], gain: float) -> Array:
    """Return `gain` times a matrix whose shorter side is orthonormal: rows if n_out ≤ n_in, else columns.

    The Q of a normal draw's QR decomposition, with signs for which R has a positive diagonal: then Q is uniform among
    such matrices. Saxe, McClelland & Ganguli, ICLR 2014; Mezzadri, Notices of the AMS 54 (2007).
    """
    n_out, n_in = shape
    drawn = random.standard_normal((max(shape), min(shape)))
    q, r = np.linalg.qr(drawn)
    q = q * np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
    return np.asarray(gain * (q if n_out > n_in else q.T))


def _within(spread: Spread) -> Initialiser:
    """Return the draw from U(−a, a) with a by `spread`."""

    def draw(random: RandomState, shape: tuple[int, ...], gain: float) -> Array:
        n_out, n_in = shape
        a = spread(n_in, n_out, gain)
        return random.uniform(-a, a, shape)

    return Initialiser(draw, "uniform", spread, matrix=True, constants=usual(gain="1"))


def _about_zero(spread: Spread) -> Initialiser:
    """Return the draw from N(0, σ²) with σ by `spread`."""

    def draw(random: RandomState, shape: tuple[int, ...], gain: float) -> Array:
        n_out, n_in = shape
        return random.normal(0.0, spread(n_in, n_out, gain), shape)

    return Initialiser(draw, "normal", spread, matrix=True, constants=usual(gain="1"))


INITIALISERS: dict[str, Initialiser] = {
    "zeros": Initialiser(zeros, "constant"),
    "constant": Initialiser(constant, "constant", constants=usual(low="0")),
    "uniform": Initialiser(uniform, "uniform", constants=usual(low="0", high="1")),
    "normal": Initialiser(normal, "normal", constants=usual(mean="0", deviation="1")),
    "truncated normal": Initialiser(truncated_normal, "normal", constants=usual(mean="0", deviation="1")),
    "glorot uniform": _within(Spread(6, both=True)),
    "glorot normal": _about_zero(Spread(2, both=True)),
    "he uniform": _within(Spread(6)),
    "he normal": _about_zero(Spread(2)),
    "lecun uniform": _within(Spread(3)),
    "lecun normal": _about_zero(Spread(1)),
    "orthogonal": Initialiser(orthogonal, "orthogonal", matrix=True, constants=usual(gain="1")),
}
"""Glorot & Bengio, AISTATS 2010; He et al., ICCV 2015; LeCun et al., Efficient BackProp (1998). Constants are called
as the keys of a `derive.spec.Draw`."""
