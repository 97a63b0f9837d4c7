"""Formulas in the grammar of our own specs."""

from __future__ import annotations

from decimal import Decimal

from derive.errata.inferring.gathering import Gathered
from derive.errata.inferring.members import count, instance, letters_of
from derive.errata.inferring.words import FUNCTIONS, Words
from derive.read.written import tree
from derive.read.written.tree import Name, Node


class Unwritable(Exception):
    """A formula that our own grammar has no words for."""


class Writer:
    """Writes a formula in the grammar of our own specs."""

    def __init__(self, found: Gathered, words: Words) -> None:
        self.found, self.words = found, words

    def write(self, node: Node, tight: int) -> str:
        """Return the text. tight: 0 within a sum, 1 within a product, 2 as the base of a power."""
        match node:
            case tree.Number(_, _, text):
                return f"{Decimal(text):f}"
            case Name():
                if node.base == "e" and not node.sub:
                    return "exp(1)"
                return self.words.word(node)
            case tree.Of(_, _, name, _):
                return self.words.word(name)
            case tree.Plus(_, _, terms):
                made = self.write(terms[0], 0)
                for term in terms[1:]:
                    made += (
                        f" - {self.write(term.arg, 1)}" if isinstance(term, tree.Minus) else f" + {self.write(term, 0)}"
                    )
                return f"({made})" if tight else made
            case tree.Minus(_, _, arg):
                return f"(-{self.write(arg, 1)})" if tight else f"-{self.write(arg, 1)}"
            case tree.Times(_, _, factors, _):
                made = "*".join(self.write(factor, 1) for factor in factors)
                return f"({made})" if tight > 1 else made
            case tree.Over(_, _, above, below):
                made = f"{self.write(above, 1)}/{self.write(below, 2)}"
                return f"({made})" if tight > 1 else made
            case tree.Power(_, _, base, tree.Number(_, _, exponent), _) if exponent.isdigit():
                return f"{self.write(base, 2)}^{exponent}"
            case tree.Apply(_, _, function, (arg,), _) if function.base in FUNCTIONS and not function.primes:
                return f"{FUNCTIONS[function.base]}({self.write(arg, 0)})"
            case tree.Apply(_, _, Name(_, _, ("max" | "min") as word), (a, b), _):
                return f"{word}({self.write(a, 0)}, {self.write(b, 0)})"
            case tree.Root(_, _, arg):
                return f"sqrt({self.write(arg, 0)})"
            case tree.Bars(_, _, arg):
                return f"abs({self.write(arg, 0)})"
            case tree.BigSum(_, _, term, letter, low, high, False):
                return self._sum(term, letter, low, high, tight)
        raise Unwritable

    def _sum(self, term: Node, letter: str, low: Node | None, high: Node | None, tight: int) -> str:
        if len(letter) != 1:
            raise Unwritable
        members = [name for name in tree.names(term) if letter in letters_of(name)]
        if not members:
            raise Unwritable
        start = int(low.text) if isinstance(low, tree.Number) and low.text.isdigit() else 1
        stop = int(high.text) if isinstance(high, tree.Number) and high.text.isdigit() else 0
        stop = stop or max(count(self.found, name) for name in members)
        if not start <= stop <= start + 20:
            raise Unwritable
        made = " + ".join(self.write(instance(term, {letter: str(n)}), 1) for n in range(start, stop + 1))
        return f"({made})" if tight else made
