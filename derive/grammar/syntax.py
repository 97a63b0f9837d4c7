"""The tree of a formula as it was typed: every node knows its column, from 1."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from msgspec import Struct


class Syntax(Struct, frozen=True):
    """Base of every node.

    column: where it is in the text: its first character, or for an operation the operator's.
    """

    column: int


class Number(Syntax, frozen=True):
    """0.5, 12, 1e-3: exact, and as it was typed."""

    value: Fraction
    text: str = ""


class Name(Syntax, frozen=True):
    """w_1, or a part of an array: W[i, 2]. Places are letters, or whole numbers from 1."""

    name: str
    places: tuple[Name | Number, ...] = ()


class Negative(Syntax, frozen=True):
    """-a"""

    arg: Syntax


class Plus(Syntax, frozen=True):
    """a + b + …; what is taken away is a `Negative`."""

    terms: tuple[Syntax, ...]


class Times(Syntax, frozen=True):
    """a * b * …"""

    factors: tuple[Syntax, ...]


class Over(Syntax, frozen=True):
    """a / b"""

    above: Syntax
    below: Syntax


class Power(Syntax, frozen=True):
    """a ^ b"""

    base: Syntax
    exponent: Syntax


class Apply(Syntax, frozen=True):
    """f(a, b, …)"""

    name: str
    args: tuple[Syntax, ...]


class Left(Struct, frozen=True):
    """What an equation defines: h, or h[i] with its letters."""

    name: str
    letters: tuple[str, ...] = ()


def parts(node: Syntax) -> tuple[Syntax, ...]:
    """Return the nodes right below `node`, in the order of the text."""
    match node:
        case Negative(_, a):
            return (a,)
        case Plus(_, several) | Times(_, several) | Apply(_, _, several) | Name(_, _, several):
            return several
        case Over(_, a, b) | Power(_, a, b):
            return (a, b)
        case _:
            return ()


def depth(node: Syntax) -> int:
    """Return how many nodes stand on the longest way down, `node` included."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [part for above in level for part in parts(above)]
    return deepest


def mentioned(node: Syntax, letters: tuple[str, ...] = ()) -> Iterator[Name]:
    """Yield every quantity that is named in `node`, left to right: names that are no index letters.

    letters: those of the left side of the equation.
    """
    stack: list[tuple[Syntax, tuple[str, ...]]] = [(node, letters)]
    while stack:
        here, bound = stack.pop()
        below: tuple[Syntax, ...] = parts(here)
        match here:
            case Name(_, name, _):
                if name not in bound:
                    yield here
                continue
            case Apply(_, "sum", (Name(_, letter, ()), *rest)) if rest:
                bound, below = (*bound, letter), tuple(rest)
        stack.extend((part, bound) for part in reversed(below))


def indexed(node: Syntax) -> list[Name]:
    """Return every name with places, left to right."""
    found: list[Name] = []
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, Name):
            if here.places:
                found.append(here)
        else:
            stack.extend(reversed(parts(here)))
    return found


def index_letters(node: Syntax) -> frozenset[str]:
    """Return the letters that stand anywhere as a place."""
    return frozenset(place.name for name in indexed(node) for place in name.places if isinstance(place, Name))


def written(node: Name) -> str:
    """Return a name with its places: W[i, 2]."""
    return f"{node.name}[{', '.join(place.name if isinstance(place, Name) else place.text for place in node.places)}]"
