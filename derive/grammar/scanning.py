"""From characters to tokens. What is in no formula is refused here, with its column and what to write in its place."""

from __future__ import annotations

import keyword
import re
import unicodedata
from typing import Literal, NamedTuple

from derive.errors import DeriveError, printable

MAX_BYTES = 2_000
MAX_NAME = 40
MAX_DIGITS = 60
MAX_EXPONENT = 100

TokenKind = Literal["number", "name", "mark", "end"]


class Token(NamedTuple):
    """A number, a name, one of the marks + - * / ^ ( ) [ ] and the comma, or the end; `column` counts from 1."""

    kind: TokenKind
    text: str
    column: int


_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<mark>[-+*/^(),\[\]])"
)
_SPACE = re.compile(r"[ \t]*")

INSTEAD = {
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "∙": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "⁄": "/",
    "²": "^2", "³": "^3", "√": "sqrt(…)", "∑": "sum(i, …)", "Σ": "sum(i, …)", "（": "(", "）": ")", "，": ",",
    "＋": "+", "ˆ": "^", "½": "1/2", "∞": "a number", "ϵ": "epsilon",
}  # fmt: skip
"""What to type for marks that are not on every keyboard."""

GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
)  # fmt: skip

_WORDS = frozenset(keyword.kwlist) - {"lambda"}
"""Words of Python, from which it is plain that more is expected of a formula than it is. λ is a letter."""

_ALIKE = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеоѕіјрсухһԁԛԝվѵΑΒΕΖΗΙΚΜΝΟΡΤΥΧονıℓ",
        "ABESIJKMHOPCTYXaeosijpcyxhdqwuvABEZHIKMNOPTYXovil",
        strict=True,
    )
)
"""Letters of other alphabets that look like one of ours."""

_WRONG = {
    "=": ("an equation has its left side as the key", 'L = "w*x"'),
    "<": ("there are no comparisons", "max(a, b), min(a, b), abs(a)"),
    ">": ("there are no comparisons", "max(a, b), min(a, b), abs(a)"),
    "!": ("there are no factorials and no comparisons", "the number itself"),
    ".": ("a point stands in numbers only: there is nothing to reach inside a name", "0.5"),
    "'": ("there are no texts in a formula", "x[1]"),
    '"': ("there are no texts in a formula", "x[1]"),
    "`": ("there are no texts in a formula", "x[1]"),
    "_": ("a name begins with a letter", "w_1"),
    "{": ("there are no braces", "round brackets"),
    "}": ("there are no braces", "round brackets"),
    "@": ("this is no sign for a product", "dot(W, x)"),
    "%": ("there are no remainders and no per cents", "0.05"),
    "\\": ("this is not LaTeX", "alpha, sqrt(x), a/b"),
    ":": ("there are no colons", "sum(i, x[i])"),
    ";": ("one equation stands for itself", "an equation of its own"),
    "#": ("there are no comments within an equation", "a comment on a line of its own"),
    "|": ("there are no bars", "abs(x)"),
    "\n": ("an equation is one line", "a part of it with a name, in an equation of its own"),
    "\r": ("an equation is one line", "a part of it with a name, in an equation of its own"),
}


def refusal(what: str, text: str, column: int, where: str, *, allowed: str = "", hint: str = "") -> DeriveError:
    """Return an error about a place in a formula: its column, and the text with a caret below it."""
    start = max(0, column - 41)
    piece = text[start : column + 30]
    before = printable(piece[: column - 1 - start])
    cut = "…" if start else ""
    line = cut + before + printable(piece[column - 1 - start :]) + ("…" if column + 30 < len(text) else "")
    caret = " " * len(cut + before) + "^"
    place = f"{where}: column {column}" if where else f"column {column}"
    return DeriveError(f"{what}\n    {line}\n    {caret}", where=place, allowed=allowed, hint=hint)


def scan(text: str, where: str) -> list[Token]:
    """Return the tokens of `text`, the end last. Raises DeriveError, with the column, for what is none."""
    # A character has at least one byte: a text of megabytes is not even encoded.
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise refusal(
            f"the formula is too long: {len(text):,} characters", text, MAX_BYTES + 1 if len(text) > MAX_BYTES else 1,
            where, allowed=f"at most {MAX_BYTES:,} bytes", hint="give parts of it names, in equations of their own",
        )  # fmt: skip
    tokens: list[Token] = []
    place = _end_of_space(text, 0)
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _foreign(text, place, where)
        kind: TokenKind = "number" if found["number"] else "name" if found["name"] else "mark"
        token = Token(kind, found.group(), place + 1)
        _check(token, text, where)
        tokens.append(token)
        place = _end_of_space(text, found.end())
    return [*tokens, Token("end", "", len(text) + 1)]


def _end_of_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    assert found is not None
    return found.end()


def _check(token: Token, text: str, where: str) -> None:
    if token.kind == "name" and len(token.text) > MAX_NAME:
        raise refusal(
            f"the name has {len(token.text)} characters", text, token.column, where, allowed=f"at most {MAX_NAME}"
        )
    if token.text in _WORDS:
        raise refusal(f"{token.text} is a word of Python, and no name", text, token.column, where, hint="another name")
    if token.kind == "number":
        digits, _, exponent = token.text.lower().partition("e")
        many = len(digits.replace(".", "")) > MAX_DIGITS
        if many or len(exponent) > 5 or abs(int(exponent or 0)) > MAX_EXPONENT:
            raise refusal(
                f"the number has {'too many digits' if many else 'too large an exponent'}", text, token.column, where,
                allowed=f"at most {MAX_DIGITS} digits, and exponents from -{MAX_EXPONENT} to {MAX_EXPONENT}",
            )  # fmt: skip
        after = text[token.column - 1 + len(token.text) :][:1]
        if after.isalpha() and after.isascii():
            raise refusal(
                "a product needs its sign", text, token.column + len(token.text), where, hint=f"{token.text}*{after}…"
            )


def _foreign(text: str, place: int, where: str) -> DeriveError:
    character = text[place]
    if character in _WRONG:
        what, instead = _WRONG[character]
        return refusal(f"found {printable(character)}, and {what}", text, place + 1, where, hint=instead)
    code = f"U+{ord(character):04X} {unicodedata.name(character, 'a character without a name')}"
    allowed = "letters from a to z, digits, _ and + - * / ^ ( ) [ ] ,"
    if character in _ALIKE:
        return refusal(
            f"{code} looks like {_ALIKE[character]}, and is another letter", text, place + 1, where,
            allowed=allowed, hint=_ALIKE[character],
        )  # fmt: skip
    return refusal(f"found {code}", text, place + 1, where, allowed=allowed, hint=_instead(character))


def _instead(character: str) -> str:
    if character in INSTEAD:
        return INSTEAD[character]
    plain = unicodedata.normalize("NFKC", character)
    name = unicodedata.name(plain, "") if len(plain) == 1 else ""
    if name.startswith("GREEK SMALL LETTER "):
        word = name.removeprefix("GREEK SMALL LETTER ").split()[-1].lower()
        word = {"lamda": "lambda"}.get(word, word)
        return word if word in GREEK else ""
    return plain if plain.isascii() and plain.isprintable() and plain != character else ""
