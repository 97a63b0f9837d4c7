"""Plans for classes: an object is made, its parameters are replaced, and its methods are called."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from msgspec import structs

from derive.read.finding.arguments import EACH, FIRST_LISTS, FIRST_VALUES, Bound, bind, bind_constructor, signature
from derive.read.finding.building import built
from derive.read.finding.containers import Container, instance
from derive.read.finding.evidence import Code, changes_parameters, leaves_gradients
from derive.read.finding.functions import (
    GRADIENT_PARTS,
    UPDATE_PARTS,
    has_gradient_word,
    line_of,
    name_cost,
)
from derive.read.finding.pipelines import results_of
from derive.read.finding.spelling import Ranked, Text, rate_path, settings, spelled
from derive.read.foreign.assigning import assign
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import any_name, gradient_name, is_slope, parameter_name, plain
from derive.read.foreign.plan import Call, EntryKind, Holder, Plan, Reading
from derive.read.foreign.splitting import is_long
from derive.read.foreign.walking import leaves, word_of
from derive.read.problem import Problem

_FORWARD = ("forward", "feedforward", "feed_forward", "fprop", "predict", "__call__", "run", "activate")


def own_classes(loaded: Loaded) -> dict[str, type]:
    """Return the program's classes by name."""
    return {
        name: value for name, value in vars(loaded.module).items()
        if isinstance(value, type) and value.__module__ == loaded.own and not issubclass(value, BaseException)
        and not hasattr(value, "_fields")
    }  # fmt: skip


def classes(
    loaded: Loaded, code: Code, problem: Problem, layout: str | None, only: str | None, notes: list[str]
) -> Iterator[Ranked]:
    """Yield plans for the program's classes. notes: what was found wanting is added here."""
    for name, cls in own_classes(loaded).items():
        if only is not None and only.partition(".")[0] != name:
            continue
        method = only.partition(".")[2] if only else ""
        parameters = signature(cls)
        bound = bind_constructor(parameters, problem) if parameters is not None else None
        if bound is None:
            unknown = ", ".join(p.name for p in parameters or () if p.default is p.empty)
            notes.append(f"{name}({unknown}): with what to call this is not known")
            continue
        spread = ("", EACH) if "shared" in problem.bias else ("",)
        given = [
            bind_constructor(parameters or (), problem, lying + each, optional_too=True)
            for each in spread for lying in (FIRST_VALUES if code.numpy else FIRST_LISTS)
        ]  # fmt: skip
        ways = [way for way in given if way is not None and way.roles & {"initial weights", "initial bias"}]
        if not bound.roles & {"initial weights", "initial bias"}:
            ways.append(bound)
        for way in dict.fromkeys(ways):
            holder = Holder("self", "class", name, way.arguments)
            yield from _made(loaded, code, problem, layout, name, cls, way, method, notes, holder)
    for holder, cls in built(loaded, problem):
        if only is None or only.partition(".")[0] == holder.by:
            method = only.partition(".")[2] if only else ""
            roles = frozenset(a.role for one in holder.then for a in one.arguments)
            way = Bound(holder.arguments, (), (), roles)
            yield from _made(loaded, code, problem, layout, holder.by, cls, way, method, notes, holder)


def _made(
    loaded: Loaded, code: Code, problem: Problem, layout: str | None, name: str, cls: type, bound: Bound, method: str,
    notes: list[str], holder: Holder,
) -> Iterator[Ranked]:  # fmt: skip
    try:
        made = instance(loaded, holder, problem)
    except (Exception, SystemExit) as error:
        notes.append(f"{name}(…) failed: {type(error).__name__}: {error}")
        return
    found = list(leaves(made, loaded.own, ("['self']",)))
    if not any(leaf.shape for leaf in found) and (begun := _begun(made, holder, problem)):
        bound = bound._replace(roles=bound.roles | {a.role for one in begun.then for a in one.arguments})
        holder = begun
        try:
            made = instance(loaded, holder, problem)
        except (Exception, SystemExit) as error:
            notes.append(f"{name}.{holder.then[0].function}(…) failed: {type(error).__name__}: {error}")
            return
        found = list(leaves(made, loaded.own, ("['self']",)))
    factors = settings(holder, made)
    containers = [
        Container((holder,), known.places, "the object's attributes", known)
        for known in assign([leaf for leaf in found if not _setting(leaf.path)], problem)
    ]
    if not containers:
        shapes = ", ".join(f"{leaf.path[-1]} {leaf.shape}" for leaf in found[:6])
        notes.append(f"{name}: no attributes that could be the parameters of {problem.sizes} ({shapes or 'none'})")
    for container in containers:
        for cost, plan in _of_class(loaded, code, problem, layout, name, cls, made, bound, container, method):
            yield Ranked(cost, structs.replace(plan, settings=factors) if factors else plan)


def _begun(made: Any, holder: Holder, problem: Problem) -> Holder | None:
    """Return a holder whose method for a beginning is called too; None where there is none."""
    for method in methods(type(made)):
        if plain(method) in ("init", "initialize", "initialise", "setup", "build", "initweights", "initializeweights"):
            parameters = signature(getattr(made, method))
            bound = bind_constructor(parameters, problem) if parameters is not None else None
            if bound is not None:
                return structs.replace(holder, then=(Call(method, bound.arguments, "self"),))
    return None


def _setting(path: tuple[str, ...]) -> bool:
    return "rate" in word_of(path[-1]).lower() or word_of(path[-1]) in ("lr", "eta", "alpha")


def methods(cls: type) -> dict[str, Any]:
    """Return a class's methods, without those of Python's own."""
    return {
        name: value for name, value in inspect.getmembers(cls, callable)
        if (not name.startswith("__") or name == "__call__") and (inspect.isfunction(value) or inspect.ismethod(value))
    }  # fmt: skip


def _of_class(
    loaded: Loaded, code: Code, problem: Problem, layout: str | None, name: str, cls: type, made: Any,
    constructed: Bound, container: Container, only: str,
) -> Iterator[Ranked]:  # fmt: skip
    known = methods(cls)
    forwards = [
        m for m in known if any(part in m.lower() for part in _FORWARD) and _takes_inputs(made, m, problem, constructed)
    ]
    forwards.sort(key=lambda m: next(k for k, part in enumerate(_FORWARD) if part in m.lower()))
    for method in known:
        if (only and method != only) or ((method in forwards or is_slope(method)) and not only):
            continue
        parameters = signature(getattr(made, method))
        if parameters is None:
            continue
        qualified = f"{name}.{method}"
        bound = _attributes(bind(parameters, problem), made)
        chains: list[tuple[tuple[Call, ...], Bound]] = []
        if bound is not None and _complete(bound, constructed) and not (bound.direct or bound.containers):
            last = Call(method, bound.arguments, "self", code.returns(qualified))
            chains.append(((last,), bound))
        forward_first = not chains or not _calls(code, qualified, forwards)
        if forward_first and any(part in method.lower() for part in (*GRADIENT_PARTS, *UPDATE_PARTS)):
            chains = [*_chains(made, code, problem, name, method, forwards, constructed), *chains]
        for place, (calls, arguments) in enumerate(chains):
            for ending, reading in _readings(made, code, name, method, known, problem):
                if reading == "change" and _too_long(code, qualified, arguments, constructed):
                    continue
                kind: EntryKind = "train step" if reading == "change" else "method"
                base = Plan(
                    qualified, line_of(code, qualified), kind, (*calls, *ending), gradient=reading,
                    outputs="forward" if len(calls) > 1 else "",
                    **_rate_of(loaded, code, name, made, container, constructed, reading),
                )  # fmt: skip
                text = Text.of(code, *(f"{name}.{one.function}" for one in calls))
                roles = arguments.roles | {a.role for one in ending for a in one.arguments}
                joint = arguments._replace(roles=frozenset(roles))
                text = text._replace(stacks=bool(container.holders[0].parts))
                cost = name_cost(method) + place * 0.5 + (reading == "change") * 0.2
                yield from spelled(base, container, problem, text, layout, cost, joint, loaded)


def _too_long(code: Code, qualified: str, bound: Bound, constructed: Bound) -> bool:
    """Whether a method trains for many passes, and nobody can tell it to do one."""
    node = code.functions.get(qualified)
    return node is not None and "epochs" not in bound.roles | constructed.roles and any(map(is_long, ast.walk(node)))


def _rate_of(
    loaded: Loaded, code: Code, name: str, made: Any, container: Container, constructed: Bound, reading: Reading
) -> dict[str, Any]:
    if reading != "change" or "rate" in constructed.roles:
        return {}
    path = rate_path(loaded, container.holders[0], made)
    return {"rate": word_of(path[-1]), "rate_path": path} if path else {}


def _takes_inputs(made: Any, method: str, problem: Problem, constructed: Bound) -> bool:
    parameters = signature(getattr(made, method))
    bound = _attributes(bind(parameters, problem), made) if parameters is not None else None
    if bound is None or bound.direct or bound.containers:
        return False
    needed = {a.role for a in bound.arguments} - {"inputs", "no", "pairs", "attribute"}
    return not needed & {"targets"} and (
        "inputs" in bound.roles or "pairs" in bound.roles or "inputs" in constructed.roles
    )


def _attributes(bound: Bound | None, made: Any) -> Bound | None:
    """Return arguments where those that are parameters by their names are the object's attributes of these names."""
    names = {} if bound is None else dict.fromkeys((*bound.direct, *bound.containers))
    if bound is None or not names or not all(hasattr(made, name) for name in names):
        return bound
    arguments = tuple(
        structs.replace(a, role="attribute", of=a.name) if a.name in names else a for a in bound.arguments
    )  # fmt: skip
    return bound._replace(arguments=arguments, direct=(), containers=())


def _complete(bound: Bound, constructed: Bound) -> bool:
    roles = bound.roles | (constructed.roles & {"inputs", "targets"})
    return bool(roles & {"inputs", "pairs"}) and bool(roles & {"targets", "pairs"})


def _calls(code: Code, qualified: str, forwards: list[str]) -> bool:
    """Whether a method calls a forward pass itself, or has products of its own and so needs none."""
    from derive.read.foreign.splitting import called

    return any(name in forwards for node in code.below(qualified) for name in called(node))


def _chains(
    made: Any, code: Code, problem: Problem, name: str, method: str, forwards: list[str], constructed: Bound
) -> Iterator[tuple[tuple[Call, ...], Bound]]:
    parameters = signature(getattr(made, method))
    for forward in forwards[:2]:
        before = signature(getattr(made, forward))
        first = _attributes(bind(before, problem), made) if before is not None else None
        if first is None or parameters is None:
            continue
        arguments = tuple(
            a if a.role != "pairs" else type(a)(a.name, "inputs", a.number, a.of, a.positional) for a in first.arguments
        )
        names = code.returns(f"{name}.{forward}")
        second = _attributes(bind(parameters, problem, results_of(names, "forward")), made)
        if second is None or second.direct or second.containers or "pairs" in second.roles:
            continue
        roles = first.roles | second.roles | (constructed.roles & {"inputs", "targets"})
        if "targets" not in roles or not roles & {"inputs", "pairs"}:
            continue
        calls = (
            Call(forward, arguments, "self", names, "forward"),
            Call(method, second.arguments, "self", code.returns(f"{name}.{method}")),
        )
        yield calls, second._replace(roles=frozenset(roles - {"pairs"}))


def _readings(
    made: Any, code: Code, name: str, method: str, known: dict[str, Any], problem: Problem
) -> Iterator[tuple[tuple[Call, ...], Reading]]:
    """Yield how the gradient may be read after a method, and what is called after it for that."""
    qualified = f"{name}.{method}"
    if code.unknown(qualified):
        for reading in ("returned", "attributes", "change"):
            yield (), reading
        return
    names = code.returns(qualified)
    nodes = code.below(qualified)
    if any(gradient_name(part) or has_gradient_word(part) for part in names) or (
        names and _named_gradient(method, names)
    ):
        yield (), "returned"
    if leaves_gradients(nodes):
        yield (), "attributes"
    if changes_parameters(nodes) or any(part in method.lower() for part in UPDATE_PARTS):
        yield (), "change"
        return
    if not any(part in method.lower() for part in GRADIENT_PARTS):
        return
    if names and not _named_gradient(method, names):
        yield (), "returned"
    for update in known:
        if update != method and any(part in update.lower() for part in ("update", "step", "apply", "descent")):
            parameters = signature(getattr(made, update))
            bound = bind(parameters, problem) if parameters is not None else None
            if bound is not None and bound.roles <= {"rate", "pairs wanted"} and not bound.direct:
                yield (Call(update, bound.arguments, "self"),), "change"


def _named_gradient(method: str, names: tuple[str, ...]) -> bool:
    return any(part in method.lower() for part in ("grad", "deriv", "prime")) or any(
        any_name(part) is not None and not parameter_name(part) for part in names
    )
