"""From LaTeX to tokens, by pylatexenc, which knows its rules of what is a macro and where it ends. No TeX runs."""

from __future__ import annotations

from collections.abc import Mapping

from pylatexenc.latexwalker import LatexToken, LatexWalker, LatexWalkerEndOfStream, LatexWalkerParseError

from derive.read.written.expanding import expanded
from derive.read.written.tokens import (
    GREEK_MACROS,
    INVISIBLE,
    LONGEST,
    MOST,
    SAME,
    Token,
    TooLong,
    character,
    gap_before,
    number,
)

_ESCAPED = frozenset("_^'=+")
"""Marks that say something else behind a backslash."""


def latex(text: str, macros: Mapping[str, tuple[int, str]] = {}, comma: bool = False) -> list[Token]:
    """Return the tokens of a formula in LaTeX. Raises TooLong."""
    tokens = _scanned(text, comma)
    if "\n" in text:
        ends = [0, *(token.end for token in tokens)]
        tokens = [
            token._replace(fresh=True) if "\n" in text[end : token.start] else token
            for end, token in zip(ends, tokens, strict=False)
        ]
    return expanded(tokens, macros, lambda body: _scanned(body, comma)) if macros else tokens


def _scanned(text: str, comma: bool) -> list[Token]:
    if len(text) > LONGEST:
        raise TooLong
    walker = LatexWalker(text, tolerant_parsing=True)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if len(tokens) >= MOST:
            raise TooLong
        c = text[at]
        if c.isspace() or c == "~" or c in INVISIBLE:
            at += 1
            continue
        if text.startswith((">=", "<="), at):
            tokens.append(Token("mark", "≥" if c == ">" else "≤", at, at + 2, gap_before(text, at)))
            at += 2
            continue
        if text.startswith("..", at):
            end = next((place for place in range(at, len(text)) if text[place] != "."), len(text))
            tokens.append(Token("macro", "dots", at, end, gap_before(text, at)))
            at = end
            continue
        if (found := number(text, at, comma)) is not None:
            value, end = found
            tokens.append(Token("number", value, at, end, gap_before(text, at)))
            at = end
            continue
        try:
            token = walker.get_token(at)
        except LatexWalkerEndOfStream:
            break
        except LatexWalkerParseError:
            tokens.append(Token("mark", c, at, at + 1))
            at += 1
            continue
        made, at = _token(text, at, token)
        tokens += made
    return tokens


def _token(text: str, at: int, token: LatexToken) -> tuple[list[Token], int]:
    """Return what a token of pylatexenc is for us, and where it ends."""
    start, end = token.pos, max(token.pos + token.len, at + 1)
    gap = start > at or gap_before(text, start)
    match token.tok:
        case "comment":
            return [], end
        case "macro":
            end = start + 1 + len(token.arg)  # without the space behind it
            if token.arg == "%":
                return [Token("mark", "%", start, end, gap)], end
            if token.arg in _ESCAPED:
                return [Token("macro", "\\" + token.arg, start, end, gap)], end
            if token.arg in GREEK_MACROS:
                return [Token("letter", SAME.get(token.arg, token.arg), start, end, gap)], end
            return [Token("macro", token.arg, start, end, gap)], end
        case "begin_environment":
            return [Token("begin", str(token.arg).rstrip("*"), start, end, gap)], end
        case "end_environment":
            return [Token("end", str(token.arg).rstrip("*"), start, end, gap)], end
        case "brace_open" if token.arg == "{":
            return [Token("open", "{", start, end, gap)], end
        case "brace_close" if token.arg == "}":
            return [Token("close", "}", start, end, gap)], end
    if text[start] == "$":  # the delimiters of a formula within a text within a formula
        return [], end
    return character(text, start, gap), start + 1
