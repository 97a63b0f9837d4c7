"""A derivation as a document, in the order of a board: the network, forwards, backwards, the update, the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from derive.derivation import Derivation, Key, Step
from derive.expression import Var
from derive.notation import Notation
from derive.render.blocks import (
    Block,
    Display,
    Facts,
    Heading,
    Line,
    Math,
    Paragraph,
    Picture,
    Words,
)
from derive.render.catalogue import Catalogue
from derive.render.drawn import drawn
from derive.render.figure import Phrases, diagram, layout
from derive.render.formulas import Writer
from derive.render.lines import Lines
from derive.render.passages import Passages
from derive.render.printed import Printed
from derive.render.updates import Updates
from derive.spec import Spec

TOTAL = Var("total")
SHOWN_FACTS = 120  # given values of one kind
MOST_GIVEN = 600  # parameters, above which only those that were asked for are listed
MOST_FORWARD = 60  # quantities of one kind, above which a chosen few weights go without the forward pass

Progress = Callable[[str, int, int], None]


class Body(Struct, frozen=True):
    """The document up to its verification, what it printed, and the steps on its pages.

    keys: whose passages are printed.  steps: those that belong to no passage.
    """

    title: str
    subtitle: Words
    blocks: tuple[Block, ...]
    printed: tuple[Printed, ...]
    keys: tuple[Key, ...]
    steps: tuple[Step, ...] = ()


def body(
    derivation: Derivation,
    notation: Notation,
    words: Catalogue,
    *,
    digits: int = 9,
    only: Sequence[Var] | None = None,
    progress: Progress = lambda what, done, whole: None,
) -> Body:
    """Return the report of `derivation` without its verification.

    only: the parameters whose derivatives are printed; all of them when None.
    progress: told what is being written, how many parts are done, and of how many.
    """
    spec = derivation.network
    writer = Writer(derivation, notation, words, digits)
    wanted = list(derivation.parameters) if only is None else list(only)
    report = Report(writer, wanted, only is not None, progress)
    blocks = [*report.network(), *report.given(), *report.forward(), *report.backward(), *report.update()]
    keys = (*report.forward_keys, *(key for name in wanted for key in derivation.about(name)))
    return Body(
        spec.title or spec.name, subtitle(spec, words, derivation.step), tuple(blocks), tuple(writer.printed), keys
    )


def subtitle(spec: Spec, words: Catalogue, step: int = 1) -> Words:
    """Return what kind of network it is, in one line, and which update is told if it is not the first."""
    names = dict.fromkeys(words.function(layer.activation) for layer in spec.layers)
    made = words.words(
        "title.subtitle_samples" if spec.samples > 1 else "title.subtitle",
        shape="-".join(map(str, spec.sizes)),
        activations=words.plain("comma").join(names),
        loss=words.function(spec.loss),
        count=str(spec.samples),
        batch=words.plain(f"title.{spec.batch}"),
    )
    return made if step == 1 else (*made, words.plain("title.step", step=f"{step:,}"))


class Report:
    """The sections of a network's report."""

    def __init__(self, writer: Writer, wanted: Sequence[Var], chosen: bool, progress: Progress) -> None:
        self.writer = writer
        self.derivation = writer.derivation
        self.words = writer.catalogue
        self.lines = Lines(writer)
        self.updates = Updates(writer, self.lines)
        self.wanted = wanted
        self.chosen = chosen
        self.progress = progress
        self.forward_keys: list[Key] = []

    @property
    def spec(self) -> Spec:
        return self.derivation.network

    def heading(self, level: int, key: str, anchor: str, **places: str | Math) -> Heading:
        return Heading(level, self.words.words(f"section.{key}", **places), anchor)

    def of_layer(self, prefix: str, layer: int) -> str:
        """Return the key of a sentence about a layer: …_output, …_hidden, or …_hidden_n where there are several."""
        last = len(self.spec.layers)
        return f"{prefix}_output" if layer == last else f"{prefix}_hidden" if last == 2 else f"{prefix}_hidden_n"

    @property
    def samples(self) -> list[int]:
        return list(range(1, self.spec.samples + 1)) if self.spec.samples > 1 else [0]

    def neurons(self, kind: str, layer: int, sample: int) -> list[Var]:
        return [Var(kind, layer, (j,), sample) for j in range(1, self.spec.sizes[layer] + 1)]

    # ── The network and what is given ──────────────────────────────────────────────────────────────────────

    def network(self) -> Iterator[Block]:
        yield self.heading(1, "network", "network")
        captions = ("", *(self.words.function(layer.activation) for layer in self.spec.layers))
        drawn = diagram(self.spec, self.writer.notation.label, captions)
        figure = layout(drawn, words=Phrases(**self.words.section("figure")))
        yield Picture(figure, self.words.words("network.figure" if figure.names_weights else "network.figure_plain"))

    def given(self) -> Iterator[Block]:
        yield self.heading(2, "values", "given")
        yield Paragraph(self.words.words("given.intro"))
        rows = [*self._data("inputs", "x", 0), *self._data("targets", "t", len(self.spec.layers))]
        few = self.spec.parameter_count <= MOST_GIVEN
        listed = list(self.derivation.parameters) if few else list(self.wanted)
        for layer in range(1, len(self.spec.layers) + 1):
            label = self.words.words(f"given.{self.of_layer('weights', layer)}", layer=str(layer))
            rows += self.facts(label, [name for name in listed if (name.kind, name.layer) == ("w", layer)])
        biases = [name for name in listed if name.kind == "b"]
        for fixed, key in ((False, "given.biases"), (True, "given.biases_fixed")):
            rows += self.facts(self.words.words(key), [name for name in biases if self.fixed(name) is fixed])
        rows += self.facts(self.updates.rate(), [Var("eta")])
        rows += self.updates.constants()
        for label, states in self.updates.states(listed):
            rows += self.facts(label, states)
        yield Facts(tuple(rows))
        if self.spec.classes:
            first = self.spec.classes[0]
            output = self.writer.math(Var("out", len(self.spec.layers), (first + 1,), self.samples[0]))
            yield Paragraph(self.words.words("given.classes", number=str(first), output=output), quiet=True)
        yield from drawn(self.spec, self.words, self.writer.latex.digits)
        yield from self.updates.remarks()
        if self.spec.samples > 1:
            example = self.writer.math(Var("out", len(self.spec.layers), (1,), 2))
            yield Paragraph(self.words.words("given.samples", example=example), quiet=True)
        yield Paragraph(self.words.words("given.digits", digits=str(self.writer.latex.digits)), quiet=True)

    def _data(self, key: str, kind: str, layer: int) -> Iterator[tuple[Words, tuple[Words, ...]]]:
        for sample in self.samples[:SHOWN_FACTS]:
            label = f"given.{key}_sample" if sample else f"given.{key}"
            yield from self.facts(self.words.words(label, sample=str(sample)), self.neurons(kind, layer, sample))

    def facts(self, label: Words, names: Sequence[Var]) -> list[tuple[Words, tuple[Words, ...]]]:
        if not names:
            return []
        facts: list[Words] = [(self.writer.claim(name),) for name in names[:SHOWN_FACTS]]
        if len(names) > SHOWN_FACTS:
            facts.append(self.words.words("given.more", count=f"{len(names) - SHOWN_FACTS:,}"))
        if names[0].kind == "w" and self.fixed(names[0]):
            facts.append(self.words.words("given.weights_fixed"))
        return [(label, tuple(facts))]

    def fixed(self, name: Var) -> bool:
        return self.derivation.updated(name) is None

    # ── Forwards ───────────────────────────────────────────────────────────────────────────────────────────

    def forward(self) -> Iterator[Block]:
        last = len(self.spec.layers)
        made: list[Block] = []
        for layer in range(1, last + 1):
            blocks = [*self._layer_forward(layer), *self._matrices(layer, forward=True)]
            if blocks:
                made += [self.heading(2, self.of_layer("layer", layer), f"forward-{layer}", layer=str(layer)), *blocks]
        errors = [name for sample in self.samples for name in self.neurons("E", last, sample)]
        if not self.chosen or len(errors) <= MOST_FORWARD:
            penalty = [Var("R")] if self.spec.penalty else []
            sentence = "forward.error_one" if len(errors) == 1 else "forward.error"
            made += [self.heading(2, "error", "error"), Paragraph(self.words.words(sentence))]
            made.append(self.definitions([*errors, *penalty, TOTAL], set()))
        if made:
            yield self.heading(1, "forward", "forward")
            yield Paragraph(self.words.words("forward.intro"))
            yield from made

    def _layer_forward(self, layer: int) -> Iterator[Block]:
        if self.chosen and self.spec.sizes[layer] * self.spec.samples > MOST_FORWARD:
            return  # a few weights of a large network: their own passages define what they need
        kinds: set[str] = set()
        for sample in self.samples:
            if sample:
                yield Paragraph(self.words.words("forward.sample", sample=str(sample)))
            pairs = zip(self.neurons("net", layer, sample), self.neurons("out", layer, sample), strict=True)
            yield self.definitions([name for pair in pairs for name in pair], kinds)

    def definitions(self, names: Sequence[Var], kinds: set[str]) -> Display:
        """Return the definitions of `names` with numbers in them.

        Only the first of each kind says what it is; `kinds` are those that have been met, and are added to.
        """
        made: list[Line] = []
        for name in names:
            self.forward_keys.append(name)
            first, *rest = self.lines.of(self.derivation.passages[name].steps, terse=name.kind in kinds)
            kinds.add(name.kind)
            made += [replace(first, gap=bool(made)), *rest]
        return Display(tuple(made))

    def _matrices(self, layer: int, *, forward: bool) -> Iterator[Block]:
        steps = self.derivation.matrices[layer]
        steps = steps[:1] if forward else steps[1:]
        if steps and forward:
            yield Paragraph(self.words.words("forward.matrix_samples" if self.spec.samples > 1 else "forward.matrix"))
        for step in steps:
            yield self.lines.matrix(step)

    # ── Backwards ──────────────────────────────────────────────────────────────────────────────────────────

    def backward(self) -> Iterator[Block]:
        yield self.heading(1, "backward", "backward")
        yield Paragraph(self.words.words("backward.intro"))
        if self.chosen:
            yield Paragraph(self.asked_for())
        passages = Passages(self.writer, self.lines, set(self.forward_keys))
        done = 0
        for layer in range(len(self.spec.layers), 0, -1):
            parameters = [name for name in self.wanted if name.layer == layer and name.kind in ("w", "b")]
            if not parameters:
                continue
            yield self.heading(2, self.of_layer("backward", layer), f"backward-{layer}", layer=str(layer))
            for name in parameters:
                ascii_name = self.writer.notation.label(name).ascii
                self.progress(ascii_name, done, len(self.wanted))
                done += 1
                yield self.heading(
                    3, "weight" if name.kind == "w" else "bias", f"by-{ascii_name}", name=self.writer.math(name)
                )
                yield from passages.of(name)
                yield from self.updates.of(name, passages.seen)
            if not self.chosen and self.derivation.matrices[layer]:
                yield self.heading(3, "matrix", f"matrix-{layer}")
                yield from self._matrices(layer, forward=False)
        others = [name for name in self.wanted if name.kind not in ("w", "b")]
        if others:
            yield self.heading(2, "quantities", "backward-quantities")
        for name in others:
            yield self.heading(
                3, "quantity", f"by-{self.writer.notation.label(name).ascii}", name=self.writer.math(name)
            )
            yield from passages.of(name)

    def asked_for(self) -> Words:
        names: list[str | Math] = []
        for name in self.wanted:
            names.extend((self.words.plain("comma"), self.writer.math(name)) if names else (self.writer.math(name),))
        every = f"{len(self.derivation.parameters):,}"
        return self.words.words("backward.only", all=every, count=str(len(self.wanted)), list=tuple(names))

    # ── The update ─────────────────────────────────────────────────────────────────────────────────────────

    def update(self) -> Iterator[Block]:
        trained = [name for name in self.wanted if self.derivation.updated(name)]
        if not trained:
            return
        yield Heading(1, self.updates.heading(), "update")
        yield from self.updates.all(trained, whole=not self.chosen)
