"""Models of equations: read, put in order, refused; and differentiated by hand in NumPy, against other ways."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import tomllib
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive import spec as specs
from derive.backprop import models
from derive.errors import DeriveError
from derive.expression import Var, names
from derive.spec import Model, Spec
from derive.vocabulary import ACTIVATIONS
from tests import golden

ROOT = Path(__file__).parent.parent

LOGISTIC = """
[equations]
z = "w*x + b"
p = "sigmoid(z)"
L = "-(y*log(p) + (1 - y)*log(1 - p)) + lambda/2*w^2"
[of]
loss = "L"
parameters = ["w", "b"]
"""


def read(text: str) -> Model:
    made = specs.loads(text)
    assert isinstance(made, Model)
    return made


def model(equations: dict[str, str], values: dict[str, Any], parameters: list[str], loss: str = "L") -> Model:
    made = specs.build({"equations": equations, "of": {"loss": loss, "parameters": parameters}, "values": values})
    assert isinstance(made, Model)
    return made


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_with_equations_is_a_model_and_one_with_layers_a_network() -> None:
    assert isinstance(specs.load("logistic"), Model)
    assert isinstance(specs.load("ridge"), Model)
    assert isinstance(specs.load("mazur"), Spec)
    assert read((resources.files("derive") / "starter_model.toml").read_text("utf-8")).drawn == ("v", "c")


def test_what_is_given_and_in_which_order() -> None:
    made = read(LOGISTIC + "[values]\nx = 2\nw = 0.05\n")
    assert [given.name for given in made.given] == ["w", "b", "x", "y", "lambda"]
    assert made.drawn == ("b", "y", "lambda")
    assert made.given[0].values == (Decimal("0.05"),)
    assert made.parameter_count == 2


def test_python_makes_a_model_as_a_file_does() -> None:
    made = derive.model(
        tomllib.loads(LOGISTIC)["equations"], of={"loss": "L", "parameters": ["w", "b"]}, values={"x": 2, "w": 0.05}
    )
    assert isinstance(made.spec, Model)
    assert made.spec.replace(name="") == read(LOGISTIC + "[values]\nx = 2\nw = 0.05\n").replace(name="")
    with pytest.raises(DeriveError, match=r"model\(…\): equations.L: column 3"):
        derive.model({"L": "w **2"}, of={"loss": "L", "parameters": ["w"]})


def test_names_and_numbers_lead_to_each_other() -> None:
    made = read(LOGISTIC)
    expected = {
        "L": Var("total"), "w": Var("w", 1), "b": Var("w", 2), "x": Var("x", 1), "y": Var("x", 2),
        "lambda": Var("x", 3), "z": Var("q", 1), "p": Var("q", 2),
    }  # fmt: skip
    assert {name: made.var(name) for name in made.shapes} == expected
    assert all(made.name_of(var) == name for name, var in expected.items())
    with pytest.raises(DeriveError, match="no quantity 'lamda'"):
        made.var("lamda")


def test_expressions_hold_no_word_of_the_authors() -> None:
    made = read(LOGISTIC.replace("lambda", "os_system"))
    kinds = {var.kind for equation in made.equations for var in names(equation.rhs)}
    assert kinds <= {"w", "x", "q", "total"}
    assert "os_system" not in repr([equation.rhs for equation in made.equations])


def test_equations_may_stand_in_any_order() -> None:
    made = model({"L": "p^2", "p": "z + y", "z": "w*y"}, {"y": 2, "w": 3}, ["w"])
    assert [equation.name for equation in made.equations] == ["z", "p", "L"]
    assert models.forward(made)["L"] == 64


def test_two_hundred_equations_each_of_the_one_after() -> None:
    equations = {"L": "q1"} | {f"q{n}": f"q{n + 1} + 1" for n in range(1, 199)} | {"q199": "w"}
    made = model(equations, {"w": 1}, ["w"])
    assert models.forward(made)["L"] == 199
    with pytest.raises(DeriveError, match="201 equations"):
        model(equations | {"q200": "w"}, {"w": 1}, ["w"])


def test_draws_are_of_two_decimals_and_come_from_the_seed_alone() -> None:
    names = [f"x{n}" for n in range(1, 200)]
    text = {"L": " + ".join(names[:100]), "M": " + ".join(names[100:]) + " + L"}
    made = model(text, {}, ["x1"], loss="M")
    drawn = [given.values[0] for given in made.given]
    assert all(Decimal("0.1") <= value <= Decimal("0.9") and value == round(value, 2) for value in drawn)
    assert len(set(drawn)) > 50
    again = model(text, {"x3": 7}, ["x1"], loss="M")
    assert [given.values[0] for given in again.given if given.name != "x3"] == drawn[:2] + drawn[3:]
    assert again.drawn == tuple(name for name in names if name != "x3")
    other = specs.build({"equations": text, "of": {"loss": "M", "parameters": ["x1"]}, "seed": 1})
    assert isinstance(other, Model)
    assert [given.values[0] for given in other.given] != drawn


def test_drawn_arrays_have_the_shapes_that_are_asked_for() -> None:
    made = read(
        '[equations]\nL = "sum(dot(W, x)) + sum(v)"\n[of]\nloss = "L"\nparameters = ["W"]\n'
        "[shapes]\nW = [2, 3]\nx = [3]\nv = 4\n"
    )
    assert {given.name: given.array.shape for given in made.given} == {"W": (2, 3), "x": (3,), "v": (4,)}
    assert made.given[0].value((2, 1)) == made.given[0].values[3]


def test_python_may_give_numbers_as_texts_and_arrays() -> None:
    made = model(
        {"L": "dot(x, w)*c*d"}, {"x": np.array([1.0, 0.1]), "w": ["0.1", 2], "c": "0.30", "d": np.float64(0.1)}, ["w"]
    )
    assert made.given[0].values == (Decimal("0.1"), Decimal(2))
    assert made.given[1].values == (Decimal("1.0"), Decimal("0.1"))
    assert made.given[2].values == (Decimal("0.30"),)
    assert made.given[3].values == (Decimal("0.1"),)


OF = '[of]\nloss = "L"\nparameters = ["w"]\n'
EQUATION = '[equations]\nL = "w*x"\n'

BAD = {
    "no equations": ("[equations]\n" + OF, "equations", "no equations"),
    "no of": (EQUATION, "of", "missing"),
    "no loss": (EQUATION + '[of]\nparameters = ["w"]', "of.loss", "missing"),
    "a loss that is given": (EQUATION + '[of]\nloss = "x"\nparameters = ["w"]', "of.loss", "found 'x'"),
    "a loss with a typing error": (
        '[equations]\nLoss = "w"\n[of]\nloss = "Los"\nparameters = ["w"]', "of.loss", "mean 'Loss'",
    ),
    "no parameters": (EQUATION + '[of]\nloss = "L"', "of.parameters", "missing"),
    "parameters that are none": (EQUATION + '[of]\nloss = "L"\nparameters = []', "of.parameters", "one at least"),
    "a parameter that is a text": (EQUATION + '[of]\nloss = "L"\nparameters = "w"', "of.parameters", "array"),
    "a parameter of no equation": (
        EQUATION + '[of]\nloss = "L"\nparameters = ["v"]', "of.parameters", "quantity of no equation",
    ),
    "a parameter that is calculated": (
        '[equations]\nz = "w"\nL = "z"\n[of]\nloss = "L"\nparameters = ["z"]', "of.parameters", "calculated",
    ),
    "a parameter twice": (EQUATION + '[of]\nloss = "L"\nparameters = ["w", "w"]', "of.parameters", "twice"),
    "an unknown key in of": (EQUATION + OF + "weights = 1", "of", "no key 'weights'"),
    "an unknown table": (EQUATION + OF + "[layers]\nsize = 1", "", "no key 'layers'"),
    "values of nothing": (EQUATION + OF + "[values]\nww = 1", "values.ww", "no equation mentions ww"),
    "values of what is calculated": (EQUATION + OF + "[values]\nL = 1", "values.L", "calculated"),
    "a text for a value": (EQUATION + OF + '[values]\nw = "1"', "values.w", "a number"),
    "true for a value": (EQUATION + OF + "[values]\nw = true", "values.w", "a number"),
    "rows of several lengths": (EQUATION + OF + "[values]\nw = [[1, 2], [3]]", "values.w[1]", "one length"),
    "an empty row": (EQUATION + OF + "[values]\nw = []", "values.w", "no numbers"),
    "a value out of all bounds": (EQUATION + OF + "[values]\nw = 1e200", "values.w", "far from 0"),
    "nan": (EQUATION + OF + "[values]\nw = nan", "values.w", "not a number"),
    "shapes of nothing": (EQUATION + OF + "[shapes]\nq = 2", "shapes.q", "no equation mentions q"),
    "a shape of three": (EQUATION + OF + "[shapes]\nw = [1, 2, 3]", "shapes.w", "two for a matrix"),
    "a shape of none": (EQUATION + OF + "[shapes]\nw = 0", "shapes.w", "found 0"),
    "a shape that is not the values'": (
        EQUATION + OF + "[values]\nw = [1, 2]\n[shapes]\nw = [3]", "values.w", "have shape (2), and shapes says (3)",
    ),
    "too many numbers": (EQUATION + OF + "[shapes]\nw = [1000, 1000]", "shapes.w", "1,000,000 numbers"),
    "an equation that is a number": ("[equations]\nL = 2\n" + OF, "equations.L", "formula in quotes"),
    "a function's name": ('[equations]\nexp = "w"\nL = "w"\n' + OF, "equations.exp", "means something"),
    "an activation's name": ('[equations]\nsigmoid = "w"\nL = "w"\n' + OF, "equations.sigmoid", "means something"),
    "pi": ('[equations]\npi = "w"\nL = "w"\n' + OF, "equations.pi", "means something"),
    "one name twice": ('[equations]\nh = "x"\n"h[i]" = "x[i]"\nL = "w"\n' + OF, "equations.h", "defined twice"),
    "a quantity of itself": ('[equations]\nL = "w + L"\n' + OF, "equations.L", "L needs L"),
    "a cycle": (
        '[equations]\na = "b*w"\nb = "c"\nc = "1 + a"\nL = "a"\n' + OF, "equations.a", "a needs b needs c needs a",
    ),
    "a loss that is an array": ('[equations]\nL = "w*x"\n' + OF + "[values]\nx = [1, 2]", "of.loss", "shape (2)"),
    "shapes that do not fit": (
        '[equations]\nL = "sum(x + w)"\n' + OF + "[values]\nx = [1, 2]\nw = [1, 2, 3]", "equations.L: column 9",
        "(2) and (3)",
    ),
    "too many terms": (
        '[equations]\nL = "sum(dot(W, W)) + w"\n' + OF + "[shapes]\nW = [100, 100]", "equations.L", "1,000,000 terms",
    ),
    "powers through several equations": (
        '[equations]\na = "w^64"\nb = "a^64"\nL = "b"\n' + OF, "equations.b: column 2", "powers of powers",
    ),
    "a formula that is none": ('[equations]\nL = "w ** 2"\n' + OF, "equations.L: column 3", "written ^"),
    "a name that is none": ('[equations]\n"a b" = "w"\nL = "w"\n' + OF, "equations.a b: column 3", "one name"),
    "a training key": (EQUATION + OF + "[training]\nstep = 1", "training", "no key 'step'"),
    "a seed below 0": ("seed = -1\n" + EQUATION + OF, "seed", "too small"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_model_is_refused_and_says_where(what: str) -> None:
    text, where, reason = BAD[what]
    with pytest.raises(DeriveError) as raised:
        specs.loads(text, source="my.toml")
    assert re.match(rf"my\.toml: {re.escape(where)}($|[ :(])" if where else "my.toml", raised.value.where)
    assert reason in str(raised.value)


def test_every_activation_of_the_vocabulary_can_be_written() -> None:
    for name, row in ACTIVATIONS.items():
        word = re.sub(r"[ -]", "_", name)
        equations = {"L": f"{word}(w)"}
        if row.layer:
            with pytest.raises(DeriveError, match="whole vector"):
                model(equations, {"w": 1}, ["w"])
        else:
            assert model(equations, {"w": 0.3}, ["w"]).equations[0].text == f"{word}(w)"


def test_the_schema_knows_models() -> None:
    schema = specs.schema()
    for name in ("logistic", "ridge"):
        jsonschema.validate(tomllib.loads((ROOT / "derive" / "presets" / f"{name}.toml").read_text("utf-8")), schema)
    jsonschema.validate(tomllib.loads((ROOT / "derive" / "starter_model.toml").read_text("utf-8")), schema)
    for what in ("no of", "no loss", "no equations", "an unknown key in of", "an unknown table", "a shape of three",
                 "a text for a value", "an equation that is a number", "parameters that are none"):  # fmt: skip
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tomllib.loads(BAD[what][0]), schema)


def test_a_hostile_file_is_refused_in_seconds_and_little_memory(tmp_path: Path) -> None:
    """As large as budgets let it be, formula by formula: 200 of nearly 2,000 bytes each."""
    long = " + ".join(["w*x"] * 330)
    file = tmp_path / "large.toml"
    rows = [f'q{n} = "{long}"' for n in range(199)]
    file.write_text("[equations]\n" + "\n".join(rows) + '\nL = "q0 +"\n' + OF, encoding="utf-8")
    code = (
        "import sys, time\nfrom pathlib import Path\nstart = time.perf_counter()\nfrom derive import spec\n"
        "try:\n    spec.load(sys.argv[1])\nexcept Exception as error:\n    print(error)\n"
        # getrusage would count what the process that started this one had taken.
        "status = Path('/proc/self/status')\n"
        "peaks = [line.split()[1] for line in status.open() if line.startswith('VmHWM')] if status.exists() else [0]\n"
        "print(peaks[0], time.perf_counter() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code, file], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "column 5" in done.stdout
    memory, seconds = done.stdout.splitlines()[-1].split()
    assert int(memory) < 200 * 1024
    assert float(seconds) < 10


@pytest.mark.parametrize(
    ("formula", "column"),
    [
        ("9**9**9", 2),
        ("(((a^64)^64)^64)*w", 9),
        ('__import__("os")', 1),
        ("factorial(10**8)", 13),
        ("-" * 100_000, 2001),
    ],
)  # fmt: skip
def test_the_command_line_refuses_a_hostile_formula_soon(formula: str, column: int, tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text(f"[equations]\nL = '{formula}'\n{OF}", encoding="utf-8")
    command = [sys.executable, "-m", "derive", "report", file, "-o", tmp_path / "out"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert f"equations.L: column {column}: " in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


# ── Values and derivatives by hand ───────────────────────────────────────────────────────────────────────────────


def test_the_worked_example_as_equations() -> None:
    """The 2-2-2 network written out as vectors: its numbers are those of the network, known to 30 digits."""
    made = model(
        {
            "h": "sigmoid(dot(V, x) + b)", "n": "dot(W, h) + c", "o": "sigmoid(n)",
            "E": "(t - o)^2/2", "L": "sum(E)",
        },
        {
            "x": [0.05, 0.1], "t": [0.01, 0.99], "V": [[0.15, 0.2], [0.25, 0.3]], "W": [[0.4, 0.45], [0.5, 0.55]],
            "b": 0.35, "c": 0.6,
        },
        ["V", "W", "b", "c"],
    )  # fmt: skip
    values, slopes = models.forward(made), models.gradients(made)
    known = {key: float(value) for key, value in {**golden.VALUES, **golden.DERIVATIVES}.items()}
    assert values["L"] == pytest.approx(known["E_total"], rel=1e-15)
    assert values["o"] == pytest.approx([known["out_o1"], known["out_o2"]], rel=1e-15)
    delta_o = np.array([known["delta_o1"], known["delta_o2"]])
    delta_h = np.array([known["delta_h1"], known["delta_h2"]])
    out_h = np.array([known["out_h1"], known["out_h2"]])
    assert slopes["n"] == pytest.approx(delta_o, rel=1e-14)
    assert slopes["h"] == pytest.approx([known["dE_total/dout_h1"], known["dE_total/dout_h2"]], rel=1e-14)
    assert slopes["W"] == pytest.approx(np.outer(delta_o, out_h), rel=1e-14)
    assert slopes["V"] == pytest.approx(np.outer(delta_h, [0.05, 0.1]), rel=1e-13)
    assert slopes["b"] == pytest.approx(delta_h.sum(), rel=1e-13)
    assert slopes["c"] == pytest.approx(delta_o.sum(), rel=1e-14)


def test_logistic_regression_by_hand() -> None:
    """∂L/∂z = p − y, so ∂L/∂w = (p − y)x + λw and ∂L/∂b = p − y; ∂L/∂p = (p − y)/(p(1 − p))."""
    made = specs.load("logistic")
    assert isinstance(made, Model)
    p = 1 / (1 + math.exp(-0.7))
    slopes = models.gradients(made)
    assert slopes["w"] == pytest.approx((p - 1) * 2 + 0.1 * 0.5, rel=1e-14)
    assert slopes["b"] == pytest.approx(p - 1, rel=1e-14)
    assert slopes["z"] == pytest.approx(p - 1, rel=1e-14)
    assert slopes["p"] == pytest.approx(-1 / p, rel=1e-14)
    assert slopes["lambda"] == pytest.approx(0.5**2 / 2)
    assert slopes["L"] == 1


def test_e_itself_is_a_number_like_any_other() -> None:
    """L = (e w)²/2, so ∂L/∂w = e² w: SymPy has a symbol of its own for exp(1)."""
    made = derive.model({"y": "exp(1)*w", "L": "y^2/2"}, of={"loss": "L", "parameters": ["w"]}, values={"w": "0.5"})
    assert float(made.derive()["w"].value) == pytest.approx(math.e**2 * 0.5, rel=1e-15)


def test_ridge_regression_by_hand() -> None:
    """∂L/∂w = Xᵀ(Xw + b − y)/4 + λw."""
    made = specs.load("ridge")
    assert isinstance(made, Model)
    x, y, w, b = (models.forward(made)[name] for name in "Xywb")
    residual = x @ w + b - y
    slopes = models.gradients(made)
    assert slopes["w"] == pytest.approx(x.T @ residual / 4 + 0.2 * w, rel=1e-14)
    assert slopes["b"] == pytest.approx(residual.sum() / 4, rel=1e-14)
    moved = {name: models.forward(made)[name] - 0.1 * slopes[name] for name in ("w", "b")}
    assert models.forward(made)["L"] == pytest.approx(3.248, abs=1e-3)
    assert models.forward(made, moved)["L"] == pytest.approx(0.727, abs=1e-3)


RANDOM = np.random.RandomState(7)
W, V, S = RANDOM.uniform(-1, 1, (2, 3)), RANDOM.uniform(-1, 1, (3, 2)), RANDOM.uniform(-1, 1, (3, 3))
X, Y, U = RANDOM.uniform(-1, 1, 3), RANDOM.uniform(-1, 1, 3), RANDOM.uniform(-1, 1, 2)
ARRAYS = {"W": W, "V": V, "S": S, "x": X, "y": Y, "u": U, "a": 0.7, "b": -0.4}


@pytest.mark.parametrize(
    ("text", "value", "slopes"),
    [
        ("dot(x, y)", X @ Y, {"x": Y, "y": X}),
        ("dot(x, x)", X @ X, {"x": 2 * X}),
        ("dot(u, dot(W, x))", U @ W @ X, {"u": W @ X, "W": np.outer(U, X), "x": W.T @ U}),
        ("sum(dot(W, V))", (W @ V).sum(), {"W": np.tile(V.sum(1), (2, 1)), "V": np.tile(W.sum(0)[:, None], (1, 2))}),
        ("sum(i, S[i, i])", np.trace(S), {"S": np.eye(3)}),
        ("sum(dot(transpose(W), u))", (W.T @ U).sum(), {"W": np.outer(U, np.ones(3)), "u": W.sum(1)}),
        ("sum(i, sum(k, S[i, k]*x[i]*x[k]))", X @ S @ X, {"x": (S + S.T) @ X, "S": np.outer(X, X)}),
        ("sum(i, a + 0*x[i])", 2.1, {"a": np.array(3.0), "x": np.zeros(3)}),
        ("sum(a*x + b)", 0.7 * X.sum() - 1.2, {"a": X.sum(), "b": 3.0, "x": np.full(3, 0.7)}),
        ("x[2]*W[1, 2]", X[1] * W[0, 1], {"x": [0, W[0, 1], 0], "W": [[0, X[1], 0], [0, 0, 0]]}),
        ("a^-3", 0.7**-3, {"a": -3 * 0.7**-4}),
        ("a/b", 0.7 / -0.4, {"a": 1 / -0.4, "b": -0.7 / 0.16}),
        ("a*a*b", 0.49 * -0.4, {"a": 2 * 0.7 * -0.4, "b": 0.49}),
        ("sin(a)*cos(a)", math.sin(0.7) * math.cos(0.7), {"a": math.cos(1.4)}),
        ("erf(a)", math.erf(0.7), {"a": 2 / math.sqrt(math.pi) * math.exp(-0.49)}),
        ("sqrt(a)", math.sqrt(0.7), {"a": 0.5 / math.sqrt(0.7)}),
        ("tanh(20*a)", math.tanh(14), {"a": 20 / math.cosh(14) ** 2}),
        ("log(a)", math.log(0.7), {"a": 1 / 0.7}),
        ("pi*a", math.pi * 0.7, {"a": math.pi}),
        ("abs(b) + max(a, b) + min(a, b)", 0.7, {"a": 1.0, "b": 0.0}),
        ("max(a, 2*b, 3)", 3.0, {"a": 0.0, "b": 0.0}),
        ("relu(b) + relu(a)", 0.7, {"a": 1.0, "b": 0.0}),
    ],
)
def test_derivatives_by_hand(text: str, value: float, slopes: dict[str, Any]) -> None:
    used = {name: array for name, array in ARRAYS.items() if re.search(rf"\b{name}\b", text)}
    made = model({"L": text}, used, sorted(slopes))
    assert models.forward(made)["L"] == pytest.approx(value, rel=1e-14)
    found = models.gradients(made)
    for name, slope in slopes.items():
        assert found[name] == pytest.approx(np.asarray(slope), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("text", ["abs(a)", "relu(a)", "max(a, 0)", "max(0, a)", "min(a, 0)", "min(0, a)"])
def test_at_a_kink_the_slope_is_nought(text: str) -> None:
    made = model({"L": text}, {"a": 0}, ["a"])
    assert models.gradients(made)["a"] == 0
    assert models.complex_step(made)["a"] == 0
    assert models.central_difference(made).kink["a"]
    assert not models.smooth(made)


def test_a_branch_that_is_not_taken_has_no_say() -> None:
    """√x has an infinite slope at 0, and max(√x, 1) none."""
    made = model({"L": "max(sqrt(a), 1)"}, {"a": 0}, ["a"])
    assert models.gradients(made)["a"] == 0


def test_what_does_not_reach_the_loss_has_the_derivative_nought() -> None:
    made = model({"L": "a^2", "M": "L*b"}, {"a": 3, "b": 5}, ["a", "b"])
    slopes = models.gradients(made)
    assert (slopes["a"], slopes["b"], slopes["M"]) == (6, 0, 0)


def test_other_values_may_be_given_and_must_have_the_shape() -> None:
    made = model({"L": "dot(w, w)"}, {"w": [1, 2]}, ["w"])
    assert models.gradients(made, {"w": [3, 4]})["w"] == pytest.approx([6, 8])
    with pytest.raises(DeriveError, match=r"shape \(3,\)"):
        models.forward(made, {"w": [1, 2, 3]})
    with pytest.raises(DeriveError, match="'v' is not given"):
        models.forward(made, {"v": 1})
    with pytest.raises(DeriveError, match="'L' is not given"):
        models.forward(made, {"L": 1})


@pytest.mark.parametrize(
    ("equations", "values", "where", "reason"),
    [
        ({"p": "a - 1", "L": "log(p)"}, {"a": 1}, "equations.L", "L is infinite, with p = 0"),
        ({"p": "a - 1", "L": "log(p)"}, {"a": 0.5}, "equations.L", "L is not a number, with p = -0.5"),
        ({"L": "sqrt(a)"}, {"a": -1}, "equations.L", "L is not a number, with a = -1"),
        ({"z": "1/a", "L": "z"}, {"a": 0}, "equations.z", "z is infinite, with a = 0"),
        ({"z": "exp(a)", "L": "1/z"}, {"a": 1000}, "equations.z", "z is infinite, with a = 1000"),
        ({"z": "log(a)", "L": "sum(z)"}, {"a": [1, 0, 2]}, "equations.z", "z[2] is infinite, with a = [1, 0, 2]"),
        ({"L": "0/(a - 1)"}, {"a": 1}, "equations.L", "L is not a number"),
        ({"L": "sqrt(a)"}, {"a": 0}, "values.a", "the derivative of L by a is inf"),
    ],
)
def test_what_is_not_finite_is_named(
    equations: dict[str, str], values: dict[str, Any], where: str, reason: str
) -> None:
    made = model(equations, values, ["a"])
    with pytest.raises(DeriveError) as raised:
        models.gradients(made)
    assert raised.value.where == where
    assert reason in raised.value.what
    with pytest.raises(DeriveError):
        models.complex_step(made) if "derivative" not in reason else models.gradients(made)


# ── Reverse mode against the complex step ────────────────────────────────────────────────────────────────────────

SMOOTH = [
    "tanh({})", "sin({})", "cos({})", "sigmoid({})", "erf({})", "exp({}/4)", "log(2 + ({})^2)", "sqrt(1 + ({})^2)",
    "({})^3/5", "1/(2 + ({})^2)", "-({})", "2*({}) - 1",
]  # fmt: skip
PAIRS = ["({}) + ({})", "({}) - ({})", "({})*({})", "({})/(3 + ({})^2)"]
LINEAR = {
    2: ["dot(W, {3})", "dot(transpose(V), {3})", "u", "{2}"],
    3: ["dot(V, {2})", "dot(transpose(W), {2})", "dot(S, {3})", "x", "{3}"],
}


@st.composite
def random_models(draw: st.DrawFn) -> dict[str, str]:
    """A chain of equations for vectors of 2 and of 3, and a loss of all of them."""
    known = {2: ["u"], 3: ["x"]}
    equations = {}
    for number in range(draw(st.integers(1, 6))):
        size = draw(st.sampled_from([2, 3]))
        parts = []
        for _ in range(2):
            source = draw(st.sampled_from(LINEAR[size]))
            parts.append(re.sub(r"\{(\d)\}", lambda found: draw(st.sampled_from(known[int(found[1])])), source))
        inner = draw(st.sampled_from(PAIRS)).format(*parts)
        equations[f"q_{number}"] = draw(st.sampled_from(SMOOTH)).format(inner)
        known[size].append(f"q_{number}")
    terms = [draw(st.sampled_from(["sum({})", "dot({0}, {0})/2", "sum(i, {0}[i]^2*a)"])).format(n) for n in equations]
    return equations | {"L": " + ".join(terms)}


@given(random_models())
def test_reverse_mode_agrees_with_the_complex_step(equations: dict[str, str]) -> None:
    text = " ".join(equations.values())
    used = {name: array for name, array in ARRAYS.items() if re.search(rf"\b{name}\b", text)}
    made = model(equations, used, sorted(used))
    every = list(made.shapes)
    found, expected = models.gradients(made), models.complex_step(made, every)
    for name in every:
        scale = max(1.0, float(np.abs(expected[name]).max()))
        assert found[name] == pytest.approx(expected[name], rel=1e-11, abs=1e-12 * scale)


@pytest.mark.parametrize("name", [name for name, row in ACTIVATIONS.items() if not row.layer])
def test_activations_agree_with_central_differences(name: str) -> None:
    word = re.sub(r"[ -]", "_", name)
    made = model({"h": f"{word}(w)", "L": "dot(h, h) + sum(h)"}, {"w": [-2.3, -0.4, 0.3, 1.7]}, ["w"])
    found, expected = models.gradients(made), models.central_difference(made, ["w", "h"])
    for quantity in ("w", "h"):
        assert not expected.kink[quantity].any()
        assert np.all(np.abs(found[quantity] - expected.estimate[quantity]) <= expected.error[quantity])


def test_central_differences_shorten_their_steps_where_a_function_ends() -> None:
    made = model({"L": "log(a)"}, {"a": "1e-6"}, ["a"])
    found = models.central_difference(made)
    assert abs(found.estimate["a"] - 1e6) <= found.error["a"] < 0.05 * 1e6


def test_a_planted_fault_would_be_seen() -> None:
    """A slope that is 0.05 % too large is far outside of what the complex step allows."""
    made = specs.load("ridge")
    assert isinstance(made, Model)
    found, expected = models.gradients(made)["w"] * 1.0005, models.complex_step(made)["w"]
    assert found != pytest.approx(expected, rel=1e-11)
