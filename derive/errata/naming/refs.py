"""What a name may refer to, and whether a network has it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from derive.expression import Var
from derive.spec import Spec

Place = int | str
"""A number, or an index letter."""


class Ref(Struct, frozen=True):
    """What a name refers to. layer, index: numbers, or letters that stand for them.

    layer: None where the kind has none.  index: None for all neurons of the layer together, a vector or a matrix.
    sample: its number, where it is written; None where it is not.
    turned: whether the matrix, or the pair of the index, lies the other way: rows are sources.
    """

    kind: str
    layer: Place | None = None
    index: tuple[Place, ...] | None = None
    turned: bool = False
    updated: bool = False
    sample: int | None = None


class Reading(NamedTuple):
    """A way to read a name: its own name, pooled over all names of the same form, and what the name is then.

    weak: whether it holds only where the document's own numbers or formulas speak for it.
    """

    way: str
    ref: Ref
    weak: bool = False


class Shape(Struct, frozen=True):
    """How many neurons each layer has, from the inputs on, and what biases. last: the number of the last layer."""

    sizes: tuple[int, ...]
    biases: tuple[str, ...]
    last: int

    @classmethod
    def of(cls, spec: Spec) -> Shape:
        """Return the shape of a network."""
        return cls(tuple(spec.sizes), tuple(layer.bias for layer in spec.layers), len(spec.layers))

    def counted(self, kind: str, number: int) -> Ref:
        """Return the n-th of the neurons, counted through all layers; one that is not there where there are less."""
        for layer in range(1, self.last + 1):
            if number <= self.sizes[layer]:
                return Ref(kind, layer, (number,))
            number -= self.sizes[layer]
        return Ref(kind, self.last, (NOWHERE,))


NOWHERE = 10**6
"""The number of a neuron that no layer has."""


def exists(var: Var, spec: Spec) -> bool:
    """Return whether a network has a quantity."""
    sizes, last, kind = spec.sizes, len(spec.layers), var.kind.removesuffix("+")
    if kind in ("total", "eta"):
        return True
    index = [place for place in var.index if isinstance(place, int)]
    if len(index) != len(var.index) or any(place < 1 for place in index):
        return False
    if kind == "x":
        return index[0] <= sizes[0]
    if not 1 <= var.layer <= last or (kind in ("t", "E") and var.layer != last):
        return False
    if kind == "w":
        return index[0] <= sizes[var.layer] and index[1] <= sizes[var.layer - 1]
    if kind == "b":
        bias = spec.layers[var.layer - 1].bias
        return bias != "none" and (not index if bias == "shared" else bool(index) and index[0] <= sizes[var.layer])
    return bool(index) and index[0] <= sizes[var.layer]
