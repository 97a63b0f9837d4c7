"""Readings of weights: by two neurons, by a number through all layers, or as matrices."""

from __future__ import annotations

from collections.abc import Iterator

from derive.errata.naming.refs import Place, Reading, Ref, Shape
from derive.errata.naming.scripts import Unit, pair, place, units
from derive.errata.naming.words import INPUT, OUTPUT, WEIGHTS

ROLES = ("h", "o", "ih", "ho", "xh", "hy", "hidden", "output")
"""Subscripts of the matrix that leads to a layer, by the role of that."""


class Weights:
    """Readings of names of weights."""

    def __init__(self, shape: Shape) -> None:
        self.sizes, self.last = shape.sizes, shape.last

    def readings(self, base: str, sub: str, layers: tuple[Place, ...]) -> Iterator[Reading]:
        """Yield readings of a weight or of a matrix of weights."""
        ends = units(sub)
        if len(ends) == 2:
            yield from self._between(*ends)
        elif not sub:
            yield from self._matrices(base, layers)
        elif sub in ROLES and not layers:
            layer = self.last if sub[-1] in "oy" or sub == "output" else 1
            yield Reading("matrix of a role", Ref("w", layer, None))
            yield Reading("matrix of a role, turned", Ref("w", layer, None, True), True)
        elif (both := pair(sub)) is not None:
            yield from self._pairs(base, sub, both, layers)
        elif sub.isdigit():
            yield from self._numbers(int(sub), layers)
        elif (where := place(sub)) is not None and self.last == 1:
            yield Reading("source", Ref("w", 1, (1, where)))

    def _between(self, one: Unit, other: Unit) -> Iterator[Reading]:
        """Yield the weight between two units: w_{h1,i2}, w_{i2h1}."""
        a, b = self._layer(one), self._layer(other)
        if b == a + 1:
            yield Reading("between units", Ref("w", b, (other.place, one.place)))
        elif a == b + 1:
            yield Reading("between units", Ref("w", a, (one.place, other.place)))

    def _layer(self, unit: Unit) -> int:
        return {INPUT: 0, OUTPUT: self.last}.get(unit.role, 1)

    def _matrices(self, base: str, layers: tuple[Place, ...]) -> Iterator[Reading]:
        for layer in layers or self._by_letter(base):
            yield Reading("rows are neurons", Ref("w", layer, None))
            yield Reading("rows are sources", Ref("w", layer, None, True), True)
            if isinstance(layer, int) and layer >= 2 and layers:
                yield Reading("layers from 2, rows are neurons", Ref("w", layer - 1, None), True)

    def _pairs(self, base: str, sub: str, both: tuple[Place, Place], layers: tuple[Place, ...]) -> Iterator[Reading]:
        """Yield the readings of a weight by two places: the neuron that it leads to and that it comes from."""
        turned = both[1], both[0]
        for layer in layers:
            yield Reading("to, from", Ref("w", layer, both))
            yield Reading("from, to", Ref("w", layer, turned), True)
            if isinstance(layer, int) and layer >= 2:
                yield Reading("layers from 2, to, from", Ref("w", layer - 1, both), True)
                yield Reading("layers from 2, from, to", Ref("w", layer - 1, turned), True)
        if layers:
            return
        if sub.isdigit():
            yield from self._flat(int(sub), True)
        of_one = base not in WEIGHTS or self.last == 1
        for layer in self._by_letter(base) if of_one else range(1, self.last + 1):
            yield Reading(f"in layer {layer}, to, from", Ref("w", layer, both), self.last > 1)
            yield Reading(f"in layer {layer}, from, to", Ref("w", layer, turned), True)

    def _numbers(self, number: int, layers: tuple[Place, ...]) -> Iterator[Reading]:
        """Yield the readings of a weight by a single number."""
        for layer in layers:
            if isinstance(layer, int) and 1 <= layer <= self.last:
                yield self._in_layer(number, layer)
        if layers:
            return
        yield from self._flat(number, False)
        if self.last >= number:
            yield Reading("number of its layer", Ref("w", number, None), True)
            yield Reading("number of its layer, turned", Ref("w", number, None, True), True)

    def _in_layer(self, number: int, layer: int) -> Reading:
        fan = self.sizes[layer - 1]
        if self.sizes[layer] == 1:
            return Reading("source", Ref("w", layer, (1, number)))
        if fan == 1:
            return Reading("neuron", Ref("w", layer, (number, 1)))
        return Reading("counted in its layer", Ref("w", layer, ((number - 1) // fan + 1, (number - 1) % fan + 1)))

    def _flat(self, number: int, weak: bool) -> Iterator[Reading]:
        """Yield what number n is where weights are counted through: neuron by neuron, or source by source."""
        rest = number - 1
        for layer in range(1, self.last + 1):
            rows, columns = self.sizes[layer], self.sizes[layer - 1]
            if 0 <= rest < rows * columns:
                yield Reading("counted", Ref("w", layer, (rest // columns + 1, rest % columns + 1)), weak)
                yield Reading("counted by source", Ref("w", layer, (rest % rows + 1, rest // rows + 1)), True)
                return
            rest -= rows * columns

    def _by_letter(self, base: str) -> tuple[int, ...]:
        """Return which layer a letter is for, where each layer has a letter of its own: w or u, then v."""
        if self.last == 1:
            return (1,)
        return (self.last, 1) if base in ("v", "V") else (1, self.last)
