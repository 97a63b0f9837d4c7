"""By how much a result may be off because what it is made of was rounded."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derive.errata.numbers import SHORT, halves, long, moved
from derive.errata.record.memory import Memory
from derive.errata.record.sides import Side
from derive.errata.world import World

MORE = Fraction(101, 100)
"""Effects of the second order are allowed for with so much."""


class Rounding:
    """Tells roundings from other differences, with what a document has said so far."""

    def __init__(self, world: World, memory: Memory) -> None:
        self.world, self.memory = world, memory

    def of_inserted(self, side: Side) -> Fraction:
        """Return by how much numbers may be off because what was put in is rounded: all that is not given so."""
        sure = self.memory.given_values() | self.memory.exact
        return self._off(side, [(n, half) for n, half in halves(side.node).items() if n not in sure or long(n, half)])

    def of_decimals(self, side: Side) -> Fraction:
        """Return by how much a result may be off because decimals in it are likely to be rounded: the long ones."""
        given = self.memory.given_values()
        found = halves(side.node).items()
        return self._off(
            side, [(n, half) for n, half in found if long(n, half) or (long(n, half, SHORT) and n not in given)]
        )

    def of_new(self, side: Side, before: Side) -> Fraction:
        """Return by how much a result may be off because what stands in it and not in the side before is rounded."""
        known = halves(before.node)
        return self._off(side, [(n, half) for n, half in halves(side.node).items() if n not in known or long(n, half)])

    def _off(self, side: Side, decimals: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
        """Return by how much a side is off where each of these is off by half a unit of its last digit."""
        value = side.expr
        base = self.world.exact(value) if value is not None else None
        if value is None or base is None:
            return Fraction(0)
        total = Fraction(0)
        for number, half in decimals:
            made = self.world.exact(moved(value, {number: number + half}))
            if made is not None:
                total += abs(made - base)
        return total * MORE
