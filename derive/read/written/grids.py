"""Matrices and cases."""

from __future__ import annotations

from derive.read.written.cursor import Cursor, Trouble
from derive.read.written.groups import flat, joined, outside, table
from derive.read.written.parting import is_phrase
from derive.read.written.tables import CHOICES, FONTS, IFS, MATRICES, OTHERWISE, SPACES, TEXTS
from derive.read.written.tokens import Token, inside, relation
from derive.read.written.tree import Choice, Condition, Grid, Node, Number

_TESTS = frozenset(("<", ">", "≤", "≥", "=", "≠"))


def environment(p: Cursor) -> Node:
    """Return the environment that begins here: a matrix, cases, or what stands in any other."""
    start = p.take()
    depth = 1
    content: list[Token] = []
    while (token := p.peek()) is not None:
        p.at += 1
        depth += (token.kind == "begin") - (token.kind == "end")
        if depth == 0:
            break
        content.append(token)
    else:
        raise Trouble(f"{start.text} is never closed")
    if start.text in CHOICES:
        return _choice(p, start.start, p.end, content)
    if start.text in ("vmatrix", "Vmatrix"):
        raise Trouble("a determinant")
    if start.text not in MATRICES:
        return p.all(content)
    if start.text == "array" and content and content[0].kind == "open":
        content = content[inside(content, 0) :]
    rows = tuple(tuple(p.all(cell) for cell in row) for row in table(content))
    if not rows or len({len(row) for row in rows}) != 1:
        raise Trouble("a matrix whose rows are not alike")
    return Grid(start.start, p.end, rows)


def _choice(p: Cursor, start: int, end: int, content: list[Token]) -> Node:
    branches: list[tuple[Node, Condition | None]] = []
    for row in table(content):
        value, test = _case([cell for cell in row if cell])
        branches.append((p.all(value), _condition(p, test)))
    if not branches:
        raise Trouble("no cases")
    return Choice(start, end, tuple(branches))


def _case(cells: list[list[Token]]) -> tuple[list[Token], list[Token]]:
    """Return the value and the condition of a row of cases, which &, a word or a comma parts."""
    first, rest = cells[0], [token for cell in cells[1:] for token in cell]
    if rest and rest[0].text == ",":
        rest = rest[1:]
    if not rest and first[-1].text == ")":
        for place, token in enumerate(first[1:], 1):
            if token.text == "(" and any(map(relation, first[place:])):  # x (x > 0)
                return first[:place], first[place:]
    if not rest:
        for place, token in outside(first):
            if token.text == "," or (token.kind == "macro" and token.text in TEXTS):
                return first[:place], first[place + (token.text == ",") :]
    return [token for token in first if token.text != ","], rest


def _condition(p: Cursor, cell: list[Token]) -> Condition | None:
    """Return when a case holds; None where it says "otherwise"."""
    kept = _without_phrases(cell)
    if kept and kept[0].text == "(" and kept[-1].text == ")":
        kept = kept[1:-1]
    words = flat(kept).lower().strip(".,")
    if not words or words in OTHERWISE:
        return None
    if [token.text for token in kept[:2]] == ["i", "f"]:
        kept = kept[2:]
    elif kept[0].text in IFS:
        kept = kept[1:]
    return _test(p, kept)


def _test(p: Cursor, cell: list[Token]) -> Condition:
    for place, token in outside(cell):
        sign = relation(token)
        if sign in _TESTS:
            left, right = p.all(cell[:place]), p.all(cell[place + 1 :])
            return Condition(left.start, right.end, left, sign, right)
    raise Trouble("a condition")


def is_test(content: list[Token]) -> bool:
    """Return whether two things are compared, and no more."""
    signs = [sign for _, token in outside(content) if (sign := relation(token))]
    return len(signs) == 1 and signs[0] in _TESTS


def indicator(p: Cursor, start: int, content: list[Token]) -> Choice:
    """Return [x > 0], which is 1 where that is so, and else 0; it ends where the last token was taken."""
    one, zero = Number(start, p.end, "1"), Number(start, p.end, "0")
    return Choice(start, p.end, ((one, _test(p, content)), (zero, None)))


def _without_phrases(cell: list[Token]) -> list[Token]:
    """Return the tokens of a condition without words like "if"."""
    kept: list[Token] = []
    at = 0
    while at < len(cell):
        token, stop = cell[at], at + 1
        if token.kind == "macro" and token.text in SPACES:
            at = stop
            continue
        if token.kind == "macro" and token.text in FONTS and stop < len(cell) and cell[stop].kind == "open":
            stop = inside(cell, stop)
            words = cell[at + 2 : stop - 1]
            if joined(words).lower().strip(" .,:") in IFS or is_phrase(words, kept, cell[stop : stop + 1]):
                at = stop
                continue
        kept += cell[at:stop]
        at = stop
    return kept
