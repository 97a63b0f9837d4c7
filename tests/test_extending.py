"""An activation and a loss that a user adds take part in everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import derive
from derive import functions, vocabulary
from derive.backprop import train
from derive.check.verdict import Refuted
from derive.errors import DeriveError

TABLES = (functions.ACTIVATIONS, functions.LOSSES, vocabulary.ACTIVATIONS, vocabulary.LOSSES)


@pytest.fixture(autouse=True)
def tables() -> Iterator[None]:
    """Leave the vocabulary as it was."""
    before = [dict(table) for table in TABLES]
    yield
    for table, rows in zip(TABLES, before, strict=True):
        table.clear()
        table.update(rows)


def bend() -> None:
    derive.add_activation(
        "bent identity",
        symbolic=lambda x: (sp.sqrt(x**2 + 1) - 1) / 2 + x,
        value=lambda x: (np.sqrt(x**2 + 1) - 1) / 2 + x,
        slope=lambda x: x / (2 * np.sqrt(x**2 + 1)) + 1,
    )


def network(activation: str = "tanh", loss: str = "half squared error", **rest: Any) -> derive.Network:
    layers = [
        {"size": 2, "activation": activation, "weights": [[0.15, 0.2], [-0.25, 0.3]]},
        {"size": 2, "activation": "identity", "weights": [[0.4, 0.45], [0.5, -0.55]], "biases": [0.1, -0.2]},
    ]
    return derive.network(inputs=[[0.05, 0.1], [1, -2]], targets=[[0.01, 0.99], [1, 0]], layers=layers, loss=loss,
                          learning_rate=0.05, **rest)  # fmt: skip


def test_an_activation_of_five_lines_takes_part_in_everything(tmp_path: Path) -> None:
    bend()
    made = network("bent identity")
    derived = made.derive()
    assert derived.check().passed
    report = derived.report(tmp_path, formats=["html", "tex"], only=["w1"])
    assert report.verification.passed
    for path in report.files.values():
        assert "bent identity" in path.read_text("utf-8")
    assert derived.report(tmp_path, formats=["html"], only=["w1"], language="zh").verification.passed
    start, end = train(made.spec, 200)
    assert end.total < 0.5 * start.total
    # (√(1 + x²) − 1)/2 + x is 1 + (√2 − 1)/2 at 1.
    assert vocabulary.ACTIVATIONS["bent identity"].value(np.array([[1.0]])).item() == pytest.approx(0.5 + 2**0.5 / 2)


def test_a_slip_in_the_slope_is_refuted() -> None:
    derive.add_activation(
        "slipped", symbolic=lambda x: x**3 / 3, value=lambda x: x**3 / 3, slope=lambda x: 1.0005 * x**2
    )
    verification = network("slipped").derive().check(only=["w1"])
    assert all(not isinstance(verdict, Refuted) for _, verdict in verification.steps)
    assert isinstance(verification.parameters[0].verdict, Refuted)


def test_an_activation_with_a_kink() -> None:
    derive.add_activation(
        "shrink", symbolic=lambda x: functions.where(x, x / 2, sp.Integer(0)),
        value=lambda x: np.where(x.real > 0, x / 2, 0), slope=lambda x: np.where(x.real > 0, 0.5, 0),
        sides=lambda x: x.real > 0,
    )  # fmt: skip
    assert network("shrink").derive().check().passed


def test_a_loss_takes_part_in_everything(tmp_path: Path) -> None:
    derive.add_loss(
        "quartic", symbolic=lambda t, o: (t - o) ** 4 / 4, value=lambda t, o: (t - o) ** 4 / 4,
        slope=lambda t, o: (o - t) ** 3, mean=True,
    )  # fmt: skip
    made = network(loss="quartic")
    assert made.derive().check().passed
    assert made.derive().report(tmp_path, formats=["html", "tex"], only=["w1"]).verification.passed
    start, end = train(made.spec, 50)
    assert end.total < start.total


def test_what_a_loss_demands_is_demanded() -> None:
    derive.add_loss(
        "surprise", symbolic=lambda t, o: -t * sp.log(o), value=lambda t, o: -t * np.log(o), slope=lambda t, o: -t / o,
        outputs=(0, 1), targets=(0, 1),
    )  # fmt: skip
    with pytest.raises(DeriveError, match="surprise takes outputs above 0 and below 1, and identity gives any number"):
        network(loss="surprise")


@pytest.mark.parametrize("name", ["sigmoid", "huber", "", "Bent", "bent(1)", "a.b", "bent  identity", "x" * 41, 3])
def test_names_that_are_taken_or_no_plain_words_are_refused(name: Any) -> None:
    with pytest.raises(DeriveError):
        derive.add_activation(name, symbolic=lambda x: x, value=lambda x: x, slope=np.ones_like)
    with pytest.raises(DeriveError):
        derive.add_loss(name, symbolic=lambda t, o: o, value=lambda t, o: o, slope=lambda t, o: np.ones_like(o))


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(DeriveError, match="no way to write gamma"):
        derive.add_activation("gamma function", symbolic=sp.gamma, value=lambda x: x, slope=lambda x: x)
    assert "gamma function" not in functions.ACTIVATIONS
