"""The problem that a network poses to a program: its shape, and its point in doubles."""

from __future__ import annotations

import numpy as np

from derive.read.problem import Point, Problem
from derive.spec import Spec
from derive.vocabulary import LOSSES, find


def problem(spec: Spec, samples: int, *, classes: bool = False) -> Problem:
    """Return the shape of a network with so many samples. classes: whether targets are those of classes."""
    return Problem(
        sizes=spec.sizes,
        bias=tuple(layer.bias for layer in spec.layers),
        samples=samples,
        activations=tuple(layer.activation for layer in spec.layers),
        loss=spec.loss,
        batch=spec.batch,
        classes=classes,
        l1=float(spec.penalty.l1),
        l2=float(spec.penalty.l2),
    )


def problem_of(spec: Spec) -> tuple[Problem, Point]:
    """Return the shape of a network with its own samples, and its given point."""
    made = problem(spec, spec.samples, classes=find(LOSSES, spec.loss)[1].classes)
    arrays = spec.arrays
    point = Point(
        weights=tuple(weights for weights, _ in arrays),
        biases=tuple(biases for _, biases in arrays),
        inputs=np.array(spec.inputs, dtype=np.float64),
        targets=np.array(spec.targets, dtype=np.float64),
        rate=float(spec.learning_rate),
    )
    return made, point
