"""What a program gave, beside what the right pass gives, and whether mistakes reproduce it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from derive.diagnose.engine import Array, Ending, Functions, Gradients, Hook, Pass
from derive.diagnose.instances import Instance, changed
from derive.diagnose.misconceptions import MISTAKES
from derive.errors import DeriveError
from derive.read.problem import Point, Problem

NEAR = 1e-7  # of the largest number of a tensor: two that differ by less are the same
ROUNDING = 1e-15  # of the error over the step: what rounding may add to a difference quotient


class Observed(NamedTuple):
    """The gradients that a program gave at a point, in doubles; None for what it does not show.

    loss: the error that it gave.
    second: whether it was called at the same point before.
    """

    point: Point
    weights: tuple[Array | None, ...]
    biases: tuple[Array | None, ...]
    loss: float | None = None
    second: bool = False


class Match(Struct, frozen=True):
    """One explanation: a mistake, or two that were made together.

    fitted: constants that were fitted, by their names, such as c or h.
    """

    mistakes: tuple[Instance, ...]
    fitted: tuple[tuple[str, float], ...] = ()


class Evidence:
    """What was observed at each point, beside the right pass there.

    base: the number of the point that tells most.  wrong: whether anything is.
    there, agreeing: a bit for each tensor of that point, whether it was observed, and whether it is right.
    """

    def __init__(self, problem: Problem, observed: Sequence[Observed]) -> None:
        self.problem, self.functions, self.observed = problem, Functions.of(problem), observed
        self.right = [Pass(self.functions, each.point) for each in observed]
        self.tensors = [_tensors(problem, each) for each in observed]
        self.scales = [
            [
                None if a is None else max(size(a), 1e-5 * size(r))
                for a, r in zip(found, flat(right.gradients), strict=True)
            ]
            for found, right in zip(self.tensors, self.right, strict=True)
        ]
        self.sound = all(a is None or bool(np.isfinite(a).all()) for found in self.tensors for a in found)
        wrong = [sum(not same for same in self.agrees(k, r.gradients)) for k, r in enumerate(self.right)]
        self.wrong = self.sound and any(wrong)
        self.base = int(np.argmax(wrong)) if wrong else 0
        self.order = sorted(range(len(wrong)), key=lambda k: k != self.base)
        self.there = bits(a is not None for a in self.tensors[self.base]) if wrong else 0
        self.agreeing = bits(self.agrees(self.base, self.right[self.base].gradients)) if wrong else 0

    def agrees(self, k: int, predicted: Gradients, slack: float = 0.0) -> Iterator[bool]:
        """Yield for each tensor of point k whether `predicted` is what was observed; True where nothing was."""
        for a, b, scale in zip(self.tensors[k], flat(predicted), self.scales[k], strict=True):
            yield a is None or not a.size or bool(np.abs(a - b).max() <= NEAR * (scale or 0.0) + slack)

    def run(self, k: int, hooks: Sequence[Hook], endings: Sequence[Ending]) -> Gradients:
        return Pass(self.functions, self.observed[k].point, hooks, endings).gradients

    def explained(self, instances: Sequence[Instance], constants: Mapping[str, float] | None = None) -> bool:
        """Return whether mistakes reproduce all that was observed."""
        hooks, endings = changed(self.problem, instances, constants)
        slack = 0.0
        for each in instances:
            if MISTAKES[each.id].fit == "step":
                slack = ROUNDING / (constants or {}).get(each.id, 1.0)
        return all(
            all(self.agrees(k, self.run(k, hooks, endings), slack * max(1.0, abs(self.right[k].loss))))
            for k in self.order
        )

    def vector(self, parts: Sequence[Gradients], among: int = -1) -> NDArray[np.float64]:
        """Return what of gradients was observed, over all points, as one vector. among: a bit for each tensor."""
        return self._joined([flat(part) for part in parts], among)

    def seen(self, among: int = -1) -> NDArray[np.float64]:
        """Return all that was observed as one vector, in the order of `vector`."""
        return self._joined(self.tensors, among)

    def _joined(self, parts: Sequence[Sequence[Array | None]], among: int) -> NDArray[np.float64]:
        made = [
            array.ravel()
            for part, found in zip(parts, self.tensors, strict=True)
            for place, (array, seen) in enumerate(zip(part, found, strict=True))
            if seen is not None and array is not None and among >> place & 1
        ]
        return np.concatenate(made) if made else np.empty(0)

    def with_right_loss(self, matches: tuple[Match, ...]) -> tuple[Match, ...]:
        """Return those that also reproduce the errors that were observed; all where none does."""
        if all(each.loss is None for each in self.observed):
            return matches
        return tuple(match for match in matches if self._loss_explained(match)) or matches

    def _loss_explained(self, match: Match) -> bool:
        hooks, _ = changed(self.problem, match.mistakes)
        for each in self.observed:
            if each.loss is not None:
                made = Pass(self.functions, each.point, hooks).loss
                if not abs(made - each.loss) <= NEAR * max(abs(made), abs(each.loss)):
                    return False
        return True


def bits(flags: Iterable[bool]) -> int:
    """Return a number with a bit for each of `flags`, the first one lowest."""
    return sum(1 << place for place, flag in enumerate(flags) if flag)


def flat(found: Gradients) -> tuple[Array, ...]:
    """Return the weights of every layer, then the biases of every layer."""
    return (*found.weights, *found.biases)


def size(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))


def _tensors(problem: Problem, seen: Observed) -> tuple[Array | None, ...]:
    layers = range(1, problem.layers + 1)
    shapes = (*map(problem.weight_shape, layers), *map(problem.bias_shape, layers))
    found = [None if array is None else np.asarray(array, dtype=np.float64) for array in (*seen.weights, *seen.biases)]
    if len(found) != len(shapes):
        raise DeriveError(f"gradients of {len(found)} tensors, and the network has {len(shapes)}")
    for array, shape in zip(found, shapes, strict=True):
        if array is not None and array.shape != shape:
            raise DeriveError(f"a gradient has shape {array.shape}", allowed=str(shape))
    return tuple(found)
