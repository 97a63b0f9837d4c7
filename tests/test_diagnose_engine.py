"""The pass that mistakes are made in: without a mistake, it is the witness's; and what it is made of."""

from __future__ import annotations

import ast
from decimal import Decimal
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import derive.diagnose
from derive import backprop
from derive.diagnose.engine import Functions, Pass
from derive.read.problem import Point, Problem
from derive.spec import Layer, Spec
from derive.spec.parts import Penalty
from derive.vocabulary import ACTIVATIONS, LOSSES
from tests.networks import ENDS

NO_PENALTY = Penalty()
PAIRS = [(loss, last) for loss, ends in ENDS.items() for last in ends]


def network(
    hidden: str, last: str, loss: str, *, bias: str = "per neuron", samples: int = 5, batch: str = "sum",
    penalty: Penalty = NO_PENALTY, seed: int = 0,
) -> tuple[Spec, Problem, Point]:  # fmt: skip
    """Return a network with random values, as a spec and as what a program is called with."""
    random = np.random.RandomState(seed)

    def row(count: int, low: float = -1.5, high: float = 1.5) -> tuple[Decimal, ...]:
        return tuple(Decimal(repr(round(x, 4))) for x in random.uniform(low, high, size=count).tolist())

    sizes = (3, 4, 3)
    limits = LOSSES[loss].targets
    low, high = (max(limits.low, -1.0), min(limits.high, 1.0))
    spec = Spec(
        inputs=tuple(row(3) for _ in range(samples)),
        targets=tuple(row(3, low, high) for _ in range(samples)),
        layers=tuple(
            Layer(
                size=size, activation=activation, bias=bias,  # type: ignore[arg-type]
                weights=tuple(row(fan_in) for _ in range(size)),
                biases=Decimal(0) if bias == "none" else row(1)[0] if bias == "shared" else row(size),
            )
            for size, fan_in, activation in zip(sizes[1:], sizes, (hidden, last), strict=False)
        ),
        loss=loss, batch=batch, penalty=penalty, learning_rate=Decimal("0.3"),  # type: ignore[arg-type]
    )  # fmt: skip
    problem = Problem(
        sizes=sizes, bias=(bias, bias), samples=samples, activations=(hidden, last), loss=loss, batch=batch,  # type: ignore[arg-type]
        l1=float(penalty.l1), l2=float(penalty.l2),
    )  # fmt: skip
    weights, biases = zip(*spec.arrays, strict=True)
    inputs, targets = (np.array(table, dtype=np.float64) for table in (spec.inputs, spec.targets))
    return spec, problem, Point(weights, biases, inputs, targets, 0.3)


def compare(spec: Spec, problem: Problem, point: Point) -> None:
    made = Pass(Functions.of(problem), point)
    right = backprop.gradients(spec)
    for found, expected in zip(
        (*made.gradients.weights, *made.gradients.biases, *made.delta.values()),
        (*right.weights, *right.biases, *reversed(right.delta)), strict=True,
    ):  # fmt: skip
        assert found.shape == expected.shape
        assert np.abs(found - expected).max(initial=0.0) <= 1e-13 * max(1.0, np.abs(expected).max(initial=0.0))
    state = backprop.forward(spec)
    assert made.loss == pytest.approx(float(state.total), rel=1e-13)
    for layer in (1, 2):
        assert np.allclose(made.net[layer], state.net[layer - 1], rtol=1e-14, atol=1e-14)
        assert np.allclose(made.out[layer], state.out[layer], rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(("samples", "batch"), [(1, "sum"), (5, "sum"), (5, "mean")])
@pytest.mark.parametrize(("loss", "last"), PAIRS)
def test_it_is_the_witness_over_every_loss(loss: str, last: str, samples: int, batch: str) -> None:
    compare(*network("tanh", last, loss, samples=samples, batch=batch))


@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_it_is_the_witness_over_every_hidden_activation(hidden: str) -> None:
    compare(*network(hidden, "sigmoid", "mean squared error", batch="mean"))
    compare(*network(hidden, "softmax", "categorical cross-entropy", samples=1))


@pytest.mark.parametrize(("bias", "samples"), tuple(product(("none", "shared", "per neuron"), (1, 5))))
def test_it_is_the_witness_for_every_kind_of_bias(bias: str, samples: int) -> None:
    compare(*network("relu", "softmax", "categorical cross-entropy", bias=bias, samples=samples))


@pytest.mark.parametrize("penalty", [Penalty(l2=Decimal("0.3")), Penalty(l1=Decimal("0.02"), l2=Decimal("0.1"))])
def test_it_is_the_witness_with_a_penalty(penalty: Penalty) -> None:
    compare(*network("tanh", "sigmoid", "half squared error", penalty=penalty, batch="mean"))


def test_what_arrives_is_the_derivative_by_the_output() -> None:
    _, problem, point = network("tanh", "softmax", "categorical cross-entropy")
    made = Pass(Functions.of(problem), point)
    last = np.array([[row[j] for j in range(3)] for row in -point.targets / made.out[2]])
    assert np.allclose(made.arriving[2], last, rtol=1e-14)
    assert np.allclose(made.arriving[1], made.delta[2] @ point.weights[1], rtol=1e-14)
    assert np.allclose(made.delta[1], made.arriving[1] * (1.0 - made.out[1] ** 2), rtol=1e-12)


def test_an_update_is_a_step_of_gradient_descent() -> None:
    spec, problem, point = network("tanh", "sigmoid", "half squared error")
    after = Pass(Functions.of(problem), point).after()
    state = list(backprop.train(spec, 1))[-1].parameters
    for found, expected in zip((*after.weights, *after.biases), (*state.weights, *state.biases), strict=True):
        assert np.allclose(found, expected, rtol=1e-14, atol=1e-15)
    fixed = Pass(Functions.of(problem), point).after(biases=False)
    assert all(np.array_equal(a, b) for a, b in zip(fixed.biases, point.biases, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(fixed.weights, after.weights, strict=True))


def test_it_knows_neither_the_checker_nor_the_witness() -> None:
    allowed = ("derive.diagnose", "derive.vocabulary", "derive.errors", "derive.read.problem", "numpy", "msgspec")
    standard = (
        "__future__", "collections.abc", "collections", "decimal", "enum", "functools", "importlib", "itertools",
        "tomllib", "types", "typing",
    )  # fmt: skip
    for path in Path(derive.diagnose.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert all(name in standard or name.startswith(allowed) for name in names), (path.name, names)
