"""Training as a spec describes it: batches, an optimiser, a schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from derive.backprop.batches import Batch, batches
from derive.backprop.network import Forward, Parameters, Plan, data, point, run_forward, run_gradients
from derive.errors import DeriveError, shown
from derive.spec import Spec
from derive.vocabulary import OPTIMISERS, SCHEDULES, Array, Watch, fix


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
    """Yield the state after 0 and after `steps` updates; or after each number of `at`, ascending.

    steps: spec.training.steps when left out. at: numbers from 0 to `steps`; the run ends at the largest.
    parameters: where to start; those of the spec when left out. They are not changed.

    An update follows the loss of the samples that `spec.training` lets it see, in one of its batches; all its
    gradients are taken at the same point. The same seed gives the same run, and a longer run begins as a shorter one.

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
    descent = Descent(spec, start, batches(spec))
    for stop in stops:
        descent.advance(to=stop)
        with np.errstate(over="ignore", invalid="ignore"):
            state = run_forward(whole, descent.here, inputs, targets)
        descent.check(float(state.total))
        here = Parameters(*(tuple(array.copy() for array in arrays) for arrays in descent.here))
        yield State(stop, here, state)


class Descent:
    """Updates `here`, one batch of `batches` an update."""

    def __init__(self, spec: Spec, start: Parameters, batches: Iterator[Batch]) -> None:
        self.here = Parameters(*(tuple(np.array(array, dtype=np.float64) for array in arrays) for arrays in start))
        self.done = 0
        self._spec = spec
        self._plans: dict[int, Plan] = {}
        self._batches = batches
        self._rates = Rates(spec)
        optimiser = spec.training.optimiser
        self._optimiser = fix(OPTIMISERS[optimiser.name], optimiser.constants.values())
        trained = [(layer.train_weights, layer.train_biases and layer.bias != "none") for layer in spec.layers]
        self._trained = tuple(zip(*trained, strict=True))
        # What the optimiser keeps, for every array in the order of `here`.
        self._states = [[self._optimiser.start(array) for array in arrays] for arrays in self.here]

    def advance(self, to: int) -> None:
        """Update until `to` updates are done. Raises DeriveError when the loss is no longer finite."""
        # A run that diverges overflows on its way; the error tells of it once.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            while self.done < to:
                self._update(*next(self._batches))
                self.done += 1

    def _update(self, inputs: Array, targets: Array) -> None:
        plan = self._plans.get(len(inputs))
        if plan is None:
            plan = self._plans[len(inputs)] = Plan.of(self._spec, samples=len(inputs))
        state = run_forward(plan, self.here, inputs, targets)
        loss = float(state.total)
        self.check(loss)
        # All derivatives are taken at one point, before the first weight changes.
        found = run_gradients(plan, self.here, state, targets)
        t = self.done + 1
        eta = self._rates.of(t)
        changed = []
        for arrays, slopes, trained, states in zip(self.here, found, self._trained, self._states, strict=False):
            made = list(arrays)
            for place, (w, g) in enumerate(zip(arrays, slopes, strict=True)):
                if trained[place]:
                    made[place], states[place] = self._optimiser.update(w, g, states[place], t, eta)
            changed.append(tuple(made))
        self.here = Parameters(*changed)
        self._rates.saw(loss)

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
            hint=f"a smaller learning_rate, such as {float(self._spec.learning_rate) / 10:g}",
        )  # fmt: skip


class Rates:
    """The learning rate of one update after another."""

    def __init__(self, spec: Spec) -> None:
        schedule = spec.training.schedule
        self._eta = float(spec.learning_rate)
        self._schedule = fix(SCHEDULES[schedule.name], schedule.constants.values())
        self._seen = Watch(self._eta)

    def of(self, t: int) -> float:
        """Return the rate of update t."""
        return self._seen.rate if self._schedule.watch else self._schedule.rate(t, self._eta)

    def saw(self, loss: float) -> None:
        """Take note of the loss of an update, of the samples that it saw, before it."""
        if self._schedule.watch:
            self._seen = self._schedule.watch(self._seen, loss)
