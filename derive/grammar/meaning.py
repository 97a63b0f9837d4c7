"""What a formula means: the tree as an `Expr` over index letters, with every shape checked.

An array is one equation, whatever its size: h = tanh(dot(W, x)) becomes h_i = tanh(Σⱼ W_ij x_j). Whole arrays are
combined entry by entry, and single numbers with every entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from derive.errors import DeriveError, nearest
from derive.expression import (
    FUNCTIONS,
    ONE,
    Activation,
    Add,
    Call,
    Const,
    Div,
    Expr,
    Index,
    Mul,
    Neg,
    Num,
    Pow,
    Sum,
    Var,
)
from derive.grammar.formula import (
    POOL,
    Formula,
    Shape,
    Size,
    absolute,
    contracted,
    entrywise,
    fresh,
    larger,
    smaller,
    summed,
    turned,
)
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
    parts,
)

MAX_EXPONENT = 64
MAX_POWER = 1_000
MAX_NODES = 2_000
MAX_BITS = 4_000

ALSO_CALLED = {"ln": "log"}
ARRAYS = ("sum", "dot", "transpose")
BRANCHES = ("abs", "max", "min")
PI = "pi"

_DEFINITION = 4  # nodes that an activation's definition has for each of its argument


class Elementwise(NamedTuple):
    """An activation that a formula may apply: its name in the vocabulary, and how many constants it takes.

    layer: whether it looks at all entries at once, so that it is none to apply to each.
    """

    name: str
    constants: int = 0
    layer: bool = False


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


def reserved(activations: Mapping[str, Elementwise]) -> set[str]:
    """Return the words that mean something already, so that no quantity can be called so."""
    return {*FUNCTIONS, *ALSO_CALLED, *ARRAYS, *BRANCHES, *activations, PI}


class Entry(NamedTuple):
    """What an equation says of every place: shape and letters of the left side, and the right side with them."""

    shape: Shape
    letters: tuple[str, ...]
    rhs: Expr
    power: int
    terms: int


class Meaning:
    """One formula, read in one scope. `text` and `where` are for errors."""

    def __init__(self, text: str, scope: Scope, *, where: str = "") -> None:
        self.text, self.scope, self.where = text, scope, where

    def equation(self, left: Left, tree: Syntax) -> Entry:
        """Return what the equation `left` = `tree` says. Raises DeriveError, with both shapes, where they differ."""
        written = frozenset(_letters(tree)) | set(left.letters) | (self.scope.names & set(POOL))
        for letter in left.letters:
            if letter in self.scope.names:
                raise self.refuse(f"{letter} is a quantity, and cannot be an index too", 1, hint="another letter")
        bound = {letter: self.extent(letter, tree, 1) for letter in left.letters}
        made = self.formula(tree, bound)
        if not left.letters:
            letters: list[str] = []
            for _ in made.shape:
                letters.append(fresh(written | set(letters)))
            return Entry(
                made.shape,
                tuple(letters),
                made.at(tuple(letters), written | set(letters)),
                made.size.power,
                made.size.terms,
            )
        if made.shape:
            raise self.refuse(
                f"{left.name}[{', '.join(left.letters)}] is one number at each place, and the right side has shape "
                f"{shown_shape(made.shape)}", tree.column, hint=f"{left.name} without letters on the left",
            )  # fmt: skip
        return Entry(tuple(bound.values()), left.letters, made.at((), written), made.size.power, made.size.terms)

    def refuse(self, what: str, column: int, *, allowed: str = "", hint: str = "") -> DeriveError:
        return refusal(what, self.text, column, self.where, allowed=allowed, hint=hint)

    # ── Index letters ────────────────────────────────────────────────────────────────────────────────────────────

    def extent(self, letter: str, body: Syntax, column: int) -> int:
        """Return how far `letter` runs, which all its uses in `body` must agree on."""
        first: tuple[Name, int] | None = None
        for node in _walk(body):
            for position, place in enumerate(node.places):
                if not isinstance(place, Name) or place.name != letter:
                    continue
                size = self.shape(node)[position]
                if first is not None and first[1] != size:
                    raise self.refuse(
                        f"{letter} runs to {first[1]} in {_written(first[0])}, whose shape is "
                        f"{shown_shape(self.shape(first[0]))}, and to {size} in {_written(node)}, whose shape is "
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
                f"{node.name} has shape {shown_shape(shape)}, and {_written(node)} names {len(node.places)} of its "
                "places", node.column, hint=f"{node.name}[{', '.join(POOL[: len(shape)])}]",
            )  # fmt: skip
        return shape

    def known(self, node: Name) -> Shape:
        try:
            return self.scope.shapes[node.name]
        except KeyError:
            raise self.refuse(
                f"there is no quantity {node.name}", node.column, hint=nearest(node.name, self.scope.shapes)
            ) from None

    # ── The tree, node by node ───────────────────────────────────────────────────────────────────────────────────

    def formula(self, node: Syntax, bound: Mapping[str, int]) -> Formula:
        """Return what `node` means where the letters of `bound` stand for places."""
        made = self._formula(node, bound)
        size = made.size
        problem = (
            ("the formula grows too large", f"at most {MAX_NODES:,} parts, written out") if size.nodes > MAX_NODES
            else (f"the powers in each other multiply to {size.power:,}", f"at most {MAX_POWER:,}")
            if size.power > MAX_POWER
            else ("the numbers grow too long", f"numbers of at most {MAX_BITS:,} bits") if size.bits > MAX_BITS
            else None
        )  # fmt: skip
        if problem:
            raise self.refuse(problem[0], node.column, allowed=problem[1],
                              hint="give a part of it a name, in an equation of its own")  # fmt: skip
        return made

    def _formula(self, node: Syntax, bound: Mapping[str, int]) -> Formula:
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
                return self.apply(node, bound)
            case _:
                raise AssertionError(node)

    def name(self, node: Name, bound: Mapping[str, int]) -> Formula:
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
                        hint=f"sum({place.name}, {_written(node)}), or {place.name} on the left side",
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
        self, nodes: Sequence[Syntax], bound: Mapping[str, int], make: Callable[..., Expr], *, product: bool = False
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

    def power(self, node: Power, bound: Mapping[str, int]) -> Formula:
        base = self.formula(node.base, bound)
        exponent = constant(node.exponent)
        allowed = f"whole numbers from -{MAX_EXPONENT} to {MAX_EXPONENT}"
        if not _is_constant(node.exponent) or (exponent is not None and exponent.denominator != 1):
            raise self.refuse(
                "the exponent is no whole number", node.exponent.column, allowed=allowed,
                hint="sqrt(a), or exp(b*log(a))",
            )  # fmt: skip
        if exponent is None or abs(exponent) > MAX_EXPONENT:
            raise self.refuse("the exponent is too large", node.exponent.column, allowed=allowed)
        n = int(exponent)
        if n == 0:
            return Formula(base.shape, lambda place, taken: ONE)
        times = abs(n)
        size = Size(base.size.nodes + 1, base.size.power * times, base.size.bits * times, base.size.terms)

        def make(entry: Expr) -> Expr:
            raised = entry if times == 1 else Pow(entry, times)
            return raised if n > 0 else Div(ONE, raised)

        return entrywise(base.shape, [base], make, size)

    # ── Functions ────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, node: Apply, bound: Mapping[str, int]) -> Formula:
        name = ALSO_CALLED.get(node.name, node.name)
        if name in FUNCTIONS:
            of = self.formula(self.arguments(node, 1, 1)[0], bound)
            return entrywise(of.shape, [of], lambda entry: Call(name, entry), of.size.over())
        if name in self.scope.activations:
            return self.activation(node, self.scope.activations[name], bound)
        match name:
            case "abs":
                of = self.formula(self.arguments(node, 1, 1)[0], bound)
                return entrywise(of.shape, [of], absolute, of.size.over(of.size, of.size, of.size, nodes=5))
            case "max" | "min":
                return self.extreme(node, larger if name == "max" else smaller, bound)
            case "sum":
                return self.sum(node, bound)
            case "dot":
                return self.dot(node, bound)
            case "transpose":
                of = self.formula(self.arguments(node, 1, 1)[0], bound)
                if len(of.shape) != 2:
                    raise self.refuse(
                        f"this has shape {shown_shape(of.shape)}, and only a matrix is transposed", node.column,
                        allowed="a shape such as (2, 3)",
                    )  # fmt: skip
                return turned(of)
        if node.name in self.scope.shapes or node.name in bound:
            raise self.refuse(f"{node.name} is a quantity, and no function", node.column, hint=f"{node.name}*(…)")
        known = sorted(reserved(self.scope.activations) - {PI})
        raise self.refuse(
            f"there is no function {node.name}", node.column, allowed=", ".join(known), hint=nearest(node.name, known)
        )

    def arguments(self, node: Apply, least: int, most: int) -> tuple[Syntax, ...]:
        if not least <= len(node.args) <= most:
            wanted = f"{least}" if least == most else f"from {least} to {most}"
            raise self.refuse(f"{node.name} takes {wanted}, and has {len(node.args)} between its brackets", node.column)
        return node.args

    def activation(self, node: Apply, row: Elementwise, bound: Mapping[str, int]) -> Formula:
        if row.layer:
            raise self.refuse(
                f"{node.name} looks at a whole vector, and is no function of one number", node.column,
                hint="exp(z[i])/sum(k, exp(z[k])) for softmax",
            )  # fmt: skip
        first, *rest = self.arguments(node, 1, 1 + row.constants)
        numbers = []
        for arg in rest:
            sign = "-" if isinstance(arg, Negative) else ""
            number = arg.arg if isinstance(arg, Negative) else arg
            if not isinstance(number, Number):
                raise self.refuse(f"a constant of {node.name} is a number", arg.column, hint="0.1")
            numbers.append(sign + _decimal(number, self.text))
        word = f"{row.name}({', '.join(numbers)})" if numbers else row.name
        of = self.formula(first, bound)
        nodes = _DEFINITION * of.size.nodes
        return entrywise(of.shape, [of], lambda entry: Activation(word, entry), of.size._replace(nodes=nodes))

    def extreme(self, node: Apply, choose: Callable[[Expr, Expr], Expr], bound: Mapping[str, int]) -> Formula:
        # What is a number comes last: at a tie it wins, and the slope is 0, as ReLU's.
        args = sorted(self.arguments(node, 2, 10), key=_is_constant)
        made = [self.formula(arg, bound) for arg in args]
        whole = made[0].size
        for part in made[1:]:
            whole = whole.over(whole, part.size, part.size, nodes=3)

        def best(*entries: Expr) -> Expr:
            return reduce(choose, entries)

        return self.combined(args, made, best)._replace(size=whole)

    def sum(self, node: Apply, bound: Mapping[str, int]) -> Formula:
        args = self.arguments(node, 1, 2)
        if len(args) == 1:
            of = self.formula(args[0], bound)
            if not of.shape:
                raise self.refuse("this is a single number: there is nothing to sum", node.column, hint="sum(i, x[i])")
            return summed(of)
        first, body = args
        letter = first.name if isinstance(first, Name) and not first.places else ""
        if len(letter) != 1 or not letter.islower() or letter == "s":
            raise self.refuse(
                "a sum names its index first", first.column, allowed="one small letter (not s)", hint="sum(i, x[i])"
            )
        if letter in bound:
            raise self.refuse(f"{letter} is an index already", first.column, hint="another letter")
        if letter in self.scope.names:
            raise self.refuse(
                f"{letter} is a quantity, and cannot be an index too", first.column, hint="another letter"
            )
        size = self.extent(letter, body, first.column)
        of = self.formula(body, {**bound, letter: size})
        if of.shape:
            raise self.refuse(
                f"the terms of the sum have shape {shown_shape(of.shape)}", body.column, allowed="single numbers",
                hint="a place for each index, x[i]; or sum(x) for all entries",
            )  # fmt: skip
        return Formula(
            (), lambda place, taken: Sum(of.at((), taken | {letter}), letter, size), of.size.over(times=size)
        )

    def dot(self, node: Apply, bound: Mapping[str, int]) -> Formula:
        a, b = (self.formula(arg, bound) for arg in self.arguments(node, 2, 2))
        ranks = len(a.shape), len(b.shape)
        fits = ranks in ((1, 1), (2, 1), (2, 2)) and a.shape[-1] == b.shape[0]
        if not fits:
            turn = ranks in ((1, 2), (2, 1), (2, 2)) and (a.shape[0] == b.shape[0] or ranks == (1, 2))
            raise self.refuse(
                f"there is no product of the shapes {shown_shape(a.shape)} and {shown_shape(b.shape)}", node.column,
                allowed="(n) with (n), (m, n) with (n), (m, n) with (n, p)",
                hint="dot(transpose(W), x)" if turn else "",
            )  # fmt: skip
        return contracted(a, b, lambda left, right: Mul((left, right)))


def shown_shape(shape: Shape) -> str:
    """Return a shape as errors write it: (2, 3); () is "a single number"."""
    return f"({', '.join(map(str, shape))})" if shape else "of a single number"


def constant(node: Syntax) -> Fraction | None:
    """Return the number that a formula without names comes to; None where it has names, or comes to too much."""
    match node:
        case Number(_, value):
            return value
        case Negative(_, arg):
            of = constant(arg)
            return None if of is None else -of
        case Plus(_, several) | Times(_, several):
            total = Fraction(0 if isinstance(node, Plus) else 1)
            for part in several:
                of = constant(part)
                if of is None or _long(of) or _long(total):
                    return None
                total = total + of if isinstance(node, Plus) else total * of
            return total
        case Over(_, above, below):
            a, b = constant(above), constant(below)
            return None if a is None or not b else a / b
        case Power(_, base, exponent):
            a, n = constant(base), constant(exponent)
            if a is None or n is None or n.denominator != 1 or abs(n) > MAX_EXPONENT or _long(a) or (not a and n < 0):
                return None
            return a ** int(n)
        case _:
            return None


def _long(value: Fraction) -> bool:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS


def _is_constant(node: Syntax) -> bool:
    return not isinstance(node, Name | Apply) and all(map(_is_constant, parts(node)))


def _decimal(number: Number, text: str) -> str:
    """Return the digits of a number as they were typed."""
    rest = text[number.column - 1 :]
    end = next((n for n, c in enumerate(rest) if c not in "0123456789.eE"), len(rest))
    return rest[:end]


def _written(node: Name) -> str:
    places = ", ".join(place.name if isinstance(place, Name) else str(place.value) for place in node.places)
    return f"{node.name}[{places}]"


def _walk(node: Syntax) -> list[Name]:
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


def _letters(node: Syntax) -> set[str]:
    """Return the letters that stand anywhere as an index."""
    return {place.name for name in _walk(node) for place in name.places if isinstance(place, Name)}
