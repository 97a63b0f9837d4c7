"""What a document has said so far: its formulas, and the numbers that it printed."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from derive.errata.findings import Claim, Kind
from derive.errata.meaning import Value
from derive.errata.numbers import Printed
from derive.errata.record.sides import Anchor, Side
from derive.errata.trained import DOUBLES, Trained
from derive.errata.world import FREE, OWN, World
from derive.expression import Expr, Var, names


class Noted(Struct, frozen=True):
    """A number that the document printed for a quantity, and the claim that it is."""

    shown: Printed
    claim: int
    kind: Kind


class Memory:
    """What a document has said so far.

    formulas: the last formula for each quantity.  noted: all numbers for each quantity.
    exact: numbers that are exactly what they should be, so that they are no roundings.
    steps: after how many updates that is meant which is being judged; None where nothing says so.
    """

    def __init__(self, world: World, trained: Trained) -> None:
        self.world, self.trained = world, trained
        self.formulas: dict[Value, Side] = {}
        self.noted: dict[Expr, list[Noted]] = {}
        self.exact: set[Fraction] = set()
        self.steps: int | None = None
        self._updated = False
        self._unknown: dict[Expr, Printed] = {}  # numbers for what has no value otherwise
        self._given: frozenset[Fraction] | None = None

    # ── Values ─────────────────────────────────────────────────────────────────────────────────────────────

    def true_values(self, value: Value) -> list[Fraction]:
        """Return the values that a quantity has: at the given point; and, once weights were updated, after it."""
        if isinstance(value, tuple) or not self.world.known(value):
            return []
        found = [self.world.exact(value)]
        if self.steps:  # the sentence around it says that it is after so many updates
            found.insert(0, self.trained.value(value, self.steps))
        if self._updated:
            found.append(self.trained.after(value))
        return [each for each in found if each is not None]

    def slack(self, right: Fraction) -> Fraction:
        """Return by how much a value may be off because it was computed in doubles."""
        return abs(right) * DOUBLES if self.steps else Fraction(0)

    def given_values(self) -> frozenset[Fraction]:
        """Return all numbers that are given."""
        if self._given is None:
            found = (self.world.given_value(quantity) for quantity in self.world.quantities())
            self._given = frozenset(each for each in found if each is not None) | frozenset(self.world.given.values())
        return self._given

    # ── Numbers that were printed ──────────────────────────────────────────────────────────────────────────

    def note(self, value: Expr, printed: Printed, claim: Claim) -> None:
        """Keep a number for a quantity, and the claim that it is."""
        if claim.kind == "proved":
            self.exact.add(printed.value)
        self.noted.setdefault(value, []).append(Noted(printed, claim.number, claim.kind))
        if isinstance(value, Var) and value.kind in ("w+", "b+"):
            self._updated = True

    def note_unknown(self, value: Expr, printed: Printed) -> None:
        """Keep a number for a name that has no value otherwise."""
        if isinstance(value, Var) and value.kind in (OWN, FREE) and self.world.label(value) != "…":
            self._unknown[value] = printed

    def said(self, value: Expr, number: Fraction) -> bool:
        """Return whether a number was printed for a quantity before, and stands."""
        return any(noted.kind != "refuted" and noted.shown.value == number for noted in self.noted.get(value, ()))

    def said_wrongly(self, value: Expr, number: Fraction) -> int:
        """Return the last claim that a number is the value of a quantity, where that was wrong; 0 for none."""
        several = reversed(self.noted.get(value, ()))
        return next((noted.claim for noted in several if noted.kind == "refuted" and noted.shown.value == number), 0)

    def last_wrong(self, value: Value) -> int:
        """Return the claim about that quantity, of all whose last number is wrong, which came last; 0 for none.

        value: what it is not about.
        """
        wrong = [found[-1].claim for e, found in self.noted.items() if found[-1].kind == "refuted" and e != value]
        return wrong[-1] if wrong else 0

    def from_printed(self, value: Expr, printed: Printed, *, wrong: bool) -> Fraction | None:
        """Return what comes out of numbers that were printed before, where that is the number and the truth is not.

        wrong: whether wrong numbers are put in; else only what was rounded rightly.
        """
        last = {e: found[-1] for e, found in self.noted.items() if e != value}
        said = {e: noted.shown.value for e, noted in last.items() if (noted.kind == "refuted") is wrong}
        if not said:
            return None
        if wrong:
            said |= {e: noted.shown.value for e, noted in last.items()}
        for formula in self._formulas_for(value):
            made = self.world.exact_with(formula, said)
            if made is None:
                continue
            if printed.rounds(made) and not printed.rounds(self.world.exact(value) or Fraction(0)):
                return made
        return None

    def _formulas_for(self, value: Expr) -> list[Expr]:
        written = self.formulas.get(value)
        found = [] if written is None or written.expr is None else [written.expr]
        defined = isinstance(value, Var) and value in self.world.definitions
        return [*found, self.world.definitions[value] if isinstance(value, Var) and defined else value]

    def from_unknown(self, anchor: Anchor, printed: Printed) -> bool:
        """Return whether a number follows from numbers that the document printed before, though nobody knows where
        these come from."""
        formula = anchor.expr if anchor.formula is None else anchor.formula.expr
        if formula is None or not self._unknown:
            return False
        if isinstance(formula, Var) and formula in self.world.definitions:
            formula = self.world.definitions[formula]
        inside = set(names(formula))
        if formula in self._unknown or not all(name in self._unknown or self.world.known(name) for name in inside):
            return False
        here = {e: shown.value for e, shown in self._unknown.items()}
        base = self.world.exact_with(formula, here)
        if base is None:
            return False
        spread = Fraction(0)
        for name in inside & set(self._unknown):
            made = self.world.exact_with(formula, {**here, name: here[name] + self._unknown[name].half})
            if made is None:
                return False
            spread += abs(made - base)
        return abs(base - printed.value) <= printed.half + spread * Fraction(101, 100)
