"""Reverse accumulation gives what the golden numbers say, and what dual numbers give going forward."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from golden import DERIVATIVES, GRADIENTS

import derive
from derive.check.adjoint import adjoints
from derive.check.field import Field
from derive.check.meanings import FieldMeaning, RealMeaning
from derive.check.network import Network
from derive.check.real import Reals
from derive.check.tower import tower
from derive.check.verdict import Doubt, Undefined
from derive.expression import Diff, Var

TOTAL = Var("total")


def test_the_derivatives_of_the_worked_example_come_out_to_30_digits() -> None:
    worked = derive.load("mazur").derive()
    meaning = RealMeaning(Network(worked.derivation.definitions, worked.derivation.point), Reals())
    found, region = adjoints(meaning, TOTAL)
    assert not region
    assert len(GRADIENTS) == 10
    for name, expected in GRADIENTS.items():
        value = found[worked.quantity(name)].value
        assert meaning.reals.decimal(value, 28) == meaning.reals.decimal(meaning.reals.mp.mpf(expected), 28)
    for number, neuron in enumerate(("h1", "h2"), 1):
        hidden = meaning.reals.mp.mpf(DERIVATIVES[f"dE_total/dout_{neuron}"])
        value = found[Var("out", 1, (number,))].value
        assert meaning.reals.decimal(value, 28) == meaning.reals.decimal(hidden, 28)


NETWORKS: dict[str, dict[str, Any]] = {
    "softmax, three samples": {
        "inputs": [[0.5, -1.2], [0.3, 0.8], [-0.7, 0.1]], "targets": [[0, 1, 0], [1, 0, 0], [0, 0, 1]],
        "loss": "categorical cross-entropy", "batch": "mean", "seed": 5,
        "layers": [{"size": 4, "activation": "tanh"}, {"size": 3, "activation": "softmax"}],
    },
    "kinks and a penalty": {
        "inputs": [[0.5, -1.2], [0.3, 0.8]], "targets": [[0.3], [-0.4]], "loss": "huber", "seed": 6,
        "penalty": {"l1": 0.1, "l2": 0.01, "biases": True},
        "layers": [{"size": 3, "activation": "relu"}, {"size": 2, "activation": "gelu"},
                   {"size": 1, "activation": "softplus"}],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_reverse_and_forward_accumulation_agree_in_the_field(name: str) -> None:
    derivation = derive.network(**NETWORKS[name]).derive().derivation
    network = Network(derivation.definitions, derivation.point)
    meaning = FieldMeaning(network, Field(tower(3, 6), blind=True), RealMeaning(network, Reals()).sign, free=False)
    found, region = adjoints(meaning, TOTAL)
    assert bool(region) == ("kinks" in name)
    assert len(derivation.parameters) > 10
    for parameter in derivation.parameters:
        forward = meaning.examine(Diff(TOTAL, parameter)).value
        assert meaning.field.same(found[parameter], forward)
        # … and is no constant that anything would equal.
        assert not meaning.field.same(forward, meaning.algebra.number(Fraction(0)))


def test_what_has_no_derivative_is_undefined() -> None:
    made = derive.model({"y": "x/z", "L": "y^2"}, of={"loss": "L", "parameters": ["x"]}, values={"x": 1, "z": 0})
    derivation = made.derive().derivation
    meaning = RealMeaning(Network(derivation.definitions, derivation.point), Reals())
    with pytest.raises(Undefined) as caught:
        adjoints(meaning, TOTAL)
    assert caught.value.doubt is Doubt.DIVISION
