"""The kernel: decides one step at a time, knowing what it claims and not how it was found.

Truth is decided in this order. In the exact field, with the given quantities at random: equal there is proved. If
not, in real numbers at the given point, then at points near it: different anywhere is refuted, with that witness.
If neither, undecided. Before any of that, a step must have the form that its rule allows.

The field does not know which of two roots is positive (see `derive.check.field`). What it proves blindly holds for
either. Else a proof is one only if the sides agree in real numbers as well, to all digits, at the given point and at a
random one near it; it holds where all radicands are positive, in the part of that region that is connected with the
given point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from derive.check.field import Field
from derive.check.matrices import entries
from derive.check.meanings import FieldMeaning, RealMeaning
from derive.check.network import Network
from derive.check.real import DIGITS, Real, Reals
from derive.check.structure import inspect
from derive.check.tower import draw, tower
from derive.check.verdict import (
    Agrees,
    Condition,
    Doubt,
    Fault,
    Malformed,
    Proved,
    Refuted,
    Region,
    Undecided,
    Undefined,
    Verdict,
    Witness,
    combine,
)
from derive.derivation import Definition, Definitions, ErrorSignal, Lookup, Numbers, Rule, Step, Update
from derive.expression import Expr, Var, children, names

BELOW = -120  # an equation that is false is proved with a chance below 2^BELOW: a million of them, below 2^-100
TOWERS = 4
TRIES = 64  # of towers, where roots may be there in one and not in another
ATTEMPTS = ((True, 1), (False, 4), (False, 16))  # names in exponents free, or opened; how deep these may be nested
DRAWS = 6
ROOTS = 8  # in one field: each makes the chance of error four times as large
SHOWN = 30  # digits of a witness
DEEPEST = 150  # how deep an expression may be nested: well within what recursion can do


class Near:
    """A point near another: every given quantity moved by a random fraction of its size."""

    def __init__(self, point: Lookup[Var, Fraction], seed: int, number: int) -> None:
        self._point, self._seed, self._number = point, seed, number

    def __getitem__(self, name: Var) -> Fraction:
        value = self._point[name]
        part = Fraction(draw(self._seed, "near", self._number, name) % 2**21 - 2**20, 2**20)
        # Nearer from draw to draw, so that a kink close by is not crossed for ever.
        return value + part * max(abs(value), Fraction(1)) / (1 << 3 + 3 * self._number)


class Checker:
    """Decides the steps of derivations from one set of definitions, at one point.

    seed: of every random choice. The same seed gives the same verdicts. Whoever knows it before writing a derivation
        can make a false one that passes, so for the work of strangers draw it afterwards.
    here: what expressions come to at the point, in real numbers.
    """

    def __init__(self, definitions: Definitions, point: Lookup[Var, Fraction], seed: int = 0) -> None:
        self._point, self._seed = point, seed
        self._network = Network(definitions, point)
        self._reals = Reals()
        self.here = RealMeaning(self._network, self._reals)
        self._fields: dict[tuple[bool, int, int], FieldMeaning] = {}
        self._near: dict[int, RealMeaning] = {}
        self._decided: dict[tuple[type[Rule], Expr, Expr], Verdict] = {}
        self._ids: set[str] = set()
        self._introduced: set[Var] = set()

    def check_all(self, steps: Iterable[Step]) -> tuple[Verdict, ...]:
        """Return the verdict on each step of a derivation of its own: ids and names of earlier ones are forgotten."""
        self._ids, self._introduced = set(), set()
        return tuple([self.check(step) for step in steps])

    def check(self, step: Step) -> Verdict:
        """Return the verdict on `step`, the next one of the derivation."""
        fault = self._order(step)
        self._ids.add(step.id)
        if fault is not None:
            return fault
        if _deep(step.lhs) or _deep(step.rhs):
            return Undecided(Doubt.NESTED)
        claim = (step.rule, step.lhs, step.rhs)
        if claim not in self._decided:
            self._decided[claim] = self._decide(step)
        return self._decided[claim]

    def equal(self, lhs: Expr, rhs: Expr, *, at_point: bool = False) -> Verdict:
        """Return the verdict on lhs = rhs: for all values of what is given, or at the given point alone."""
        if _deep(lhs) or _deep(rhs):
            return Undecided(Doubt.NESTED)
        try:
            left, right = entries(lhs), entries(rhs)
            for name in dict.fromkeys((*names(lhs), *names(rhs))):
                self._network.require(name)
            if left is None and right is None:
                return self._equal(lhs, rhs, at_point)
            if left is None or right is None or [*map(len, left)] != [*map(len, right)]:
                return Refuted(Fault.SHAPES)
            verdicts = []
            for i, (row, other) in enumerate(zip(left, right, strict=True), 1):
                for j, (a, b) in enumerate(zip(row, other, strict=True), 1):
                    verdicts.append(self._equal(a, b, at_point, (i, j)))
            return combine(verdicts)
        except Malformed as malformed:
            return Refuted(malformed.fault, malformed.about)
        except Undefined as undefined:
            return Undecided(undefined.doubt)

    # ── Points ─────────────────────────────────────────────────────────────────────────────────────────────

    def near(self, number: int) -> RealMeaning:
        """Return meaning in real numbers at the given point (0), or at the n-th point near it."""
        if number == 0:
            return self.here
        if number not in self._near:
            self._near[number] = self.moved(Near(self._point, self._seed, number), self.here.sign)
        return self._near[number]

    def moved(self, point: Lookup[Var, Fraction], like: Callable[[Expr], int] | None = None) -> RealMeaning:
        """Return meaning in real numbers at another point. like: see `RealMeaning`."""
        return RealMeaning(self._network.moved(point), self._reals, like)

    def differ(self, a: Real, b: Real) -> bool:
        """Return whether two values are different numbers, beyond what rounding can have done."""
        return self._reals.differ(a, b)

    # ── One step ───────────────────────────────────────────────────────────────────────────────────────────

    def _order(self, step: Step) -> Refuted | None:
        """Single assignment: an id and a name once, and nothing used before it is there."""
        if step.id in self._ids:
            return Refuted(Fault.REUSED_ID)
        if not self._ids.issuperset(step.uses):
            return Refuted(Fault.FORWARD)
        if step.rule in (Definition, ErrorSignal, Update) and isinstance(step.lhs, Var):
            if step.lhs in self._introduced:
                return Refuted(Fault.REDEFINED, (step.lhs,))
            self._introduced.add(step.lhs)
        return None

    def _decide(self, step: Step) -> Verdict:
        try:
            inspect(step, self._network)
        except Malformed as malformed:
            # A false step is told by its form; where its sides differ besides, that is shown too.
            values = self.equal(step.lhs, step.rhs)
            return Refuted(malformed.fault, malformed.about, values.witness if isinstance(values, Refuted) else None)
        except Undefined as undefined:
            return Undecided(undefined.doubt)
        return self.equal(step.lhs, step.rhs, at_point=step.rule is Numbers)

    # ── One equation between scalars ───────────────────────────────────────────────────────────────────────

    def _equal(self, lhs: Expr, rhs: Expr, at_point: bool, entry: tuple[int, int] | None = None) -> Verdict:
        doubt = Doubt.UNPROVEN
        for free, height in ATTEMPTS:
            if height > 4 and doubt is not Doubt.NESTED:
                break  # a high tower is slow, and no help where it was not too low
            try:
                if (proved := self._prove(lhs, rhs, free, height)) is not None:
                    return proved
            except Undefined as undefined:
                doubt = undefined.doubt
        for number in range(1 if at_point else DRAWS + 1):
            try:
                meaning = self.near(number)
                (a, region), (b, other) = meaning.measure(lhs), meaning.measure(rhs)
                if self.differ(a, b):
                    shown = [self._reals.decimal(x.value, SHOWN) for x in (a, b)]
                    if shown[0] == shown[1]:
                        shown = [self._reals.decimal(x.value, 2 * SHOWN) for x in (a, b)]
                    return Refuted(Fault.VALUES, witness=Witness(lhs, rhs, shown[0], shown[1], number, entry))
                if at_point:
                    region = tuple(dict.fromkeys((*region, *other)))
                    exact = isinstance(a.value, Fraction) and isinstance(b.value, Fraction)
                    return Proved(None, region) if exact else Agrees(DIGITS, region)
            except Undefined as undefined:
                doubt = undefined.doubt if doubt is Doubt.UNPROVEN and number == 0 else doubt
        return Undecided(doubt)

    def _prove(self, lhs: Expr, rhs: Expr, free: bool, height: int) -> Proved | None:
        """Return the proof in the exact field; None where there is none."""
        exponent, equal = 0, 0
        positive: Region = ()
        failed: Undefined | None = None
        for number in range(TRIES if height <= 4 else TOWERS):
            meaning = self._field(free, height, number)
            try:
                (a, region, one), (b, other, two) = meaning.examine(lhs), meaning.examine(rhs)
            except Undefined as undefined:
                if not meaning.field.cut:
                    raise
                failed = undefined
                continue
            same = meaning.field.same(a, b)
            if one or two:
                if not meaning.field.blind and not positive:
                    if any(root.sign == 0 for root in (*one, *two)) or not self._agree(lhs, rhs):
                        return None
                    positive = tuple([Condition(root.radicand, 1) for root in dict.fromkeys((*one, *two))])
            elif not same:
                return None
            if same:
                # Towers are independent: the chances of error multiply. Of as many tries, any may be the one.
                chance = meaning.field.exponent(a, b) + (TRIES.bit_length() - 1 if positive else 0)
                exponent, equal = exponent + min(0, chance), equal + 1
                if exponent < BELOW:
                    return Proved(exponent, tuple(dict.fromkeys((*region, *other, *positive))))
                if equal == TOWERS:
                    raise Undefined(Doubt.SIZE)
        if failed:
            raise failed
        return None

    def _agree(self, lhs: Expr, rhs: Expr) -> bool:
        """Return whether the sides agree at the given point, and at the first of those near it where they can."""
        for number in range(DRAWS + 1):
            try:
                meaning = self.near(number)
                (a, _), (b, _) = meaning.measure(lhs), meaning.measure(rhs)
            except Undefined:
                if number == 0:
                    raise
                continue
            if self.differ(a, b) or number > 0:
                return not self.differ(a, b)
        return False

    def _field(self, free: bool, height: int, number: int) -> FieldMeaning:
        key = free, height, number
        kept = self._fields.get(key)
        # Denominators of earlier steps count in the bound, so a field is given up before they outweigh a step's own.
        # So do roots.
        if kept is None or sum(kept.field.denominators).bit_length() > 24 or len(kept.field.roots) > ROOTS:
            made = kept.field.tower if kept else tower(draw(self._seed, "tower", number) % 2**64, height)
            kept = self._fields[key] = FieldMeaning(
                self._network, Field(made, blind=number == 0), self.here.sign, free=free
            )
        return kept


def _deep(e: Expr) -> bool:
    """Return whether `e` is nested too deeply to be walked, or even hashed, by recursion."""
    level = [e]
    for _ in range(DEEPEST):
        level = [part for node in level for part in children(node)]
        if not level:
            return False
    return True
