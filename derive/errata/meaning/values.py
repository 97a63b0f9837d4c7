"""What a formula says, or why that is unclear; and how much of it may be written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from derive.errata.naming import Ref
from derive.errata.world import Table
from derive.expression import Expr, children
from derive.read.written.tree import Name, Node

Value = Expr | Table
"""An expression, or a matrix of them."""

MOST_TERMS = 4_000
WIDEST = 4_000  # nodes of an expression that a function of the document's own makes
STAND_IN = 3  # terms of a sum whose length is not said


class Unclear(Exception):
    """A formula that cannot be given a meaning, and the part of it that is to blame."""

    def __init__(self, why: str, node: Node | None = None) -> None:
        self.why, self.node = why, node
        super().__init__(why)

    @property
    def missing(self) -> bool:
        """Whether the network has no such quantity: index letters went too far."""
        return self.why.startswith("there is no")


class Reader(Protocol):
    """What gives the parts of a formula their meaning, with numbers for index letters."""

    ref: Callable[[Name], Ref | None]

    def of(self, node: Node, binding: Mapping[str, int] = ...) -> Value:
        """Return what a formula says. Raises Unclear."""

    def scalar(self, node: Node, binding: Mapping[str, int] = ...) -> Expr:
        """Return what a formula says. Raises Unclear, also where it is a matrix."""


def size(e: Expr, most: int) -> int:
    """Return how many nodes an expression has, counted up to `most`."""
    count, stack = 0, [e]
    while stack and count <= most:
        count += 1
        stack.extend(children(stack.pop()))
    return count
