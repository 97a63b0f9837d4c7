"""What was found out about documents, as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from math import isfinite
from typing import Any

from derive import __version__, diagnose
from derive.errata.explaining import Explainer
from derive.errata.findings import Claim, Errata
from derive.errata.telling import Teller
from derive.read.document import Document

VERSION = 1
LONG = 2_000  # characters of a claim's source that are repeated; its place says where all of it is
_HALVES = re.compile("[\ud800-\udfff]")

Judged = tuple[Errata, Document]


def overall(exit_codes: Iterable[int]) -> int:
    """Return the exit code of several documents: that of the worst. Refuted is worse than undecided."""
    return max(exit_codes, key=(0, 3, 1).index, default=0)


def as_data(errata: Errata, document: Document, language: str = "en") -> dict[str, Any]:
    """Return what was found out as JSON would have it. `version` counts up when a key changes its meaning.

    Offsets count the characters of the file, from 0; lines and columns from 1; ends are those of the next character.
    """
    teller = Teller(errata, document, language)
    return {
        "version": VERSION,
        "derive": __version__,
        "document": errata.name,
        "format": document.format,
        "network": errata.network or None,
        "inferred": errata.inferred or None,
        "verdict": errata.kind,
        "exit_code": errata.exit_code,
        "headline": teller.headline(),
        "summary": teller.summary(),
        "counts": {
            **{kind: errata.count(kind) for kind in ("proved", "agrees", "refuted", "undecided")},
            "mild": sum(claim.mild for claim in errata.claims),
        },
        "seed": errata.seed,
        "chance_of_error": {"power_of_2": errata.exponent} if errata.exponent else None,
        "claims": [_claim(claim, teller.explainer) for claim in errata.claims],
        "names": [{"written": each.written, "meant": each.meant, "why": each.why} for each in errata.names],
        "readings": [
            {
                **_span(reading.start, reading.end, reading.piece, teller.explainer), "source": reading.source,
                "reading": reading.reading or None,
                "doubts": [
                    {**_place(offset, reading.piece, teller.explainer), "offset": offset, "what": what}
                    for offset, what in reading.doubts
                ],
            }
            for reading in errata.readings
        ],
        "unread": [
            {**_span(part.start, part.end, -1, teller.explainer), "why": part.why} for part in document.unread
        ],
    }  # fmt: skip


def as_json(errata: Errata, document: Document, language: str = "en") -> str:
    """Return what was found out about a document as a JSON text."""
    return json_text(as_data(errata, document, language))


def all_as_json(judged: Sequence[Judged], language: str = "en") -> str:
    """Return what was found out about several documents as one JSON text."""
    code = overall(errata.exit_code for errata, _ in judged)
    documents = [as_data(errata, document, language) for errata, document in judged]
    return json_text({"version": VERSION, "derive": __version__, "exit_code": code, "documents": documents})


def _claim(claim: Claim, explainer: Explainer) -> dict[str, Any]:
    source = explainer.document.text
    said = explainer.explain(claim)
    return {
        "number": claim.number,
        **_span(claim.start, claim.end, claim.formula, explainer),
        "judged": _span(claim.at, claim.to, claim.formula, explainer),
        "source": source[claim.start : min(claim.end, claim.start + LONG)],
        "level": claim.level.name.lower(),
        "verdict": claim.kind,
        "mild": claim.mild,
        "left": claim.left, "relation": claim.relation, "right": claim.right,
        "about": claim.about or None,
        "claimed": claim.claimed or None,
        "correct": claim.correct or None,
        "off": claim.off or None,
        "cause": None if claim.cause is None else {
            "id": claim.cause.name.lower(), "title": explainer.words.of(claim.cause).title,
            "what": explainer.words.of(claim.cause).what, "detail": claim.detail or None,
        },
        "explanation": list(said.lines),
        "mistakes": [
            {
                "made": [{"id": each.id, "layer": each.layer or None, **_mistake(each.id, explainer)}
                         for each in match.mistakes],
                "fitted": {name: value for name, value in match.fitted if isfinite(value)},
            }
            for match in claim.mistakes
        ],
        "follows": claim.follows or None,
        "reason": claim.reason or None,
        "known": claim.known or None,
        "certain": claim.plain,
        "changes": [
            {**_span(change.start, change.end, claim.formula, explainer), "wrong": change.wrong, "right": change.right}
            for change in claim.changes
        ],
    }  # fmt: skip


def _mistake(id: str, explainer: Explainer) -> dict[str, str]:
    known = diagnose.words(explainer.language).get(id)
    return {} if known is None else {"title": known.title, "what": known.what, "mend": known.mend}


def _place(offset: int, piece: int, explainer: Explainer) -> dict[str, Any]:
    place = explainer.place_of(offset, piece)
    return {"line": place.line, "column": place.column, "cell": place.cell or None}


def _span(start: int, end: int, piece: int, explainer: Explainer) -> dict[str, Any]:
    stop = explainer.document.place(max(0, end))
    return {
        **_place(start, piece, explainer), "end_line": stop.line, "end_column": stop.column, "start": start, "end": end
    }  # fmt: skip


def json_text(data: Mapping[str, Any]) -> str:
    """Return data as a JSON text that every program can read."""
    made = StringIO()  # and not json.dumps, which keeps every comma as a text of its own until the end
    json.dump(data, made, indent=2, ensure_ascii=False, allow_nan=False)
    text = made.getvalue()
    # Half a surrogate pair is no character, and many programs would refuse the whole text for it.
    return _HALVES.sub("\ufffd", text) if _HALVES.search(text) else text
