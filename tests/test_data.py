"""A report as data: it is what its schema says, and holds the numbers that were computed elsewhere."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from golden import DERIVATIVES, GRADIENTS, UPDATED, VALUES

import derive
from derive.render.data import VERSION, schema

NETWORKS: dict[str, dict[str, Any]] = {
    "samples": {
        "inputs": [[0.1, 0.5], [0.7, -0.3]], "targets": [[0], [1]], "loss": "binary cross-entropy", "batch": "mean",
        "layers": [{"size": 2, "activation": "relu", "weights": [[0.4, -0.6], [0.3, 0.8]], "bias": "none"},
                   {"size": 1, "weights": [[0.5, -0.7]], "biases": [0.05]}],
    },
    "softmax": {
        "inputs": [0.5, -1], "targets": [0, 1], "loss": "categorical cross-entropy", "notation": "indexed", "seed": 4,
        "layers": [{"size": 2, "activation": "tanh"}, {"size": 2, "activation": "softmax", "train_weights": False}],
    },
    "kink": {  # the net input of a ReLU is 0, so that its differences say nothing
        "inputs": [1], "targets": [0],
        "layers": [{"size": 1, "activation": "relu", "weights": [[0]], "bias": "none"}, {"size": 1, "bias": "none"}],
    },
}  # fmt: skip


def report(network: Any, folder: Path, **arguments: Any) -> dict[str, Any]:
    written = network.derive().report(folder, formats=["json"], **arguments)
    text = written.files["json"].read_text("utf-8")
    made: dict[str, Any] = json.loads(text, parse_constant=_no_constant)
    return made


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    networks = {"mazur": derive.load("mazur"), **{name: derive.network(**each) for name, each in NETWORKS.items()}}
    return {name: report(network, tmp_path_factory.mktemp(name)) for name, network in networks.items()}


@pytest.fixture
def mazur(reports: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return reports["mazur"]


def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


def test_the_worked_example_is_what_the_schema_says(mazur: dict[str, Any]) -> None:
    validator().validate(mazur)
    assert mazur["version"] == VERSION
    assert mazur["verdict"]["word"] == "proved"


@pytest.mark.parametrize("name", NETWORKS)
def test_other_networks_are_what_the_schema_says(name: str, reports: dict[str, dict[str, Any]]) -> None:
    validator().validate(reports[name])


def test_a_few_parameters_are_what_the_schema_says(tmp_path: Path) -> None:
    made = report(derive.load("mazur"), tmp_path, only=["w5"])
    validator().validate(made)
    assert list(made["gradients"]) == list(made["updated"]) == ["w5"]
    assert made["after_update"] == {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["version"], 2), (["verdict", "word"], "fine"), (["values", "out_h1"], 0.59), (["values", "out_h1"], "nan"),
        (["steps", 0, "verdict"], None), (["gradients", "w1", "value"], "1.2.3"), (["more"], 1),
        (["network", "batch"], "median"),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_is_not_a_report(mazur: dict[str, Any], path: list[Any], value: Any) -> None:
    doctored = copy.deepcopy(mazur)
    place: Any = doctored
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert not validator().is_valid(doctored)


@pytest.mark.parametrize("key", ["values", "gradients", "updated", "steps", "verdict", "format"])
def test_the_schema_misses_what_is_missing(mazur: dict[str, Any], key: str) -> None:
    assert not validator().is_valid({name: part for name, part in mazur.items() if name != key})


def test_values_are_those_that_were_computed_elsewhere(mazur: dict[str, Any]) -> None:
    for part, expected in (("values", VALUES), ("derivatives", DERIVATIVES), ("updated", UPDATED)):
        # As numbers: a rounded one keeps the zeros at its end.
        found = {name: Decimal(mazur[part][name]) for name in expected}
        assert found == {name: Decimal(text) for name, text in expected.items()}
    assert set(mazur["updated"]) == set(UPDATED)


def test_derivatives_have_fifty_digits_that_begin_as_computed_elsewhere(mazur: dict[str, Any]) -> None:
    assert set(mazur["gradients"]) == set(GRADIENTS)
    for name, row in mazur["gradients"].items():
        value = Decimal(row["value"])
        assert len(value.as_tuple().digits) == 50
        # The golden numbers are rounded to 30 digits, or to fewer where these end in zeros.
        assert f"{value:.{-int(Decimal(GRADIENTS[name]).as_tuple().exponent)}f}" == GRADIENTS[name]
        assert Decimal(row["dual"]) - value <= abs(value) * Decimal("1e-48")
        assert float(row["value"]) == pytest.approx(row["numpy"], rel=1e-14)
        assert row["numpy_ulp"] < 20
        assert row["verdict"] == "agrees"


def test_the_error_after_the_update_is_the_right_one_and_not_the_published_one(mazur: dict[str, Any]) -> None:
    assert f"{float(mazur['after_update']['E_total']):.9f}" == "0.291027774"


def test_formulas_are_named_as_the_notation_names_them(mazur: dict[str, Any]) -> None:
    assert mazur["gradients"]["w5"]["formula"] == "δ_o1 · out_h1"
    assert mazur["gradients"]["w5"]["latex"] == "\\delta_{o1} \\cdot \\mathrm{out}_{h1}"
    assert mazur["gradients"]["b2"]["formula"] == "δ_o1 + δ_o2"


@pytest.mark.parametrize("name", ["mazur", *NETWORKS])
def test_steps_come_after_what_they_use(name: str, reports: dict[str, dict[str, Any]]) -> None:
    seen: set[str] = set()
    for step in reports[name]["steps"]:
        assert step["id"] not in seen
        assert seen.issuperset(step["uses"])
        assert step["verdict"] == "proved"
        assert step["witness"] is None
        seen.add(step["id"])


def test_samples_stand_in_brackets(reports: dict[str, dict[str, Any]]) -> None:
    values = reports["samples"]["values"]
    # By hand: net_h1 = 0.4·0.7 − 0.6·(−0.3) and net_h2 = 0.3·0.7 + 0.8·(−0.3), whose ReLU is 0.
    assert (values["net_h1[2]"], values["net_h2[2]"], values["out_h2[2]"]) == ("0.46", "-0.03", "0")


def test_a_parameter_that_is_not_trained_has_a_derivative_and_no_update(reports: dict[str, dict[str, Any]]) -> None:
    made = reports["softmax"]
    assert "w2_1_1" in made["gradients"]
    assert "w2_1_1" not in made["updated"]
    assert "b2_1" in made["updated"]


def test_numbers_that_do_not_exist_are_null(reports: dict[str, dict[str, Any]]) -> None:
    made = reports["kink"]
    assert made["gradients"]["w1"]["value"] == "0"
    assert made["verdict"]["region"] == [{"test": "net_h1", "sign": 0}]
    for row in made["gradients"].values():
        assert row["step_ulp"] is None or row["step_ulp"] >= 0


def test_a_report_in_another_language_has_the_same_data(mazur: dict[str, Any], tmp_path: Path) -> None:
    assert report(derive.load("mazur"), tmp_path, language="zh") == mazur
