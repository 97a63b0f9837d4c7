"""The parts of a spec, and how much of each there may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from derive.vocabulary import INITIALISERS

Bias = Literal["none", "shared", "per neuron"]
Batch = Literal["sum", "mean"]
NotationName = Literal["mazur", "indexed"]
SamplesKind = Literal["all", "one drawn", "batches"]

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


def sound(value: object) -> bool:
    """Return whether `value` is a decimal to calculate with: finite, of no outlandish size, and not too long."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return False
    # A zero has an exponent too, and 0e-999999999 would be printed with all its zeros.
    size = value.adjusted() if value else int(value.as_tuple().exponent)
    return -MAX_EXPONENT <= size <= MAX_EXPONENT and len(value.as_tuple().digits) <= MAX_DIGITS


class Draw(Struct, frozen=True, forbid_unknown_fields=True):
    """Weights or biases drawn at random, one value after another, row by row.

    draw: a row of `derive.vocabulary.INITIALISERS`, by its name.
    low, high, mean, deviation, gain: its constants, as far as it has them.
    decimals: how many decimals a drawn value keeps; a constant one is taken as it stands.
    """

    draw: str
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(1)
    mean: Decimal = Decimal(0)
    deviation: Decimal = Decimal(1)
    decimals: int = 6
    gain: Decimal = Decimal(1)

    @property
    def constants(self) -> tuple[Decimal, ...]:
        """The constants that the row has, in its order."""
        return tuple(getattr(self, name) for name in INITIALISERS[self.draw].constants)


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


class Penalty(Struct, frozen=True, forbid_unknown_fields=True):
    """What is added to the error for the size of the parameters: R = Σ (l1 |w| + l2/2 w²).

    biases: whether biases count too, and not weights alone.
    """

    l1: Decimal = Decimal(0)
    l2: Decimal = Decimal(0)
    biases: bool = False

    def __bool__(self) -> bool:
        return bool(self.l1 or self.l2)


class Chosen(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the vocabulary's optimisers or schedules: its name, and the values of all its constants, in its order.

    A file writes it as a word, "adam", or as a table, { name = "adam", beta1 = 0.9 }; see `derive.spec.choosing`.
    """

    name: str
    constants: Mapping[str, Decimal] = {}

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.constants.values()))})" if self.constants else self.name


class Training(Struct, frozen=True, forbid_unknown_fields=True):
    """How `derive train` runs: `steps` updates.

    samples: what an update sees: "all", "one drawn" at random, or "batches", parts of the whole, one after another.
    batch_size: how many samples a batch has; the last batch of a pass has what is left.
    shuffle: whether each pass over the samples has an order of its own, drawn with the seed.
    optimiser: a row of `derive.vocabulary.OPTIMISERS`.  schedule: one of `derive.vocabulary.SCHEDULES`.
    """

    steps: int = 10_000
    samples: SamplesKind = "all"
    batch_size: int = 32
    shuffle: bool = True
    optimiser: Chosen = Chosen("gradient descent", {"weight_decay": Decimal(0)})
    schedule: Chosen = Chosen("constant")


def slug(name: str, otherwise: str) -> str:
    """Return `name` as a file name: letters of any alphabet, digits, dots, - and _ only; `otherwise` if none."""
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or otherwise
