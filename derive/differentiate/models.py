"""A model that is a list of equations: its passages, its point and its parameters, without layers to go by."""

from __future__ import annotations

from fractions import Fraction

from derive.derivation import Key, Lookup, Passage, Step
from derive.differentiate.passages import TOTAL, Passages
from derive.expression import Diff, Var
from derive.spec import Model


class ModelPassages(Passages):
    """The passages of a model: equations, local derivatives, chains from equation to equation, updates."""

    def _prepare(self, key: Key) -> None:
        """Make the derivatives by all that lies between, last equation first, so that no recursion gets deep."""
        if isinstance(key, Diff) and not key.local:
            for between in self._general.between(key):
                self[Diff(key.of, between)]

    def _make(self, key: Key) -> Passage:
        if isinstance(key, Var):
            return self._update(key) if key.kind == "w+" else self._definition(key)
        if key.local:
            return self._local_derivative(key)
        made = self._general.make(key)
        if key.of != TOTAL or key.wrt.kind != "w":
            return made
        found = next((step.id for step in reversed(made.steps)), "") or self._last_of(made)
        return Passage(key, (*made.parts, *self.updating(key, found)), made.result)

    def _last_of(self, passage: Passage) -> str:
        return self.last(next(part for part in reversed(passage.parts) if not isinstance(part, Step)))


class ModelPoint:
    """The given values of a model as exact fractions. Raises KeyError for what is not given.

    state: what the optimiser kept before the update, and its constants.
    """

    def __init__(self, model: Model, state: Lookup[Var, Fraction]) -> None:
        self._model = model
        self._state = state
        self._given = {given.name: given for given in model.given}

    def __getitem__(self, name: Var) -> Fraction:
        if name.kind == "eta":
            return Fraction(self._model.learning_rate)
        if name.kind not in ("w", "x"):
            _, dot, parameter = name.kind.partition(".")
            if dot:
                self[Var(parameter, name.layer, name.index)]  # no parameter, no state
            return self._state[name]
        given = self._given[self._model.name_of(Var(name.kind, name.layer))]
        if len(name.index) != len(given.shape):
            raise KeyError(name)
        place = tuple(i for i, n in zip(name.index, given.shape, strict=True) if isinstance(i, int) and 1 <= i <= n)
        if len(place) < len(name.index) or name.sample:
            raise KeyError(name)
        return Fraction(given.value(place))


def parameters(model: Model) -> list[Var]:
    """Return every parameter of `model`, in the order of its author."""
    return [name for part in model.parameters for name in model.members(part)]
