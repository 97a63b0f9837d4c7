"""HTML as pieces, whole or broken. Formulas: KaTeX, MathJax, MathML, images, and delimiters in the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from derive.read.document import images, macros, mathml, maths
from derive.read.document.collecting import Collected, Inline
from derive.read.document.elements import Deep
from derive.read.document.extracts import Ahead, Taking, decoded, joined, trimmed
from derive.read.document.inline import scripted
from derive.read.document.tags import Tag, Tags
from derive.read.document.types import Extract, PieceKind

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "legend", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "ul",
))  # fmt: skip
_SKIPPED = frozenset(
    ["head", "nav", "svg", "noscript", "template", "button", "select", "iframe", "object", "canvas", "audio", "video"]
)
_RAW = ("script", "style", "textarea", "title", "xmp")
_MATHJAX = re.compile(r"\b(?:MathJax(?:_(?:Preview|Display|SVG|CHTML|SVG_Display|CHTML_Display))?|mjx-chtml)\b")
_SCRIPTS = re.compile(r"<(?P<which>sub|sup)\b[^<>]*+>(?P<inner>[^<>$\n]{1,40})</(?P=which)\s*>", re.I)
_ANNOTATION = re.compile(
    r"<annotation\b[^<>]*\bencoding\s*=\s*[\"']?application/x-tex[\"']?[^<>]*>(?P<tex>[^<]*)</annotation\s*>", re.I
)
_CDATA = re.compile(r"\s*(?:%\s*)?<!\[CDATA\[(?P<inner>.*?)(?:%\s*)?\]\]>\s*", re.S)
_ENDS = re.compile(r"(?:\s|</[^<>]*>)*+")
_LANGUAGE = re.compile(r"\b(?:language|lang|highlight|sourceCode|brush:)[- ]+([\w+#]+)")
_SOURCES = ("src", "data-src", "data-original", "data-actualsrc")
_ALT = re.compile(r"\b(?:mwe-math-fallback-image|latex|tex|math|formula|equation|ee_img)", re.I)


class _Mark(NamedTuple):
    """A formula that stands in a block, at a place of its text."""

    at: int
    formula: Inline


def read(text: str, found: Collected) -> None:
    """Collect the pieces of a page, or of a part of one."""
    defined = {**macros.configured(text), **macros.defined(text)}
    if defined:
        found.front["macros"] = defined
    _Page(text, found).run()


class _Page:
    def __init__(self, text: str, found: Collected) -> None:
        self.text, self.found = text, found
        self.tags = Tags(text)
        self.sourced = re.search(r"<script\b[^<>]*math/tex", text) is not None
        self.annotation = Ahead(_ANNOTATION, text)
        self.raw = {name: Ahead(re.compile(rf"</{name}\s*>", re.I), text) for name in _RAW}
        self.taking = Taking(text)
        self.marks: list[_Mark] = []
        self.code: list[tuple[int, int]] = []
        self.leans: list[tuple[int, Tag]] = []  # <em> and </em>, at a place of the block's text
        self.kind: PieceKind = "prose"
        self.cells = 0
        self.block_until = 0  # where a KaTeX display ends
        self.last = -1  # where the last formula ends
        self.code_at = -1

    def run(self) -> None:
        at, end = 0, len(self.text)
        while at < end:
            stop, tag, following = self.tags.next(at, end)
            if stop > at:
                self.taking.take(decoded(self.text, at, stop))
            at = self.tag(tag) if tag is not None else following
        self.flush()

    # ── Tags ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def tag(self, tag: Tag) -> int:
        """Read a tag, and return where the text goes on."""
        name = tag.name
        if name in _BLOCKS:
            return self.block(tag)
        if tag.closing:
            self.inline_end(tag)
            return tag.end
        if name in self.raw:
            return self.raw_element(tag)
        if name in _SKIPPED:
            element = self.tags.element(tag)
            return element[1] if element else tag.end
        if name == "math":
            return self.math(tag)
        if name == "img":
            return self.image(tag)
        if name in ("sub", "sup"):
            script = _SCRIPTS.match(self.text, tag.start)
            if script is not None:
                self.taking.take(scripted(self.text, script))
                return script.end()
            self.taking.put("_{" if name == "sub" else "^{", tag.start, tag.end)
        elif name == "br":
            self.taking.put("\n", tag.start, tag.end)
        elif name in ("em", "i"):
            self.leans.append((self.taking.size, tag))
        elif name == "code":
            if self.classed(tag):
                return self.classed(tag)
            self.code_at = self.taking.size
        elif name in ("span", "mjx-container"):
            return self.span(tag)
        return tag.end

    def inline_end(self, tag: Tag) -> None:
        if tag.name in ("sub", "sup"):
            self.taking.put("}", tag.start, tag.end)
        elif tag.name in ("em", "i"):
            self.leans.append((self.taking.size, tag))
            if len(self.leans) > maths.MOST:
                raise maths.Full
        elif tag.name == "code" and self.code_at >= 0:
            if self.taking.size > self.code_at:
                self.code.append((self.code_at, self.taking.size))
            self.code_at = -1

    def block(self, tag: Tag) -> int:
        name = tag.name
        if name in ("td", "th"):
            if not tag.closing:
                if self.kind != "row":
                    self.flush()
                    self.kind = "row"
                if self.cells:
                    self.taking.put("\t", tag.start, tag.end)
                self.cells += 1
            return tag.end
        if self.kind == "row" and name not in ("tr", "table", "tbody", "thead", "tfoot", "caption"):
            self.taking.put(" ", tag.start, tag.end)
            if name != "div" and name != "pre":
                return tag.end
        else:
            self.flush()
        if name == "tr" and not tag.closing:
            self.kind = "row"
        elif name[0] == "h" and name[1:].isdigit() and not tag.closing:
            self.kind = "heading"
        if tag.closing:
            return tag.end
        if name == "pre":
            return self.listing(tag)
        if name == "div":
            return self.display(tag) or self.classed(tag) or tag.end
        return tag.end

    def flush(self) -> None:
        """End a block."""
        if self.taking.size:
            self.add(self.taking.finish())
            self.taking = Taking(self.text)
        if self.marks or self.code or self.leans:
            self.marks, self.code, self.leans = [], [], []
        self.kind, self.cells, self.code_at = "prose", 0, -1

    def add(self, block: Extract) -> None:
        closed = sorted([*self.code, *((mark.at, mark.at + 1) for mark in self.marks)])
        spans = maths.spans(block.text, maths.HTML, closed)
        found = [(span.start, span.end, self.formula(block, span)) for span in spans]
        taken = [span.start for span in spans]
        for mark in self.marks:
            before = bisect_left(taken, mark.at) - 1
            if before < 0 or spans[before].end <= mark.at:
                found.append((mark.at, mark.at + 1, mark.formula))
        parts: list[Extract | Inline] = []
        at = 0
        for start, end, formula in sorted(found, key=lambda each: each[0]):
            parts += [block[at:start], formula]
            at = end
        parts.append(block[at:])
        self.found.words(self.kind, [part for part in parts if isinstance(part, Inline) or part.text], self.text)

    def formula(self, block: Extract, span: maths.Span) -> Inline:
        """Return a formula between delimiters; emphasis in it was an underscore that a program took for a mark."""
        parts, at = [], span.inside
        for place, tag in self.leans:
            if span.inside < place < span.until:
                parts += [block[at:place], Extract("_", [tag.start], [tag.end])]
                at = place
        parts.append(block[at : span.until])
        before = (block.starts[span.start], block.ends[max(span.inside, span.start + 1) - 1])
        after = (block.starts[min(span.until, len(block) - 1)], block.ends[span.end - 1])
        if span.inside == span.start:  # an environment, which is its own delimiter
            before, after = (before[0], before[0]), (after[1], after[1])
        return Inline(joined(parts) if len(parts) > 1 else parts[0], span.display, before, after)

    # ── Elements ─────────────────────────────────────────────────────────────────────────────────────────────────

    def mark(self, formula: Extract | None, display: bool, start: int, end: int) -> int:
        """Note a formula at this place of the block."""
        if formula is not None and formula.text.strip():
            self.marks.append(_Mark(self.taking.size, Inline(formula, display, (start, start + 1), (end - 1, end))))
            self.taking.put("\ufffc", start, end)
            self.last = end
            if len(self.marks) > maths.MOST:
                raise maths.Full
        return end

    def raw_element(self, tag: Tag) -> int:
        closing = self.raw[tag.name](tag.end)
        if closing is None:
            return tag.end if tag.name not in ("script", "style") else len(self.text)
        kind = self.tags.attributes(tag).get("type", "").lower() if tag.name == "script" else ""
        if kind.startswith("math/tex"):
            start, end = tag.end, closing.start()
            data = _CDATA.fullmatch(self.text, start, end)
            if data:
                start, end = data.span("inner")
            return self.mark(
                Extract.of(self.text, start, end), "mode=display" in kind.replace(" ", ""), tag.start, closing.end()
            )
        return closing.end()

    def span(self, tag: Tag) -> int:
        if tag.end - tag.start <= 6:  # it has no class
            return tag.end
        names = self.tags.attributes(tag).get("class", "").split()
        if "katex-display" in names or "katex-block" in names or "katex--display" in names:
            element = self.tags.element(tag)
            self.block_until = element[1] if element else tag.end
        elif "katex" in names:
            return self.katex(tag)
        elif "math" in names or "math-inline" in names or "math-display" in names:
            return self.classed(tag) or tag.end
        elif self.sourced and any(_MATHJAX.match(name) for name in names):
            element = self.tags.element(tag)
            return element[1] if element else tag.end
        elif tag.name == "mjx-container":
            return self.container(tag)
        return tag.end

    def katex(self, tag: Tag) -> int:
        element = self.tags.element(tag)
        found = self.annotation(tag.end)
        if found is None or (element is not None and found.start() >= element[0]):
            if element is None:
                return tag.end
            self.found.skipped(tag.start, element[1], "KaTeX without its source")
            return element[1]
        end = element[1] if element else found.end()
        return self.mark(decoded(self.text, *found.span("tex")), tag.start < self.block_until, tag.start, end)

    def container(self, tag: Tag) -> int:
        """Read what MathJax has drawn: it keeps MathML for those who do not see."""
        element = self.tags.element(tag)
        start = self.text.find("<math", tag.end, element[0]) if element else -1
        if element is None or start < 0:
            return tag.end
        _, inner, _ = self.tags.next(start, element[0])
        if inner is not None:
            self.math(inner, "display" in self.tags.attributes(tag) or None)
        return element[1]

    def classed(self, tag: Tag) -> int:
        """Read `<span class="math inline">x</span>`, and return where it ends; 0 where it is none."""
        names = self.tags.attributes(tag).get("class", "").split()
        if not {"math", "language-math", "math-inline", "math-display"} & set(names):
            return 0
        end = self.text.find("<", tag.end)
        if end < 0 or not self.text.startswith("</" + tag.name, end):
            return 0
        inner = trimmed(decoded(self.text, tag.end, end))
        if not inner.text or inner.text.startswith(("\\(", "\\[", "$")):
            return 0
        display = "display" in names or "math-display" in names or tag.name == "div"
        return self.mark(inner, display, tag.end - 1, end + 1) - 1

    def math(self, tag: Tag, display: bool | None = None) -> int:
        element = self.tags.element(tag)
        if element is None:
            return tag.end
        if display is None:
            attributes = self.tags.attributes(tag)
            display = attributes.get("display") == "block" or attributes.get("mode") == "display"
        formula = self.translated(tag, element[0])
        self.mark(formula, display, tag.start, element[1])
        return element[1]

    def translated(self, tag: Tag, end: int) -> Extract | None:
        try:
            return mathml.latex(self.tags, tag, end)
        except Deep:
            self.found.skipped(tag.start, end, "MathML that is nested too deeply")
            return None

    def image(self, tag: Tag) -> int:
        for name in _SOURCES:
            source = self.tags.attribute(tag, name)
            formula = images.formula(source) if source is not None else None
            if formula is not None:
                return self.mark(formula, self.alone(tag), tag.start, tag.end)
        attributes = self.tags.attributes(tag)
        alt = self.tags.attribute(tag, "alt")
        named = _ALT.search(attributes.get("class", "")) or "eeimg" in attributes
        if named and alt is not None and alt.text.strip():
            again = _ENDS.fullmatch(self.text, self.last, tag.start) if 0 <= self.last <= tag.start else None
            self.last = -1
            if again is None or "mwe-math" not in attributes.get("class", ""):  # else it shows the formula before it
                shown = "display" in attributes.get("class", "") or self.alone(tag)
                return self.mark(mathml.unwrapped(alt), shown, tag.start, tag.end)
        return tag.end

    def alone(self, tag: Tag) -> bool:
        """Return whether an image is all that its paragraph holds."""
        before = self.text[max(0, tag.start - 200) : tag.start].rstrip()
        after = self.text[tag.end : tag.end + 200].lstrip()
        return before.endswith(("<p>", "<figure>", "<div>", "<center>")) and after.startswith(
            ("</p>", "</figure", "</div>", "</center")
        )

    def listing(self, tag: Tag) -> int:
        element = self.tags.element(tag)
        if element is None:
            return tag.end
        taking, at = Taking(self.text), tag.end
        language = self.tags.attributes(tag).get("class", "")
        while at < element[0]:
            stop, inner, at_next = self.tags.next(at, element[0])
            taking.take(decoded(self.text, at, stop))
            if inner is not None and inner.name == "code" and not inner.closing:
                language += " " + self.tags.attributes(inner).get("class", "")
            at = at_next
        named = _LANGUAGE.search(language)
        if self.kind != "row":
            self.found.code(taking.finish(), named[1].lower() if named else "")
        return element[1]

    def display(self, tag: Tag) -> int:
        """Read a block of aligned formulas, whose cells are formulas of their own; 0 where it is none."""
        names = self.tags.attributes(tag).get("class", "").split()
        element = self.tags.element(tag) if "display" in names else None
        if element is None:
            return 0
        start = self.text.find("<math", tag.end, element[0])
        if start < 0:
            return 0
        parts: list[Extract] = []
        at, end = tag.end, element[0]
        while at < end:
            _, inner, at = self.tags.next(at, end)
            if inner is None or inner.closing:
                continue
            if inner.name == "div":
                at = self.cell(inner, parts)
            elif inner.name == "math" and (closing := self.tags.element(inner)):
                formula = self.translated(inner, closing[0])
                if formula is not None:
                    parts += [_sign(" ", inner.start), formula] if parts else [formula]
                at = closing[1]
        if parts:
            self.found.formula(joined(parts), display=True)
        return element[1]

    def cell(self, tag: Tag, parts: list[Extract]) -> int:
        """Begin a cell: on the left a line begins, on the right its relation; the note beside it is passed over."""
        names = self.tags.attributes(tag).get("class", "").split()
        if "n" in names:
            element = self.tags.element(tag)
            return element[1] if element else tag.end
        if "l" in names and parts:
            parts.append(_sign(" \\\\ ", tag.start))
        elif "r" in names:
            parts.append(_sign(" & ", tag.start))
        return tag.end


def _sign(written: str, at: int) -> Extract:
    return Extract(written, [at] * len(written), [at] * len(written))
