"""The values of all quantities: what a wrong number may be instead."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from derive.errata.numbers import Printed, long_decimal
from derive.errata.showing import shown
from derive.errata.world import World
from derive.expression import Expr


class Values:
    """The values of all quantities of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """The values of all quantities by their names, to 40 digits; none that is 0."""
        found: dict[str, str] = {}
        for quantity in self.world.quantities():
            value = self.world.exact(quantity)
            if value:
                found.setdefault(shown(quantity, self.world), long_decimal(value))
        return found

    def twin(self, quantity: Expr, printed: Printed) -> Expr | None:
        """Return another quantity of the same kind whose value a number is; None for none."""
        for other in self.world.alternatives(quantity):
            value = self.world.exact(other)
            if value is not None and (value == printed.value or (printed.half and printed.rounds(value))):
                return other
        return None
