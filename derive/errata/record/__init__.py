"""What a document has said so far, and what was made of it: the claims, and all that judging them takes."""

from derive.errata.record.believing import CONTRARY, Believing
from derive.errata.record.claims import (
    NONE,
    NOTHING,
    UNEXPLAINED,
    Claims,
    Correction,
    Explanation,
    Words,
    kind_of,
    relative,
)
from derive.errata.record.comparing import Comparing, lying
from derive.errata.record.memory import Memory
from derive.errata.record.record import Record
from derive.errata.record.rounding import Rounding
from derive.errata.record.sides import NESTED, Anchor, Side, Where, comes_to, entries, names_of, shape, spelled

__all__ = [
    "CONTRARY",
    "NESTED",
    "NONE",
    "NOTHING",
    "UNEXPLAINED",
    "Anchor",
    "Believing",
    "Claims",
    "Comparing",
    "Correction",
    "Explanation",
    "Memory",
    "Record",
    "Rounding",
    "Side",
    "Where",
    "Words",
    "comes_to",
    "entries",
    "kind_of",
    "lying",
    "names_of",
    "relative",
    "shape",
    "spelled",
]
