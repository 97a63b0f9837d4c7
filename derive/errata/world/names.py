"""Names that the document adds to those of a network, and small things that all worlds need."""

from __future__ import annotations

import re
from collections.abc import Mapping

from derive.expression import Expr, Var

OWN, FREE = "own", "free"
"""Kinds of names: what the document defines itself, and what may have any value."""
TOTAL = Var("total")

Table = tuple[tuple[Expr, ...], ...]
"""A matrix by rows; a vector is a matrix of one column."""

_SHIFTED = re.compile(r"([a-zA-Z]+)([+-]\d)?")


def place_of(place: int | str | None, binding: Mapping[str, int]) -> int | None:
    """Return a number for a place that may be a letter, or l − 1; None where the letter stands for no number."""
    if not isinstance(place, str):
        return place
    shifted = _SHIFTED.fullmatch(place)
    if shifted is None or shifted[1] not in binding:
        return None
    return binding[shifted[1]] + int(shifted[2] or 0)


def key_of(base: str, sub: str) -> str:
    """Return a name without what fonts and brackets add to it: net_h1, w_{11}, W[1,1] → net_h1, w_11, W_11."""
    plain = re.sub(r"[^A-Za-z0-9+~']", "", sub.replace("\\", ""))
    return f"{base}_{plain}" if plain else base


def transposed(table: Table) -> Table:
    """Return a matrix lying the other way."""
    return tuple(zip(*table, strict=True))
