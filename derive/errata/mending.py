"""A corrected copy of a document: what is plainly wrong put right, and everything else byte for byte."""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections.abc import Callable
from html import escape

from derive.errata.findings import Change, Claim, Errata
from derive.errors import DeriveError
from derive.read.document import Document, Format

_AS_WRITTEN: dict[Format, Callable[[str], str]] = {
    "notebook": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "html": lambda text: escape(text, quote=False),
}
"""How text is written inside a file of a format that does not have it as it is."""


def mend(document: Document, errata: Errata) -> tuple[str, list[Change]]:
    """Return the corrected text of a document, and the changes that were made, in their order.

    Only claims are mended whose right side is certain, each wholly or not at all. Of two that would change the same
    place in different ways, the first is; a change that does not find what it would replace is not made.
    """
    made: list[Change] = []  # in their order, and none over another
    for claim in errata.claims:
        if mendable(claim) and all(_fits(change, document.text) for change in claim.changes):
            new: list[Change] = []
            for change in dict.fromkeys(claim.changes):
                near = [*_around(change, made), *new]
                if change in near:
                    continue
                if any(_overlap(change, other) for other in near):
                    break
                new.append(change)
            else:
                for change in new:
                    insort(made, change, key=_place)
    parts, at = [], 0
    for change in made:
        parts += [document.text[at : change.start], written(change, document)]
        at = change.end
    return "".join([*parts, document.text[at:]]), made


def written(change: Change, document: Document) -> str:
    """Return what is right as it is written inside a file of the document's format."""
    return _AS_WRITTEN.get(document.format, str)(change.right)


def mendable(claim: Claim) -> bool:
    """Return whether a claim is wrong, and what is right is certain enough to be written."""
    return claim.plain and bool(claim.changes) and claim.finding and claim.kind != "undecided"


def encoded(document: Document, text: str, original: bytes) -> bytes:
    """Return a changed text of a document as its file would have it.

    original: what the file holds. Raises DeriveError where its text is not kept byte for byte.
    """
    mark = b"\xef\xbb\xbf" if document.bom else b""
    try:
        if mark + document.text.encode("utf-8") == original:
            return mark + text.encode("utf-8")
    except UnicodeEncodeError:
        pass
    raise DeriveError(
        "no copy of this file can be written in which everything else stays as it is", where=document.name,
        allowed="a file in UTF-8 that does not change meanwhile", hint="convert it to UTF-8 first",
    )  # fmt: skip


def _fits(change: Change, text: str) -> bool:
    return 0 <= change.start <= change.end <= len(text) and text[change.start : change.end] == change.wrong


def _place(change: Change) -> tuple[int, int]:
    return change.start, change.end


def _around(change: Change, made: list[Change]) -> list[Change]:
    """Return the changes next to one; no others can be in its way."""
    at = bisect_left(made, _place(change), key=_place)
    return made[max(0, at - 2) : at + 2]


def _overlap(one: Change, other: Change) -> bool:
    return (one.start < other.end and other.start < one.end) or (one.start, one.end) == (other.start, other.end)
