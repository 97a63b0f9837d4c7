"""One side of a statement after another: each is judged against all that stands before it in its chain."""

from __future__ import annotations

from collections.abc import Iterable

from derive.errata.causes import Causes
from derive.errata.judging.equalities import Equalities
from derive.errata.judging.matrices import Matrices
from derive.errata.judging.results import Results
from derive.errata.record import Anchor, Record, Side, Where
from derive.errata.surroundings import Surroundings
from derive.read.written.tree import Node


class Chain:
    """Judges the sides of statements whose left side is understood."""

    def __init__(self, record: Record, causes: Causes, around: Surroundings) -> None:
        self.world, self.meaning, self.claims = record.world, record.meaning, record.claims
        self._matrices, self._results = Matrices(record, causes), Results(record, causes)
        self._equalities = Equalities(record, causes, around)

    def sides(self, where: Where, nodes: Iterable[Node], anchor: Anchor) -> Anchor:
        """Judge sides one after another. Return what the last of them leaves to go on with."""
        for node in nodes:
            anchor = self.side(where, node, anchor)
        return anchor

    def side(self, where: Where, node: Node, anchor: Anchor) -> Anchor:
        """Judge one side. Return what it leaves to go on with."""
        with self.meaning.letting(anchor.functions):
            side = Side.compiled(node, self.meaning)
        value = anchor.expr
        if side.value is None:
            self.claims.undecided(where, node, side.why, anchor)
            if (
                not side.numeric
                and not anchor.updated
                and value is not None
                and self.world.given_value(value) is not None
            ):
                return Anchor(self.world.free("…"))  # the name is another one: what follows is judged by itself
            return anchor
        if not side.numeric:
            return self._equalities.judge(where, side, side.value, anchor)
        if isinstance(side.value, tuple):
            return self._matrices.judge(where, side, side.value, anchor)
        if value is None:
            self.claims.undecided(where, node, "a number for a vector or a matrix", anchor)
            return anchor
        return self._results.judge(where, side, value, anchor)
