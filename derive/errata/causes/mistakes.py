"""Which mistakes of the table explain a number: by making each of them, and looking what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from derive.diagnose import Instance, Match, explain_value
from derive.diagnose.instances import run, train, variants
from derive.diagnose.values import Quantity, interval, value
from derive.errata.numbers import Printed
from derive.errata.trained import Trained
from derive.errata.world import LayeredWorld, World
from derive.errors import DeriveError
from derive.expression import Expr
from derive.read.problem import Point, Problem
from derive.read.problems import problem_of

SMALL = 200  # parameters of a network in which every mistake is tried
FEW = 20  # updates that every mistake is tried through
MOST = 6  # mistakes that are named for one number
WORTH = 5  # digits of a number that is worth being explained by a known mistake
WORTH_LATER = 3  # the same after updates, where less can come out by chance
FAMOUS = "updated-weights"
"""The mistake that is tried even through thousands of updates."""


class Mistakes:
    """Tries the mistakes of the table in a layered network. Those that explained a number are tried first."""

    def __init__(self, world: World, trained: Trained) -> None:
        self.world, self._trained = world, trained
        self._met: dict[Instance, None] = {}

    def behind(self, quantity: Expr, printed: Printed, steps: int) -> tuple[Match, ...]:
        """Return the mistakes by which a number comes out for a quantity after so many updates; () for none."""
        world = self.world
        called = world.quantity(quantity)
        if not isinstance(world, LayeredWorld) or called is None or world.spec.parameter_count > SMALL:
            return ()
        if len(digits(printed)) < (WORTH_LATER if steps else WORTH):
            return ()
        problem, point = problem_of(world.spec)
        biases = any(layer.train_biases for layer in world.spec.layers)
        called = replace(called, steps=called.steps or steps)
        if called.steps <= FEW:
            found = explain_value(problem, point, called, printed.text, biases=biases)
        else:
            # Every mistake through thousands of updates takes minutes; those that explain other numbers are tried.
            known = dict.fromkeys((*self._met, *(each for each in variants(problem) if each.id == FAMOUS)))
            if not self._trained.spend(called.steps, len(known)):
                return ()
            found = tuple(_trained_with(known, problem, point, called, printed, biases))
        self._met |= dict.fromkeys(match.mistakes[0] for match in found if len(match.mistakes) == 1)
        return found[:MOST]


def _trained_with(
    mistakes: Iterable[Instance], problem: Problem, point: Point, quantity: Quantity, printed: Printed, biases: bool
) -> Iterator[Match]:
    """Yield those mistakes by which a number comes out when the network is trained with them."""
    low, high = interval(printed.text)
    for mistake in mistakes:
        try:
            here = train(problem, point, mistake, steps=quantity.steps, biases=biases)
            made = value(run(problem, here, mistake), quantity)
        except DeriveError:
            continue
        if low <= made <= high:
            yield Match((mistake,))


def digits(printed: Printed) -> str:
    """Return the significant digits of a number."""
    return printed.text.lower().partition("e")[0].replace(".", "").strip("-").lstrip("0")
