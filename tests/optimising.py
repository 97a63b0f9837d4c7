"""A small problem on which optimisers are compared, with settings of them and of schedules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.spec import Chosen, Spec, build
from derive.spec.choosing import chosen
from derive.vocabulary import ACTIVATIONS, LOSSES, OPTIMISERS, SCHEDULES, Watch, fix

STEPS = 100
RATES_AT = (1, 2, 10, 29, 30, 31, 32, 50, 81, 100)
"""The updates whose rates the tests keep, around the corners of the schedules."""
START = np.array([1.5, -0.75, 0.25, 2.0])
ROWS = np.array(
    [
        [0.5, -1.0, 0.25, 0.75],
        [1.25, 0.5, -0.5, 0.0],
        [-0.75, 0.25, 1.0, 0.5],
        [0.0, 1.5, 0.5, -1.0],
        [1.0, 0.0, 0.0, 0.5],
    ]
)
AIMS = np.array([0.5, -1.0, 0.75, 0.25, -0.5])

SETTINGS: list[tuple[dict[str, Any], float]] = [
    ({"name": "gradient descent"}, 0.1),
    ({"name": "gradient descent", "weight_decay": 0.05}, 0.1),
    ({"name": "momentum"}, 0.02),
    ({"name": "momentum", "mu": 0.5, "weight_decay": 0.1}, 0.1),
    ({"name": "nesterov"}, 0.02),
    ({"name": "nesterov", "mu": 0.7, "weight_decay": 0.02}, 0.05),
    ({"name": "adagrad"}, 0.3),
    ({"name": "adagrad", "epsilon": 0.01, "weight_decay": 0.1}, 0.2),
    ({"name": "adadelta"}, 1.0),
    ({"name": "adadelta", "rho": 0.5, "epsilon": 0.001, "weight_decay": 0.01}, 0.3),
    ({"name": "rmsprop"}, 0.01),
    ({"name": "rmsprop", "alpha": 0.9, "epsilon": 0.0001, "weight_decay": 0.05}, 0.02),
    ({"name": "adam"}, 0.05),
    ({"name": "adam", "beta1": 0.6, "beta2": 0.95, "epsilon": 0.001, "weight_decay": 0.1}, 0.1),
    ({"name": "adamw"}, 0.05),
    ({"name": "adamw", "beta1": 0.8, "beta2": 0.9, "weight_decay": 0.3}, 0.02),
    ({"name": "nadam"}, 0.05),
    ({"name": "nadam", "beta1": 0.7, "beta2": 0.9, "weight_decay": 0.1, "momentum_decay": 0.01}, 0.03),
]
"""Optimisers with their learning rates. These are such that a last bit stays one: where updates jump to and fro over
the minimum, an adaptive optimiser divides by what is nearly 0, and two runs from points one bit apart part by 1e-12."""

SCHEDULED: list[dict[str, Any]] = [
    {"name": "constant"},
    {"name": "step", "every": 30},
    {"name": "step", "every": 7, "factor": 0.8},
    {"name": "exponential", "factor": 0.97},
    {"name": "inverse time", "decay": 0.05},
    {"name": "polynomial", "steps": 80},
    {"name": "polynomial", "steps": 120, "power": 2.5},
    {"name": "cosine", "steps": 100},
    {"name": "cosine", "steps": 30, "floor": 0.01},
    {"name": "warm-up", "steps": 40},
    {"name": "warm-up", "steps": 150, "start": 0.5},
    {"name": "cyclical", "steps": 15},
    {"name": "cyclical", "steps": 40, "start": 0.3},
    {"name": "one-cycle", "steps": 100},
    {"name": "one-cycle", "steps": 100, "rise": 0.25, "start": 0.1, "end": 0.01},
    {"name": "reduce on plateau", "patience": 2, "factor": 0.5, "threshold": 0.01},
    {"name": "reduce on plateau", "patience": 0, "factor": 0.3, "threshold": 0.1, "cooldown": 3, "floor": 0.002},
]


def loss(w: NDArray[np.float64]) -> float:
    """Return Σ ln cosh(rows · w − aims): smooth, convex, with slopes between −1 and 1."""
    return float(np.log(np.cosh(ROWS @ w - AIMS)).sum())


def slope(w: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(ROWS.T @ np.tanh(ROWS @ w - AIMS))


def optimiser(setting: dict[str, Any]) -> Chosen:
    return chosen(OPTIMISERS, _decimal(setting), "optimiser")


def schedule(setting: dict[str, Any]) -> Chosen:
    return chosen(SCHEDULES, _decimal(setting), "schedule")


def _decimal(setting: dict[str, Any]) -> dict[str, Any]:
    return {key: Decimal(repr(value)) if isinstance(value, float) else value for key, value in setting.items()}


def run(optimiser: Chosen, schedule: Chosen, eta: float) -> tuple[list[NDArray[np.float64]], list[float]]:
    """Return the weights after each of `STEPS` updates from `START`, and the rates of the updates."""
    row = fix(OPTIMISERS[optimiser.name], optimiser.constants.values())
    rates = fix(SCHEDULES[schedule.name], schedule.constants.values())
    w, seen = START, Watch(eta)
    state = row.start(w)
    weights, used = [], []
    for t in range(1, STEPS + 1):
        used.append(seen.rate if rates.watch else rates.rate(t, eta))
        seen = rates.watch(seen, loss(w)) if rates.watch else seen
        w, state = row.update(w, slope(w), state, t, used[-1])
        weights.append(w)
    return weights, used


# ── Networks ─────────────────────────────────────────────────────────────────────────────────────────────────────

TRAINING_STEPS = 200
HIDDEN = {
    "sigmoid", "tanh", "relu", "identity", "leaky relu", "elu", "selu", "softplus", "softsign", "gelu", "gelu tanh",
    "silu", "mish", "hard tanh",
}  # fmt: skip
"""The activations of hidden layers that PyTorch has as well."""


def networks() -> Iterator[tuple[str, Spec]]:
    """Yield networks with their training: every activation and every loss that PyTorch has, every optimiser."""
    random = np.random.RandomState(1)
    inputs = np.round(random.uniform(-1, 1, (20, 3)), 3).tolist()
    first = [[1 if x[0] + x[1] > x[2] else 0] for x in inputs]
    classes = [[1 if k == np.argmax(x) else 0 for k in range(3)] for x in inputs]
    values = [[round(x[0] - x[1] * x[2], 3), round(x[1], 3)] for x in inputs]

    def network(hidden: str, last: str, lost: str, targets: list[Any], training: dict[str, Any], rate: float) -> Spec:
        layers = [{"size": 5, "activation": hidden}, {"size": 4, "activation": hidden, "bias": "shared"}]
        return build(
            {
                "inputs": inputs, "targets": targets, "loss": lost, "batch": "mean", "learning_rate": rate, "seed": 3,
                "layers": [*layers, {"size": len(targets[0]), "activation": last}],
                "training": {"samples": "batches", "batch_size": 6, **training},
            }
        )  # fmt: skip

    for name in sorted(HIDDEN & ACTIVATIONS.keys()):
        yield f"{name} in the hidden layers", network(name, "identity", "half squared error", values, {}, 0.1)
    ends = [
        ("sigmoid", "binary cross-entropy", first), ("softmax", "categorical cross-entropy", classes),
        ("identity", "mean squared error", values), ("identity", "mean absolute error", values),
        ("identity", "huber", values), ("softmax", "kullback-leibler divergence", classes),
        ("identity", "binary cross-entropy on logits", first), ("log-softmax", "negative log-likelihood", classes),
    ]  # fmt: skip
    for last, lost, targets in ends:
        if last in ACTIVATIONS and lost in LOSSES:
            yield f"{lost} on {last}", network("tanh", last, lost, targets, {}, 0.1)
    for setting, rate in SETTINGS:
        made = optimiser(setting)
        training = {"optimiser": made, "schedule": {"name": "cosine", "steps": TRAINING_STEPS}}
        yield str(made), network("tanh", "sigmoid", "binary cross-entropy", first, training, rate / 2)
    for sampled in ({"samples": "all"}, {"samples": "one drawn"}, {"shuffle": False}):
        training = {**sampled, "optimiser": "adam", "schedule": "one-cycle(200)"}
        what = ", ".join(f"{key} = {value}".lower() for key, value in sampled.items())
        yield what, network("sigmoid", "softmax", "categorical cross-entropy", classes, training, 0.05)
    plateau = {"optimiser": "momentum", "schedule": "reduce on plateau(0.5, 3)"}
    yield "reduce on plateau", network("tanh", "identity", "half squared error", values, plateau, 0.05)


def probe(array: NDArray[Any]) -> float:
    """Return Σ_k cos(k) array_k: one number for all, which changes with each of them."""
    return float(np.cos(np.arange(array.size)) @ array.ravel())
