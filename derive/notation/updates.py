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

APART = "opt"  # in the subscript of an optimiser's quantity whose name is the user's for something else


def of_update(kind: str, name: Var, of: Callable[[Var], Label], taken: Callable[[Label], bool]) -> Label | None:
    """Return what a quantity of an optimiser is called; None for one of the network.

    kind: that of `name` before the update.  of(parameter) is the parameter's own label.
    taken(label): whether the user has given that name to something else; then this one says whose it is.
    A name without a layer is about any parameter, and carries no subscript.
    """
    letter, dot, whose = kind.partition(".")
    if not dot:
        return _apart(ALONE[kind], taken) if kind in ALONE else None
    parameter = of(Var(whose, name.layer, name.index))
    if letter == "wbar":
        return _apart(replace(parameter, ascii=f"{parameter.ascii}bar", accent="bar"), taken)
    found = LETTERS.get(letter) or Label(letter, ascii=letter)
    if not name.layer:
        return found
    return _apart(replace(found, sub=parameter.latex, ascii=f"{found.ascii}_{parameter.ascii}"), taken)


def any_parameter(taken: Callable[[Label], bool]) -> Label:
    """Return what stands for any parameter: w, or the first other letter that is free."""
    letters = (Label(letter, ascii=letter) for letter in ("w", "theta", "xi", "omega"))
    return next((label for label in letters if not taken(label)), Label("w", ascii="w"))


def _apart(label: Label, taken: Callable[[Label], bool]) -> Label:
    while taken(label):
        label = replace(label, sub=f"{label.sub},{APART}" if label.sub else APART, ascii=f"{label.ascii}_{APART}")
    return label
