"""From a document to its errata."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from derive.errata.choosing import choose, told
from derive.errata.findings import Cause, Claim, Errata, Level, Reading
from derive.errata.inferring import Inferred, gather, infer
from derive.errata.judging import Judge
from derive.errata.listings import Listings
from derive.errata.reading import Placed, formulas
from derive.errata.sentences import Sentences
from derive.errata.side import NOTHING, Side
from derive.errata.surroundings import Surroundings
from derive.errata.tables import Tables, given_in_rows
from derive.errata.world import LayeredWorld, ModelWorld, World
from derive.errata.writing import reading
from derive.errors import DeriveError
from derive.read.document import Document
from derive.read.written.tree import Name
from derive.spec import Model, Spec, loads

CLAIMS = 20_000  # of a document that are judged: a script of 500 pages has as many
NEAR = 3  # pieces between values that are given together

Progress = Callable[[str, int, int], None]


def check(
    document: Document,
    *,
    spec: Spec | Model | None = None,
    side: Mapping[str, object] | None = None,
    decimal_comma: bool = False,
    seed: int | None = None,
    progress: Progress = lambda what, done, whole: None,
    workers: int | None = 1,
) -> Errata:
    """Return every claim in a document with its verdict, and what is wrong explained.

    spec: the network that it is about; taken from the document itself where none is given.
    side: what stands in no formula of the document; see `derive.errata.side`.
    decimal_comma: whether 0,5 is a half.
    seed: of every random choice; drawn afresh if None, so that no document can know it beforehand.
    workers: in how many processes the formulas of a long document are read at the most; None: one for each core.

    Raises DeriveError where an argument is no good.
    """
    seed = secrets.randbits(32) if seed is None else seed
    progress("reading", 0, 1)
    added = Side.of(side) + Side.of(document.front)
    spec = spec or added.network()
    placed = formulas(document, decimal_comma, workers)
    inferred: Inferred | None = None
    if spec is None:
        inferred = _inferred(document, placed, added)
    world = _world(spec, inferred, seed)
    if spec is None:
        _opened(world, placed, added)
    chosen = choose(world, placed, added.names(world))
    judge = Judge(world, chosen.ref(world), chosen.layers, placed, Surroundings(document))
    _go_through(document, placed, judge, progress)
    claims = _numbered(_alone(judge.claims))
    return Errata(
        name=document.name, network=world.network if spec is not None else "", claims=claims,
        readings=tuple(_reading(each) for each in placed), names=told(world, chosen, placed),
        inferred=inferred.text if inferred else "", seed=seed, exponent=judge.exponent,
    )  # fmt: skip


def _opened(world: World, placed: Sequence[Placed], added: Side) -> None:
    """Let names that nothing defines stand for anything, and those that the document defines for what it says."""
    world.open = world.inferred = True
    found = gather(placed)
    for plain, several in found.definitions.items():
        world.pending[plain] = several[0][1]
    for plain, (_, value) in {**found.values, **added.values}.items():
        if plain not in found.definitions:
            world.given.setdefault(plain, Fraction(value))


def _go_through(document: Document, placed: Sequence[Placed], judge: Judge, progress: Progress) -> None:
    """Judge formulas, sentences, tables and programs in the order of the document."""
    by_piece: dict[int, list[int]] = {}
    for number, each in enumerate(placed):
        by_piece.setdefault(each.piece, []).append(number)
    prose = Sentences(judge, document, placed)
    tables = Tables(judge, document)
    listings = Listings(judge, document)
    for place, piece in enumerate(document.pieces):
        progress("judging", place, len(document.pieces))
        if len(judge.claims) > CLAIMS:
            judge.claims.append(_rest(document, place, len(judge.claims) + 1))
            break
        for number in by_piece.get(place, ()):
            judge.formula(number)
        if piece.kind == "prose":
            prose.piece(place)
        elif piece.kind == "row":
            tables.row(place)
        elif piece.kind == "code":
            listings.piece(place)


def _rest(document: Document, place: int, number: int) -> Claim:
    """Return the claim that stands for all that is no longer judged, from a piece of the document on."""
    start, end = document.pieces[place].extract.span(0, len(document.pieces[place].extract))
    why = f"more than {CLAIMS:,} claims: from here on nothing is judged"
    return Claim(
        number=number, formula=place, level=Level.EQUALITY, kind="undecided", start=start, end=end, at=start, to=end,
        reason=why,
    )  # fmt: skip


def _alone(claims: Sequence[Claim]) -> list[Claim]:
    """Return claims, those undecided that give a value to a name which means something else there.

    A document may call other things w1, or try other learning rates: a value that nothing explains is wrong only
    where others are given next to it that are right.
    """
    right = sorted(claim.formula for claim in claims if claim.level is Level.GIVEN and claim.kind == "proved")
    made = []
    for claim in claims:
        unexplained = claim.level is Level.GIVEN and claim.kind == "refuted" and claim.cause is Cause.UNEXPLAINED
        if unexplained and not any(abs(other - claim.formula) <= NEAR for other in right):
            why = f"the network has {claim.correct} there"
            claim = replace(claim, kind="undecided", cause=None, reason=why, changes=(), plain=False)
        made.append(claim)
    return made


def _numbered(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return claims in the order of the text, numbered anew."""
    order = sorted(range(len(claims)), key=lambda at: (claims[at].at, claims[at].to, at))
    new = {claims[at].number: place for place, at in enumerate(order, 1)}
    return tuple(
        replace(claims[at], number=new[claims[at].number], follows=new.get(claims[at].follows, 0)) for at in order
    )


def _inferred(document: Document, placed: Sequence[Placed], added: Side = NOTHING) -> Inferred | None:
    values: dict[str, tuple[Name, Decimal]] = dict(added.values)
    for name, value in given_in_rows(document):
        values.setdefault(name.plain, (name, value))
    return infer(gather((*added.equations, *placed), values))


def _world(spec: Spec | Model | None, inferred: Inferred | None, seed: int) -> World:
    if isinstance(spec, Spec):
        return LayeredWorld(spec, seed)
    if isinstance(spec, Model):
        return ModelWorld(spec, seed)
    if inferred is not None:
        try:
            made = loads(inferred.text, source="the document")
        except DeriveError:
            made = None
        if isinstance(made, Model):
            world = ModelWorld(made, seed, inferred.names)
            world.rated = "learning_rate" in inferred.text
            return world
    return World(None, None, seed)


def _reading(placed: Placed) -> Reading:
    start, end = placed.span(0, len(placed.extract))
    doubts = tuple((placed.span(a, b)[0], why) for a, b, why in placed.formula.doubts)
    return Reading(placed.piece, start, end, placed.extract.text, reading(placed.formula), doubts)
