"""Activations and losses as SymPy definitions: values only. Their derivatives are derived, never typed.

One line a function. An activation takes the net input x of its neuron, and, where it looks at the whole layer,
the sum over the layer that its second line names. A loss takes the target t and the output o.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from msgspec import Struct

Fn = Callable[..., sp.Expr]


class ActivationRow(Struct, frozen=True):
    """value(x), or value(x, Σₖ summand(xₖ)) with the sum over the layer."""

    value: Fn
    summand: Fn | None = None


ACTIVATIONS: dict[str, ActivationRow] = {
    "identity": ActivationRow(lambda x: x),
    "sigmoid": ActivationRow(lambda x: 1 / (1 + sp.exp(-x))),
    "tanh": ActivationRow(lambda x: sp.tanh(x)),
    "relu": ActivationRow(lambda x: sp.Piecewise((x, x > 0), (0, True))),
    "softmax": ActivationRow(lambda x, total: sp.exp(x) / total, summand=lambda x: sp.exp(x)),
}


class LossRow(Struct, frozen=True):
    """The error of one output; `mean`: whether the terms are averaged over the outputs, not summed."""

    value: Fn
    mean: bool = False


LOSSES: dict[str, LossRow] = {
    "half squared error": LossRow(lambda t, o: (t - o) ** 2 / 2),
    "mean squared error": LossRow(lambda t, o: (t - o) ** 2, mean=True),
    "binary cross-entropy": LossRow(lambda t, o: -(t * sp.log(o) + (1 - t) * sp.log(1 - o))),
    "categorical cross-entropy": LossRow(lambda t, o: -t * sp.log(o)),
}
