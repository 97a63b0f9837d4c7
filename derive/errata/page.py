"""A document as an annotated page: one HTML file that needs nothing else, with MathML for formulas and no scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from html import escape
from importlib import resources
from itertools import groupby

from derive.errata.findings import Claim, Errata, Reading
from derive.errata.listing import Listing, anchor
from derive.errata.marking import Span, visible, woven
from derive.errata.mathml import Converter
from derive.errata.telling import Teller
from derive.read.document import Document, Extract, Piece
from derive.render.terminal import SIGNS

_FEW = 4  # claims of a formula that each have a mark of their own
_WORST = ("refuted", "mild", "undecided", "agrees", "proved")


def page(errata: Errata, document: Document, language: str = "en") -> str:
    """Return a page on a document: the errata, then the document itself with a verdict at each of its claims."""
    writer = _Writer(errata, document, language)
    title = visible(writer.words.plain("contents", name=errata.name))
    css = (resources.files("derive.render") / "page.css").read_text("utf-8")
    own = (resources.files("derive.errata") / "page.css").read_text("utf-8")
    body = "\n".join(writer.pieces())
    return f"""<!DOCTYPE html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{_plain(title)}</title>
<style>
{css}{own}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p class="subtitle">{escape(writer.words.plain("page_lead"))}</p>
</header>
{Listing(writer.teller).all()}
<main>
<h2>{escape(writer.words.plain("document_head"))}</h2>
{body}
</main>
</body>
</html>
"""


class _Writer:
    """Writes the pieces of a document in their order, each with the claims that stand in it."""

    def __init__(self, errata: Errata, document: Document, language: str) -> None:
        self.teller = Teller(errata, document, language)
        self.words, self.document = self.teller.words, document
        self.listing = Listing(self.teller)
        self.converter = Converter()
        self.claims: dict[int, list[Claim]] = {}
        for claim in errata.claims:
            self.claims.setdefault(claim.formula, []).append(claim)
        self.readings: dict[int, Reading] = {reading.piece: reading for reading in errata.readings}
        self.inner: dict[int, list[int]] = {}
        for number, piece in enumerate(document.pieces):
            if piece.within >= 0:
                self.inner.setdefault(piece.within, []).append(number)

    def pieces(self) -> Iterator[str]:
        outer = [(number, piece) for number, piece in enumerate(self.document.pieces) if piece.within < 0]
        for kind, group in groupby(outer, key=lambda each: each[1].kind):
            each = list(group)
            if kind == "row":
                yield self.table(each)
            else:
                yield from (self.piece(number, piece) for number, piece in each)

    def piece(self, number: int, piece: Piece) -> str:
        if piece.kind == "formula":
            return self.formula(number, piece)
        if piece.kind == "code":
            marked = woven(_trimmed(piece.extract), self.marks(self.claims.get(number, ())), breaks=True)
            return f"<pre><code>{marked}</code></pre>{self.cards([number])}"
        tag = "h3" if piece.kind == "heading" else "p"
        inner = self.inner.get(number, [])
        return f"<{tag}>{self.prose(number, piece.extract)}</{tag}>{self.cards([number, *inner])}"

    def table(self, rows: Sequence[tuple[int, Piece]]) -> str:
        made = []
        for number, piece in rows:
            cells, at = [], 0
            for text in piece.text.split("\t"):
                cells.append(f"<td>{self.prose(number, piece.extract[at : at + len(text)])}</td>")
                at += len(text) + 1
            made.append(f"<tr>{''.join(cells)}</tr>")
        numbers = [each for number, _ in rows for each in (number, *self.inner.get(number, ()))]
        lines = "\n".join(made)
        return f'<div class="scroll" tabindex="0"><table class="own">{lines}</table></div>{self.cards(numbers)}'

    # ── Prose ────────────────────────────────────────────────────────────────────────────────────────────────────

    def prose(self, number: int, extract: Extract) -> str:
        """Return prose with its formulas, and a verdict at each claim."""
        spans = [
            Span(*_span(self.document.pieces[each]), partial(self.inline, each), formula=True)
            for each in self.inner.get(number, ())
        ]
        claims = self.claims.get(number, ())
        return woven(extract, [*spans, *self.marks(claims), *self.badges(claims)])

    def inline(self, number: int, text: str) -> str:
        piece = self.document.pieces[number]
        made = self.converter.mathml(piece.text, display=False) if piece.writing == "latex" else ""
        shown = made or f"<code>{visible(piece.text)}</code>"
        claims = self.claims.get(number, ())
        if not claims:
            return shown
        return f'<span class="claim {_worst(claims)}">{shown}{self.tally(claims)}</span>'

    def tally(self, claims: Iterable[Claim]) -> str:
        """Return the verdicts on several claims, each a sign and a word, and how often where more than once."""
        made = []
        counted = Counter(map(_kind, claims))
        for kind in _WORST:
            if count := counted[kind]:
                times = f" ×{count}" if count > 1 else ""
                made.append(f"{self.mark(kind)}{times}")
        return f' <span class="tally">{" ".join(f"<span>{each}</span>" for each in made)}</span>'

    def mark(self, kind: str) -> str:
        return f'<span class="mark {kind}">{SIGNS.get(kind, "~")} {escape(self.words.mark[kind])}</span>'

    def marks(self, claims: Iterable[Claim]) -> Iterator[Span]:
        """Yield what is wrong in the source, and what would be right there."""
        for claim in claims:
            if not claim.finding:
                continue
            kind = "mild" if claim.mild else "refuted"
            for change in claim.changes:
                yield Span(change.start, change.end, partial(self.wrong, kind, change.right))
            if not claim.changes:
                yield Span(claim.at, claim.to, partial(self.wrong, kind, ""))

    def wrong(self, kind: str, right: str, text: str) -> str:
        word = self.words.plain("wrong") if kind == "refuted" else self.words.mark["mild"]
        made = f'<mark class="{kind}">{text} <span class="word">{escape(word)}</span></mark>'
        if right:
            label = escape(self.words.plain("right"))
            made += f' <ins>{visible(right)} <span class="word">{label}</span></ins>'
        return made

    def badges(self, claims: Iterable[Claim]) -> Iterator[Span]:
        for claim in claims:
            if not claim.finding:
                yield Span(claim.start, claim.end, partial(self.badge, claim))

    def badge(self, claim: Claim, text: str) -> str:
        return f"{text}{self.tally([claim])}"

    # ── Formulas ─────────────────────────────────────────────────────────────────────────────────────────────────

    def formula(self, number: int, piece: Piece) -> str:
        """Return a formula that stands by itself: rendered, its verdicts, its source and how it was read."""
        claims = self.claims.get(number, ())
        made = self.converter.mathml(piece.text, display=True) if piece.writing == "latex" else ""
        shown = f'<div class="math" tabindex="0">{made}</div>' if made else ""
        place = self.teller.explainer.at(self.teller.explainer.place_of(_span(piece)[0], number))
        head = f'<p class="place">{escape(place)}{self.chips(claims)}</p>'
        source = f"<pre><code>{woven(_trimmed(piece.extract), self.marks(claims), breaks=True)}</code></pre>"
        reading = self.reading(number)
        opened = " open" if not made or any(map(_telling, claims)) else ""
        label = escape(self.words.plain("source"))
        details = f"<details{opened}><summary>{label}</summary>{source}{reading}</details>"
        return f'<div class="formula {_worst(claims)}">{shown}{head}{details}{self.cards([number])}</div>'

    def chips(self, claims: Sequence[Claim]) -> str:
        if not claims:
            return ""
        if len(claims) > _FEW:
            return self.tally(claims)
        made = [f'{self.mark(_kind(claim))} <span class="level">{self.level(claim)}</span>' for claim in claims]
        return f' <span class="tally">{" ".join(f"<span>{each}</span>" for each in made)}</span>'

    def level(self, claim: Claim) -> str:
        return escape(self.words.level_of(claim.level))

    def reading(self, number: int) -> str:
        reading = self.readings.get(number)
        if reading is None:
            return ""
        text = f"<code>{visible(reading.reading, breaks=True)}</code>" if reading.reading else ""
        label = escape(self.words.plain("understood_label"))
        made = f'<p class="reading"><span class="label">{label}</span> {text}</p>' if text else ""
        for offset, what in reading.doubts:
            said = self.words.plain("doubt", place=str(self.document.place(offset)), what=what)
            made += f'<p class="reading">? {visible(said)}</p>'
        return made

    # ── Cards ────────────────────────────────────────────────────────────────────────────────────────────────────

    def cards(self, numbers: Iterable[int]) -> str:
        """Return what there is to say of the claims in pieces of the document that are wrong or undecided."""
        claims = [claim for number in numbers for claim in self.claims.get(number, ()) if _telling(claim)]
        return "".join(map(self.card, sorted(claims, key=lambda claim: (claim.at, claim.number))))

    def card(self, claim: Claim) -> str:
        kind = _kind(claim)
        place = self.teller.explainer.at(self.teller.explainer.place(claim))
        head = f'{self.mark(kind)} <a href="#errata">{escape(place)}</a> <span class="level">{self.level(claim)}</span>'
        body = self.listing.finding(claim) if claim.finding else self.listing.undecided(claim)
        source = self.source(claim)
        return f'<div class="card {kind}" id="{anchor(claim)}"><p class="head">{head}</p>{source}{body}</div>'

    def source(self, claim: Claim) -> str:
        """Return the source of a formula in prose, which does not stand by itself."""
        piece = self.document.pieces[claim.formula]
        if piece.kind != "formula" or piece.within < 0:
            return ""
        return f"<pre><code>{woven(piece.extract, self.marks([claim]), breaks=True)}</code></pre>"


def _kind(claim: Claim) -> str:
    return "mild" if claim.mild else claim.kind


def _telling(claim: Claim) -> bool:
    return claim.finding or claim.kind == "undecided"


def _worst(claims: Iterable[Claim]) -> str:
    kinds = set(map(_kind, claims))
    return next((kind for kind in _WORST if kind in kinds), "none")


def _span(piece: Piece) -> tuple[int, int]:
    return piece.extract.span(0, len(piece.extract))


def _trimmed(extract: Extract) -> Extract:
    """Return an extract without empty space around it."""
    text = extract.text
    start = len(text) - len(text.lstrip())
    return extract[start : max(start, len(text.rstrip()))]


def _plain(html: str) -> str:
    """Return HTML without elements, for a title, which has none."""
    return html.replace('<span class="escape">', "").replace("</span>", "")
