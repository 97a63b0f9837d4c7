"""The one exception that a user of derive is meant to read."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


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
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.allowed:
            text += f"\n  allowed: {self.allowed}"
        if self.hint:
            text += f"\n  try: {self.hint}"
        return text


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as an error message quotes it: on one line, printable, at most `limit` characters."""
    # Slicing first keeps a hostile megabyte from being quoted whole before it is cut.
    text = ascii(value[: limit * 2]) if isinstance(value, str) else ascii(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest of `known` to `word`, or all of them when nothing is close."""
    names = list(known)
    close = get_close_matches(word[:80], names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    listed = ", ".join(names[:20])
    return f"one of: {listed}{', …' if len(names) > 20 else ''}"
