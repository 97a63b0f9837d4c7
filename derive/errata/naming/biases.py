"""Readings of biases: one of each neuron, or one that a layer shares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.errata.naming.refs import Place, Reading, Ref, Shape
from derive.errata.naming.scripts import pair, place, unit
from derive.errata.naming.words import OUTPUT

_DEEP = re.compile(r"h(\d+),(\d+)")


class Biases:
    """Readings of names of biases."""

    def __init__(self, shape: Shape) -> None:
        self._shape, self.last = shape, shape.last

    def readings(self, sub: str, layers: tuple[Place, ...]) -> Iterator[Reading]:
        """Yield readings of a bias, or of those of a layer."""
        if (deep := _DEEP.fullmatch(sub)) is not None:
            yield Reading("unit", self._bias(int(deep[1]), int(deep[2])))
        elif (one := unit(sub)) is not None:
            yield Reading("unit", self._bias(self.last if one.role == OUTPUT else 1, one.place))
        elif layers:
            yield from self._in_layers(sub, layers)
        elif sub in ("h", "o", "hidden", "output"):
            yield Reading("role", self._bias(self.last if sub[0] == "o" else 1, None))
        elif not sub:
            for layer in range(1, self.last + 1):
                yield Reading(f"layer {layer}", self._bias(layer, None), self.last > 1)
        elif sub.isdigit():
            yield from self._numbers(sub)
        elif (where := place(sub)) is not None:
            for layer in range(1, self.last + 1):
                yield Reading(f"in layer {layer}", self._bias(layer, where), self.last > 1)

    def _in_layers(self, sub: str, layers: tuple[Place, ...]) -> Iterator[Reading]:
        where = place(sub)
        if sub and where is None:
            return
        for layer in layers:
            yield Reading("layer", self._bias(layer, where))
            if isinstance(layer, int) and layer >= 2:
                yield Reading("layers from 2", self._bias(layer - 1, where), True)

    def _numbers(self, sub: str) -> Iterator[Reading]:
        """Yield the readings of a bias by a single number."""
        number = int(sub)
        if number <= self.last:
            one = self._shape.biases[number - 1] == "shared" or self._shape.sizes[number] == 1
            yield Reading("number of its layer", self._bias(number, None), not one)
        ref = self._shape.counted("b", number)
        if isinstance(ref.layer, int):
            yield Reading("counted", self._bias(ref.layer, ref.index[0] if ref.index else None), self.last > 1)
        both = pair(sub)
        if both is not None:
            yield Reading("layer and neuron", self._bias(both[0], both[1]), True)
            yield Reading("neuron and layer", self._bias(both[1], both[0]), True)

    def _bias(self, layer: Place, where: Place | None) -> Ref:
        if isinstance(layer, int) and 1 <= layer <= self.last and self._shape.biases[layer - 1] == "shared":
            return Ref("b", layer, ())
        return Ref("b", layer, None if where is None else (where,))
