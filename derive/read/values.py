"""Points as a program is given them in each mode, and what it gives back as data."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from derive.check.algebra import Dual, Duals
from derive.check.field import Field, Residues
from derive.check.real import DOUBLE, Real, Reals
from derive.check.tower import Tower
from derive.expression import Var
from derive.read.exact import Element, ExactArray, Notes, array_of, elements, literal
from derive.read.messages import WIDTH, At, Mode, Numbers, TowerData
from derive.read.problem import Point, Problem

ROUNDINGS = 2.0**8  # of a constant
SINGLE = (np.float32, np.float16)
DIRECTION = Var("direction")
"""What moves in the dual numbers of the mode "tangent"."""


def tower_of(data: TowerData) -> Tower:
    return Tower(data.seed, tuple(int(p, 16) for p in data.primes), tuple(int(g, 16) for g in data.bases))


def tower_data(tower: Tower) -> TowerData:
    return TowerData(tower.seed, tuple(f"{p:x}" for p in tower.primes), tuple(f"{g:x}" for g in tower.bases))


# ── Names ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _places(*sizes: int) -> Iterator[tuple[int, ...]]:
    return product(*(range(1, size + 1) for size in sizes))


def weight_names(problem: Problem, layer: int) -> list[Var]:
    """Return the names of the weights of a layer, row by row."""
    return [Var("w", layer, place) for place in _places(*problem.weight_shape(layer))]


def bias_names(problem: Problem, layer: int) -> list[Var]:
    if problem.bias[layer - 1] == "shared":
        return [Var("b", layer)]
    return [Var("b", layer, place) for place in _places(*problem.bias_shape(layer))]


def input_names(problem: Problem) -> list[Var]:
    many = problem.samples > 1
    return [Var("x", 0, (k,), s if many else 0) for s, k in _places(problem.samples, problem.sizes[0])]


def target_names(problem: Problem) -> list[Var]:
    many, last = problem.samples > 1, problem.layers
    return [Var("t", last, (j,), s if many else 0) for s, j in _places(problem.samples, problem.sizes[-1])]


def direction(field: Field, name: Var) -> Any:
    """Return the component by `name` of the direction of "tangent"."""
    return field.free(f"direction {name.kind} {name.layer} {name.index} {name.sample}")


def target_directions(field: Field, problem: Problem, at: At) -> dict[Var, Any]:
    """Return the components by the targets: none for classes; such that their sum stays where it is 1."""
    names = target_names(problem)
    if problem.classes:
        return {}
    made = {name: direction(field, name) for name in names}
    if at.simplex:
        width = problem.sizes[-1]
        for start in range(0, len(names), width):
            *others, last = names[start : start + width]
            made[last] = field.neg(field.add([field.number(Fraction(0)), *(made[name] for name in others)]))
    return made


def field_targets(field: Field, problem: Problem, at: At) -> dict[Var, Any]:
    """Return the targets in the field: any numbers; 0 and 1 where they are classes; or such that they sum to 1."""
    names = target_names(problem)
    if problem.classes:
        return {name: field.number(Fraction(value)) for name, value in zip(names, at.targets, strict=True)}
    made = {name: field.free(name) for name in names}
    if at.simplex:
        width = problem.sizes[-1]
        for start in range(0, len(names), width):
            *others, last = names[start : start + width]
            made[last] = field.add([field.number(Fraction(1)), *(field.neg(made[name]) for name in others)])
    return made


# ── Points ─────────────────────────────────────────────────────────────────────────────────────────────────────

Make = Callable[[Sequence[Var], Sequence[float], tuple[int, ...]], Any]


class Given(NamedTuple):
    """A point in one mode. kind: the class of its numbers, and algebra: that of their values; None for doubles."""

    point: Point
    kind: type[Element] | None = None
    algebra: Any = None


def given(
    problem: Problem, at: At, mode: Mode, tower: Tower | None, notes: Notes, moving: Container[str] = (),
    written: Container[float] = (),
) -> Given:  # fmt: skip
    """Return the point in a mode.

    moving: which arrays move along the direction of "tangent".  written: the doubles that stand in the program.
    """
    if mode == "double":
        return Given(doubles(problem, at))
    if mode == "real":
        reals = Reals()
        kind = elements(reals, lambda a, b: not reals.differ(a, b), notes, partial(_rounded, reals), written)
        return Given(_arranged(problem, at, _maker(kind, lambda n, x: reals.number(_read(n, x, at)))), kind, reals)
    assert tower is not None
    field = Field(tower, blind=True)
    special = field_targets(field, problem, at)
    if at.fixed:
        special[Var("eta")] = field.number(literal(at.rate))

    def drawn(name: Var, value: float) -> Residues:
        return special.get(name) or field.free(name)

    if mode == "field":
        kind = elements(field, field.same, notes)
        return Given(_arranged(problem, at, _maker(kind, drawn)), kind, field)
    kind = elements(Duals(field), lambda a, b: field.same(a.value, b.value), notes)

    towards = target_directions(field, problem, at) if "t" in moving else {}

    def dual(name: Var, value: float) -> Dual[Residues]:
        slopes = {}
        if name.kind == "t" and name in towards:
            slopes[DIRECTION] = towards[name]
        elif (name.kind if name.kind == "x" else f"{name.kind}{name.layer}") in moving:
            slopes[DIRECTION] = direction(field, name)
        return Dual(drawn(name, value), slopes)

    return Given(_arranged(problem, at, _maker(kind, dual)), kind, field)


def doubles(problem: Problem, at: At) -> Point:
    """Return the point as arrays of doubles."""
    return _arranged(problem, at, lambda names, values, shape: np.array(values, dtype=np.float64).reshape(shape))


def _rounded(reals: Reals, value: Fraction) -> Real:
    """Return a constant that may have been calculated in doubles: it may be off by what a few roundings do."""
    exact = reals.number(value)
    return Real(
        reals.rounded(exact.value),
        exact.size,  # no fraction: those count as exact
        exact.size * ROUNDINGS * DOUBLE * 2.0**reals.precision,
    )


def _read(name: Var, value: float, at: At) -> Fraction:
    return literal(value) if at.fixed and name.kind == "eta" else Fraction(value)


def _maker(made: type[Element], value_of: Callable[[Var, float], Any]) -> Make:
    def make(names: Sequence[Var], values: Sequence[float], shape: tuple[int, ...]) -> ExactArray:
        return array_of([made(value_of(n, x), x) for n, x in zip(names, values, strict=True)], shape)

    return make


def _arranged(problem: Problem, at: At, make: Make) -> Point:
    layers = range(1, problem.layers + 1)
    weights = tuple(make(weight_names(problem, n), at.weights[n - 1], problem.weight_shape(n)) for n in layers)
    biases = tuple(make(bias_names(problem, n), at.biases[n - 1], problem.bias_shape(n)) for n in layers)
    samples, sizes = problem.samples, problem.sizes
    inputs = make(input_names(problem), at.inputs, (samples, sizes[0]))
    targets = make(target_names(problem), at.targets, (samples, sizes[-1]))
    rate = make([Var("eta")], [at.rate], (1,))[0]
    return Point(weights, biases, inputs, targets, float(rate) if isinstance(rate, np.floating) else rate)


# ── What comes back ────────────────────────────────────────────────────────────────────────────────────────────


class Encoder:
    """Turns results into data, and keeps what the chance of an error is bounded by.

    size: at least the degree of any value so far, over the common denominator.  single: whether any was of single
    precision.
    """

    def __init__(self, mode: Mode, given: Given) -> None:
        self._mode, self._given = mode, given
        self.size = 0
        self.single = False

    def numbers(self, values: Any) -> Numbers:
        """Return an array or a number as data."""
        array = np.asarray(values)
        flat: list[Any] = array.ravel().tolist()
        self.single |= array.dtype in SINGLE or any(isinstance(x, np.float32 | np.float16) for x in flat)
        doubles = tuple([x.shadow if isinstance(x, Element) else float(x) for x in flat])
        if self._given.kind is None:
            return Numbers(array.shape, doubles)
        return Numbers(array.shape, doubles, tuple(map(self._exact, flat)))

    def _exact(self, x: Any) -> bytes:
        kind = self._given.kind
        assert kind is not None
        # A plain number is a constant of the program's; one that was an element once equals nothing that is not.
        value = (x if isinstance(x, Element) else kind.lift(x)).value
        if value is None:
            return b""
        if self._mode == "real":
            number = value.value
            text = f"{number}" if isinstance(number, Fraction) else "{}p{}".format(*_binary(number))
            return f"{text};{value.bound!r}".encode()
        parts = [value]
        if isinstance(value, Dual):
            parts = [value.value, value.slopes.get(DIRECTION) or self._given.algebra.number(Fraction(0))]
        self.size = max(self.size, *(self._given.algebra.cleared(part) for part in parts))
        packed = [b"".join(p.to_bytes(WIDTH, "big") for p in part.at) for part in parts]
        # Of a dual number: how many residues the value has, the value, the slope.
        return packed[0] if len(packed) == 1 else bytes([len(parts[0].at)]) + b"".join(packed)


def _binary(number: Any) -> tuple[int, int]:
    sign, man, exponent, _ = number._mpf_
    return (-int(man) if sign else int(man)), int(exponent)
