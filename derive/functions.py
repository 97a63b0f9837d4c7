"""Activations and losses as SymPy definitions: values only. Their derivatives are derived, never typed.

One line a function. An activation takes the net input x of its neuron, and, where it looks at the whole layer,
the sum over the layer that its second line names. A loss takes the target t and the output o. After these come the
constants of the row (`derive.vocabulary`), exact. Branches are taken by `where`, so that it is plain which one holds
at a kink.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from msgspec import Struct

Fn = Callable[..., sp.Expr]


def where(test: sp.Expr, above: sp.Expr, otherwise: sp.Expr) -> sp.Expr:
    """Return `above` where `test` > 0, else `otherwise`: at a kink, value and slope are those of `otherwise`."""
    return sp.Piecewise((above, test > 0), (otherwise, True))


class ActivationRow(Struct, frozen=True):
    """value(x), or value(x, Σₖ summand(xₖ)) with the sum over the layer."""

    value: Fn
    summand: Fn | None = None


ACTIVATIONS: dict[str, ActivationRow] = {
    "identity": ActivationRow(lambda x: x),
    "sigmoid": ActivationRow(lambda x: 1 / (1 + sp.exp(-x))),
    "tanh": ActivationRow(lambda x: sp.tanh(x)),
    "relu": ActivationRow(lambda x: where(x, x, sp.Integer(0))),
    "softmax": ActivationRow(lambda x, total: sp.exp(x) / total, summand=lambda x: sp.exp(x)),
}


class LossRow(Struct, frozen=True):
    """The error of one output."""

    value: Fn


LOSSES: dict[str, LossRow] = {
    "half squared error": LossRow(lambda t, o: (t - o) ** 2 / 2),
    "mean squared error": LossRow(lambda t, o: (t - o) ** 2),
    "binary cross-entropy": LossRow(lambda t, o: -(t * sp.log(o) + (1 - t) * sp.log(1 - o))),
    "categorical cross-entropy": LossRow(lambda t, o: -t * sp.log(o)),
}
