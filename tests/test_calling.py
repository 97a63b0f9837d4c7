"""Foreign programs of many styles are found and called; the witness, derive.backprop, says what must come back."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

import derive
from derive.backprop import forward, gradients, parameters
from derive.errors import DeriveError
from derive.read.calling import Misfit, call, call_and_watch
from derive.read.finding import Loaded, Plan, adapted, find, load, loaded_from
from derive.read.problem import Found, Point, Problem
from derive.spec import Spec

PROGRAMS = Path(__file__).parent / "programs"
HALF, CROSS = "half squared error", "categorical cross-entropy"


class Case(NamedTuple):
    """A program, the network that it is for, and what a plan that fits says.

    bias: of every layer, or of each.  held: whether the program leaves the biases as they are: it shows 0 for each.
    """

    name: str
    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str = HALF
    bias: str | tuple[str, ...] = "per neuron"
    batch: str = "sum"
    classes: bool = False
    rate: float = 0.5
    says: tuple[tuple[str, str], ...] = ()
    held: bool = False


S1, S2, I2 = ("sigmoid",), ("sigmoid",) * 2, ("identity",) * 2
ROWS, COLUMNS = ("layout", "rows are neurons"), ("layout", "columns are neurons")
CHANGE = ("gradient", "from the change of the weights")
CASES = (
    Case("gradients_dict", (4, 3, 2), S2, says=(ROWS, ("samples", "rows"), ("entry", "gradients (line 6)"))),
    Case("neuron_objects", (4, 3, 2), S2, bias="shared", held=True, says=(CHANGE, ("rate", "LEARNING_RATE"))),
    Case("columns_of_lists", (4, 3, 2), S2, says=(ROWS, ("samples", "one sample, column vectors"))),
    Case("columns_of_lists", (3, 5, 4, 2), ("sigmoid",) * 3, says=(ROWS, ("biases", "columns"))),
    Case("columns_of_lists", (4, 3, 2), S2, batch="mean", says=(CHANGE, ("samples", "list of column vectors"))),
    Case("pipeline_columns", (4, 3, 2), ("tanh", "sigmoid"), "binary cross-entropy", batch="mean",
         says=(ROWS, ("samples", "columns"), ("kind", "pipeline"), ("biases", "columns"))),
    Case("softmax_classes", (4, 5, 3), ("relu", "softmax"), CROSS, batch="mean", classes=True,
         says=(COLUMNS, ("targets", "class indices"), ("samples", "rows"))),
    Case("flat_theta", (4, 3, 2), S2, batch="mean", says=(ROWS, ("order", "weights and biases by layer"))),
    Case("flat_exact", (3, 2, 2), I2, says=(ROWS, ("order", "all weights, then all biases"))),
    Case("layer_objects", (4, 3, 2), ("tanh", "identity"), says=(COLUMNS, ("gradient", "from attributes"))),
    Case("script_short", (3, 4, 1), S2, bias="none", rate=1.0, says=(COLUMNS, CHANGE, ("kind", "script"))),
    Case("script_samples", (2, 3, 1), ("tanh", "identity"), says=(ROWS, ("rate", "learning_rate"))),
    Case("named_tuple", (4, 3, 2), I2, says=(COLUMNS, ("parameters", "a Parameters"))),
    Case("eight_weights", (2, 2, 2), S2, bias="shared", says=(ROWS, ("biases", "one number"))),
    Case("column_sample", (4, 3, 2), S2, says=(ROWS, ("samples", "one sample, column vectors"))),
    Case("tensors", (4, 3, 2), I2, says=(COLUMNS, ("gradient", "returned"))),
    Case("data_in_constructor", (3, 4, 1), S2, "mean squared error", bias="none", says=(COLUMNS, ("rate", "none"))),
    Case("whole_training", (2, 4, 3), ("tanh", "softmax"), CROSS, classes=True,
         says=(COLUMNS, CHANGE, ("rate", "epsilon"))),
    Case("list_neurons", (4, 3, 2), S2, says=(ROWS, ("biases", "last weight"), ("numbers", "in lists"))),
    Case("list_neurons", (2, 3, 3, 1), ("sigmoid",) * 3, says=(ROWS, ("biases", "last weight"))),
    Case("line_by_line", (2, 2, 2), S2, bias="shared", held=True, says=(ROWS, CHANGE, ("rate", "eta"))),
    Case("line_by_line", (2, 2, 2), S2, bias="shared", says=(ROWS, ("gradient", "from attributes"))),
    Case("given_matrices", (4, 3, 2), ("tanh", "sigmoid"), batch="mean", says=(COLUMNS, CHANGE, ("biases", "rows"))),
    Case("online_class", (4, 3, 2), S2, bias="none", says=(ROWS, ("rate", "argument"))),
    Case("linear_class", (4, 3, 2), I2, batch="mean", says=(COLUMNS, ("rate", "learning_rate"))),
    Case("linear_class", (4, 2, 3, 2), ("identity",) * 3, batch="mean", says=(COLUMNS, CHANGE)),
    Case("lists_one_layer", (3, 2), S1, says=(ROWS, ("parameters", "lists of weights and of biases"))),
    Case("given_lists", (4, 3, 2), S2, bias="shared", held=True, says=(ROWS, CHANGE, ("rate", "RATE"))),
    Case("bias_node", (4, 3, 2), ("tanh", "sigmoid"), bias=("per neuron", "none"),
         says=(COLUMNS, CHANGE, ("biases", "last weight"), ("rate", "argument"))),
    Case("added_layers", (4, 3, 2), ("tanh",) * 2, "mean squared error", says=(COLUMNS, ("biases", "rows"))),
    Case("added_layers", (2, 5, 3, 2), ("tanh", "tanh", "identity"), "mean squared error",
         says=(COLUMNS, ("samples", "stack of rows, one at a time"))),
    Case("layer_list", (4, 3, 2), S2, "mean squared error",
         says=(ROWS, ("parameters", "a list of layers"), ("samples", "stack of columns, one at a time"))),
    Case("layers_given", (4, 3, 2), S2, bias="none", rate=1.0, says=(COLUMNS, CHANGE)),
    Case("dict_neurons", (4, 3, 2), S2, says=(ROWS, CHANGE, ("biases", "last weight"), ("kind", "pipeline"))),
    Case("settings_class", (4, 3, 2), ("tanh", "identity"),
         says=(ROWS, CHANGE, ("rate", "epsilon"), ("penalty", "Config.reg_lambda set to the network's"))),
    Case("passed_attributes", (4, 3, 2), S2, "binary cross-entropy",
         says=(ROWS, ("biases", "first weight"), ("targets", "columns"), ("penalty", "l2 set to the network's"))),
    Case("layer_table", (4, 3, 5, 2), ("tanh", "tanh", "sigmoid"), "binary cross-entropy", batch="mean",
         says=(ROWS, ("samples", "columns"), ("kind", "pipeline"))),
    Case("begun_later", (4, 3, 2), ("sigmoid", "identity"), bias="none", rate=0.01, says=(COLUMNS, CHANGE)),
    Case("joined_gradient", (4, 3, 2), S2, bias="none", says=(COLUMNS, ("gradient", "returned"))),
    Case("rows_column_biases", (4, 3, 2), ("tanh",) * 2, batch="mean",
         says=(ROWS, ("samples", "rows"), ("biases", "columns"))),
    Case("given_arrays", (4, 3, 2), S2, bias="shared",
         says=(COLUMNS, ("shared biases", "given to each neuron, gradients added"))),
    Case("given_arrays", (4, 3, 2), S2, says=(COLUMNS, ("gradient", "from attributes"))),
    Case("eight_in_a_list", (2, 2, 2), S2, bias="shared", says=(ROWS, ("parameters", "a list of single weights"))),
    Case("one_neuron", (3, 1), S1, says=(ROWS, ("samples", "columns"))),
)  # fmt: skip


def spec_of(case: Case, samples: int, seed: int = 0) -> Spec:
    """Return a network of random values for `case`."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(samples, case.sizes[0])).round(3)
    targets = random.uniform(0.1, 0.9, size=(samples, case.sizes[-1])).round(3)
    if case.classes:
        targets = np.eye(case.sizes[-1])[random.integers(0, case.sizes[-1], samples)]
    layers = []
    kinds = (case.bias,) * len(case.activations) if isinstance(case.bias, str) else case.bias
    for below, size, activation, bias in zip(case.sizes, case.sizes[1:], case.activations, kinds, strict=False):
        weights = random.normal(size=(size, below)).round(3)
        layer: dict[str, Any] = {"size": size, "activation": activation, "bias": bias, "weights": weights.tolist()}
        if bias != "none":
            values = random.normal(size=size).round(3).tolist()
            layer["biases"] = values if bias == "per neuron" else values[0]
        layers.append(layer)
    made = derive.network(
        inputs=inputs.tolist(), targets=targets.tolist(), layers=layers, loss=case.loss, batch=case.batch
    )
    assert isinstance(made.spec, Spec)
    return made.spec


def problem_of(spec: Spec, classes: bool = False) -> Problem:
    return Problem(
        spec.sizes, tuple(layer.bias for layer in spec.layers), spec.samples,
        tuple(layer.activation for layer in spec.layers), spec.loss, spec.batch, classes,
    )  # fmt: skip


def point_of(spec: Spec, rate: float = 0.5) -> Point:
    here = parameters(spec)
    return Point(here.weights, here.biases, np.array(spec.inputs, float), np.array(spec.targets, float), rate)


def program(name: str) -> Loaded:
    return load((PROGRAMS / f"{name}.py").read_text(), f"{name}.py")


def tried(loaded: Loaded, plan: Plan, problem: Problem, point: Point) -> Found | None:
    """Return what a plan gives; None where it does not work: a hypothesis may be wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call(loaded, plan, problem, point)
        except Exception:
            return None


def agrees(found: Found | None, spec: Spec, held: bool = False) -> bool:
    """Whether what was found is the gradient, where it is shown; and all weights are.

    held: whether the biases are held fixed: then each must be there, and 0.
    """
    if found is None or any(w is None for w in found.weights) or (held and any(b is None for b in found.biases)):
        return False
    truth = gradients(spec)
    biases = tuple(map(np.zeros_like, truth.biases)) if held else truth.biases
    pairs = zip((*found.weights, *found.biases), (*truth.weights, *biases), strict=True)
    return all(
        mine is None or (mine.shape == right.shape and np.allclose(mine, right, rtol=1e-10, atol=1e-14))
        for mine, right in pairs
    )


def fitting(loaded: Loaded, case: Case, spec: Spec, **options: Any) -> list[Plan]:
    """Return the plans that give the gradient at two points."""
    problem = problem_of(spec, case.classes)
    other = spec_of(case, spec.samples, 1)
    rate = case.rate
    return [
        plan for plan in find(loaded, problem, **options)
        if agrees(tried(loaded, plan, problem, point_of(spec, rate)), spec, case.held)
        and agrees(tried(loaded, plan, problem, point_of(other, rate)), other, case.held)
    ]  # fmt: skip


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}-{'-'.join(map(str, case.sizes))}-{case.batch}")
def test_every_program_gives_the_gradient_by_some_plan(case: Case, samples: int) -> None:
    good = fitting(program(case.name), case, spec_of(case, samples))
    assert good
    assert any(set(case.says) <= set(plan.facts()) for plan in good), [plan.facts() for plan in good]


def test_every_program_in_the_directory_is_tried() -> None:
    assert {path.stem for path in PROGRAMS.glob("*.py")} == {case.name for case in CASES} | {"lists_exact"}


@pytest.mark.parametrize("name", ["named_tuple", "columns_of_lists", "gradients_dict", "pipeline_columns"])
def test_in_square_layers_the_layout_that_is_not_the_programs_gives_other_values(name: str) -> None:
    case = next(case for case in CASES if case.name == name)._replace(sizes=(3, 3, 3))
    right = dict(case.says)["layout"]
    wrong = {"rows are neurons": "columns are neurons", "columns are neurons": "rows are neurons"}[right]
    loaded, spec = program(name), spec_of(case, 3)
    assert fitting(loaded, case, spec, layout=right)
    problem = problem_of(spec)
    plans = [plan for plan in find(loaded, problem, layout=wrong) if plan.layout == wrong]
    found = [tried(loaded, plan, problem, point_of(spec)) for plan in plans]
    assert plans
    assert any(one is not None for one in found)
    assert not any(agrees(one, spec) for one in found)


def test_a_program_that_is_wrong_fits_by_no_plan() -> None:
    text = (PROGRAMS / "named_tuple.py").read_text().replace("d1 = d2 @ params.W2.T", "d1 = 0 - d2 @ params.W2.T")
    case = next(case for case in CASES if case.name == "named_tuple")
    assert not fitting(load(text, "wrong.py"), case, spec_of(case, 3))


def test_the_loss_and_the_outputs_are_read_where_they_are_shown() -> None:
    case = next(case for case in CASES if case.name == "pipeline_columns")
    spec, loaded = spec_of(case, 3), program("pipeline_columns")
    truth = forward(spec)
    plan = fitting(loaded, case, spec)[0]
    found = call(loaded, plan, problem_of(spec), point_of(spec))
    assert found.loss == pytest.approx(truth.total, rel=1e-12)
    assert found.outputs is not None
    assert np.allclose(found.outputs, truth.out[-1], rtol=1e-12)


# ── Elements that are no doubles ─────────────────────────────────────────────────────────────────────────────


def fractions(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray[Any, Any]:
    numbers = [Fraction(int(n), 7) for n in random.integers(-9, 9, size=int(np.prod(shape)))]
    return np.array(numbers, dtype=object).reshape(shape)


def exact_point(sizes: Sequence[int], shared: bool, samples: int) -> Point:
    random = np.random.default_rng(5)
    layers = list(pairwise(sizes))
    return Point(
        tuple(fractions((n, m), random) for m, n in layers),
        tuple(fractions((1 if shared else n,), random) for _, n in layers),
        fractions((samples, sizes[0]), random), fractions((samples, sizes[-1]), random), Fraction(1, 3),
    )  # fmt: skip


def error(point: Point, squares: bool, mean: bool) -> Fraction:
    """Return the loss of a network of identities, whose first layer squares where `squares` says so."""
    total = Fraction(0)
    for x, t in zip(point.inputs.tolist(), point.targets.tolist(), strict=True):
        values = x
        for layer, (w, b) in enumerate(zip(point.weights, point.biases, strict=True)):
            nets = [
                sum(a * v for a, v in zip(row, values, strict=True)) + b[j % len(b)] for j, row in enumerate(w.tolist())
            ]
            values = [net * net for net in nets] if squares and layer == 0 else nets
        total += sum((v - s) ** 2 for v, s in zip(values, t, strict=True)) / 2
    return total / len(point.inputs) if mean else total


def slopes(point: Point, squares: bool, mean: bool) -> list[np.ndarray[Any, Any]]:
    """Return the derivative of `error` by each parameter: differences, exact for a polynomial of degree 4."""
    result = []
    for array in (*point.weights, *point.biases):
        slope = array.copy()
        for where in np.ndindex(array.shape):
            old = array[where]
            at = {}
            for step in (-2, -1, 1, 2):
                array[where] = old + step
                at[step] = error(point, squares, mean)
            array[where] = old
            slope[where] = (at[-2] - 8 * at[-1] + 8 * at[1] - at[2]) / 12
        result.append(slope)
    return result


EXACT = (
    ("named_tuple", (2, 3, 2), False, False, False),
    ("tensors", (2, 3, 2), False, False, False),
    ("flat_exact", (3, 2, 2), False, False, False),
    ("linear_class", (3, 4, 2), False, False, True),
    ("lists_exact", (2, 3, 2), True, True, False),
)


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize(("name", "sizes", "shared", "squares", "mean"), EXACT)
def test_fractions_pass_through_and_stay_fractions(
    name: str, sizes: tuple[int, ...], shared: bool, squares: bool, mean: bool, samples: int
) -> None:
    point = exact_point(sizes, shared, samples)
    truth = slopes(point, squares, mean)
    layers = len(sizes) - 1
    problem = Problem(
        sizes, ("shared" if shared else "per neuron",) * layers, samples, ("identity",) * layers, HALF,
        "mean" if mean else "sum",
    )  # fmt: skip
    loaded = program(name)
    good = []
    for plan in find(loaded, problem):
        found = tried(loaded, plan, problem, point)
        if found is None or any(array is None for array in (*found.weights, *found.biases)):
            continue
        arrays = (*found.weights, *found.biases)
        if all(a.shape == b.shape and bool(np.all(a == b)) for a, b in zip(arrays, truth, strict=True)):  # type: ignore
            good.append(arrays)
    assert good
    assert all(type(element) is Fraction for array in good[0] for element in array.flat)  # type: ignore[union-attr]


class Marked(np.ndarray):  # type: ignore[type-arg]
    """A subclass, to see whether programs are called with it."""


def test_a_subclass_of_array_reaches_the_program() -> None:
    seen: list[type] = []

    def gradients(parameters: Any, x: Any, t: Any) -> Any:
        seen.extend(map(type, (x, t, *parameters.values())))
        return {key: value * 0 for key, value in parameters.items()}

    point = exact_point((2, 3, 1), False, 2)
    point = point._replace(
        weights=tuple(w.view(Marked) for w in point.weights), biases=tuple(b.view(Marked) for b in point.biases),
        inputs=point.inputs.view(Marked), targets=point.targets.view(Marked),
    )  # fmt: skip
    loaded = loaded_from(gradients)
    problem = Problem((2, 3, 1), ("per neuron",) * 2, 2, I2, HALF)
    call(loaded, find(loaded, problem)[0], problem, point)
    assert seen == [Marked] * 6


# ── What a program must not do, and what it must give ────────────────────────────────────────────────────────

LINEAR = Problem((2, 3, 1), ("per neuron",) * 2, 2, I2, HALF)
BODY = """
import numpy as np

def gradients(parameters, x, t):
    W1, b1, W2, b2 = (parameters[k] for k in ("W1", "b1", "W2", "b2"))
    h = x @ W1.T + b1
    d2 = h @ W2.T + b2 - t
    d1 = d2 @ W2
    {line}
    return {{"W1": d1.T @ x, "b1": d1.sum(axis=0), "W2": d2.T @ h, "b2": d2.sum(axis=0)}}
"""


def linear_point() -> Point:
    random = np.random.default_rng(3)
    return Point(
        (random.normal(size=(3, 2)), random.normal(size=(1, 3))), (random.normal(size=3), random.normal(size=1)),
        random.normal(size=(2, 2)), random.normal(size=(2, 1)), 0.25,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("pass", ()),
        ("x -= 1", ("inputs",)),
        ("t[0] = 0", ("targets",)),
        ("W2 *= 2", ("W2",)),
        ("b1 += d1[0]; x[:] = 0", ("inputs", "b1")),
    ],
)
def test_a_change_in_place_of_what_was_lent_is_told(line: str, changed: tuple[str, ...]) -> None:
    loaded = load(BODY.format(line=line), "changing.py")
    point = linear_point()
    before = [array.copy() for array in (*point.weights, *point.biases, point.inputs, point.targets)]
    called = call_and_watch(loaded, find(loaded, LINEAR)[0], LINEAR, point)
    assert set(called.changed) == set(changed)
    after = (*point.weights, *point.biases, point.inputs, point.targets)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_change_in_place_of_objects_is_told() -> None:
    point = exact_point((2, 3, 1), False, 2)
    loaded = load(BODY.format(line="x[1, 1] = x[1, 1] + 1"), "changing.py")
    assert call_and_watch(loaded, find(loaded, LINEAR)[0], LINEAR, point).changed == ("inputs",)


@pytest.mark.parametrize(
    ("old", "new", "says", "hint"),
    [
        ("return {", "return None and {", "returned None", "gradient by each parameter"),
        ('"W1": d1.T @ x', '"W1": x.T @ d1', "the gradient by W1 has shape (2, 3)", "transpose it"),
        ('"b1": d1.sum(axis=0)', '"b1": d1', "the gradient by b1 has shape (2, 3)", "add the rows"),
        ('"W1": d1.T @ x', '"W1": "d1"', "the gradient W1 is a str, and no numbers", ""),
        ("return {", 'return {"A": h}; return {', "holds no gradient for each parameter: A(2, 3)", ""),
    ],
)
def test_a_misfit_says_what_is_wrong(old: str, new: str, says: str, hint: str) -> None:
    text = BODY.format(line="pass")
    assert old in text
    loaded = load(text.replace(old, new), "misfit.py")
    with pytest.raises(Misfit) as caught:
        call(loaded, find(loaded, LINEAR)[0], LINEAR, linear_point())
    assert says in caught.value.what
    assert hint in caught.value.hint


def test_a_step_that_changes_nothing_is_a_misfit() -> None:
    loaded = load("import numpy as np\ndef train_step(W1, b1, W2, b2, x, y, lr):\n    W1 = W1 - 0 * lr\n", "still.py")
    plan = next(plan for plan in find(loaded, LINEAR) if plan.gradient == "change")
    with pytest.raises(Misfit, match="changed no weight"):
        call(loaded, plan, LINEAR, linear_point())


STEP = """
import numpy as np
def train_step(params, x, y, lr):
    h = np.maximum(x @ params["W1"].T + params["b1"], 0)
    d2 = h @ params["W2"].T + params["b2"] - y
    d1 = d2 @ params["W2"] * (h > 0)
    {update}
"""
UPDATE = "params['W1'] -= lr * d1.T @ x; params['b1'] -= lr * d1.sum(0)"


@pytest.mark.parametrize("update", [UPDATE, "params['W1'] = params['W1'] - lr * 0 * d1.T @ x"])
def test_a_step_that_moves_elsewhere_has_the_gradient_zero_where_it_does_not(update: str) -> None:
    loaded = load(STEP.format(update=update), "dead.py")
    point = linear_point()
    dead = point._replace(biases=(np.full(3, -50.0), point.biases[1]))
    plan = next(plan for plan in find(loaded, LINEAR) if plan.gradient == "change")
    if update != UPDATE:
        with pytest.raises(Misfit, match="changed no weight"):
            call(loaded, plan, LINEAR, dead)
        return
    found = call(loaded, plan, LINEAR, dead)
    assert all(array is not None and not array.any() for array in (*found.weights, *found.biases))
    assert all(array is not None and array.any() for array in call(loaded, plan, LINEAR, point).weights[:1])


def test_biases_that_are_there_are_given_though_others_are_not() -> None:
    spec, point = linear_spec()
    loaded = load(BODY.format(line="pass").replace(', "b2": d2.sum(axis=0)', ""), "some.py")
    found = call(loaded, find(loaded, LINEAR)[0], LINEAR, point)
    assert agrees(found, spec)
    assert [bias is None for bias in found.biases] == [False, True]


PARTS = """
import numpy as np

def gradients(W1, b1, W2, b2, x, t):
    h = x @ W1.T + b1
    d2 = h @ W2.T + b2 - t
    dW2, db2 = d2.T @ h, d2.sum(axis=0)
    dW1, db1 = (d2 @ W2).T @ x, (d2 @ W2).sum(axis=0)
    return {result}
"""


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        ('{"W2": dW2}', "W2"), ('{"W1": dW1}', "W1"), ("dW2", "W2"), ("dW2, dW1", "W1 W2"), ("db1, db2", "b1 b2"),
        ('{"db2": db2, "dW2": dW2}', "W2 b2"), ('{"b2": db2, "W2": dW2, "W1": dW1}', "W1 W2 b2"),
        ("dW2, db2, dW1, db1", "W1 W2 b1 b2"),
    ],
)  # fmt: skip
def test_what_is_returned_is_known_by_its_names(result: str, shown: str) -> None:
    spec = spec_of(Case("", (2, 2, 2), I2), 3)
    loaded, problem = load(PARTS.format(result=result), "parts.py"), problem_of(spec)
    plan = find(loaded, problem, layout="rows")[0]
    plan = next(p for p in find(loaded, problem) if p.layout == plan.layout and (p.samples, p.biases) == ROWS_VECTORS)
    found, truth = call(loaded, plan, problem, point_of(spec)), gradients(spec)
    there = dict(zip(("W1", "W2", "b1", "b2"), (*found.weights, *found.biases), strict=True))
    right = dict(zip(there, (*truth.weights, *truth.biases), strict=True))
    assert {name for name, value in there.items() if value is not None} == set(shown.split())
    assert all(value is None or np.allclose(value, right[name], rtol=1e-10) for name, value in there.items())


ROWS_VECTORS = ("rows", "vectors")


def test_arrays_without_names_in_the_opposite_order_are_not_to_be_transposed() -> None:
    spec = spec_of(Case("", (2, 3, 2), I2, bias="none"), 3)
    text = PARTS.replace("b1, W2, b2, x", "W2, x").replace("+ b1", "").replace("+ b2", "")
    loaded = load(text.format(result="d2.T @ h, (d2 @ W2).T @ x"), "turned.py")
    plan = next(p for p in find(loaded, problem_of(spec)) if p.layout == ROWS[1] and p.samples == "rows")
    with pytest.raises(Misfit) as caught:
        call(loaded, plan, problem_of(spec), point_of(spec))
    assert "shape (2, 3)" in caught.value.what
    assert "order of the layers" in caught.value.hint
    assert "transpose" not in caught.value.hint


@pytest.mark.parametrize("biases", [True, False])
def test_one_list_of_all_weights_and_maybe_all_biases_after_them(biases: bool) -> None:
    text = (PROGRAMS / "eight_in_a_list.py").read_text()
    changed = text.replace("d2 * h2], [e1", "d2 * h2, e1" if biases else "d2 * h2]  # [e1")
    assert changed != text
    case = Case("", (2, 2, 2), S2, bias="shared")
    good = fitting(load(changed, "one_list.py"), case, spec_of(case, 3))
    assert good
    point = point_of(spec_of(case, 3))
    found = call(load(changed, "one_list.py"), good[0], problem_of(spec_of(case, 3)), point)
    assert [bias is not None for bias in found.biases] == [biases, biases]


WITHOUT = """
import numpy as np
def sigmoid(z): return 1 / (1 + np.exp(-z))
def gradients(W1, W2, X, T):
    h = sigmoid(X @ W1.T)
    o = sigmoid(h @ W2.T)
    d2 = (o - T) * o * (1 - o)
    d1 = d2 @ W2 * h * (1 - h)
    return d1.T @ X, d2.T @ h
"""
WITHOUT_CLASS = """
import numpy as np
class Network:
    def __init__(self, inputs, hidden, outputs, lr):
        self.wih = np.random.normal(size=(hidden, inputs))
        self.who = np.random.normal(size=(outputs, hidden))
        self.lr = lr{more}
    def train(self, inputs, targets):
        X, T = np.array(inputs, ndmin=2).T, np.array(targets, ndmin=2).T
        h = 1 / (1 + np.exp(-self.wih @ X))
        o = 1 / (1 + np.exp(-self.who @ h))
        d2 = (T - o) * o * (1 - o)
        d1 = self.who.T @ d2 * h * (1 - h)
        self.who += self.lr * d2 @ h.T
        self.wih += self.lr * d1 @ X.T
"""


@pytest.mark.parametrize("bias", ["shared", "per neuron"])
@pytest.mark.parametrize("text", [WITHOUT, WITHOUT_CLASS.format(more="")], ids=["function", "class"])
def test_a_program_without_biases_is_called_last_of_all_with_the_weights_alone(text: str, bias: str) -> None:
    case = Case("", (4, 3, 2), S2, bias=bias)
    spec, loaded = spec_of(case, 3), load(text, "without.py")
    bare = msgspec.structs.replace(
        spec, layers=tuple(msgspec.structs.replace(layer, bias="none", biases=()) for layer in spec.layers)
    )
    plans = find(loaded, problem_of(spec))
    assert [plan.biases == "none" for plan in plans] == sorted(plan.biases == "none" for plan in plans)
    every = [tried(loaded, plan, problem_of(spec), point_of(spec)) for plan in plans if plan.biases == "none"]
    truth = gradients(bare)
    good = [
        found for found in every
        if found is not None
        and all(m is not None and np.allclose(m, r) for m, r in zip(found.weights, truth.weights, strict=True))
    ]  # fmt: skip
    assert good
    assert all(bias is None for found in good for bias in found.biases)
    assert not any(agrees(found, spec) for found in every)


def test_what_may_be_biases_by_another_name_is_not_left_out() -> None:
    loaded = load(WITHOUT_CLASS.format(more="; self.c1 = np.zeros(hidden)"), "other_name.py")
    spec = spec_of(Case("", (4, 3, 2), S2), 3)
    assert all(plan.biases != "none" for plan in _plans_or_none(loaded, problem_of(spec)))


def _plans_or_none(loaded: Loaded, problem: Problem) -> list[Plan]:
    try:
        return find(loaded, problem)
    except DeriveError:
        return []


def test_attributes_are_no_gradient_without_the_name_of_one() -> None:
    loaded = program("columns_of_lists")
    plans = find(loaded, LINEAR)
    assert all(plan.gradient != "attributes" for plan in plans)
    reading = msgspec.structs.replace(plans[0], gradient="attributes")
    with pytest.raises(Misfit, match="no gradient"):
        call(loaded, reading, LINEAR, linear_point())


def test_nan_is_let_through() -> None:
    loaded = load(BODY.format(line="d1 = d1 * np.nan"), "nan.py")
    found = call(loaded, find(loaded, LINEAR)[0], LINEAR, linear_point())
    assert found.weights[0] is not None
    assert np.isnan(found.weights[0]).all()


def test_what_the_program_raises_comes_through() -> None:
    loaded = load(BODY.format(line="raise KeyError('mine')"), "raising.py")
    with pytest.raises(KeyError, match="mine"):
        call(loaded, find(loaded, LINEAR)[0], LINEAR, linear_point())


# ── Loading ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_loading_runs_no_training(capsys: pytest.CaptureFixture[str]) -> None:
    loaded = load(
        "import numpy as np\nW1 = np.ones((2, 2))\ncount = 0\n"
        "for epoch in range(10**9):\n    W1 -= 0.1 * W1\n    count += 1\n    print(count)\n"
        "print(W1)\ndef later(): return 5\n", "long.py",
    )  # fmt: skip
    assert loaded.module.count == 0
    assert capsys.readouterr().out == ""
    assert loaded.module.later() == 5


def test_a_call_that_trains_is_not_run_either() -> None:
    loaded = load(
        "ran = []\ndef train(X, epochs=10**9):\n    for epoch in range(epochs):\n        ran.append(epoch)\n"
        "result = train([1])\ntrain([2])\n", "calling.py",
    )  # fmt: skip
    assert loaded.module.ran == []


def test_a_loop_that_only_makes_data_is_run() -> None:
    loaded = load("rows = []\nfor k in range(5):\n    rows.append([k, k * k])\n", "data.py")
    assert len(loaded.module.rows) == 5


def test_loading_names_the_line_of_what_is_no_python() -> None:
    with pytest.raises(DeriveError) as caught:
        load("x = 1\nprint 'hello'\n", "old.py")
    assert caught.value.where == "old.py:2"
    assert "line 2" in caught.value.what
    assert "Python 2" in caught.value.hint


def test_a_statement_that_fails_is_kept_with_its_line() -> None:
    loaded = load("a = 1\nb = missing + 1\nc = 3\n", "partly.py")
    assert [(skipped.line, skipped.why) for skipped in loaded.skipped] == [
        (2, "NameError: name 'missing' is not defined")
    ]
    assert loaded.module.c == 3


def test_packages_that_only_draw_need_not_be_there() -> None:
    loaded = load("import matplotlib_missing\nimport seaborn.objects as so\nso.Plot([1]).show()\nx = 1\n", "drawing.py")
    assert [skipped.line for skipped in loaded.skipped] == [1]
    assert loaded.module.x == 1


def test_what_is_missing_says_so_when_it_is_used() -> None:
    loaded = load(
        "import pandas_missing as pd\nfrom course_utils import sigmoid as s, relu\nframe = pd.read_csv('x')\n"
        "def forward(z): return s(z)\n", "missing.py",
    )  # fmt: skip
    assert [skipped.line for skipped in loaded.skipped] == [1, 2, 3]
    assert "pandas_missing is not there" in loaded.skipped[2].why
    with pytest.raises(ModuleNotFoundError, match="sigmoid is to come from course_utils"):
        loaded.module.forward(1.0)


@pytest.mark.parametrize(
    "text",
    [
        "from scipy.special import expit as f",
        "import scipy.special as s\nf = s.expit",
        "import scipy\nf = scipy.special.expit",
    ],
)
def test_the_logistic_function_of_scipy_needs_no_scipy(text: str) -> None:
    loaded = load(text, "logistic.py")
    assert loaded.module.f(np.array([0.0, 2.0])) == pytest.approx([0.5, 1 / (1 + np.exp(-2.0))], rel=1e-15)


def test_data_classes_and_pickles_of_a_program_work() -> None:
    loaded = load(
        "import pickle\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    W1: 'list'\n"
        "copy = pickle.loads(pickle.dumps(P([1])))\n", "classes.py",
    )  # fmt: skip
    assert loaded.skipped == ()
    assert loaded.module.copy.W1 == [1]
    assert loaded.module.__name__ != "__main__"


def test_only_one_module_compiles_and_runs_code() -> None:
    home = Path(derive.__file__).parent / "read"
    running = {
        path.name
        for folder in ("finding", "calling", "foreign")
        for path in (home / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("exec", "eval", "compile")
    }
    assert running == {"loading.py"}


# ── Finding ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_plans_are_data() -> None:
    for case in CASES:
        plans = find(program(case.name), problem_of(spec_of(case, 3), case.classes))
        assert 0 < len(plans) <= 80
        assert msgspec.json.decode(msgspec.json.encode(plans), type=list[Plan]) == plans


def test_a_plan_that_was_written_and_read_again_does_the_same() -> None:
    case = next(case for case in CASES if case.name == "softmax_classes")
    spec, loaded = spec_of(case, 3), program("softmax_classes")
    plan = fitting(loaded, case, spec)[0]
    again = msgspec.json.decode(msgspec.json.encode(plan), type=Plan)
    assert agrees(call(program("softmax_classes"), again, problem_of(spec, True), point_of(spec)), spec)


def test_the_simplest_form_comes_first() -> None:
    plan = find(program("gradients_dict"), LINEAR)[0]
    assert (plan.entry, plan.layout, plan.samples) == ("gradients", "rows are neurons", "rows")


def test_an_entry_restricts_the_search() -> None:
    plans = find(program("columns_of_lists"), LINEAR, entry="Network.update_mini_batch")
    assert {plan.entry for plan in plans} == {"Network.update_mini_batch"}
    assert len({plan.entry for plan in find(program("columns_of_lists"), LINEAR)}) > 1


def test_an_entry_that_is_not_there_is_an_error_with_what_is_near() -> None:
    with pytest.raises(DeriveError) as caught:
        find(program("columns_of_lists"), LINEAR, entry="Network.backprob")
    assert "Network.backprob" in caught.value.what
    assert "Network.backprop" in caught.value.hint


@pytest.mark.parametrize("text", ["", "x = 5\n", "def greet(name): return name\n", "import nothing_like_this\n"])
def test_a_program_without_a_gradient_is_an_error_that_says_how_to_help(text: str) -> None:
    loaded = load(text, "nothing.py")
    with pytest.raises(DeriveError) as caught:
        find(loaded, LINEAR)
    assert "adapter" in caught.value.hint
    assert caught.value.where == "nothing.py"
    assert "Looked for: a function of parameters, inputs and targets" in caught.value.what
    assert "--entry" not in caught.value.hint


def test_functions_that_could_be_meant_are_named_with_the_option_to_choose_one() -> None:
    text = WITHOUT.replace("def gradients(W1, W2,", "def f(W1, b1, W2, b2,").replace("d1", "e").replace("d2", "c")
    loaded = load(text, "unspoken.py")
    with pytest.raises(DeriveError) as caught:
        find(loaded, LINEAR)
    assert caught.value.what.startswith("It has: sigmoid, f. Looked for: ")
    assert caught.value.hint.startswith("--entry NAME")
    assert ": f\n" in caught.value.hint
    assert find(loaded, LINEAR, entry="f")


def test_a_class_of_other_sizes_is_said_to_be_one() -> None:
    text = (
        "import numpy as np\nclass Net:\n    def __init__(self):\n        self.W1 = np.ones((7, 5))\n"
        "    def train(self, x, y): pass\n"
    )
    with pytest.raises(DeriveError, match=r"W1.*\(7, 5\)"):
        find(load(text, "other.py"), LINEAR)


# ── Adapters, and objects of the user's own ──────────────────────────────────────────────────────────────────

ODD = """
import numpy as np
def weird(blob, rows):
    (A, a), (C, c) = blob
    for x, t in rows:
        h = A @ x + a
        e = C @ h + c - t
        yield np.outer(C.T @ e, x), C.T @ e, np.outer(e, h), e
"""
ADAPTER = """
def gradients(code, parameters, x, t):
    p = parameters
    parts = list(code.weird([(p["W1"], p["b1"]), (p["W2"], p["b2"])], list(zip(x, t))))
    return dict(zip(("W1", "b1", "W2", "b2"), (sum(part) for part in zip(*parts))))
"""


def linear_spec() -> tuple[Spec, Point]:
    case = Case("", (2, 3, 1), I2)
    spec = spec_of(case, 2)
    return spec, point_of(spec)


@pytest.mark.parametrize("ending", ["", "\n_plain = gradients\ndef gradients(*given): return 0.5, _plain(*given)\n"])
def test_an_adapter_says_how_a_program_is_called(ending: str) -> None:
    spec, point = linear_spec()
    loaded = load(ODD, "odd.py")
    with pytest.raises(DeriveError):
        find(loaded, LINEAR)
    both = adapted(loaded, load(ADAPTER + ending, "adapter.py"))
    (plan,) = find(both, LINEAR)
    found = call(both, plan, LINEAR, point)
    assert agrees(found, spec)
    assert found.loss == (0.5 if ending else None)


def test_an_adapter_without_gradients_is_an_error() -> None:
    with pytest.raises(DeriveError, match="gradients"):
        adapted(load(ODD, "odd.py"), load("def gradient(): pass", "adapter.py"))


def test_a_function_a_class_and_a_module_of_the_users_own() -> None:
    spec, point = linear_spec()

    def my_gradients(params: Any, x: Any, t: Any) -> Any:
        h = x @ params["W1"].T + params["b1"]
        d2 = h @ params["W2"].T + params["b2"] - t
        d1 = d2 @ params["W2"]
        return {"W1": d1.T @ x, "b1": d1.sum(0), "W2": d2.T @ h, "b2": d2.sum(0)}

    module = program("linear_class").module
    mean = msgspec.structs.replace(spec, batch="mean")
    for own, wanted in ((my_gradients, spec), (module, mean), (module.LinearNet, mean)):
        loaded = loaded_from(own)
        problem = problem_of(wanted)
        assert any(agrees(tried(loaded, plan, problem, point), wanted) for plan in find(loaded, problem)), own
    with pytest.raises(DeriveError, match="function, a class or a module"):
        loaded_from(5)


def test_a_module_of_the_users_own_is_left_as_it_was() -> None:
    spec, point = linear_spec()
    text = """
import numpy as np
W1, b1, W2, b2 = np.ones((3, 2)), np.ones(3), np.ones((1, 3)), np.ones(1)
lr = 9.0
def train(x, t):
    global W1, b1, W2, b2
    h = x @ W1.T + b1
    d2 = h @ W2.T + b2 - t
    d1 = d2 @ W2
    W1, b1 = W1 - lr * d1.T @ x, b1 - lr * d1.sum(0)
    W2, b2 = W2 - lr * d2.T @ h, b2 - lr * d2.sum(0)
"""
    module = load(text, "globals.py").module
    before = dict(vars(module))
    loaded = loaded_from(module)
    assert any(agrees(tried(loaded, plan, LINEAR, point), spec) for plan in find(loaded, LINEAR))
    assert all(vars(module)[key] is value for key, value in before.items())
