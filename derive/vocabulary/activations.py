"""Activations with their derivatives, by hand: no algebra system.

Every formula holds to the last few bits for every finite net input, and is analytic (for the complex step)
wherever its function is. Order among complex numbers is NumPy's, real part first; where that leaves a choice,
both branches are the same function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from derive.vocabulary.rows import REALS, Interval, Row

UNIT = Interval(0.0, 1.0)

Array: TypeAlias = NDArray[Any]
"""float64, or complex128 where the parameters are complex."""


class Activation(Row, frozen=True):
    """out = `value`(net), row by row, and ∂E/∂net = `pull_back`(net, out, ∂E/∂out): the transposed Jacobian applied.

    All arrays are (N, n): one row a sample. The constants of the row come last, as doubles.

    outputs: where outputs lie.
    sides: where the slope jumps at some net inputs, sides(net) tells for each on which side of them it lies, as
        numbers; None where the function is analytic. At a kink the slope is that of the branch `otherwise` of the
        symbolic definition.
    flat: |net| beyond which an output is within e^-100 of its limit, so that its slope has lost its digits among 50.
    layer: whether an output depends on all net inputs of the layer.
    """

    value: Callable[..., Array]
    pull_back: Callable[..., Array]
    outputs: Interval = REALS
    sides: Callable[..., NDArray[Any]] | None = None
    flat: float = math.inf
    layer: bool = False


# ── Activations ──────────────────────────────────────────────────────────────────────────────────────────────


def sigmoid(net: Array) -> Array:
    """Return 1/(1 + e^−net), multiplied through by e^min(net, 0) so that no exponent is positive."""
    return np.exp(np.minimum(net, 0.0)) / (1.0 + np.exp(np.minimum(net, -net)))


def sigmoid_slope(net: Array) -> Array:
    """Return σ′ = σ(1 − σ) = e/(1 + e)² with e = e^−|net|: even in net, and no digits lost where σ rounds to 1."""
    e = np.exp(np.minimum(net, -net))
    return e / (1.0 + e) ** 2


def tanh_slope(net: Array) -> Array:
    """Return tanh′ = 1 − tanh², by tanh(x) = 2σ(2x) − 1."""
    return 4.0 * sigmoid_slope(2.0 * net)


def relu(net: Array) -> Array:
    """Return max(net, 0), decided by the real part; what is not a number stays so."""
    return np.where(net.real <= 0.0, 0.0, net)


def relu_pull_back(net: Array, out: Array, slope: Array) -> Array:
    """Return slope where net > 0, else 0: at the kink, ReLU′ is 0 by convention."""
    return np.where(net.real <= 0.0, 0.0, slope)


def softmax(net: Array) -> Array:
    weights = np.exp(below_top(net))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def softmax_pull_back(net: Array, out: Array, slope: Array) -> Array:
    """Return Jᵀ·slope with J_ij = out_i (δ_ij − out_j): out_i (slope_i − Σ_j out_j slope_j).

    J sends a constant to 0, so the slope of the largest output may be taken off all of them first; without
    that, the difference loses its digits where one output is near 1.
    """
    slope = slope - np.take_along_axis(slope, top(net), axis=1)
    return np.asarray(out * (slope - (out * slope).sum(axis=1, keepdims=True)))


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation(sigmoid, lambda net, out, slope: slope * sigmoid_slope(net), UNIT, flat=100.0),
    "tanh": Activation(np.tanh, lambda net, out, slope: slope * tanh_slope(net), Interval(-1.0, 1.0), flat=50.0),
    "relu": Activation(relu, relu_pull_back, Interval(0.0, math.inf, closed=True), sides=lambda net: net.real > 0.0),
    "identity": Activation(np.positive, lambda net, out, slope: slope),
    "softmax": Activation(softmax, softmax_pull_back, UNIT, flat=100.0, layer=True),
}


def top(net: Array) -> NDArray[np.intp]:
    """Return the place of the largest net input of each row, (N, 1)."""
    return np.asarray(np.argmax(net.real, axis=1, keepdims=True))


def below_top(net: Array) -> Array:
    """Return net minus the largest of its row: nothing above 0, so that `exp` cannot overflow."""
    return np.asarray(net - np.take_along_axis(net, top(net), axis=1))
