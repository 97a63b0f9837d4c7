"""A model as a list of equations, no layers: what its author writes, read, checked for shapes, and put in order."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from derive.errors import DeriveError, nearest, shown
from derive.expression import Expr, Index, Var
from derive.spec.parts import Training, slug
from derive.spec.validating import check_common

Shape = tuple[int, ...]
"""() for a single number, (n,) for a vector, (m, n) for a matrix of m rows."""


class Given(Struct, frozen=True):
    """A quantity that no equation defines: a parameter, an input, a constant of the model.

    values: row by row; as many as the shape has places.
    drawn: whether the values were drawn at random, because the author gave none.
    """

    name: str
    shape: Shape
    values: tuple[Decimal, ...]
    drawn: bool = False

    @property
    def array(self) -> NDArray[np.float64]:
        """The values as doubles, in their shape."""
        return np.array(self.values, dtype=np.float64).reshape(self.shape)

    def value(self, index: tuple[int, ...] = ()) -> Decimal:
        """Return the value at a place; places count from 1."""
        place = 0
        for i, size in zip(index, self.shape, strict=True):
            place = place * size + i - 1
        return self.values[place]


class Equation(Struct, frozen=True):
    """One quantity defined: name[letters] = rhs, for every place of its shape.

    letters: an index letter for each dimension; none for a single number.
    rhs: over the quantities of the model (`Model.var`), with those letters.
    text: the right side as its author wrote it.
    """

    name: str
    shape: Shape
    letters: tuple[str, ...]
    rhs: Expr
    text: str = ""

    @property
    def ranges(self) -> tuple[tuple[str, int], ...]:
        """Each letter with how far it runs, from 1."""
        return tuple(zip(self.letters, self.shape, strict=True))


class Common(Struct, frozen=True, kw_only=True):
    """What a model has of what a network has."""

    name: str = "model"
    title: str = ""
    learning_rate: Decimal = Decimal("0.5")
    seed: int = 0
    training: Training = Training()


class Model(Struct, frozen=True, kw_only=True, dict=True):
    """Equations, what is given, and one point: made by `derive.spec.load`, `loads` and `build`.

    loss: the name of the equation that is to be made small: a single number.
    parameters: the names that derivatives are taken by, each of them given.
    given: the parameters in their order, then all else that no equation defines, in the order of first mention.
    equations: in an order of calculation; each name is defined once, by names before it.
    """

    loss: str
    parameters: tuple[str, ...]
    given: tuple[Given, ...]
    equations: tuple[Equation, ...]
    name: str = "model"
    title: str = ""
    learning_rate: Decimal = Decimal("0.5")
    seed: int = 0
    training: Training = Training()

    def __post_init__(self) -> None:
        check_common(self)

    @property
    def slug(self) -> str:
        """The name as a file name: letters of any alphabet, digits, dots, - and _ only."""
        return slug(self.name, "model")

    @property
    def drawn(self) -> tuple[str, ...]:
        """The names whose values were drawn, because the author gave none."""
        return tuple(given.name for given in self.given if given.drawn)

    @property
    def parameter_count(self) -> int:
        """How many numbers the parameters hold together."""
        return sum(len(given.values) for given in self.given if given.name in self.parameters)

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every name."""
        given = {part.name: part.shape for part in self.given}
        return given | {equation.name: equation.shape for equation in self.equations}

    @cached_property
    def definitions(self) -> Mapping[str, Equation]:
        """The equation of every name that has one."""
        return {equation.name: equation for equation in self.equations}

    def var(self, name: str, index: tuple[Index, ...] = ()) -> Var:
        """Return the quantity called `name`, or its part at `index` (places from 1, or letters).

        The loss is Var("total"), the n-th parameter Var("w", n), the n-th of what else is given Var("x", n), the
        n-th other equation Var("q", n): no word of the author's goes further. Raises DeriveError for no such name.
        """
        try:
            kind, number = self._kinds[name]
        except KeyError:
            raise DeriveError(
                f"there is no quantity {shown(name)}", allowed=", ".join(self._kinds),
                hint=nearest(name, self._kinds),
            ) from None  # fmt: skip
        return Var(kind, number, index)

    def members(self, name: str) -> list[Var]:
        """Return the quantities that `name` stands for, row by row: one, if it is a single number."""
        places = product(*(range(1, size + 1) for size in self.shapes[name]))
        return [self.var(name, place) for place in places]

    def name_of(self, var: Var) -> str:
        """Return what the author calls a quantity. Raises KeyError for none of this model's."""
        return self._names[var.kind, var.layer]

    def replace(self, **changes: Any) -> Model:
        """Return a copy with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    @cached_property
    def _kinds(self) -> Mapping[str, tuple[str, int]]:
        others = [given.name for given in self.given if given.name not in self.parameters]
        return kinds(self.loss, self.parameters, others, [equation.name for equation in self.equations])

    @cached_property
    def _names(self) -> Mapping[tuple[str, int], str]:
        return {kind: name for name, kind in self._kinds.items()}


def kinds(
    loss: str, parameters: tuple[str, ...], others: list[str], equations: list[str]
) -> dict[str, tuple[str, int]]:
    """Return the kind and the number by which each name goes in expressions (see `Model.var`)."""
    made = {loss: ("total", 0)}
    between = [name for name in equations if name != loss]
    for kind, names in (("w", parameters), ("x", others), ("q", between)):
        made |= {name: (kind, number) for number, name in enumerate(names, 1)}
    return made
