"""Plans for the form that needs no guess: gradients(parameters, x, t), with dictionaries in the spec's own layout."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from derive.read.finding.arguments import signature
from derive.read.finding.evidence import Code
from derive.read.finding.functions import line_of, own_functions
from derive.read.finding.spelling import Ranked
from derive.read.foreign.loading import Loaded
from derive.read.foreign.plan import Argument, Call, Holder, Place, Plan
from derive.read.problem import Problem

ORDER = (("parameters", "params"), ("x", "X"), ("t", "T", "y", "Y"))


def keys(problem: Problem) -> list[tuple[str, Place]]:
    """Return the keys of the dictionary, and what is there: W1, b1, W2, …; no key for a layer without biases."""
    found = []
    for layer in range(1, problem.layers + 1):
        found.append((f"W{layer}", Place(("['parameters']", f"['W{layer}']"), "weights", layer)))
        if problem.bias[layer - 1] != "none":
            found.append((f"b{layer}", Place(("['parameters']", f"['b{layer}']"), "biases", layer)))
    return found


def _dictionary(problem: Problem) -> Holder:
    return Holder("parameters", "literal", repr({key: None for key, _ in keys(problem)}))


def by_adapter(problem: Problem) -> Plan:
    """Return the plan of an adapter: gradients(code, parameters, x, t)."""
    call = Call(
        "gradients",
        (
            Argument("code", "held", 0, "code", True), Argument("parameters", "held", 0, "parameters", True),
            Argument("x", "inputs", positional=True), Argument("t", "targets", positional=True),
        ),
        "adapter",
    )  # fmt: skip
    holders = (Holder("adapter", "adapter"), Holder("code", "program"), _dictionary(problem))
    places = tuple(place for _, place in keys(problem))
    return Plan("gradients of the adapter", 0, "function", (call,), holders, places, container="dictionary")


def simplest(loaded: Loaded, code: Code, problem: Problem, layout: str | None, only: str | None) -> Iterator[Ranked]:
    """Yield the plan for a function gradients(parameters, x, t) of the program's own, or for one that is named."""
    name = only or "gradients"
    function = own_functions(loaded).get(name)
    if function is None or layout == "columns are neurons":
        return
    parameters = signature(function) or []
    if len(parameters) < 3 or any(p.name not in names for p, names in zip(parameters, ORDER, strict=False)):
        return
    if any(p.default is p.empty for p in parameters[3:]):
        return
    names = [p.name for p in parameters]
    arguments = (
        Argument(names[0], "held", 0, "parameters", True), Argument(names[1], "inputs", positional=True),
        Argument(names[2], "targets", positional=True),
    )  # fmt: skip
    call = Call(name, arguments, results=code.returns(name))
    places = tuple(place for _, place in keys(problem))
    plan = Plan(
        name, line_of(code, name, function), "function", (call,), (_dictionary(problem),), places,
        container="dictionary",
    )  # fmt: skip
    yield Ranked(-1, plan)
    if "shared" in problem.bias:
        yield Ranked(-0.5, structs.replace(plan, shared="each neuron"))
