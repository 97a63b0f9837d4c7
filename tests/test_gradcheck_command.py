"""`derive verify`, `derive.verify` and `derive.testing`: what they print, write, return and raise."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from judging import FUNCTION, SIGMOID, changed, judged, spec
from networks import toml

import derive
from derive.gradcheck.data import VERSION, as_data, as_junit, plain
from derive.gradcheck.telling import tell
from derive.testing import assert_gradient

WRONG = changed("d1 = d2 @ W2 * h * (1 - h)", "d1 = d2 @ W2 * h")
STEP = """
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def train_step(weights, x, t, lr):
    h = sigmoid(x @ weights["W1"].T + weights["b1"])
    o = sigmoid(h @ weights["W2"].T + weights["b2"])
    delta_o = (o - t) * o * (1 - o)
    weights["W2"] -= lr * delta_o.T @ h
    delta_h = delta_o @ weights["W2"] * h * (1 - h)
    weights["W1"] -= lr * delta_h.T @ x
"""


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "derive", "verify", *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def write(tmp_path: Path, require: Callable[[str], Path]) -> Any:
    require("sandbox")

    def written(source: str, name: str = "student.py") -> Path:
        path = tmp_path / name
        path.write_text(source, "utf-8")
        return path

    return written


def test_exit_codes(write: Any) -> None:
    assert command("mazur", write(FUNCTION)).returncode == 0
    assert command("mazur", write(WRONG)).returncode == 1
    assert command("mazur", write("x = 1\n")).returncode == 3
    assert command("mazur", "no-such-file.py").returncode == 2
    assert command("logistic", write(FUNCTION)).returncode == 2


def test_the_famous_mistake_is_named_with_its_line_and_the_step_that_it_contradicts(write: Any) -> None:
    done = command("mazur", write(STEP))
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "✗ refuted student.py does not calculate the gradient of mazur." in said
    assert derive.diagnose.words("en")["updated-weights"].title in said  # type: ignore[attr-defined]
    assert "line 14, in train_step" in said
    assert "δ_h1 = (δ_o1 · w5 + δ_o2 · w7) · out_h1 · (1 − out_h1)" in said
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("w")]
    assert [row[0] for row in rows] == [f"w{n}" for n in range(1, 9)]
    assert [row[-1] for row in rows] == ["refuted"] * 4 + ["proved"] * 4
    # What the published text has after one update is what these wrong gradients lead to.
    assert round(0.15 - 0.5 * float(rows[0][2]), 9) == 0.149817639


def test_json_and_junit(write: Any, tmp_path: Path) -> None:
    done = command("mazur", write(WRONG), "--json", "--junit", tmp_path / "out.xml", "--seed", 7)
    assert done.returncode == 1
    made = json.loads(done.stdout)
    assert made["version"] == VERSION
    assert (made["verdict"], made["seed"], made["isolation"], made["program"]) == (
        "refuted", 7, "bubblewrap", "student.py"
    )  # fmt: skip
    assert {row["name"]: row["verdict"] for row in made["parameters"]}["w5"] == "proved"
    assert made["mistakes"][0]["made"][0]["id"] == "value-for-slope"
    assert made["place"]["line"] == 14
    suite = Xml.parse(tmp_path / "out.xml").getroot()  # noqa: S314 - our own
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert suite.get("failures") == str(len(failed))
    assert {"student.py", "w1", "w2", "w3", "w4"} <= set(failed)
    assert "w5" not in failed


def test_nothing_passes_in_junit_where_the_program_cannot_be_judged() -> None:
    suite = Xml.fromstring(as_junit(judged(SIGMOID, "x = 1\n"), "net").partition("\n")[2])  # noqa: S314 - our own
    assert [case.find("error") is not None for case in suite] == [True]
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")


def test_every_word_there_is_in_chinese_too(write: Any) -> None:
    done = command("mazur", write(STEP), "--lang", "zh")
    said = "".join(done.stdout.split())
    assert "不是mazur的梯度" in said
    assert derive.diagnose.words("zh")["updated-weights"].title in said  # type: ignore[attr-defined]
    assert "gradient" not in said


@pytest.mark.parametrize("kind", ["right", "wrong", "undecided", "convention", "missing"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_outcome_can_be_told_and_is_data(kind: str, language: str) -> None:
    source = {
        "right": FUNCTION, "wrong": WRONG,
        "undecided": "def gradients(p, x, t):\n    raise ValueError('[red]\\x1b[1m')\n",
        "convention": changed("d2 = (y - t)", "d2 = 2 * (y - t)"), "missing": changed(', "b2": d2.sum(axis=0)', ""),
    }[kind]  # fmt: skip
    made = judged(SIGMOID, source)
    told = tell(made, "net", language)
    assert told.kind == made.kind
    assert "\x1b" not in plain(told)
    assert "{" not in told.headline
    assert json.loads(json.dumps(as_data(made, "net", language), allow_nan=False))["verdict"] == made.kind
    Xml.fromstring(as_junit(made, "net", language).partition("\n")[2])  # noqa: S314 - our own


def test_a_table_of_many_parameters_shows_the_worst() -> None:
    fields = {**SIGMOID, "layers": [{"size": 40}, {"size": 2}]}
    made = judged(fields, changed('"b2": d2.sum(axis=0)', '"b2": 2 * d2.sum(axis=0)'))
    told = tell(made, "net")
    assert len(made.rows) == 40 * 3 + 40 + 80 + 2
    assert len(told.table) == 20
    assert [row[0] for row in told.table[:2]] in (["b_o1", "b_o2"], ["b_o2", "b_o1"])
    assert "2 refuted" in told.summary
    assert "240 proved" in told.summary


# ── Python and pytest ────────────────────────────────────────────────────────────────────────────────────────


def right(parameters: dict[str, Any], x: Any, t: Any) -> dict[str, Any]:
    h = 1 / (1 + np.exp(-(x @ parameters["W1"].T + parameters["b1"])))
    o = 1 / (1 + np.exp(-(h @ parameters["W2"].T + parameters["b2"])))
    d2 = (o - t) * o * (1 - o)
    d1 = d2 @ parameters["W2"] * h * (1 - h)
    return {"W1": d1.T @ x, "b1": d1.sum(axis=0), "W2": d2.T @ h, "b2": d2.sum(axis=0)}


def wrong(parameters: dict[str, Any], x: Any, t: Any) -> dict[str, Any]:
    made = right(parameters, x, t)
    return {**made, "b2": made["b2"] / 2}


def test_assert_gradient_returns_what_is_known() -> None:
    made = assert_gradient("mazur", right)
    assert made.kind == "proved"
    assert assert_gradient(derive.load("mazur"), right, proved=True).kind == "proved"
    assert assert_gradient(spec(SIGMOID), right).kind == "proved"


def test_assert_gradient_fails_like_a_review() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_gradient("mazur", wrong)
    said = str(caught.value)
    assert "✗ refuted  wrong does not calculate the gradient of mazur." in said
    assert "b2" in said
    assert "0.100400325" in said  # expected, as in the golden numbers
    assert "0.0502001625" in said  # found
    assert "contradicts" in said


def test_bad_arguments_cost_one_clear_line(write: Any) -> None:
    path = write(FUNCTION)
    for arguments, words in (
        (("--convention", "foo"), "there is no convention 'foo'"), (("--layout", "foo"), "there is no layout 'foo'"),
        (("--entry", "nothing"), "nothing"), (("--lang", "xx"), "xx"), (("--seconds", "0"), "--seconds"),
        (("--adapter", "none.py"), "none.py"), (("--junit", "no/such/dir/x.xml"), "there is no such directory"),
    ):  # fmt: skip
        done = command("mazur", path, *arguments)
        assert done.returncode in (2, 3), arguments
        assert words in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_an_adapter_says_how_a_program_is_called(write: Any) -> None:
    odd = FUNCTION.replace("def gradients(parameters, x, t):", "def frobnicate(box, x, t):\n    parameters = box[0]")
    adapter = write(
        "def gradients(code, parameters, x, t):\n    return code.frobnicate([parameters], x, t)\n", "how.py"
    )
    network = write(toml(spec(SIGMOID)), "net.toml")
    done = command(network, write(odd), "--adapter", adapter)
    assert done.returncode == 0, done.stdout


def test_an_entry_is_named(write: Any) -> None:
    two = (
        FUNCTION
        + """

def wrong_gradients(parameters, x, t):
    made = gradients(parameters, x, t)
    made["W1"] = -made["W1"]
    return made
"""
    )
    path = write(two)
    assert command("mazur", path, "--entry", "gradients").returncode == 0
    assert command("mazur", path, "--entry", "wrong_gradients").returncode == 1
