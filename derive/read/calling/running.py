"""Calls a program as a plan says, once, and reads the gradient: the values fresh, the objects made anew."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any, NamedTuple

import numpy as np
from msgspec import structs

from derive.read.calling.making import Session
from derive.read.calling.passing import Still, array_from, joined, value_for
from derive.read.calling.reading import (
    as_one,
    changed_by,
    gradient_left,
    gradient_returned,
    named,
    new_parameters,
)
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import has_role
from derive.read.foreign.plan import Call, Plan
from derive.read.foreign.walking import as_array, at, put
from derive.read.problem import Found, Point, Problem, Values


class Called(NamedTuple):
    """What was found, and which of what was passed has been changed in place: "inputs", "targets", "W1", "b1", …"""

    found: Found
    changed: tuple[str, ...]


def call(loaded: Loaded, plan: Plan, problem: Problem, point: Point) -> Found:
    """Return the gradient that a program gives at `point`, in the network's own layout.

    Raises Misfit where what comes back cannot be a gradient, and whatever the program raises.
    """
    return call_and_watch(loaded, plan, problem, point).found


def call_and_watch(loaded: Loaded, plan: Plan, problem: Problem, point: Point, *, twice: bool = False) -> Called:
    """Call a program as `call` does, and tell which of the arrays passed to it it changed in place.

    twice: call the same objects twice, and read the gradient after the second time.
    """
    if not plan.one_at_a_time or problem.samples == 1:
        return _called(loaded, plan, problem, point, twice)
    one = structs.replace(problem, samples=1)
    every = [
        _called(
            loaded, plan, one, point._replace(inputs=point.inputs[s : s + 1], targets=point.targets[s : s + 1]), twice
        )
        for s in range(problem.samples)
    ]  # fmt: skip
    changed = tuple(dict.fromkeys(name for called in every for name in called.changed))
    return Called(_together([called.found for called in every], problem), changed)


def _called(loaded: Loaded, plan: Plan, problem: Problem, point: Point, twice: bool) -> Called:
    """Call a program. A step that changes nothing has the gradient 0, if it changes something elsewhere."""
    try:
        return _Calling(loaded, plan, problem, point, twice).run()
    except Still as still:
        if point.weights[0].dtype != object and not _moves(loaded, plan, problem, point):
            raise
        return Called(still.found, ())


def _moves(loaded: Loaded, plan: Plan, problem: Problem, point: Point) -> bool:
    """Whether a step changes weights where they, or the inputs, have other signs: where other units are active."""
    weights, biases = tuple(-w for w in point.weights), tuple(-b for b in point.biases)
    elsewhere = (
        point._replace(weights=weights, biases=biases), point._replace(inputs=-point.inputs),
        point._replace(weights=(*point.weights[:-1], weights[-1]), biases=(*point.biases[:-1], biases[-1])),
    )  # fmt: skip
    for other in elsewhere:
        try:
            _Calling(loaded, plan, problem, other).run()
        except Still:
            continue
        return True
    return False


def _together(every: list[Found], problem: Problem) -> Found:
    """Add the gradients of single samples up, or average them."""

    def total(values: tuple[Any, ...]) -> Any:
        if any(value is None for value in values):
            return None
        whole = reduce(add, values)
        return whole / problem.samples if problem.batch == "mean" else whole

    outputs = [found.outputs for found in every]
    return Found(
        tuple(map(total, zip(*(found.weights for found in every), strict=True))),
        tuple(map(total, zip(*(found.biases for found in every), strict=True))),
        total(tuple(found.loss for found in every)),
        None if any(out is None for out in outputs) else joined(outputs),  # type: ignore[arg-type]
    )


OWN = ("module", "script", "straight", "program")


class _Calling(Session):
    """One call of a program; or `twice` the same, of which the second counts."""

    def __init__(self, loaded: Loaded, plan: Plan, problem: Problem, point: Point, twice: bool = False) -> None:
        super().__init__(loaded, plan, problem, point)
        self.twice = twice

    def run(self) -> Called:
        whole = next((h.made for h in self.plan.holders if h.made in OWN), None)
        before = None
        if whole and not self.loaded.pieces:  # the user's own module: leave it as it was
            before = dict(vars(self.module))
        try:
            return self._run(whole or "")
        finally:
            if before is not None:
                vars(self.module).clear()
                vars(self.module).update(before)

    def _run(self, whole: str) -> Called:
        plan = self.plan
        if whole == "script":
            self.module = self.script_module(plan.holders[0])
        elif whole == "straight":
            self.module = self.straight_module()
        elif whole:
            self.module = self.loaded.again()
        for holder in plan.holders:
            self.held[holder.name] = self.made(holder)
        if whole != "straight":
            self._put(whole == "script")
        for _ in range(2 if self.twice else 1):
            results = []
            for one in plan.calls:
                results.append(self._one(one))
                if one.kept:
                    self.results[one.kept] = results[-1]
        if plan.parts == 1:
            found = self._read(results[-1], plan.calls[-1].results)
        else:
            last = plan.calls[-plan.parts :]
            found = self._read(tuple(results[-plan.parts :]), tuple(one.function for one in last))
        return Called(self._with_others(found), self.watch.changed())

    def _put(self, script: bool) -> None:
        """Put the data, the parameters and the rate where the plan says."""
        plan, problem, point = self.plan, self.problem, self.point
        for path, value in ((plan.inputs, self.inputs), (plan.targets, self.targets), (plan.pairs, self.pairs)):
            if path and not (script and len(path) == 2):
                put(self.held, path, value())
        for single in plan.singles:
            put(self.held, single.path, self.single(single))
        for setting in plan.settings:
            put(self.held, setting.path, getattr(problem, setting.role))
        values: dict[tuple[Any, ...], Any] = {}
        for place in plan.places:  # copies of a parameter are one object, as the program made them
            slot = (place.kind, place.layer, place.neuron, place.source, place.lists, place.shape)
            if slot not in values:
                values[slot] = value_for(place, plan, problem, point)
            put(self.held, place.path, values[slot])
        if plan.rate_path:
            put(self.held, plan.rate_path, point.rate)
        if plan.gradient in ("returned", "attributes"):
            for place in plan.places:
                name = f"{'b' if place.kind == 'biases' else 'W'}{place.layer}" if place.layer else "parameters"
                self.watch.lend(name, at(self.held, place.path))

    def _one(self, one: Call) -> Any:
        if one.kept != self.plan.loss or not one.kept:
            return self.call(one)
        try:
            return self.call(one)
        except Exception:  # without its loss the gradient is worth as much
            return None

    # ── After ────────────────────────────────────────────────────────────────────────────────────────────────

    def _read(self, result: Any, names: tuple[str, ...]) -> Found:
        plan, problem, point, own = self.plan, self.problem, self.point, self.loaded.own
        match plan.gradient:
            case "returned":
                return gradient_returned(result, names, plan, problem, point, own)
            case "returned parameters":
                return new_parameters(result, names, plan, problem, point, own)
            case "attributes":
                return gradient_left(self._objects(), plan, problem, point, own)
            case "change":
                return changed_by(self.held, plan, problem, point, own)

    def _objects(self) -> dict[str, Any]:
        """Return what a program may have left gradients in."""
        found = {}
        for holder in self.plan.holders:
            held = self.held[holder.name]
            if holder.made in OWN:
                space = held if isinstance(held, dict) else vars(held)
                held = {name: value for name, value in space.items() if not name.startswith("__")}
            found[holder.name] = held
        return found

    def _with_others(self, found: Found) -> Found:
        """Add the loss and the outputs that other calls returned."""
        plan = self.plan
        loss, outputs = found.loss, None
        for one in plan.calls:
            if one.kept and one.kept == plan.loss:
                loss = as_one(self.results[one.kept])
            if one.kept and one.kept == plan.outputs:
                outputs = self._outputs(self.results[one.kept], one.results)
        if isinstance(loss, np.ndarray | list | dict | tuple):
            loss = None
        return found._replace(loss=loss, outputs=outputs)

    def _outputs(self, result: Any, names: tuple[str, ...]) -> Values | None:
        parts = named(result, names)
        if isinstance(result, tuple) and len(parts) == 1:
            parts = [("", item) for item in result]
        parts.sort(key=lambda part: not has_role(part[0], "outputs"))
        rows, size = self.problem.samples, self.problem.sizes[-1]
        for _, value in parts:
            array = as_array(value)
            if isinstance(array, list):
                array = array_from(array, self.point.inputs) if array and not isinstance(array[0], list) else array
            if not isinstance(array, np.ndarray) or array.size != rows * size:
                continue
            if array.shape == (rows, size) and not self.plan.samples.startswith("columns"):
                return array
            if array.shape == (size, rows) and "column" in self.plan.samples:
                return array.T
            if array.ndim == 1 and (rows == 1 or size == 1):
                return array.reshape(rows, size)
        return None
