"""A document as pieces: formulas, prose, code and table rows, each of which knows where in the file it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from msgspec import Struct

Format = Literal["markdown", "latex", "rst", "notebook", "html", "text"]
PieceKind = Literal["formula", "prose", "code", "row", "heading"]
Writing = Literal["latex", "plain"]


class Extract(Struct, frozen=True):
    """Text that was taken out of a file: character i stands in the file's text from starts[i] up to ends[i].

    What lies between two characters there (mark-up, the backslash of an escape) is no part of the extract.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str, start: int = 0, end: int | None = None) -> Extract:
        """Return a part of the file's text as it stands."""
        stop = len(text) if end is None else end
        return cls(text[start:stop], range(start, stop), range(start + 1, stop + 1))

    @classmethod
    def joined(cls, parts: Sequence[Extract]) -> Extract:
        """Return several extracts as one."""
        return cls(
            "".join([part.text for part in parts]),
            [at for part in parts for at in part.starts],
            [at for part in parts for at in part.ends],
        )

    def __getitem__(self, part: slice) -> Extract:
        return Extract(self.text[part], self.starts[part], self.ends[part])

    def __len__(self) -> int:
        return len(self.text)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the file's text the characters from `start` up to `end` stand."""
        if start >= end or start >= len(self.starts):
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if len(self.ends) else 0)
            return at, at
        return self.starts[start], self.ends[min(end, len(self.ends)) - 1]


class Piece(Struct, frozen=True):
    """A part of a document, in the order of reading.

    kind: "formula"; "prose", a paragraph or a list item, in which its inline formulas stand as `$…$`; "row" of a
        table, its cells apart by "\\t"; "code"; "heading".
    writing: how a formula is written: as LaTeX, or as plain text with Unicode.
    display: whether a formula stands on lines of its own.
    within: for an inline formula, the number of the prose, row or heading that it stands in, in `Document.pieces`.
    language: of code, as far as it is said ("python").
    cell: of a notebook, from 1; 0 elsewhere.
    """

    kind: PieceKind
    extract: Extract
    writing: Writing = "latex"
    display: bool = False
    within: int = -1
    language: str = ""
    cell: int = 0

    @property
    def text(self) -> str:
        return self.extract.text


class Place(NamedTuple):
    """Line and column in a file, from 1; `cell` of a notebook, 0 elsewhere."""

    line: int
    column: int
    cell: int = 0

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Unread(Struct, frozen=True):
    """A part of a document that could not be read, and why."""

    start: int
    end: int
    why: str


class Document(Struct, frozen=True, dict=True):
    """A document that has been read.

    text: that of the file, decoded; offsets count its characters.  bom: whether the file begins with a mark.
    front: what front matter says, a table, or {}.
    """

    name: str
    format: Format
    text: str
    pieces: tuple[Piece, ...]
    unread: tuple[Unread, ...] = ()
    front: dict[str, object] = {}
    bom: bool = False

    @cached_property
    def _lines(self) -> list[int]:
        found, at = [0], self.text.find("\n")
        while at >= 0:
            found.append(at + 1)
            at = self.text.find("\n", at + 1)
        return found

    def place(self, offset: int) -> Place:
        """Return the line and the column of a character of the file."""
        line = bisect_right(self._lines, offset)
        return Place(line, offset - self._lines[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return a line of the file, from 1."""
        start = self._lines[number - 1]
        end = self._lines[number] if number < len(self._lines) else len(self.text)
        return self.text[start:end].rstrip("\r\n")
