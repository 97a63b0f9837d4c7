"""The way in which the names of each form are read, and the names that are read at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from derive.errata.meaning import labelled
from derive.errata.naming import Ref, form
from derive.errata.reading import Placed
from derive.errata.world import World
from derive.read.written.tree import Name, Node, Number, Power, names, walk


class Chosen(Struct, frozen=True):
    """Which way the names of each form are read. layers: whether digits raised behind names are layers.

    told: names that the user has given a meaning, by their plain text.
    """

    ways: Mapping[str, str]
    layers: bool = False
    told: Mapping[str, Ref] = {}

    def ref(self, world: World) -> Callable[[Name], Ref | None]:
        """Return what a name is taken to stand for."""

        def find(name: Name) -> Ref | None:
            if name.plain in self.told:
                return self.told[name.plain]
            readings = world.readings(name)
            if not readings:
                return None
            way = self.ways.get(form(name))
            if way is None:
                return readings[0].ref if not readings[0].weak else None
            return next((reading.ref for reading in readings if reading.way == way), None)

        return find


def layer_digits(placed: Sequence[Placed]) -> bool:
    """Return whether a digit raised behind a name is the number of a layer: nobody defines the square of something."""
    for each in placed:
        for statement in each.formula.statements:
            left = statement.sides[0]
            if isinstance(left, Power) and left.bare and isinstance(left.exponent, Number) and statement.relations:
                return True
    return False


def names_in(side: Node, layers: bool) -> Iterator[Name]:
    """Yield the names in a formula; a¹ as one too, where digits raised behind names are layers."""
    yield from names(side)
    if layers:
        for node in walk(side):
            if isinstance(node, Power) and (name := labelled(node)) is not None:
                yield name


def all_names(placed: Sequence[Placed], layers: bool) -> list[Name]:
    """Return the names in a document, each once, as it stands there first."""
    found: dict[str, Name] = {}
    for each in placed:
        for statement in each.formula.statements:
            for side in statement.sides:
                for name in names_in(side, layers) if side is not None else ():
                    found.setdefault(name.plain, name)
    return list(found.values())
