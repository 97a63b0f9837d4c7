"""Steps as lines of a display: one left side, then what it equals, in symbols and in numbers, with the rule noted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from derive.derivation import (
    ChainRule,
    Definition,
    DifferentiatedFormula,
    ErrorSignal,
    LocalDerivative,
    Numbers,
    Rewriting,
    Step,
    SumOverPaths,
    Update,
)
from derive.expression import At, Cases, Diff, Diff2, Expr, Var
from derive.render.blocks import Display, Inline, Line, Part, Words
from derive.render.breaking import is_sum_of_paths, pieces
from derive.render.formulas import Writer
from derive.render.kinks import decided
from derive.render.maths import Printer
from derive.render.printed import recalculate
from derive.render.width import LINE, width
from derive.spec import Model

JOINED = 24.0  # em; up to here two equal forms stand on one line
ALL_PATHS, SIGNALS = "all paths", "with error signals"


class _Member(Struct, frozen=True):
    """One member of a chain of equations. Numbers begin a line, a value ends one, symbols may do either."""

    part: Part
    note: Words = ()
    kind: Literal["symbols", "numbers", "value"] = "symbols"


class Lines:
    """Writes steps as lines, with the rule that each applies as its note."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.words = writer.catalogue
        self.spec = writer.derivation.spec

    def of(
        self, steps: Sequence[Step], *, counted: set[Expr] | None = None, closing: Words = (), terse: bool = False
    ) -> list[Line]:
        """Return the lines of steps, each left side written once.

        counted: the expressions that the reader has seen with numbers in them just now, of which only the value is
            printed again; those of the steps are added.
        closing: what to note where factors are put together.
        terse: whether to say nothing of what defining equations are.
        """
        counted = set() if counted is None else counted
        made: list[Line] = []
        for group in _groups(steps):
            members: list[_Member] = []
            for step in group:
                if step.rule is Numbers:
                    assert isinstance(step.rhs, At)
                    members += self._numbers(step.rhs, only_value=step.rhs in counted)
                    counted.add(step.rhs)
                else:
                    note = () if terse and step.rule is Definition else self._note(step) or closing
                    members.append(_Member(self._part("=", self.writer.latex, step.rhs), note))
            first, *rest = self._joined(self.writer.latex.write(group[0].lhs), members)
            made += [replace(first, gap=bool(made)), *rest]
        return made

    def _part(self, relation: str, printer: Printer, e: Expr) -> Part:
        return Part(relation, tuple(pieces(printer, e)), is_sum_of_paths(e))

    def _numbers(self, e: At, *, only_value: bool) -> Iterator[_Member]:
        printer = self.writer.latex
        if only_value or isinstance(e.arg, Var | Diff | Diff2 | Cases):
            result = printer.number(e)
            note = self._branch(e.arg) if isinstance(e.arg, Cases) else ()
            yield _Member(Part(result.relation, (result.latex,)), note, "value")
            return
        before = len(printer.shown)
        exact = printer.exact(e.arg)
        yield _Member(self._part("=" if exact else "≈", printer, e), (), "numbers")
        again = recalculate(e.arg, printer.shown[before:])
        result = printer.number(e)
        rounded = () if exact or again.rounds_to(result) else self.words.words("note.rounded")
        equal = result.exact and (exact or again.equals(result))
        yield _Member(Part("=" if equal else "≈", (result.latex,)), rounded, "value")

    def _joined(self, lhs: str, members: Sequence[_Member]) -> Iterator[Line]:
        """Yield the lines of one left side. Numbers begin a line; what is short goes on the line before it."""
        parts: list[Part] = []
        note: Words = ()
        last = ""
        for member in members:
            # What goes on in symbols after a number begins a new line: no one looks for it behind one.
            if parts and (not _fits(parts, member) or (last == "value" and member.kind == "symbols")):
                yield Line(lhs, tuple(parts), note)
                lhs, parts, note = "", [], ()
            if not note:
                note = member.note
            elif member.kind == "value" and member.note:
                note = (*note, self.words.plain("comma"), *member.note)
            parts.append(member.part)
            last = member.kind
        yield Line(lhs, tuple(parts), note)

    # ── Notes ──────────────────────────────────────────────────────────────────────────────────────────────

    def _note(self, step: Step) -> Words:
        words, of = self.words, step.lhs.of if isinstance(step.lhs, Diff | Diff2) else step.lhs
        assert isinstance(of, Var)
        if step.rule is Definition and (note := self.about_update(of)):
            return note
        if step.rule is Definition:
            return words.note("definition", self._kind(of))
        if step.rule is LocalDerivative:
            assert isinstance(step.lhs, Diff)
            noted = words.note("derivative", self._kind(of), wrt=self.writer.math(step.lhs.wrt))
            return noted or words.words("note.local")
        if step.rule is Rewriting:
            return words.words("note.own_output" if of.kind == "out" else "note.equal_form")
        if step.id.startswith(ALL_PATHS):
            return words.words("note.all_paths")
        plain = {
            ChainRule: "chain_rule", SumOverPaths: "sum_over_paths", ErrorSignal: "error_signal", Update: "update",
            DifferentiatedFormula: "differentiated",
        }  # fmt: skip
        return words.words(f"note.{plain[step.rule]}") if step.rule in plain else ()

    def about_update(self, name: Var) -> Words:
        """Return what is noted beside the equation of an optimiser's quantity; nothing for one of the network."""
        if name.kind in ("w+", "b+"):
            return self.words.words("note.update")
        key = f"equation.{name.kind.removesuffix('+').partition('.')[0]}"
        return self.words.words(key) if key in self.words else ()

    def _kind(self, name: Var) -> str:
        """Return the key of the equation that defines `name`: net, total, or what its function is called."""
        if isinstance(self.spec, Model):
            return ""
        if name.kind == "out":
            return self.spec.layers[name.layer - 1].activation
        return self.spec.loss if name.kind == "E" else name.kind

    def _branch(self, e: Cases) -> Words:
        made: list[Inline] = []
        for condition in decided(e, self.writer.derivation.values):
            kind = {1: "positive", 0: "zero", -1: "negative"}[condition.sign]
            said = self.words.words(f"note.{kind}", name=self.writer.math(condition.test))
            made += [self.words.plain("comma"), *said] if made else said
        return tuple(made)

    # ── Matrices ───────────────────────────────────────────────────────────────────────────────────────────

    def matrix(self, step: Step) -> Display:
        """Return a matrix form: letters with their shapes, then, where a page has room for them, the numbers."""
        lhs, printer = self.writer.shapes.write(step.lhs), self.writer.latex
        symbols = _Member(self._part("=", self.writer.shapes, step.rhs), self.words.words("note.matrix_form"))
        shown = printer.shown
        start = len(shown)
        numbers = self._matrix_numbers(step.rhs)
        middle = len(shown)
        value = replace(self._matrix_numbers(step.lhs), kind="value")
        if max(width(piece) for each in (numbers, value) for piece in each.part.pieces) > LINE - width(lhs):
            del shown[start:]
            members = [symbols]
        elif numbers.part.pieces == value.part.pieces:
            del shown[start:middle]
            members = [symbols, value]
        else:
            members = [symbols, numbers, value]
        return Display(tuple(self._joined(lhs, members)))

    def _matrix_numbers(self, e: Expr) -> _Member:
        relation = "=" if self.writer.latex.exact(e) else "≈"
        return _Member(self._part(relation, self.writer.latex, At(e)), (), "numbers")


def _groups(steps: Sequence[Step]) -> list[list[Step]]:
    """Return the steps in groups that share a left side, or that go on where the last one ended (δ = ∂E/∂net = …)."""
    made: list[list[Step]] = []
    for step in steps:
        last = made[-1][-1] if made else None
        again = step.id.startswith(SIGNALS)
        if last is not None and not again and step.lhs in (made[-1][0].lhs, last.lhs, last.rhs):
            made[-1].append(step)
        else:
            made.append([step])
    return made


def _fits(parts: Sequence[Part], member: _Member) -> bool:
    if member.kind != "symbols":
        return member.kind == "value" and not parts[-1].stacked
    if any(part.stacked for part in (*parts, member.part)):
        return False
    return sum(width(" ".join(part.pieces)) + 1.3 for part in (*parts, member.part)) <= JOINED
