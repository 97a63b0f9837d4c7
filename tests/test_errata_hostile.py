"""Hostile documents end in time and in little memory, with a clear message; each is tried in a process with limits."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from confined import MEGABYTES, Child, Input
from hostile_documents import DOCUMENTS

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

import _fuzz
import _lecture

from derive.errata import check
from derive.errata.parallel import Readers, Reading
from derive.read.document import parse
from derive.read.written import read

PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_hostile_documents_end_with_a_clear_message(part: int) -> None:
    wrong = []
    child = Child()
    for document in DOCUMENTS[part::PARTS]:
        found = child.tried(document.made())
        said = not document.said or any(document.said in line for line in found.lines)
        if found.wrong or not said or document.verdict not in ("", found.verdict):
            wrong.append((document.name, found.verdict, found.lines[:5], found.wrong))
        if not child.process.is_alive() or found.megabytes > MEGABYTES / 2:  # what one leaves is not laid to the next
            child.end()
            child = Child()
    child.end()
    assert not wrong


def test_there_are_enough_of_them() -> None:
    assert len({document.name for document in DOCUMENTS}) == len(DOCUMENTS) >= 90
    assert sum(bool(document.said) for document in DOCUMENTS) >= 20


def test_documents_made_at_random_are_no_crash() -> None:
    child = Child()
    found = [(number, child.tried(_fuzz.make(number))) for number in range(5 * _fuzz.STRIDE, 5 * _fuzz.STRIDE + 25)]
    child.end()
    assert [(number, outcome.wrong) for number, outcome in found if outcome.wrong] == []
    assert len({outcome.verdict for _, outcome in found}) > 2  # not all of them are refused, or undecided


# What finds crashes must be able to find one.
@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("<p>an element of the document's: <script>x</script></p>", "<script>"),
        ("<p>one that is not closed: <b></p>", "closes"),
        ('<p><a href="javascript:x">x</a></p>', "href"),
        ('<p onclick="x">x</p>', "onclick"),
        ("<p>\u202e</p>", "control character"),
        ("<p><!-- x --></p>", "comment"),
    ],
)  # fmt: skip
def test_what_looks_at_pages_sees_markup(page: str, says: str) -> None:
    from confined import Page

    with pytest.raises(AssertionError, match=says):
        Page(page)


def test_a_process_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    import confined

    monkeypatch.setattr(confined, "PATIENCE", 0.001)
    child = Child()
    assert "no end" in child.tried(Input(b"$0.5 = 0.5$" * 1000, ".md")).wrong
    assert not child.process.is_alive()


# ── Long documents ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format", ["markdown", "latex"])
def test_a_lecture_script_has_its_mistakes_found_and_no_others(format: _lecture.Format) -> None:
    script = _lecture.write(12, format, seed=3, mistakes=4)
    document = parse(script.text, script.format, "lecture")
    errata = check(document, spec=script.spec, seed=1)
    found = {claim.at for claim in errata.claims if claim.kind != "proved" and claim.kind != "agrees"}
    assert script.formulas >= 12 * _lecture.PAGE
    assert len(errata.claims) > script.formulas
    assert len(found) == script.planted == 4


def test_two_processes_find_what_one_does() -> None:
    script = _lecture.write(20, "markdown", seed=1, mistakes=3)
    document = parse(script.text, script.format, "lecture")
    one = check(document, spec=script.spec, seed=1)
    assert one.findings
    import derive.errata.parallel as parallel

    least, parallel.LEAST = parallel.LEAST, 0
    try:
        assert check(document, spec=script.spec, seed=1, workers=2) == one
    finally:
        parallel.LEAST = least


KEYS = [(rf"x_{n} = {n}.5 \cdot \foo", False) for n in range(450)] + [("w1 = 0,5", True), (r"\frac{", False)]


def test_formulas_are_read_alike_in_any_number_of_processes() -> None:
    how = Reading({"foo": (0, "y_2")}, frozenset(("foo",)), True)
    expected = [read(text, plain=plain, macros=how.macros, words=how.words, comma=True) for text, plain in KEYS]
    with Readers(3) as readers:
        assert readers.read(KEYS, how, least=0) == expected
        assert readers.read(KEYS[:3], how, least=0) == expected[:3]


def test_where_no_process_can_be_started_this_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(self: Readers) -> object:
        raise OSError("no more processes")

    monkeypatch.setattr(Readers, "_started", none)
    with Readers(2) as readers:
        assert len(readers.read(KEYS, Reading(), least=0)) == len(KEYS)
