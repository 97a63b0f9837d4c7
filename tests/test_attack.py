"""What a careless or a hostile user types: no traceback, no verdict against a right derivation, no number that is none.

Expected values are definitions, identities, or decimals of mpmath.
"""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

import derive
from derive.api import Derived
from derive.errors import DeriveError
from derive.expression import Call, Var
from derive.render.numbers import decimals, exact_decimal
from derive.render.printed import Printed, recalculate
from derive.vocabulary import ACTIVATIONS


def one(formula: str, w: str, **fields: object) -> Derived:
    """Return the derivation of a loss that is one formula of w."""
    return derive.model({"L": formula}, of={"loss": "L", "parameters": ["w"]}, values={"w": w}, **fields).derive()


@pytest.mark.parametrize("optimiser", ["gradient descent", "adam"])
def test_a_loss_of_parameters_themselves_has_a_report(tmp_path, optimiser):
    report = one("w^2", "3", training={"optimiser": optimiser}).report(tmp_path, formats=("html", "json"))
    assert report.verification.exit_code == 0
    assert "A step of gradient descent" in (tmp_path / "model.html").read_text() or optimiser == "adam"


def test_exact_decimals_are_exact_beyond_the_digits_of_pythons_default_context():
    value = Fraction(300, 2**299)
    made = exact_decimal(value)
    assert made is not None
    assert Fraction(made) == value
    assert exact_decimal(Fraction(1, 2**4000)) is None  # of 2,796 digits
    assert not decimals(value, 40).exact


@pytest.mark.parametrize(
    ("formula", "w"),
    [
        ("*".join(["w"] * 300), "0.5"),  # 1e-91, by 300 factors
        ("((w^10)^10)^10", "0.5"),  # 1e-302, where a complex step leaves doubles
        ("1e-100*w*1e-100*1e-100*1e-100*w", "0.5"),  # 1e-401
        ("1e100*(1e100*(1e-100*(1e-100*(1e-100*(1e-100*w)))))", "0.5"),  # 1e-200, by way of 1e-401
        ("1e100*(1e100*(1e-100*(1e-100*(1e-100*w))))", "0.5"),
        ("sin(pi*w)", "1"),  # 0
        ("log(sin(w)^2 + cos(w)^2)", "1"),  # 0
        ("sin(w)", "1e50"),
        ("gelu(w)", "-40"),
        ("sigmoid(w)", "800"),
        ("sqrt(sqrt(sqrt(w)))", "2"),
    ],
)
def test_no_right_derivation_is_refuted(formula, w):
    assert one(formula, w).check().exit_code != 1


def test_a_function_that_crosses_zero_has_no_made_up_digits():
    assert one("sin(pi*w)", "1").value("L") == 0
    with mpmath.workdps(60):
        assert mpmath.almosteq(one("sin(pi*w)", "1.5").value("L"), -1)
        tiny = one("sin(pi*w)", "1.000000000000000000000000000000000000000000000000001").value("L")
        assert mpmath.almosteq(tiny, -mpmath.pi * mpmath.mpf(10) ** -51, rel_eps=mpmath.mpf(10) ** -49)


def test_a_pole_is_no_large_number():
    with pytest.raises(DeriveError, match="division by 0"):
        one("1/cos(pi/2*w)", "1").value("L")


def test_numbers_beyond_all_decimals_are_refused_and_not_a_traceback(tmp_path):
    made = one("exp(w)", "700")  # after the update: e to the power of −e^700
    with pytest.raises(DeriveError, match=r"leads where there is no loss.*close to 0"):
        made.report(tmp_path, formats=("json",))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("fn", "text"), [("sin", "0.841"), ("cos", "0.540"), ("erf", "0.843"), ("log", "0")])
def test_a_reader_with_a_calculator_takes_the_function_that_is_printed(fn, text):
    w = Var("w", 1)
    assert recalculate(Call(fn, w), [Printed(w, decimals(Fraction(1), 9))]).rounds_to(
        decimals(mpmath.mpf(text), 3)
    ) or (fn, text) == ("log", "0")


def test_slopes_of_nested_roots_can_be_written():
    made = one("sqrt(sqrt(w))", "16")
    assert made["w"].value == Fraction(1, 32)  # 16^(−3/4)/4
    assert one("sqrt(" * 20 + "w" + ")" * 20, "2").check(only=["w"]).exit_code in (0, 3)


@pytest.mark.parametrize(
    ("formula", "what", "column"),
    [("pi[1]*w", "no places", 1), ("0^-1*w", "divides by 0", 2), ("(1-1)^(-2)*w", "divides by 0", 6)],
)
def test_formulas_without_meaning_are_refused(formula, what, column):
    with pytest.raises(DeriveError, match=f"(?s)column {column}.*{what}|column {column}:.*{what}"):
        one(formula, "1")


def test_no_hint_repeats_what_was_wrong():
    with pytest.raises(DeriveError) as caught:
        one("$w", "1")
    assert caught.value.hint == ""


@pytest.mark.parametrize(("fn", "times"), [("tanh", 12), ("gelu", 4), ("mish", 3)])
def test_functions_deep_within_functions_are_differentiated_in_a_moment(fn, times):
    made = one(f"{fn}(" * times + "w" + ")" * times, "0.5")
    slope, value = mpmath.mpf(1), mpmath.mpf("0.5")
    with mpmath.workdps(60):
        function = {
            "tanh": mpmath.tanh,
            "gelu": lambda x: x * (1 + mpmath.erf(x / mpmath.sqrt(2))) / 2,
            "mish": lambda x: x * mpmath.tanh(mpmath.log(1 + mpmath.exp(x))),
        }[fn]
        for _ in range(times):
            slope, value = slope * mpmath.diff(function, value), function(value)
        assert mpmath.almosteq(mpmath.mpf(made["w"].decimal(40)), slope, rel_eps=1e-25)
    assert made.check(only=["w"]).exit_code == 0


@pytest.mark.parametrize("shape", ["nan", "inf", "[inf, 2]", "true", "1e400", "[1.5]", "-1"])
def test_shapes_that_are_none_are_refused(shape):
    text = f'[equations]\nL = "sum(w)"\n[of]\nloss = "L"\nparameters = ["w"]\n[shapes]\nw = {shape}\n'
    with pytest.raises(DeriveError, match=r"shapes\.w: found"):
        derive.spec.loads(text)


@pytest.mark.parametrize(
    ("formula", "rate"), [("log(w)", "100"), ("sqrt(w)", "100"), ("1/w", "-1"), ("exp(w)", "-1e9")]
)
def test_an_update_that_leaves_the_domain_is_told_as_one(tmp_path, formula, rate):
    made = one(formula, "1", learning_rate=rate)
    with pytest.raises(DeriveError, match="learning_rate: the update leads where there is no loss"):
        made.report(tmp_path, formats=("json",))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("optimiser", ["adam(0, 0, 0, 0)", "rmsprop(0, 0)", "adadelta(0, 0)", "nadam(0, 0, 0, 0, 0)"])
def test_constants_of_zero_take_states_out_of_the_check_too(optimiser):
    made = derive.model(
        {"L": "w^2"}, of={"loss": "L", "parameters": ["w"]}, values={"w": "0.3"}, training={"optimiser": optimiser}
    ).derive(step=2)  # fmt: skip
    assert made.check().exit_code in (0, 3)


def test_the_slope_of_mish_is_analytic_at_0():
    step = ACTIVATIONS["mish"].pull_back(np.array([[1e-100j]]), np.zeros((1, 1)), np.ones((1, 1))).imag.item() / 1e-100
    with mpmath.workdps(40):
        second = mpmath.diff(lambda x: x * mpmath.tanh(mpmath.log(1 + mpmath.exp(x))), 0, 2)
    assert step == pytest.approx(float(second), rel=1e-14)
