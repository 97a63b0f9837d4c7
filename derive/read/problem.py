"""What foreign code is called with and what it gives back, in the network's own layout.

Arrays hold doubles, or objects with the arithmetic of numbers (`derive.read.exact`): nothing here may assume which.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Values = NDArray[Any]
BiasKind = Literal["none", "shared", "per neuron"]


class Problem(Struct, frozen=True):
    """The network as far as a program that calculates its gradient has to know it: no values.

    sizes: the number of inputs, then of neurons in each layer.
    bias: for each layer "none", "shared" (one number for the layer) or "per neuron".
    samples: how many rows inputs and targets have.
    activations: the name of each layer's activation in `derive.vocabulary`.  loss: that of the loss.
    batch: whether the loss of several samples is their "sum" or their "mean".
    classes: whether targets are 1 for one output of each sample and 0 for the others.
    l1, l2: the penalty, R = Σ (l1 |w| + l2/2 w²).
    """

    sizes: tuple[int, ...]
    bias: tuple[BiasKind, ...]
    samples: int
    activations: tuple[str, ...]
    loss: str
    batch: Literal["sum", "mean"] = "sum"
    classes: bool = False
    l1: float = 0.0
    l2: float = 0.0

    @property
    def layers(self) -> int:
        return len(self.sizes) - 1

    def weight_shape(self, layer: int) -> tuple[int, int]:
        """Return (neurons, fan-in) of a layer, which count from 1."""
        return self.sizes[layer], self.sizes[layer - 1]

    def bias_shape(self, layer: int) -> tuple[int]:
        return ({"none": 0, "shared": 1, "per neuron": self.sizes[layer]}[self.bias[layer - 1]],)


class Point(NamedTuple):
    """Values for everything that is given.

    weights: for layer l = 1 … L an array (n_l, n_{l−1}), at index l − 1.
    biases: for layer l an array (0,) without biases, (1,) for a shared one, else (n_l,).
    inputs: (N, n_0).  targets: (N, n_L).
    rate: the learning rate, one value.
    """

    weights: tuple[Values, ...]
    biases: tuple[Values, ...]
    inputs: Values
    targets: Values
    rate: Any

    @property
    def classes(self) -> NDArray[np.int64]:
        """For each sample the place, from 0, of its largest target."""
        return np.array([max(range(len(row)), key=lambda k, row=row: float(row[k])) for row in self.targets])  # type: ignore[misc]


class Found(NamedTuple):
    """What a program gave back, in the layout of `Point`; None for what it does not show.

    loss: one value.  outputs: (N, n_L).
    """

    weights: tuple[Values | None, ...]
    biases: tuple[Values | None, ...]
    loss: Any = None
    outputs: Values | None = None
