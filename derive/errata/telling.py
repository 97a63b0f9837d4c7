"""What was found out about a document, in words: a headline, the errata, what is undecided. No printing here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from derive.errata.explaining import Explainer, line
from derive.errata.findings import Cause, Change, Claim, Errata
from derive.errata.wording import words
from derive.errors import printable
from derive.read.document import Document
from derive.render.terminal import SIGNS

MOST = 12  # undecided claims that are listed without being asked for
LONG = 400  # characters of a formula in a list

MILD = "~"
"""The sign of a finding that leaves the claim standing."""


class Row(Struct, frozen=True):
    """One line of the errata. kind: the verdict, or "mild". explanation: lines."""

    place: str
    kind: str
    mark: str
    about: str
    claimed: str
    right: str
    off: str
    explanation: tuple[str, ...]


class Open(Struct, frozen=True):
    """A claim that is undecided, or a part of the document that was not read."""

    place: str
    mark: str
    claim: str
    understood: str
    reason: str


class Read(Struct, frozen=True):
    """How a formula was read."""

    place: str
    source: str
    reading: tuple[str, ...]
    doubts: tuple[str, ...]


class Told(Struct, frozen=True):
    """All there is to print.

    kind: the verdict on the whole.  head: of the errata.  more: how many undecided claims are not listed, or "".
    facts: what else is known, each under a label; a label is "" where it goes on from the line above.
    """

    kind: str
    mark: str
    headline: str
    summary: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    undecided_head: str
    undecided: tuple[Open, ...]
    more: str
    unread_head: str
    unread: tuple[Open, ...]
    facts: tuple[tuple[str, str], ...]
    readings_head: str
    readings: tuple[Read, ...]


def tell(errata: Errata, document: Document, language: str = "en", *, explain: bool = False) -> Told:
    """Return what was found out, in words. Raises DeriveError for a language that there are none in.

    explain: whether the reading of every formula is told, and every claim that is undecided.
    """
    return Teller(errata, document, language).told(explain)


class Teller:
    """Puts what was found out about a document into words."""

    def __init__(self, errata: Errata, document: Document, language: str) -> None:
        self.errata, self.document = errata, document
        self.explainer = Explainer(document, errata.claims, language)
        self.words = self.explainer.words

    def told(self, explain: bool) -> Told:
        undecided = [claim for claim in self.errata.claims if claim.kind == "undecided" and not claim.finding]
        undecided.sort(key=_order)
        shown = undecided if explain else undecided[:MOST]
        hidden = len(undecided) - len(shown)
        return Told(
            self.errata.kind,
            self.verdict,
            self.headline(),
            self.summary(),
            tuple(self.words.plain("head").split("|")),
            tuple(self.rows()),
            self.words.plain("undecided_head"),
            tuple(map(self.open, shown)),
            self.words.plain("undecided_more", more=f"{hidden:,}") if hidden else "",
            self.words.plain("unread_head"),
            tuple(self.unread()),
            tuple(self.facts()),
            self.words.plain("readings_head"),
            tuple(self.readings()) if explain else (),
        )

    def headline(self) -> str:
        made = self.errata
        name = printable(made.name)
        refuted = made.count("refuted")
        if refuted:
            return self.words.plain("headline_errors", errors=self.words.number("errors", refuted), name=name)
        key = "open" if made.kind == "undecided" else "mild" if made.findings else "clean"
        return self.words.plain(f"headline_{key if made.claims else 'nothing'}", name=name)

    def summary(self) -> str:
        made = self.errata
        counts = {kind: f"{made.count(kind):,}" for kind in ("proved", "agrees", "refuted", "undecided")}
        text = self.words.plain("summary", claims=self.words.number("claims", len(made.claims)), **counts)
        mild = sum(claim.mild for claim in made.claims)
        return self.words.plain("summary_mild", summary=text, mild=f"{mild:,}") if mild else text

    @property
    def verdict(self) -> str:
        """The verdict on the whole, a sign and a word."""
        return f"{SIGNS[self.errata.kind]} {self.words.mark[self.errata.kind]}"

    def mark(self, claim: Claim) -> str:
        sign = MILD if claim.mild else SIGNS[claim.kind]
        return f"{sign} {self.words.verdict(claim)}"

    def rows(self) -> Iterator[Row]:
        """Yield the errata in the order of the document; what a cause means is said where it first comes up."""
        said = set()
        for claim in sorted(self.errata.findings, key=_order):
            made = self.explainer.explain(claim)
            lines = [made.short, "" if made.what in said else made.what, *made.more]
            said.add(made.what)
            yield Row(
                self.explainer.at(self.explainer.place(claim)), "mild" if claim.mild else claim.kind,
                self.mark(claim), short(claim.about), short(claim.claimed or claim.right), short(claim.correct),
                short(claim.off), tuple(filter(None, lines)),
            )  # fmt: skip

    def open(self, claim: Claim) -> Open:
        """Return what is known of a claim that is undecided."""
        known = short(claim.known)
        return Open(
            self.explainer.at(self.explainer.place(claim)), self.mark(claim), self.statement(claim),
            self.words.plain("understood", known=known) if known else "", line(self.words.why(claim.reason)),
        )  # fmt: skip

    def statement(self, claim: Claim) -> str:
        """Return a claim as one line: as it was understood, or as it is written."""
        understood = f"{claim.left} {claim.relation} {claim.right}".strip() if claim.left or claim.right else ""
        return short(understood or self.document.text[claim.start : claim.end])

    def unread(self) -> Iterator[Open]:
        for part in self.document.unread:
            source = short(self.document.text[part.start : part.end])
            yield Open(str(self.document.place(part.start)), "", source, "", line(self.words.why(part.why)))

    def facts(self) -> Iterator[tuple[str, str]]:
        label = self.words.plain("network_head")
        yield label, self.network()
        label = self.words.plain("names_head")
        for name in self.errata.names:
            key = "name_why" if name.why else "name"
            yield label, self.words.plain(key, written=line(name.written), meant=line(name.meant), why=line(name.why))
            label = ""
        key = "proof_chance" if self.errata.exponent else "proof_seed"
        yield (
            self.words.plain("proof_head"),
            self.words.plain(key, seed=str(self.errata.seed), exponent=str(self.errata.exponent)),
        )

    def network(self) -> str:
        """Return how the network behind the document was found."""
        if self.errata.network:
            return self.words.plain("network_given", network=line(self.errata.network))
        return self.words.plain("network_inferred" if self.errata.inferred else "network_none")

    def readings(self) -> Iterator[Read]:
        for reading in self.errata.readings:
            at = self.explainer.at(self.explainer.place_of(reading.start, reading.piece))
            lines = [line(each) for each in reading.reading.splitlines() if each.strip()]
            doubts = (
                self.words.plain("doubt", place=str(self.document.place(offset)), what=line(what))
                for offset, what in reading.doubts
            )
            yield Read(
                at, line(reading.source), tuple(lines) or (self.words.plain("reading_none"),), tuple(doubts)
            )  # fmt: skip


def _order(claim: Claim) -> tuple[int, int]:
    return claim.at, claim.number


def short(text: str) -> str:
    """Return text from a document on one line that is not endless."""
    made = line(text[: 4 * LONG])
    return made if len(made) <= LONG else made[: LONG - 1] + "…"


def tell_changes(
    errata: Errata, document: Document, changes: Sequence[Change], target: str, language: str = "en"
) -> Iterator[str]:
    """Yield what was changed in a corrected copy, and how much was not."""
    said = words(language)
    if changes:
        count = said.number("changes", len(changes))
        yield said.plain("changed_head", count=count, path=printable(target))
    else:
        yield said.plain("changed_none")
    for change in changes:
        key = "changed" if change.wrong else "changed_insert"
        place = str(document.place(change.start))
        yield f"  {said.plain(key, place=place, wrong=short(change.wrong), right=short(change.right))}"
    done = set(changes)
    left = sum(
        claim.kind == "refuted" and claim.cause is not Cause.FOLLOWS and not done.intersection(claim.changes)
        for claim in errata.claims
    )
    if left and changes:
        yield said.plain("changed_left", count=said.number("findings", left))
