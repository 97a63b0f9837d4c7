"""The hand-written witness against numbers that do not come from it: 50-digit values, arithmetic, differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import mpmath
import msgspec
import numpy as np
import pytest

from derive import spec as specs
from derive.backprop import (
    Parameters,
    Place,
    central_difference,
    complex_step,
    forward,
    gradients,
    parameters,
    places,
    train,
)
from derive.errors import DeriveError
from derive.spec import Spec
from derive.vocabulary import LOSSES
from derive.vocabulary.stable import sigmoid_slope

EPSILON = float(np.finfo(np.float64).eps)

SQUARED = ("half squared error", "mean squared error")
LAST = [(activation, loss) for activation in ("sigmoid", "tanh", "relu", "identity", "softmax") for loss in SQUARED] + [
    ("sigmoid", "binary cross-entropy"),
    ("sigmoid", "categorical cross-entropy"),
    ("softmax", "categorical cross-entropy"),
]


def network(*layers: dict[str, Any], **rest: Any) -> Spec:
    return specs.build({"layers": list(layers), **rest})


def flat(of: Any) -> np.ndarray:
    """All weights, then all biases, in one row."""
    return np.concatenate([array.ravel() for array in (*of.weights, *of.biases)])


def ulps(found: float, exact: str | mpmath.mpf) -> float:
    """How far `found` is from `exact`, in units in the last place of the double nearest to `exact`."""
    with mpmath.workdps(60):
        reference = mpmath.mpf(exact)
        return float(abs(mpmath.mpf(float(found)) - reference) / math.ulp(float(reference)))


# ── The worked 2-2-2 example: values computed at 50 digits from the exact decimals ───────────────────────────

FORWARD = {
    "net_h1": "0.3775",
    "net_h2": "0.3925",
    "out_h1": "0.593269992107187255173654561579",
    "out_h2": "0.596884378259767056199873124857",
    "net_o1": "1.10590596705977007735940473082",
    "net_o2": "1.22492140409646550849675749946",
    "out_o1": "0.751365069552315707956911533485",
    "out_o2": "0.772928465321462588524437526648",
    "E_o1": "0.274811083176154953591785888677",
    "E_o2": "0.0235600255838477350155960589894",
    "E_total": "0.298371108760002688607381947666",
}
BACKWARD = {
    "dE/dout_o1": "0.741365069552315707956911533485",
    "dE/dout_o2": "-0.217071534678537411475562473352",
    "dout_o1/dnet_o1": "0.186815601808959486614201525462",
    "dout_o2/dnet_o2": "0.175510052817271193214859105907",
    "dout_h1/dnet_h1": "0.24130070857232522712341345319",
    "dout_h2/dnet_h2": "0.240613417249218376602889573752",
    "delta_o1": "0.138498561628556965982454032093",
    "delta_o2": "-0.0380982365165562165317303040579",
    "delta_h1": "0.00877135468948693454096751198094",
    "delta_h2": "0.00995425470521720143118354010633",
    "dE/dout_h1": "0.0363503063931446781271164608084",
    "dE/dout_h2": "0.0413703226487447155996526472101",
    "dE_o1/dout_h1": "0.0553994246514227863929816128373",
    "dE_o1/dout_h2": "0.062324352732850634692104314442",
    "dE_o2/dout_h1": "-0.0190491182582781082658651520289",
    "dE_o2/dout_h2": "-0.0209540300841059190924516672318",
    "dE/dw1": "0.000438567734474346727048375599047",
    "dE/dw2": "0.000877135468948693454096751198094",
    "dE/dw3": "0.000497712735260860071559177005317",
    "dE/dw4": "0.000995425470521720143118354010633",
    "dE/dw5": "0.0821670405642307788464190335541",
    "dE/dw6": "0.082667627847533255320171182742",
    "dE/dw7": "-0.022602540477475059848496260697",
    "dE/dw8": "-0.0227402422159782107528874770124",
    "dE/db1 (shared)": "0.0187256093947041359721510520873",
    "dE/db2 (shared)": "0.100400325112000749450723728035",
}
UPDATED = {
    "w1+": "0.1497807161327628266364758122",
    "w2+": "0.199561432265525653272951624401",
    "w3+": "0.249751143632369569964220411497",
    "w4+": "0.299502287264739139928440822995",
    "w5+": "0.358916479717884610576790483223",
    "w6+": "0.408666186076233372339914408629",
    "w7+": "0.511301270238737529924248130349",
    "w8+": "0.561370121107989105376443738506",
}


def mazur_values() -> dict[str, float]:
    mazur = specs.load("mazur")
    state, found, here = forward(mazur), gradients(mazur), parameters(mazur)
    *_, after = train(mazur, 1)
    values = {"E_total": state.total}
    slope = LOSSES["half squared error"].slope(np.array([[0.01, 0.99]]), state.out[2])
    upstream = found.delta[1] @ here.weights[1]
    for j in range(2):
        for layer, letter in enumerate("ho"):
            neuron = f"{letter}{j + 1}"
            values[f"net_{neuron}"] = state.net[layer][0, j]
            values[f"out_{neuron}"] = state.out[layer + 1][0, j]
            values[f"delta_{neuron}"] = found.delta[layer][0, j]
            values[f"dout_{neuron}/dnet_{neuron}"] = sigmoid_slope(state.net[layer])[0, j]
        values[f"E_o{j + 1}"] = state.terms[0, j]
        values[f"dE/dout_o{j + 1}"] = slope[0, j]
        values[f"dE/dout_h{j + 1}"] = upstream[0, j]
        for k in range(2):
            values[f"dE_o{j + 1}/dout_h{k + 1}"] = found.delta[1][0, j] * here.weights[1][j, k]
    for layer in range(2):
        for i in range(4):
            values[f"dE/dw{4 * layer + i + 1}"] = found.weights[layer].flat[i]
            values[f"w{4 * layer + i + 1}+"] = after.parameters.weights[layer].flat[i]
        values[f"dE/db{layer + 1} (shared)"] = found.biases[layer][0]
    return values


@pytest.fixture(scope="module")
def mazur_in_doubles() -> dict[str, float]:
    return mazur_values()


# Half a unit is lost where 0.05, 0.15, … become doubles, and half in each operation after. On the way forward E_o2
# loses most: t − out has a quarter of the size of its terms. On the way back it is dE/dw1, at the end of the longest
# chain, in which two terms of opposite sign add up to dE/dout_h1.
@pytest.mark.parametrize(
    ("name", "exact", "allowed"),
    [(name, exact, 4) for name, exact in (FORWARD | UPDATED).items()]
    + [(name, exact, 6) for name, exact in BACKWARD.items()],
)
def test_worked_example(mazur_in_doubles: dict[str, float], name: str, exact: str, allowed: int) -> None:
    assert ulps(mazur_in_doubles[name], exact) <= allowed


def test_worked_example_by_the_complex_step() -> None:
    found = complex_step(specs.load("mazur"))
    exact = [BACKWARD[f"dE/dw{i}"] for i in range(1, 9)] + [BACKWARD[f"dE/db{i} (shared)"] for i in (1, 2)]
    assert max(map(ulps, flat(found), exact)) <= 6


# ── Training the worked example ──────────────────────────────────────────────────────────────────────────────

RUNS = {
    "biases fixed": {
        1: ("0.29102777369359935087", "0.74208811119078244918", "0.77528496829445951657"),
        10: ("0.22091859205390406322", "0.64517372822315072158", "0.79406246127168180915"),
        100: ("0.020046828249425205448", "0.17580714171563701653", "0.87774293672582970169"),
        1000: ("0.0011143494537337394486", "0.044052885115144585589", "0.95730290650834170519"),
        10000: ("0.000035101877829788458742", "0.015913620443550626595", "0.98406427351462375687"),
    },
    "shared biases trained": {
        1: ("0.28575088669929649738", "0.73202416709490407766", "0.76598465336164347844"),
        10: ("0.17523801077512839285", "0.53346376149811166278", "0.71348289031507497753"),
        100: ("0.0099971647940941224528", "0.11139041152646493242", "0.89143878024962185017"),
        1000: ("0.0003460750103483236638", "0.028732732286683789312", "0.97152745924968408528"),
        10000: ("4.3553210661638078832e-6", "0.01210215912346641444", "0.98792838972005965082"),
    },
    "per-neuron biases trained": {
        1: ("0.280471446791430158", "0.72844176223376555865", "0.77837692030097049869"),
        10: ("0.12552703804413207504", "0.48003611472846229417", "0.8164484890897345669"),
        100: ("0.0060831310612062815411", "0.094824091833791676235", "0.91949371966281982801"),
        1000: ("0.00027070458789574186464", "0.026740215455338951775", "0.97383911010184418648"),
        10000: ("2.4475622359322854015e-6", "0.011587527390870094582", "0.98845893502567161019"),
    },
}
# What comes out, and was published, when the hidden deltas use the already updated output weights.
MISTAKEN = {1: "0.29102792390544187012", 10000: "0.00003508478629631353389"}


def mazur_with(biases: str) -> Spec:
    mazur = specs.load("mazur")
    if biases == "biases fixed":
        return mazur
    return mazur.with_biases("shared" if biases.startswith("shared") else "per neuron", trained=True)


@pytest.mark.parametrize("biases", RUNS)
def test_training_the_worked_example(biases: str) -> None:
    exact = RUNS[biases]
    states = {state.step: state for state in train(mazur_with(biases), 10_000, at=exact)}
    assert list(states) == list(exact)
    for step, (total, *outs) in exact.items():
        found = states[step]
        # Each update rounds, and each shrinks what earlier ones rounded: 13 digits of E, 14 of the outputs, stay.
        assert found.total == pytest.approx(float(total), rel=1e-13, abs=0)
        assert found.forward.out[-1][0] == pytest.approx([float(out) for out in outs], rel=1e-14, abs=0)
        if biases == "biases fixed" and step in MISTAKEN:
            assert abs(found.total / float(MISTAKEN[step]) - 1) > 1e-7


# ── Every activation and loss against its definition, at high precision ──────────────────────────────────────


def exact_out(activation: str, net: list[mpmath.mpf]) -> list[mpmath.mpf]:
    match activation:
        case "sigmoid":
            return [1 / (1 + mpmath.exp(-x)) for x in net]
        case "tanh":
            return [mpmath.tanh(x) for x in net]
        case "relu":
            return [max(x, mpmath.mpf(0)) for x in net]
        case "softmax":
            return [mpmath.exp(x) / mpmath.fsum(mpmath.exp(y) for y in net) for x in net]
    return net


def exact_terms(loss: str, t: list[mpmath.mpf], out: list[mpmath.mpf]) -> list[mpmath.mpf]:
    def log(p: mpmath.mpf, weight: mpmath.mpf) -> mpmath.mpf:
        return weight * mpmath.log(p) if weight else mpmath.mpf(0)

    one: dict[str, Callable[[mpmath.mpf, mpmath.mpf], mpmath.mpf]] = {
        "half squared error": lambda t, o: (t - o) ** 2 / 2,
        "mean squared error": lambda t, o: (t - o) ** 2,
        "binary cross-entropy": lambda t, o: -log(o, t) - log(1 - o, 1 - t),
        "categorical cross-entropy": lambda t, o: -log(o, t),
    }
    return [one[loss](*pair) for pair in zip(t, out, strict=True)]


def exact_delta(activation: str, loss: str, t: list[mpmath.mpf], net: list[mpmath.mpf]) -> list[mpmath.mpf]:
    """∂(ΣE)/∂net by a difference quotient in 900 digits, with a step of 10⁻⁴²⁰: a definition, no calculus."""
    step = mpmath.mpf(10) ** -420

    def total(i: int, change: mpmath.mpf) -> mpmath.mpf:
        moved = [x + change if i == k else x for k, x in enumerate(net)]
        return mpmath.fsum(exact_terms(loss, t, exact_out(activation, moved)))

    return [(total(i, step) - total(i, -step)) / (2 * step) for i in range(len(net))]


NETS = {
    "moderate": ["0.25", "-1.5", "2.5"],
    "one far up": ["40", "-1.5", "1.5"],
    "all far out": ["700", "-700", "-30"],
}


def assert_as_defined(activation: str, loss: str, net: list[str], t: list[str]) -> None:
    # The input is 1 and there is no bias, so the weights are the net inputs, exact in binary.
    layer = {"size": 3, "activation": activation, "bias": "none", "weights": [[Decimal(x)] for x in net]}
    spec = network(layer, inputs=[1], targets=[Decimal(x) for x in t], loss=loss)
    state, found = forward(spec), gradients(spec)
    with mpmath.workdps(900):
        exact_net, exact_t = [mpmath.mpf(x) for x in net], [mpmath.mpf(x) for x in t]
        out = exact_out(activation, exact_net)
        terms = exact_terms(loss, exact_t, out)
        delta = exact_delta(activation, loss, exact_t, exact_net)
        c = mpmath.mpf(1) / 3 if loss == "mean squared error" else 1
        total, delta = c * mpmath.fsum(terms), [c * d for d in delta]
    assert max(map(ulps, state.out[1][0], out)) <= 2
    assert max(map(ulps, state.terms[0], terms)) <= 4
    assert ulps(state.total, total) <= 4
    assert max(map(ulps, found.delta[0][0], delta)) <= 6
    assert np.array_equal(found.weights[0], found.delta[0].T)


@pytest.mark.parametrize("nets", NETS)
@pytest.mark.parametrize(("activation", "loss"), LAST)
def test_against_the_definition(activation: str, loss: str, nets: str) -> None:
    assert_as_defined(activation, loss, NETS[nets], ["0.75", "0", "0.5"])


@pytest.mark.parametrize(("activation", "loss"), LAST[10:])
def test_the_small_error_of_a_confident_and_right_output_keeps_its_digits(activation: str, loss: str) -> None:
    assert_as_defined(activation, loss, NETS["one far up"], ["1", "0", "0"])


# ── The ends of the range ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("far", [800, 1e6])
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "identity", "softmax"])
@pytest.mark.parametrize(("activation", "loss"), LAST)
def test_saturation_gives_finite_numbers_and_no_warning(activation: str, loss: str, hidden: str, far: float) -> None:
    spec = network(
        {"size": 2, "activation": hidden, "bias": "none", "weights": [[far], [-far]]},
        {"size": 2, "activation": activation, "bias": "none", "weights": [[far, -far], [-far, far]]},
        inputs=[[1], [-1]], targets=[[0, 1], [1, 0]], loss=loss,
    )  # fmt: skip
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        state, found = forward(spec), gradients(spec)
        differences = complex_step(spec)
    assert np.all(np.isfinite([*flat(found), *flat(differences), state.total, *state.terms.flat]))


@pytest.mark.parametrize(
    ("activation", "loss", "net", "t", "total", "delta"),
    [
        # −ln σ(−800) = 800 and −ln(1 − σ(800)) = 800, to far more than 16 digits; δ = σ − t.
        ("sigmoid", "binary cross-entropy", [-800, 800], [1, 0], 1600.0, [-1.0, 1.0]),
        ("sigmoid", "binary cross-entropy", [-800, 800], [0, 1], 0.0, [0.0, 0.0]),
        ("sigmoid", "categorical cross-entropy", [-800, 800], [1, 0], 800.0, [-1.0, 0.0]),
        ("softmax", "categorical cross-entropy", [-800, 800], [1, 0], 1600.0, [-1.0, 1.0]),
        # Here the second output is exactly 0 and so is its target: 0 · ln 0 counts as 0.
        ("softmax", "categorical cross-entropy", [800, -800], [1, 0], 0.0, [0.0, 0.0]),
        ("sigmoid", "half squared error", [-800, 800], [1, 0], 1.0, [0.0, 0.0]),
        ("tanh", "half squared error", [-800, 800], [1, -1], 4.0, [0.0, 0.0]),
        ("softmax", "half squared error", [-800, 800], [1, 0], 1.0, [0.0, 0.0]),
        ("relu", "half squared error", [-800, 800], [1, 0], 320000.5, [0.0, 800.0]),
    ],
)
def test_values_in_saturation(
    activation: str, loss: str, net: list[int], t: list[int], total: float, delta: list[float]
) -> None:
    layer = {"size": 2, "activation": activation, "bias": "none", "weights": [[x] for x in net]}
    spec = network(layer, inputs=[1], targets=t, loss=loss)
    assert forward(spec).total == total
    assert gradients(spec).delta[0][0].tolist() == delta


@pytest.mark.parametrize(("weight", "slope"), [(0, 0.0), (0.5, -0.5), (-0.5, 0.0)])
def test_relu_has_slope_0_at_0(weight: float, slope: float) -> None:
    layer = {"size": 1, "activation": "relu", "bias": "none", "weights": [[weight]]}
    spec = network(layer, inputs=[1], targets=[1])
    assert gradients(spec).weights[0].tolist() == [[slope]]
    assert complex_step(spec).weights[0].tolist() == [[slope]]


# ── By hand ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_network_on_paper() -> None:
    # Two samples through ReLU and identity with a shared bias, in numbers that doubles hold exactly.
    spec = network(
        {"size": 2, "activation": "relu", "bias": "shared", "biases": 1, "weights": [[1, 2], [-1, 0.5]]},
        {"size": 1, "activation": "identity", "biases": [-1], "weights": [[2, 4]]},
        inputs=[[1, 1], [3, -2]], targets=[[7], [2]], loss="mean squared error", batch="mean",
    )  # fmt: skip
    state, found = forward(spec), gradients(spec)
    assert state.net[0].tolist() == [[4, 0.5], [0, -3]]
    assert state.out[1].tolist() == [[4, 0.5], [0, 0]]
    assert state.net[1].tolist() == state.out[2].tolist() == [[9], [-1]]
    assert state.terms.tolist() == [[4], [9]]
    assert state.total == 6.5  # (4 + 9)/2
    assert found.delta[1].tolist() == [[2], [-3]]  # 2 (out − t)/2
    assert found.weights[1].tolist() == [[8, 1]]
    assert found.biases[1].tolist() == [-1]
    assert found.delta[0].tolist() == [[4, 8], [0, 0]]
    assert found.weights[0].tolist() == [[4, 4], [8, 8]]
    assert found.biases[0].tolist() == [12]  # one bias for both neurons and both samples


def test_cross_entropies_on_paper() -> None:
    binary = network({"size": 1, "weights": [[0]]}, inputs=[1], targets=[1], loss="binary cross-entropy")
    assert forward(binary).total == pytest.approx(math.log(2), rel=EPSILON)
    assert gradients(binary).delta[0].tolist() == [[-0.5]]
    # softmax(0, ln 3) = (1/4, 3/4); targets that do not add up to 1 count as they stand: δ = out Σt − t.
    layer = {"size": 2, "activation": "softmax", "weights": [[0], [0]], "biases": [0, Decimal("1.0986122886681098")]}
    soft = network(layer, inputs=[1], targets=[1, 1], loss="categorical cross-entropy")
    assert forward(soft).total == pytest.approx(math.log(4) + math.log(4 / 3), rel=4 * EPSILON)
    assert gradients(soft).delta[0][0] == pytest.approx([-0.5, 0.5], rel=4 * EPSILON)


# ── Differences ──────────────────────────────────────────────────────────────────────────────────────────────


def deep(activation: str, loss: str, *, hidden: str, batch: str = "sum", bias: str = "per neuron") -> Spec:
    """A 3-4-3-2 network on three samples, weights and targets drawn."""
    random = np.random.RandomState(7)
    weights = {"draw": "normal", "deviation": 0.8}
    layers = [
        {"size": size, "activation": name, "bias": bias, "weights": weights}
        | ({} if bias == "none" else {"biases": {"draw": "normal", "deviation": 0.5}})
        for size, name in ((4, hidden), (3, "tanh"), (2, activation))
    ]
    inputs, targets = random.normal(size=(3, 3)).round(3), random.uniform(size=(3, 2)).round(3)
    return network(*layers, inputs=inputs, targets=targets, loss=loss, batch=batch, seed=11)


@pytest.mark.parametrize("batch", ["sum", "mean"])
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu", "identity", "softmax"])
@pytest.mark.parametrize(("activation", "loss"), LAST)
def test_backpropagation_equals_the_complex_step(activation: str, loss: str, hidden: str, batch: str) -> None:
    spec = deep(activation, loss, hidden=hidden, batch=batch)
    found, expected = flat(gradients(spec)), flat(complex_step(spec))
    assert np.max(np.abs(expected)) > 0.01
    # Both are sums of terms of the size of the largest derivative, each rounded a few times.
    assert np.max(np.abs(found - expected)) <= 16 * EPSILON * np.max(np.abs(expected))


@pytest.mark.parametrize("bias", ["none", "shared", "per neuron"])
def test_each_kind_of_bias(bias: str) -> None:
    spec = deep("softmax", "categorical cross-entropy", hidden="sigmoid", bias=bias)
    found, expected = gradients(spec), complex_step(spec)
    width = {"none": [0, 0, 0], "shared": [1, 1, 1], "per neuron": [4, 3, 2]}[bias]
    assert [array.size for array in found.biases] == [array.size for array in expected.biases] == width
    assert flat(found) == pytest.approx(flat(expected), rel=1e-13, abs=1e-15)


def test_the_difference_methods_take_other_parameters_than_those_of_the_spec() -> None:
    spec = deep("sigmoid", "half squared error", hidden="tanh")
    moved = Parameters(*(tuple(array + 0.25 for array in arrays) for arrays in parameters(spec)))
    expected = flat(gradients(spec, moved))
    assert np.max(np.abs(expected - flat(gradients(spec)))) > 0.01
    assert flat(complex_step(spec, moved)) == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert flat(central_difference(spec, moved).estimate) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("activation", "loss"), LAST)
def test_central_differences_miss_by_no_more_than_they_say(activation: str, loss: str) -> None:
    spec = deep(activation, loss, hidden="relu")
    found = central_difference(spec)
    miss, error = np.abs(flat(found.estimate) - flat(gradients(spec))), flat(found.error)
    assert not flat(found.kink).any()
    assert np.all(miss <= error)
    assert np.max(error) <= 1e-5 * np.max(np.abs(flat(found.estimate)))


def test_a_kink_within_the_step_is_told() -> None:
    # net = w₁ + w₂ is 2⁻¹² above the kink: a step of 2⁻¹¹ crosses it; in w₃, of the other neuron, there is none.
    layer = {"size": 2, "activation": "relu", "bias": "none", "weights": [[0.5, -0.499755859375], [0.25, 0.5]]}
    last = {"size": 1, "activation": "identity", "bias": "none", "weights": [[1, 1]]}
    spec = network(layer, last, inputs=[1, 1], targets=[3])
    found = central_difference(spec)
    assert found.kink.weights[0].tolist() == [[True, True], [False, False]]
    assert found.kink.weights[1].tolist() == [[False, False]]
    assert abs(found.estimate.weights[0][0, 0] - gradients(spec).weights[0][0, 0]) > 0.1
    closer = central_difference(spec, h=2.0**-14)
    assert not flat(closer.kink).any()
    assert flat(closer.estimate) == pytest.approx(flat(gradients(spec)), abs=1e-9)


def test_a_kink_in_a_later_layer_is_told() -> None:
    first = {"size": 1, "activation": "identity", "bias": "none", "weights": [[1]]}
    last = {"size": 1, "activation": "relu", "weights": [[1]], "biases": [-1]}
    found = central_difference(network(first, last, inputs=[1], targets=[3]))
    assert all(flat(found.kink))


def test_a_selection_of_a_larger_network() -> None:
    layers = [{"size": size, "weights": {"draw": "normal"}} for size in (40, 30, 10)]
    random = np.random.RandomState(3)
    spec = network(*layers, inputs=random.normal(size=(5, 50)), targets=random.uniform(size=(5, 10)))
    selection = [Place("w", 1, 1999), Place("b", 2, 7), Place("w", 3, 12), Place("b", 3, 0)]
    found, differences = gradients(spec), complex_step(spec, selection=selection)
    central = central_difference(spec, selection=selection)
    for kind, layer, position in selection:
        exact = (found.weights if kind == "w" else found.biases)[layer - 1].flat[position]
        step = (differences.weights if kind == "w" else differences.biases)[layer - 1].flat[position]
        estimate = (central.estimate.weights if kind == "w" else central.estimate.biases)[layer - 1].flat[position]
        assert step == pytest.approx(exact, rel=1e-12)
        assert estimate == pytest.approx(exact, abs=1e-9)
    assert np.count_nonzero(~np.isnan(flat(differences))) == len(selection)
    assert differences.weights[0].shape == (40, 50)


def test_places_are_all_parameters() -> None:
    spec = specs.load("mazur")
    assert len(places(spec)) == len(set(places(spec))) == spec.parameter_count == 10


@pytest.mark.parametrize("place", [("w", 0, 0), ("w", 3, 0), ("w", 1, 4), ("w", 1, -1), ("b", 1, 1), ("v", 1, 0)])
def test_a_place_that_is_not_there_is_refused(place: Any) -> None:
    with pytest.raises(DeriveError, match="no such parameter"):
        complex_step(specs.load("mazur"), selection=[place])


def test_parameters_of_other_shapes_are_refused() -> None:
    spec = deep("sigmoid", "half squared error", hidden="tanh")
    weights, biases = parameters(spec)
    with pytest.raises(DeriveError, match=r"(?s)weights of layer 2 have shape \(4, 3\).*transpose"):
        gradients(spec, Parameters((weights[0], weights[1].T, weights[2]), biases))
    with pytest.raises(DeriveError, match=r"biases of layer 1 have shape \(1,\)"):
        forward(spec, Parameters(weights, (biases[0][:1], *biases[1:])))
    with pytest.raises(DeriveError, match="weights for 2 layers, and the network has 3"):
        forward(spec, Parameters(weights[:2], biases[:2]))


def test_parameters_are_copies() -> None:
    spec = specs.load("mazur")
    parameters(spec).weights[0][0, 0] = 99
    assert forward(spec).total == pytest.approx(0.298371109, abs=1e-9)


# ── Training ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_not_trained_stays() -> None:
    spec = deep("sigmoid", "half squared error", hidden="tanh")
    first = msgspec.structs.replace(spec.layers[0], train_weights=False)
    second = msgspec.structs.replace(spec.layers[1], train_biases=False)
    spec = spec.replace(layers=(first, second, spec.layers[2]))
    start, end = (state.parameters for state in train(spec, 3))
    same = [[np.array_equal(a, b) for a, b in zip(old, new, strict=True)] for old, new in zip(start, end, strict=True)]
    assert same == [[True, False, False], [False, True, False]]


def test_training_starts_where_it_is_told_and_leaves_that_alone() -> None:
    spec = specs.load("mazur").with_biases("per neuron", trained=True)
    half_way, end = train(spec, 20, at=(10, 20))
    before = flat(half_way.parameters)
    *_, again = train(spec, 10, parameters=half_way.parameters)
    assert np.array_equal(flat(again.parameters), flat(end.parameters))
    assert np.array_equal(flat(half_way.parameters), before)


def test_states_are_those_asked_for() -> None:
    spec = specs.load("mazur")
    assert [state.step for state in train(spec, 7)] == [0, 7]
    assert [state.step for state in train(spec, 0)] == [0]
    assert [state.step for state in train(spec, 9, at=[5, 2, 5])] == [2, 5]
    assert next(train(spec)).total == forward(spec).total


@pytest.mark.parametrize(("steps", "at"), [(-1, None), (5, [6]), (5, [-1])])
def test_steps_out_of_range_are_refused_at_once(steps: int, at: list[int] | None) -> None:
    with pytest.raises(DeriveError):
        train(specs.load("mazur"), steps, at=at)


def one_drawn(spec: Spec, seed: int = 0) -> Spec:
    return spec.replace(training=specs.Training(samples="one drawn"), seed=seed)


def test_one_drawn_follows_the_loss_of_one_sample() -> None:
    spec = deep("sigmoid", "mean squared error", hidden="tanh", batch="mean")
    alone = [spec.replace(inputs=(x,), targets=(t,)) for x, t in zip(spec.inputs, spec.targets, strict=True)]
    states = list(train(one_drawn(spec, spec.seed), 60, at=range(61)))
    drawn = []
    for state, after in pairwise(states):
        candidates = [list(train(one, 1, parameters=state.parameters))[-1] for one in alone]
        moved = [np.allclose(flat(c.parameters), flat(after.parameters), rtol=1e-13, atol=0) for c in candidates]
        assert sum(moved) == 1
        drawn.append(moved.index(True))
    # Of 60 draws from three, each comes 20 times, give or take 3.7.
    assert all(abs(drawn.count(s) - 20) <= 11 for s in range(3))
    assert states[-1].total == forward(spec, states[-1].parameters).total


def test_one_drawn_repeats_itself_by_its_seed() -> None:
    # The weights are given, so that the seed decides the draws alone.
    xor = specs.load("xor")
    weights = {"size": 1, "weights": [[0.5, -0.5]], "biases": [0.1]}
    spec = network(weights, inputs=xor.inputs, targets=xor.targets, training={"samples": "one drawn"})
    short, long, other = (
        flat(next(train(spec.replace(seed=seed), steps, at=[1500])).parameters)
        for seed, steps in ((5, 1500), (5, 5000), (6, 1500))
    )
    assert np.array_equal(short, long)
    assert not np.array_equal(short, other)


@pytest.mark.filterwarnings("error")
def test_divergence_ends_the_run_and_names_the_step() -> None:
    # w ← w − 3 (w − 0): w is (−2)ⁿ after n updates, and w² first exceeds the largest double at n = 512.
    layer = {"size": 1, "activation": "identity", "bias": "none", "weights": [[1]]}
    spec = network(layer, inputs=[1], targets=[0], learning_rate=3)
    assert [state.total for state in train(spec, 511, at=[2, 511])] == [8.0, 2.0**1021]
    for at in ([512], [0, 2000]):
        with pytest.raises(DeriveError, match=r"(?s)inf after 512 updates.*smaller learning_rate, such as 0\.3"):
            list(train(spec, 2000, at=at))


def test_a_loss_that_is_infinite_from_the_start_is_no_matter_of_the_learning_rate() -> None:
    layer = {"size": 1, "activation": "identity", "bias": "none", "weights": [[1]]}
    layer |= {"weights": [[Decimal("1e100")]]}  # the error is 1e400 / 2, and no double
    spec = network(layer, inputs=[Decimal("1e100")], targets=[0])
    with pytest.raises(DeriveError, match="before the first update") as caught:
        list(train(spec, 1))
    assert "learning_rate" not in str(caught.value)


def test_a_relu_passes_on_what_is_not_a_number() -> None:
    spec = network({"size": 1, "activation": "relu", "weights": [[1]]}, inputs=[1], targets=[0])
    assert math.isnan(forward(spec, Parameters((np.array([[np.nan]]),), (np.zeros(1),))).total)


def test_xor_is_learnt() -> None:
    start, end = train(specs.load("xor").replace(seed=1))
    assert start.total > 0.5
    assert end.total < 0.005
    assert np.array_equal(end.forward.out[-1].round().ravel(), [0, 1, 1, 0])
