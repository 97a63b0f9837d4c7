"""The derivation by one parameter, as a teacher writes it: a sentence, the formulas it announces, the next sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from derive.derivation import Key, LocalDerivative, Passage, Run, Step, Substitution, SumOverPaths, Update
from derive.expression import Diff, Expr, Var
from derive.render.blocks import Block, Display, Inline, Line, Paragraph, Words
from derive.render.formulas import TABLE_DIGITS, Writer
from derive.render.lines import SIGNALS, Lines
from derive.spec import Model

__all__ = ["TABLE_DIGITS", "Passages", "Writer"]

TOTAL = Var("total")
SHOWN_KNOWN = 6


class Passages:
    """Writes the passages of one parameter after another; what has been written is not written again."""

    def __init__(self, writer: Writer, lines: Lines, seen: set[Key]) -> None:
        self.writer = writer
        self.lines = lines
        self.seen = seen
        self.signal_explained = False

    def of(self, parameter: Var) -> Iterator[Block]:
        """Yield the blocks of ∂E/∂`parameter`."""
        section = _Section(self, self.writer.derivation.passages[Diff(TOTAL, parameter)])
        for run in self.writer.derivation.ordered(section.key, seen=self.seen):
            section.write(run)
        section.end()
        if not section.blocks:  # it stands above, where another derivative needed it
            claim = self.writer.claim(section.key)
            section.say(self.writer.catalogue.words("backward.known", list=(claim,)), quiet=True)
        yield from section.blocks


class _Section:
    """What is written about one parameter, and how far it is."""

    def __init__(self, report: Passages, passage: Passage) -> None:
        assert isinstance(passage.key, Diff)
        self.report = report
        self.writer = report.writer
        self.words = report.writer.catalogue
        self.passages = report.writer.derivation.passages
        self.passage = passage
        self.key = passage.key
        self.parts = [part for part in passage.parts if not isinstance(part, Step)]
        self._announced: set[Key] = set(self.parts)
        self.before = {part for part in self.parts if self.passages[part].key in report.seen}
        self.blocks: list[Block] = []
        self._lines: list[Line] = []
        self._counted: set[Expr] = set()
        self._recalled: set[Var] = set()
        self._last: Key | None = None

    # ── The board ──────────────────────────────────────────────────────────────────────────────────────────

    def say(self, words: Words, *, quiet: bool = False) -> None:
        self.end()
        self.blocks.append(Paragraph(words, quiet))

    def show(self, steps: Sequence[Step], closing: Words = ()) -> None:
        first, *rest = self.report.lines.of(steps, counted=self._counted, closing=closing)
        # A derivative stands close to the equation that it is the derivative of.
        follows = steps[0].rule is LocalDerivative
        self._lines += [replace(first, gap=bool(self._lines) and not follows), *rest]

    def end(self) -> None:
        if self._lines:
            self.blocks.append(Display(tuple(self._lines)))
            self._lines = []

    # ── Runs ───────────────────────────────────────────────────────────────────────────────────────────────

    def write(self, run: Run) -> None:
        """Write a run of steps: on the board that is being written, or under a sentence of its own."""
        if run.key == self.key:
            self._own(run)
        else:
            if run.first and (intro := self._intro(run.key)):
                self.say(intro)
            elif not run.first and not self._lines:
                self.say(self.words.words("passage.close_product"))
            if isinstance(run.key, Diff) and run.key.local:
                self._recall(run.key.of)
            self.show(run.steps, () if run.first else self._closing(run.key))
            if any(step.rule is Substitution and step.lhs != run.key for step in run.steps):
                self.end()  # an error signal is found; what comes next is about something else
        self._last = run.key

    def _own(self, run: Run) -> None:
        """Write a run of the parameter's own passage: its chain, its product, the product with δ, the update."""
        steps = run.steps
        opening = len(self._opening())
        if run.first and not opening:  # the local derivative, which stands above, is the whole
            self.say(self.words.words("passage.goes_against"))
            self.show(steps)
            return
        if run.first:
            self.say(self._announcement())
            self.show(steps[:opening])
            self._recall_known()
            steps = steps[opening:]
        place = next((i for i, step in enumerate(steps) if step.id.startswith(SIGNALS)), len(steps))
        if steps[:place]:
            self.say(self.words.words("passage.close_product"))
            self.show(steps[:place])
        if steps[place:]:
            which = "again" if self._has_product() else "first"
            trained = any(step.rule is Update for step in steps)
            self.say(self.words.words(f"passage.signals_{which}{'_update' if trained else ''}"))
            self.show(steps[place:])

    def _opening(self) -> list[Step]:
        """Return the steps of the passage before its first factor."""
        made = []
        for part in self.passage.parts:
            if not isinstance(part, Step):
                break
            made.append(part)
        return made

    def _has_product(self) -> bool:
        """Return whether the factors have been put together before the error signal comes in."""
        closing = self.passage.steps[len(self._opening()) :]
        return any(step.rule is Substitution and not step.id.startswith(SIGNALS) for step in closing)

    def _recall(self, name: Var) -> None:
        """Write the defining equation of a factor, which was printed with the forward pass, once more."""
        if name not in self._recalled and name in self.report.seen:
            self._recalled.add(name)
            self.show(self.passages[name].steps[:1])

    def _recall_known(self) -> None:
        known = [part for part in self.parts if part in self.before]
        # Where factors are known, their product δ is known too, and need not be said.
        known = [part for part in known if isinstance(part, Diff)] or known
        if not known:
            return
        made: list[Inline] = []
        for key in known[:SHOWN_KNOWN]:
            made.extend((self.words.plain("comma"), self.writer.claim(key)) if made else (self.writer.claim(key),))
        if len(known) > SHOWN_KNOWN:
            made.append(self.words.plain("more"))
        self.say(self.words.words("backward.known", list=tuple(made)), quiet=True)

    # ── Sentences ──────────────────────────────────────────────────────────────────────────────────────────

    def _announcement(self) -> Words:
        wrt = self.writer.math(self.key.wrt)
        nets = {part.of for part in self._local_nets()}
        opening = self._opening()
        if self.key.wrt.kind in ("w", "x", "q") and isinstance(self.writer.derivation.spec, Model):
            name = "whole_paths" if opening and opening[0].rule is SumOverPaths else "whole"
            return self.words.words(f"passage.{name}", of=self.writer.math(self.key.of), wrt=wrt)
        if self.key.wrt.kind == "x" and len(nets) > 1:
            return self.words.words("passage.gradient_input", wrt=wrt, neurons=str(len(nets)))
        if self.key.wrt.kind == "out" and opening and opening[0].rule is SumOverPaths:
            return self.words.words("passage.total_out_paths", wrt=wrt)
        if any(isinstance(part, Diff) and part.of.kind == "R" for part in self.parts):
            return self.words.words("passage.gradient_penalty", wrt=wrt)
        if len(nets) < 2:
            return self.words.words("passage.gradient", wrt=wrt)
        samples = len({net.sample for net in nets})
        neurons = len({net.index for net in nets})
        name = "samples" if neurons == 1 else "neurons" if samples == 1 else "both"
        places = {"samples": str(samples), "neurons": str(neurons)}
        return self.words.words(f"passage.gradient_{name}", wrt=wrt, **places)

    def _intro(self, key: Key) -> Words | None:
        """Return the sentence that announces a passage; None where its lines speak for themselves."""
        if not isinstance(key, Diff):
            return None
        words, of, wrt = self.words.words, self.writer.math(key.of), self.writer.math(key.wrt)
        kinds = (key.of.kind, key.wrt.kind)
        if kinds == ("total", "net"):
            return self._signal(key.wrt)
        if kinds == ("E", "out") and not key.local:
            return words("passage.path", of=of)
        if key not in self._announced:
            return None
        if kinds == ("total", "out"):
            paths = self.passages[key].steps[0].rule is SumOverPaths
            return words("passage.total_out_paths" if paths else "passage.total_out", wrt=wrt)
        if kinds[0] == "net" and len(self._local_nets()) > 1:
            return words("passage.nets", wrt=wrt) if self._last == self.key else None
        if f"passage.{'_'.join(kinds)}" not in self.words:
            return words("passage.local" if key.local else "passage.whole", of=of, wrt=wrt)
        other = kinds == ("out", "net") and key.of.index != key.wrt.index
        return words("passage." + "_".join(kinds) + ("_other" if other else ""), of=of, wrt=wrt)

    def _signal(self, net: Var) -> Words:
        passage = self.passages[Diff(TOTAL, net)]
        if any(step.rule is SumOverPaths for step in passage.steps):  # softmax: as long as a chain of its own
            self._announced.update(part for part in passage.parts if not isinstance(part, Step))
        name = "signal" if self.report.signal_explained else "signal_first"
        self.report.signal_explained = True
        neuron = self.writer.math(Var("unit", net.layer, net.index))
        if net.sample:
            return self.words.words(f"passage.{name}_sample", neuron=neuron, sample=str(net.sample))
        return self.words.words(f"passage.{name}", neuron=neuron)

    def _local_nets(self) -> list[Diff]:
        """Return the parts that say how a net input changes with the parameter."""
        return [part for part in self.parts if isinstance(part, Diff) and part.of.kind == "net"]

    def _closing(self, key: Key) -> Words:
        opening = self.passages[key].steps[0]
        return self.words.words("note.paths_added" if opening.rule is SumOverPaths else "note.put_together")
