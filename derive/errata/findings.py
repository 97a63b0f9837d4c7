"""What is said of a document: every claim in it with its verdict, and what is found wrong. Types only."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from derive.diagnose import Match

Kind = Literal["proved", "agrees", "refuted", "undecided"]


class Level(StrEnum):
    """What kind of claim it is. The values are keys for catalogues of words."""

    ARITHMETIC = "arithmetic"  # numbers on both sides
    SUBSTITUTION = "substitution"  # numbers put into the formula before them
    VALUE = "value"  # a number for a named quantity or a derivative
    EQUALITY = "equality"  # two formulas
    STRUCTURE = "structure"  # a chain of derivatives
    GIVEN = "given"  # the value of what is given: an input, a target, a weight
    DEFINITION = "definition"  # a name for a formula, first seen here
    TRAINING = "training"  # a statement about what comes after so many updates
    LISTING = "listing"  # a number in a program


class Cause(StrEnum):
    """What explains a finding. The values are keys for catalogues of words."""

    SWAPPED = "digits swapped"
    DROPPED = "digit dropped"
    DOUBLED = "digit too many"
    DIGIT = "one digit wrong"
    POINT = "decimal point moved"
    SIGN = "sign"
    TRUNCATED = "truncated instead of rounded"
    EARLY = "rounded early"
    LAST = "last digit"
    NEIGHBOUR = "value of another quantity"
    EARLIER = "value from elsewhere in the document"
    INDEX = "index slip"
    TARGET = "target of another output"
    BIAS = "bias of another layer"
    SWAP = "names swapped"
    TERM_MISSING = "term missing"
    TERM_EXTRA = "term too many"
    FACTOR_MISSING = "factor missing"
    FACTOR_EXTRA = "factor too many"
    SLOPE_MISSING = "slope of the activation missing"
    SLOPE_EXTRA = "slope of the activation too many"
    SLOPE_OF = "slope of the activation at the wrong place"
    EXPONENT = "minus missing in the exponent"
    CONSTANT = "constant factor"
    POWER = "power"
    CHAIN = "the chain does not cancel"
    OPERATION = "wrong operation"
    INSERTED = "another number put in"
    MISTAKE = "known mistake"
    FOLLOWS = "follows from an earlier error"
    LISTING = "the listing differs from the text"
    UNEXPLAINED = "unexplained"


MILD = (Cause.TRUNCATED, Cause.EARLY)
"""Findings that leave a claim standing: it says what it should, with less care than it could."""


class Change(Struct, frozen=True):
    """What would mend a claim: `wrong`, from `start` up to `end` in the file's text, should be `right`."""

    start: int
    end: int
    wrong: str
    right: str


class Claim(Struct, frozen=True, kw_only=True):
    """One claim, and what became of it.

    number: its place in the document's list of claims, from 1.
    formula: the piece of the document that it stands in, by its number in `Document.pieces`.
    start, end: where the whole claim stands in the file's text; at, to: where that part of it which is judged does.
    left, right: its two sides as they were understood, as plain text.  relation: "=", "≈", "→", …
    about: the quantity that it is about, as plain text; "" where it is about none.
    claimed: what it says; correct: what is right; off: by how much, relatively or in units of the last digit. Of
        formulas, the formula and the right one.
    cause: what explains it, where it is refuted, or where it stands but for a mild finding.
    detail: what the cause is about ("w7 stands for w5"), as plain text.
    mistakes: of `Cause.MISTAKE`, the mistakes of the table that it may be.
    follows: the number of the claim that it follows from, 0 for none.
    reason: why it is undecided.
    known: what was understood so far of a claim that is undecided.
    changes: what would mend it.  plain: whether the right number is certain enough for a correction to be written.
    """

    number: int
    formula: int
    level: Level
    kind: Kind
    start: int
    end: int
    at: int
    to: int
    left: str = ""
    relation: str = "="
    right: str = ""
    about: str = ""
    claimed: str = ""
    correct: str = ""
    off: str = ""
    cause: Cause | None = None
    detail: str = ""
    mistakes: tuple[Match, ...] = ()
    follows: int = 0
    reason: str = ""
    known: str = ""
    changes: tuple[Change, ...] = ()
    plain: bool = False

    @property
    def finding(self) -> bool:
        """Whether it belongs into a list of errata."""
        return self.kind == "refuted" or self.cause is not None

    @property
    def mild(self) -> bool:
        return self.kind != "refuted" and self.cause in MILD


class Reading(Struct, frozen=True):
    """How a formula was read.

    piece: its number in `Document.pieces`.  start, end: where it stands in the file's text.
    source: as it is written.  reading: as it was understood, a line for each statement; "" where nothing was.
    doubts: what was not understood in it, each with its place in the file's text.
    """

    piece: int
    start: int
    end: int
    source: str
    reading: str
    doubts: tuple[tuple[int, str], ...] = ()


class Named(Struct, frozen=True):
    """A name of the author's, and what it stands for: "z_1" is net_h1 of the network, because of `why`."""

    written: str
    meant: str
    why: str


class Errata(Struct, frozen=True, kw_only=True):
    """All that was found out about a document.

    network: the name of the network that it was judged against; "" for what the document says itself.
    claims: in the order of the document.
    readings: of every formula.  names: what the author's names were taken for.
    inferred: a network that was taken from the document, as the text of a spec; "" where there is none.
    seed: of every random choice; exponent: the chance of a false proof is below 2^exponent, 0 for no proofs by chance.
    """

    name: str
    network: str
    claims: tuple[Claim, ...]
    readings: tuple[Reading, ...] = ()
    names: tuple[Named, ...] = ()
    inferred: str = ""
    seed: int = 0
    exponent: int = 0

    @property
    def findings(self) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if claim.finding)

    def count(self, kind: Kind) -> int:
        return sum(claim.kind == kind for claim in self.claims)

    @property
    def kind(self) -> Kind:
        """The verdict on the whole: what is worst in it."""
        for kind in ("refuted", "undecided", "agrees"):
            if self.count(kind):
                return kind
        return "proved" if self.claims else "undecided"

    @property
    def exit_code(self) -> int:
        """0 for proved or agrees, 1 for refuted, 3 for undecided."""
        return {"refuted": 1, "undecided": 3}.get(self.kind, 0)
