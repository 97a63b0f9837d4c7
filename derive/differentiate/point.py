"""What is given, read from the spec when it is asked for: values before and after the update, and the parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import overload

from mpmath import nstr

from derive.derivation import Lookup, Number, trained
from derive.expression import Expr, Var
from derive.spec import Model, Spec

DIGITS = 80


class Point:
    """The given values of a spec as exact fractions. Raises KeyError for what is not given.

    state: what the optimiser kept before the update, and its constants.
    """

    def __init__(self, spec: Spec, state: Lookup[Var, Fraction]) -> None:
        self._spec = spec
        self._state = state

    def __getitem__(self, name: Var) -> Fraction:
        spec, sample = self._spec, int(name.sample or 1)
        index = [int(i) for i in name.index if isinstance(i, int) and i > 0]
        if len(index) < len(name.index):
            raise KeyError(name)
        match name.kind:
            case "x":
                return Fraction(spec.inputs[sample - 1][index[0] - 1])
            case "t":
                return Fraction(spec.targets[sample - 1][index[0] - 1])
            case "w":
                return Fraction(spec.weight(name.layer, *index))
            case "b":
                return Fraction(spec.bias(name.layer, *(index or [1])))
            case "eta":
                return Fraction(spec.learning_rate)
        _, dot, parameter = name.kind.partition(".")
        if dot:
            self[Var(parameter, name.layer, name.index)]  # the state of a weight that is not there is not given
        return self._state[name]


class UpdatedPoint:
    """The given values after the update; what is not trained stays as it is."""

    def __init__(self, spec: Spec | Model, given: Lookup[Var, Fraction], before: Lookup[Expr, Number]) -> None:
        self._spec = spec
        self._given = given
        self._before = before

    def __getitem__(self, name: Var) -> Fraction:
        if name.kind not in ("w", "b") or not trained(self._spec, name):
            return self._given[name]
        return rounded(self._before[Var(f"{name.kind}+", name.layer, name.index)])


def rounded(value: Number) -> Fraction:
    """Return `value` exactly where it is rational, else to `DIGITS` digits."""
    return value if isinstance(value, Fraction) else Fraction(nstr(value, DIGITS))


class Parameters(Sequence[Var]):
    """Every weight and bias, layer by layer; as long as the network is large, and made one by one."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def __len__(self) -> int:
        return self._spec.parameter_count

    def __iter__(self) -> Iterator[Var]:
        for number, (layer, fan_in) in enumerate(zip(self._spec.layers, self._spec.sizes, strict=False), 1):
            for j in range(1, layer.size + 1):
                for k in range(1, fan_in + 1):
                    yield Var("w", number, (j, k))
            if layer.bias == "shared":
                yield Var("b", number)
            elif layer.bias == "per neuron":
                for j in range(1, layer.size + 1):
                    yield Var("b", number, (j,))

    @overload
    def __getitem__(self, place: int) -> Var: ...
    @overload
    def __getitem__(self, place: slice) -> list[Var]: ...
    def __getitem__(self, place: int | slice) -> Var | list[Var]:
        wanted = range(len(self))[place]
        if isinstance(wanted, int):
            return next(islice(self, wanted, None))
        everything = list(islice(self, max(wanted, default=-1) + 1))
        return [everything[i] for i in wanted]
