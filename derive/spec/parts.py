"""The parts of a spec, and how much of each there may be."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

Bias = Literal["none", "shared", "per neuron"]
Batch = Literal["sum", "mean"]
NotationName = Literal["mazur", "indexed"]
DrawKind = Literal["uniform", "normal", "constant"]
SamplesKind = Literal["all", "one drawn"]

MAX_PARAMETERS = 10_000_000
MAX_SIZE = 1_000_000
MAX_LAYERS = 1_000
MAX_SEED = 2**32 - 1
MAX_STEPS = 10**9
MAX_DIGITS = 60
MAX_EXPONENT = 100
"""A number x other than 0 has 10^-100 ≤ |x| < 10^101, so that products of a few of them are doubles still."""
MAX_DRAWN = 10**9
MAX_DECIMALS = 15
MAX_NAME = 60
MAX_TITLE = 200

Row = tuple[Decimal, ...]
Table = tuple[Row, ...]


class Draw(Struct, frozen=True, forbid_unknown_fields=True):
    """Weights or biases drawn at random, one value after another, row by row.

    draw: "uniform" on [low, high), "normal" with mean and deviation, or "constant" (every value is `low`, exactly).
    decimals: how many decimals a drawn value keeps.
    """

    draw: DrawKind
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(1)
    mean: Decimal = Decimal(0)
    deviation: Decimal = Decimal(1)
    decimals: int = 6


class Layer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A layer of neurons, fully connected to the layer before it.

    size: the number of neurons.
    activation: a row of `derive.vocabulary.ACTIVATIONS`, by its name; its constants in brackets: "leaky relu(0.2)".
    bias: "none", "shared" (one number for the whole layer), or "per neuron".
    weights: one row a neuron, one column for each neuron (or input) before it: size × fan-in; or a `Draw`.
    biases: one number if shared, `size` numbers if per neuron; or a `Draw`; zeros when left out.
    train_weights, train_biases: whether gradient descent changes them.
    """

    size: int
    activation: str = "sigmoid"
    bias: Bias = "per neuron"
    weights: Table | Draw = Draw("uniform", low=Decimal(-1), high=Decimal(1))
    biases: Decimal | Row | Draw = Decimal(0)
    train_weights: bool = True
    train_biases: bool = True

    @property
    def bias_count(self) -> int:
        """How many biases the layer has."""
        return {"none": 0, "shared": 1, "per neuron": self.size}[self.bias]


class Training(Struct, frozen=True, forbid_unknown_fields=True):
    """How `derive train` runs: `steps` updates, each on all samples or on one drawn at random."""

    steps: int = 10_000
    samples: SamplesKind = "all"
