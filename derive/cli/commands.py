"""The commands, with their arguments."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from derive import __version__
from derive.cli import arguments
from derive.cli.console import out, progress, say, text_width
from derive.errors import DeriveError, shown

app = typer.Typer(
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Derive backpropagation for a neural network, step by step, and check every step.",
    epilog="Exit codes: 0 all proved and agreeing, 1 something refuted, 2 bad input, 3 something undecided.",
)

NetworkName = Annotated[str, typer.Argument(metavar="NETWORK", help="A preset (derive list) or a TOML file.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")]


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        say(f"derive {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.get_help()  # prints it
        raise typer.Exit(2)


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
        shape = f"{len(made.equations)} equations" if isinstance(made, spec.Model) else "-".join(map(str, made.sizes))
        table.add_row(name, shape, made.loss, made.title)
    out.print(table)


@app.command()
def vocabulary() -> None:
    """List what a network may name: activations, losses, initialisers, optimisers, schedules."""
    from derive.cli.showing import show_vocabulary

    show_vocabulary()


@app.command()
def new(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it: my.toml")],
    model: Annotated[bool, typer.Option("--model", help="A model of equations instead of layers.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a commented TOML file to start a network of your own from."""
    from importlib import resources

    from derive.files import write_all

    where = str(path)
    if path.suffix != ".toml" or path.name.startswith(".derive-"):
        raise DeriveError(
            "this is no name for a network's file", where=where, allowed="a name that ends in .toml",
            hint=f"derive new {path.stem.strip('.') or 'my'}.toml",
        )  # fmt: skip
    if path.is_dir():
        raise DeriveError("there is a directory of that name", where=where, hint="another name")
    if os.path.lexists(path) and not force:
        raise DeriveError("there is a file already", where=where, hint="another name, or --force to overwrite it")
    if not path.parent.is_dir():
        raise DeriveError(
            f"there is no directory {shown(str(path.parent))}", where=where, hint=f"mkdir -p {path.parent}"
        )
    starter = "starter_model.toml" if model else "starter.toml"
    text = (resources.files("derive") / starter).read_text("utf-8")
    try:
        write_all(path.parent, {path.name: text})
    except DeriveError as error:
        raise DeriveError(error.what, where=where, hint="a place where you may write") from None
    say(f"wrote {path}")
    say(f"next: derive show {path}   then: derive report {path}")


@app.command()
def show(network: NetworkName) -> None:
    """Draw a network in the terminal, with its weights; or list the equations of a model."""
    from derive.cli.showing import show_model
    from derive.notation import notation
    from derive.render.figure import diagram, terminal
    from derive.spec import Model

    made = arguments.read(network)
    if isinstance(made, Model):
        show_model(made)
        return
    drawn = terminal(diagram(made, notation(made).label), width=text_width())
    out.print(drawn, markup=False, soft_wrap=True, end="")
    samples = "one sample" if made.samples == 1 else f"{made.samples} samples, {made.batch} over them"
    say(f"loss: {made.loss} ({samples}); learning rate {made.learning_rate}")


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
        str | None, typer.Option("--format", metavar="LIST", help="Of tex, pdf, html, json; all when left out.")
    ] = None,
    only: Annotated[str | None, typer.Option(metavar="LIST", help="By a few names only: w5,w1, or out_h1,i1")] = None,
    form: Annotated[
        str, typer.Option(metavar="FORM", help="named (step by step), expanded (down to weights), matrix or index.")
    ] = "named",
    digits: Annotated[
        int,
        typer.Option(
            parser=arguments.whole("--digits", 2, 40), metavar="N", help="Significant digits of rounded numbers."
        ),
    ] = 9,
    notation: Annotated[
        str | None, typer.Option(metavar="NAME", help="mazur or indexed; the network's own when left out.")
    ] = None,
    language: Annotated[str, typer.Option("--lang", metavar="CODE", help="The language of the report.")] = "en",
    seed: Annotated[
        int,
        typer.Option(
            parser=arguments.whole("--seed", 0, 2**32 - 1),
            metavar="N",
            help="Of the random points at which steps are checked.",
        ),
    ] = 0,
    step: Annotated[
        int,
        typer.Option(
            parser=arguments.whole("--step", 1, 10**9),
            metavar="N",
            help="Which update to derive, with the weights and the optimiser's state before it.",
        ),
    ] = 1,
    train: Annotated[
        bool, typer.Option("--train", help="Train the network as well, and show the curve of its error.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Derive every ∂E/∂w, check every step, and write the report."""
    made = arguments.read(network)
    wanted = arguments.formats(formats)
    chosen = arguments.parameters(made, notation, only)
    arguments.check_form(form)
    arguments.check_language(language)
    directory = output or Path("reports") / made.slug
    arguments.check_directory(directory)
    arguments.check_reach(made, network)
    if "pdf" in wanted and not arguments.tex(asked_for=formats is not None):
        wanted.remove("pdf")
    from derive.api import Network
    from derive.cli.forms import tell_size

    with progress(quiet) as tell:
        tell("deriving", 0, 1)
        derived = Network(made).derive(notation=notation, digits=digits, step=step, progress=tell)
        if form == "expanded":
            tell_size(derived, chosen)
        run = Network(made).train(progress=tell) if train else None
        written = derived.report(
            directory, formats=wanted, only=chosen, language=language, seed=seed, progress=tell, form=form, training=run
        )
    if not quiet:
        from derive.cli.showing import show_reasons
        from derive.render.terminal import lines

        for style, mark, sentence in lines(written.summary):
            out.print(mark, style=style, end="  ", markup=False)
            say(sentence)
        show_reasons(derived, written.verification)
        for path in written.files.values():
            say(f"  {path}")
    raise typer.Exit(written.verification.exit_code)


@app.command("forms")
def compare_forms(
    network: NetworkName,
    only: Annotated[str | None, typer.Option(metavar="LIST", help="A few parameters only: w5,w1")] = None,
    notation: Annotated[
        str | None, typer.Option(metavar="NAME", help="mazur or indexed; the network's own when left out.")
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            parser=arguments.whole("--seed", 0, 2**32 - 1), metavar="N", help="Of the random points of the proofs."
        ),
    ] = 0,
    quiet: Quiet = False,
) -> None:
    """Prove the four forms of every derivative equal: named, expanded, matrix, index."""
    from derive.cli.forms import run

    made = arguments.read(network)
    chosen = arguments.parameters(made, notation, only)
    raise typer.Exit(run(made, notation, chosen, seed, quiet))


Seed = Annotated[
    int,
    typer.Option(
        parser=arguments.whole("--seed", 0, 2**32 - 1), metavar="N", help="Of the random points of the proofs."
    ),
]
Digits = Annotated[
    int,
    typer.Option(parser=arguments.whole("--digits", 2, 40), metavar="N", help="Significant digits of rounded numbers."),
]
Style = Annotated[str | None, typer.Option(metavar="NAME", help="mazur or indexed; the network's own when left out.")]
Into = Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="Write a report into DIR besides.")]
Formats = Annotated[
    str | None, typer.Option("--format", metavar="LIST", help="Of the report: tex, pdf, html, json; all when left out.")
]


@app.command()
def hessian(
    network: NetworkName,
    entry: Annotated[
        str | None, typer.Option(metavar="A,B", help="One second derivative, with its steps: w1,w5")
    ] = None,
    output: Into = None,
    formats: Formats = None,
    digits: Digits = 9,
    notation: Style = None,
    language: Annotated[str, typer.Option("--lang", metavar="CODE", help="The language of the report.")] = "en",
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Find second derivatives of the error: all of a small network, or one entry with its steps."""
    from derive.cli.second import Report, run_hessian

    made = arguments.read(network)
    pair = None if entry is None else arguments.pair(made, notation, entry)
    arguments.check_language(language)
    arguments.check_reach(made, network)
    if output is not None and pair is None:
        raise DeriveError("a report shows one entry", where="--output", hint="--entry w1,w5")
    wanted = None if output is None else Report(output, arguments.formats_that_can_be(formats), language)
    raise typer.Exit(run_hessian(made, pair, notation, digits, seed, wanted, quiet))


@app.command()
def jacobian(
    network: NetworkName,
    output: Into = None,
    formats: Formats = None,
    digits: Digits = 9,
    notation: Style = None,
    language: Annotated[str, typer.Option("--lang", metavar="CODE", help="The language of the report.")] = "en",
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Find the derivatives of the outputs by the inputs: values, by index, and as a product of matrices."""
    from derive.cli.second import Report, run_jacobian

    made = arguments.read(network)
    arguments.parameters(made, notation, None)
    arguments.check_language(language)
    arguments.check_reach(made, network)
    wanted = None if output is None else Report(output, arguments.formats_that_can_be(formats), language)
    raise typer.Exit(run_jacobian(made, notation, digits, seed, wanted, quiet))


@app.command()
def train(
    network: NetworkName,
    steps: Annotated[
        int | None,
        typer.Option(
            parser=arguments.whole("--steps", 0, 10**9),
            metavar="N",
            help="How many updates; the network's own when left out.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            parser=arguments.whole("--seed", 0, 2**32 - 1),
            metavar="N",
            help="Of random draws; the network's own when left out.",
        ),
    ] = None,
    biases: Annotated[
        str | None, typer.Option(metavar="KIND", help='Train biases: "fixed", "shared" or "per neuron".')
    ] = None,
    optimiser: Annotated[
        str | None, typer.Option("--optimiser", "--optimizer", metavar="NAME", help='"adam", or "momentum(0.95)".')
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(metavar="NAME", help='Of the learning rate: "cosine", or "step(30, 0.5)".')
    ] = None,
    rate: Annotated[str | None, typer.Option(metavar="X", help="The learning rate.")] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            parser=arguments.whole("--batch-size", 1, 10**6), metavar="N", help="Train in batches of so many samples."
        ),
    ] = None,
    curve: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the error's curve: loss.svg")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON: errors, weights, biases.")] = False,
    quiet: Quiet = False,
) -> None:
    """Train a network, and print its error on the way."""
    from derive.cli import training

    made = arguments.load(network)
    if seed is not None:
        made = made.replace(seed=seed)
    if biases is not None:
        made = training.with_biases(made, biases)
    made = training.adjusted(
        made, steps=steps, optimiser=optimiser, schedule=schedule, rate=rate, batch_size=batch_size
    )
    training.train(made, quiet=quiet, picture=curve, as_json=as_json)


@app.command()
def verify(
    network: NetworkName,
    program: Annotated[Path, typer.Argument(metavar="PROGRAM", help="A Python file that calculates the gradient.")],
    entry: Annotated[
        str | None, typer.Option(metavar="NAME", help="The function, class or method to call; found when left out.")
    ] = None,
    adapter: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file with gradients(code, parameters, x, t) that says how to call it."),
    ] = None,
    layout: Annotated[
        str | None, typer.Option(metavar="WORD", help="Of weights: rows or columns are neurons; found when left out.")
    ] = None,
    convention: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="What is meant: spec, no-half, half, mean, sum, mean-outputs, sum-outputs, negative.",
        ),
    ] = None,
    only_gradient: Annotated[bool, typer.Option("--only-gradient", help="Leave the program's loss alone.")] = False,
    seed: Annotated[
        int | None,
        typer.Option(
            parser=arguments.whole("--seed", 0, 2**32 - 1), metavar="N", help="Of all random choices; drawn afresh."
        ),
    ] = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="The program is my own: run it without a sandbox, where there is none.")
    ] = False,
    seconds: Annotated[
        int, typer.Option(parser=arguments.whole("--seconds", 1, 86_400), metavar="N", help="How long it may run.")
    ] = 60,
    memory: Annotated[
        int,
        typer.Option(
            parser=arguments.whole("--memory", 256, 1 << 20), metavar="MIB", help="How much memory it may take."
        ),
    ] = 2048,
    language: Annotated[str, typer.Option("--lang", metavar="CODE", help="The language of what is said.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML besides.")] = None,
    quiet: Quiet = False,
) -> None:
    """Prove somebody's gradient code right, or name the mistake."""
    from derive.cli.verifying import run

    made = arguments.load(network)
    arguments.check_language(language)
    raise typer.Exit(
        run(
            made, program, entry=entry, adapter=adapter, layout=layout, convention=convention,
            only_gradient=only_gradient, seed=seed, trust=trust, seconds=seconds, memory=memory, language=language,
            as_json=as_json, junit=junit, quiet=quiet,
        )
    )  # fmt: skip


@app.command()
def check(
    notes: Annotated[
        list[Path],
        typer.Argument(metavar="NOTES...", help="Documents: Markdown, LaTeX, reStructuredText, notebooks, HTML."),
    ],
    network: Annotated[
        str | None,
        typer.Option(
            "--network", metavar="NETWORK", help="A preset or a TOML file; taken from the document when left out."
        ),
    ] = None,
    side: Annotated[
        Path | None,
        typer.Option("--with", metavar="FILE", help="A TOML file with what stands only in figures, and with names."),
    ] = None,
    write_spec: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the network that was taken from the document.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the annotated document.")] = None,
    fix: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a copy in which plainly wrong numbers are corrected.")
    ] = None,
    sarif: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the findings as SARIF 2.1.0.")] = None,
    github: Annotated[bool, typer.Option("--github", help="Print annotations for a GitHub workflow besides.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show how every formula was read, and all that is undecided.")
    ] = False,
    decimal_comma: Annotated[bool, typer.Option("--decimal-comma", help="0,35 is a number.")] = False,
    language: Annotated[str, typer.Option("--lang", metavar="CODE", help="The language of what is said.")] = "en",
    seed: Annotated[
        int | None,
        typer.Option(
            parser=arguments.whole("--seed", 0, 2**32 - 1), metavar="N", help="Of all random choices; drawn afresh."
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Judge every claim in somebody's derivation, and list what is wrong."""
    from derive.cli.proofreading import Outputs, run

    arguments.check_language(language)
    made = None if network is None else arguments.read(network)
    raise typer.Exit(
        run(
            notes, made, side=side, decimal_comma=decimal_comma, seed=seed,
            outputs=Outputs(html, write_spec, fix, sarif), as_json=as_json, github=github, explain=explain,
            language=language, quiet=quiet,
        )
    )  # fmt: skip
