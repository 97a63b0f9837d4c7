"""By what factor a gradient differs from the spec's, where that is a matter of convention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from typing import NamedTuple

import numpy as np

from derive.gradcheck.choosing import Observed, Witness
from derive.gradcheck.decoding import array, tensors
from derive.gradcheck.verdicts import Convention

NEAR = 1e-9
FACTORS = tuple(map(Fraction, ("1", "2", "1/2", "4", "1/4")))
WORDS = {
    "no-half": Convention(factor=Fraction(2)), "half": Convention(factor=Fraction(1, 2)),
    "mean": Convention(samples=-1), "sum": Convention(samples=1),
    "mean-outputs": Convention(outputs=-1), "sum-outputs": Convention(outputs=1),
    "negative": Convention(sign=-1),
}  # fmt: skip
"""What a user may call a convention; several, parted by commas, go together."""


class Both(NamedTuple):
    """The conventions of a program's gradient and of its loss; None where it differs by no such factor."""

    gradient: Convention | None
    loss: Convention | None


def together(words: Iterable[str]) -> Convention:
    """Return the convention of several words. Raises KeyError for one that is none."""
    made = Convention()
    for word in words:
        c = WORDS[word]
        made = Convention(
            made.sign * c.sign, made.factor * c.factor, made.samples + c.samples, made.outputs + c.outputs
        )
    return made


def words(convention: Convention) -> tuple[str, ...] | None:
    """Return the words for a convention, as `together` takes them; None where there are none."""
    for chosen in product((False, True), repeat=len(WORDS)):
        picked = tuple(word for word, take in zip(WORDS, chosen, strict=True) if take)
        if together(picked) == convention:
            return picked
    return None


def conventions(observed: Sequence[tuple[Observed, Witness]]) -> Both:
    """Return the conventions that explain all observations, the simplest ones."""
    ratios = [_gradient_ratio(seen, right) for seen, right in observed]
    losses = [
        None if seen.answer.loss is None or not right.loss else seen.answer.loss.doubles[0] / right.loss
        for seen, right in observed
    ]
    sizes = [(seen.case.samples, seen.case.spec.sizes[-1]) for seen, _ in observed]
    return Both(_simplest(ratios, sizes), _simplest(losses, sizes))


def constant(observed: Sequence[tuple[Observed, Witness]]) -> Fraction | None:
    """Return the factor that all gradients differ by, whatever the number of samples; None where there is none."""
    ratios = [_gradient_ratio(seen, right) for seen, right in observed]
    first = ratios[0]
    if first is None or not first or any(r is None or abs(r / first - 1.0) > NEAR for r in ratios):
        return None
    made = Fraction(first).limit_denominator(10_000)
    return made if abs(float(made) / first - 1.0) < NEAR else None


def _gradient_ratio(seen: Observed, right: Witness) -> float | None:
    """Return r where the gradient is r times the right one, in all its numbers; None elsewhere."""
    pairs = [
        (array(found), expected)
        for (_, found), expected in zip(tensors(seen.case.problem, seen.answer), right.arrays, strict=True)
        if found is not None and np.any(found.doubles)
    ]
    if not pairs:
        return None
    a = np.concatenate([found.ravel() for found, _ in pairs])
    b = np.concatenate([expected.ravel() for _, expected in pairs])
    if not np.isfinite(a).all() or not b.any():
        return None
    ratio = float((a * b).sum() / (b * b).sum())
    return ratio if np.abs(a - ratio * b).max() <= NEAR * np.abs(ratio * b).max() else None


def _simplest(ratios: Sequence[float | None], sizes: Sequence[tuple[int, int]]) -> Convention | None:
    if not ratios or any(r is None for r in ratios):
        return None
    made = [
        Convention(sign, factor, samples, outputs)
        for samples, outputs in product((0, -1, 1), repeat=2)
        for factor in FACTORS
        for sign in (1, -1)
        if not outputs or any(n > 1 for _, n in sizes)
    ]
    made.sort(key=lambda c: abs(c.samples) + abs(c.outputs) + (c.factor != 1) + (c.sign != 1))
    for convention in made:
        scales = [float(convention.scale(n, width)) for n, width in sizes]
        if all(abs(r - s) <= NEAR * abs(s) for r, s in zip(ratios, scales, strict=True) if r is not None):
            return convention
    return None
