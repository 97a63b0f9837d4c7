"""Backpropagation in doubles, of small stages each of which can be changed: so that a mistake is one changed stage.

Layers count from 1 to L; the inputs are layer 0. Rows of arrays are samples, as in `derive.read.problem`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from derive.read.problem import Point, Problem
from derive.vocabulary import ACTIVATIONS, LOSSES, Activation, Fused, Loss, Shrinking, bind, loss_over

Array: TypeAlias = NDArray[Any]


class Stage(StrEnum):
    """What a pass calculates: the first two once, the error's slope for the last layer, the others layer by layer."""

    SCALE = "what stands before the sum of the terms"
    TARGETS = "targets"
    NET = "net input"
    OUT = "output"
    ERROR = "∂E/∂out of the last layer"
    DELTA = "δ = ∂E/∂net"
    WEIGHTS = "∂E/∂W, without the penalty"
    PENALTY = "∂R/∂W"
    BIASES = "∂E/∂b"
    SENT = "∂E/∂out of a hidden layer"


class Gradients(NamedTuple):
    """∂E/∂W, (n_l, n_{l−1}), and ∂E/∂b, (0,), (1,) or (n_l,), of every layer."""

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def map(self, function: Callable[[Array], Array]) -> Gradients:
        """Return them with `function` of each array in its place."""
        return Gradients(tuple(map(function, self.weights)), tuple(map(function, self.biases)))

    @property
    def norm(self) -> float:
        """The length of all of them as one vector."""
        return float(np.sqrt(sum((array**2).sum() for array in (*self.weights, *self.biases))))


Change = Callable[["Pass", int, Array, float], Array]
"""change(run, layer, value, constant) → what a mistake has in the place of `value`, the right one of its stage."""
Whole = Callable[["Pass", Gradients, float], Gradients]
"""whole(run, gradients, constant) → what a mistake has in the place of all gradients."""


class Hook(NamedTuple):
    """A change to one stage of one layer."""

    stage: Stage
    layer: int
    change: Change
    constant: float = 1.0


class Ending(NamedTuple):
    """A change to the finished gradients."""

    whole: Whole
    constant: float = 1.0


class Functions(NamedTuple):
    """The functions of a network, looked up once. total = `scale` · Σ terms + the penalty."""

    problem: Problem
    activations: tuple[Activation, ...]
    loss: Loss
    fused: Fused
    scale: float
    penalty: Shrinking

    @classmethod
    def of(cls, problem: Problem) -> Functions:
        return _functions(problem)


@lru_cache(maxsize=64)
def _functions(problem: Problem) -> Functions:
    loss = bind(LOSSES, problem.loss)
    scale = 1.0 / (problem.sizes[-1] if loss.mean else 1) / (problem.samples if problem.batch == "mean" else 1)
    return Functions(
        problem,
        tuple(bind(ACTIVATIONS, word) for word in problem.activations),
        loss,
        loss_over(problem.loss, problem.activations[-1]),
        scale,
        Shrinking(problem.l1, problem.l2),
    )


class Pass:
    """Forward and, if `back`, back once; with `hooks` where stages are changed, and `endings` for all gradients.

    scale: what stands before the sum of the terms, in the error that is propagated back; `loss` has the right one.
    net, out, arriving, delta: by layer; (N, n_l). `arriving` is ∂E/∂out.
    weights, biases: ∂E/∂W and ∂E/∂b by layer, before the endings.  gradients: after them.
    loss: the whole error.
    """

    def __init__(
        self, functions: Functions, point: Point, hooks: Iterable[Hook] = (), endings: Sequence[Ending] = (),
        *, back: bool = True,
    ) -> None:  # fmt: skip
        self.functions, self.point = functions, point
        self.problem = functions.problem
        self.layers = self.problem.layers
        self.hooks: dict[tuple[Stage, int], list[Hook]] = defaultdict(list)
        for hook in hooks:
            self.hooks[hook.stage, hook.layer].append(hook)
        self.net: dict[int, Array] = {}
        self.out: dict[int, Array] = {0: point.inputs}
        self.arriving: dict[int, Array] = {}
        self.delta: dict[int, Array] = {}
        self.weights: dict[int, Array] = {}
        self.biases: dict[int, Array] = {}
        self._forward()
        if not back:
            return
        self._backward()
        every = range(1, self.layers + 1)
        self.gradients = Gradients(tuple(self.weights[n] for n in every), tuple(self.biases[n] for n in every))
        for ending in endings:
            self.gradients = ending.whole(self, self.gradients, ending.constant)

    def again(
        self, weights: Sequence[Array], biases: Sequence[Array], rows: slice = slice(None), *, back: bool = True
    ) -> Pass:
        """Return a pass elsewhere, or over some of the samples, with the same hooks and no endings."""
        here = self.point._replace(
            weights=tuple(weights), biases=tuple(biases),
            inputs=self.point.inputs[rows], targets=self.point.targets[rows],
        )  # fmt: skip
        return Pass(self.functions, here, [h for hooks in self.hooks.values() for h in hooks], back=back)

    def w(self, layer: int) -> Array:
        """Return the weights of a layer, (n_l, n_{l−1})."""
        return self.point.weights[layer - 1]

    def b(self, layer: int) -> Array:
        """Return the biases of a layer, (0,), (1,) or (n_l,)."""
        return self.point.biases[layer - 1]

    @property
    def samples(self) -> int:
        return len(self.point.inputs)

    # ── Forward ────────────────────────────────────────────────────────────────────────────────────────────

    def _forward(self) -> None:
        self.scale = self._changed(Stage.SCALE, 0, np.asarray(self.functions.scale))
        self.targets = self._changed(Stage.TARGETS, 0, self.point.targets)
        for layer, activation in enumerate(self.functions.activations, 1):
            net = self.out[layer - 1] @ self.w(layer).T
            if self.b(layer).size:
                net = net + self.b(layer)
            self.net[layer] = self._changed(Stage.NET, layer, net)
            self.out[layer] = self._changed(Stage.OUT, layer, activation.value(self.net[layer]))

    @property
    def terms(self) -> Array:
        """E of each output of each sample, without the scale."""
        last = self.layers
        terms = self.functions.fused.terms
        if (Stage.OUT, last) in self.hooks:
            return self.functions.loss.terms(self.targets, self.out[last])
        return terms(self.targets, self.net[last], self.out[last])

    @property
    def loss(self) -> float:
        penalty = self.functions.penalty
        added = sum(float(penalty.value(w).sum()) for w in self.point.weights) if penalty != Shrinking() else 0.0
        return self.functions.scale * float(self.terms.sum()) + added

    # ── Back ───────────────────────────────────────────────────────────────────────────────────────────────

    def _backward(self) -> None:
        last = self.layers
        out, net = self.out[last], self.net[last]
        scale, fused = self.scale, self.functions.fused
        slope = scale * self.functions.loss.slope(self.targets, out)
        self.arriving[last] = self._changed(Stage.ERROR, last, slope)
        if self.arriving[last] is slope:
            delta = scale * fused.delta(self.targets, net, out)
        else:
            delta = self.pull(last, self.arriving[last])
        self.delta[last] = self._changed(Stage.DELTA, last, delta)
        for layer in range(last, 0, -1):
            self._parameters(layer)
            if layer > 1:
                below = layer - 1
                self.arriving[below] = self._changed(Stage.SENT, below, self.delta[layer] @ self.w(layer))
                self.delta[below] = self._changed(Stage.DELTA, below, self.pull(below, self.arriving[below]))

    def pull(self, layer: int, arriving: Array) -> Array:
        """Return ∂E/∂net of a layer from ∂E/∂out."""
        return self.functions.activations[layer - 1].pull_back(self.net[layer], self.out[layer], arriving)

    def slope(self, layer: int, at: Array, of: int | None = None) -> Array:
        """Return σ′(at), with the σ of a layer: of one net input, or of the whole layer with ones arriving."""
        activation = self.functions.activations[(of or layer) - 1]
        return activation.pull_back(at, activation.value(at), np.ones_like(at))

    def _parameters(self, layer: int) -> None:
        delta = self.delta[layer]
        found = self._changed(Stage.WEIGHTS, layer, delta.T @ self.out[layer - 1])
        if self.functions.penalty != Shrinking():
            found = found + self._changed(Stage.PENALTY, layer, self.functions.penalty.slope(self.w(layer)))
        self.weights[layer] = found
        if not self.b(layer).size:
            self.biases[layer] = np.empty(0)
        else:
            self.biases[layer] = self._changed(Stage.BIASES, layer, self.over_samples(layer, delta))

    def over_samples(self, layer: int, delta: Array) -> Array:
        """Return Σ_s δ_sj, for a shared bias summed over the neurons as well."""
        found = delta.sum(axis=0)
        return np.asarray(found.sum(keepdims=True) if self.problem.bias[layer - 1] == "shared" else found)

    def _changed(self, stage: Stage, layer: int, value: Array) -> Array:
        if self.hooks:
            for hook in self.hooks.get((stage, layer), ()):
                value = hook.change(self, layer, value, hook.constant)
        return value

    # ── After it ───────────────────────────────────────────────────────────────────────────────────────────

    def after(self, *, biases: bool = True) -> Point:
        """Return the point after an update by gradient descent; with the old biases unless they are trained too."""
        rate, found = self.point.rate, self.gradients
        return self.point._replace(
            weights=tuple(w - rate * g for w, g in zip(self.point.weights, found.weights, strict=True)),
            biases=tuple(b - rate * g * biases for b, g in zip(self.point.biases, found.biases, strict=True)),
        )
