"""Reports over the whole vocabulary: every function has its place on a page, and every decimal there is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import derive
from derive.errors import DeriveError
from derive.vocabulary import ACTIVATIONS, LOSSES

LAST = {
    "binary cross-entropy": "sigmoid",
    "categorical cross-entropy": "softmax",
    "kullback-leibler divergence": "softmax",
    "negative log-likelihood": "log-softmax",
}
"""The last activation of a loss that does not take any."""

TARGETS = {"hinge": [1, -1], "squared hinge": [-1, 1]}


def fields(activation: str, loss: str, last: str) -> dict[str, Any]:
    return {
        "inputs": [0.5, -0.25],
        "targets": TARGETS.get(loss, [0.25, 0.75]),
        "loss": loss,
        "seed": 4,
        "layers": [{"size": 2, "activation": activation}, {"size": 2, "activation": last}],
    }


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_its_page(activation: str, tmp_path: Path) -> None:
    made = derive.network(**fields(activation, "half squared error", "identity")).derive()
    written = made.report(tmp_path, formats=["html", "tex"], only=["w1", "w5"])
    assert written.verification.passed, str(written.verification)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_its_page_in_every_language(loss: str, tmp_path: Path) -> None:
    made = derive.network(**fields("tanh", loss, LAST.get(loss, "identity"))).derive()
    for language in ("en", "zh"):
        written = made.report(tmp_path / language, formats=["html"], only=["w1", "w5"], language=language)
        assert written.verification.passed, str(written.verification)


@pytest.mark.parametrize("optimiser", ["adam", "nadam", "adadelta"])
@pytest.mark.parametrize("penalty", [{"l2": 0.01}, {"l1": 0.001}])
def test_penalties_and_optimisers_go_together(optimiser: str, penalty: dict[str, float], tmp_path: Path) -> None:
    made = derive.network(
        **fields("sigmoid", "half squared error", "sigmoid"), penalty=penalty, training={"optimiser": optimiser}
    )
    written = made.derive(step=2).report(tmp_path, formats=["html", "json"], only=["w1", "w5"])
    assert written.verification.passed, str(written.verification)


def test_a_pair_that_makes_no_sense_has_no_page() -> None:
    for loss in LAST:
        with pytest.raises(DeriveError) as refusal:
            derive.network(**fields("tanh", loss, "tanh"))
        assert LAST[loss] in str(refusal.value)
