"""The quantities of one update as definitions, beside the network's: m⁺, v⁺, …, w⁺, from ∂E/∂w and what was before."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derive.derivation import Definitions
from derive.expression import Expr, Var
from derive.optimisers import Update

TOTAL = Var("total")


class WithUpdates:
    """The definitions of a network and those of an update of its parameters, which stand on all of them.

    w⁺ is defined for every weight and bias, trained or not: what an update would make of it.
    """

    def __init__(self, network: Definitions, update: Update) -> None:
        self.network = network
        self.update = update
        self._ranks = {name: place for place, name in enumerate(update.templates, 1)}

    def __contains__(self, name: object) -> bool:
        return self.of_update(name) or name in self.network

    def __getitem__(self, name: Var) -> Expr:
        """Return the right side of the equation of `name`. Raises KeyError where it is given."""
        template = self._template(name)
        if template is None:
            return self.network[name]
        return self.update.formula(template, self.update.parameter(name))

    def rank(self, name: Var) -> int:
        template = self._template(name)
        return self.network.rank(name) if template is None else self.network.rank(TOTAL) + self._ranks[template]

    def of_update(self, name: object) -> bool:
        """Return whether `name` is defined by the update, not by the network."""
        return isinstance(name, Var) and self._template(name) is not None

    def _template(self, name: Var) -> str | None:
        template = self.update.template(name)
        return template if template in self._ranks else None


class State:
    """What an optimiser kept before an update, and its constants: what is given besides the network's point.

    kept: by name; what a state starts from where there is none.
    """

    def __init__(self, update: Update, kept: Mapping[Var, Fraction] | None = None) -> None:
        self._update = update
        self._kept = kept

    def __getitem__(self, name: Var) -> Fraction:
        """Return the value of a constant or of a state before the update. Raises KeyError."""
        if name == Var(name.kind) and name.kind in self._update.constants:
            return self._update.values[name.kind]
        template = self._update.template(name)
        if template not in self._update.states:
            raise KeyError(name)
        return self._update.first(template) if self._kept is None else self._kept[name]
