"""Mistakes in their places: which there can be in a network, and the gradients that they give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from msgspec import Struct

from derive.diagnose.engine import Ending, Functions, Gradients, Hook, Pass, Stage
from derive.diagnose.misconceptions import MISTAKES, Mistake
from derive.errors import DeriveError, nearest, shown
from derive.read.problem import Point, Problem

SECOND_CALL = "not-zeroed"
"""The one mistake that is none of a single pass: it shows only when a program is called again."""


class Instance(Struct, frozen=True):
    """A mistake of the table in a layer, from 1; 0 for the whole network, or for all layers that it can be made in."""

    id: str
    layer: int


def variants(problem: Problem, *, fitted: bool = True) -> Iterator[Instance]:
    """Yield every mistake that can be made in a network, in the order of the table.

    fitted: whether those with a constant are among them.
    """
    for row in MISTAKES.values():
        if row.fit and not fitted:
            continue
        layers = places(row, problem)
        if row.at in ("network", "all"):
            if layers:
                yield Instance(row.id, 0)
            continue
        yield from (Instance(row.id, layer) for layer in layers)
        if len(layers) > 1:
            yield Instance(row.id, 0)


def places(row: Mistake, problem: Problem) -> tuple[int, ...]:
    """Return the layers that a mistake can be made in; () where it cannot be made."""
    last = problem.layers
    layers = {
        "network": range(last, last + 1), "output": range(last, last + 1), "hidden": range(1, last),
        "later": range(2, last + 1), "every": range(1, last + 1), "all": range(1, last + 1),
    }[row.at]  # fmt: skip
    found = tuple(layer for layer in layers if row.applies(problem, layer))
    return () if row.at == "all" and len(found) < len(layers) else found


def changed(
    problem: Problem, instances: Iterable[Instance], constants: Mapping[str, float] | None = None
) -> tuple[tuple[Hook, ...], tuple[Ending, ...]]:
    """Return what mistakes change, in the order of the table: stages, then all gradients.

    constants: by ids; those of the table where they are not given.
    Raises DeriveError for a mistake that there is none of, or that cannot be made there.
    """
    order = {id: place for place, id in enumerate(MISTAKES)}
    hooks: list[Hook] = []
    endings: list[Ending] = []
    for instance in sorted(instances, key=lambda each: order.get(each.id, 0)):
        row = _row(instance.id)
        fitting = places(row, problem)
        if not fitting or (instance.layer and instance.layer not in fitting):
            raise DeriveError(f"{shown(instance.id)} cannot be made in layer {instance.layer} of this network")
        constant = (constants or {}).get(row.id, row.usual)
        if row.whole is not None:
            endings.append(Ending(row.whole, constant))
        for stage, change in row.changes.items():
            layers = (instance.layer,) if instance.layer else (0,) if stage in (Stage.SCALE, Stage.TARGETS) else fitting
            hooks += [Hook(stage, layer, change, constant) for layer in layers]
    return tuple(hooks), tuple(endings)


def _row(id: str) -> Mistake:
    if id not in MISTAKES:
        raise DeriveError(f"no mistake is called {shown(id)}", hint=nearest(id, MISTAKES))
    return MISTAKES[id]


def run(problem: Problem, point: Point, *instances: Instance, constants: Mapping[str, float] | None = None) -> Pass:
    """Return the pass at a point with mistakes; the right one without. Raises DeriveError as `changed` does.

    Where a mistake leads out of the numbers, infinities and what is no number are left in it.
    """
    hooks, endings = changed(problem, instances, constants)
    with np.errstate(all="ignore"):
        return Pass(Functions.of(problem), point, hooks, endings)


def gradients(
    problem: Problem, point: Point, *instances: Instance, constants: Mapping[str, float] | None = None
) -> Gradients:
    """Return the gradients at a point that mistakes lead to; the right ones without. Raises as `run` does.

    The mistake that shows only when a program is called again gives those of the second call, at the same point.
    """
    found = run(problem, point, *instances, constants=constants).gradients
    if any(each.id == SECOND_CALL for each in instances):
        return found.map(lambda array: 2.0 * array)
    return found


def train(
    problem: Problem, point: Point, *instances: Instance, steps: int, biases: bool = True,
    constants: Mapping[str, float] | None = None,
) -> Point:  # fmt: skip
    """Return the point after `steps` updates by gradient descent with mistakes. biases: whether they are trained."""
    hooks, endings = changed(problem, instances, constants)
    functions = Functions.of(problem)
    with np.errstate(all="ignore"):
        for _ in range(steps):
            point = Pass(functions, point, hooks, endings).after(biases=biases)
    return point
