"""The derivative of any quantity by any other, backwards along the equations between them.

    ∂y/∂v = Σ ∂y/∂c · ∂c/∂v        over the quantities c whose equations mention v, and on which y depends

With nothing but equations to go by: no layers, no error signals. What is known by a short formula is put in; what is
not stays a derivative with a name of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.derivation import ChainRule, Key, Passage, Rewriting, Step, Substitution, SumOverPaths
from derive.differentiate.products import is_number, tidy
from derive.differentiate.shortest import shortest
from derive.expression import ZERO, Diff, Expr, Mul, Var, count, names, total

if TYPE_CHECKING:
    from derive.differentiate.passages import Passages

SHORT = 14  # nodes; a longer formula is not put in for the derivative that it is


class General:
    """Makes the passages of derivatives for which `passages` has no form of its own."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages
        self._graph = passages.graph
        self._cones: dict[Var, set[Var]] = {}

    def between(self, key: Diff) -> list[Var]:
        """Return the quantities through which `key.of` depends on `key.wrt`, the last of the calculation first."""
        cone = self._cone(key.of)
        found: set[Var] = set()
        stack = [key.wrt]
        while stack:
            reached = [name for name in self._graph.consumers(stack.pop()) if name in cone and name not in found]
            found.update(reached)
            stack.extend(name for name in reached if name != key.of)
        found.discard(key.of)
        return sorted(found, key=lambda name: (-self._graph.rank(name), str(name)))

    def make(self, key: Diff) -> Passage:
        """Return the passage of `key`, whose factors are looked up."""
        of, wrt = key.of, key.wrt
        consumers = [name for name in self._graph.consumers(wrt) if name in self._cone(of)]
        if consumers == [of]:  # one equation, one derivative: the local one is the whole
            local = Diff(of, wrt, local=True)
            return Passage(key, (local,), self._passages[local].result)
        if not consumers:
            return Passage(key, (self._passages.step(Rewriting, key, ZERO),), ZERO)
        terms: list[Expr] = []
        results: list[Expr] = []
        needs: list[Key] = []
        for name in consumers:
            local = Diff(name, wrt, local=True)
            slope = self._passages[local].result
            if name == of:
                terms.append(local)
                results.append(slope)
                needs.append(local)
                continue
            factor, known = Diff(of, name), self._known(Diff(of, name))
            terms.append(Mul((factor, local)))
            results.append(tidy([known, slope]))
            needs += [self._passages.signal_of(factor) or factor, local]
        return self._written(key, total(terms), total([r for r in results if r != ZERO]), needs)

    def _written(self, key: Diff, chain: Expr, result: Expr, needs: list[Key]) -> Passage:
        passages = self._passages
        rule = ChainRule if isinstance(chain, Mul) else SumOverPaths
        opening = passages.step(rule, key, chain)
        step = passages.step(Substitution, key, result, opening.id, *map(passages.last, needs))
        parts: list[Step | Key] = [opening, *needs, step]
        short = shortest(result, next(names(result), key.of))
        if short != result:
            numbers = passages.numbers(key, passages.countable(chain, result), step.id)
            shorter = passages.step(Rewriting, key, short, step.id)
            again = passages.numbers(key, short, shorter.id, tag="numbers put in, shorter")
            return Passage(key, (*parts, *numbers, shorter, *again), short)
        return Passage(key, (*parts, *passages.numbers(key, passages.countable(chain, result), step.id)), result)

    def _known(self, key: Diff) -> Expr:
        """Return what stands for a derivative in a product: its error signal, its formula if short, or its name."""
        if (signal := self._passages.signal_of(key)) is not None:
            return signal
        result = self._passages[key].result
        return result if is_number(result) or count(result) <= SHORT else key

    def _cone(self, name: Var) -> set[Var]:
        """Return `name` and everything that it is made of."""
        if name not in self._cones:
            found = {name}
            stack = [name]
            while stack:
                top = stack.pop()
                if top in self._graph:
                    parts = [part for part in names(self._graph[top]) if part not in found]
                    found.update(parts)
                    stack.extend(parts)
            self._cones[name] = found
        return self._cones[name]
