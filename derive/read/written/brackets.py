"""What stands in brackets, in braces or between bars."""

from __future__ import annotations

from derive.read.written.cursor import Cursor, Trouble
from derive.read.written.grids import indicator, is_test
from derive.read.written.groups import listed
from derive.read.written.letters import named
from derive.read.written.scripts import late_sub
from derive.read.written.tokens import Token
from derive.read.written.tree import Bars, Derivative, Grid, Name, Node, Norm, Number, widened


def braces(p: Cursor) -> Node:
    """Return what stands in { }: mostly the same as without."""
    start = p.tokens[p.at].start
    group = p.group()
    if group and group[-1].text == "|" and len(group) > 1 and p.mark("_"):  # {∂L/∂w|}_p
        return _held_at(p, start, p.all(group[:-1]))
    if not group:
        if p.peek() is None:
            raise Trouble("nothing in the brackets")
        if p.mark("^", "_"):
            raise Trouble("a script without a base")
        return p.signed() if p.mark("-", "+") else p.factor()
    node = p.all(group)
    if isinstance(node, Name) and p.mark("_", "__", "^", "^^", "'"):
        return named(p, node)
    return node


def brackets(p: Cursor) -> Node:
    """Return what stands in ( ) or [ ]: a formula, or a list."""
    opening = p.tokens[p.at]
    if p.ahead is not None and p.ahead[0] == p.at:
        _, p.at, cells = p.ahead
        p.ahead = None
    else:
        content = p.bracketed()
        if opening.text == "[" and any(_is_list_or_number(p, token) for token in content):
            raise Trouble("a list, or a number with a comma")
        if opening.text == "[" and is_test(content):
            return indicator(p, opening.start, content)
        cells = tuple(p.all(cell) for cell in listed(content))
    if len(cells) > 1 or p.tokens[p.at - 2].text == ",":  # (2,) is a list of one
        return _list(opening, p.end, cells)
    node = cells[0]
    if isinstance(node, Grid):
        return node
    if opening.text == "[" and isinstance(node, Number) and p.at == len(p.tokens) == 3:  # x = [0.05]
        return Grid(opening.start, p.end, ((node,),), True)
    return widened(node, opening.start, p.end)


def _is_list_or_number(p: Cursor, token: Token) -> bool:
    """Return whether a number is 1,234, which may be two in a list."""
    written = p.text[token.start : token.end]
    return token.kind == "number" and token.text.isdigit() and "," in written and "{" not in written


def _list(opening: Token, end: int, cells: tuple[Node, ...]) -> Node:
    if opening.text == "[":  # [[1, 2], [3, 4]]
        rows = tuple(cell.rows[0] for cell in cells if isinstance(cell, Grid))
        if len(rows) == len(cells) and len({len(row) for row in rows}) == 1:
            return Grid(opening.start, end, rows)
    return Grid(opening.start, end, (cells,), True)


def curly(p: Cursor) -> Node:
    """Return what stands in \\{ \\}, which are brackets like others where there is no list in them."""
    start = p.tokens[p.at].start
    cells = listed(p.bracketed())
    if len(cells) > 1:
        raise Trouble("a set")
    return widened(p.all(cells[0]), start, p.end)


def bars(p: Cursor, closing: str) -> Node:
    """Return what stands between | and what closes it."""
    start = p.take()
    if closing == "|" and p.mark("|") and p.tokens[p.at].start == start.end:
        p.take()
        return _norm(p, start.start, "|", 2)
    content: list[Token] = []
    while (token := p.peek()) is not None:
        p.at += 1
        if token.text == closing and token.kind in ("mark", "macro"):
            return Bars(start.start, token.end, p.all(content))
        content.append(token)
    raise Trouble("| is never closed")


def norm(p: Cursor) -> Node:
    """Return what stands between \\| and \\|."""
    start = p.take()
    return _norm(p, start.start, "rVert" if start.text == "lVert" else start.text, 1)


def _norm(p: Cursor, start: int, closing: str, times: int) -> Node:
    """Return the norm of what comes before the sign that closes it, so many times."""
    content: list[Token] = []
    while (token := p.peek()) is not None:
        p.take()
        if token.text == closing and token.kind != "text" and (times == 1 or p.mark(closing)):
            if times == 2:
                p.take()
            end, kind = p.end, ""
            opened = p.at
            if p.mark("^", "^^"):  # ‖a‖^2_2
                p.script()
            if p.mark("_", "__"):
                kind, after = late_sub(p, opened)
                end = after if opened == p.at and not p.mark("^", "^^") else end
            p.at = opened
            return Norm(start, end, p.all(content), kind)
        content.append(token)
    raise Trouble("a norm is never closed")


def held(p: Cursor) -> Node:
    """Return \\left.∂L/∂w\\right|_p: a derivative with what is held fixed."""
    start = p.take()
    content: list[Token] = []
    while (token := p.peek()) is not None and token.text != "|":
        content.append(p.take())
    if p.peek() is None:
        raise Trouble("no |")
    p.take()
    node = p.all(content)
    if not p.mark("_"):
        raise Trouble("a bar")
    return _held_at(p, start.start, node)


def _held_at(p: Cursor, start: int, node: Node) -> Node:
    """Return a derivative with what stands behind the bar after it, which is held fixed."""
    script, end = p.script()
    if not isinstance(node, Derivative):
        raise Trouble("a bar behind what is no derivative")
    return Derivative(start, end, node.of, node.by, node.partial, p.all(listed(script)[0]))
