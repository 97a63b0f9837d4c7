"""Foreign LaTeX to MathML for a page: within limits, never raising, and nothing let through that is no formula."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

LONGEST = 5_000  # characters of LaTeX
WIDEST = 400_000  # characters of MathML
DEEPEST = 100  # elements inside each other; browsers give up at some hundreds
OPEN = 12  # brackets that nothing closes: for each, the converter takes twice as long

_OPENING = re.compile(r"\\.|[{}]", re.DOTALL)
_BRACKET = re.compile(
    r"(?P<left>[(\[⌈⌊⌜⌞⎰❲⟅⟦⟨⟪⟬⟮⦃⦅⦇⦉⦋⦍⦏⦑⦓⦕⦗⧘⧚⧼]|\\(?:\{|(?:lbrace|lparen|lbrack|langle|lvert|lVert|lfloor|lceil|lgroup|lmoustache|llbracket"
    r"|ulcorner|llcorner|lAngle|lBrack|lBrace)(?![A-Za-z])))"
    r"|(?P<right>[)\]⟩⌋⌉⟧⟯⟭⟫]|\\(?:\}|(?:rbrace|rparen|rbrack|rangle|rvert|rVert|rfloor|rceil|rgroup|rmoustache|rrbracket"
    r"|urcorner|lrcorner|rAngle|rBrack|rBrace)(?![A-Za-z])))"
    r"|(?P<end>\\\\|\\(?:begin|end|right|middle)(?![A-Za-z])|&)|(?P<open>\{)|(?P<close>\})|\\(?:[A-Za-z]+|.)",
    re.DOTALL,
)
_NUMBERED = re.compile(r"\\(begin|end)\s*\{(equation|align|gather|multline|eqnarray|displaymath|math)\*?\}")
_ASIDES = re.compile(r"\\(?:label|tag\*?|eqref|ref)\s*\{[^{}]*\}|\\(?:nonumber|notag)\b|(?<!\\)%[^\n]*")
_ALIGNED = ("align", "eqnarray")

# What a converter may give: elements of MathML, with attributes that say how it looks; no address, nothing that acts.
_TAG = re.compile(
    r"</?m[a-z]+"
    r"(?: (?:accent|accentunder|class|columnalign|columnlines|columnspacing|columnspan|depth|display|displaystyle"
    r"|fence|form|frame|height|largeop|linethickness|lspace|mathcolor|mathvariant|maxsize|minsize|movablelimits"
    r"|notation|rowlines|rowspacing|rowspan|rspace|scriptlevel|separator|stretchy|style|symmetric|voffset|width)"
    r'="[-\w .:;,%#+()]*")* ?/?>',
    re.ASCII,
)
_ACTIVE = re.compile(r"url|expression|import|position", re.IGNORECASE)


class Converter:
    """Converts formulas; what occurs often is converted once."""

    def __init__(self) -> None:
        converter = _converter()

        @cache
        def convert(latex: str, display: bool) -> str:
            for attempt in (latex, rf"\begin{{aligned}}{latex}\end{{aligned}}"):
                try:
                    made: str = converter.convert_with_local_state(attempt, displaystyle=display)
                except Exception:  # noqa: S112  the converter's own, or whatever else a text brings about
                    continue
                return made if _harmless(made) else ""
            return ""

        self._convert = convert

    def mathml(self, latex: str, *, display: bool) -> str:
        """Return a formula as MathML; "" where it cannot be shown as one."""
        if len(latex) > LONGEST or not all(c.isprintable() or c.isspace() for c in latex):
            return ""
        plain = " ".join(_ASIDES.sub("", latex).split())
        # A single formula would be numbered (1) each time.
        plain = _NUMBERED.sub(lambda found: rf"\{found[1]}{{{_unnumbered(found[2])}}}", plain)
        fits = plain and _depth(plain) <= DEEPEST and _unclosed(plain) <= OPEN
        return self._convert(plain, display) if fits else ""


def _unnumbered(environment: str) -> str:
    return "aligned" if environment in _ALIGNED else "gathered"


def _depth(latex: str) -> int:
    depth = deepest = 0
    for found in _OPENING.finditer(latex):
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        deepest = max(deepest, depth)
    return deepest


def _unclosed(latex: str) -> int:
    """Return how many brackets are not closed within the group, the cell and the line that they open in."""
    count, open_here = 0, [0]
    for found in _BRACKET.finditer(latex):
        match found.lastgroup:
            case "left":
                open_here[-1] += 1
            case "right":
                open_here[-1] = max(0, open_here[-1] - 1)
            case "open":
                open_here.append(0)
            case "close" if len(open_here) > 1:
                count += open_here.pop()
            case "end":
                count += open_here[-1]
                open_here[-1] = 0
    return count + sum(open_here)


def _harmless(mathml: str) -> bool:
    if len(mathml) > WIDEST:
        return False
    depth = 0
    for tag in re.findall(r"<[^>]*>?", mathml):
        if not _TAG.fullmatch(tag) or _ACTIVE.search(tag):
            return False
        depth += -1 if tag.startswith("</") else 0 if tag.endswith("/>") else 1
        if depth > DEEPEST:
            return False
    return depth == 0


def _converter() -> Any:
    # Here, and not at the top: only pages need it.
    from math_core import LatexToMathML

    return LatexToMathML(fancy_error=False, max_expansions=100)
