"""What was found out about documents, for those who show it in the margin: SARIF, and annotations of GitHub."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from derive import __version__
from derive.errata.data import Judged, json_text, overall
from derive.errata.explaining import line
from derive.errata.findings import Cause, Claim, Errata
from derive.errata.mending import mendable, written
from derive.errata.telling import Teller, short
from derive.errata.wording import words
from derive.read.document import Document

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LANGUAGES = {"en": "en-US", "zh": "zh-CN"}


# ── SARIF ────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_sarif(judged: Sequence[Judged], language: str = "en") -> str:
    """Return findings, undecided claims and what was not read as SARIF 2.1.0."""
    made = words(language)
    rules = [
        {
            "id": _rule(cause), "name": cause.name.title().replace("_", ""),
            "shortDescription": {"text": made.of(cause).title}, "fullDescription": {"text": made.of(cause).what},
        }
        for cause in Cause
    ] + [
        {"id": id, "name": id.title(), "shortDescription": {"text": made.plain(f"{id}_head")}}
        for id in ("undecided", "unread")
    ]  # fmt: skip
    numbers = {str(rule["id"]): number for number, rule in enumerate(rules)}
    results = [result for errata, document in judged for result in _results(errata, document, language)]
    for result in results:
        result["ruleIndex"] = numbers[result["ruleId"]]
    run = {
        "tool": {"driver": {"name": "derive", "version": __version__, "rules": rules}},
        "invocations": [
            {"executionSuccessful": True, "exitCode": overall(errata.exit_code for errata, _ in judged)}
        ],
        "language": _LANGUAGES.get(language, language),
        "columnKind": "unicodeCodePoints",
        "results": results,
    }  # fmt: skip
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(cause: Cause | None) -> str:
    return (cause or Cause.UNEXPLAINED).name.lower().replace("_", "-")


def _results(errata: Errata, document: Document, language: str) -> Iterator[dict[str, Any]]:
    teller = Teller(errata, document, language)
    where = {"uri": _uri(document.name)}
    if "://" not in where["uri"]:
        where["uriBaseId"] = "%SRCROOT%"

    def at(start: int, end: int) -> dict[str, Any]:
        return {"physicalLocation": {"artifactLocation": where, "region": _region(start, end, document)}}

    for claim in errata.claims:
        if not _told(claim):
            continue
        result: dict[str, Any] = {
            "ruleId": _rule(claim.cause) if claim.finding else "undecided",
            "level": _level(claim),
            "message": {"text": message(claim, teller)},
            "locations": [at(claim.at, claim.to)],
        }
        if mendable(claim):
            replaced = [
                {
                    "deletedRegion": _region(change.start, change.end, document),
                    "insertedContent": {"text": written(change, document)},
                }
                for change in claim.changes
            ]
            result["fixes"] = [{"artifactChanges": [{"artifactLocation": where, "replacements": replaced}]}]
        yield result
    for part in document.unread:
        text = f"{teller.words.plain('unread_head')}: {line(teller.words.why(part.why))}"
        yield {
            "ruleId": "unread", "level": "note", "message": {"text": text}, "locations": [at(part.start, part.end)]
        }  # fmt: skip


def _told(claim: Claim) -> bool:
    return claim.finding or claim.kind == "undecided"


def _level(claim: Claim) -> str:
    return "error" if claim.kind == "refuted" else "warning" if claim.finding else "note"


def message(claim: Claim, teller: Teller) -> str:
    """Return a finding, or a claim that is undecided, as one line."""
    say = teller.words.plain
    if not claim.finding:
        open_ = teller.open(claim)
        parts = [f"{teller.words.verdict(claim)}: {open_.claim}", open_.understood, open_.reason]
        return "; ".join(filter(None, parts))
    claimed = f"{claim.about} {claim.relation} {claim.claimed}" if claim.about and claim.claimed else claim.claimed
    numbers = [("claimed", claimed), ("right", claim.correct), ("off", claim.off)]
    said = "; ".join(f"{say(key)} {short(text)}" for key, text in numbers if text)
    lines = (
        f"{teller.words.verdict(claim)}: {said or teller.statement(claim)}",
        *teller.explainer.explain(claim).lines,
    )
    return " ".join(each if each.endswith((".", "。")) else f"{each}." for each in lines)


def _region(start: int, end: int, document: Document) -> dict[str, int]:
    first, last = document.place(max(0, start)), document.place(max(0, start, end))
    return {
        "startLine": first.line, "startColumn": first.column, "endLine": last.line, "endColumn": last.column
    }  # fmt: skip


def _uri(name: str) -> str:
    """Return a file's name as a reference: by the directory that it is looked at from, where it is inside."""
    path = Path(os.path.relpath(name)) if _inside(name) else Path(os.path.abspath(name))
    try:
        made = quote(os.fsencode(path.as_posix()))
    except UnicodeEncodeError:  # half a character, which no file system of ours has
        made = quote(path.as_posix().encode("utf-8", "replace"))
    if path.is_absolute():
        return f"file://{made}" if made.startswith("/") else f"file:///{made}"
    return made


def _inside(name: str) -> bool:
    try:
        return Path(os.path.abspath(name)).is_relative_to(Path.cwd())
    except (OSError, ValueError):
        return False


# ── GitHub ───────────────────────────────────────────────────────────────────────────────────────────────────────


def as_github(errata: Errata, document: Document, language: str = "en") -> list[str]:
    """Return the commands, a line each, by which a GitHub workflow annotates the document."""
    teller = Teller(errata, document, language)
    name = Path(document.name).as_posix()
    made = []
    for claim in errata.claims:
        if not _told(claim):
            continue
        region = _region(claim.at, claim.to, document)
        properties = {"file": name, "line": region["startLine"], "endLine": region["endLine"]}
        if region["startLine"] == region["endLine"]:  # columns are refused elsewhere
            properties |= {"col": region["startColumn"], "endColumn": region["endColumn"]}
        properties["title"] = (
            teller.words.of(claim.cause or Cause.UNEXPLAINED).title
            if claim.finding else teller.words.plain("undecided_head")
        )  # fmt: skip
        listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
        kind = {"error": "error", "warning": "warning", "note": "notice"}[_level(claim)]
        made.append(f"::{kind} {listed}::{_message(message(claim, teller))}")
    return made


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
