"""Formulas that are wrong: what is said of them, and where in them the fault is."""

from __future__ import annotations

from derive.errata import chains
from derive.errata.causes import Causes
from derive.errata.findings import Cause, Level
from derive.errata.meaning import Unclear, Value
from derive.errata.record import CONTRARY, UNEXPLAINED, Anchor, Correction, Explanation, Record, Side, Where
from derive.errata.showing import shown
from derive.expression import Diff, Expr
from derive.read.written import tree
from derive.read.written.tree import Derivative, Name, Node


class Refuting:
    """Adds claims that formulas are wrong, as far as that is believed."""

    def __init__(self, record: Record, causes: Causes) -> None:
        self.world, self.meaning, self.claims = record.world, record.meaning, record.claims
        self.believing, self.causes = record.believing, causes

    def formula(self, where: Where, side: Side, anchor: Anchor, *, general: bool = False) -> None:
        """Add a claim that a formula is wrong; undecided where that is rather an error of ours.

        general: whether its letters may be those of some other network.
        """
        found = self.causes.formula(anchor, side)
        general = general or any(isinstance(each, tree.BigSum) for each in tree.walk(side.node))
        sure = side.expr is None or chains.plain(side.expr, self.world)
        if found.cause is Cause.CHAIN and self.world.open and not sure:
            found = UNEXPLAINED
        if self.believing.doubtful(found, anchor.value) or (general and found.cause is Cause.UNEXPLAINED):
            self.claims.undecided(where, side.node, CONTRARY, anchor)
            return
        level, node = Level.EQUALITY, side.node
        if found.cause is Cause.CHAIN:
            level = Level.STRUCTURE
            broken = chains.broken(side.expr, anchor.value, self.world) if side.expr is not None else None
            node = self._factor(node, broken) if broken is not None else node
        correction = Correction(self.claims.text(side.value), found.correct or self._right(anchor.value))
        self.claims.wrong(where, node, level, anchor, correction, found)

    def chain(self, where: Where, side: Side, anchor: Anchor, broken: tuple[Expr, Expr]) -> None:
        """Add a claim that a chain is wrong: these two factors do not cancel."""
        explained = Explanation(Cause.CHAIN, " · ".join(shown(each, self.world) for each in broken))
        correction = Correction(self.claims.text(side.value), self._right(anchor.value))
        self.claims.wrong(where, self._factor(side.node, broken), Level.STRUCTURE, anchor, correction, explained)

    def _factor(self, node: Node, broken: tuple[Expr, Expr]) -> Node:
        """Return the factor of a chain that does not fit its neighbour: its own ends do not belong together."""
        found: list[tuple[Node, Expr]] = []
        for each in tree.walk(node):
            if isinstance(each, Derivative | Name):
                try:
                    value = self.meaning.of(each)
                except (Unclear, RecursionError):
                    continue
                if not isinstance(value, tuple) and value in broken:
                    found.append((each, value))
        zero = [each for each, value in found if isinstance(value, Diff) and self.world.exact(value) == 0]
        return zero[0] if zero else found[0][0] if found else node

    def _right(self, value: Value) -> str:
        """Return the right formula for a quantity, as plain text; "" where there is none."""
        return "" if isinstance(value, tuple) else self.claims.text(self.world.formula(value))
