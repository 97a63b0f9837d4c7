"""The outcome of the checks as blocks: a summary for the head of the report, a section for its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

from msgspec import Struct

from derive.check.verdict import Refuted, Region, Undecided, Verdict, Witness, passes, word
from derive.derivation import Step
from derive.expression import Diff, Expr, Var
from derive.render.blocks import (
    Block,
    Display,
    Heading,
    Inline,
    Line,
    Mark,
    Math,
    Paragraph,
    Part,
    Summary,
    Table,
    Words,
)
from derive.render.breaking import pieces
from derive.render.data import GradientRow, Outcome
from derive.render.formulas import Writer
from derive.render.kinks import slopes_at, taken
from derive.render.maths import Printer
from derive.render.numbers import Decimals

TOTAL = Var("total")
LARGE = 1e4  # ulp; from here on a power of ten says more than digits
SHOWN_FAULTS = 20
SHOWN_CONDITIONS = 40
GOOD = ("proved", "agrees")


class Outcomes(Struct, frozen=True):
    """What the report says of the checks. Plain data, so that the page does not depend on how they were done.

    derivatives: one row a parameter.  updates: what updates make of parameters and of what is kept for them.
    """

    steps: Sequence[tuple[Step, Verdict]]
    derivatives: Sequence[GradientRow]
    quantities: Sequence[tuple[Expr, Verdict]]
    decimals: Sequence[tuple[Expr, str, Verdict]]
    region: Region
    exponent: int | None
    seed: int
    method: str
    parameters: int
    updates: Sequence[tuple[Expr, Verdict]] = ()


def outcome(verdict: Verdict, text: Printer) -> Outcome:
    """Return a verdict as data."""
    match verdict:
        case Refuted(fault, about, witness, _):
            names = tuple(map(text.write, about))
            reason = fault.value + (f": {', '.join(names)}" if names else "")
            against = None if witness is None else _witness(witness, text)
            return Outcome("refuted", reason, against, f"fault.{fault.name.lower()}", names)
        case Undecided(doubt):
            return Outcome("undecided", doubt.value, cause=f"doubt.{doubt.name.lower()}")
    return Outcome(word(verdict))


def _witness(witness: Witness, text: Printer) -> dict[str, Any]:
    return {
        "at": "the given point" if witness.draw == 0 else f"point {witness.draw} near the given one",
        "draw": witness.draw,
        "entry": witness.entry,
        "lhs": text.write(witness.lhs),
        "lhs_value": witness.left,
        "rhs": text.write(witness.rhs),
        "rhs_value": witness.right,
    }


class Verified:
    """Writes the outcome of the checks in one language."""

    def __init__(self, writer: Writer, outcomes: Outcomes) -> None:
        self.writer = writer
        self.words = writer.catalogue
        self.outcomes = outcomes

    def mark(self, kind: str) -> Mark:
        return Mark(kind, self.words.plain(f"verify.{kind}"))

    @property
    def summary(self) -> Summary:
        """The outcome in a line for each kind of claim."""
        o = self.outcomes
        counts = [
            self._count("steps_proved", [word(verdict) for _, verdict in o.steps]),
            self._count("numbers_agree", [row.outcome.word for row in o.derivatives]),
            self._count("quantities_agree", [word(verdict) for _, verdict in o.quantities]),
            self._count("printed_agree", [word(verdict) for _, _, verdict in o.decimals]),
        ]
        if o.updates:
            counts.insert(3, self._count("updates_agree", [word(verdict) for _, verdict in o.updates]))
        return Summary(tuple(counts))

    def _count(self, key: str, kinds: Sequence[str]) -> tuple[Mark, Words]:
        good = sum(kind in GOOD for kind in kinds)
        bad = "refuted" if "refuted" in kinds else "undecided" if good < len(kinds) or not kinds else ""
        mark = bad or ("proved" if key == "steps_proved" else "agrees")
        return self.mark(mark), self.words.words(f"verify.{key}", count=f"{good:,}", all=f"{len(kinds):,}")

    def failures(self) -> Iterator[Block]:
        """Yield what did not pass, each with the reason, and with the witness against it if there is one."""
        o, text = self.outcomes, self.writer.text
        steps = [(step, outcome(verdict, text)) for step, verdict in o.steps if not passes(verdict)]
        for step, made in steps[:SHOWN_FAULTS]:
            yield self._failure(made, "step", step=step.id)
            if isinstance(step.lhs, Var | Diff):
                right = Part("=", tuple(pieces(self.writer.latex, step.rhs)))
                yield Display((Line(self.writer.latex.write(step.lhs), (right,)),))
        yield from self._more(steps)
        rows = [row for row in o.derivatives if row.outcome.word not in GOOD]
        for row in rows[:SHOWN_FAULTS]:
            yield self._failure(row.outcome, "derivative", name=self.writer.math(row.name))
        yield from self._more(rows)
        named = (*o.quantities, *o.updates)
        quantities = [(e, outcome(verdict, text)) for e, verdict in named if not passes(verdict)]
        for e, made in quantities[:SHOWN_FAULTS]:
            yield self._failure(made, "quantity", name=self.writer.math(e))
        yield from self._more(quantities)
        decimals = [(e, said, outcome(verdict, text)) for e, said, verdict in o.decimals if not passes(verdict)]
        for e, said, made in decimals[:SHOWN_FAULTS]:
            yield self._failure(made, "decimal", name=self.writer.math(e), text=said)
        yield from self._more(decimals)

    def _failure(self, made: Outcome, key: str, **places: Inline) -> Paragraph:
        reason = self.words.plain(made.cause) if made.cause in self.words else made.reason
        if made.names and made.cause in self.words:
            reason = self.words.plain("verify.about", reason=reason, names=self.words.plain("comma").join(made.names))
        sentence = (self.mark(made.word), " ", *self.words.words(f"verify.{key}", reason=reason, **places))
        return Paragraph((*sentence, *self._against(made)))

    def _against(self, made: Outcome) -> Words:
        if not made.witness:
            return ()
        w = made.witness
        at = self.words.plain("verify.drawn_point" if w["draw"] else "verify.given_point", number=str(w["draw"]))
        places = {"place": at, "left": w["lhs_value"], "right": w["rhs_value"]}
        if w["entry"]:
            row, column = map(str, w["entry"])
            return " ", *self.words.words("verify.witness_entry", row=row, column=column, **places)
        return " ", *self.words.words("verify.witness", **places)

    def _more(self, failures: Sequence[object]) -> Iterator[Block]:
        if len(failures) > SHOWN_FAULTS:
            yield Paragraph(self.words.words("verify.more", count=f"{len(failures) - SHOWN_FAULTS:,}"))

    def blocks(self) -> Iterator[Block]:
        """Yield the section at the end of the report."""
        yield Heading(1, self.words.words("section.verification"), "verification")
        yield self.summary
        yield from self.failures()
        yield from self._table()
        yield Heading(2, self.words.words("verify.how"), "how")
        yield from self._how()

    def _table(self) -> Iterator[Block]:
        o = self.outcomes
        rows = tuple(
            (
                (self.writer.math(row.name),),
                (self.writer.long_value(Diff(TOTAL, row.name)),),
                _ulp(row.numpy_ulp),
                _ulp(row.step_ulp),
                (self.mark(row.outcome.word),),
            )
            for row in o.derivatives
        )
        parts = ("parameter", "exact", "numpy", "step", "verdict")
        yield Table(tuple(self.words.words(f"verify.head_{part}") for part in parts), rows, "ldrrl")
        if len(o.derivatives) < o.parameters:
            places = {"all": f"{o.parameters:,}", "count": f"{len(o.derivatives):,}", "seed": str(o.seed)}
            yield Paragraph(self.words.words("verify.sampled", **places), quiet=True)

    def _how(self) -> Iterator[Block]:
        o = self.outcomes
        if o.exponent is None:
            yield Paragraph(self.words.words("verify.how_kernel_unbounded", seed=str(o.seed)))
        else:
            bound = Math(f"2^{{{o.exponent}}}", f"2^{o.exponent}")
            yield Paragraph(self.words.words("verify.how_kernel", bound=bound, seed=str(o.seed)))
        if o.region:
            yield Paragraph(self.words.words("verify.how_region", conditions=self._conditions()))
        if kinks := [condition.test for condition in o.region if condition.sign == 0]:
            yield Paragraph(self.words.words("verify.how_kink", cases=self._kinks(kinks)))
        method = self.words.plain(f"verify.{o.method.replace(' ', '_')}")
        yield Paragraph(self.words.words("verify.how_numbers", difference=method))

    def _kinks(self, tests: Sequence[Expr]) -> Words:
        """Return what each local derivative is taken to be where one of `tests` is 0."""
        steps, values = [step for step, _ in self.outcomes.steps], self.writer.derivation.values
        made: list[Inline] = []
        for test in tests[:SHOWN_CONDITIONS]:
            at = self.writer.math(test)
            said: Words = (Math(f"{at.latex} = 0", f"{at.text} = 0"),)
            for step in slopes_at(test, steps)[:1]:
                slope, value = self.writer.math(step.lhs), self.writer.math(taken(step.rhs, values))
                claim = Math(f"{slope.latex} = {value.latex}", f"{slope.text} = {value.text}")
                said = self.words.words("verify.at_kink", slope=claim, kink=said)
            made += [self.words.plain("comma"), *said] if made else said
        if len(tests) > SHOWN_CONDITIONS:
            made.append(self.words.plain("more"))
        return tuple(made)

    def _conditions(self) -> Words:
        made: list[Inline] = []
        for condition in self.outcomes.region[:SHOWN_CONDITIONS]:
            test = self.writer.math(condition.test)
            sign = {1: ">", 0: "=", -1: "<"}[condition.sign]
            made.extend((self.words.plain("comma"),) if made else ())
            made.append(Math(f"{test.latex} {sign} 0", f"{test.text} {sign} 0"))
        if len(self.outcomes.region) > SHOWN_CONDITIONS:
            made.append(self.words.plain("more"))
        return tuple(made)


def _ulp(value: float | None) -> Words:
    if value is None:
        return ("–",)
    if value < LARGE:
        return (f"{value:.1f}",)
    if value == inf:
        return (Math("\\infty", "∞"),)
    made = Decimals(f"{value:.1e}".replace("e+", "e"), exact=False)
    return (Math(made.latex, made.pretty),)
