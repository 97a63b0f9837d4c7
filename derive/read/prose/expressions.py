"""Scans text for what may be parts of a formula typed without LaTeX, and finds how far each expression goes."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from derive.read.prose.lexicon import GLUED, lexicon

Sort = Literal[
    "number", "name", "word", "function", "operator", "minus", "raised", "open", "close", "comma", "relation", "cut"
]
_GREEK = "\u0370-\u03ff\u1d6a\u1d70-\u1dbfϵℓ"
_LETTERS = "A-Za-zÀ-ÖØ-öø-ɏЀ-ӿ"
_TAIL = (
    r"(?:_\{[A-Za-z0-9,+()]{1,24}\}|\^\{[A-Za-z0-9+()*′']{1,12}\}|\^\((?:[0-9a-zA-Z]{1,3})\)|[0-9]++|_(?!\{)"
    rf"|[{_LETTERS}{_GREEK}]++|[₀-₉ₐ-ₜ₊₋ᵢⱼ]++|[\u0302\u0304\u0305])*+"
)
_SCAN = re.compile(
    rf"""
      (?P<url>(?:[A-Za-z][A-Za-z+.-]{{1,15}}://|www\.)[^\s{GLUED}]++|[\w.+-]{{1,64}}+@[\w.-]++)
    | (?P<tag></?[A-Za-z][^<>\n]{{0,300}}>)
    | (?P<number>(?:[0-9]{{1,3}}(?:,[0-9]{{3}})++(?![0-9])(?:\.[0-9]+)?|[0-9]++(?:[.,][0-9]++)?+|\.[0-9]++)
        (?:[eE][-+−]?[0-9]{{1,3}}(?![A-Za-z0-9_]|\.[0-9]))?|[½¼¾⅓⅔]|[∞])
    | (?P<sum>[∑Σ∏√]|∂(?!\s?[A-Za-zα-ωΑ-Ω]))
    | (?P<name>(?:[∂∇Δ∆]\s?)?[{_LETTERS}{_GREEK}]{_TAIL}['′″⁺]*+)
    | (?P<raised>[⁻⁺⁰¹²³⁴-⁹ᵀ]++|%|\^\+|\^\*)
    | (?P<relation>:=|->|←|→|⟵|⟶|<-(?=\s)|=(?![=>])|≈|≃|≅|≡|:=|≔)
    | (?P<minus>[-−]|(?<=\s)–(?=\s))
    | (?P<operator>\*\*|[+*/×·⋅∙∗÷⊙∘^√])
    | (?P<open>[(\[{{]) | (?P<close>[)\]}}])
    | (?P<comma>[,;，；、])
    | (?P<space>[^\S\n]++)
    | (?P<cut>[^\W{_LETTERS}{GLUED}]++|\.++|.|\n)
    """,
    re.VERBOSE,
)
_DOLLARS = re.compile(r"(?<!\\)\$\$?+(?:[^$\\]|\\.)*+\$\$?+", re.DOTALL)
_HYPHENATED = re.compile(rf"(?:[-'’/&][{_LETTERS}]{{2,}})++")
_BROKEN = re.compile(r"[=!<>+\-*/%&|:]=+|=>|<=|>=|\+\+|--+|\.\.+|&&|\|\||::|//")
_PURE = re.compile(rf"[{_LETTERS}]{{2,}}")
_DATED = re.compile(r"0[0-9]")
_DERIVATIVE = re.compile(r"d[A-Za-z]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_SUBSCRIPTS = frozenset("_ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ₊₋")
_PREFIXES = frozenset("√∑Σ∏∂")

FUNCTIONS = frozenset((
    "exp", "log", "ln", "log2", "log10", "sqrt", "tanh", "sinh", "cosh", "sin", "cos", "tan", "sigmoid", "sigm", "sig",
    "logistic", "relu", "softmax", "softplus", "max", "min", "abs", "sum", "mean", "sgn", "sign", "squash", "act",
    "sigma", "phi", "elu", "heaviside",
))  # fmt: skip
"""Functions of several letters that formulas apply."""


class Part(NamedTuple):
    """A part of a text. spaced: whether there is a space before it."""

    sort: Sort
    text: str
    start: int
    end: int
    spaced: bool


class Expression(NamedTuple):
    """What was found from one part up to another.

    numeric: whether it consists of numbers alone; number: of one number alone.
    telling: whether it has a digit, an operator or a name with a subscript. operated: whether it has an operator.
    word: whether it is one plain word; worded: whether it ends in one.
    """

    stop: int
    numeric: bool
    number: bool
    telling: bool
    operated: bool
    word: bool
    worded: bool


def scan(text: str) -> list[Part]:
    """Return the parts of a text, in order. Formulas between dollars, words of other scripts and line ends are cuts."""
    found: list[Part] = []
    at = 0
    for dollars in _DOLLARS.finditer(text):
        _scan(text, at, dollars.start(), found)
        found.append(Part("cut", "$", *dollars.span(), text[dollars.start() - 1 : dollars.start()].isspace()))
        at = dollars.end()
    _scan(text, at, len(text), found)
    return found


def _scan(text: str, at: int, end: int, found: list[Part]) -> None:
    spaced = at == 0
    while at < end:
        broken = _BROKEN.match(text, at, end)
        if broken and broken[0] != ":=":
            found.append(Part("cut", broken[0], at, broken.end(), spaced))
            at, spaced = broken.end(), False
            continue
        match = _SCAN.match(text, at, end)
        assert match  # every character is a part of its own at the least
        sort, stop = str(match.lastgroup), match.end()
        if sort == "space":
            at, spaced = stop, True
            continue
        if sort == "name":
            sort, stop = _named(text, at, stop, end)
        elif sort == "number" and text[stop : stop + 1] == "." and text[stop + 1 : stop + 2].isdigit():
            sort = "cut"  # a version, a date
        elif sort == "number" and _DATED.match(match[0]):
            sort = "cut"  # a part of a date
        elif sort == "sum":
            sort = "operator"
        elif sort in ("url", "tag"):
            sort = "cut"
        found.append(Part(sort, text[at:stop], at, stop, spaced))  # type: ignore[arg-type]
        at, spaced = stop, False


def _named(text: str, at: int, stop: int, end: int) -> tuple[str, int]:
    """Return what a name is, and where it ends."""
    name = text[at:stop]
    follows = text[stop : stop + 1]
    if follows == "." and text[stop + 1 : stop + 2].isalpha() and _PURE.fullmatch(text[stop + 1 : stop + 3]):
        return "cut", stop  # an attribute
    if follows == "(" and (name.lower() in FUNCTIONS or not _PURE.fullmatch(name) or len(name) <= 1):
        return "function", stop
    if not _PURE.fullmatch(name):
        return "name", stop
    hyphenated = _HYPHENATED.match(text, stop, end)
    if hyphenated and not (_DERIVATIVE.match(name) and hyphenated[0][:1] == "/"):
        return "word", hyphenated.end()
    return "word", stop


class Expressions:
    """The expressions of a text, found once from each part that one may begin with; linear in the text.

    partner: where the brackets that open at a part close.  calls: where those open that follow a name.
    sound: of those that hold expressions, apart by commas, and nothing else, whether these are numbers alone.
    """

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.stop_words = lexicon().formulas["stop"]
        self.partner: dict[int, int] = {}
        self.calls: set[int] = set()
        self.sound: dict[int, bool] = {}
        stack: list[int] = []
        for at, part in enumerate(parts):
            if part.sort == "open":
                stack.append(at)
            elif part.text == "\n" or part.text == "$":
                stack.clear()
            elif part.sort == "close":
                if not stack or _CLOSING[parts[stack[-1]].text] != part.text:
                    stack.clear()
                    continue
                first = stack.pop()
                if first and not parts[first].spaced and parts[first - 1].sort in ("word", "name", "function"):
                    self.calls.add(first)
                self.partner[first] = at
                numeric = self._listed(first + 1, at)
                if numeric is not None:
                    self.sound[first] = numeric

    def _listed(self, at: int, stop: int) -> bool | None:
        """Return whether the expressions of a list are numbers alone; None where it is no list of expressions."""
        numeric = True
        while at < stop:
            found = self.at(at)
            if found is None or found.stop > stop:
                return None
            numeric &= found.numeric
            at = found.stop
            if at < stop:
                if self.parts[at].text not in (",", ";") and not self.parts[at].spaced:
                    return None
                at += self.parts[at].text in (",", ";")
        return numeric

    def at(self, first: int) -> Expression | None:
        """Return the longest expression that begins with a part; None for none."""
        at = self._signed(first)
        operands = words = 0
        numeric, telling, operated = True, False, False
        while True:
            part, after = self._part(at), self._operand(at)
            if part is None or after is None:
                return None
            operands += 1
            words += part.sort == "word"
            bracketed = after > at + 1
            numeric &= self.sound[at] if part.sort == "open" else part.sort == "number"
            operated |= bracketed and part.sort != "open"
            telling |= bracketed or part.sort == "number" or _subscripted(part.text)
            worded = part.sort == "word" and not bracketed
            at = after
            while (raised := self._part(at)) is not None and raised.sort == "raised" and not raised.spaced:
                at, operated = at + 1, True
            going_on = self._going_on(at)
            if going_on is None:
                break
            if going_on < 0:  # w5+ = …
                at += 1
                break
            at, operated = going_on, True
        single = numeric and operands == 1 and not bracketed
        return Expression(at, numeric, single, telling or operated, operated, words == operands == 1 and worded, worded)

    def _part(self, at: int) -> Part | None:
        return self.parts[at] if at < len(self.parts) else None

    def _going_on(self, at: int) -> int | None:
        """Return where the next operand begins; None where there is none, -1 where a mark belongs to a name."""
        part = self._part(at)
        if part is None:
            return None
        if part.sort in ("minus", "operator"):
            following = self._part(at + 1)
            if following is not None and following.sort == "relation" and part.text in ("+", "*") and not part.spaced:
                return -1
            after = self._signed(at + 1)
            return after if self._operand(after) is not None else None
        return at if self._beside(at) else None

    def _signed(self, at: int) -> int:
        """Return where an operand begins after its signs; of those there are few."""
        for _ in range(3):
            part = self._part(at)
            if part is None or not (part.sort == "minus" or part.text in _PREFIXES):
                break
            at += 1
        return at

    def _operand(self, at: int) -> int | None:
        """Return what follows an operand; None where there is none."""
        part = self._part(at)
        if part is None:
            return None
        if part.sort in ("number", "name"):
            return at + 1
        if part.sort == "word":
            if part.text.lower() in self.stop_words and part.text[1:].islower():
                return None
            following = self._part(at + 1)
            called = following is not None and following.text == "(" and not following.spaced
            return self._label(at) if called else at + 1
        if part.sort == "function":
            return self._bracketed(at + 1)
        return self._bracketed(at) if part.sort == "open" else None

    def _bracketed(self, at: int) -> int | None:
        return self.partner[at] + 1 if at in self.sound and self.partner[at] > at + 1 else None

    def _label(self, at: int) -> int | None:
        """Return what follows a word with a label in brackets: net(h1), out(o1). Other words are calls in programs."""
        labelled = (
            self.partner.get(at + 1) == at + 3
            and self.parts[at + 2].sort in ("name", "word")
            and len(self.parts[at].text) <= 6 and self.parts[at].text.islower()
        )  # fmt: skip
        if not labelled and self.parts[at].text == "out" and self._has_operator(at + 1):
            return self._bracketed(at + 1)  # out(1 − out)
        return at + 4 if labelled else None

    def _beside(self, at: int) -> bool:
        """Return whether a part is multiplied with what stands right before it: 2x, 0.5(t − o), (a)(b)."""
        part, before = self.parts[at], self.parts[at - 1]
        if self._operand(at) is None or part.sort == "word":
            return False
        if not part.spaced:
            return part.sort == "open" or before.sort in ("number", "close", "raised")
        return part.sort == "open" and before.sort in ("number", "close") and self._has_operator(at)

    def _has_operator(self, at: int) -> bool:
        stop = self.partner.get(at, at)
        return any(part.sort in ("minus", "operator") for part in self.parts[at : min(stop, at + 64)])


def _subscripted(name: str) -> bool:
    return any(character.isdigit() or character in _SUBSCRIPTS for character in name)
