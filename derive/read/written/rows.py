"""From the tokens of a formula to its statements: lines, columns, and what parts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.read.written.groups import joined
from derive.read.written.parting import parted
from derive.read.written.tables import ALIGNED, CLOSING, OPENING, STOP, WITH_ARGUMENT
from derive.read.written.tokens import Token, is_sign, relation

LONG = 4  # tokens: more than a name
_IN_WORDS = frozenset("(),.-&")

__all__ = ["WITH_ARGUMENT", "lines"]


def lines(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the statements of a formula, each as its tokens."""
    rows = list(_rows(list(tokens)))
    found: list[list[list[Token]]] = []
    for row in rows:
        cells = [cell for number, cell in enumerate(row) if cell and not (number and _is_aside(cell))]
        if not cells:
            continue
        # A row that begins with a sign goes on with the one before it; so does a matrix whose left column is empty.
        more = is_sign(cells[0][0]) and not _only_sign(cells)
        matrix = not row[0] and (cells[0][0].kind == "begin" or cells[0][0].text in OPENING)
        if found and (more or (matrix and _unfinished_in(found[-1])) or _goes_on(found[-1], cells)):
            found[-1][-1].extend(cells[0])
            found[-1].extend(cells[1:])
        else:
            found.append([list(cell) for cell in cells])
    return [part for cells in found for statement in _columns(cells) for part in parted(statement)]


def _unfinished_in(cells: list[list[Token]]) -> bool:
    """Return whether there is a relation in a row, so that what follows may belong to its right side."""
    return any(map(relation, (token for cell in cells for token in cell)))


def _goes_on(before: list[list[Token]], cells: list[list[Token]]) -> bool:
    """Return whether a row goes on with one that ends with a sign: it has no relation, or a long side before it."""
    if not is_sign(before[-1][-1]) or not any(map(relation, (token for cell in before for token in cell))):
        return False
    return next((place for place, token in enumerate(cells[0]) if relation(token)), LONG) >= LONG


def _is_aside(cell: list[Token]) -> bool:
    """Return whether a cell is the number of an equation, or words: -(16), "substitute (9) and (10)"."""
    texts = [token.text for token in cell]
    if texts[0] == "-":
        texts = texts[1:]
    if len(texts) == 3 and (texts[0], texts[2]) == ("(", ")") and texts[1].isdigit() and len(texts[1]) < LONG:
        return True
    if any(token.kind not in ("letter", "word", "number") and token.text not in _IN_WORDS for token in cell):
        return False
    words = [word for word in joined(cell).lower().split() if len(word) > 1 and word.isalpha()]
    return len(words) > 1 and not STOP.isdisjoint(words)


def _only_sign(cells: list[list[Token]]) -> bool:
    return len(cells) == 1 and len(cells[0]) == 1


def _rows(tokens: list[Token]) -> Iterator[list[list[Token]]]:
    """Yield the rows of aligned environments, in cells; what stands outside of them is rows of one cell."""
    row: list[list[Token]] = [[]]
    braces, brackets = 0, 0
    balanced = _balanced(tokens)
    matrices = 0
    for at, token in enumerate(tokens):
        if token.kind == "begin":
            if token.text in ALIGNED and not matrices:
                if any(row) and not _unfinished(row):
                    yield row
                    row = [[]]
                continue
            matrices += 1
        elif token.kind == "end":
            if token.text in ALIGNED and not matrices:
                yield row
                row, brackets = [[]], 0
                continue
            matrices = max(0, matrices - 1)
        elif token.kind in ("open", "close"):
            braces += 1 if token.kind == "open" else -1
        elif token.kind == "mark" and token.text in OPENING:
            brackets += 1
        elif token.kind == "mark" and token.text in CLOSING:
            brackets = max(0, brackets - 1)
        outside = braces <= 0 and not matrices
        if outside and token.kind == "macro" and token.text in ("\\", "cr", "newline"):
            if brackets and balanced and _closes(tokens, at):
                continue
            yield row
            row, brackets = [[]], 0
        elif outside and token.kind == "mark" and token.text == "&":
            row.append([])
        else:
            row[-1].append(token)
    yield row


def _unfinished(row: list[list[Token]]) -> bool:
    """Return whether what stands before an environment goes on in it: `L = \\begin{aligned} …`."""
    last = next((cell[-1] for cell in reversed(row) if cell), None)
    return last is not None and (bool(relation(last)) or is_sign(last) or last.kind == "open" or last.text in OPENING)


def _balanced(tokens: Sequence[Token]) -> bool:
    marks = [token.text for token in tokens if token.kind == "mark" and token.text in OPENING | CLOSING]
    return sum(mark in OPENING for mark in marks) == sum(mark in CLOSING for mark in marks)


def _closes(tokens: Sequence[Token], at: int) -> bool:
    """Return whether a bracket that is open here closes before the next relation at the beginning of a row."""
    for place in range(at + 1, min(at + 400, len(tokens))):
        token = tokens[place]
        if token.kind == "mark" and token.text in CLOSING:
            return True
        if relation(token):
            return False
    return False


def _columns(cells: list[list[Token]]) -> Iterator[list[Token]]:
    """Yield the statements of a row: columns go in pairs, right and left of a relation."""
    statement = list(cells[0])
    has_relation = any(map(relation, cells[0]))
    for number, cell in enumerate(cells[1:], 1):
        touching = (
            not statement
            or bool(relation(cell[0])) or is_sign(cell[0])
            or bool(relation(statement[-1])) or is_sign(statement[-1])
        )  # fmt: skip
        more = any(map(relation, cell))
        following = cells[number + 1] if number + 1 < len(cells) else None
        left = number % 2 == 0 and has_relation and following is not None and bool(relation(following[0]))
        if touching or not (left or more) or (number % 2 == 1 and not has_relation):
            statement.extend(cell)
        else:
            yield statement
            statement = list(cell)
            has_relation = False
        has_relation = has_relation or more
    yield statement
