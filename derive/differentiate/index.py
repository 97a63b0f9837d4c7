"""The index form: each family of equations once, with letters for its neurons and samples, forwards and backwards.

    net_j = Σ_k w_jk out_k + b_j        δ_j = out_j (1 − out_j) Σ_k δ_k w_kj        ∂E/∂w_jk = δ_j out_k

The backward equations are found as the forward ones are used: what a quantity sends back to another is what the
equations between them say, summed over the letters that the other does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from random import Random

import sympy as sp

from derive.algebra import expression
from derive.derivation import Derivation, FamilyEquation
from derive.differentiate.products import tidy
from derive.differentiate.rules import Template, rules
from derive.differentiate.shortest import shortest
from derive.differentiate.symbols import to_sympy
from derive.differentiate.updates import WithUpdates
from derive.expression import ONE, Add, Diff, Expr, Index, Mul, Neg, Sum, Var, children, names, product, rebuilt, total
from derive.graph import Family, Graph, instantiate, unify
from derive.spec import Spec

TOTAL, ETA = Var("total"), Var("eta")
MOST_MEMBERS = 400  # of one equation that are written out
LETTERS = "jkmnpqrabcd"

Renaming = Mapping[str, Index]
Kind = tuple[str, int]


def members(equation: FamilyEquation, seed: int = 0) -> Iterator[tuple[Var | Diff, Expr]]:
    """Yield both sides for each member of the family, with numbers for the letters and sums written out.

    Of more than `MOST_MEMBERS`, so many are drawn with `seed`.
    """
    sizes = [size for _, size in equation.letters]
    count = prod(sizes)
    chosen = range(count) if count <= MOST_MEMBERS else sorted(Random(seed).sample(range(count), MOST_MEMBERS))  # noqa: S311
    for number in chosen:
        binding = {}
        for letter, size in reversed(equation.letters):
            number, place = divmod(number, size)
            binding[letter] = place + 1
        lhs = instantiate(equation.lhs, binding)
        assert isinstance(lhs, Var | Diff)
        yield lhs, instantiate(equation.rhs, binding)


def member(equation: FamilyEquation, name: Var) -> Expr:
    """Return the right side of `equation` for the one that is about `name`. Raises KeyError where none is."""
    binding = unify(equation.about, name)
    if binding is None:
        raise KeyError(name)
    return instantiate(equation.rhs, binding)


def index_form(derivation: Derivation) -> tuple[FamilyEquation, ...]:
    """Return the index form of a derivation: forwards, then backwards from the error, then the updates.

    None for a model of equations, which has no layers; updates for plain gradient descent only.
    """
    definitions = derivation.definitions
    if not isinstance(derivation.spec, Spec):
        return ()
    assert isinstance(definitions, WithUpdates)
    assert isinstance(definitions.network, Graph)
    graph = definitions.network
    updates = _updates(derivation.spec, graph) if definitions.update.plain else ()
    return (*forward(graph), *_Backward(graph).equations(), *updates)


def forward(graph: Graph) -> tuple[FamilyEquation, ...]:
    """Return the equations of the network as they stand."""
    return tuple(FamilyEquation(family.lhs, family.rhs, family.letters, "forward") for family in graph.families)


def _updates(spec: Spec, graph: Graph) -> Iterator[FamilyEquation]:
    for pattern, letters in _parameters(graph):
        layer = spec.layers[pattern.layer - 1]
        if layer.train_weights if pattern.kind == "w" else layer.train_biases:
            lhs = Var(f"{pattern.kind}+", pattern.layer, pattern.index)
            yield FamilyEquation(lhs, Add((pattern, Neg(Mul((ETA, Diff(TOTAL, pattern)))))), letters, "update")


def _parameters(graph: Graph) -> Iterator[tuple[Var, tuple[tuple[str, int], ...]]]:
    """Yield weights and biases with the letters that they have in the first equation that mentions them."""
    for (kind, _), mentioned in graph.mentions.items():
        if kind in ("w", "b"):
            family, mention = mentioned[0]
            sizes = dict(family.letters) | {s.letter: s.size for s in sums(family.rhs)}
            yield mention, tuple((letter, sizes[letter]) for letter in mention.index if isinstance(letter, str))


def sums(e: Expr) -> Iterator[Sum]:
    if isinstance(e, Sum):
        yield e
    for part in children(e):
        yield from sums(part)


def has_sum(e: Expr) -> bool:
    return isinstance(e, Sum) or any(map(has_sum, children(e)))


class _Backward:
    """Finds ∂E/∂v for a whole family v from those of the families whose equations mention it."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._templates = rules(graph).templates
        self._known: dict[Kind, Expr] = {("total", 0): ONE}
        """∂E/∂v with the letters of the family of v: its name, or the formula for it where that is as short."""

    def equations(self) -> Iterator[FamilyEquation]:
        yielded: list[FamilyEquation] = []
        parameters = dict(_parameters(self._graph))
        for family in reversed(self._graph.families):
            name = family.lhs
            if name == TOTAL:
                continue
            found = self._adjoint(name)
            if name.kind == "net":
                delta = Var("delta", name.layer, name.index, name.sample)
                self._known[family.key] = delta
                yielded.append(FamilyEquation(delta, found, family.letters, "backward"))
                yielded.extend(self._entries(family))
                for pattern, letters in parameters.items():
                    if pattern.layer == name.layer:
                        derivative = Diff(TOTAL, pattern)
                        yielded.append(FamilyEquation(derivative, self._adjoint(pattern), letters, "backward"))
            elif has_sum(found) and self._mixes(family):
                self._known[family.key] = Diff(TOTAL, name)
                yielded.append(FamilyEquation(Diff(TOTAL, name), found, family.letters, "backward"))
            else:
                self._known[family.key] = found
        yield from yielded

    def _entries(self, net: Family) -> Iterator[FamilyEquation]:
        """Yield what the matrices of the backward pass hold for one layer: slopes, and at its end ∂E/∂out."""
        for out, _ in self._graph.mentions[net.key]:
            if self._mixes(out):
                continue
            (template,) = self._templates[out.key, net.key]
            yield FamilyEquation(Diff(out.lhs, net.lhs, local=True), template.named, out.letters, "entry")
            if not has_sum(self._known[out.key]):
                yield FamilyEquation(Diff(TOTAL, out.lhs), self._known[out.key], out.letters, "entry")

    def _mixes(self, family: Family) -> bool:
        """Return whether a quantity goes through a sum of this family: softmax, where a sum would stand in a sum."""
        return has_sum(family.rhs)

    def _adjoint(self, name: Var) -> Expr:
        """Return ∂E/∂name, `name` standing for its family."""
        terms: list[Expr] = []
        for family in dict.fromkeys(f for f, _ in self._graph.mentions.get((name.kind, name.layer), ())):
            terms += self._sent_back(family, name)
        return total(sorted(terms, key=lambda term: isinstance(term, Neg)))

    def _sent_back(self, family: Family, name: Var) -> Iterator[Expr]:
        """Yield what the equations of `family` send back to `name`."""
        templates = self._templates[family.key, (name.kind, name.layer)]
        own = next((t for t in templates if t.same and _is_own(t, family)), None)
        for template in templates:
            mapping = matching(template.wrt, name)
            free = [(letter, size) for letter, size in family.letters if letter not in mapping]
            if not free:
                if own is None or template is own:
                    slope = diagonal(templates, template) if template is own else template.named
                    yield self._sent(family, mapping, slope, name)
                continue
            fresh = _fresh(free, mapping)
            term = self._sent(family, mapping | fresh, template.named, name)
            yield summed(term, [(str(fresh[letter]), size) for letter, size in free])

    def _sent(self, family: Family, mapping: Renaming, slope: Expr, name: Var) -> Expr:
        """Return ∂E/∂y · ∂y/∂name for the y of `family`."""
        factors = [renamed(e, mapping) for e in (self._known[family.key], slope)]
        whole = tidy(sorted(factors, key=lambda factor: isinstance(factor, Sum)))
        return whole if has_sum(whole) else shortest(whole, name)


def diagonal(templates: tuple[Template, ...], own: Template) -> Expr:
    """Return what a neuron's own slope has more than the sum over its layer gives it: out_j for softmax."""
    beside = [t for t in templates if not t.same]
    if not beside:
        return own.named
    (other,) = beside
    letters = [i for i in own.wrt.index if isinstance(i, str)]
    same = {str(i): letters[0] for i in other.wrt.index}
    return expression(sp.factor(to_sympy(own.named) - to_sympy(renamed(other.named, same))))


def summed(term: Expr, letters: Sequence[tuple[str, int]]) -> Expr:
    """Return the sum of `term` over `letters`, with what does not depend on them before it."""
    negative = isinstance(term, Neg)
    inner = term.arg if isinstance(term, Neg) else term
    for letter, size in reversed(letters):
        factors = list(inner.args) if isinstance(inner, Mul) else [inner]
        inside = [factor for factor in factors if _mentions(factor, letter)]
        outside = [factor for factor in factors if not _mentions(factor, letter)]
        inner = product([*outside, Sum(product(inside), letter, size)])
    return Neg(inner) if negative else inner


def _mentions(e: Expr, letter: str) -> bool:
    if isinstance(e, Diff):
        return _mentions(e.of, letter) or _mentions(e.wrt, letter)
    if isinstance(e, Var):
        return letter in (*e.index, e.sample)
    if isinstance(e, Sum) and e.letter == letter:
        return False  # its own letter, by the same name
    return any(_mentions(part, letter) for part in children(e))


def _is_own(template: Template, family: Family) -> bool:
    return template.wrt.index == family.lhs.index


def matching(pattern: Var, name: Var) -> dict[str, Index]:
    """Return what the letters of `pattern` are called in `name`."""
    pairs = zip((*pattern.index, pattern.sample), (*name.index, name.sample), strict=True)
    return {letter: other for letter, other in pairs if isinstance(letter, str)}


def _fresh(free: list[tuple[str, int]], taken: Renaming) -> dict[str, Index]:
    """Return letters for sums, none of which is taken; a sample stays s."""
    used = {str(letter) for letter in taken.values()}
    fresh: dict[str, Index] = {}
    for letter, _ in free:
        options = ("s", *LETTERS) if letter == "s" else LETTERS
        fresh[letter] = next(option for option in options if option not in used)
        used.add(str(fresh[letter]))
    return fresh


def renamed(e: Expr, mapping: Renaming) -> Expr:
    """Return `e` with other letters; a sum whose own letter is wanted elsewhere gets another one."""
    match e:
        case Var(kind, layer, index, sample):
            return Var(kind, layer, tuple([_at(mapping, i) for i in index]), _at(mapping, sample))
        case Diff(of, wrt, local):
            above, below = renamed(of, mapping), renamed(wrt, mapping)
            assert isinstance(above, Var)
            assert isinstance(below, Var)
            return Diff(above, below, local)
        case Sum(term, letter, size):
            inner = {old: new for old, new in mapping.items() if old != letter}
            taken = {str(new) for new in inner.values()} | {str(i) for v in names(term) for i in (*v.index, v.sample)}
            if letter in inner.values():
                inner[letter] = next(option for option in LETTERS if option not in taken)
            return Sum(renamed(term, inner), str(inner.get(letter, letter)), size)
    return rebuilt(e, [renamed(part, mapping) for part in children(e)])


def _at(mapping: Renaming, place: Index) -> Index:
    return mapping.get(place, place) if isinstance(place, str) else place
