"""Collects the pieces of a document, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from msgspec.structs import replace

from derive.read.document import macros
from derive.read.document.extracts import Taking, moved, through, trimmed
from derive.read.document.maths import MOST, Full
from derive.read.document.types import Extract, Piece, PieceKind, Unread

LONGEST = 100_000
"""Characters of a formula; a longer one is not read."""
PARAGRAPH = 30_000
"""Characters of a paragraph, a row or a heading; of a longer one only the formulas are read."""
ROWS = 20_000
"""Rows of tables, likewise."""
PROSE = 600_000
"""Characters of all prose; what comes after is not read."""


class Inline(NamedTuple):
    """A formula among words; `before` and `after` are where its delimiters stand."""

    extract: Extract
    display: bool
    before: tuple[int, int]
    after: tuple[int, int]


class Collected:
    """Pieces so far. Offsets are those of one text; `outer` says where that stands in another, if it does."""

    def __init__(self, outer: Extract | None = None) -> None:
        self.pieces: list[Piece] = []
        self.unread: list[Unread] = []
        self.front: dict[str, object] = {}
        self._outer = outer
        self._prose = self._rows = 0

    def words(self, kind: PieceKind, parts: Sequence[Extract | Inline], text: str) -> None:
        """Add prose, a row or a heading with its formulas; a display formula parts prose."""
        taking, inside = Taking(text), list[Inline]()
        for part in parts:
            if isinstance(part, Extract):
                taking.take(part)
            elif len(part.extract) > LONGEST:
                self.skipped(part.before[0], part.after[1], f"a formula of {len(part.extract):,} characters")
            elif not macros.says(part.extract.text):
                continue
            elif part.display and kind == "prose":
                self._words(kind, taking, inside)
                self.formula(part.extract, display=True)
                taking, inside = Taking(text), []
            else:
                if taking.ends_with("$"):
                    taking.put(" ", part.before[0], part.before[0])
                taking.put("$", *part.before)
                taking.take(trimmed(part.extract))
                taking.put("$", *part.after)
                inside.append(part)
        self._words(kind, taking, inside)

    def _words(self, kind: PieceKind, taking: Taking, inside: Sequence[Inline]) -> None:
        extract = trimmed(taking.finish(), " \n" if kind == "row" else None)
        if not extract.text.strip():
            return
        number = len(self.pieces)
        if len(extract) > PARAGRAPH:
            self.skipped(extract.starts[0], extract.ends[-1], f"a paragraph of {len(extract):,} characters")
            number = -1
        else:
            self._add(Piece(kind, extract))
        for part in inside:
            self._add(Piece("formula", trimmed(part.extract), display=part.display, within=number))

    def formula(self, extract: Extract, *, display: bool) -> None:
        """Add a formula that stands alone."""
        if len(extract) > LONGEST:
            self.skipped(extract.starts[0], extract.ends[-1], f"a formula of {len(extract):,} characters")
        elif macros.says(extract.text):
            self._add(Piece("formula", trimmed(extract), display=display))

    def code(self, extract: Extract, language: str = "") -> None:
        """Add a listing."""
        if extract.text.strip():
            self._add(Piece("code", extract, language=language))

    def skipped(self, start: int, end: int, why: str) -> None:
        """Note a part that is not read."""
        if self._outer is not None:
            start, end = moved(start, end, self._outer)
        self.unread.append(Unread(start, end, why))

    def _add(self, piece: Piece) -> None:
        if len(self.pieces) >= MOST:
            raise Full
        if piece.kind in ("prose", "row", "heading"):
            self._prose += len(piece.extract)
            self._rows += piece.kind == "row"
            if self._rows > ROWS:
                raise Full(f"more than {ROWS:,} rows of tables")
            if self._prose > PROSE:
                raise Full(f"more than {PROSE:,} characters of prose")
        elif piece.within >= 0:  # a formula among words, which were counted with it
            self._prose -= len(piece.extract)
        if self._outer is not None:
            piece = replace(piece, extract=through(piece.extract, self._outer))
        self.pieces.append(piece)

    @contextmanager
    def part(self, outer: Extract, cell: int = 0) -> Iterator[Collected]:
        """Collect from the text of `outer`, which is a part of this one's."""
        part = Collected(outer)
        try:
            yield part
        finally:  # where there are too many pieces, those before count
            base = len(self.pieces)
            for unread in part.unread:
                self.skipped(unread.start, unread.end, unread.why)
            for piece in part.pieces:
                within = piece.within + base if piece.within >= 0 else -1
                self._add(replace(piece, within=within, cell=cell or piece.cell))
