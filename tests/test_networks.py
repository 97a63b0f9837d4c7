"""Random networks of every kind: no step is refuted, and the derivatives agree however they are found."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from itertools import product
from typing import get_args

import definitions
import networks
import pytest
from hypothesis import Phase, given, note, settings
from mpmath import MPContext, mpf

import derive
from derive import spec as specs
from derive.check.verdict import Doubt
from derive.derivation import Key
from derive.expression import Diff, Var
from derive.spec import Bias, Spec
from derive.vocabulary import ACTIVATIONS, split

TOTAL = Var("total")
EXAMPLES = max(60, settings().max_examples * 6 // 10)


# ── Derived and checked ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_nothing_is_refuted_and_nothing_undecided_but_zeros(depth: int) -> None:
    """Where terms cancel to nothing, doubles keep no digit that could agree with it; nowhere else may they fail."""
    seen: list[Spec] = []
    undecided: list[Spec] = []

    # A failing network is noted as it is: to make it smaller takes longer than all other tests together.
    @settings(max_examples=EXAMPLES, phases=(Phase.explicit, Phase.reuse, Phase.generate))
    @given(networks.networks(depth))
    def every_network(spec: Spec) -> None:
        note(networks.toml(spec))
        examined = networks.examine(spec)
        assert not examined.refuted
        seen.append(spec)
        if examined.undecided:
            undecided.append(spec)
            textbook = Textbook(spec)
            for quantity, doubt in examined.undecided:
                assert doubt is Doubt.NO_DIGITS
                assert isinstance(quantity, Var | Diff), "a step is undecided"
                if isinstance(quantity, Diff) or quantity in textbook.values:
                    value = (
                        textbook.derivative(quantity.wrt) if isinstance(quantity, Diff) else textbook.values[quantity]
                    )
                    assert abs(value) < 1e-50

    every_network()
    assert len(seen) >= EXAMPLES
    assert len(undecided) < len(seen) // 5
    # The grid of tests/test_grid.py has every loss; here there are many of them.
    assert len({spec.loss for spec in seen}) > len(networks.LOSSES) // 2


# ── Against definitions alone: no chain rule, no dual numbers, no NumPy ────────────────────────────────────────


class Textbook:
    """The network's forward pass at 110 digits, as its spec describes it and textbooks define its functions.

    pieces: which piece of a function with kinks holds for each net input and each error. They are found where the
        parameters are those of the spec, and kept when one is moved: so that a ReLU on its kink has the derivative of
        its lower side, which is the convention.
    values: of net, out and total at the point of the spec.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.mp = MPContext()
        self.mp.dps = 110
        self.pieces: dict[Var, int] = {}
        self.values: dict[Var, mpf] = {}
        self.values[TOTAL] = self.total()

    def derivative(self, parameter: Var) -> mpf:
        """Return ∂total/∂parameter by central differences: truncation h² and rounding 10^-110/h are below 10^-60."""
        h = self.mp.mpf(10) ** -32
        return (self.total(parameter, h) - self.total(parameter, -h)) / (2 * h)

    def total(self, moved: Var | None = None, by: mpf | int = 0) -> mpf:
        """Return the error over all samples, with one parameter moved."""
        spec, mp = self.spec, self.mp

        def parameter(name: Var, value: Decimal) -> mpf:
            return mp.mpf(str(value)) + (by if name == moved else 0)

        terms = []
        for sample, (inputs, targets) in enumerate(zip(spec.inputs, spec.targets, strict=True), 1):
            out = [mp.mpf(str(x)) for x in inputs]
            for number, layer in enumerate(spec.layers, 1):
                names = [Var("net", number, (j,), sample if spec.samples > 1 else 0) for j in range(1, layer.size + 1)]
                nets = [
                    mp.fsum(
                        parameter(Var("w", number, (j, k)), spec.weight(number, j, k)) * value
                        for k, value in enumerate(out, 1)
                    )
                    for j in range(1, layer.size + 1)
                ]
                if layer.bias == "shared":
                    nets = [net + parameter(Var("b", number), spec.bias(number, 1)) for net in nets]
                elif layer.bias == "per neuron":
                    given = [parameter(Var("b", number, (j,)), spec.bias(number, j)) for j in range(1, layer.size + 1)]
                    nets = [net + bias for net, bias in zip(nets, given, strict=True)]
                held = definitions.pieces(mp, layer.activation, nets)
                held = [self.pieces.setdefault(name, piece) for name, piece in zip(names, held, strict=True)]
                out = definitions.out(mp, layer.activation, nets, held)
                for name, net, value in zip(names, nets, out, strict=True):
                    self.values.setdefault(name, net)
                    self.values.setdefault(Var("out", *(name.layer, name.index, name.sample)), value)
            for place, (target, o) in enumerate(zip(targets, out, strict=True), 1):
                t = mp.mpf(str(target))
                piece = definitions.term_piece(mp, spec.loss, t, o)
                piece = self.pieces.setdefault(Var("E", len(spec.layers), (place,), sample), piece)
                terms.append(definitions.term(mp, spec.loss, t, o, piece))
        shares = len(spec.targets[0]) if split(spec.loss)[0] in definitions.MEANS else 1
        return mp.fsum(terms) / shares / (spec.samples if spec.batch == "mean" else 1)


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_values_are_those_of_the_textbook_to_50_digits(first: int) -> None:
    for seed in range(first, first + 25):
        spec = networks.seeded(seed)
        textbook, derived = Textbook(spec), derive.Network(spec).derive().derivation
        wanted: dict[Key, mpf] = dict(textbook.values.items())
        for parameter in derived.parameters[:: 1 + len(derived.parameters) // 6]:
            wanted[Diff(TOTAL, parameter)] = textbook.derivative(parameter)
        for key, value in wanted.items():
            made = derived.values[key]
            found = textbook.mp.mpf(made.numerator) / made.denominator if isinstance(made, Fraction) else made
            assert abs(found - value) <= (1 + abs(value)) * textbook.mp.mpf(10) ** -50, (seed, key)


# ── The generator ──────────────────────────────────────────────────────────────────────────────────────────────


def features(spec: Spec) -> Iterator[object]:
    """Yield what is particular about a network."""
    yield from (spec.loss, spec.batch, spec.notation, ("samples", spec.samples), ("depth", len(spec.layers)))
    yield from (("own name",) for _ in spec.names)
    yield spec.loss, split(spec.layers[-1].activation)[0]
    for number, (layer, fan_in) in enumerate(zip(spec.layers, spec.sizes, strict=False), 1):
        name, constants = split(layer.activation)
        yield name, layer.bias
        yield from ((name, "constants") for _ in constants)
        yield "size", layer.size
        yield "fan-in", fan_in
        yield "trained", layer.train_weights, layer.train_biases
        yield "weights", "given" if isinstance(layer.weights, tuple) else layer.weights.draw
        weights = [spec.weight(number, j, k) for j in range(1, layer.size + 1) for k in range(1, fan_in + 1)]
        yield from (("zero",) for weight in weights if not weight)
        yield from (("equal",) for count in Counter(weights).values() if count > 1)
        yield from (("digits", -int(weight.as_tuple().exponent)) for weight in weights)


def test_the_generator_makes_everything_there_is() -> None:
    seen = Counter(feature for seed in range(2000) for feature in features(networks.seeded(seed)))
    wanted: list[object] = [
        *product(tuple(ACTIVATIONS), get_args(Bias)),
        ("leaky relu", "constants"),
        ("elu", "constants"),
        *("sum", "mean", "mazur", "indexed", ("own name",), ("zero",), ("equal",)),
        *product(["samples", "depth"], range(1, 5)),
        *product(["fan-in"], range(1, 6)),
        *product(["digits"], range(1, 7)),
        *product(["trained"], [False, True], [False, True]),
        *product(["weights"], ["given", "uniform", "normal", "constant"]),
    ]
    assert min(seen[feature] for feature in wanted) >= 20
    assert min(seen[loss, last] for loss, ends in networks.ENDS.items() for last in ends) >= 3
    assert ("size", 6) not in seen


def test_the_generator_puts_net_inputs_on_kinks() -> None:
    on_a_kink = 0
    for seed in range(400):
        spec = networks.seeded(seed)
        jumps_at_0 = [split(layer.activation)[0] in ("relu", "leaky relu", "elu", "selu") for layer in spec.layers]
        if any(jumps_at_0):
            nets = [(name, value) for name, value in Textbook(spec).values.items() if name.kind == "net"]
            on_a_kink += any(jumps_at_0[name.layer - 1] and abs(value) < 1e-90 for name, value in nets)
    assert on_a_kink >= 3


def test_a_network_is_the_file_that_is_printed_for_it() -> None:
    for seed in range(300):
        spec = networks.seeded(seed)
        assert networks.seeded(seed) == spec
        assert specs.loads(networks.toml(spec)) == spec


# ── Networks that are not random ───────────────────────────────────────────────────────────────────────────────


def starter() -> Spec:
    made = specs.loads((resources.files("derive") / "starter.toml").read_text("utf-8"))
    assert isinstance(made, Spec)
    return made


LOADED = {name: specs.load(name) for name in specs.presets()}
# Not the sets of data to train on: a report over so many samples would be a book.
LAYERED = {name: made for name, made in LOADED.items() if isinstance(made, Spec) and made.samples <= 10}
PRESETS = {**LAYERED, "starter": starter()}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_pass(name: str) -> None:
    assert derive.Network(PRESETS[name]).derive().check().passed


@pytest.mark.parametrize("name", LAYERED)
@pytest.mark.parametrize("bias", get_args(Bias))
@pytest.mark.parametrize("trained", [False, True])
def test_presets_pass_with_other_biases(name: str, bias: Bias, trained: bool) -> None:
    assert derive.Network(PRESETS[name].with_biases(bias, trained=trained)).derive().check().passed


@pytest.mark.parametrize("target", [0, 0.5, 1])
def test_a_loss_near_its_end_has_its_digits(target: float) -> None:
    """1 − σ(200) is 10⁻⁸⁷, which 80 digits do not tell from 0. The loss is −t ln σ(x) − (1 − t) ln σ(−x)."""
    layer = {"size": 1, "weights": [[200]]}
    derived = derive.network(inputs=[1], targets=[target], loss="binary cross-entropy", layers=[layer]).derive()
    mp = MPContext()
    mp.dps = 200
    left = mp.log1p(mp.exp(-200))
    true = target * left + (1 - target) * (200 + left)
    found = mp.mpf(derived.derivation.values[Var("total")])
    assert abs(found - true) <= true * mp.mpf(10) ** -50
    assert derived.check().passed


@pytest.mark.parametrize("target", [0, 0.5, 1])
def test_a_loss_without_a_value_is_a_clear_error(target: float) -> None:
    """1 − σ(4000) is 10⁻¹⁷³⁷: not 0, but 0 to all digits that are calculated with."""
    layer = {"size": 1, "weights": [[4000]]}
    derived = derive.network(inputs=[1], targets=[target], loss="binary cross-entropy", layers=[layer]).derive()
    with pytest.raises(derive.DeriveError, match="0: a formula has no value at the given point"):
        derived.check()


@contextmanager
def stack_left(frames: int) -> Iterator[None]:
    """Leave room for so many more calls inside one another."""
    before, used, frame = sys.getrecursionlimit(), 0, sys._getframe()
    while frame.f_back:
        used, frame = used + 1, frame.f_back
    sys.setrecursionlimit(used + frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def deep(depth: int, activation: str) -> derive.Derived:
    size = 2 if activation == "softmax" else 1
    layer = {"size": size, "activation": activation, "weights": [[1, -1][:size]] * size}
    first = {**layer, "weights": [[1]] * size}
    return derive.network(inputs=[0.5], targets=[0.25] * size, layers=[first, *[layer] * (depth - 1)]).derive()


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "softmax"])
def test_depth_is_no_recursion(activation: str) -> None:
    """One call a layer would not fit into what is left of the stack."""
    depth = 80
    derived = deep(depth, activation)
    with stack_left(depth):
        verification = derived.check(only=["w1"])
    assert len(verification.steps) > 8 * depth


def calls(function: Callable[[], object]) -> int:
    """Return how many Python functions are called: a measure of work that is the same on every machine."""
    count = 0

    def tell(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(tell)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def test_the_chain_of_one_weight_costs_what_it_is_long() -> None:
    def work(depth: int) -> int:
        derived = deep(depth, "tanh")
        return calls(lambda: derived.derivation.chain(derived["w1"].key))

    work(5)
    assert work(80) < 2.5 * work(40)


def test_checking_all_weights_costs_the_square_of_the_depth_at_most() -> None:
    """There are as many weights as layers, and the chain of each is as long as there are layers."""

    def work(depth: int) -> int:
        return calls(lambda: deep(depth, "sigmoid").check())

    work(5)
    assert work(80) < 4.5 * work(40)


def test_a_wide_network_passes() -> None:
    derived = derive.network(
        inputs=[0.5, 0.3], targets=[0, 1], loss="categorical cross-entropy",
        layers=[{"size": 100, "activation": "tanh"}, {"size": 2, "activation": "softmax"}],
    ).derive()  # fmt: skip
    verification = derived.check()
    assert verification.passed
    assert len(verification.parameters) == 500  # of 502: that many are drawn
    assert len(verification.steps) > 5_000
