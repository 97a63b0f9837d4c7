"""What stands within the lines of Markdown: formulas, code, images, tags, links, emphasis, escapes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from derive.read.document import images, maths
from derive.read.document.collecting import Collected, Inline
from derive.read.document.extracts import Taking, character, decoded, replaced, trimmed
from derive.read.document.maths import Span
from derive.read.document.types import Extract, PieceKind

MARKDOWN = maths.MARKDOWN

_GAP = re.compile(
    r"""\\(?P<escaped>[!-/:-@\[-`{-~])
    |(?P<entity>&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)
    |(?P<marks>\*+|_+|~~)
    |\[(?P<words>[^\[\]\n]*+)(?P<target>\]\((?:[^()\n]|\([^()\n]*+\))*+\))
    |(?P<rest>\]\((?:https?:|\#|\.|/|mailto:)[^()\s]*+\))""",
    re.X,
)
_IN_FORMULA = re.compile(r"\\(?=[_*])|&(?:amp|lt|gt|quot|apos|nbsp|\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6});")
_IN_DOUBLED = re.compile(_IN_FORMULA.pattern + r"|\\(?=\\[{}])")
_SOURCE = re.compile(r"\b(?:src|data-src)\s*=\s*(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)')", re.I)
_ALT = re.compile(r"\balt\s*=\s*(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)')", re.I)
_SCRIPT = re.compile(r"<(?P<which>sub|sup)\b[^<>]*+>(?P<inner>[^<>$\n]{1,40})</(?P=which)\s*>", re.I)
_MARKS = re.compile(r"\*+|_+")
_EMPHASIS = 200_000
"""Characters of a paragraph; in a longer one nobody emphasises."""
_BREAK = re.compile(r"<br\b", re.I)
_ADDRESS_END = re.compile(r"\s+[\"'(][^\"']*[\"')]?\s*\Z")


def _unescaped(match: re.Match[str]) -> str | None:
    return "" if match.group() == "\\" else character(match)


class Words:
    """Reads parts of a text as words with formulas among them. Parts are asked for in order.

    marked: whether Markdown's marks count, or the text is plain.
    """

    def __init__(self, text: str, found: Sequence[Span], collected: Collected, *, marked: bool = True) -> None:
        self.text, self.spans, self.collected, self.marked = text, found, collected, marked
        self._starts = [span.start for span in found]
        self._next = 0

    def line_end(self, at: int) -> int:
        """Return where the line that begins at `at` ends: a formula that goes on over lines makes them one."""
        end = self._newline(at)
        return self.reach(at, end, lines=True)

    def reach(self, start: int, end: int, *, lines: bool = False) -> int:
        """Return `end`, or where what goes across it ends."""
        number = bisect_left(self._starts, start)
        while number < len(self.spans) and self.spans[number].start < end:
            if self.spans[number].end > end:
                end = self._newline(self.spans[number].end) if lines else self.spans[number].end
            number += 1
        return end

    def following(self, at: int) -> int:
        """Return where the next formula, code, image or tag begins."""
        number = bisect_left(self._starts, at)
        return self.spans[number].start if number < len(self.spans) else len(self.text)

    def _newline(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def skip(self, at: int) -> None:
        """Forget what begins before `at`."""
        self._next = bisect_left(self._starts, at, self._next)

    def displays(self, start: int, end: int) -> bool:
        """Return whether a display formula stands there."""
        return any(span.display for span in self._between(start, end))

    def _between(self, start: int, end: int) -> Sequence[Span]:
        return self.spans[max(self._next, bisect_left(self._starts, start)) : bisect_left(self._starts, end)]

    def bars(self, start: int, end: int) -> list[int]:
        """Return where the bars between the cells of a row stand."""
        inside = self._between(start, end)
        at, found = start, []
        for span in (*inside, None):
            stop = end if span is None else span.start
            bar = self.text.find("|", at, stop)
            while bar >= 0:
                if self.text[bar - 1] != "\\" or bar == start:
                    found.append(bar)
                bar = self.text.find("|", bar + 1, stop)
            if span is not None:
                at = span.end
        return found

    def row(self, starts: Sequence[int], ends: Sequence[int]) -> None:
        """Add the row of a table whose cells stand there."""
        parts: list[Extract | Inline] = []
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if number:
                parts.append(Extract("\t", [start - 1], [start]))
            cell = self.text[start:end]
            first = start + len(cell) - len(cell.lstrip())
            parts.extend(self.parts(first, max(first, start + len(cell.rstrip()))))
        self.collected.words("row", parts, self.text)

    def add(self, kind: PieceKind, start: int, end: int) -> None:
        """Add a paragraph or a heading."""
        self.collected.words(kind, self.parts(start, end), self.text)

    def parts(self, start: int, end: int) -> list[Extract | Inline]:
        """Return what stands there."""
        between = self._between(start, end)
        marks = self._emphasis(start, end, between) if self.marked else frozenset()
        parts: list[Extract | Inline] = []
        part = self.text[start:end].rstrip()
        alone = (start + len(part) - len(part.lstrip()), start + len(part))
        at = start
        for span in between:
            if span.start < at:
                continue
            if at < span.start:
                parts.append(self._gap(at, span.start, marks))
            at = min(span.end, end) if span.kind != "formula" else span.end
            match span.kind:
                case "formula":
                    parts.append(self._formula(span))
                case "code":
                    parts.append(Extract.of(self.text, span.inside, span.until))
                case "image":
                    parts.append(self._image(span, alone == (span.start, span.end)))
                case "tag":
                    made, at = self._tag(span, alone == (span.start, span.end))
                    if made is not None:
                        parts.append(made)
        parts.append(self._gap(at, end, marks))
        return parts

    def _formula(self, span: Span) -> Inline:
        if self.marked:
            pattern = _IN_DOUBLED if span.doubled else _IN_FORMULA
            extract = replaced(self.text, span.inside, span.until, pattern, _unescaped)
        else:
            extract = Extract.of(self.text, span.inside, span.until)
        return Inline(extract, span.display, (span.start, span.inside), (span.until, span.end))

    def _image(self, span: Span, alone: bool) -> Extract | Inline:
        until = span.until
        if titled := _ADDRESS_END.search(self.text, span.inside, until):
            until = titled.start()
        found = images.formula(decoded(self.text, span.inside, until))
        if found is not None:
            return Inline(found, alone, (span.start, span.start + 1), (span.end - 1, span.end))
        words = self.text.find("](", span.start + 2, span.end)
        return Extract.of(self.text, span.start + 2, max(words, span.start + 2))

    def _tag(self, span: Span, alone: bool) -> tuple[Extract | Inline | None, int]:
        """Return what stands for a tag, and where the text goes on."""
        text = self.text
        if text[span.start : span.start + 4].lower() == "<img":
            for pattern, read in ((_SOURCE, images.formula), (_ALT, None)):
                found = pattern.search(text, span.start, span.end)
                if found is None:
                    continue
                value = decoded(text, *found.span("double" if found["double"] is not None else "single"))
                if read is None:
                    return value, span.end
                formula = read(value)
                if formula is not None:
                    return Inline(formula, alone, (span.start, span.start + 1), (span.end - 1, span.end)), span.end
            return None, span.end
        if script := _SCRIPT.match(text, span.start):
            return scripted(text, script), script.end()
        if _BREAK.match(text, span.start):
            return Extract("\n", [span.start], [span.end]), span.end
        return None, span.end

    def _gap(self, start: int, end: int, marks: frozenset[int]) -> Extract:
        if not self.marked:
            return Extract.of(self.text, start, end)
        taking, at = Taking(self.text), start
        for token in _GAP.finditer(self.text, start, end):
            kind = token.lastgroup
            if kind == "marks" and token.start() not in marks and token.group() != "~~":
                continue
            taking.keep(at, token.start())
            at = token.end()
            if kind == "escaped":
                taking.keep(at - 1, at)
            elif kind == "entity":
                taking.put(character(token) or token.group(), token.start(), at)
            elif kind == "target":
                taking.take(self._gap(*token.span("words"), marks))
        taking.keep(at, end)
        return taking.finish()

    def _emphasis(self, start: int, end: int, between: Sequence[Span]) -> frozenset[int]:
        """Return where the marks of emphasis stand: those of a pair, and not within a word, as in `w_1` and `2*x`."""
        text = self.text
        if end - start > _EMPHASIS or (text.find("*", start, end) < 0 and text.find("_", start, end) < 0):
            return frozenset()
        found, opened = set[int](), dict[str, int]()
        at = start
        for span in (*between, None):
            for match in _MARKS.finditer(text, at, max(at, span.start if span else end)):
                mark, first, last = match.group(), *match.span()
                before = text[first - 1] if first > start else " "
                after = text[last] if last < end else " "
                if before == "\\":
                    continue
                opens = not after.isspace() and not _joins(before, mark) and before not in ")]}"
                closes = not before.isspace() and not _joins(after, mark) and after not in "([{"
                if closes and mark in opened:
                    found |= {opened.pop(mark), first}
                elif opens:
                    opened[mark] = first
            if span is not None:
                at = max(at, span.end)
        return frozenset(found)


def _joins(character: str, mark: str) -> bool:
    """Return whether a mark next to this character is part of a word; scripts without spaces have their own custom."""
    return character.isalnum() and (character.isascii() or mark[0] == "_")


def scripted(text: str, script: re.Match[str]) -> Extract:
    """Return `<sub>1</sub>` as `_1`, and a longer one as `_{…}`."""
    mark = "_" if script["which"].lower() == "sub" else "^"
    inner = trimmed(decoded(text, *script.span("inner")))
    if inner.text.startswith("["):  # a note
        return Extract("", range(0), range(0))
    start, end = script.start(), script.start("inner")
    taking = Taking(text)
    if len(inner) == 1:
        taking.put(mark, start, end)
        taking.take(inner)
    else:
        taking.put(mark + "{", start, end)
        taking.take(inner)
        taking.put("}", script.end("inner"), script.end())
    return taking.finish()
