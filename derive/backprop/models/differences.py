"""Derivatives of a model by differences of its forward pass alone: they know nothing of reverse mode."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from derive.backprop.differences import extrapolated
from derive.backprop.models.run import Nudge, State, run
from derive.backprop.models.tree import sides
from derive.errors import DeriveError
from derive.spec import Model
from derive.vocabulary import Array

SHORTENED = 8
"""How often a step is tried that ends where log or sqrt has no value, each a sixteenth of the one before."""


class ModelDifference(NamedTuple):
    """Central differences; each field has an array for each name, in the quantity's shape.

    estimate: of ∂loss/∂quantity; NaN where a function ends too near for any step.
    error: what truncation and rounding may have done to the estimate: an estimate itself, no bound.
    kink: true where a function changes sides at a kink within the step, so that the estimate mixes two slopes.
    """

    estimate: dict[str, Array]
    error: dict[str, Array]
    kink: dict[str, Array]


def smooth(model: Model) -> bool:
    """Return whether no equation has a kink: no abs, no max, no ReLU."""
    return not any(sides(done) for done in run(model).done.values())


def complex_step(model: Model, names: Sequence[str] | None = None, *, h: float = 1e-100) -> dict[str, Array]:
    """Return ∂loss/∂q for each quantity q of `names`, the parameters when left out, by Im loss(q + ih) / h.

    Nothing is subtracted, so h may be so small that its square vanishes: the result is as exact as the forward
    pass. Squire & Trapp, SIAM Review 40 (1998). Past a kink it is the derivative of the side on which the real part
    lies. Raises DeriveError for a name that is not the model's.
    """
    run(model)  # where a function ends, complex numbers would go on
    found = {}
    for name in model.parameters if names is None else names:
        model.var(name)
        found[name] = np.zeros(model.shapes[name])
        for place in np.ndindex(model.shapes[name]):
            loss = run(model, nudge=Nudge(name, place, complex(0.0, h))).quantities[model.loss]
            found[name][place] = loss.imag / h
    return found


def central_difference(model: Model, names: Sequence[str] | None = None, *, h: float = 2.0**-11) -> ModelDifference:
    """Return ∂loss/∂q for each quantity q of `names`, the parameters when left out, by central differences.

    Steps h and 2h, in units of max(1, |q|), and their extrapolation: Richardson, Phil. Trans. R. Soc. A 210 (1911);
    see `derive.backprop.central_difference`. Raises DeriveError for a name that is not the model's.
    """
    here = run(model).quantities
    made = ModelDifference({}, {}, {})
    for name in model.parameters if names is None else names:
        model.var(name)
        shape = model.shapes[name]
        made.estimate[name], made.error[name] = np.zeros(shape), np.zeros(shape)
        made.kink[name] = np.zeros(shape, dtype=bool)
        for place in np.ndindex(shape):
            step, states = _around(model, name, place, h * max(1.0, abs(float(here[name][place]))))
            if not states:
                made.estimate[name][place], made.error[name][place] = math.nan, math.inf
                continue
            points = [float(state.quantities[name][place]) for state in states]
            losses = [float(state.quantities[model.loss]) for state in states]
            made.estimate[name][place], made.error[name][place] = extrapolated(points, losses, step)
            made.kink[name][place] = _changes_sides(states)
    return made


def _around(model: Model, name: str, place: tuple[int, ...], step: float) -> tuple[float, list[State]]:
    """Return a step, `step` or less, within whose reach every function has a value, and the model at −2 … 2 of it."""
    for _ in range(SHORTENED):
        with suppress(DeriveError):
            return step, [run(model, nudge=Nudge(name, place, k * step)) for k in (-2, -1, 0, 1, 2)]
        step /= 16.0
    return step, []


def _changes_sides(states: Sequence[State]) -> bool:
    first, *others = ([side for done in state.done.values() for side in sides(done)] for state in states)
    return any(bool(np.any(a != b)) for other in others for a, b in zip(first, other, strict=True))
