"""A label as it stands on paper: its runs of letters, how far each is raised, and how much room it takes.

Both drawings, TikZ and SVG, are laid out before any font is known. So the estimate is on the safe side: for each
letter the wider of Computer Modern and Times, and for scripts the shifts of The TeXbook, appendix G, rule 18.
"""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

from msgspec import Struct

from derive.notation import GREEK, Label

CM_PER_PT = 2.54 / 72.27
SCRIPT = 0.7
"""The size of sub- and superscripts, as a part of the size of what they belong to."""

# Small sizes of a font are drawn wider: a 6 pt digit of Computer Modern is 0.61 em wide, a 10 pt one 0.5 em.
_SCRIPT_WIDTH = 0.85
_X_HEIGHT = 0.44

_LOWER = (53, 50, 45, 52, 47, 53, 50, 58, 36, 43, 54, 34, 88, 60, 50, 51, 50, 48, 47, 37, 58, 50, 73, 59, 50, 51)
_UPPER = (75, 77, 78, 83, 77, 76, 79, 90, 52, 65, 91, 69, 108, 90, 77, 77, 80, 76, 66, 72, 79, 80, 108, 90, 79, 75)
_ITALIC = {chr(97 + i): w / 100 for i, w in enumerate(_LOWER)} | {chr(65 + i): w / 100 for i, w in enumerate(_UPPER)}
_ROMAN = (
    dict.fromkeys(" .,:;'|!ijl", 0.29) | dict.fromkeys("()[]frst-I/", 0.40)
    | dict.fromkeys("w+=−±×<>≈→", 0.79) | {"m": 0.84}
)  # fmt: skip
_TALL = set("bdfhijkltβδζθλξφψ0123456789!?|/") | {chr(c) for c in range(65, 91)}
_DEEP = set("gjpqyβζημξρφχψ,;")


class Run(Struct, frozen=True):
    """Letters of one style at one height.

    size: as a part of the label's size. raised: of the baseline, in the label's size. back: how far to go back first.
    """

    text: str
    italic: bool
    size: float = 1.0
    raised: float = 0.0
    back: float = 0.0


class Extent(Struct, frozen=True):
    """The room of a line of letters: width, and height above and depth below the baseline."""

    width: float
    height: float
    depth: float


def printable(text: str) -> str:
    """Return `text` with control characters and lone surrogates, which no output may hold, made visible."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def spoken(label: Label) -> str:
    """Return the label as plain text, for terminals and for readers who hear a figure."""
    scripts = (f"_{label.sub}" if label.sub else "") + (f"^{label.sup}" if label.sup else "")
    return printable(label.text or label.base + scripts)


def runs(label: Label) -> tuple[Run, ...]:
    """Return the letters of `label`: base, superscript, and under it the subscript."""
    sup, sub = _script(label.sup), _script(label.sub)
    up, down = _shifts(_extent(sup), _extent(sub))
    # How wide the superscript came out only the font knows; the fonts that are asked for agree within a few percent.
    back = SCRIPT * sum(0.36 if c in "()[]" else 0.5 for r in sup for c in r.text)
    raised = [Run(r.text, r.italic, SCRIPT, up) for r in sup]
    lowered = [Run(r.text, r.italic, SCRIPT, -down, 0.0 if i else back) for i, r in enumerate(sub)]
    return (_base(label), *raised, *lowered)


def label_extent(label: Label) -> Extent:
    """Return the room that `label` takes, in its own size."""
    base, sup, sub = _extent((_base(label),)), _extent(_script(label.sup)), _extent(_script(label.sub))
    up, down = _shifts(sup, sub)
    return Extent(
        base.width + max(sup.width, sub.width),
        max(base.height, up + sup.height if sup.width else 0.0),
        max(base.depth, down + sub.depth if sub.width else 0.0),
    )


def text_extent(text: str) -> Extent:
    """Return the room that a line of plain text takes, in its own size."""
    return _extent((Run(printable(text), italic=False),))


def _base(label: Label) -> Run:
    word = GREEK.get(label.base, label.base)
    return Run(printable(word), len(word) == 1 and word.isalpha())


def _script(script: str) -> tuple[Run, ...]:
    # As in derive.notation: a word stands upright, the letters of h1 are variables.
    text = printable(script)
    if text.isalpha() and len(text) > 1:
        return (Run(text, italic=False, size=SCRIPT),)
    parts: list[Run] = []
    for char in text:
        if parts and parts[-1].italic == char.isalpha():
            parts[-1] = Run(parts[-1].text + char, char.isalpha(), SCRIPT)
        else:
            parts.append(Run(char, char.isalpha(), SCRIPT))
    return tuple(parts)


def _shifts(sup: Extent, sub: Extent) -> tuple[float, float]:
    """Return how far the scripts are shifted, up and down (rule 18, with the parameters of cmsy10)."""
    if not sup.width:
        return 0.0, max(0.15, sub.height - 0.8 * _X_HEIGHT)
    up = max(0.363, sup.depth + 0.25 * _X_HEIGHT)
    down = 0.247
    gap = (up - sup.depth) - (sub.height - down)
    if sub.width and gap < 0.16:
        down += 0.16 - gap
        lift = 0.8 * _X_HEIGHT - (up - sup.depth)
        if lift > 0:
            up, down = up + lift, down - lift
    return up, down


def _extent(line: Sequence[Run]) -> Extent:
    """Return the room of runs of one size on one baseline."""
    return Extent(
        sum((_SCRIPT_WIDTH if r.size < 1.0 else 1.0) * _width(c, r.italic) for r in line for c in r.text),
        max((r.size * _height(c) for r in line for c in r.text), default=0.0),
        max((r.size * _depth(c) for r in line for c in r.text), default=0.0),
    )


def _width(char: str, italic: bool) -> float:
    if east_asian_width(char) in "WF":
        return 1.0
    if italic:
        return _ITALIC.get(char, 0.66)
    return _ROMAN.get(char, 0.79 if char.isupper() else 0.56 if char.isascii() else 0.7)


def _height(char: str) -> float:
    return 0.75 if char in "()[]" or east_asian_width(char) in "WF" else 0.7 if char in _TALL else _X_HEIGHT


def _depth(char: str) -> float:
    return 0.25 if char in "()[]" else 0.21 if char in _DEEP else 0.12 if east_asian_width(char) in "WF" else 0.0
