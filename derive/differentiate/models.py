"""The derivation of a model that is a list of equations: every ∂L/∂w, without layers to go by."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from derive.derivation import Derivation, Key, Lookup, Number, Passage, Step
from derive.differentiate.passages import TOTAL, Passages
from derive.differentiate.point import rounded
from derive.differentiate.scalar import ScalarRules
from derive.differentiate.values import Values
from derive.equations import model_graph
from derive.expression import Diff, Expr, Var
from derive.notation import Notation
from derive.spec import Model


def derive_model(model: Model, notation: Notation) -> Derivation:
    """Return the derivation of ∂L/∂w for every parameter of `model`."""
    graph = model_graph(model)
    passages = ModelPassages(model, graph, ScalarRules(graph), notation)
    point = ModelPoint(model)
    values = Values(passages.meaning, point)
    updated = UpdatedModelPoint(model, values)
    return Derivation(
        spec=model,
        definitions=graph,
        passages=passages,
        matrices={},
        point=point,
        values=values,
        parameters=[name for part in model.parameters for name in members(model, part)],
        updated_point=updated,
        updated_values=Values(passages.meaning, updated),
    )


def members(model: Model, name: str) -> list[Var]:
    """Return the quantities that `name` stands for, row by row: one, if it is a single number."""
    places = product(*(range(1, size + 1) for size in model.shapes[name]))
    return [model.var(name, place) for place in places]


class ModelPassages(Passages):
    """The passages of a model: equations, local derivatives, chains from equation to equation, updates."""

    def _prepare(self, key: Key) -> None:
        """Make the derivatives by all that lies between, last equation first, so that no recursion gets deep."""
        if isinstance(key, Diff) and not key.local:
            for between in self._general.between(key):
                self[Diff(key.of, between)]

    def _make(self, key: Key) -> Passage:
        match key:
            case Var("w+"):
                return self._update(Var("w", key.layer, key.index))
            case Var():
                return self._definition(key)
            case Diff(_, _, True):
                return self._local_derivative(key)
            case Diff(of, wrt) if of == TOTAL and wrt.kind == "w":
                return self._parameter(key)
        return self._general.make(key)

    def _parameter(self, key: Diff) -> Passage:
        """∂L/∂w, and one step of the optimiser with it."""
        made = self._general.make(key)
        found = next((step.id for step in reversed(made.steps)), None) or self.last(made.parts[-1])
        parts: list[Step | Key] = [*made.parts, *self.updating(key, found)]
        return Passage(key, tuple(parts), made.result)


class ModelPoint:
    """The given values of a model as exact fractions. Raises KeyError for what is not given."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._given = {given.name: given for given in model.given}

    def __getitem__(self, name: Var) -> Fraction:
        if name.kind == "eta":
            return Fraction(self._model.learning_rate)
        given = self._given[self._model.name_of(name)]
        if len(name.index) != len(given.shape):
            raise KeyError(name)
        if not all(isinstance(i, int) and 1 <= i <= n for i, n in zip(name.index, given.shape, strict=True)):
            raise KeyError(name)
        return Fraction(given.value(tuple(int(i) for i in name.index)))


class UpdatedModelPoint(ModelPoint):
    """The given values after one step of the optimiser."""

    def __init__(self, model: Model, before: Lookup[Expr, Number]) -> None:
        super().__init__(model)
        self._before = before

    def __getitem__(self, name: Var) -> Fraction:
        if name.kind != "w":
            return super().__getitem__(name)
        return rounded(self._before[Var("w+", name.layer, name.index)])
