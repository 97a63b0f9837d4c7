"""A report as data: one JSON document with everything that a page shows. Its schema is versioned."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from math import isfinite
from typing import Any

from msgspec import Struct

from derive.derivation import Derivation, Step
from derive.expression import Diff, Expr, Named, Var
from derive.notation import Notation
from derive.optimisers import Update
from derive.render.maths import LATEX, TEXT, Printer
from derive.render.numbers import decimals
from derive.spec import Model, Spec

VERSION = 1
DIGITS = 30
GRADIENT_DIGITS = 50
TOTAL = Var("total")


class Outcome(Struct, frozen=True):
    """A verdict as data: its word, and for one that is not a pass, what speaks against it.

    cause, names: the reason once more, for other languages: a key of the catalogues, and the names it is about.
    """

    word: str
    reason: str = ""
    witness: Mapping[str, Any] | None = None
    cause: str = ""
    names: tuple[str, ...] = ()


class GradientRow(Struct, frozen=True):
    """How one derivative came out in each way of computing it. Differences in ulp of a double; None: not computed."""

    name: Var
    dual: str
    numpy: float | None
    numpy_ulp: float | None
    step: float | None
    step_ulp: float | None
    outcome: Outcome


def to_json(
    derivation: Derivation,
    notation: Notation,
    *,
    steps: Sequence[tuple[Step, Outcome]],
    quantities: Sequence[Var],
    rows: Sequence[GradientRow],
    verdict: Mapping[str, Any],
) -> str:
    """Return the report as JSON. Keys are names as the notation writes them in ASCII; numbers are decimal strings."""
    latex = Printer(LATEX, notation, derivation.values)
    text = Printer(TEXT, notation, derivation.values)
    spec = derivation.spec

    def name(e: Expr) -> str:
        if isinstance(e, Diff):
            return f"d{name(e.of)}/d{name(e.wrt)}"
        return notation.label(e).ascii if isinstance(e, Var | Named) else text.write(e)

    def value(e: Expr, digits: int = DIGITS) -> str:
        return decimals(derivation.values[e], digits).text

    derivatives = dict.fromkeys(step.lhs for step, _ in steps if isinstance(step.lhs, Diff))
    updated = [step.lhs for step, _ in steps if isinstance(step.lhs, Var) and step.lhs.kind in ("w+", "b+")]
    # What one step of gradient descent does to the error; of a few parameters' updates, that is not known.
    whole = len(rows) == len(derivation.parameters)
    last = 0 if isinstance(spec, Model) else len(spec.layers)
    after = [e for e in quantities if e == TOTAL or (e.kind == "out" and e.layer == last)] if whole else []
    document = {
        "format": "derive report",
        "version": VERSION,
        **_described(spec, notation),
        "values": {name(e): value(e) for e in quantities},
        "derivatives": {name(e): value(e) for e in derivatives},
        "gradients": {
            name(row.name): {
                "formula": text.write(derivation.passages[Diff(TOTAL, row.name)].result),
                "latex": latex.write(derivation.passages[Diff(TOTAL, row.name)].result),
                "value": value(Diff(TOTAL, row.name), GRADIENT_DIGITS),
                "dual": row.dual,
                "numpy": row.numpy,
                "numpy_ulp": _finite(row.numpy_ulp),
                "step": row.step,
                "step_ulp": _finite(row.step_ulp),
                "verdict": row.outcome.word,
                "reason": row.outcome.reason,
            }
            for row in rows
        },
        **_optimiser(derivation, [row.name for row in rows], name, value),
        "updated": {name(e).removesuffix("+"): value(e) for e in dict.fromkeys(updated)},
        "after_update": {name(e): decimals(derivation.updated_values[e], DIGITS).text for e in after},
        "steps": [
            {
                "id": step.id,
                "rule": step.rule.name,
                "lhs": text.write(step.lhs),
                "rhs": text.write(step.rhs),
                "uses": list(step.uses),
                "latex": f"{latex.write(step.lhs)} = {latex.write(step.rhs)}",
                "verdict": outcome.word,
                "reason": outcome.reason,
                "witness": outcome.witness,
            }
            for step, outcome in steps
        ],
        "verdict": dict(verdict),
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _described(spec: Spec | Model, notation: Notation) -> dict[str, Any]:
    if isinstance(spec, Model):
        return {
            "model": {
                "name": spec.name,
                "title": spec.title,
                "equations": {equation.name: equation.text for equation in spec.equations},
                "loss": spec.loss,
                "parameters": list(spec.parameters),
                "given": {given.name: [str(value) for value in given.values] for given in spec.given},
                "drawn": list(spec.drawn),
                "learning_rate": str(spec.learning_rate),
            }
        }
    return {
        "network": {
            "name": spec.name,
            "title": spec.title,
            "sizes": list(spec.sizes),
            "activations": [layer.activation for layer in spec.layers],
            "loss": spec.loss,
            "samples": spec.samples,
            "batch": spec.batch,
            "learning_rate": str(spec.learning_rate),
            "notation": notation.style,
        }
    }


def _optimiser(
    derivation: Derivation, parameters: Sequence[Var], name: Callable[[Expr], str], value: Callable[[Expr], str]
) -> dict[str, Any]:
    """Return which update is derived, and what it starts from; nothing for the first one of plain gradient descent."""
    chosen = derivation.spec.training.optimiser
    update = Update(chosen.name, chosen.constants, derivation.step)
    if update.plain and derivation.step == 1:
        return {}
    trained = [parameter for parameter in parameters if derivation.updated(parameter)]
    state = {
        name(before): {"before": value(before), "after": value(after)}
        for letter in update.states
        for before, after in (
            (update.name_of(letter, parameter), update.name_of(f"{letter}_new", parameter)) for parameter in trained
        )
    }
    constants = {name(Var(constant)): value(Var(constant)) for constant in update.constants}
    return {"optimiser": {"name": update.name, "step": update.number, "constants": constants, "state": state}}


def _finite(value: float | None) -> float | None:
    """Return the number as JSON has it: infinitely many units in the last place (of 0) are no number there."""
    return value if value is not None and isfinite(value) else None


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a report."""
    made: dict[str, Any] = json.loads((resources.files("derive.render") / "report.schema.json").read_text("utf-8"))
    return made
