"""Derivatives by what lies between the inputs and the error: net inputs, outputs, and the inputs themselves."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from derive.backprop.differences import extrapolated
from derive.backprop.network import Forward, Plan, data, parameters, run_backward, run_forward
from derive.spec import Spec
from derive.vocabulary import ACTIVATIONS, LOSSES, Array, bind


class Slopes(NamedTuple):
    """∂total/∂net of each layer 1 … L at index l − 1, and ∂total/∂out of each layer 0 … L at index l; all (N, n_l)."""

    net: tuple[Array, ...]
    out: tuple[Array, ...]


class Slope(NamedTuple):
    """A derivative by differences; see `differences.Difference`. error and kink are 0 and False for a complex step."""

    estimate: float
    error: float
    kink: bool


def slopes(spec: Spec) -> Slopes:
    """Return the derivatives of the total error by every net input and output, by backpropagation."""
    inputs, targets = data(spec)
    plan, here = Plan.of(spec), parameters(spec)
    state = run_forward(plan, here, inputs, targets)
    deltas = run_backward(plan, here, state, targets)
    with np.errstate(divide="ignore", invalid="ignore"):  # an output that has underflowed to 0 has no slope of its own
        last = plan.scale * bind(LOSSES, spec.loss).slope(targets, state.out[-1])
    return Slopes(
        tuple(deltas), (*(np.asarray(delta @ w) for delta, w in zip(deltas, here.weights, strict=True)), last)
    )


def slope(spec: Spec, kind: Literal["net", "out"], layer: int, sample: int, neuron: int, h: float = 2.0**-11) -> Slope:
    """Return ∂total by one net input or output (samples and neurons count from 0) by differences of the forward pass.

    A complex step; where there are kinks, central differences with steps h and 2h as in `central_difference`.
    """
    line = _Line(spec, kind, layer, sample, neuron)
    if line.plan.smooth:
        return Slope(complex(line.at(complex(line.value, 1e-100)).total).imag / 1e-100, 0.0, False)
    step = h * max(1.0, abs(line.value))
    points = [line.value + k * step for k in (-2, -1, 0, 1, 2)]
    states = [line.at(point) for point in points]
    totals = [float(state.total) for state in states]
    best, error = extrapolated(points, totals, step)
    first = line.sides(states[0])
    kink = any(not np.array_equal(a, b) for state in states for a, b in zip(line.sides(state), first, strict=True))
    return Slope(best, error, kink)


class _Line:
    """The forward pass as a function of one net input or output, all before it held fixed."""

    def __init__(self, spec: Spec, kind: str, layer: int, sample: int, neuron: int) -> None:
        self.plan = Plan.of(spec)
        self._here = parameters(spec)
        self._inputs, self._targets = data(spec)
        self._state = run_forward(self.plan, self._here, self._inputs, self._targets)
        self._kind, self._layer, self._place = kind, layer, (sample, neuron)
        self._loss = bind(LOSSES, spec.loss)
        self._activation = bind(ACTIVATIONS, spec.layers[layer - 1].activation) if layer else None
        self._from = self._state.net[layer - 1] if kind == "net" else self._state.out[layer]
        self.value = float(self._from[self._place])

    def at(self, value: complex) -> Forward:
        """Return the rest of the forward pass with another value."""
        moved = self._from.astype(np.complex128 if isinstance(value, complex) else np.float64)
        moved[self._place] = value
        net: tuple[Array, ...] = ()
        if self._kind == "net" and self._activation is not None:
            net, moved = (moved,), self._activation.value(moved)
        if self._layer < len(self.plan.activations):
            rest = run_forward(self.plan, self._here, moved, self._targets, first=self._layer)
            return rest._replace(net=(*net, *rest.net))
        fused = self.plan.loss.terms
        terms = fused(self._targets, net[0], moved) if net else self._loss.terms(self._targets, moved)
        return Forward(net, (moved,), terms, self.plan.scale * terms.sum() + self._state.penalty)

    def sides(self, state: Forward) -> list[Array]:
        """Return on which sides of the kinks a pass lies."""
        rows = self.plan.activations[len(self.plan.activations) - len(state.net) :]
        made: list[Any] = [row.sides(net) for row, net in zip(rows, state.net, strict=True) if row.sides is not None]
        return made if self._loss.sides is None else [*made, self._loss.sides(self._targets, state.out[-1])]
