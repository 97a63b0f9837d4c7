"""Sums and products over an index letter, written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.errata.meaning.letters import index_letters, letters_of
from derive.errata.meaning.values import MOST_TERMS, STAND_IN, Reader, Unclear, Value
from derive.errata.world import World
from derive.expression import Expr, Mul, total
from derive.read.written import tree
from derive.read.written.tree import BigSum, Name, Node, Number

DIGITS = 6  # of a bound


class Sums:
    """Gives sums their meaning in a world."""

    def __init__(self, world: World, reader: Reader) -> None:
        self.world, self._reader = world, reader

    def of(self, node: BigSum, binding: Mapping[str, int]) -> Expr:
        """Return a sum or a product written out. Raises Unclear."""
        letter = self._letter(node, binding)
        if not letter:
            return self._without_letter(node, self._reader.of(node.term, binding))
        if not letter.isalpha():
            raise Unclear("a sum over several letters", node)
        low, high = _bound(node.low), _bound(node.high)
        if not self._has(node.term, letter):
            self._reader.of(node.term, {**binding, letter: 1})
            raise Unclear(f"nothing in the sum has the index {letter}", node)
        return self._folded(node, self._terms(node, letter, low, high, binding))

    def _letter(self, node: BigSum, binding: Mapping[str, int]) -> str:
        """Return the letter that a sum runs over; "" where none is written, or to be guessed."""
        letter = node.letter.strip("()")
        if not letter and self.world.open:
            free = {each for name in tree.names(node.term) for each in index_letters(name)} - set(binding)
            return free.pop() if len(free) == 1 else ""
        return letter

    def _without_letter(self, node: BigSum, value: Value) -> Expr:
        """Return the sum of the entries of a vector. Of a single number, with one output, it is that number."""
        if isinstance(value, tuple):
            return self._folded(node, [e for row in value for e in row])
        if node.low is None and node.high is None:
            return value
        raise Unclear("a sum whose index is not written", node)

    def _has(self, term: Node, letter: str) -> bool:
        """Return whether an index letter is in a formula."""
        if letter in letters_of(term, self._reader.ref):
            return True
        return self.world.open and any(letter in index_letters(name) for name in tree.names(term))

    def _terms(
        self, node: BigSum, letter: str, low: int | None, high: int | None, binding: Mapping[str, int]
    ) -> list[Expr]:
        """Return the terms of a sum; where a bound is not said, as many as there are."""
        allowed = self.world.letters()
        if self.world.open and allowed.stop <= 1:
            allowed = range(1, STAND_IN + 1)
        terms: list[Expr] = []
        for place in range(1 if low is None else low, allowed.stop if high is None else high + 1):
            if len(terms) > MOST_TERMS:
                raise Unclear("a sum too long to be written out", node)
            try:
                terms.append(self._reader.scalar(node.term, {**binding, letter: place}))
            except Unclear as unclear:
                if unclear.missing and (high is None or low is None) and terms:
                    break
                raise
        if not terms:
            raise Unclear("a sum of nothing", node)
        return terms

    def _folded(self, node: BigSum, terms: Sequence[Expr]) -> Expr:
        return Mul(tuple(terms)) if node.product else total(list(terms))


def _bound(node: Node | None) -> int | None:
    """Return a bound of a sum that is a number; None for a letter that says how many there are. Raises Unclear."""
    if node is None or isinstance(node, Name):
        return None
    if isinstance(node, Number) and node.text.isdigit() and len(node.text) <= DIGITS:
        return int(node.text)
    raise Unclear("a bound that is no number", node)
