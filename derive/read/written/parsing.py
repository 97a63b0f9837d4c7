"""Reads formulas as people write them. What is not understood becomes `Opaque`, in its place."""

from __future__ import annotations

from collections.abc import Mapping

from derive.read.written import rows
from derive.read.written.cleaning import stripped
from derive.read.written.cursor import Trouble
from derive.read.written.expressions import Parser
from derive.read.written.latex import latex
from derive.read.written.plain import plain as plain_tokens
from derive.read.written.shaping import shaped
from derive.read.written.tokens import Token, TooLong, closes, opens, relation
from derive.read.written.tree import Formula, Name, Node, Opaque, Relation, Statement, depth, names, opaque

DEEPEST = 100  # nodes within nodes: those who walk through a tree may do so by recursion
_SHOWN = 30  # characters of what was not expected


def read(
    text: str, *, plain: bool = False, macros: Mapping[str, tuple[int, str]] = {}, words: frozenset[str] = frozenset(),
    comma: bool = False,
) -> Formula:  # fmt: skip
    """Return a formula as it was understood; what was not is in it as `Opaque`, and listed in its doubts.

    plain: whether it is plain text and not LaTeX.  macros: the document's own, each with how many arguments it has.
    words: names of several letters that the document has.  comma: whether 0,5 is a half.
    """
    try:
        tokens = plain_tokens(text, comma) if plain else latex(text, macros, comma)
    except TooLong:
        return Formula((), ((0, len(text), "a formula of this length is not read"),))
    statements: list[Statement] = []
    doubts: list[tuple[int, int, str]] = []
    for line in rows.lines(shaped(stripped(tokens))):
        statement = _statement(line, text, words, plain)
        if statement is None:
            continue
        statements.append(statement)
        for side in statement.sides:
            if side is not None and (unknown := opaque(side)) is not None:
                doubts.append((unknown.start, unknown.end, unknown.why))
    return Formula(tuple(statements), tuple(doubts))


def _statement(line: list[Token], text: str, words: frozenset[str], plain: bool) -> Statement | None:
    sides: list[Node | None] = []
    relations: list[Relation] = []
    part: list[Token] = []
    level = 0
    for token in line:
        level += opens(token) - closes(token)
        sign = relation(token)
        if not sign or level > 0 or (sign == "=" and part and part[-1].text == "/"):
            part.append(token)
        elif not part and relations:  # = ≈ in a row: the second one counts
            relations[-1] = Relation(relations[-1].start, token.end, sign)
        else:
            sides.append(_side(part, text, words, plain) if part else None)
            relations.append(Relation(token.start, token.end, sign))
            part = []
    if part:
        sides.append(_side(part, text, words, plain))
    elif relations:
        relations.pop()  # a line that ends with a relation says nothing with it
    if not any(side is not None for side in sides):
        return None
    return Statement(line[0].start, line[-1].end, tuple(sides), tuple(relations))


def _side(part: list[Token], text: str, words: frozenset[str], plain: bool) -> Node:
    start, end = part[0].start, part[-1].end
    if plain and len(part) > 1 and all(token.kind in ("word", "letter") for token in part) and part[0].kind == "word":
        return Name(start, end, " ".join(token.text for token in part))  # net input, total error
    parser = Parser(part, text, words, plain)
    try:
        node = parser.whole()
    except Trouble as trouble:
        here = part[min(parser.at, len(part) - 1)]
        shown = text[here.start : max(here.end, here.start + 1)][:_SHOWN]
        return Opaque(start, end, text[start:end], f"{trouble.why}: {shown}")
    except RecursionError:  # where the caller itself stands deep
        return Opaque(start, end, text[start:end], "nested too deeply")
    return node if depth(node) <= DEEPEST else Opaque(start, end, text[start:end], "nested too deeply")


def mentioned(formula: Formula) -> set[str]:
    """Return the names of several letters in a formula."""
    return {
        name.base for statement in formula.statements for side in statement.sides if side is not None
        for name in names(side) if len(name.base) > 1
    }  # fmt: skip
