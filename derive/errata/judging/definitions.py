"""Statements that say what a name is: its formula, its numbers, or a value that is given."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.check.verdict import Refuted
from derive.errata.causes import Causes
from derive.errata.findings import Level
from derive.errata.judging.chain import Chain
from derive.errata.meaning import Unclear
from derive.errata.numbers import Printed, printed
from derive.errata.record import NESTED, Anchor, Record, Side, Where
from derive.errata.world import FREE
from derive.expression import Expr, Num, Var
from derive.read.written import tree
from derive.read.written.tree import Name, Node, numeric


class Definitions:
    """Judges statements whose left side is a name that is new, or one whose value is given."""

    def __init__(self, record: Record, causes: Causes, chain: Chain) -> None:
        self.world, self.meaning, self.claims = record.world, record.meaning, record.claims
        self.comparing, self.causes = record.comparing, causes
        self._chain = chain

    # ── Names that are new ─────────────────────────────────────────────────────────────────────────────────

    def without_head(self, where: Where, first: Node) -> Anchor | None:
        """Judge a statement whose left side is not known: it defines a name, or cannot be judged.

        Returns what may be gone on with; None for nothing.
        """
        label, rest = _label(first), where.rest
        if not label or label in self.world.own or not rest:
            return self._numbers_only(where, self._why(first))
        if all(map(numeric, rest)):
            number = printed(rest[0])
            if number is not None and len(where.statement.relations) == 1:
                if isinstance(first, Name) and self.meaning.ref(first) is not None:  # out_{h9}, where there are two
                    self.claims.undecided(where, rest[0], self._why(first), Anchor(Num(Fraction(0)), label))
                    return None
                return self._number(label, rest[0], number)
            return self._computed(where, rest, label)
        return self._defined(where, first, label)

    def _defined(self, where: Where, first: Node, label: str) -> Anchor:
        """Judge a statement that defines a name by the first of its formulas that is clear."""
        formulas = [side for side in where.rest if not numeric(side)]
        reason = ""
        for formula in formulas:
            try:
                value = self.meaning.of(formula)
            except (Unclear, RecursionError) as unclear:
                reason = reason or why(unclear)
                continue
            if not isinstance(value, tuple) and self._contradicts(value, formulas):
                return self._numbers_only(where, "two formulas for it that are not equal")
            self.world.own[label] = value if isinstance(value, tuple) else self._named(label, value)
            return self._chain.sides(where, where.rest, Anchor(self.world.own[label], label))
        return self._numbers_only(where, reason or self._why(first))

    def _named(self, label: str, value: Expr) -> Expr:
        """Return the quantity of the network that a formula is, if it is one; else a new name for it."""
        known = self.world.alias(value)
        return self.world.define(label, value) if known is None else known

    def _number(self, label: str, side: Node, number: Printed) -> Anchor | None:
        """Take a number for the value of a name."""
        self.world.given.setdefault(label, number.value)
        if not self.world.open:
            return None
        return Anchor(self.world.free(label), label, number=Side(side, True, Num(number.value), "", number))

    def _contradicts(self, value: Expr, others: Sequence[Node]) -> bool:
        """Return whether a name that is new is said to be two things at once."""
        for node in others:
            try:
                other = self.meaning.of(node)
                if isinstance(other, tuple) or isinstance(self.comparing.equal(value, other), Refuted):
                    return True
            except (Unclear, RecursionError):
                continue
        return False

    def _computed(self, where: Where, nodes: Sequence[Node], label: str) -> Anchor | None:
        """Judge numbers for a name of the document's own; what follows may go on with it."""
        first, *rest = nodes
        made = Side.compiled(first, self.meaning)
        if made.value is None:
            self.claims.undecided(where, first, made.why, Anchor(Num(Fraction(0)), label))
            return None
        self.world.own.setdefault(label, made.value)
        return self._chain.sides(where, rest, Anchor(made.value, label, number=made))

    def _numbers_only(self, where: Where, reason: str) -> Anchor:
        """Judge what can be judged of a statement whose left side is unclear: numbers against numbers."""
        anchor: Anchor | None = None
        judged = False
        for node in where.rest:
            made = Side.compiled(node, self.meaning)
            if made.value is None or not made.numeric:
                continue
            if anchor is None:
                anchor = Anchor(made.value, number=made)
            else:
                anchor = self._chain.side(where, node, anchor)
                judged = True
        if not judged or not all(map(numeric, where.rest)):
            self.claims.unclear(where, reason)
        return Anchor(self.world.free("…"), number=anchor.number if anchor is not None else None)

    def _why(self, node: Node) -> str:
        """Return why the left side of a statement has no meaning."""
        try:
            self.meaning.of(node)
        except (Unclear, RecursionError) as unclear:
            return why(unclear)
        return "what the document defines does not connect the two"

    # ── Values that are given ──────────────────────────────────────────────────────────────────────────────

    def only_given(self, where: Where, anchor: Anchor) -> bool:
        """Return whether a statement does no more than to give a value that is given, having judged it."""
        value, side = anchor.value, where.statement.sides[1]
        if not isinstance(value, Var) or anchor.updated or len(where.statement.sides) != 2 or side is None:
            return False
        number = printed(side)
        if number is None:
            return False
        if value.kind == "out" and (wanted := self._wanted(value, number)) is not None:
            self.claims.add(where, side, Level.GIVEN, "proved", Anchor(wanted, anchor.name))
            return True
        given = self.world.given_value(value)
        if given is None:
            return False
        if value.kind == FREE:
            return True
        if number.value == given or (number.half and number.rounds(given)):
            self.claims.add(where, side, Level.GIVEN, "proved" if number.value == given else "agrees", anchor)
            return True
        updated = Var(value.kind + "+", value.layer, value.index) if value.kind in ("w", "b") else None
        if updated is not None and (made := self.world.exact(updated)) is not None and number.rounds(made):
            self.claims.add(where, side, Level.VALUE, "agrees", Anchor(updated, anchor.name))
        elif self.world.inferred:
            self.claims.undecided(where, side, "it has another value above", anchor)
        else:
            explained = self.causes.number(anchor, number, given)
            self.claims.wrong_number(where, side, Level.GIVEN, anchor, number, given, explained)
        return True

    def _wanted(self, value: Var, number: Printed) -> Var | None:
        """Return the target of an output, where "o1 = 0.01" says it: what is wanted goes by the output's name."""
        wanted = Var("t", value.layer, value.index, value.sample)
        return wanted if self.world.given_value(wanted) == number.value else None


def _label(first: Node) -> str:
    """Return the name that a left side is, also z of z(x); "" where it is none."""
    name = first.name if isinstance(first, tree.Of) else first
    return name.plain if isinstance(name, Name) else ""


def why(unclear: Unclear | RecursionError) -> str:
    """Return in words why a formula has no meaning."""
    return unclear.why if isinstance(unclear, Unclear) else NESTED
