"""The tags of HTML and MathML in a text, broken or not."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from derive.read.document.extracts import Ahead, decoded
from derive.read.document.types import Extract

_TAG = re.compile(r"<(?P<slash>/?)(?P<name>[A-Za-z][^\s/<>]*+)(?P<rest>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_SIMPLE = re.compile(r"<(?P<slash>/?)(?P<name>[A-Za-z][^\s/<>]*+)(?P<rest>[^<>]*+)>")
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^\s\"'<>]++)))?"
)
_PATIENCE = 20
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "mspace")
)


class Tag(NamedTuple):
    """A tag from `start` up to `end`; its attributes stand from `rest` on."""

    name: str
    closing: bool
    start: int
    end: int
    rest: int


class Tags:
    """Finds tags, and the ends of elements. What looks like a tag and is none, is text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._failed = 0
        self._pattern = _TAG
        self._ends: dict[str, dict[int, tuple[int, int]]] = {}
        self._comment = Ahead(re.compile(r"-->"), text)
        self._data = Ahead(re.compile(r"\]\]>"), text)

    def next(self, at: int, end: int) -> tuple[int, Tag | None, int]:
        """Return where text ends that begins at `at`, the tag after it, and where to go on; None for a comment."""
        text = self.text
        look = at
        while True:
            start = text.find("<", look, end)
            if start < 0:
                return end, None, end
            match = self._pattern.match(text, start, end)
            if match is not None:
                name = match["name"].lower().rpartition(":")[2]
                return start, Tag(name, bool(match["slash"]), start, match.end(), match.start("rest")), match.end()
            if text.startswith("<!--", start):
                closing = self._comment(start + 4)
                if closing is not None:
                    return start, None, min(closing.end(), end)
            elif text.startswith("<![CDATA[", start):
                closing = self._data(start)
                return start, None, start + 9 if closing else start + 1
            elif text.startswith(("<!", "<?"), start):
                stop = text.find(">", start, min(end, start + 2000))
                if stop >= 0:
                    return start, None, stop + 1
            elif text[start + 1 : start + 2].isalpha() and self._pattern is _TAG:
                self._failed += 1
                if self._failed > _PATIENCE:  # quotes that never end: each would be looked for up to the end
                    self._pattern = _SIMPLE
            look = start + 1

    def element(self, tag: Tag) -> tuple[int, int] | None:
        """Return where the content of an element ends, and where it ends itself; None where it is left open."""
        if tag.name not in self._ends:
            self._ends[tag.name] = self._matched(tag.name)
        return self._ends[tag.name].get(tag.start)

    def _matched(self, name: str) -> dict[int, tuple[int, int]]:
        found: dict[int, tuple[int, int]] = {}
        opened: list[int] = []
        for match in re.finditer(
            rf"<(?P<slash>/?)(?:[A-Za-z]+:)?{re.escape(name)}(?=[\s/>])[^<>]*+>?", self.text, re.I
        ):
            if not match["slash"]:
                if not match.group().endswith("/>"):
                    opened.append(match.start())
            elif opened:
                found[opened.pop()] = match.span()
        return found

    def attributes(self, tag: Tag) -> dict[str, str]:
        """Return the attributes of a tag, decoded."""
        return {
            match["name"].lower(): html.unescape(match["double"] or match["single"] or match["bare"] or "")
            for match in _ATTRIBUTE.finditer(self.text, tag.rest, tag.end - 1)
        }

    def attribute(self, tag: Tag, name: str) -> Extract | None:
        """Return the value of an attribute, as it stands in the text."""
        for match in _ATTRIBUTE.finditer(self.text, tag.rest, tag.end - 1):
            if match["name"].lower() == name:
                for group in ("double", "single", "bare"):
                    if match[group] is not None:
                        return decoded(self.text, *match.span(group))
        return None

    def empty(self, tag: Tag) -> bool:
        """Return whether an element has no content by its nature or by its slash."""
        return tag.name in _VOID or self.text[tag.end - 2] == "/"
