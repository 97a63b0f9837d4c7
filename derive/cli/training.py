"""`derive train`: training, with the error on the way."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from rich.table import Table

from derive.cli.arguments import check_directory
from derive.cli.console import out, progress, say
from derive.errors import DeriveError, nearest, shown
from derive.expression import Var
from derive.files import write_all
from derive.notation import notation
from derive.render.catalogue import Catalogue
from derive.render.curve import CurveWords
from derive.render.figure import svg
from derive.spec.choosing import chosen
from derive.training import Run, run
from derive.vocabulary import OPTIMISERS, SCHEDULES

if TYPE_CHECKING:
    from derive.backprop import State
    from derive.spec import Chosen, Spec

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


def adjusted(
    made: Spec,
    *,
    steps: int | None = None,
    optimiser: str | None = None,
    schedule: str | None = None,
    rate: str | None = None,
    batch_size: int | None = None,
) -> Spec:
    """Return the network with what the command line says of its training. Raises DeriveError."""
    training: dict[str, Any] = {}
    if steps is not None:
        training["steps"] = steps
    if optimiser is not None:
        training["optimiser"] = chosen(OPTIMISERS, optimiser, "--optimiser")
    if schedule is not None:
        training["schedule"] = chosen(
            SCHEDULES, schedule, "--schedule", made.training.steps if steps is None else steps
        )
    if batch_size is not None:
        training |= {"samples": "batches", "batch_size": batch_size}
    if rate is not None:
        try:
            made = made.replace(learning_rate=Decimal(rate))
        except (InvalidOperation, DeriveError):
            raise DeriveError(f"found {shown(rate)}", where="--rate", allowed="a number", hint="--rate 0.01") from None
    return made.replace(training=msgspec.structs.replace(made.training, **training))


def train(made: Spec, *, quiet: bool, picture: Path | None, as_json: bool) -> None:
    """Train `made`, and print its error at powers of ten; or all about the run as JSON. Draw its curve, if asked to."""
    if picture is not None:
        check_picture(picture)
    with progress(quiet) as tell:
        done = run(made, progress=tell)
    if picture is not None:
        write_all(picture.parent, {picture.name: svg(done.curve(CurveWords(**Catalogue("en").section("curve"))))})
    if as_json:
        print(json.dumps(data(done), indent=2, ensure_ascii=False))
        return
    _print_errors(done)
    if made.samples > 1:
        _print_samples(made, done.states[-1])
    if done.right is not None:
        say("")
        say(f"{done.right:,} of {made.samples:,} samples are classified rightly")
    if picture is not None:
        say("")
        say(f"wrote {picture}")


def check_picture(path: Path) -> None:
    """Raise DeriveError where it can be seen that `path` is no place for a picture."""
    if path.suffix != ".svg" or path.name.startswith(".derive-"):
        raise DeriveError(
            f"found {shown(path.name)}", where="--curve", allowed="a name that ends in .svg", hint="--curve loss.svg"
        )
    if path.is_dir():
        raise DeriveError("there is a directory of that name", where=str(path), hint="another name")
    check_directory(path.parent)


def data(done: Run) -> dict[str, Any]:
    """Return a run as plain data: what trained it, its errors, and its weights and biases at the end."""
    spec, parameters = done.spec, done.states[-1].parameters
    training = spec.training
    return {
        "network": spec.name,
        "seed": spec.seed,
        "updates": done.steps,
        "samples": training.samples,
        "learning_rate": float(spec.learning_rate),
        "optimiser": _plain(training.optimiser),
        "schedule": _plain(training.schedule),
        "errors": [{"updates": step, "error": error} for step, error in done.losses],
        "right": done.right,
        "layers": [
            {"weights": weights.tolist(), "biases": biases.tolist()}
            for weights, biases in zip(*parameters, strict=True)
        ],
    }


def _plain(made: Chosen) -> dict[str, Any]:
    return {"name": made.name, **{name: float(value) for name, value in made.constants.items()}}


def _print_errors(done: Run) -> None:
    made = done.spec
    names = notation(made)
    shown_outputs = min(made.sizes[-1], 6, max(1, (out.width - 2 * COLUMN) // COLUMN))
    outputs = [Var("out", len(made.layers), (j,)) for j in range(1, shown_outputs + 1)] if made.samples == 1 else []
    table = Table(box=None, pad_edge=False)
    for name in ("updates", names.label(Var("total")).text, *(names.label(each).text for each in outputs)):
        table.add_column(name, justify="right", overflow="fold")
    for state in done.states:
        values = state.forward.out[-1][0][: len(outputs)]
        table.add_row(f"{state.step:,}", f"{state.total:.9g}", *(f"{value:.9g}" for value in values))
    out.print(table)


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
