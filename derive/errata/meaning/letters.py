"""Index letters: in which names they are, and numbers in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from derive.errata.naming import Ref
from derive.read.written import tree
from derive.read.written.tree import BigSum, Name, Node, Of

_INDICES = re.compile(r"[\djkilmnpq,]{1,5}")
_LETTER = re.compile(r"[jkilmnpq]")


def index_letters(name: Name) -> list[str]:
    """Return the index letters of a subscript that has nothing else but digits."""
    return _LETTER.findall(name.sub) if _INDICES.fullmatch(name.sub) else []


def bound(name: Name, binding: Mapping[str, int]) -> Name:
    """Return a name with numbers for its index letters."""
    if not binding or not any(letter in binding for letter in index_letters(name)):
        return name
    sub = "".join(str(binding.get(c, c)) for c in name.sub)
    return Name(name.start, name.end, name.base, sub, name.sup, name.accent, name.primes, name.bold)


def letters_of(node: Node, ref: Callable[[Name], Ref | None]) -> dict[str, None]:
    """Return the index letters in a formula that no sum of it binds, in the order of the text."""
    found: dict[str, None] = {}

    def look(here: Node, inside: frozenset[str]) -> None:
        if isinstance(here, BigSum):
            inside = inside | {letter.strip("()") for letter in here.letter.split(",") if letter}
        name = here.name if isinstance(here, Of) else here
        if isinstance(name, Name) and (meant := ref(name)) is not None:
            found.update(dict.fromkeys(letter for letter in ref_letters(meant) if letter not in inside))
        for part in tree.parts(here):
            look(part, inside)

    look(node, frozenset())
    return found


def ref_letters(ref: Ref) -> list[str]:
    """Return the index letters in what a name refers to, without what is added to them: l of l − 1."""
    return [place.rstrip("+-0123456789") for place in (ref.layer, *(ref.index or ())) if isinstance(place, str)]
