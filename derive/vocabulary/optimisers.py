"""Optimisers by hand: how one update makes new weights of old ones and of their gradient.

Defined as in PyTorch's `torch.optim`: the same constants with the same usual values, the same order of operations.
Every function is pure. t counts updates from 1; eta is the learning rate of this update. The letters of states are
those of PyTorch's documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from derive.vocabulary.constants import usual
from derive.vocabulary.rows import Row
from derive.vocabulary.stable import Array

State: TypeAlias = tuple[Array, ...]


class Optimiser(Row, frozen=True):
    """(w⁺, state⁺) = `update`(w, ∂E/∂w, state, t, eta, *constants), all arrays in the shape of w.

    state: the names of what is kept from one update to the next, a number for each weight.
    first: what a state is before the first update, where that is not 0.
    """

    update: Callable[..., tuple[Array, State]]
    state: tuple[str, ...] = ()
    first: Mapping[str, float] = {}

    def start(self, w: Array) -> State:
        """Return the state before the first update."""
        return tuple(np.full(np.shape(w), self.first.get(name, 0.0)) for name in self.state)


def gradient_descent(w: Array, g: Array, state: State, t: int, eta: float, weight_decay: float) -> tuple[Array, State]:
    """w⁺ = w − η g. Cauchy, Comptes Rendus 25 (1847); on some samples, Robbins & Monro (1951)."""
    g = g + weight_decay * w
    return w - eta * g, ()


def momentum(
    w: Array, g: Array, state: State, t: int, eta: float, mu: float, weight_decay: float
) -> tuple[Array, State]:
    """b⁺ = μ b + g, w⁺ = w − η b⁺. Polyak, USSR Comp. Math. and Math. Phys. 4 (1964)."""
    (b,) = state
    g = g + weight_decay * w
    b = mu * b + g
    return w - eta * b, (b,)


def nesterov(
    w: Array, g: Array, state: State, t: int, eta: float, mu: float, weight_decay: float
) -> tuple[Array, State]:
    """b⁺ = μ b + g, w⁺ = w − η (g + μ b⁺). Nesterov (1983), in the form of Sutskever et al., ICML 2013."""
    (b,) = state
    g = g + weight_decay * w
    b = mu * b + g
    return w - eta * (g + mu * b), (b,)


def adagrad(
    w: Array, g: Array, state: State, t: int, eta: float, epsilon: float, weight_decay: float
) -> tuple[Array, State]:
    """s⁺ = s + g², w⁺ = w − η g/(√s⁺ + ε). Duchi, Hazan & Singer, JMLR 12 (2011)."""
    (s,) = state
    g = g + weight_decay * w
    s = s + g * g
    return w - eta * g / (np.sqrt(s) + epsilon), (s,)


def adadelta(
    w: Array, g: Array, state: State, t: int, eta: float, rho: float, epsilon: float, weight_decay: float
) -> tuple[Array, State]:
    """v⁺ = ρ v + (1 − ρ) g², d = √(u + ε)/√(v⁺ + ε) · g, u⁺ = ρ u + (1 − ρ) d², w⁺ = w − η d. Zeiler (2012)."""
    v, u = state
    g = g + weight_decay * w
    v = rho * v + (1.0 - rho) * g * g
    d = np.sqrt(u + epsilon) / np.sqrt(v + epsilon) * g
    u = rho * u + (1.0 - rho) * d * d
    return w - eta * d, (v, u)


def rmsprop(
    w: Array, g: Array, state: State, t: int, eta: float, alpha: float, epsilon: float, weight_decay: float
) -> tuple[Array, State]:
    """v⁺ = α v + (1 − α) g², w⁺ = w − η g/(√v⁺ + ε). Tieleman & Hinton, Coursera lecture 6.5 (2012)."""
    (v,) = state
    g = g + weight_decay * w
    v = alpha * v + (1.0 - alpha) * g * g
    return w - eta * g / (np.sqrt(v) + epsilon), (v,)


def adam(
    w: Array, g: Array, state: State, t: int, eta: float,
    beta1: float, beta2: float, epsilon: float, weight_decay: float,
) -> tuple[Array, State]:  # fmt: skip
    """m⁺ = β₁ m + (1 − β₁) g, v⁺ = β₂ v + (1 − β₂) g², and with m̂ = m⁺/(1 − β₁ᵗ), v̂ = v⁺/(1 − β₂ᵗ):

    w⁺ = w − η m̂/(√v̂ + ε). Kingma & Ba, ICLR 2015, algorithm 1.
    """
    m, v = state
    g = g + weight_decay * w
    m, v = _moments(m, v, g, beta1, beta2)
    deviation = np.sqrt(v) / (1.0 - beta2**t) ** 0.5 + epsilon
    return w - eta / (1.0 - beta1**t) * m / deviation, (m, v)


def adamw(
    w: Array, g: Array, state: State, t: int, eta: float,
    beta1: float, beta2: float, epsilon: float, weight_decay: float,
) -> tuple[Array, State]:  # fmt: skip
    """First w ← w (1 − η λ), then as Adam, whose averages do not see the decay. Loshchilov & Hutter, ICLR 2019."""
    return adam(w * (1.0 - eta * weight_decay), g, state, t, eta, beta1, beta2, epsilon, 0.0)


def nadam(
    w: Array, g: Array, state: State, t: int, eta: float,
    beta1: float, beta2: float, epsilon: float, weight_decay: float, momentum_decay: float,
) -> tuple[Array, State]:  # fmt: skip
    """With μ_t = β₁ (1 − ½ · 0.96^(t ψ)) and p⁺ = p μ_t, and m⁺, v⁺, v̂ as in Adam:

    w⁺ = w − η ((1 − μ_t)/(1 − p⁺) · g + μ_{t+1}/(1 − p⁺ μ_{t+1}) · m⁺)/(√v̂ + ε). Dozat, ICLR 2016 workshop.
    """
    m, v, p = state
    g = g + weight_decay * w
    now, soon = (beta1 * (1.0 - 0.5 * 0.96 ** (step * momentum_decay)) for step in (t, t + 1))
    p = p * now
    m, v = _moments(m, v, g, beta1, beta2)
    deviation = np.sqrt(v / (1.0 - beta2**t)) + epsilon
    w = w - eta * (1.0 - now) / (1.0 - p) * g / deviation
    return w - eta * soon / (1.0 - p * soon) * m / deviation, (m, v, p)


def _moments(m: Array, v: Array, g: Array, beta1: float, beta2: float) -> tuple[Array, Array]:
    """Return the moving averages of g and of g²."""
    return m + (1.0 - beta1) * (g - m), beta2 * v + (1.0 - beta2) * g * g


_ADAM = {"beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8"}

OPTIMISERS: dict[str, Optimiser] = {
    "gradient descent": Optimiser(gradient_descent, constants=usual(weight_decay="0")),
    "momentum": Optimiser(momentum, ("b",), constants=usual(mu="0.9", weight_decay="0")),
    "nesterov": Optimiser(nesterov, ("b",), constants=usual(mu="0.9", weight_decay="0")),
    "adagrad": Optimiser(adagrad, ("s",), constants=usual(epsilon="1e-10", weight_decay="0")),
    "adadelta": Optimiser(adadelta, ("v", "u"), constants=usual(rho="0.9", epsilon="1e-6", weight_decay="0")),
    "rmsprop": Optimiser(rmsprop, ("v",), constants=usual(alpha="0.99", epsilon="1e-8", weight_decay="0")),
    "adam": Optimiser(adam, ("m", "v"), constants=usual(**_ADAM, weight_decay="0")),
    "adamw": Optimiser(adamw, ("m", "v"), constants=usual(**_ADAM, weight_decay="0.01")),
    "nadam": Optimiser(
        nadam, ("m", "v", "p"), {"p": 1.0}, constants=usual(**_ADAM, weight_decay="0", momentum_decay="0.004")
    ),
}
"""weight_decay λ is coupled, g + λ w in the place of g, as an L2 penalty would be; for adamw it is decoupled."""
