"""An outcome in words: a headline, what is known, and a table. The words come from catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import inf

from msgspec import Struct

from derive import diagnose
from derive.check.verdict import Proved, Refuted, Verdict, word
from derive.diagnose import Instance, Match
from derive.errors import printable
from derive.gradcheck.conventions import words as words_for
from derive.gradcheck.verdicts import Convention, Outcome, Place, Row, Why
from derive.read.tracing import RETURNED
from derive.render.catalogue import Catalogue
from derive.render.terminal import SIGNS

MOST = 20  # rows of a table
TIES = 4  # explanations that are printed


class Line(Struct, frozen=True):
    """A sentence or two under a label; the label is "" where it goes on from the line above."""

    label: str
    text: str


class Told(Struct, frozen=True):
    """kind: "proved", "agrees", "refuted" or "undecided".  table: a head and rows; empty where there is nothing."""

    kind: str
    mark: str
    headline: str
    lines: tuple[Line, ...]
    summary: str
    head: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]


def tell(outcome: Outcome, network: str, language: str = "en") -> Told:
    """Return an outcome in words. Raises DeriveError for a language that there is none of."""
    return _Teller(outcome, network, language).told()


class _Teller:
    def __init__(self, outcome: Outcome, network: str, language: str) -> None:
        self.outcome, self.network = outcome, network
        self.catalogue = Catalogue(language)
        self.mistakes = diagnose.words(language)
        self.values = self.catalogue.section("gradcheck_values")

    def say(self, key: str, **places: str) -> str:
        return self.catalogue.plain(f"gradcheck.{key}", **places)

    def told(self) -> Told:
        made = self.outcome
        rows = [*([made.loss] if made.loss is not None else []), *made.rows]
        # The worst first, where there are too many: refuted by how far off they are.
        shown = rows if len(rows) <= MOST else sorted(rows, key=_badness)[:MOST]
        few = len(rows) <= MOST
        counts = {kind: str(made.count(kind)) for kind in ("proved", "agrees", "refuted", "undecided")}
        summary = "" if few else self.say("summary", count=f"{len(made.rows):,}", **counts)
        return Told(
            made.kind, self.mark(made.verdict), self.headline(), tuple(self.lines()), summary,
            tuple(self.say("head").split("|")), tuple(map(self.row, shown)),
        )  # fmt: skip

    def mark(self, verdict: Verdict) -> str:
        kind = word(verdict)
        return f"{SIGNS[kind]} {self.catalogue.plain(f'verify.{kind}')}"

    def row(self, row: Row) -> tuple[str, ...]:
        name = self.say("loss_row") if row is self.outcome.loss else row.name
        verdict = self.mark(row.verdict)
        if row.why is not None:
            verdict += f": {self.say(f'why.{row.why.name.lower()}')}"
        return name, row.expected, row.found, verdict

    def headline(self) -> str:
        made = self.outcome
        places = {"program": printable(made.name), "network": self.network}
        if made.kind == "undecided":
            why = made.reason.why if made.reason else next((row.why for row in made.rows if row.why), None)
            return self.say("undecided", why=self.why(why), **places)
        gradient_right = all(row.kind in ("proved", "agrees") for row in made.rows)
        return self.say("refuted_loss" if made.kind == "refuted" and gradient_right else made.kind, **places)

    def why(self, why: Why | None) -> str:
        return self.say(f"why.{why.name.lower() if why else 'unproven'}")

    # ── Lines ──────────────────────────────────────────────────────────────────────────────────────────────

    def lines(self) -> Iterator[Line]:
        made = self.outcome
        if made.reason is not None and (made.reason.detail or made.reason.line):
            where = self.say("place", line=str(made.reason.line), function="…", text="") if made.reason.line else ""
            text = printable(made.reason.detail)
            yield Line(self.say("reason_label"), f"{text} ({where.split(',')[0]})" if where else text)
        yield from self.hints()
        if made.kind == "refuted":
            yield from self.mistake()
            for number, line in made.guards:
                yield Line(self.say("guard_label"), self.say("guard", number=f"{number:g}", line=str(line)))
            yield from self.where()
            if made.contradicted is not None:
                step = made.contradicted
                yield Line(self.say("contradicts_label"), self.say("step", text=step.text, rule=step.rule))
        yield from self.convention()
        if made.kind in ("proved", "agrees"):
            yield from self.proof()
        if made.facts:
            yield Line(self.say("called_label"), self.say("semicolon").join(self.facts()))
        if made.output.strip():
            first, *rest = printable_lines(made.output)
            yield Line(self.say("output_label"), first + (" …" if rest else ""))

    def hints(self) -> Iterator[Line]:
        """Say what to try with a program that could not be judged."""
        made = self.outcome
        if made.kind != "undecided":
            return
        why = made.reason.why if made.reason else next((row.why for row in made.rows if row.why), None)
        given = made.reason.hint if made.reason else ""
        usual = f"gradcheck.hint.{why.name.lower()}" if why else ""
        hints = given.split("\n") if given else [self.catalogue[usual]] if usual in self.catalogue else []
        for number, part in enumerate(hints):
            yield Line("" if number else self.say("hint_label"), printable(part.strip()))

    def mistake(self) -> Iterator[Line]:
        made = self.outcome
        matches = made.matches
        if not matches:
            yield Line(self.say("mistake_label"), self.say("unnamed"))
            return
        if len(matches) > 1:
            yield Line(self.say("mistake_label"), self.say("tie", count=str(len(matches))))
        for number, match in enumerate(matches[:TIES]):
            label = self.say("mistake_label") if len(matches) == 1 else "–" if number == 0 else self.say("either_label")
            yield from self.one_mistake(label, match)
        if len(matches) > TIES:
            yield Line("", self.say("more", count=str(len(matches) - TIES)))

    def one_mistake(self, label: str, match: Match) -> Iterator[Line]:
        titles = [self.title(each) for each in match.mistakes]
        text = titles[0] if len(titles) == 1 else self.say("pair", first=titles[0], second=titles[1])
        if match.fitted:
            fitted = [self.say("fitted", name=name, value=f"{value:.9g}") for name, value in match.fitted]
            text += f" ({self.say('comma').join(fitted)})"
        yield Line(label, text)
        for each in match.mistakes:
            words = self.mistakes[each.id]
            source = diagnose.MISTAKES[each.id].source
            yield Line("", words.what)
            if source and source != "reasoned":
                yield Line("", self.say("seen_in", source=source))
        for each in match.mistakes:
            yield Line(self.say("mend_label"), self.mistakes[each.id].mend)

    def title(self, instance: Instance) -> str:
        title = self.mistakes[instance.id].title
        return self.say("in_layer", title=title, layer=str(instance.layer)) if instance.layer else title

    def where(self) -> Iterator[Line]:
        made = self.outcome
        if made.place is not None:
            yield Line(self.say("where_label"), self.at(made.place))
            if made.place.variable:
                text = self.say(
                    "place_returned" if made.place.variable == RETURNED else "place_variable",
                    variable=printable(made.place.variable), quantity=self.quantity(made.place.quantity),
                )  # fmt: skip
                if made.place.right:
                    text += self.say("semicolon") + self.say("place_right", right=self.quantity(made.place.right))
                yield Line("", text)
        elif made.layer:
            yield Line(self.say("where_label"), self.say("layer", layer=str(made.layer)))

    def quantity(self, name: str) -> str:
        """Return what a quantity of a layer is called: "delta2" is δ of layer 2."""
        kind, layer = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
        if f"gradcheck.quantity.{kind}" not in self.catalogue:
            return name
        return self.say(f"quantity.{kind}", layer=layer)

    def at(self, place: Place) -> str:
        return self.say(
            "place", line=str(place.line), function=printable(place.function), text=printable(place.text)[:100]
        )

    def convention(self) -> Iterator[Line]:
        made = self.outcome
        label = self.say("convention_label")
        if made.convention.rate:
            yield Line(label, self.say("convention_rate", factor=str(made.convention.factor), network=self.network))
        elif made.given:
            yield Line(label, self.say("given_convention", convention=self.parts(made.convention) or "–"))
        elif made.convention == Convention(samples=made.convention.samples) and made.convention and made.one_sample:
            what = self.say("mean" if made.convention.samples < 0 else "sum")
            yield Line(label, self.say("convention_samples", what=what, network=self.network))
        elif made.convention:
            text = self.parts(made.convention)
            yield Line(label, self.say("convention_same", convention=text, network=self.network))
        if made.deviates and made.kind == "refuted":
            words = words_for(made.deviates)
            text = self.parts(made.deviates)
            key = "convention_wrong" if words else "convention_wrong_plain"
            yield Line(label, self.say(key, convention=text, words=",".join(words or ())))
        if isinstance(made.own_loss, Proved | Refuted) and made.kind == "refuted":
            key = "own_loss_right" if isinstance(made.own_loss, Proved) else "own_loss_wrong"
            yield Line(self.say("loss_label"), self.say(key, network=self.network))

    def parts(self, convention: Convention) -> str:
        """Return a convention in words, part for part."""
        factors = {2: "no-half", Fraction(1, 2): "half", 4: "quadruple", Fraction(1, 4): "quarter"}
        made = [factors[convention.factor]] if convention.factor in factors else []
        if convention.sign < 0:
            made.append("negative")
        if convention.samples:
            made.append("mean" if convention.samples < 0 else "sum")
        if convention.outputs:
            made.append("mean-outputs" if convention.outputs < 0 else "sum-outputs")
        return self.say("comma").join(self.say(f"part.{part}") for part in made)

    def proof(self) -> Iterator[Line]:
        made = self.outcome
        label = self.say("more_label")
        inexact = dict(made.facts).get("inexact", "")
        if isinstance(made.verdict, Proved):
            samples = self.say("comma").join(map(str, sorted(made.samples)))
            # The program's own branches narrow it down; see `conditions`.
            key = "proof_where" if made.tests or made.lost else "proof"
            yield Line(label, self.say(key, samples=samples, exponent=str(made.verdict.exponent), seed=str(made.seed)))
        elif inexact:
            yield Line(
                label, self.say("no_proof", why=printable(inexact), points=str(made.points), seed=str(made.seed))
            )
        else:
            yield Line(label, self.say("reals", seed=str(made.seed)))
        both, whole = made.both_sides
        if whole and isinstance(made.verdict, Proved):
            yield Line("", self.say("region", both=str(both), whole=str(whole), patterns=str(made.patterns)))
        if isinstance(made.verdict, Proved):
            yield from self.conditions()

    def conditions(self) -> Iterator[Line]:
        """Say on what a proof depends in the program itself."""
        made = self.outcome
        places = {
            "tests": [line for line, _ in made.tests if line],
            "tests_one": [line for line, signs in made.tests if line and len({sign > 0 for sign in signs}) == 1],
            "lost": [line for line, _ in made.lost if line],
        }
        for key, lines in places.items():
            if lines:
                yield Line("", self.say(key, lines=self.say("comma").join(map(str, lines))))

    def facts(self) -> Iterator[str]:
        for key, value in self.outcome.facts:
            if key in ("inexact", "kind", "outputs"):
                continue
            shown = self.values.get(value, printable(value))
            yield self.say(f"fact.{key}", value=shown) if f"gradcheck.fact.{key}" in self.catalogue else shown


def printable_lines(text: str) -> list[str]:
    return [printable(line)[:120] for line in text.splitlines() if line.strip()]


def _badness(row: Row) -> tuple[int, float]:
    order = {"refuted": 0, "undecided": 1, "agrees": 2, "proved": 3}[row.kind]
    try:
        expected = float(row.expected)
        # Of what is refuted the size of the difference counts; of what is not, only rounding is left.
        far = abs(float(row.found) - expected) / (1.0 if row.kind == "refuted" else abs(expected) or 1.0)
    except ValueError:
        far = inf if row.kind == "refuted" else 0.0
    return order, -far
