"""What quantities are after so many updates: by training the network, in doubles."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import cast

from derive.backprop import State, train
from derive.check.meanings import RealMeaning
from derive.check.verdict import Undefined
from derive.errata.world import FREE, OWN, LayeredWorld, ModelWorld, World, as_fraction
from derive.errors import DeriveError
from derive.expression import Diff, Expr, Var, names

MOST = 120_000  # updates that are made to check the sentences of a document
OFTEN = 40  # times that a network is trained for them
DOUBLES = Fraction(1, 10**10)
"""By so much, relatively, a number that came out of many updates in doubles may be off."""


class _Later:
    """The point of a network with the parameters of a later state."""

    def __init__(self, base: Mapping[Var, Fraction], state: State) -> None:
        self._base, self._state = base, state

    def __getitem__(self, name: Var) -> Fraction:
        if name.kind == "w":
            j, k = cast(tuple[int, int], name.index)
            return Fraction(float(self._state.parameters.weights[name.layer - 1][j - 1, k - 1]))
        if name.kind == "b":
            place = cast(int, name.index[0]) if name.index else 1
            return Fraction(float(self._state.parameters.biases[name.layer - 1][place - 1]))
        return self._base[name]


class Trained:
    """Values after updates. Each number of updates is gone through once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._meanings: dict[int, RealMeaning | None] = {}
        self._after: RealMeaning | None = None
        self._left, self._times = MOST, OFTEN

    def after(self, e: Expr) -> Fraction | None:
        """Return the exact value of a quantity after the first update; None where it cannot be had."""
        world = self._world
        if not isinstance(world, LayeredWorld | ModelWorld) or any(name.kind in (OWN, FREE) for name in names(e)):
            return None
        if self._after is None:
            self._after = world.checker.moved(world.derivation.updated_point)
        return _measured(self._after, e)

    def value(self, e: Expr, steps: int) -> Fraction | None:
        """Return the value of a quantity after `steps` updates; None where it cannot be had."""
        world = self._world
        if steps == 0:
            return world.exact(e)
        if not isinstance(world, LayeredWorld) or steps > MOST or any(name.kind in (OWN, FREE) for name in names(e)):
            return None
        if isinstance(e, Diff) and e.wrt.kind in ("w+", "b+"):
            return None
        if isinstance(e, Var) and e.kind in ("w+", "b+"):  # "after so many updates" says that already
            e = Var(e.kind[0], e.layer, e.index)
        meaning = self._meaning(world, steps)
        return None if meaning is None else _measured(meaning, e)

    def _meaning(self, world: LayeredWorld, steps: int) -> RealMeaning | None:
        if steps not in self._meanings:
            self._meanings[steps] = None
            if not self.spend(steps):
                return None
            try:
                state = list(train(world.spec, steps, at=[steps]))[-1]
            except DeriveError:
                return None
            point = _Later(cast(Mapping[Var, Fraction], world.derivation.point), state)
            self._meanings[steps] = world.checker.moved(point)
        return self._meanings[steps]

    def spend(self, steps: int, often: int = 1) -> bool:
        """Return whether a document may have the network trained so often through so many updates more."""
        size = steps * often
        if size > self._left or often > self._times:
            return False
        self._left, self._times = self._left - size, self._times - often
        return True


def _measured(meaning: RealMeaning, e: Expr) -> Fraction | None:
    try:
        return as_fraction(meaning.measure(e)[0])
    except (Undefined, LookupError, RecursionError):
        return None
