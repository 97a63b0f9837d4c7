"""LaTeX as pieces. Nothing is run or expanded: macros are left out of prose, and their text is kept."""

from __future__ import annotations

import re

from derive.read.document import macros, maths
from derive.read.document.collecting import Collected, Inline
from derive.read.document.commands import ARGUMENTS, BREAKS, CHARACTERS, HEADINGS, OPTIONS, PARTS, SPACES, Form
from derive.read.document.extracts import Ahead, Taking
from derive.read.document.maths import Span
from derive.read.document.types import Extract, PieceKind


def _braced(depth: int) -> str:
    inner = rf"|{_braced(depth - 1)}" if depth else ""
    return rf"\{{(?:[^{{}}\\]++|\\[\s\S]{inner})*+\}}"


_ARGUMENT = re.compile(r"[ \t]*+\n?[ \t]*+" + _braced(7))
_OPTION = re.compile(r"[ \t]*+\[[^\[\]\n]{0,300}+\]")
_LISTINGS = "verbatim|Verbatim|lstlisting|minted|alltt|comment|filecontents|tikzpicture|pgfpicture|thebibliography"
_APART = re.compile(
    rf"""(?P<listing>\\begin\{{(?P<name>(?:{_LISTINGS})\*?)\}})
    |\\verb\*?(?P<sign>[^\sA-Za-z*])[^\n]{0, 2000}?(?P=sign)
    |(?:\\(?!begin\{{|end\{{|verb)(?:\\|[^\\]))++
    |(?P<comment>%[^\n]*+(?:\n[ \t]*+(?=[^\s]))?)
    |(?P<end>\\end\{{document\}})""",
    re.X,
)
_SKIPPED = ("comment", "filecontents", "tikzpicture", "pgfpicture", "thebibliography")
_TOKEN = re.compile(
    r"""\\begin[ \t]*\{(?P<begin>[A-Za-z]+\*?)\}
    |\\end[ \t]*\{(?P<end>[A-Za-z]+)\*?\}
    |(?P<setting>\\[A-Za-z]+[ \t]*=[ \t]*-?[\d.]+[ \t]*[a-z]{2}|\\(?:[hv]skip|kern)[ \t]*-?[\d.]+[ \t]*[a-z]{2})
    |(?P<lines>\\\\(?:[ \t]*+\\\\)*+)
    |\\(?P<command>[A-Za-z@]+)\*?[ \t]*
    |\\(?P<sign>[^A-Za-z])
    |(?P<brace>[{}]+)
    |(?P<tie>~+)
    |(?P<quote>`{2,}|'{2,})
    |(?P<cell>&)
    |(?P<par>\n[ \t]*+\n\s*+)""",
    re.X,
)
_LANGUAGE = re.compile(
    r"(?:\[[^\]\n]*language=\{?(?P<option>[\w+#]+)[^\]\n]*\]|\[[^\]\n]*\])?(?:\{(?P<name>[\w+#-]+)\})?[^\n]*\n?"
)
_TABLES = frozenset(
    ["tabular", "tabularx", "tabulary", "longtable", "longtabu", "tabu", "tblr", "supertabular", "xltabular"]
)
_ENVIRONMENTS = {  # how many arguments they have
    "tabular": 1, "tabular*": 2, "tabularx": 2, "tabulary": 2, "longtable": 1, "longtabu": 1, "tabu": 1, "tblr": 1,
    "supertabular": 1, "xltabular": 2, "minipage": 1, "multicols": 1, "adjustbox": 1,
}  # fmt: skip
_FIGURES = frozenset(("figure", "wrapfigure", "subfigure", "SCfigure", "marginfigure"))
_CAPTION = re.compile(r"\\caption\*?(?:\[[^\[\]\n]{0,300}\])?(?P<words>" + _braced(7) + ")")
_DEPTH = 10


def read(text: str, found: Collected) -> None:
    """Collect the pieces of a document in LaTeX."""
    if defined := macros.defined(text):
        found.front["macros"] = defined
    begun = text.find("\\begin{document}")
    at = begun + len("\\begin{document}") if begun >= 0 else 0
    taking = Taking(text)
    closers: dict[str, Ahead] = {}
    for apart in _APART.finditer(text, at):
        start, end = apart.span()
        if start < at:
            continue
        if apart["end"]:
            taking.keep(at, start)
            at = len(text)
            break
        if apart["comment"]:
            taking.keep(at, start)
            at = end
        elif apart["listing"]:
            name = apart["name"]
            if name not in closers:
                closers[name] = Ahead(re.compile(re.escape(f"\\end{{{name}}}")), text)
            closing = closers[name](end)
            if closing is None:
                continue
            taking.keep(at, start)
            at = closing.end()
            if name.rstrip("*") not in _SKIPPED:
                _chunk(taking.finish(), found)
                taking = Taking(text)
                head = (
                    _LANGUAGE.match(text, end, closing.start())
                    if name.rstrip("*") in ("lstlisting", "minted")
                    else None
                )
                language = (head["option"] or head["name"] or "").lower() if head else ""
                found.code(Extract.of(text, head.end() if head else end, closing.start()), language)
    taking.keep(at, len(text))
    _chunk(taking.finish(), found)


def _chunk(part: Extract, found: Collected) -> None:
    if part.text.strip():
        with found.part(part) as inner:
            _Reader(part.text, inner).run()


class _Reader:
    """Reads LaTeX without comments and listings, from left to right."""

    def __init__(self, text: str, found: Collected) -> None:
        self.text, self.found = text, found
        self.spans = maths.spans(text, maths.TEX)
        self.number = 0  # of the next of them
        self.parts: list[Extract | Inline] = []
        self.taking = Taking(text)  # the words after them
        self.tables = 0  # how many are open
        self.ends = {name: Ahead(re.compile(rf"\\end\{{{name}\*?\}}"), text) for name in _FIGURES}

    def run(self) -> None:
        self.read(0, len(self.text), "prose", 0)

    def flush(self, kind: PieceKind) -> None:
        self.settle()
        if self.parts:
            self.found.words(kind, self.parts, self.text)
            self.parts = []

    def settle(self) -> None:
        if self.taking.size:
            self.parts.append(self.taking.finish())
            self.taking = Taking(self.text)

    @property
    def kind(self) -> PieceKind:
        return "row" if self.tables else "prose"

    def read(self, start: int, end: int, kind: PieceKind, depth: int) -> None:
        """Read what stands from `start` up to `end`; what is left open at its end is added as `kind`."""
        self.embedded(start, end, depth)
        self.flush("heading" if kind == "heading" else self.kind)

    def formula(self, span: Span) -> int:
        extract = Extract.of(self.text, span.inside, span.until)
        if span.kind == "code":
            self.taking.take(extract)
        else:
            self.settle()
            self.parts.append(Inline(extract, span.display, (span.start, span.inside), (span.until, span.end)))
        return span.end

    def token(self, token: re.Match[str], end: int, depth: int) -> int:
        """Read one token, and return where the text goes on."""
        start, after = token.span()
        if token["begin"]:
            return self.begin(token["begin"], start, after, end, depth)
        if token["end"]:
            self.flush(self.kind)
            self.tables -= bool(self.tables) and token["end"] in _TABLES
        elif token["command"]:
            return self.command(token["command"], start, after, end, depth)
        elif token["lines"]:
            self.line(start, after)
            option = _OPTION.match(self.text, after, end)
            return option.end() if option else after
        elif token["sign"]:
            sign = token["sign"]
            self.taking.put(CHARACTERS.get(sign, sign if sign in "$%&#_{}" else " "), start, after)
        elif token["tie"] or token["setting"]:
            self.taking.put(" ", start, after)
        elif token["quote"]:
            self.taking.put('"', start, after)
        elif token["cell"]:
            if self.tables:
                self.taking.put("\t", start, after)
            else:
                self.taking.keep(start, after)
        elif token["par"]:
            if self.tables:
                self.taking.put(" ", start, after)
            else:
                self.flush("prose")
        return after

    def line(self, start: int, end: int) -> None:
        """End a line: in a table it is a row."""
        if self.tables:
            self.flush("row")
        else:
            self.taking.put("\n", start, end)

    def begin(self, name: str, start: int, after: int, end: int, depth: int) -> int:
        self.flush(self.kind)
        bare = name.rstrip("*")
        if bare in _FIGURES and (closing := self.ends[bare](after)) and closing.start() < end:
            for caption in _CAPTION.finditer(self.text, after, closing.start()):
                first, last = caption.span("words")
                self.inside(first + 1, last - 1, "prose", depth)
            return closing.end()
        if bare in _TABLES:
            self.tables += 1
        return self.arguments(after, end, Form(_ENVIRONMENTS.get(name, 0), ()))[0]

    def inside(self, start: int, end: int, kind: PieceKind, depth: int) -> None:
        """Read a part of its own: a heading, a caption."""
        if depth < _DEPTH:
            tables, self.tables = self.tables, 0
            self.read(start, end, kind, depth + 1)
            self.tables = tables

    def arguments(self, at: int, end: int, form: Form) -> tuple[int, list[tuple[int, int]]]:
        """Return where the arguments of a command end, and where each stands, without its braces."""
        found: list[tuple[int, int]] = []
        while option := _OPTION.match(self.text, at, end):
            at = option.end()
        while len(found) < form.arity and (argument := _ARGUMENT.match(self.text, at, end)):
            at = argument.end()
            found.append((self.text.index("{", argument.start()) + 1, at - 1))
            while option := _OPTION.match(self.text, at, end):
                at = option.end()
        return at, found

    def command(self, name: str, start: int, after: int, end: int, depth: int) -> int:
        if name in HEADINGS:
            at, found = self.arguments(after, end, Form(1, ()))
            if found and depth < _DEPTH:
                self.flush(self.kind)
                self.inside(*found[0], HEADINGS[name], depth)
                return at
        elif name in PARTS:
            self.flush(self.kind)
        elif name in ARGUMENTS:
            form = ARGUMENTS[name]
            at, found = self.arguments(after, end, form)
            if depth >= _DEPTH:
                return at
            for number in form.kept:
                if number < len(found):
                    self.embedded(*found[number], depth + 1)
            return at
        elif name in BREAKS:
            self.line(start, after)
        elif name in OPTIONS:
            while option := _OPTION.match(self.text, after, end):
                after = option.end()
        elif name in CHARACTERS:
            self.taking.put(CHARACTERS[name], start, after)
        elif name in SPACES:
            self.taking.put(" ", start, after)
        return after

    def embedded(self, start: int, end: int, depth: int) -> None:
        """Read an argument whose words belong to those around it."""
        text, at = self.text, start
        while at < end:
            while self.number < len(self.spans) and self.spans[self.number].start < at:
                self.number += 1
            span = self.spans[self.number] if self.number < len(self.spans) else None
            stop = end if span is None else min(end, span.start)
            while at < stop and (token := _TOKEN.search(text, at, stop)):
                self.taking.keep(at, token.start())
                at = max(self.token(token, end, depth), token.end())
            self.taking.keep(at, stop)
            if at > stop:
                continue
            at = stop
            if span is not None and span.start == stop < end:
                self.number += 1
                at = self.formula(span)
