"""What a spec may name, each a row in a table: its values and derivatives by hand, in NumPy, and the facts about it.

The symbolic side has a table of its own (`derive.functions`); nothing is shared between the two but the names.
"""

from __future__ import annotations

from derive.vocabulary.activations import ACTIVATIONS, Activation, elementwise
from derive.vocabulary.constants import RANGES, Range
from derive.vocabulary.initialisers import INITIALISERS, Initialiser, Spread
from derive.vocabulary.losses import FUSED, LOSSES, Fused, Loss, Refusal, loss_over
from derive.vocabulary.optimisers import OPTIMISERS, Optimiser
from derive.vocabulary.penalties import Shrinking
from derive.vocabulary.rows import REALS, Interval, Row, allowed, bind, find, fix, split
from derive.vocabulary.schedules import SCHEDULES, Schedule, Watch
from derive.vocabulary.stable import Array

__all__ = [
    "ACTIVATIONS", "FUSED", "INITIALISERS", "LOSSES", "OPTIMISERS", "RANGES", "REALS", "SCHEDULES",
    "Activation", "Array", "Fused", "Initialiser", "Interval", "Loss", "Optimiser", "Range", "Refusal", "Row",
    "Schedule", "Shrinking", "Spread", "Watch",
    "allowed", "bind", "elementwise", "find", "fix", "loss_over", "split",
]  # fmt: skip
