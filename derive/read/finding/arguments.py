"""Says with what each argument of a function is filled, by its name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from derive.read.foreign.names import has_role, numbered, parameter_name, plain
from derive.read.foreign.plan import Argument, Role
from derive.read.problem import Problem

_CALLED_ROLES: tuple[Role, ...] = ("rate", "epochs", "l2", "l1", "seed", "no")
_WORDS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu", "identity": "linear", "softmax": "softmax"}


class Bound(NamedTuple):
    """arguments: for each that is given.  direct: those that are single parameters.  containers: those of all.

    roles: what was found among them.
    """

    arguments: tuple[Argument, ...]
    direct: tuple[str, ...]
    containers: tuple[str, ...]
    roles: frozenset[str]


class Result(NamedTuple):
    """Something that an earlier call returned: the name under which the call is kept, and which part of it."""

    kept: str
    number: int = -1


def signature(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """Return the parameters of a function; None where it has no signature."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def bind(
    parameters: Sequence[inspect.Parameter],
    problem: Problem,
    results: Mapping[str, Result] | None = None,
    known: Mapping[str, Argument] | None = None,
) -> Bound | None:
    """Return what a function's arguments are filled with; None where one that is required has no known name.

    results: what earlier calls returned, by name.  known: other arguments that are known, by the names in small.
    """
    results = results or {}
    of_custom: dict[str, Role]
    arguments: list[Argument] = []
    direct: list[str] = []
    containers: list[str] = []
    roles: set[str] = set()
    skipped = False
    of_custom = {"N": "rate", "M": "no"} if {"N", "M"} <= {p.name for p in parameters} else {}
    if not any(has_role(p.name, "targets") or numbered(p.name, "targets") for p in parameters):
        roles.add("pairs wanted")
    for parameter in parameters:
        name = parameter.name
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        optional = parameter.default is not parameter.empty
        if name in of_custom:  # N: learning rate, M: momentum, as in the program that many have copied
            argument: Argument | None = Argument(name, of_custom[name])
        else:
            argument = _argument(parameter, problem, results, optional, roles)
        if argument is None and known and not optional and name.lower() in known:
            argument = structs.replace(known[name.lower()], name=name)
        if argument is None:
            if not optional:
                return None
            skipped = True
            continue
        positional = parameter.kind is parameter.POSITIONAL_ONLY
        if positional and skipped:
            return None
        arguments.append(Argument(argument.name, argument.role, argument.number, argument.of, positional))
        roles.add(argument.role)
        if argument.role == "held":
            alone = parameter_name(name)
            (direct if alone and (alone.key or not has_role(name, "container")) else containers).append(name)
    return Bound(tuple(arguments), tuple(direct), tuple(containers), frozenset(roles))


def _argument(
    parameter: inspect.Parameter, problem: Problem, results: Mapping[str, Result], optional: bool, roles: set[str]
) -> Argument | None:
    name = parameter.name
    if name in results:
        return Argument(name, "returned", results[name].number, results[name].kept)
    if parameter_name(name) and plain(name) != "y":
        return Argument(name, "held", 0, name)
    for role in ("inputs", "targets"):
        if (number := numbered(name, role)) and number <= (problem.sizes[0] if role == "inputs" else problem.sizes[-1]):
            return Argument(name, "input" if role == "inputs" else "target", number)
    if has_role(name, "pairs") and "pairs wanted" in roles and "pairs" not in roles and not results:
        return Argument(name, "pairs")
    if has_role(name, "inputs") and "inputs" not in roles:
        return Argument(name, "inputs")
    if has_role(name, "targets") and "targets" not in roles:
        return Argument(name, "targets")
    if has_role(name, "container") and not optional:
        return Argument(name, "held", 0, name)
    if has_role(name, "batch size"):
        return Argument(name, "samples")
    for role in _CALLED_ROLES:
        if has_role(name, role):
            if role in ("no", "seed") and optional and not isinstance(parameter.default, bool):
                return None
            return Argument(name, role)
    if has_role(name, "outputs"):
        if "outputs" in results:
            return Argument(name, "returned", results["outputs"].number, results["outputs"].kept)
        if "inputs" in roles and "targets" not in roles:
            return Argument(name, "targets")
    if has_role(name, "cache") and "cache" in results and not optional:
        return Argument(name, "returned", results["cache"].number, results["cache"].kept)
    if optional:
        return None
    return _structure(name, problem) or (Argument(name, "samples") if has_role(name, "samples") else None)


def _structure(name: str, problem: Problem) -> Argument | None:
    if has_role(name, "sizes"):
        return Argument(name, "sizes")
    if has_role(name, "hidden sizes"):
        return Argument(name, "hidden sizes")
    if has_role(name, "first size"):
        return Argument(name, "size", 0)
    if has_role(name, "last size"):
        return Argument(name, "size", problem.layers)
    if has_role(name, "hidden size") and problem.layers == 2:
        return Argument(name, "size", 1)
    base = name.rstrip("0123456789").rstrip("_")
    if base != name and has_role(base, "hidden size"):
        number = int(name[len(base) :].lstrip("_"))
        if 1 <= number < problem.layers:
            return Argument(name, "size", number)
    return None


FIRST_VALUES = ("rows", "columns", "rows and columns")
"""How arrays of first weights and biases may lie: neurons in rows; in columns, biases as rows; in rows, as columns."""
FIRST_LISTS = ("list", "nested")
"""How lists of first weights may lie: one number after the other, or a list for each neuron."""
EACH = ", each neuron"
"""Added to how first values lie: a bias that a layer shares is given to each of its neurons."""


def bind_constructor(
    parameters: Sequence[inspect.Parameter], problem: Problem, lying: str = "list", *, optional_too: bool = False
) -> Bound | None:
    """Return what a constructor's arguments are filled with; None where one that is required has no known name.

    lying: how first weights lie, if it wants them: one of `FIRST_LISTS` or of `FIRST_VALUES`, and maybe `EACH`.
    optional_too: whether first values are given where the constructor does without, or says so.
    """
    arguments: list[Argument] = []
    roles: set[str] = set()
    if problem.layers > 1 and not any(_sizes_layers(parameter.name) for parameter in parameters):
        roles.add("data")  # "inputs" and "outputs" are no numbers of neurons where nothing is said of hidden ones
    first = _first_values(parameters, problem, lying, optional_too)
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        optional = parameter.default is not parameter.empty
        argument = _constructing(parameter, problem, optional, roles) or first.get(parameter.name)
        if argument is None:
            if not optional:
                return None
            continue
        roles.add(argument.role)
        arguments.append(argument)
    return Bound(tuple(arguments), (), (), frozenset(roles))


def _first_values(
    parameters: Sequence[inspect.Parameter], problem: Problem, lying: str, optional_too: bool
) -> dict[str, Argument]:
    """Return arguments for first weights and biases, one for each layer: required ones, or those that are None too."""
    found: dict[str, Argument] = {}
    roles: tuple[tuple[str, Role], ...] = (("weights", "initial weights"), ("biases", "initial bias"))
    for kind, role in roles:
        named = []
        for parameter in parameters:
            meant = parameter_name(parameter.name)
            wanted = parameter.default is parameter.empty or (optional_too and parameter.default is None)
            if meant is not None and meant.kind == kind and wanted:
                named.append((meant.key, parameter.name))
        if len(named) == problem.layers:
            found |= {name: Argument(name, role, layer, lying) for layer, (_, name) in enumerate(sorted(named), 1)}
    return found


def _sizes_layers(name: str) -> bool:
    base = name.rstrip("0123456789").rstrip("_")
    return any(has_role(part, role) for part in (name, base) for role in ("sizes", "hidden sizes", "hidden size"))


def _constructing(parameter: inspect.Parameter, problem: Problem, optional: bool, roles: set[str]) -> Argument | None:
    name = parameter.name
    if has_role(name, "rate"):
        return Argument(name, "rate")
    if has_role(name, "epochs"):
        return Argument(name, "epochs")
    if "data" in roles and not optional and (has_role(name, "inputs") or has_role(name, "targets")):
        return Argument(name, "inputs" if has_role(name, "inputs") else "targets")
    structure = _structure(name, problem)
    if structure and not (optional and isinstance(parameter.default, float)):
        return structure
    for role in ("l2", "l1"):
        if has_role(name, role):
            return Argument(name, role)
    if has_role(name, "batch size"):
        return Argument(name, "samples")
    if optional:
        return None
    if has_role(name, "seed"):
        return Argument(name, "seed")
    if has_role(name, "inputs") or plain(name) == "inputarray":
        return Argument(name, "inputs")
    if has_role(name, "targets") or plain(name) == "outputarray":
        return Argument(name, "targets")
    for role, place in (("activation", 0), ("last activation", -1)):
        if has_role(name, role) and (word := _WORDS.get(problem.activations[place])):
            return Argument(name, "activation", 0, word)
    return Argument(name, "no") if has_role(name, "no") else None
