"""What names mean, and what is true of them: in a document without a network, and the base of those with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from derive.check.kernel import Checker
from derive.check.meanings import RealMeaning
from derive.check.real import Real
from derive.check.verdict import Proved, Undefined
from derive.derivation import Definitions, Derivation, Lookup
from derive.diagnose.values import Quantity
from derive.equations import defined
from derive.errata.naming import Reading, Ref
from derive.errata.numbers import as_float
from derive.errata.world.names import FREE, OWN, Table
from derive.errata.world.points import Kept, Overlay, Overridden, Point, as_fraction
from derive.expression import Activation, Diff, Expr, Var, names, rename
from derive.read.written.tree import Name, Node
from derive.vocabulary import ACTIVATIONS, find

ALIKE = 40  # names of the document's own that one of them may be mistaken for


class World:
    """What names mean, and what is true of them.

    own: names that the document defines itself, by their plain text.  given: numbers that it gives them.
    functions: functions that it defines, f(x) = …, each with the name of its argument and what it is.
    inferred: whether the network was taken from the document.  open: whether names that nothing defines may stand for
        any number.  pending: definitions that the document has, not looked at yet.
    slopes: ∂out/∂net of the last layer, where its outputs depend on all of its net inputs; a bold J.
    formals: derivatives of what is not defined far enough to be differentiated, each a name of its own.
    """

    def __init__(self, definitions: Definitions | None, point: Lookup[Var, Fraction] | None, seed: int) -> None:
        self.definitions, self.point = Overlay(definitions), Point(point)
        self._seed = seed
        self.checker = Checker(self.definitions, self.point, seed)
        self.own: dict[str, Expr | Table] = {}
        self.given: dict[str, Fraction] = {}
        self.labels: dict[Var, str] = {}
        self.slopes: Table | None = None
        self._activations: dict[tuple[str, Expr], Var] = {}
        self._apart: dict[int, RealMeaning] = {}
        self._depends: dict[tuple[Var, Var], bool] = {}
        self.functions: dict[str, tuple[Var, Expr]] = {}
        self.inferred = False
        self.open = False
        self.pending: dict[str, Node] = {}
        self.formals: dict[Var, Diff] = {}

    # ── Names ──────────────────────────────────────────────────────────────────────────────────────────────

    network = ""

    def readings(self, name: Name) -> Sequence[Reading]:
        """Return every way to read a name of the author's."""
        return ()

    def resolve(self, ref: Ref, binding: Mapping[str, int]) -> Expr | Table | None:
        """Return what a reference stands for, with numbers for its letters; None where there is no such thing."""
        return None

    def label(self, e: Var) -> str:
        """Return a name as plain text."""
        return self.labels.get(e, e.kind)

    def alternatives(self, e: Expr) -> list[Expr]:
        """Return quantities of the same kind as a name or a derivative, the most similar first."""
        if isinstance(e, Diff):
            return self._other_slopes(e) if e.of.kind == OWN else self._other_derivatives(e)
        return [*self._alike(e)] if isinstance(e, Var) else []

    def _other_derivatives(self, e: Diff) -> list[Expr]:
        """Return derivatives of other quantities of the same kind, or by such; none without a network."""
        if not self.network:
            return []
        found = [Diff(of, e.wrt, e.local) for of in self._alike(e.of)]
        return [*found, *(Diff(e.of, wrt, e.local) for wrt in self._alike(e.wrt))]

    def quantities(self) -> Iterator[Expr]:
        """Yield what a number in the document may be the value of."""
        return iter(())

    def letters(self) -> range:
        """Return the values that an index letter may have."""
        return range(1, 1)

    @property
    def activation(self) -> str:
        """Return what a letter for the activation stands for where nothing else says so."""
        return "sigmoid"

    def activation_of(self, arg: Expr) -> str:
        """Return the activation of the layer whose net input `arg` is."""
        return self.activation

    def known(self, e: Expr) -> bool:
        """Return whether all values that an expression takes are given, and none was drawn at random."""
        return not self.open or all(map(self._has_value, names(e)))

    def _has_value(self, name: Var) -> bool:
        if name.kind == FREE:
            return self.label(name) in self.given
        if name.kind == OWN:
            return all(map(self._has_value, names(self.definitions[name])))
        return True

    def alias(self, e: Expr) -> Expr | None:
        """Return the quantity of the network that a formula is, if it is one."""
        here, near = self.value(e), self.near(e)
        if here is None or near is None:
            return None
        for quantity in self.quantities():
            mine = self.value(quantity)
            if mine is None or not _alike(mine, here):
                continue
            if isinstance(self.checker.equal(quantity, e), Proved):
                return quantity
        return None

    # ── Making ─────────────────────────────────────────────────────────────────────────────────────────────

    def define(self, label: str, rhs: Expr) -> Var:
        """Return a new name for an expression."""
        var = Var(OWN, len(self.definitions.own) + 1)
        self.definitions.own[var] = rhs
        self.labels[var] = label
        return var

    def depends(self, of: Var, wrt: Var) -> bool:
        """Return whether a quantity is made of another, through definitions."""
        if of == wrt:
            return True
        key = of, wrt
        if key not in self._depends:
            self._depends[key] = False
            if of in self.definitions:
                self._depends[key] = any(self.depends(part, wrt) for part in set(names(self.definitions[of])))
        return self._depends[key]

    def formal(self, of: Var, wrt: Var) -> Var:
        """Return a name for a derivative that nothing is known of but what it is called."""
        var = self.free(f"∂{self.label(of)}/∂{self.label(wrt)}")
        self.formals[var] = Diff(of, wrt)
        return var

    def free(self, label: str) -> Var:
        """Return a name that may have any value."""
        for var, text in self.labels.items():
            if text == label and var.kind == FREE:
                return var
        var = Var(FREE, len(self.point.free) + 1)
        number = len(self.point.free) + 1
        self.point.free[var] = self.given.get(label, Fraction(2 * number + 1, 7 + 3 * number))
        self.labels[var] = label
        return var

    def activated(self, name: str, arg: Expr) -> Expr:
        """Return the definition of an activation at an expression.

        Raises:
            LookupError: the activation is of a whole layer (softmax): it has no value at a single number.
        """
        if find(ACTIVATIONS, name)[1].layer:
            raise LookupError(name)
        return defined(Activation(name, arg))

    def applied(self, name: str, arg: Expr) -> Expr:
        """Return what a function that the document defines is at an expression."""
        at, e = self.functions[name]
        return rename(e, lambda var: arg if var == at else var)

    def sloped(self, name: str, arg: Expr) -> Expr:
        """Return the slope of an activation at an expression, as the derivative of a name by a name."""
        at = arg if isinstance(arg, Var) else self.define("…", arg)
        key = name, at
        if key not in self._activations:
            made = self.applied(name, at) if name in self.functions else self.activated(name, at)
            self._activations[key] = self.define("…", made)
        return Diff(self._activations[key], at, True)

    def _other_slopes(self, e: Diff) -> list[Expr]:
        """Return the slope of the same activation at other quantities."""
        for (name, at), var in list(self._activations.items()):
            if var == e.of and isinstance(at, Var):
                return [self.sloped(name, other) for other in self._alike(at) if isinstance(other, Var)]
        return []

    def _alike(self, var: Var) -> list[Var]:
        """Return names of the document's own that begin alike."""
        mine = self.labels.get(var, "").partition("_")[0]
        others = [other for other, label in self.labels.items() if label.partition("_")[0] == mine]
        return [each for each in others if each != var and each.kind in (FREE, OWN) and each not in self.formals][
            :ALIKE
        ]

    # ── Values ─────────────────────────────────────────────────────────────────────────────────────────────

    def value(self, e: Expr) -> Real | None:
        """Return the value at the given point; None where there is none."""
        try:
            return self.checker.here.measure(e)[0]
        except (Undefined, RecursionError):
            return None

    def near(self, e: Expr) -> Real | None:
        """Return the value at a point near the given one, drawn with the seed."""
        try:
            return self.checker.near(1).measure(e)[0]
        except (Undefined, RecursionError):
            return None

    def apart(self, e: Expr, number: int) -> Real | None:
        """Return the value at a point where all that is given has moved but what is 0 or 1: targets of classes."""
        if number not in self._apart:
            self._apart[number] = self.checker.moved(Kept(self.point, self._seed, number))
        try:
            return self._apart[number].measure(e)[0]
        except (Undefined, LookupError, RecursionError):
            return None

    def exact(self, e: Expr) -> Fraction | None:
        """Return the value at the given point as a fraction to 60 digits; None where there is none."""
        found = self.value(e)
        return None if found is None else as_fraction(found)

    def exact_with(self, e: Expr, values: Mapping[Expr, Fraction]) -> Fraction | None:
        """Return the value at the given point where some quantities have other values; None where there is none."""
        try:
            return as_fraction(Overridden(self.checker.here, values).measure(e)[0])
        except (Undefined, RecursionError):
            return None

    def no_value(self, e: Expr) -> str:
        """Return in words why an expression has no value."""
        return "it has no value at the given point" if self.known(e) else "a value that it takes is not given"

    def quantity(self, e: Expr) -> Quantity | None:
        """Return a quantity as the table of mistakes calls it."""
        return None

    def formula(self, e: Expr) -> Expr | None:
        """Return the right formula for a quantity or a derivative, as derive would print it."""
        return self.definitions[e] if isinstance(e, Var) and e in self.definitions else None

    def given_value(self, e: Expr) -> Fraction | None:
        """Return the value of what is given; None of anything else."""
        if not isinstance(e, Var) or e in self.definitions or e.kind == "delta":
            return None
        try:
            return self.point[e]
        except LookupError:
            return None


def derived(derivation: Derivation, e: Diff) -> Expr | None:
    """Return the formula of a derivative as derive would print it; None where it has none."""
    for key in (e, Diff(e.of, e.wrt, True)):
        try:
            return derivation.passages[key].result
        except (LookupError, ValueError):  # nothing leads from the one to the other
            continue
    return None


def _alike(one: Real, other: Real) -> bool:
    """Return whether two values may be the same, as far as doubles show it."""
    right = as_float(other.value)
    return abs(as_float(one.value) - right) <= 1e-12 * max(1e-9, abs(right))
