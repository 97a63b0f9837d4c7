"""Programs that others wrote: right ones are proved, wrong ones are refuted and what is wrong is named."""

from __future__ import annotations

import numpy as np
import pytest
from judging import FUNCTION, MEAN, SIGMOID, SOFTMAX, WITH_LOSS, changed, judged, spec
from writing import write

import derive
from derive.backprop import gradients
from derive.check.verdict import Proved
from derive.gradcheck import Convention, Outcome, Why
from derive.gradcheck.data import plain
from derive.gradcheck.telling import tell

# ── Right programs ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_right_program_is_proved_for_all_inputs() -> None:
    made = judged(SIGMOID, FUNCTION)
    assert made.kind == "proved"
    assert made.exit_code == 0
    assert isinstance(made.verdict, Proved)
    assert made.verdict.exponent is not None
    assert made.verdict.exponent < -100
    assert not made.region
    assert {1, 3} <= set(made.samples) or len(made.samples) >= 2
    assert len(made.rows) == 4 * 3 + 4 + 2 * 4 + 2
    assert all(row.kind == "proved" for row in made.rows)


def test_the_numbers_of_the_table_are_those_at_the_given_point() -> None:
    made = judged(SIGMOID, FUNCTION)
    right = gradients(spec(SIGMOID))
    first = right.weights[0][0, 0]
    row = next(row for row in made.rows if row.parameter.kind == "w" and row.parameter.index == (1, 1))
    assert float(row.expected) == pytest.approx(first, rel=1e-8)
    assert float(row.found) == pytest.approx(first, rel=1e-8)


@pytest.mark.parametrize("block", range(10))
def test_no_random_right_program_is_refuted(block: int) -> None:
    """300 of them, each in a style of its own; scripts/programs tries as many as you like."""
    outcomes = []
    for seed in range(30 * block, 30 * block + 30):
        written = write(seed)
        outcomes.append((seed, judged(written.fields, written.source).kind))
    assert [each for each in outcomes if each[1] != "proved"] == []


# ── Programs that are nearly right ───────────────────────────────────────────────────────────────────────────

SATURATED = {
    **SIGMOID,
    "layers": [{"size": n, "weights": {"draw": "constant", "low": 40}} for n in (4, 2)],
}  # fmt: skip
GIVEN = gradients(spec(SIGMOID))

NEARLY: dict[str, tuple[dict[str, object], str]] = {
    "all zeros, where the network is saturated": (
        SATURATED,
        "import numpy as np\ndef gradients(parameters, x, t):\n"
        "    return {key: np.zeros(value.shape) for key, value in parameters.items()}\n",
    ),
    "scaled by 1.0005": (SIGMOID, changed("d2 = (y - t)", "d2 = 1.0005 * (y - t)")),
    "scaled by 1 + 1e-9": (SIGMOID, changed("d2 = (y - t)", "d2 = (1 + 1e-9) * (y - t)")),
    "one bias scaled by 1 + 1e-12": (SIGMOID, changed('"b2": d2.sum(axis=0)', '"b2": d2.sum(axis=0) * (1 + 1e-12)')),
    "right for one sample only": (SIGMOID, changed('"b2": d2.sum(axis=0)', '"b2": d2[0]')),
    "the mean of one bias": (SIGMOID, changed('"b2": d2.sum(axis=0)', '"b2": d2.mean(axis=0)')),
    "right at the given point only": (
        SIGMOID,
        "import numpy as np\ndef gradients(parameters, x, t):\n    return {"
        + ", ".join(
            f"'W{n}': np.array({GIVEN.weights[n - 1].tolist()}), 'b{n}': np.array({GIVEN.biases[n - 1].tolist()})"
            for n in (1, 2)
        )
        + "}\n",
    ),
    "an offset of 1e-13": (SIGMOID, changed('"W2": d2.T @ h', '"W2": d2.T @ h + 1e-13')),
    "right for small inputs": (
        SIGMOID, changed("    d1 = d2", "    d2 = np.where(abs(x).max() > 0.5, 2, 1) * d2\n    d1 = d2"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEARLY)
def test_what_is_nearly_right_is_refuted(name: str) -> None:
    fields, source = NEARLY[name]
    made = judged(fields, source)
    assert made.kind == "refuted"
    assert made.exit_code == 1
    assert any(row.expected != row.found for row in made.rows if row.kind == "refuted")


DIFFERENCES = """
import numpy as np


def loss(parameters, x, t):
    h = 1 / (1 + np.exp(-(x @ parameters["W1"].T + parameters["b1"])))
    y = 1 / (1 + np.exp(-(h @ parameters["W2"].T + parameters["b2"])))
    return 0.5 * np.sum((y - t) ** 2)


def gradients(parameters, x, t):
    made = {}
    for key, value in parameters.items():
        made[key] = np.zeros(value.shape)
        for place in np.ndindex(value.shape):
            up, down = ({k: v.copy() for k, v in parameters.items()} for _ in range(2))
            up[key][place] = up[key][place] + STEP
            down[key][place] = down[key][place] - STEP
            made[key][place] = (loss(up, x, t) - loss(down, x, t)) / (2 * STEP)
    return made
"""


@pytest.mark.parametrize("step", ["1e-3", "1e-4", "1e-5", "1e-6"])
def test_finite_differences_are_no_derivative_and_are_called_what_they_are(step: str) -> None:
    made = judged(SIGMOID, DIFFERENCES.replace("STEP", step))
    assert made.kind == "refuted"
    assert any("difference" in each.id for match in made.matches for each in match.mistakes)


# ── Conventions ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_loss_without_its_half_is_a_matter_of_convention_where_the_gradient_goes_with_it() -> None:
    twice = changed("loss = 0.5 * ", "loss = ", changed("d2 = (y - t)", "d2 = 2 * (y - t)", WITH_LOSS))
    made = judged(SIGMOID, twice)
    assert made.kind == "proved"
    assert made.convention == Convention(factor=2)  # type: ignore[arg-type]


def test_a_gradient_that_does_not_go_with_its_loss_is_wrong() -> None:
    for wrong in (
        changed("d2 = (y - t)", "d2 = 2 * (y - t)", WITH_LOSS),
        changed("loss = 0.5 * ", "loss = ", WITH_LOSS),
    ):
        assert judged(SIGMOID, wrong).kind == "refuted"


def test_a_program_that_shows_no_loss_is_wrong_until_its_convention_is_given() -> None:
    twice = changed("d2 = (y - t)", "d2 = 2 * (y - t)")
    made = judged(SIGMOID, twice)
    assert made.kind == "refuted"
    assert made.deviates == Convention(factor=2)  # type: ignore[arg-type]
    assert judged(SIGMOID, twice, convention="no-half").kind == "proved"
    assert judged(SIGMOID, FUNCTION, convention="no-half").kind == "refuted"


def test_sum_and_mean_are_told_apart_by_several_samples() -> None:
    made = judged(MEAN, FUNCTION)
    assert made.kind == "refuted"
    assert made.deviates == Convention(samples=1)
    assert judged(MEAN, FUNCTION, convention="sum").kind == "proved"
    assert judged(MEAN, changed("d2 = (y - t)", "d2 = (y - t) / len(x)")).kind == "proved"


def test_of_one_sample_the_sum_is_the_mean() -> None:
    one = {**SIGMOID, "inputs": SIGMOID["inputs"][:1], "targets": SIGMOID["targets"][:1]}
    made = judged(one, changed("d2 = (y - t)", "d2 = (y - t) / len(x)"))
    assert made.kind == "proved"
    assert made.convention == Convention(samples=-1)


def test_the_natural_sign_is_named() -> None:
    made = judged(SIGMOID, changed("d2 = (y - t)", "d2 = (t - y)"))
    assert made.kind == "refuted"
    assert made.deviates == Convention(sign=-1)
    assert judged(SIGMOID, changed("d2 = (y - t)", "d2 = (t - y)"), convention="negative").kind == "proved"


def test_a_gradient_of_another_loss_is_said_to_be_that() -> None:
    entropy = changed(
        "loss = 0.5 * np.sum((y - t) ** 2)", "loss = -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y))",
        changed("(y - t) * y * (1 - y)", "y - t", WITH_LOSS),
    )  # fmt: skip
    made = judged(SIGMOID, entropy)
    assert made.kind == "refuted"
    assert isinstance(made.own_loss, Proved)


# ── Undecided ────────────────────────────────────────────────────────────────────────────────────────────────

UNDECIDED: dict[str, tuple[str, Why]] = {
    "raises": (changed("    h = ", "    raise RuntimeError('no')\n    h = "), Why.CALL),
    "gives none": (changed('    return {"W1"', '    return None\n    return {"W1"'), Why.MISFIT),
    "changes its inputs": (changed("    h = ", "    x *= 1.0000001\n    h = "), Why.CHANGED),
    "single precision": (
        changed('"W1": d1.T @ x', '"W1": (d1.T @ x).astype(np.float32)'), Why.SINGLE
    ),
    "random": (changed("    h = ", "    W1 = W1 + 1e-3 * np.random.randn(*W1.shape)\n    h = "), Why.UNSTEADY),
    "nothing to call": ("import numpy as np\nx = 3\n", Why.NO_ENTRY),
    "no Python": ("def gradients(:\n", Why.LOAD),
}  # fmt: skip


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_cannot_be_judged_is_undecided_and_says_why(name: str) -> None:
    source, why = UNDECIDED[name]
    made = judged(SIGMOID, source)
    assert made.kind == "undecided"
    assert made.exit_code == 3
    assert made.reason is not None
    assert made.reason.why is why


def test_what_is_missing_is_undecided_and_all_else_is_judged() -> None:
    made = judged(SIGMOID, changed(', "b2": d2.sum(axis=0)', ""))
    assert made.kind == "undecided"
    assert {row.name for row in made.rows if row.why is Why.MISSING} == {"b_o1", "b_o2"}
    assert made.count("proved") == 4 * 3 + 4 + 2 * 4


# ── What is said of the proof ────────────────────────────────────────────────────────────────────────────────


def test_every_neuron_with_a_kink_is_seen_on_both_sides() -> None:
    source = """
import numpy as np

def gradients(parameters, x, t):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    z = x @ W1.T + b1
    h = np.maximum(z, 0)
    e = np.exp(h @ W2.T + b2)
    d2 = (e / e.sum(axis=1, keepdims=True) - t) / len(x)
    d1 = d2 @ W2 * (z > 0)
    return {"W1": d1.T @ x, "b1": d1.sum(axis=0), "W2": d2.T @ h, "b2": d2.sum(axis=0)}
"""
    made = judged(SOFTMAX, source)
    assert made.kind == "proved"
    assert made.both_sides == (4, 4)
    assert made.patterns >= 1
    assert made.region
    assert {sign for _, signs in made.tests for sign in signs} == {-1, 1}
    # A mask of the wrong tensor is right as long as all neurons are on one side.
    assert judged(SOFTMAX, changed("(z > 0)", "(z > -1e9)", source)).kind == "refuted"


def test_the_same_seed_gives_the_same_outcome_and_another_one_another_chance() -> None:
    first, again, other = (judged(SIGMOID, FUNCTION, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert other.kind == first.kind
    assert other.seed != first.seed


def test_an_own_function_is_judged_in_this_process() -> None:
    def backprop(W1, b1, W2, b2, x, t):  # type: ignore[no-untyped-def]
        h = np.tanh(x @ W1.T + b1)
        d2 = h @ W2.T + b2 - t
        d1 = d2 @ W2 * (1 - h**2)
        return d1.T @ x, d1.sum(axis=0), d2.T @ h, d2.sum(axis=0)

    fields = {**SIGMOID, "layers": [{"size": 4, "activation": "tanh"}, {"size": 2, "activation": "identity"}]}
    made = derive.verify(derive.network(**fields), backprop)
    assert isinstance(made, Outcome)
    assert made.kind == "proved"
    assert np.zeros(3).dtype == np.float64


# ── Branches, sample counts, constants ───────────────────────────────────────────────────────────────────────

HINGE = {
    **SIGMOID, "targets": [[1, -1], [-1, 1], [1, 1]], "loss": "squared hinge",
    "layers": [{"size": 4, "activation": "tanh"}, {"size": 2, "activation": "identity"}],
}  # fmt: skip
HINGED = """
import numpy as np

def gradients(parameters, x, t):
    W1, b1, W2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    h = np.tanh(x @ W1.T + b1)
    y = h @ W2.T + b2
    gap = np.maximum(0, 1 - t * y)
    loss = np.sum(gap**2)
    d2 = -2 * t * gap
    d1 = d2 @ W2 * (1 - h**2)
    return loss, {"W1": d1.T @ x, "b1": d1.sum(axis=0), "W2": d2.T @ h, "b2": d2.sum(axis=0)}
"""


@pytest.mark.parametrize("seed", range(8))
def test_branches_of_the_loss_are_visited_whatever_the_seed(seed: int) -> None:
    made = judged(HINGE, HINGED, seed=seed)
    assert made.kind == "proved"
    assert made.both_sides == (2, 2)
    without = changed("np.maximum(0, 1 - t * y)", "1 - t * y", HINGED)
    assert judged(HINGE, without, seed=seed).kind == "refuted"


@pytest.mark.parametrize("seed", range(6))
def test_all_three_branches_of_hard_tanh_are_visited(seed: int) -> None:
    fields = {**SIGMOID, "layers": [{"size": 1, "activation": "hard tanh"}, {"size": 2, "activation": "identity"}]}
    source = changed("sigmoid(h @ W2.T + b2)", "h @ W2.T + b2", changed("sigmoid(x @ W1.T + b1)", "np.clip(z, -1, 1)"))
    source = changed("    h = ", "    z = x @ W1.T + b1\n    h = ", source)
    source = changed("(y - t) * y * (1 - y)", "y - t", changed("h * (1 - h)", "(abs(z) < 1)", source))
    assert judged(fields, source, seed=seed).kind == "proved"
    half = changed("(abs(z) < 1)", "(z > -1)", changed("np.clip(z, -1, 1)", "np.maximum(z, -1)", source))
    assert judged(fields, half, seed=seed).kind == "refuted"


def test_a_program_is_tried_at_the_networks_own_number_of_samples() -> None:
    moons = derive.load("moons").spec
    assert moons.samples > 100
    layers = [layer.activation for layer in moons.layers]  # type: ignore[union-attr]
    assert layers == ["tanh", "sigmoid"]
    source = changed("sigmoid(x @ W1.T + b1)", "np.tanh(x @ W1.T + b1)", changed("h * (1 - h)", "(1 - h**2)"))
    source = changed("(y - t) * y * (1 - y)", "(y - t) / len(x)", source)
    assert judged(moons, source).kind == "proved"  # type: ignore[arg-type]
    cut = changed("    h = ", "    x, t = x[:32], t[:32]\n    h = ", source)
    assert judged(moons, cut).kind == "refuted"  # type: ignore[arg-type]
    hard = changed("/ len(x)", "/ (3 if len(x) > 1 else 1)", source)
    assert judged(moons, hard).kind == "refuted"  # type: ignore[arg-type]


def test_single_precision_on_the_way_is_no_proof() -> None:
    source = changed("h = sigmoid(x @ W1.T + b1)", "h = sigmoid(x @ W1.T + b1).astype(np.float32).astype(float)")
    assert judged(SIGMOID, source).kind == "undecided"


CONSTANTS = {
    "a sum of tenths": ("agrees", "sum([0.1] * 10) * (y - t)"),
    "49 times a 49th": ("agrees", "((1 / 49) * 49) * (y - t)"),
    "0.1 * 3 / 0.3": ("agrees", "(0.1 * 3 / 0.3) * (y - t)"),
    "a third of three": ("proved", "(1 / 3) * 3 * (y - t)"),
    "a root and its square": ("agrees", "(y - t) * np.sqrt(3) / 3 * np.sqrt(3)"),
    "a wrong constant of 13 digits": ("refuted", "0.9999999999999 * (y - t)"),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_that_were_rounded_before_are_no_mistake(name: str) -> None:
    kind, slope = CONSTANTS[name]
    assert judged(SIGMOID, changed("(y - t)", f"{slope}")).kind == kind


def test_what_a_proof_stands_on_in_the_program_is_said() -> None:
    plain_said = plain(tell(judged(SIGMOID, FUNCTION), "net"))
    assert "for all inputs, targets, weights and biases: exact" in plain_said
    branched = changed("    d1 = ", "    if np.abs(x).max() > 1e6:\n        d2 = 2 * d2\n    d1 = ")
    said = plain(tell(judged(SIGMOID, branched), "net"))
    assert "that take the same branches in it" in said
    assert "compares numbers in line 14" in said
    rounded = changed("    d1 = ", "    d2 = d2 * (1 + (np.round(x / 1e6).max() > 0))\n    d1 = ")
    said = plain(tell(judged(SIGMOID, rounded), "net"))
    assert "In line 14 it makes plain numbers" in said


def test_a_factor_is_no_learning_rate_unless_it_stands_there() -> None:
    step = """
import numpy as np

def train_step(weights, x, t):
    h = np.tanh(x @ weights["W1"].T + weights["b1"])
    y = h @ weights["W2"].T + weights["b2"]
    d2 = y - t
    d1 = d2 @ weights["W2"] * (1 - h**2)
    for key, slope in (("W1", d1.T @ x), ("b1", d1.sum(axis=0)), ("W2", d2.T @ h), ("b2", d2.sum(axis=0))):
        weights[key] -= RATE * slope
"""
    fields = {**SIGMOID, "layers": [{"size": 4, "activation": "tanh"}, {"size": 2, "activation": "identity"}]}
    assert judged(fields, step.replace("RATE", "0.5")).kind == "proved"
    other = judged(fields, step.replace("RATE", "0.1"))
    assert other.kind == "proved"
    assert other.convention.rate
    assert judged(fields, step.replace("RATE", "0.5 * len(x)")).kind == "refuted"


def test_a_guard_in_the_logarithm_is_named() -> None:
    fields = {**SIGMOID, "loss": "binary cross-entropy"}
    source = changed("(y - t) * y * (1 - y)", "y - t", WITH_LOSS)
    source = changed("0.5 * np.sum((y - t) ** 2)", "-np.sum(t * np.log(y + 1e-8) + (1 - t) * np.log(1 - y))", source)
    made = judged(fields, source)
    assert made.kind == "refuted"
    assert all(row.kind == "proved" for row in made.rows)
    assert made.guards == ((1e-08, 15),)
    assert judged(fields, source, only_gradient=True).kind == "proved"


@pytest.mark.parametrize(
    "options",
    [{"seed": "x"}, {"seed": 1.5}, {"seed": -1}, {"convention": 3}, {"convention": [3]}, {"entry": 3}, {"adapter": 3},
     {"limits": 3}, {"layout": "diagonal"}, {"convention": "foo"}],
)  # fmt: skip
def test_bad_arguments_are_refused_in_one_line(options: dict[str, object]) -> None:
    def gradients(parameters, x, t):  # type: ignore[no-untyped-def]
        return parameters

    with pytest.raises(derive.DeriveError) as caught:
        derive.verify("mazur", gradients, **options)
    assert next(iter(options)) in str(caught.value)


@pytest.mark.parametrize("network", [None, 3, "no such preset"])
def test_what_is_no_network_is_refused(network: object) -> None:
    with pytest.raises(derive.DeriveError):
        derive.verify(network, print)  # type: ignore[arg-type]
