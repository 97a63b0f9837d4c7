"""Losses with their derivatives, by hand.

The cross-entropies are taken together with their activation, as functions of net. By way of out, the chain
−t/out · out(1 − out) becomes ∞·0 once out has underflowed to 0, and E = −ln out becomes ∞ where it is 800.
Multiplied out, out cancels, and what is left is finite everywhere. It is left in the form
δ = −t·(1 − out) + (what the other terms push)·out, not out − t, in which the digits of a small δ cancel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from derive.vocabulary.activations import ACTIVATIONS, UNIT, Array, below_top, sigmoid, softmax, top
from derive.vocabulary.rows import REALS, Interval, Row, bind, find

CLOSED = Interval(0.0, 1.0, closed=True)


class Loss(Row, frozen=True):
    """E = `terms`(t, out) of each output and ∂E/∂out = `slope`(t, out); all (N, n), constants of the row last.

    mean: whether the whole error averages the terms over the outputs, not sums them.
    outputs: where outputs must lie.  targets: where targets must lie.
    sides: as of an `Activation`, of (t, out).
    """

    terms: Callable[..., Array]
    slope: Callable[..., Array]
    mean: bool = False
    outputs: Interval = REALS
    targets: Interval = REALS
    sides: Callable[..., NDArray[Any]] | None = None


class Fused(NamedTuple):
    """A loss on top of an activation: E = `terms`(t, net, out), and δ = ∂(ΣE)/∂net = `delta`(t, net, out)."""

    terms: Callable[[Array, Array, Array], Array]
    delta: Callable[[Array, Array, Array], Array]


def surprise(net: Array) -> Array:
    """Return −ln σ(net), also called softplus(−net); −ln(1 − σ(net)) is surprise(−net)."""
    return np.maximum(-net, 0.0) + np.log1p(np.exp(np.minimum(net, -net)))


def softmax_surprise(net: Array) -> Array:
    """Return −ln softmax(net), (N, n). The largest term of Σ e^(net − max) is the 1 of log1p."""
    below = below_top(net)
    return np.asarray(np.log1p(_without_top(net, np.exp(below))) - below)


def softmax_complement(net: Array) -> Array:
    """Return 1 − softmax(net), (N, n); for the largest output as the sum of the others."""
    out = softmax(net)
    complement = 1.0 - out
    np.put_along_axis(complement, top(net), _without_top(net, out), axis=1)
    return np.asarray(complement)


def _without_top(net: Array, values: Array) -> Array:
    """Return the sum of each row of `values` without its entry at the largest net input, (N, 1)."""
    others = values.copy()
    np.put_along_axis(others, top(net), 0.0, axis=1)
    return np.asarray(others.sum(axis=1, keepdims=True))


def _others(t: Array) -> Array:
    """Return Σ_{k≠i} t_k for each i, (N, n)."""
    return np.asarray(t.sum(axis=1, keepdims=True) - t)


LOSSES: dict[str, Loss] = {
    "half squared error": Loss(lambda t, out: 0.5 * (t - out) ** 2, lambda t, out: out - t),
    "mean squared error": Loss(lambda t, out: (t - out) ** 2, lambda t, out: 2.0 * (out - t), mean=True),
    "binary cross-entropy": Loss(
        lambda t, out: -(t * np.log(out) + (1.0 - t) * np.log1p(-out)),
        lambda t, out: (1.0 - t) / (1.0 - out) - t / out, outputs=UNIT, targets=CLOSED,
    ),
    "categorical cross-entropy": Loss(
        lambda t, out: -t * np.log(out), lambda t, out: -t / out, outputs=UNIT, targets=CLOSED
    ),
}  # fmt: skip

FUSED: dict[tuple[str, str], Fused] = {
    ("binary cross-entropy", "sigmoid"): Fused(
        lambda t, net, out: t * surprise(net) + (1.0 - t) * surprise(-net),
        lambda t, net, out: (1.0 - t) * out - t * sigmoid(-net),
    ),
    ("categorical cross-entropy", "sigmoid"): Fused(
        lambda t, net, out: t * surprise(net),
        lambda t, net, out: -t * sigmoid(-net),
    ),
    ("categorical cross-entropy", "softmax"): Fused(
        lambda t, net, out: t * softmax_surprise(net),
        lambda t, net, out: _others(t) * out - t * softmax_complement(net),
    ),
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
