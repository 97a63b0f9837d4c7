"""Gradient descent as a spec describes it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

import numpy as np

from derive.backprop.network import (
    Forward,
    Parameters,
    Plan,
    bias_gradient,
    data,
    point,
    run_backward,
    run_forward,
    weight_gradient,
)
from derive.errors import DeriveError, shown
from derive.spec import Spec
from derive.vocabulary import Array

DRAWS_STREAM = 1
DRAWS_BLOCK = 1024


class State(NamedTuple):
    """Where a training run stands after `step` updates: the parameters, and the forward pass on all samples."""

    step: int
    parameters: Parameters
    forward: Forward

    @property
    def total(self) -> float:
        """The error over all samples."""
        return float(self.forward.total)


def train(
    spec: Spec,
    steps: int | None = None,
    *,
    at: Iterable[int] | None = None,
    parameters: Parameters | None = None,
) -> Iterator[State]:
    """Yield the state after 0 and after `steps` updates w ← w − η ∂total/∂w; or after each number of `at`, ascending.

    steps: spec.training.steps when left out. at: numbers from 0 to `steps`; the run ends at the largest.
    parameters: where to start; those of the spec when left out. They are not changed.

    All gradients of an update are taken at the same point. With samples = "one drawn", an update follows the
    loss of one sample alone, drawn with the spec's seed: the same seed gives the same run, and a longer run
    begins as a shorter one. Robbins & Monro, Annals of Mathematical Statistics 22 (1951).

    Raises DeriveError for a number out of range; and, while it runs, when the loss is no longer finite.
    """
    steps = spec.training.steps if steps is None else steps
    if steps < 0:
        raise DeriveError(f"{steps} is no number of steps", where="steps", allowed="a whole number from 0")
    stops = sorted({0, steps} if at is None else set(at))
    for stop in stops:
        if not 0 <= stop <= steps:
            raise DeriveError(f"there is no step {shown(stop)}", where="at", allowed=f"numbers from 0 to {steps}")
    return _run(spec, stops, point(spec, parameters))


def _run(spec: Spec, stops: list[int], start: Parameters) -> Iterator[State]:
    inputs, targets = data(spec)
    whole = Plan.of(spec)
    here = Parameters(*(tuple(np.array(array, dtype=np.float64) for array in arrays) for arrays in start))
    if spec.training.samples == "one drawn":
        descent = Descent(spec, Plan.of(spec, samples=1), here, drawn(inputs, targets, spec.seed))
    else:
        descent = Descent(spec, whole, here, repeat((inputs, targets)))
    for stop in stops:
        descent.advance(to=stop)
        with np.errstate(over="ignore", invalid="ignore"):
            state = run_forward(whole, here, inputs, targets)
        descent.check(float(state.total))
        yield State(stop, Parameters(*(tuple(array.copy() for array in arrays) for arrays in here)), state)


def drawn(inputs: Array, targets: Array, seed: int) -> Iterator[tuple[Array, Array]]:
    """Yield one sample after another, (1, n_0) and (1, n_L), each drawn with equal chance, for ever."""
    rows = [(inputs[s : s + 1], targets[s : s + 1]) for s in range(len(inputs))]
    # A stream apart from that of the weights; RandomState's is frozen (NumPy NEP 19). In blocks of one size, so
    # that the draws do not depend on how many are wanted.
    random = np.random.RandomState([seed, DRAWS_STREAM])
    while True:
        for row in random.randint(len(rows), size=DRAWS_BLOCK, dtype=np.int64).tolist():
            yield rows[row]


class Descent:
    """Updates `here` in place, one batch of `batches` an update."""

    def __init__(self, spec: Spec, plan: Plan, here: Parameters, batches: Iterator[tuple[Array, Array]]) -> None:
        self.done = 0
        self._plan = plan
        self._here = here
        self._batches = batches
        self._rate = float(spec.learning_rate)
        self._trained = [(layer.train_weights, layer.train_biases and layer.bias != "none") for layer in spec.layers]

    def advance(self, to: int) -> None:
        """Update until `to` updates are done. Raises DeriveError when the loss is no longer finite."""
        # A run that diverges overflows on its way; the error tells of it once.
        with np.errstate(over="ignore", invalid="ignore"):
            while self.done < to:
                self._update(*next(self._batches))
                self.done += 1

    def _update(self, inputs: Array, targets: Array) -> None:
        state = run_forward(self._plan, self._here, inputs, targets)
        self.check(float(state.total))
        # Every δ is known before the first weight changes: all derivatives are taken at one point.
        deltas = run_backward(self._plan, self._here, state, targets)
        for (train_w, train_b), delta, below, w, b in zip(self._trained, deltas, state.out, *self._here, strict=False):
            if train_w:
                w -= self._rate * weight_gradient(delta, below)
            if train_b:
                b -= self._rate * bias_gradient(delta, b)

    def check(self, total: float) -> None:
        """Raise DeriveError unless `total` is finite."""
        if math.isfinite(total):
            return
        if self.done == 0:
            raise DeriveError(
                f"the loss is {total} before the first update", where="weights",
                hint="smaller weights, inputs or targets",
            )  # fmt: skip
        raise DeriveError(
            f"the loss is {total} after {self.done:,} update{'s' if self.done > 1 else ''}: training diverges",
            where="learning_rate", allowed="a rate at which the loss stays finite",
            hint=f"a smaller learning_rate, such as {self._rate / 10:g}",
        )  # fmt: skip
