"""Reads formulas back as a reader with a pencil would: by the rules of precedence alone, knowing nothing of printers.

Values are exact fractions. What a name, a function or a derivative is worth is the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

Value = Callable[[str], Fraction]
Function = Callable[[str, Fraction], Fraction]

OPEN, CLOSE = {"(": ")", "[": "]"}, {")", "]"}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class Unreadable(ValueError):
    """The formula has no meaning, or more than one."""


class Token(NamedTuple):
    """kind: "number", "name", "call", "power", "cases", or the sign itself: + - * / ( ) [ ] >"""

    kind: str
    text: str = ""
    parts: tuple[tuple[Token, ...], ...] = ()


# ── Plain text ─────────────────────────────────────────────────────────────────────────────────────────────────

_PLAIN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<call>exp|ln|tanh)(?=[⁰¹²³⁴⁵⁶⁷⁸⁹]*\()"
    r"|(?P<name>∂[^\s/()]+/∂[^\s()·/]+|[A-Za-zδη][A-Za-z0-9_]*(?:\[\d+\])?\+?)|(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)"
    r"|(?P<cases>\{)|(?P<sign>[+−·/()\[\]>]))"
)


def plain(text: str) -> tuple[Token, ...]:
    """Return the tokens of a formula in plain text."""
    tokens, at = [], 0
    while text[at:].strip():
        found = _PLAIN.match(text, at)
        if not found:
            raise Unreadable(f"{text!r} at {text[at : at + 10]!r}")
        at = found.end()
        kind, word = found.lastgroup or "", found.group(found.lastgroup or 0).strip()
        if kind == "cases":
            end = _matching(text, at - 1, "{", "}")
            *branches, last = _split(text[at:end], "; ")
            parts, negated = [], []
            for value, test in (_halves(branch, ", ") for branch in branches):
                greater, less = _halves(test, " > ")
                parts += [plain(value), plain(greater), plain(less)]
                negated.append(f"{greater} ≤ {less}")
            otherwise, condition = _halves(last, ", ")
            if condition != " and ".join(negated):
                raise Unreadable(text)
            tokens.append(Token("cases", parts=(*parts, plain(otherwise))))
            at = end + 1
        elif kind == "sign":
            tokens.append(Token({"−": "-", "·": "*"}.get(word, word)))
        else:
            tokens.append(Token(kind, word.translate(RAISED) if kind == "power" else word))
    return tuple(tokens)


def _matching(text: str, at: int, opening: str, closing: str) -> int:
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == opening) - (text[place] == closing)
        if depth == 0:
            return place
    raise Unreadable(text)


def _halves(text: str, separator: str) -> tuple[str, str]:
    """Return what is before and after the separator that stands in no braces or brackets."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "{([") - (character in "})]")
        if depth == 0 and text.startswith(separator, place):
            return text[:place], text[place + len(separator) :]
    raise Unreadable(text)


def _split(text: str, separator: str) -> list[str]:
    try:
        first, rest = _halves(text, separator)
    except Unreadable:
        return [text]
    return [first, *_split(rest, separator)]


# ── LaTeX ──────────────────────────────────────────────────────────────────────────────────────────────────────

_LATEX = re.compile(r"\s*(\\[A-Za-z]+|\\\\|\\|\d+(?:\.\d+)?|[A-Za-z]|[-+=()\[\]{}^_&>/,'])")
_SIGNS = {"\\cdot": "*", "\\times": "*"}
_GREEK = ("\\delta", "\\eta", "\\theta")


def latex(text: str) -> tuple[Token, ...]:
    """Return the tokens of a formula in LaTeX; a fraction's bar holds its parts together as brackets would."""
    marks, at = [], 0
    while text[at:].strip():
        found = _LATEX.match(text, at)
        if not found:
            raise Unreadable(f"{text!r} at {text[at : at + 10]!r}")
        marks.append(found.group(1))
        at = found.end()
    return tuple(_Marks(marks).tokens())


class _Marks:
    def __init__(self, marks: list[str]) -> None:
        self.marks = marks
        self.at = 0

    def peek(self) -> str:
        return self.marks[self.at] if self.at < len(self.marks) else ""

    def take(self, expected: str = "") -> str:
        mark = self.peek()
        if not mark or (expected and mark != expected):
            raise Unreadable(f"{' '.join(self.marks)}: expected {expected or 'more'} at {self.at}")
        self.at += 1
        return mark

    def group(self) -> list[str]:
        """Take {…} and return what is in it."""
        self.take("{")
        depth, inner = 1, []
        while depth:
            mark = self.take()
            depth += (mark == "{") - (mark == "}")
            inner.append(mark)
        return inner[:-1]

    def tokens(self) -> list[Token]:
        made: list[Token] = []
        while mark := self.peek():
            if mark == "\\frac":
                self.take()
                made += self.fraction()
            elif mark == "\\begin":
                made.append(self.cases())
            elif mark in ("\\ln", "\\tanh"):
                made.append(Token("call", self.take()[1:]))
            elif mark == "e" and self.marks[self.at + 1 : self.at + 2] == ["^"]:
                self.take(), self.take()
                # The exponent binds the argument; another one cannot follow.
                made += [Token("call", "exp"), Token("("), *_Marks(self.group()).tokens(), Token(")"), Token("done")]
            elif mark == "\\mathrm" or mark in _GREEK or mark.isalpha():
                name = self.name()
                made += [Token("name", name)] + [Token("done")] * ("^" in name)
            elif mark == "^":
                self.take()
                made.append(Token("power", "".join(self.group())))
            elif mark in ("\\left", "\\right", "\\biggl", "\\biggr"):
                self.take()
            elif mark == "{":  # {} before a sign
                if self.group():
                    raise Unreadable(" ".join(self.marks))
            else:
                made.append(self.sign())
        return made

    def sign(self) -> Token:
        mark = self.take()
        if mark[0].isdigit():
            return Token("number", mark)
        if mark in _SIGNS or mark in "+-()[]>":
            return Token(_SIGNS.get(mark, mark))
        raise Unreadable(f"{mark} in {' '.join(self.marks)}")

    def fraction(self) -> list[Token]:
        top, bottom = self.group(), self.group()
        if top[:1] == ["\\partial"]:
            return [Token("name", f"∂{''.join(top[1:])}/∂{''.join(bottom[1:])}"), Token("done")]
        above, below = _Marks(top).tokens(), _Marks(bottom).tokens()
        return [Token("("), Token("("), *above, Token(")"), Token("/"), Token("("), *below, Token(")"), Token(")"),
                Token("done")]  # fmt: skip

    def name(self) -> str:
        word = self.take()
        if word == "\\mathrm":
            word += "{" + "".join(self.group()) + "}"
        if self.peek() == "_":
            self.take()
            word += "_{" + "".join(self.group()) + "}"
        # A layer, a sample or a plus, raised, belongs to the name; a number there is an exponent.
        if self.peek() == "^" and self.marks[self.at + 2 : self.at + 3][0] in ("(", "[", "+"):
            self.take()
            word += "^{" + "".join(self.group()) + "}"
        return word

    def cases(self) -> Token:
        """Take \\begin{cases} … \\end{cases}, which may hold others of its kind."""
        inner: list[str] = []
        depth = 0
        while not inner or depth:
            mark = self.take()
            depth += (mark == "\\begin") - (mark == "\\end")
            inner.append(mark)
        self.group()
        inner = inner[len(["\\begin", *"{cases}"]) : -1]
        *branches, last = _cuts(inner, "\\\\")
        parts: list[list[str]] = []
        negated: list[str] = []
        for value, test in (_cut(branch, "&") for branch in branches):
            greater, less = _cut(test, ">")
            parts += [value, greater, less]
            negated += [*([",", "\\"] if negated else []), *greater, "\\le", *less]
        otherwise, condition = _cut(last, "&")
        if condition != negated:
            raise Unreadable(" ".join(self.marks))
        return Token("cases", parts=tuple(tuple(_Marks(part).tokens()) for part in (*parts, otherwise)))


def _cut(marks: list[str], at: str) -> tuple[list[str], list[str]]:
    depth = 0
    for place, mark in enumerate(marks):
        depth += (mark in ("\\begin", "[", "(")) - (mark in ("\\end", "]", ")"))
        if depth == 0 and mark == at:
            return marks[:place], marks[place + 1 :]
    raise Unreadable(" ".join(marks))


def _cuts(marks: list[str], at: str) -> list[list[str]]:
    try:
        first, rest = _cut(marks, at)
    except Unreadable:
        return [marks]
    return [first, *_cuts(rest, at)]


# ── Value ──────────────────────────────────────────────────────────────────────────────────────────────────────


def value(tokens: tuple[Token, ...], of: Value, function: Function) -> Fraction:
    """Return what a formula is worth. A product binds tighter than a sum, a power tighter than a product."""
    reader = _Reader(tokens, of, function)
    found = reader.sum()
    if reader.peek():
        raise Unreadable(f"{reader.peek()} is left over of {tokens}")
    return found


class _Reader:
    def __init__(self, tokens: tuple[Token, ...], of: Value, function: Function) -> None:
        self.tokens = tokens
        self.of = of
        self.function = function
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def take(self, kind: str = "") -> Token:
        if not self.peek() or (kind and self.peek() != kind):
            raise Unreadable(f"{self.tokens}: expected {kind or 'more'} at {self.at}")
        self.at += 1
        return self.tokens[self.at - 1]

    def sum(self) -> Fraction:
        minus = self.peek() == "-"
        if minus:
            self.take()
        total = -self.product() if minus else self.product()
        while self.peek() in ("+", "-"):
            total = total + self.product() if self.take().kind == "+" else total - self.product()
        return total

    def product(self) -> Fraction:
        made = self.power()
        while self.peek() in ("*", "/", *OPEN):
            sign = self.take().kind if self.peek() in ("*", "/") else "*"
            made = made / self.power() if sign == "/" else made * self.power()
        return made

    def power(self) -> Fraction:
        closed = False
        base, done = self.atom()
        while self.peek() == "power":
            if closed or done:
                raise Unreadable(f"two exponents, or one on a fraction or a power of e: {self.tokens}")
            base, closed = base ** int(self.take().text), True
        return base

    def atom(self) -> tuple[Fraction, bool]:
        token = self.take()
        if token.kind == "number":
            return Fraction(token.text), False
        if token.kind == "name":
            return self.of(token.text), self.done()
        if token.kind == "cases":
            chosen = token.parts[-1]
            for above, greater, less in zip(*(token.parts[i:-1:3] for i in range(3)), strict=True):
                if value(greater, self.of, self.function) > value(less, self.of, self.function):
                    chosen = above
                    break
            return value(chosen, self.of, self.function), True
        if token.kind == "call":
            exponent = int(self.take().text) if self.peek() == "power" else 1
            self.take("(")
            inner = self.sum()
            self.take(")")
            return self.function(token.text, inner) ** exponent, self.done()
        if token.kind in OPEN:
            inner = self.sum()
            if token.kind == "[":
                self.take(">")
                inner = Fraction(int(inner > self.sum()))
            self.take(OPEN[token.kind])
            return inner, self.done()
        raise Unreadable(f"{token} in {self.tokens}")

    def done(self) -> bool:
        """Take the mark after what cannot carry an exponent, if it is there."""
        if self.peek() == "done":
            self.take()
            return True
        return False
