"""Exactly on a kink: the convention is used, the report names it, and differences neither pass nor fail by luck."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import derive
from derive.check.numeric import Way
from derive.check.verdict import Doubt, Undecided
from derive.expression import Diff, Var


def network(activation: str, loss: str, net: float, target: float) -> derive.Derived:
    """One neuron whose net input is exactly `net`, in doubles too: 0.5 · 2·net."""
    layer = {"size": 1, "activation": activation, "weights": [[2 * net]], "bias": "none"}
    return derive.network(inputs=[0.5], targets=[target], loss=loss, layers=[layer]).derive()


# The activation, the loss, net, target, and ∂E/∂w = ½ ∂E/∂out ∂out/∂net by the convention; then what the report says.
CASES = [
    ("relu", "half squared error", 0, 1, 0, "∂out_o1/∂net_o1 = 0 where net_o1 = 0"),
    ("leaky relu(0.25)", "half squared error", 0, 1, -0.125, "∂out_o1/∂net_o1 = 1/4 where net_o1 = 0"),
    ("elu(0.5)", "half squared error", 0, 1, -0.25, "∂out_o1/∂net_o1 = 1/2 · exp(net_o1) where net_o1 = 0"),
    ("hard tanh", "half squared error", 1, 2, 0, "∂out_o1/∂net_o1 = 0 where 1 − net_o1² = 0"),
    ("hard tanh", "half squared error", -1, 2, 0, "∂out_o1/∂net_o1 = 0 where 1 − net_o1² = 0"),
    ("identity", "mean absolute error", 0.75, 0.75, 0, "∂E_o1/∂out_o1 = 0 where target_o1 − out_o1 = 0"),
    ("identity", "huber", 1.75, 0.75, 0.5, "∂E_o1/∂out_o1 = out_o1 − target_o1 where out_o1 − 1 − target_o1 = 0"),
    ("identity", "hinge", 2, 0.5, 0, "∂E_o1/∂out_o1 = 0 where 1 − out_o1 · target_o1 = 0"),
    ("identity", "squared hinge", 2, 0.5, 0, "∂E_o1/∂out_o1 = 0 where 1 − out_o1 · target_o1 = 0"),
]  # fmt: skip
SMOOTH = ("huber", "squared hinge")  # whose slope does not jump


@pytest.mark.parametrize(("activation", "loss", "net", "target", "slope", "said"), CASES)
def test_the_convention_holds_and_differences_do_not_count(
    activation: str, loss: str, net: float, target: float, slope: float, said: str
) -> None:
    derived = network(activation, loss, net, target)
    verification = derived.check()
    assert verification.passed
    assert float(derived["w1"]) == slope
    (row,) = verification.parameters
    assert row.quantity == Diff(Var("total"), Var("w", 1, (1, 1)))
    differences = [reading for reading in row.readings if reading.way in (Way.CENTRAL, Way.COMPLEX)]
    if loss in SMOOTH:
        assert [reading.way for reading in differences] == [Way.COMPLEX]
    else:
        assert [reading.verdict for reading in differences] == [Undecided(Doubt.KINK)]
    assert any(condition.sign == 0 for condition in row.verdict.region)  # type: ignore[union-attr]


@pytest.mark.parametrize(("activation", "loss", "net", "target", "slope", "said"), CASES)
def test_the_report_names_the_kink_and_the_convention(
    activation: str, loss: str, net: float, target: float, slope: float, said: str, tmp_path: Path
) -> None:
    derived = network(activation, loss, net, target)
    report = derived.report(tmp_path, formats=["html"])
    assert report.verification.passed
    page = re.sub(r"<[^>]+>", "", report.files["html"].read_text("utf-8"))
    assert page.count("by convention") >= 2  # at the derivative, and where the checks are explained
    statement = page.partition("Exactly between two cases the derivative is taken to be that of the case with ≤")[2]
    assert bare(said) in bare(statement.partition("Differences")[0])


def bare(text: str) -> str:
    """Return a formula without what print and page show in different ways: spaces, fractions, subscripts."""
    return re.sub(r"[\s_/·⋅()]", "", text.replace("exp", "e").replace("²", "2"))


def test_doubles_that_miss_a_kink_are_undecided_and_say_so() -> None:
    """0.1·3 is 0.3, and in doubles 0.30000000000000004: there |t − out| has slope 1, and not 0."""
    layer = {"size": 1, "activation": "identity", "weights": [[3]], "bias": "none"}
    derived = derive.network(
        inputs=["0.1"], targets=["0.3"], loss="mean absolute error", layers=[layer]
    ).derive()  # fmt: skip
    verification = derived.check()
    assert derived["w1"].value == 0
    (row,) = verification.parameters
    assert row.verdict == Undecided(Doubt.KINK)
    assert verification.exit_code == 3


def test_beside_a_kink_the_slopes_are_those_of_the_sides() -> None:
    below, above = (network("leaky relu(0.25)", "half squared error", net, 1) for net in (-0.5, 0.5))
    assert (float(below["w1"]), float(above["w1"])) == (-1.125 * 0.25 / 2, -0.25)
    assert all(
        condition.sign for side in (below, above) for row in side.check().parameters
        for condition in row.verdict.region  # type: ignore[union-attr]
    )  # fmt: skip
