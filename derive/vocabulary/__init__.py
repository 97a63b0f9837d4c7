"""What a spec may name, each a row in a table: its values and derivatives by hand, in NumPy, and the facts about it.

The symbolic side has a table of its own (`derive.functions`); nothing is shared between the two but the names.
"""

from __future__ import annotations

from derive.vocabulary.activations import ACTIVATIONS, Activation, Array
from derive.vocabulary.losses import FUSED, LOSSES, Fused, Loss, loss_over
from derive.vocabulary.rows import REALS, Interval, Row, allowed, bind, find, split

__all__ = [
    "ACTIVATIONS", "FUSED", "LOSSES", "REALS",
    "Activation", "Array", "Fused", "Interval", "Loss", "Row",
    "allowed", "bind", "find", "loss_over", "split",
]  # fmt: skip
