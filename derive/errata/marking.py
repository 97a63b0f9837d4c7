"""Foreign text as HTML: escaped, what cannot be seen shown as escapes, and parts of it marked."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable
from html import escape

from msgspec import Struct

from derive.read.document import Extract

_ODD = re.compile(r"[^\x20-\x7e]")
_BEFORE = re.compile(r"(?:\$\$?|\\[(\[]|:math:`)$")
_AFTER = re.compile(r"\$\$?|\\[)\]]|`")


class Span(Struct, frozen=True):
    """A part of the file's text, and what becomes of it on the page, given its escaped text.

    formula: whether it is one in the midst of prose, of which the delimiters go as well.
    """

    start: int
    end: int
    render: Callable[[str], str]
    formula: bool = False


def visible(text: str, *, breaks: bool = False) -> str:
    """Return foreign text as HTML; controls, marks of direction and halves of characters as escapes.

    breaks: whether line breaks and tabs stay, as in a program.
    """

    def shown(found: re.Match[str]) -> str:
        c = found.group()
        if c.isprintable() or (breaks and c in "\n\t"):
            return c
        if c in "\n\r\t" or unicodedata.category(c) == "Zs":
            return "" if breaks and c == "\r" else " " if c.isascii() else c
        return f'<span class="escape">{c.encode("unicode_escape").decode("ascii")}</span>'

    return _ODD.sub(shown, escape(text))


def woven(extract: Extract, spans: Iterable[Span], *, breaks: bool = False) -> str:
    """Return an extract as HTML, with its spans as they are to be; of two that overlap the first is taken."""
    made, at = [], 0
    for first, last, span in sorted(_located(extract, spans), key=lambda each: each[:2]):
        if first < at:
            continue
        made.append(visible(extract.text[at:first], breaks=breaks))
        made.append(span.render(visible(extract.text[first:last], breaks=breaks)))
        at = last
    return "".join([*made, visible(extract.text[at:], breaks=breaks)])


def _located(extract: Extract, spans: Iterable[Span]) -> Iterable[tuple[int, int, Span]]:
    for span in spans:
        first, last = bisect_left(extract.starts, span.start), bisect_left(extract.starts, span.end)
        if first >= last or extract.ends[first] > max(span.end, span.start + 1):
            continue
        if span.formula:
            before = _BEFORE.search(extract.text[max(0, first - 7) : first])
            after = _AFTER.match(extract.text, last)
            if before and after:
                first, last = first - len(before.group()), after.end()
        yield first, last, span
