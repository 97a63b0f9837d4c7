"""Chooses how the names of each form are read: the document's own numbers and formulas say in which way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from derive.errata.choosing.chosen import Chosen, all_names, layer_digits, names_in
from derive.errata.choosing.truth import truth
from derive.errata.meaning import Meaning
from derive.errata.naming import Ref, form
from derive.errata.reading import Placed
from derive.errata.world import LayeredWorld, World
from derive.read.written.tree import EQUAL, Name, Statement

MOST = 60  # statements that speak for or against a way
FORMS = 200  # of names that have several ways; nobody uses as many
SURE = 2  # statements more that must be true before names are read in another than the usual way
ROUNDS = 2

Ways = Mapping[str, bool]
"""The ways of reading the names of one form, and whether each is weak."""


def choose(world: World, placed: Sequence[Placed], told: Mapping[str, Ref] = {}) -> Chosen:
    """Return the ways of reading by which the document says most that is true."""
    layers = layer_digits(placed)
    if not isinstance(world, LayeredWorld):
        return Chosen({}, layers, told)
    return _Choosing(world, placed, layers, told).choose()


class _Choosing:
    """Chooses ways of reading in a layered network."""

    def __init__(self, world: LayeredWorld, placed: Sequence[Placed], layers: bool, told: Mapping[str, Ref]) -> None:
        self.world, self.layers, self.told = world, layers, told
        self._names: dict[str, list[Name]] = defaultdict(list)  # of each form, in the order of the document
        for name in all_names(placed, layers):
            self._names[form(name)].append(name)
        self._statements: dict[str, list[Statement]] = defaultdict(list)
        for statement in (statement for each in placed for statement in each.formula.statements):
            if len(statement.sides) > 1 and all(relation.sign in EQUAL for relation in statement.relations):
                for key in self._forms_in(statement):
                    self._statements[key].append(statement)

    def _forms_in(self, statement: Statement) -> dict[str, None]:
        sides = [side for side in statement.sides if side is not None]
        return dict.fromkeys(form(name) for side in sides for name in names_in(side, self.layers))

    def choose(self) -> Chosen:
        """Return the best way for each form."""
        seen = {key: ways for key, names in self._names.items() if (ways := self._ways(names))}
        chosen: dict[str, str] = {}
        for key, ways in list(seen.items()):
            firm = _firm(ways)
            if firm is not None and self._foreign(self._names[key], firm):
                del seen[key]
            elif firm is not None:
                chosen[key] = firm
        several = [key for key, ways in seen.items() if len(ways) > 1 or key not in chosen][:FORMS]
        # What has few ways is settled first, and helps with the others; a second round hears all of them.
        several.sort(key=lambda key: (len(seen[key]), -len(self._statements[key])))
        for _ in range(ROUNDS):
            for key in several:
                best = self._best(key, seen[key], chosen)
                if best is not None:
                    chosen[key] = best
        return Chosen(chosen, self.layers, self.told)

    def _ways(self, names: Iterable[Name]) -> dict[str, bool]:
        """Return the ways to read names of one form, without those that the user has given a meaning."""
        ways: dict[str, bool] = {}
        for name in names:
            for reading in self.world.readings(name) if name.plain not in self.told else ():
                ways[reading.way] = ways.get(reading.way, True) and reading.weak
        return ways

    def _foreign(self, names: Iterable[Name], way: str) -> bool:
        """Return whether names of one form go on where the network's end, b_3 and b_4: then they are not its own."""
        here = missing = 0
        for name in names:
            refs = [reading.ref for reading in self.world.readings(name) if reading.way == way]
            letters = any(isinstance(place, str) for ref in refs for place in (ref.layer, *(ref.index or ())))
            gone = not refs or (not letters and self.world.resolve(refs[0], {}) is None)
            here, missing = here + (not gone), missing + gone
        return missing >= 2 and 3 * missing >= here

    def _best(self, key: str, ways: Ways, chosen: Mapping[str, str]) -> str | None:
        """Return the way by which most is true that is said of names of one form, given how others are read."""
        best, most = chosen.get(key), -(10**9)
        default = _firm(ways)
        usual = 0  # what is true by the usual way
        for way, weak in ways.items():
            right, wrong = self._evidence(key, Chosen({**chosen, key: way}, self.layers, self.told))
            points = 2 * right - 2 * wrong + (way == default)
            if way == default:
                usual = right
            elif default is not None and right < usual + SURE:
                continue  # one wrong statement is an error, and not another way of naming
            if (not weak or right > wrong) and points > most:
                best, most = way, points
        return best

    def _evidence(self, key: str, chosen: Chosen) -> tuple[int, int]:
        """Return how many statements about names of one form are true, and how many false."""
        meaning = Meaning(self.world, chosen.ref(self.world), layers=self.layers)
        said = [truth(self.world, meaning, statement) for statement in self._statements[key][:MOST]]
        return said.count(True), said.count(False)


def _firm(ways: Ways) -> str | None:
    """Return the most usual way that is not weak."""
    return next((way for way, weak in ways.items() if not weak), None)
