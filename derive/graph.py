"""The network as named single-assignment equations, in families.

A layer of n neurons is two equations, whatever n is:

    net_j = Σ_k w_jk · out_k + b_j          out_j = σ(net_j)

The cost of building and of differentiating them grows with the number of layers; an equation between scalars
(net_h1 = w1·i1 + w2·i2 + b1) is made when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product as every

import sympy as sp
from msgspec import Struct

from derive import vocabulary
from derive.algebra import expression
from derive.expression import Add, Call, Cases, Diff, Div, Expr, Index, Mul, Neg, Pow, Sum, Var, names, total
from derive.functions import ACTIVATIONS, LOSSES, where
from derive.spec import Spec

Binding = Mapping[str, int]

J, K, S = (sp.Symbol(letter, integer=True) for letter in "jks")


def symbol(kind: str, layer: int, *index: sp.Expr) -> sp.Expr:
    """Return SymPy's symbol for a quantity: net_1[j], or E_total. No word of the user's ever becomes one."""
    name = f"{kind}_{layer}" if layer else kind
    return sp.IndexedBase(name)[index] if index else sp.Symbol(name)


class Family(Struct, frozen=True):
    """One equation, for every neuron of a layer (and every sample).

    letters: the index letters of the left side and how far each runs, in the order of the index; the letter of
        the sample, if there are several, is "s" and comes last.
    lhs, rhs: the equation as written.  equation: the same as SymPy's, where the graph was built with it.
    """

    lhs: Var
    rhs: Expr
    letters: tuple[tuple[str, int], ...]
    equation: sp.Eq | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.lhs.kind, self.lhs.layer


class Graph(Struct, frozen=True):
    """The families in the order of calculation; a name's definition mentions only names of earlier ones.

    ranks: the place of each family in that order, from 1, by its key.
    mentions: the families in whose equations a kind of name stands, in that order, each with how it stands there.
    """

    families: tuple[Family, ...]
    ranks: Mapping[tuple[str, int], int]
    mentions: Mapping[tuple[str, int], tuple[tuple[Family, Var], ...]]

    def family(self, name: Var) -> Family | None:
        """Return the family that defines `name`; None where it is given (an input, a weight, …)."""
        rank = self.ranks.get((name.kind, name.layer))
        return None if rank is None else self.families[rank - 1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, Var) and (name.kind, name.layer) in self.ranks

    def __getitem__(self, name: Var) -> Expr:
        """Return the right side of the equation of `name`. Raises KeyError where it is given."""
        family = self.family(name)
        if family is None:
            raise KeyError(name)
        return instantiate(family.rhs, unify(family.lhs, name) or {})

    def rank(self, name: Var) -> int:
        """Return 0 for what is given, and a larger number for a name than for all that it is made of."""
        return self.ranks.get((name.kind, name.layer), 0)

    def consumers(self, name: Var) -> list[Var]:
        """Return the quantities whose defining equation mentions `name`, in their order."""
        found: dict[Var, None] = {}
        for family, mention in self.mentions.get((name.kind, name.layer), ()):
            binding = unify(mention, name)
            if binding is None:
                continue
            free = [(letter, size) for letter, size in family.letters if letter not in binding]
            for place in every(*(range(1, size + 1) for _, size in free)):
                chosen = {**binding, **dict(zip((letter for letter, _ in free), place, strict=True))}
                found[_bind(family.lhs, chosen)] = None
        return list(found)


def build(spec: Spec) -> Graph:
    """Return the equations of the network that `spec` describes."""
    families: list[Family] = []
    many = spec.samples > 1
    sample: tuple[sp.Expr, ...] = (S,) if many else ()
    span = (("s", spec.samples),) if many else ()
    out = symbol("x", 0, K, *sample)
    for number, layer in enumerate(spec.layers, 1):
        fan_in = spec.sizes[number - 1]
        net = symbol("net", number, J, *sample)
        value = sp.Sum(symbol("w", number, J, K) * out, (K, 1, fan_in))
        if layer.bias != "none":
            value = value + symbol("b", number, *(() if layer.bias == "shared" else (J,)))
        letters = (("j", layer.size), *span)
        families.append(_family(net, value, letters))
        name, _, constants = vocabulary.find(vocabulary.ACTIVATIONS, layer.activation)
        row, exact = ACTIVATIONS[name], [sp.Rational(*c.as_integer_ratio()) for c in constants]
        whole = () if row.summand is None else (sp.Sum(row.summand(net.subs(J, K)), (K, 1, layer.size)),)
        families.append(_family(symbol("out", number, J, *sample), row.value(net, *whole, *exact), letters))
        out = symbol("out", number, K, *sample)
    last, width = len(spec.layers), spec.layers[-1].size
    name, facts, constants = vocabulary.find(vocabulary.LOSSES, spec.loss)
    exact = [sp.Rational(*c.as_integer_ratio()) for c in constants]
    value = LOSSES[name].value(symbol("t", last, J, *sample), symbol("out", last, J, *sample), *exact)
    families.append(_family(symbol("E", last, J, *sample), value, (("j", width), *span)))
    share = sp.Rational(1, (width if facts.mean else 1) * (spec.samples if spec.batch == "mean" else 1))
    limits = ((K, 1, width), (S, 1, spec.samples)) if many else ((K, 1, width),)
    error = share * sp.Sum(symbol("E", last, K, *sample), *limits)
    if spec.penalty:
        families.append(_family(symbol("R", 0), _penalty(spec), ()))
        error = error + symbol("R", 0)
    families.append(_family(symbol("total", 0), error, ()))
    return assemble(families)


def _penalty(spec: Spec) -> sp.Expr:
    """Return Σ (λ₁ |w| + λ₂/2 w²) over the weights of each layer, and its biases if they count; 0 has slope 0."""
    l1, l2 = (sp.Rational(*each.as_integer_ratio()) for each in (spec.penalty.l1, spec.penalty.l2))

    def of(w: sp.Expr) -> sp.Expr:
        return l1 * where(w, w, where(-w, -w, sp.Integer(0))) + l2 * w**2 / 2

    made = sp.Integer(0)
    for number, (layer, fan_in) in enumerate(zip(spec.layers, spec.sizes, strict=False), 1):
        made += sp.Sum(of(symbol("w", number, J, K)), (K, 1, fan_in), (J, 1, layer.size))
        if spec.penalty.biases and layer.bias == "shared":
            made += of(symbol("b", number))
        elif spec.penalty.biases and layer.bias == "per neuron":
            made += sp.Sum(of(symbol("b", number, J)), (J, 1, layer.size))
    return made


def assemble(families: list[Family]) -> Graph:
    """Return the graph of families that are given in an order of calculation."""
    ranks = {family.key: rank for rank, family in enumerate(families, 1)}
    mentions: dict[tuple[str, int], list[tuple[Family, Var]]] = {}
    for family in families:
        for name in dict.fromkeys(names(family.rhs)):
            mentions.setdefault((name.kind, name.layer), []).append((family, name))
    return Graph(tuple(families), ranks, {key: tuple(found) for key, found in mentions.items()})


def _family(lhs: sp.Expr, rhs: sp.Expr, letters: tuple[tuple[str, int], ...]) -> Family:
    name = expression(lhs)
    assert isinstance(name, Var)
    return Family(name, expression(rhs), letters, sp.Eq(lhs, rhs, evaluate=False))


# ── Equations for a family, and for one of its members ─────────────────────────────────────────────────────────


def unify(pattern: Var, name: Var) -> dict[str, int] | None:
    """Return what the letters of `pattern` must be for it to be `name`; None where it cannot be.

    >>> unify(Var("w", 1, ("j", "k")), Var("w", 1, (2, 3)))
    {'j': 2, 'k': 3}
    """
    if (pattern.kind, pattern.layer, len(pattern.index)) != (name.kind, name.layer, len(name.index)):
        return None
    binding: dict[str, int] = {}
    for letter, place in zip((*pattern.index, pattern.sample), (*name.index, name.sample), strict=True):
        if isinstance(letter, int):
            if letter != place:
                return None
        elif binding.setdefault(letter, int(place)) != place:
            return None
    return binding


def _bind(name: Var, binding: Binding) -> Var:
    def at(place: Index) -> Index:
        return binding.get(place, place) if isinstance(place, str) else place

    return Var(name.kind, name.layer, tuple([at(place) for place in name.index]), at(name.sample))


def instantiate(e: Expr, binding: Binding) -> Expr:
    """Return `e` with numbers for its letters, and every sum over a layer written out term for term."""
    match e:
        case Var():
            return _bind(e, binding)
        case Diff(of, wrt, local):
            return Diff(_bind(of, binding), _bind(wrt, binding), local)
        case Sum(term, letter, size):
            terms = [instantiate(term, {**binding, letter: place}) for place in range(1, size + 1)]
            if isinstance(term, Sum):  # a sum of sums is one sum on the page
                terms = [part for each in terms for part in (each.args if isinstance(each, Add) else (each,))]
            return total(terms)
        case Add(args):
            added: list[Expr] = []
            for arg in args:  # Σ + b is one sum on the page
                made = instantiate(arg, binding)
                added.extend(made.args if isinstance(arg, Sum) and isinstance(made, Add) else (made,))
            return Add(tuple(added))
        case Mul(args):
            return Mul(tuple([instantiate(arg, binding) for arg in args]))
        case Neg(arg):
            return Neg(instantiate(arg, binding))
        case Div(num, den):
            return Div(instantiate(num, binding), instantiate(den, binding))
        case Pow(base, exponent):
            return Pow(instantiate(base, binding), exponent)
        case Call(fn, arg):
            return Call(fn, instantiate(arg, binding))
        case Cases(test, above, otherwise):
            return Cases(*(instantiate(part, binding) for part in (test, above, otherwise)))
        case _:
            return e
