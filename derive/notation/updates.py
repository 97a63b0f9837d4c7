"""What the quantities of an optimiser are called: m_{w₅} is w₅'s m, and m⁺_{w₅} is what an update makes of it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from derive.expression import Var
from derive.notation.label import Label

ALONE = {
    "mu": Label("mu", ascii="mu"),
    "rho": Label("rho", ascii="rho"),
    "alpha": Label("alpha", ascii="alpha"),
    "beta1": Label("beta", "1", ascii="beta1"),
    "beta2": Label("beta", "2", ascii="beta2"),
    "epsilon": Label("epsilon", ascii="epsilon"),
    "weight_decay": Label("lambda", ascii="lambda"),
    "momentum_decay": Label("psi", ascii="psi"),
    "mu_now": Label("mu", "t", ascii="mu_t"),
    "mu_next": Label("mu", "t+1", ascii="mu_next"),
    "p": Label("p", ascii="p"),
}
"""Constants, and what all parameters share."""
LETTERS = {
    "mhat": Label("m", ascii="mhat", accent="hat"),
    "mbar": Label("m", ascii="mbar", accent="bar"),
    "vhat": Label("v", ascii="vhat", accent="hat"),
}
"""Letters that are not called what they are in the table of optimisers."""


def of_update(kind: str, name: Var, of: Callable[[Var], Label]) -> Label | None:
    """Return what a quantity of an optimiser is called; None for one of the network.

    kind: that of `name` before the update.  of(parameter) is the parameter's own label.
    A name without a layer is about any parameter, and carries no subscript.
    """
    letter, dot, whose = kind.partition(".")
    if not dot:
        return Label(kind, ascii=kind) if kind in ("w", "b") and not name.layer else ALONE.get(kind)
    parameter = of(Var(whose, name.layer, name.index))
    if letter == "wbar":
        return replace(parameter, ascii=f"{parameter.ascii}bar", accent="bar")
    found = LETTERS.get(letter) or Label(letter, ascii=letter)
    if not name.layer:
        return found
    return replace(found, sub=parameter.latex, ascii=f"{found.ascii}_{parameter.ascii}")
