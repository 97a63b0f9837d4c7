"""Puts a network's values into the form that a program wants, and back: transposes, slices and joins, no arithmetic.

Elements are passed on as they are, whatever they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from msgspec import structs

from derive.errors import DeriveError
from derive.read.foreign.plan import Place, Plan
from derive.read.foreign.walking import as_array
from derive.read.problem import Found, Point, Problem, Values


class Misfit(DeriveError):
    """What came back cannot be a gradient; says why."""


class Still(Misfit):
    """A step that changed nothing. found: the zeros that this is if the gradient is 0 here."""

    def __init__(self, entry: str, found: Found) -> None:
        super().__init__(f"{entry} changed no weight", hint="name another function: the one that updates the weights")
        self.found = found


def zero(point: Point) -> Any:
    """Return 0 as the elements of `point` have it."""
    one = point.weights[0].flat[0]
    return one - one


def array_from(items: Any, like: Values) -> Values:
    """Return elements, in lists of lists, as an array of the kind that `like` is."""
    try:
        return np.array(items, dtype=like.dtype).view(type(like))
    except (TypeError, ValueError) as error:
        raise Misfit(f"what came back are no numbers: {error}") from None


def joined(arrays: Sequence[Values], axis: int = 0) -> Values:
    """Return arrays joined, as a subclass when they are of one."""
    return np.concatenate(arrays, axis=axis).view(type(arrays[0]))


def spread(point: Point, problem: Problem, layer: int) -> Values:
    """Return a bias for each neuron of a layer, (n,): repeated where it is shared, 0 where there is none."""
    size, bias = problem.sizes[layer], point.biases[layer - 1]
    if len(bias) == size:
        return bias.copy()
    value = bias[0] if len(bias) else zero(point)
    return array_from([value] * size, point.weights[0])


def _folded(place: Place, plan: Plan, problem: Problem) -> bool:
    """Whether the biases of a place's layer are among its weights: as far as the shape of the place says."""
    if plan.biases not in ("first weight", "last weight") or place.shape is None:
        return plan.biases in ("first weight", "last weight")
    n, m = problem.weight_shape(place.layer)
    return int(np.prod(place.shape)) != (m if place.neuron >= 0 else n * m)


def _weights(place: Place, plan: Plan, problem: Problem, point: Point) -> Any:
    w = point.weights[place.layer - 1]
    if place.source >= 0:
        j, k = _which(place, plan, problem)
        return w[j, k]
    if _folded(place, plan, problem):
        bias = spread(point, problem, place.layer).reshape(-1, 1)
        w = joined((bias, w) if plan.biases == "first weight" else (w, bias), axis=1)
    if place.neuron >= 0:
        return w[place.neuron].copy()
    return (w if plan.layout == "rows are neurons" else w.T).copy()


def _which(place: Place, plan: Plan, problem: Problem) -> tuple[int, int]:
    """Return the neuron and the source of one weight: numbered by rows, or by columns."""
    if plan.layout == "rows are neurons":
        return place.neuron, place.source
    n, m = problem.weight_shape(place.layer)
    number = place.neuron * m + place.source
    return number % n, number // n


def _biases(place: Place, plan: Plan, problem: Problem, point: Point) -> Any:
    if place.neuron >= 0:
        return spread(point, problem, place.layer)[place.neuron]
    bias = point.biases[place.layer - 1]
    if len(bias) == 0 or plan.shared == "each neuron":
        bias = spread(point, problem, place.layer)
    if place.shape is None:
        match plan.biases:
            case "rows":
                return bias.reshape(1, -1).copy()
            case "columns":
                return bias.reshape(-1, 1).copy()
            case "one number":
                return bias[0]
    return bias.copy()


def value_for(place: Place, plan: Plan, problem: Problem, point: Point) -> Any:
    """Return what goes to `place`, copied."""
    if place.kind == "all":
        value: Any = flat(plan, problem, point)
    else:
        value = (_weights if place.kind == "weights" else _biases)(place, plan, problem, point)
    if place.shape is not None and isinstance(value, np.ndarray):
        if place.shape == () and value.size == 1:
            return value.flat[0]
        if value.shape != place.shape and value.size == int(np.prod(place.shape)):
            value = value.reshape(place.shape)
    return value.tolist() if isinstance(value, np.ndarray) and (place.lists or plan.lists) else value


def flat(plan: Plan, problem: Problem, point: Point) -> Values:
    """Return all parameters in one vector, in the plan's order."""
    return joined([values.reshape(-1) for values in _pieces(plan, problem, point)])


def _pieces(plan: Plan, problem: Problem, point: Point) -> list[Values]:
    w = [w if plan.layout == "rows are neurons" else w.T for w in point.weights]
    if plan.biases in ("first weight", "last weight"):
        return [_weights(Place((), "weights", n), plan, problem, point) for n in range(1, problem.layers + 1)]
    b = [
        spread(point, problem, layer) if plan.shared == "each neuron" else b for layer, b in enumerate(point.biases, 1)
    ]
    if plan.order == "all weights, then all biases":
        return [*w, *b]
    pairs = zip(b, w, strict=True) if plan.order == "biases and weights by layer" else zip(w, b, strict=True)
    return [part for pair in pairs for part in pair]


# ── Back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def to_array(value: Any, like: Values, what: str) -> Values:
    """Return what a program gave for one parameter as an array. Raises Misfit where it is none of numbers."""
    value = as_array(value)
    if value is None:
        raise Misfit(f"{what} is None")
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiuO" and value.dtype.kind != "c":
            raise Misfit(f"{what} is an array of {value.dtype}, and no numbers")
        return value
    if isinstance(value, str | bytes | bool | dict | set) or callable(value):
        raise Misfit(f"{what} is a {type(value).__name__}, and no numbers")
    return array_from(value, like)


def weights_back(value: Any, place: Place, plan: Plan, problem: Problem, point: Point, what: str) -> tuple[Values, Any]:
    """Return the weights' part of what was found for a layer, (n_l, n_{layer−1}), and that of the biases folded in."""
    array = to_array(value, point.weights[0], what)
    n, m = problem.weight_shape(place.layer)
    folded = _folded(place, plan, problem)
    wide = m + folded
    wanted = (n, wide) if plan.layout == "rows are neurons" else (wide, n)
    if array.shape != wanted:
        if array.size == n * wide and (1 in wanted or array.ndim != 2) and _loose(array.shape, wanted):
            array = array.reshape(wanted)
        else:
            raise Misfit(
                f"{what} has shape {array.shape}, and the weights that it is for {wanted}", hint=_hint(array, wanted)
            )
    if plan.layout != "rows are neurons":
        array = array.T
    if not folded:
        return array, None
    return (array[:, 1:], array[:, 0]) if plan.biases == "first weight" else (array[:, :-1], array[:, -1])


def _loose(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether shapes are the same but for 1s."""
    return [n for n in shape if n != 1] == [n for n in wanted if n != 1]


def _hint(array: Values, wanted: tuple[int, ...]) -> str:
    return "transpose it" if array.T.shape == wanted else ""


def biases_back(value: Any, layer: int, plan: Plan, problem: Problem, point: Point, what: str) -> Values | None:
    """Return what was found for the biases of a layer in the shape of the network's."""
    kind, size = problem.bias[layer - 1], problem.sizes[layer]
    if kind == "none":
        return point.biases[layer - 1]
    array = to_array(value, point.weights[0], what)
    if array.size == 1 and (kind == "shared" or size == 1):
        return array.reshape(1)
    if array.size == 1:  # one number for all neurons: what an update would make of it
        return array_from([array.flat[0]] * size, point.weights[0])
    if array.size == size and max(array.shape) == size and array.ndim <= 2:
        array = array.reshape(size)
        if kind == "per neuron":
            return array
        if plan.shared == "each neuron":
            return array_from([reduce(add, list(array))], point.weights[0])
    wanted = problem.bias_shape(layer)
    hint = ""
    if array.ndim == 2 and array.shape in ((problem.samples, size), (size, problem.samples)):
        hint = "add the rows of all samples up"
    raise Misfit(f"{what} has shape {array.shape}, and the biases that it is for {wanted}", hint=hint)


def unflat(value: Any, plan: Plan, problem: Problem, point: Point) -> Found:
    """Return a flat vector as a gradient."""
    array = to_array(value, point.weights[0], "the gradient").reshape(-1)
    pieces = _pieces(plan, problem, point)
    wanted = sum(piece.size for piece in pieces)
    weights = sum(w.size for w in point.weights)
    if array.size == weights != wanted and all(place.kind != "all" for place in plan.places):
        ends = np.cumsum([w.size for w in point.weights])[:-1]
        shapes = [w.shape if plan.layout == "rows are neurons" else w.T.shape for w in point.weights]
        cut = [part.reshape(shape) for part, shape in zip(np.split(array, ends), shapes, strict=True)]
        there = [(Place((), "weights", layer), part) for layer, part in enumerate(cut, 1)]
        return assembled(there, structs.replace(plan, biases="none"), problem, point)
    if array.size != wanted:
        raise Misfit(f"the gradient has {array.size} numbers, and there are {wanted} parameters")
    parts: list[Values] = []
    start = 0
    for piece in pieces:
        parts.append(array[start : start + piece.size].reshape(piece.shape))
        start += piece.size
    layers = problem.layers
    if plan.biases in ("first weight", "last weight"):
        places = [Place((), "weights", n) for n in range(1, layers + 1)]
        return assembled(zip(places, parts, strict=True), plan, problem, point)
    if plan.order == "all weights, then all biases":
        w, b = parts[:layers], parts[layers:]
    elif plan.order == "weights and biases by layer":
        w, b = parts[::2], parts[1::2]
    else:
        b, w = parts[::2], parts[1::2]
    if plan.layout != "rows are neurons":
        w = [part.T for part in w]
    biases = [
        biases_back(part, layer, plan, problem, point, f"the gradient by b{layer}") for layer, part in enumerate(b, 1)
    ]
    return Found(tuple(w), tuple(biases))


def assembled(found: Iterable[tuple[Place, Any]], plan: Plan, problem: Problem, point: Point) -> Found:
    """Return values at places as a gradient in the network's own layout. Raises Misfit where they do not fit.

    A value None says that the program does not show this one.
    """
    layers = problem.layers
    weights: list[Values | None] = [None] * layers
    biases: list[Values | None] = [
        b if kind == "none" else None for kind, b in zip(problem.bias, point.biases, strict=True)
    ]  # fmt: skip
    parts: dict[tuple[str, int], dict[tuple[int, int], Any]] = {}
    for place, value in found:
        layer = place.layer
        if place.kind == "all":
            return unflat(value, plan, problem, point)
        what = f"the gradient by {'W' if place.kind == 'weights' else 'b'}{layer}"
        if value is None:
            continue
        if place.neuron >= 0:
            where = (place.neuron, -1) if place.source < 0 else _which(place, plan, problem)
            if place.kind == "biases":
                where = (place.neuron, -1)
            parts.setdefault((place.kind, layer), {})[where] = value
        elif place.kind == "weights":
            weights[layer - 1], folded = weights_back(value, place, plan, problem, point, what)
            if folded is not None:
                biases[layer - 1] = biases_back(folded, layer, plan, problem, point, what)
        else:
            biases[layer - 1] = biases_back(value, layer, plan, problem, point, what)
    for (kind, layer), items in parts.items():
        n, m = problem.weight_shape(layer)
        what = f"the gradient by {'W' if kind == 'weights' else 'b'}{layer}"
        if kind == "biases":
            if len(items) == n:
                biases[layer - 1] = biases_back([items[j, -1] for j in range(n)], layer, plan, problem, point, what)
        elif (0, -1) in items:
            widths = {len(row) for row in items.values()}
            if len(items) < n or widths not in ({m}, {m + 1}):
                raise Misfit(f"{what} is not there for every weight")
            rows = array_from([list(items[j, -1]) for j in range(n)], point.weights[0])
            joint = Place((), "weights", layer, shape=rows.shape)
            weights[layer - 1], folded = weights_back(rows, joint, plan, problem, point, what)
            if folded is not None:
                biases[layer - 1] = biases_back(folded, layer, plan, problem, point, what)
        elif len(items) == n * m:
            weights[layer - 1] = array_from([[items[j, k] for k in range(m)] for j in range(n)], point.weights[0])
    return Found(tuple(weights), tuple(biases))
