"""A training run as a whole: its error on the way, where it ended, and the network that came out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from derive.backprop import Parameters, State, train
from derive.render.blocks import Block, Heading, Paragraph, Picture
from derive.render.catalogue import Catalogue
from derive.render.curve import CurveWords, curve
from derive.render.figure import Figure, svg
from derive.spec import Spec
from derive.vocabulary import ACTIVATIONS, Interval, bind

POINTS = 200
"""At so many steps, about, the error of a run is noted."""

Progress = Callable[[str, int, int], None]


class Run(Struct, frozen=True):
    """What became of a network in training.

    spec: the network before.
    losses: the error over all samples after so many updates, (updates, error), at some 200 places.
    states: where training stood at some of them, the first and the last among them.
    """

    spec: Spec
    losses: tuple[tuple[int, float], ...]
    states: tuple[State, ...]

    @property
    def steps(self) -> int:
        """How many updates there were."""
        return self.states[-1].step

    @property
    def total(self) -> float:
        """The error at the end, over all samples."""
        return self.states[-1].total

    @property
    def trained(self) -> Spec:
        """The network with the weights and biases of the end."""
        return at(self.spec, self.states[-1].parameters)

    @property
    def right(self) -> int | None:
        """How many samples are classified rightly at the end. See `right`."""
        return right(self.spec, self.states[-1])

    def curve(self, words: CurveWords | None = None) -> Figure:
        """Return the curve of the error. Raises DeriveError where there was no update."""
        return curve(self.losses, words)

    def __repr__(self) -> str:
        first = self.losses[0][1]
        how = f"{self.steps:,} update{'s' * (self.steps != 1)} by {self.spec.training.optimiser.name}"
        return f"<training of {self.spec.name}: {how}, error {first:.6g} → {self.total:.6g}>"

    def _repr_svg_(self) -> str | None:
        return svg(self.curve()) if self.steps else None


def milestones(steps: int) -> list[int]:
    """Return 0, the powers of ten below `steps`, and `steps`."""
    return sorted({0, steps, *(10**k for k in range(10) if 10**k < steps)})


def run(
    spec: Spec,
    steps: int | None = None,
    *,
    states: Iterable[int] | None = None,
    progress: Progress = lambda what, done, whole: None,
) -> Run:
    """Train `spec` for `steps` updates; those of its [training] when left out.

    states: after which numbers of updates the state is kept; after `milestones` when left out, and always the last.
    Raises DeriveError for a number out of range, and when the error is no longer finite.
    """
    count = spec.training.steps if steps is None else steps
    wanted = {*(milestones(count) if states is None else states), 0, count}
    noted = {*wanted, *range(0, count, max(1, count // POINTS))}
    losses: list[tuple[int, float]] = []
    kept: list[State] = []
    for state in train(spec, count, at=noted):
        progress("training", state.step, count)
        losses.append((state.step, state.total))
        if state.step in wanted:
            kept.append(state)
    return Run(spec, tuple(losses), tuple(kept))


def at(spec: Spec, parameters: Parameters) -> Spec:
    """Return `spec` with other weights and biases: the decimals that are read back as the same doubles."""
    layers = []
    for layer, weights, biases in zip(spec.layers, *parameters, strict=True):
        table = tuple(_decimals(row) for row in weights.tolist())
        own = _decimals(biases.tolist())
        given = {"none": Decimal(0), "shared": own[0] if own else Decimal(0)}.get(layer.bias, own)
        layers.append(replace(layer, weights=table, biases=given))
    return spec.replace(layers=tuple(layers))


def right(spec: Spec, state: State) -> int | None:
    """Return how many samples `state` puts into the class that they belong to; None where there are no classes.

    Classes are 0 and 1 for one output between them, divided by ½; for several outputs, the place of the largest.
    """
    made, targets = state.forward.out[-1], np.array(spec.targets, dtype=np.float64)
    if not np.isin(targets, (0.0, 1.0)).all():
        return None
    if targets.shape[1] == 1:
        between = bind(ACTIVATIONS, spec.layers[-1].activation).outputs.inside(Interval(0.0, 1.0, closed=True))
        return int(((made > 0.5) == (targets == 1.0)).sum()) if between else None
    if (targets.sum(axis=1) != 1.0).any():
        return None
    return int((made.argmax(axis=1) == targets.argmax(axis=1)).sum())


def _decimals(values: Sequence[float]) -> tuple[Decimal, ...]:
    return tuple(Decimal(repr(value)) for value in values)


def section(done: Run, words: Catalogue) -> tuple[Block, ...]:
    """Return the part of a report that tells of a run: how it went on from the given weights, and its curve."""
    training = done.spec.training
    places = {
        "updates": f"{done.steps:,}", "optimiser": words.plain(f"optimiser.{training.optimiser.name}"),
        "first": f"{done.losses[0][1]:.6g}", "last": f"{done.total:.6g}", "size": f"{training.batch_size:,}",
    }  # fmt: skip
    seen = "one" if done.spec.samples == 1 else training.samples.replace(" ", "_")
    told = words.words(f"training.{seen}", **places)
    if training.schedule.name != "constant":
        told += words.words("training.schedule", schedule=words.plain(f"schedule.{training.schedule.name}"))
    heading = Heading(1, words.words("section.training"), "training")
    picture = done.curve(CurveWords(**words.section("curve")))
    return heading, Paragraph(told), Picture(picture, words.words("training.curve"))
