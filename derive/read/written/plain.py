"""From plain text, with Unicode or without, to tokens."""

from __future__ import annotations

import re

from derive.read.written.tokens import ACCENTS, GREEK, INVISIBLE, LONGEST, MOST, Token, TooLong, character, number

_IDENTIFIER = re.compile(r"[A-Za-z]+", re.ASCII)
_INDEX = re.compile(r"\d{1,4}(?![.\d]*[.]\d)(?!\.)", re.ASCII)
_LABEL = re.compile(r"_(?:\{([^{}]{1,24})\}|([A-Za-z0-9]+(?:_[A-Za-z0-9]+)*(?:,[0-9]+)?))", re.ASCII)
_EXPONENT = re.compile(r"[eE][+-]?\d{1,4}(?![A-Za-z0-9_.])", re.ASCII)
_MINUS = re.compile(r"[-−–][A-Za-z(]")
_NUMBER_OF_EQUATION = re.compile(r"(?:\t|[ \u00a0]{2}|\\+ ?)[ \t&\u00a0]*[-–—]*[ \t\u00a0]*\(\d{1,2}\)\s*$")
_AT_MOST = 40  # characters that it has
_DOTS = re.compile(r"\.{2,}")
_PAIRS = {
    ":=": ":=", "<-": "←", "->": "→", "~=": "≈", "≈=": "≈", "=>": "⇒", "<=": "≤", ">=": "≥", "!=": "≠", "**": "^",
}  # fmt: skip
"""Signs that are two characters."""


def plain(text: str, comma: bool = False) -> list[Token]:
    """Return the tokens of a formula in plain text, or with Unicode. Raises TooLong.

    A name is one token, its script another: net_h1, w5, E_total. A letter with a number behind it has it as subscript.
    """
    if len(text) > LONGEST:
        raise TooLong
    if (found := _NUMBER_OF_EQUATION.search(text, max(0, len(text) - _AT_MOST))) is not None:
        text = text[: found.start()].rstrip()
    tokens: list[Token] = []
    at, gap = 0, False
    while at < len(text):
        if len(tokens) >= MOST:
            raise TooLong
        c = text[at]
        if c.isspace() or c in INVISIBLE:
            at, gap = at + 1, True
            continue
        if (dots := _DOTS.match(text, at)) is not None:
            tokens.append(Token("macro", "dots", at, dots.end(), gap))
            at = dots.end()
        elif (numeral := number(text, at, comma)) is not None:
            value, end = numeral
            if (exponent := _EXPONENT.match(text, end)) is not None:
                value, end = value + exponent.group(), exponent.end()
            tokens.append(Token("number", value, at, end, gap))
            at = end
        elif (c.isascii() and c.isalpha()) or c in GREEK:
            at = _identifier(text, at, gap, tokens)
            if tokens[-1].text == "e" and _MINUS.match(text, at):  # e-x, whose exponent was raised once
                tokens.append(Token("mark", "^", at, at))
        elif (sign := _PAIRS.get(text[at : at + 2])) is not None:
            tokens.append(Token("mark", sign, at, at + 2, gap))
            at += 2
        else:
            tokens.extend(character(text, at, gap))
            at += 1
        gap = False
    return [_times_sign(tokens, place) for place in range(len(tokens))]


def _times_sign(tokens: list[Token], at: int) -> Token:
    """Return the token at a place, and × for the x of 0.5 x 0.1."""
    token = tokens[at]
    if token.text not in ("x", "X") or not 0 < at < len(tokens) - 1 or not token.gap or not tokens[at + 1].gap:
        return token
    numbers = tokens[at - 1].kind == tokens[at + 1].kind == "number"
    return Token("mark", "×", token.start, token.end, True) if numbers else token


def _identifier(text: str, at: int, gap: bool, tokens: list[Token]) -> int:
    """Add the tokens of a name with its plain script, and return where it ends."""
    start = at
    if text[at] in GREEK:
        base, at = GREEK[text[at]], at + 1
        tokens.append(Token("letter", base, start, at, gap))
    else:
        found = _IDENTIFIER.match(text, at)
        assert found is not None
        base, at = found.group(), found.end()
        tokens.append(Token("word" if len(base) > 1 else "letter", base, start, at, gap))
    if at < len(text) and text[at] in ACCENTS:
        tokens.insert(len(tokens) - 1, Token("macro", ACCENTS[text[at]], start, at + 1, gap))
        at += 1
    if (digits := _INDEX.match(text, at)) is not None:
        tokens.append(Token("mark", "_", at, at))
        tokens.append(Token("text", digits.group(), at, digits.end()))
        at = digits.end()
    if (label := _LABEL.match(text, at)) is not None:
        tokens.append(Token("mark", "_", at, at + 1))
        tokens.append(Token("text", label.group(1) or label.group(2), label.start() + 1, label.end()))
        at = label.end()
    return at
