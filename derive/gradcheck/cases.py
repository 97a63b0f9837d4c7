"""The network at some number of samples, and random points to try a program at."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.backprop import Parameters
from derive.backprop.network import Plan, run_forward, run_gradients
from derive.expression import Var
from derive.graph import Graph, build
from derive.read.messages import At
from derive.read.problems import problem
from derive.read.values import bias_names, input_names, target_names, weight_names
from derive.spec import Spec
from derive.vocabulary import ACTIVATIONS, LOSSES, bind, find
from derive.vocabulary.activations import above_0
from derive.vocabulary.losses import CLOSED, SIGNS

GRID = 2.0**-12  # all values are multiples of it: exact as doubles, and short as fractions
MARGIN = 2.0**-6  # how far a point stays from every kink
ALIVE = 2.0**-20  # the least that the largest derivative of a layer is
TRIES = 200
BRANCHING = ("softsign",)  # smooth, and yet written with branches
PROBABILITIES = ("softmax", "log-softmax")

Taken = Callable[..., NDArray[Any]]
LOSS_BRANCHES: dict[str, tuple[Taken, int]] = {
    "mean absolute error": (lambda t, out: np.sign(out - t), 2),
    "huber": (lambda t, out, delta: np.sign(out - t) * (np.abs(out - t) > delta), 3),
    "hinge": (lambda t, out: 1.0 - t * out > 0.0, 2),
    "squared hinge": (lambda t, out: 1.0 - t * out > 0.0, 2),
}
"""Which branch of a loss an output takes, of how many."""


class Case:
    """A network with so many samples, whatever they are.

    classes: whether targets are those of classes.  fixed: whether the learning rate is the spec's own.
    """

    def __init__(self, spec: Spec, samples: int, *, classes: bool = False, fixed: bool = False) -> None:
        self.spec = spec
        self.samples = samples
        row = find(LOSSES, spec.loss)[1]
        self.classes, self.fixed = classes, fixed
        last = find(ACTIVATIONS, spec.layers[-1].activation)[0]
        self.simplex = last in PROBABILITIES and row.classes
        self._range = row.targets
        self.problem = problem(spec, samples, classes=classes)

    @cached_property
    def graph(self) -> Graph:
        """The equations of the network over so many samples."""
        at = self.draw(np.random.RandomState(0), 0)
        zeros = ((Decimal(0),) * self.spec.sizes[0],) * self.samples
        targets = np.array(at.targets).reshape(self.samples, -1)
        rows = tuple(tuple(Decimal(x) for x in row) for row in targets.tolist())
        return build(self.spec.replace(inputs=zeros, targets=rows, classes=()))

    # ── Points ─────────────────────────────────────────────────────────────────────────────────────────────

    def given(self) -> At:
        """Return the point of the spec itself; it must have as many samples."""
        layers = range(1, len(self.spec.layers) + 1)
        arrays = self.spec.arrays
        return At(
            tuple(tuple(arrays[n - 1][0].ravel().tolist()) for n in layers),
            tuple(tuple(arrays[n - 1][1].ravel().tolist()) for n in layers),
            tuple(float(x) for row in self.spec.inputs for x in row),
            tuple(float(x) for row in self.spec.targets for x in row),
            float(self.spec.learning_rate),
            fixed=self.fixed,
        )

    def draw(self, random: np.random.RandomState, number: int) -> At:
        """Return a random point that keeps clear of kinks, and whose derivatives are not all small."""
        for attempt in range(TRIES):
            # Every other point lies farther out, where other branches are taken.
            reach = 0.5 if attempt > TRIES // 2 else 1.0 + number % 4
            at = self._drawn(random, reach)
            if self._clear(at, MARGIN / (1 + attempt // 20)):
                return at
        return at

    def _drawn(self, random: np.random.RandomState, far: float) -> At:
        sizes = self.spec.sizes
        weights, biases = [], []
        for layer in range(1, self.problem.layers + 1):
            reach = 2.0 * far / math.sqrt(sizes[layer - 1])
            weights.append(_grid(_away(random, self.problem.weight_shape(layer)) * reach))
            biases.append(_grid(_away(random, self.problem.bias_shape(layer)) * 0.5))
        inputs = _grid(_away(random, (self.samples, sizes[0])) * 1.5)
        return At(
            tuple(tuple(w.ravel().tolist()) for w in weights),
            tuple(tuple(b.ravel().tolist()) for b in biases),
            tuple(inputs.ravel().tolist()),
            tuple(self._targets(random).ravel().tolist()),
            float(self.spec.learning_rate) if self.fixed else round(random.uniform(0.25, 0.75) / GRID) * GRID,
            self.simplex and not self.classes,
            self.fixed,
        )

    def _targets(self, random: np.random.RandomState) -> NDArray[np.float64]:
        shape = self.samples, self.spec.sizes[-1]
        if self.classes:
            made = np.zeros(shape)
            drawn = random.randint(shape[1], size=shape[0])
            drawn[0] = shape[1] - 1  # programs count classes by the largest
            made[np.arange(shape[0]), drawn] = 1.0
            return made
        made = _grid(random.uniform(0.125, 0.875, size=shape))
        if self.simplex:
            made = _grid(made / made.sum(axis=1, keepdims=True))
            made[:, -1] = 1.0 - made[:, :-1].sum(axis=1)
            return made
        if self._range == SIGNS:
            return made * np.where(random.uniform(size=shape) < 0.5, 1.0, -1.0)
        return made if self._range == CLOSED else _grid(random.uniform(-1.0, 1.0, size=shape))

    def _clear(self, at: At, margin: float) -> bool:
        """Return whether every function with a kink is on one side of it all around `at`, and something reaches every
        layer on the way back."""
        here, inputs, targets = self.arrays(at)
        plan = Plan.of(self.spec, self.samples)
        state = run_forward(plan, here, inputs, targets)
        with np.errstate(all="ignore"):
            slopes = run_gradients(plan, here, state, targets)
        if not all(np.abs(g).max() > ALIVE for g in slopes.weights):
            return False
        for layer, net in zip(self.spec.layers, state.net, strict=True):
            sides = bind(ACTIVATIONS, layer.activation).sides
            if sides is not None and not _steady(sides, net, margin):
                return False
        name, _, constants = find(LOSSES, self.spec.loss)
        if name in LOSS_BRANCHES:
            taken, numbers = LOSS_BRANCHES[name][0], tuple(map(float, constants))
            out = state.out[-1]
            if (taken(targets, out - margin, *numbers) != taken(targets, out + margin, *numbers)).any():
                return False
        return bool(np.isfinite(state.total)) and all(abs(net).max() < 30.0 for net in state.net)

    def arrays(self, at: At) -> tuple[Parameters, NDArray[np.float64], NDArray[np.float64]]:
        """Return the point as the arrays of `derive.backprop`."""
        layers = range(1, self.problem.layers + 1)
        weights = tuple(np.array(at.weights[n - 1]).reshape(self.problem.weight_shape(n)) for n in layers)
        biases = tuple(np.array(at.biases[n - 1]) for n in layers)
        inputs = np.array(at.inputs).reshape(self.samples, -1)
        return Parameters(weights, biases), inputs, np.array(at.targets).reshape(self.samples, -1)

    def values(self, at: At) -> Mapping[Var, Fraction]:
        """Return the point by names, exactly."""
        made: dict[Var, Fraction] = {Var("eta"): Fraction(at.rate)}
        for layer in range(1, self.problem.layers + 1):
            made.update(zip(weight_names(self.problem, layer), map(Fraction, at.weights[layer - 1]), strict=True))
            if self.problem.bias[layer - 1] != "none":
                made.update(zip(bias_names(self.problem, layer), map(Fraction, at.biases[layer - 1]), strict=True))
        made.update(zip(input_names(self.problem), map(Fraction, at.inputs), strict=True))
        made.update(zip(target_names(self.problem), map(Fraction, at.targets), strict=True))
        return made

    def branches(self, at: At) -> list[tuple[NDArray[np.int64], int]]:
        """Return, for each layer with branches and for such a loss, which one each neuron takes, (N, n), as numbers;
        and how many there are."""
        here, inputs, targets = self.arrays(at)
        state = run_forward(Plan.of(self.spec, self.samples), here, inputs, targets)
        made = []
        for layer, net in zip(self.spec.layers, state.net, strict=True):
            name, row, _ = find(ACTIVATIONS, layer.activation)
            sides = row.sides if row.sides is not None else above_0 if name in BRANCHING else None
            if sides is not None:
                made.append((np.asarray(sides(net), dtype=np.int64), 3 if name == "hard tanh" else 2))
        name, _, constants = find(LOSSES, self.spec.loss)
        if name in LOSS_BRANCHES:
            taken, count = LOSS_BRANCHES[name]
            values = taken(targets, state.out[-1], *map(float, constants))
            made.append((np.asarray(values, dtype=np.int64), count))
        return made


def _away(random: np.random.RandomState, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return numbers between 1/8 and 1 of either sign."""
    return np.where(random.uniform(size=shape) < 0.5, 1.0, -1.0) * random.uniform(0.125, 1.0, size=shape)


def _grid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.round(values / GRID) * GRID)


def _steady(sides: object, net: NDArray[np.float64], margin: float) -> bool:
    assert callable(sides)
    return bool((sides(net - margin) == sides(net + margin)).all())
