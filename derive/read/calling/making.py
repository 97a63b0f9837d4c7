"""Makes the objects and arguments that a plan asks for, and does its calls: all values fresh, all objects anew."""

from __future__ import annotations

import ast
import inspect
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from derive.read.calling.passing import Misfit, spread, value_for
from derive.read.calling.watching import Watch
from derive.read.foreign.loading import Action, Loaded, Script, run, run_step
from derive.read.foreign.names import has_role
from derive.read.foreign.plan import Argument, Call, Holder, Plan, Single
from derive.read.foreign.walking import Path, key_of, put
from derive.read.problem import Point, Problem, Values


def sample_point(problem: Problem) -> Point:
    """Return a point of doubles, to try with: no values that mean anything."""
    numbers = range(1, problem.layers + 1)
    return Point(
        tuple(np.full(problem.weight_shape(layer), 0.1) for layer in numbers),
        tuple(np.full(problem.bias_shape(layer), 0.1) for layer in numbers),
        np.full((problem.samples, problem.sizes[0]), 0.5),
        np.eye(problem.samples, problem.sizes[-1]),
        0.5,
    )


def described(table: Any, layers: int, problem: Problem | None = None) -> list[dict[str, Any]]:
    """Return a list of a dictionary for each layer, as a program has one: with the sizes and activations of `problem`.

    [] where the program's is no such list.  Without `problem`, only whether there is one matters.
    """
    if not isinstance(table, list) or not table or not all(isinstance(row, dict) for row in table):
        return []
    below = next((key for key in table[0] if has_role(str(key), "first size")), None)
    size = next((key for key in table[0] if has_role(str(key), "last size") and key != below), None)
    if below is None or size is None:
        return []
    result = []
    for layer in range(1, layers + 1):
        row = dict(table[0])
        if problem is not None:
            row[below], row[size] = problem.sizes[layer - 1], problem.sizes[layer]
            row |= {key: sys.intern(problem.activations[layer - 1]) for key in row if has_role(str(key), "activation")}
        result.append(row)
    return result


def _setting(path: Path, value: Any) -> Action:
    """Return what puts `value` at `path`, whose first step is the module itself."""

    def set_it(space: dict[str, Any]) -> None:
        put(space, path[1:], value)

    return set_it


def _all(actions: list[Action]) -> Action:
    def each(space: dict[str, Any]) -> None:
        for action in actions:
            action(space)

    return each


class Session:
    """One call of a program: its objects, its results, and what was lent to it."""

    def __init__(self, loaded: Loaded, plan: Plan, problem: Problem, point: Point) -> None:
        self.loaded, self.plan, self.problem, self.point = loaded, plan, problem, point
        self.watch = Watch()
        self.results: dict[str, Any] = {}
        self.held: dict[str, Any] = {}
        self.parts: list[Any] = []
        self.module = loaded.module

    # ── Before ───────────────────────────────────────────────────────────────────────────────────────────────

    def script_module(self, holder: Holder) -> ModuleType:
        """Return the module as it is when the training begins: that of the module, or that in a function of it."""
        script = self._script(holder.by)
        if holder.by:
            module = self.module = self.loaded.again()
            keywords = self._arguments(holder.arguments)[1]
            function = self.function(holder.by)
            space = vars(module)
            if "." in holder.by:
                space["self"] = self.made(self.plan.holders[1])
            for parameter in inspect.signature(function).parameters.values():
                if parameter.default is not parameter.empty:
                    space[parameter.name] = parameter.default
            space.update(keywords)
            run(script.before, space)
            return module
        plan = self.plan
        data = ((plan.inputs, self.inputs), (plan.targets, self.targets), (plan.pairs, self.pairs))
        return self.loaded.again(
            script.before, {key_of(path[1]): _setting(path, value()) for path, value in data if path}
        )

    def straight_module(self) -> ModuleType:
        """Return the module after all that it does, with what is given put where the program first assigns its own."""
        plan, point = self.plan, self.point
        given: list[tuple[Path, Any]] = [
            (path, value())
            for path, value in ((plan.inputs, self.inputs), (plan.targets, self.targets), (plan.pairs, self.pairs))
            if path
        ]
        given += [(single.path, self.single(single)) for single in plan.singles]
        given += [(place.path, value_for(place, plan, self.problem, point)) for place in plan.places]
        given += [(plan.rate_path, point.rate)] if plan.rate_path else []
        by_name: dict[str, list[Action]] = {}
        for path, value in given:
            by_name.setdefault(key_of(path[1]), []).append(_setting(path, value))
        actions = {name: _all(parts) for name, parts in by_name.items()}
        lines = frozenset(skipped.line for skipped in self.loaded.skipped)
        return self.loaded.again(self.loaded.straight(), actions, first=True, tolerated=lines)

    def single(self, single: Single) -> Any:
        """Return one input or target."""
        values = self.point.inputs if single.role == "input" else self.point.targets
        return values[0, single.number - 1]

    def _script(self, function: str) -> Script:
        script = self.loaded.script(function)
        if script is None:
            raise Misfit(f"{function or self.loaded.name} has no loop that trains")
        return script

    def made(self, holder: Holder) -> Any:
        match holder.made:
            case "literal":
                return ast.literal_eval(holder.by)
            case "namespace object":
                return SimpleNamespace(**ast.literal_eval(holder.by))
            case "module" | "script" | "straight":
                return vars(self.module)
            case "program":
                return self.module
            case "adapter":
                assert self.loaded.adapter is not None
                return self.loaded.adapter.module
            case "type":
                made = self.function(holder.by)
                fields = getattr(made, "_fields", None) or made.__dataclass_fields__
                return made(**dict.fromkeys(fields))
            case "layers":
                return self._parts(holder)
            case _:
                return self._built(holder)

    def _built(self, holder: Holder) -> Any:
        self.parts = self._parts(holder)
        positional, keywords = self._arguments(holder.arguments)
        made = self.function(holder.by)(*positional, **keywords)
        for part in self.parts if holder.add else ():
            getattr(made, holder.add)(part)
        for one in holder.then:
            positional, keywords = self._arguments(one.arguments)
            getattr(made, one.function)(*positional, **keywords)
        return made

    def _parts(self, holder: Holder) -> list[Any]:
        parts = []
        for part in holder.parts:
            positional, keywords = self._arguments(part.arguments)
            parts.append(self.function(part.by)(*positional, **keywords))
        return parts

    def function(self, name: str) -> Any:
        found: Any = self.module
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def inputs(self) -> Any:
        return self.watch.lend("inputs", self._samples(self.point.inputs))

    def targets(self) -> Any:
        plan, point = self.plan, self.point
        if plan.target in ("class indices", "class numbers from 1"):
            classes = point.classes + (plan.target != "class indices")
            if plan.samples.startswith("one sample"):
                return int(classes[0])
            return classes.tolist() if plan.lists else classes
        if plan.target == "one number a sample":
            column = point.targets[:, 0]
            if plan.samples.startswith("one sample"):
                return column[0]
            return self.watch.lend("targets", column.tolist() if plan.lists else column.copy())
        if plan.target == "columns":
            return self.watch.lend("targets", point.targets.T.copy())
        return self.watch.lend("targets", self._samples(point.targets))

    def _samples(self, values: Values) -> Any:
        plan = self.plan
        shaped: Any
        match plan.samples:
            case "columns" | "columns, one at a time":
                shaped = values.T.copy()
            case "one sample, vectors":
                shaped = values[0].copy()
            case "one sample, column vectors":
                shaped = values[0].reshape(-1, 1).copy()
            case "stack of rows, one at a time":
                shaped = values.reshape(len(values), 1, -1).copy()
            case "stack of columns, one at a time":
                shaped = values.reshape(len(values), -1, 1).copy()
            case "list of vectors":
                return [row.tolist() if plan.lists else row.copy() for row in values]
            case "list of column vectors":
                return [row.reshape(-1, 1).copy() for row in values]
            case _:
                shaped = values.copy()
        return shaped.tolist() if plan.lists else shaped

    # ── The calls ────────────────────────────────────────────────────────────────────────────────────────────

    def call(self, one: Call) -> Any:
        if one.function == "" and self.plan.holders[0].made == "straight":
            return None
        if one.function == "":
            return run_step(self._script(self.plan.holders[0].by), vars(self.module))
        positional, keywords = self._arguments(one.arguments)
        function = getattr(self.held[one.on], one.function) if one.on else self.function(one.function)
        return function(*positional, **keywords)

    def _arguments(self, arguments: tuple[Argument, ...]) -> tuple[list[Any], dict[str, Any]]:
        positional, keywords = [], {}
        for argument in arguments:
            value = self._argument(argument)
            if argument.positional:
                positional.append(value)
            else:
                keywords[argument.name] = value
        return positional, keywords

    def _argument(self, argument: Argument) -> Any:
        problem, point = self.problem, self.point
        match argument.role:
            case "inputs":
                return self.inputs()
            case "targets":
                return self.targets()
            case "labelled":
                values = self.inputs()
                return [*values, 0] if isinstance(values, list) else np.append(values, 0)
            case "input":
                return point.inputs[0, argument.number - 1]
            case "target":
                return point.targets[0, argument.number - 1]
            case "held":
                return self.held[argument.of]
            case "rate":
                return point.rate
            case "epochs":
                return 1
            case "samples":
                return problem.samples
            case "seed":
                return 0
            case "no":
                return False
            case "l1" | "l2":
                return getattr(problem, argument.role)
            case "sizes":
                return list(problem.sizes)
            case "size":
                return problem.sizes[argument.number]
            case "hidden sizes":
                return list(problem.sizes[1:-1])
            case "activation":
                return argument.of
            case "layer table":
                return described(getattr(self.module, argument.of), problem.layers, problem)
            case "parts":
                return self.parts
            case "part":
                return self.parts[argument.number]
            case "attribute":
                return getattr(self.held["self"], argument.of)
            case "variable":
                return getattr(self.module, argument.of)
            case "pairs":
                return self.pairs()
            case "initial weights" | "initial bias":
                return self._initial(argument)
            case "returned":
                return self._returned(argument)

    def _initial(self, argument: Argument) -> Any:
        """Return first weights or a first bias for a constructor that wants them; the plan's places replace them."""
        layer = argument.number
        lying, _, each = argument.of.partition(", ")
        if argument.role == "initial weights":
            w = self.point.weights[layer - 1]
            if lying in ("list", "nested"):
                return (w.reshape(-1) if lying == "list" else w).tolist()
            return (w.T if lying == "columns" else w).copy()
        bias = spread(self.point, self.problem, layer) if each else self.point.biases[layer - 1]
        if lying in ("list", "nested"):
            return bias.tolist() if each or self.problem.bias[layer - 1] != "shared" else bias[0]
        return bias.reshape({"columns": (1, -1), "rows": (-1,), "rows and columns": (-1, 1)}[lying]).copy()

    def pairs(self) -> list[tuple[Any, Any]]:
        inputs, targets = self.inputs(), self.targets()
        if self.plan.samples.startswith("one sample"):
            return [(inputs, targets)]
        return list(zip(inputs, targets, strict=True))

    def _returned(self, argument: Argument) -> Any:
        result = self.results[argument.of]
        if argument.number == -2:
            return result[argument.name]
        return result if argument.number < 0 else result[argument.number]
