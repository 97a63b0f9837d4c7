"""Equations with index letters: each holds for all neurons that it may be about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product as every

from msgspec import Struct

from derive.check.verdict import Refuted, Undecided, Verdict, combine
from derive.errata.causes import Causes
from derive.errata.findings import Level
from derive.errata.judging.refuting import Refuting
from derive.errata.meaning import STAND_IN, Unclear, Value, index_letters, letters_of
from derive.errata.record import NESTED, Anchor, Record, Side, Where, kind_of, spelled
from derive.expression import Num
from derive.read.written import tree
from derive.read.written.tree import Name, Node, numeric

INSTANCES = 400  # of one formula with index letters
TRIED = 4 * INSTANCES  # ways to put numbers for letters


class Instance(Struct, frozen=True):
    """One side of an equation for some neurons: the verdict on it, what the left side is there, and what it is."""

    verdict: Verdict
    head: Value
    value: Value

    @property
    def wrong(self) -> bool:
        return isinstance(self.verdict, Refuted)


class Families:
    """Judges equations with index letters, with what the document has said so far."""

    def __init__(self, record: Record, causes: Causes) -> None:
        self.world, self.meaning, self.claims = record.world, record.meaning, record.claims
        self.comparing = record.comparing
        self._refuting = Refuting(record, causes)

    def judge(self, where: Where) -> bool:
        """Judge a statement with index letters. Returns whether it is one: it is left to others if not."""
        sides = [side for side in where.statement.sides if side is not None]
        letters: dict[str, None] = {}
        for side in sides:
            letters |= letters_of(side, self.meaning.ref)
        if self.world.open and not letters and not all(map(numeric, sides)):
            letters = _open_letters(sides)
        if not letters or len(sides) < 2:
            return False
        head, *others = sides
        found, reason = self._instances(head, others, tuple(letters))
        for side, instances in zip(others, found, strict=True):
            self._side(where, side, instances, spelled(head), reason)
        return True

    def _bindings(self, letters: Sequence[str]) -> Iterator[Mapping[str, int]]:
        """Yield numbers for index letters, in every combination as far as there are not too many."""
        places = self.world.letters()
        if self.world.open and places.stop <= 1:
            places = range(1, STAND_IN + 1)
        for _, chosen in zip(range(TRIED), every(places, repeat=len(letters)), strict=False):
            yield dict(zip(letters, chosen, strict=True))

    def _instances(
        self, head: Node, others: Sequence[Node], letters: Sequence[str]
    ) -> tuple[list[list[Instance]], str]:
        """Return the verdicts on each side but the first, for all neurons; and why some of it is unclear."""
        found: list[list[Instance]] = [[] for _ in others]
        reason = ""
        for binding in self._bindings(letters):
            if sum(map(len, found)) > INSTANCES:
                break
            try:
                left = self.meaning.of(head, binding)
            except (Unclear, RecursionError) as unclear:
                if isinstance(unclear, Unclear) and not unclear.missing:
                    reason = unclear.why
                continue
            for side, instances in zip(others, found, strict=True):
                try:
                    value = self.meaning.of(side, binding)
                    instances.append(Instance(self.comparing.equal(left, value), left, value))
                except RecursionError:
                    reason = reason or NESTED
                except Unclear as unclear:
                    if not unclear.missing:
                        reason = reason or unclear.why
        return found, reason

    def _side(self, where: Where, side: Node, found: Sequence[Instance], name: str, reason: str) -> None:
        """Add the claim that a side makes for all neurons."""
        if not found:
            self.claims.undecided(where, side, reason or "there are no such neurons", Anchor(Num(Fraction(0)), name))
            return
        anchor = Anchor(found[0].head, name)
        wrong = next((each for each in found if each.wrong), None)
        if wrong is None:
            verdict = combine(each.verdict for each in found)
            if isinstance(verdict, Undecided):
                self.claims.undecided(where, side, verdict.doubt.value, anchor)
            else:
                self.claims.add(where, side, Level.EQUALITY, kind_of(verdict), anchor)
        elif not all(each.wrong for each in found):
            # It holds for some: then it may be meant for these only.
            self.claims.undecided(where, side, "it holds for some of the neurons only", anchor)
        else:
            self._refuting.formula(where, Side(side, False, wrong.value), Anchor(wrong.head, name), general=True)


def _open_letters(sides: Sequence[Node]) -> dict[str, None]:
    """Return the index letters of names that only the document knows, where a sum runs over others of its kind."""
    if not any(isinstance(each, tree.BigSum) for side in sides for each in tree.walk(side)):
        return {}
    found: dict[str, None] = {}

    def look(node: Node, inside: frozenset[str]) -> None:
        if isinstance(node, tree.BigSum):
            inside = inside | {node.letter.strip("()")}
        name = node if isinstance(node, Name) else node.name if isinstance(node, tree.Of) else None
        if name is not None:
            found.update(dict.fromkeys(letter for letter in index_letters(name) if letter not in inside))
        for part in tree.parts(node):
            look(part, inside)

    for side in sides:
        look(side, frozenset())
    return found
