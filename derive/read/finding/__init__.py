"""Finds how the gradient of a foreign program can be asked for: hypotheses, to be tried on numbers."""

from __future__ import annotations

from derive.errors import DeriveError, nearest
from derive.read.finding.classes import classes, own_classes
from derive.read.finding.direct import by_adapter, simplest
from derive.read.finding.evidence import Code
from derive.read.finding.functions import functions, own_functions
from derive.read.finding.pipelines import pipelines
from derive.read.finding.scripts import scripts, straight, trainings
from derive.read.finding.spelling import WITHOUT_BIASES, Ranked
from derive.read.foreign.loading import Loaded, adapted, load, loaded_from
from derive.read.foreign.plan import Plan
from derive.read.problem import Problem

MOST, MOST_WITHOUT_BIASES = 64, 16

LOOKED_FOR = (
    "a function of parameters, inputs and targets that returns gradients; a class with backward or train; "
    "a script with a loop over epochs"
)
ADAPTER = "write an adapter: a file with def gradients(code, parameters, x, t) that returns {'W1': …, 'b1': …, …}"


def find(loaded: Loaded, problem: Problem, *, entry: str | None = None, layout: str | None = None) -> list[Plan]:
    """Return how a program may be called for the gradient of `problem`, most plausible first.

    entry: the function, class or method (`Network.backprop`) to look at, all when left out.
    layout: "rows are neurons" or "columns are neurons", where that is known.
    Raises DeriveError where there is nothing that can be called, or nothing named `entry`.
    """
    layout = {"rows": "rows are neurons", "columns": "columns are neurons"}.get(layout or "", layout)
    if loaded.adapter is not None:
        return [by_adapter(problem)]
    code = Code(loaded)
    notes: list[str] = []
    if entry is not None:
        _check(loaded, entry)
    ranked: list[Ranked] = [
        *simplest(loaded, code, problem, layout, entry),
        *functions(loaded, code, problem, layout, entry),
        *pipelines(loaded, code, problem, layout, entry),
        *classes(loaded, code, problem, layout, entry, notes),
    ]
    ranked += trainings(loaded, code, problem, layout, entry, notes)
    if entry is None:
        ranked += scripts(loaded, code, problem, layout, notes)
        ranked += straight(loaded, code, problem, layout, notes)
    ranked.sort(key=lambda item: item.cost)
    likely = dict.fromkeys(item.plan for item in ranked if item.cost < WITHOUT_BIASES)
    others = dict.fromkeys(item.plan for item in ranked if item.cost >= WITHOUT_BIASES)
    plans = [*list(likely)[:MOST], *list(others)[:MOST_WITHOUT_BIASES]]
    if not plans:
        given = _entries(loaded, code, problem, layout) if entry is None else []
        raise _nothing(loaded, notes, given)
    return plans


def _check(loaded: Loaded, entry: str) -> None:
    names = [*own_functions(loaded), *own_classes(loaded)]
    names += [f"{c}.{m}" for c, cls in own_classes(loaded).items() for m in vars(cls) if not m.startswith("__")]
    if entry not in names:
        raise DeriveError(
            f"there is no {entry!r} in this program", where=loaded.name, allowed=", ".join(names[:20]) or "nothing",
            hint=nearest(entry, names),
        )  # fmt: skip


def _entries(loaded: Loaded, code: Code, problem: Problem, layout: str | None) -> list[str]:
    """Return the functions that can be called, though nothing in them speaks of gradients."""
    return [name for name in own_functions(loaded) if any(True for _ in functions(loaded, code, problem, layout, name))]


def _nothing(loaded: Loaded, notes: list[str], entries: list[str]) -> DeriveError:
    names = [*own_functions(loaded), *own_classes(loaded)]
    what = f"It has: {', '.join(names[:12]) or 'no functions and no classes'}{', …' if len(names) > 12 else ''}. "
    if loaded.skipped and not names:
        line, why = loaded.skipped[0]
        what += f"Line {line} failed: {why}. "
    what += f"Looked for: {LOOKED_FOR}."
    if notes:
        what += f" Seen: {'; '.join(notes[:4])}."
    meant = f"--entry NAME, if one of these gives the gradient: {', '.join(entries[:6])}\n  try: " if entries else ""
    return DeriveError(what, where=loaded.name, hint=meant + ADAPTER)


__all__ = ["Loaded", "Plan", "adapted", "find", "load", "loaded_from"]
