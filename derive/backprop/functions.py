"""Activations and losses with their derivatives, by hand. Nothing of ours is imported here, and no algebra system.

Every formula holds to the last few bits for every finite net input, and is analytic (for the complex step)
wherever its function is. Order among complex numbers is NumPy's, real part first; where that leaves a choice,
both branches are the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""float64, or complex128 where the parameters are complex."""


class Activation(NamedTuple):
    """out = `value`(net), row by row, and ∂E/∂net = `pull_back`(net, out, ∂E/∂out): the transposed Jacobian applied.

    All arrays are (N, n): one row a sample.
    """

    value: Callable[[Array], Array]
    pull_back: Callable[[Array, Array, Array], Array]


class Loss(NamedTuple):
    """E = `terms`(t, net, out) of each output, and δ = ∂(ΣE)/∂net = `delta`(t, net, out); all (N, n)."""

    terms: Callable[[Array, Array, Array], Array]
    delta: Callable[[Array, Array, Array], Array]


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
    weights = np.exp(_below_top(net))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def softmax_pull_back(net: Array, out: Array, slope: Array) -> Array:
    """Return Jᵀ·slope with J_ij = out_i (δ_ij − out_j): out_i (slope_i − Σ_j out_j slope_j).

    J sends a constant to 0, so the slope of the largest output may be taken off all of them first; without
    that, the difference loses its digits where one output is near 1.
    """
    slope = slope - np.take_along_axis(slope, _top(net), axis=1)
    return np.asarray(out * (slope - (out * slope).sum(axis=1, keepdims=True)))


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({
    "sigmoid": Activation(sigmoid, lambda net, out, slope: slope * sigmoid_slope(net)),
    "tanh": Activation(np.tanh, lambda net, out, slope: slope * tanh_slope(net)),
    "relu": Activation(relu, relu_pull_back),
    "identity": Activation(np.positive, lambda net, out, slope: slope),
    "softmax": Activation(softmax, softmax_pull_back),
})  # fmt: skip


def _top(net: Array) -> NDArray[np.intp]:
    """Return the place of the largest net input of each row, (N, 1)."""
    return np.asarray(np.argmax(net.real, axis=1, keepdims=True))


def _below_top(net: Array) -> Array:
    """Return net minus the largest of its row: nothing above 0, so that `exp` cannot overflow."""
    return np.asarray(net - np.take_along_axis(net, _top(net), axis=1))


# ── Losses ───────────────────────────────────────────────────────────────────────────────────────────────────
#
# The squared errors are functions of out, and their δ is pulled back through the activation.
#
# The cross-entropies are taken together with their activation, as functions of net. By way of out, the chain
# −t/out · out(1 − out) becomes ∞·0 once out has underflowed to 0, and E = −ln out becomes ∞ where it is 800.
# Multiplied out, out cancels, and what is left is finite everywhere. It is left in the form
# δ = −t·(1 − out) + (what the other terms push)·out, not out − t, in which the digits of a small δ cancel.


def surprise(net: Array) -> Array:
    """Return −ln σ(net), also called softplus(−net); −ln(1 − σ(net)) is surprise(−net)."""
    return np.maximum(-net, 0.0) + np.log1p(np.exp(np.minimum(net, -net)))


def softmax_surprise(net: Array) -> Array:
    """Return −ln softmax(net), (N, n). The largest term of Σ e^(net − max) is the 1 of log1p."""
    below = _below_top(net)
    return np.asarray(np.log1p(_without_top(net, np.exp(below))) - below)


def softmax_complement(net: Array) -> Array:
    """Return 1 − softmax(net), (N, n); for the largest output as the sum of the others."""
    out = softmax(net)
    complement = 1.0 - out
    np.put_along_axis(complement, _top(net), _without_top(net, out), axis=1)
    return np.asarray(complement)


def _without_top(net: Array, values: Array) -> Array:
    """Return the sum of each row of `values` without its entry at the largest net input, (N, 1)."""
    others = values.copy()
    np.put_along_axis(others, _top(net), 0.0, axis=1)
    return np.asarray(others.sum(axis=1, keepdims=True))


def _others(t: Array) -> Array:
    """Return Σ_{k≠i} t_k for each i, (N, n)."""
    return np.asarray(t.sum(axis=1, keepdims=True) - t)


class SquaredError(NamedTuple):
    """E = `terms`(t, out) and ∂E/∂out = `slope`(t, out)."""

    terms: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array], Array]


SQUARED_ERRORS: Mapping[str, SquaredError] = MappingProxyType({
    "half squared error": SquaredError(lambda t, out: 0.5 * (t - out) ** 2, lambda t, out: out - t),
    "mean squared error": SquaredError(lambda t, out: (t - out) ** 2, lambda t, out: 2.0 * (out - t)),
})  # fmt: skip

CROSS_ENTROPIES: Mapping[tuple[str, str], Loss] = MappingProxyType({
    ("binary cross-entropy", "sigmoid"): Loss(
        lambda t, net, out: t * surprise(net) + (1.0 - t) * surprise(-net),
        lambda t, net, out: (1.0 - t) * out - t * sigmoid(-net),
    ),
    ("categorical cross-entropy", "sigmoid"): Loss(
        lambda t, net, out: t * surprise(net),
        lambda t, net, out: -t * sigmoid(-net),
    ),
    ("categorical cross-entropy", "softmax"): Loss(
        lambda t, net, out: t * softmax_surprise(net),
        lambda t, net, out: _others(t) * out - t * softmax_complement(net),
    ),
})  # fmt: skip


def loss_over(loss: str, activation: str) -> Loss:
    """Return `loss` on top of a last layer with `activation`. Raises KeyError for a pair that no Spec has."""
    if loss in SQUARED_ERRORS:
        squared, pull_back = SQUARED_ERRORS[loss], ACTIVATIONS[activation].pull_back
        return Loss(
            lambda t, net, out: squared.terms(t, out),
            lambda t, net, out: pull_back(net, out, squared.slope(t, out)),
        )
    return CROSS_ENTROPIES[loss, activation]
