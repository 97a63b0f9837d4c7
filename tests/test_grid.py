"""Every activation with every loss: those that make sense agree in four ways, the others are refused with a reason.

The whole grid takes ten minutes: scripts/networks --grid. Here it is a part, evenly spread.
"""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest

import derive
from derive.backprop import train
from derive.check.verdict import Refuted, passes
from derive.errors import DeriveError
from derive.vocabulary import ACTIVATIONS, LOSSES

STRIDE = 31  # has no factor in common with the lengths of the grid's sides, so that each row of a table takes its turn


@pytest.mark.parametrize("place", range(0, len(networks.GRID), STRIDE))
def test_what_makes_sense_agrees_in_four_ways(place: int) -> None:
    examined = networks.examine(networks.of_grid(place))
    assert not examined.refuted
    assert not examined.undecided


def test_the_part_that_is_tested_has_every_row() -> None:
    chosen = [networks.GRID[place] for place in range(0, len(networks.GRID), STRIDE)]
    assert {activation for activation, *_ in chosen} == set(ACTIVATIONS)
    assert {loss for _, loss, *_ in chosen} == set(LOSSES)


def fields(activation: str, loss: str, **rest: Any) -> dict[str, Any]:
    layer = {"size": 2, "activation": activation, "weights": [[0.5, 0.25], [-0.5, 1]]}
    return {"inputs": [1, 2], "targets": [0, 1], "loss": loss, "layers": [layer], **rest}


REFUSED = [pair for pair in product(LOSSES, ACTIVATIONS) if pair[1] not in networks.ENDS[pair[0]]]


@pytest.mark.parametrize(("loss", "activation"), REFUSED)
def test_what_makes_none_is_refused_with_the_reason_and_an_alternative(loss: str, activation: str) -> None:
    with pytest.raises(DeriveError) as caught:
        derive.network(**fields(activation, loss))
    error = caught.value
    assert "takes outputs" in error.what or "makes no sense: the loss" in error.what
    assert error.where == "network(…): loss"
    # Both ways out that it names are ways out.
    head, _, instead = error.hint.partition(", or loss = ")
    last = head.removeprefix('activation = "').partition('"')[0]
    derive.network(**fields(last, loss))
    derive.network(**fields(activation, instead.strip('"')))


def test_a_sigmoid_is_not_applied_twice() -> None:
    with pytest.raises(DeriveError, match="applied twice") as caught:
        derive.network(**fields("sigmoid", "binary cross-entropy on logits"))
    assert caught.value.hint == 'activation = "identity" in the last layer, or loss = "binary cross-entropy"'


@pytest.mark.parametrize(
    ("loss", "targets", "where"),
    [
        ("hinge", [0, 2], "targets[1]"),
        ("squared hinge", [-1.5, 1], "targets[0]"),
        ("binary cross-entropy on logits", [0, -1], "targets[1]"),
    ],
)
def test_targets_that_a_loss_does_not_take_are_refused(loss: str, targets: list[float], where: str) -> None:
    with pytest.raises(DeriveError, match="is no target for") as caught:
        derive.network(**fields("identity", loss, targets=targets))
    assert where in caught.value.where


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("mae", "mean absolute error"), ("L1 loss", "mean absolute error"), ("smooth_l1", "huber"),
        ("bce with logits", "binary cross-entropy on logits"), ("nll", "negative log-likelihood"),
        ("KL", "kullback-leibler divergence"), ("mse", "mean squared error"), ("hubber", "huber"),
    ],
)  # fmt: skip
def test_other_words_for_a_loss_are_understood(said: str, meant: str) -> None:
    with pytest.raises(DeriveError) as caught:
        derive.network(**fields("identity", said))
    assert caught.value.hint == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("swish", "silu"), ("LeakyReLU", "leaky relu"), ("hardtanh", "hard tanh"), ("log_softmax", "log-softmax"),
     ("leaky-relu(0.2)", "leaky relu")],
)  # fmt: skip
def test_other_words_for_an_activation_are_understood(said: str, meant: str) -> None:
    with pytest.raises(DeriveError) as caught:
        derive.network(**fields(said, "half squared error"))
    assert caught.value.hint == f"did you mean {meant!r}?"


# ── Far out ──────────────────────────────────────────────────────────────────────────────────────────────────


def far_out(activation: str, loss: str, far: float, targets: list[float]) -> derive.Network:
    layer = {"size": 2, "activation": activation, "bias": "none", "weights": [[far], [-far]]}
    return derive.network(inputs=[1], targets=targets, loss=loss, layers=[layer])


@pytest.mark.parametrize(
    ("activation", "loss"),
    [
        ("sigmoid", "half squared error"), ("sigmoid", "binary cross-entropy"), ("softmax", "binary cross-entropy"),
        ("softmax", "categorical cross-entropy"), ("softmax", "kullback-leibler divergence"),
        ("log-softmax", "negative log-likelihood"), ("identity", "binary cross-entropy on logits"),
        ("identity", "log-cosh"), ("softplus", "huber"), ("silu", "half squared error"), ("mish", "log-cosh"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("targets", [[0, 1], [1, 0]])
def test_40_away_from_0_all_is_well(activation: str, loss: str, targets: list[float]) -> None:
    verification = far_out(activation, loss, 40, targets).derive().check()
    assert not any(isinstance(verdict, Refuted) for verdict in verification.verdicts)
    assert all(passes(verdict) for _, verdict in verification.steps)
    assert all(math.isfinite(float(reading.value)) for row in verification.parameters for reading in row.readings)


@pytest.mark.parametrize(
    "activation", ["sigmoid", "softmax", "log-softmax", "elu", "gelu", "gelu tanh", "silu", "mish"]
)
def test_800_away_from_0_a_report_says_what_is_lost(activation: str, tmp_path: Path) -> None:
    derived = far_out(activation, "half squared error", 800, [0, 1]).derive()
    with pytest.raises(DeriveError, match=rf"net inputs reach -?(800|1600), where {activation} is flat"):
        derived.report(tmp_path, formats=["html"])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("loss", "activation"), [(loss, last) for loss, ends in networks.ENDS.items() for last in ends]
)  # fmt: skip
def test_800_away_from_0_training_goes_on_in_numbers(loss: str, activation: str) -> None:
    spec = far_out(activation, loss, 800, [0, 1]).spec.replace(learning_rate=Decimal("1e-6"))
    *_, end = train(spec, 3)
    assert math.isfinite(end.total)
    assert all(np.isfinite(array).all() for array in end.parameters.weights)
