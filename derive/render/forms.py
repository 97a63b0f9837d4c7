"""The report of a reduced form: the same frame, and one section with the derivatives written out, in matrices, or by
index letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from derive.derivation import Derivation, FamilyEquation, MatrixForm, Step
from derive.expression import Cases, Diff, Diff2, Expr, Var, children
from derive.notation import Notation
from derive.render.blocks import Block, Display, Heading, Line, Math, Paragraph, Part
from derive.render.breaking import pieces
from derive.render.catalogue import Catalogue
from derive.render.formulas import Writer
from derive.render.model import ModelReport
from derive.render.parting import parted
from derive.render.report import Body, Progress, Report, subtitle
from derive.spec import Model

TOTAL = Var("total")
PARTS = ("forward", "backward", "update")


class Content(Struct, frozen=True):
    """What the section of a form shows, and what stands behind it.

    form: "expanded", "matrix" or "index"; "hessian" for one second derivative, "jacobian" for outputs by inputs.
    steps: claims that were made of the form, each to be checked; those that are shown as they are, or the members of
        `equations`.
    drawn: how many members of one equation were drawn, where there are more; else 0.
    passages: of a second derivative, each after those that it needs: the formula that is differentiated, and steps.
    compared: what another way of computing a number gives, and how far it is from it, as text.
    """

    form: str
    steps: tuple[Step, ...]
    equations: tuple[FamilyEquation, ...] = ()
    sizes: Mapping[Var, tuple[int, int]] = {}
    drawn: int = 0
    passages: tuple[tuple[Step | None, tuple[Step, ...]], ...] = ()
    compared: tuple[str, str] | None = None


def form_body(
    derivation: Derivation,
    notation: Notation,
    words: Catalogue,
    content: Content,
    *,
    digits: int,
    only: Sequence[Var] | None,
    progress: Progress,
) -> Body:
    """Return the report of `derivation` in the form of `content`, without its verification."""
    wanted = list(derivation.parameters) if only is None else list(only)
    writer = Writer(derivation, notation, words, digits)
    model = isinstance(derivation.spec, Model)
    report = (ModelReport if model else Report)(writer, wanted, only is not None, progress)
    pages = FormSection(report)
    section = {
        "expanded": pages.expanded,
        "matrix": pages.matrix,
        "index": pages.index,
        "hessian": pages.hessian,
        "jacobian": pages.jacobian,
    }[content.form]
    blocks = [*(() if model else report.network()), *report.given(), *section(content)]
    if content.form not in ("hessian", "jacobian"):
        blocks += report.update()
    keys = tuple(Diff(TOTAL, name) for name in wanted)
    kind = words.words("forms.model") if isinstance(derivation.spec, Model) else subtitle(derivation.spec, words)
    title = derivation.spec.title or derivation.spec.name
    return Body(title, kind, tuple(blocks), tuple(writer.printed), keys, content.steps)


class FormSection:
    """Writes the section of one form, between those that every report has."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.derivation = report.derivation
        self.writer = report.writer
        self.words = report.words

    def expanded(self, content: Content) -> Iterator[Block]:
        yield self._heading(1, "expanded")
        yield Paragraph(self.words.words("forms.expanded"))
        if any(_has_branches(step.rhs) for step in content.steps):
            bracket = Math("[a > b]", "[a > b]")
            yield Paragraph(self.words.words("forms.iverson", bracket=bracket), quiet=True)
        printer = self.writer.latex
        for number, step in enumerate(content.steps):
            assert isinstance(step.lhs, Diff)
            name = step.lhs.wrt
            self.report.progress(self.writer.notation.label(name).ascii, number, len(content.steps))
            kind = "weight" if name.kind == "w" else "bias"
            ascii_name = self.writer.notation.label(name).ascii
            yield self.report.heading(3, kind, f"by-{ascii_name}", name=self.writer.math(name))
            nodes, names = content.sizes[name]
            yield Paragraph(self.words.words("forms.size", nodes=f"{nodes:,}", names=f"{names:,}"), quiet=True)
            value = printer.number(step.lhs)
            formula = Part("=", tuple(parted(printer, step.rhs)))
            yield Display((Line(printer.write(step.lhs), (formula, Part(value.relation, (value.latex,)))),))

    def matrix(self, content: Content) -> Iterator[Block]:
        yield self._heading(1, "matrix")
        yield Paragraph(
            self.words.words("forms.matrix_samples" if self.derivation.network.samples > 1 else "forms.matrix")
        )
        matrices = [step for step in content.steps if step.rule is MatrixForm]
        for part, layers in (("forward", 1), ("backward", -1), ("update", 1)):
            if part == "update" and not any(_part(step) == part for step in matrices):
                continue  # the equations of other optimisers stand in a section of their own
            yield self._heading(2, part)
            for layer in range(1, len(self.derivation.network.layers) + 1)[::layers]:
                steps = [step for step in matrices if _part(step) == part and _layer(step) == layer]
                entries = [e for e in content.equations if _of_matrix(e, part) and e.about.layer == layer]
                if steps or entries:
                    yield self.report.heading(
                        3, self.report.of_layer("layer", layer), f"{part}-{layer}", layer=str(layer)
                    )
                for step in steps:
                    yield self.report.lines.matrix(step)
                if entries:
                    yield Paragraph(self.words.words("forms.entries"))
                    yield self._equations(entries)
                if part == "backward" and self._without_matrix(layer):
                    yield Paragraph(self.words.words("forms.no_matrix"))

    def index(self, content: Content) -> Iterator[Block]:
        yield self._heading(1, "index")
        yield Paragraph(self.words.words("forms.index"))
        if content.drawn:
            yield Paragraph(self.words.words("forms.drawn", count=f"{content.drawn:,}"), quiet=True)
        for part in PARTS:
            equations = [e for e in content.equations if e.part == part]
            if equations:
                yield self._heading(2, part)
                yield self._equations(equations)

    def hessian(self, content: Content) -> Iterator[Block]:
        *needed, (formula, steps) = content.passages
        opening, *closing = steps
        assert formula is not None
        assert isinstance(opening.lhs, Diff2)
        first, second = self.writer.math(opening.lhs.first), self.writer.math(opening.lhs.second)
        yield self._heading(1, "hessian")
        yield Paragraph(self.words.words("forms.hessian", first=first, second=second))
        lines = self.report.lines
        yield Display((*lines.of([formula]), *lines.of([opening])))
        if needed:
            yield Paragraph(self.words.words("forms.needed"))
        for source, its in needed:
            if its:
                yield Display((*(lines.of([source]) if source else ()), *lines.of(its)))
        if closing:
            if needed:
                yield Paragraph(self.words.words("passage.close_product"))
            yield Display(tuple(lines.of(closing)))
        if content.compared:
            value, distance = content.compared
            yield Paragraph(self.words.words("forms.compared", value=value, distance=distance))

    def jacobian(self, content: Content) -> Iterator[Block]:
        yield self._heading(1, "jacobian")
        yield Paragraph(self.words.words("forms.jacobian"))
        yield self._equations(content.equations)
        yield self._heading(2, "matrix")
        for step in content.steps:
            if step.rule is MatrixForm:
                if (sample := step.id.partition(" sample ")[2]) and step.id.startswith("matrix form: dout/dx 1 "):
                    yield Paragraph(self.words.words("forward.sample", sample=sample))
                yield self.report.lines.matrix(step)

    def _heading(self, level: int, key: str) -> Heading:
        return Heading(level, self.words.words(f"forms.head_{key}"), f"form-{key}")

    def _equations(self, equations: Sequence[FamilyEquation]) -> Display:
        """Return equations with letters, each with the range of its letters as its note."""
        printer = self.writer.latex
        made = []
        for number, equation in enumerate(equations):
            ranges = [f"{letter} = 1 … {size}" if size > 1 else f"{letter} = 1" for letter, size in equation.letters]
            part = Part("=", tuple(pieces(printer, equation.rhs)))
            note = (self.words.plain("comma").join(ranges),) if ranges else ()
            made.append(Line(printer.write(equation.lhs), (part,), note, gap=number > 0))
        return Display(tuple(made))

    def _without_matrix(self, layer: int) -> bool:
        """Return whether the error signals of a layer have no matrix form in one line."""
        return bool(self.derivation.matrices[layer]) and not any(
            step.id == f"matrix form: delta {layer}" for step in self.derivation.matrices[layer]
        )


def _has_branches(e: Expr) -> bool:
    return isinstance(e, Cases) or any(map(_has_branches, children(e)))


def _part(step: Step) -> str:
    """Return the part of the calculation that a matrix form belongs to."""
    kind = step.id.split()[2]
    return "forward" if kind == "net" else "update" if kind.endswith("+") else "backward"


def _layer(step: Step) -> int:
    return int(step.id.split()[3])


def _of_matrix(equation: FamilyEquation, part: str) -> bool:
    """Return whether the page of matrices shows `equation`: what their entries are, and the functions of a layer."""
    if part == "backward":
        return equation.part == "entry"
    return part == "forward" == equation.part and equation.about.kind in ("out", "E")
