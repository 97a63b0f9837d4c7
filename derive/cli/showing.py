"""`derive show` for a model: its equations with their shapes, and what is given."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from derive.cli.console import out, say
from derive.spec import Model

SHOWN = 6  # numbers of an array


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


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) if shape else "one number"
