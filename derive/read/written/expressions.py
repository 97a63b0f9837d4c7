"""Sums, products, powers: a precedence parser for one side of a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derive.read.written.brackets import bars, braces, brackets, held
from derive.read.written.cursor import DEEPEST, Cursor, Trouble
from derive.read.written.derivatives import fraction_of, gradient, slash_derivative
from derive.read.written.grids import environment
from derive.read.written.groups import flat, outside
from derive.read.written.letters import letters
from derive.read.written.macros import macro
from derive.read.written.names import AMBIGUOUS, FUNCTIONS
from derive.read.written.scripts import scripted
from derive.read.written.sums import big_sum
from derive.read.written.tables import CHOICES, HALVES, MATRICES, PRODUCTS, SIGNS, TRANSPOSED
from derive.read.written.tokens import Token, relation
from derive.read.written.tree import (
    Apply,
    Component,
    Derivative,
    Grid,
    Minus,
    Name,
    Node,
    Number,
    Over,
    Plus,
    Power,
    Root,
    Times,
    Turned,
    times,
)

_ENDS = frozenset(("right.", "rangle", "rvert", "rVert", "atop", "}")) | SIGNS
"""Macros with which no factor begins."""
_BEGINS = frozenset(("(", "[", "∂", "√", "∑", "∏", "left.", "…", "⋯", "∇", "½", "¼", "∞"))


class Parser(Cursor):
    """Reads one side. Raises Trouble where it does not understand."""

    def whole(self) -> Node:
        overs = [place for place, token in outside(self.tokens) if (token.kind, token.text) == ("macro", "over")]
        if overs:  # {a + b \over c}
            over = overs[0]
            start, end = self.tokens[0].start, self.tokens[-1].end
            return fraction_of(self, start, end, list(self.tokens[:over]), list(self.tokens[over + 1 :]))
        node = self.sum()
        if self.at < len(self.tokens):
            raise Trouble("not expected here")
        return node

    def sum(self) -> Node:
        if self.peek() is None:
            raise Trouble("something is missing")
        terms = [self.signed()]
        while self.mark("+", "-"):
            sign = self.take()
            term = self.signed()
            terms.append(Minus(sign.start, term.end, term) if sign.text == "-" else term)
        if self.mark("pm", "mp", "±"):
            raise Trouble("a sign that is none or two")
        return terms[0] if len(terms) == 1 else Plus(terms[0].start, terms[-1].end, tuple(terms))

    def signed(self) -> Node:
        signs: list[Token] = []
        while self.mark("+", "-"):
            signs.append(self.take())
        if len(signs) > DEEPEST:
            raise Trouble("nested too deeply")
        term = self.product()
        for sign in reversed(signs):
            term = Minus(sign.start, term.end, term) if sign.text == "-" else term
        return term

    def product(self) -> Node:
        factors: list[Node] = [self.factor()]
        marks: list[str] = []
        while (token := self.peek()) is not None:
            sign = token.kind in ("mark", "macro")
            if sign and token.text in PRODUCTS:
                self.take()
                marks.append(PRODUCTS[token.text])
                if token.text != "*" and self.mark("*"):
                    self.take()
                factors.append(self.signed_factor())
            elif sign and token.text in ("/", "div"):
                self.take()
                self._refuse_delta()
                below = self.signed_factor()
                before = times(factors, marks)
                factors, marks = [Over(before.start, below.end, before, below)], []
            elif self.begins_factor(token):
                if token.kind == "number" and token.text.isdigit() and self._touches_bracket(token):
                    raise Trouble("a number right behind a bracket: an exponent, or a factor")
                marks.append("")
                factors.append(self.factor())
            else:
                break
        return times(factors, marks)

    def _touches_bracket(self, token: Token) -> bool:
        return self.at > 0 and self.tokens[self.at - 1].text == ")" and self.end == token.start

    def _refuse_delta(self) -> None:
        """Refuse E/δw, where δ is ∂ and stands on one side only, or a quantity."""
        token, after = self.peek(), self.peek(1)
        if token is not None and token.text == "delta" and after is not None and after.kind in ("letter", "word"):
            raise Trouble("δ on one side of a fraction only")

    def signed_factor(self) -> Node:
        if self.mark("-", "+"):
            sign = self.take()
            arg = self.factor()
            return Minus(sign.start, arg.end, arg) if sign.text == "-" else arg
        return self.factor()

    def begins_factor(self, token: Token) -> bool:
        if token.kind in ("number", "letter", "word", "open", "text"):
            return True
        if token.kind == "begin":
            return token.text in MATRICES | CHOICES
        if token.kind == "macro":
            return token.text not in _ENDS
        return token.text in _BEGINS

    def factor(self) -> Node:
        node = self.primary()
        while (token := self.peek()) is not None and token.kind == "mark":
            if token.text in ("^", "^^"):
                node = self.raised(node)
                if isinstance(node, Power) and self.mark("(") and _is_function(node.base):
                    raise Trouble("a function with an exponent")
                continue
            if token.text in ("_", "__"):
                node = self._component(node)
                continue
            if token.text == "!":
                raise Trouble("a factorial")
            if token.text == "'" and isinstance(node, Grid | Turned):
                node = Turned(node.start, token.end, node)
            elif token.text == "'" and isinstance(node, Name) and node.base.isupper():
                raise Trouble("a prime that is a transpose, or a derivative")
            elif token.text == "'":
                node = Derivative(node.start, token.end, node, (), False)
            elif token.text == "%":
                node = percent(node, token)
            else:
                break
            self.take()
        return node

    def _component(self, node: Node) -> Node:
        """Return the entry of a vector that is no name: (a + b)_i."""
        script, end = self.script()
        if not isinstance(node, Name | Apply | Plus | Times | Turned | Grid) or any(map(relation, script)):
            raise Trouble("a subscript of what has no entries")
        if isinstance(node, Name) and not node.sub:  # (x)_i
            return Name(node.start, end, node.base, flat(script), node.sup, node.accent, node.primes, node.bold)
        return Component(node.start, end, node, flat(script))

    def raised(self, base: Node) -> Node:
        script, end = self.script()
        text, end = flat(script), max(end, base.end)  # x^2_1: the subscript is behind the exponent
        if text in TRANSPOSED or (text == "t" and isinstance(base, Grid)):
            return Turned(base.start, end, base)
        if isinstance(base, Apply) and text in ("'", "prime"):
            raise Trouble("a slope of a value")
        exponent = self.all(script)
        if isinstance(base, Name) and base.base == "e" and not base.sub and not base.sup and not base.accent:
            return Apply(base.start, end, Name(base.start, base.end, "exp"), (exponent,), False)
        return Power(base.start, end, base, exponent, isinstance(base, Name))

    def primary(self) -> Node:
        token = self.peek()
        if token is None:
            raise Trouble("something is missing")
        self.depth += 1
        if self.depth > DEEPEST:
            raise Trouble("nested too deeply")
        read = _KINDS.get(token.kind) or _MARKS.get(token.text)
        if read is None:
            raise Trouble("not expected here")
        node = read(self)
        self.depth -= 1
        return node


def _is_function(node: Node) -> bool:
    return isinstance(node, Name) and node.base in FUNCTIONS - AMBIGUOUS


def percent(node: Node, sign: Token) -> Node:
    return Over(node.start, sign.end, node, Number(sign.start, sign.end, "100"))


def _number(p: Cursor) -> Node:
    token = p.take()
    return Number(token.start, token.end, token.text)


def _text(p: Cursor) -> Node:
    token = p.take()
    return scripted(p, Name(token.start, token.end, token.text))


def _root(p: Cursor) -> Node:
    token = p.take()
    arg = p.factor()
    return Root(token.start, arg.end, arg)


def _dots(p: Cursor) -> Node:
    raise Trouble("something is left out")


def _half(p: Cursor) -> Node:
    token = p.take()
    one, below = (Number(token.start, token.end, text) for text in ("1", HALVES[token.text]))
    return Over(token.start, token.end, one, below)


_KINDS: Mapping[str, Callable[[Cursor], Node]] = {
    "number": _number,
    "letter": letters,
    "word": letters,
    "text": _text,
    "open": braces,
    "begin": environment,
    "macro": macro,
}
_MARKS: Mapping[str, Callable[[Cursor], Node]] = {
    "(": brackets,
    "[": brackets,
    "∂": slash_derivative,
    "∇": gradient,
    "√": _root,
    "∑": big_sum,
    "∏": big_sum,
    "|": lambda p: bars(p, "|"),
    "left.": held,
    "…": _dots,
    "⋯": _dots,
    "½": _half,
    "¼": _half,
}
"""What begins with a mark."""
