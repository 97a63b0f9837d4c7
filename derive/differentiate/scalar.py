"""The local derivatives of single equations, by SymPy: for graphs whose equations may be anything.

Equations that differ in their names only (those of one family) are differentiated once.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from derive.algebra import expression
from derive.differentiate.rules import Template, shortest_form
from derive.differentiate.symbols import to_sympy
from derive.expression import ZERO, Call, Cases, Expr, Var, children, count, names, rebuilt, rename
from derive.graph import Graph

Y = Var("q", 1, (1,))
"""What stands for the left side of an equation while it is differentiated."""
MOST_DEPTH, MOST_NODES = 3, 200  # of functions that SymPy is given as they stand
_BRANCH, _SLOPE = 10_000, 20_000  # numbers of names that stand for branches and for their slopes


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
    if _branches(rhs):
        derivative = _by_branches(rhs, wrt)
        return derivative, derivative
    f, x = to_sympy(rhs), to_sympy(wrt)
    derivative = sp.diff(f, x)
    shortest = shortest_form(derivative, (to_sympy(Y), f), x, f)
    plain = expression(derivative)
    return plain, plain if shortest == derivative else expression(shortest)


# ── Branches ───────────────────────────────────────────────────────────────────────────────────────────────────
#
# SymPy merges the conditions of branches within branches into logic that no page prints. So a branch is a name of its
# own while SymPy differentiates what stands around it; a derivative goes into the branches and leaves the tests alone.


def _branches(e: Expr) -> list[Expr]:
    """Return what is to be a name while SymPy differentiates `e`: branches that stand in no other, each once.

    Where functions stand deep within functions, those within the first: SymPy asks so much about what they may be
    that it takes ten times as long with each.
    """
    return _inner(e, 1 if _depth(e) > MOST_DEPTH or count(e) > MOST_NODES else MOST_DEPTH)


def _inner(e: Expr, depth: int) -> list[Expr]:
    if isinstance(e, Cases) or (isinstance(e, Call) and not depth):
        return [e]
    below = depth - isinstance(e, Call)
    return list(dict.fromkeys(each for part in children(e) for each in _inner(part, below)))


def _depth(e: Expr) -> int:
    """Return how many functions stand within each other."""
    return isinstance(e, Call) + max(map(_depth, children(e)), default=0)


def _by_branches(e: Expr, wrt: Var) -> Expr:
    if isinstance(e, Cases):
        above, otherwise = _by_branches(e.above, wrt), _by_branches(e.otherwise, wrt)
        return above if above == otherwise else Cases(e.test, above, otherwise)
    branches = _branches(e)
    values = {Var("q", _BRANCH + i, (1,)): branch for i, branch in enumerate(branches)}
    slopes = {Var("q", _SLOPE + i, (1,)): _by_branches(branch, wrt) for i, branch in enumerate(branches)}
    inside = {branch: name for name, branch in values.items()}
    f = to_sympy(_replaced(e, inside))
    whole = sp.diff(f, to_sympy(wrt))
    for value, slope in zip(values, slopes, strict=True):
        if slopes[slope] != ZERO:
            whole += sp.diff(f, to_sympy(value)) * to_sympy(slope)
    return rename(expression(whole), lambda name: slopes.get(name) or values.get(name) or name)


def _replaced(e: Expr, new: Mapping[Expr, Var]) -> Expr:
    if e in new:
        return new[e]
    return rebuilt(e, [_replaced(part, new) for part in children(e)])
