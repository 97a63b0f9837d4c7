"""`derive train`: gradient descent, with its error on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from derive.backprop import State, train
from derive.cli.console import out, progress
from derive.errors import DeriveError, nearest, shown
from derive.expression import Var
from derive.notation import notation

if TYPE_CHECKING:
    from derive.spec import Spec

BIASES = ("fixed", "shared", "per neuron")
COLUMN = 14  # characters of an output's value, with the space before it


def with_biases(made: Spec, kind: str) -> Spec:
    """Return the network with biases that are "fixed", or trained as "shared" or "per neuron"."""
    kind = kind.replace("-", " ")
    if kind == "fixed":
        layers = tuple(msgspec.structs.replace(layer, train_biases=False) for layer in made.layers)
        return made.replace(layers=layers)
    if kind == "shared":
        return made.with_biases("shared", trained=True)
    if kind == "per neuron":
        return made.with_biases("per neuron", trained=True)
    raise DeriveError(
        f"found {shown(kind)}", where="--biases", allowed=", ".join(map(repr, BIASES)),
        hint=nearest(kind, BIASES) or '--biases "per neuron"',
    )  # fmt: skip


def run(made: Spec, count: int, quiet: bool) -> None:
    """Train `made` for `count` updates, and print its error at powers of ten."""
    milestones = sorted({0, count, *(10**k for k in range(10) if 10**k < count)})
    ticks = sorted({*milestones, *range(0, count, max(1, count // 200))})
    kept: list[State] = []
    with progress(quiet) as tell:
        for state in train(made, count, at=ticks):
            tell("training", state.step, count)
            if state.step in milestones:
                kept.append(state)
    names = notation(made)
    shown_outputs = min(made.sizes[-1], 6, max(1, (out.width - 2 * COLUMN) // COLUMN))
    outputs = [Var("out", len(made.layers), (j,)) for j in range(1, shown_outputs + 1)] if made.samples == 1 else []
    table = Table(box=None, pad_edge=False)
    for name in ("updates", names.label(Var("total")).text, *(names.label(each).text for each in outputs)):
        table.add_column(name, justify="right", overflow="fold")
    for state in kept:
        values = state.forward.out[-1][0][: len(outputs)]
        table.add_row(f"{state.step:,}", f"{state.total:.9g}", *(f"{value:.9g}" for value in values))
    out.print(table)
    if made.samples > 1:
        _print_samples(made, kept[-1])


def _print_samples(made: Spec, state: State) -> None:
    table = Table(box=None, pad_edge=False)
    for head in ("input", "target", "output"):
        table.add_column(head)
    for inputs, targets, made_out in zip(made.inputs[:20], made.targets, state.forward.out[-1], strict=False):
        table.add_row(
            " ".join(str(x) for x in inputs[:8]),
            " ".join(str(t) for t in targets[:6]),
            " ".join(f"{float(o):.6f}" for o in made_out[:6]),
        )
    out.print()
    out.print(table)
