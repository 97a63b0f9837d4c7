"""Losses with their derivatives, by hand.

The cross-entropies are taken together with their activation, as functions of net. By way of out, the chain
−t/out · out(1 − out) becomes ∞·0 once out has underflowed to 0, and E = −ln out becomes ∞ where it is 800.
Multiplied out, out cancels, and what is left is finite everywhere. It is left in the form
δ = −t·(1 − out) + (what the other terms push)·out, not out − t, in which the digits of a small δ cancel.

A loss whose name says "mean" is averaged over the outputs; all others are added up over them. (Over the samples,
`batch` decides.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from derive.vocabulary.activations import ACTIVATIONS, UNIT
from derive.vocabulary.rows import REALS, Interval, Row, bind, find
from derive.vocabulary.stable import (
    Array,
    absolute,
    complement_surprise,
    others,
    sigmoid,
    softmax,
    softmax_complement,
    softmax_surprise,
    softmax_without_top,
    softplus,
    top,
)

CLOSED = Interval(0.0, 1.0, closed=True)
SIGNS = Interval(-1.0, 1.0, closed=True)
LOGS = Interval(-math.inf, 0.0, closed=True)


class Refusal(NamedTuple):
    """Why a loss makes no sense on top of an activation, and the loss that does."""

    reason: str
    instead: str


class Loss(Row, frozen=True):
    """E = `terms`(t, out) of each output and ∂E/∂out = `slope`(t, out); all (N, n), constants of the row last.

    mean: whether the whole error averages the terms over the outputs, not sums them.
    outputs: where outputs must lie.  targets: where targets must lie.
    classes: whether it is about which one of several outputs should be 1, so that a spec may give classes.
    refuses: activations of the last layer that would give such outputs and make no sense, by their names.
    sides: as of an `Activation`, of (t, out).
    """

    terms: Callable[..., Array]
    slope: Callable[..., Array]
    mean: bool = False
    outputs: Interval = REALS
    targets: Interval = REALS
    classes: bool = False
    refuses: Mapping[str, Refusal] = {}
    sides: Callable[..., NDArray[Any]] | None = None


class Fused(NamedTuple):
    """A loss on top of an activation: E = `terms`(t, net, out), and δ = ∂(ΣE)/∂net = `delta`(t, net, out)."""

    terms: Callable[[Array, Array, Array], Array]
    delta: Callable[[Array, Array, Array], Array]


def huber(t: Array, out: Array, delta: float) -> Array:
    """Return r²/2 up to |r| = δ, and δ(|r| − δ/2) beyond; Huber, Annals of Mathematical Statistics 35 (1964)."""
    r = absolute(t - out)
    near = np.minimum(r, delta)
    return np.asarray(near * (r - 0.5 * near))


def huber_slope(t: Array, out: Array, delta: float) -> Array:
    r = out - t
    return np.where(np.abs(r.real) <= delta, r, delta * np.sign(r.real))


def log_cosh(t: Array, out: Array) -> Array:
    """Return ln cosh r = |r| + ln(1 + e^−2|r|) − ln 2; near 0, where that cancels, as ½ ln(1 + sinh² r)."""
    r = absolute(t - out)
    small = np.minimum(r, 1.0)
    return np.where(
        r.real < 1.0, 0.5 * np.log1p(np.sinh(small) ** 2), r + np.log1p(np.exp(-2.0 * r)) - math.log(2.0)
    )  # fmt: skip


def gap(t: Array, out: Array) -> Array:
    """Return max(0, 1 − t·out): by how much an output stays behind its margin."""
    short = 1.0 - t * out
    return np.where(short.real > 0.0, short, 0.0)


def entropy(t: Array) -> Array:
    """Return t ln t, which is 0 at 0."""
    return np.asarray(t * np.log(np.where(t > 0.0, t, 1.0)))


def divergence(t: Array, out: Array) -> Array:
    """Return t ln(t/out), which is 0 where t is."""
    return np.asarray(t * np.log(np.where(t > 0.0, t, 1.0) / np.where(t > 0.0, out, 1.0)))


LOSSES: dict[str, Loss] = {
    "half squared error": Loss(lambda t, out: 0.5 * (t - out) ** 2, lambda t, out: out - t),
    "mean squared error": Loss(lambda t, out: (t - out) ** 2, lambda t, out: 2.0 * (out - t), mean=True),
    "mean absolute error": Loss(
        lambda t, out: absolute(t - out), lambda t, out: np.sign((out - t).real), mean=True,
        sides=lambda t, out: np.sign((t - out).real),
    ),
    "huber": Loss(
        huber, huber_slope, constants={"delta": Decimal(1)}, limits={"delta": Interval(0.0, math.inf)}
    ),
    "log-cosh": Loss(log_cosh, lambda t, out: np.tanh(out - t)),
    "hinge": Loss(
        gap, lambda t, out: np.where((1.0 - t * out).real > 0.0, -t, 0.0), targets=SIGNS,
        sides=lambda t, out: (1.0 - t * out).real > 0.0,
    ),
    "squared hinge": Loss(
        lambda t, out: gap(t, out) ** 2, lambda t, out: -2.0 * t * gap(t, out), targets=SIGNS
    ),
    "binary cross-entropy": Loss(
        lambda t, out: -(t * np.log(out) + (1.0 - t) * np.log1p(-out)),
        lambda t, out: (out - t) / (out * (1.0 - out)), outputs=UNIT, targets=CLOSED,
    ),
    "binary cross-entropy on logits": Loss(
        lambda t, out: softplus(out) - t * out, lambda t, out: (1.0 - t) * sigmoid(out) - t * sigmoid(-out),
        targets=CLOSED,
        refuses={
            "sigmoid": Refusal("the loss applies the sigmoid itself, so it would be applied twice",
                               "binary cross-entropy"),
            "softmax": Refusal("the loss takes logits, any numbers, and softmax has made probabilities of them",
                               "categorical cross-entropy"),
            "log-softmax": Refusal("the loss takes logits, any numbers, and log-softmax has made logarithms of "
                                   "probabilities of them", "negative log-likelihood"),
        },
    ),
    "categorical cross-entropy": Loss(
        lambda t, out: -t * np.log(out), lambda t, out: -t / out, outputs=UNIT, targets=CLOSED, classes=True
    ),
    "kullback-leibler divergence": Loss(
        divergence, lambda t, out: -t / out, outputs=UNIT, targets=CLOSED, classes=True
    ),
    "negative log-likelihood": Loss(
        lambda t, out: -t * out, lambda t, out: -t, outputs=LOGS, targets=CLOSED, classes=True
    ),
}  # fmt: skip

_LOG_SIGMOID = Fused(
    lambda t, net, out: t * softplus(-net),
    lambda t, net, out: -t * sigmoid(-net),
)
_LOG_SOFTMAX = Fused(
    lambda t, net, out: t * softmax_surprise(net),
    lambda t, net, out: others(t) * softmax(net) - t * softmax_complement(net),
)


def _probabilities_apart(t: Array, net: Array, out: Array) -> Array:
    """Return δ of binary cross-entropy over softmax, p its outputs.

    Each output pushes with g_i = (p_i − t_i)/(1 − p_i), and δ_j = p_j − t_j − p_j Σ_{i≠j} g_i. In the term of the
    largest output, which may be 1, p_j/(1 − p_i) is the softmax of j among the others.
    """
    far = (1.0 - t) * out - t * softmax_complement(net)  # p − t
    push = far / np.maximum(softmax_complement(net), 0.5)
    np.put_along_axis(push, top(net), 0.0, axis=1)
    of_top = np.take_along_axis(far, top(net), axis=1) * softmax_without_top(net)
    return np.asarray(far - out * others(push) - of_top)


def _with_entropy(fused: Fused) -> Fused:
    """Return t ln(t/out) for a −t ln out: what is added does not depend on net."""
    return Fused(lambda t, net, out: entropy(t) + fused.terms(t, net, out), fused.delta)


FUSED: dict[tuple[str, str], Fused] = {
    ("binary cross-entropy", "sigmoid"): Fused(
        lambda t, net, out: t * softplus(-net) + (1.0 - t) * softplus(net),
        lambda t, net, out: (1.0 - t) * out - t * sigmoid(-net),
    ),
    ("binary cross-entropy", "softmax"): Fused(
        lambda t, net, out: t * softmax_surprise(net) + (1.0 - t) * complement_surprise(net),
        _probabilities_apart,
    ),
    ("categorical cross-entropy", "sigmoid"): _LOG_SIGMOID,
    ("categorical cross-entropy", "softmax"): _LOG_SOFTMAX,
    ("kullback-leibler divergence", "sigmoid"): _with_entropy(_LOG_SIGMOID),
    ("kullback-leibler divergence", "softmax"): _with_entropy(_LOG_SOFTMAX),
    ("negative log-likelihood", "log-softmax"): _LOG_SOFTMAX,
}
"""What to take instead of a loss and an activation apart, by their names: the same functions, and finite everywhere."""


def loss_over(loss: str, activation: str) -> Fused:
    """Return `loss` on top of a last layer with `activation`. Raises DeriveError for names that are none."""
    fused = FUSED.get((find(LOSSES, loss)[0], find(ACTIVATIONS, activation)[0]))
    if fused is not None:
        return fused
    row, pull_back = bind(LOSSES, loss), bind(ACTIVATIONS, activation).pull_back
    return Fused(
        lambda t, net, out: row.terms(t, out),
        lambda t, net, out: pull_back(net, out, row.slope(t, out)),
    )
