"""Every named mistake, against a small backprop program in NumPy as a student writes it, with the mistake in its text.

A mistake is here a change to the text of a program: (id, layer, network, old, new, old, new, …). What the text then
gives is what the row of the table must give: nothing of `derive.diagnose` takes part in it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from math_core import LatexToMathML

from derive.diagnose import MISTAKES, Instance, Observed, explain, gradients, variants, words
from derive.read.problem import Point, Problem

PLAIN = """
n1 = X @ W1.T + b1
o1 = sigmoid(n1)
n2 = o1 @ W2.T + b2
o2 = sigmoid(n2)
loss = 0.5 * ((o2 - T) ** 2).sum()
error = o2 - T
d2 = error * o2 * (1 - o2)
gW2 = d2.T @ o1
gb2 = d2.sum(axis=0)
back = d2 @ W2
d1 = back * o1 * (1 - o1)
gW1 = d1.T @ X
gb1 = d1.sum(axis=0)
"""


def edited(text: str, *changes: str) -> str:
    """Return a program with pieces of it replaced; each must occur."""
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text, f"{old!r} is not in the program"
        text = text.replace(old, new)
    return text


class Network(NamedTuple):
    problem: Problem
    program: str


def problem(
    activations: tuple[str, ...] = ("sigmoid", "sigmoid"), loss: str = "half squared error",
    sizes: tuple[int, ...] = (3, 4, 3), bias: str = "per neuron", **rest: Any,
) -> Problem:  # fmt: skip
    layers = len(sizes) - 1
    return Problem(
        sizes=sizes, bias=(bias,) * layers, samples=rest.pop("samples", 5), activations=activations, loss=loss, **rest,
    )  # fmt: skip


TANH = ("o1 = sigmoid(n1)", "o1 = np.tanh(n1)", "back * o1 * (1 - o1)", "back * (1 - o1**2)")
LINEAR = ("o2 = sigmoid(n2)", "o2 = n2", "d2 = error * o2 * (1 - o2)", "d2 = error")
SHARED = (
    "gb2 = d2.sum(axis=0)", "gb2 = np.array([d2.sum()])", "gb1 = d1.sum(axis=0)", "gb1 = np.array([d1.sum()])"
)  # fmt: skip
PENALTY = (
    "gW2 = d2.T @ o1", "gW2 = d2.T @ o1 + 0.02 * np.sign(W2) + 0.3 * W2",
    "gW1 = d1.T @ X", "gW1 = d1.T @ X + 0.02 * np.sign(W1) + 0.3 * W1",
    "loss = ", "loss = sum(0.02 * abs(W).sum() + 0.15 * (W**2).sum() for W in (W1, W2)) + ",
)  # fmt: skip
DEEP = """
n1 = X @ W1.T + b1
o1 = np.tanh(n1)
n2 = o1 @ W2.T + b2
o2 = sigmoid(n2)
n3 = o2 @ W3.T + b3
o3 = sigmoid(n3)
loss = 0.5 * ((o3 - T) ** 2).sum()
d3 = (o3 - T) * o3 * (1 - o3)
gW3 = d3.T @ o2
gb3 = d3.sum(axis=0)
back2 = d3 @ W3
d2 = back2 * o2 * (1 - o2)
gW2 = d2.T @ o1
gb2 = d2.sum(axis=0)
back1 = d2 @ W2
d1 = back1 * (1 - o1**2)
gW1 = d1.T @ X
gb1 = d1.sum(axis=0)
"""

NETWORKS = {
    "plain": Network(problem(), PLAIN),
    "tanh": Network(problem(("tanh", "sigmoid")), edited(PLAIN, *TANH)),
    "mean": Network(
        problem(("tanh", "sigmoid"), "mean squared error", batch="mean"),
        edited(PLAIN, *TANH, "0.5 * ((o2 - T) ** 2).sum()", "((o2 - T) ** 2).mean()", "error = o2 - T",
               "error = 2 * (o2 - T) / (N * 3)"),
    ),
    "wide": Network(
        problem(("tanh", "identity")), edited(PLAIN, *TANH, *LINEAR)
    ),
    "relu": Network(
        problem(("relu", "identity")),
        edited(PLAIN, *LINEAR, "sigmoid(n1)", "np.maximum(n1, 0)", "back * o1 * (1 - o1)", "back * (n1 > 0)"),
    ),
    "leaky": Network(
        problem(("leaky relu", "identity")),
        edited(PLAIN, *LINEAR, "sigmoid(n1)", "np.where(n1 > 0, n1, 0.01 * n1)", "back * o1 * (1 - o1)",
               "back * np.where(n1 > 0, 1.0, 0.01)"),
    ),
    "silu": Network(
        problem(("silu", "identity")),
        edited(PLAIN, *LINEAR, "sigmoid(n1)", "n1 * sigmoid(n1)", "back * o1 * (1 - o1)",
               "back * (sigmoid(n1) + n1 * sigmoid(n1) * (1 - sigmoid(n1)))"),
    ),
    "classes": Network(
        problem(("relu", "softmax"), "categorical cross-entropy"),
        edited(PLAIN, "sigmoid(n1)", "np.maximum(n1, 0)", "back * o1 * (1 - o1)", "back * (n1 > 0)",
               "o2 = sigmoid(n2)", "o2 = np.exp(n2) / np.exp(n2).sum(axis=1, keepdims=True)",
               "0.5 * ((o2 - T) ** 2).sum()", "-(T * np.log(o2)).sum()", "error * o2 * (1 - o2)", "error"),
    ),
    "binary": Network(
        problem(("tanh", "sigmoid"), "binary cross-entropy"),
        edited(PLAIN, *TANH, "0.5 * ((o2 - T) ** 2).sum()", "-(T * np.log(o2) + (1 - T) * np.log(1 - o2)).sum()",
               "error = o2 - T", "error = (o2 - T) / (o2 * (1 - o2))"),
    ),
    "huber": Network(
        problem(("tanh", "sigmoid"), "log-cosh"),
        edited(PLAIN, *TANH, "0.5 * ((o2 - T) ** 2).sum()", "np.log(np.cosh(o2 - T)).sum()",
               "error = o2 - T", "error = np.tanh(o2 - T)"),
    ),
    "shared": Network(problem(bias="shared"), edited(PLAIN, *SHARED)),
    "penalty": Network(problem(l1=0.02, l2=0.3), edited(PLAIN, *PENALTY)),
    "square": Network(problem(sizes=(3, 4, 4)), PLAIN),
    "fours": Network(problem(samples=4), PLAIN),
    "deep": Network(problem(("tanh", "sigmoid", "sigmoid"), sizes=(3, 4, 4, 5)), DEEP),
}  # fmt: skip


def draw(problem: Problem, seed: int) -> Point:
    """Return a random point, with targets that the loss takes."""
    random = np.random.RandomState(seed)
    layers = range(1, problem.layers + 1)
    targets = random.uniform(0.1, 0.9, size=(problem.samples, problem.sizes[-1]))
    if problem.activations[-1] in ("softmax", "log-softmax"):
        targets /= targets.sum(axis=1, keepdims=True)
    elif problem.loss.endswith("hinge"):
        targets = np.sign(targets - 0.5)
    elif problem.activations[-1] == "identity" and problem.loss == "half squared error":
        targets = 3.0 * targets - 1.5
    return Point(
        tuple(random.normal(size=problem.weight_shape(layer)) for layer in layers),
        tuple(random.normal(size=problem.bias_shape(layer)) for layer in layers),
        random.normal(size=(problem.samples, problem.sizes[0])),
        targets,
        round(random.uniform(0.2, 0.8), 3),
    )


class Result(NamedTuple):
    weights: tuple[Any, ...]
    biases: tuple[Any, ...]
    loss: float


def execute(program: str, point: Point) -> Result:
    """Return what a program leaves in gW1, gb1, …, and in loss."""

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    names: dict[str, Any] = {
        "np": np, "sigmoid": sigmoid, "X": point.inputs, "T": point.targets, "N": len(point.inputs), "rate": point.rate,
    }  # fmt: skip
    layers = range(1, len(point.weights) + 1)
    for layer in layers:
        names[f"W{layer}"], names[f"b{layer}"] = point.weights[layer - 1].copy(), point.biases[layer - 1].copy()
    exec(compile(program, "program", "exec"), names)  # noqa: S102  (the programs are those of this file)
    return Result(
        tuple(names[f"gW{layer}"] for layer in layers), tuple(names[f"gb{layer}"] for layer in layers), names["loss"]
    )


W2T, B2, D2, BACK, D1, W1G, B1 = (
    "gW2 = d2.T @ o1", "gb2 = d2.sum(axis=0)", "d2 = error * o2 * (1 - o2)", "back = d2 @ W2",
    "d1 = back * o1 * (1 - o1)", "gW1 = d1.T @ X", "gb1 = d1.sum(axis=0)",
)  # fmt: skip
END = "gb1 = d1.sum(axis=0)\n"
ALL = "gW1, gb1, gW2, gb2"


def at_end(lines: str) -> tuple[str, str]:
    return END, f"{END}{lines}\n"


MUTANTS: tuple[tuple[str, int, str, tuple[str, ...]], ...] = tuple(
    (row[0], row[1], row[2], tuple(row[3:])) for row in (
    # ── Conventions ──
    ("doubled", 0, "plain", "error = o2 - T", "error = 2 * (o2 - T)"),
    ("doubled", 0, "penalty", "error = o2 - T", "error = 2 * (o2 - T)"),
    ("halved", 0, "mean", "error = 2 * (o2 - T)", "error = (o2 - T)"),
    ("samples-summed", 0, "mean", "/ (N * 3)", "/ 3"),
    ("samples-averaged", 0, "plain", "error = o2 - T", "error = (o2 - T) / N"),
    ("averaged-twice", 0, "mean", *at_end(f"{ALL} = gW1 / N, gb1 / N, gW2 / N, gb2 / N")),
    ("outputs-summed", 0, "mean", "/ (N * 3)", "/ N"),
    ("outputs-averaged", 0, "plain", "error = o2 - T", "error = (o2 - T) / o2.shape[1]"),
    ("sign", 0, "plain", "error = o2 - T", "error = T - o2"),
    ("sign", 0, "penalty", "error = o2 - T", "error = T - o2"),
    ("sign-of-all", 0, "penalty", *at_end(f"{ALL} = -gW1, -gb1, -gW2, -gb2")),
    ("rate-included", 0, "plain", *at_end(f"{ALL} = rate * gW1, rate * gb1, rate * gW2, rate * gb2")),
    ("step-returned", 0, "plain", *at_end(f"{ALL} = -rate * gW1, -rate * gb1, -rate * gW2, -rate * gb2")),
    # ── Forward ──
    ("minus-missing", 1, "plain", "sigmoid(n1)", "1 / (1 + np.exp(n1))"),
    ("minus-missing", 2, "plain", "sigmoid(n2)", "1 / (1 + np.exp(n2))"),
    ("minus-missing", 0, "plain", "sigmoid(n1)", "1 / (1 + np.exp(n1))", "sigmoid(n2)", "1 / (1 + np.exp(n2))"),
    ("bias-left-out", 1, "plain", "X @ W1.T + b1", "X @ W1.T"),
    ("bias-left-out", 0, "plain", "X @ W1.T + b1", "X @ W1.T", "o1 @ W2.T + b2", "o1 @ W2.T"),
    ("bias-twice", 2, "plain", "o1 @ W2.T + b2", "b2 + o1 @ W2.T + b2"),
    ("bias-of-other-layer", 1, "shared", "X @ W1.T + b1", "X @ W1.T + b2"),
    ("bias-of-other-layer", 2, "shared", "o1 @ W2.T + b2", "o1 @ W2.T + b1"),
    ("output-used-twice", 2, "plain", "n2 = o1 @ W2.T + b2",
     "n2 = W2[:, 0] * o1[:, [0]] + W2[:, 1] * o1[:, [1]] + (W2[:, 2] + W2[:, 3]) * o1[:, [2]] + b2"),
    ("outputs-shifted-forward", 2, "plain", "n2 = o1 @ W2.T + b2",
     "n2 = b2 + sum(W2[:, k] * o1[:, [k - 1]] for k in range(4))"),
    ("outputs-shifted-forward", 1, "plain", "n1 = X @ W1.T + b1",
     "n1 = b1 + sum(W1[:, k] * X[:, [k - 1]] for k in range(3))"),
    ("activation-left-out", 1, "tanh", "o1 = np.tanh(n1)", "o1 = n1", "back * (1 - o1**2)",
     "back * (1 - np.tanh(n1)**2)"),
    ("activation-twice", 1, "plain", "sigmoid(n1)", "sigmoid(sigmoid(n1))"),
    ("activation-twice", 2, "plain", "sigmoid(n2)", "sigmoid(sigmoid(n2))"),
    ("softmax-over-samples", 2, "classes", ".sum(axis=1, keepdims=True)", ".sum(axis=0)"),
    ("softmax-over-all", 2, "classes", ".sum(axis=1, keepdims=True)", ".sum()"),
    ("targets-of-other-outputs", 0, "plain", "error = o2 - T", "error = o2 - T[:, [2, 0, 1]]"),
    ("targets-of-other-samples", 0, "plain", "error = o2 - T", "error = o2 - T[[4, 0, 1, 2, 3]]"),
    # ── The error ──
    ("error-left-out", 2, "plain", "error * o2", "o2"),
    ("error-for-its-slope", 2, "plain", "error = o2 - T", "error = 0.5 * (o2 - T) ** 2"),
    ("error-without-sign", 2, "plain", "error = o2 - T", "error = abs(o2 - T)"),
    ("error-averaged-over-outputs", 2, "plain", "error = o2 - T", "error = (o2 - T).mean(axis=1)[:, None]"),
    ("error-averaged-over-samples", 2, "plain", "error = o2 - T", "error = (o2 - T).mean(axis=0)"),
    ("residual-as-delta", 2, "huber", D2, "d2 = o2 - T"),
    ("squared-error-slope", 2, "huber", "error = np.tanh(o2 - T)", "error = o2 - T"),
    ("squared-error-slope", 2, "classes", "d2 = error",
     "d2 = o2 * (error - (error * o2).sum(axis=1, keepdims=True))"),
    ("one-sided-cross-entropy", 2, "binary", "(o2 - T) / (o2 * (1 - o2))", "-T / o2"),
    ("value-clipped", 2, "wide", "d2 = error", "d2 = error * (abs(error) <= 1)"),
    # ── Slopes ──
    ("output-slope-left-out", 2, "plain", D2, "d2 = error"),
    ("output-slope-left-out", 2, "binary", D2, "d2 = error"),
    ("output-slope-left-out", 2, "classes", "error = o2 - T", "error = -T / o2"),
    ("hidden-slope-left-out", 1, "plain", D1, "d1 = back"),
    ("hidden-slope-left-out", 1, "relu", "back * (n1 > 0)", "back"),
    ("hidden-slope-left-out", 2, "deep", "back2 * o2 * (1 - o2)", "back2"),
    ("hidden-slope-left-out", 0, "deep", "back2 * o2 * (1 - o2)", "back2", "back1 * (1 - o1**2)", "back1"),
    ("slope-left-out-everywhere", 0, "plain", D2, "d2 = error", D1, "d1 = back"),
    ("output-slope-of-output", 2, "plain", "error * o2 * (1 - o2)", "error * sigmoid(o2) * (1 - sigmoid(o2))"),
    ("hidden-slope-of-output", 1, "plain", D1, "d1 = back * sigmoid(o1) * (1 - sigmoid(o1))"),
    ("hidden-slope-of-output", 1, "tanh", "back * (1 - o1**2)", "back * (1 - np.tanh(o1)**2)"),
    ("slope-of-output-everywhere", 0, "tanh", "back * (1 - o1**2)", "back * (1 - np.tanh(o1)**2)",
     "error * o2 * (1 - o2)", "error * sigmoid(o2) * (1 - sigmoid(o2))"),
    ("output-formula-of-net", 2, "plain", D2, "d2 = error * n2 * (1 - n2)"),
    ("hidden-formula-of-net", 1, "plain", D1, "d1 = back * n1 * (1 - n1)"),
    ("hidden-formula-of-net", 1, "tanh", "back * (1 - o1**2)", "back * (1 - n1**2)"),
    ("formula-of-net-everywhere", 0, "plain", D2, "d2 = error * n2 * (1 - n2)", D1, "d1 = back * n1 * (1 - n1)"),
    ("extra-slope", 2, "binary", D2, "d2 = (o2 - T) * o2 * (1 - o2)"),
    ("extra-slope", 2, "classes", "d2 = error", "d2 = (o2 - T) * o2 * (1 - o2)"),
    ("hidden-slope-twice", 1, "plain", D1, "d1 = back * (o1 * (1 - o1)) ** 2"),
    ("softmax-diagonal", 2, "classes", "error = o2 - T", "error = -T / o2", "d2 = error",
     "d2 = error * o2 * (1 - o2)"),
    ("slope-of-error", 2, "plain", D2, "d2 = error * error * (1 - error)"),
    ("slope-of-target", 2, "plain", D2, "d2 = error * T * (1 - T)"),
    ("value-for-slope", 1, "relu", "back * (n1 > 0)", "back * o1"),
    ("value-for-slope", 2, "plain", D2, "d2 = error * o2"),
    ("complement-for-slope", 1, "tanh", "(1 - o1**2)", "(1 - o1)"),
    ("complement-for-slope", 2, "plain", D2, "d2 = error * (1 - o2)"),
    ("tanh-plus", 1, "tanh", "(1 - o1**2)", "(1 + o1**2)"),
    ("slope-of-sigmoid", 1, "tanh", "(1 - o1**2)", "o1 * (1 - o1)"),
    ("slope-of-sigmoid", 2, "wide", "d2 = error", "d2 = error * o2 * (1 - o2)"),
    ("slope-of-other-layer", 1, "tanh", "(1 - o1**2)", "sigmoid(n1) * (1 - sigmoid(n1))"),
    ("slope-of-other-layer", 2, "tanh", D2, "d2 = error * (1 - np.tanh(n2) ** 2)"),
    ("mask-of-gradient", 1, "relu", "back * (n1 > 0)", "back * (back > 0)"),
    ("mask-of-both", 1, "relu", "back * (n1 > 0)", "np.maximum(back, 0) * (n1 > 0)"),
    ("mask-reversed", 1, "relu", "back * (n1 > 0)", "np.where(n1 > 0, 0, back)"),
    ("leak-left-out", 1, "leaky", "np.where(n1 > 0, 1.0, 0.01)", "(n1 > 0)"),
    ("gate-taken-for-constant", 1, "silu", "(sigmoid(n1) + n1 * sigmoid(n1) * (1 - sigmoid(n1)))", "sigmoid(n1)"),
    # ── Sending back ──
    ("raw-error-sent", 1, "plain", BACK, "back = error @ W2"),
    ("raw-error-sent", 1, "deep", "back1 = d2 @ W2", "back1 = back2 @ W2"),
    ("weights-left-out", 1, "plain", BACK, "back = d2.sum(axis=1)[:, None]", D1, "d1 = back * o1 * (1 - o1)"),
    ("delta-left-out", 1, "plain", BACK, "back = W2.sum(axis=0)"),
    ("arriving-left-out", 1, "relu", "back * (n1 > 0)", "(n1 > 0) * 1.0"),
    ("updated-weights", 1, "plain", BACK, "W2 -= rate * gW2\nback = d2 @ W2"),
    ("updated-weights", 1, "penalty", BACK, "W2 -= rate * gW2\nback = d2 @ W2"),
    ("updated-weights", 0, "deep", "back2 = d3 @ W3", "W3 -= rate * gW3\nback2 = d3 @ W3",
     "back1 = d2 @ W2", "W2 -= rate * gW2\nback1 = d2 @ W2"),
    ("weights-transposed", 1, "square", BACK, "back = d2 @ W2.T"),
    ("weights-of-other-layer", 1, "plain", BACK, "back = d2 @ W1.T"),
    ("only-first-path", 1, "plain", BACK, "back = d2[:, [0]] * W2[0]"),
    ("only-last-path", 1, "plain", BACK, "for j in range(3): back = d2[:, [j]] * W2[j]"),
    ("first-path-left-out", 1, "plain", BACK, "back = sum(d2[:, [j]] * W2[j] for j in range(1, 3))"),
    ("last-path-left-out", 1, "plain", BACK, "back = sum(d2[:, [j]] * W2[j] for j in range(3 - 1))"),
    ("paths-averaged", 1, "plain", BACK, "back = np.mean([d2[:, [j]] * W2[j] for j in range(3)], axis=0)"),
    ("sent-twice", 1, "plain", BACK, "back = d2 @ W2\nback += d2 @ W2"),
    ("sent-at-every-arrival", 1, "plain", BACK,
     "back, arrived = 0, 0\nfor j in range(3):\n    arrived = arrived + d2[:, [j]] * W2[j]\n    back = back + arrived"),
    ("deltas-shifted", 1, "plain", BACK, "back = sum(d2[:, [j - 1]] * W2[j] for j in range(3))"),
    # ── Gradients of weights ──
    ("net-for-output", 2, "plain", W2T, "gW2 = d2.T @ n1"),
    ("outputs-of-other-layer", 1, "plain", W1G, "gW1 = d1.T @ o2"),
    ("outputs-shifted", 1, "plain", W1G, "gW1 = d1.T @ X[:, [2, 0, 1]]"),
    ("outputs-shifted", 2, "plain", W2T, "gW2 = d2.T @ o1[:, [3, 0, 1, 2]]"),
    ("gradient-transposed", 2, "square", W2T, "gW2 = o1.T @ d2"),
    ("weights-from-raw-error", 1, "plain", W1G, "gW1 = back.T @ X"),
    ("weights-from-raw-error", 2, "plain", W2T, "gW2 = error.T @ o1"),
    ("outputs-left-out", 2, "plain", W2T, "gW2 = np.outer(d2.sum(axis=0), np.ones(4))"),
    ("weights-not-trained", 1, "plain", W1G, "gW1 = np.zeros((4, 3))"),
    ("first-unit-not-trained", 1, "plain", *at_end("gW1[0] = 0\ngb1[0] = 0")),
    ("last-unit-not-trained", 2, "plain", *at_end("gW2[-1] = 0\ngb2[-1] = 0")),
    ("last-unit-not-trained", 2, "shared", W2T, f"{W2T}\ngW2[-1] = 0"),
    ("first-weight-not-trained", 2, "plain", *at_end("gW2[:, 0] = 0")),
    ("last-weight-not-trained", 1, "plain", *at_end("gW1[:, -1] = 0")),
    ("weights-of-last-sample", 2, "plain", W2T, "for s in range(N): gW2 = np.outer(d2[s], o1[s])"),
    ("averages-multiplied", 2, "plain", W2T, "gW2 = N * np.outer(d2.mean(axis=0), o1.mean(axis=0))"),
    # ── Gradients of biases ──
    ("bias-not-trained", 1, "plain", B1, "gb1 = 0 * b1"),
    ("bias-not-trained", 0, "plain", B1, "gb1 = 0 * b1", B2, "gb2 = 0 * b2"),
    ("bias-averaged", 1, "plain", B1, "gb1 = d1.mean(axis=0)"),
    ("bias-averaged", 0, "plain", B1, "gb1 = d1.mean(axis=0)", B2, "gb2 = d2.mean(axis=0)"),
    ("bias-summed", 2, "mean", B2, "gb2 = d2.sum(axis=0) * N"),
    ("bias-of-first-sample", 1, "plain", B1, "gb1 = d1[0]"),
    ("bias-of-last-sample", 2, "shared", "gb2 = np.array([d2.sum()])", "gb2 = np.array([d2[-1].sum()])"),
    ("bias-over-all", 1, "plain", B1, "gb1 = np.sum(d1) * np.ones(4)"),
    ("bias-mean-over-all", 2, "plain", B2, "gb2 = np.mean(d2) * np.ones(3)"),
    ("bias-over-units", 1, "fours", B1, "gb1 = d1.sum(axis=1)"),
    ("bias-times-inputs", 2, "plain", B2, "gb2 = (d2.T @ o1).sum(axis=1)"),
    ("bias-times-bias", 1, "plain", B1, "gb1 = d1.sum(axis=0) * b1"),
    ("bias-from-raw-error", 2, "plain", B2, "gb2 = error.sum(axis=0)"),
    ("bias-gradient-of-other-layer", 1, "deep", B1, "gb1 = d2.sum(axis=0)"),
    ("bias-gradient-of-other-layer", 1, "shared", "gb1 = np.array([d1.sum()])", "gb1 = gb2"),
    ("shared-bias-of-first-unit", 1, "shared", "d1.sum()", "d1[:, 0].sum()"),
    ("shared-bias-of-last-unit", 2, "shared", "d2.sum()", "d2[:, 2].sum()"),
    ("shared-bias-averaged", 1, "shared", "d1.sum()", "d1.sum() / 4"),
    # ── The penalty ──
    ("penalty-left-out", 0, "penalty", "+ 0.02 * np.sign(W1) + 0.3 * W1", "", "+ 0.02 * np.sign(W2) + 0.3 * W2", ""),
    ("penalty-left-out", 1, "penalty", "+ 0.02 * np.sign(W1) + 0.3 * W1", ""),
    ("penalty-doubled", 2, "penalty", "+ 0.02 * np.sign(W2) + 0.3 * W2", "+ 0.04 * np.sign(W2) + 0.6 * W2"),
    ("penalty-halved", 2, "penalty", "+ 0.02 * np.sign(W2) + 0.3 * W2", "+ 0.01 * np.sign(W2) + 0.15 * W2"),
    ("penalty-averaged", 1, "penalty", "+ 0.02 * np.sign(W1) + 0.3 * W1", "+ (0.02 * np.sign(W1) + 0.3 * W1) / N"),
    ("penalty-subtracted", 1, "penalty", "+ 0.02 * np.sign(W1) + 0.3 * W1", "- 0.02 * np.sign(W1) - 0.3 * W1"),
    ("penalty-on-biases", 1, "penalty", B1, "gb1 = d1.sum(axis=0) + 0.02 * np.sign(b1) + 0.3 * b1"),
    ("penalty-squared", 1, "penalty", "+ 0.02 * np.sign(W1) + 0.3 * W1", "+ 0.3 * W1 ** 2"),
    ("penalty-without-sign", 1, "penalty", "+ 0.02 * np.sign(W1) + 0.3 * W1", "+ 0.02 + 0.3 * W1"),
    # ── Samples ──
    ("last-sample-only", 0, "plain", "error = o2 - T", "error = o2 - T\nerror[:-1] = 0"),
    ("last-sample-only", 0, "classes", "error = o2 - T", "error = o2 - T\nerror[:-1] = 0"),
    ("first-sample-only", 0, "plain", *at_end(
        "gW2, gb2, gW1, gb1 = np.outer(d2[0], o1[0]), d2[0], np.outer(d1[0], X[0]), d1[0]")),
    ("last-sample-left-out", 0, "plain", "error = o2 - T", "error = o2 - T\nerror[-1] = 0"),
    ("first-sample-left-out", 0, "mean", "/ (N * 3)", "/ (N * 3)\nerror[0] = 0"),
    # ── All gradients ──
    ("parameters-returned", 0, "plain", *at_end(
        f"{ALL} = W1 - rate * gW1, b1 - rate * gb1, W2 - rate * gW2, b2 - rate * gb2")),
    ("unit-length", 0, "plain", *at_end(
        "length = np.linalg.norm(np.concatenate([gW1.ravel(), gb1, gW2.ravel(), gb2]))\n"
        f"{ALL} = gW1 / length, gb1 / length, gW2 / length, gb2 / length")),
    ("unit-length-each", 0, "plain", *at_end(f"{ALL} = [g / np.linalg.norm(g) for g in ({ALL})]")),
    ("only-signs", 0, "plain", *at_end(f"{ALL} = [np.sign(g) for g in ({ALL})]")),
    ("cut-to-integers", 0, "wide", *at_end(f"{ALL} = [g.astype(int) * 1.0 for g in ({ALL})]")),
    # ── With a constant: 0.03 and the like are put into the text ──
    ("gradient-clipped", 0, "plain", *at_end(f"{ALL} = [np.clip(g, -0.03, 0.03) for g in ({ALL})]")),
    ("norm-clipped", 0, "plain", *at_end(
        "length = np.linalg.norm(np.concatenate([gW1.ravel(), gb1, gW2.ravel(), gb2]))\n"
        f"{ALL} = [g * min(1, 0.03 / length) for g in ({ALL})]")),
    ("rounded", 0, "plain", *at_end(f"{ALL} = [np.round(g, 3) for g in ({ALL})]")),
    ("decay-added", 0, "plain", *at_end("gW1 += 0.03 * W1\ngW2 += 0.03 * W2")),
    ("factor-on-penalty", 0, "penalty", "+ 0.02 * np.sign(W1) + 0.3 * W1", "+ 0.06 * np.sign(W1) + 0.9 * W1",
     "+ 0.02 * np.sign(W2) + 0.3 * W2", "+ 0.06 * np.sign(W2) + 0.9 * W2"),
    ("factor-on-delta", 1, "plain", D1, "d1 = 3 * back * o1 * (1 - o1)"),
    ("factor-on-weights", 2, "plain", W2T, "gW2 = 3 * d2.T @ o1"),
    ("factor-on-biases", 1, "plain", B1, "gb1 = 3 * d1.sum(axis=0)"),
    ("constant-factor", 0, "plain", *at_end(f"{ALL} = [3 * g for g in ({ALL})]")),
    ("constant-factor", 0, "penalty", "error = o2 - T", "error = 3 * (o2 - T)"),
    ("factor-on-all", 0, "penalty", *at_end(f"{ALL} = [3 * g for g in ({ALL})]")),
))  # fmt: skip
CONSTANTS = {
    "gradient-clipped": 0.03, "norm-clipped": 0.03, "rounded": 3.0, "decay-added": 0.03, "factor-on-penalty": 3.0,
    "factor-on-delta": 3.0, "factor-on-weights": 3.0, "factor-on-biases": 3.0, "constant-factor": 3.0,
    "factor-on-all": 3.0,
}  # fmt: skip
"""The constants that stand in the texts."""
APART = frozenset({
    "relu-at-zero", "after-update", "sample-by-sample", "not-zeroed",
    "forward-difference", "backward-difference", "central-difference",
})  # fmt: skip
"""Rows that are no change to one run of a program at a random point: tested one by one."""


# ── The rows ─────────────────────────────────────────────────────────────────────────────────────────────────


def observed(network: Network, program: str, seeds: Sequence[int] = (1, 2, 3)) -> list[Observed]:
    """Return what a program gives at several points."""
    made = []
    for seed in seeds:
        point = draw(network.problem, seed)
        result = execute(program, point)
        made.append(Observed(point, result.weights, result.biases, float(result.loss)))
    return made


def close(left: Any, right: Any) -> bool:
    return all(
        a.shape == b.shape and np.abs(a - b).max(initial=0.0) <= 1e-11 * max(1e-3, np.abs(b).max(initial=0.0))
        for a, b in zip((*left.weights, *left.biases), (*right.weights, *right.biases), strict=True)
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_the_programs_without_mistakes_are_right(name: str) -> None:
    network = NETWORKS[name]
    for seen in observed(network, network.program):
        assert close(gradients(network.problem, seen.point), seen)
    assert explain(network.problem, observed(network, network.program)) == ()


@pytest.mark.parametrize(
    ("id", "layer", "name", "changes"), MUTANTS, ids=[f"{id}-{layer}-{name}" for id, layer, name, _ in MUTANTS]
)
def test_a_row_is_what_the_program_gives(id: str, layer: int, name: str, changes: tuple[str, ...]) -> None:
    network, mistake = NETWORKS[name], Instance(id, layer)
    assert mistake in set(variants(network.problem))
    seen = observed(network, edited(network.program, *changes))
    for each in seen:
        assert close(gradients(network.problem, each.point, mistake, constants=CONSTANTS), each)
    assert not all(close(gradients(network.problem, each.point), each) for each in seen)
    matches = explain(network.problem, seen)
    assert [match.mistakes for match in matches] == [(mistake,)]
    if id in CONSTANTS:
        assert [value for _, value in matches[0].fitted] == pytest.approx([CONSTANTS[id]], rel=1e-9)


def test_every_row_has_a_program() -> None:
    assert {id for id, *_ in MUTANTS} | APART == set(MISTAKES)
    assert not APART & {id for id, *_ in MUTANTS}
    assert set(CONSTANTS) | APART >= {row.id for row in MISTAKES.values() if row.fit}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_row_has_words(language: str) -> None:
    found = words(language)
    assert list(found) == list(MISTAKES)
    sentences = [text for each in found.values() for text in (each.title, each.what, each.mend)]
    assert all(text and text == text.strip() and '"' not in text for text in sentences)
    titles = [each.title for each in found.values()]
    assert len(set(titles)) == len(titles)
    end = {"en": ".", "zh": "。"}[language]
    assert all(each.what.endswith(end) and each.mend.endswith(end) for each in found.values())
    assert not any(each.title.endswith(end) for each in found.values())


def test_the_languages_leave_the_same_places_open() -> None:
    english, chinese = words("en"), words("zh")
    for id in MISTAKES:
        for part in ("title", "what", "mend"):
            places = [
                {field for _, field, _, _ in string.Formatter().parse(getattr(found[id], part)) if field is not None}
                for found in (english, chinese)
            ]
            assert places[0] == places[1] == set()


def test_the_formulas_are_formulas() -> None:
    converter = LatexToMathML()
    for row in MISTAKES.values():
        assert "<math" in converter.convert_with_local_state(row.formula, displaystyle=False), row.id


def test_a_source_is_named_or_said_to_be_missing() -> None:
    for row in MISTAKES.values():
        assert row.source == "reasoned" or re.search(
            r"#\d+|CS231n|exchange \d+|arXiv|ICML|Nature|example|primen|Stack", row.source
        )
    assert sum(row.source != "reasoned" for row in MISTAKES.values()) >= 50
