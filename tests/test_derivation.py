"""The derivation of the worked example, and of networks of other shapes: values, wording, laziness."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from fractions import Fraction

import pytest
from golden import DERIVATIVES, GRADIENTS, UPDATED, VALUES

import derive
from derive.expression import Diff, Expr, Var, names
from derive.graph import Graph
from derive.render.numbers import long_decimal


@pytest.fixture(scope="module")
def mazur() -> derive.Derived:
    return derive.load("mazur").derive()


def to_30_digits(value: object) -> Decimal:
    return Context(prec=30).plus(long_decimal(value, 60))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", VALUES)
def test_quantities_of_the_worked_example(mazur: derive.Derived, name: str) -> None:
    assert to_30_digits(mazur.value(name)) == Decimal(VALUES[name])


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_by_intermediates(mazur: derive.Derived, name: str) -> None:
    of, wrt = (mazur.notation.find(part) for part in re.fullmatch(r"d(.+)/d(.+)", name).groups())  # type: ignore[union-attr]
    local = of.kind == "out"
    assert to_30_digits(mazur.derivation.values[Diff(of, wrt, local)]) == Decimal(DERIVATIVES[name])


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_of_the_worked_example(mazur: derive.Derived, name: str) -> None:
    assert to_30_digits(mazur[name].value) == Decimal(GRADIENTS[name])


@pytest.mark.parametrize("name", UPDATED)
def test_updates_of_the_worked_example(mazur: derive.Derived, name: str) -> None:
    parameter = mazur.quantity(name)
    updated = Var(f"{parameter.kind}+", parameter.layer, parameter.index)
    assert to_30_digits(mazur.derivation.values[updated]) == Decimal(UPDATED[name])


def test_what_is_rational_stays_exact(mazur: derive.Derived) -> None:
    assert mazur.value("net_h1") == Fraction(3775, 10_000)  # 0.15·0.05 + 0.2·0.1 + 0.35


def test_the_steps_of_w5_read_as_on_a_board(mazur: derive.Derived) -> None:
    """Wording after the standard presentation of the example: three factors, each with its numbers, then δ."""
    lines = [str(step) for step in mazur["w5"].steps]
    assert lines[0] == "∂E_total/∂w5 = ∂E_total/∂out_o1 · ∂out_o1/∂net_o1 · ∂net_o1/∂w5"
    for wanted in (
        "E_o1 = 1/2 · (target_o1 − out_o1)²",
        "∂E_total/∂out_o1 = out_o1 − target_o1",
        "∂out_o1/∂net_o1 = out_o1 · (1 − out_o1)",
        "∂net_o1/∂w5 = out_h1",
        "∂E_total/∂w5 ≈ 0.741365070 · 0.186815602 · 0.593269992 ≈ 0.0821670406",
        "∂E_total/∂w5 = δ_o1 · out_h1",
        "w5+ ≈ 0.4 − 0.5 · 0.0821670406 ≈ 0.358916480",
    ):
        assert wanted in lines


def test_a_hidden_weight_sums_over_its_paths(mazur: derive.Derived) -> None:
    lines = [str(step) for step in mazur["w1"].steps]
    for wanted in (
        "∂E_total/∂out_h1 = ∂E_o1/∂out_h1 + ∂E_o2/∂out_h1",
        "∂E_o2/∂out_h1 = ∂E_o2/∂net_o2 · ∂net_o2/∂out_h1",
        "δ_h1 = (δ_o1 · w5 + δ_o2 · w7) · out_h1 · (1 − out_h1)",
        "∂E_total/∂w1 = δ_h1 · i1",
    ):
        assert wanted in lines


def test_ids_are_unique_and_uses_point_backwards(mazur: derive.Derived) -> None:
    seen: set[str] = set()
    for step in mazur.derivation.chain(*(gradient.key for gradient in mazur)):
        assert step.id not in seen
        assert seen.issuperset(step.uses)
        seen.add(step.id)


def test_intermediates_stay_named(mazur: derive.Derived) -> None:
    """Nothing is substituted to the bottom: each step mentions a handful of names, not the whole network."""
    for step in mazur["w1"].steps:
        assert len(set(names(step.rhs))) <= 12


@pytest.mark.parametrize(
    ("activation", "named"),
    [
        ("sigmoid", "out_h1 · (1 − out_h1)"),
        ("tanh", "1 − out_h1²"),
        ("relu", "{1, net_h1 > 0; 0, net_h1 ≤ 0}"),
        ("identity", "1"),
    ],
)
def test_simplest_named_form_of_each_activation(activation: str, named: str) -> None:
    """The forms that textbooks give: Goodfellow et al. (2016), §6.3; found by SymPy, not typed in."""
    made = derive.network(
        inputs=[1], targets=[0], layers=[{"size": 1, "activation": activation}, {"size": 1, "activation": "identity"}]
    ).derive()
    assert f"∂out_h1/∂net_h1 = {named}" in map(str, made["w1"].steps)


def test_the_jacobian_of_softmax() -> None:
    """∂yⱼ/∂zᵢ = yⱼ(δᵢⱼ − yᵢ): Bishop (2006), eq. 4.106."""
    made = derive.network(
        inputs=[1],
        targets=[0, 1, 0],
        loss="categorical cross-entropy",
        layers=[{"size": 3, "activation": "softmax"}],
    ).derive()
    lines = list(map(str, made["w1"].steps))
    assert "∂out_o1/∂net_o1 = out_o1 · (1 − out_o1)" in lines
    assert "∂out_o2/∂net_o1 = −out_o2 · out_o1" in lines
    # ŷ − y, the short form, holds as a number: net is one weight times 1.
    assert abs(made["w1"].value - made.value("out_o1")) < 1e-70


@pytest.mark.parametrize(
    ("loss", "activation", "signal"),
    [
        ("binary cross-entropy", "sigmoid", "δ_o1 = out_o1 − target_o1"),
        ("categorical cross-entropy", "softmax", "δ_o1 = out_o1 · (target_o1 + target_o2) − target_o1"),
    ],
)
def test_the_short_error_signals_of_cross_entropy(loss: str, activation: str, signal: str) -> None:
    """y − t where the targets add up to 1: Bishop (2006), eqs. 4.91 and 4.109; of softmax, for any targets."""
    made = derive.network(
        inputs=[1, 2], targets=[1, 0], loss=loss, layers=[{"size": 2, "activation": activation}]
    ).derive()
    assert signal in map(str, made["w1"].steps)
    assert made.check().passed


def test_a_derivative_that_cancels_is_zero() -> None:
    """Softmax ignores what is added to all its net inputs: a bias that they share has no effect."""
    made = derive.network(
        inputs=[0.5], targets=[0.3, 0.9], loss="categorical cross-entropy",
        layers=[{"size": 2, "activation": "softmax", "bias": "shared", "weights": [[0.25], [-0.75]]}],
    ).derive()  # fmt: skip
    assert made["b1"].value == Fraction(0)
    assert made.check().passed


def test_indexed_notation_is_that_of_the_textbooks() -> None:
    made = derive.load("mazur").derive(notation="indexed")
    assert str(made["w2_1_1"].steps[0]) == "∂E/∂w2_1_1 = ∂E/∂a2_1 · ∂a2_1/∂z2_1 · ∂z2_1/∂w2_1_1"
    assert "w_{11}^{(2)}" in made["w2_1_1"].latex
    assert "\\delta_{1}^{(2)} \\cdot a_{1}^{(1)}" in made["w2_1_1"].latex


def test_own_names_hold_everywhere() -> None:
    spec = derive.load("mazur").spec.replace(names={"w5": "v_11", "E_total": "cost", "out_h1": "y1"})
    made = derive.Network(spec).derive()
    assert str(made["v_11"].steps[0]) == "∂cost/∂v_11 = ∂cost/∂out_o1 · ∂out_o1/∂net_o1 · ∂net_o1/∂v_11"
    assert made["v_11"].latex.startswith("\\frac{\\partial \\mathrm{cost}}{\\partial v_{11}}")


def test_a_notebook_shows_maths(mazur: derive.Derived) -> None:
    step = mazur["w5"].steps[0]
    assert step._repr_latex_().startswith("$\\displaystyle \\frac{\\partial E_{\\mathrm{total}}}{\\partial w_{5}} =")
    assert mazur["w5"].steps._repr_latex_().count("\\\\\n") == len(mazur["w5"].steps) - 1


def test_deriving_does_not_make_what_nobody_asks_for() -> None:
    """The work is counted, not timed: the steps of 784-300-10 exist only once a weight is asked for."""
    large = derive.network(inputs=[[0.5] * 784], targets=[[0] * 10], layers=[{"size": 300}, {"size": 10}]).derive()
    passages = large.derivation.passages
    assert len(passages._made) == 0  # type: ignore[attr-defined]
    assert len(large) == 784 * 300 + 300 + 300 * 10 + 10
    first = large.derivation.chain(large["b_o3"].key)
    assert len(first) < 40
    assert len(passages._made) < 20  # type: ignore[attr-defined]


def test_depth_is_no_recursion() -> None:
    deep = derive.network(
        inputs=[0.5], targets=[0.25], layers=[{"size": 1, "activation": "tanh", "weights": [[1]]}] * 400
    ).derive()
    assert deep["w1"].value > -1
    assert len(deep["w1"].steps) > 400


def test_one_weight_of_a_wide_network_is_derived_from_its_own_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hidden weight of 784-300-10 stands on 33 equations: not on those of the 299 neurons beside its own."""
    looked_up: list[Var] = []
    plain = Graph.__getitem__

    def counted(self: Graph, name: Var) -> Expr:
        looked_up.append(name)
        return plain(self, name)

    monkeypatch.setattr(Graph, "__getitem__", counted)
    wide = derive.network(inputs=[[0.5] * 784], targets=[[0.1] * 10], layers=[{"size": 300}, {"size": 10}])
    steps = wide.derive().derivation.chain(Diff(Var("total"), Var("w", 1, (1, 1))))
    assert len(steps) == 295
    assert len(set(looked_up)) == 33
    assert len(looked_up) <= 66
