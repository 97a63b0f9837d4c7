"""The document around its formulas: the text that leads to one, that between two, and the time that it speaks of."""

from __future__ import annotations

import re
from functools import cached_property

from derive.errata.reading import Placed
from derive.read.document import Document
from derive.read.prose import Moment, moments

LEADING = 300  # characters of a paragraph before a formula
APART = 4000  # characters between two formulas that have nothing to do with each other
MARKUP = re.compile(r"<[^<>]{0,400}>|&nbsp;|[\s$\\{}()\[\]&]|\\\\")
OPENING = (":", "：", ",")
"""What a paragraph ends with whose sentence goes on with a formula."""


class Surroundings:
    """What stands around the formulas of a document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def before(self, placed: Placed) -> str | None:
        """Return the text that leads to a formula: the sentence that it stands in, or the paragraph before it."""
        pieces = self._document.pieces
        piece = pieces[placed.piece]
        around = piece.within if piece.within >= 0 else placed.piece
        while around >= 0 and pieces[around].kind == "formula":
            around -= 1
        return pieces[around].text[-LEADING:] if around >= 0 else None

    def between(self, one: Placed, other: Placed) -> str | None:
        """Return the text between two formulas, without mark-up and space; None where they are far apart."""
        end, start = one.span(0, len(one.extract))[1], other.span(0, len(other.extract))[0]
        if end > start or start - end > APART:
            return None
        return MARKUP.sub("", self._document.text[end:start])

    @cached_property
    def _moments(self) -> dict[int, tuple[Moment, ...]]:
        """The times of training that each paragraph speaks of, by its number."""
        pieces = enumerate(self._document.pieces)
        told = {place: moments(piece.text) for place, piece in pieces if piece.kind in ("prose", "heading")}
        return {place: found for place, found in told.items() if found}

    def steps(self, placed: Placed) -> int | None:
        """Return after how many updates a formula is meant, as far as the sentence around it says so."""
        pieces = self._document.pieces
        piece = pieces[placed.piece]
        around = piece.within if piece.kind == "formula" and piece.within >= 0 else placed.piece
        if around in self._moments:
            start = placed.span(0, len(placed.extract))[0]
            text = pieces[around].extract
            for moment in self._moments[around]:
                low, high = text.span(moment.start, moment.end)
                if low <= start <= high and moment.steps is not None:
                    return moment.steps
            return None
        if piece.kind == "formula" and piece.within < 0:  # set apart from the sentence that leads to it
            return self._steps_before(placed.piece)
        return None

    def _steps_before(self, place: int) -> int | None:
        """Return after how many updates that is meant which a paragraph leads to that ends open."""
        pieces = self._document.pieces
        before = place - 1
        while before >= 0 and pieces[before].kind == "formula" and pieces[before].within >= 0:
            before -= 1
        if before not in self._moments:
            return None
        last, prose = self._moments[before][-1], pieces[before].text.rstrip()
        return last.steps if last.end >= len(prose) - 1 and prose.endswith(OPENING) else None
