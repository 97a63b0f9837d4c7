"""Says which of the numbers in a foreign object are which parameters: by their names, their order and their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from msgspec import structs

from derive.read.foreign.names import GRADIENT_WORDS, PLACES, Kind, any_name, plain
from derive.read.foreign.plan import Biases, Layout, Place
from derive.read.foreign.walking import Leaf, Path, key_of, word_of
from derive.read.problem import Problem

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


class Sorted(NamedTuple):
    """Leaves that are weights and leaves that are biases, each in the order of layers, and others."""

    weights: list[Leaf]
    biases: list[Leaf]
    others: list[Leaf]


class Assignment(NamedTuple):
    """places: for every parameter that was found.  layouts: which fit the shapes.  biases: how these lie.

    each: whether a bias that a layer shares is there once for each neuron.
    """

    places: tuple[Place, ...]
    layouts: tuple[Layout, ...]
    biases: Biases
    each: bool = False


@lru_cache(maxsize=8192)
def kind_of(path: Path) -> tuple[Kind | None, bool]:
    """Return what a path's names say: weights or biases, and whether a gradient."""
    kind: Kind | None = None
    gradient = False
    for step in reversed(path):
        word = word_of(step)
        if not word:
            continue
        if plain(word) in GRADIENT_WORDS or "grad" in word.lower() or "nabla" in word.lower():
            gradient = True
        found = any_name(word)
        if found:
            kind = kind or found.kind
            gradient = gradient or found.gradient
    return kind, gradient


@lru_cache(maxsize=8192)
def order_of(path: Path) -> tuple[int, ...]:
    """Return a key by which paths of one kind are sorted into the order of layers, neurons, weights."""
    key: list[int] = []
    for step in path:
        if not step.startswith(".") and isinstance(key_of(step), int):
            key.append(key_of(step))
        elif word := word_of(step):
            name = any_name(word)
            key += name.key if name else _places(word)
    return tuple(key)


def _places(word: str) -> list[int]:
    found = [
        int(part) if part.isdigit() else PLACES[part.lower()]
        for part in _WORD.findall(word)
        if part.isdigit() or part.lower() in PLACES
    ]
    if len(found) > 1 and not any(map(str.isdigit, word)):
        return [max(found)]
    return found[:1] if word.lower().startswith("layer") and len(found) > 1 else found


def sort(found: Iterable[Leaf], gradient: bool) -> Sorted:
    """Sort leaves by kind. gradient: whether gradients are wanted, or what is no gradient."""
    result = Sorted([], [], [])
    for leaf in found:
        kind, is_gradient = kind_of(leaf.path)
        if is_gradient != gradient:
            continue
        {"weights": result.weights, "biases": result.biases, None: result.others}[kind].append(leaf)
    result.weights.sort(key=lambda leaf: order_of(leaf.path))
    result.biases.sort(key=lambda leaf: order_of(leaf.path))
    return result


def expanded(found: Sequence[Leaf]) -> list[Leaf]:
    """Return the items of leaves that have items."""
    result = []
    for leaf in found:
        if leaf.shape:
            result += [Leaf((*leaf.path, f"[{k}]"), leaf.value[k], leaf.shape[1:]) for k in range(leaf.shape[0])]
        else:
            result.append(leaf)
    return result


def _signature(leaf: Leaf) -> tuple[int, str]:
    words = [word_of(step) for step in leaf.path]
    return len(leaf.path), next((w for w in reversed(words) if w and any_name(w)), "").rstrip("0123456789")


def _groups(found: list[Leaf]) -> list[list[Leaf]]:
    """Return all leaves together, then those of each form of path: a layer's bias and its neurons' biases are two."""
    ordered = sorted(found, key=_signature)
    parts = [list(part) for _, part in groupby(ordered, key=_signature)]
    for part in parts:
        part.sort(key=lambda leaf: order_of(leaf.path))
    by_length = [list(part) for _, part in groupby(sorted(found, key=lambda x: len(x.path)), key=lambda x: len(x.path))]
    return [found, *by_length, *parts]


def weight_places(found: list[Leaf], problem: Problem) -> list[Place]:
    """Return a place for all weights; [] when their number fits no way of holding them."""
    sizes, layers = problem.sizes, problem.layers
    neurons = [(layer, j) for layer in range(1, layers + 1) for j in range(sizes[layer])]
    weights = [(layer, j, k) for layer, j in neurons for k in range(sizes[layer - 1])]
    for group in (*_groups(found), *([expanded(found)] if len(found) == 1 else [])):
        count = len(group)
        if count == layers and all(
            leaf.shape or sizes[layer] * sizes[layer - 1] == 1 for layer, leaf in enumerate(group, 1)
        ):
            return [_place(leaf, "weights", layer) for layer, leaf in enumerate(group, 1)]
        if count == len(neurons) and all(len(leaf.shape) == 1 for leaf in group):
            return [_place(leaf, "weights", layer, j) for leaf, (layer, j) in zip(group, neurons, strict=True)]
        if count == len(weights) and all(_one(leaf) for leaf in group):
            return [_place(leaf, "weights", layer, j, k) for leaf, (layer, j, k) in zip(group, weights, strict=True)]
        if count == layers and count == 1:
            return [_place(group[0], "weights", 1)]
    if len(found) == 1 and found[0].shape and len(found[0].shape) == 1 and len(found[0].value) == len(weights):
        return [
            _place(leaf, "weights", layer, j, k) for leaf, (layer, j, k) in zip(expanded(found), weights, strict=True)
        ]
    return []


def bias_places(found: list[Leaf], problem: Problem) -> list[Place]:
    """Return places for all biases, copies among them; [] when their number fits no way of holding them."""
    sizes, layers = problem.sizes, problem.layers
    neurons = [(layer, j) for layer in range(1, layers + 1) for j in range(sizes[layer])]
    some = [layer for layer in range(1, layers + 1) if problem.bias[layer - 1] != "none"]
    some_neurons = [(layer, j) for layer, j in neurons if layer in some]
    result: list[Place] = []
    for group in (*_groups(found), *([expanded(found)] if len(found) == 1 else [])):
        for layer_numbers in (list(range(1, layers + 1)), some):
            if len(group) == len(layer_numbers) and all(
                _size(leaf) in (1, sizes[layer]) for layer, leaf in zip(layer_numbers, group, strict=True)
            ):
                result += [_place(leaf, "biases", layer) for layer, leaf in zip(layer_numbers, group, strict=True)]
                break
        else:
            for wanted in (neurons, some_neurons):
                if len(group) == len(wanted) and all(_one(leaf) for leaf in group):
                    result += [_place(leaf, "biases", layer, j) for leaf, (layer, j) in zip(group, wanted, strict=True)]
                    break
    unique = {place.path: place for place in result}
    return list(unique.values())


def _place(leaf: Leaf, kind: Kind, layer: int, neuron: int = -1, source: int = -1) -> Place:
    return Place(leaf.path, kind, layer, neuron, source, isinstance(leaf.value, (list, tuple)), leaf.shape)


def _size(leaf: Leaf) -> int:
    size = 1
    for n in leaf.shape:
        size *= n
    return size


def _one(leaf: Leaf) -> bool:
    return _size(leaf) == 1


def assign(leaves: Iterable[Leaf], problem: Problem) -> list[Assignment]:
    """Return the ways in which `leaves` are the network's parameters, judged by shapes too; [] when there is none."""
    found = list(leaves)
    same: dict[int, list[Leaf]] = {}
    for leaf in found:
        if leaf.shape:
            same.setdefault(id(leaf.value), []).append(leaf)
    return [_with_copies(assignment, found, same) for assignment in _assign(found, problem)]


def _with_copies(assignment: Assignment, found: list[Leaf], same: dict[int, list[Leaf]]) -> Assignment:
    """Add places that hold the very object that another place holds."""
    ids = {leaf.path: id(leaf.value) for leaf in found}
    taken = {place.path for place in assignment.places}
    places = list(assignment.places)
    for place in assignment.places:
        for leaf in same.get(ids.get(place.path, 0), ()):
            if leaf.path not in taken:
                taken.add(leaf.path)
                places.append(structs.replace(place, path=leaf.path))
    return assignment._replace(places=tuple(places))


def _assign(found: list[Leaf], problem: Problem) -> list[Assignment]:
    kinds = sort(found, gradient=False)
    if not kinds.weights and not kinds.biases:
        return _unnamed(kinds.others, problem)
    weights = weight_places(kinds.weights, problem)
    if not weights:
        return []
    results = []
    for folded in (None, "first weight", "last weight"):
        layouts = _layouts(weights, problem, folded is not None)
        if folded and not layouts:
            layouts = _layouts(weights, problem, True, some=True)
        if not layouts:
            continue
        if folded:
            results += [Assignment(tuple(weights), layouts, folded)]
            continue
        biases = bias_places(kinds.biases, problem)
        if not biases and any(kind != "none" for kind in problem.bias):
            continue
        results.append(Assignment((*weights, *biases), layouts, biases_lie(biases, problem), each(biases, problem)))
    if not kinds.biases and any(kind != "none" for kind in problem.bias) and not _perhaps_biases(kinds.others, problem):
        results += [
            Assignment(tuple(weights), layouts, "none") for layouts in [_layouts(weights, problem, False)] if layouts
        ]
    return results


def _perhaps_biases(others: Iterable[Leaf], problem: Problem) -> bool:
    """Whether something without a known name may be biases: it has as many numbers as a layer has neurons."""
    return any(
        _size(leaf) in problem.sizes[1:] if leaf.shape else isinstance(leaf.value, float) and "shared" in problem.bias
        for leaf in others
    )


def _layouts(weights: list[Place], problem: Problem, folded: bool, *, some: bool = False) -> tuple[Layout, ...]:
    """Return the layouts that the shapes of weights allow. some: whether layers without biases have none folded in."""
    if weights[0].source >= 0:
        return () if folded else ("rows are neurons", "columns are neurons")
    result: list[Layout] = []
    names: tuple[Layout, ...] = ("rows are neurons", "columns are neurons")
    for layout in names:
        for place in weights:
            n, m = problem.weight_shape(place.layer)
            m += folded and (not some or problem.bias[place.layer - 1] != "none")
            if place.neuron >= 0:
                fits = place.shape == (m,) and layout == "rows are neurons"
            else:
                vector = (place.shape == (m,) and n == 1) or (place.shape == () and n * m == 1)
                fits = vector or place.shape == ((n, m) if layout == "rows are neurons" else (m, n))
            if not fits:
                break
        else:
            result.append(layout)
    return tuple(result)


def biases_lie(places: Sequence[Place], problem: Problem) -> Biases:
    """Return how the biases lie, by the shape of the first that tells."""
    if not places:
        return "none"
    for place in places:
        if place.neuron >= 0 or place.shape in (None, (1, 1)):
            continue
        if len(place.shape) == 2:
            return "rows" if place.shape[0] == 1 else "columns"
        return "vectors" if len(place.shape) == 1 else "one number"
    return "vectors" if any(place.shape == (1, 1) for place in places) else "one number"


def each(places: Sequence[Place], problem: Problem) -> bool:
    """Whether there is a bias for each neuron, where the network has one for a layer."""
    return any(
        problem.bias[p.layer - 1] == "shared" and problem.sizes[p.layer] > 1
        and (p.neuron >= 0 or (p.shape is not None and max(p.shape, default=1) > 1))
        for p in places
    )  # fmt: skip


def _unnamed(found: list[Leaf], problem: Problem) -> list[Assignment]:
    arrays = [leaf for leaf in found if leaf.shape]
    layers = problem.layers
    numbers = range(1, layers + 1)
    results = []
    if len(arrays) == 2 * layers:
        for weights, biases in ((arrays[::2], arrays[1::2]), (arrays[:layers], arrays[layers:])):
            w = [_place(leaf, "weights", layer) for layer, leaf in zip(numbers, weights, strict=True)]
            layouts = _layouts(w, problem, False)
            if layouts and all(
                _size(leaf) in (1, problem.sizes[layer]) for layer, leaf in zip(numbers, biases, strict=True)
            ):
                b = [_place(leaf, "biases", layer) for layer, leaf in zip(numbers, biases, strict=True)]
                results.append(Assignment((*w, *b), layouts, biases_lie(b, problem), each(b, problem)))
                break
    if len(arrays) == layers:
        w = [_place(leaf, "weights", layer) for layer, leaf in zip(numbers, arrays, strict=True)]
        lying: tuple[Biases, ...] = ("first weight", "last weight")
        if layouts := _layouts(w, problem, True):
            results += [Assignment(tuple(w), layouts, folded) for folded in lying]
        elif all(kind == "none" for kind in problem.bias) and (layouts := _layouts(w, problem, False)):
            results.append(Assignment(tuple(w), layouts, "none"))
    return results
