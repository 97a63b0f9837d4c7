"""Derivatives by what is no parameter: inputs, net inputs, outputs; and of other quantities than the error."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from mpmath import mp, mpf

import derive
from derive.check.kernel import Checker
from derive.check.verdict import Proved
from derive.derivation import Derivation
from derive.expression import Diff, Var
from derive.verification import verify

TOTAL = Var("total")
X1, H1, O1, NET = Var("x", 0, (1,)), Var("out", 1, (1,)), Var("out", 2, (1,)), Var("net", 1, (2,))


def forward(**moved: mpf) -> dict[str, mpf]:
    """Return the worked example forward, written out by hand, with some of its quantities given another value."""
    made = {"i1": mpf("0.05"), "i2": mpf("0.1"), **moved}

    def put(name: str, value: mpf) -> mpf:
        return made.setdefault(name, value)

    def sigmoid(x: mpf) -> mpf:
        return 1 / (1 + mp.exp(-x))

    for name, (a, b, bias) in {"h1": (0.15, 0.20, 0.35), "h2": (0.25, 0.30, 0.35)}.items():
        net = put(f"net_{name}", mpf(str(a)) * made["i1"] + mpf(str(b)) * made["i2"] + mpf(str(bias)))
        put(f"out_{name}", sigmoid(net))
    for name, (a, b) in {"o1": ("0.4", "0.45"), "o2": ("0.5", "0.55")}.items():
        net = put(f"net_{name}", mpf(a) * made["out_h1"] + mpf(b) * made["out_h2"] + mpf("0.6"))
        put(f"out_{name}", sigmoid(net))
    made["E"] = ((made["out_o1"] - mpf("0.01")) ** 2 + (made["out_o2"] - mpf("0.99")) ** 2) / 2
    return made


@pytest.fixture(scope="module")
def worked() -> Derivation:
    return derive.load("mazur").derive().derivation


@pytest.mark.parametrize(
    ("of", "key", "name"),
    [
        ("E", Diff(TOTAL, X1), "i1"),
        ("E", Diff(TOTAL, H1), "out_h1"),
        ("E", Diff(TOTAL, O1), "out_o1"),
        ("E", Diff(TOTAL, NET), "net_h2"),
        ("out_o1", Diff(O1, X1), "i1"),
        ("out_o1", Diff(O1, NET), "net_h2"),
        ("net_h2", Diff(NET, X1), "i1"),
        ("out_o1", Diff(O1, Var("net", 2, (1,))), "net_o1"),
    ],
)
def test_a_derivative_by_any_quantity_is_that_of_the_forward_pass(
    worked: Derivation, of: str, key: Diff, name: str
) -> None:
    mp.dps = 60
    expected = mpmath.diff(lambda x: forward(**{name: x})[of], forward()[name], h=mpf(10) ** -25)
    value = worked.values[key]
    found = mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value
    assert abs(found - expected) < mpf(10) ** -20 * abs(expected)
    checker = Checker(worked.definitions, worked.point)
    steps = worked.chain(key)
    assert steps
    assert all(isinstance(verdict, Proved) for verdict in checker.check_all(steps))


def test_what_no_path_leads_to_has_the_derivative_0(worked: Derivation) -> None:
    key = Diff(O1, Var("net", 2, (2,)))
    assert worked.values[key] == 0
    (step,) = worked.chain(key)
    assert isinstance(Checker(worked.definitions, worked.point).check(step), Proved)


@pytest.mark.parametrize("style", ["mazur", "indexed"])
@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_backpropagation_and_differences_agree_on_them(style: str, activation: str) -> None:
    made = derive.network(
        inputs=[[0.5, -0.25], [1, 0.75]],
        targets=[[0.25, 1], [0, 0.5]],
        layers=[{"size": 3, "activation": activation}, {"size": 2, "activation": "softmax"}],
        loss="categorical cross-entropy" if activation == "sigmoid" else "half squared error",
        seed=3,
    ).derive(notation=style)
    last = 2
    wanted = [
        Var(kind, layer, (j,), s)
        for kind, layer in (("x", 0), ("net", 1), ("out", 1), ("net", last), ("out", last))
        for j in (1, 2)
        for s in (1, 2)
    ]
    verification = verify(made.derivation, wanted, forward=[])
    assert verification.passed, verification
    assert all(len(row.readings) == 3 for row in verification.parameters)


def test_names_of_the_other_notation_are_understood() -> None:
    indexed = derive.load("mazur").derive(notation="indexed")
    assert indexed.quantity("w5") == Var("w", 2, (1, 1))
    assert indexed.quantity("out_h1") == H1
    assert indexed["out_h1"].value == derive.load("mazur").derive()["out_h1"].value
    with pytest.raises(derive.DeriveError, match="nothing to differentiate the error by"):
        indexed.quantity("eta")
    with pytest.raises(derive.DeriveError, match="there is no quantity"):
        indexed.quantity("w99")
