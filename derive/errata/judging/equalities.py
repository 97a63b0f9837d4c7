"""Formulas: whether a symbolic side is equal to what its chain is about."""

from __future__ import annotations

import re
from fractions import Fraction

from derive.check.verdict import Proved, Refuted, Undecided
from derive.errata import chains
from derive.errata.causes import Causes
from derive.errata.findings import Level
from derive.errata.judging.refuting import Refuting
from derive.errata.meaning import Unclear, Value
from derive.errata.record import Anchor, Record, Side, Where, kind_of, names_of
from derive.errata.surroundings import Surroundings
from derive.errata.world import FREE, OWN, Table
from derive.expression import Expr, Neg, Var, names, rename
from derive.read.written import tree
from derive.read.written.tree import Name, Number

SIGNED = re.compile(r"(?i)negativ|\bsign\b|minus|负|符号|vorzeichen|signo|signe|부호|sinal|знак|負")
"""What a text says that defines δ with the other sign."""
EQUAL = Fraction(1, 10**40)
"""So close, relatively, two values are the same."""


class Equalities:
    """Judges symbolic sides, with what the document has said so far."""

    def __init__(self, record: Record, causes: Causes, around: Surroundings) -> None:
        self.world, self.claims, self.memory = record.world, record.claims, record.memory
        self.comparing, self.rounding = record.comparing, record.rounding
        self._refuting, self._around = Refuting(record, causes), around

    def judge(self, where: Where, side: Side, made: Value, anchor: Anchor) -> Anchor:
        """Judge a side that says `made`. Return what it leaves to go on with."""
        value = anchor.value
        if isinstance(made, tuple) and (entry := _own_entry(value, made)) is not None:
            side, made = Side(side.node, False, entry), entry
        try:
            verdict = self.comparing.equal(value, made)
        except Unclear as unclear:
            self.claims.undecided(where, side.node, unclear.why, anchor)
            return anchor.after_formula(side)
        if isinstance(verdict, Refuted):
            settled = self._excused(where, side, anchor) or self._refuted(where, side, made, anchor)
            if settled is not None:
                return settled
        elif isinstance(verdict, Undecided):
            self.claims.undecided(where, side.node, verdict.doubt.value, anchor)
        else:
            broken = chains.broken(made, value, self.world)
            if broken is not None and self._sure(made):
                self._refuting.chain(where, side, anchor, broken)
            else:
                self.claims.add(where, side.node, self._level(value, made), kind_of(verdict), anchor)
        if not isinstance(side.node, Name):
            self.memory.formulas[value] = side
        return anchor.after_formula(side)

    def _sure(self, made: Value) -> bool:
        """Return whether a chain was read as what it is: between names that nothing defines it may be anything."""
        return not self.world.open or isinstance(made, tuple) or chains.plain(made, self.world)

    def _level(self, value: Value, made: Value) -> Level:
        known = self.world.definitions
        if self.world.inferred and isinstance(value, Var) and value in known and known[value] == made:
            return Level.DEFINITION
        return Level.STRUCTURE if chains.chained(made, self.world) else Level.EQUALITY

    # ── Formulas that are not equal for all values ─────────────────────────────────────────────────────────

    def _excused(self, where: Where, side: Side, anchor: Anchor) -> Anchor | None:
        """Judge a formula that is not equal, but need not be for all values. Return what it leaves; None if it must."""
        value, made = anchor.expr, side.expr
        if value is None or made is None:
            return None
        if (formal := self._formal(where, side, made, value, anchor)) is not None:
            return formal
        if any(isinstance(each, Number) for each in tree.walk(side.node)) and self._at_point(value, made, side):
            # Numbers stand among the names: it is a claim about the given values.
            self.claims.add(where, side.node, Level.SUBSTITUTION, "agrees", anchor)
            return anchor.after_formula(side)
        if self._redefines(where, anchor, value, made):
            self.claims.undecided(where, side.node, "it is defined otherwise above", anchor)
            self.world.own[anchor.name] = again = self.world.define(anchor.name, made)
            return Anchor(again, anchor.name).after_formula(side)
        if self._other_sign(where, value, made):
            self.claims.add(where, side.node, Level.EQUALITY, "agrees", anchor)
            return anchor.after_formula(side)
        return None

    def _refuted(self, where: Where, side: Side, made: Value, anchor: Anchor) -> Anchor | None:
        """Add the claim that a formula is wrong. Return what it leaves; None where it may be right nevertheless."""
        free = any(name.kind == FREE for part in (anchor.value, made) for name in names_of(part))
        if free and not self.world.open and anchor.functions is None:
            self.claims.undecided(where, side.node, "it is not said what these names are", anchor)
            return None
        self._refuting.formula(where, side, anchor)
        return anchor.after_formula(side, self.claims.all[-1].number)

    def _formal(self, where: Where, side: Side, made: Expr, value: Expr, anchor: Anchor) -> Anchor | None:
        """Judge a formula with derivatives of what is not defined: a chain has to cancel, more cannot be said."""
        if not any(name in self.world.formals for e in (value, made) for name in names(e)):
            return None
        ends = chains.derivative(value, self.world)
        if ends is not None and chains.chained(made, self.world) and chains.plain(made, self.world):
            broken = chains.broken(made, value, self.world)
            if broken is not None:
                self._refuting.chain(where, side, anchor, broken)
            else:
                self.claims.add(where, side.node, Level.STRUCTURE, "agrees", anchor)
        else:
            self.claims.undecided(where, side.node, "it is not said how these depend on each other", anchor)
        self.memory.formulas[value] = side
        return anchor.after_formula(side)

    def _at_point(self, value: Expr, made: Expr, side: Side) -> bool:
        """Return whether a formula with numbers in it has the right value at the given point."""
        right, here = self.world.exact(value), self.world.exact(made)
        if right is None or here is None:
            return False
        gap = abs(right - here)
        return gap <= EQUAL * max(Fraction(1), abs(right)) or gap <= self.rounding.of_inserted(side)

    def _redefines(self, where: Where, anchor: Anchor, value: Expr, made: Expr) -> bool:
        """Return whether a name is given another meaning, in a document that says itself what its names mean."""
        if not self.world.inferred or not isinstance(value, Var) or value.kind not in ("q", "total", OWN):
            return False
        return where.statement.sides[0] is not None and anchor.name != "" and value not in set(names(made))

    def _other_sign(self, where: Where, value: Expr, made: Expr) -> bool:
        """Return whether a formula is right with δ = −∂E/∂net, where the text before it speaks of a sign."""
        if not any(name.kind == "delta" for name in names(made)):
            return False
        before = self._around.before(where.placed)
        if before is None or SIGNED.search(before) is None:
            return False
        one, other = (rename(e, lambda name: Neg(name) if name.kind == "delta" else name) for e in (value, made))
        return isinstance(self.world.checker.equal(one, other), Proved)


def _own_entry(value: Value, made: Table) -> Expr | None:
    """Return the entry of a vector that a single neuron's quantity is about: E_o1 = ½ (target − output)²."""
    if not isinstance(value, Var) or len(value.index) != 1 or len(made) < 2 or len(made[0]) != 1:
        return None
    place = value.index[0]
    return made[place - 1][0] if isinstance(place, int) and place <= len(made) else None
