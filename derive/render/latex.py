"""A document as LaTeX, for pdflatex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from derive.errors import DeriveError
from derive.render.blocks import (
    Block,
    Display,
    Document,
    Facts,
    Heading,
    Line,
    Mark,
    Math,
    Paragraph,
    Picture,
    Summary,
    Table,
    Words,
    decimal_padding,
)
from derive.render.figure import tikz
from derive.render.width import LINE, width, words_width

_SPECIAL = {
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "−": "$-$", "·": "$\\cdot$", "≈": "$\\approx$",
    "<": "$<$", ">": "$>$", "|": "$|$", '"': "''", "…": "\\ldots{}", "×": "$\\times$",
    "⁻": "$^{-}$", "½": "$\\tfrac12$", "η": "$\\eta$", "∂": "$\\partial$", "δ": "$\\delta$",
}  # fmt: skip

_MARKS = {
    "proved": ("$\\checkmark$", "derivegood"),
    "agrees": ("$\\approx$", "derivegood"),
    "refuted": ("$\\times$", "derivebad"),
    "undecided": ("?", "deriveopen"),
}

LANGUAGES = ("en",)
"""Of which the words can be set: pdflatex has no letters for the others."""

_PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[a4paper,margin=23mm,top=18mm,bottom=22mm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{booktabs,longtable,array}
\usepackage{xcolor}
\usepackage{tikz}
\usepackage[hidelinks,pdfusetitle,bookmarksopen]{hyperref}
\definecolor{derivegood}{HTML}{1B6B3A}
\definecolor{derivebad}{HTML}{A4161A}
\definecolor{deriveopen}{HTML}{8A5A00}
\definecolor{derivequiet}{gray}{0.38}
\setcounter{secnumdepth}{0}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt minus 1pt}
\setlength{\jot}{3pt}
\setlength{\LTpre}{8pt}
\setlength{\LTpost}{6pt}
\AtBeginDocument{\setlength{\abovedisplayskip}{4pt plus 1pt}\setlength{\belowdisplayskip}{5pt plus 2pt}}
\allowdisplaybreaks[1]
\raggedbottom
\emergencystretch=2em
\newcommand{\room}[1]{\par\vskip0pt plus #1\penalty-100\vskip0pt plus -#1}% a new page unless there is so much room
\newcommand{\straight}{\ifvmode\vspace{-0.6\baselineskip}\fi}% no empty line before a formula
\newcommand{\why}[1]{\makebox[0pt][r]{\textcolor{derivequiet}{\footnotesize\itshape #1}}}
\newcommand{\quiet}[1]{{\small\color{derivequiet}\raggedright #1\par}\vspace{1.5pt}}
"""
_GAP = "\\displaybreak[0]\\\\[3pt]"
_LONG = 20  # letters; a longer word is broken at the end of a line
_LEFT = 4.0  # em; what the left sides of a display take at the least
_RELATION = 1.3  # em; of = or ≈ with its spaces
_TEXT = 46.0  # em; the width of the text


def latex(document: Document) -> str:
    """Return the document as the source of an article. Raises DeriveError for a language that pdflatex cannot set."""
    if document.language not in LANGUAGES:
        raise DeriveError(
            f"pdflatex has no letters for a report in {document.language!r}",
            allowed=f"tex and pdf in: {', '.join(LANGUAGES)}",
            hint="--format html,json; a browser prints the page to PDF",
        )
    title = text(document.title)
    before: list[Block | None] = [None, *document.blocks]
    body = "\n".join(map(_block, before, document.blocks))
    return (
        f"{_PREAMBLE}\\title{{{title}}}\n\\author{{}}\n\\date{{}}\n\\hypersetup{{pdflang={document.language}}}\n"
        f"\\begin{{document}}\n{{\\LARGE\\bfseries\\raggedright {_breakable(document.title)}\\par}}\n\\smallskip\n"
        f"{{\\large\\color{{derivequiet}} {_words(document.subtitle)}\\par}}\n\\medskip\n"
        f"{body}\n\\end{{document}}\n"
    )


def text(plain: str) -> str:
    """Return plain text with everything escaped that TeX would read as a command.

    Characters that the document's fonts do not have are shown by their number.
    """
    return "".join(_SPECIAL.get(c) or (c if _has(c) else f"[U+{ord(c):04X}]") for c in plain)


def _breakable(plain: str) -> str:
    """Return plain text, escaped, that may break inside its long words: a stranger's title may be a single one."""
    # Measured as written: a character that the fonts lack is eight wide.
    return " ".join(
        text(word) if len(text(word)) <= _LONG else "\\allowbreak ".join(map(text, word)) for word in plain.split(" ")
    )


def _has(character: str) -> bool:
    latin = character.isascii() or "\u00a1" <= character <= "\u017f" or character in "–—‘’“”"
    return character.isprintable() and latin


def _words(words: Words) -> str:
    made = []
    for word in words:
        if isinstance(word, Math):
            made.append(f"${word.latex}$")
        elif isinstance(word, Mark):
            sign, colour = _MARKS[word.kind]
            made.append(f"\\textcolor{{{colour}}}{{{sign}~{text(word.word)}}}")
        else:
            made.append(text(word))
    return "".join(made)


def _block(before: Block | None, block: Block) -> str:
    match block:
        case Heading():
            room = "" if isinstance(before, Heading) else "\\room{7\\baselineskip}\n"
            return f"\n{room}{_heading(block)}"
        case Paragraph(words, quiet):
            return f"\n\\quiet{{{_words(words)}}}" if quiet else f"\n{_words(words)}"
        case Display():
            return _display(block)
        case Table():
            return _table(block)
        case Facts():
            return _facts(block)
        case Picture(figure, caption):
            below = f"\\smallskip\n{{\\small\\color{{derivequiet}}{_words(caption)}\\par}}"
            return f"\n\\begin{{center}}\n{tikz(figure)}\n\n{below}\n\\end{{center}}"
        case Summary(lines):
            rows = "\n".join(f"{_words((mark,))} & {_words(words)} \\\\" for mark, words in lines)
            return (
                "\n\\begin{center}\\renewcommand{\\arraystretch}{1.15}%\n"
                f"\\begin{{tabular}}{{@{{}}l@{{\\quad}}p{{0.8\\linewidth}}@{{}}}}\n\\toprule\n{rows}\n\\bottomrule\n"
                "\\end{tabular}\\end{center}"
            )


def _heading(heading: Heading) -> str:
    name = {1: "section", 2: "subsection", 3: "subsubsection"}[heading.level]
    plain = "".join(w if isinstance(w, str) else w.text if isinstance(w, Math) else w.word for w in heading.words)
    bookmark = text(plain.replace("_", " "))
    title = f"\\texorpdfstring{{{_words(heading.words)}}}{{{bookmark}}}"
    return f"\\{name}{{{title}}}\\label{{{_anchor(heading.anchor)}}}"


def _anchor(anchor: str) -> str:
    return "".join(c if c.isalnum() or c == "-" else "-" for c in anchor)


def _display(block: Display) -> str:
    """Return aligned formulas; a page may end where a new one begins, and hardly elsewhere."""
    rows: list[tuple[bool, str]] = []
    for line in block.lines:
        written = list(_rows(line))
        for number, row in enumerate(written):
            noted = line.note and number == len(written) - 1
            note = f" & \\why{{{_words(line.note)}}} &" if noted else " & &"
            rows.append((line.gap and number == 0, f"  {row}{note}"))
    ends = [_GAP if gap else " \\\\" for _, (gap, _) in pairwise(rows)]
    body = "\n".join(row + end for (_, row), end in zip(rows, [*ends, ""], strict=True))
    return f"\\straight\n\\begin{{flalign*}}\n{body}\n\\end{{flalign*}}"


def _rows(line: Line) -> Iterator[str]:
    """Yield a line in as many rows as it takes, each with its place of alignment."""
    room = LINE - max(width(line.lhs), _LEFT) - (words_width(line.note) + 1.0 if line.note else 0.0)
    left, row = f"{line.lhs} &", ""
    for part in line.parts:
        sign = "\\approx" if part.relation == "≈" else part.relation
        whole = " ".join([row, sign, *part.pieces]).lstrip()
        if not part.stacked and width(whole) <= room + _RELATION:
            row = whole
            continue
        if row:
            yield left + row
            left = "&"
        *broken, last = _stacked(part.pieces) if part.stacked else _broken(part.pieces, room)
        for piece in broken:
            yield f"{left}{sign} {piece}"
            left, sign = "&\\quad", "{}"
        row = f"{sign} {last}"
    yield left + row


def _stacked(pieces: Sequence[str]) -> list[str]:
    """Return a path a row; the factors behind the last path stay with it."""
    rows = [pieces[0]]
    for piece in pieces[1:]:
        if piece.startswith("+"):
            rows.append(piece)
        else:
            rows[-1] += f" {piece}"
    return rows


def _broken(pieces: Sequence[str], room: float) -> list[str]:
    """Return the pieces in as few rows as they need, and the rows about as long as each other."""
    rows = _packed(pieces, room)
    widths = list(map(width, pieces))
    share = sum(widths) / len(rows)
    even: dict[int, list[str]] = {}
    done = 0.0
    for piece, size in zip(pieces, widths, strict=True):
        even.setdefault(int((done + size / 2) / share), []).append(piece)
        done += size
    made = [" ".join(row) for row in even.values()]
    fits = len(made) == len(rows) and max(map(width, made)) <= room
    return made if fits and _unevenness(made) < _unevenness(rows) - 1.0 else rows


def _unevenness(rows: Sequence[str]) -> float:
    return max(map(width, rows)) - min(map(width, rows))


def _packed(pieces: Sequence[str], limit: float) -> list[str]:
    rows = [pieces[0]]
    for piece in pieces[1:]:
        together = f"{rows[-1]} {piece}"
        if width(together) <= limit:
            rows[-1] = together
        else:
            rows.append(piece)
    return rows


def _facts(block: Facts) -> str:
    """Return the facts in columns as wide as the widest formula, as many as there is room for."""
    formulas = [word for _, facts in block.rows for fact in facts for word in fact if isinstance(word, Math)]
    widest = max(width(formula.latex) for formula in formulas)
    label = max(sum(0.46 * len(word) for word in words if isinstance(word, str)) for words, _ in block.rows) + 1.5
    room = _TEXT - label
    columns = max(1, int(room / max(widest + 1.2, 7.0)))
    cell = f"{(room - 0.2) / columns:.2f}em"
    rows = []
    for words, facts in block.rows:
        boxes = "\\hskip0pt".join(f"\\makebox[{cell}][l]{{{_words(fact)}}}" for fact in facts)
        rows.append(f"{_words(words)} & \\raggedright {boxes} \\tabularnewline")
    return (
        "\n{\\lineskiplimit=2pt\\lineskip=2pt\\extrarowheight=1pt"
        f"\n\\begin{{longtable}}{{@{{}}p{{{label - 0.5:.2f}em}}@{{\\hspace{{0.5em}}}}p{{{room:.2f}em}}@{{}}}}\n"
        "\\toprule\n" + "\n".join(rows) + "\n\\bottomrule\n\\end{longtable}}"
    )


def _table(block: Table) -> str:
    padding = decimal_padding(block)

    def cell(words: Words, column: int) -> str:
        if block.align[column] != "d":
            return _words(words)
        number = "".join(word.text if isinstance(word, Math) else str(word) for word in words)
        lacking = padding[column, number]
        return _words(words) + (f"\\phantom{{{'0' * lacking}}}" if lacking else "")

    head = " & ".join(f"\\textbf{{{_words(words)}}}" for words in block.head)
    rows = " \\\\\n".join(" & ".join(cell(words, i) for i, words in enumerate(row)) for row in block.rows)
    align = block.align.replace("d", "r")
    caption = f"\n\\quiet{{{_words(block.caption)}}}" if block.caption else ""
    return (
        f"\n\\begin{{longtable}}{{@{{}}{align}@{{}}}}\n\\toprule\n{head} \\\\\n\\midrule\n\\endhead\n"
        f"{rows} \\\\\n\\bottomrule\n\\end{{longtable}}{caption}"
    )
