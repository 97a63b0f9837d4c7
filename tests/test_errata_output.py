"""What `derive check` prints and writes: the terminal, JSON, SARIF, GitHub, the corrected copy, the page."""

from __future__ import annotations

import json
import re
import tomllib
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import pytest
from errata_examples import claim, document, errata, mazur
from msgspec.structs import replace

from derive import diagnose
from derive.cli import proofreading
from derive.cli.commands import app
from derive.diagnose import Instance, Match
from derive.errata import annotations, data
from derive.errata.findings import MILD, Cause, Change, Errata, Level
from derive.errata.mathml import Converter
from derive.errata.mending import encoded, mend
from derive.errata.page import page
from derive.errata.telling import MOST, tell
from derive.errata.wording import words
from derive.errors import DeriveError
from derive.read.document import Document, Extract, Piece

LANGUAGES = ("en", "zh")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202eevil\u2066",
    "\x1b]0;title\x07\x9b31m",
    "a\x00b",
    "\ud800",
    "::error::x\r\n::set-output name=x::y",
    "[red]x[/red]",
    "{place}%s%n",
    "&lt;b&gt; ]]> --> <!-- </style></pre></code></html>",
)


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_language_has_the_same_words_with_the_same_places() -> None:
    made = [
        tomllib.loads((resources.files("derive.errata") / "words" / f"{code}.toml").read_text("utf-8"))
        for code in LANGUAGES
    ]

    def flat(table: dict[str, Any], before: str = "") -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key, value in table.items():
            name = f"{before}.{key}"
            found |= flat(value, name) if isinstance(value, dict) else {name: set(re.findall(r"\{(\w+)\}", value))}
        return found

    assert flat(made[0]) == flat(made[1])
    for words_of in made:
        assert set(words_of["cause"]) == {cause.name.lower() for cause in Cause}
        assert set(words_of["level"]) == {level.name.lower() for level in Level}
    assert len(made[0]["say"]["head"].split("|")) == len(made[1]["say"]["head"].split("|")) == 6


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(DeriveError, match="no words in 'fr'"):
        words("fr")


# ── Telling ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_summary_counts() -> None:
    told = tell(*mazur())
    assert told.headline == "5 errors found in notes.md."
    assert told.summary.startswith("14 claims: 3 proved, 5 agree, 5 refuted, 1 undecided; 1 ")
    assert told.kind == "refuted"


def test_findings_stand_in_the_order_of_the_document_with_their_places() -> None:
    made, text = mazur()
    lines = text.text.splitlines()
    told = tell(replace(made, claims=made.claims[::-1]), text)
    places = [tuple(map(int, row.place.split(":"))) for row in told.rows]
    assert places == sorted(places)
    for row, (line, column) in zip(told.rows, places, strict=True):
        if re.fullmatch(r"[\d.]+", row.claimed):
            assert lines[line - 1][column - 1 :].startswith(row.claimed)
    assert told.rows[0].claimed == "0.3757"
    assert told.rows[0].right == "0.3775"


def test_what_explains_a_finding_is_said() -> None:
    rows = {row.about: row for row in tell(*mazur()).rows}
    assert rows["out_o1"].explanation[0] == "follows from line 11"
    training = " ".join(rows["E after 10,000 updates"].explanation)
    known = diagnose.words("en")["updated-weights"]
    assert known.title in training
    assert known.mend in training
    chain = next(row for row in tell(*mazur()).rows if "∂out_o2" in row.claimed)
    assert "out_o2 stands for out_o1" in chain.explanation[0]


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_has_its_words(cause: Cause, language: str) -> None:
    text = document("Here $x = 1.5$ stands.")
    kind = "agrees" if cause in MILD else "refuted"
    told = tell(errata(text, claim(text, "x = 1.5", kind, cause=cause)), text, language)
    (row,) = told.rows
    assert row.explanation[0] == words(language).of(cause).title
    assert row.mark.startswith("~" if cause in MILD else "✗")
    assert row.kind == ("mild" if cause in MILD else "refuted")


def test_a_cause_is_explained_once() -> None:
    text = document("$a = 1$ and $b = 2$")
    made = errata(text, *(claim(text, x, "refuted", cause=Cause.SIGN) for x in ("a = 1", "b = 2")))
    first, second = (row.explanation for row in tell(made, text).rows)
    assert first == ("wrong sign", words("en").of(Cause.SIGN).what)
    assert second == ("wrong sign",)


def test_mistakes_that_cannot_be_told_apart_are_all_named() -> None:
    text = document("$a = 1$")
    ties = tuple(Match((Instance(id, 0),)) for id in ("doubled", "samples-summed", "sign", "halved"))
    fitted = Match((Instance("doubled", 0), Instance("sign", 2)), (("c", 0.5),))
    for matches, some in ((ties, ties[:3]), ((fitted,), (fitted,))):
        row = tell(errata(text, claim(text, "a = 1", "refuted", cause=Cause.MISTAKE, mistakes=matches)), text).rows[0]
        said = "\n".join(row.explanation)
        for match in some:
            assert all(diagnose.words("en")[each.id].title in said for each in match.mistakes)
    assert "(layer 2)" in said
    assert "c = 0.5" in said


@pytest.mark.parametrize("count", [0, 1, MOST, MOST + 1, 40])
def test_undecided_claims_are_listed_up_to_a_number(count: int) -> None:
    text = document(" ".join(f"$q_{{{n}}} = 1$" for n in range(count)) + " end")
    claims = [claim(text, f"q_{{{n}}} = 1", "undecided", reason=f"because {n}") for n in range(count)]
    made = errata(text, *claims)
    told = tell(made, text)
    assert len(told.undecided) == min(count, MOST)
    assert (f" {count - MOST} " in told.more) == (count > MOST)
    everything = tell(made, text, explain=True)
    assert [row.reason for row in everything.undecided] == [f"because {n}" for n in range(count)]
    assert not everything.more


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("unknown name: Ω_q", "名称不明：Ω_q"),
        ("no network", "需要网络，而这里没有"),
        ("something else: x", "something else: x"),
        ("", ""),
    ],
)
def test_a_reason_with_a_key_is_said_in_the_language(reason: str, said: str) -> None:
    text = document("$a = 1$")
    made = errata(text, claim(text, "a = 1", "undecided", reason=reason))
    assert tell(made, text, "zh").undecided[0].reason == said
    assert said in Page(page(made, text, "zh")).text


@pytest.mark.parametrize(
    ("network", "inferred", "said"),
    [("mazur", "", "judged against mazur"), ("", "[[layers]]", "taken from the document"), ("", "", "none was given")],
)
def test_how_the_network_was_found_is_said(network: str, inferred: str, said: str) -> None:
    text = document("nothing")
    assert said in dict(tell(errata(text, network=network, inferred=inferred), text).facts)["Network"]


def test_readings_are_told_when_asked_for() -> None:
    made, text = mazur()
    assert tell(made, text).readings == ()
    told = tell(made, text, explain=True)
    assert len(told.readings) == sum(piece.kind == "formula" for piece in text.pieces)
    assert told.readings[0].source == "i_1 = 0.05"
    assert told.readings[0].place == "3:21"


def test_a_notebook_is_told_by_cells() -> None:
    text = document("$a = 1$ and $b = 2$")
    text = replace(text, pieces=tuple(replace(piece, cell=3) for piece in text.pieces))
    made = errata(
        text, claim(text, "a = 1", "refuted"), claim(text, "b = 2", "refuted", cause=Cause.FOLLOWS, follows=1)
    )
    first, second = tell(made, text).rows
    assert first.place == "cell 3, 1:2"
    assert second.explanation[0] == "follows from cell 3, line 1"


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_json_has_every_claim_with_its_place_and_its_text() -> None:
    made, text = mazur()
    loaded = json.loads(data.as_json(made, text))
    assert loaded["verdict"] == "refuted"
    assert loaded["exit_code"] == 1
    assert len(loaded["claims"]) == len(made.claims)
    lines = text.text.split("\n")
    for each in loaded["claims"]:
        judged = each["judged"]
        assert text.text[each["start"] : each["end"]] == each["source"]
        assert lines[judged["line"] - 1][judged["column"] - 1 :].startswith(
            text.text[judged["start"] : judged["end"]].split("\n")[0]
        )
    swapped = next(each for each in loaded["claims"] if each["cause"] and each["cause"]["id"] == "swapped")
    assert swapped["certain"] is True
    assert swapped["changes"][0]["wrong"] == "0.3757"
    assert swapped["changes"][0]["column"] == 4


def test_json_of_several_documents_has_the_worst_exit_code() -> None:
    open_ = document("$a = 1$", "b.md")
    judged = [mazur(), (errata(open_, claim(open_, "a = 1", "undecided")), open_)]
    assert json.loads(data.all_as_json(judged[1:]))["exit_code"] == 3
    assert json.loads(data.all_as_json(judged))["exit_code"] == 1
    assert [each["document"] for each in json.loads(data.all_as_json(judged))["documents"]] == ["notes.md", "b.md"]


@pytest.mark.parametrize(("codes", "worst"), [((0, 3, 1), 1), ((0, 3), 3), ((0, 0), 0), ((), 0)])
def test_refuted_is_worse_than_undecided(codes: tuple[int, ...], worst: int) -> None:
    assert data.overall(codes) == worst


# ── SARIF ────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_sarif(text: str) -> list[dict[str, Any]]:
    """Assert what SARIF 2.1.0 requires of what is used here, and return the results."""
    log = json.loads(text)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    assert set(run) <= {"tool", "invocations", "language", "columnKind", "results"}
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    assert re.fullmatch("[a-zA-Z]{2}(-[a-zA-Z]{2})?", run["language"])
    assert all(isinstance(each["executionSuccessful"], bool) for each in run["invocations"])
    driver = run["tool"]["driver"]
    assert driver["name"] == "derive"
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rule["shortDescription"]["text"] for rule in rules)
    for result in run["results"]:
        assert result["message"]["text"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            check_location(location["physicalLocation"])
        for fix in result.get("fixes", ()):
            for change in fix["artifactChanges"]:
                assert change["artifactLocation"]["uri"]
                assert change["replacements"]
                for replacement in change["replacements"]:
                    check_region(replacement["deletedRegion"])
                    assert isinstance(replacement["insertedContent"]["text"], str)
    return run["results"]  # type: ignore[no-any-return]


def check_location(location: dict[str, Any]) -> None:
    uri = location["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/:%-]+", uri)
    assert "\\" not in uri
    check_region(location["region"])


def check_region(region: dict[str, int]) -> None:
    start = region["startLine"], region["startColumn"]
    end = region["endLine"], region["endColumn"]
    assert min(start + end) >= 1
    assert start <= end


def test_sarif_says_what_is_wrong_and_where() -> None:
    made, text = mazur()
    results = check_sarif(annotations.as_sarif([(made, text)]))
    assert [each["level"] for each in results].count("error") == 5
    assert [each["level"] for each in results].count("warning") == 1
    assert {each["ruleId"] for each in results if each["level"] == "note"} == {"undecided", "unread"}
    swapped = next(each for each in results if each["ruleId"] == "swapped")
    region = swapped["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 11, "startColumn": 4, "endLine": 11, "endColumn": 10}
    (fix,) = swapped["fixes"]
    assert fix["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "0.3775"}
    assert "fixes" not in next(each for each in results if each["ruleId"] == "listing")  # not certain enough


def test_columns_of_sarif_count_characters() -> None:
    text = document("😀😀 $x = 1.5$")
    (result,) = check_sarif(annotations.as_sarif([(errata(text, claim(text, "1.5", "refuted")), text)]))
    region = result["locations"][0]["physicalLocation"]["region"]
    assert (region["startColumn"], region["endColumn"]) == (9, 12)


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("notes.md", "notes.md"),
        ("a b/ä#1?.md", "a%20b/%C3%A4%231%3F.md"),
        ("./x/../notes.md", "notes.md"),
        ("/somewhere else/notes.md", "file:///somewhere%20else/notes.md"),
        ("100%.md", "100%25.md"),
        ("javascript:alert(1).md", "javascript%3Aalert%281%29.md"),
    ],
)
def test_files_are_named_by_references(name: str, uri: str) -> None:
    text = document("$x = 1$", name)
    (result,) = check_sarif(annotations.as_sarif([(errata(text, claim(text, "x = 1", "refuted")), text)]))
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


# ── GitHub ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_github_escapes_what_would_end_a_command() -> None:
    text = document("$x = 1.5$", "a,b:c%\n.md")
    made = errata(
        text,
        claim(text, "1.5", "refuted", claimed="50%\r\n::warning::x", detail="100 %, or: so", cause=Cause.SIGN),
    )
    (line,) = annotations.as_github(made, text)
    assert "\n" not in line
    assert "\r" not in line
    head, properties, message = re.fullmatch(r"::(\w+) (.*?)::(.*)", line).groups()  # type: ignore[union-attr]
    assert head == "error"
    pairs = dict(part.split("=", 1) for part in properties.split(","))
    assert pairs["file"] == "a%2Cb%3Ac%25%0A.md"
    assert (pairs["line"], pairs["col"], pairs["endColumn"]) == ("1", "6", "9")
    assert not re.search(r"%(?!25|0A|0D|3A|2C)", properties + message)


def test_github_has_no_columns_over_several_lines() -> None:
    text = document("$$\nx = 1\n+ 2\n$$")
    (line,) = annotations.as_github(errata(text, claim(text, "x = 1\n+ 2", "undecided", reason="so")), text)
    assert line.startswith("::notice file=notes.md,line=2,endLine=3,title=")


# ── The corrected copy ───────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_is_certain_is_changed_and_everything_else_stays() -> None:
    made, text = mazur()
    mended, changes = mend(text, made)
    assert [change.wrong for change in changes] == ["0.3757", "0.000035085"]
    assert mended == text.text.replace("0.3757", "0.3775").replace("0.000035085", "0.000035102")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [False, True])
def test_the_copy_keeps_newlines_and_marks(newline: str, bom: bool) -> None:
    original = (b"\xef\xbb\xbf" if bom else b"") + f"é\t$x = 1$ {newline}{newline} 中文 \x00".encode()
    text = document(original.decode("utf-8-sig"), bom=bom)
    made = errata(text, claim(text, "x = 1", "refuted", "1", change=("1", "2"), plain=True))
    mended, _ = mend(text, made)
    assert encoded(text, mended, original) == original.replace(b"= 1", b"= 2")


@pytest.mark.parametrize("original", [b"\xef\xbb\xbfx", b"y", b"x\xff", b"x\n"])
def test_a_file_that_would_not_stay_the_same_is_refused(original: bytes) -> None:
    with pytest.raises(DeriveError, match="stays as it is"):
        encoded(document("x"), "z", original)


def changed(text: Document, *changes: Change, **fields: Any) -> Any:
    values: dict[str, Any] = {"plain": True, "changes": changes} | fields
    return claim(text, "x = 1234", values.pop("kind", "refuted"), **values)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([[Change(5, 9, "1234", "5")], [Change(6, 8, "23", "99")]], "$x = 5$"),  # the first wins
        ([[Change(5, 9, "1234", "5")], [Change(5, 9, "1234", "5")]], "$x = 5$"),  # twice the same
        ([[Change(5, 9, "1234", "5")], [Change(5, 9, "1234", "6")]], "$x = 5$"),
        ([[Change(5, 6, "1", "9"), Change(8, 9, "4", "")]], "$x = 923$"),
        ([[Change(5, 6, "1", "9"), Change(5, 7, "12", "8")]], "$x = 1234$"),  # contradicts itself
        ([[Change(5, 6, "1", "9"), Change(8, 9, "7", "")]], "$x = 1234$"),  # wholly or not at all
        ([[Change(5, 5, "", "-")]], "$x = -1234$"),
        ([[Change(5, 5, "", "-")], [Change(5, 9, "1234", "7")]], "$x = -7$"),
        ([[Change(-3, 2, "x", "-")]], "$x = 1234$"),
        ([[Change(5, 900, "1234", "-")]], "$x = 1234$"),
    ],
)
def test_changes_that_meet(claims: list[list[Change]], expected: str) -> None:
    text = document("$x = 1234$")
    assert mend(text, errata(text, *(changed(text, *each) for each in claims)))[0] == expected


@pytest.mark.parametrize(
    ("fields", "done"),
    [
        ({}, True),
        ({"plain": False}, False),
        ({"kind": "undecided"}, False),
        ({"kind": "agrees"}, False),
        ({"kind": "agrees", "cause": Cause.TRUNCATED}, True),
    ],
)
def test_what_is_not_wrong_is_not_changed(fields: dict[str, Any], done: bool) -> None:
    text = document("$x = 1234$")
    made = errata(text, changed(text, Change(5, 9, "1234", "5"), **fields))
    assert (mend(text, made)[0] == "$x = 5$") == done


def test_a_correction_is_written_as_its_format_has_it() -> None:
    for kind, right, source in (("notebook", '\\cdot "', '\\\\cdot \\"'), ("html", "a < b", "a &lt; b")):
        text = document("$x = 1234$", format=kind)
        assert mend(text, errata(text, changed(text, Change(5, 9, "1234", right))))[0] == f"$x = {source}$"


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Page(HTMLParser):
    """Reads a page as a browser would, and notes what it should not have."""

    VOID: ClassVar = {"meta", "br", "wbr", "link", "img", "mspace"}

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if "style" not in self.open:
            self.words.append(text)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "h1", "h2", "h3", "p", "ul", "li", "div",
    "span", "table", "thead", "tbody", "tr", "th", "td", "a", "code", "pre", "details", "summary", "mark", "ins", "dl",
    "dt", "dd", "strong", "math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msub", "msup", "msubsup", "mtable",
    "mtr", "mtd", "mspace", "msqrt", "mover", "munder",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "tabindex", "data-label", "aria-label",
    "colspan", "scope", "open", "display", "style", "displaystyle", "scriptlevel", "stretchy", "lspace", "rspace",
    "mathvariant", "form", "width", "accent",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_whole_and_needs_nothing_else(language: str) -> None:
    made, text = mazur()
    source = page(made, text, language)
    read = Page(source)
    assert read.tags <= ALLOWED
    assert read.attributes <= ATTRIBUTES
    assert len(set(read.ids)) == len(read.ids)
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)
    assert all(f"#c{each.number}" in read.links for each in made.claims if each.finding or each.kind == "undecided")
    assert "default-src 'none'; style-src 'unsafe-inline'" in source
    assert not re.search(r"https?://|url\(|@import|<script", source)
    for sign, kind in (("✓", "proved"), ("≈", "agrees"), ("✗", "refuted"), ("?", "undecided"), ("~", "mild")):
        assert f"{sign} {words(language).mark[kind]}" in read.text
    assert "The net input of the first hidden neuron is" in read.text
    assert source.count("<math") == sum(piece.kind == "formula" for piece in text.pieces)


def test_what_is_wrong_is_marked_in_the_source_with_a_word() -> None:
    source = page(*mazur())
    assert re.search(r'<mark class="refuted">0\.3757 <span class="word">wrong</span></mark> <ins>0\.3775 <span', source)
    assert re.search(r'<mark class="mild">0\.08216704 <span class="word">mild</span></mark>', source)
    assert "0.0821670<" not in source
    marked = re.search(r'<mark class="refuted">(\\frac[^<]*) <span', source)
    assert marked is not None
    assert marked[1] == r"\frac{\partial out_{o2}}{\partial net_{o1}}"


def hostile(bad: str) -> tuple[Errata, Document]:
    text = document(
        f"# {bad}\n\n{bad} $x {bad} = 1.5$ {bad}\n\n$$y = \\text{{{bad}}}$$\n\n```\n{bad}\n```\n", f"{bad}.md"
    )
    fields: dict[str, Any] = dict.fromkeys(
        ("left", "relation", "right", "about", "claimed", "correct", "off", "detail", "reason", "known"), bad
    )
    made = errata(
        text,
        claim(text, "= 1.5", "refuted", "1.5", **fields, cause=Cause.SIGN, change=("1.5", bad), plain=True),
        claim(text, "y = ", "undecided", **fields),
        claim(text, f"\n{bad}\n```", "refuted", bad, **fields),
        network=bad, inferred=bad,
    )  # fmt: skip
    return made, text


@pytest.mark.parametrize("bad", HOSTILE)
def test_a_hostile_document_is_shown_and_not_obeyed(bad: str) -> None:
    made, text = hostile(bad)
    source = page(made, text)
    source.encode("utf-8")
    read = Page(source)
    assert read.tags <= ALLOWED
    assert read.attributes <= ATTRIBUTES
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", source)
    told = tell(made, text, explain=True)
    for row in told.rows:
        assert all(part.isprintable() for part in (row.about, row.claimed, row.right, row.off, *row.explanation))
    assert all(part.isprintable() for row in told.undecided for part in (row.claim, row.understood, row.reason))
    json.loads(data.as_json(made, text)).keys()
    data.as_json(made, text).encode("utf-8")
    check_sarif(annotations.as_sarif([(made, text)]))
    assert all("\n" not in line for line in annotations.as_github(made, text))


@pytest.mark.parametrize("bad", HOSTILE)
def test_the_terminal_is_not_obeyed(bad: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                    tmp_path: Path) -> None:  # fmt: skip
    made, text = hostile(bad.replace("\ud800", "?").replace("\x00", "?"))
    _judge(monkeypatch, made, text)
    assert proofreading.run([tmp_path / "x.md"], None, **ARGUMENTS | {"github": True}) == 1
    said = capsys.readouterr().out
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)
    commands = [line for line in said.splitlines() if line.strip().startswith("::")]
    word = next(line for line in commands if line.startswith("::stop-commands::")).split("::")[2]
    before = commands[: commands.index(f"::stop-commands::{word}")]
    assert all(line.startswith(("::error file=", "::notice file=")) for line in before)
    assert commands[-1] == f"::{word}::"
    if bad.startswith("[red]"):
        assert "[red]x[/red]" in said


def test_deep_and_long_formulas_are_shown_as_they_are_written() -> None:
    convert = Converter().mathml
    for bad in (
        "{" * 2000 + "}" * 2000, r"\sqrt " * 800 + "x", "x^" * 2000 + "x", "x" * 5001, r"\def\a{\a\a}\a", "\\left(",
        r"\begin{matrix}" * 150 + r"\end{matrix}" * 150, "x\x00", "\ud800", "x\u202ey", r"\href{x}{y}", "}", "#1", "",
    ):  # fmt: skip
        assert convert(bad, display=True) == "", bad[:40]
    assert "<mfrac>" in convert(r"\begin{align} \frac{1}{2} &= a \label{x} \\ &= b \end{align}", display=True)
    assert "(1)" not in convert(r"\begin{equation} a = b \end{equation}", display=True)
    assert convert("a &= b \\\\ &= c", display=True).count("<mtr>") == 2


def test_a_table_of_the_document_stays_one() -> None:
    made, text = mazur()
    rows = re.search(r'<table class="own">(.*?)</table>', page(made, text), re.DOTALL)
    assert rows is not None
    assert rows[1].count("<tr>") == 2
    assert rows[1].count("<td>") == 6


def test_formulas_in_plain_text_are_shown_as_they_are() -> None:
    source = "net = 0.15 × 0.05"
    text = Document("a.txt", "text", source, (Piece("formula", Extract.of(source), writing="plain"),))
    assert "<math" not in page(errata(text), text)
    assert "net = 0.15 × 0.05" in Page(page(errata(text), text)).text


# ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────

ARGUMENTS: dict[str, Any] = {
    "side": None, "decimal_comma": False, "seed": 1, "outputs": proofreading.Outputs(), "as_json": False,
    "github": False, "explain": False, "language": "en", "quiet": False,
}  # fmt: skip


def _judge(monkeypatch: pytest.MonkeyPatch, *judged: Errata | Document) -> list[dict[str, Any]]:
    """Let the command find out what is given, errata and documents in turn; return how it was called."""
    calls: list[dict[str, Any]] = []
    documents, found = list(judged[1::2]), list(judged[::2])

    def check(made: Document, **fields: Any) -> Errata:
        calls.append({"document": made, **fields})
        result = found[len(calls) - 1]
        assert isinstance(result, Errata)
        return result

    monkeypatch.setattr("derive.errata.check", check, raising=False)
    monkeypatch.setattr("derive.read.document.read", lambda path: documents.pop(0), raising=False)
    return calls


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.md"
    path.write_bytes(mazur()[1].text.encode())
    return path


def call(*arguments: object) -> int:
    code = app([*map(str, arguments)], standalone_mode=False)
    assert isinstance(code, int)
    return code


def test_the_command_prints_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], notes: Path
) -> None:
    made, text = mazur()
    calls = _judge(monkeypatch, made, text)
    assert call("check", notes, "--network", "mazur", "--seed", "5", "--decimal-comma") == 1
    said = capsys.readouterr().out
    assert "✗ refuted  5 errors found in notes.md." in said
    assert re.search(r"^11:4 +✗ refuted +net_h1 +0\.3757 +0\.3775 +0\.5 %$", said, re.MULTILINE)
    assert calls[0]["spec"].name == "mazur"
    assert calls[0]["seed"] == 5
    assert calls[0]["decimal_comma"] is True
    assert calls[0]["document"].name == str(notes)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_table_keeps_to_the_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], notes: Path, width: int
) -> None:
    from derive.cli.console import out

    monkeypatch.setattr(out, "_width", width)
    monkeypatch.setenv("COLUMNS", str(width))
    _judge(monkeypatch, *mazur())
    call("check", notes, "--explain")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines[2:])) <= width  # headline and summary are sentences, wrapped by the terminal
    assert sum("0.75136507" in line for line in lines) == 1


def test_everything_is_written_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], notes: Path
) -> None:
    made, text = mazur()
    _judge(monkeypatch, replace(made, inferred="name = 'x'\n"), text)
    folder = notes.parent
    names = {"--html": "o.html", "--sarif": "o.sarif", "--fix": "o.md", "--write-spec": "o.toml"}
    call("check", notes, *(part for option, name in names.items() for part in (option, folder / name)))
    said = capsys.readouterr().out
    assert (folder / "o.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    check_sarif((folder / "o.sarif").read_text("utf-8"))
    assert (folder / "o.toml").read_text("utf-8") == "name = 'x'\n"
    right = notes.read_bytes().replace(b"0.3757", b"0.3775").replace(b"0.000035085", b"0.000035102")
    assert (folder / "o.md").read_bytes() == right
    assert "11:4  0.3757 → 0.3775" in said
    assert "28:35  0.000035085 → 0.000035102" in said
    assert "2 findings left as they are" in said


def test_several_documents_have_the_worst_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], notes: Path
) -> None:
    clean = document("$a = 1$", "b.md")
    good = errata(clean, claim(clean, "a = 1", "proved"))
    _judge(monkeypatch, good, clean, *mazur(), good, clean)
    assert call("check", notes, notes, notes, "--json") == 1
    loaded = json.loads(capsys.readouterr().out)
    assert [each["verdict"] for each in loaded["documents"]] == ["proved", "refuted", "proved"]
    _judge(monkeypatch, good, clean)
    assert call("check", notes, "--quiet") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--fix", "{notes}"], "this is the document itself"),
        (["--html", "{folder}/link.md"], "this is the document itself"),
        (["--fix", "{folder}/x/../notes.md"], "this is the document itself"),
        (["--html", "{folder}"], "this is no name for a file"),
        (["--html", "{notes}/x.html"], "this is no directory"),
        (["--html", "{folder}/a", "--sarif", "{folder}/a"], "--html has the same name"),
        (["--write-spec", "{folder}/a", "--network", "mazur"], "leave --network out"),
        (["--json", "--github"], "print into each other"),
        (["{notes}", "--html", "{folder}/a.html"], "2 documents, but one file"),
        (["--with", "{folder}/none.toml"], "cannot be read"),
        (["--with", "{notes}"], "this is not TOML"),
        (["--lang", "fr"], "found 'fr'"),
        (["--network", "nowhere"], "nowhere"),
    ],
)
def test_bad_arguments_are_refused_before_the_work(
    arguments: list[str], what: str, monkeypatch: pytest.MonkeyPatch, notes: Path
) -> None:
    folder = notes.parent
    (folder / "link.md").symlink_to(notes)
    (folder / "x").mkdir()
    calls = _judge(monkeypatch, *mazur())
    before = notes.read_bytes()
    with pytest.raises(DeriveError) as raised:
        call("check", notes, *(part.format(notes=notes, folder=folder) for part in arguments))
    assert what in str(raised.value)
    assert calls == []
    assert notes.read_bytes() == before


def test_a_side_file_is_handed_on(monkeypatch: pytest.MonkeyPatch, notes: Path) -> None:
    side = notes.parent / "side.toml"
    side.write_text('[names]\nE = "E_total"\n', "utf-8")
    calls = _judge(monkeypatch, *mazur())
    call("check", notes, "--with", side, "--quiet")
    assert calls[0]["side"] == {"names": {"E": "E_total"}}


def test_no_network_no_spec(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    _judge(monkeypatch, *mazur())
    target = notes.parent / "net.toml"
    call("check", notes, "--write-spec", target)
    assert not target.exists()
    assert "was not written" in capsys.readouterr().err
