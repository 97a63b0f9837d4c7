"""Steps as displayed formulas: one display a run of steps, aligned at its relations, broken where it is too wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.derivation import (
    ChainRule,
    Derivation,
    ErrorSignal,
    Key,
    Numbers,
    Run,
    Step,
    SumOverPaths,
    Update,
)
from derive.expression import At, Diff, Expr, Var
from derive.notation import Notation
from derive.render.blocks import Block, Display, Inline, Line, Math, Paragraph, Words
from derive.render.catalogue import Catalogue
from derive.render.maths import LATEX, LATEX_INLINE, TEXT, Printer
from derive.render.numbers import Decimals, decimals
from derive.render.printed import Printed, product_of_rounded
from derive.render.width import width

WIDEST = 33.0  # em; what fits between the margins beside a note
TABLE_DIGITS = 20  # of the derivatives in the table of checks
ALONE = 40.0  # em; what fits where there is no note
JOINED = 27.0  # em; up to here a value stands on the line of the numbers it is made of


class Writer:
    """Writes runs of steps as blocks, and keeps a record of every decimal that it has printed (`printed`)."""

    def __init__(self, derivation: Derivation, notation: Notation, words: Catalogue, digits: int) -> None:
        self.derivation = derivation
        self.catalogue = words
        self.notation = notation
        self.latex = Printer(LATEX, notation, derivation.values, digits)
        self.inline = Printer(LATEX_INLINE, notation, derivation.values, digits)
        self.text = Printer(TEXT, notation, derivation.values, digits)
        self.wide = Printer(LATEX, notation, derivation.values, TABLE_DIGITS)
        self.shapes = Printer(LATEX, notation, derivation.values, digits, shapes=True)
        self.printed: list[Printed] = []

    def math(self, e: Expr) -> Math:
        """Return a formula for a sentence or a table."""
        return Math(self.inline.write(e), self.text.write(e))

    def value(self, e: Expr) -> Math:
        """Return the value of `e` for a table, with its relation where it is rounded."""
        made = self.latex.number(e)
        self.printed.append(Printed(e, made, None))
        return Math(made.latex, made.pretty)

    def updated_value(self, e: Expr) -> Math:
        """Return the value of `e` after the update, for a sentence."""
        made = decimals(self.derivation.updated_values[e], self.latex.digits)
        self.printed.append(Printed(e, made, None, updated=True))
        return Math(made.latex, made.pretty)

    def note_printed(self, e: Expr, made: Decimals) -> None:
        """Keep the record of a decimal that was printed elsewhere."""
        self.printed.append(Printed(e, made, None))

    def claim(self, e: Expr) -> Math:
        """Return "name = value" for a sentence."""
        made = self.latex.number(e)
        self.printed.append(Printed(e, made, None))
        sign = "=" if made.exact else "\\approx"
        return Math(
            f"{self.inline.write(e)} {sign} {made.latex}", f"{self.text.write(e)} {made.relation} {made.pretty}"
        )

    # ── Runs ───────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, run: Run, known: Sequence[Key]) -> Iterator[Block]:
        """Yield the blocks of a run; `known` are the passages in it that were written before."""
        if run.first and (intro := self._intro(run.key)):
            yield Paragraph(intro)
        groups = _groups(run.steps)
        recalled = self._recalled(run)
        for number, group in enumerate(groups):
            closing = None if run.first and number == 0 else self._closing(run, group[0])
            if closing is not None:
                yield Paragraph(closing)
            yield Display((*(recalled if number == 0 else ()), *self.lines(group)))
            if run.first and number == 0 and known:
                yield Paragraph(self.catalogue.words("backward.known", list=self._list(known)), quiet=True)

    def _list(self, keys: Sequence[Key]) -> Words:
        made: list[Inline] = []
        for key in keys:
            made.extend((", ", self.claim(key)) if made else (self.claim(key),))
        return tuple(made)

    def _recalled(self, run: Run) -> tuple[Line, ...]:
        """Return the defining equation of a factor, which was printed with the forward pass, once more."""
        key = run.key
        if not (run.first and isinstance(key, Diff) and key.local):
            return ()
        definition = self.derivation.passages[key.of].steps[0]
        return self.lines([definition])[:1]

    def _intro(self, key: Key) -> Words | None:
        words, names = self.catalogue.words, self.math
        if isinstance(key, Var):
            return words("passage.definition", name=names(key))
        of, wrt = names(key.of), names(key.wrt)
        opening = next(step for step in self.derivation.passages[key].steps)
        paths = opening.rule is SumOverPaths
        kinds = (key.of.kind, key.wrt.kind)
        if kinds == ("total", "net"):
            return words("passage.signal", net=wrt)
        if kinds[0] == "total" and kinds[1] in ("w", "b"):
            return words("passage.gradient_sum" if paths else "passage.gradient", wrt=wrt)
        if kinds == ("total", "out"):
            return words("passage.total_out_paths" if paths else "passage.total_out", wrt=wrt)
        if kinds == ("E", "out") and not key.local:
            return words("passage.E_path", of=of)
        name = "passage." + "_".join(kinds)
        return words(name, of=of, wrt=wrt) if name in self.catalogue else None

    def _closing(self, run: Run, step: Step) -> Words | None:
        words = self.catalogue.words
        if step.rule is Update:
            return words("passage.update")
        if step.id.startswith("with error signals"):
            return words("passage.close_gradient")
        if run.first:
            return None
        opening = self.derivation.passages[run.key].steps[0]
        if opening.rule is ErrorSignal:
            return words("passage.close_signal")
        if opening.rule is SumOverPaths:
            return words("passage.close_sum")
        return words("passage.close_product") if opening.rule is ChainRule else None

    # ── Lines ──────────────────────────────────────────────────────────────────────────────────────────────

    def lines(self, steps: Sequence[Step]) -> tuple[Line, ...]:
        """Return the lines of steps about one left side; it is written once."""
        made: list[Line] = []
        for step in steps:
            lhs = "" if made else self.latex.write(step.lhs)
            if step.rule is Numbers:
                made.extend(self._numbers(step, lhs))
            else:
                made.append(self._line(lhs, "=", self.latex, step.rhs, self._note(step), step.id))
        return tuple(_joined(made))

    def _note(self, step: Step) -> str:
        return self.catalogue.plain("note." + step.rule.name.replace(" ", "_").replace("_put_in", ""))

    def _line(self, lhs: str, relation: str, printer: Printer, rhs: Expr, note: str, step: str) -> Line:
        whole = printer.write(rhs)
        room = (WIDEST if note else ALONE) - width(lhs)
        if width(whole) <= room:
            return Line(lhs, relation, (whole,), note, step)
        return Line(lhs, relation, tuple(_packed(printer.pieces(rhs), room)), note, step)

    def _numbers(self, step: Step, lhs: str) -> list[Line]:
        assert isinstance(step.rhs, At)
        before = len(self.latex.shown)
        exact = self.latex.exact(step.rhs.arg)
        note = self._note(step)
        line = self._line(lhs, "=" if exact else "≈", self.latex, step.rhs, note, step.id)
        shown = self.latex.shown[before:]
        result = self.latex.number(step.rhs)
        self.printed.extend(Printed(each.of, each.decimals, None) for each in shown)
        rounded = not exact and not product_of_rounded(step.rhs.arg, shown, result)
        self.printed.append(Printed(step.rhs, result, rounded))
        if line.rhs == (result.latex,):
            relation = "=" if result.exact else "≈"
            return [Line(lhs, relation, (result.latex,), note, step.id)]
        why = self.catalogue.plain("note.rounded") if rounded else ""
        return [line, Line("", "=" if result.exact else "≈", (result.latex,), why, step.id)]

    def matrix(self, steps: Sequence[Step]) -> tuple[Display, ...]:
        """Return the matrix form of a layer: letters with their shapes, then entries with numbers."""
        made = []
        for step in steps:
            lhs = self.shapes.write(step.lhs)
            first = self._line(lhs, "=", self.shapes, step.rhs, self._note(step), step.id)
            before = len(self.latex.shown)
            exact = self.latex.exact(step.rhs)
            numbers = self._line("", "=" if exact else "≈", self.latex, At(step.rhs), "", step.id)
            exact_result = self.latex.exact(step.lhs)
            result = self._line("", "=" if exact_result else "≈", self.latex, At(step.lhs), "", step.id)
            if max(map(width, (*numbers.rhs, *result.rhs))) > ALONE - width(lhs):
                del self.latex.shown[before:]
                made.append(Display((first,)))  # entries that no page has room for
                continue
            self.printed.extend(Printed(each.of, each.decimals, None) for each in self.latex.shown[before:])
            made.append(Display((first, *_joined([numbers, result]))))
        return tuple(made)


def _groups(steps: Sequence[Step]) -> list[list[Step]]:
    """Return the steps in groups that share a left side, and that a reader takes in together."""
    made: list[list[Step]] = []
    for step in steps:
        fresh = not made or made[-1][-1].lhs != step.lhs or step.id.startswith("with error signals")
        if fresh:
            made.append([step])
        else:
            made[-1].append(step)
    return made


def _joined(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines with each value on the line of what it is the value of, where it fits."""
    last: Line | None = None
    for line in lines:
        if last is not None and not line.lhs and len(last.rhs) == len(line.rhs) == 1:
            sign = "\\approx" if line.relation == "≈" else "="
            both = f"{last.rhs[0]} {sign} {line.rhs[0]}"
            numeric = line.step == last.step or line.rhs[0].strip("-0123456789.") == ""
            if numeric and width(last.lhs) + width(both) <= JOINED:
                last = Line(last.lhs, last.relation, (both,), line.note or last.note, last.step)
                continue
        if last is not None:
            yield last
        last = line
    if last is not None:
        yield last


def _packed(pieces: Sequence[str], limit: float) -> Iterator[str]:
    """Yield the pieces, several on a line as far as they fit."""
    line = ""
    for piece in pieces:
        if line and width(f"{line} {piece}") > limit:
            yield line
            line = piece
        else:
            line = f"{line} {piece}" if line else piece
    yield line
