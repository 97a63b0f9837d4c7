"""Plans of several calls: a forward pass, the cost, and a backward pass that takes what the forward pass returned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from derive.read.finding.arguments import Bound, Result, bind, signature
from derive.read.finding.evidence import Code, changes_parameters
from derive.read.finding.functions import (
    GRADIENT_PARTS,
    held_by,
    in_globals,
    line_of,
    name_cost,
    own_functions,
    readings,
    variables,
)
from derive.read.finding.spelling import Ranked, Text, spelled
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import gradient_name, has_role, is_slope, parameter_name
from derive.read.foreign.plan import Call, Plan, Reading
from derive.read.problem import Problem

_FORWARD = ("forward", "feedforward", "feed_forward", "fprop", "fwd", "propagate_forward")
_COST = ("cost", "loss", "error")


def pipelines(loaded: Loaded, code: Code, problem: Problem, layout: str | None, only: str | None) -> Iterator[Ranked]:
    """Yield plans of two or three calls: a forward pass whose results a backward pass takes."""
    known = own_functions(loaded)
    forwards = [name for name in known if any(part in name.lower() for part in _FORWARD)]
    backwards = [
        name for name in known if any(part in name.lower() for part in GRADIENT_PARTS) and not is_slope(name)
    ]  # fmt: skip
    for backward in backwards:
        if only is not None and backward != only:
            continue
        for forward in forwards:
            if forward != backward and not gradient_name(backward):
                yield from _pipeline(loaded, code, problem, layout, forward, [backward], known)
    apart = [name for name in known if gradient_name(name)]
    if len(apart) >= problem.layers and only in (None, *apart):
        for forward in forwards:
            yield from _pipeline(loaded, code, problem, layout, forward, apart, known)


def results_of(names: tuple[str, ...], kept: str) -> dict[str, Result]:
    """Return what a forward pass gives to later calls, by name, and by what it is."""
    found: dict[str, Result] = {}
    if len(names) <= 1:
        found["cache"] = found["outputs"] = Result(kept)
        if names and names[0]:
            found[names[0]] = Result(kept)
        return found
    for place, name in enumerate(names):
        if name and not parameter_name(name):
            found[name] = Result(kept, place)
        if has_role(name, "cache"):
            found["cache"] = Result(kept, place)
        elif has_role(name, "outputs") or ("outputs" not in found and has_role(name.rstrip("0123456789"), "outputs")):
            found["outputs"] = Result(kept, place)
    if names.count("") == 1 and not any(has_role(name, "outputs") and not name[-1].isdigit() for name in names):
        found["outputs"] = Result(kept, names.index(""))  # an activation of what has a name
    found.setdefault("outputs", Result(kept, 0))
    found.setdefault("cache", Result(kept, 1) if len(names) == 2 else Result(kept))
    return found


def _update(code: Code, name: str, function: Any, problem: Problem) -> Call | None:
    """Return the call of a function that only updates the weights; None where it is none."""
    parameters = signature(function) if any(part in name.lower() for part in ("update", "step", "apply")) else None
    bound = bind(parameters, problem) if parameters is not None else None
    if (
        bound is None
        or not bound.roles <= {"held", "inputs", "rate", "no", "pairs wanted"}
        or "held" not in bound.roles
    ):
        return None
    return Call(name, bound.arguments) if changes_parameters(code.below(name)) else None


def _with_labels(code: Code, one: Call) -> Call:
    """Return a call where a sample that the function reads up to its last number gets one more, the label."""
    return structs.replace(
        one,
        arguments=tuple(
            structs.replace(a, role="labelled") if a.role == "inputs" and code.leaves_last_out(a.name) else a
            for a in one.arguments
        ),
    )


def _pipeline(
    loaded: Loaded,
    code: Code,
    problem: Problem,
    layout: str | None,
    forward: str,
    last: list[str],
    known: dict[str, Any],
) -> Iterator[Ranked]:
    first = signature(known[forward])
    if first is None:
        return
    bound = bind(first, problem, known=variables(loaded))
    if bound is None or not bound.roles & {"inputs"}:
        return
    results = results_of(code.returns(forward), "forward")
    backs = []
    for backward in last:
        second = signature(known[backward])
        back = bind(second, problem, results, variables(loaded)) if second is not None else None
        if back is None or not back.roles & {"targets"}:
            return
        joined = any(a.role == "returned" for a in back.arguments) or (
            bool(set(back.containers) & set(bound.containers)) and "inputs" not in back.roles
        )  # by what forward returns, or by what it leaves in the network
        if not joined:
            return
        backs.append(back)
    backward = last[0]
    calls = [Call(forward, bound.arguments, results=code.returns(forward), kept="forward")]
    loss = ""
    for cost in known:
        if any(part in cost.lower() for part in _COST) and cost not in (forward, *last):
            third = signature(known[cost])
            priced = bind(third, problem, results) if third is not None else None
            if priced and "targets" in priced.roles and "returned" in priced.roles and not priced.direct:
                calls.append(Call(cost, priced.arguments, results=code.returns(cost), kept="cost"))
                loss = "cost"
                break
    calls += [Call(name, back.arguments, results=code.returns(name)) for name, back in zip(last, backs, strict=True)]
    updates: list[Call] = []
    if len(last) == 1 and not code.returns(backward) and not changes_parameters(code.below(backward)):
        updates = [one for name in known if (one := _update(code, name, known[name], problem))][:1]
        for one in updates:
            calls.append(one)
            backs.append(Bound(one.arguments, (), (), frozenset(a.role for a in one.arguments)))
    calls = [_with_labels(code, one) for one in calls]
    text = Text.of(code, forward, *last, *(one.function for one in updates))
    held = {a.of for one in calls for a in one.arguments if a.role == "held"}
    every = [bound, *backs]
    both = Bound(
        tuple(a for part in every for a in part.arguments),
        tuple(dict.fromkeys(name for part in every for name in part.direct)),
        tuple(dict.fromkeys(name for part in every for name in part.containers)),
        frozenset().union(*(part.roles for part in every)),
    )
    if both.direct or both.containers:
        choices = [
            form._replace(holders=tuple(h for h in form.holders if h.name in held))
            for form in held_by(loaded, code, forward, both, problem)
        ]
    else:
        choices = list(in_globals(loaded, code, forward, problem))
    ways: list[Reading] = readings(code, backward, passed=True) if len(last) == 1 else ["returned"]
    ways = ["change"] if updates else ways
    for place, container in enumerate(choices):
        for reading in ways:
            base = Plan(
                backward, line_of(code, backward), "pipeline", tuple(calls), gradient=reading, loss=loss,
                outputs="forward",
                parts=len(last),
            )  # fmt: skip
            yield from spelled(base, container, problem, text, layout, name_cost(backward) + place / 2, both, loaded)
