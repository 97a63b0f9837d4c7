"""Which mistake explains a number that somebody printed."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Literal

import numpy as np
from msgspec import Struct

from derive.diagnose.engine import Pass
from derive.diagnose.evidence import Match
from derive.diagnose.instances import SECOND_CALL, Instance, run, train, variants
from derive.errors import DeriveError, shown
from derive.read.problem import Point, Problem

Kind = Literal["net", "out", "delta", "dE/dout", "w", "b", "dE/dw", "dE/db", "loss"]


class Quantity(Struct, frozen=True):
    """A number of a network.

    layer, index, sample: from 1; of a weight (neuron, source), of anything else but a shared bias (neuron,).
    steps: after how many updates by gradient descent.
    """

    kind: Kind
    layer: int = 0
    index: tuple[int, ...] = ()
    sample: int = 1
    steps: int = 0


def explain_value(
    problem: Problem, point: Point, quantity: Quantity, printed: str, *, pairs: bool = False, biases: bool = True
) -> tuple[Match, ...]:
    """Return the mistakes by which a quantity rounds to a printed decimal; () where it does so without any.

    Any of them would do: a decimal has few digits. Pairs are tried where no single mistake will, if `pairs`.
    biases: whether updates change them.
    Raises DeriveError for what is no decimal, and for a quantity that the network has not.
    """
    low, high = interval(printed)

    def fits(*instances: Instance) -> bool:
        here = train(problem, point, *instances, steps=quantity.steps, biases=biases)
        return bool(low <= value(run(problem, here, *instances), quantity) <= high)

    with np.errstate(all="ignore"):
        if fits():
            return ()
        every = [each for each in variants(problem, fitted=False) if each.id != SECOND_CALL]
        found = tuple(Match((each,)) for each in every if fits(each))
        if found or not pairs:
            return found
        return tuple(Match(pair) for pair in combinations(every, 2) if fits(*pair))


def interval(printed: str) -> tuple[float, float]:
    """Return between which numbers all lie that round to a printed decimal. Raises DeriveError for what is none."""
    try:
        number = Decimal(printed)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise DeriveError(f"found {shown(printed)}", allowed="a decimal, 0.291027924")
    exponent = number.as_tuple().exponent
    half = Decimal(5).scaleb(int(exponent) - 1)
    return float(number - half), float(number + half)


def value(made: Pass, quantity: Quantity) -> float:
    """Return a quantity of a pass. Raises DeriveError where the network has none."""
    if quantity.kind == "loss":
        return made.loss
    layer, place = quantity.layer, tuple(number - 1 for number in quantity.index)
    by_layer = {
        "net": made.net, "out": made.out, "delta": made.delta, "dE/dout": made.arriving,
        "w": dict(enumerate(made.point.weights, 1)), "b": dict(enumerate(made.point.biases, 1)),
        "dE/dw": dict(enumerate(made.gradients.weights, 1)), "dE/db": dict(enumerate(made.gradients.biases, 1)),
    }  # fmt: skip
    if quantity.kind in ("net", "out", "delta", "dE/dout"):
        place = (quantity.sample - 1, *place)
    try:
        if min(place, default=0) < 0:
            raise IndexError
        return float(by_layer[quantity.kind][layer][place])
    except (KeyError, IndexError, TypeError):
        raise DeriveError(f"the network has no {quantity.kind} {quantity.index} in layer {layer}") from None
