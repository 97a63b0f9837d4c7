"""The command line: parse arguments, call, print, exit code. No mathematics here.

Exit codes: 0 all proved and agreeing; 1 something refuted; 2 bad input; 3 something undecided.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from derive import __version__
from derive.errors import DeriveError, nearest, shown

if TYPE_CHECKING:
    from derive.spec import Spec

FORMATS = ("tex", "pdf", "html", "json")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Derive backpropagation for a neural network, step by step, and check every step.",
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

NetworkName = Annotated[str, typer.Argument(metavar="NETWORK", help="A preset (derive list) or a TOML file.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")]


def main() -> None:
    """Run the command line, and turn what goes wrong into a line for a person and an exit code."""
    try:
        app()
    except DeriveError as error:
        _complain(str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        _complain("interrupted; nothing was written")
        sys.exit(130)
    except BrokenPipeError:  # derive … | head
        sys.stderr.close()
        sys.exit(0)


def _complain(text: str) -> None:
    first, *rest = text.split("\n")
    # Text, not markup: a file name may hold brackets.
    err.print("error: ", style="bold red", end="")
    err.print(first, markup=False, soft_wrap=True)
    for line in rest:
        err.print(line, markup=False, soft_wrap=True)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"derive {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command("list")
def list_presets() -> None:
    """List the networks that come with derive."""
    from rich.table import Table

    from derive import spec

    table = Table(box=None, pad_edge=False)
    for head in ("preset", "shape", "loss", "what it is"):
        table.add_column(head, style="bold" if head == "preset" else "")
    for name in spec.presets():
        made = spec.load(name)
        table.add_row(name, "-".join(map(str, made.sizes)), made.loss, made.title)
    out.print(table)


@app.command()
def new(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it: my.toml")],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a commented TOML file to start a network of your own from."""
    from importlib import resources

    from derive.files import write_all

    if path.exists() and not force:
        raise DeriveError("there is a file already", where=str(path), hint="another name, or --force to overwrite it")
    text = (resources.files("derive") / "starter.toml").read_text("utf-8")
    write_all(path.parent, {path.name: text})
    out.print(f"wrote {path}", markup=False)
    out.print(f"next: derive show {path}   then: derive report {path}", markup=False)


@app.command()
def show(network: NetworkName) -> None:
    """Draw a network in the terminal, with its weights."""
    from derive import spec
    from derive.notation import notation
    from derive.render.figure import diagram, terminal

    made = spec.load(network)
    drawn = terminal(diagram(made, notation(made).label), width=out.width)
    out.print(drawn, markup=False, soft_wrap=True, end="")
    samples = "one sample" if made.samples == 1 else f"{made.samples} samples, {made.batch} over them"
    out.print(f"loss: {made.loss} ({samples}); learning rate {made.learning_rate}", markup=False)


@app.command()
def schema(
    report: Annotated[bool, typer.Option("--report", help="The schema of a report's JSON instead.")] = False,
) -> None:
    """Print the JSON Schema of a network's TOML file, for editors that complete and check it."""
    import json

    from derive import spec

    if report:
        from derive.render.data import schema as report_schema

        print(json.dumps(report_schema(), indent=2, ensure_ascii=False))
    else:
        print(json.dumps(spec.schema(), indent=2, ensure_ascii=False))


@app.command()
def report(
    network: NetworkName,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where to write; reports/NAME when left out.")
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Of tex, pdf, html, json; all when left out.")
    ] = "",
    only: Annotated[str, typer.Option(metavar="LIST", help="A few parameters only: w5,w1")] = "",
    digits: Annotated[int, typer.Option(help="Significant digits of rounded numbers.")] = 9,
    notation: Annotated[str, typer.Option(help="mazur or indexed; the network's own when left out.")] = "",
    language: Annotated[str, typer.Option("--lang", help="The language of the report.")] = "en",
    seed: Annotated[int, typer.Option(help="Of the random points at which steps are checked.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Derive every ∂E/∂w, check every step, and write the report."""
    from derive import spec

    made = spec.load(network)
    wanted = _formats(formats)
    if not 2 <= digits <= 40:
        raise DeriveError(f"--digits {digits}", allowed="a whole number from 2 to 40")
    if "pdf" in wanted and not _has_tex():
        if formats:
            _no_tex(fatal=True)
        _no_tex(fatal=False)
        wanted = [each for each in wanted if each != "pdf"]
    from derive.api import Network

    with _progress(quiet) as progress:
        written = (
            Network(made)
            .derive(notation=notation or None, digits=digits)
            .report(
                output or Path("reports") / made.slug,
                formats=wanted,
                only=_listed(only) or None,
                language=language,
                seed=seed,
                progress=progress,
            )
        )
    if not quiet:
        from derive.render.terminal import lines

        for style, mark, sentence in lines(written.summary):
            out.print(mark, style=style, end="  ", markup=False)
            out.print(sentence, markup=False, soft_wrap=True)
        for path in written.files.values():
            out.print(f"  {path}", markup=False, soft_wrap=True)
    raise typer.Exit(written.verification.exit_code)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _formats(text: str) -> list[str]:
    wanted = _listed(text) or list(FORMATS)
    for each in wanted:
        if each not in FORMATS:
            raise DeriveError(f"--format {shown(each)}", allowed=", ".join(FORMATS), hint=nearest(each, FORMATS))
    return list(dict.fromkeys(wanted))


def _has_tex() -> bool:
    from derive.render.pdf import available

    return available()


def _no_tex(*, fatal: bool) -> None:
    import os

    from derive.render.pdf import HOW_TO_GET_TEX

    if fatal or "tex" in os.environ.get("DERIVE_REQUIRE", "").split(","):
        raise DeriveError("there is no pdflatex on this machine, which a PDF takes", hint=HOW_TO_GET_TEX)
    err.print(f"note: no PDF, because there is no pdflatex on this machine. {HOW_TO_GET_TEX}", style="yellow")


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that shows how far a long run is; nothing is shown where nobody looks."""
    if quiet or not err.is_terminal:
        yield lambda what, done, whole: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, int] = {}

        def tell(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=whole)
            bar.update(tasks[what], completed=done, total=whole)  # type: ignore[arg-type]

        yield tell


@app.command()
def train(
    network: NetworkName,
    steps: Annotated[int | None, typer.Option(help="How many updates; the network's own when left out.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of random draws; the network's own when left out.")] = None,
    biases: Annotated[str, typer.Option(metavar="KIND", help='Train biases: "fixed", "shared" or "per neuron".')] = "",
    quiet: Quiet = False,
) -> None:
    """Train a network by gradient descent, and print its error on the way."""
    from derive import spec

    made = spec.load(network)
    if seed is not None:
        made = made.replace(seed=seed)
    if biases:
        made = _with_biases(made, biases)
    count = made.training.steps if steps is None else steps
    if count < 0:
        raise DeriveError(f"--steps {count}", allowed="a whole number from 0")
    _train(made, count, quiet)


def _with_biases(made: Spec, kind: str) -> Spec:
    if kind == "fixed":
        import msgspec

        layers = tuple(msgspec.structs.replace(layer, train_biases=False) for layer in made.layers)
        return made.replace(layers=layers)
    if kind == "shared":
        return made.with_biases("shared", trained=True)
    if kind in ("per neuron", "per-neuron"):
        return made.with_biases("per neuron", trained=True)
    kinds = ("fixed", "shared", "per neuron")
    raise DeriveError(f"--biases {shown(kind)}", allowed=", ".join(kinds), hint=nearest(kind, kinds))


def _train(made: Spec, count: int, quiet: bool) -> None:
    from rich.table import Table

    from derive.backprop import State, train
    from derive.notation import notation

    milestones = sorted({0, count, *(10**k for k in range(10) if 10**k < count)})
    ticks = sorted({*milestones, *range(0, count, max(1, count // 200))})
    kept: list[State] = []
    with _progress(quiet) as progress:
        for state in train(made, count, at=ticks):
            progress("training", state.step, count)
            if state.step in milestones:
                kept.append(state)
    names = notation(made)
    from derive.expression import Var

    last = len(made.layers)
    outs = [names.label(Var("out", last, (j,))).text for j in range(1, made.sizes[-1] + 1)][:6]
    table = Table(box=None, pad_edge=False)
    table.add_column("updates", justify="right")
    table.add_column(names.label(Var("total")).text, justify="right")
    if made.samples == 1:
        for name in outs:
            table.add_column(name, justify="right")
    for state in kept:
        row = [f"{state.step:,}", f"{state.total:.9g}"]
        if made.samples == 1:
            row += [f"{value:.9g}" for value in state.forward.out[-1][0][: len(outs)]]
        table.add_row(*row)
    out.print(table)
    if made.samples > 1:
        _print_samples(made, kept[-1], outs)


def _print_samples(made: Spec, state: object, outs: list[str]) -> None:
    from rich.table import Table

    from derive.backprop import State

    assert isinstance(state, State)
    table = Table(box=None, pad_edge=False)
    for head in ("input", "target", "output"):
        table.add_column(head)
    for inputs, targets, made_out in zip(made.inputs[:20], made.targets, state.forward.out[-1], strict=False):
        table.add_row(
            " ".join(str(x) for x in inputs[:8]),
            " ".join(str(t) for t in targets[:6]),
            " ".join(f"{float(o):.6f}" for o in made_out[: len(outs)]),
        )
    out.print()
    out.print(table)


if __name__ == "__main__":
    main()
