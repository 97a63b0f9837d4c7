"""What a statement is about: what its left side stands for."""

from __future__ import annotations

from msgspec.structs import replace

from derive.errata.meaning import Unclear, Value
from derive.errata.numbers import printed
from derive.errata.record import Anchor, Record, Side, Where, entries, spelled
from derive.errata.world import FREE
from derive.expression import Add, Diff, Expr, Neg, Num, Var
from derive.read.written import tree
from derive.read.written.tree import Apply, Derivative, Name, Node, numeric

LETTERS = frozenset(("f", "g", "phi", "psi", "F", "h", "S"))
"""Functions that are whatever the document says they are."""
ACTIVATIONS = frozenset(("sigma", "tanh", "f", "sigmoid", "phi", "g"))
"""Functions that may be differentiated by their argument, dσ/dx, without it standing there."""


class Heads:
    """Says what statements are about, with what the document has said so far."""

    def __init__(self, record: Record) -> None:
        self.world, self.meaning, self.claims = record.world, record.meaning, record.claims
        self._formulas = record.memory.formulas

    def of(self, where: Where, first: Node) -> Anchor | None:
        """Return what a statement with this left side is about; None where that has no meaning yet."""
        functions = self._functions(first)
        if functions and isinstance(first, Apply) and first.function.base in LETTERS and not first.function.primes:
            return self._function(where, first, functions)
        try:
            with self.meaning.letting(functions):
                value = self.meaning.of(first)
        except (Unclear, RecursionError):
            return None
        name = spelled(first)
        if self.world.open and name in self.world.own and _plain_numbers(value) and _only_numbers(where):
            del self.world.own[name]  # it is given another value
            return None
        if self.world.open and isinstance(value, Var) and value.kind == FREE and self._is_new(value):
            return None  # it is defined here
        if self.world.inferred and isinstance(value, Diff) and self.world.exact(value) == 0:
            return None  # what the document defines does not connect the two
        if numeric(first):
            return Anchor(value, number=Side(first, True, value, "", printed(first)))
        if (assigned := self._assigned(where, first, value)) is not None:
            return assigned
        if isinstance(first, Name | Derivative | tree.Of):
            return Anchor(value, name, self._formulas.get(value), functions=functions)
        return Anchor(value, name, Side(first, False, value, "", printed(first)), functions=functions)

    def _is_new(self, value: Var) -> bool:
        """Return whether a statement says for the first time what a name is."""
        return value not in self.world.formals and self.world.label(value) not in self.world.own

    # ── Functions ──────────────────────────────────────────────────────────────────────────────────────────

    def _functions(self, first: Node) -> frozenset[str] | None:
        """Return the arguments of functions that a left side is about, σ(x) for all x; None where it is about none."""
        apply = first.of if isinstance(first, Derivative) else first
        if isinstance(apply, Apply) and len(apply.args) == 1:
            arg = apply.args[0]
            arg = arg.arg if isinstance(arg, tree.Minus) else arg
            return frozenset((arg.plain,)) if isinstance(arg, Name) and not arg.sub and not arg.sup else None
        if isinstance(first, Derivative) and isinstance(apply, Name):
            known = self.meaning.ref(apply) is not None or apply.plain in self.world.own or apply.sub
            by = first.by[0] if first.by else None
            if not known and apply.base in ACTIVATIONS and isinstance(by, Name) and not by.sub:
                return frozenset((by.plain,))
            return None
        if isinstance(first, Name) and first.base == "sigma" and not first.sub and self.meaning.ref(first) is None:
            return frozenset()
        return None

    def _function(self, where: Where, first: Apply, functions: frozenset[str]) -> Anchor | None:
        """Return the function that a document defines, f(x) = …; what follows must be the same."""
        try:
            with self.meaning.letting(functions):
                at = self.world.free(next(iter(functions)))
                for side in where.rest:
                    if numeric(side):
                        continue
                    value = self.meaning.of(side)
                    if not isinstance(value, tuple):
                        self.world.functions[first.function.base] = at, value
                        return Anchor(value, functions=functions)
        except (Unclear, RecursionError):
            pass
        return None

    # ── Assignments ────────────────────────────────────────────────────────────────────────────────────────

    def _assigned(self, where: Where, first: Node, value: Value) -> Anchor | None:
        """Return what is given a new value, where a statement does that; None where it is an equation."""
        anchor = Anchor(value, spelled(first))
        if isinstance(value, tuple):
            changed = _updated(value)
            return (
                replace(anchor, value=changed, updated=True) if changed and self._assigns(where, value[0][0]) else None
            )
        if not isinstance(value, Var) or value.kind.endswith("+"):
            return None
        parameter = value.kind in ("w", "b")
        if not (parameter or self.world.inferred) or not self._assigns(where, value):
            return None
        if parameter:
            return replace(anchor, value=Var(value.kind + "+", value.layer, value.index), updated=True)
        self.claims.undecided(where, first, "an assignment: the name has another value after it", anchor)
        return Anchor(self.world.define(anchor.name or "…", value))

    def _assigns(self, where: Where, head: Expr) -> bool:
        """Return whether a parameter is given a new value: w := w − η ∂E/∂w, or w = w − η ∂E/∂w."""
        if any(relation.sign == "←" for relation in where.statement.relations):
            return True
        for side in where.rest:
            if numeric(side):
                continue
            try:
                value = self.meaning.of(side)
            except (Unclear, RecursionError):
                continue
            entry = value[0][0] if isinstance(value, tuple) else value
            if isinstance(entry, Add) and head in entry.args:
                return True
        return False


def _updated(value: Value) -> Value | None:
    """Return what parameters are after the update; None for what is none."""
    made = []
    for row in value if isinstance(value, tuple) else ():
        parameters = [e for e in row if isinstance(e, Var) and e.kind in ("w", "b")]
        if len(parameters) < len(row):
            return None
        made.append(tuple([Var(e.kind + "+", e.layer, e.index) for e in parameters]))
    return tuple(made)


def _only_numbers(where: Where) -> bool:
    """Return whether all that stands behind the left side is numbers, and nothing is left out."""
    return all(side is not None and numeric(side) for side in where.statement.sides[1:])


def _plain_numbers(value: Value) -> bool:
    """Return whether there is nothing but numbers in a value."""
    return all(isinstance(e, Num) or (isinstance(e, Neg) and isinstance(e.arg, Num)) for e in entries(value))
