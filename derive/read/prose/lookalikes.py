"""What looks like a formula and is none: programs, and equations of chemistry."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.read.prose.expressions import Part

_CODE = re.compile(
    r"\b(?:for\s+\w+\s+in\b|def\s+\w+\s*\(|import\s+\w|return\s+\w+\s*[;(\[]|lambda\s+\w|self\.|np\.|torch\.|tf\.|"
    r"if\s*\(|print\s*\(|range\s*\(|pip3?\s+install|python3?\s+\S+\.py|elif\b|const\s+\w+\s*=|let\s+\w+\s*=[^=]*;|var\s+\w+\s*="
    r"|int\s+\w+\s*=|double\s+\w+\s*=|float\s+\w+\s*=)"
)
_ELEMENT = re.compile(r"(?:[A-Z][a-z]?[0-9₀-₉]*)+")
_COMPOUND = re.compile(r"[A-Z][a-z]?[0-9₀-₉]*[A-Z]")


def lines_of_code(text: str, parts: Sequence[Part]) -> list[tuple[int, int]]:
    """Return the lines of a text that are code, by the first of their parts and what follows the last."""
    found: list[tuple[int, int]] = []
    first = 0
    for at, part in enumerate([*parts, Part("cut", "\n", len(text), len(text), False)]):
        if part.sort == "cut" and part.text == "\n":
            start = parts[first].start if first < at else part.start
            if _CODE.search(text, start, part.start):
                found.append((first, at))
            first = at + 1
    return found


def of_molecules(parts: Sequence[Part]) -> bool:
    """Return whether something is about molecules: sums of symbols of elements, of which one is a compound."""
    names = [part.text for part in parts if part.sort in ("name", "word")]
    return (
        all(part.sort in ("name", "word", "number", "relation") or part.text == "+" for part in parts)
        and any(part.text == "+" for part in parts)
        and all(_ELEMENT.fullmatch(name) for name in names)
        and any(_COMPOUND.match(name) for name in names)
    )
