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

# Klambauer, Unterthiner, Mayr & Hochreiter, Self-normalizing neural networks, NIPS (2017), to the digits of a double.
SELU_SCALE, SELU_ALPHA = sp.Rational("1.0507009873554805"), sp.Rational("1.6732632423543772")
CUBE = sp.Rational("0.044715")  # Hendrycks & Gimpel, Gaussian error linear units, arXiv 1606.08415 (2016)


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
    "leaky relu": ActivationRow(lambda x, slope: where(x, x, slope * x)),
    "elu": ActivationRow(lambda x, alpha: where(x, x, alpha * (sp.exp(x) - 1))),
    "selu": ActivationRow(lambda x: SELU_SCALE * where(x, x, SELU_ALPHA * (sp.exp(x) - 1))),
    "softplus": ActivationRow(lambda x: sp.log(1 + sp.exp(x))),
    "softsign": ActivationRow(lambda x: where(x, x / (1 + x), x / (1 - x))),
    "gelu": ActivationRow(lambda x: x / 2 * (1 + sp.erf(x / sp.sqrt(2)))),
    "gelu tanh": ActivationRow(lambda x: x / 2 * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (x + CUBE * x**3)))),
    "silu": ActivationRow(lambda x: x / (1 + sp.exp(-x))),
    "mish": ActivationRow(lambda x: x * sp.tanh(sp.log(1 + sp.exp(x)))),
    "hard tanh": ActivationRow(lambda x: where(1 - x**2, x, where(x, sp.Integer(1), sp.Integer(-1)))),
    "softmax": ActivationRow(lambda x, total: sp.exp(x) / total, summand=lambda x: sp.exp(x)),
    "log-softmax": ActivationRow(lambda x, total: x - sp.log(total), summand=lambda x: sp.exp(x)),
}


class LossRow(Struct, frozen=True):
    """The error of one output."""

    value: Fn


LOSSES: dict[str, LossRow] = {
    "half squared error": LossRow(lambda t, o: (t - o) ** 2 / 2),
    "mean squared error": LossRow(lambda t, o: (t - o) ** 2),
    "mean absolute error": LossRow(lambda t, o: where(t - o, t - o, where(o - t, o - t, sp.Integer(0)))),
    "huber": LossRow(
        lambda t, o, d: where(t - o - d, d * (t - o - d / 2), where(o - t - d, d * (o - t - d / 2), (t - o) ** 2 / 2))
    ),
    "log-cosh": LossRow(lambda t, o: sp.log(sp.exp(t - o) + sp.exp(o - t)) - sp.log(2)),
    "hinge": LossRow(lambda t, o: where(1 - t * o, 1 - t * o, sp.Integer(0))),
    "squared hinge": LossRow(lambda t, o: where(1 - t * o, (1 - t * o) ** 2, sp.Integer(0))),
    "binary cross-entropy": LossRow(lambda t, o: -(t * sp.log(o) + (1 - t) * sp.log(1 - o))),
    "binary cross-entropy on logits": LossRow(lambda t, o: sp.log(1 + sp.exp(o)) - t * o),
    "categorical cross-entropy": LossRow(lambda t, o: -t * sp.log(o)),
    "kullback-leibler divergence": LossRow(lambda t, o: where(t, t * sp.log(t), sp.Integer(0)) - t * sp.log(o)),
    "negative log-likelihood": LossRow(lambda t, o: -t * o),
}
