"""`derive forms`: the four forms of every derivative compared, as tables in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from derive.check.verdict import Refuted, Undecided, Verdict, passes
from derive.cli.console import note, out, progress, say
from derive.errors import DeriveError
from derive.expression import Named, Var
from derive.render.terminal import SIGNS, STYLES

if TYPE_CHECKING:
    from derive.api import Derived
    from derive.forms import Comparison
    from derive.spec import Model, Spec

MOST = 400  # derivatives that are compared at once
MOST_SUMMANDS = 2_000  # derivatives × samples: every derivative is a sum over the samples


def run(spec: Spec | Model, notation: str | None, only: Sequence[str] | None, seed: int, quiet: bool) -> int:
    """Compare the forms, print what came out, and return the exit code."""
    from derive.api import Network
    from derive.spec import Model

    if only is None and spec.parameter_count > MOST:
        raise DeriveError(
            f"{spec.parameter_count:,} derivatives are too many to compare", allowed=f"at most {MOST}",
            hint="a few of them, with --only",
        )  # fmt: skip
    samples = 1 if isinstance(spec, Model) else spec.samples
    count = spec.parameter_count if only is None else len(only)
    if count * samples > MOST_SUMMANDS:
        raise DeriveError(
            f"{count:,} derivatives over {samples} samples are too many to compare",
            allowed=f"at most {MOST_SUMMANDS:,} in all", hint="a few of them, with --only",
        )  # fmt: skip
    with progress(quiet) as tell:
        tell("deriving", 0, 1)
        derived = Network(spec).derive(notation=notation)
        compared = derived.forms(only=only, seed=seed, progress=tell)
    if not quiet:
        _print(derived, compared)
    return compared.exit_code


def tell_size(derived: Derived, only: Sequence[str] | None) -> None:
    """Say how large the derivatives are when they are written out. Raises DeriveError where one is too large."""
    from derive.forms import check_sizes

    wanted = list(derived.derivation.parameters) if only is None else [derived.quantity(name) for name in only]
    sizes = check_sizes(derived.derivation, derived.notation, wanted)
    longest = max(sizes, key=lambda name: sizes[name].nodes)
    size, label = sizes[longest], derived.notation.label(longest).ascii
    if len(sizes) == 1:
        note(f"the derivative by {label}, written out, has {size.nodes:,} nodes, {size.names:,} of them names")
    else:
        together = sum(size.nodes for size in sizes.values())
        note(
            f"written out, the {len(sizes)} derivatives have {together:,} nodes;"
            f" the longest, by {label}, {size.nodes:,}, of which {size.names:,} are names"
        )


def _print(derived: Derived, compared: Comparison) -> None:
    text = derived.printer(latex=False)
    table = Table(box=None, pad_edge=False)
    for head, justify in (("derivative by", "left"), ("nodes, expanded", "right")):
        table.add_column(head, justify="left" if justify == "left" else "right")
    for head in ("= expanded", "= matrix entry", "= index member"):
        table.add_column(head)
    for row in compared.derivatives:
        marks = [_mark(verdict) for verdict in (row.expanded, row.matrix, row.index)]
        table.add_row(text.write(row.name), f"{row.size.nodes:,}", *marks)
    out.print(table)
    say("")
    if not compared.layers:
        say("–: a model of equations has no layers, and so no matrix form and no index form")
    table = Table(box=None, pad_edge=False)
    for head in ("equations", "layer", "matrix form", "index form, at each member"):
        table.add_column(head, justify="right" if head == "layer" else "left")
    for each in compared.layers:
        index = Text.assemble(_mark(each.index), f" ({each.members})")
        table.add_row(_letter(derived, each.kind, each.layer), str(each.layer or "–"), _mark(each.matrix), index)
    if compared.layers:
        out.print(table)
    for reason in dict.fromkeys(v.doubt.value for v in compared.verdicts if isinstance(v, Undecided)):
        say(f"undecided: {reason}")
    if any(each.kind == "delta" and each.matrix is None for each in compared.layers):
        say("–: softmax has another Jacobian for each sample, so several samples have no matrix form in one line")
    word = {0: "All forms are equal.", 1: "Not all forms are equal.", 3: "Not everything could be decided."}
    say(word[compared.exit_code])


def _letter(derived: Derived, kind: str, layer: int) -> str:
    from derive.expression import ONE, Matrix

    if kind in ("E", "total"):
        return derived.notation.label(Var("total")).text if kind == "total" else kind
    if kind == "dout":
        return f"∂{derived.notation.label(Var('total')).text}/∂{_letter(derived, 'out', layer)}"
    return derived.notation.label(Named(kind, layer, Matrix(((ONE,),)))).text


def _mark(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("–")
    kind = "refuted" if isinstance(verdict, Refuted) else "proved" if passes(verdict) else "undecided"
    return Text(f"{SIGNS[kind]} {kind}", style=STYLES[kind])
