"""A place in the tokens of one side of a statement, from which nodes are read.

What reads names, fractions, sums, matrices are functions of a `Cursor`, each kind in a module of its own; they call
each other through its methods, which `expressions.Parser` fills in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

from derive.read.written.tables import ACCENTS, FONTS
from derive.read.written.tokens import Token, closes, inside, opens
from derive.read.written.tree import Node

DEEPEST = 48  # brackets within brackets
_SET = frozenset((*FONTS, *ACCENTS))


class Trouble(Exception):
    """A part of a formula that is not understood, and why."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class Cursor(ABC):
    """Tokens, and the place that has been reached. What reads something begins at `at`, and moves on.

    text: of the whole formula.  words: names of several letters that the document has.  plain: whether it is no LaTeX.
    """

    def __init__(self, tokens: Sequence[Token], text: str, words: frozenset[str], plain: bool) -> None:
        self.tokens, self.text, self.words, self.plain = tokens, text, words, plain
        self.at, self.depth = 0, 0
        self.ahead: tuple[int, int, tuple[Node, ...]] | None = None  # a bracket that has been read: from where to where

    # ── Nodes ──────────────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def whole(self) -> Node:
        """Return what all the tokens are."""

    @abstractmethod
    def sum(self) -> Node:
        """Return the sum that begins here."""

    @abstractmethod
    def signed(self) -> Node:
        """Return the product that begins here, with a sign before it or not."""

    @abstractmethod
    def product(self) -> Node:
        """Return the product that begins here."""

    @abstractmethod
    def factor(self) -> Node:
        """Return the factor that begins here, with its exponent."""

    @abstractmethod
    def primary(self) -> Node:
        """Return the factor that begins here, without an exponent."""

    @abstractmethod
    def signed_factor(self) -> Node:
        """Return the factor that begins here, with a sign before it or not."""

    @abstractmethod
    def raised(self, base: Node) -> Node:
        """Return a base with the exponent that stands here."""

    @abstractmethod
    def begins_factor(self, token: Token) -> bool:
        """Return whether a factor begins with a token."""

    def all(self, tokens: Sequence[Token]) -> Node:
        """Return what tokens are, all of them."""
        if not tokens:
            raise Trouble("nothing in the brackets")
        return self.inner(tokens).whole()

    def inner(self, tokens: Sequence[Token]) -> Self:
        """Return a parser for tokens within this one's."""
        made = self.__class__(tokens, self.text, self.words, self.plain)
        made.depth = self.depth + 1
        if made.depth > DEEPEST:
            raise Trouble("nested too deeply")
        return made

    # ── Tokens ─────────────────────────────────────────────────────────────────────────────────────────────

    def peek(self, ahead: int = 0) -> Token | None:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def mark(self, *texts: str) -> bool:
        """Return whether one of these marks or macros stands here."""
        token = self.peek()
        return token is not None and token.kind in ("mark", "macro") and token.text in texts

    def take(self) -> Token:
        token = self.peek()
        if token is None:
            raise Trouble("something is missing")
        self.at += 1
        return token

    @property
    def end(self) -> int:
        """Where the token ends that was taken last."""
        return self.tokens[self.at - 1].end

    def group(self) -> list[Token]:
        """Return the tokens of the group that begins here, or the one token."""
        token = self.take()
        if token.kind == "open":
            end = inside(self.tokens, self.at - 1)
            found = list(self.tokens[self.at : end - 1 if self.tokens[end - 1].kind == "close" else end])
            self.at = end
            return found
        if token.kind == "macro" and token.text in _SET:  # _\text{…} without braces around it
            return [token, *self._with_braces()]
        return [token]

    def _with_braces(self) -> list[Token]:
        if (token := self.peek()) is None or token.kind != "open":
            return [self.take()]
        end = inside(self.tokens, self.at)
        found = list(self.tokens[self.at : end])
        self.at = end
        return found

    def bracketed(self) -> list[Token]:
        """Return the tokens between the bracket that opens here and the one that closes it, both left out."""
        opening = self.take()
        start, depth = self.at, 1
        while (token := self.peek()) is not None:
            depth += opens(token) - closes(token)
            self.at += 1
            if depth == 0:
                return list(self.tokens[start : self.at - 1])
        self.at = start - 1
        raise Trouble(f"{opening.text} is never closed")

    def script(self) -> tuple[list[Token], int]:
        """Return what stands in the script that begins here, and where it ends."""
        mark = self.take()
        if mark.text in ("__", "^^"):
            return self._small(mark)
        if self.mark("(", "["):  # e^(-x), and in LaTeX J^(2), which is a label
            opened = self.at
            found = self.bracketed()
            if not self.plain and len(found) == 1:
                found = list(self.tokens[opened : self.at])
            return found, self.end
        if self.mark("-", "+") and (self.plain or self._number_after()):
            found = [self.take(), self.take()]
            while self.mark("_"):
                found += [self.take(), self.take()]
            return found, self.end
        found = self.group()
        return found, self.end

    def _small(self, mark: Token) -> tuple[list[Token], int]:
        """Return the small letters and digits of Unicode that stand here: each has a mark of its own."""
        found = [self.take()]
        while (token := self.peek()) is not None and token.text == mark.text:
            self.take()
            found.append(self.take())
        digits = "".join(token.text for token in found)
        if len(found) > 1 and digits.isdigit():
            found = [Token("number", digits, found[0].start, found[-1].end)]
        return found, found[-1].end

    def _number_after(self) -> bool:
        """Return whether 10^-3 is meant by what TeX sets as 10⁻3."""
        after = self.peek(1)
        return after is not None and after.kind == "number" and not after.gap


def eaten(p: Cursor) -> bool:
    """Return whether a * with a group stands here, without space: an underscore that a Markdown program has eaten."""
    sign, group = p.peek(), p.peek(1)
    if sign is None or group is None or sign.text != "*" or group.kind != "open":
        return False
    return p.end == sign.start and sign.end == group.start
