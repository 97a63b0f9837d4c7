"""reStructuredText as pieces."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

from derive.read.document import macros
from derive.read.document.collecting import Collected, Inline
from derive.read.document.extracts import Taking, dropped, replaced
from derive.read.document.maths import MOST, Full
from derive.read.document.types import Extract, PieceKind

_ADORNED = re.compile(r"(?P<sign>[=\-`:.'\"~^_*+#<>])(?P=sign)*+[ \t]*+(?:\n|\Z)")
_BLANK = re.compile(r"(?:[ \t]*+(?:\n|(?<=[ \t])\Z))++")
_DIRECTIVE = re.compile(r"(?P<indent>[ \t]*+)\.\.(?:[ \t]++(?:(?P<name>[\w:-]+?)::(?=[ \t\n]|\Z))?[ \t]*+|(?=\n)|\Z)")
_OPTIONS = re.compile(r"(?:[ \t]*+:[\w -]+:[^\n]*+(?:\n|\Z))*+")
_FIELD = re.compile(r"[ \t]*+:(?P<name>[\w -]+):[ \t]")
_ITEM = re.compile(r"[ \t]*+(?:[-*+•]|\(?(?:\d{1,4}|[A-Za-z#])[.)])[ \t]++")
_SIMPLE = re.compile(r"[ \t]*+=+(?:[ ]+=+)+[ \t]*+(?:\n|\Z)")
_UNDER = re.compile(r"[ \t]*+[-=]+(?:[ ]+[-=]+)*[ \t]*+(?:\n|\Z)")
_GRID = re.compile(r"[ \t]*+\+[-=+]+\+[ \t]*+(?:\n|\Z)")
_COLUMN = re.compile(r"=+")
_CODE = frozenset(
    ("code", "code-block", "sourcecode", "parsed-literal", "literalinclude", "doctest", "ipython", "testcode")
)
_LITERAL = frozenset(("raw", "image", "figure", "include", "toctree", "index", "contents", "only", "graphviz", "plot"))
_INLINE = re.compile(
    r""":math:`(?P<math>(?:[^`\\]|\\.){1,20000}+)`
    |``(?P<literal>(?:[^`\n]|`(?!`))++)``
    |(?::[\w:+-]+:)?`(?P<role>[^`<\n]+?)(?P<target>\s*<[^`<>\n]*>)?`_{0,2}
    |(?P<strong>\*\*)(?P<bold>[^*\s][^*\n]*)\*\*
    |(?<![\w*])\*(?P<words>[^*\s](?:[^*\n]*[^*\s])?)\*(?![\w*])
    |\$(?P<dollars>[^$\n]{1,2000})\$
    |\\(?P<escaped>[^\s])""",
    re.X,
)


def read(text: str, found: Collected) -> None:
    """Collect the pieces of a text in reStructuredText."""
    if defined := macros.defined(text):
        found.front["macros"] = defined
    _Reader(text, found).run()


class _Reader:
    def __init__(self, text: str, found: Collected) -> None:
        self.text, self.found = text, found
        self.open = -1

    def end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def indent(self, at: int, end: int) -> int:
        line = self.text[at:end]
        return len(line) - len(line.lstrip(" \t"))

    def flush(self, end: int, kind: PieceKind = "prose") -> None:
        if self.open >= 0:
            self.words(kind, self.open, end)
            self.open = -1

    def run(self) -> None:
        text, at = self.text, 0
        while at < len(text):
            if blank := _BLANK.match(text, at):
                self.flush(at)
                at = blank.end()
                continue
            end = self.end(at)
            following = self.special(at, end)
            if following > at:
                at = following
                continue
            if item := _ITEM.match(text, at):
                self.flush(at)
                self.open = item.end()
            elif self.open < 0:
                self.open = at
            at = self.literal(at, end) if text[at:end].rstrip().endswith("::") else end
        self.flush(len(text))

    def special(self, at: int, end: int) -> int:
        """Read what is no paragraph and return where it ends; `at` where there is no such thing."""
        text = self.text
        if directive := _DIRECTIVE.match(text, at, end):
            self.flush(at)
            return self.directive(directive, end)
        if self.open < 0 and _SIMPLE.match(text, at):
            return self.simple(at, end)
        if _GRID.match(text, at):
            self.flush(at)
            return self.grid(at)
        if _ADORNED.match(text, at):
            length = len(text[at:end].rstrip())
            if self.open >= 0:
                title = text[self.open : at].strip()
                if "\n" not in title and length >= min(3, len(title)):
                    self.flush(at, "heading")
                    return end
            elif length >= 3:  # a line above a title, or one that parts sections
                return end
        if (field := _FIELD.match(text, at)) and self.open < 0:
            self.open = field.end()
            return end
        return at

    def block(self, at: int, least: int) -> int:
        """Return where the lines end that are further in than `least`, or blank."""
        text, end = self.text, at
        while at < len(text):
            if blank := _BLANK.match(text, at):
                at = blank.end()
                continue
            stop = self.end(at)
            if self.indent(at, stop) <= least:
                break
            at = end = stop
        return end

    def unindented(self, start: int, end: int) -> Extract:
        text = self.text
        widths = [self.indent(at, to) for at, to in self.lines(start, end) if text[at:to].strip()]
        width = min(widths, default=0)
        return (
            replaced(text, start, end, re.compile(rf"^[ \t]{{1,{width}}}", re.M), dropped)
            if width
            else Extract.of(text, start, end)
        )

    def lines(self, start: int, end: int) -> list[tuple[int, int]]:
        found = []
        while start < end:
            stop = min(self.end(start), end)
            found.append((start, stop))
            start = stop
        return found

    def literal(self, at: int, end: int) -> int:
        """Read the paragraph that ends with "::" and the code after it."""
        text = self.text
        last = at + len(text[at:end].rstrip()) - 1
        least = self.indent(at, end)
        if self.open < last - 1:
            self.flush(last)
        self.open = -1
        blank = _BLANK.match(text, end)
        start = blank.end() if blank else end
        stop = self.block(start, least)
        if stop > start:
            self.found.code(self.unindented(start, stop))
        return max(stop, end)

    def directive(self, directive: re.Match[str], end: int) -> int:
        text = self.text
        name = (directive["name"] or "").rsplit(":", 1)[-1].lower()
        least = len(directive["indent"])
        stop = max(end, self.block(end, least))
        if not name:  # a comment, a target, a footnote
            return stop
        first = directive.end()
        options = _OPTIONS.match(text, end, stop)
        inside = options.end() if options else end
        if name == "math":
            self.maths(first, end, inside, stop)
        elif name in _CODE:
            blank = _BLANK.match(text, inside, stop)
            inside = blank.end() if blank else inside
            self.found.code(self.unindented(inside, stop), text[first:end].strip().lower())
        elif name in _LITERAL:
            return stop
        elif name in ("list-table", "csv-table"):
            self.listed(inside, stop, name)
        else:  # a note, a table, a container: what stands in it is read as if it stood outside
            if text[first:end].strip():
                self.words("heading" if name in ("rubric", "topic", "admonition") else "prose", first, end)
            return inside
        return stop

    def maths(self, first: int, end: int, inside: int, stop: int) -> None:
        if self.text[first:end].strip():
            following = _BLANK.match(self.text, inside, stop)
            self.found.formula(
                Extract.of(self.text, first, end if following or inside > end else self.paragraph(end, stop)),
                display=True,
            )
            if not following and inside == end:
                inside = self.paragraph(end, stop)
        while inside < stop:
            if blank := _BLANK.match(self.text, inside, stop):
                inside = blank.end()
                continue
            last = self.paragraph(inside, stop)
            self.found.formula(Extract.of(self.text, inside, last), display=True)
            inside = last

    def paragraph(self, at: int, stop: int) -> int:
        while at < stop and not _BLANK.match(self.text, at, stop):
            at = min(self.end(at), stop)
        return at

    def simple(self, at: int, end: int) -> int:
        """Read a table whose columns are told by lines of "="."""
        text = self.text
        columns = [match.start() for match in _COLUMN.finditer(text[at:end])]
        borders, line = 1, end
        while line < len(text):
            stop = self.end(line)
            if _SIMPLE.match(text, line):
                borders += 1
                blank = stop >= len(text) or text[stop : self.end(stop)].strip() == ""
                if borders == 3 or (borders == 2 and blank):
                    return stop
            elif not _UNDER.match(text, line) and text[line:stop].strip():
                last = line + len(text[line:stop].rstrip())
                starts = [min(line + _offset(text[line:last], column), last) for column in columns]
                self.row(starts, [*starts[1:], last])
            elif borders > 2:
                return line
            line = stop
        return line

    def grid(self, at: int) -> int:
        """Read a table with a frame of "+", "-" and "|"."""
        text = self.text
        while at < len(text):
            end = self.end(at)
            line = text[at:end]
            bare = line.strip()
            if not bare or bare[0] not in "+|":
                break
            if bare[0] == "|":
                bars = [at + number for number, sign in enumerate(line) if sign == "|"]
                self.row([bar + 1 for bar in bars[:-1]], bars[1:])
            at = end
        return at

    def listed(self, start: int, stop: int, name: str) -> None:
        """Read a table that is a list of lists, or of values with commas."""
        starts: list[int] = []
        ends: list[int] = []
        for at, to in self.lines(start, stop):
            line = self.text[at:to]
            item = re.match(r"\s*(?P<row>\*\s+)?(?P<cell>-\s+|-$)", line)
            if name == "csv-table":
                cells = [match.span() for match in re.finditer(r"\"[^\"\n]*\"|[^,\n]+", line)] if line.strip() else []
                if cells:
                    self.row([at + first for first, _ in cells], [at + last for _, last in cells])
            elif item:
                if item["row"] and starts:
                    self.row(starts, ends)
                    starts, ends = [], []
                starts.append(at + item.end())
                ends.append(to)
            elif ends:
                ends[-1] = to
        if starts:
            self.row(starts, ends)

    def row(self, starts: list[int], ends: list[int]) -> None:
        parts: list[Extract | Inline] = []
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if number:
                parts.append(Extract("\t", [max(start - 1, 0)], [start]))
            cell = self.text[start:end]
            first = start + len(cell) - len(cell.lstrip())
            parts.extend(self.inline(first, max(first, start + len(cell.rstrip()))))
        self.found.words("row", parts, self.text)

    def words(self, kind: PieceKind, start: int, end: int) -> None:
        self.found.words(kind, self.inline(start, end), self.text)

    def inline(self, start: int, end: int) -> list[Extract | Inline]:
        """Return words with formulas among them."""
        text, at = self.text, start
        parts: list[Extract | Inline] = []
        taking = Taking(text)
        for match in _INLINE.finditer(text, start, end):
            if match["dollars"] and "\\" not in match["dollars"]:
                continue
            taking.keep(at, match.start())
            at = match.end()
            formula = "math" if match["math"] else "dollars" if match["dollars"] else ""
            if formula:
                parts.append(taking.finish())
                taking = Taking(text)
                first, last = match.span(formula)
                parts.append(Inline(Extract.of(text, first, last), False, (match.start(), first), (last, at)))
                if len(parts) > 2 * MOST:
                    raise Full
            else:
                group = next(
                    name for name in ("literal", "role", "bold", "words", "escaped") if match[name] is not None
                )
                taking.keep(*match.span(group))
        taking.keep(at, end)
        parts.append(taking.finish())
        return parts


def _offset(line: str, column: int) -> int:
    """Return which character of a line stands in a column: Chinese ones take two."""
    if line.isascii():
        return column
    width = 0
    for place, character in enumerate(line):
        if width >= column:
            return place
        width += 2 if east_asian_width(character) in "WF" else 1
    return max(len(line), column)
