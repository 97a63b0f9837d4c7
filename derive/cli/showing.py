"""Tables for the terminal: the equations of a model, and what a network may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from derive.check.verdict import Refuted, Undecided, Verdict
from derive.cli.console import out, say
from derive.spec import Model
from derive.vocabulary import ACTIVATIONS, INITIALISERS, LOSSES, OPTIMISERS, SCHEDULES, Row

if TYPE_CHECKING:
    from derive.api import Derived
    from derive.verification import Verification

SHOWN = 6  # numbers of an array, or failures


def show_model(model: Model) -> None:
    """Print the equations of `model` in their order, and its given values."""
    table = Table(box=None, pad_edge=False)
    for head in ("quantity", "", "shape", "what it is"):
        table.add_column(head, overflow="fold")
    for given in model.given:
        what = "parameter" if given.name in model.parameters else "data"
        values = ", ".join(map(str, given.values[:SHOWN])) + (", …" if len(given.values) > SHOWN else "")
        table.add_row(given.name, f"= {values}", _shape(given.shape), what + (", drawn" if given.drawn else ""))
    for equation in model.equations:
        left = f"{equation.name}[{', '.join(equation.letters)}]" if equation.letters else equation.name
        what = "loss" if equation.name == model.loss else "equation"
        table.add_row(escape(left), escape(f"= {equation.text}"), _shape(equation.shape), what)
    out.print(table)
    say(f"derivatives of {model.loss} by {', '.join(model.parameters)}; learning rate {model.learning_rate}")


def show_vocabulary() -> None:
    """Print every row of the vocabulary with the usual values of its constants."""
    kinds: tuple[tuple[str, Mapping[str, Row]], ...] = (
        ("activation", ACTIVATIONS), ("loss", LOSSES), ("draw", INITIALISERS), ("optimiser", OPTIMISERS),
        ("schedule", SCHEDULES),
    )  # fmt: skip
    table = Table(box=None, pad_edge=False)
    for head in ("key", "name", "constants, with their usual values"):
        table.add_column(head, overflow="fold")
    for number, (kind, rows) in enumerate(kinds):
        if number:
            table.add_row("", "", "")
        for name, row in rows.items():
            constants = ", ".join(f"{key} = {value}" for key, value in row.constants.items())
            table.add_row(kind, name, constants)
    out.print(table)
    say("")
    say('constants go in brackets: activation = "leaky relu(0.2)"')
    say('or, of training, in a table: optimiser = { name = "adam", beta1 = 0.8 }')


def show_reasons(derived: Derived, verification: Verification) -> None:
    """Print what did not pass, and why; of much, the first."""
    write = derived.printer(latex=False).write
    claims: list[tuple[str, Verdict]] = [
        *((f"step “{step.id}”", verdict) for step, verdict in verification.steps),
        *((write(row.quantity), row.verdict) for row in (*verification.parameters, *verification.quantities)),
        *((f"{write(each.of)} as {each.text}", verdict) for each, verdict in verification.decimals),
    ]
    failed = [(what, verdict) for what, verdict in claims if isinstance(verdict, Refuted | Undecided)]
    for what, verdict in failed[:SHOWN]:
        reason = verdict.fault if isinstance(verdict, Refuted) else verdict.doubt
        say(f"   {what}: {reason}")
    if len(failed) > SHOWN:
        say(f"   … and {len(failed) - SHOWN} more; the report has them all")


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "one number"
