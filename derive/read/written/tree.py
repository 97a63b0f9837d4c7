"""A formula as somebody wrote it: every node knows where it stands in the formula's text, numbers keep their digits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct


class Node(Struct, frozen=True):
    """Base of every node. start, end: where it stands in the text of the formula."""

    start: int
    end: int


class Number(Node, frozen=True):
    """A number as it is printed, without marks between thousands: "0.751365070"."""

    text: str

    @property
    def value(self) -> Fraction:
        return Fraction(Decimal(self.text))

    @property
    def decimals(self) -> int:
        """How many digits stand after the point; negative where zeros before it are no digits (3e5 has −5)."""
        exponent = Decimal(self.text).as_tuple().exponent
        return -int(exponent)

    @property
    def digits(self) -> int:
        """How many significant digits are printed."""
        return len(Decimal(self.text).as_tuple().digits)


class Name(Node, frozen=True):
    """A named thing.

    base: a letter or a word ("w", "net", "delta").  sub, sup: scripts as plain text ("o1", "(2)", "11", "+").
    accent: "hat", "bar", "tilde", "".  primes: how many.  bold: whether it is set as a vector or a matrix.
    """

    base: str
    sub: str = ""
    sup: str = ""
    accent: str = ""
    primes: int = 0
    bold: bool = False

    @property
    def plain(self) -> str:
        """The name as plain text, the same for all that differs in fonts only: w_{11}^{(2)}."""
        text = self.base + (f"~{self.accent}" if self.accent else "") + "'" * self.primes
        if self.sub:
            text += f"_{self.sub}" if self.sub.isalnum() else f"_{{{self.sub}}}"
        if self.sup:
            text += f"^{self.sup}" if self.sup.isalnum() else f"^{{{self.sup}}}"
        return text


class Plus(Node, frozen=True):
    """a + b − …; what is taken away is a `Minus`."""

    terms: tuple[Node, ...]


class Minus(Node, frozen=True):
    """−a"""

    arg: Node


class Times(Node, frozen=True):
    """a · b …, with or without a sign. marks: what stands between them: "·", "×", "*", "⊙", "" …"""

    factors: tuple[Node, ...]
    marks: tuple[str, ...]


class Over(Node, frozen=True):
    """a / b, or a fraction."""

    above: Node
    below: Node


class Power(Node, frozen=True):
    """a ^ b. bare: whether b stands right behind a name, so that it may be a label as well."""

    base: Node
    exponent: Node
    bare: bool = False


class Apply(Node, frozen=True):
    """f(a, b, …); primes: of f.  brackets: whether there are any."""

    function: Name
    args: tuple[Node, ...]
    brackets: bool = True


class Of(Node, frozen=True):
    """A name with what it depends on, E(w, b): the name."""

    name: Name
    args: tuple[Node, ...]


class Root(Node, frozen=True):
    """The square root of a."""

    arg: Node


class Derivative(Node, frozen=True):
    """∂of/∂by, of the first or the second order; `partial` whether it is written with ∂.

    held: what stands behind a bar at its right, and is held fixed.
    """

    of: Node
    by: tuple[Node, ...]
    partial: bool = True
    held: Node | None = None


class BigSum(Node, frozen=True):
    """Σ term. letter, low, high: "" or None where they are not written."""

    term: Node
    letter: str = ""
    low: Node | None = None
    high: Node | None = None
    product: bool = False


class Grid(Node, frozen=True):
    """A matrix by rows, or a list in brackets (`listed`), which may be a row or a column."""

    rows: tuple[tuple[Node, ...], ...]
    listed: bool = False


class Turned(Node, frozen=True):
    """aᵀ"""

    arg: Node


class Choice(Node, frozen=True):
    """Cases: (value, condition) in their order; a condition is None where it says "otherwise"."""

    branches: tuple[tuple[Node, Condition | None], ...]


class Condition(Node, frozen=True):
    """left > right, and the like."""

    left: Node
    relation: str
    right: Node


class Bars(Node, frozen=True):
    """|a|"""

    arg: Node


class Norm(Node, frozen=True):
    """‖a‖, of a number or of a vector. kind: what stands below it: "2", "F", ""."""

    arg: Node
    kind: str = ""


class Component(Node, frozen=True):
    """One entry of what is no name: softmax(z)_i. index: as it is written."""

    of: Node
    index: str


class Opaque(Node, frozen=True):
    """What was not understood, as it is written, and why."""

    text: str
    why: str


class Relation(Node, frozen=True):
    """What stands between two sides: "=", "≈", ":=", "←", "≠", "<", …"""

    sign: str


EQUAL = ("=", "≈", ":=", "←")
"""Relations that say that two sides are equal, or made so."""


class Statement(Node, frozen=True):
    """Sides with relations between them. The first side is None where a line begins with a relation."""

    sides: tuple[Node | None, ...]
    relations: tuple[Relation, ...]


class Formula(Struct, frozen=True):
    """A formula that has been read: its statements in their order, and what was not understood in it."""

    statements: tuple[Statement, ...]
    doubts: tuple[tuple[int, int, str], ...] = ()


def parts(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below `node`."""
    match node:
        case Plus(_, _, several) | Times(_, _, several, _):
            return several
        case (
            Minus(_, _, a) | Root(_, _, a) | Turned(_, _, a) | Bars(_, _, a) | Norm(_, _, a, _) | Component(_, _, a, _)
        ):
            return (a,)
        case Over(_, _, a, b) | Power(_, _, a, b, _):
            return (a, b)
        case Apply(_, _, _, args, _):
            return args
        case Derivative(_, _, of, by, _, _):
            return (of, *by)
        case BigSum(_, _, term, _, low, high, _):
            return (term, *(each for each in (low, high) if each is not None))
        case Grid(_, _, rows, _):
            return tuple([cell for row in rows for cell in row])
        case Choice(_, _, branches):
            return tuple([part for value, test in branches for part in ((value,) if test is None else (value, test))])
        case Condition(_, _, a, _, b):
            return (a, b)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and all below it, in the order of the text."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(reversed(parts(here)))


def names(node: Node) -> Iterator[Name]:
    """Yield every name in `node`."""
    for each in walk(node):
        if isinstance(each, Name):
            yield each
        elif isinstance(each, Of):
            yield each.name


def opaque(node: Node) -> Opaque | None:
    """Return the first thing in `node` that was not understood."""
    return next((each for each in walk(node) if isinstance(each, Opaque)), None)


def numeric(node: Node) -> bool:
    """Return whether there is nothing but numbers in `node`."""
    return not any(
        isinstance(each, Opaque | Name | Of | Derivative | BigSum) or (isinstance(each, Apply) and each.function.primes)
        for each in walk(node)
    )


def depth(node: Node) -> int:
    """Return how many nodes stand one within the other."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [part for each in level for part in parts(each)]
    return deepest


def times(factors: Sequence[Node], marks: Sequence[str]) -> Node:
    """Return the product of factors, or the only one."""
    if len(factors) == 1:
        return factors[0]
    return Times(factors[0].start, factors[-1].end, tuple(factors), tuple(marks))


def widened(node: Node, start: int, end: int) -> Node:
    """Return a node with another place: with its brackets."""
    return node.__class__(start, end, *[getattr(node, field) for field in node.__struct_fields__[2:]])


def replaced(node: Node, old: Node, new: Node) -> Node:
    """Return `node` with `new` in the place of the part that is `old`, the very object."""
    if node is old:
        return new
    fields = []
    for field in node.__struct_fields__:
        value = getattr(node, field)
        if isinstance(value, Node):
            value = replaced(value, old, new)
        elif isinstance(value, tuple):
            value = tuple([_inside(each, old, new) for each in value])
        fields.append(value)
    return node.__class__(*fields)


def _inside(value: object, old: Node, new: Node) -> object:
    if isinstance(value, Node):
        return replaced(value, old, new)
    return tuple([_inside(each, old, new) for each in value]) if isinstance(value, tuple) else value
