"""What mistakes put in the place of a stage's right value. See `derive.diagnose.engine` for the arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from derive.diagnose.engine import Array, Change, Gradients, Pass, Whole
from derive.vocabulary import split

BY_OUTPUT: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda out: out * (1.0 - out),
    "tanh": lambda out: 1.0 - out**2,
    "softmax": lambda out: out * (1.0 - out),
}
"""The slope as programs write it, by what should be the output. Of softmax: the diagonal of its Jacobian."""


def name(run: Pass, layer: int) -> str:
    """Return the activation of a layer, without its constants."""
    return split(run.problem.activations[layer - 1])[0]


def slope(factor: Callable[[Pass, int], Array]) -> Change:
    """δ = ∂E/∂out · `factor`."""
    return lambda run, layer, value, c: run.arriving[layer] * factor(run, layer)


def times(factor: Callable[[Pass, int], Array | float]) -> Change:
    """The right value times `factor`."""
    return lambda run, layer, value, c: value * factor(run, layer)


def by_output(run: Pass, layer: int, at: Array) -> Array:
    return BY_OUTPUT[name(run, layer)](at)


def own_slope(run: Pass, layer: int) -> Array:
    """Return σ′(net) of a layer; of softmax the diagonal of its Jacobian."""
    if run.functions.activations[layer - 1].layer:
        return by_output(run, layer, run.out[layer])
    return run.slope(layer, run.net[layer])


# ── Forward ──────────────────────────────────────────────────────────────────────────────────────────────────


def last_repeated(out: Array) -> Array:
    """Return outputs with the last but one in the place of the last."""
    return np.concatenate([out[:, :-1], out[:, -2:-1]], axis=1)


def used(function: Callable[[Array], Array]) -> Change:
    """The net input of `function` of the outputs before it."""
    return lambda run, layer, value, c: value + (function(run.out[layer - 1]) - run.out[layer - 1]) @ run.w(layer).T


def softmax_over_samples(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.asarray(run.functions.activations[layer - 1].value(run.net[layer].T).T)


def softmax_over_all(run: Pass, layer: int, value: Array, c: float) -> Array:
    net = run.net[layer]
    return run.functions.activations[layer - 1].value(net.reshape(1, -1)).reshape(net.shape)


def short_form(run: Pass, layer: int, value: Array, c: float) -> Array:
    """δ = out − t (for softmax out Σt − t), with the outputs as they are."""
    t, out = run.targets, run.out[layer]
    whole = t.sum(axis=1, keepdims=True) if name(run, layer) == "softmax" else 1.0
    return run.scale * (out * whole - t)


# ── The error ────────────────────────────────────────────────────────────────────────────────────────────────


def error_terms(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.asarray(run.scale * run.functions.loss.terms(run.targets, run.out[layer]))


def residual(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.asarray(run.scale * (run.out[layer] - run.targets))


def one_side(run: Pass, layer: int, value: Array, c: float) -> Array:
    return -run.scale * run.targets / run.out[layer]


def clipped_away(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.where(np.abs(run.out[layer] - run.targets) <= 1.0, value, 0.0)


def only_sample(which: int) -> Change:
    """The value of one sample, 0 for all others."""

    def change(run: Pass, layer: int, value: Array, c: float) -> Array:
        kept = np.zeros_like(value)
        kept[which] = value[which]
        return kept

    return change


def without(place: Any) -> Change:
    """The right value with 0 in some places; where it is one number for several units, as it is."""

    def change(run: Pass, layer: int, value: Array, c: float) -> Array:
        if value.shape == (1,) and run.problem.bias[layer - 1] == "shared":
            return value
        kept = value.copy()
        kept[place] = 0.0
        return kept

    return change


# ── Sending back ─────────────────────────────────────────────────────────────────────────────────────────────


def raw_error(run: Pass, layer: int, value: Array, c: float) -> Array:
    return run.arriving[layer + 1] @ run.w(layer + 1)


def without_weights(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.repeat(run.delta[layer + 1].sum(axis=1, keepdims=True), value.shape[1], axis=1)


def only_weights(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.repeat(run.w(layer + 1).sum(axis=0, keepdims=True), len(value), axis=0) * run.scale


def updated_weights(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.asarray(run.delta[layer + 1] @ (run.w(layer + 1) - run.point.rate * run.weights[layer + 1]))


def lent_weights(sizes: tuple[int, ...], layer: int) -> tuple[int, bool] | None:
    """Return the nearest other layer whose weights fit where those of `layer` + 1 belong, and whether transposed."""
    wanted = sizes[layer + 1], sizes[layer]
    others = sorted((n for n in range(1, len(sizes)) if n != layer + 1), key=lambda n: abs(n - layer))
    for transposed in (False, True):
        for n in others:
            shape = sizes[n], sizes[n - 1]
            if wanted == (shape[::-1] if transposed else shape):
                return n, transposed
    return None


def other_weights(run: Pass, layer: int, value: Array, c: float) -> Array:
    lent = lent_weights(run.problem.sizes, layer)
    assert lent is not None
    weights = run.w(lent[0])
    return run.delta[layer + 1] @ (weights.T if lent[1] else weights)


def one_path(which: int) -> Change:
    """Only what comes over one of the units of the next layer."""
    return lambda run, layer, value, c: np.outer(run.delta[layer + 1][:, which], run.w(layer + 1)[which])


def less_one_path(which: int) -> Change:
    """All that comes but over one of the units of the next layer."""
    return lambda run, layer, value, c: value - one_path(which)(run, layer, value, c)


def pushed_partial_sums(run: Pass, layer: int, value: Array, c: float) -> Array:
    count = run.problem.sizes[layer + 1]
    return (run.delta[layer + 1] * np.arange(count, 0, -1)) @ run.w(layer + 1)


def shifted_deltas(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.roll(run.delta[layer + 1], 1, axis=1) @ run.w(layer + 1)


# ── Parameters ───────────────────────────────────────────────────────────────────────────────────────────────


def product(left: Callable[[Pass, int], Array], right: Callable[[Pass, int], Array]) -> Change:
    """∂E/∂W = leftᵀ · right."""
    return lambda run, layer, value, c: left(run, layer).T @ right(run, layer)


def lent_outputs(sizes: tuple[int, ...], layer: int) -> int | None:
    """Return the nearest layer with as many units as the one before `layer`, the inputs first."""
    return next((n for n in range(len(sizes)) if n != layer - 1 and sizes[n] == sizes[layer - 1]), None)


def averages_multiplied(run: Pass, layer: int, value: Array, c: float) -> Array:
    return np.outer(run.delta[layer].sum(axis=0), run.out[layer - 1].mean(axis=0))


def same_for_all(function: Callable[[Array], Array]) -> Change:
    """One number, a function of δ, for every bias of the layer."""
    return lambda run, layer, value, c: np.full_like(value, function(run.delta[layer]))


def over_samples(function: Callable[[Pass, int], Array]) -> Change:
    """The bias's gradient as it follows from something else than δ."""
    return lambda run, layer, value, c: run.over_samples(layer, function(run, layer))


def lent_biases(problem_sizes: tuple[int, ...], bias: tuple[str, ...], layer: int) -> int | None:
    """Return the nearest other layer whose biases have the shape of this one's, the one before first."""
    kind = bias[layer - 1]
    fitting = [
        n for n in range(1, len(problem_sizes))
        if n != layer and bias[n - 1] == kind != "none"
        and (kind == "shared" or problem_sizes[n] == problem_sizes[layer])
    ]  # fmt: skip
    return min(fitting, key=lambda n: (abs(n - layer), n)) if fitting else None


def lent(run: Pass, layer: int) -> int:
    found = lent_biases(run.problem.sizes, run.problem.bias, layer)
    assert found is not None
    return found


def other_delta(run: Pass, layer: int, value: Array, c: float) -> Array:
    """The gradient of the biases of the layer after this one, or of the last layer that has as many."""
    after = [n for n in range(layer + 1, run.layers + 1) if run.biases[n].shape == value.shape]
    return run.biases[after[0]]


# ── All gradients ────────────────────────────────────────────────────────────────────────────────────────────


def every(function: Callable[[Array, float], Array]) -> Whole:
    """`function` of each array and the constant."""
    return lambda run, found, c: found.map(lambda array: function(array, c))


def unit_length(run: Pass, found: Gradients, c: float) -> Gradients:
    return found.map(lambda array: array / (found.norm or 1.0))


def unit_length_each(run: Pass, found: Gradients, c: float) -> Gradients:
    return found.map(lambda array: array / (float(np.sqrt((array**2).sum())) or 1.0))


def shortened(run: Pass, found: Gradients, c: float) -> Gradients:
    return found.map(lambda array: array * min(1.0, c / (found.norm or 1.0)))


def after_update(run: Pass, found: Gradients, c: float) -> Gradients:
    rate = run.point.rate
    weights = [w - rate * g for w, g in zip(run.point.weights, found.weights, strict=True)]
    biases = [b - rate * g for b, g in zip(run.point.biases, found.biases, strict=True)]
    return run.again(weights, biases).gradients


def parameters_returned(run: Pass, found: Gradients, c: float) -> Gradients:
    rate = run.point.rate
    return Gradients(
        tuple(w - rate * g for w, g in zip(run.point.weights, found.weights, strict=True)),
        tuple(b - rate * g for b, g in zip(run.point.biases, found.biases, strict=True)),
    )


def sample_by_sample(run: Pass, found: Gradients, c: float) -> Gradients:
    """What changes over the samples, one update after each, divided by the rate."""
    rate = run.point.rate
    weights, biases = list(run.point.weights), list(run.point.biases)
    added = found.map(np.zeros_like)
    for s in range(run.samples):
        one = run.again(weights, biases, slice(s, s + 1)).gradients
        weights = [w - rate * g for w, g in zip(weights, one.weights, strict=True)]
        biases = [b - rate * g for b, g in zip(biases, one.biases, strict=True)]
        added = Gradients(
            tuple(a + g for a, g in zip(added.weights, one.weights, strict=True)),
            tuple(a + g for a, g in zip(added.biases, one.biases, strict=True)),
        )
    return added


STEPS = {"forward-difference": (1.0, 0.0), "backward-difference": (0.0, 1.0), "central-difference": (1.0, 1.0)}
"""How many steps h difference quotients go forward and backward."""


def quotients(run: Pass, h: float, forward: float, backward: float, only: int | None = None) -> list[Array]:
    """Return (E(w + forward·h) − E(w − backward·h)) / ((forward + backward) h) for each parameter.

    In the shapes of the weights of every layer, then of its biases; 0 for all but the one at `only`, if that is given,
    counted through all of them.
    """
    arrays = [np.array(a) for a in (*run.point.weights, *run.point.biases)]
    layers, middle = run.layers, run.loss

    def error(array: Array, place: tuple[int, ...], step: float) -> float:
        if not step:
            return middle
        kept = array[place]
        array[place] = kept + step
        there = run.again(arrays[:layers], arrays[layers:], back=False).loss
        array[place] = kept
        return there

    made, count = [], 0
    for array in arrays:
        slopes = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            if only is None or count == only:
                rise = error(array, place, forward * h) - error(array, place, -backward * h)
                slopes[place] = rise / ((forward + backward) * h)
            count += 1
        made.append(slopes)
    return made


def difference(forward: float, backward: float) -> Whole:
    """Difference quotients in the place of derivatives; their step is the constant."""

    def whole(run: Pass, found: Gradients, c: float) -> Gradients:
        made = quotients(run, c, forward, backward)
        return Gradients(tuple(made[: run.layers]), tuple(made[run.layers :]))

    return whole
