"""What a formula means: the tree as an `Expr` over index letters, with every shape checked.

An array is one equation, whatever its size: h = tanh(dot(W, x)) becomes h_i = tanh(Σⱼ W_ij x_j). Whole arrays are
combined entry by entry, and single numbers with every entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from derive.errors import DeriveError, nearest
from derive.expression import ONE, Add, Const, Div, Expr, Index, Mul, Neg, Num, Pow, Var
from derive.grammar.constants import MAX_BITS, MAX_EXPONENT, constant, is_constant
from derive.grammar.formula import POOL, Formula, Shape, Size, entrywise, fresh, shown_shape
from derive.grammar.functions import PI, Elementwise, apply, reserved
from derive.grammar.scanning import refusal
from derive.grammar.syntax import (
    Apply,
    Left,
    Name,
    Negative,
    Number,
    Over,
    Plus,
    Power,
    Syntax,
    Times,
    index_letters,
    indexed,
    written,
)

MAX_POWER = 1_000
MAX_NODES = 2_000


Bound = Mapping[str, int]
"""The index letters that stand for places here, each with how far it runs."""


class Scope(NamedTuple):
    """What the names in a formula stand for.

    shapes: of every quantity that it may mention.
    var: from a quantity's name and a place to the `Var`.
    activations: by the word that stands in formulas (leaky_relu).
    names: every quantity of the model, those too that come later.
    powers: see `Size.power`, of every quantity that is itself calculated.
    """

    shapes: Mapping[str, Shape]
    var: Callable[[str, tuple[Index, ...]], Var]
    activations: Mapping[str, Elementwise] = {}
    names: frozenset[str] = frozenset()
    powers: Mapping[str, int] = {}


class Entry(NamedTuple):
    """What an equation says of every place: shape and letters of the left side, the right side with them, its size."""

    shape: Shape
    letters: tuple[str, ...]
    rhs: Expr
    size: Size


class Meaning:
    """One formula, read in one scope. `text` and `where` are for errors."""

    def __init__(self, text: str, scope: Scope, *, where: str = "") -> None:
        self.text, self.scope, self.where = text, scope, where

    def equation(self, left: Left, tree: Syntax) -> Entry:
        """Return what the equation `left` = `tree` says. Raises DeriveError, with both shapes, where they differ."""
        taken = index_letters(tree) | set(left.letters) | (self.scope.names & set(POOL))
        for letter in left.letters:
            if letter in self.scope.names:
                raise self.refuse(f"{letter} is a quantity, and cannot be an index too", 1, hint="another letter")
        bound = {letter: self.extent(letter, tree, 1) for letter in left.letters}
        made = self.formula(tree, bound)
        letters, shape = left.letters, tuple(bound.values())
        if not letters:
            shape = made.shape
            for _ in shape:
                letters = (*letters, fresh(taken | set(letters)))
            return Entry(shape, letters, made.at(letters, taken | set(letters)), made.size)
        if made.shape:
            raise self.refuse(
                f"{left.name}[{', '.join(left.letters)}] is one number at each place, and the right side has shape "
                f"{shown_shape(made.shape)}", tree.column, hint=f"{left.name} without letters on the left",
            )  # fmt: skip
        return Entry(shape, letters, made.at((), taken), made.size)

    def refuse(self, what: str, column: int, *, allowed: str = "", hint: str = "") -> DeriveError:
        return refusal(what, self.text, column, self.where, allowed=allowed, hint=hint)

    # ── Index letters ────────────────────────────────────────────────────────────────────────────────────────────

    def extent(self, letter: str, body: Syntax, column: int) -> int:
        """Return how far `letter` runs, which all its uses in `body` must agree on."""
        first: tuple[Name, int] | None = None
        for node in indexed(body):
            for position, place in enumerate(node.places):
                if not isinstance(place, Name) or place.name != letter:
                    continue
                size = self.shape(node)[position]
                if first is not None and first[1] != size:
                    raise self.refuse(
                        f"{letter} runs to {first[1]} in {written(first[0])}, whose shape is "
                        f"{shown_shape(self.shape(first[0]))}, and to {size} in {written(node)}, whose shape is "
                        f"{shown_shape(self.shape(node))}", place.column,
                    )  # fmt: skip
                first = first or (node, size)
        if first is None:
            raise self.refuse(
                f"nothing tells how far {letter} runs", column, allowed=f"a quantity with {letter} as a place",
                hint=f"x[{letter}]",
            )  # fmt: skip
        return first[1]

    def shape(self, node: Name) -> Shape:
        """Return the shape of the quantity whose places `node` names. Raises DeriveError where it has others."""
        shape = self.known(node)
        if not shape:
            raise self.refuse(
                f"{node.name} is a single number, and has no places", node.column,
                hint=f"values or shapes that make {node.name} an array",
            )  # fmt: skip
        if len(node.places) != len(shape):
            raise self.refuse(
                f"{node.name} has shape {shown_shape(shape)}, and {written(node)} names {len(node.places)} of its "
                "places", node.column, hint=f"{node.name}[{', '.join(POOL[: len(shape)])}]",
            )  # fmt: skip
        return shape

    def known(self, node: Name) -> Shape:
        name = node.name
        if name in self.scope.shapes:
            return self.scope.shapes[name]
        if name == PI:
            raise self.refuse("pi is a single number, and has no places", node.column, hint="pi")
        if name in reserved(self.scope.activations):
            raise self.refuse(f"{name} is a function, and stands before round brackets", node.column, hint=f"{name}(…)")
        raise self.refuse(f"there is no quantity {name}", node.column, hint=nearest(name, self.scope.shapes))

    # ── The tree, node by node ───────────────────────────────────────────────────────────────────────────────────

    def formula(self, node: Syntax, bound: Bound) -> Formula:
        """Return what `node` means where the letters of `bound` stand for places."""
        made = self._formula(node, bound)
        size = made.size
        if size.nodes > MAX_NODES:
            raise self.refuse(
                "the formula grows too large", node.column, allowed=f"at most {MAX_NODES:,} parts, written out",
                hint="give a part of it a name, in an equation of its own",
            )  # fmt: skip
        if size.power > MAX_POWER:
            raise self.refuse(
                f"the powers of powers come to {size.power:,}", node.column, allowed=f"at most {MAX_POWER:,}"
            )
        if size.bits > MAX_BITS:
            raise self.refuse("the numbers grow too long", node.column, allowed=f"at most {MAX_BITS:,} bits")
        return made

    def _formula(self, node: Syntax, bound: Bound) -> Formula:
        match node:
            case Number(_, value):
                bits = max(value.numerator.bit_length(), value.denominator.bit_length())
                return Formula((), lambda place, taken: Num(value), Size(bits=bits))
            case Name():
                return self.name(node, bound)
            case Negative(_, arg):
                of = self.formula(arg, bound)
                return entrywise(of.shape, [of], Neg, of.size.over())
            case Plus(_, terms):
                return self.together(terms, bound, lambda *made: Add(made))
            case Times(_, factors):
                return self.together(factors, bound, lambda *made: Mul(made), product=True)
            case Over(column, above, below):
                if constant(below) == 0:
                    raise self.refuse("this divides by 0", column)
                return self.together((above, below), bound, Div)
            case Power():
                return self.power(node, bound)
            case Apply():
                return apply(self, node, bound)
            case _:
                raise AssertionError(node)

    def name(self, node: Name, bound: Bound) -> Formula:
        name, size = node.name, Size(power=self.scope.powers.get(node.name, 1))
        if name in bound:
            raise self.refuse(f"{name} is an index here, and no number", node.column, hint=f"x[{name}]")
        if name == PI and not node.places:
            return Formula((), lambda place, taken: Const("pi"))
        if not node.places:
            return Formula(self.known(node), lambda place, taken: self.scope.var(name, place), size)
        index: list[Index] = []
        for place, extent in zip(node.places, self.shape(node), strict=False):
            if isinstance(place, Name):
                if place.name not in bound:
                    raise self.refuse(
                        f"nothing says what {place.name} stands for", place.column,
                        hint=f"sum({place.name}, {written(node)}), or {place.name} on the left side",
                    )  # fmt: skip
                index.append(place.name)
            elif not 1 <= place.value <= extent:
                raise self.refuse(
                    f"there is no place {place.value} in {name}, whose shape is {shown_shape(self.known(node))}",
                    place.column, allowed=f"from 1 to {extent}",
                )  # fmt: skip
            else:
                index.append(int(place.value))
        here = tuple(index)
        return Formula((), lambda place, taken: self.scope.var(name, here), size)

    def together(
        self, nodes: Sequence[Syntax], bound: Bound, make: Callable[..., Expr], *, product: bool = False
    ) -> Formula:
        """Return the entries of several formulas combined: arrays of one shape, and single numbers."""
        return self.combined(nodes, [self.formula(node, bound) for node in nodes], make, product=product)

    def combined(
        self, nodes: Sequence[Syntax], made: Sequence[Formula], make: Callable[..., Expr], *, product: bool = False
    ) -> Formula:
        shape: Shape = ()
        for node, part in zip(nodes, made, strict=True):
            if part.shape and shape and part.shape != shape:
                raise self.refuse(
                    f"the shapes {shown_shape(shape)} and {shown_shape(part.shape)} do not go together", node.column,
                    allowed="arrays of one shape, entry by entry, and single numbers",
                    hint="dot(a, b) is the product of matrices and vectors" if product else "",
                )  # fmt: skip
            shape = shape or part.shape
        return entrywise(shape, made, make, made[0].size.over(*(part.size for part in made[1:])))

    def power(self, node: Power, bound: Bound) -> Formula:
        base = self.formula(node.base, bound)
        exponent = constant(node.exponent)
        allowed = f"whole numbers from -{MAX_EXPONENT} to {MAX_EXPONENT}"
        if not is_constant(node.exponent) or (exponent is not None and exponent.denominator != 1):
            raise self.refuse(
                "the exponent is no whole number", node.exponent.column, allowed=allowed,
                hint="sqrt(a), or exp(b*log(a))",
            )  # fmt: skip
        if exponent is None or abs(exponent) > MAX_EXPONENT:
            raise self.refuse("the exponent is too large", node.exponent.column, allowed=allowed)
        n = int(exponent)
        if n < 0 and constant(node.base) == 0:
            raise self.refuse("this divides by 0", node.column)
        if n == 0:
            return Formula(base.shape, lambda place, taken: ONE)
        times = abs(n)
        size = Size(base.size.nodes + 1, base.size.power * times, base.size.bits * times, base.size.terms)

        def make(entry: Expr) -> Expr:
            raised = entry if times == 1 else Pow(entry, times)
            return raised if n > 0 else Div(ONE, raised)

        return entrywise(base.shape, [base], make, size)
