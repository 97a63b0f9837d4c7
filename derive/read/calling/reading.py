"""Reads a gradient out of what a program returned, or left behind in its objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from msgspec import structs

from derive.read.calling.passing import Misfit, Still, assembled, to_array, unflat, value_for
from derive.read.foreign.assigning import bias_places, order_of, sort, weight_places
from derive.read.foreign.names import BY_ORDER, Kind, Name, any_name, has_role
from derive.read.foreign.plan import Place, Plan
from derive.read.foreign.walking import Leaf, Path, as_array, at, leaves, word_of, written
from derive.read.problem import Found, Point, Problem


def named(result: Any, names: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the parts of a result with their names, as the ``return`` has them; "" for what has none."""
    result = as_array(result)
    if isinstance(result, tuple) and not hasattr(result, "_fields") and len(names) == len(result):
        return list(zip(names, result, strict=True))
    return [(names[0] if len(names) == 1 else "", result)]


def returned_leaves(result: Any, names: Sequence[str], own: str) -> list[Leaf]:
    """Return all numbers in a result; the names in the ``return`` are the first steps of their paths."""
    found: list[Leaf] = []
    for place, (name, value) in enumerate(named(result, names)):
        start = f"['{name}']" if name else f"[{place}]" if len(names) > 1 else ""
        found += leaves(value, own, (start,) if start else ())
    return found


def gradient_returned(result: Any, names: Sequence[str], plan: Plan, problem: Problem, point: Point, own: str) -> Found:
    """Return the gradient in a result. Raises Misfit where there is none, or one of other shapes."""
    if result is None:
        raise Misfit(f"{plan.entry} returned None", hint="let it return the gradient by each parameter")
    found = returned_leaves(result, names, own)
    if not found:
        raise Misfit(f"{plan.entry} returned a {type(result).__name__} without numbers in it")
    for key, value in result.items() if isinstance(result, dict) else named(result, names):
        if isinstance(key, str) and any_name(key) and isinstance(value, str | bytes | bool):
            raise Misfit(f"the gradient {key} is a {type(value).__name__}, and no numbers")
    if any(place.kind == "all" for place in plan.places):
        return _flat(found, plan, problem, point)
    return gradient_in(found, plan, problem, point)


def _flat(found: list[Leaf], plan: Plan, problem: Problem, point: Point) -> Found:
    arrays = [leaf for leaf in found if leaf.shape]
    flagged = sort(arrays, gradient=True)
    if len(flagged.weights) == problem.layers and problem.layers > 1:
        return gradient_in(found, plan, problem, point)
    for leaf in (*flagged.others, *flagged.weights, *arrays):
        return unflat(leaf.value, plan, problem, point)._replace(loss=loss_in(found))
    raise Misfit(f"{plan.entry} returned no vector of numbers")


def gradient_in(found: Sequence[Leaf], plan: Plan, problem: Problem, point: Point, *, named: bool = False) -> Found:
    """Return the gradient among numbers that were found, by their names, or by their order. Raises Misfit.

    named: whether only what has the name of a gradient may be one: the parameters are among what was found.
    """
    for gradient in (True,) if named else (True, False):
        kinds = sort(found, gradient)
        if not kinds.weights and not kinds.biases:
            if places := _by_order(kinds.others, plan, problem):
                return _in_order(places, plan, problem, point)._replace(loss=loss_in(found))
            continue
        if not named and (some := some_by_name((*kinds.weights, *kinds.biases), plan, problem)):
            return assembled(some, plan, problem, point)._replace(loss=loss_in(found))
        weights = weight_places(kinds.weights, problem)
        if not weights and not gradient:
            continue
        if not weights:
            names = ", ".join(written(leaf.path) for leaf in kinds.weights[:6]) or "none"
            raise Misfit(
                f"gradients by weights of {problem.layers} layers were looked for, and what was found is: {names}"
            )
        biases = _some(kinds.biases, weights)
        if len(biases) != len(kinds.biases) or len(biases) == problem.layers:
            biases = bias_places(kinds.biases, problem)
        if not biases and len(kinds.biases) == problem.layers:  # of wrong shapes: say which
            biases = [Place(leaf.path, "biases", layer) for layer, leaf in enumerate(kinds.biases, 1)]
        biases = biases or _some(kinds.biases, weights)
        values = {leaf.path: leaf.value for leaf in found}
        pairs = [(place, _value(place, values)) for place in (*weights, *biases)]
        by_order = any(word_of(place.path[0]).startswith(BY_ORDER) for place in weights if place.path)
        made = (_in_order if by_order else assembled)(pairs, plan, problem, point)
        return made._replace(loss=loss_in(found))
    vectors = [leaf for leaf in found if len(leaf.shape) == 1]
    if len(vectors) == 1 and not named:
        try:
            return unflat(vectors[0].value, plan, problem, point)._replace(loss=loss_in(found))
        except Misfit:
            pass
    names = ", ".join(written(leaf.path) + str(leaf.shape) for leaf in found[:8])
    raise Misfit(f"what came back holds no gradient for each parameter: {names or 'nothing'}")


def some_by_name(found: Sequence[Leaf], plan: Plan, problem: Problem) -> list[tuple[Place, Any]]:
    """Return the gradients by some of the parameters, where their names say by which; [] where all are there, or not.

    Names say so that differ as those of the parameters do, or are numbered, the last layer's number among them.
    """
    known: dict[tuple[Kind, tuple[int, ...]], Place] = {}
    for place in plan.places:
        name = _last_name(place.path)
        if place.kind != "all" and name is not None and name.key:
            known.setdefault((name.kind, name.key), place)
    names = [_last_name(leaf.path) for leaf in found]
    if not known and any(name is not None and name.key == (problem.layers,) for name in names):
        kinds: tuple[Kind, Kind] = ("weights", "biases")
        known = {(kind, (n,)): Place((), kind, n) for kind in kinds for n in range(1, problem.layers + 1)}
    every = {(p.layer, p.neuron, p.source) for p in known.values() if p.kind == "weights"}
    result: list[tuple[Place, Any]] = []
    for leaf, name in zip(found, names, strict=True):
        there = known.get((name.kind, name.key)) if name is not None else None
        if there is None or (there.neuron >= 0 and leaf.shape):
            return []
        result.append((structs.replace(there, path=leaf.path, shape=leaf.shape), leaf.value))
    places = [(p.kind, p.layer, p.neuron, p.source) for p, _ in result]
    if len(set(places)) < len(places) or {place[1:] for place in places if place[0] == "weights"} == every:
        return []
    return result


def _last_name(path: Path) -> Name | None:
    """Return what the last step of a path says; None where it is no name of a parameter."""
    return any_name(word_of(path[-1])) if path else None


def _in_order(places: list[tuple[Place, Any]], plan: Plan, problem: Problem, point: Point) -> Found:
    """Return unnamed arrays in their order. Raises Misfit, which says so where they fit in the opposite order."""
    try:
        return assembled(places, plan, problem, point)
    except Misfit as misfit:
        if any(place.neuron >= 0 for place, _ in places):
            raise
        layers = problem.layers
        turned = [(structs.replace(place, layer=layers + 1 - place.layer), value) for place, value in places]
        try:
            assembled(turned, plan, problem, point)
        except Misfit:
            raise misfit from None
        hint = "return the gradients in the order of the layers, or name them: return {'W1': …, 'W2': …}"
        raise Misfit(misfit.what, hint=hint) from None


def _some(biases: Sequence[Leaf], weights: Sequence[Place]) -> list[Place]:
    """Return places for biases of some of the layers: each is named or numbered as the weights of its layer are."""
    layers = {order_of(place.path): place.layer for place in weights if place.neuron < 0}
    known = [(leaf, order_of(leaf.path)) for leaf in biases]
    places = [Place(leaf.path, "biases", layers[key], shape=leaf.shape) for leaf, key in known if key in layers]
    return places if len({place.layer for place in places}) == len(places) else []


def _value(place: Place, values: dict[Any, Any]) -> Any:
    if place.path in values:
        return values[place.path]
    return at(values[place.path[:-1]], place.path[-1:])  # an item of a list that is one leaf


def _by_order(found: list[Leaf], plan: Plan, problem: Problem) -> list[tuple[Place, Any]]:
    """Return unnamed arrays as gradients: W1, b1, W2, b2, … or all weights, then all biases, or these first."""
    layers = problem.layers
    arrays = [leaf for leaf in found if leaf.shape or len(found) == 2 * layers]
    numbers = range(1, layers + 1)
    if len(arrays) == layers:
        return [(Place((), "weights", layer), leaf.value) for layer, leaf in zip(numbers, arrays, strict=True)]
    if len(arrays) != 2 * layers:
        return []
    orders = ((arrays[::2], arrays[1::2]), (arrays[:layers], arrays[layers:]), (arrays[layers:], arrays[:layers]),
              (arrays[1::2], arrays[::2]))  # fmt: skip
    best = max(orders, key=lambda order: _fitting(order[0], order[1], problem))
    return [
        pair for layer, w, b in zip(numbers, *best, strict=True)
        for pair in ((Place((), "weights", layer), w.value), (Place((), "biases", layer), b.value))
    ]  # fmt: skip


def _fitting(weights: Sequence[Leaf], biases: Sequence[Leaf], problem: Problem) -> int:
    fits = 0
    for layer, (w, b) in enumerate(zip(weights, biases, strict=True), 1):
        n, m = problem.weight_shape(layer)
        fits += w.shape in ((n, m), (m, n)) or (w.shape == (m,) and n == 1)
        fits += b.shape in ((n,), (1, n), (n, 1), (1,), ())
    return fits


def gradient_left(held: dict[str, Any], plan: Plan, problem: Problem, point: Point, own: str) -> Found:
    """Return the gradient that a program left in attributes of its objects. Raises Misfit."""
    found = [leaf for name, value in held.items() for leaf in leaves(value, own, (f"['{name}']",))]
    kept = [leaf for leaf in found if not _old(leaf)]
    return gradient_in(kept, plan, problem, point, named=True)._replace(loss=None)


def _old(leaf: Leaf) -> bool:
    """Whether a leaf is one of a log of earlier values."""
    return any("history" in word_of(step).lower() or word_of(step).lower() == "log" for step in leaf.path)


def loss_in(found: Iterable[Leaf]) -> Any:
    """Return the loss among numbers that were returned: one number that is named so, or the only one without a name."""
    single = [leaf for leaf in found if all(n == 1 for n in leaf.shape)]
    for leaf in single:
        if any(has_role(word_of(step), "loss") for step in leaf.path):
            return as_one(leaf.value)
    unnamed = [leaf for leaf in single if leaf.shape == () and not any(map(word_of, leaf.path))]
    return unnamed[0].value if len(unnamed) == 1 else None


def as_one(value: Any) -> Any:
    """Return the number in `value`, a number or an array of one."""
    value = as_array(value)
    return value.flat[0] if isinstance(value, np.ndarray) and value.size == 1 else value


def changed_by(held: Any, plan: Plan, problem: Problem, point: Point, own: str) -> Found:
    """Return (old − new)/rate for every parameter, by its place. Raises Still where none has changed, Misfit."""
    rate = 1 if plan.rate == "none" else point.rate
    like = point.weights[0]
    groups: dict[tuple[str, int, bool], dict[tuple[int, int], tuple[Place, Any, bool]]] = {}
    for place in plan.places:
        old = value_for(place, plan, problem, point)
        new = at(held, place.path)
        if isinstance(old, list | np.ndarray):
            what = written(place.path[1:])
            old_array, new_array = to_array(old, like, what), to_array(new, like, what)
            try:
                difference = old_array - new_array
            except ValueError:
                raise Misfit(f"{what} has shape {new_array.shape} after the step, and had {old_array.shape}") from None
            same = difference.shape == old_array.shape and bool(np.all(old_array == new_array))
        else:
            new = as_one(new)
            difference, same = old - new, bool(np.all(old == new))
        group = groups.setdefault((place.kind, place.layer, place.neuron < 0), {})
        which = (place.neuron, place.source)
        if which not in group or not same:  # of several copies of a parameter, one that changed
            group[which] = (place, difference / rate, same)
    pairs = [(place, value) for group in groups.values() for place, value, _ in group.values()]
    found = assembled(pairs, plan, problem, point)
    if all(same for group in groups.values() for *_, same in group.values()):
        raise Still(plan.entry, found)
    return found


def new_parameters(result: Any, names: Sequence[str], plan: Plan, problem: Problem, point: Point, own: str) -> Found:
    """Return (old − new)/rate where a program returned the new parameters. Raises Misfit."""
    if result is None:
        raise Misfit(f"{plan.entry} returned None, and no new parameters")
    new = gradient_returned(result, names, plan, problem, point, own)
    weights = [None if n is None else (o - n) / point.rate for o, n in zip(point.weights, new.weights, strict=True)]
    biases = []
    for kind, old, value in zip(problem.bias, point.biases, new.biases, strict=True):
        biases.append(value if value is None or kind == "none" else (old - value) / point.rate)
    return Found(tuple(weights), tuple(biases), new.loss)
