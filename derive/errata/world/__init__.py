"""The equations that a document is judged by: those of a network or of a model, and what the document adds to them."""

from derive.errata.world.layered import LayeredWorld
from derive.errata.world.modelled import ModelWorld
from derive.errata.world.names import FREE, OWN, TOTAL, Table, key_of, transposed
from derive.errata.world.points import as_fraction
from derive.errata.world.world import World

__all__ = [
    "FREE",
    "OWN",
    "TOTAL",
    "LayeredWorld",
    "ModelWorld",
    "Table",
    "World",
    "as_fraction",
    "key_of",
    "transposed",
]
