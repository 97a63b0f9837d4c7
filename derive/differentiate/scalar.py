"""The local derivatives of single equations, by SymPy: for graphs whose equations may be anything.

Equations that differ in their names only (those of one family) are differentiated once.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from derive.algebra import expression
from derive.differentiate.rules import Template, shortest_form
from derive.differentiate.symbols import to_sympy
from derive.expression import Expr, Var, names, rename
from derive.graph import Graph

Y = Var("q", 1, (1,))
"""What stands for the left side of an equation while it is differentiated."""


class ScalarRules:
    """Every local derivative of a graph, found from the equation between scalars when it is asked for."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._found: dict[tuple[Expr, Var], tuple[Expr, Expr]] = {}

    def find(self, of: Var, wrt: Var) -> tuple[Template, dict[str, int]] | None:
        """Return ∂of/∂wrt, which has no letters to fill in; None where the equation of `of` does not mention `wrt`."""
        if of not in self._graph:
            return None
        rhs = self._graph[of]
        own = {name: Var("q", number, (1,)) for number, name in enumerate(dict.fromkeys(names(rhs)), 2)}
        if wrt not in own:
            return None
        key = _renamed(rhs, own), own[wrt]
        if key not in self._found:
            self._found[key] = _differentiated(*key)
        back = {new: old for old, new in own.items()} | {Y: of}
        plain, named = (_renamed(form, back) for form in self._found[key])
        return Template(wrt, True, plain, named), {}


def _renamed(e: Expr, new: Mapping[Var, Var]) -> Expr:
    return rename(e, lambda name: new[name])


def _differentiated(rhs: Expr, wrt: Var) -> tuple[Expr, Expr]:
    f, x = to_sympy(rhs), to_sympy(wrt)
    derivative = sp.diff(f, x)
    return expression(derivative), expression(shortest_form(derivative, (to_sympy(Y), f), x, f))
