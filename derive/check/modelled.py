"""The numbers of a model of equations, four ways, as `derive.check.numeric` has them for a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from derive.backprop import models
from derive.check.numeric import Found, Judge, Row, Way
from derive.derivation import Definitions, Lookup, Number
from derive.expression import Diff, Expr, Var
from derive.spec import Model

TOTAL = Var("total")
Place = tuple[int, ...]


def cross_check_model(
    model: Model,
    definitions: Definitions,
    point: Lookup[Var, Fraction],
    values: Lookup[Expr, Number],
    by: Iterable[Var],
    names: Iterable[Var] = (),
    *,
    seed: int = 0,
) -> tuple[Row, ...]:
    """Return a row for each of `names`, then one for ∂loss/∂v of each v of `by`: see `numeric.cross_check`."""
    judge = Judge(definitions, point, seed)
    chosen = list(by)
    forward, gradients = models.forward(model), models.gradients(model)
    difference = _differences(model, [place_in(model, name)[0] for name in chosen])
    rows = []
    for name in names:
        word, place = place_in(model, name)
        rows.append(judge.compare(name, values[name], [Found(Way.BACKPROP, float(forward[word][place]))]))
    for name in chosen:
        word, place = place_in(model, name)
        key = Diff(TOTAL, name)
        found = [Found(Way.BACKPROP, float(gradients[word][place])), difference(word, place)]
        rows.append(judge.compare(key, values[key], found))
    return tuple(rows)


def _differences(model: Model, words: Iterable[str]) -> Callable[[str, Place], Found]:
    """Return how to find derivatives by differences: complex steps, or central ones where there are kinks."""
    names = list(dict.fromkeys(words))
    if models.smooth(model):
        steps = models.complex_step(model, names)
        return lambda word, place: Found(Way.COMPLEX, float(steps[word][place]))
    made = models.central_difference(model, names)
    return lambda word, place: Found(
        Way.CENTRAL, float(made.estimate[word][place]), float(made.error[word][place]), bool(made.kink[word][place])
    )


def place_in(model: Model, name: Var) -> tuple[str, Place]:
    """Return where NumPy keeps a quantity: its name, and its place from 0."""
    return model.name_of(Var(name.kind, name.layer)), tuple(int(i) - 1 for i in name.index)
