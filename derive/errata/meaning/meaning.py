"""Gives formulas their meaning, node by node; what takes more than a few lines is done by others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction

from derive.errata.meaning.derivatives import Derivatives
from derive.errata.meaning.functions import ACTIVATIONS, Functions
from derive.errata.meaning.letters import bound, ref_letters
from derive.errata.meaning.powers import labelled, raised
from derive.errata.meaning.sums import Sums
from derive.errata.meaning.tables import added, both, column_sums, each, length, multiplied, row_sums, shaped, squared
from derive.errata.meaning.values import MOST_TERMS, Unclear, Value
from derive.errata.naming import Ref
from derive.errata.signs import negated
from derive.errata.world import World, transposed
from derive.expression import Add, Call, Cases, Const, Div, Expr, Neg, Num, Var
from derive.read.written.tree import (
    Apply,
    Bars,
    BigSum,
    Choice,
    Condition,
    Derivative,
    Grid,
    Minus,
    Name,
    Node,
    Number,
    Of,
    Opaque,
    Over,
    Plus,
    Power,
    Root,
    Times,
    Turned,
)

LONGEST = 60  # digits of a number


class Meaning:
    """Gives formulas their meaning in a world.

    ref(name) is what a name was taken to stand for; None for a name that the network does not know.
    layers: whether a number that is raised behind a name is the number of a layer, and no power.
    """

    def __init__(self, world: World, ref: Callable[[Name], Ref | None], *, layers: bool = False) -> None:
        self.world, self.ref, self.layers = world, ref, layers
        self._free = False
        self._args: frozenset[str] = frozenset()
        self._functions = Functions(world)
        self._derivatives = Derivatives(world, self, self._functions)
        self._sums = Sums(world, self)

    @contextmanager
    def letting(self, names: frozenset[str] | None) -> Iterator[None]:
        """Let unknown names have any value while a statement about functions as such is read; else they are unclear.

        names: the arguments of the functions, which have any value even if they are known; None for no such statement.
        """
        before = self._free, self._args
        self._free, self._args = names is not None, names or frozenset()
        try:
            yield
        finally:
            self._free, self._args = before

    def scalar(self, node: Node, binding: Mapping[str, int] = {}) -> Expr:
        """Return what a formula says. Raises Unclear, also where it is a matrix of more than one entry."""
        value = shaped(self.of(node, binding))
        if isinstance(value, tuple):
            raise Unclear("a vector or a matrix where a number is expected", node)
        return value

    def of(self, node: Node, binding: Mapping[str, int] = {}) -> Value:
        """Return what a formula says: an expression, or a matrix of them. Raises Unclear."""
        match node:
            case Number(_, _, text):
                if len(text) > LONGEST:
                    raise Unclear("a number with too many digits", node)
                return Num(node.value)
            case Name():
                return self._name(node, binding)
            case Of(_, _, name, _):
                return self._name(name, binding)
            case Plus(_, _, terms):
                return added([self.of(term, binding) for term in terms], node)
            case Minus(_, _, arg):
                return each(negated, self.of(arg, binding))
            case Times():
                return self._product(node, binding)
            case Over(_, _, above, below):
                return both(Div, self.of(above, binding), self.of(below, binding), node)
            case Power():
                return self._power(node, binding)
            case Apply(_, _, function, args):
                if function.plain in self.world.own:
                    raise Unclear(f"{function.plain} of something", node)
                return self._functions.apply(node, [self.of(arg, binding) for arg in args])
            case Root(_, _, arg):
                return each(lambda e: Call("sqrt", e), self.of(arg, binding))
            case Derivative():
                return self._derivatives.of(node, binding)
            case BigSum():
                return self._sums.of(node, binding)
            case Grid():
                return self._grid(node, binding)
            case Turned(_, _, arg):
                value = self.of(arg, binding)
                return transposed(value) if isinstance(value, tuple) else value
            case Choice():
                return self._choice(node, binding)
            case Bars(_, _, arg):
                return length(self.of(arg, binding))
            case Opaque(_, _, _, why):
                raise Unclear(why, node)
        raise Unclear("not understood", node)

    # ── Names ──────────────────────────────────────────────────────────────────────────────────────────────

    def _name(self, name: Name, binding: Mapping[str, int]) -> Value:
        world, plain = self.world, name.plain
        if plain in self._args:
            return world.free(plain)
        if name.bold and name.base == "J" and world.slopes is not None:
            return world.slopes
        if plain in world.own:
            return world.own[plain]
        if name.base == "pi" and not name.sub:
            return Const("pi")
        ref = self.ref(name)
        if ref is not None:
            return self._quantity(name, ref, binding)
        if name.base == "e" and not (name.sub or name.sup or name.accent or name.primes):
            return Call("exp", Num(Fraction(1)))
        if self._free and name.base in ("sigma", "sigmoid", "tanh") and not name.sub and name.primes < 2:
            at, kind = world.free("·"), ACTIVATIONS[name.base]  # σ′ = σ(1 − σ): at every argument
            return world.sloped(kind, at) if name.primes else world.activated(kind, at)
        if world.open:
            return self._open(name, binding)
        if plain in world.given or (self._free and not name.primes):
            return world.free(plain)
        raise Unclear(f"it is not said what {plain} is", name)

    def _quantity(self, name: Name, ref: Ref, binding: Mapping[str, int]) -> Value:
        """Return the quantity of the network that a name refers to."""
        found = self.world.resolve(ref, binding)
        if found is not None:
            return shaped(found)
        if unbound := [letter for letter in ref_letters(ref) if letter not in binding]:
            raise Unclear(f"{unbound[0]} stands for any number", name)
        raise Unclear(f"there is no {name.plain} in the network", name)

    def _open(self, name: Name, binding: Mapping[str, int]) -> Value:
        """Return what a name stands for that no network knows: what the document says of it; else any number."""
        world = self.world
        label = bound(name, binding).plain
        if label not in world.own and label in world.pending:
            self._define(label, world.pending.pop(label))
        return world.own[label] if label in world.own else world.free(label)

    def _define(self, label: str, formula: Node) -> None:
        """Define a name by its formula, as far as that is clear; the formula may do so itself."""
        try:
            value = self.of(formula)
        except (Unclear, RecursionError):
            return
        if label not in self.world.own:
            self.world.own[label] = value if isinstance(value, tuple) else self.world.define(label, value)

    # ── Products and powers ────────────────────────────────────────────────────────────────────────────────

    def _product(self, node: Times, binding: Mapping[str, int]) -> Value:
        """Return a product; Δ before a name and vectors of ones in it are no factors."""
        made: list[Value] = []
        signs: list[str] = []
        rest = list(zip(node.factors, (*node.marks, ""), strict=True))[::-1]
        while rest:
            here, mark = rest.pop()
            if isinstance(here, Name) and here.base == "Delta" and not here.sub and rest and not mark:
                here, mark = rest.pop()
                value = self._change(here, binding)
            elif isinstance(here, Name) and here.base == "ones" and made:
                signs.pop()
                value = row_sums(made.pop())
            elif _is_ones(here) and rest:
                here, mark = rest.pop()
                value = column_sums(self.of(here, binding))  # 1ᵀ δ adds the entries up
            else:
                value = self.of(here, binding)
            made.append(value)
            signs.append(mark)
        return multiplied(made, signs[:-1], node)

    def _change(self, node: Node, binding: Mapping[str, int]) -> Value:
        """Return Δw: what the update adds."""
        old = self.of(node, binding)
        if isinstance(old, Var) and old.kind in ("w", "b"):
            return Add((Var(old.kind + "+", old.layer, old.index), Neg(old)))
        raise Unclear("a difference of what no update changes", node)

    def _power(self, node: Power, binding: Mapping[str, int]) -> Value:
        name = labelled(node) if self.layers else None
        if name is not None and self.ref(name) is not None:
            return self._name(name, binding)
        if isinstance(node.base, Bars) and isinstance(node.exponent, Number) and node.exponent.text == "2":
            return squared(self.of(node.base.arg, binding))  # |a|² has no kink
        return raised(self.world, node, self.of(node.base, binding), self.scalar(node.exponent, binding))

    # ── Matrices and cases ─────────────────────────────────────────────────────────────────────────────────

    def _grid(self, node: Grid, binding: Mapping[str, int]) -> Value:
        if sum(map(len, node.rows)) > MOST_TERMS:
            raise Unclear("a matrix that is too large", node)
        table = tuple([tuple([self.scalar(cell, binding) for cell in row]) for row in node.rows])
        if node.listed and len(table) == 1:  # [0.05, 0.10] is a vector, whichever way it lies
            return transposed(table)
        return shaped(table)

    def _choice(self, node: Choice, binding: Mapping[str, int]) -> Value:
        """Return cases, of which the last is for all that is left."""
        *branches, (last, _) = node.branches
        if not branches and node.branches[0][1] is not None:
            raise Unclear("one case only", node)
        result = self.scalar(last, binding)
        for value, test in reversed(branches):
            if test is None:
                raise Unclear("cases in another order", node)
            gap, above = self._gap(test, binding), self.scalar(value, binding)
            if test.relation in (">", "≥"):
                result = Cases(gap, above, result)
            elif test.relation in ("<", "≤"):
                result = Cases(Neg(gap), above, result)
            else:
                raise Unclear("a condition", test)
        return result

    def _gap(self, test: Condition, binding: Mapping[str, int]) -> Expr:
        """Return the difference of the sides of a condition."""
        left, right = self.scalar(test.left, binding), self.scalar(test.right, binding)
        return left if right == Num(Fraction(0)) else Add((left, Neg(right)))


def _is_ones(node: Node) -> bool:
    return isinstance(node, Turned) and isinstance(node.arg, Name) and node.arg.base == "ones"
