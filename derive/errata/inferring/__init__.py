"""The network that a document is about, taken from its own definitions and values: as the text of a spec."""

from derive.errata.inferring.gathering import Gathered, gather
from derive.errata.inferring.inferring import Inferred, infer

__all__ = ["Gathered", "Inferred", "gather", "infer"]
