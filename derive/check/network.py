"""The definitions and the given values of a network, each looked up once and looked over."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from msgspec import Struct

from derive.check.verdict import Doubt, Undefined
from derive.derivation import Definitions, Lookup
from derive.expression import Call, Cases, Diff, Diff2, Expr, Var, children, names

TOTAL = Var("total")
DERIVED = ("delta",)
"""Names that always mean the same: delta is ∂total/∂net of its neuron. No step can change it."""
FREEING = ("exp", "tanh", "erf", "sin", "cos")
"""Functions whose argument `Meaning` may generalise, since it stands in their slopes in such functions alone. Not so
that of a logarithm, 1/a, or of a root, whose square it is."""


class Opened(Struct, frozen=True):
    """A definition and the names in it: with their ranks; and those that stand outside exponents and branches too."""

    rhs: Expr
    names: Mapping[Var, int]
    outside: tuple[Var, ...]

    def above(self, name: Var, rank: int) -> list[Var]:
        """Return `name`, if it is there, and the names that can be made of it."""
        parts = [part for part, place in self.names.items() if place > rank]
        return [*parts, name] if name in self.names else parts


class Network:
    """The definitions and the given values, each looked up once and looked over.

    A definition that is opened is seen to mention only names of lower rank. So no name is made of itself, and what
    has no higher rank than a name does not depend on it.
    """

    def __init__(self, definitions: Definitions, point: Lookup[Var, Fraction]) -> None:
        self._definitions = definitions
        self._point = point
        self._opened: dict[Var, Opened] = {}
        self._given: dict[Var, Fraction] = {}
        self._known: set[Var] = set()

    def moved(self, point: Lookup[Var, Fraction]) -> Network:
        """Return the same definitions at another point."""
        other = Network(self._definitions, point)
        other._opened = self._opened
        return other

    def rank(self, name: Var) -> int:
        return self._definitions.rank(name)

    def defines(self, name: Var) -> bool:
        return name.kind not in DERIVED and name in self._definitions

    def open(self, name: Var) -> Opened:
        """Return the definition of `name`, which must mention only names of lower rank."""
        if name not in self._opened:
            _member(name)
            try:
                rhs = self._definitions[name]
            except LookupError:
                raise Undefined(Doubt.UNKNOWN_NAME) from None
            found: dict[Var, bool] = {}
            _survey(rhs, False, found)
            ranks = {part: self.rank(part) for part in found}
            if max(ranks.values(), default=-1) >= self.rank(name) or any(part.kind in DERIVED for part in found):
                raise Undefined(Doubt.UNKNOWN_FORM)
            self._opened[name] = Opened(rhs, ranks, tuple([part for part, outside in found.items() if outside]))
        return self._opened[name]

    def given(self, name: Var) -> Fraction:
        """Return the given value of `name`."""
        if name not in self._given:
            _member(name)
            try:
                value = self._point[name]
                self._given[name] = value if isinstance(value, Fraction) else Fraction(value)
            except (LookupError, TypeError, ValueError):
                raise Undefined(Doubt.UNKNOWN_NAME) from None
        return self._given[name]

    def require(self, name: Var) -> None:
        """Raise Undefined where there is no such neuron, sample or parameter.

        Definitions are made by a rule, and the rule may answer for neurons that are not there. What is given is
        given only for those that are; so from `name` down to the inputs, one way down, one of a kind must be there.
        """
        if name.kind in DERIVED:
            name = target(name)
        passed = []
        while name not in self._known:
            passed.append(name)
            if not self.defines(name):
                self.given(name)
                break
            below: Var | None = None
            given: dict[str, Var] = {}
            for part in self.open(name).names:
                if self.defines(part):
                    below = below or part
                else:
                    given.setdefault(part.kind, part)
            for part in given.values():
                self.given(part)
            if below is None:
                break
            name = below
        self._known.update(passed)


def target(name: Var) -> Var:
    """Return what a derived name is about: net for delta."""
    return Var("net", name.layer, name.index, name.sample)


def _member(name: Var) -> None:
    """Raise Undefined where `name` has a letter for its place: it stands for a whole family."""
    for place in (*name.index, name.sample):
        if isinstance(place, str):
            raise Undefined(Doubt.FAMILY)


def _survey(e: Expr, inside: bool, found: dict[Var, bool]) -> None:
    """Note every name in `e`, and whether it stands anywhere outside exponents and branches."""
    if isinstance(e, Var | Diff | Diff2):
        for name in names(e):
            found[name] = found.get(name, False) or not inside
        return
    inside = inside or isinstance(e, Cases) or (isinstance(e, Call) and e.fn in FREEING)
    for part in children(e):
        _survey(part, inside, found)
