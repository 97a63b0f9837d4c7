"""A document as LaTeX, for pdflatex."""

from __future__ import annotations

from derive.render.blocks import (
    Block,
    Display,
    Document,
    Heading,
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

_PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[a4paper,margin=23mm,top=22mm,bottom=25mm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{booktabs,longtable,array}
\usepackage{xcolor}
\usepackage{tikz}
\usepackage[hidelinks,pdfusetitle]{hyperref}
\definecolor{derivegood}{HTML}{1B6B3A}
\definecolor{derivebad}{HTML}{A4161A}
\definecolor{deriveopen}{HTML}{8A5A00}
\definecolor{derivequiet}{gray}{0.38}
\definecolor{deriverule}{gray}{0.75}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt plus 2pt minus 1pt}
\setlength{\jot}{4pt}
\AtBeginDocument{\setlength{\abovedisplayskip}{3pt}\setlength{\belowdisplayskip}{5pt}%
  \setlength{\abovedisplayshortskip}{3pt}\setlength{\belowdisplayshortskip}{5pt}}
\allowdisplaybreaks
\raggedbottom
\emergencystretch=2em
\newcommand{\why}[1]{\text{\textcolor{derivequiet}{\footnotesize\itshape #1}}}
"""


def latex(document: Document) -> str:
    """Return the document as the source of an article."""
    title = text(document.title)
    body = "\n".join(_block(block) for block in document.blocks)
    return (
        f"{_PREAMBLE}\\title{{\\bfseries {title}}}\n\\author{{}}\n\\date{{}}\n\\begin{{document}}\n"
        f"{{\\LARGE\\bfseries {title}\\par}}\n\\smallskip\n"
        f"{{\\large\\color{{derivequiet}} {_words(document.subtitle)}\\par}}\n\\medskip\n"
        f"{body}\n\\end{{document}}\n"
    )


def text(plain: str) -> str:
    """Return plain text with everything escaped that TeX would read as a command.

    Characters that the document's fonts do not have are shown by their number.
    """
    return "".join(_SPECIAL.get(c) or (c if _has(c) else f"[U+{ord(c):04X}]") for c in plain)


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


def _block(block: Block) -> str:
    match block:
        case Heading(level, words, anchor):
            name = {1: "section", 2: "subsection", 3: "subsubsection"}[level]
            plain = "".join(w if isinstance(w, str) else w.text if isinstance(w, Math) else w.word for w in words)
            short = text(plain.replace("_", " "))
            return f"\n\\{name}*{{\\texorpdfstring{{{_words(words)}}}{{{short}}}}}\\label{{{_anchor(anchor)}}}"
        case Paragraph(words, quiet):
            written = _words(words)
            return f"\n{{\\small\\color{{derivequiet}} {written}\\par}}" if quiet else f"\n{written}\n"
        case Display():
            return _display(block)
        case Table():
            return _table(block)
        case Picture(figure, caption):
            return (
                f"\n\\begin{{center}}\n{tikz(figure)}\n\n\\smallskip\n"
                f"{{\\small\\color{{derivequiet}} {_words(caption)}\\par}}\n\\end{{center}}"
            )
        case Summary(lines):
            rows = "\n".join(f"{_words((mark,))} & {_words(words)} \\\\" for mark, words in lines)
            return (
                "\n\\begin{center}\\renewcommand{\\arraystretch}{1.15}%\n"
                f"\\begin{{tabular}}{{@{{}}l@{{\\quad}}p{{0.76\\linewidth}}@{{}}}}\n\\toprule\n{rows}\n\\bottomrule\n"
                "\\end{tabular}\\end{center}"
            )


def _anchor(anchor: str) -> str:
    return "".join(c if c.isalnum() or c == "-" else "-" for c in anchor)


def _display(block: Display) -> str:
    rows = []
    for line in block.lines:
        sign = "\\approx" if line.relation == "≈" else line.relation
        for number, piece in enumerate(line.rhs):
            left = f"{line.lhs} &{sign} " if number == 0 else "&\\qquad {}"
            note = f" & \\why{{{text(line.note)}}} &" if line.note and number == len(line.rhs) - 1 else " & &"
            rows.append(f"  {left}{piece}{note}")
    return "\\begin{flalign*}\n" + " \\\\\n".join(rows) + "\n\\end{flalign*}"


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
    caption = f"\n{{\\small\\color{{derivequiet}} {_words(block.caption)}\\par}}" if block.caption else ""
    align = block.align.replace("d", "r")
    return (
        f"\n\\begin{{longtable}}{{@{{}}{align}@{{}}}}\n\\toprule\n{head} \\\\\n\\midrule\n\\endhead\n"
        f"{rows} \\\\\n\\bottomrule\n\\end{{longtable}}{caption}"
    )
