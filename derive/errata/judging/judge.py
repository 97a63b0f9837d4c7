"""The way through the statements of a document, and through the numbers that it gives without a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derive.errata.causes import Causes
from derive.errata.findings import Claim
from derive.errata.judging.chain import Chain
from derive.errata.judging.definitions import Definitions
from derive.errata.judging.families import Families
from derive.errata.judging.heads import Heads
from derive.errata.judging.quoted import Quoted
from derive.errata.meaning import Meaning, Unclear
from derive.errata.naming import Ref
from derive.errata.reading import Placed
from derive.errata.record import Anchor, Record, Where, spelled
from derive.errata.surroundings import Surroundings
from derive.errata.world import World
from derive.read.written.tree import EQUAL, Name, Statement

GAP = 12  # characters between a formula and another that goes on with it
PARTING = ("→", "∼", "∝")
"""Relations behind which a chain of equations may begin that has nothing to do with what stands before."""


class Judge:
    """Goes through a document, and keeps what was made of it.

    ref(name) is what a name was taken to stand for; layers: whether a raised digit is the number of a layer.
    around: the document around its formulas.
    """

    def __init__(
        self,
        world: World,
        ref: Callable[[Name], Ref | None],
        layers: bool,
        placed: Sequence[Placed],
        around: Surroundings,
    ) -> None:
        self.world, self.placed, self.around = world, placed, around
        self.meaning = Meaning(world, ref, layers=layers)
        self.record = record = Record(world, self.meaning)
        causes = Causes(record)
        self.quoted = Quoted(record, causes)
        self._heads, self._families = Heads(record), Families(record, causes)
        self._chain = Chain(record, causes, around)
        self._definitions = Definitions(record, causes, self._chain)
        self._last: tuple[int, Anchor | None] = (-2, None)

    @property
    def claims(self) -> list[Claim]:
        """All claims so far."""
        return self.record.claims.all

    @property
    def exponent(self) -> int:
        """The chance of a false proof so far is below 2^exponent; 0 for no proofs by chance."""
        return self.record.comparing.exponent

    def formula(self, number: int) -> None:
        """Judge all statements of a formula, by its number among the formulas of the document."""
        placed = self.placed[number]
        self.record.memory.steps = self.around.steps(placed)
        anchor = self._carried(number)
        for statement in placed.formula.statements:
            anchor = self._statement(Where(placed, statement), anchor)
        self._last = (number, anchor)

    def _carried(self, number: int) -> Anchor | None:
        """Return what the formula right before this one was about, for a formula that goes on with a relation."""
        before, anchor = self._last
        if before != number - 1 or anchor is None:
            return None
        here, there = self.placed[number], self.placed[before]
        if here.display and there.display:
            return anchor
        between = self.around.between(there, here)
        return anchor if between is not None and len(between) <= GAP else None

    def _statement(self, where: Where, carried: Anchor | None) -> Anchor | None:
        """Judge one statement, and return what it was about. carried: what that before it was about."""
        statement = where.statement
        first = statement.sides[0]
        if not statement.relations:
            return self._alone(where, carried)
        if any(relation.sign not in EQUAL for relation in statement.relations):
            return self._unequal(where, carried)
        if first is None:
            if carried is None:
                self.record.claims.unclear(where, "what stands on the left side is not to be found")
                return None
            return self._chain.sides(where, where.rest, carried)
        if self._families.judge(where):
            return None
        anchor = self._heads.of(where, first)
        if anchor is None:
            return self._definitions.without_head(where, first)
        if self._definitions.only_given(where, anchor):
            return anchor
        return self._chain.sides(where, where.rest, anchor)

    def _alone(self, where: Where, carried: Anchor | None) -> Anchor | None:
        """Return what a formula without a relation is about: what follows may go on with it."""
        side = where.statement.sides[0]
        if side is None:
            return carried
        try:
            return Anchor(self.meaning.of(side), spelled(side))
        except (Unclear, RecursionError):
            return None

    def _unequal(self, where: Where, carried: Anchor | None) -> Anchor | None:
        """Judge the equations in a statement in which other relations stand as well."""
        statement = where.statement
        sides, relations = statement.sides, statement.relations
        at = next(at for at, relation in enumerate(relations) if relation.sign not in EQUAL)
        parting = relations[at]
        if at > 0:
            before = Statement(statement.start, parting.start, sides[: at + 1], relations[:at])
            self._statement(where.of(before), carried)
        if len(sides) > at + 2 and parting.sign in PARTING:
            after = Statement(parting.end, statement.end, sides[at + 1 :], relations[at + 1 :])
            return self._statement(where.of(after), None)
        return None
