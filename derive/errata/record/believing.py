"""When an error is rather one of ours: a formula that was misread, a network that was wrongly taken from the text."""

from __future__ import annotations

from derive.errata.findings import Cause
from derive.errata.meaning import Value
from derive.errata.numbers import halves
from derive.errata.record.claims import Explanation
from derive.errata.record.memory import Memory
from derive.errata.record.sides import Side
from derive.errata.world import World

CONTRARY = "it does not follow from what the document says elsewhere"
BELIEVED = frozenset((
    Cause.SIGN, Cause.EXPONENT, Cause.CONSTANT, Cause.POWER, Cause.SLOPE_EXTRA, Cause.SLOPE_MISSING, Cause.SLOPE_OF,
    Cause.INDEX, Cause.SWAP, Cause.CHAIN, Cause.FOLLOWS, Cause.SWAPPED, Cause.DROPPED, Cause.DOUBLED, Cause.DIGIT,
    Cause.POINT, Cause.LAST, Cause.TARGET, Cause.BIAS, Cause.TRUNCATED, Cause.EARLY,
))  # fmt: skip
"""What is believed of a document whose network was taken from itself."""
ANOTHER = frozenset((Cause.SWAP, Cause.INDEX, Cause.CONSTANT, Cause.POWER, Cause.SIGN))
"""What is not believed of numbers there: it may be another example."""
CHANCE = frozenset((Cause.UNEXPLAINED, Cause.INSERTED, Cause.OPERATION))
"""What explains too little for a name that is given to be believed wrong."""


class Believing:
    """Decides whether an error is believed, with what a document has said so far."""

    def __init__(self, world: World, memory: Memory) -> None:
        self.world, self.memory = world, memory

    def doubtful(self, explained: Explanation, value: Value | None = None, side: Side | None = None) -> bool:
        """Return whether an error is rather one of ours. value: what it is about; side: the numbers it is made of.

        Nothing explains it, and a name that is given is used for something else. Or the network was taken from the
        document, maybe wrongly: then an error has to have a name, and numbers have to be those of the document.
        """
        given = value is not None and not isinstance(value, tuple) and self.world.given_value(value) is not None
        if not self.world.inferred:
            return given and explained.cause in CHANCE
        if given or explained.cause not in BELIEVED or (side is not None and explained.cause in ANOTHER):
            return True
        one, _, other = explained.detail.partition(" → ")
        if explained.cause is Cause.INDEX and one == other:
            return True  # two names that are one
        return side is not None and not self._grounded(side)

    def _grounded(self, side: Side) -> bool:
        """Return whether most numbers that are put in are values that the document gave before."""
        found = [number for number in halves(side.node) if number]
        printed = {noted.shown.value for several in self.memory.noted.values() for noted in several}
        known = {abs(number) for number in self.memory.given_values() | printed}
        return 2 * sum(number in known for number in found) >= len(found)
