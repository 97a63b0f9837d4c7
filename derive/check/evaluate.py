"""What an expression means: its value over an algebra, each name standing for what the definitions say."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Generic, TypeVar

from derive.check.algebra import Algebra, Dual, Duals
from derive.check.field import Field, Residues
from derive.check.network import DERIVED, FREEING, TOTAL, Network, target
from derive.check.real import Real, Reals
from derive.check.verdict import Condition, Doubt, Region, Undefined
from derive.expression import (
    Add,
    At,
    Call,
    Cases,
    Diff,
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

FUNCTIONS = ("exp", "log", "tanh")


def evaluate(
    e: Expr, algebra: Algebra[V], lookup: Callable[[Var | Diff, bool], V], sign: Callable[[Expr], int],
    inside: bool = False, shared: dict[tuple[int, bool], V] | None = None,
) -> V:  # fmt: skip
    """Return the value of `e`. lookup(name, inside) is that of a name, `inside` an exponent or a branch or not.

    shared: values of parts so far, by identity. A formula written out repeats its parts; what is one object is
        evaluated once, and a denominator counts once in the bounds of the field.
    """
    seen = {} if shared is None else shared

    def value(part: Expr, inside: bool = inside) -> V:
        if not isinstance(part, Call | Div):
            return evaluate(part, algebra, lookup, sign, inside, seen)
        key = id(part), inside
        if key not in seen:
            seen[key] = evaluate(part, algebra, lookup, sign, inside, seen)
        return seen[key]

    match e:
        case Var() | Diff():
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
        case Call(fn, arg) if fn in FUNCTIONS:
            function: Callable[[V], V] = getattr(algebra, fn)
            return function(value(arg, inside or fn in FREEING))
        case Cases(test, above, otherwise):
            return value(above if sign(test) > 0 else otherwise, True)
        case At(arg):
            return value(arg)
    raise Undefined(Doubt.FAMILY if isinstance(e, Sum) else Doubt.UNKNOWN_FORM)


# ── Meaning ────────────────────────────────────────────────────────────────────────────────────────────────────


class Meaning(Generic[V]):
    """The values of names and derivatives over one algebra, each found once.

    free: whether names in an exponent or a branch are taken as quantities of their own, which may have any value.
        What holds for all values of net holds for the one that it has; so a proof is a proof, and only the names
        that a claim is about need to be opened. A claim that needs more of them is not proved so.
    """

    def __init__(self, network: Network, algebra: Algebra[V], *, free: bool) -> None:
        self.network = network
        self.algebra = algebra
        self._free = free
        self._duals = Duals(algebra)
        self._one = algebra.number(Fraction(1))
        self._zero = algebra.number(Fraction(0))
        self._values: dict[Var, tuple[V, Region]] = {}
        self._slopes: dict[Var, tuple[Mapping[Var, V], Region]] = {}
        self._tangents: dict[Var, dict[Var, tuple[V | None, Region]]] = {}
        self._region: dict[Condition, None] = {}

    def measure(self, e: Expr) -> tuple[V, Region]:
        """Return the value of `e` and the region in which its branches were taken. Raises Undefined."""
        return self._collect(partial(self._value, e))

    def _value(self, e: Expr) -> V:
        return evaluate(e, self.algebra, self._lookup, self._branch)

    def _given(self, name: Var) -> V:
        """Return the value of a name that is given, or taken to be."""
        raise NotImplementedError

    def _sign(self, test: Expr) -> int:
        raise NotImplementedError

    # ── Values ─────────────────────────────────────────────────────────────────────────────────────────────

    def _lookup(self, e: Var | Diff, inside: bool) -> V:
        if isinstance(e, Diff):
            return self._derivative(e)
        if e.kind in DERIVED:
            return self._derivative(Diff(TOTAL, target(e)))
        if not self.network.defines(e) or (inside and self._free):
            return self._given(e)
        for name in self._order(e, self._values, self._needs):
            self._values[name] = self._collect(partial(self._value, self.network.open(name).rhs))
        return self._recall(self._values[e])

    def _needs(self, name: Var) -> Iterable[Var]:
        opened = self.network.open(name)
        return filter(self.network.defines, opened.outside if self._free else opened.names)

    def _branch(self, test: Expr) -> int:
        sign = self._sign(test)
        self._region[Condition(test, sign)] = None
        return sign

    # ── Derivatives ────────────────────────────────────────────────────────────────────────────────────────

    def _derivative(self, e: Diff) -> V:
        if e.of.kind in DERIVED or e.wrt.kind in DERIVED:
            raise Undefined(Doubt.SECOND)
        if e.local:
            if not self.network.defines(e.of):
                raise Undefined(Doubt.UNKNOWN_FORM)
            found = self._local(e.of).get(e.wrt)
        else:
            found = self._total(e.of, e.wrt)
        return self._zero if found is None else found

    def _local(self, name: Var) -> Mapping[Var, V]:
        """Return the derivatives of `name` through its own definition by each name in it, the others held fixed."""

        def lookup(e: Var | Diff, inside: bool) -> Dual[V]:
            if isinstance(e, Diff):
                raise Undefined(Doubt.SECOND)
            return self._duals.moving(e, self._lookup(e, inside))

        if name not in self._slopes:
            rhs = self.network.open(name).rhs
            self._slopes[name] = self._collect(lambda: evaluate(rhs, self._duals, lookup, self._branch).slopes)
        return self._recall(self._slopes[name])

    def _total(self, of: Var, wrt: Var) -> V | None:
        """Return ∂of/∂wrt through every definition between them, `wrt` standing free; None where none leads there."""
        rank = self.network.rank(wrt)
        tangents = self._tangents.setdefault(wrt, {wrt: (self._one, ())})

        def above(name: Var) -> list[Var]:
            return self.network.open(name).above(wrt, rank)

        if of != wrt and not (self.network.defines(of) and self.network.rank(of) > rank):
            return None
        for name in self._order(of, tangents, above):
            tangents[name] = self._collect(partial(self._tangent, name, above(name), tangents))
        return self._recall(tangents[of])

    def _tangent(self, name: Var, parts: list[Var], tangents: dict[Var, tuple[V | None, Region]]) -> V | None:
        """Return the tangent of `name` from those of the `parts` of its definition; None where none of them moves."""
        # A part that does not move may owe that to a branch: then the branch belongs to the region here too.
        found = {part: self._recall(tangents[part]) for part in parts}
        moving = {part: tangent for part, tangent in found.items() if tangent is not None}
        if not moving:
            return None
        slopes = self._local(name)
        terms = [self.algebra.mul(slopes[part], tangent) for part, tangent in moving.items() if part in slopes]
        if not terms:
            return None
        return self._kept(name, terms[0] if len(terms) == 1 else self.algebra.add(terms), moving.values())

    def _kept(self, name: Var, tangent: V, moving: Iterable[V]) -> V:
        """Return the tangent of `name` as it is kept, `moving` being those that it was made of."""
        return tangent

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

    def _collect(self, find: Callable[[], T]) -> tuple[T, Region]:
        outer, self._region = self._region, {}
        try:
            return find(), tuple(self._region)
        finally:
            self._region = outer

    def _recall(self, kept: tuple[T, Region]) -> T:
        self._region.update(dict.fromkeys(kept[1]))
        return kept[0]


class RealMeaning(Meaning[Real]):
    """Meaning in real numbers, at a point.

    like: if given, which signs the tests of branches had at another point. A branch at a kink is taken as it was
        there; `Undefined` is raised where any other test has another sign here.
    """

    def __init__(self, network: Network, reals: Reals, like: Callable[[Expr], int] | None = None) -> None:
        super().__init__(network, reals, free=False)
        self.reals = reals
        self._leaves: dict[Var, Real] = {}
        self._like = like
        self._signs: dict[Expr, tuple[int, Region]] = {}

    def sign(self, test: Expr) -> int:
        """Return the sign of `test`. Raises Undefined where rounding does not let us decide."""
        return self._collect(partial(self._sign, test))[0]

    def _given(self, name: Var) -> Real:
        if name not in self._leaves:
            self._leaves[name] = self.reals.number(self.network.given(name))
        return self._leaves[name]

    def _sign(self, test: Expr) -> int:
        if test not in self._signs:
            self._signs[test] = self._collect(partial(self._find_sign, test))
        return self._recall(self._signs[test])

    def _find_sign(self, test: Expr) -> int:
        expected = self._like(test) if self._like else None
        if expected == 0:
            return 0
        found = self.reals.sign(self._value(test))
        if expected not in (None, found):
            raise Undefined(Doubt.CLOSE)
        return found


class FieldMeaning(Meaning[Residues]):
    """Meaning in the exact field: all given quantities at random, branches as `sign` decides them."""

    def __init__(self, network: Network, field: Field, sign: Callable[[Expr], int], *, free: bool) -> None:
        super().__init__(network, field, free=free)
        self.field = field
        self._decide = sign

    def _given(self, name: Var) -> Residues:
        if not self.network.defines(name):
            self.network.given(name)
        return self.field.free(name)

    def _sign(self, test: Expr) -> int:
        return self._decide(test)
