"""Markdown, and plain text with formulas in it, as pieces."""

from __future__ import annotations

import re

from derive.read.document import front, html, inline, macros
from derive.read.document.collecting import Collected
from derive.read.document.extracts import Ahead, Taking, dropped, replaced
from derive.read.document.inline import Words
from derive.read.document.maths import MOST, TEXT, Full, spans
from derive.read.document.types import Extract, PieceKind

# What is set apart before all else: comments, fenced code, and blocks of HTML with rules of their own.
_APART = re.compile(
    r"""(?P<comment><!--)
    |^(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$
    |(?P<raw>^[ \t]*<(?P<tag>table|pre|script|style)\b|(?<!`)<(?P<maths>math)\b)""",
    re.X | re.M,
)
_QUOTE = re.compile(r"^(?:[ ]{0,3}>[ ]?){1,40}+", re.M)
_QUOTE_END = re.compile(r"^(?![ \t]*>)", re.M)
_LANGUAGE = re.compile(r"\s*\{?\s*[.=]?(?P<name>[\w+#-]*)")
_RAW_ENDS = {
    name: re.compile(rf"</{name}\s*>", re.I) for name in ("table", "pre", "script", "style", "math")
}  # fmt: skip

_LINE = re.compile(
    r"""(?P<blank>(?:[ \t]*+\n)++|[ \t]++\Z)
    |(?P<code>(?:[ ]{4}|[ ]{0,3}\t)(?=[ \t]*+[^\s]))
    |(?P<heading>[ ]{0,3}\#{1,6}(?=[ \t\n]|\Z)[ \t]*+)
    |(?P<rule>[ ]{0,3}(?:(?:-[ \t]*+){3,}+|(?:\*[ \t]*+){3,}+|(?:_[ \t]*+){3,}+|:{3,}[^\n]*+)(?=\n|\Z))
    |(?P<under>[ ]{0,3}(?:=++|-++)[ \t]*+(?=\n|\Z))
    |(?P<item>[ \t]*+(?:[-*+]|\d{1,9}[.)])(?:[ \t]++|(?=\n)))
    |(?P<plain>)""",
    re.X,
)
_CODE = re.compile(r"(?:(?:[ \t]*+\n)*+(?:[ ]{4}|[ ]{0,3}\t)[ \t]*+[^\s][^\n]*+(?:\n|\Z))++")
_CODE_INDENT = re.compile(r"^(?:[ ]{4}|[ ]{0,3}\t)", re.M)
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|(?=\n))")
_DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-[ \t|:-]*+(?:\n|\Z)")
_PARAGRAPH = re.compile(r"^(?:[^\S\n]*+[^\s][^\n]*+(?:\n|\Z))++", re.M)
_RUN = re.compile(r"(?:(?:[^\W\d_]|\d++(?![.)]))[^\n|]*+\n)*+")  # lines that can be nothing but words


def read(text: str, found: Collected, *, page: bool = True) -> None:
    """Collect the pieces of a text in Markdown. page: whether it is a whole file, which may have front matter."""
    at = 0
    if page:
        table, at, unread = front.read(text)
        found.front = table
        found.unread.extend(unread)
    if defined := macros.defined(text):
        found.front["macros"] = defined
    _parts(text, at, found)


def read_plain(text: str, found: Collected) -> None:
    """Collect the pieces of plain text: paragraphs, and the formulas between delimiters in them."""
    if defined := macros.defined(text):
        found.front["macros"] = defined
    words = Words(text, spans(text, TEXT), found, marked=False)
    at = 0
    while paragraph := _PARAGRAPH.search(text, at):
        start, end = paragraph.span()
        end = max(end, words.reach(start, end))  # a display formula may go across empty lines
        words.add("prose", start, end)
        at = end


def _parts(text: str, at: int, found: Collected) -> None:
    """Set code, comments and HTML apart; read what lies between."""
    comment_end = Ahead(re.compile(r"-->"), text)
    raw_ends = {name: Ahead(pattern, text) for name, pattern in _RAW_ENDS.items()}
    taking = Taking(text)
    delegated = 0
    while apart := _APART.search(text, at):
        start, end = apart.span()
        if apart["comment"]:
            closing = comment_end(end)
            if closing is None or text[start - 1 : start] == "`":
                taking.keep(at, end)
                at = end
                continue
            taking.keep(at, start)
            at = closing.end()
        elif apart["raw"]:
            name = apart["tag"] or apart["maths"]
            closing = raw_ends[name](end)
            taking.keep(at, start if closing else end)
            at = closing.end() if closing else end
            delegated += 1
            if delegated > MOST:
                raise Full
            if closing:
                _chunk(taking.finish(), found)
                with found.part(Extract.of(text, start, at)) as part:
                    html.read(text[start:at], part)
                taking = Taking(text)
        elif "`" in apart["info"] and apart["fence"][0] == "`":  # code within a line
            taking.keep(at, end)
            at = end
        else:
            taking.keep(at, start)
            _chunk(taking.finish(), found)
            at = _fenced(text, apart, found)
            taking = Taking(text)
    taking.keep(at, len(text))
    _chunk(taking.finish(), found)


def _fenced(text: str, opening: re.Match[str], found: Collected) -> int:
    """Add fenced code, and return where it ends."""
    start, last = min(opening.end() + 1, len(text)), len(text)
    quoted = ">" in opening["lead"]
    if quoted and (line := _QUOTE_END.search(text, start)):
        last = line.start()
    fence = opening["fence"]
    closing = re.compile(rf"^[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$", re.M).search(text, start, last)
    end = closing.start() if closing else last
    width = len(opening["lead"].expandtabs(4))
    if quoted:
        content = replaced(text, start, end, _QUOTE, dropped)
    elif width:
        content = replaced(text, start, end, re.compile(rf"^[ \t]{{1,{min(width, 60)}}}", re.M), dropped)
    else:
        content = Extract.of(text, start, end)
    named = _LANGUAGE.match(opening["info"])
    language = named["name"].lower() if named else ""
    if language == "math":
        found.formula(content, display=True)
    else:
        found.code(content, language)
    return closing.end() if closing else last


def _chunk(part: Extract, found: Collected) -> None:
    """Read a part of the text that has neither fenced code nor comments."""
    if not part.text.strip():
        return
    with found.part(part) as whole:
        if ">" not in part.text or _QUOTE.search(part.text) is None:
            _Blocks(part.text, whole).run()
            return
        quoted = replaced(part.text, 0, len(part.text), _QUOTE, dropped)
        with whole.part(quoted) as inner:
            _Blocks(quoted.text, inner).run()


class _Blocks:
    """Paragraphs, headings, lists, tables and indented code."""

    def __init__(self, text: str, found: Collected) -> None:
        self.text, self.found = text, found
        self.words = Words(text, spans(text, inline.MARKDOWN), found)
        self.open = -1  # where the paragraph that is read began
        self.listed = False
        self.blank = True

    def run(self) -> None:
        text, at = self.text, 0
        while at < len(text):
            line = _LINE.match(text, at)
            assert line is not None  # one of its parts is empty
            kind = line.lastgroup or ""
            if kind == "blank":
                self.flush(at)
                self.blank, at = True, line.end()
                continue
            end = self.words.line_end(at)
            at = self.line(kind, at, line.end(), end)
            self.blank = False
        self.flush(len(text))

    def line(self, kind: str, at: int, inside: int, end: int) -> int:
        """Read a line that is not blank, and return where the next one begins."""
        text = self.text
        if kind == "code" and (self.open >= 0 or self.listed):
            # Deeper in a list: what stands there is an item or words, as it would be further left.
            item = _ITEM.match(text, at)
            kind, inside = ("item", item.end()) if item else ("plain", at)
        if kind == "code":
            block = _CODE.match(text, at)
            stop = block.end() if block else end
            self.found.code(replaced(text, at, stop, _CODE_INDENT, dropped))
            self.words.skip(stop)
            return stop
        if kind == "under" or (kind == "rule" and text[at:end].strip().strip("-") == ""):
            if self.open >= 0 and not self.words.displays(self.open, at):
                self.flush(at, "heading")
                return end
            if kind == "under" and text[at:end].strip() != "":
                kind = "plain"
        if kind == "heading":
            self.flush(at)
            words = text[inside:end].rstrip()
            bare = words.rstrip("#")
            self.words.add("heading", inside, inside + len(bare if bare[-1:].isspace() else words))
            self.listed = False
        elif kind == "rule":
            self.flush(at)
        elif kind == "item":
            self.flush(at)
            self.open, self.listed = inside, True
        elif self.delimited(end) and "|" in text[at:end]:
            self.flush(at)
            return self.table(at, end)
        elif self.barred(at, end):
            self.flush(at)
            self.row(at, end)
        else:
            if self.blank and not text[at].isspace():
                self.listed = False
            if self.open < 0:
                self.open = at
            run = _RUN.match(text, end, self.words.following(end))
            return run.end() if run else end
        return end

    def flush(self, end: int, kind: PieceKind = "prose") -> None:
        if self.open >= 0:
            self.words.add(kind, self.open, end)
            self.open = -1

    def delimited(self, at: int) -> bool:
        """Return whether the line that begins there parts the head of a table from its body."""
        line = _DELIMITERS.match(self.text, at)
        return line is not None and "|" in line.group()

    def barred(self, at: int, end: int) -> bool:
        line = self.text[at:end].strip()
        return len(line) > 2 and line[0] == line[-1] == "|" and line[1] != "|"

    def table(self, at: int, end: int) -> int:
        text = self.text
        self.row(at, end)
        at = self.words.line_end(end)
        while at < len(text):
            end = self.words.line_end(at)
            if "|" not in text[at:end]:
                break
            self.row(at, end)
            at = end
        return at

    def row(self, at: int, end: int) -> None:
        if self.delimited(at):
            return
        bars = self.words.bars(at, end)
        line = self.text[at:end]
        first = at + len(line) - len(line.lstrip())
        last = at + len(line.rstrip())
        if bars and bars[0] == first:
            bars = bars[1:]
            first += 1
        if bars and bars[-1] == last - 1:
            bars = bars[:-1]
            last -= 1
        self.words.row([first, *(bar + 1 for bar in bars)], [*bars, last])
