"""A document as one HTML file that needs nothing else: MathML for formulas, SVG for figures, no scripts."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources
from typing import Any

from derive.render.blocks import (
    Block,
    Display,
    Document,
    Facts,
    Heading,
    Mark,
    Math,
    Paragraph,
    Part,
    Picture,
    Summary,
    Table,
    Words,
    decimal_padding,
)
from derive.render.figure import svg

_LONG = 16  # lines; a longer display may go over to the next page of a print
_STOPS = ",.;:)，。；：）、"
_SIGNS = {"proved": "✓", "agrees": "≈", "refuted": "✗", "undecided": "?"}


def html(document: Document, *, contents: str) -> str:
    """Return the document as a page; `contents` is the heading of its table of contents."""
    css = (resources.files("derive.render") / "page.css").read_text("utf-8")
    writer = _Writer()
    body = "\n".join(map(writer.block, document.blocks))
    return f"""<!DOCTYPE html>
<html lang="{document.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{escape(document.title)}</title>
<style>
{css}</style>
</head>
<body>
<header>
<h1>{escape(document.title)}</h1>
<p class="subtitle">{writer.words(document.subtitle)}</p>
</header>
{writer.navigation(document, contents)}
<main>
{body}
</main>
</body>
</html>
"""


class _Writer:
    """Writes blocks; formulas that occur often (∂E/∂out) are converted once."""

    def __init__(self) -> None:
        converter = _converter()

        @cache
        def mathml(latex: str, display: bool) -> str:
            made: str = converter.convert_with_local_state(latex, displaystyle=display)
            return made

        self.mathml = mathml

    def navigation(self, document: Document, contents: str) -> str:
        """Return the table of contents; under a section, its formulas (w₅, w₆, …) stand side by side."""
        made, depth = [], 0
        for block in document.blocks:
            if not isinstance(block, Heading):
                continue
            made.append("</li>\n" if block.level <= depth else "")
            made.append("</ul></li>" * (depth - block.level))
            made.append("<ul>" * (block.level - depth))
            depth = block.level
            names = tuple(word for word in block.words if isinstance(word, Math))
            shown = self.words(names if depth == 3 and names else block.words)
            made.append(f'<li><a href="#{_id(block.anchor)}">{shown}</a>')
        made.append("</li></ul>" * depth)
        return (
            f'<nav aria-label="{escape(contents)}"><details open><summary>{escape(contents)}</summary>'
            f"{''.join(made)}</details></nav>"
        )

    def words(self, words: Words) -> str:
        made: list[str] = []
        for before, word in zip(("", *words), words, strict=False):
            if isinstance(word, Math):
                made.append(self.mathml(word.latex, False))
            elif isinstance(word, Mark):
                made.append(f'<span class="mark {word.kind}">{_SIGNS[word.kind]} {escape(word.word)}</span>')
            else:
                rest = word.lstrip(_STOPS) if isinstance(before, Math) else word
                if len(rest) < len(word):  # a stop stays on the line of the formula before it
                    made[-1] = f'<span class="whole">{made[-1]}{escape(word[: len(word) - len(rest)])}</span>'
                made.append(escape(rest))
        return "".join(made)

    def block(self, block: Block) -> str:
        match block:
            case Heading(level, words, anchor):
                tag = f"h{level + 1}"
                return f'<{tag} id="{_id(anchor)}">{self.words(words)}</{tag}>'
            case Paragraph(words, quiet):
                return f"<p{' class=quiet' if quiet else ''}>{self.words(words)}</p>"
            case Display():
                return self.display(block)
            case Table():
                return self.table(block)
            case Facts():
                return self.facts(block)
            case Picture(figure, caption):
                return f"<figure>{svg(figure)}<figcaption>{self.words(caption)}</figcaption></figure>"
            case Summary(lines):
                rows = "".join(f"<li>{self.words((mark,))} {self.words(words)}</li>" for mark, words in lines)
                return f'<ul class="summary">{rows}</ul>'

    def display(self, block: Display) -> str:
        """Return aligned formulas; each piece is a formula of its own, so that lines break where there is no room."""
        rows: list[str] = []
        for line in block.lines:
            right = "<wbr>".join(self.part(part) for part in line.parts)
            cells = (
                ("l", self.mathml(line.lhs, True) if line.lhs else ""),
                ("r", right),
                ("n", self.words(line.note)),
            )
            gap = " gap" if line.gap else ""
            rows.extend(f'<div class="{name}{gap}">{cell}</div>' for name, cell in cells)
        long = " long" if len(block.lines) > _LONG else ""
        return f'<div class="display{long}" tabindex="0">{"".join(rows)}</div>'

    def part(self, part: Part) -> str:
        sign = "\\approx" if part.relation == "≈" else part.relation
        first, *rest = part.pieces
        made = [self.mathml(f"{{}}{sign} {first}", True)]
        for piece in rest:
            stacked = part.stacked and piece.startswith("+")
            made.append(f"{'<br>' if stacked else '<wbr>'}{self.mathml(f'{{}}{piece}', True)}")
        return "".join(made)

    def facts(self, block: Facts) -> str:
        rows = []
        for words, facts in block.rows:
            each = "".join(f"<span>{self.words(fact)}</span>" for fact in facts)
            rows.append(f"<dt>{self.words(words)}</dt><dd>{each}</dd>")
        return f'<dl class="facts">{"".join(rows)}</dl>'

    def table(self, block: Table) -> str:
        padding = decimal_padding(block)

        def cell(words: Words, column: int, tag: str) -> str:
            side = block.align[column]
            if side == "d" and tag == "td":
                # Figure spaces, which are as wide as a digit, bring the decimal points under each other.
                number = "".join(word.text if isinstance(word, Math) else str(word) for word in words)
                return f'<td class="d">{escape(number)}{chr(0x2007) * padding[column, number]}</td>'
            return f'<{tag} class="{side}">{self.words(words)}</{tag}>'

        def row(cells: tuple[Words, ...], tag: str) -> str:
            made = (cell(words, column, tag) for column, words in enumerate(cells))
            group = ' class="group"' if tag == "td" and cells[0] else ""
            return f"<tr{group}>{''.join(made)}</tr>"

        caption = f"<caption>{self.words(block.caption)}</caption>" if block.caption else ""
        rows = "\n".join(row(cells, "td") for cells in block.rows)
        return (
            f'<div class="scroll" tabindex="0"><table>{caption}<thead>{row(block.head, "th")}</thead>'
            f"<tbody>\n{rows}\n</tbody></table></div>"
        )


def _id(anchor: str) -> str:
    return "".join(c if c.isalnum() or c == "-" else "-" for c in anchor)


def _converter() -> Any:
    # Here, and not at the top: only pages need it.
    from math_core import LatexToMathML

    return LatexToMathML()
