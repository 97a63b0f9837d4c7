"""Derivatives: quotients of ∂ and ∂, or of d and d, as fractions and with a slash."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from derive.read.written.cursor import Cursor, Trouble
from derive.read.written.groups import flat
from derive.read.written.scripts import is_updated
from derive.read.written.tables import UPRIGHT
from derive.read.written.tokens import Token, inside, is_sign
from derive.read.written.tree import Derivative, Node, Number, Over, Power

_FAR = 24  # tokens above a slash
_NO_NAME = frozenset(("_", "'", "+", "-", "/", "·", "×", "="))
"""What stands behind a d that is a quantity, and no sign of a derivative."""


class _Differential(NamedTuple):
    """∂²E: what is differentiated, how often, and the sign: ∂, d or δ."""

    rest: list[Token]
    order: int
    sign: str


def fraction(p: Cursor) -> Node:
    """Return the fraction that begins here: a quotient, or a derivative."""
    start = p.take()
    above, below = _digit(p) or p.group(), _digit(p) or p.group()
    return fraction_of(p, start.start, p.end, above, below)


def fraction_of(p: Cursor, start: int, end: int, above: list[Token], below: list[Token]) -> Node:
    """Return a quotient of two groups of tokens, or the derivative that it is."""
    top, bottom = _differential(above), _differential(below)
    if top is not None and bottom is not None and _belong(top, bottom):
        return _derivative(p, start, end, top, below)
    if "∂" in (top and top.sign, bottom and bottom.sign):
        raise Trouble("∂ on one side of a fraction only")
    return Over(start, end, p.all(above), p.all(below))


def _belong(top: _Differential, bottom: _Differential) -> bool:
    """Return whether these are a derivative: with δ, only where both have it, and something behind it."""
    if "δ" in (top.sign, bottom.sign):
        return top.sign == bottom.sign and bool(bottom.rest)
    return True


def quotient(p: Cursor) -> Node:
    """Return \\pdv{E}{w}."""
    token = p.take()
    above, below = p.group(), p.group()
    return Derivative(token.start, p.end, p.all(above), (p.all(below),), token.text.startswith("p"))


def _digit(p: Cursor) -> list[Token]:
    """Return the first digit of the number that stands here without braces: \\frac12 is a half."""
    token = p.peek()
    if token is None or token.kind != "number" or len(token.text) == 1 or not token.text.isdigit():
        return []
    one = Token("number", token.text[0], token.start, token.start + 1, token.gap)
    rest = Token("number", token.text[1:], token.start + 1, token.end)
    p.tokens = [*p.tokens[: p.at], one, rest, *p.tokens[p.at + 1 :]]
    p.at += 1
    return [one]


def _derivative(p: Cursor, start: int, end: int, top: _Differential, below: list[Token]) -> Node:
    by = _by(p, below, top.order)
    if top.order > 2 or len(by) != top.order:
        raise Trouble("a derivative of a higher order")
    if top.rest:
        return Derivative(start, end, p.all(top.rest), by, top.sign != "d")
    if p.peek() is None:
        raise Trouble("a derivative of nothing")
    node = p.factor() if p.mark("(", "[", "left.") else p.product()
    return Derivative(start, node.end, node, by, top.sign != "d")


def _by(p: Cursor, below: list[Token], order: int) -> tuple[Node, ...]:
    """Return what is differentiated by: a and b of ∂a∂b, a and a of ∂a²."""
    found: list[Node] = []
    for group in _parts(_d_first(_upright(below))):
        node = p.all(group)
        if order == 2 and isinstance(node, Power) and isinstance(node.exponent, Number) and node.exponent.text == "2":
            found += [node.base, node.base]
        else:
            found.append(node)
    if not found:
        raise Trouble("a derivative by nothing")
    return tuple(found)


def _parts(below: list[Token]) -> list[list[Token]]:
    """Return a and b of ∂a∂b, and what is behind d in da; the d of a word is no sign."""
    groups: list[list[Token]] = []
    level = 0
    for place, token in enumerate(below):
        level += (token.kind == "open") - (token.kind == "close")
        apart = place == 0 or token.gap or below[place - 1].kind not in ("letter", "word")
        if level == 0 and _is_d(token) and _kind(token) == _kind(below[0]) and apart and (not groups or groups[-1]):
            groups.append([])
        elif groups:
            groups[-1].append(token)
    return groups


# ── With a slash ─────────────────────────────────────────────────────────────────────────────────────────────────


def is_slash_derivative(p: Cursor, word: str, size: int) -> bool:
    """Return whether dE/dw begins here: d and a name, a slash, and d and a name; δ for d, both times.

    word: the letters that stand here.  size: how many tokens they are.
    """
    if not word.startswith(("d", "delta")):
        return False
    slash = _slash(p, size)
    if slash is None or slash + 1 >= len(p.tokens):
        return False
    after = p.tokens[slash + 1]
    if word.startswith("delta"):
        named = slash + 2 < len(p.tokens) and p.tokens[slash + 2].kind in ("letter", "word", "macro", "open")
        return _kind(after) == "δ" and named and p.tokens[p.at + size].text not in _NO_NAME
    return _kind(after) in ("d", "∂") or (after.kind == "word" and after.text.startswith("d"))


def _slash(p: Cursor, ahead: int) -> int | None:
    """Return where the slash stands that comes before any other sign."""
    depth = 0
    for place in range(p.at + ahead, min(p.at + ahead + _FAR, len(p.tokens))):
        token = p.tokens[place]
        if token.kind == "open" or token.text in ("(", "["):
            depth += 1
        elif token.kind == "close" or token.text in (")", "]"):
            depth -= 1
        elif depth == 0 and token.kind == "mark":
            if token.text == "/":
                return place
            if token.text in "+-=*·×,":
                return None
        if depth < 0:
            return None
    return None


def gradient(p: Cursor) -> Node:
    """Return \\nabla_w E, the derivative of E by w."""
    start = p.take()
    if not p.mark("_", "__"):
        raise Trouble("a gradient by what is not said")
    script, _ = p.script()
    by = p.all(script)
    if p.peek() is None:
        raise Trouble("a gradient of nothing")
    of = p.factor()
    return Derivative(start.start, of.end, of, (by,), True)


def slash_derivative(p: Cursor) -> Node:
    """Return ∂E/∂w, which begins here."""
    start = p.tokens[p.at]
    slash = _slash(p, 1)
    if slash is None:
        raise Trouble("∂ without a quotient")
    top = _differential(list(p.tokens[p.at : slash]))
    p.at = slash + 1
    below = _below_slash(p)
    if top is None:
        raise Trouble("∂ without a quotient")
    return _derivative(p, start.start, p.end, top, below)


def _below_slash(p: Cursor) -> list[Token]:
    """Return the tokens of dw: d, and one thing."""
    first = p.take()
    below = _d_first([first])
    opened = p.at
    if len(below) == 1 and first.kind != "word":
        if p.mark("("):
            p.bracketed()
        else:
            p.primary()
    else:
        while p.mark("_", "__", "^", "^^", "'") or (p.mark("+") and is_updated(p)):
            if p.mark("'", "+"):
                p.take()
            else:
                p.script()
    return below + list(p.tokens[opened : p.at])


# ── The signs of derivatives ─────────────────────────────────────────────────────────────────────────────────────


def _kind(token: Token) -> str:
    """Return with which of the signs of a derivative a token is one: ∂, d, or the δ that some write for ∂; else ""."""
    if token.kind == "macro":
        return "∂" if token.text in ("partial", "part") else ""
    if token.kind == "letter":
        return {"d": "d", "delta": "δ"}.get(token.text, "")
    return "∂" if token.kind == "mark" and token.text == "∂" else ""


def _is_d(token: Token) -> bool:
    return bool(_kind(token))


def _d_first(group: list[Token]) -> list[Token]:
    """Return tokens in which the d of a word dE is a token of its own."""
    first = group[0] if group else None
    if first is None or first.kind != "word" or not first.text.startswith("d"):
        return group
    rest = first.text[1:]
    sign = Token("letter", "d", first.start, first.start + 1, first.gap)
    return [sign, Token("word" if len(rest) > 1 else "letter", rest, first.start + 1, first.end), *group[1:]]


def _upright(group: list[Token]) -> list[Token]:
    """Return tokens in which every upright d is a letter like others: \\mathrm{d}z is dz."""
    found: list[Token] = []
    at = 0
    while at < len(group):
        token = group[at]
        size = _upright_d(group, at + 1) if token.kind == "macro" and token.text in UPRIGHT else 0
        if size:
            token = Token("letter", "d", token.start, group[at + size].end, token.gap)
        found.append(token)
        at += size + 1
    return found


def _upright_d(group: Sequence[Token], at: int) -> int:
    """Return how many tokens d or {d} are, if it stands here; else 0."""
    texts = [token.text for token in group[at : at + 3]]
    return 1 if texts[:1] == ["d"] else 3 if texts == ["{", "d", "}"] else 0


def _differential(group: list[Token]) -> _Differential | None:
    """Return what ∂E says; None where it is no differential."""
    group = _d_first(_upright(group))
    if not group or not _is_d(group[0]):
        return None
    sign, rest, order = _kind(group[0]), group[1:], 1
    if len(rest) > 1 and rest[0].text in ("^", "^^"):
        stop = inside(rest, 1) if rest[1].kind == "open" else 2
        exponent = flat(rest[1:stop])
        if not exponent.isdigit():
            return None
        order, rest = int(exponent[:4]), rest[stop:]
    if any(is_sign(a) and _kind(b) == sign and a.text in "+-" for a, b in pairwise(rest)):
        return None  # dA + dB
    if sign != "∂" and rest and (is_sign(rest[0]) or rest[0].text in _NO_NAME):
        return None
    return _Differential(rest, order, sign)
