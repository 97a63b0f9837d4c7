"""An update on the page: what it starts from, its equations for one parameter after another, what it makes of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from msgspec.structs import replace

from derive.derivation import Key
from derive.expression import Diff, Var
from derive.optimisers import Update as Equations
from derive.render.blocks import Block, Display, Line, Math, Paragraph, Part, Table, Words
from derive.render.breaking import pieces
from derive.render.formulas import Writer
from derive.render.lines import Lines
from derive.spec import Spec

TOTAL, ETA = Var("total"), Var("eta")
Fact = tuple[Words, tuple[Words, ...]]


class Updates:
    """Writes the update of a derivation, whichever optimiser makes it."""

    def __init__(self, writer: Writer, lines: Lines) -> None:
        self.writer = writer
        self.lines = lines
        self.words = writer.catalogue
        self.derivation = writer.derivation
        self.training = writer.derivation.spec.training
        chosen = self.training.optimiser
        self.equations = Equations(chosen.name, chosen.constants, self.derivation.step)
        self._explained: set[str] = set()

    @property
    def optimiser(self) -> str:
        """The optimiser's name in a sentence."""
        name = "gradient descent" if self.equations.plain else self.equations.name
        return self.words.plain(f"optimiser.{name}")

    @property
    def step(self) -> str:
        return f"{self.derivation.step:,}"

    # ── What is given ──────────────────────────────────────────────────────────────────────────────────────

    def rate(self) -> Words:
        """Return what stands before the learning rate."""
        schedule = self.training.schedule.name
        if schedule == "constant":
            return self.words.words("given.rate")
        return self.words.words(
            "given.rate_scheduled", step=self.step, schedule=self.words.plain(f"schedule.{schedule}")
        )

    def constants(self) -> Iterator[Fact]:
        """Yield the constants of the optimiser."""
        facts = tuple((self.writer.claim(Var(name)),) for name in self.equations.constants)
        if facts:
            yield self.words.words("given.constants", optimiser=self.optimiser), facts

    def states(self, parameters: Sequence[Var]) -> Iterator[tuple[Words, list[Var]]]:
        """Yield what is kept from the updates before, letter by letter: in a row, the values of all `parameters`."""
        trained = [name for name in parameters if self.derivation.updated(name)]
        for letter in self.equations.states:
            found = list(dict.fromkeys(self.equations.name_of(letter, name) for name in trained))
            if self.derivation.step > 1 or letter in self.equations.shared:
                label = "given.state" if self.derivation.step > 1 else "given.state_first"
                yield self.words.words(label, name=self._letter(letter), step=self.step), found

    def remarks(self) -> Iterator[Block]:
        """Yield what there is to say of where the given values come from."""
        if self.derivation.step > 1:
            yield self._quiet("given.later", step=self.step, optimiser=self.optimiser)
        else:
            letters = [self._letter(name) for name in self.equations.states if name not in self.equations.shared]
            if letters:
                yield self._quiet("given.start", list=self._listed(letters))
        if self.training.schedule.name != "constant":
            yield self._quiet("given.double")
        samples = self.training.samples
        if samples != "all" and isinstance(self.derivation.spec, Spec) and self.derivation.spec.samples > 1:
            yield self._quiet(f"given.{samples.replace(' ', '_')}")

    def _quiet(self, key: str, **places: str | Math | Words) -> Paragraph:
        return Paragraph(self.words.words(key, **places), quiet=True)

    def _letter(self, name: str) -> Math:
        return self.writer.math(self.equations.name_of(name, Var("w")))

    def _listed(self, formulas: Sequence[Math]) -> Words:
        comma = self.words.plain("comma")
        return tuple(chain.from_iterable((comma, formula) if i else (formula,) for i, formula in enumerate(formulas)))

    # ── One parameter ──────────────────────────────────────────────────────────────────────────────────────

    def of(self, parameter: Var, seen: set[Key]) -> Iterator[Block]:
        """Yield the update of one parameter, whose gradient has been written; nothing where that says it already."""
        updated = self.derivation.updated(parameter)
        if updated is None or self.equations.plain:
            return
        lines: list[Line] = []
        for run in self.derivation.ordered(updated, seen=seen):
            first, *rest = self.lines.of(run.steps, terse=self._known(run.key))
            lines += [replace(first, gap=bool(lines)), *rest]
        yield Paragraph(self.words.words("passage.update", optimiser=self.optimiser, step=self.step))
        yield Display(tuple(lines))

    def _known(self, key: Key) -> bool:
        """Return whether a quantity of this kind has been explained before; from now on it has."""
        assert isinstance(key, Var)
        letter = self.equations.template(key) or ""
        known = letter in self._explained
        self._explained.add(letter)
        return known

    # ── All parameters ─────────────────────────────────────────────────────────────────────────────────────

    def heading(self) -> Words:
        if self.equations.plain and self.derivation.step == 1:
            return self.words.words("section.update")
        key = "section.update_first" if self.derivation.step == 1 else "section.update_later"
        return self.words.words(key, optimiser=self.optimiser, step=self.step)

    def all(self, parameters: Sequence[Var], *, whole: bool) -> Iterator[Block]:
        """Yield the update of all `parameters`: the rule, a table, and where these are `whole`, the error after it."""
        if self.equations.plain:
            yield Paragraph(self.words.words("update.intro", rule=self._rule()))
        else:
            w = self.writer.math(Var("w"))
            yield Paragraph(self.words.words("update.intro_equations", optimiser=self.optimiser, w=w))
            yield self._general()
            yield Paragraph(self.words.words("update.old_values"))
            if "weight_decay" in self.equations.constants:
                kind = "decoupled" if "wbar" in self.equations.templates else "coupled"
                yield Paragraph(self.words.words(f"update.{kind}", decay=self.writer.math(Var("weight_decay"))))
        if states := [name for name in self.equations.states if name not in self.equations.shared]:
            yield self._states(parameters, states)
        yield self._table(parameters)
        if whole:
            after, before = self.writer.updated_value(TOTAL), self.writer.value(TOTAL)
            yield Paragraph(self.words.words("update.after", after=after, before=before))

    def _rule(self) -> Math:
        total, eta = self.writer.math(TOTAL), self.writer.math(ETA)
        return Math(
            f"w^{{+}} = w - {eta.latex}\\, \\partial {total.latex}/\\partial w",
            f"w⁺ = w − {eta.text} ∂{total.text}/∂w",
        )

    def _general(self) -> Display:
        """Return the equations for any parameter w."""
        printer = self.writer.latex
        return Display(tuple([
            Line(
                printer.write(name), (Part("=", tuple(pieces(printer, rhs))),),
                self.lines.about_update(name),
            )
            for name, rhs in self.equations.of().items()
        ]))  # fmt: skip

    def _states(self, parameters: Sequence[Var], states: Sequence[str]) -> Table:
        columns = [form for name in states for form in (name, f"{name}_new")]
        head = (self.words.words("update.head_parameter"), *((self._letter(name),) for name in columns))
        rows = tuple(
            (
                (self.writer.math(parameter),),
                *((self.writer.value(self.equations.name_of(name, parameter)),) for name in columns),
            )
            for parameter in parameters
        )
        return Table(head, rows, "l" + "d" * len(columns), self.words.words("update.states"))

    def _table(self, parameters: Sequence[Var]) -> Table:
        rows = tuple(
            (
                (self.writer.math(name),),
                (self.writer.value(name),),
                (self.writer.value(Diff(TOTAL, name)),),
                (self.writer.value(Var(f"{name.kind}+", name.layer, name.index)),),
            )
            for name in parameters
        )
        head = tuple(self.words.words(f"update.head_{part}") for part in ("parameter", "old", "gradient", "new"))
        return Table(head, rows, "lddd")
