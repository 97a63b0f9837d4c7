"""Penalties: the error and its derivatives with them, by formulas and by hand, with one more path into every weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.backprop import forward, gradients, parameters, train
from derive.check.numeric import Way
from derive.check.verdict import Doubt, Undecided
from derive.differentiate.products import derivatives_in
from derive.errors import DeriveError
from derive.expression import Diff, Var
from derive.spec import Spec, loads

PENALTIES = [{"l2": 0.01}, {"l1": 0.25}, {"l1": 0.001, "l2": 0.5}, {"l1": 0.125, "l2": 0.02, "biases": True}]
TOTAL, R = Var("total"), Var("R")


def network(bias: str = "per neuron", samples: int = 1, loss: str = "half squared error", **penalty: Any) -> Any:
    biases: dict[str, Any] = {"none": {}, "shared": {"biases": 0.1}, "per neuron": {"biases": [0.1, -0.2]}}[bias]
    layers = [
        {"size": 2, "activation": activation, "bias": bias, "weights": [[0.3, -0.7], [0.8, 0.1]], **biases}
        for activation in ("tanh", "sigmoid")
    ]
    inputs, targets = [[0.5, -0.3], [1, 2], [-1, 0.25]][:samples], [[0.25, 0.75], [0, 1], [1, 0]][:samples]
    rest = {"penalty": penalty} if penalty else {}
    return derive.network(inputs=inputs, targets=targets, layers=layers, loss=loss, **rest)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(
    ("bias", "samples", "loss"),
    [("none", 1, "half squared error"), ("shared", 3, "mean squared error"), ("per neuron", 1, "huber")],
)
def test_it_agrees_in_four_ways(penalty: dict[str, Any], bias: str, samples: int, loss: str) -> None:
    derived = network(bias, samples, loss, **penalty).derive()
    verification = derived.check()
    assert verification.passed
    # The smooth one by the complex step, the one with kinks by central differences.
    way = Way.CENTRAL if "l1" in penalty or loss == "mean absolute error" else Way.COMPLEX
    assert all(row.readings[-1].way is way for row in verification.parameters)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_it_adds_what_its_definition_says(penalty: dict[str, Any]) -> None:
    with_it, without = (network(**each).spec for each in (penalty, {}))
    l1, l2, biases = penalty.get("l1", 0), penalty.get("l2", 0), penalty.get("biases", False)
    here = parameters(with_it)
    counted = np.concatenate([array.ravel() for array in (*here.weights, *(here.biases if biases else ()))])
    added = l1 * np.abs(counted).sum() + l2 / 2 * (counted**2).sum()
    assert forward(with_it).total - forward(without).total == pytest.approx(added, rel=1e-13)
    found, plain = gradients(with_it), gradients(without)
    for g, old, w in zip(found.weights, plain.weights, here.weights, strict=True):
        assert g - old == pytest.approx(l1 * np.sign(w) + l2 * w, rel=1e-13, abs=1e-16)
    for g, old, b in zip(found.biases, plain.biases, here.biases, strict=True):
        assert g - old == pytest.approx((l1 * np.sign(b) + l2 * b) * biases, rel=1e-13, abs=1e-16)
    derived = network(**penalty).derive().derivation
    assert float(derived.values[R]) == pytest.approx(added, rel=1e-13)
    assert float(derived.values[TOTAL]) == pytest.approx(forward(with_it).total, rel=1e-13)


def test_the_penalty_is_one_more_path() -> None:
    derived = network(l2=0.01).derive()
    opening = derived["w5"].steps[0]
    assert opening.rule.name == "sum over paths"
    assert str(opening).endswith("+ ∂E_total/∂R · ∂R/∂w5")
    assert str(derived["w5"]).startswith("∂E_total/∂w5 = δ_o1 · out_h1 + 0.01 · w5 ≈")
    assert derived.derivation.passages[Diff(R, Var("w", 2, (1, 1)), local=True)].result != 0


def test_biases_are_left_alone_unless_it_is_said() -> None:
    plain, counted = (network(l2=0.5, biases=biases).derive() for biases in (False, True))
    name = Var("b", 2, (1,))
    opening = plain.derivation.passages[Diff(TOTAL, name)].steps[0]
    assert R not in {factor.of for factor in derivatives_in(opening.rhs)}
    gap = float(counted.derivation.values[Diff(TOTAL, name)] - plain.derivation.values[Diff(TOTAL, name)])
    assert gap == pytest.approx(0.5 * 0.1, rel=1e-14)


def test_at_a_weight_of_0_the_slope_is_0_and_differences_do_not_count() -> None:
    layer = {"size": 1, "activation": "identity", "bias": "none", "weights": [[0, 0.5]]}
    fields: dict[str, Any] = {"inputs": [1, 2], "targets": [3], "layers": [layer]}
    derived = derive.network(**fields, penalty={"l1": 0.25}).derive()
    assert derived["w1"].value == -2  # (1 − 3) · 1
    assert float(derived["w2"]) == -4 + 0.25
    verification = derived.check()
    assert verification.passed
    on_the_kink, beside = verification.parameters
    assert on_the_kink.readings[-1].verdict == Undecided(Doubt.KINK)
    assert beside.readings[-1].verdict != Undecided(Doubt.KINK)
    assert any(condition.sign == 0 for condition in on_the_kink.verdict.region)  # type: ignore[union-attr]


def test_a_report_shows_it_and_passes(tmp_path: Path) -> None:
    derived = network("shared", 3, l1=0.001, l2=0.02).derive()
    report = derived.report(tmp_path, formats=["html", "tex", "json"], only=["w5", "b1"])
    assert report.verification.passed
    page = report.files["html"].read_text("utf-8")
    assert "through the network, and through the penalty" in page
    assert "derivative of the penalty" in page


def test_training_shrinks_weights() -> None:
    ends = [[*train(network(samples=3, l2=l2).spec, 300)][-1].parameters for l2 in (0.5, 0)]
    sizes = [sum(float((w**2).sum()) for w in end.weights) for end in ends]
    assert sizes[0] < 0.2 * sizes[1]


def test_a_file_may_have_one() -> None:
    spec = loads("""
        inputs = [1]
        targets = [1]
        [[layers]]
        size = 1
        [penalty]
        l2 = 0.01
    """)
    assert isinstance(spec, Spec)
    assert (str(spec.penalty.l1), str(spec.penalty.l2), spec.penalty.biases) == ("0", "0.01", False)


@pytest.mark.parametrize(
    ("penalty", "where", "said"),
    [
        ({"l2": -1}, "penalty.l2", "not negative"),
        ({"l1": "much"}, "penalty.l1", "a number"),
        ({"l3": 1}, "penalty", "there is no key 'l3'"),
        (0.01, "penalty", "a table"),
    ],
)
def test_what_is_no_penalty_is_refused(penalty: Any, where: str, said: str) -> None:
    with pytest.raises(DeriveError) as caught:
        derive.network(inputs=[1], targets=[1], layers=[{"size": 1}], penalty=penalty)
    assert where in caught.value.where
    assert said in str(caught.value)
