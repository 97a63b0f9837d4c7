"""Plans for single functions of a program."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from derive.read.calling.making import described
from derive.read.finding.arguments import Bound, bind, signature
from derive.read.finding.building import losses
from derive.read.finding.containers import Container, containers, direct, flat_lists
from derive.read.finding.evidence import Code, as_lists, changes_parameters, speaks_of_gradients
from derive.read.finding.spelling import Ranked, Text, spelled
from derive.read.foreign.assigning import assign
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import BY_ORDER, any_name, gradient_name, has_role, is_slope, parameter_name, plain
from derive.read.foreign.plan import Argument, Call, EntryKind, Holder, Plan, Reading
from derive.read.foreign.walking import Path, leaves, word_of
from derive.read.problem import Problem

GRADIENT_PARTS = (
    "grad", "backprop", "back_prop", "backward", "deriv", "nabla", "backpropagate", "back_propagat", "bprop"
)  # fmt: skip
UPDATE_PARTS = ("train", "update", "step", "fit", "learn", "sgd", "descent", "optim", "epoch")


def name_cost(name: str) -> float:
    """Return how implausible a function is as what gives the gradient, by its name."""
    small = name.lower()
    if plain(name.rpartition(".")[2]) in ("gradients", "gradient", "backprop", "backpropagation"):
        return 0
    if any(part in small for part in GRADIENT_PARTS):
        return 1
    return 2 if any(part in small for part in UPDATE_PARTS) else 4


def own_functions(loaded: Loaded) -> dict[str, Any]:
    """Return the program's functions by name."""
    return {
        name: value
        for name, value in vars(loaded.module).items()
        if callable(value) and not isinstance(value, type) and not name.startswith("__")
        and (getattr(value, "__module__", loaded.own) == loaded.own)
    }  # fmt: skip


def variables(loaded: Loaded) -> dict[str, Argument]:
    """Return the module's variables that may fill an argument of the same name, by the names in small."""
    return {
        name.lower(): Argument(name, "layer table" if described(value, 1) else "variable", 0, name)
        for name, value in vars(loaded.module).items()
        if not name.startswith("__") and not callable(value) and not inspect.ismodule(value)
    }


def line_of(code: Code, name: str, function: Any = None) -> int:
    node = code.functions.get(name)
    if node is not None:
        return node.lineno
    return getattr(getattr(function, "__code__", None), "co_firstlineno", 0)


def readings(code: Code, name: str, *, passed: bool) -> list[Reading]:
    """Return how the gradient may be read after a function was called. passed: whether the parameters are arguments."""
    if code.unknown(name):
        return ["returned", "change"]
    names = code.returns(name)
    nodes = code.below(name)
    if not names:
        return ["change"]
    small = name.lower()
    gradients = any(gradient_name(part) or has_gradient_word(part) for part in names)
    news = [part for part in names if parameter_name(part) or has_role(part, "container")]
    updating = changes_parameters(nodes[:1])
    if gradients:
        return ["returned"]
    if news and (updating or any(part in small for part in UPDATE_PARTS)):
        return ["returned parameters", "returned"] if passed else ["change", "returned parameters"]
    if any(part in small for part in GRADIENT_PARTS) or any(any_name(part) for part in names):
        return ["returned", "change"] if updating else ["returned"]
    if updating:
        return ["change", "returned"]
    return ["returned"]


def has_gradient_word(name: str) -> bool:
    small = name.lower()
    return "grad" in small or "nabla" in small or "deriv" in small


def functions(loaded: Loaded, code: Code, problem: Problem, layout: str | None, only: str | None) -> Iterator[Ranked]:
    """Yield plans for single functions."""
    for name, function in own_functions(loaded).items():
        if only is not None and name != only:
            continue
        parameters = signature(function)
        known = {**variables(loaded), **losses(loaded, problem)}
        bound = bind(parameters, problem, known=known) if parameters is not None else None
        if bound is None or not _has_data(bound) or (only is None and (is_slope(name) or not _plausible(code, name))):
            continue
        yield from _of_function(loaded, code, problem, layout, name, bound, function)


def _plausible(code: Code, name: str) -> bool:
    """Whether a function may have to do with gradients, by its name or its text."""
    if code.unknown(name) or name_cost(name) < 4:
        return True
    nodes = code.below(name)
    return changes_parameters(nodes) or speaks_of_gradients(nodes)


def _has_data(bound: Bound) -> bool:
    roles = bound.roles
    return bool(roles & {"inputs", "input", "pairs"}) and bool(roles & {"targets", "target", "pairs"})


def _of_function(
    loaded: Loaded, code: Code, problem: Problem, layout: str | None, name: str, bound: Bound, function: Any
) -> Iterator[Ranked]:
    text = Text.of(code, name)
    held = tuple(a.name for a in bound.arguments if a.role == "held" and parameter_name(a.name))
    call = Call(name, bound.arguments, results=filled(code.returns(name), held))
    kind: EntryKind = "train step" if name_cost(name) == 2 else "function"
    if bound.direct or bound.containers:
        for cost, container in enumerate(held_by(loaded, code, name, bound, problem)):
            built = any(holder.parts for holder in container.holders)
            text = text._replace(stacks=built)
            ways: list[Reading] = ["change"] if built else readings(code, name, passed=True)
            for reading in ways:
                base = Plan(name, line_of(code, name, function), kind, (call,), gradient=reading)
                yield from spelled(base, container, problem, text, layout, name_cost(name) + cost / 2, bound, loaded)
        return
    for container in in_globals(loaded, code, name, problem):
        for reading in readings(code, name, passed=False):
            base = Plan(name, line_of(code, name, function), kind, (call,), gradient=reading)
            yield from spelled(base, container, problem, text, layout, name_cost(name) + 1, bound, loaded)


def filled(results: tuple[str, ...], direct: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a function returns, named by its arguments in order where there are as many and names are missing."""
    losses = [name for name in results if has_role(name, "loss")]
    rest = [name for name in results if name not in losses]
    if len(rest) != len(direct) or len(rest) < 2 or all(map(any_name, rest)):
        return results
    for name, argument in zip(rest, direct, strict=True):
        found, wanted = any_name(name), parameter_name(argument)
        if found and wanted and (found.kind, found.key) != (wanted.kind, wanted.key):
            return results
    names = iter(_numbered(rest, direct) or direct)
    return tuple(name if name in losses else f"{BY_ORDER}{next(names)}" for name in results)


def _numbered(results: Sequence[str], direct: Sequence[str]) -> list[str]:
    """Return arguments in the order of results that have no names but their numbers; [] where they have none."""
    if len({found.kind for name in direct if (found := parameter_name(name))}) > 1:
        return []
    by_number = {digits: name for name in direct if (digits := _digits(name))}
    order = [by_number.get(_digits(name), "") for name in results]
    return order if "" not in order and len(set(order)) == len(direct) else []


def _digits(name: str) -> str:
    return name[len(name.rstrip("0123456789")) :]


def held_by(loaded: Loaded, code: Code, name: str, bound: Bound, problem: Problem) -> Iterator[Container]:
    both = (*bound.direct, *bound.containers)
    if form := flat_lists(both, code.below(name), problem):
        yield form
    if problem.layers == 1 and as_lists(code.below(name)[:1], both) and (form := direct(both, problem, listed=True)):
        yield form
    if bound.direct and (form := direct(bound.direct, problem)):
        extra = tuple(Holder(n, "literal", "None") for n in bound.containers if n not in bound.direct)
        if not bound.containers:
            yield form._replace(holders=(*form.holders, *extra))
    if bound.containers and bound.direct and (form := direct(both, problem)):
        yield form
    if len(both) == 1:
        yield from containers(loaded, code, name, both[0], problem)


def in_globals(loaded: Loaded, code: Code, name: str, problem: Problem) -> Iterator[Container]:
    """Yield the module's own variables as a container, where a function uses them."""
    used = set(getattr(getattr(getattr(loaded.module, name, None), "__code__", None), "co_names", ()))
    used |= {part.id for node in code.below(name) for part in ast.walk(node) if isinstance(part, ast.Name)}
    variables = {
        key: value for key, value in vars(loaded.module).items()
        if key in used and not key.startswith("__") and not callable(value) and not inspect.ismodule(value)
    }  # fmt: skip
    found = [leaf for leaf in leaves(variables, loaded.own, ("['globals']",)) if _is_value(leaf.path)]
    for known in assign(found, problem):
        yield Container((Holder("globals", "module"),), known.places, "the module's variables", known)


def _is_value(path: Path) -> bool:
    return not any(has_role(word_of(step), "rate") for step in path)
