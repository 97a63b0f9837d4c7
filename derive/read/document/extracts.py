"""Extracts that are put together: parts of a text, with what lies between them left out or replaced."""

from __future__ import annotations

import html
import re
from array import array
from collections.abc import Callable, Sequence

from derive.read.document.types import Extract

ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES = re.compile(r"\s*")


class Taking:
    """Takes parts of one text, in order; `finish` gives the extract. size: how many characters it has so far."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words: list[str] = []
        self._starts, self._ends = array("i"), array("i")
        self._start = self._end = 0  # a part of the text as it stands, which may still grow
        self.size = 0

    def keep(self, start: int, end: int) -> None:
        """Take characters of the text as they stand."""
        if start >= end:
            return
        if start != self._end or self._start == self._end:
            self._settle()
            self._start = start
        self._end = end
        self.size += end - start

    def put(self, written: str, start: int, end: int) -> None:
        """Take `written` for what stands in the text from `start` up to `end`, whole."""
        if not written:
            return
        self._settle()
        self._words.append(written)
        for _ in written:
            self._starts.append(start)
            self._ends.append(end)
        self.size += len(written)

    def take(self, part: Extract) -> None:
        """Take an extract of the same text."""
        if isinstance(part.starts, range):
            self.keep(part.starts.start, part.starts.stop)
        elif part.text:
            self._settle()
            self._words.append(part.text)
            self._starts.extend(part.starts)
            self._ends.extend(part.ends)
            self.size += len(part.text)

    def _settle(self) -> None:
        if self._start < self._end:
            self._words.append(self._text[self._start : self._end])
            self._starts.extend(range(self._start, self._end))
            self._ends.extend(range(self._start + 1, self._end + 1))
            self._start = self._end

    def ends_with(self, character: str) -> bool:
        """Return whether the last character so far is this one."""
        if self._start < self._end:
            return self._text[self._end - 1] == character
        return bool(self._words) and self._words[-1].endswith(character)

    def finish(self) -> Extract:
        """Return all that was taken, as one extract."""
        if not self._words:
            return Extract.of(self._text, self._start, self._end)
        self._settle()
        return Extract("".join(self._words), self._starts, self._ends)


def joined(parts: Sequence[Extract]) -> Extract:
    """Return several extracts as one, in little memory."""
    starts, ends = array("i"), array("i")
    for part in parts:
        starts.extend(part.starts)
        ends.extend(part.ends)
    return Extract("".join([part.text for part in parts]), starts, ends)


def through(inner: Extract, outer: Extract) -> Extract:
    """Return an extract of the text of `outer` as one of the text that `outer` was taken from."""
    if isinstance(outer.starts, range) and outer.starts.start == 0:
        return inner
    if isinstance(inner.starts, range):
        start, end = inner.starts.start, inner.starts.stop
        return Extract(inner.text, outer.starts[start:end], outer.ends[start:end])
    starts = array("i", [_start(outer, at) for at in inner.starts])
    ends = array("i", [_end(outer, at, to) for at, to in zip(inner.starts, inner.ends, strict=True)])
    return Extract(inner.text, starts, ends)


def moved(start: int, end: int, outer: Extract) -> tuple[int, int]:
    """Return where a part of the text of `outer` stands in the text that `outer` was taken from."""
    return _start(outer, start), _end(outer, start, end)


def _start(outer: Extract, at: int) -> int:
    return outer.starts[at] if at < len(outer.starts) else outer.ends[-1] if len(outer.ends) else 0


def _end(outer: Extract, start: int, end: int) -> int:
    return outer.ends[min(end, len(outer.ends)) - 1] if end > start and len(outer.ends) else _start(outer, start)


def trimmed(extract: Extract, signs: str | None = None) -> Extract:
    """Return an extract without the space around it, or without these characters."""
    text = extract.text
    start = len(text) - len(text.lstrip(signs))
    end = max(start, len(text.rstrip(signs)))
    return extract if (start, end) == (0, len(text)) else extract[start:end]


def replaced(
    text: str, start: int, end: int, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str | None]
) -> Extract:
    """Return a part of the text in which what matches is replaced by its value; None leaves it as it is."""
    taking, at = Taking(text), start
    for match in pattern.finditer(text, start, end):
        new = value(match)
        if new is not None:
            taking.keep(at, match.start())
            taking.put(new, match.start(), match.end())
            at = match.end()
    taking.keep(at, end)
    return taking.finish()


def dropped(match: re.Match[str]) -> str:
    """A value for `replaced`: nothing."""
    return ""


def character(match: re.Match[str]) -> str | None:
    """A value for `replaced`: what an HTML entity stands for."""
    found = html.unescape(match.group())
    return None if found == match.group() else found


def decoded(text: str, start: int, end: int) -> Extract:
    """Return a part of the text with HTML's entities decoded."""
    if text.find("&", start, end) < 0:
        return Extract.of(text, start, end)
    return replaced(text, start, end, ENTITY, character)


def plain_lines(text: str) -> Extract:
    """Return the text with every end of a line written as "\\n"."""
    if "\r" not in text:
        return Extract.of(text)
    if "\r\n" not in text:
        return Extract.of(text.replace("\r", "\n"))
    starts, ends, at = array("i"), array("i"), 0
    while (found := text.find("\r\n", at)) >= 0:
        starts.extend(range(at, found))
        ends.extend(range(at + 1, found + 1))
        starts.append(found)
        ends.append(found + 2)
        at = found + 2
    starts.extend(range(at, len(text)))
    ends.extend(range(at + 1, len(text) + 1))
    return Extract(text.replace("\r\n", "\n").replace("\r", "\n"), starts, ends)


class Ahead:
    """Finds where a pattern next stands. Asked at places that rise, it reads the text once in all."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self._pattern = pattern
        self._text = text
        self._asked = -1
        self._found: re.Match[str] | None = None

    def __call__(self, at: int) -> re.Match[str] | None:
        if self._asked < 0 or at < self._asked or (self._found is not None and self._found.start() < at):
            self._found = self._pattern.search(self._text, at)
            self._asked = at
        return self._found
