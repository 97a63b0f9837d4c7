"""Plans for programs that train when they are run: one pass of the loop, with the program's variables replaced."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from derive.read.calling.making import Session, sample_point
from derive.read.finding.arguments import Bound, bind, bind_constructor, signature
from derive.read.finding.containers import Container
from derive.read.finding.evidence import Code, changes_parameters, first_product
from derive.read.finding.spelling import Ranked, Text, rate_path, settings, spelled
from derive.read.foreign.assigning import assign, sort, weight_places
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import any_name, has_role, numbered
from derive.read.foreign.plan import Call, Holder, Plan, Reading, Single
from derive.read.foreign.splitting import is_long as _long
from derive.read.foreign.walking import Path, as_array, is_number, leaves, word_of
from derive.read.problem import Problem


def scripts(loaded: Loaded, code: Code, problem: Problem, layout: str | None, notes: list[str]) -> Iterator[Ranked]:
    """Yield plans for the training at module level. notes: what was found wanting is added here."""
    script = loaded.script()
    if script is None:
        return
    holder = Holder("globals", "script")
    yield from _plans(loaded, code, problem, layout, notes, (holder,), Bound((), (), (), frozenset()))


def trainings(
    loaded: Loaded, code: Code, problem: Problem, layout: str | None, only: str | None, notes: list[str]
) -> Iterator[Ranked]:
    """Yield plans for functions and methods that make their weights themselves and train for many passes: for one."""
    for name, function in code.functions.items():
        if only is not None and only not in (name, name.partition(".")[0]):
            continue
        if not isinstance(function, ast.FunctionDef) or not any(map(_long, ast.walk(function))):
            continue
        owner, _, method = name.rpartition(".")
        found = vars(loaded.module).get(owner or name)
        parameters = signature(getattr(found, method) if owner else found) if callable(found) else None
        if parameters is None or (owner and (not parameters or parameters[0].name != "self")):
            continue
        holders: tuple[Holder, ...] = ()
        if owner:
            assert callable(found)
            made = signature(found)
            constructed = bind_constructor(made, problem) if made is not None else None
            if constructed is None:
                continue
            holders = (Holder("self", "class", owner, constructed.arguments),)
        bound = bind(parameters[1:] if owner else parameters, problem)
        if bound is None or bound.direct or bound.containers or not bound.roles & {"inputs", "pairs"}:
            continue
        if ("pairs" not in bound.roles and "targets" not in bound.roles) or loaded.script(name) is None:
            continue
        holder = Holder("globals", "script", name, bound.arguments)
        yield from _plans(loaded, code, problem, layout, notes, (holder, *holders), bound)


def _plans(
    loaded: Loaded, code: Code, problem: Problem, layout: str | None, notes: list[str], holders: tuple[Holder, ...],
    bound: Bound,
) -> Iterator[Ranked]:  # fmt: skip
    name = holders[0].by
    script = loaded.script(name)
    assert script is not None
    what = f"the {script.name} in {f'{name}, ' if name else ''}line {script.line}"
    try:
        empty = Plan("", 0, "script", (), holders)
        module = Session(loaded, empty, problem, sample_point(problem)).script_module(holders[0])
    except (Exception, SystemExit) as error:
        notes.append(f"{what}: what comes before it failed: {type(error).__name__}: {error}")
        return
    variables = {
        key: value for key, value in vars(module).items()
        if key in script.uses and not key.startswith("__") and not callable(value) and not inspect.ismodule(value)
        and not has_role(key, "rate")
    }  # fmt: skip
    inputs, targets, pairs = ("", "", "") if name else _data(variables, problem)
    singles = _singles(variables, problem) if not name and not inputs and not pairs else ()
    if not name and not pairs and not singles and not (inputs and targets):
        notes.append(f"{what} uses no variables that could be inputs and targets")
        return
    given = {argument.name for argument in holders[0].arguments}
    rest = {key: value for key, value in variables.items() if key not in {inputs, targets, pairs, *given}}
    found = [leaf for leaf in leaves(rest, loaded.own, ("['globals']",)) if not _result(leaf.path)]
    text = Text.of(code, name) if name else Text(first_product([loaded.tree]), False, False, not code.numpy)
    roles = bound.roles if name else frozenset(
        ("pairs",) if pairs else ("input", "target") if singles else ("inputs", "targets")
    )  # fmt: skip
    path = rate_path(loaded, holders[0], vars(module))
    if not path and "self" in vars(module):
        path = rate_path(loaded, holders[1], vars(module)["self"])
    known = assign(found, problem)
    if not known:
        notes.append(f"{what}: no variables that could be the parameters of {problem.sizes}")
    for assignment in known:
        container = Container(holders, assignment.places, "the program's variables", assignment)
        base = Plan(
            f"the {script.name}" + (f" in {name}" if name else ""), script.line, "script", (Call(""),),
            gradient="change", inputs=_path(inputs), targets=_path(targets), pairs=_path(pairs), singles=singles,
            rate=word_of(path[-1]) if path else "", rate_path=path, settings=settings(holders[0], vars(module)),
        )  # fmt: skip
        for ranked in spelled(base, container, problem, text, layout, 3, bound._replace(roles=roles), loaded):
            if name or pairs or singles or _lies(variables[inputs], ranked.plan.samples, problem):
                yield ranked


def straight(loaded: Loaded, code: Code, problem: Problem, layout: str | None, notes: list[str]) -> Iterator[Ranked]:
    """Yield plans for a program that calculates one gradient, or one update, line by line when it is run."""
    if not loaded.straight():
        return
    module = loaded.again(loaded.straight())
    variables = {
        key: value for key, value in vars(module).items()
        if not key.startswith("__") and not callable(value) and not inspect.ismodule(value)
    }  # fmt: skip
    inputs, targets, _ = _data(variables, problem)
    singles = () if inputs else _singles(variables, problem)
    if not inputs and not singles:
        return
    rest = {
        key: value for key, value in variables.items() if key not in (inputs, targets) and not has_role(key, "rate")
    }
    found = [leaf for leaf in leaves(rest, loaded.own, ("['globals']",)) if not _result(leaf.path)]
    readings: list[Reading] = []
    gradient = sort(found, gradient=True)
    if weight_places(gradient.weights, problem):
        readings.append("attributes")
    if changes_parameters([loaded.tree]):
        readings.append("change")
    holder = Holder("globals", "straight")
    path = rate_path(loaded, holder, variables)
    text = Text(first_product([loaded.tree]), False, False, not code.numpy)
    roles = frozenset(("input", "target") if singles else ("inputs", "targets"))
    for assignment in assign(found, problem) if readings else ():
        container = Container((holder,), assignment.places, "the program's variables", assignment)
        for reading in readings:
            base = Plan(
                "the program", 1, "script", (Call(""),), gradient=reading, inputs=_path(inputs), targets=_path(targets),
                singles=singles, rate=word_of(path[-1]) if path else "", rate_path=path,
            )  # fmt: skip
            for ranked in spelled(base, container, problem, text, layout, 3, Bound((), (), (), roles), loaded):
                if singles or _lies(variables[inputs], ranked.plan.samples, problem):
                    yield ranked


def _singles(variables: dict[str, Any], problem: Problem) -> tuple[Single, ...]:
    """Return variables x1, x2, … and t1, t2, …; () when they are not all there."""
    result: list[Single] = []
    wanted: tuple[tuple[Literal["inputs", "targets"], Literal["input", "target"], int], ...] = (
        ("inputs", "input", problem.sizes[0]), ("targets", "target", problem.sizes[-1])
    )  # fmt: skip
    for role, one, count in wanted:
        groups: dict[str, dict[int, str]] = {}
        for name, value in variables.items():
            if (number := numbered(name, role)) and is_number(value):
                groups.setdefault(name.rstrip("0123456789"), {})[number] = name
        full = [group for group in groups.values() if set(group) == set(range(1, count + 1))]
        if not full:
            return ()
        result += [Single(_path(name), one, number) for number, name in sorted(full[0].items())]
    return tuple(result)


def _path(name: str) -> Path:
    return ("['globals']", f"['{name}']") if name else ()


def _result(path: Path) -> bool:
    return has_role(word_of(path[1]), "outputs") if len(path) > 1 else False


def _data(variables: dict[str, Any], problem: Problem) -> tuple[str, str, str]:
    """Return the names of inputs and targets, or of a list of pairs."""
    arrays = {name: shape for name, value in variables.items() if (shape := _shape(value))}
    named = {
        role: [name for name in arrays if has_role(name, role)] for role in ("inputs", "targets", "pairs")
    }  # fmt: skip
    inputs = [n for n in named["inputs"] if problem.sizes[0] in arrays[n]] or [
        n for n, shape in arrays.items() if len(shape) == 2 and shape[1] == problem.sizes[0] and not any_name(n)
    ]
    targets = [n for n in named["targets"] if n not in inputs[:1]] or [
        n
        for n, shape in arrays.items()
        if inputs
        and n not in inputs[:1]
        and not any_name(n)
        and not has_role(n, "outputs")
        and shape[0] == arrays[inputs[0]][0]
        and (len(shape) == 1 or shape[-1] == problem.sizes[-1])
    ]
    if inputs and targets:
        return inputs[0], targets[0], ""
    pairs = [n for n, value in variables.items() if has_role(n, "pairs") and isinstance(value, (list, tuple))]
    return ("", "", pairs[0]) if pairs else ("", "", "")


def _shape(value: Any) -> tuple[int, ...]:
    value = as_array(value)
    if isinstance(value, np.ndarray):
        return tuple(value.shape)
    if isinstance(value, (list, tuple)) and value:
        try:
            return np.shape(value)
        except ValueError:
            return ()
    return ()


def _lies(value: Any, samples: str, problem: Problem) -> bool:
    """Whether inputs that lie as the program's own do could lie as `samples` says."""
    shape = _shape(value)
    size = problem.sizes[0]
    if len(shape) == 1:
        return samples == "one sample, vectors"
    if len(shape) == 2:
        if samples.startswith("rows"):
            return shape[1] == size
        return shape[0] == size if samples != "one sample, vectors" else False
    return len(shape) == 3 and samples.startswith("list")
