"""The tokens of formulas, which those in LaTeX and those in plain text have in common, and what they are made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

from derive.read.written.tables import RELATIONS, SIGNS

TokenKind = Literal["number", "letter", "word", "macro", "mark", "open", "close", "begin", "end", "text"]

LONGEST = 40_000  # characters of a formula
MOST = 12_000  # tokens of a formula


class Token(NamedTuple):
    """kind, what it says, where it stands; `gap`: is there space before it? `fresh`: does a line begin with it?

    number: digits with a point.  letter: one letter.  word: several that belong together, with `sub` and `sup` in plain
    text.  macro: its name.  begin, end: an environment.  mark: anything else, a character.  open, close: { and }.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    gap: bool = False
    fresh: bool = False


class TooLong(Exception):
    """The formula has more tokens than anybody reads."""


GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Δ": "Delta", "Σ": "Sigma", "Φ": "Phi",
    "Θ": "Theta", "Ω": "Omega", "Γ": "Gamma", "Λ": "Lambda", "ℓ": "ell", "ς": "sigma", "∆": "Delta", "△": "Delta",
}  # fmt: skip
GREEK_MACROS = frozenset(GREEK.values()) | {"varepsilon", "varphi", "vartheta", "varsigma", "varrho", "ell"}
SAME = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varsigma": "sigma", "varrho": "rho"}

MARKS = {
    "𝟃": "∂", "𝛛": "∂", "𝜕": "∂", "𝝏": "∂", "𝞉": "∂", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-",
    "－": "-", "＋": "+", "·": "·", "∙": "·", "⋅": "·", "•": "·", "×": "×", "✕": "×", "∗": "*", "＊": "*", "÷": "/",
    "∕": "/", "⁄": "/", "／": "/", "＝": "=", "≃": "≈", "≅": "≈", "≒": "≈", "～": "~", "（": "(", "）": ")",
    "［": "[", "］": "]", "，": ",", "；": ";", "。": ".", "：": ":", "′": "'", "’": "'", "‘": "'", "″": "''",
    "≔": ":=", "⟵": "←", "⇐": "←", "∂": "∂", "∑": "∑", "⊙": "⊙", "∘": "⊙", "⊗": "⊗", "｜": "|", "∣": "|", "≤": "≤",
    "≥": "≥", "、": ",",
}  # fmt: skip
"""Characters that stand for others."""

SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-=()aeoxhklmnpstijruv")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵗˡᴸ", "0123456789+-=()niTtlL")
_SUB = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ"
_SUP = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵗˡᴸ"
ACCENTS = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0305": "bar"}

INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
"""Characters without width, which say nothing."""

_NUMBER = re.compile(
    r"(?:\d{1,3}(?:(?:\{,\}|\\,|\\!,\\!|,)\d{3})+(?!\d)|\d+)(?:\.(?:\d{3}(?:\\,\d{3})+\d*|\d+))?|\.\d+", re.ASCII
)
_COMMA = re.compile(r"(?:\d{1,3}(?:(?:\.|\\,|\{\.\})\d{3})+(?![\d])|\d+)(?:(?:\{,\}|,)\d+)?", re.ASCII)
_GAPS = re.compile(r"\{,\}|\\,|\\!,\\!|,", re.ASCII)


def number(text: str, at: int, comma: bool) -> tuple[str, int] | None:
    """Return the number that begins at a place, normalised, and where it ends. comma: whether 0,5 is a half."""
    found = (_COMMA if comma else _NUMBER).match(text, at)
    if found is None:
        return None
    written, end = found.group(), found.end()
    if comma:
        head, sign, tail = written.replace("{,}", ",").partition(",")
        return re.sub(r"[^0-9]", "", head) + ("." + tail if sign else ""), end
    if written[0] == "0" and _GAPS.search(written.partition(".")[0]):  # 0,123 is no number with thousands
        plain = re.match(r"\d+", written)
        assert plain is not None
        return plain.group(), at + plain.end()
    return _GAPS.sub("", written), end


_OPENING = frozenset((("mark", "("), ("mark", "["), ("macro", "{"), ("macro", "lbrace")))
_CLOSING = frozenset((("mark", ")"), ("mark", "]"), ("macro", "}"), ("macro", "rbrace")))


def relation(token: Token) -> str:
    """Return the relation that a token is; "" for any other."""
    return RELATIONS.get(token.text, "") if token.kind in ("mark", "macro") else ""


def is_sign(token: Token) -> bool:
    """Return whether a token stands between two factors or two terms."""
    return token.kind in ("mark", "macro") and token.text in SIGNS


def opens(token: Token) -> bool:
    """Return whether a bracket of any kind opens."""
    return token.kind in ("begin", "open") or (token.kind, token.text) in _OPENING


def closes(token: Token) -> bool:
    """Return whether a bracket of any kind closes."""
    return token.kind in ("end", "close") or (token.kind, token.text) in _CLOSING


def inside(tokens: Sequence[Token], at: int) -> int:
    """Return where the group ends that opens at a place: the index behind its closing brace, or the end."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += (tokens[place].kind == "open") - (tokens[place].kind == "close")
        if depth == 0:
            return place + 1
    return len(tokens)


# ── Characters ───────────────────────────────────────────────────────────────────────────────────────────────────


def gap_before(text: str, at: int) -> bool:
    return at > 0 and text[at - 1].isspace()


def character(text: str, at: int, gap: bool) -> list[Token]:
    c = text[at]
    if c in _SUB:
        return _script("_", c.translate(SUBSCRIPTS), at)
    if c in _SUP:
        return _script("^", c.translate(SUPERSCRIPTS), at)
    if c in GREEK:
        return [Token("letter", GREEK[c], at, at + 1, gap)]
    c = MARKS.get(c, c)
    if c in ("𝟏", "𝟙"):  # a vector of ones
        return [Token("word", "ones", at, at + 1, gap)]
    if c.isalpha():
        plain = unicodedata.normalize("NFKC", c)  # 𝑤 is w
        base = unicodedata.normalize("NFD", plain)
        if len(base) == 2 and base[1] in ACCENTS:  # ŷ
            return [
                Token("macro", ACCENTS[base[1]], at, at + 1, gap), Token("letter", base[0], at, at + 1),
            ]  # fmt: skip
        if plain in GREEK:
            return [Token("letter", GREEK[plain], at, at + 1, gap)]
        return [Token("letter", plain if len(plain) == 1 else c, at, at + 1, gap)]
    if c in ACCENTS:
        return [Token("mark", c, at, at + 1, gap)]
    return [Token("mark", each, at, at + 1, gap) for each in (("'", "'") if c == "''" else (c,))]


def _script(mark: str, plain: str, at: int) -> list[Token]:
    """Return a small digit as a script with a mark of its own; several in a row are one script for the parser."""
    kind: TokenKind = "number" if plain.isdigit() else "letter" if plain.isalpha() else "mark"
    return [Token("mark", mark + mark, at, at + 1), Token(kind, plain, at, at + 1)]
