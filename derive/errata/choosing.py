"""How the author's names are meant: of all ways to read them, that by which most of what is printed comes true."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from derive.errata.findings import Named
from derive.errata.meaning import Meaning, Unclear, Value, letters_of
from derive.errata.naming import Ref, form
from derive.errata.numbers import Printed, printed
from derive.errata.reading import Placed
from derive.errata.world import LayeredWorld, World
from derive.expression import Var
from derive.read.written.tokens import GREEK
from derive.read.written.tree import EQUAL, Name, Node, Number, Power, Statement, names, numeric

MOST = 60  # statements that speak for or against a way
FORMS = 200  # of names that have several ways; nobody uses as many
SURE = 2  # statements more that must be true before names are read in another than the usual way
WIDE = 4  # of the interval of a printed number: evidence, not a verdict


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


def choose(world: World, placed: Sequence[Placed], told: Mapping[str, Ref] = {}) -> Chosen:
    """Return the ways of reading by which the document says most that is true."""
    layers = layer_digits(placed)
    if not isinstance(world, LayeredWorld):
        return Chosen({}, layers, told)
    seen = _forms(world, placed, layers, told)
    every = [statement for each in placed for statement in each.formula.statements if _speaks(statement)]
    by_form: dict[str, list[Statement]] = defaultdict(list)
    for statement in every:
        for key in {form(name) for side in statement.sides if side is not None for name in _names(side, layers)}:
            by_form[key].append(statement)
    ways: dict[str, str] = {}
    for key, found in seen.items():
        firm = [way for way, weak in found.items() if not weak]
        if firm:
            ways[key] = firm[0]
    spelled = _spelled(placed, layers)
    ways = {key: way for key, way in ways.items() if not _foreign(world, spelled[key], way)}
    strange = {key for key, found in seen.items() if any(not weak for weak in found.values()) and key not in ways}
    seen = {key: found for key, found in seen.items() if key not in strange}
    open_forms = [key for key, found in seen.items() if len(found) > 1 or key not in ways][:FORMS]
    # What has few ways is settled first, and helps with the others; a second round hears all of them.
    for _ in range(2):
        for key in sorted(open_forms, key=lambda key: (len(seen[key]), -len(by_form[key]))):
            _settle(world, key, seen[key], by_form[key][:MOST], ways, layers, told)
    return Chosen(ways, layers, told)


def _settle(
    world: World, key: str, found: Mapping[str, bool], statements: Iterable[Statement], ways: dict[str, str],
    layers: bool, told: Mapping[str, Ref],
) -> None:  # fmt: skip
    speaking = list(statements)
    best, score = ways.get(key), -(10**9)
    default = next((way for way, weak in found.items() if not weak), None)
    usual = 0  # what is true by the usual way
    for way, weak in found.items():
        chosen = Chosen({**ways, key: way}, layers, told)
        meaning = Meaning(world, chosen.ref(world), layers=layers)
        right = wrong = 0
        for statement in speaking:
            said = _truth(world, meaning, statement)
            right += said is True
            wrong += said is False
        points = 2 * right - 2 * wrong + (way == default)
        if way == default:
            usual = right
        elif default is not None and right < usual + SURE:
            continue  # one wrong statement is an error, and not another way of naming
        if weak and right <= wrong:
            continue
        if points > score:
            best, score = way, points
    if best is not None:
        ways[key] = best


def _foreign(world: LayeredWorld, spelled: Iterable[Name], way: str) -> bool:
    """Return whether names of one form go on where the network's end, b_3 and b_4: then they are not the network's."""
    here = missing = 0
    for name in spelled:
        refs = [reading.ref for reading in world.readings(name) if reading.way == way]
        letters = any(isinstance(place, str) for ref in refs for place in (ref.layer, *(ref.index or ())))
        gone = not refs or (not letters and world.resolve(refs[0], {}) is None)
        here, missing = here + (not gone), missing + gone
    return missing >= 2 and 3 * missing >= here


def _spelled(placed: Sequence[Placed], layers: bool) -> dict[str, list[Name]]:
    """Return the names of each form, each once, in the order of the document."""
    found: dict[str, Name] = {}
    for each in placed:
        for statement in each.formula.statements:
            for side in statement.sides:
                for name in _names(side, layers) if side is not None else ():
                    found.setdefault(name.plain, name)
    made: dict[str, list[Name]] = defaultdict(list)
    for name in found.values():
        made[form(name)].append(name)
    return made


def _forms(world: World, placed: Sequence[Placed], layers: bool, told: Mapping[str, Ref]) -> dict[str, dict[str, bool]]:
    """Return the forms of names in a document, each with its ways and whether these are weak."""
    seen: dict[str, dict[str, bool]] = {}
    done: set[str] = set()
    for each in placed:
        for statement in each.formula.statements:
            for side in statement.sides:
                if side is None:
                    continue
                for name in _names(side, layers):
                    if name.plain in done or name.plain in told:
                        continue
                    done.add(name.plain)
                    ways = seen.setdefault(form(name), {})
                    for reading in world.readings(name):
                        ways[reading.way] = ways.get(reading.way, True) and reading.weak
    return {key: ways for key, ways in seen.items() if ways}


def _names(side: Node, layers: bool) -> Iterable[Name]:
    yield from names(side)
    if layers:
        from derive.read.written.tree import walk

        for node in walk(side):
            if (
                isinstance(node, Power)
                and node.bare
                and isinstance(node.base, Name)
                and isinstance(node.exponent, Number)
            ):
                base = node.base
                if not base.sup:
                    yield Name(base.start, node.end, base.base, base.sub, node.exponent.text, base.accent, base.primes)


def _speaks(statement: Statement) -> bool:
    return len(statement.sides) > 1 and all(relation.sign in EQUAL for relation in statement.relations)


def _truth(world: World, meaning: Meaning, statement: Statement) -> bool | None:
    """Return whether a statement is true at the point, as far as doubles show it; None where it says nothing."""
    sides = [side for side in statement.sides if side is not None]
    number: Printed | None = next((shown for side in reversed(sides) if (shown := printed(side)) is not None), None)
    values: list[Value] = []
    for side in sides:
        if numeric(side):
            continue
        letters = letters_of(side, meaning.ref)
        bindings = (
            [{}] if not letters else [dict.fromkeys(letters, 1), {letter: n + 1 for n, letter in enumerate(letters)}]
        )
        for binding in bindings:
            try:
                values.append(meaning.of(side, binding))
                break
            except (Unclear, RecursionError):
                continue
        else:
            return None
        if letters and len(sides) > 1:
            break
    if not values:
        return None
    head = values[0]
    if isinstance(head, tuple):
        return _tables(world, head, values[1:], sides)
    here, near = world.value(head), world.near(head)
    if here is None:
        return None
    if number is not None and not _close(number, world.exact(head)):
        # A parameter after the update goes by its old name, often.
        updated = (
            Var(head.kind + "+", head.layer, head.index) if isinstance(head, Var) and head.kind in ("w", "b") else None
        )
        if updated is None or not _close(number, world.exact(updated)):
            return False
    said = number is not None
    for other in values[1:]:
        if isinstance(other, tuple):
            return False
        that, there = world.value(other), world.near(other)
        if that is None:
            continue
        said = True
        if not _same(float(here.value), float(that.value)):
            return False
        if near is not None and there is not None and not _same(float(near.value), float(there.value)):
            return False
    return True if said else None


def _tables(world: World, head: Value, others: Sequence[Value], sides: Sequence[Node]) -> bool | None:
    """Return whether matrices are equal at the point."""
    assert isinstance(head, tuple)
    shape = len(head), len(head[0])
    plain = Meaning(world, lambda name: None)
    for side in sides:
        if numeric(side) and printed(side) is None:
            try:
                found = plain.of(side)
            except (Unclear, RecursionError):
                continue
            others = [*others, found]
    said = None
    for other in others:
        if not isinstance(other, tuple):
            return False
        if (len(other), len(other[0])) != shape:
            if 1 in shape and (len(other[0]), len(other)) == shape:
                other = tuple(zip(*other, strict=True))
            else:
                return False
        for row, mine in zip(other, head, strict=True):
            for e, f in zip(row, mine, strict=True):
                a, b = world.value(e), world.value(f)
                if a is None or b is None:
                    continue
                if abs(float(a.value) - float(b.value)) > 2e-3 * max(1e-3, abs(float(b.value))):
                    return False
                said = True
    return said


def _close(shown: Printed, value: Fraction | None) -> bool:
    if value is None:
        return False
    return abs(value - shown.value) <= max(WIDE * shown.half, abs(value) / 10**6)


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-12)


def told(world: World, chosen: Chosen, placed: Sequence[Placed]) -> tuple[Named, ...]:
    """Return what names were taken for, where that cannot be seen at once."""
    found: dict[str, Named] = {}
    ref = chosen.ref(world)
    for each in placed:
        for statement in each.formula.statements:
            for name in [name for side in statement.sides if side is not None for name in _names(side, chosen.layers)]:
                meant = ref(name)
                if name.plain in found or meant is None or name.plain in world.own:
                    continue
                value = world.resolve(meant, {})
                if not isinstance(value, Var) or _alike(name.plain, world.label(value)):
                    continue
                usual = next(iter(world.readings(name)), None)
                if name.plain in chosen.told:
                    why = "you said so"
                elif usual is not None and usual.ref == meant:
                    why = ""
                else:
                    why = "so most of what the document says is true"
                found[name.plain] = Named(name.plain, world.label(value), why)
    return tuple(found.values())


def _alike(written: str, label: str) -> bool:
    def plain(text: str) -> str:
        text = "".join(GREEK.get(c, c) for c in text)
        return re.sub(r"[^A-Za-z0-9+]", "", text)

    return plain(written) == plain(label)
