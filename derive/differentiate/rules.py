"""The local derivatives of every kind of equation, by SymPy, each found once and kept as a template.

For a family y_j = f(…) and each name v in f there are up to two forms: `plain`, as SymPy gives it, and `named`,
rewritten with the neuron's own output where that is simpler: e^{-net}/(1 + e^{-net})² and out(1 − out).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb, prod

import sympy as sp
from msgspec import Struct

from derive.algebra import expression, var
from derive.expression import Expr, Var, rename
from derive.graph import Graph, unify

Sides = tuple[sp.Expr, sp.Expr]

MOST_TERMS = 100
FAR = 10**9  # no need to count further


class Template(Struct, frozen=True):
    """∂y/∂v for a family y and the names `wrt` that its equation mentions.

    wrt: with letters, those of y and those (`bound`) of the sum that it stands under.
    same: whether the form holds only where `wrt` is the neuron's own (the diagonal of softmax's Jacobian).
    """

    wrt: Var
    same: bool
    plain: Expr
    named: Expr


class Rules(Struct, frozen=True):
    """Every local derivative of a graph."""

    templates: dict[tuple[tuple[str, int], tuple[str, int]], tuple[Template, ...]]
    graph: Graph

    def find(self, of: Var, wrt: Var) -> tuple[Template, dict[str, int]] | None:
        """Return the template for ∂of/∂wrt with the numbers for its letters; None where `of` does not mention it."""
        family = self.graph.family(of)
        if family is None:
            return None
        own = unify(family.lhs, of) or {}
        for template in self.templates.get((family.key, (wrt.kind, wrt.layer)), ()):
            found = unify(template.wrt, wrt)
            if found is not None and all(own.get(letter, place) == place for letter, place in found.items()):
                return template, {**own, **found}
        return None


def rules(graph: Graph) -> Rules:
    """Return the local derivatives of every family of `graph`, found by SymPy, once for each kind of equation."""
    found: dict[tuple[tuple[str, int], tuple[str, int]], tuple[Template, ...]] = {}
    kinds: dict[Sides, tuple[Template, ...]] = {}
    for family in graph.families:
        assert family.equation is not None
        kind, layers = _kind(family.equation.args)
        if kind not in kinds:
            kinds[kind] = tuple(_templates(*kind))
        for template in kinds[kind]:
            wrt = _relayer(template.wrt, layers)
            renamed = Template(
                wrt, template.same, _relayer_all(template.plain, layers), _relayer_all(template.named, layers)
            )
            key = (family.key, (wrt.kind, wrt.layer))
            found[key] = (*found.get(key, ()), renamed)
    return Rules(found, graph)


def _kind(sides: Sides) -> tuple[Sides, dict[tuple[str, int], int]]:
    """Return the sides of an equation with its layers counted from 1 within it, and which layer each of them is.

    Two layers with the same activation, at different depths, then have one equation and are derived once.
    """
    bases = sorted({atom.base for atom in _indexed(*sides)} | _plain_symbols(*sides), key=str)
    layers: dict[tuple[str, int], int] = {}
    renamed: dict[sp.Basic, sp.Basic] = {}
    counts: dict[str, int] = {}
    for base in bases:
        kind, _, layer = str(base).partition("_")
        if not layer:
            continue
        counts[kind] = counts.get(kind, 0) + 1
        layers[kind, counts[kind]] = int(layer)
        name = f"{kind}_{counts[kind]}"
        renamed[base] = sp.IndexedBase(name) if isinstance(base, sp.IndexedBase) else sp.Symbol(name)
    atoms = {atom: renamed[atom.base][atom.indices] for atom in _indexed(*sides) if atom.base in renamed}
    symbols = {old: new for old, new in renamed.items() if isinstance(old, sp.Symbol)}
    lhs, rhs = (side.xreplace({**atoms, **symbols}) for side in sides)
    return (lhs, rhs), layers


def _indexed(*sides: sp.Expr) -> set[sp.Indexed]:
    return {atom for side in sides for atom in side.atoms(sp.Indexed)}


def _plain_symbols(*sides: sp.Expr) -> set[sp.Symbol]:
    """Return the quantities without an index: a bias that a layer shares, the whole error."""
    based = {atom.base.label for atom in _indexed(*sides)}
    letters = {i for atom in _indexed(*sides) for i in atom.indices}
    return {symbol for side in sides for symbol in side.atoms(sp.Symbol)} - based - letters


def _relayer(name: Var, layers: dict[tuple[str, int], int]) -> Var:
    return Var(name.kind, layers.get((name.kind, name.layer), name.layer), name.index, name.sample)


def _relayer_all(e: Expr, layers: dict[tuple[str, int], int]) -> Expr:
    return rename(e, lambda name: _relayer(name, layers))


def _templates(lhs: sp.Expr, rhs: sp.Expr) -> Iterator[Template]:
    sums = sorted(rhs.atoms(sp.Sum), key=str)
    # A sum over the layer is one number to everything outside it.
    whole = {each: sp.Dummy("whole") for each in sums}
    outer = rhs.xreplace(whole)
    inside = {atom: each for each in sums for atom in each.function.atoms(sp.Indexed)}
    given = {atom for atom in _indexed(rhs) if str(atom.base.label).startswith("t_")}
    outside = (outer.atoms(sp.Indexed) | (outer.atoms(sp.Symbol) & _plain_symbols(lhs, rhs))) - given
    back = {dummy: each for each, dummy in whole.items()}

    def through(atom: sp.Indexed) -> sp.Expr:
        each = inside[atom]
        return sp.diff(outer, whole[each]) * sp.diff(each.function, atom)

    def template(atom: sp.Expr, derivative: sp.Expr, *, same: bool) -> Template:
        definition = (lhs, outer)
        named = shortest_form(derivative, definition, atom, outer)
        return Template(_var(atom), same, expression(derivative.xreplace(back)), expression(named.xreplace(back)))

    for atom in sorted(outside, key=str):
        twin = next((other for other in inside if _alike(other, atom)), None)
        derivative = sp.diff(outer, atom)
        if twin is not None:  # softmax: y_j depends on net_j directly and through the sum
            derivative = derivative + through(twin).xreplace(dict(zip(twin.indices, atom.indices, strict=True)))
        yield template(atom, derivative, same=True)
    for atom in sorted(inside, key=str):
        yield template(atom, through(atom), same=False)


def _var(atom: sp.Expr) -> Var:
    if isinstance(atom, sp.Indexed):
        return var(atom)
    made = expression(atom)
    assert isinstance(made, Var)
    return made


def _alike(one: sp.Expr, other: sp.Expr) -> bool:
    return isinstance(one, sp.Indexed) and isinstance(other, sp.Indexed) and one.base == other.base


def shortest_form(derivative: sp.Expr, definition: tuple[sp.Expr, sp.Expr], atom: sp.Expr, outer: sp.Expr) -> sp.Expr:
    """Return the shortest equal form of `derivative` in which the output may stand for its definition.

    The definition y = f is solved for one of the functions in it (e^{-net} = (1 − y)/y), which SymPy can do where
    y = f is linear in that function; what it stands for is put into the derivative. The kernel checks the result.
    A derivative that would be very long, multiplied out, is left as it stands.
    """
    lhs, f = definition
    if too_long(derivative) or too_long(f):
        return derivative
    forms = [derivative, _factored(derivative)]
    relations = [(lhs, f)]
    if isinstance(atom, sp.Indexed) and isinstance(lhs, sp.Indexed) and atom.indices != lhs.indices:
        other = dict(zip(lhs.indices, atom.indices, strict=False))
        relations.append((lhs.xreplace(other), f.xreplace(other)))
    form = derivative
    for y, value in relations:
        for inner in sorted(value.atoms(sp.Function), key=str):
            solved = _solve_linear(y, value, inner)
            if solved is not None and form.has(sp.Function):
                form = sp.cancel(form.subs(inner, solved))  # subs, not xreplace: e^{2x} is (e^x)²
                break
    forms += [form, _factored(form)]
    # What divides by a name has no value where that is 0, though the derivative has one there.
    divisors = _divisors(derivative)
    return min([form for form in forms if form is derivative or _divisors(form) <= divisors], key=_length)


def too_long(e: sp.Expr) -> bool:
    """Return whether `e` has too many terms, multiplied out, to be factored or cancelled in a moment."""
    return _terms(e) > MOST_TERMS


def _terms(e: sp.Expr) -> int:
    """Return how many terms `e` has at the most, multiplied out, with all that is within its functions."""
    inner = [_terms(part) for part in e.args if isinstance(part, sp.Expr)]
    if isinstance(e, sp.Add):
        return min(sum(inner), FAR)
    if isinstance(e, sp.Pow) and e.exp.is_Integer:
        n = abs(int(e.exp))
        return min(comb(n + inner[0] - 1, n), FAR) if inner[0] > 1 else 1
    if isinstance(e, sp.Mul):
        return min(prod(inner), FAR)
    return max(inner, default=1)


def _factored(e: sp.Expr) -> sp.Expr:
    """Return `e` factored, branch by branch where it has branches."""
    if isinstance(e, sp.Piecewise):
        return sp.Piecewise(*[(sp.factor(branch), test) for branch, test in e.args])
    return sp.factor(e)


def _divisors(e: sp.Expr) -> set[sp.Expr]:
    """Return the factors of the denominator of `e` in which names stand."""
    below = sp.factor(sp.fraction(sp.together(e))[1])
    return {factor.as_base_exp()[0] for factor in sp.Mul.make_args(below) if factor.has(sp.Indexed)}


def _length(e: sp.Expr) -> tuple[int, int, int, int]:
    """How long a form is to a reader: functions to look up, then names, then powers; y(1 − y) beats y − y²."""
    nodes = list(sp.preorder_traversal(e))
    names = sum(isinstance(node, sp.Indexed) for node in nodes)
    powers = sum(isinstance(node, sp.Pow) and bool(node.exp.is_Integer and node.exp > 1) for node in nodes)
    return len(e.atoms(sp.Function)), names, powers, e.count_ops()


def _solve_linear(y: sp.Expr, value: sp.Expr, inner: sp.Expr) -> sp.Expr | None:
    """Return what `inner` is, from y = value, where that equation is linear in it; else None."""
    u = sp.Dummy("u")
    numerator = sp.together(y - value.xreplace({inner: u})).as_numer_denom()[0].expand()
    slope = sp.diff(numerator, u)
    if slope == 0 or slope.has(u):
        return None
    return -numerator.xreplace({u: sp.Integer(0)}) / slope
