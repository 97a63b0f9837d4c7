"""What explains a finding, in words: its cause, the mistakes that it may be, the claim that it follows from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from derive import diagnose
from derive.diagnose import Instance, Match
from derive.errata.findings import Cause, Claim
from derive.errata.wording import Wording, words
from derive.errors import printable
from derive.read.document import Document, Place

TIES = 3  # mistakes that are named, of those that cannot be told apart


class Explanation(Struct, frozen=True):
    """short: the cause, with what it is about.  what: what goes wrong in general.  more: everything else, by lines."""

    short: str
    what: str
    more: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(line for line in (self.short, self.what, *self.more) if line)


class Explainer:
    """Puts the findings of one document into words. Raises DeriveError for a language that there are none in."""

    def __init__(self, document: Document, claims: tuple[Claim, ...], language: str = "en") -> None:
        self.document = document
        self.language = language
        self.words: Wording = words(language)
        self.claims: Mapping[int, Claim] = {claim.number: claim for claim in claims}
        self._mistakes = diagnose.words(language)

    def place(self, claim: Claim) -> Place:
        """Return where the part of a claim that is judged begins."""
        return self.place_of(claim.at, claim.formula)

    def place_of(self, offset: int, piece: int) -> Place:
        """Return the place of a character, with the cell that a piece of the document stands in."""
        pieces = self.document.pieces
        cell = pieces[piece].cell if 0 <= piece < len(pieces) else 0
        return self.document.place(max(0, offset))._replace(cell=cell)

    def at(self, place: Place) -> str:
        """Return a place in words: "12:8", in a notebook with its cell."""
        return self.words.plain("cell", cell=str(place.cell), place=str(place)) if place.cell else str(place)

    def explain(self, claim: Claim) -> Explanation:
        """Return what explains a finding; nothing for a claim that is none."""
        if not claim.finding:
            return Explanation("", "", ())
        if claim.cause is None:
            return Explanation(line(claim.detail), "", tuple(self._more(claim)))
        said = self.words.of(claim.cause)
        title, what = said.title, said.what
        if claim.cause is Cause.MISTAKE and len(claim.mistakes) == 1:
            title, what = self._titled(claim.mistakes[0]), ""
        elif claim.cause is Cause.FOLLOWS and (origin := self._origin(claim)):
            title = origin
        short = self.words.plain("titled", title=title, detail=line(claim.detail)) if claim.detail else title
        return Explanation(short, what, tuple(self._more(claim)))

    def _more(self, claim: Claim) -> Iterator[str]:
        if claim.cause is not Cause.FOLLOWS and (origin := self._origin(claim)):
            yield origin
        matches = claim.mistakes
        if len(matches) == 1:
            for each in matches[0].mistakes:
                if known := self._mistakes.get(each.id):
                    yield known.what
                    yield known.mend
        elif matches:
            yield self.words.plain("mistake_tie", count=str(len(matches)))
            for match in matches[:TIES]:
                mends = [self._mistakes[each.id].mend for each in match.mistakes if each.id in self._mistakes]
                yield self.words.plain("mistake", title=self._titled(match), mend=" ".join(mends))
            if len(matches) > TIES:
                yield self.words.plain("mistake_more", count=str(len(matches) - TIES))

    def _origin(self, claim: Claim) -> str:
        """Return in words where the error stands that a claim follows from; "" where it follows from none."""
        origin = self.claims.get(claim.follows)
        if origin is None:
            return ""
        place = self.place(origin)
        key = "follows_cell" if place.cell else "follows"
        return self.words.plain(key, line=str(place.line), cell=str(place.cell))

    def _titled(self, match: Match) -> str:
        """Return what the mistakes are called that were made together."""
        said = list(map(self._title, match.mistakes))
        text = said[0] if said else ""
        for other in said[1:]:
            text = self.words.plain("mistake_pair", first=text, second=other)
        for name, value in match.fitted:
            text = self.words.plain("fitted", title=text, name=name, value=f"{value:.9g}")
        return text

    def _title(self, instance: Instance) -> str:
        known = self._mistakes.get(instance.id)
        title = line(instance.id) if known is None else known.title
        return self.words.plain("mistake_layer", title=title, layer=str(instance.layer)) if instance.layer else title


def line(text: str) -> str:
    """Return text from a document on one line, with what a terminal would obey or could not show as escapes."""
    return printable(" ".join(text.split()))
