"""What an expression means: its value over an algebra, each name standing for what the definitions say."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

from derive.check.algebra import Algebra, Dual, Duals
from derive.check.network import DERIVED, FREEING, TOTAL, Network, target
from derive.check.verdict import Condition, Doubt, Region, Undefined
from derive.expression import (
    FUNCTIONS,
    Add,
    At,
    Atom,
    Call,
    Cases,
    Const,
    Diff,
    Diff2,
    Div,
    Expr,
    Mul,
    Neg,
    Num,
    Pow,
    Sum,
    Var,
)

T = TypeVar("T")
V = TypeVar("V")


def _either(radicand: Expr) -> bool:
    return True


def evaluate(
    e: Expr, algebra: Algebra[V], lookup: Callable[[Atom, bool], V], sign: Callable[[Expr], int],
    inside: bool = False, shared: dict[tuple[int, bool], V] | None = None, root: Callable[[Expr], bool] = _either,
) -> V:  # fmt: skip
    """Return the value of `e`. lookup(name, inside) is that of a name, `inside` an exponent or a branch or not.

    shared: values of parts so far, by identity. A formula written out repeats its parts; what is one object is
        evaluated once, and a denominator counts once in the bounds of the field.
    root(radicand) is whether the signs of a root are alike.
    """
    seen = {} if shared is None else shared

    def value(part: Expr, inside: bool = inside) -> V:
        if not isinstance(part, Call | Div):
            return evaluate(part, algebra, lookup, sign, inside, seen, root)
        key = id(part), inside
        if key not in seen:
            seen[key] = evaluate(part, algebra, lookup, sign, inside, seen, root)
        return seen[key]

    match e:
        case Var() | Diff() | Diff2():
            return lookup(e, inside)
        case Num(number):
            return algebra.number(number)
        case Add(args):
            return algebra.add([value(arg) for arg in args])
        case Mul(args):
            product = value(args[0]) if args else algebra.number(Fraction(1))
            for arg in args[1:]:
                product = algebra.mul(product, value(arg))
            return product
        case Neg(arg):
            return algebra.neg(value(arg))
        case Div(num, den):
            return algebra.div(value(num), value(den))
        case Pow(base, exponent):
            return algebra.power(value(base), exponent)
        case Const("pi"):
            return algebra.pi()
        case Call("sqrt", arg):
            return algebra.sqrt(value(arg), root(arg))
        case Call(fn, arg) if fn in FUNCTIONS:
            function: Callable[[V], V] = getattr(algebra, fn)
            return function(value(arg, inside or fn in FREEING))
        case Cases(test, above, otherwise):
            return value(above if sign(test) > 0 else otherwise, True)
        case At(arg):
            return value(arg)
    raise Undefined(Doubt.FAMILY if isinstance(e, Sum) else Doubt.UNKNOWN_FORM)


class Root(Struct, frozen=True):
    """A root was taken whose signs are not alike. `sign` is that of the radicand at the given point."""

    radicand: Expr
    sign: int


Note = Condition | Root
Noted = tuple[Note, ...]


class Notes:
    """What is noted while a value is found, so that it can be noted again where the value is used again."""

    def __init__(self) -> None:
        self._new: dict[Note, None] = {}

    def add(self, notes: Iterable[Note]) -> None:
        self._new.update(dict.fromkeys(notes))

    def recall(self, kept: tuple[T, Noted]) -> T:
        """Return what was found, and note again what was noted then."""
        self.add(kept[1])
        return kept[0]

    def collect(self, find: Callable[[], T]) -> tuple[T, Noted]:
        """Return what `find` returns, and what it notes, which is not noted here."""
        outer, self._new = self._new, {}
        try:
            return find(), tuple(self._new)
        finally:
            self._new = outer


class Measured(NamedTuple, Generic[V]):
    """A value; the region in which its branches were taken; and the roots whose signs matter."""

    value: V
    region: Region
    roots: tuple[Root, ...]


# ── Meaning ────────────────────────────────────────────────────────────────────────────────────────────────────


class Meaning(Generic[V]):
    """The values of names and derivatives over one algebra, each found once.

    free: whether names in an exponent or a branch are taken as quantities of their own, which may have any value.
        What holds for all values of net holds for the one that it has; so a proof is a proof, and only the names
        that a claim is about need to be opened. A claim that needs more of them is not proved so.
    """

    def __init__(self, network: Network, algebra: Algebra[V], *, free: bool, notes: Notes | None = None) -> None:
        self.network = network
        self.algebra = algebra
        self._free = free
        self._duals = Duals(algebra)
        self._one = algebra.number(Fraction(1))
        self._zero = algebra.number(Fraction(0))
        self._values: dict[Var, tuple[V, Noted]] = {}
        self._slopes: dict[Var, tuple[Mapping[Var, V], Noted]] = {}
        self._tangents: dict[Var, dict[Var, tuple[V | None, Noted]]] = {}
        self._notes = notes or Notes()
        self._seconds: dict[Var, Second[V]] = {}

    def measure(self, e: Expr) -> tuple[V, Region]:
        """Return the value of `e` and the region in which its branches were taken. Raises Undefined."""
        return self.examine(e)[:2]

    def examine(self, e: Expr) -> Measured[V]:
        """Return the value of `e` and what it stands on. Raises Undefined."""
        value, notes = self._notes.collect(partial(self._value, e))
        return Measured(
            value,
            tuple([note for note in notes if isinstance(note, Condition)]),
            tuple([note for note in notes if isinstance(note, Root)]),
        )

    def collect(self, find: Callable[[], T]) -> tuple[T, Noted]:
        """Return what `find` finds by this meaning, and what it stands on: branches and roots."""
        return self._notes.collect(find)

    def _value(self, e: Expr) -> V:
        return evaluate(e, self.algebra, self._lookup, self._branch, root=self._root)

    def _given(self, name: Var) -> V:
        """Return the value of a name that is given, or taken to be."""
        raise NotImplementedError

    def _sign(self, test: Expr) -> int:
        raise NotImplementedError

    # ── Values ─────────────────────────────────────────────────────────────────────────────────────────────

    def _root(self, radicand: Expr) -> bool:
        """Return whether what holds for one sign of a root holds for the other; note it if not."""
        return True

    def _lookup(self, e: Atom, inside: bool) -> V:
        if isinstance(e, Diff):
            return self._derivative(e)
        if isinstance(e, Diff2):
            return self._second(e)
        if e.kind in DERIVED:
            return self._derivative(Diff(TOTAL, target(e)))
        if not self.network.defines(e) or (inside and self._free):
            return self._given(e)
        for name in self._order(e, self._values, self._needs):
            self._values[name] = self._notes.collect(partial(self._value, self.network.open(name).rhs))
        return self._notes.recall(self._values[e])

    def _needs(self, name: Var) -> Iterable[Var]:
        opened = self.network.open(name)
        return filter(self.network.defines, opened.outside if self._free else opened.names)

    def _branch(self, test: Expr) -> int:
        sign = self._sign(test)
        self._notes.add([Condition(test, sign)])
        return sign

    # ── Derivatives ────────────────────────────────────────────────────────────────────────────────────────

    def _derivative(self, e: Diff) -> V:
        if e.of.kind in DERIVED or e.wrt.kind in DERIVED:
            raise Undefined(Doubt.SECOND)
        if e.local:
            if not self.network.defines(e.of):
                raise Undefined(Doubt.UNKNOWN_FORM)
            found = self.local(e.of).get(e.wrt)
        else:
            found = self._total(e.of, e.wrt)
        return self._zero if found is None else found

    def local(self, name: Var) -> Mapping[Var, V]:
        """Return the derivatives of `name` through its own definition by each name in it, the others held fixed."""

        def lookup(e: Atom, inside: bool) -> Dual[V]:
            if not isinstance(e, Var):
                raise Undefined(Doubt.SECOND)
            return self._duals.moving(e, self._lookup(e, inside))

        if name not in self._slopes:
            rhs = self.network.open(name).rhs
            self._slopes[name] = self._notes.collect(
                lambda: evaluate(rhs, self._duals, lookup, self._branch, root=self._root).slopes
            )
        return self._notes.recall(self._slopes[name])

    def _total(self, of: Var, wrt: Var) -> V | None:
        """Return ∂of/∂wrt through every definition between them, `wrt` standing free; None where none leads there."""
        rank = self.network.rank(wrt)
        tangents = self._tangents.setdefault(wrt, {wrt: (self._one, ())})

        def above(name: Var) -> list[Var]:
            return self.network.open(name).above(wrt, rank)

        if of != wrt and not (self.network.defines(of) and self.network.rank(of) > rank):
            return None
        for name in self._order(of, tangents, above):
            tangents[name] = self._notes.collect(partial(self._tangent, name, above(name), tangents))
        return self._notes.recall(tangents[of])

    def _tangent(self, name: Var, parts: list[Var], tangents: dict[Var, tuple[V | None, Noted]]) -> V | None:
        """Return the tangent of `name` from those of the `parts` of its definition; None where none of them moves."""
        # A part that does not move may owe that to a branch: then the branch belongs to the region here too.
        found = {part: self._notes.recall(tangents[part]) for part in parts}
        moving = {part: tangent for part, tangent in found.items() if tangent is not None}
        if not moving:
            return None
        slopes = self.local(name)
        terms = [self.algebra.mul(slopes[part], tangent) for part, tangent in moving.items() if part in slopes]
        if not terms:
            return None
        return self._kept(name, terms[0] if len(terms) == 1 else self.algebra.add(terms), moving.values())

    def _kept(self, name: Var, tangent: V, moving: Iterable[V]) -> V:
        """Return the tangent of `name` as it is kept, `moving` being those that it was made of."""
        return tangent

    def _second(self, e: Diff2) -> V:
        """Return ∂²of/∂first∂second: ∂of/∂first in dual numbers in which `second` moves."""
        if self.network.defines(e.second) or any(name.kind in DERIVED for name in (e.of, e.first, e.second)):
            raise Undefined(Doubt.SECOND)
        if e.second not in self._seconds:
            self._seconds[e.second] = Second(self, e.second)
        found = self._seconds[e.second]._total(e.of, e.first)
        return self._zero if found is None else found.slopes.get(e.second, self._zero)

    # ── Keeping ────────────────────────────────────────────────────────────────────────────────────────────

    def _order(self, name: Var, done: Container[Var], needs: Callable[[Var], Iterable[Var]]) -> Iterator[Var]:
        """Yield what is not `done` of `name` and all that it needs, each after its own needs.

        An explicit stack, not recursion: the error of a thousand layers stands on all of them.
        """
        stack = [name]
        while stack:
            missing = [part for part in needs(stack[-1]) if part not in done] if stack[-1] not in done else []
            if missing:
                stack.extend(missing)
            elif (ready := stack.pop()) not in done:
                yield ready


class Second(Meaning[Dual[V]]):
    """Meaning in dual numbers over those of a `base` meaning; `moving`, a given quantity, is what moves."""

    def __init__(self, base: Meaning[V], moving: Var) -> None:
        super().__init__(base.network, base._duals, free=base._free, notes=base._notes)
        self._base, self._moving = base, moving

    def _lookup(self, e: Atom, inside: bool) -> Dual[V]:
        if not isinstance(e, Var) or e.kind in DERIVED:
            return super()._lookup(e, inside)
        value, slope = self._base._lookup(e, inside), self._base._total(e, self._moving)
        return Dual(value) if slope is None else Dual(value, {self._moving: slope})

    def _given(self, name: Var) -> Dual[V]:
        return self._lookup(name, False)

    def _sign(self, test: Expr) -> int:
        return self._base._sign(test)

    def _root(self, radicand: Expr) -> bool:
        return self._base._root(radicand)
