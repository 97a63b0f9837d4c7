"""What is judged: the sides of a statement, and what a chain of equations has come to."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from derive.errata.meaning import Meaning, Unclear, Value
from derive.errata.numbers import Printed, printed
from derive.errata.reading import Placed
from derive.errata.world import World
from derive.expression import Expr, Var, names
from derive.read.written.tree import Name, Node, Statement, numeric

NESTED = "nested too deeply"


class Where(Struct, frozen=True):
    """A statement with the formula that it stands in."""

    placed: Placed
    statement: Statement

    @property
    def rest(self) -> list[Node]:
        """All sides but the first one, without those that are empty."""
        return [side for side in self.statement.sides[1:] if side is not None]

    def of(self, statement: Statement) -> Where:
        """Return the place of another statement of the same formula."""
        return Where(self.placed, statement)


class Side(Struct, frozen=True):
    """One side of a statement. value: what it says; None where that is unclear, and `why`.

    printed: the number that it is, where it is a single one.
    """

    node: Node
    numeric: bool
    value: Value | None = None
    why: str = ""
    printed: Printed | None = None

    @property
    def expr(self) -> Expr | None:
        """What it says, where that is no matrix."""
        return None if isinstance(self.value, tuple) else self.value

    @classmethod
    def compiled(cls, node: Node, meaning: Meaning) -> Side:
        """Return a side with what it says."""
        is_numeric = numeric(node)
        try:
            return cls(node, is_numeric, meaning.of(node), "", printed(node))
        except Unclear as unclear:
            return cls(node, is_numeric, None, unclear.why)
        except RecursionError:
            return cls(node, is_numeric, None, NESTED)


class Anchor(Struct, frozen=True):
    """What a chain of equations is about, and where it has come to.

    value: the quantity, or the first formula, that all that follows is to be equal to.
    formula: the last formula with its node.  number: the last side in numbers.  claim: the claim about the last side.
    updated: whether a parameter is given a new value here.
    functions: where it is about a function as such, the names that may have any value.
    """

    value: Value
    name: str = ""
    formula: Side | None = None
    number: Side | None = None
    claim: int = 0
    updated: bool = False
    functions: frozenset[str] | None = None

    @property
    def expr(self) -> Expr | None:
        """What it is about, where that is no matrix."""
        return None if isinstance(self.value, tuple) else self.value

    def after_formula(self, side: Side, claim: int = 0) -> Anchor:
        """Return the chain behind a formula, and the claim about it, if that may make others wrong."""
        return replace(self, formula=side, number=None, claim=claim)

    def after_number(self, side: Side, claim: int | None = None) -> Anchor:
        """Return the chain behind numbers, and the claim about them; that before them is kept where there is none."""
        return replace(self, number=side, claim=self.claim if claim is None else claim)


def comes_to(side: Side | None, world: World) -> Fraction | None:
    """Return the value of a side at the given point; None of a matrix, and where there is none."""
    expr = side.expr if side is not None else None
    return world.exact(expr) if expr is not None else None


def spelled(node: Node) -> str:
    """Return the name that a side is, as it is written; "" where it is none."""
    return node.plain if isinstance(node, Name) else ""


def entries(value: Value) -> list[Expr]:
    """Return the entries of a matrix, or the one formula."""
    return [e for row in value for e in row] if isinstance(value, tuple) else [value]


def names_of(value: Value) -> Iterator[Var]:
    """Yield the names in a value."""
    return (name for e in entries(value) for name in names(e))


def shape(value: tuple[tuple[Expr, ...], ...]) -> tuple[int, int]:
    """Return how many rows and columns a matrix has."""
    return len(value), len(value[0])
