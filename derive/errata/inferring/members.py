"""Equations with index letters: the members of the family that a document mentions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from derive.errata.inferring.gathering import Gathered
from derive.read.written import tree
from derive.read.written.tree import Name, Node

MOST = 9  # members of a family


def members(found: Gathered) -> Iterator[tuple[Name, Node]]:
    """Yield the definitions; one with index letters for each member that is mentioned."""
    for several in list(found.definitions.values()):
        for name, formula in several:
            letters = letters_of(name)
            if not letters:
                yield name, formula
            elif len(letters) == 1:
                yield from _family(found, name, formula, letters[0])


def _family(found: Gathered, name: Name, formula: Node, letter: str) -> Iterator[tuple[Name, Node]]:
    """Yield the members of a family that are not defined by themselves."""
    mentioned = count(found, name)
    for number in range(1, MOST + 1):
        binding = {letter: str(number)}
        member = bound(name, binding)
        if (member.plain in found.named or number <= mentioned) and member.plain not in found.definitions:
            yield member, instance(formula, binding)


def letters_of(name: Name) -> list[str]:
    """Return the index letters of a subscript that has nothing else but digits."""
    return re.findall(r"[jkilmn]", name.sub) if re.fullmatch(r"[\djkilmn,]+", name.sub) else []


def count(found: Gathered, name: Name) -> int:
    """Return how many members of the family of a name are mentioned."""
    pattern = re.compile(re.sub(r"[jkilmn]", r"(\\d)", re.escape(name.sub)))
    numbers = [
        int(match[1]) for other in found.named.values()
        if other.base == name.base and other.accent == name.accent and other.sup == name.sup
        and (match := pattern.fullmatch(other.sub)) and match.groups()
    ]  # fmt: skip
    return max(numbers, default=0)


def bound(name: Name, binding: Mapping[str, str]) -> Name:
    """Return a name with numbers for its index letters."""
    sub = "".join(binding.get(c, c) for c in name.sub) if re.fullmatch(r"[\djkilmn,]+", name.sub) else name.sub
    return Name(name.start, name.end, name.base, sub, name.sup, name.accent, name.primes, name.bold)


def instance(node: Node, binding: Mapping[str, str]) -> Node:
    """Return a formula with numbers for index letters."""
    match node:
        case Name():
            return bound(node, binding)
        case tree.Plus(a, b, terms):
            return tree.Plus(a, b, tuple(instance(term, binding) for term in terms))
        case tree.Minus(a, b, arg):
            return tree.Minus(a, b, instance(arg, binding))
        case tree.Times(a, b, factors, marks):
            return tree.Times(a, b, tuple(instance(factor, binding) for factor in factors), marks)
        case tree.Over(a, b, above, below):
            return tree.Over(a, b, instance(above, binding), instance(below, binding))
        case tree.Power(a, b, base, exponent, bare):
            return tree.Power(a, b, instance(base, binding), exponent, bare)
        case tree.Apply(a, b, function, args, brackets):
            return tree.Apply(a, b, function, tuple(instance(arg, binding) for arg in args), brackets)
        case tree.Root(a, b, arg):
            return tree.Root(a, b, instance(arg, binding))
        case tree.BigSum(a, b, term, letter, low, high, product):
            inner = {key: value for key, value in binding.items() if key != letter}
            return tree.BigSum(a, b, instance(term, inner), letter, low, high, product)
    return node
