"""The outcome of the checks as blocks: a summary for the head of the report, a section for its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from derive.check.verdict import Agrees, Proved, Refuted, Region, Undecided, Verdict, passes
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
    Summary,
    Table,
    Words,
)
from derive.render.data import GradientRow, Outcome
from derive.render.maths import Printer
from derive.render.passages import Writer

TOTAL = Var("total")
SHOWN_FAULTS = 20
SHOWN_CONDITIONS = 40
SHOWN_ROWS = 60


class Outcomes(Struct, frozen=True):
    """What the report says of the checks. Plain data, so that the page does not depend on how they were done.

    derivatives: one row a parameter. failures: what did not pass among quantities and printed decimals.
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


def word(verdict: Verdict) -> str:
    """Return the verdict in one word, a key of the catalogue."""
    match verdict:
        case Proved():
            return "proved"
        case Agrees():
            return "agrees"
        case Refuted():
            return "refuted"
        case Undecided():
            return "undecided"


def outcome(verdict: Verdict, text: Printer) -> Outcome:
    """Return a verdict as data."""
    match verdict:
        case Refuted(fault, about, witness, _):
            reason = fault.value + (f": {', '.join(map(text.write, about))}" if about else "")
            if witness is None:
                return Outcome("refuted", reason)
            place = "the given point" if witness.draw == 0 else f"point {witness.draw} near the given one"
            return Outcome(
                "refuted",
                reason,
                {
                    "at": place,
                    "entry": witness.entry,
                    "lhs": text.write(witness.lhs),
                    "lhs_value": witness.left,
                    "rhs": text.write(witness.rhs),
                    "rhs_value": witness.right,
                },
            )
        case Undecided(doubt):
            return Outcome("undecided", doubt.value)
    return Outcome(word(verdict))


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
        lines = [
            self._line("steps_proved", [verdict for _, verdict in o.steps]),
            self._count("numbers_agree", [row.outcome.word for row in o.derivatives]),
            self._line("quantities_agree", [verdict for _, verdict in o.quantities]),
            self._line("printed_agree", [verdict for _, _, verdict in o.decimals]),
        ]
        return Summary(tuple(lines))

    def _line(self, key: str, verdicts: Sequence[Verdict]) -> tuple[Mark, Words]:
        return self._count(key, list(map(word, verdicts)))

    def _count(self, key: str, kinds: Sequence[str]) -> tuple[Mark, Words]:
        good = sum(kind in ("proved", "agrees") for kind in kinds)
        bad = "refuted" if "refuted" in kinds else "undecided" if good < len(kinds) or not kinds else ""
        mark = bad or ("proved" if key == "steps_proved" else "agrees")
        return self.mark(mark), self.words.words(f"verify.{key}", count=str(good), all=str(len(kinds)))

    def blocks(self) -> Iterator[Block]:
        """Yield the section at the end of the report."""
        yield Heading(1, self.words.words("section.verification"), "verification")
        yield self.summary
        yield from self._failures()
        yield from self._table()
        yield Heading(2, self.words.words("verify.how"), "how")
        exponent = self.outcomes.exponent
        bound = Math("2^{%d}" % exponent, f"2^{exponent}") if exponent is not None else Math("0", "0")  # noqa: UP031
        yield Paragraph(self.words.words("verify.how_kernel", bound=bound, seed=str(self.outcomes.seed)))
        yield from self._region()
        method = self.words.plain(f"verify.{self.outcomes.method.replace(' ', '_')}")
        yield Paragraph(self.words.words("verify.how_numbers", difference=method))

    def _table(self) -> Iterator[Block]:
        rows = []
        for row in self.outcomes.derivatives[:SHOWN_ROWS]:
            key = Diff(TOTAL, row.name)
            value = self.writer.wide.number(key)
            self.writer.note_printed(key, value)
            rows.append(
                (
                    (self.writer.math(row.name),),
                    (Math(value.latex, value.pretty),),
                    (_ulp(row.numpy_ulp),),
                    (_ulp(row.step_ulp),),
                    (self.mark(row.outcome.word),),
                )
            )
        parts = ("parameter", "exact", "numpy", "step", "verdict")
        yield Table(tuple(self.words.words(f"verify.head_{part}") for part in parts), tuple(rows), "ldddl")
        if len(self.outcomes.derivatives) < self.outcomes.parameters:
            yield Paragraph(
                self.words.words(
                    "verify.sampled",
                    all=f"{self.outcomes.parameters:,}",
                    count=f"{len(self.outcomes.derivatives):,}",
                    seed=str(self.outcomes.seed),
                ),
                quiet=True,
            )

    def _failures(self) -> Iterator[Block]:
        for step, verdict in [each for each in self.outcomes.steps if not passes(each[1])][:SHOWN_FAULTS]:
            made = outcome(verdict, self.writer.text)
            sentence: tuple[Inline, ...] = (self.mark(word(verdict)), f" {step.id}: {made.reason}")
            if made.witness:
                sentence = (*sentence, f" ({made.witness['lhs_value']} / {made.witness['rhs_value']})")
            yield Paragraph(sentence)
            if not isinstance(step.lhs, Var | Diff):
                continue
            yield Display((Line(self.writer.latex.write(step.lhs), "=", (self.writer.latex.write(step.rhs),)),))
        for row in [row for row in self.outcomes.derivatives if row.outcome.word not in ("proved", "agrees")]:
            yield Paragraph((self.mark(row.outcome.word), " ", self.writer.math(row.name), f": {row.outcome.reason}"))
        others = [(e, "", v) for e, v in self.outcomes.quantities] + list(self.outcomes.decimals)
        for e, text, verdict in [each for each in others if not passes(each[2])][:SHOWN_FAULTS]:
            made = outcome(verdict, self.writer.text)
            yield Paragraph((self.mark(word(verdict)), " ", self.writer.math(e), f" {text}: {made.reason}"))

    def _region(self) -> Iterator[Block]:
        conditions = self.outcomes.region
        if not conditions:
            return
        made: list[Inline] = []
        for condition in conditions[:SHOWN_CONDITIONS]:
            test = self.writer.math(condition.test)
            sign = {1: ">", 0: "=", -1: "<"}[condition.sign]
            made.extend((", ",) if made else ())
            made.append(Math(f"{test.latex} {sign} 0", f"{test.text} {sign} 0"))
        if len(conditions) > SHOWN_CONDITIONS:
            made.append(", …")
        yield Paragraph((*self.words.words("verify.how_region"), " ", *made, "."))
        if any(condition.sign == 0 for condition in conditions):
            yield Paragraph(self.words.words("verify.how_kink"))


def _ulp(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
