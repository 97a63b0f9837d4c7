"""A derivation as a document, in the order of a board: the network, forwards, backwards, the update, the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from derive.derivation import Derivation, Key
from derive.expression import Diff, Var
from derive.notation import Notation
from derive.render.blocks import (
    Block,
    Display,
    Heading,
    Math,
    Paragraph,
    Picture,
    Table,
    Words,
)
from derive.render.catalogue import Catalogue
from derive.render.figure import diagram, layout
from derive.render.passages import Writer
from derive.render.printed import Printed

TOTAL = Var("total")
SHOWN_ROWS = 60  # rows of a table of given values


class Body(Struct, frozen=True):
    """The document up to its verification, what it printed, and the steps on its pages."""

    title: str
    subtitle: Words
    blocks: tuple[Block, ...]
    printed: tuple[Printed, ...]
    keys: tuple[Key, ...]


def body(
    derivation: Derivation,
    notation: Notation,
    words: Catalogue,
    *,
    digits: int = 9,
    only: Sequence[Var] | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, whole: None,
) -> Body:
    """Return the report of `derivation` without its verification.

    only: the parameters whose derivatives are printed; all of them when None.
    progress: told what is being written, how many parts are done, and of how many.
    """
    spec = derivation.spec
    writer = Writer(derivation, notation, words, digits)
    wanted = list(derivation.parameters) if only is None else list(only)
    report = _Report(writer, wanted, only is not None, progress)
    blocks = [*report.network(), *report.forward(), *report.backward(), *report.update()]
    shape = "-".join(map(str, spec.sizes))
    names = dict.fromkeys(words.plain(f"activation.{layer.activation}") for layer in spec.layers)
    subtitle = words.words(
        "title.subtitle", shape=shape, activations=", ".join(names), loss=words.plain(f"loss.{spec.loss}")
    )
    if spec.samples > 1:
        batch = words.plain(f"title.{spec.batch}")
        subtitle = (*subtitle, " · ", words.plain("title.samples", count=str(spec.samples), batch=batch))
    keys = (*report.forward_keys, *(Diff(TOTAL, name) for name in wanted))
    return Body(spec.title or spec.name, subtitle, tuple(blocks), tuple(writer.printed), keys)


class _Report:
    def __init__(
        self, writer: Writer, wanted: Sequence[Var], chosen: bool, progress: Callable[[str, int, int], None]
    ) -> None:
        self.writer = writer
        self.derivation = writer.derivation
        self.spec = writer.derivation.spec
        self.words = writer.catalogue
        self.wanted = wanted
        self.chosen = chosen
        self.progress = progress
        self.seen: set[Key] = set()
        self.forward_keys: list[Key] = []

    def heading(self, level: int, key: str, anchor: str, **places: str | Math) -> Heading:
        return Heading(level, self.words.words(f"section.{key}", **places), anchor)

    # ── The network and what is given ──────────────────────────────────────────────────────────────────────

    def network(self) -> Iterator[Block]:
        yield self.heading(1, "network", "network")
        captions = ("", *(self.words.plain(f"activation.{layer.activation}") for layer in self.spec.layers))
        drawn = diagram(self.spec, self.writer.notation.label, captions)
        figure = layout(drawn)
        caption = self.words.words("network.figure" if figure.names_weights else "network.figure_plain")
        yield Picture(figure, caption)
        yield self.heading(2, "values", "given")
        yield Paragraph(self.words.words("given.intro"))
        yield from self._given()
        digits = self.words.words("given.digits", digits=str(self.writer.latex.digits))
        yield Paragraph(digits, quiet=True)

    def _given(self) -> Iterator[Block]:
        groups: list[tuple[str, list[Var]]] = [
            ("inputs", self._layer("x", 0)),
            ("targets", self._layer("t", len(self.spec.layers))),
            ("weights", [p for p in self._some_parameters() if p.kind == "w"]),
            ("biases", [p for p in self._some_parameters() if p.kind == "b"]),
            ("rate", [Var("eta")]),
        ]
        rows: list[tuple[Words, ...]] = []
        for kind, names in groups:
            for name in names[:SHOWN_ROWS]:
                fixed = (f" ({self.words.plain('given.fixed')})",) if self._fixed(name) else ()
                label = (self.words.plain(f"given.{kind}"),) if name == names[0] else ()
                rows.append((label, (self.writer.math(name),), (self.writer.value(name), *fixed)))
            if len(names) > SHOWN_ROWS:
                more = self.words.words("given.more", count=str(len(names) - SHOWN_ROWS))
                rows.append(((), (), more))
        head = tuple(self.words.words(f"given.head_{part}") for part in ("kind", "name", "value"))
        yield Table(head, tuple(rows), "lll")

    def _some_parameters(self) -> list[Var]:
        if self.spec.parameter_count <= 10 * SHOWN_ROWS:
            return list(self.derivation.parameters)
        return list(self.wanted)

    def _fixed(self, name: Var) -> bool:
        if name.kind not in ("w", "b"):
            return False
        layer = self.spec.layers[name.layer - 1]
        return not (layer.train_weights if name.kind == "w" else layer.train_biases)

    def _layer(self, kind: str, layer: int) -> list[Var]:
        samples = range(1, self.spec.samples + 1) if self.spec.samples > 1 else (0,)
        return [Var(kind, layer, (j,), s) for s in samples for j in range(1, self.spec.sizes[layer] + 1)]

    # ── Forwards ───────────────────────────────────────────────────────────────────────────────────────────

    def forward(self) -> Iterator[Block]:
        yield self.heading(1, "forward", "forward")
        yield Paragraph(self.words.words("forward.intro"))
        last = len(self.spec.layers)
        for layer in range(1, last + 1):
            yield self._layer_heading("layer", layer, f"forward-{layer}")
            names = [
                name
                for net, out in zip(self._layer("net", layer), self._layer("out", layer), strict=True)
                for name in (net, out)
            ]
            yield from self._definitions(names)
            yield from self._matrices(layer, 0, 1)
        yield self.heading(2, "error", "error")
        yield Paragraph(self.words.words("forward.error"))
        yield from self._definitions([*self._layer("E", last), TOTAL])

    def _layer_heading(self, prefix: str, layer: int, anchor: str) -> Heading:
        last = len(self.spec.layers)
        if layer == last:
            return self.heading(2, f"{prefix}_output", anchor)
        return self.heading(2, f"{prefix}_hidden" if last == 2 else f"{prefix}_hidden_n", anchor, layer=str(layer))

    def _definitions(self, names: Sequence[Var]) -> Iterator[Block]:
        if self.chosen and len(names) > SHOWN_ROWS:
            return  # a few weights of a large network: their own passages define what they need
        for name in names:
            self.seen.add(name)
            self.forward_keys.append(name)
            yield Display(self.writer.lines(self.derivation.passages[name].steps))

    def _matrices(self, layer: int, start: int, stop: int | None) -> Iterator[Block]:
        steps = self.derivation.matrices[layer][start:stop]
        if steps:
            if start == 0:
                yield Paragraph(self.words.words("forward.matrix"))
            yield from self.writer.matrix(steps)

    # ── Backwards ──────────────────────────────────────────────────────────────────────────────────────────

    def backward(self) -> Iterator[Block]:
        yield self.heading(1, "backward", "backward")
        yield Paragraph(self.words.words("backward.intro"))
        done = 0
        for layer in range(len(self.spec.layers), 0, -1):
            parameters = [name for name in self.wanted if name.layer == layer]
            if not parameters:
                continue
            yield self._layer_heading("backward", layer, f"backward-{layer}")
            for name in parameters:
                self.progress(self.writer.notation.label(name).ascii, done, len(self.wanted))
                done += 1
                yield from self._parameter(name)
            if not self.chosen and self.derivation.matrices[layer]:
                yield self.heading(3, "matrix", f"matrix-{layer}")
                yield from self._matrices(layer, 1, None)

    def _parameter(self, name: Var) -> Iterator[Block]:
        anchor = f"by-{self.writer.notation.label(name).ascii}".replace("[", "-").replace("]", "")
        kind = "weight" if name.kind == "w" else "bias"
        yield self.heading(3, kind, anchor, name=self.writer.math(name))
        before = set(self.seen)
        for run in self.derivation.ordered(Diff(TOTAL, name), seen=self.seen):
            parts = self.derivation.passages[run.key].parts
            known = [
                part
                for part in parts
                if isinstance(part, Diff) and self.derivation.passages[part].key in before and run.first
            ]
            yield from self.writer.run(run, known)

    # ── The update ─────────────────────────────────────────────────────────────────────────────────────────

    def update(self) -> Iterator[Block]:
        trained = [name for name in self.wanted if not self._fixed(name)]
        if not trained:
            return
        yield self.heading(1, "update", "update")
        rule = Math("w^{+} = w - \\eta\\, \\frac{\\partial E}{\\partial w}", "w⁺ = w − η ∂E/∂w")
        yield Paragraph(self.words.words("update.intro", rule=rule))
        rows = tuple(
            (
                (self.writer.math(name),),
                (self.writer.value(name),),
                (self.writer.value(Diff(TOTAL, name)),),
                (self.writer.value(Var(f"{name.kind}+", name.layer, name.index)),),
            )
            for name in trained
        )
        head = tuple(self.words.words(f"update.head_{part}") for part in ("parameter", "old", "gradient", "new"))
        yield Table(head, rows, "lddd")
        if not self.chosen:
            after, before = self.writer.updated_value(TOTAL), self.writer.value(TOTAL)
            yield Paragraph(self.words.words("update.after", after=after, before=before))
