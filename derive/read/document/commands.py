"""What the commands of LaTeX do to the text around them, as tables."""

from __future__ import annotations

from typing import NamedTuple

from derive.read.document.types import PieceKind


class Form(NamedTuple):
    """How many arguments a command has, and which of them are text."""

    arity: int
    kept: tuple[int, ...]


HEADINGS: dict[str, PieceKind] = {
    "part": "heading", "chapter": "heading", "section": "heading", "subsection": "heading", "subsubsection": "heading",
    "paragraph": "heading", "subparagraph": "heading", "title": "heading", "frametitle": "heading", "caption": "prose",
    "footnote": "prose", "quiet": "prose",
}  # fmt: skip
"""Commands whose argument is a part of its own."""

PARTS = frozenset(("item", "par", "maketitle", "newpage", "clearpage", "bigskip", "medskip", "smallskip"))
"""Commands that end what stands before them."""

BREAKS = frozenset(("tabularnewline", "newline", "linebreak", "cr"))
"""Commands that end a line, or the row of a table."""

OPTIONS = frozenset(("displaybreak", "pagebreak", "nopagebreak", "toprule", "midrule", "bottomrule", "specialrule"))
"""Commands with nothing but an option."""

_DROPPED = {
    1: (
        "label ref eqref cite citep citet nocite pageref autoref cref Cref vspace hspace includegraphics input include "
        "usepackage documentclass bibliography bibliographystyle color pagestyle thispagestyle hypersetup cline room "
        "tag cmidrule hphantom vphantom phantom index pagenumbering usetikzlibrary graphicspath url thanks"
    ),
    2: (
        "newcommand renewcommand providecommand setlength addtolength fontsize setcounter addtocounter rule "
        "DeclareMathOperator newtheorem renewenvironment"
    ),
    3: "definecolor newenvironment DeclarePairedDelimiter",
}

ARGUMENTS: dict[str, Form] = {
    **{name: Form(count, ()) for count, names in _DROPPED.items() for name in names.split()},
    "texorpdfstring": Form(2, (0,)), "textcolor": Form(2, (1,)), "href": Form(2, (1,)), "makebox": Form(1, (0,)),
    "framebox": Form(1, (0,)), "parbox": Form(2, (1,)), "raisebox": Form(2, (1,)), "multicolumn": Form(3, (2,)),
    "multirow": Form(3, (2,)), "colorbox": Form(2, (1,)), "resizebox": Form(3, (2,)), "scalebox": Form(2, (1,)),
    "SI": Form(2, (0,)), "num": Form(1, (0,)), "foreignlanguage": Form(2, (1,)), "why": Form(1, ()),
}  # fmt: skip
"""Commands with arguments of which some are no text. Of any other, what its braces hold is kept."""

CHARACTERS: dict[str, str] = {
    "ldots": "…", "dots": "…", "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^",
    "textunderscore": "_", "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł",
    "textquotesingle": "'", "textendash": "–", "textemdash": "—", "textdollar": "$", "textbar": "|", "textless": "<",
    "textgreater": ">", "textapprox": "≈", "texttimes": "×", "textdegree": "°", "@": "", "-": "", "/": "", '"': "",
    "'": "", "`": "", "^": "", "~": "", "=": "", ".": "",
}  # fmt: skip
"""Commands that stand for a character, or for an accent, which is left out."""

SPACES = frozenset(("quad", "qquad", "hfill", "hskip", "enspace", "thinspace", "space", "indent"))
