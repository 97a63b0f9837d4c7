"""Environments that are used for something else than their names say: an array that holds statements in rows."""

from __future__ import annotations

from collections.abc import Sequence

from derive.read.written.groups import table
from derive.read.written.parting import unwrapped
from derive.read.written.tables import ALIGNED, CHOICES, MATRICES
from derive.read.written.tokens import Token, closes, inside, opens, relation
from derive.read.written.tree import EQUAL

_SHAPED = CHOICES | MATRICES | ALIGNED
_BRACES = frozenset((("macro", "{"), ("macro", "lbrace")))


def shaped(tokens: list[Token]) -> list[Token]:
    """Return the tokens in which every array, and all cases, that hold statements are `aligned`, without the brace
    before them and the columns of an array; and an array behind such a brace that holds cases is `cases`."""
    tokens = unwrapped(tokens)
    made: list[Token] = []
    ends: list[str] = []  # what the environments that are open here are
    brace: list[int] = []  # which of them had a brace, that \\right. closes
    level = at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.kind == "begin":
            braced = bool(made) and (made[-1].kind, made[-1].text) in _BRACES
            if level == (1 if braced else 0) and not ends and token.text in _SHAPED:
                at, name = _new_name(tokens, at, token.text, braced)
                token = token._replace(text=name)
                if braced and name not in MATRICES:
                    made.pop()
                    level -= 1
                    brace.append(len(ends))
            ends.append(token.text)
        elif token.kind == "end" and ends:
            token = token._replace(text=ends.pop())
            if brace and brace[-1] == len(ends):
                brace.pop()
                if at < len(tokens) and tokens[at].text == "right.":
                    at += 1
        elif not ends:
            level = max(0, level + opens(token) - closes(token))
        made.append(token)
    return made


def _new_name(tokens: Sequence[Token], at: int, name: str, braced: bool) -> tuple[int, str]:
    """Return where the content of an environment begins, and as what it is to be read."""
    content = _content(tokens, at)
    if content and content[0].text in ALIGNED and content[-1].kind == "end" and name in CHOICES:
        return at, "aligned"  # aligned within cases
    begin = at
    if name == "array" and content and content[0].kind == "open":
        begin += inside(content, 0)
        content = content[begin - at :]
    rows = table(content)
    if rows and all(map(_states, rows)) and _is_left(rows[0]):
        return begin, "aligned"
    if braced and rows and (name in ALIGNED or all(len(list(filter(None, row))) == 2 for row in rows)):
        return begin, "cases"
    return at, name


def _content(tokens: Sequence[Token], at: int) -> Sequence[Token]:
    level = 1
    for place in range(at, len(tokens)):
        level += (tokens[place].kind == "begin") - (tokens[place].kind == "end")
        if level == 0:
            return tokens[at:place]
    return tokens[at:at]


def _states(row: list[list[Token]]) -> bool:
    """Return whether a row says that two things are equal: in its first cell, or at the beginning of a later one."""
    cells = [cell for cell in row if cell]
    return bool(cells) and (_equal(cells[0]) or any(relation(cell[0]) in EQUAL for cell in cells[1:]))


def _is_left(row: list[list[Token]]) -> bool:
    """Return whether a row has a left side."""
    return bool(row[0]) and not relation(row[0][0])


def _equal(cell: list[Token]) -> bool:
    level = 0
    for token in cell:
        level += opens(token) - closes(token)
        if level == 0 and relation(token) in EQUAL:
            return True
    return False
