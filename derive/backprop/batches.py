"""Which samples each update sees."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import TypeAlias

import numpy as np

from derive.backprop.network import data
from derive.spec import Spec
from derive.vocabulary import Array

Batch: TypeAlias = tuple[Array, Array]
"""Inputs (n, n_0) and targets (n, n_L)."""

# Streams apart from that of the weights; RandomState's are frozen (NumPy NEP 19): the same seed gives the same run
# for ever, and a longer run begins as a shorter one.
DRAWS_STREAM = 1
ORDERS_STREAM = 2
DRAWS_BLOCK = 1024


def batches(spec: Spec) -> Iterator[Batch]:
    """Yield the samples of one update after another, for ever, as `spec.training` has it."""
    inputs, targets = data(spec)
    if spec.training.samples == "one drawn":
        return drawn(inputs, targets, spec.seed)
    if spec.training.samples == "batches":
        return parts(inputs, targets, spec.training.batch_size, spec.seed if spec.training.shuffle else None)
    return repeat((inputs, targets))


def drawn(inputs: Array, targets: Array, seed: int) -> Iterator[Batch]:
    """Yield one sample after another, each drawn with equal chance. Robbins & Monro (1951)."""
    rows = [(inputs[s : s + 1], targets[s : s + 1]) for s in range(len(inputs))]
    random = np.random.RandomState([seed, DRAWS_STREAM])
    # In blocks of one size, so that the draws do not depend on how many are wanted.
    while True:
        for row in random.randint(len(rows), size=DRAWS_BLOCK, dtype=np.int64).tolist():
            yield rows[row]


def parts(inputs: Array, targets: Array, size: int, seed: int | None) -> Iterator[Batch]:
    """Yield `size` samples after another, and what is left at the end of each pass over all of them.

    seed: of the order, drawn for each pass; None leaves the samples in theirs.
    """
    count = len(inputs)
    random = None if seed is None else np.random.RandomState([seed, ORDERS_STREAM])
    while True:
        order = np.arange(count) if random is None else random.permutation(count)
        for start in range(0, count, size):
            rows = order[start : start + size]
            yield inputs[rows], targets[rows]
