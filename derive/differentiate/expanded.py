"""A formula without names for what lies between: every one replaced by its definition, down to what is given.

Such a formula repeats what named intermediates say once: it grows with the number of paths through the network, and
so exponentially with its depth. How large it would be is found without building it, since a name that stands in a
thousand places is measured once.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from derive.derivation import Key
from derive.expression import Diff, Expr, Var, children, rebuilt

Meaning = Callable[[Key], Expr | None]
"""The formula that a name or a derivative stands for; None for what is given."""


class Size(Struct, frozen=True):
    """How large a formula is: its nodes, how many of them are names, and how deep they lie."""

    nodes: int
    names: int
    depth: int


class Expanded:
    """Formulas written out, and their sizes before that."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._sizes: dict[Key, Size] = {}
        self._formulas: dict[Key, Expr] = {}

    def size(self, key: Key) -> Size:
        """Return the size of `formula(key)`, exactly, in time that grows with the network and not with the formula."""
        for ready in self._order(key, self._sizes):
            formula = self._meaning(ready)
            self._sizes[ready] = Size(1, 1, 1) if formula is None else self._measure(formula)
        return self._sizes[key]

    def formula(self, key: Key) -> Expr:
        """Return what `key` stands for in inputs, weights, biases and targets. Ask for its `size` first."""
        for ready in self._order(key, self._formulas):
            formula = self._meaning(ready)
            if formula is None:
                assert isinstance(ready, Var)
                self._formulas[ready] = ready
            else:
                self._formulas[ready] = self._written(formula)
        return self._formulas[key]

    def _measure(self, e: Expr) -> Size:
        if isinstance(e, Var | Diff):
            return self._sizes[e]
        parts = [self._measure(part) for part in children(e)]
        return Size(
            1 + sum(part.nodes for part in parts),
            sum(part.names for part in parts),
            1 + max((part.depth for part in parts), default=0),
        )

    def _written(self, e: Expr) -> Expr:
        """Return `e` with every name in it replaced by its formula."""
        if isinstance(e, Var | Diff):
            return self._formulas[e]
        return rebuilt(e, [self._written(part) for part in children(e)])

    def _order(self, key: Key, done: dict[Key, Size] | dict[Key, Expr]) -> list[Key]:
        """Return what is not `done` of `key` and of all that it stands on, each after its own needs.

        An explicit stack, not recursion: an error signal of layer 1 stands on all layers after it.
        """
        order: dict[Key, None] = {}
        stack = [key]
        while stack:
            formula = self._meaning(stack[-1])
            atoms = [] if formula is None else dict.fromkeys(_atoms(formula))
            missing = [atom for atom in atoms if atom not in done and atom not in order]
            if missing:
                stack.extend(missing)
            else:
                ready = stack.pop()
                if ready not in done:
                    order[ready] = None
        return list(order)


def size_of(e: Expr) -> Size:
    """Return the size of a formula as it stands."""
    parts = [size_of(part) for part in children(e)]
    return Size(
        1 + sum(part.nodes for part in parts),
        int(isinstance(e, Var | Diff)) + sum(part.names for part in parts),
        1 + max((part.depth for part in parts), default=0),
    )


def _atoms(e: Expr) -> list[Key]:
    if isinstance(e, Var | Diff):
        return [e]
    return [atom for part in children(e) for atom in _atoms(part)]
