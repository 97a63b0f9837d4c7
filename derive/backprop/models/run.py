"""Forward through the equations of a model in their order, and back in the opposite one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from derive.backprop.models.tree import Done, evaluate, pull
from derive.errors import DeriveError, nearest, shown
from derive.expression import names
from derive.spec import Equation, Model
from derive.vocabulary import Array


class Nudge(NamedTuple):
    """What is added to one entry of one quantity, right after it has been calculated."""

    name: str
    position: tuple[int, ...]
    by: complex


class State(NamedTuple):
    """quantities: every array by its name.  done: every equation's right side, evaluated, by its name."""

    quantities: dict[str, Array]
    done: dict[str, Done]


def forward(model: Model, values: Mapping[str, ArrayLike] | None = None) -> dict[str, Array]:
    """Return every quantity of `model`, an array in its shape: as given, or by its equation.

    values: of what is given, in place of the model's own; real or complex.
    Raises DeriveError for a name or a shape that is not the model's, and for an equation that has no finite value.
    """
    return run(model, values).quantities


def gradients(model: Model, values: Mapping[str, ArrayLike] | None = None) -> dict[str, Array]:
    """Return ∂loss/∂q for every quantity q of `model`, given or calculated, in q's shape: reverse mode, by hand.

    A quantity that does not reach the loss has the derivative 0. At a kink the slope is that of the branch
    `otherwise` (see `Cases`). Griewank & Walther, Evaluating Derivatives (2008), section 3.2.
    Raises DeriveError as `forward` does, and for a derivative that is not finite.
    """
    state = run(model, values)
    slopes = {name: np.zeros(array.shape, dtype=array.dtype) for name, array in state.quantities.items()}
    slopes[model.loss] += 1.0
    by_number = {_key(model, name): array for name, array in slopes.items()}
    with np.errstate(all="ignore"):
        for equation in reversed(model.equations):
            pull(state.done[equation.name], slopes[equation.name], equation.ranges, by_number)
    for name, array in slopes.items():
        if (place := _not_finite(array)) is not None:
            raise DeriveError(
                f"the derivative of {model.loss} by {_written(name, place)} is {array[place]:g}",
                where=_where(model, name), allowed="derivatives that are numbers",
                hint="values further away from where a function ends or is too steep",
            )  # fmt: skip
    return slopes


def run(model: Model, values: Mapping[str, ArrayLike] | None = None, nudge: Nudge | None = None) -> State:
    """Return every quantity of `model`, with what is needed to go back."""
    quantities = _given(model, values)
    if nudge is not None and nudge.name in quantities:
        quantities[nudge.name] = _nudged(quantities[nudge.name], nudge)
    by_number = {_key(model, name): array for name, array in quantities.items()}
    done: dict[str, Done] = {}
    for equation in model.equations:
        with np.errstate(all="ignore"):
            here = evaluate(equation.rhs, by_number, equation.ranges)
        array = np.broadcast_to(here.value, equation.shape).copy()
        if nudge is not None and nudge.name == equation.name:
            array = _nudged(array, nudge)
        if (place := _not_finite(array)) is not None:
            raise _beyond(model, equation, array, place, quantities)
        done[equation.name] = here
        quantities[equation.name] = by_number[_key(model, equation.name)] = array
    return State(quantities, done)


def _key(model: Model, name: str) -> tuple[str, int]:
    var = model.var(name)
    return var.kind, var.layer


def _given(model: Model, values: Mapping[str, ArrayLike] | None) -> dict[str, Array]:
    made: dict[str, Array] = {given.name: given.array for given in model.given}
    for name, value in (values or {}).items():
        if name not in made:
            raise DeriveError(
                f"{shown(name)} is not given in this model", where="values", allowed=", ".join(made),
                hint=nearest(name, made),
            )  # fmt: skip
        array = np.array(value, dtype=np.result_type(np.float64, np.asarray(value).dtype))
        if array.shape != made[name].shape:
            raise DeriveError(
                f"the values of {name} have shape {array.shape}", where="values",
                allowed=f"an array of shape {made[name].shape}",
            )  # fmt: skip
        made[name] = array
    return made


def _nudged(array: Array, nudge: Nudge) -> Array:
    made = array.astype(np.result_type(array.dtype, type(nudge.by)))
    made[nudge.position] += nudge.by
    return made


def _not_finite(array: Array) -> tuple[int, ...] | None:
    """Return the first place where the array is no finite number, from 0; None where it is one everywhere."""
    wrong = np.argwhere(~np.isfinite(array))
    return tuple(int(place) for place in wrong[0]) if len(wrong) else None


def _beyond(
    model: Model, equation: Equation, array: Array, place: tuple[int, ...], quantities: Mapping[str, Array]
) -> DeriveError:
    """Return the error for an equation without a finite value, with what went into it."""
    made_of = dict.fromkeys(model.name_of(var) for var in names(equation.rhs))
    went_in = ", ".join(_shown(name, quantities[name]) for name in list(made_of)[:6])
    value = array[place]
    infinite = np.isinf(value)
    return DeriveError(
        f"{_written(equation.name, place)} is {'infinite' if infinite else 'not a number'}"
        + (f", with {went_in}" if went_in else ""),
        where=_where(model, equation.name), allowed="values that are finite doubles, up to 1e308",
        hint="other values, or the equation in a form that does not overflow" if infinite else
        "values within the domain of every function: log and sqrt take positive numbers",
    )  # fmt: skip


def _where(model: Model, name: str) -> str:
    return f"equations.{name}" if name in model.definitions else f"values.{name}"


def _written(name: str, place: tuple[int, ...]) -> str:
    return f"{name}[{', '.join(str(i + 1) for i in place)}]" if place else name


def _shown(name: str, array: Any) -> str:
    flat = array.ravel()
    if array.ndim == 0:
        return f"{name} = {flat[0]:.6g}"
    first = ", ".join(f"{value:.6g}" for value in flat[:4])
    return f"{name} = [{first}{', …' if flat.size > 4 else ''}]"
