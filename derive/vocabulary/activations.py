"""Activations with their derivatives, by hand: no algebra system.

Every formula holds to the last few bits for every finite net input (those with a bell curve, to the bits that are
left of net²), and is analytic (for the complex step) wherever its function is. Slopes at kinks are those of PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.vocabulary.rows import REALS, Interval, Row
from derive.vocabulary.stable import (
    Array,
    absolute,
    erfc,
    others,
    sigmoid,
    sigmoid_slope,
    softmax,
    softmax_complement,
    softmax_surprise,
    softplus,
    tanh_slope,
    top,
)

UNIT = Interval(0.0, 1.0)

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
CUBE, ROOT = 0.044715, math.sqrt(2.0 / math.pi)


class Activation(Row, frozen=True):
    """out = `value`(net), row by row, and ∂E/∂net = `pull_back`(net, out, ∂E/∂out): the transposed Jacobian applied.

    All arrays are (N, n): one row a sample. The constants of the row come last, as doubles.

    outputs: where outputs lie.
    sides: where the slope jumps at some net inputs, sides(net) tells for each on which side of them it lies, as
        numbers; None where the slope is continuous. At a kink it is that of the branch `otherwise` of the symbolic
        definition.
    reach: the net inputs at which the symbolic definition keeps its digits: beyond, an output is within e^-100 of a
        limit from which it is told by a difference, or holds exponentials beyond doubles. Of a whole layer: the
        differences of net inputs.
    layer: whether an output depends on all net inputs of the layer.
    """

    value: Callable[..., Array]
    pull_back: Callable[..., Array]
    outputs: Interval = REALS
    sides: Callable[..., NDArray[Any]] | None = None
    reach: Interval = REALS
    layer: bool = False


def elementwise(value: Callable[..., Array], slope: Callable[..., Array], **facts: Any) -> Activation:
    """Return the row of a function of one net input: out = `value`(net), and `slope`(net) its derivative."""

    def pull_back(net: Array, out: Array, arriving: Array, *constants: float) -> Array:
        return np.asarray(arriving * slope(net, *constants))

    return Activation(value, pull_back, **facts)


# ── With kinks ───────────────────────────────────────────────────────────────────────────────────────────────


def above_0(net: Array, *constants: float) -> NDArray[Any]:
    """Return on which side of 0 net inputs lie; 0 is below."""
    return np.asarray(net.real > 0.0)


def relu(net: Array) -> Array:
    """Return max(net, 0), decided by the real part; what is not a number stays so."""
    return np.where(net.real <= 0.0, 0.0, net)


def leaky_relu(net: Array, slope: float) -> Array:
    return np.where(net.real <= 0.0, slope * net, net)


def elu(net: Array, alpha: float) -> Array:
    """Return net where it is above 0, else α(e^net − 1); Clevert, Unterthiner & Hochreiter, ICLR (2016)."""
    return np.where(net.real <= 0.0, alpha * np.expm1(np.where(net.real <= 0.0, net, 0.0)), net)


def elu_slope(net: Array, alpha: float) -> Array:
    return np.where(net.real <= 0.0, alpha * np.exp(np.minimum(net, 0.0)), 1.0)


def hard_tanh(net: Array) -> Array:
    return np.where(net.real >= 1.0, 1.0, np.where(net.real <= -1.0, -1.0, net))


def hard_tanh_sides(net: Array) -> NDArray[Any]:
    return np.asarray(1 * (net.real >= 1.0) - 1 * (net.real <= -1.0))


# ── Smooth ───────────────────────────────────────────────────────────────────────────────────────────────────


def softsign(net: Array) -> Array:
    """Return net/(1 + |net|); beyond 1 as ±(1 − 1/(1 + |net|)), whose imaginary part does not cancel."""
    size = absolute(net)
    return np.where(size.real < 1.0, net / (1.0 + size), np.sign(net.real) * (1.0 - 1.0 / (1.0 + size)))


def gelu(net: Array) -> Array:
    """Return net·Φ(net), Φ the distribution function of the normal law; Hendrycks & Gimpel, arXiv 1606.08415 (2016)."""
    return np.asarray(net * normal(net))


def gelu_slope(net: Array) -> Array:
    """Return Φ + net φ, with the density φ = e^(−net²/2)/√2π: 0 where net² is beyond doubles."""
    near = np.where(np.abs(net.real) < 40.0, net, 0.0)
    density = np.exp(-0.5 * near**2) / math.sqrt(2.0 * math.pi)
    return np.asarray(normal(net) + near * density)


def normal(net: Array) -> Array:
    """Return Φ(net) = (1 + erf(net/√2))/2 = erfc(−net/√2)/2, which keeps its digits far below 0."""
    return 0.5 * erfc(-net / math.sqrt(2.0))


def gelu_tanh(net: Array) -> Array:
    """Return net·(1 + tanh u)/2 = net·σ(2u), u = √(2/π) (net + 0.044715 net³)."""
    return np.asarray(net * sigmoid(2.0 * _bent(net)[0]))


def gelu_tanh_slope(net: Array) -> Array:
    inner, slope = _bent(net)
    return np.asarray(sigmoid(2.0 * inner) + 2.0 * net * slope * sigmoid_slope(2.0 * inner))


def _bent(net: Array) -> tuple[Array, Array]:
    """Return u and its slope; beyond 100, where σ(2u) is 0 or 1 to all digits, those at 100."""
    near = np.where(np.abs(net.real) < 100.0, net, 100.0 * np.sign(net.real))
    return ROOT * (near + CUBE * near**3), ROOT * (1.0 + 3.0 * CUBE * near**2)


def silu_slope(net: Array) -> Array:
    """Return σ + net σ(1 − σ) = σ (1 + net σ(−net))."""
    return np.asarray(sigmoid(net) * (1.0 + net * sigmoid(-net)))


def mish(net: Array) -> Array:
    """Return net·tanh(ln(1 + e^net)); Misra, arXiv 1908.08681 (2019)."""
    return np.asarray(net * _mish_gate(net)[0])


def mish_slope(net: Array) -> Array:
    gate, slope = _mish_gate(net)
    return np.asarray(gate + net * slope)


def _mish_gate(net: Array) -> tuple[Array, Array]:
    """Return g = tanh(ln(1 + x)) = x(x + 2)/(x² + 2x + 2) and x dg/dx = 4x(1 + x)/(x² + 2x + 2)², at x = e^net.

    Above 0 both are multiplied through by powers of e = e^−net, so that no exponent is positive.
    """
    e = np.exp(np.where(net.real > 0.0, -net, net))
    above, below = 1.0 + 2.0 * e + 2.0 * e**2, e**2 + 2.0 * e + 2.0
    gate = np.where(net.real > 0.0, (1.0 + 2.0 * e) / above, e * (e + 2.0) / below)
    slope = np.where(net.real > 0.0, 4.0 * e**2 * (1.0 + e) / above**2, 4.0 * e * (1.0 + e) / below**2)
    return gate, slope


# ── Of a whole layer ─────────────────────────────────────────────────────────────────────────────────────────


def softmax_pull_back(net: Array, out: Array, slope: Array) -> Array:
    """Return Jᵀ·slope with J_ij = out_i (δ_ij − out_j): out_i (slope_i − Σ_j out_j slope_j).

    J sends a constant to 0, so the slope of the largest output may be taken off all of them first; without
    that, the difference loses its digits where one output is near 1.
    """
    slope = slope - np.take_along_axis(slope, top(net), axis=1)
    return np.asarray(out * (slope - (out * slope).sum(axis=1, keepdims=True)))


def log_softmax_pull_back(net: Array, out: Array, slope: Array) -> Array:
    """Return Jᵀ·slope with J_ij = δ_ij − p_j, p = softmax(net): slope_i (1 − p_i) − p_i Σ_{j≠i} slope_j."""
    return np.asarray(slope * softmax_complement(net) - softmax(net) * others(slope))


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": elementwise(sigmoid, sigmoid_slope, outputs=UNIT, reach=Interval(-100.0, 100.0)),
    "tanh": elementwise(np.tanh, tanh_slope, outputs=Interval(-1.0, 1.0), reach=Interval(-50.0, 50.0)),
    "relu": elementwise(relu, above_0, outputs=Interval(0.0, math.inf, closed=True), sides=above_0),
    "leaky relu": elementwise(
        leaky_relu, lambda net, slope: np.where(net.real <= 0.0, slope, 1.0), sides=above_0,
        constants={"slope": Decimal("0.01")},
    ),
    "elu": elementwise(
        elu, elu_slope, sides=above_0, reach=Interval(-100.0, math.inf), constants={"alpha": Decimal(1)}
    ),
    "selu": elementwise(
        lambda net: SELU_SCALE * elu(net, SELU_ALPHA), lambda net: SELU_SCALE * elu_slope(net, SELU_ALPHA),
        sides=above_0, reach=Interval(-100.0, math.inf),
    ),
    "softplus": elementwise(
        softplus, sigmoid, outputs=Interval(0.0, math.inf), reach=Interval(-100.0, 700.0)
    ),
    "softsign": elementwise(
        softsign, lambda net: (1.0 / (1.0 + absolute(net))) ** 2,
        outputs=Interval(-1.0, 1.0),
    ),
    "gelu": elementwise(gelu, gelu_slope, reach=Interval(-14.0, 37.0)),
    "gelu tanh": elementwise(gelu_tanh, gelu_tanh_slope, reach=Interval(-10.0, 100.0)),
    "silu": elementwise(lambda net: net * sigmoid(net), silu_slope, reach=Interval(-100.0, 100.0)),
    "mish": elementwise(mish, mish_slope, reach=Interval(-100.0, 100.0)),
    "hard tanh": elementwise(
        hard_tanh, lambda net: np.where(np.abs(net.real) < 1.0, 1.0, 0.0),
        outputs=Interval(-1.0, 1.0, closed=True), sides=hard_tanh_sides,
    ),
    "identity": elementwise(np.positive, np.ones_like),
    "softmax": Activation(softmax, softmax_pull_back, UNIT, reach=Interval(-100.0, 100.0), layer=True),
    "log-softmax": Activation(
        lambda net: -softmax_surprise(net), log_softmax_pull_back, Interval(-math.inf, 0.0),
        reach=Interval(-100.0, 100.0), layer=True,
    ),
}  # fmt: skip
