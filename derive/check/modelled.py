"""The numbers of a model of equations, four ways, as `derive.check.numeric` has them for a network."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from derive.backprop import models
from derive.check.numeric import Found, Judge, Row, Way
from derive.derivation import Definitions, Lookup, Number
from derive.expression import Diff, Expr, Var
from derive.spec import Model

TOTAL = Var("total")


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
    differences = models.differences(model, [_place(model, name) for name in chosen])
    way = Way.COMPLEX if models.smooth(model) else Way.CENTRAL
    rows = []
    for name in names:
        word, place = _place(model, name)
        rows.append(judge.compare(name, values[name], [Found(Way.BACKPROP, float(forward[word][place]))]))
    for name, difference in zip(chosen, differences, strict=True):
        word, place = _place(model, name)
        found = [
            Found(Way.BACKPROP, float(gradients[word][place])),
            Found(way, difference.estimate, difference.error, difference.kink),
        ]
        key = Diff(TOTAL, name)
        rows.append(judge.compare(key, values[key], found))
    return tuple(rows)


def _place(model: Model, name: Var) -> tuple[str, tuple[int, ...]]:
    """Return where NumPy keeps a quantity: its name, and its place from 0."""
    return model.name_of(Var(name.kind, name.layer)), tuple(int(i) - 1 for i in name.index)
