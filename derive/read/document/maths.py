"""Where the formulas stand in a text: by delimiters and environments, as TeX, MathJax, pandoc and GitHub know them.

All is found in one pass: what looks for the end of a formula reads a text again only if the formula is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from derive.read.document.extracts import Ahead

MOST = 50_000
"""Formulas of a text, and pieces of a document; beyond that it is not read."""

INLINE = 20_000
"""Longer formulas within a line are none: a delimiter is missing."""

SpanKind = Literal["formula", "code", "image", "tag"]


SPANS = 250_000


class Full(Exception):
    """There is more in a document than anybody reads. why: of what."""

    def __init__(self, why: str = f"more than {MOST:,} formulas and paragraphs, or as many marks") -> None:
        self.why = why
        super().__init__(why)


class Span(NamedTuple):
    """A part of a text that is not prose: from `start` up to `end`, its content from `inside` up to `until`.

    doubled: whether the backslashes of its delimiters are written twice.
    """

    kind: SpanKind
    start: int
    end: int
    inside: int
    until: int
    display: bool = False
    doubled: bool = False


class Rules(NamedTuple):
    """What counts in a format.

    token: what may begin a span, by the name of a group.
    barrier: what no formula within a line goes across.
    tight: whether a dollar is a delimiter only where pandoc says so.
    wary: whether a display formula may hold empty lines, and brackets with a backslash need not be delimiters.
    """

    token: re.Pattern[str]
    barrier: re.Pattern[str]
    tight: bool
    wary: bool


_ENVIRONMENTS = (
    "equation|align|gather|aligned|eqnarray|multline|flalign|alignat|displaymath|split|math|gathered|alignedat|dmath|"
    "IEEEeqnarray|cases|array|[bBpvV]?matrix"
)
_BEGIN = rf"begin[ \t]*\{{[ \t]*(?:{_ENVIRONMENTS})\*?[ \t]*\}}"
_ENVIRONMENT = rf"\\{_BEGIN}"
_EDGE = re.compile(rf"\\(?P<side>begin|end)[ \t]*\{{[ \t]*(?P<name>(?:{_ENVIRONMENTS})\*?)[ \t]*\}}")
_NESTED = 50

# First, what begins no span is passed over at once. An escaped character is one: its backslash begins nothing.
_MARKDOWN = re.compile(
    rf"""(?:[^\\$`!<]++|\\(?![(\[]|\\[(\[]|{_BEGIN})(?:\\|[^\\])|!(?!\[)|<(?![A-Za-z/])|\$\$\$++)*+
    (?:(?P<environment>{_ENVIRONMENT})|(?P<open>\\\\?[(\[])|(?P<fenced>\$(?=`))|(?P<dollars>\$\$?)|(?P<ticks>`++)
    |(?P<image>!\[)|(?P<tag><(?=[A-Za-z/])))""",
    re.X,
)
_PLAIN = re.compile(
    rf"""(?:[^\\$]++|\\(?![(\[]|\\[(\[]|{_BEGIN})(?:\\|[^\\])|\$\$\$++)*+
    (?:(?P<environment>{_ENVIRONMENT})|(?P<open>\\\\?[(\[])|(?P<dollars>\$\$?))""",
    re.X,
)
_TEX = re.compile(
    rf"""(?:[^\\$]++|\\(?![(\[]|verb\b|lstinline\b|{_BEGIN})(?:\\|[^\\])|\$\$\$++)*+
    (?:(?P<environment>{_ENVIRONMENT})|(?P<open>\\[(\[])|(?P<dollars>\$\$?)|(?P<verbatim>\\(?:verb|lstinline)\b))""",
    re.X,
)

_BLANK = re.compile(r"\n[ \t]*(?=\n)")
MARKDOWN = Rules(
    _MARKDOWN, re.compile(r"\n[ \t]*+(?:(?=\n)|\#{1,6}[ \t]|[-*+][ \t]|\d{1,3}[.)][ \t]|\||>)"), tight=True, wary=True
)
TEXT = Rules(_PLAIN, _BLANK, tight=True, wary=True)
HTML = Rules(_PLAIN, re.compile(r"(?!)"), tight=True, wary=True)
TEX = Rules(_TEX, _BLANK, tight=False, wary=False)

_CLOSERS = {
    "\\(": re.compile(r"(?<!\\)\\\)"),
    "\\[": re.compile(r"(?<!\\)\\\]"),
    "\\\\(": re.compile(r"\\\\\)"),
    "\\\\[": re.compile(r"\\\\\]"),
}
_OPENERS = {
    "\\[": re.compile(r"(?<!\\)\\\["),
    "\\\\[": re.compile(r"\\\\\["),
}  # within a formula with empty lines, it is none
_DOLLAR = re.compile(r"(?:[^\\$]++|\\(?:\\|[^\\]))*+\$")
_DOLLARS = re.compile(r"(?:[^\\$]++|\\(?:\\|[^\\])|\$(?!\$))*+\$\$")
_MATHS = re.compile(r"[\\=_^]")
_MATHS_LINE = re.compile(r"[\\=_^&+≈≤≥<>]")
_WORDS = re.compile(r"[^\W\d_]{4}")
_PLAIN_ONLY = re.compile(r"[\w\s.,;:'\"-]*+")
_BLOCK = re.compile(r"^[ \t]*(?:\#{1,6}[ \t]|[-*][ \t]+[^\W\d_]{3}|```|~~~)", re.M)
_BLANKS = re.compile(r"\n[ \t]*\n\s*")
_NAMES = (
    "a|abbr|address|article|aside|b|bdi|bdo|big|blockquote|body|br|caption|center|cite|code|col|colgroup|dd|del|details|dfn|"
    "div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|main|"
    "mark|meta|nav|ol|p|picture|q|s|samp|section|small|source|span|strike|strong|sub|summary|sup|svg|table|tbody|td|tfoot|"
    "th|thead|time|tr|tt|u|ul|var|video|wbr|[A-Za-z]+-[A-Za-z-]+"
)
_TAG = re.compile(rf"</?(?:{_NAMES})(?=[\s/>])(?:[^<>\"'\n]++|\n(?![ \t]*\n)|\"[^\"<>]*+\"|'[^'<>]*+'|[\"'])*+>", re.I)
_IMAGE = re.compile(r"!\[(?P<alt>(?:[^\[\]\n]++|\[[^\[\]\n]*+\])*+)\]\([ \t]*+")
_ADDRESS = re.compile(r"[^()\n]*+")
_ADDRESS_LONGEST = 8_000


def environments(text: str) -> dict[int, int]:
    """Return where each environment for formulas begins and, from that, where it ends; unbalanced ones are left out."""
    found: dict[int, int] = {}
    if "\\begin" not in text:
        return found
    opened: list[tuple[str, int]] = []
    for match in _EDGE.finditer(text):
        name = match["name"]
        if match["side"] == "begin":
            opened.append((name, match.start()))
            continue
        for depth, (other, start) in enumerate(reversed(opened[-_NESTED:]), 1):
            if other == name:
                found[start] = match.end()
                del opened[-depth:]
                break
    return found


def spans(text: str, rules: Rules, closed: Sequence[tuple[int, int]] = ()) -> list[Span]:
    """Return the formulas of a text, its inline code, images and tags, as far as the rules know them, in order.

    closed: parts of the text, in order, in which nothing begins and which nothing goes across.
    """
    return _Scan(text, rules, closed).run()


class _Scan:
    def __init__(self, text: str, rules: Rules, closed: Sequence[tuple[int, int]]) -> None:
        self.text, self.rules, self.closed = text, rules, closed
        self.environments = environments(text)
        self.barrier = Ahead(rules.barrier, text)
        self.closers = {opener: Ahead(pattern, text) for opener, pattern in _CLOSERS.items()}
        self.blank = Ahead(_BLANKS, text)
        self.fence = Ahead(re.compile(r"`\$"), text)
        self.ticks: dict[int, list[int]] | None = None

    def run(self) -> list[Span]:
        found: list[Span] = []
        at = number = formulas = 0
        while token := self.rules.token.match(self.text, at):
            kind = token.lastgroup or ""
            start, end = token.span(kind)
            while number < len(self.closed) and self.closed[number][1] <= start:
                number += 1
            if number < len(self.closed) and self.closed[number][0] <= start:
                at = self.closed[number][1]
                continue
            span: Span | None = getattr(self, "_" + kind)(start, end)
            if span is None or (number < len(self.closed) and self.closed[number][0] < span.end and span.start < start):
                at = end
                continue
            found.append(span)
            at = max(span.end, end)
            formulas += kind not in ("ticks", "image", "tag")
            if formulas > MOST:  # they will be too many pieces
                break
            if len(found) > SPANS:
                raise Full
        return found

    def _within(self, start: int, end: int) -> bool:
        """Return whether a formula within a line may go from `start` up to `end`."""
        if end - start > INLINE:
            return False
        barrier = self.barrier(start)
        return barrier is None or barrier.start() >= end

    def _environment(self, start: int, end: int) -> Span | None:
        closing = self.environments.get(start)
        return None if closing is None else Span("formula", start, closing, start, closing, True)

    def _open(self, start: int, end: int) -> Span | None:
        opener = self.text[start:end]
        closer = self.closers[opener](end)
        if closer is None:
            return None
        until, display = closer.start(), opener[-1] == "["
        fits = self._displayed(end, until, _OPENERS[opener]) if display else self._within(end, until)
        if not fits or (self.rules.wary and len(opener) == 2 and self._bracketed(start, end, until, display)):
            return None
        return Span("formula", start, closer.end(), end, until, display, len(opener) == 3)

    def _bracketed(self, start: int, end: int, until: int, display: bool) -> bool:
        """Return whether `\\[…\\]` or `\\(…\\)` in Markdown is but words in brackets."""
        if until - end > 200:
            return False
        inner = self.text[end:until]
        if display:
            return "\n" not in inner and _PLAIN_ONLY.fullmatch(inner) is not None
        return _MATHS.search(inner) is None and _WORDS.search(inner) is not None

    def _displayed(self, start: int, end: int, opener: re.Pattern[str] | None = None) -> bool:
        """Return whether a display formula may go from `start` up to `end`: with empty lines only if all is maths."""
        text = self.text
        blank = self.blank(start)
        if blank is None or blank.start() >= end:
            return True
        if not self.rules.wary or end - start > INLINE or (opener and opener.search(text, start, end)):
            return False
        inner = text[start:end].strip()
        chunks = _BLANKS.split(inner)
        return _BLOCK.search(inner) is None and all(
            _MATHS_LINE.search(chunk) or not _WORDS.search(chunk) for chunk in chunks
        )

    def _dollars(self, start: int, end: int) -> Span | None:
        closer = (_DOLLAR if end - start == 1 else _DOLLARS).match(self.text, end)
        if closer is None:
            return None
        until = closer.end() - (end - start)
        if end - start == 2:
            fits = until > end and self._displayed(end, until)
        else:
            fits = until > end and self._within(end, until) and (not self.rules.tight or self._tight(end, until))
        return Span("formula", start, closer.end(), end, until, end - start == 2) if fits else None

    def _tight(self, start: int, end: int) -> bool:
        text = self.text
        if text[end + 1 : end + 2].isdigit():
            return False
        before, after = text[start].isspace(), text[end - 1].isspace()
        if not before and not after:
            return True
        inner = text[start:end]
        return "\\" in inner or (before and after and _MATHS.search(inner) is not None)

    def _fenced(self, start: int, end: int) -> Span | None:
        closer = self.fence(end + 1)
        if closer is None or not self._within(end + 1, closer.start()):
            return None
        return Span("formula", start, closer.end(), end + 1, closer.start())

    def _ticks(self, start: int, end: int) -> Span | None:
        if self.ticks is None:
            self.ticks = {}
            for run in re.finditer("`+", self.text):  # the closing ones are taken from the end of these lists
                self.ticks.setdefault(run.end() - run.start(), []).append(run.start())
            for runs in self.ticks.values():
                runs.reverse()
        size = end - start
        runs = self.ticks.get(size, [])
        while runs and runs[-1] < end:
            runs.pop()
        if not runs or not self._within(end, runs[-1]):
            return None
        return Span("code", start, runs[-1] + size, end, runs[-1])

    def _image(self, start: int, end: int) -> Span | None:
        opened = _IMAGE.match(self.text, start)
        if opened is None:
            return None
        at, depth, last = opened.end(), 1, min(len(self.text), opened.end() + _ADDRESS_LONGEST)
        while depth and at < last:  # the address of a formula may have parentheses of its own
            stop = _ADDRESS.match(self.text, at, last)
            at = stop.end() if stop else last
            sign = self.text[at : at + 1]
            if sign not in ("(", ")") or (sign == "(" and self.text[at - 1] == "]"):  # the next image or link
                return None
            depth += 1 if sign == "(" else -1
            at += 1
        return None if depth else Span("image", start, at, opened.end(), at - 1)

    def _tag(self, start: int, end: int) -> Span | None:
        closer = _TAG.match(self.text, start, start + _ADDRESS_LONGEST)
        return None if closer is None else Span("tag", start, closer.end(), start, closer.end())

    def _verbatim(self, start: int, end: int) -> Span | None:
        at = end + 1 if self.text[end : end + 1] == "*" else end
        sign = self.text[at : at + 1]
        if not sign or sign.isspace() or sign.isalpha():
            return None
        line = self.text.find("\n", at + 1, at + INLINE)
        until = self.text.find("}" if sign == "{" else sign, at + 1, line if line >= 0 else at + INLINE)
        return None if until < 0 else Span("code", start, until + 1, at + 1, until)
