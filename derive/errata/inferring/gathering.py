"""What a document defines and gives values to, and what it differentiates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from derive.errata.inferring.words import FUNCTIONS
from derive.errata.numbers import printed
from derive.errata.reading import Placed
from derive.read.written import tree
from derive.read.written.tree import Name, Node, Statement, numeric

RATES = frozenset(("eta", "alpha", "lr", "learning rate"))
SHOWN = ("tanh", "sigmoid", "relu", "ReLU")
"""Functions whose names stand for themselves behind a letter: f(z) = tanh(0.5)."""


class Gathered:
    """What a document says: definitions and values, the first of each name; what it differentiates."""

    def __init__(self) -> None:
        self.definitions: dict[str, list[tuple[Name, Node]]] = {}
        self.values: dict[str, tuple[Name, Decimal]] = {}
        self.of: Counter[str] = Counter()
        self.by: dict[str, Name] = {}
        self.named: dict[str, Name] = {}
        self.rate: Decimal | None = None


def gather(placed: Sequence[Placed], values: Mapping[str, tuple[Name, Decimal]] = {}) -> Gathered:
    """Return what the formulas of a document define, and which values they give. values: found elsewhere in it."""
    found = Gathered()
    found.values.update(values)
    for each in placed:
        for statement in each.formula.statements:
            for side in statement.sides:
                if side is not None:
                    _mentioned(side, found)
            _said(statement, found)
    for plain in list(found.values):
        name, value = found.values[plain]
        if name.base in RATES and not name.sub:
            found.rate = value
            del found.values[plain]
    return found


def _mentioned(side: Node, found: Gathered) -> None:
    for node in tree.walk(side):
        if isinstance(node, Name):
            found.named.setdefault(node.plain, node)
        elif isinstance(node, tree.Derivative):
            of = node.of.name if isinstance(node.of, tree.Of) else node.of
            if isinstance(of, Name):
                found.of[of.plain] += 1
            for by in node.by:
                if isinstance(by, Name):
                    found.by.setdefault(by.plain, by)


def _said(statement: Statement, found: Gathered) -> None:
    first = statement.sides[0]
    first = first.name if isinstance(first, tree.Of) else first
    if not isinstance(first, Name) or len(statement.sides) < 2 or first.primes or first.sup in ("+", "new"):
        return
    if statement.relations[0].sign not in ("=", "≈", ":="):
        return
    formulas = [side for side in statement.sides[1:] if side is not None and not numeric(side)]
    formula = formulas[0] if formulas else None
    if formula is not None and (known := _spelt_out(formula, statement)) is not None:
        formulas[0] = formula = known
    number = printed(statement.sides[1]) if statement.sides[1] is not None else None
    if formula is not None and tree.opaque(formula) is None:
        inside = {name.plain for name in tree.names(formula)}
        derivative = any(isinstance(node, tree.Derivative) for node in tree.walk(formula))
        if first.plain not in inside and not derivative:
            found.definitions.setdefault(first.plain, []).extend((first, each) for each in formulas)
    elif number is not None and len(statement.sides) == 2 and first.plain not in found.values:
        found.values[first.plain] = (first, Decimal(number.text))


def _spelt_out(formula: Node, statement: Statement) -> Node | None:
    """Return f(z) with the name of the function, where the sides behind it show which it is."""
    if not isinstance(formula, tree.Apply) or formula.function.base in FUNCTIONS or formula.function.primes:
        return None
    for side in statement.sides[1:]:
        if side is not None and (word := _function(side)):
            plain = Name(formula.function.start, formula.function.end, word)
            return tree.Apply(formula.start, formula.end, plain, formula.args, formula.brackets)
    return None


def _function(side: Node) -> str:
    """Return which activation a side is the value of, by the form of its numbers; "" for none."""
    match side:
        case tree.Over(_, _, tree.Number(_, _, "1"), tree.Plus(_, _, (tree.Number(_, _, "1"), tree.Apply() as power))):
            return "sigmoid" if power.function.base == "exp" else ""
        case tree.Apply(_, _, function) if function.base in SHOWN:
            return function.base
    return ""
