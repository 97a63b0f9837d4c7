"""All that is known of a document while it is judged."""

from __future__ import annotations

from derive.errata.meaning import Meaning
from derive.errata.record.believing import Believing
from derive.errata.record.claims import Claims
from derive.errata.record.comparing import Comparing
from derive.errata.record.memory import Memory
from derive.errata.record.rounding import Rounding
from derive.errata.trained import Trained
from derive.errata.world import World


class Record:
    """What names mean, what the document has said so far, what was made of it; shared by all who judge it."""

    def __init__(self, world: World, meaning: Meaning) -> None:
        self.world, self.meaning = world, meaning
        self.trained = Trained(world)
        self.claims = Claims(world)
        self.memory = Memory(world, self.trained)
        self.rounding = Rounding(world, self.memory)
        self.believing = Believing(world, self.memory)
        self.comparing = Comparing(world)
