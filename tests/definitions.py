"""Activations and losses as textbooks define them, in numbers of any precision: values only, no derivative anywhere.

A function with kinks is given by its pieces: `piece` tells which of them holds at a point, and `value` is that piece,
wherever it is asked for. So a difference quotient can be taken within one piece, and at a kink within the one that is
used there by convention. What is closer to a kink than 10⁻⁹⁰ is on it: what rounding leaves of a zero is no side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import mpmath
from mpmath import mpf

from derive.vocabulary import ACTIVATIONS, LOSSES, find

NEAR = Decimal("1e-90")


class Activation(NamedTuple):
    """value(mp, x, piece, *constants) and piece(x, *constants)."""

    value: Callable[..., mpf]
    piece: Callable[..., int] = lambda x, *constants: 0


class Loss(NamedTuple):
    """value(mp, t, o, piece, *constants) and piece(t, o, *constants)."""

    value: Callable[..., mpf]
    piece: Callable[..., int] = lambda t, o, *constants: 0


def above(x: mpf) -> int:
    return int(x > mpf(str(NEAR)))


def sign(x: mpf) -> int:
    return above(x) - above(-x)


def inside(x: mpf) -> int:
    """0 where |x| < 1, else the sign of x."""
    return 0 if above(1 - abs(x)) else sign(x)


def xlogy(mp: Any, x: mpf, y: mpf) -> mpf:
    return x * mp.log(y) if x else mp.mpf(0)


def selu(mp: Any, x: mpf, up: int) -> mpf:
    scale, alpha = mp.mpf("1.0507009873554805"), mp.mpf("1.6732632423543772")
    return scale * x if up else scale * alpha * (mp.exp(x) - 1)


def huber(mp: Any, t: mpf, o: mpf, far: int, delta: mpf) -> mpf:
    return delta * (far * (t - o) - delta / 2) if far else (t - o) ** 2 / 2


NEURON: dict[str, Activation] = {
    "sigmoid": Activation(lambda mp, x, _: 1 / (1 + mp.exp(-x))),
    "tanh": Activation(lambda mp, x, _: (mp.exp(x) - mp.exp(-x)) / (mp.exp(x) + mp.exp(-x))),
    "relu": Activation(lambda mp, x, up: x if up else 0 * x, above),
    "leaky relu": Activation(lambda mp, x, up, slope: x if up else slope * x, lambda x, slope: above(x)),
    "elu": Activation(
        lambda mp, x, up, alpha: x if up else alpha * (mp.exp(x) - 1), lambda x, alpha: above(x)
    ),
    "selu": Activation(selu, above),
    "softplus": Activation(lambda mp, x, _: mp.log(1 + mp.exp(x))),
    "softsign": Activation(lambda mp, x, side: x / (1 + side * x), sign),
    "gelu": Activation(lambda mp, x, _: x * mp.ncdf(x)),
    "gelu tanh": Activation(
        lambda mp, x, _: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)))
    ),
    "silu": Activation(lambda mp, x, _: x / (1 + mp.exp(-x))),
    "mish": Activation(lambda mp, x, _: x * mp.tanh(mp.log(1 + mp.exp(x)))),
    "hard tanh": Activation(lambda mp, x, out: mp.mpf(out) if out else x, inside),
    "identity": Activation(lambda mp, x, _: x),
}  # fmt: skip

LAYER: dict[str, Callable[[Any, list[mpf]], list[mpf]]] = {
    "softmax": lambda mp, xs: [mp.exp(x) / mp.fsum(map(mp.exp, xs)) for x in xs],
    "log-softmax": lambda mp, xs: [mp.log(mp.exp(x) / mp.fsum(map(mp.exp, xs))) for x in xs],
}

OUTPUT: dict[str, Loss] = {
    "half squared error": Loss(lambda mp, t, o, _: (t - o) ** 2 / 2),
    "mean squared error": Loss(lambda mp, t, o, _: (t - o) ** 2),
    "mean absolute error": Loss(lambda mp, t, o, side: side * (t - o), lambda t, o: sign(t - o)),
    "huber": Loss(huber, lambda t, o, delta: sign(t - o) * above(abs(t - o) - delta)),
    "log-cosh": Loss(lambda mp, t, o, _: mp.log(mp.cosh(t - o))),
    "hinge": Loss(lambda mp, t, o, short: short * (1 - t * o), lambda t, o: above(1 - t * o)),
    "squared hinge": Loss(lambda mp, t, o, short: short * (1 - t * o) ** 2, lambda t, o: above(1 - t * o)),
    "binary cross-entropy": Loss(lambda mp, t, o, _: -xlogy(mp, t, o) - xlogy(mp, 1 - t, 1 - o)),
    "binary cross-entropy on logits": Loss(
        lambda mp, t, o, _: -t * mp.log(1 / (1 + mp.exp(-o))) - (1 - t) * mp.log(1 / (1 + mp.exp(o)))
    ),
    "categorical cross-entropy": Loss(lambda mp, t, o, _: -xlogy(mp, t, o)),
    "kullback-leibler divergence": Loss(lambda mp, t, o, _: xlogy(mp, t, t) - xlogy(mp, t, o)),
    "negative log-likelihood": Loss(lambda mp, t, o, _: -t * o),
}

MEANS = ("mean squared error", "mean absolute error")
"""The losses that are averaged over the outputs."""


def pieces(mp: Any, activation: str, nets: Sequence[mpf]) -> list[int]:
    """Return which piece of `activation` holds at each of `nets`."""
    name, constants = _constants(mp, ACTIVATIONS, activation)
    return [0 for _ in nets] if name in LAYER else [NEURON[name].piece(x, *constants) for x in nets]


def out(mp: Any, activation: str, nets: Sequence[mpf], chosen: Sequence[int] | None = None) -> list[mpf]:
    """Return the outputs of a layer; by the pieces `chosen`, or by those that hold."""
    name, constants = _constants(mp, ACTIVATIONS, activation)
    if name in LAYER:
        return LAYER[name](mp, list(nets))
    chosen = pieces(mp, activation, nets) if chosen is None else chosen
    return [NEURON[name].value(mp, x, piece, *constants) for x, piece in zip(nets, chosen, strict=True)]


def term_piece(mp: Any, loss: str, t: mpf, o: mpf) -> int:
    """Return which piece of `loss` holds at an output."""
    name, constants = _constants(mp, LOSSES, loss)
    return OUTPUT[name].piece(t, o, *constants)


def term(mp: Any, loss: str, t: mpf, o: mpf, chosen: int | None = None) -> mpf:
    """Return the error of one output."""
    name, constants = _constants(mp, LOSSES, loss)
    return OUTPUT[name].value(mp, t, o, term_piece(mp, loss, t, o) if chosen is None else chosen, *constants)


def _constants(mp: Any, table: Any, word: str) -> tuple[str, list[mpf]]:
    name, _, constants = find(table, word)
    return name, [mp.mpf(str(constant)) for constant in constants]


def slope(value: Callable[[mpf], mpf], x: mpf) -> mpf:
    """Return a difference quotient with a step of 10⁻⁴²⁰: in 900 digits, a derivative by its definition."""
    step = mpmath.mpf(10) ** -420
    return (value(x + step) - value(x - step)) / (2 * step)
