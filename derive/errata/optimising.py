"""What a report calls the quantities of an optimiser: m of w₅, its estimate, the constants β₁ and β₂."""

from __future__ import annotations

from derive.derivation import Derivation, trained
from derive.expression import Var
from derive.notation import Notation
from derive.optimisers import Update
from derive.read.written import read
from derive.read.written.tree import Name
from derive.spec import Spec

MOST = 60  # parameters whose quantities are looked for by name


def names(spec: Spec, derivation: Derivation, notation: Notation) -> dict[str, Var]:
    """Return the quantities of the optimiser by the plain text of their names; {} for gradient descent.

    A name without a parameter (m, for any of them) stands for that of the first.
    """
    chosen = spec.training.optimiser
    update = Update(chosen.name, chosen.constants, derivation.step)
    parameters = [each for each in derivation.parameters if trained(spec, each)][:MOST]
    found: dict[str, Var] = {}
    for constant in update.constants:
        _add(found, notation, Var(constant), Var(constant))
    for at, parameter in enumerate(parameters):
        for each in update.names(parameter):
            _add(found, notation, each, each)
            if at == 0 and each.kind != f"{parameter.kind}+":
                _add(found, notation, Var(each.kind), each)
    if found and parameters:
        first = parameters[0]
        _add(found, notation, Var(first.kind), first)
        _add(found, notation, Var(first.kind + "+"), Var(first.kind + "+", first.layer, first.index))
    return found


def _add(found: dict[str, Var], notation: Notation, called: Var, meant: Var) -> None:
    formula = read(notation.label(called).latex)
    side = formula.statements[0].sides[0] if len(formula.statements) == 1 else None
    if isinstance(side, Name):
        found.setdefault(side.plain, meant)
