"""Why a formula is wrong: the smallest change that makes it right."""

from __future__ import annotations

from collections.abc import Iterator

from derive.errata import chains
from derive.errata.causes.edits import LARGE, Edits
from derive.errata.causes.parts import PARTS, parts, slopes
from derive.errata.findings import Cause
from derive.errata.meaning import size
from derive.errata.record import UNEXPLAINED, Anchor, Explanation, Record, Side, entries, shape
from derive.errata.repair import repairs
from derive.errata.showing import shown
from derive.errata.world import FREE, Table, transposed
from derive.expression import Add, Diff, Expr, Num, Var, names, rename

BUDGET = 1500  # changes of one formula that are tried
TERMS = 8  # of a sum of which one may be missing


class Formulas:
    """Looks for what explains a wrong formula."""

    def __init__(self, record: Record, edits: Edits) -> None:
        self.world, self.claims = record.world, record.claims
        self.memory, self.comparing = record.memory, record.comparing
        self._edits = edits

    def explain(self, anchor: Anchor, side: Side) -> Explanation:
        """Return what explains a wrong formula."""
        value, target = side.value, anchor.value
        if isinstance(value, tuple) and isinstance(target, tuple):
            return self._tables(value, target)
        if value is None or isinstance(value, tuple) or isinstance(target, tuple):
            return UNEXPLAINED
        found = self._repaired(value, target)
        if (broken := chains.broken(value, target, self.world)) is not None:
            detail = " · ".join(shown(each, self.world) for each in broken)
            return Explanation(Cause.CHAIN, detail, correct=found.correct if found else "")
        if found is None and anchor.functions and isinstance(target, Diff):
            found = self._of_the_argument(value, target)
        return found or self._following(anchor, value) or UNEXPLAINED

    def _following(self, anchor: Anchor, value: Expr) -> Explanation | None:
        """Return that a formula follows from a wrong one before it, if it is the same."""
        before = anchor.formula.expr if anchor.formula is not None else None
        if before is not None and self.claims.is_wrong(anchor.claim) and self.comparing.same(before, value):
            return self.claims.following(anchor.claim)
        return None

    def _of_the_argument(self, value: Expr, target: Expr) -> Explanation | None:
        """Return that σ′(z) was written as z (1 − z) where it is σ(z) (1 − σ(z)), or the other way round."""
        free = [name for name in dict.fromkeys(names(value)) if name.kind == FREE]
        if len(free) != 1:
            return None
        (at,) = free
        for word in ("sigmoid", "tanh"):
            put = _put(value, at, self.world.activated(word, at))
            if self.comparing.same(put, target):
                return Explanation(Cause.SLOPE_OF, self.world.label(at), correct=shown(put, self.world))
        return None

    def _tables(self, value: Table, target: Table) -> Explanation:
        """Return what explains a wrong matrix: that it lies the wrong way, or what mends its first wrong entry."""
        other = transposed(value)
        if shape(other) == shape(target) and all(map(self.comparing.same, entries(other), entries(target))):
            return Explanation(Cause.OPERATION, "ᵀ")
        if shape(value) == shape(target):
            for e, right in zip(entries(value), entries(target), strict=True):
                if not self.comparing.same(e, right):
                    return self._repaired(e, right) or UNEXPLAINED
        return UNEXPLAINED

    def _repaired(self, value: Expr, target: Expr) -> Explanation | None:
        """Return the smallest change that makes a formula equal to a quantity; None where no single one does."""
        if size(value, LARGE) > LARGE:
            return None
        lacking: list[Expr] = []
        several: list[Expr] = []
        for right in self._rights(target):
            if (missing := self._missing(value, right)) is not None:
                return missing
            lacking += slopes(right)
            several += parts(right)
        if isinstance(target, Diff):
            several += [each for each in self.world.quantities() if isinstance(each, Diff) and each.local]
        pieces = list(dict.fromkeys([*lacking, *several]))[:PARTS]
        found = repairs(value, lambda e: self.comparing.same(e, target), self.world.alternatives, pieces, BUDGET)
        return self._edits.told(found[0]) if found else None

    def _rights(self, target: Expr) -> Iterator[Expr]:
        """Yield the right formulas for a quantity."""
        formula = self.memory.formulas.get(target)
        defined = (
            self.world.definitions[target] if isinstance(target, Var) and target in self.world.definitions else None
        )
        for right in (self.world.formula(target), defined, formula.expr if formula is not None else None):
            if right is not None and not isinstance(right, Var | Num):
                yield right

    def _missing(self, value: Expr, right: Expr) -> Explanation | None:
        """Return what is missing of a sum of which a formula is all the rest."""
        if not isinstance(right, Add) or len(right.args) > TERMS:
            return None
        for at, term in enumerate(right.args):
            rest = right.args[:at] + right.args[at + 1 :]
            if self.comparing.same(value, rest[0] if len(rest) == 1 else Add(rest)):
                return Explanation(Cause.TERM_MISSING, shown(term, self.world), correct=shown(right, self.world))
        return None


def _put(e: Expr, at: Var, made: Expr) -> Expr:
    """Return a formula with another one for a name."""
    return rename(e, lambda name: made if name == at else name)
