"""An update, three ways: by the derivation, by the definitions with dual numbers, and by the rows of NumPy by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from fractions import Fraction

import numpy as np

from derive import backprop
from derive.backprop import Parameters, models
from derive.check.modelled import place_in
from derive.check.numeric import Found, Judge, Row, Way, place_of, value_at
from derive.derivation import Definitions, Lookup, Number
from derive.expression import Expr, Var
from derive.spec import Model, Spec
from derive.vocabulary import OPTIMISERS


def check_update(
    spec: Spec | Model,
    definitions: Definitions,
    point: Lookup[Var, Fraction],
    values: Lookup[Expr, Number],
    parameters: Iterable[Var],
    step: int,
    *,
    seed: int = 0,
) -> tuple[Row, ...]:
    """Return a row for what update number `step` makes of each of `parameters`, and of what is kept for it.

    NumPy starts from `point`, rounded to doubles; so the updates before it are checked each by itself.
    """
    judge = Judge(definitions, point, seed)
    slope = _slopes(spec)
    chosen = spec.training.optimiser
    row = OPTIMISERS[chosen.name]
    rate, constants = float(point[Var("eta")]), tuple(map(float, chosen.constants.values()))
    made: dict[Var, Row] = {}
    for parameter in parameters:
        states = [_state(letter, parameter, definitions) for letter in row.state]
        starts = [
            _start(state, row.first.get(letter, 0.0), point) for letter, state in zip(row.state, states, strict=True)
        ]
        w, g = np.array(float(point[parameter])), np.array(slope(parameter))
        new, ends = row.update(w, g, tuple(map(np.array, starts)), step, rate, *constants)
        updated = Var(f"{parameter.kind}+", parameter.layer, parameter.index)
        for name, found in zip((*states, updated), (*ends, new), strict=True):
            if name is None or name in made:
                continue
            with suppress(KeyError):  # a state that the next update does not look at is not kept
                made[name] = judge.compare(name, values[name], [Found(Way.BACKPROP, float(found))])
    return tuple(made.values())


def _slopes(spec: Spec | Model) -> Callable[[Var], float]:
    """Return what backpropagation by hand has for ∂total/∂parameter."""
    if isinstance(spec, Model):
        model, found = spec, models.gradients(spec)

        def of_model(parameter: Var) -> float:
            word, place = place_in(model, parameter)
            return float(found[word][place])

        return of_model
    network, by_hand = spec, backprop.gradients(spec)
    gradients = Parameters(by_hand.weights, by_hand.biases)
    return lambda parameter: value_at(gradients, place_of(network, parameter))


def _state(letter: str, parameter: Var, definitions: Definitions) -> Var | None:
    """Return the name of a state after the update: the parameter's own, or one for all; None where none is kept."""
    own = Var(f"{letter}.{parameter.kind}+", parameter.layer, parameter.index)
    return next((name for name in (own, Var(f"{letter}+")) if name in definitions), None)


def _start(state: Var | None, first: float, point: Lookup[Var, Fraction]) -> float:
    """Return what a state is before the update; where it takes no part, as with β = 0, what it is at first."""
    try:
        return first if state is None else float(point[_before(state)])
    except KeyError:
        return first


def _before(name: Var) -> Var:
    return Var(name.kind.removesuffix("+"), name.layer, name.index)
