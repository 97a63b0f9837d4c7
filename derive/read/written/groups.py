"""What stands in a group of tokens: as plain text, as a list, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.read.written.tables import FONTS
from derive.read.written.tokens import Token, closes, opens

_SILENT = frozenset((*FONTS, "left", "right", ",", ";", "!", "quad", "{", "}"))
_SAID = {
    "prime": "'", "top": "T", "intercal": "T", "star": "*", "ast": "*", "to": "→", "rightarrow": "→", "cdot": "·",
    "lbrace": "", "rbrace": "", "dagger": "†", "\\_": "_",
}  # fmt: skip


def flat(script: Sequence[Token]) -> str:
    """Return a script as plain text: braces, fonts and small scripts within it gone, h_1 as h1."""
    made: list[str] = []
    said = [token for token in script if token.kind not in ("open", "close")]
    for n, token in enumerate(said):
        if token.kind == "macro":
            if token.text not in _SILENT:
                made.append(_SAID.get(token.text, token.text))
        elif token.text in ("_", "__", "^", "^^"):
            if 0 < n < len(said) - 1 and said[n - 1].text[-1:].isdigit() and said[n + 1].text[:1].isdigit():
                made.append(",")
        else:
            made.append(token.text)
    return "".join(made).replace(" ", "")


def joined(group: Sequence[Token]) -> str:
    """Return the text of tokens, with the spaces between them."""
    return "".join((" " if token.gap and n else "") + token.text for n, token in enumerate(group)).strip()


def outside(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Yield the tokens that stand in no brackets, with their places."""
    level = 0
    for place, token in enumerate(tokens):
        level += opens(token)
        if level <= 0:
            yield place, token
        level -= closes(token)


def listed(content: Sequence[Token]) -> list[list[Token]]:
    """Return the parts of a list, which commas part."""
    cells: list[list[Token]] = [[]]
    depth = 0
    for token in content:
        if token.kind in ("open", "begin") or token.text in ("(", "["):
            depth += 1
        elif token.kind in ("close", "end") or token.text in (")", "]"):
            depth -= 1
        if depth == 0 and token.kind == "mark" and token.text in (",", ";"):
            cells.append([])
        else:
            cells[-1].append(token)
    return [cell for cell in cells if cell] or [[]]


def table(content: Sequence[Token]) -> list[list[list[Token]]]:
    """Return the cells of a matrix or of cases, row by row, without rows in which nothing stands."""
    rows: list[list[list[Token]]] = [[[]]]
    depth = 0
    for token in content:
        depth += (token.kind in ("begin", "open")) - (token.kind in ("end", "close"))
        if depth == 0 and token.kind == "macro" and token.text in ("\\", "cr"):
            rows.append([[]])
        elif depth == 0 and token.kind == "mark" and token.text == "&":
            rows[-1].append([])
        else:
            rows[-1][-1].append(token)
    return [row for row in rows if any(row)]
