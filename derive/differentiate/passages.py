"""Every ∂E/∂v as passages of steps, backwards through the equations, each made when it is asked for.

What reaches the error through one quantity is a product of factors (chain rule); what reaches it through several is
a sum of products, one a path (sum over paths). Named intermediates stay named, so that the length of a passage grows
with the number of neighbours of a neuron and not with the size of the network behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from derive.derivation import (
    ChainRule,
    Definition,
    ErrorSignal,
    Key,
    LocalDerivative,
    Numbers,
    Passage,
    Rewriting,
    Rule,
    Step,
    Substitution,
    SumOverPaths,
    Update,
    trained,
)
from derive.differentiate.general import General
from derive.differentiate.products import derivatives_in, is_number, tidy
from derive.differentiate.rules import Template
from derive.differentiate.shortest import shortest
from derive.differentiate.updates import WithUpdates
from derive.expression import ONE, At, Atom, Diff, Diff2, Expr, Mul, Var, product, total
from derive.graph import Graph, instantiate
from derive.notation import Notation
from derive.optimisers import Update as Equations

TOTAL = Var("total")
ETA = Var("eta")
SHOWN_PATHS = 8  # a hidden weight's paths are also written out in one line when there are no more than this


class Locals(Protocol):
    """Local derivatives, as templates with what to put in for their letters."""

    def find(self, of: Var, wrt: Var, /) -> tuple[Template, dict[str, int]] | None: ...


class Passages:
    """The passages of a network by what they are about. See `derive.derivation.Passage`."""

    def __init__(self, spec: Any, graph: Graph, local: Locals, notation: Notation, update: Equations) -> None:
        self.spec = spec
        self.graph = graph
        self.notation = notation
        self.definitions = WithUpdates(graph, update)
        self._local = local
        self._made: dict[Key, Passage] = {}
        self._updates: dict[Key, Passage] = {}
        self._general = General(self)

    def __getitem__(self, key: Key) -> Passage:
        made = self._updates if self.definitions.of_update(key) else self._made
        if key not in made:
            self._prepare(key)
            made[key] = self._make(key)
        return made[key]

    def at_update(self, update: Equations) -> Passages:
        """Return the same network's passages with those of another update; what both have in common is made once."""
        other = type(self)(self.spec, self.graph, self._local, self.notation, update)
        other._made = self._made
        return other

    def meaning(self, key: Atom) -> Expr | None:
        """Return the formula that `key` stands for; None for what is given."""
        if isinstance(key, Diff2):
            raise TypeError("no passage arrives at a second derivative")
        if isinstance(key, Var) and key.kind != "delta" and key not in self.definitions:
            return None
        return self[key].result

    def _prepare(self, key: Key) -> None:
        """Make the error signals of all later layers, last layer first, so that no recursion gets deep."""
        name = key.wrt if isinstance(key, Diff) else key
        local = isinstance(key, Diff) and key.local
        if local or (isinstance(key, Var) and name.kind in ("net", "out", "E", "R", "total")):
            return
        if isinstance(key, Diff) and key.of != TOTAL and not self._is_term(key.of, key.wrt):
            for between in self._general.between(key):
                self[Diff(key.of, between)]
            return
        for layer in range(len(self.spec.layers), name.layer, -1):
            if Diff(TOTAL, Var("net", layer, (1,), 1 if self.spec.samples > 1 else 0)) in self._made:
                continue
            for net in self._layer("net", layer):
                signal = Diff(TOTAL, net)
                self._made[signal] = self._make(signal)

    def _layer(self, kind: str, layer: int) -> Iterator[Var]:
        samples = range(1, self.spec.samples + 1) if self.spec.samples > 1 else (0,)
        for sample in samples:
            for j in range(1, self.spec.sizes[layer] + 1):
                yield Var(kind, layer, (j,), sample)

    def _make(self, key: Key) -> Passage:
        match key:
            case Var(kind) if kind == "delta":
                return self[Diff(TOTAL, Var("net", key.layer, key.index, key.sample))]
            case Var("w+" | "b+"):
                return self._update(key)
            case Var():
                return self._definition(key)
            case Diff(_, _, True):
                return self._local_derivative(key)
            case Diff(of, wrt, _) if of != TOTAL:
                return self._term(of, wrt) if self._is_term(of, wrt) else self._general.make(key)
            case Diff(_, wrt, _):
                made = {"net": self._signal, "out": self._by_output, "w": self._gradient, "b": self._gradient}
                return made[wrt.kind](wrt) if wrt.kind in made else self._general.make(key)

    # ── Steps ──────────────────────────────────────────────────────────────────────────────────────────────

    def step(self, rule: type[Rule], lhs: Key, rhs: Expr, *uses: str, tag: str = "") -> Step:
        """Return a step with an id that tells what it is about."""
        return Step(f"{tag or rule.name}: {self._ascii(lhs)}", rule, lhs, rhs, uses)

    def _ascii(self, key: Key) -> str:
        if isinstance(key, Diff):
            held = self.notation.held(key) if key.local else ()
            fixed = "".join(f"|{self.notation.label(name).ascii}" for name in held)
            return f"d{self.notation.label(key.of).ascii}/d{self.notation.label(key.wrt).ascii}{fixed}"
        return self.notation.label(key).ascii

    def numbers(self, lhs: Key, rhs: Expr, *uses: str, tag: str = "") -> tuple[Step, ...]:
        """Return the step that puts numbers into `rhs`; none where it is a number already."""
        if is_number(rhs):
            return ()
        return (self.step(Numbers, lhs, At(rhs), *uses, tag=tag),)

    def last(self, key: Key) -> str:
        """Return the id of the step with which the passage of `key` arrives at its result."""
        passage = self[key]
        symbolic = [step for step in passage.steps if step.rule is not Numbers]
        if not symbolic:  # it is another passage's by another name
            return self.last(next(part for part in reversed(passage.parts) if not isinstance(part, Step)))
        return symbolic[-1].id

    # ── Passages ───────────────────────────────────────────────────────────────────────────────────────────

    def _definition(self, name: Var) -> Passage:
        rhs = self.definitions[name]
        step = self.step(Definition, name, rhs)
        return Passage(name, (step, *self.numbers(name, rhs, step.id)), rhs)

    def _local_derivative(self, key: Diff) -> Passage:
        found = self._local.find(key.of, key.wrt)
        if found is None:
            raise KeyError(key)
        template, binding = found
        plain, named = instantiate(template.plain, binding), instantiate(template.named, binding)
        definition = self.last(key.of)
        parts: list[Step | Key] = [key.of, self.step(LocalDerivative, key, plain, definition)]
        if named != plain:
            parts.append(self.step(Rewriting, key, named, self._last_id(parts), definition))
        return Passage(key, (*parts, *self.numbers(key, named, self._last_id(parts))), named)

    @staticmethod
    def _last_id(parts: Sequence[Step | Key]) -> str:
        return next(part.id for part in reversed(parts) if isinstance(part, Step))

    def _by_output(self, out: Var) -> Passage:
        """∂E/∂out: from its error term for an output, over all paths for a hidden neuron."""
        key = Diff(TOTAL, out)
        consumers = self.graph.consumers(out)
        if consumers[0].kind == "E":
            (term,) = consumers
            factors = [Diff(TOTAL, term, local=True), Diff(term, out, local=True)]
            return self._product_passage(key, factors)
        if (terms := self._own_terms(consumers)) is not None:
            paths: list[Key] = [Diff(term, out) for term in terms]
            opening = self.step(SumOverPaths, key, total(list(paths)))
            return self._substituted(key, [opening, *paths], total([self[path].result for path in paths]), paths)
        return self._over_paths(key, consumers)

    def _own_terms(self, nets: list[Var]) -> list[Var] | None:
        """Return the error term that each of `nets` alone leads to; None where they mix, or E is no plain sum."""
        terms = []
        for net in nets:
            outs = self.graph.consumers(net)
            reached = self.graph.consumers(outs[0]) if len(outs) == 1 else []
            if len(reached) != 1 or reached[0].kind != "E" or self[Diff(TOTAL, reached[0], local=True)].result != ONE:
                return None
            terms.append(reached[0])
        return terms if len(terms) > 1 else None

    def _is_term(self, of: Var, wrt: Var) -> bool:
        """Return whether ∂of/∂wrt is one output's part of an error signal, or of what it sends back."""
        if of.kind != "E" or wrt.kind not in ("net", "out"):
            return False
        consumers = self.graph.consumers(wrt) if wrt.kind == "out" else [wrt]
        if consumers[0].kind != "net" or consumers[0].layer != of.layer:
            return False
        mine = [net for net in consumers if (net.index, net.sample) == (of.index, of.sample)]
        return bool(mine) and self._own_terms([mine[0], mine[0]]) is not None

    def signal_of(self, key: Diff) -> Var | None:
        """Return the error signal by another name, where `key` is one."""
        if key.of == TOTAL and key.wrt.kind == "net":
            return Var("delta", key.wrt.layer, key.wrt.index, key.wrt.sample)
        return None

    def _term(self, term: Var, wrt: Var) -> Passage:
        """∂E_o1/∂net_o1 and ∂E_o1/∂out_h1: one output's part of an error signal, and of what it sends back."""
        key = Diff(term, wrt)
        if wrt.kind == "net":
            (out,) = self.graph.consumers(wrt)
            factors: list[Diff] = [Diff(term, out, local=True), Diff(out, wrt, local=True)]
            delta = Var("delta", wrt.layer, wrt.index, wrt.sample)
            opening = self.step(ChainRule, key, Mul(tuple(factors)))
            return self._substituted(key, [opening, *factors, delta], delta, [*factors, delta])
        (net,) = [n for n in self.graph.consumers(wrt) if n.index == term.index and n.sample == term.sample]
        return self._product_passage(key, [Diff(term, net), Diff(net, wrt, local=True)])

    def _signal(self, net: Var) -> Passage:
        """δ = ∂E/∂net: through the neuron's own output, or through all outputs of its layer (softmax)."""
        key = Diff(TOTAL, net)
        delta = Var("delta", net.layer, net.index, net.sample)
        named = self.step(ErrorSignal, delta, key)
        outs = self.graph.consumers(net)
        pairs = [(Diff(TOTAL, out), Diff(out, net, local=True)) for out in outs]
        rule = ChainRule if len(outs) == 1 else SumOverPaths
        chain = self.step(rule, key, total([Mul(pair) for pair in pairs]))
        needs: list[Key] = [factor for pair in pairs for factor in pair]
        result = total([tidy([self[a].result, self[b].result]) for a, b in pairs])
        step = self.step(Substitution, delta, result, named.id, chain.id, *map(self.last, needs))
        numbers = self.numbers(delta, self.countable(chain.rhs, result), step.id)
        short = shortest(result, outs[0] if len(outs) == 1 else Var("out", net.layer, net.index, net.sample))
        if short == result:
            return Passage(key, (named, chain, *needs, step, *numbers), result)
        shorter = self.step(Rewriting, delta, short, step.id)
        return Passage(key, (named, chain, *needs, step, shorter, *self.numbers(delta, short, shorter.id)), short)

    def _gradient(self, parameter: Var) -> Passage:
        """∂E/∂w: the chain, its factors, the product, the same with δ, and the update."""
        key = Diff(TOTAL, parameter)
        users = self.graph.consumers(parameter)
        nets = [user for user in users if user.kind == "net"]
        penalty = [Diff(user, parameter, local=True) for user in users if user.kind != "net"]
        deltas = [Var("delta", net.layer, net.index, net.sample) for net in nets]
        locals_ = [Diff(net, parameter, local=True) for net in nets]
        parts: list[Step | Key]
        outs = self.graph.consumers(nets[0])
        if len(nets) == 1 and len(outs) == 1 and not penalty:
            factors = [Diff(TOTAL, outs[0]), Diff(outs[0], nets[0], local=True), locals_[0]]
            whole = self._product_passage(key, factors)
            parts = [*whole.parts[:1], *self._all_paths(key, factors), *whole.parts[1:]]
        elif len(nets) == 1 and not penalty:
            parts = [self.step(ChainRule, key, Mul((Diff(TOTAL, nets[0]), locals_[0]))), *locals_]
        else:
            paths = [Mul((Diff(TOTAL, net), local)) for net, local in zip(nets, locals_, strict=True)]
            ends = [Diff(TOTAL, local.of, local=True) for local in penalty]
            paths += [Mul((end, local)) for end, local in zip(ends, penalty, strict=True)]
            locals_ += [*ends, *penalty]
            parts = [self.step(SumOverPaths, key, total(list(paths))), *locals_]
        terms = [tidy([delta, self[local].result]) for delta, local in zip(deltas, locals_, strict=False)]
        terms += [self[local].result for local in penalty]  # ∂E/∂R is 1
        result = total(terms)
        uses = [*map(self.last, deltas), *map(self.last, locals_)]
        short = self.step(Substitution, key, result, *uses, tag="with error signals")
        parts += [*deltas, short, *self.numbers(key, result, short.id, tag="numbers put in, with error signals")]
        if trained(self.spec, parameter):
            parts += self.updating(key, short.id)
        return Passage(key, tuple(parts), result)

    def updating(self, gradient: Diff, found: str) -> tuple[Step, ...]:
        """Return the step from a gradient to its parameter's update, where it is one line: that of gradient descent.

        found: the id of the step that has the gradient. The lines of other optimisers are a passage of their own.
        """
        parameter = gradient.wrt
        plain = self.definitions.update.plain
        return self._moved(Var(f"{parameter.kind}+", parameter.layer, parameter.index), found) if plain else ()

    def _update(self, updated: Var) -> Passage:
        """w⁺: what the optimiser makes of ∂E/∂w, name by name; for gradient descent, see `updating`."""
        update = self.definitions.update
        parameter = update.parameter(updated)
        gradient = Diff(TOTAL, parameter)
        rhs = self.definitions[updated]
        if update.plain:
            return Passage(updated, (gradient,), rhs)
        *before, _ = update.of(parameter)
        steps = self._moved(updated, self.last(gradient), *map(self.last, before))
        return Passage(updated, (gradient, *before, *steps), rhs)

    def _moved(self, updated: Var, *uses: str) -> tuple[Step, ...]:
        rhs = self.definitions[updated]
        step = self.step(Update, updated, rhs, *uses)
        return (step, *self.numbers(updated, rhs, step.id))

    def _all_paths(self, key: Diff, factors: Sequence[Diff]) -> tuple[Step, ...]:
        """Return the chain of a hidden weight with ∂E/∂out written out over its paths to the outputs."""
        first, *rest = factors
        paths = [list(path) for path in self._paths(first.wrt, SHOWN_PATHS + 1)]
        if not 1 < len(paths) <= SHOWN_PATHS:
            return ()
        over = total([product(list(path)) for path in paths])
        return (self.step(Substitution, key, Mul((over, *rest)), tag="all paths"),)

    def _paths(self, name: Var, limit: int) -> list[tuple[Diff, ...]]:
        """Return the local factors along each path from `name` to the error, last factor first; `limit` at the most."""
        found: list[tuple[Diff, ...]] = []
        stack: list[tuple[Var, tuple[Diff, ...]]] = [(name, ())]
        while stack and len(found) < limit:
            at, factors = stack.pop()
            if at == TOTAL:
                found.append(factors)
            for consumer in reversed(self.graph.consumers(at)):
                factor = Diff(consumer, at, local=True)
                plain = consumer == TOTAL and self[factor].result == ONE
                stack.append((consumer, factors if plain else (factor, *factors)))
        return found

    def _over_paths(self, key: Diff, nets: list[Var]) -> Passage:
        locals_ = [Diff(net, key.wrt, local=True) for net in nets]
        deltas = [Var("delta", net.layer, net.index, net.sample) for net in nets]
        rule = ChainRule if len(nets) == 1 else SumOverPaths
        opening = self.step(
            rule, key, total([Mul((Diff(TOTAL, net), local)) for net, local in zip(nets, locals_, strict=True)])
        )
        result = total([tidy([delta, self[local].result]) for delta, local in zip(deltas, locals_, strict=True)])
        needs: list[Key] = [*deltas, *locals_]
        return self._substituted(key, [opening, *needs], result, needs)

    def _product_passage(self, key: Diff, factors: Sequence[Diff]) -> Passage:
        opening = self.step(ChainRule, key, Mul(tuple(factors)))
        return self._substituted(
            key, [opening, *factors], tidy([self[factor].result for factor in factors]), list(factors)
        )

    def _substituted(self, key: Diff, parts: list[Step | Key], result: Expr, needs: Sequence[Key]) -> Passage:
        step = self.step(Substitution, key, result, self._last_id(parts), *map(self.last, needs))
        opening = next(part for part in parts if isinstance(part, Step))
        return Passage(key, (*parts, step, *self.numbers(key, self.countable(opening.rhs, result), step.id)), result)

    def countable(self, chain: Expr, result: Expr) -> Expr:
        """Return what numbers are put into: the factors that were just found; the result where one of them is trivial.

        0.741 · 0.187 · 0.593 is what a person multiplies; 1 · 0.741 is not.
        """
        trivial = any(is_number(self[factor].result) for factor in derivatives_in(chain))
        return result if trivial else chain
