"""Numbers that are put into a formula, each for what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from derive.errata.causes.aligning import aligned, aligned_expr
from derive.errata.causes.values import Values
from derive.errata.findings import Cause
from derive.errata.meaning import Unclear
from derive.errata.numbers import Printed, long_decimal, printed, significant
from derive.errata.record import Explanation, Record, Side
from derive.errata.showing import shown
from derive.errata.slips import slips
from derive.expression import Expr, Var
from derive.read.written import tree
from derive.read.written.tree import Node


class Wrong(NamedTuple):
    """A number that stands for a quantity, and is not its value."""

    printed: Printed
    right: Fraction
    quantity: Expr


class Inserted:
    """Looks for numbers that stand for something else than the formula has in their place."""

    def __init__(self, record: Record, values: Values) -> None:
        self.world, self.meaning, self.claims = record.world, record.meaning, record.claims
        self.memory, self._values = record.memory, values

    def by_formula(self, formula: Node, numbers: Node) -> Explanation | None:
        """Return what is wrong of numbers that were put into a formula; None where they cannot be lined up."""
        pairs = aligned(formula, numbers)
        if pairs is None:
            return None
        wrong: list[Wrong] = []
        for node, number in pairs:
            single = printed(number)
            if single is None:
                return None
            try:
                value = self.meaning.of(node)
            except (Unclear, RecursionError):
                return None
            trues = self.memory.true_values(value)
            if isinstance(value, tuple) or not trues:
                return None
            if not any(_about(single, true) for true in trues):
                wrong.append(Wrong(single, trues[0], value))
        return self._explained(wrong, len(pairs))

    def by_definition(self, definition: Expr, side: Side) -> Explanation | None:
        """Return what is wrong of numbers that were put into a formula which is not written down."""
        pairs = aligned_expr(definition, side.expr) if side.expr is not None else None
        if pairs is None:
            return None
        wrong: list[Wrong] = []
        nodes = {node.value: node for node in tree.walk(side.node) if isinstance(node, tree.Number)}
        for quantity, value in pairs:
            node, true = nodes.get(abs(value)), self.world.exact(quantity)
            single = printed(node) if node is not None else None
            if single is None or true is None:
                return None
            if abs(abs(true) - single.value) > 2 * single.half and true != value:
                wrong.append(Wrong(single, true, quantity))
        return self._explained(wrong, len(pairs))

    def _explained(self, wrong: Sequence[Wrong], count: int) -> Explanation | None:
        """Return what explains wrong numbers among so many; None where most are wrong: it is another example then."""
        if wrong and all(self.memory.said(each.quantity, each.printed.value) for each in wrong):
            return Explanation(Cause.EARLY, ", ".join(shown(each.quantity, self.world) for each in wrong))
        if not wrong or len(wrong) > max(2, count // 2):
            return None
        if len(wrong) == 2:
            one, other = wrong
            if one.printed.rounds(other.right) and other.printed.rounds(one.right):
                names = (shown(each.quantity, self.world) for each in wrong)
                return Explanation(Cause.SWAP, " ↔ ".join(names))
        return self._one(wrong[0])

    def _one(self, wrong: Wrong) -> Explanation:
        """Return what explains that a number stands for a quantity."""
        single, right, quantity = wrong
        name = shown(quantity, self.world)
        if earlier := self.memory.said_wrongly(quantity, single.value):
            return self.claims.following(earlier, name)
        if single.value == -right and right:
            return Explanation(Cause.SIGN, name)
        twin = self._values.twin(quantity, single)
        if twin is not None:
            return Explanation(_other(quantity, twin), f"{shown(twin, self.world)} → {name}")
        found = slips(single.text, long_decimal(right), self._values.by_name)
        if found:
            return Explanation(found[0].cause, f"{name}: {found[0].detail}")
        return Explanation(Cause.INSERTED, f"{name} = {significant(right)}")


def _about(single: Printed, true: Fraction) -> bool:
    """Return whether a number is a value, as far as a unit of its last digit."""
    return single.value == true or abs(true - single.value) <= 2 * single.half


def _other(quantity: Expr, twin: Expr) -> Cause:
    """Return the cause of another name in the place of a quantity."""
    if isinstance(quantity, Var) and isinstance(twin, Var) and twin.kind == quantity.kind:
        return {"t": Cause.TARGET, "b": Cause.BIAS}.get(quantity.kind, Cause.INDEX)
    return Cause.INDEX
