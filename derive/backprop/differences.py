"""Derivatives by differences of the forward pass alone: they know nothing of backpropagation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from derive.backprop.network import Forward, Parameters, Plan, data, point, run_forward
from derive.errors import DeriveError, shown
from derive.spec import Spec
from derive.vocabulary import Array

ROUNDINGS = 8.0
"""The error of one total by rounding, in units of ε·total, that central differences allow for."""


class Place(NamedTuple):
    """One parameter: `kind` "w" or "b", `layer` from 1, `position` in its array, read row by row, from 0."""

    kind: Literal["w", "b"]
    layer: int
    position: int


class Difference(NamedTuple):
    """Central differences; each field has the shapes of `Parameters`.

    estimate: of ∂total/∂parameter; NaN where it was not asked for.
    error: what truncation and rounding may have done to the estimate: an estimate itself, no bound.
    kink: true where a function changes sides at a kink within the step, so that the estimate mixes two slopes.
    """

    estimate: Parameters
    error: Parameters
    kink: Parameters


def places(spec: Spec) -> list[Place]:
    """Return every parameter of the network: layer by layer, weights before biases."""
    every: list[Place] = []
    for layer, (weights, biases) in enumerate(spec.arrays, 1):
        every += [Place("w", layer, position) for position in range(weights.size)]
        every += [Place("b", layer, position) for position in range(biases.size)]
    return every


def complex_step(
    spec: Spec,
    parameters: Parameters | None = None,
    *,
    selection: Sequence[Place] | None = None,
    h: float = 1e-100,
) -> Parameters:
    """Return ∂total/∂parameter by Im total(p + ih) / h for each place of `selection`, NaN for the others.

    Nothing is subtracted, so h may be so small that its square vanishes: the result is as exact as the forward
    pass. Squire & Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40
    (1998). Past a ReLU it is the derivative of the side on which the real part lies.
    Raises DeriveError for a place that is not there, or parameters of other shapes than the spec's.
    """
    here = point(spec, parameters)
    result = _filled(here, np.nan)
    for place, value, total_at in _lines(spec, here, selection, np.complex128):
        _array(result, place).flat[place.position] = total_at(complex(value, h)).total.imag / h
    return result


def central_difference(
    spec: Spec,
    parameters: Parameters | None = None,
    *,
    selection: Sequence[Place] | None = None,
    h: float = 2.0**-11,
) -> Difference:
    """Return ∂total/∂parameter by central differences with steps h and 2h, in units of max(1, |parameter|).

    D(h) = (total(p + h) − total(p − h)) / 2h misses by O(h²); (4 D(h) − D(2h)) / 3 by O(h⁴), which the distance
    of the two estimates, O(h²), exceeds. Richardson, Phil. Trans. R. Soc. A 210 (1911). With h near ε^(1/5) the
    truncation and the rounding, ε·total/h, are about equal.
    Raises DeriveError for a place that is not there, or parameters of other shapes than the spec's.
    """
    here = point(spec, parameters)
    estimate, error, kink = _filled(here, np.nan), _filled(here, np.nan), _filled(here, False)
    plan, targets = Plan.of(spec), data(spec)[1]
    for place, value, at in _lines(spec, here, selection, np.float64):
        step = h * max(1.0, abs(value))
        points = [value + k * step for k in (-2, -1, 0, 1, 2)]
        states = [at(x) for x in points]
        totals = [float(state.total) for state in states]
        best, doubt = extrapolated(points, totals, step)
        _array(estimate, place).flat[place.position] = best
        _array(error, place).flat[place.position] = doubt
        crossed = _changes_sides(states, plan, targets) or _crosses_0(points, plan, place)
        _array(kink, place).flat[place.position] = crossed
    return Difference(estimate, error, kink)


def extrapolated(points: Sequence[float], totals: Sequence[float], step: float) -> tuple[float, float]:
    """Return the derivative from the totals at five points, x − 2h … x + 2h, and an estimate of its error.

    `step` is h. See `central_difference`.
    """
    # Divided by the distances that the doubles really have, not by those that were asked for.
    near = (totals[3] - totals[1]) / (points[3] - points[1])
    far = (totals[4] - totals[0]) / (points[4] - points[0])
    best = (4.0 * near - far) / 3.0
    rounding = ROUNDINGS * float(np.finfo(np.float64).eps) * max(map(abs, totals)) / step
    return best, abs(best - near) + rounding


def _changes_sides(states: Sequence[Forward], plan: Plan, targets: Array) -> bool:
    """Return whether a net input, or an output in the loss, lies on one side of a kink in some of `states` only.

    Each state holds the net inputs of the last layers only: those that the parameter reaches.
    """
    first = len(plan.activations) - len(states[0].net)

    def sides(state: Forward) -> list[Array]:
        nets = zip(plan.activations[first:], state.net, strict=True)
        made = [activation.sides(net) for activation, net in nets if activation.sides is not None]
        return made if plan.sides is None else [*made, plan.sides(targets, state.out[-1])]

    here = sides(states[0])
    return any(bool(np.any(a != b)) for state in states[1:] for a, b in zip(sides(state), here, strict=True))


def _crosses_0(points: Sequence[float], plan: Plan, place: Place) -> bool:
    """Return whether a parameter with a penalty on its size has both signs, or is 0, among `points`."""
    on = plan.penalty.l1 != 0.0 and (place.kind == "w" or plan.penalty.biases)
    return on and min(points) <= 0.0 <= max(points)


def smooth(spec: Spec) -> bool:
    """Return whether the error has no kinks: no ReLU, no absolute value."""
    return Plan.of(spec).smooth


def _lines(
    spec: Spec, here: Parameters, selection: Sequence[Place] | None, dtype: type[np.inexact[Any]]
) -> Iterator[tuple[Place, float, Callable[[complex], Forward]]]:
    """Yield each place, its value, and the function: another value there → forward pass from its layer upwards."""
    inputs, targets = data(spec)
    plan = Plan.of(spec)
    out = run_forward(plan, here, inputs, targets).out

    def line(place: Place) -> Callable[[complex], Forward]:
        below = place.layer - 1
        own = _array(here, place).astype(dtype)
        field = "weights" if place.kind == "w" else "biases"
        arrays = getattr(here, field)
        moved = here._replace(**{field: (*arrays[:below], own, *arrays[place.layer :])})

        def at(value: complex) -> Forward:
            own.flat[place.position] = value
            return run_forward(plan, moved, out[below], targets, first=below)

        return at

    for given in places(spec) if selection is None else selection:
        place = _checked(given, here)
        yield place, float(_array(here, place).flat[place.position]), line(place)


def _checked(given: Sequence[Any], here: Parameters) -> Place:
    place = Place(*given)
    if place.kind not in ("w", "b") or not 1 <= place.layer <= len(here.weights):
        raise DeriveError(
            f"no such parameter: {shown(tuple(place))}",
            allowed=f'("w" or "b", layer from 1 to {len(here.weights)}, position from 0)',
        )
    size = _array(here, place).size
    if not 0 <= place.position < size:
        raise DeriveError(
            f"no such parameter: {shown(tuple(place))}",
            allowed=f"a position from 0 to {size - 1}" if size else f"none: layer {place.layer} has no biases",
        )
    return place


def _array(of: Parameters, place: Place) -> NDArray[Any]:
    return (of.weights if place.kind == "w" else of.biases)[place.layer - 1]


def _filled(like: Parameters, value: float) -> Parameters:
    weights, biases = ([np.full(array.shape, value) for array in arrays] for arrays in like)
    return Parameters(tuple(weights), tuple(biases))
