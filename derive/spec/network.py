"""The whole of a spec, and the numbers in it: as the decimals that were written, and as arrays of doubles."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from derive.errors import DeriveError
from derive.spec.parts import Batch, Bias, Draw, Layer, NotationName, Penalty, Row, Table, Training, slug
from derive.spec.validating import validate
from derive.vocabulary import INITIALISERS


class Spec(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A feed-forward network, its data, its loss, and one point in its parameter space.

    inputs: N rows of n₀ numbers (one row may be written without its outer brackets).
    targets: N rows, one number for each neuron of the last layer.
    classes: where the author gave classes: for each sample the place, from 0, of the target that is 1. () otherwise.
    loss: a row of `derive.vocabulary.LOSSES`, by its name.
    batch: whether the loss of several samples is their sum or their mean.
    notation, names: how quantities are called (see `derive.notation`).
    penalty: what is added to the error for the size of weights.
    seed: of every random draw, weights and samples alike.

    Raises DeriveError on construction when the parts do not fit each other.
    """

    inputs: Table
    targets: Table
    layers: tuple[Layer, ...]
    name: str = "network"
    title: str = ""
    loss: str = "half squared error"
    batch: Batch = "sum"
    learning_rate: Decimal = Decimal("0.5")
    notation: NotationName = "mazur"
    names: dict[str, str] = {}
    classes: tuple[int, ...] = ()
    seed: int = 0
    penalty: Penalty = Penalty()
    training: Training = Training()

    def __post_init__(self) -> None:
        validate(self)

    @property
    def slug(self) -> str:
        """The name as a file name: letters of any alphabet, digits, dots, - and _ only."""
        return slug(self.name, "network")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of inputs, then of neurons in each layer."""
        return (len(self.inputs[0]), *(layer.size for layer in self.layers))

    @property
    def samples(self) -> int:
        return len(self.inputs)

    @property
    def parameter_count(self) -> int:
        """How many weights and biases there are, trained or not."""
        fan_ins = self.sizes[:-1]
        return sum(layer.size * n + layer.bias_count for layer, n in zip(self.layers, fan_ins, strict=True))

    @cached_property
    def arrays(self) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]:
        """(weights, biases) of each layer as doubles: shapes (size, fan-in) and (0,), (1,) or (size,)."""
        # RandomState's stream is frozen (NumPy NEP 19): the same seed gives the same network for ever.
        random = np.random.RandomState(self.seed)
        arrays = []
        for layer, fan_in in zip(self.layers, self.sizes, strict=False):
            weights = _array(layer.weights, (layer.size, fan_in), random)
            arrays.append((weights, _array(layer.biases, (layer.bias_count,), random)))
        return tuple(arrays)

    def weight(self, layer: int, neuron: int, source: int) -> Decimal:
        """Return the weight into `neuron` of `layer` from `source` of the layer before; all count from 1."""
        given = self.layers[layer - 1].weights
        if isinstance(given, Draw):
            return _drawn(given, self.arrays[layer - 1][0][neuron - 1, source - 1])
        return given[neuron - 1][source - 1]

    def bias(self, layer: int, neuron: int) -> Decimal:
        """Return the bias of `neuron` (from 1; 1 for a shared bias) of `layer`."""
        given = self.layers[layer - 1].biases
        if isinstance(given, Draw):
            return _drawn(given, self.arrays[layer - 1][1][neuron - 1])
        return given if isinstance(given, Decimal) else given[neuron - 1]

    def replace(self, **changes: Any) -> Spec:
        """Return a copy with some fields changed, validated again."""
        return msgspec.structs.replace(self, **changes)

    def with_biases(self, bias: Bias, *, trained: bool) -> Spec:
        """Return the same network with another kind of bias in every layer; each neuron keeps its value."""
        layers = []
        for number, layer in enumerate(self.layers, 1):
            biases: Decimal | Row | Draw = layer.biases
            if layer.bias != bias:
                one = layer.bias != "per neuron"
                old = [self.bias(number, 1 if one else j) for j in range(1, layer.size + 1)]
                if layer.bias == "none":
                    old = [Decimal(0)] * layer.size
                if bias == "shared" and len(set(old)) > 1:
                    raise DeriveError(
                        f"layer {number} has biases that differ, which one shared bias cannot keep",
                        hint="give the shared bias its value in the spec",
                    )
                biases = old[0] if bias == "shared" else tuple(old) if bias == "per neuron" else Decimal(0)
            layers.append(msgspec.structs.replace(layer, bias=bias, biases=biases, train_biases=trained))
        return self.replace(layers=tuple(layers))


def _array(
    given: Table | Row | Decimal | Draw, shape: tuple[int, ...], random: np.random.RandomState
) -> NDArray[np.float64]:
    if isinstance(given, Decimal):
        return np.full(shape, float(given))
    if not isinstance(given, Draw):
        return np.array(given, dtype=np.float64).reshape(shape)
    values = INITIALISERS[given.draw].draw(random, shape, *map(float, given.constants))
    if given.draw == "constant":
        return values
    return np.asarray(np.round(values, given.decimals) + 0.0)  # + 0.0 turns -0.0 into 0.0


def _drawn(given: Draw, value: np.float64) -> Decimal:
    return given.low if given.draw == "constant" else Decimal(repr(float(value)))
