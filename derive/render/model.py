"""The report of a model that is a list of equations: the same board, without layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from derive.derivation import Derivation
from derive.expression import Var
from derive.notation import Notation
from derive.render.blocks import Block, Facts, Paragraph, Words
from derive.render.catalogue import Catalogue
from derive.render.formulas import Writer
from derive.render.passages import Passages
from derive.render.report import SHOWN_FACTS, TOTAL, Body, Report
from derive.spec import Model

MOST_PLACES = 60  # of one array, above which not every place is written out forwards

Progress = Callable[[str, int, int], None]


def body(
    derivation: Derivation,
    notation: Notation,
    words: Catalogue,
    *,
    digits: int = 9,
    only: Sequence[Var] | None = None,
    progress: Progress = lambda what, done, whole: None,
) -> Body:
    """Return the report of a model without its verification; see `derive.render.report.body`."""
    writer = Writer(derivation, notation, words, digits)
    wanted = list(derivation.parameters) if only is None else list(only)
    report = ModelReport(writer, wanted, only is not None, progress)
    model = report.model
    blocks = [*report.given(), *report.forward(), *report.backward(), *report.update()]
    subtitle = words.words(
        "title.model", equations=str(len(model.equations)), parameters=f"{model.parameter_count:,}",
        loss=writer.math(TOTAL),
    )  # fmt: skip
    keys = (*report.forward_keys, *(key for name in wanted for key in derivation.about(name)))
    return Body(model.title or model.name, subtitle, tuple(blocks), tuple(writer.printed), keys)


class ModelReport(Report):
    """The sections of a model's report."""

    @property
    def model(self) -> Model:
        spec = self.derivation.spec
        assert isinstance(spec, Model)
        return spec

    def given(self) -> Iterator[Block]:
        yield self.heading(1, "model", "model")
        yield Paragraph(self.words.words("model.intro"))
        rows: list[tuple[Words, tuple[Words, ...]]] = []
        for key, names in (
            ("parameters", self.model.parameters),
            ("data", [given.name for given in self.model.given if given.name not in self.model.parameters]),
        ):
            facts = [member for name in names for member in self.model.members(name)]
            rows += self.facts(self.words.words(f"model.{key}"), facts)
        if self.wanted and any(name.kind == "w" for name in self.wanted):
            rows += self.facts(self.updates.rate(), [Var("eta")])
            rows += self.updates.constants()
            for label, states in self.updates.states(self.derivation.parameters):
                rows += self.facts(label, states)
        yield Facts(tuple(rows))
        yield from self.updates.remarks()
        if drawn := self.model.drawn:
            listed = self.words.plain("comma").join(drawn[:SHOWN_FACTS])
            yield Paragraph(self.words.words("model.drawn", names=listed, seed=str(self.model.seed)), quiet=True)
        yield Paragraph(self.words.words("given.digits", digits=str(self.writer.latex.digits)), quiet=True)

    def forward(self) -> Iterator[Block]:
        yield self.heading(1, "forward", "forward")
        yield Paragraph(self.words.words("model.forward"))
        names = [
            member for equation in self.model.equations for member in self.model.members(equation.name)[:MOST_PLACES]
        ]
        yield self.definitions(names, set())

    def backward(self) -> Iterator[Block]:
        yield self.heading(1, "backward", "backward")
        yield Paragraph(self.words.words("model.backward", loss=self.writer.math(TOTAL)))
        if self.chosen:
            yield Paragraph(self.asked_for())
        passages = Passages(self.writer, self.lines, set(self.forward_keys))
        for done, name in enumerate(self.wanted):
            ascii_name = self.writer.notation.label(name).ascii
            self.progress(ascii_name, done, len(self.wanted))
            key = "parameter" if name.kind == "w" else "quantity"
            yield self.heading(2, key, f"by-{ascii_name}", name=self.writer.math(name))
            yield from passages.of(name)
            yield from self.updates.of(name, passages.seen)

    def fixed(self, name: Var) -> bool:
        return False
