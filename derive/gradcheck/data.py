"""An outcome for programs: as JSON, and as JUnit XML."""

from __future__ import annotations

import json
from fractions import Fraction
from math import isfinite
from typing import Any
from xml.etree import ElementTree as Xml

from derive import __version__, diagnose
from derive.check.verdict import Agrees, Proved, Verdict, word
from derive.gradcheck.conventions import words
from derive.gradcheck.telling import Told, tell
from derive.gradcheck.verdicts import Convention, Outcome, Row

VERSION = 1
MOST = 2_000  # test cases


def as_data(outcome: Outcome, network: str, language: str = "en") -> dict[str, Any]:
    """Return an outcome as JSON would have it. `version` counts up when a key changes its meaning."""
    told = tell(outcome, network, language)
    mistakes = diagnose.words(language)
    return {
        "version": VERSION,
        "derive": __version__,
        "network": network,
        "program": outcome.name,
        "verdict": outcome.kind,
        "exit_code": outcome.exit_code,
        "headline": told.headline,
        "seed": outcome.seed,
        "isolation": outcome.isolation,
        "parameters": [_row(row) for row in outcome.rows],
        "loss": None if outcome.loss is None else _row(outcome.loss),
        "own_loss": None if outcome.own_loss is None else word(outcome.own_loss),
        "chance_of_error": _chance(outcome.verdict),
        "samples": list(outcome.samples),
        "neurons_on_both_sides": list(outcome.both_sides),
        "combinations_of_sides": outcome.patterns,
        "comparisons": [{"line": line, "signs": list(signs)} for line, signs in outcome.tests],
        "called": dict(outcome.facts),
        "convention": _convention(outcome.convention),
        "right_by_convention": None if outcome.deviates is None else _convention(outcome.deviates),
        "mistakes": [
            {
                "made": [
                    {
                        "id": each.id, "layer": each.layer or None, "title": mistakes[each.id].title,
                        "what": mistakes[each.id].what, "mend": mistakes[each.id].mend,
                        "formula": diagnose.MISTAKES[each.id].formula, "source": diagnose.MISTAKES[each.id].source,
                    }
                    for each in match.mistakes
                ],
                "fitted": {name: value for name, value in match.fitted if isfinite(value)},
            }
            for match in outcome.matches
        ],
        "place": None if outcome.place is None else {
            "line": outcome.place.line, "function": outcome.place.function, "text": outcome.place.text,
            "variable": outcome.place.variable or None, "quantity": outcome.place.quantity or None,
            "right_up_to": outcome.place.right or None,
        },
        "layer": outcome.layer or None,
        "contradicts": None if outcome.contradicted is None else {
            "step": outcome.contradicted.step, "rule": outcome.contradicted.rule,
            "text": outcome.contradicted.text, "latex": outcome.contradicted.latex or None,
        },
        "reason": None if outcome.reason is None else {
            "key": outcome.reason.why.name.lower(), "detail": outcome.reason.detail,
            "line": outcome.reason.line or None, "hint": outcome.reason.hint or None,
        },
        "output": outcome.output,
    }  # fmt: skip


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name, "verdict": row.kind, "expected": row.expected or None, "found": row.found or None,
        "reason": row.why.name.lower() if row.why else None,
    }  # fmt: skip


def _chance(verdict: Verdict) -> dict[str, int] | None:
    """Return the bound on the chance that a proof is false, as a power of 2; the digits where numbers agree."""
    if isinstance(verdict, Proved) and verdict.exponent is not None:
        return {"power_of_2": verdict.exponent}
    return {"digits": verdict.digits} if isinstance(verdict, Agrees) else None


def _convention(convention: Convention) -> dict[str, Any]:
    def plain(x: Fraction) -> str:
        return str(x)

    named = None if convention.rate else words(convention)
    return {
        "words": list(named) if named is not None else None, "sign": convention.sign,
        "factor": plain(convention.factor), "samples": convention.samples, "outputs": convention.outputs,
        "rate": convention.rate,
    }  # fmt: skip


def as_json(outcome: Outcome, network: str, language: str = "en") -> str:
    """Return an outcome as a JSON text."""
    return json.dumps(as_data(outcome, network, language), indent=2, ensure_ascii=False, allow_nan=False)


def as_junit(outcome: Outcome, network: str, language: str = "en") -> str:
    """Return an outcome as JUnit XML: one test case for the program, and one for each parameter.

    A failure where it is refuted, an error where it is undecided.
    """
    told = tell(outcome, network, language)
    suite = Xml.Element("testsuite", name=f"derive verify {network}")
    rows = [*outcome.rows, *([outcome.loss] if outcome.loss is not None else [])]
    rows.sort(key=lambda row: row.kind == "proved")
    text = _clean(plain(told))
    failures = errors = 0
    # One case for the program as a whole, so that nothing passes for want of rows.
    for name, what, detail in [
        (outcome.name, outcome.kind, text), *((row.name, row.kind, _line(row)) for row in rows[:MOST])
    ]:  # fmt: skip
        case = Xml.SubElement(suite, "testcase", classname=f"derive.verify.{_clean(outcome.name)}", name=_clean(name))
        if what in ("refuted", "undecided"):
            tag = "failure" if what == "refuted" else "error"
            failures += tag == "failure"
            errors += tag == "error"
            node = Xml.SubElement(
                case, tag, message=_clean(told.headline if name == outcome.name else detail), type=what
            )
            node.text = _clean(detail)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suite.set("errors", str(errors))
    Xml.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suite, encoding="unicode") + "\n"


def _line(row: Row) -> str:
    return f"{row.name}: expected {row.expected}, found {row.found}: {row.kind}"


def plain(told: Told) -> str:
    """Return an outcome as lines of plain text, its table included."""
    lines = [f"{told.mark}  {told.headline}"]
    width = max((len(line.label) for line in told.lines), default=0)
    lines += [f"  {line.label:<{width}}  {line.text}".rstrip() for line in told.lines]
    if told.summary:
        lines.append(told.summary)
    if told.table:
        widths = [max(len(cell) for cell in column) for column in zip(told.head, *told.table, strict=True)]
        rows = (told.head, *told.table)
        lines += [
            "  " + "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
    return "\n".join(lines)


def _clean(text: str) -> str:
    """Return `text` without the characters that XML cannot hold."""
    return "".join(
        c for c in text
        if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or "\U00010000" <= c <= "\U0010ffff"
    )  # fmt: skip
