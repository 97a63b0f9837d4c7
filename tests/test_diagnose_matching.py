"""Gradients and the mistakes that explain them: each, two at once, ties, constants, noise, and the worked example."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from derive.diagnose import (
    MISTAKES,
    Instance,
    Match,
    Observed,
    Quantity,
    explain,
    explain_value,
    gradients,
    train,
    variants,
)
from derive.diagnose.instances import run
from derive.errors import DeriveError
from derive.read.problem import Point, Problem
from tests.test_misconceptions import ALL, DEEP, NETWORKS, at_end, draw, edited, execute, observed, problem

PLAIN = NETWORKS["plain"]
STEP = {"forward-difference": (1, 0), "backward-difference": (0, 1), "central-difference": (1, 1)}


def mistakes(matches: tuple[Match, ...]) -> set[tuple[tuple[str, int], ...]]:
    return {tuple((each.id, each.layer) for each in match.mistakes) for match in matches}


def by_engine(problem: Problem, *instances: Instance, seeds: tuple[int, ...] = (1, 2, 3)) -> list[Observed]:
    made = []
    for seed in seeds:
        point = draw(problem, seed)
        made.append(Observed(point, *gradients(problem, point, *instances)))
    return made


def differs(seen: list[Observed], right: list[Observed]) -> bool:
    return any(
        np.abs(a - b).max(initial=0.0) > 1e-7 * np.abs(b).max(initial=0.0)
        for one, two in zip(seen, right, strict=True)
        for a, b in zip((*one.weights, *one.biases), (*two.weights, *two.biases), strict=True)
    )


# ── Every mistake in several networks ────────────────────────────────────────────────────────────────────────

WIDE = {
    "plain": PLAIN.problem,
    "tanh": NETWORKS["tanh"].problem,
    "relu": NETWORKS["relu"].problem,
    "classes": NETWORKS["classes"].problem,
    "mean": problem(("tanh", "sigmoid"), "mean squared error", batch="mean", l1=0.02, l2=0.3),
    "deep": problem(("tanh", "relu", "sigmoid"), "binary cross-entropy", (2, 4, 5, 3), bias="shared", batch="mean"),
    "square": problem(("elu", "gelu", "softmax"), "categorical cross-entropy", (3, 4, 4, 4), samples=4),
}


@pytest.mark.parametrize("name", WIDE)
def test_every_mistake_is_found_where_it_can_be_made(name: str) -> None:
    network = WIDE[name]
    named, right = 0, by_engine(network)
    for mistake in variants(network):
        if mistake.id == "not-zeroed":
            continue
        seen = by_engine(network, mistake)
        changes = differs(seen, right)
        found = mistakes(explain(network, seen, pairs=False))
        if not changes:
            assert found == set(), mistake
        elif mistake.id == "factor-on-delta":  # its usual constant, 2, has a name of its own
            assert (("sent-twice", mistake.layer),) in found
        else:
            assert ((mistake.id, mistake.layer),) in found, mistake
            assert len(found) <= 4, (mistake, found)
        named += changes
    assert named >= 90


def test_mistakes_that_are_the_same_here_are_all_named() -> None:
    # Over the softmax, δ adds up to 0: so summing it over the units leaves nothing.
    seen = by_engine(NETWORKS["classes"].problem, Instance("bias-not-trained", 2))
    found = mistakes(explain(NETWORKS["classes"].problem, seen))
    assert found == {(("bias-not-trained", 2),), (("bias-over-all", 2),), (("bias-mean-over-all", 2),)}
    # With two samples, 1/N is ½.
    two = problem(samples=2)
    assert mistakes(explain(two, by_engine(two, Instance("halved", 0)))) == {
        (("halved", 0),), (("samples-averaged", 0),),
    }  # fmt: skip


def test_a_right_gradient_needs_no_mistake() -> None:
    assert explain(PLAIN.problem, by_engine(PLAIN.problem)) == ()
    close = [
        each._replace(weights=tuple(w * (1.0 + 1e-12) for w in each.weights if w is not None))
        for each in by_engine(PLAIN.problem)
    ]
    assert explain(PLAIN.problem, close) == ()


def test_at_a_kink_the_mask_shows() -> None:
    network = NETWORKS["relu"]
    wrong = edited(network.program, "back * (n1 > 0)", "back * (n1 >= 0)")
    seen = []
    for seed in (1, 2):
        point = draw(network.problem, seed)
        inputs = point.inputs.copy()
        inputs[0] = 0.0  # the net input is then the bias
        biases = np.array([0.0, *point.biases[0][1:]])
        point = point._replace(inputs=inputs, biases=(biases, point.biases[1]))
        result = execute(wrong, point)
        seen.append(Observed(point, result.weights, result.biases))
    assert mistakes(explain(network.problem, seen)) == {(("relu-at-zero", 1),)}


# ── What the random points of one run do not show ────────────────────────────────────────────────────────────


def test_gradients_taken_after_the_update() -> None:
    for network in (PLAIN, NETWORKS["penalty"]):
        seen = []
        for seed in (1, 2, 3):
            point = draw(network.problem, seed)
            first = execute(network.program, point)
            moved = point._replace(
                weights=tuple(w - point.rate * g for w, g in zip(point.weights, first.weights, strict=True)),
                biases=tuple(b - point.rate * g for b, g in zip(point.biases, first.biases, strict=True)),
            )
            second = execute(network.program, moved)
            seen.append(Observed(point, second.weights, second.biases, float(first.loss)))
        assert mistakes(explain(network.problem, seen)) == {(("after-update", 0),)}


def test_updates_after_every_sample() -> None:
    seen = []
    for seed in (1, 2, 3):
        point = draw(PLAIN.problem, seed)
        here = point
        for s in range(5):
            one = execute(
                PLAIN.program, here._replace(inputs=point.inputs[s : s + 1], targets=point.targets[s : s + 1])
            )
            here = here._replace(
                weights=tuple(w - point.rate * g for w, g in zip(here.weights, one.weights, strict=True)),
                biases=tuple(b - point.rate * g for b, g in zip(here.biases, one.biases, strict=True)),
            )
        seen.append(Observed(
            point,
            tuple((old - new) / point.rate for old, new in zip(point.weights, here.weights, strict=True)),
            tuple((old - new) / point.rate for old, new in zip(point.biases, here.biases, strict=True)),
        ))  # fmt: skip
    assert mistakes(explain(PLAIN.problem, seen)) == {(("sample-by-sample", 0),)}


def test_gradients_that_are_not_set_to_zero() -> None:
    right = by_engine(PLAIN.problem)
    total: Any = None
    running, twice = [], []
    for each in right:
        arrays = [np.asarray(a) for a in (*each.weights, *each.biases)]
        total = arrays if total is None else [a + b for a, b in zip(total, arrays, strict=True)]
        running.append(each._replace(weights=tuple(total[:2]), biases=tuple(total[2:])))
        doubled = [2.0 * a for a in arrays]
        twice += [each, Observed(each.point, tuple(doubled[:2]), tuple(doubled[2:]), second=True)]
    assert mistakes(explain(PLAIN.problem, running)) == {(("not-zeroed", 0),)}
    assert mistakes(explain(PLAIN.problem, twice)) == {(("not-zeroed", 0),)}
    # Only second calls were seen: then twice the gradient may be meant.
    assert mistakes(explain(PLAIN.problem, twice[1::2])) == {(("not-zeroed", 0),), (("doubled", 0),)}


@pytest.mark.parametrize("id", STEP)
@pytest.mark.parametrize("h", [1e-1, 3e-3, 1e-4])
def test_difference_quotients(id: str, h: float) -> None:
    forward, backward = STEP[id]
    if id == "central-difference" and h < 1e-3:
        h = 0.0234567  # below, the error is within what counts as right
    seen = []
    for seed in (1, 2):
        point = draw(PLAIN.problem, seed)
        arrays = [a.copy() for a in (*point.weights, *point.biases)]
        made = []
        for array in arrays:
            slope = np.empty_like(array)
            for place in np.ndindex(array.shape):
                kept = array[place]
                array[place] = kept + forward * h
                up = execute(PLAIN.program, point._replace(weights=tuple(arrays[:2]), biases=tuple(arrays[2:]))).loss
                array[place] = kept - backward * h
                down = execute(PLAIN.program, point._replace(weights=tuple(arrays[:2]), biases=tuple(arrays[2:]))).loss
                array[place] = kept
                slope[place] = (up - down) / ((forward + backward) * h)
            made.append(slope)
        seen.append(Observed(point, tuple(made[:2]), tuple(made[2:])))
    (match,) = explain(PLAIN.problem, seen)
    assert match.mistakes == (Instance(id, 0),)
    ((name, value),) = match.fitted
    assert name == "h"
    assert value == pytest.approx(h, rel=1e-3)


# ── Constants ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("factor", [1.0005, -0.3, 7.0, 1.0 + 1e-6])
def test_a_constant_factor(factor: float) -> None:
    scaled = f"{ALL} = [{factor!r} * g for g in ({ALL})]"
    seen = observed(PLAIN, edited(PLAIN.program, *at_end(scaled)))
    (match,) = explain(PLAIN.problem, seen)
    assert match.mistakes == (Instance("constant-factor", 0),)
    assert match.fitted == (("c", pytest.approx(factor, rel=1e-9)),)


def test_conventions_go_before_a_factor_that_could_be_anything() -> None:
    mean = observed(PLAIN, edited(PLAIN.program, "error = o2 - T", "error = 2 * (o2 - T) / N"))
    assert mistakes(explain(PLAIN.problem, mean, pairs=False)) == {(("doubled", 0), ("samples-averaged", 0))}
    # 2/(N n) is three of them: a mistake beside it is found all the same.
    changes = ("error = o2 - T", "error = 2 * (o2 - T) / (N * 3)", "back = d2 @ W2", "W2 -= rate * gW2\nback = d2 @ W2")
    (match,) = explain(PLAIN.problem, observed(PLAIN, edited(PLAIN.program, *changes)))
    assert match.mistakes == (Instance("updated-weights", 1), Instance("constant-factor", 0))
    assert match.fitted == (("c", pytest.approx(2 / 15, rel=1e-9)),)


def test_a_factor_differs_from_a_penalty() -> None:
    network = NETWORKS["penalty"]
    data = observed(network, edited(network.program, "error = o2 - T", "error = 1.7 * (o2 - T)"))
    assert mistakes(explain(network.problem, data)) == {(("constant-factor", 0),)}
    every = observed(network, edited(network.program, *at_end(f"{ALL} = [1.7 * g for g in ({ALL})]")))
    assert mistakes(explain(network.problem, every)) == {(("factor-on-all", 0),)}


# ── Two together ─────────────────────────────────────────────────────────────────────────────────────────────

B2, BACK, D1 = "gb2 = d2.sum(axis=0)", "back = d2 @ W2", "d1 = back * o1 * (1 - o1)"
D2 = "d2 = error * o2 * (1 - o2)"
PAIRS: tuple[tuple[tuple[tuple[str, int], ...], tuple[str, ...]], ...] = (
    ((("updated-weights", 1), ("bias-averaged", 2)), (BACK, f"W2 -= rate * gW2\n{BACK}", B2, "gb2 = d2.mean(axis=0)")),
    ((("hidden-slope-of-output", 1), ("bias-not-trained", 2)),
     (D1, "d1 = back * sigmoid(o1) * (1 - sigmoid(o1))", B2, "gb2 = 0 * b2")),
    ((("sign", 0), ("raw-error-sent", 1)), ("error = o2 - T", "error = T - o2", BACK, "back = error @ W2")),
    ((("doubled", 0), ("output-slope-left-out", 2)), ("error = o2 - T", "error = 2 * (o2 - T)", D2, "d2 = error")),
    ((("samples-averaged", 0), ("updated-weights", 1)),
     ("error = o2 - T", "error = (o2 - T) / N", BACK, f"W2 -= rate * gW2\n{BACK}")),
    ((("output-slope-left-out", 2), ("only-last-path", 1)), (D2, "d2 = error", BACK, "back = d2[:, [2]] * W2[2]")),
    ((("bias-left-out", 1), ("net-for-output", 2)),
     ("X @ W1.T + b1", "X @ W1.T", "gW2 = d2.T @ o1", "gW2 = d2.T @ n1")),
    ((("updated-weights", 1), ("net-for-output", 2)),
     (BACK, f"W2 -= rate * gW2\n{BACK}", "gW2 = d2.T @ o1", "gW2 = d2.T @ n1")),
    ((("output-formula-of-net", 2), ("last-sample-only", 0)),
     (D2, "d2 = error * n2 * (1 - n2)", "error = o2 - T", "error = o2 - T\nerror[:-1] = 0")),
)  # fmt: skip


@pytest.mark.parametrize(("pair", "changes"), PAIRS, ids=[" and ".join(id for id, _ in pair) for pair, _ in PAIRS])
def test_two_mistakes_made_together(pair: tuple[tuple[str, int], ...], changes: tuple[str, ...]) -> None:
    seen = observed(PLAIN, edited(PLAIN.program, *changes))
    assert explain(PLAIN.problem, seen, pairs=False) == ()
    found = {frozenset(each) for each in mistakes(explain(PLAIN.problem, seen))}
    assert found == {frozenset(pair)}


def test_a_mistake_and_a_factor() -> None:
    changes = (BACK, "back = d2[:, [2]] * W2[2]", B2, "gb2 = 3 * d2.sum(axis=0)")
    (match,) = explain(PLAIN.problem, observed(PLAIN, edited(PLAIN.program, *changes)))
    assert match.mistakes == (Instance("only-last-path", 1), Instance("factor-on-biases", 2))
    assert match.fitted == (("c", pytest.approx(3.0, rel=1e-9)),)


def test_random_pairs_are_found() -> None:
    random = np.random.RandomState(4)
    network = NETWORKS["tanh"].problem
    every = [each for each in variants(network, fitted=False) if each.id != "not-zeroed"]
    found = 0
    for _ in range(40):
        pair = tuple(every[place] for place in random.choice(len(every), size=2, replace=False))
        seen = by_engine(network, *pair)
        matches = explain(network, seen)
        if not explain(network, seen, pairs=False) and differs(seen, by_engine(network)):
            assert frozenset(pair) in {frozenset(match.mistakes) for match in matches}, pair
            found += 1
    assert found >= 25


# ── What explains nothing, and what is not there ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["plain", "classes", "deep"])
def test_noise_has_no_name(name: str) -> None:
    random = np.random.RandomState(7)
    network = NETWORKS[name]
    seen = [
        Observed(
            each.point,
            tuple(random.normal(size=w.shape) for w in each.point.weights),
            tuple(random.normal(size=b.shape) for b in each.point.biases),
        )
        for each in observed(network, network.program)
    ]
    assert explain(network.problem, seen) == ()


def test_a_small_error_in_one_number_has_no_name() -> None:
    seen = observed(PLAIN, edited(PLAIN.program, *at_end("gW1[1, 2] *= 1.00001")))
    assert explain(PLAIN.problem, seen) == ()


def test_what_is_no_number_has_no_name() -> None:
    seen = observed(PLAIN, edited(PLAIN.program, *at_end("gW1[1, 2] = np.nan")))
    assert explain(PLAIN.problem, seen) == ()
    assert explain(PLAIN.problem, []) == ()


def test_what_is_not_shown_is_not_missed() -> None:
    wrong = edited(DEEP, "back1 = d2 @ W2", "back1 = back2 @ W2")
    network = NETWORKS["deep"]
    only = [
        each._replace(biases=(None, None, None), weights=(each.weights[0], None, None))
        for each in observed(network, wrong)
    ]
    assert (("raw-error-sent", 1),) in mistakes(explain(network.problem, only))
    none = [each._replace(biases=(None, None, None), weights=(None, None, None)) for each in only]
    assert explain(network.problem, none) == ()


def test_a_wrong_shape_is_said() -> None:
    (seen,) = by_engine(PLAIN.problem, seeds=(1,))
    with pytest.raises(DeriveError, match="shape"):
        explain(PLAIN.problem, [seen._replace(weights=(np.zeros((3, 4)), seen.weights[1]))])
    with pytest.raises(DeriveError, match="tensors"):
        explain(PLAIN.problem, [seen._replace(weights=seen.weights[:1])])


def test_the_error_tells_two_mistakes_apart() -> None:
    # One linear neuron with net = w·x + b and target 0, where w·x = b: half of δ = 2b, or the b left out.
    network = Problem(
        sizes=(1, 1), bias=("per neuron",), samples=1, activations=("identity",), loss="half squared error"
    )  # fmt: skip
    seen = []
    for value in (0.5, 1.25, -0.75):
        point = Point((np.array([[2.0]]),), (np.array([value]),), np.array([[value / 2]]), np.zeros((1, 1)), 0.1)
        seen.append(Observed(point, (np.array([[value * value / 2]]),), (np.array([value]),)))
    pair = {(("halved", 0),), (("bias-left-out", 1),)}
    assert pair <= mistakes(explain(network, seen))
    halved = mistakes(explain(network, [each._replace(loss=2.0 * each.point.biases[0][0] ** 2) for each in seen]))
    left_out = mistakes(explain(network, [each._replace(loss=0.5 * each.point.biases[0][0] ** 2) for each in seen]))
    assert pair & halved == {(("halved", 0),)}
    assert pair & left_out == {(("bias-left-out", 1),)}
    neither = mistakes(explain(network, [each._replace(loss=77.0) for each in seen]))
    assert pair <= neither


@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        (Instance("updated-wieghts", 1), "updated-wieghts"),
        (Instance("updated-weights", 2), "layer 2"),
        (Instance("penalty-left-out", 0), "penalty-left-out"),
    ],
)
def test_a_mistake_that_cannot_be_made_is_said(mistake: Instance, found: str) -> None:
    with pytest.raises(DeriveError, match=found):
        gradients(PLAIN.problem, draw(PLAIN.problem, 1), mistake)


def test_variants_are_made_of_rows() -> None:
    found = list(variants(PLAIN.problem))
    assert len(set(found)) == len(found)
    assert {each.id for each in found} <= set(MISTAKES)
    assert {each.id for each in variants(PLAIN.problem, fitted=False)} == {
        each.id for each in found if not MISTAKES[each.id].fit
    }
    single = msgspec.structs.replace(PLAIN.problem, samples=1)
    assert "samples-averaged" not in {each.id for each in variants(single)}


# ── The worked example, as it is published ───────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def worked() -> tuple[Problem, Point]:
    network = Problem(
        sizes=(2, 2, 2), bias=("shared", "shared"), samples=1, activations=("sigmoid", "sigmoid"),
        loss="half squared error",
    )  # fmt: skip
    weights = np.array([[0.15, 0.20], [0.25, 0.30]]), np.array([[0.40, 0.45], [0.50, 0.55]])
    return network, Point(
        weights, (np.array([0.35]), np.array([0.60])), np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]]), 0.5
    )


TOO_EARLY = Instance("updated-weights", 1)


def test_the_published_error_after_one_step(worked: tuple[Problem, Point]) -> None:
    network, point = worked
    after = train(network, point, TOO_EARLY, steps=1, biases=False)
    assert f"{run(network, after).loss:.9f}" == "0.291027924"
    right = train(network, point, steps=1, biases=False)
    assert f"{run(network, right).loss:.9f}" == "0.291027774"
    # 20 digits, calculated at 50 from the exact decimals.
    assert run(network, after).loss == pytest.approx(0.29102792390544187012, rel=1e-14)
    assert run(network, right).loss == pytest.approx(0.29102777369359935087, rel=1e-14)
    assert run(network, after).out[2][0] == pytest.approx([0.74208843847911354406, 0.77528538462392243613], rel=1e-14)


def test_the_published_numbers_after_10000_steps(worked: tuple[Problem, Point]) -> None:
    network, point = worked
    made = run(network, train(network, point, TOO_EARLY, steps=10_000, biases=False))
    assert f"{made.loss:.9f}" == "0.000035085"
    assert [f"{out:.9f}" for out in made.out[2][0]] == ["0.015912196", "0.984065734"]
    assert made.loss == pytest.approx(0.00003508478629631353389, rel=1e-9)
    right = run(network, train(network, point, steps=10_000, biases=False))
    assert f"{right.loss:.9f}" == "0.000035102"
    assert [f"{out:.9f}" for out in right.out[2][0]] == ["0.015913620", "0.984064274"]


def test_a_published_number_is_explained(worked: tuple[Problem, Point]) -> None:
    network, point = worked
    error = Quantity("loss", steps=1)
    assert explain_value(network, point, error, "0.291027924", biases=False) == (Match((TOO_EARLY,)),)
    assert explain_value(network, point, error, "0.291027774", biases=False) == ()
    # What the article prints is right: nothing is to be explained.
    for quantity, printed in (
        (Quantity("net", 1, (1,)), "0.3775"), (Quantity("out", 1, (1,)), "0.593269992"),
        (Quantity("dE/dw", 2, (1, 1)), "0.082167041"), (Quantity("w", 2, (1, 1), steps=1), "0.35891648"),
        (Quantity("dE/dw", 1, (1, 1)), "0.000438568"), (Quantity("delta", 2, (1,)), "0.138498562"),
        (Quantity("dE/dout", 1, (1,)), "0.036350306"), (Quantity("dE/db", 2, (1,)), "0.100400325"),
        (Quantity("b", 1, (1,)), "0.35"),
    ):  # fmt: skip
        assert explain_value(network, point, quantity, printed) == ()
    # δ without its slope, and the same with the other sign.
    assert Match((Instance("output-slope-left-out", 2),)) in explain_value(
        network, point, Quantity("delta", 2, (1,)), "0.741365070"
    )
    both = explain_value(network, point, Quantity("delta", 2, (1,)), "-0.741365070", pairs=True)
    assert Match((Instance("sign", 0), Instance("output-slope-left-out", 2))) in both
    assert explain_value(network, point, Quantity("delta", 2, (1,)), "123.4", pairs=True) == ()


@pytest.mark.parametrize("printed", ["about 0.3", "nan", ""])
def test_only_a_decimal_is_explained(worked: tuple[Problem, Point], printed: str) -> None:
    with pytest.raises(DeriveError, match="decimal"):
        explain_value(*worked, Quantity("loss"), printed)


@pytest.mark.parametrize(
    "quantity", [Quantity("net", 3, (1,)), Quantity("w", 1, (3, 1)), Quantity("out", 1, (0,)), Quantity("w", 1, (1,))]
)
def test_only_what_the_network_has_is_explained(worked: tuple[Problem, Point], quantity: Quantity) -> None:
    with pytest.raises(DeriveError, match="has no"):
        explain_value(*worked, quantity, "0.1")
