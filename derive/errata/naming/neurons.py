"""Readings of what neurons have: net inputs, outputs, error signals; inputs, targets, errors of outputs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.errata.naming.refs import Place, Reading, Ref, Shape
from derive.errata.naming.scripts import number_or_letter, place, unit
from derive.errata.naming.words import INPUT, OUTPUT

_DEEP = re.compile(r"h(\d+),(\d+)")
_DEEP_CLOSE = re.compile(r"h(\d)(\d)")
_LAYER_FIRST = re.compile(r"(\d|l),?(\d|[jki])")


class Neurons:
    """Readings of names of what neurons have."""

    def __init__(self, shape: Shape) -> None:
        self._shape, self.last = shape, shape.last

    def ends(self, kind: str, sub: str, layers: tuple[Place, ...]) -> Iterator[Reading]:
        """Yield readings of inputs, targets and errors of outputs: x, t, E."""
        layer = 0 if kind == "x" else self.last
        if (kind == "E" and not sub) or (kind == "x" and layers and layers != (0,)):
            return
        if not sub:
            yield Reading("all", Ref(kind, layer, None))
            return
        where = place(sub)
        if (one := unit(sub)) is not None:
            if (one.role == INPUT) != (kind == "x") or one.role == 1:
                return
            where = one.place
        if where is not None:
            yield Reading("one", Ref(kind, layer, (where,)))

    def readings(self, kind: str, role: str, sub: str, layers: tuple[Place, ...]) -> Iterator[Reading]:
        """Yield readings of net inputs, outputs and error signals. role: "h" or "o" where the letter says it."""
        deep = _DEEP.fullmatch(sub) or (_DEEP_CLOSE.fullmatch(sub) if self.last > 2 else None)
        if deep is not None:
            yield Reading("unit", Ref(kind, int(deep[1]), (int(deep[2]),)))
            return
        one = unit(sub)
        if one is not None and one.letter not in ("x", "y"):
            yield from self._unit(kind, one.role, one.place)
            return
        if sub in ("h", "o", "hidden", "output") and not layers:
            yield Reading("all of a role", Ref(kind, self.last if sub[0] == "o" else 1, None))
            return
        if role and not layers:
            if role == "h" and self.last < 2:
                return
            layers = (self.last if role == "o" else 1,)
        where = place(sub)
        if sub and where is None:
            both = _LAYER_FIRST.fullmatch(sub) if not layers else None
            if both is not None:  # a_{1,2}: layer and neuron
                ref = Ref(kind, number_or_letter(both[1]), (number_or_letter(both[2]),))
                yield Reading("layer and neuron", ref, True)
            return
        index = None if where is None else (where,)
        if layers:
            for layer in layers:
                yield from self._in_layer(kind, layer, index)
        elif self.last == 1:
            yield Reading("the layer", Ref(kind, 1, index))
        else:
            yield from self._anywhere(kind, where)

    def _unit(self, kind: str, role: int, where: Place) -> Iterator[Reading]:
        """Yield the reading of a neuron that is named by its role."""
        if role == INPUT:
            if kind == "out":
                yield Reading("input", Ref("x", 0, (where,)))
        elif role == OUTPUT:
            yield Reading("unit", Ref(kind, self.last, (where,)))
        elif self.last >= 2:
            yield Reading("unit", Ref(kind, 1, (where,)))

    def _in_layer(self, kind: str, layer: Place, index: tuple[Place, ...] | None) -> Iterator[Reading]:
        """Yield the readings of a neuron, or of all, in a layer that is written."""
        if layer == 0 and kind == "out":
            yield Reading("layers from 0", Ref("x", 0, index))
        else:
            yield Reading("layer", Ref(kind, layer, index))
        if isinstance(layer, int) and layer >= 1:  # layers counted from 1 at the inputs
            if layer == 1 and kind == "out":
                yield Reading("layers from 1", Ref("x", 0, index), True)
            elif layer >= 2:
                yield Reading("layers from 1", Ref(kind, layer - 1, index), True)

    def _anywhere(self, kind: str, where: Place | None) -> Iterator[Reading]:
        """Yield the readings of a neuron, or of all, whose layer is not written."""
        if where is None:
            for layer in range(self.last, 0, -1):
                yield Reading(f"layer {layer}", Ref(kind, layer, None), True)
            return
        if isinstance(where, int):
            yield Reading("counted on", self._shape.counted(kind, where), True)
        for layer in range(1, self.last + 1):
            yield Reading(f"in layer {layer}", Ref(kind, layer, (where,)), True)
        if isinstance(where, int):
            yield Reading("number of its layer", Ref(kind, where, None), True)
