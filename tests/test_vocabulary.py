"""Every activation and loss, alone: by hand against its definition, against PyTorch, at its kinks and far out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import definitions
import mpmath
import numpy as np
import pytest
import pytorch

from derive import functions
from derive.errors import DeriveError
from derive.vocabulary import ACTIVATIONS, FUSED, LOSSES, REALS, Interval, bind, find, loss_over

EPSILON, TINY = float(np.finfo(np.float64).eps), float(np.finfo(np.float64).tiny)

# No point is near a zero of one of the functions or slopes, where the digits of a sum cancel for everybody.
POINTS = [-800.0, -40.0, -36.5, -12.0, -3.25, -1.5, -0.5, -1e-9, 1e-9, 0.5, 1.5, 2.5, 12.0, 36.5, 40.0, 800.0]
WORDS = [*definitions.NEURON, "leaky relu(0.2)", "leaky relu(-0.5)", "elu(0.5)", "elu(2)"]
PAIRS = [(0.25, 0.75), (0.75, 0.1), (0.0, 0.4), (1.0, 0.6), (1.0, 1e-12), (0.5, 0.5 - 1e-9)]
ANY_PAIRS = [*PAIRS, (1.0, -3.0), (-1.0, -3.0), (-1.0, 0.25), (-0.5, 2.25), (0.5, 30.0), (1.0, 800.0), (-1.0, 800.0)]
LOSS_WORDS = [*LOSSES, "huber(0.5)", "huber(1e6)"]


def assert_close(found: float, exact: mpmath.mpf, units: float) -> None:
    assert abs(mpmath.mpf(float(found)) - exact) <= units * EPSILON * abs(exact) + TINY


def test_the_two_tables_have_the_same_rows() -> None:
    assert set(functions.ACTIVATIONS) == set(ACTIVATIONS) == {*definitions.NEURON, *definitions.LAYER}
    assert set(functions.LOSSES) == set(LOSSES) == set(definitions.OUTPUT)
    assert {name for name, row in LOSSES.items() if row.mean} == set(definitions.MEANS)
    assert {name for name, row in ACTIVATIONS.items() if row.layer} == set(definitions.LAYER)


# ── By hand, against definitions ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("word", WORDS)
def test_an_activation_is_its_definition_and_its_slope_the_derivative(word: str) -> None:
    row, net = bind(ACTIVATIONS, word), np.array([POINTS])
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        out = row.value(net)
        slopes = row.pull_back(net, out, np.ones_like(net))
    with mpmath.workdps(900):
        for x, found, slope in zip(POINTS, out[0], slopes[0], strict=True):
            x, (piece,) = mpmath.mpf(x), definitions.pieces(mpmath, word, [mpmath.mpf(x)])
            value = lambda x, piece=piece: definitions.out(mpmath, word, [x], [piece])[0]  # noqa: E731
            # What is lost of net² is lost of the exponent of a bell curve.
            lost = max(1, x**2) if word.startswith("gelu") else 1
            assert_close(found, value(x), 6 * lost)
            assert_close(slope, definitions.slope(value, x), 12 * lost)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("word", WORDS)
def test_an_activation_has_a_value_and_a_slope_everywhere(word: str) -> None:
    row, net = bind(ACTIVATIONS, word), np.array([[-1e300, -1e150, -1e5, 0.0, 1e5, 1e150, 1e300]])
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        out = row.value(net)
        slopes = row.pull_back(net, out, np.ones_like(net))
        assert row.value(net.astype(complex)).real == pytest.approx(out)
    assert np.isfinite(out).all()
    assert np.isfinite(slopes).all()
    inclusive = Interval(row.outputs.low, row.outputs.high, closed=True)  # limits are reached in doubles
    assert all(float(value) in inclusive for value in out[0])


@pytest.mark.parametrize("word", WORDS)
def test_a_complex_step_is_the_slope(word: str) -> None:
    row, net = bind(ACTIVATIONS, word), np.array([POINTS])
    slopes = row.pull_back(net, row.value(net), np.ones_like(net))
    steps = row.value(net + 1e-100j).imag / 1e-100
    assert steps[0] == pytest.approx(slopes[0], rel=128 * EPSILON, abs=TINY * 1e100)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("word", definitions.LAYER)
@pytest.mark.parametrize("net", [[0.25, -1.5, 2.5], [40, -1.5, 1.5], [700, -700, -30], [800, -800, 0]])
def test_a_layer_is_its_definition_and_its_pull_back_the_transposed_jacobian(word: str, net: list[float]) -> None:
    row, arriving = bind(ACTIVATIONS, word), [0.5, -2.0, 1.25]
    doubles = np.array([net], dtype=np.float64)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        out = row.value(doubles)
        found = row.pull_back(doubles, out, np.array([arriving]))
    with mpmath.workdps(1500):
        exact = [mpmath.mpf(x) for x in net]
        for value, defined in zip(out[0], definitions.out(mpmath, word, exact), strict=True):
            assert_close(value, defined, 4)
        for i, made in enumerate(found[0]):

            def pushed(x: mpmath.mpf, i: int = i) -> mpmath.mpf:
                outs = definitions.out(mpmath, word, [*exact[:i], x, *exact[i + 1 :]])
                return mpmath.fsum(a * o for a, o in zip(arriving, outs, strict=True))

            slope = definitions.slope(pushed, exact[i])
            assert abs(made - slope) <= 8 * EPSILON * max(abs(slope), abs(float(out[0][i])) * 1e-3) + TINY


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("word", LOSS_WORDS)
def test_a_loss_is_its_definition_and_its_slope_the_derivative(word: str) -> None:
    row = bind(LOSSES, word)
    pairs = [(t, o) for t, o in ANY_PAIRS if t in row.targets and o in row.outputs]
    if row.outputs.high == 0.0:
        pairs = [(0.25, -0.75), (1.0, -1e-12), (0.0, -800.0)]
    t, out = (np.array([column]) for column in zip(*pairs, strict=True))
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        terms, slopes = row.terms(t, out), row.slope(t, out)
    with mpmath.workdps(900):
        for (target, output), found, slope in zip(pairs, terms[0], slopes[0], strict=True):
            t_, o_ = mpmath.mpf(target), mpmath.mpf(output)
            piece = definitions.term_piece(mpmath, word, t_, o_)
            value = lambda o, t_=t_, piece=piece: definitions.term(mpmath, word, t_, o, piece)  # noqa: E731
            # The arguments of logarithms, and differences, are rounded once before anything is done with them.
            rounding = 4 * EPSILON * (abs(t_) + abs(o_)) * max(1, abs(definitions.slope(value, o_)))
            assert abs(mpmath.mpf(float(found)) - value(o_)) <= 4 * EPSILON * abs(value(o_)) + rounding
            assert_close(slope, definitions.slope(value, o_), 8)


def test_what_is_fused_is_the_same_function() -> None:
    net, t = np.array([[0.25, -1.5, 2.5]]), np.array([[0.75, 0.0, 0.25]])
    for loss, activation in FUSED:
        fused, row, last = loss_over(loss, activation), LOSSES[loss], ACTIVATIONS[activation]
        out = last.value(net)
        terms = row.terms(t, out)
        assert fused.terms(t, net, out) == pytest.approx(terms, rel=1e-14, abs=1e-15)
        pulled = last.pull_back(net, out, row.slope(t, out))
        assert fused.delta(t, net, out) == pytest.approx(pulled, rel=1e-13, abs=1e-15)


# ── Constants, intervals ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("table", "word", "message"),
    [
        (LOSSES, "huber(0)", "its delta is 0"),
        (LOSSES, "huber(-1)", "allowed: a delta above 0"),
        (LOSSES, "huber(1, 2)", "constants of huber: delta"),
        (ACTIVATIONS, "gelu(1)", "constants of gelu: none"),
        (ACTIVATIONS, "elu(one)", "numbers between the brackets"),
    ],
)
def test_constants_that_make_no_sense_are_refused(table: Any, word: str, message: str) -> None:
    with pytest.raises(DeriveError) as error:
        find(table, word)
    assert message in str(error.value)


def test_constants_are_put_in() -> None:
    assert find(ACTIVATIONS, "elu") == ("elu", ACTIVATIONS["elu"], (Decimal(1),))
    assert bind(ACTIVATIONS, "elu(0.5)").value(np.array([[-800.0]])).tolist() == [[-0.5]]
    assert bind(LOSSES, "huber(2)").terms(np.array([[0.0]]), np.array([[10.0]])).tolist() == [[18.0]]  # 2 (10 − 1)


def test_intervals_read_as_english() -> None:
    said = {str(row.outputs) for row in (*ACTIVATIONS.values(), *LOSSES.values())}
    assert said == {
        "any number", "above 0", "above 0 and below 1", "above -1 and below 1", "from 0", "from -1 to 1", "below 0",
        "up to 0",
    }  # fmt: skip
    assert str(REALS) == "any number"


# ── PyTorch ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", pytorch.ACTIVATIONS)
def test_values_and_slopes_are_those_of_pytorch_at_kinks_too(word: str) -> None:
    outs, slopes = pytorch.ACTIVATIONS[word]
    row, net = bind(ACTIVATIONS, word), np.array([pytorch.NET])
    arriving = np.array([pytorch.ARRIVING]) if row.layer else np.ones_like(net)
    assert row.value(net)[0] == pytest.approx(outs, rel=8 * EPSILON, abs=8 * EPSILON)
    assert row.pull_back(net, row.value(net), arriving)[0] == pytest.approx(slopes, rel=64 * EPSILON)


@pytest.mark.parametrize(("word", "t", "o", "error", "slopes"), pytorch.LOSSES)
def test_errors_and_their_slopes_are_those_of_pytorch(
    word: str, t: list[float], o: list[float], error: float, slopes: list[float]
) -> None:
    row, targets, outputs = bind(LOSSES, word), np.array([t]), np.array([o])
    share = 1 / len(t) if row.mean else 1.0
    assert share * row.terms(targets, outputs).sum() == pytest.approx(error, rel=8 * EPSILON)
    assert share * row.slope(targets, outputs)[0] == pytest.approx(slopes, rel=8 * EPSILON)
