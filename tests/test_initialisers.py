"""Initialisers: spread and bounds by their definitions, orthogonality, the same numbers for the same seed for ever."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import derive
from derive import DeriveError
from derive.render.catalogue import Catalogue, languages
from derive.render.drawn import drawn
from derive.vocabulary import INITIALISERS

N_IN, N_OUT = 300, 500  # of a layer that is not square: fan-in and fan-out are not the same

BOUNDS = {
    "glorot uniform": math.sqrt(6 / (300 + 500)), "he uniform": math.sqrt(6 / 300), "lecun uniform": math.sqrt(3 / 300),
}  # fmt: skip
DEVIATIONS = {
    "glorot normal": math.sqrt(2 / (300 + 500)), "he normal": math.sqrt(2 / 300), "lecun normal": math.sqrt(1 / 300),
}  # fmt: skip


def weights(draw: str, n_out: int = N_OUT, n_in: int = N_IN, seed: int = 1, **options: Any) -> NDArray[np.float64]:
    """Return the weights of a layer whose neurons stand in rows."""
    layer = {"size": n_out, "weights": {"draw": draw, "decimals": 15, **options}}
    made = derive.network(inputs=[0] * n_in, targets=[0] * n_out, layers=[layer], seed=seed)
    return made.spec.arrays[0][0]


# The standard error of a variance from 150,000 values is below 0.4 %; five of them are 2 %.


@pytest.mark.parametrize("gain", [1, 0.5])
@pytest.mark.parametrize("draw", BOUNDS)
def test_uniform_draws_fill_their_interval(draw: str, gain: float) -> None:
    made, a = weights(draw, gain=gain), gain * BOUNDS[draw]
    assert made.shape == (N_OUT, N_IN)
    assert 0.999 * a < np.abs(made).max() <= a
    assert made.var() == pytest.approx(a**2 / 3, rel=0.02)
    assert abs(made.mean()) < 0.02 * a


@pytest.mark.parametrize("gain", [1, 0.5])
@pytest.mark.parametrize("draw", DEVIATIONS)
def test_normal_draws_have_their_deviation(draw: str, gain: float) -> None:
    made, deviation = weights(draw, gain=gain), gain * DEVIATIONS[draw]
    assert made.std() == pytest.approx(deviation, rel=0.01)
    assert np.abs(made).max() > 3.5 * deviation
    assert (np.abs(made) < deviation).mean() == pytest.approx(math.erf(math.sqrt(0.5)), abs=0.01)


def test_a_truncated_normal_draw_stays_within_two_deviations() -> None:
    made = weights("truncated normal", mean=3, deviation=0.5)
    assert 1.99 * 0.5 < np.abs(made - 3).max() <= 2 * 0.5
    assert made.mean() == pytest.approx(3, abs=0.01)
    # Var of a standard normal within ±2: 1 − 2·2·φ(2)/(2Φ(2) − 1)
    density = math.exp(-2.0) / math.sqrt(2 * math.pi)
    assert made.var() == pytest.approx(0.25 * (1 - 4 * density / math.erf(math.sqrt(2))), rel=0.02)


@pytest.mark.parametrize(("n_out", "n_in"), [(5, 5), (3, 7), (7, 3), (1, 4), (4, 1)])
@pytest.mark.parametrize("gain", [1, 1.5])
def test_the_shorter_side_of_an_orthogonal_draw_is_orthonormal(n_out: int, n_in: int, gain: float) -> None:
    made = weights("orthogonal", n_out, n_in, gain=gain)
    assert made.shape == (n_out, n_in)
    square = made @ made.T if n_out <= n_in else made.T @ made
    assert square == pytest.approx(gain**2 * np.eye(min(n_out, n_in)), abs=1e-13)


def test_an_orthogonal_draw_prefers_no_sign() -> None:
    # Without the signs of R, LAPACK's Q would have a first entry of one sign nearly always.
    corners = [weights("orthogonal", 2, 2, seed=seed)[0, 0] for seed in range(200)]
    assert 60 < sum(corner > 0 for corner in corners) < 140


def test_zeros_and_constants() -> None:
    assert not weights("zeros").any()
    assert (weights("constant", low=0.1) == 0.1).all()


GOLDEN = {
    "uniform": [[0.417022, 0.720324, 0.000114], [0.302333, 0.146756, 0.092339]],
    "normal": [[1.624345, -0.611756, -0.528172], [-1.072969, 0.865408, -2.301539]],
}
"""np.random.RandomState(1) as NumPy documents and prints it: rand() and randn()."""


@pytest.mark.parametrize("draw", GOLDEN)
def test_the_streams_of_before_go_on(draw: str) -> None:
    assert weights(draw, 2, 3, decimals=6).tolist() == GOLDEN[draw]


FROZEN: dict[str, list[list[float]]] = {
    "truncated normal": [[1.624345, -0.611756, -0.528172], [-1.072969, 0.865408, 1.744812]],
    "glorot uniform": [[-0.181796, 0.482707, -1.095195], [-0.433068, -0.773919, -0.893141]],
    "glorot normal": [[1.027326, -0.386909, -0.334045], [-0.678605, 0.547332, -1.455621]],
    "he uniform": [[-0.234697, 0.623172, -1.41389], [-0.559088, -0.999125, -1.153041]],
    "he normal": [[1.326272, -0.499497, -0.43125], [-0.876075, 0.706602, -1.879198]],
    "lecun uniform": [[-0.165956, 0.440649, -0.999771], [-0.395335, -0.706488, -0.815323]],
    "lecun normal": [[0.937816, -0.353198, -0.30494], [-0.619479, 0.499643, -1.328794]],
    "orthogonal": [[0.848318, -0.275839, 0.451961], [0.201135, -0.621723, -0.756971]],
}
"""What seed 1 gave when each of these was first written: it has to give the same for ever."""


@pytest.mark.parametrize("draw", FROZEN)
def test_a_seed_gives_the_same_numbers_for_ever(draw: str) -> None:
    assert weights(draw, 2, 3, decimals=6).tolist() == FROZEN[draw]


def test_scaled_draws_are_the_standard_ones_times_their_spread() -> None:
    unit = np.array(GOLDEN["uniform"])
    for draw, bound in {"glorot uniform": math.sqrt(6 / 5), "he uniform": math.sqrt(2), "lecun uniform": 1.0}.items():
        assert weights(draw, 2, 3) == pytest.approx(bound * (2 * unit - 1), abs=1e-5)
    standard = np.array(GOLDEN["normal"])
    for draw, bound in {"glorot normal": math.sqrt(2 / 5), "he normal": math.sqrt(2 / 3)}.items():
        assert weights(draw, 2, 3) == pytest.approx(bound * standard, abs=1e-5)


# ── In a spec, and in words ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        ({"draw": "xavier"}, "did you mean 'glorot uniform'?"),
        ({"draw": "Kaiming Normal"}, "did you mean 'he normal'?"),
        ({"draw": "he normal", "deviation": 2}, 'deviation means nothing to draw = "he normal"'),
        ({"draw": "uniform", "gain": 2}, 'gain means nothing to draw = "uniform"'),
        ({"draw": "orthogonal", "gain": -2}, "a gain is not negative: -2"),
        ({"draw": "truncated normal", "deviation": -2}, "a standard deviation is not negative: -2"),
    ],
)
def test_what_makes_no_sense_is_refused(draw: dict[str, Any], said: str) -> None:
    with pytest.raises(DeriveError, match=r"layers\[0\]\.weights") as caught:
        derive.network(inputs=[1, 2], targets=[1], layers=[{"size": 1, "weights": draw}])
    assert said in str(caught.value)


@pytest.mark.parametrize("draw", [name for name, row in INITIALISERS.items() if row.matrix])
def test_biases_have_no_fans(draw: str) -> None:
    with pytest.raises(DeriveError, match="is made for weights"):
        derive.network(inputs=[1, 2], targets=[1], layers=[{"size": 1, "biases": {"draw": draw}}])


@pytest.mark.parametrize(
    ("draw", "formula"),
    [
        ({"draw": "glorot uniform"}, "U(−a, a) with a = √(6/(n_in + n_out)) = √(6/(2 + 3)) ≈ 1.095 "),
        ({"draw": "glorot normal"}, "N(0, σ²) with σ = √(2/(n_in + n_out)) = √(2/(2 + 3)) ≈ 0.6325 "),
        ({"draw": "he normal"}, "N(0, σ²) with σ = √(2/n_in) = √(2/2) = 1 "),
        ({"draw": "he uniform", "gain": 0.5}, "U(−a, a) with a = g·√(6/n_in) = 0.5·√(6/2) ≈ 0.8660 "),
        ({"draw": "lecun normal", "gain": 2}, "N(0, σ²) with σ = g·√(1/n_in) = 2·√(1/2) ≈ 1.414 "),
        ({"draw": "truncated normal", "mean": -1, "deviation": 0.1}, "from N(−1, 0.1²) "),
        ({"draw": "orthogonal"}, "such that Wᵀ W = I,"),
        ({"draw": "zeros"}, "all 0."),
    ],
)
def test_a_report_says_how_weights_were_drawn(draw: dict[str, Any], formula: str) -> None:
    layers = [{"size": 3, "weights": draw}, {"size": 1, "weights": [[1, 1, 1]]}]
    made = derive.network(inputs=[1, 2], targets=[1], layers=layers)
    (paragraph,) = drawn(made.spec, Catalogue("en"), 4)
    assert formula in "".join(part if isinstance(part, str) else part.text for part in paragraph.words)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("draw", INITIALISERS)
def test_every_initialiser_has_words(draw: str, language: str) -> None:
    made = derive.network(
        inputs=[1, 2], targets=[1], layers=[{"size": 3, "weights": {"draw": draw}}] * 3 + [{"size": 1}]
    )
    assert len(list(drawn(made.spec, Catalogue(language), 6))) == 4
