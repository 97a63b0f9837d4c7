"""Random networks: every activation, loss, kind of bias, batch and notation, in any combination that makes sense.

One function makes a network from whole numbers; they come from hypothesis, which can make a failing network smaller,
or from a seed, which is faster and names a network by one number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import product
from random import Random
from typing import TypeVar, get_args

import msgspec
import tomli_w
from hypothesis import strategies as st

import derive
from derive.check.numeric import Way
from derive.check.verdict import Agrees, Doubt, Refuted, Undecided, Verdict, passes
from derive.derivation import Numbers, Step
from derive.expression import Diff, Var
from derive.notation import notation
from derive.spec import Batch, Bias, Draw, Layer, NotationName, Row, Spec, Table
from derive.vocabulary import ACTIVATIONS, REALS
from derive.vocabulary import LOSSES as LOSS_ROWS

T = TypeVar("T")

LOSSES = tuple(LOSS_ROWS)
ENDS: dict[str, tuple[str, ...]] = {
    loss: tuple(name for name, last in ACTIVATIONS.items()
                if last.outputs.inside(row.outputs) and name not in row.refuses)
    for loss, row in LOSS_ROWS.items()
}  # fmt: skip
"""The last activations on top of which a loss makes sense."""

DEEPEST, WIDEST, MOST_SAMPLES = 4, 5, 4
OWN_NAMES = ("v_1", "theta_2", "cost", "psi", "q_11", "g7", "lambda_o,2")


class Choices:
    """Choices among things that are listed from simple to involved, by `integer`: (low, high) → one from low to high.

    Values are short decimals from −2 to 2, and now and then 0, or one that was chosen before, or its negative: so that
    terms cancel, and net inputs of a ReLU lie on its kink.
    """

    def __init__(self, integer: Callable[[int, int], int]) -> None:
        self.integer = integer
        self._values: list[Decimal] = []

    def one_of(self, options: Sequence[T]) -> T:
        return options[self.integer(0, len(options) - 1)]

    def once_in(self, times: int) -> bool:
        return self.integer(1, times) == times

    def size(self, low: int, high: int) -> int:
        """Return a size, more often a small one: the work grows with the square of it."""
        return min(self.integer(low, high), self.integer(low, high))

    def decimal(self, low: int, high: int) -> Decimal:
        digits = self.integer(1, 6)
        return Decimal(self.integer(low * 10**digits, high * 10**digits)).scaleb(-digits)

    def value(self) -> Decimal:
        kind = self.integer(1, 16)
        if kind > 14 and self._values:
            value = self.one_of(self._values) * (1 if kind == 15 else -1)
        else:
            value = Decimal(0) if kind > 13 else self.decimal(-2, 2)
        self._values.append(value)
        return value

    def values(self, count: int) -> Row:
        return tuple(self.value() for _ in range(count))


def make(choices: Choices, depth: int = 0) -> Spec:
    """Return a network of `depth` layers, if that is not 0, and of the sizes above at the most."""
    loss = choices.one_of(LOSSES)
    samples = choices.size(1, MOST_SAMPLES)
    depth = depth or choices.integer(1, DEEPEST)
    fan_in = choices.size(1, WIDEST)
    inputs = tuple(choices.values(fan_in) for _ in range(samples))
    layers: list[Layer] = []
    for number in range(1, depth + 1):
        layers.append(_layer(choices, fan_in, ENDS[loss] if number == depth else None))
        fan_in = layers[-1].size
    spec = Spec(
        name="random",
        inputs=inputs,
        targets=_targets(choices, loss, samples, fan_in),
        layers=tuple(layers),
        loss=loss,
        batch=choices.one_of(get_args(Batch)),
        learning_rate=choices.decimal(0, 2),
        notation=choices.one_of(get_args(NotationName)),
        seed=choices.integer(0, 10**6),
    )
    return spec.replace(names=_own_names(choices, spec)) if choices.once_in(3) else spec


def seeded(seed: int) -> Spec:
    """Return the network that `seed` stands for."""
    return make(Choices(Random(seed).randint))


@st.composite
def networks(draw: st.DrawFn, depth: int = 0) -> Spec:
    """Networks of `depth` layers; of 1 to `DEEPEST` where that is 0."""
    return make(Choices(lambda low, high: draw(st.integers(low, high))), depth)


GRID = tuple(product(ACTIVATIONS, LOSSES, get_args(Bias), (1, 3)))
"""Every activation with every loss, every kind of bias, and one or three samples."""


def of_grid(place: int) -> Spec:
    """Return the 2-2-2 network for a place of the grid: its activation on top where the loss makes sense of it.

    Else it is that of the hidden layer; the other layer takes each activation that it can in its turn.
    """
    activation, loss, bias, samples = GRID[place]
    choices = Choices(Random(place).randint)
    others = [*ACTIVATIONS][place % len(ACTIVATIONS)], ENDS[loss][place % len(ENDS[loss])]
    pair = (others[0], activation) if activation in ENDS[loss] else (activation, others[1])

    def values(count: int) -> Row:
        return tuple(choices.decimal(-2, 2) for _ in range(count))

    return Spec(
        name="grid",
        inputs=tuple(values(2) for _ in range(samples)),
        targets=_targets(choices, loss, samples, 2),
        layers=tuple(
            Layer(
                size=2,
                activation=each,
                bias=bias,
                weights=(values(2), values(2)),
                biases=Decimal(0) if bias == "none" else values(1)[0] if bias == "shared" else values(2),
            )
            for each in pair
        ),
        loss=loss,
        batch=choices.one_of(get_args(Batch)),
    )


def _layer(choices: Choices, fan_in: int, activations: Sequence[str] | None) -> Layer:
    activation = choices.one_of(activations or tuple(ACTIVATIONS))
    row = ACTIVATIONS[activation]
    size = choices.size(2 if row.layer else 1, WIDEST)
    if row.constants and choices.once_in(3):
        activation = f"{activation}({choices.decimal(-1, 1)})"
    bias = choices.one_of(get_args(Bias))
    weights: Table | Draw = tuple(choices.values(fan_in) for _ in range(size))
    biases: Decimal | Row | Draw = Decimal(0)
    if bias != "none":
        biases = choices.value() if bias == "shared" else choices.values(size)
    if choices.once_in(8):
        weights = _drawn(choices)
        biases = _drawn(choices) if bias != "none" else biases
    return Layer(
        size=size,
        activation=activation,
        bias=bias,
        weights=weights,
        biases=biases,
        train_weights=not choices.once_in(4),
        train_biases=not choices.once_in(3),
    )


def _drawn(choices: Choices) -> Draw:
    kind = choices.integer(1, 3)
    decimals = choices.integer(1, 6)
    if kind == 1:
        return Draw("constant", low=choices.value(), decimals=decimals)
    if kind == 2:
        low, high = sorted(choices.values(2))
        return Draw("uniform", low=low, high=high, decimals=decimals)
    return Draw("normal", mean=choices.value(), deviation=choices.decimal(0, 1), decimals=decimals)


def _targets(choices: Choices, loss: str, samples: int, size: int) -> Table:
    """Return targets that the loss takes: one output of several, or any numbers, at times those at the ends."""
    allowed = LOSS_ROWS[loss].targets
    if allowed == REALS:
        return tuple(choices.values(size) for _ in range(samples))
    low, high = int(allowed.low), int(allowed.high)
    rows: list[Row] = []
    for _ in range(samples):
        if choices.once_in(2):
            rows.append(tuple(choices.decimal(low, high) for _ in range(size)))
        else:
            one = choices.integer(1, size)
            rows.append(tuple(Decimal(high if place == one else low) for place in range(1, size + 1)))
    return tuple(rows)


def _own_names(choices: Choices, spec: Spec) -> dict[str, str]:
    """Return names for up to three quantities, by the names that the notation gives them."""
    plain = notation(spec)
    found: dict[str, str] = {}
    for own in dict.fromkeys(choices.one_of(OWN_NAMES) for _ in range(choices.integer(1, 3))):
        layer = choices.integer(1, len(spec.layers))
        neuron = choices.integer(1, spec.sizes[layer])
        sample = choices.integer(1, spec.samples) if spec.samples > 1 else 0
        quantity = choices.one_of([
            Var("total"),
            Var("w", layer, (neuron, choices.integer(1, spec.sizes[layer - 1]))),
            Var("out", layer, (neuron,), sample),
        ])  # fmt: skip
        found[plain.label(quantity).ascii] = own
    return found


def toml(spec: Spec) -> str:
    """Return the file that `derive.spec.loads` reads as `spec`."""
    fields = msgspec.to_builtins(spec, builtin_types=(Decimal,))
    for key in ("optimiser", "schedule"):  # a file has their constants beside their names
        chosen = fields["training"][key]
        fields["training"][key] = {"name": chosen["name"], **chosen["constants"]}
    return tomli_w.dumps(fields)


# ── Checking them ──────────────────────────────────────────────────────────────────────────────────────────────


class Distance(msgspec.Struct, frozen=True):
    """How far numbers found in one way are from the derivation's, at the most.

    ulps: in units in the last place.  share: of what rounding explains; a number beyond 1 is refuted.
    """

    count: int = 0
    ulps: float = 0.0
    share: float = 0.0

    def __or__(self, other: Distance) -> Distance:
        return Distance(self.count + other.count, max(self.ulps, other.ulps), max(self.share, other.share))


class Examined(msgspec.Struct, frozen=True):
    """How the check of one network came out.

    steps, derivatives, quantities: how many were checked.  proved: how many of the steps were proved, or are numbers
        that agree.
    refuted: what was, and why, in words.  undecided: the step, quantity or derivative, and why.
    across_kinks: how many differences could not be used because a ReLU changes sides within them.
    distances: by way, over the derivatives.
    """

    steps: int
    proved: int
    derivatives: int
    quantities: int
    refuted: tuple[str, ...]
    undecided: tuple[tuple[Step | Var | Diff, Doubt], ...]
    across_kinks: int
    distances: dict[Way, Distance]


def examine(spec: Spec, seed: int = 0) -> Examined:
    """Derive the network and check all of it. Raises AssertionError where the check leaves something out."""
    derived = derive.Network(spec).derive()
    verification = derived.check(seed=seed)
    refuted: list[str] = []
    undecided: list[tuple[Step | Var | Diff, Doubt]] = []

    def sort(what: Step | Var | Diff, verdict: Verdict, by: str = "") -> None:
        if isinstance(verdict, Refuted):
            witness = verdict.witness
            values = f": {witness.left} against {witness.right}" if witness else ""
            refuted.append(f"{_called(derived, what)}{by}: {verdict.fault.value}{values}")
        elif isinstance(verdict, Undecided):
            undecided.append((what, verdict.doubt))

    for step, verdict in verification.steps:
        assert not isinstance(verdict, Agrees) or step.rule is Numbers, f"{step.id} is not proved"
        sort(step, verdict)
    across_kinks = 0
    distances: dict[Way, Distance] = {}
    for row in (*verification.quantities, *verification.parameters):
        sort(row.quantity, row.verdict)
        for reading in row.readings:
            if isinstance(reading.verdict, Refuted):
                sort(row.quantity, reading.verdict, f" by {reading.way.value}")
            elif reading.verdict == Undecided(Doubt.KINK):
                across_kinks += 1
            elif isinstance(row.quantity, Diff) and isinstance(reading.verdict, Agrees):
                assert reading.ulps is not None
                share = reading.ulps / reading.allowed if reading.allowed else 0.0
                distances[reading.way] = distances.get(reading.way, Distance()) | Distance(1, reading.ulps, share)
    assert len(verification.parameters) == spec.parameter_count
    assert verification.passed == (not refuted and not undecided)
    return Examined(
        steps=len(verification.steps),
        proved=sum(passes(verdict) for _, verdict in verification.steps),
        derivatives=len(verification.parameters),
        quantities=len(verification.quantities),
        refuted=tuple(refuted),
        undecided=tuple(undecided),
        across_kinks=across_kinks,
        distances=distances,
    )


def _called(derived: derive.Derived, what: Step | Var | Diff) -> str:
    """Return what a claim is called in an error."""
    if isinstance(what, Step):
        return f"step {what.id}"
    label = derived.notation.label
    if isinstance(what, Diff):
        return f"d{label(what.of).ascii}/d{label(what.wrt).ascii}"
    return label(what).ascii
