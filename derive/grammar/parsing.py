"""From tokens to a tree, by precedence.

    sum      = product { ("+" | "-") product }
    product  = factor { ("*" | "/") factor }
    factor   = ("-" | "+") factor | power                  -x^2 is -(x^2)
    power    = atom [ "^" factor ]                         a^b^c is a^(b^c)
    atom     = number | name | name "[" places "]" | name "(" sum { "," sum } ")" | "(" sum ")"

A minus before the first factor of a product takes away the whole product, which is the same number.
"""

from __future__ import annotations

import re
from fractions import Fraction

from derive.errors import DeriveError
from derive.grammar.scanning import Token, refusal, scan
from derive.grammar.syntax import Apply, Left, Name, Negative, Number, Over, Plus, Power, Syntax, Times, depth

MAX_DEPTH = 100


def parse(text: str, *, where: str = "") -> Syntax:
    """Return the tree of a formula. Raises DeriveError, with `where` and the column, for what is no formula."""
    return _Parser(text, where).formula()


def parse_left(text: str, *, where: str = "") -> Left:
    """Return what the left side of an equation defines: "h", or "h[i]", "H[i, k]" with index letters."""
    parser = _Parser(text, where)
    first, *others = parser.tokens
    node = parser.atom() if first.kind == "name" else None
    if not isinstance(node, Name) or parser.place != len(others):
        wrong = parser.here if isinstance(node, Name) else first
        raise parser.refuse("the left side of an equation is one name", wrong, hint='h, "h[i]", "H[i, k]"')
    for place in node.places:
        if isinstance(place, Number):
            raise refusal(
                "an equation defines all places of an array at once",
                text,
                place.column,
                where,
                hint=f'"{node.name}[i]"',
            )
    letters = tuple(place.name for place in node.places if isinstance(place, Name))
    if len(set(letters)) < len(letters):
        raise refusal("a letter stands here twice", text, node.column, where, hint=f'"{node.name}[i, k]"')
    return Left(node.name, letters)


def check_name(text: str, *, where: str = "") -> str:
    """Return `text`, which is a name. Raises DeriveError where it is none."""
    left = parse_left(text, where=where)
    if left.letters or left.name != text:
        raise DeriveError("a name stands alone here", where=where, allowed="a name without brackets", hint=left.name)
    return text


class _Parser:
    """One token ahead. `level` counts what is open, so that no text can exhaust the stack."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self.tokens = scan(text, where)
        self.place = 0
        self.level = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def refuse(self, what: str, token: Token, *, allowed: str = "", hint: str = "") -> DeriveError:
        return refusal(what, self.text, token.column, self.where, allowed=allowed, hint=hint)

    def take(self) -> Token:
        token = self.here
        self.place += 1
        return token

    def at(self, *marks: str) -> bool:
        return self.here.kind == "mark" and self.here.text in marks

    def expect(self, mark: str, opened: Token) -> None:
        if not self.at(mark):
            found = f"found {self.here.text}" if self.here.text else "the formula ends"
            raise self.refuse(f"{found} where the {opened.text} of column {opened.column} wants its {mark}", self.here)
        self.take()

    def formula(self) -> Syntax:
        last = len(self.tokens) - 1
        if not last:
            raise self.refuse("the formula is empty", self.here, hint="w*x + b")
        made = self.sum()
        if self.place != last:
            raise self.left_over()
        if depth(made) > MAX_DEPTH:
            raise self.too_deep(self.tokens[0])
        return made

    def left_over(self) -> DeriveError:
        before, token = self.tokens[self.place - 1], self.here
        if token.text in (")", "]"):
            return self.refuse(f"found {token.text}, which nothing opens", token)
        if token.text == ",":
            return self.refuse("found a comma between no brackets", token, hint="max(a, b), W[i, k]")
        if token.text == "[":
            return self.refuse("only a name has places in square brackets", token, hint="x[i]")
        return self.refuse(f"found {token.text} after {before.text}: a product needs its sign", token,
                           hint=f"{before.text}*{token.text}")  # fmt: skip

    def too_deep(self, token: Token) -> DeriveError:
        return self.refuse("the formula is nested too deeply", token, allowed=f"at most {MAX_DEPTH} levels",
                           hint="give parts of it names, in equations of their own")  # fmt: skip

    def deeper(self, token: Token) -> None:
        self.level += 1
        if self.level > MAX_DEPTH:
            raise self.too_deep(token)

    def sum(self) -> Syntax:
        start = self.here
        terms = [self.product()]
        while self.at("+", "-"):
            sign = self.take()
            term = self.product()
            terms.append(Negative(sign.column, term) if sign.text == "-" else term)
        return terms[0] if len(terms) == 1 else Plus(start.column, tuple(terms))

    def product(self) -> Syntax:
        if self.at("-"):
            sign = self.take()
            self.deeper(sign)
            made: Syntax = Negative(sign.column, self.product())
            self.level -= 1
            return made
        start = self.here
        factors = [self.factor()]
        while self.at("*", "/"):
            sign = self.take()
            if self.at("*", "/") and self.here.column == sign.column + 1:
                wrong = {"**": ("a power is written ^", "^"), "//": ("there is no whole-number division", "/")}
                what, hint = wrong.get(sign.text + self.here.text, ("two signs stand together", sign.text))
                raise self.refuse(what, sign, hint=hint)
            factor = self.factor()
            if sign.text == "*":
                factors.append(factor)
            else:
                above = factors[0] if len(factors) == 1 else Times(start.column, tuple(factors))
                factors = [Over(sign.column, above, factor)]
        return factors[0] if len(factors) == 1 else Times(start.column, tuple(factors))

    def factor(self) -> Syntax:
        if not self.at("-", "+"):
            return self.power()
        sign = self.take()
        self.deeper(sign)
        arg = self.factor()
        self.level -= 1
        return Negative(sign.column, arg) if sign.text == "-" else arg

    def power(self) -> Syntax:
        base = self.atom()
        if not self.at("^"):
            return base
        sign = self.take()
        self.deeper(sign)
        exponent = self.factor()
        self.level -= 1
        return Power(sign.column, base, exponent)

    def atom(self) -> Syntax:
        token = self.take()
        if token.kind == "number":
            return Number(token.column, Fraction(token.text), token.text)
        if token.kind == "name":
            if self.at("("):
                return Apply(token.column, token.text, self.arguments(token))
            if self.at("["):
                return Name(token.column, token.text, self.places(token))
            return Name(token.column, token.text)
        if token.text == "(":
            self.deeper(token)
            made = self.sum()
            self.expect(")", token)
            self.level -= 1
            return made
        found = f"found {token.text}" if token.text else "the formula ends"
        raise self.refuse(f"{found} where a number, a name or ( should be", token)

    def arguments(self, name: Token) -> tuple[Syntax, ...]:
        opened = self.take()
        self.deeper(opened)
        args = []
        if not self.at(")"):
            args.append(self.sum())
            while self.at(","):
                self.take()
                args.append(self.sum())
        self.expect(")", opened)
        self.level -= 1
        return tuple(args)

    def places(self, name: Token) -> tuple[Name | Number, ...]:
        opened = self.take()
        made: list[Name | Number] = []
        while True:
            token = self.take()
            if token.kind == "name" and re.fullmatch("[a-rt-z]", token.text):
                made.append(Name(token.column, token.text))
            elif token.kind == "number" and token.text.isdigit():
                made.append(Number(token.column, Fraction(token.text), token.text))
            else:
                raise self.refuse(
                    f"found {token.text or 'the end'} where a place should be", token,
                    allowed="one small letter (not s), or a whole number from 1", hint=f"{name.text}[i]",
                )  # fmt: skip
            if not self.at(","):
                break
            self.take()
        self.expect("]", opened)
        return tuple(made)
