"""Sums and products over an index."""

from __future__ import annotations

from derive.read.written.cursor import Cursor, Trouble, eaten
from derive.read.written.groups import flat
from derive.read.written.tables import SUMS
from derive.read.written.tokens import Token, relation
from derive.read.written.tree import BigSum, Node


def big_sum(p: Cursor) -> Node:
    """Return the sum that begins here; its term is the product behind the sign."""
    token = p.take()
    low: Node | None = None
    high: Node | None = None
    letter = ""
    while p.mark("_", "__", "^", "^^") or eaten(p):
        lower = p.mark("_", "__", "*")
        script, _ = p.script()
        if lower:
            letter, low = _bound(p, script)
        elif script:
            high = p.all(script)
    if p.peek() is None:
        raise Trouble("a sum of nothing")
    term = p.signed() if p.mark("-") else p.product()
    return BigSum(token.start, term.end, term, letter, low, high, SUMS.get(token.text, False))


def _bound(p: Cursor, script: list[Token]) -> tuple[str, Node | None]:
    """Return the index and the number with which it begins, which may not be written."""
    for place, token in enumerate(script):
        sign = relation(token)
        if sign in ("=", "∈"):
            low = script[place + 1 :]
            return flat(script[:place]), p.all(low) if low and sign == "=" else None
    return flat(script), None
