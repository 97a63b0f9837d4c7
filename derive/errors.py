"""The one exception that a user of derive is meant to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from difflib import get_close_matches
from itertools import islice


class DeriveError(Exception):
    """Bad input: says where, what was found, what is allowed and what to try.

    Attributes:
        what: one sentence; what is wrong, with what was found.
        where: the file, and in it the key (``net.toml: layers[2].size``), or "".
        allowed: what would be right, or "".
        hint: what to try next, or "".
    """

    def __init__(self, what: str, *, where: str = "", allowed: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.allowed = allowed
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{printable(self.where)}: {self.what}" if self.where else self.what
        if self.allowed:
            text += f"\n  allowed: {self.allowed}"
        if self.hint:
            text += f"\n  try: {self.hint}"
        return text

    def inside(self, source: str) -> DeriveError:
        """Return this error, for whom did not know that it is about a part of `source`."""
        where = f"{source}: {self.where}" if self.where else source
        return DeriveError(self.what, where=where, allowed=self.allowed, hint=self.hint)


def printable(text: str) -> str:
    """Return `text` on one line, with what a terminal would obey or could not show written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as an error message quotes it: as a file would have it, on one line, of `limit` characters."""
    text = _quoted(value, limit, 0)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _quoted(value: object, limit: int, depth: int) -> str:
    # Every branch looks at no more of a value than it shows: a hostile megabyte is never converted whole.
    match value:
        case str():
            return repr(value[: limit * 2])
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > 4 * limit:
            return f"a number of some {value.bit_length() * 3 // 10:,} digits"
        case int() | float():
            return str(value)
        case Decimal() if value.is_finite():
            digits = value.as_tuple().digits
            return str(value) if len(digits) <= limit else f"a number of {len(digits):,} digits"
        case Decimal():
            return str(value).lower().replace("infinity", "inf")
        case date() | time():
            return value.isoformat()
        case Mapping():
            pairs = (f"{printable(str(key)[:limit])} = {_part(part, limit, depth)}" for key, part in value.items())
            return _cut("{ ", pairs, len(value), " }") if value else "{}"
        case list() | tuple():
            return _cut("[", (_part(part, limit, depth) for part in value), len(value), "]")
        case _:
            return f"a {type(value).__name__}"


def _part(value: object, limit: int, depth: int) -> str:
    return _quoted(value, limit, depth + 1) if depth < 3 else "…"


def _cut(start: str, parts: Iterable[str], count: int, end: str, most: int = 6) -> str:
    return start + ", ".join(islice(parts, most)) + (", …" if count > most else "") + end


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest of `known` to `word`; "" when nothing is close."""
    names = {name.lower(): name for name in known}
    close = get_close_matches(word[:80].lower(), names, n=1, cutoff=0.6)
    return f"did you mean {names[close[0]]!r}?" if close else ""
