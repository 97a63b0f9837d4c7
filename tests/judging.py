"""What the tests of `derive.gradcheck` share: networks, programs as texts, a judge without a sandbox for our own."""

from __future__ import annotations

from typing import Any

import derive
from derive.gradcheck import Outcome
from derive.gradcheck.run import judge_source
from derive.spec import Spec

SEED = 20

SIGMOID: dict[str, Any] = {
    "inputs": [[0.5, -1.0, 0.25], [0.1, 0.7, -0.6], [-0.9, 0.2, 0.4]], "targets": [[0.3, 0.8], [0.6, 0.1], [0.9, 0.5]],
    "layers": [{"size": 4}, {"size": 2}], "seed": 3,
}  # fmt: skip
MEAN = {**SIGMOID, "batch": "mean"}
SOFTMAX: dict[str, Any] = {
    **SIGMOID, "targets": [[0, 1], [1, 0], [0, 1]], "loss": "categorical cross-entropy", "batch": "mean",
    "layers": [{"size": 4, "activation": "relu"}, {"size": 2, "activation": "softmax"}],
}  # fmt: skip


def spec(fields: dict[str, Any]) -> Spec:
    made = derive.network(**fields).spec
    assert isinstance(made, Spec)
    return made


def judged(network: dict[str, Any] | Spec, source: str, **options: Any) -> Outcome:
    """Return the outcome for a program of our own, which needs no sandbox."""
    made = network if isinstance(network, Spec) else spec(network)
    return judge_source(made, source, "student.py", seed=options.pop("seed", SEED), **options)


FUNCTION = """
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gradients(parameters, x, t):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    h = sigmoid(x @ W1.T + b1)
    y = sigmoid(h @ W2.T + b2)
    d2 = (y - t) * y * (1 - y)
    d1 = d2 @ W2 * h * (1 - h)
    return {"W1": d1.T @ x, "b1": d1.sum(axis=0), "W2": d2.T @ h, "b2": d2.sum(axis=0)}
"""

WITH_LOSS = FUNCTION.replace("    return {", "    loss = 0.5 * np.sum((y - t) ** 2)\n    return loss, {")


def changed(old: str, new: str, source: str = FUNCTION) -> str:
    """Return a program with one text in place of another, which must be there once."""
    assert source.count(old) == 1, (old, source.count(old))
    return source.replace(old, new)
