"""Where the parameters and the optimiser's state stand before an update: the updates before it, to many digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from fractions import Fraction

import msgspec
from mpmath import nstr

from derive.derivation import Lookup, Number, trained
from derive.errors import DeriveError
from derive.expression import Expr, Var
from derive.optimisers import Update
from derive.spec import Given, Layer, Model, Spec
from derive.spec.parts import MAX_DIGITS
from derive.vocabulary import SCHEDULES
from derive.vocabulary.schedules import Watch

TOTAL = Var("total")
MOST = 20_000  # derivatives that are calculated on the way, once for each sample
DIGITS = MAX_DIGITS  # of a parameter, or of a state, before a later update: as many as a spec may give

Progress = Callable[[str, int, int], None]


def check_step(spec: Spec | Model, step: int) -> None:
    """Raise DeriveError where there is no such update, or too much to calculate before it."""
    if step < 1:
        raise DeriveError(f"there is no update {step}", where="step", allowed="a whole number from 1")
    samples = 1 if isinstance(spec, Model) else spec.samples
    each = spec.parameter_count * samples
    most = MOST // each + 1
    if step > most:
        over = f" over {samples} samples" if samples > 1 else ""
        raise DeriveError(
            f"{step - 1:,} updates come before it, each with {spec.parameter_count:,} derivatives{over} to 50 digits",
            where="step", allowed=f"at most {most:,} for this network",
            hint="derive train goes on in double precision",
        )  # fmt: skip


class Rates:
    """The learning rate of one update after another, by the schedule of a spec.

    Schedules are calculated in doubles; the shortest decimal of that double is what the rate is given as, exactly.
    """

    def __init__(self, spec: Spec | Model) -> None:
        chosen = spec.training.schedule
        self._row = SCHEDULES[chosen.name]
        self._constants = tuple(map(float, chosen.constants.values()))
        self._whole = spec.learning_rate
        self._watch = Watch(float(spec.learning_rate))

    def at(self, number: int) -> Decimal:
        """Return the rate of update `number`, from 1."""
        eta = float(self._whole)
        rate = self._watch.rate if self._row.watch else self._row.rate(number, eta, *self._constants)
        return self._whole if rate == eta else Decimal(repr(rate))

    def see(self, loss: Number) -> None:
        """Take note of the loss at which an update was made."""
        if self._row.watch:
            self._watch = self._row.watch(self._watch, float(loss), *self._constants)


def moved(spec: Spec | Model, values: Lookup[Expr, Number]) -> Spec | Model:
    """Return the spec whose parameters are those after the update that `values` tells of."""
    if isinstance(spec, Model):
        given = [_moved_given(spec, part, values) if part.name in spec.parameters else part for part in spec.given]
        return spec.replace(given=tuple(given))
    layers = []
    for number, (layer, fan_in) in enumerate(zip(spec.layers, spec.sizes, strict=False), 1):
        layers.append(_moved(spec, layer, number, fan_in, values))
    return spec.replace(layers=tuple(layers))


def _moved_given(model: Model, given: Given, values: Lookup[Expr, Number]) -> Given:
    new = tuple(decimal(values[Var("w+", name.layer, name.index)]) for name in model.members(given.name))
    return msgspec.structs.replace(given, values=new)


def _moved(spec: Spec, layer: Layer, number: int, fan_in: int, values: Lookup[Expr, Number]) -> Layer:
    # What is not trained is written out as well: a draw would be another one, with other draws before it or without.
    def after(name: Var, fixed: Decimal) -> Decimal:
        return decimal(values[Var(f"{name.kind}+", name.layer, name.index)]) if trained(spec, name) else fixed

    weights = tuple(
        tuple(after(Var("w", number, (j, k)), spec.weight(number, j, k)) for k in range(1, fan_in + 1))
        for j in range(1, layer.size + 1)
    )
    biases: Decimal | tuple[Decimal, ...] = Decimal(0)
    if layer.bias == "shared":
        biases = after(Var("b", number), spec.bias(number, 1))
    elif layer.bias == "per neuron":
        biases = tuple(after(Var("b", number, (j,)), spec.bias(number, j)) for j in range(1, layer.size + 1))
    return msgspec.structs.replace(layer, weights=weights, biases=biases)


def kept(
    spec: Spec | Model, update: Update, parameters: Iterable[Var], values: Lookup[Expr, Number]
) -> dict[Var, Fraction]:
    """Return the optimiser's state after `update`, by the names that it has before the next one.

    What is not trained has no state of its own; it keeps the one that it started from.
    """
    made: dict[Var, Fraction] = {}
    for state in update.states:
        for parameter in parameters:
            before, after = (update.name_of(name, parameter) for name in (state, f"{state}_new"))
            if before not in made:
                moves = trained(spec, parameter) or state in update.shared
                made[before] = Fraction(decimal(values[after])) if moves else update.first(state)
    return made


def decimal(value: Number) -> Decimal:
    """Return `value` to as many significant digits as a spec may give a number."""
    if isinstance(value, Fraction):
        return Context(prec=DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator))
    return Decimal(nstr(value, DIGITS))
