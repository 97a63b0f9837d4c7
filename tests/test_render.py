"""A report as a page and as a print: well-formed, self-contained, within its margins, in one language, and honest."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from html import unescape
from html.entities import html5
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any
from xml.etree import ElementTree

import jsonschema
import msgspec
import pytest
from test_pages import LAST, fields

import derive
from derive.check.verdict import Agrees, Doubt, Fault, Refuted, Undecided, Witness
from derive.derivation import Derivation, Key, LocalDerivative, Passage, Step
from derive.differentiate import derive as differentiate
from derive.errors import DeriveError
from derive.expression import ONE, Add, Diff, Expr, Mul, Neg, Num, Pow, Var
from derive.notation import notation
from derive.render import pdf
from derive.render.blocks import (
    Block,
    Display,
    Document,
    Facts,
    Heading,
    Line,
    Mark,
    Math,
    Paragraph,
    Part,
    Summary,
    Table,
    Words,
)
from derive.render.catalogue import Catalogue, languages
from derive.render.data import GradientRow, Outcome, schema
from derive.render.figure import Phrases
from derive.render.formulas import Writer
from derive.render.html import html
from derive.render.latex import latex, text
from derive.render.terminal import plain
from derive.render.verified import SHOWN_FAULTS, Outcomes, Verified
from derive.render.width import LINE, width
from derive.reporting import build, write
from derive.vocabulary import ACTIVATIONS, LOSSES

TOTAL = Var("total")
HOSTILE = "50% <script>alert('x')</script> & $x_1$ \\input{/etc/passwd} ~^{}\" 网络"


def layer(size: int, activation: str = "sigmoid", **more: Any) -> dict[str, Any]:
    return {"size": size, "activation": activation, **more}


NETWORKS: dict[str, dict[str, Any]] = {
    "deep": {
        "inputs": [0.5, -1.2, 0.3], "targets": [0, 1, 0], "loss": "categorical cross-entropy", "seed": 3,
        "layers": [layer(4, "relu"), layer(4, "tanh"), layer(3, "softmax")],
    },
    "batch": {
        "inputs": [[0.1, 0.5], [0.7, -0.3], [-0.4, 0.9]], "targets": [[0], [1], [1]],
        "loss": "binary cross-entropy", "batch": "mean", "seed": 2,
        "layers": [layer(2, "relu", bias="shared"), layer(1)],
    },
    "hostile": {
        "inputs": [0.5, 0], "targets": [1], "title": HOSTILE, "loss": "mean squared error",
        "names": {"w1": "v_11", "E_total": "cost", "out_h1": "theta_1"},
        "layers": [layer(2, "tanh", bias="none", weights=[[0.000001234, -0.5], [0.3, 0.8]]),
                   layer(1, "identity", bias="none", weights=[[0.5, -0.7]])],
    },
    "one": {"inputs": [1], "targets": [0], "layers": [layer(1, weights=[[2]], bias="none")]},
    "wide": {
        "inputs": [0.1 * k for k in range(12)], "targets": [0, 1, 0, 1], "notation": "indexed", "seed": 5,
        "layers": [layer(9, "tanh", train_biases=False), layer(4)],
    },
    "kink": {
        "inputs": [1, 2], "targets": [0, 0], "learning_rate": 0.1,
        "layers": [layer(2, "relu", weights=[[0, 0], [1, -1]], bias="none"),
                   layer(2, bias="shared", train_weights=False)],
    },
    "long": {"inputs": [1], "targets": [0.3], "layers": [layer(1, "tanh", weights=[[0.9]])] * 12},
}  # fmt: skip
# Parameters of the larger reports; of a network of its own, all.
ONLY = {
    "wide": ("w1_1_1", "w2_4_9"), "deep": ("w1", "w16", "b_o1"), "long": ("w1",), "batch": ("w5", "w1", "b1"),
    ("mazur", "indexed"): ("w2_1_1", "w1_1_1"), ("mazur", None, 25): ("w5", "w6", "w1"),
}  # fmt: skip
# name, notation, digits
PRINTS = [("mazur", None, 9), ("mazur", "indexed", 4), ("mazur", None, 25), *((name, None, 9) for name in NETWORKS)]


def document(name: str, style: str | None = None, digits: int = 9, words: Catalogue | None = None) -> Document:
    network = derive.load("mazur") if name == "mazur" else derive.network(**NETWORKS[name])
    derived = network.derive(notation=style, digits=digits)
    wanted = ONLY.get(name) or ONLY.get((name, style)) or ONLY.get((name, style, digits))
    only = [derived.quantity(each) for each in wanted] if wanted else None
    made = build(
        derived.derivation, derived.notation, words or Catalogue("en"), digits=digits, only=only, seed=0,
        progress=lambda what, done, whole: None,
    )  # fmt: skip
    return made[-1]


@pytest.fixture(scope="module")
def documents() -> dict[tuple[str, str | None, int], Document]:
    return {each: document(*each) for each in PRINTS}


# ── In print ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_reports_are_set_within_their_margins_with_all_their_letters(
    documents: dict[Any, Document], require: Callable[[str], Path]
) -> None:
    """All of them in one run of TeX, which is what takes the time."""
    require("tex")
    sources = [latex(made) for made in documents.values()]
    preamble, _ = sources[0].split("\\begin{document}")
    bodies = [source.split("\\begin{document}")[1].replace("\\end{document}", "\\clearpage") for source in sources]
    together = "\n".join(re.sub(r"\\label\{.*?\}", "", body) for body in bodies)
    made = pdf.typeset(f"{preamble}\\begin{{document}}{together}\\end{{document}}")
    assert made.complaints == []
    assert made.pdf.startswith(b"%PDF-")


def test_a_report_alone_is_set_without_a_warning(
    documents: dict[Any, Document], require: Callable[[str], Path]
) -> None:
    require("tex")
    made = pdf.typeset(latex(documents["one", None, 9]))
    assert made.complaints == []
    assert "LaTeX Warning" not in made.log


def test_complaints_are_found_in_a_log(require: Callable[[str], Path]) -> None:
    require("tex")
    wide = "\\hbox to 10cm{\\hskip 20cm}\n\n\\noindent\\rule{30cm}{1pt}"
    made = pdf.typeset(f"\\documentclass{{article}}\\begin{{document}}{wide}\\char200\\end{{document}}")
    assert any("Overfull" in each for each in made.complaints)
    assert pdf.complaints("Overfull \\hbox (4.9pt too wide) in paragraph") == []
    assert pdf.complaints("Overfull \\hbox (5.1pt too wide) in paragraph") != []
    assert pdf.complaints("Missing character: There is no x in font y!") != []


def test_what_tex_says_is_wrong_is_said(require: Callable[[str], Path]) -> None:
    require("tex")
    with pytest.raises(DeriveError, match="Undefined control sequence"):
        pdf.typeset("\\documentclass{article}\\begin{document}\\undefined\\end{document}")


def test_tex_reads_nothing_from_elsewhere(require: Callable[[str], Path], tmp_path: Path) -> None:
    require("tex")
    secret = tmp_path / "secret.tex"
    secret.write_text("secret")
    with pytest.raises(DeriveError, match="could not set"):
        pdf.typeset(f"\\documentclass{{article}}\\begin{{document}}\\input{{{secret}}}\\end{{document}}")


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("100% & #1_x", "100\\% \\& \\#1\\_x"), ("$a$", "\\$a\\$"), ("\\input{x}", "\\textbackslash{}input\\{x\\}"),
        ("~^", "\\textasciitilde{}\\textasciicircum{}"), ("网", "[U+7F51]"), ("\x1b", "[U+001B]"), ("é – “", "é – “"),
    ],
)  # fmt: skip
def test_plain_text_is_escaped_for_tex(plain: str, escaped: str) -> None:
    assert text(plain) == escaped


def test_a_formula_is_about_as_wide_as_it_is_guessed(
    documents: dict[Any, Document], require: Callable[[str], Path]
) -> None:
    """Latin Modern's own widths, in units of 10 pt, for every piece of a formula in these reports."""
    require("tex")
    pieces = sorted({piece for made in documents.values() for piece in _pieces(made) if "biggl" not in piece})
    boxes = "\n".join(f"\\setbox0=\\hbox{{$\\displaystyle {piece}$}}\\typeout{{WIDE \\the\\wd0}}" for piece in pieces)
    preamble = "\\documentclass[10pt]{article}\\usepackage[T1]{fontenc}\\usepackage{lmodern,amsmath,amssymb}"
    log = pdf.typeset(f"{preamble}\\begin{{document}}{boxes} x\\end{{document}}").log
    widths = [float(found) / 10 for found in re.findall(r"^WIDE ([\d.]+)pt", log, re.MULTILINE)]
    assert len(widths) == len(pieces) > 500
    for piece, real in zip(pieces, widths, strict=True):
        assert width(piece) == pytest.approx(real, rel=0.08, abs=0.9), piece


def _pieces(made: Document) -> Iterator[str]:
    for block in made.blocks:
        for line in block.lines if isinstance(block, Display) else ():
            yield line.lhs
            for part in line.parts:
                yield from part.pieces


def test_a_line_breaks_where_it_must_and_not_before() -> None:
    def rows(*parts: Part, note: Words = ()) -> list[str]:
        made = latex(_document(Display((Line("x", parts, note),))))
        (display,) = re.findall(r"\\begin\{flalign\*\}\n(.*?)\n\\end\{flalign\*\}", made, re.DOTALL)
        return [row.strip() for row in display.split(" \\\\\n")]

    term = "+ 0.123456789 \\cdot 0.123456789"
    assert len(rows(Part("=", ("a", "+ b")), Part("≈", ("1",)))) == 1
    assert len(rows(Part("=", (term,) * 3), Part("≈", ("1",)))) == 1
    broken = rows(Part("=", (term,) * 5), Part("≈", ("1",)))
    assert [row.count("cdot") for row in broken] == [3, 2]
    assert broken[1].startswith("&\\quad{} +")
    assert "\\approx 1" in broken[1]
    # Rows of one formula are about as long as each other.
    assert sorted(row.count("cdot") for row in rows(Part("=", (term,) * 7))) == [2, 2, 3]
    stacked = rows(Part("=", ("( a", "+ b )", "\\cdot c"), stacked=True))
    assert [row.split(" & ")[0] for row in stacked] == ["x &= ( a", "&\\quad{} + b ) \\cdot c"]
    # The note takes room of its own, and stands beside the last row.
    noted = rows(Part("=", (term,) * 3), note=("n" * 30,))
    assert len(noted) == 2
    assert "\\why" in noted[1]
    assert "\\why" not in noted[0]
    assert width(" ".join((term,) * 3)) < LINE


def _document(*blocks: Block, title: str = "t", language: str = "en") -> Document:
    return Document(language, title, ("s",), blocks)


def test_a_heading_stays_with_what_follows() -> None:
    made = latex(_document(Heading(1, ("A",), "a"), Heading(2, ("B",), "b"), Paragraph(("C",))))
    # Between two headings there is no leave to start a page; before the first there is.
    assert made.split("\\begin{document}")[1].count("\\room{") == 1


# ── On the screen ──────────────────────────────────────────────────────────────────────────────────────────────

VOID = {"meta", "br", "wbr", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """What a page consists of. Fails where an element is closed that is not open."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))


@pytest.fixture(scope="module")
def pages(documents: dict[Any, Document]) -> dict[str, str]:
    return {"-".join(map(str, filter(None, key))): html(made, contents="Contents") for key, made in documents.items()}


@pytest.fixture(scope="module")
def parsed(pages: dict[str, str]) -> dict[str, Page]:
    return {name: Page(source) for name, source in pages.items()}


def test_pages_are_well_formed(pages: dict[str, str], parsed: dict[str, Page]) -> None:
    for name, source in pages.items():
        page = parsed[name]
        tags = [tag for tag, _ in page.elements]
        assert tags.count("h1") == tags.count("main") == 1
        assert source.partition("</head>")[0].count("<title>") == 1
        assert dict(page.elements[tags.index("html")][1])["lang"] == "en"


def test_formulas_and_figures_are_xml(pages: dict[str, str]) -> None:
    for source in pages.values():
        found = re.findall(r"<(math|svg)\b.*?</\1>", source, re.DOTALL)
        assert {"math", "svg"} == set(found)
        for element in re.finditer(r"<(math|svg)\b.*?</\1>", source, re.DOTALL):
            tree = ElementTree.fromstring(re.sub(r"&(\w+;)", _character, element.group()))  # noqa: S314 - our own
            assert not [part for part in tree.iter() if part.tag == "merror"]


def _character(entity: re.Match[str]) -> str:
    return entity.group() if entity.group(1) in ("lt;", "gt;", "amp;", "quot;") else html5[entity.group(1)]


def test_pages_need_nothing_from_elsewhere_and_run_nothing(pages: dict[str, str], parsed: dict[str, Page]) -> None:
    for name, source in pages.items():
        for tag, attributes in parsed[name].elements:
            assert tag not in ("script", "iframe", "object", "embed", "link", "img", "form", "base")
            for key, value in attributes.items():
                assert not key.startswith("on")
                assert key not in ("src", "srcset", "action", "data")
                if key in ("href", "xlink:href"):
                    assert (value or "").startswith("#")
        style = source[source.index("<style>") : source.index("</style>")]
        assert not re.search(r"url\(|@import|expression", style)
        assert set(re.findall(r"https?://[^\s\"'<]+", source)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1998/Math/MathML",
        }
        assert "default-src 'none'" in source


def test_every_anchor_leads_somewhere_and_no_two_to_the_same_place(parsed: dict[str, Page]) -> None:
    for page in parsed.values():
        elements = page.elements
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        links = [attributes["href"] or "" for tag, attributes in elements if tag == "a"]
        assert len(links) > 5
        assert {link.removeprefix("#") for link in links} <= set(ids)


def test_every_figure_says_in_words_what_it_shows(pages: dict[str, str], parsed: dict[str, Page]) -> None:
    for page in parsed.values():
        elements = page.elements
        ids = {attributes.get("id") for tag, attributes in elements if tag in ("title", "desc")}
        figures = [attributes for tag, attributes in elements if tag == "svg"]
        assert figures
        for figure in figures:
            assert figure["role"] == "img"
            assert {figure["aria-labelledby"], figure["aria-describedby"]} <= ids
    description = re.search(r"<desc[^>]*>(.*?)</desc>", pages["mazur-9"])
    assert description
    assert "Into h1: w1 from i1, w2 from i2." in description.group(1)


def test_a_title_is_text_and_nothing_else(pages: dict[str, str], parsed: dict[str, Page]) -> None:
    page = parsed["hostile-9"]
    assert [data for tag, data in page.texts if tag == "h1"] == [HOSTILE]
    assert HOSTILE in [data for tag, data in page.texts if tag == "title"]
    assert "<script>" not in pages["hostile-9"]


@pytest.mark.parametrize("title", ["</title><b>x", "<!-- ", "]]>", "&lt;b&gt;", "'\"><img src=x onerror=alert(1)>"])
def test_other_titles_are_text_too(title: str) -> None:
    words: Words = (title, Math("x", "x"), Mark("refuted", title))
    blocks = (
        Heading(1, words, title),
        Paragraph(words),
        Table((words,), ((words,),), "l"),
        Facts(((words, (words,)),)),
    )
    line = Line("x", (Part("=", ("1",)),), words)
    made = html(
        _document(*blocks, Display((line,)), Summary(((Mark("proved", title), words),)), title=title), contents=title
    )
    page = Page(made)
    assert {tag for tag, _ in page.elements} <= {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "p", "nav", "details", "summary", "ul", "li",
        "a", "main", "h2", "div", "table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "span", "math", "mi",
        "mo", "mn", "mrow", "wbr",
    }  # fmt: skip
    assert unescape(made).count(title) >= 8


def test_numbers_in_a_table_stand_under_each_other(pages: dict[str, str]) -> None:
    cells = [unescape(cell) for cell in re.findall(r'<td class="d">(.*?)</td>', pages["mazur-9"])]
    assert cells
    # A figure space is as wide as a digit: behind the point, all cells of a column are then equally long.
    columns = [cells[i:24:3] for i in range(3)]
    for column in columns:
        assert len({len(cell.partition(".")[2]) for cell in column}) == 1


def test_no_page_is_wider_than_a_phone(pages: dict[str, str], require: Callable[[str], Path], tmp_path: Path) -> None:
    """Each page in a frame 390 pixels wide; what is wider than the frame scrolls in a box of its own or not at all."""
    browser = require("browser")
    measure = "<script>parent.postMessage(document.documentElement.scrollWidth + ' ' + innerWidth, '*')</script></body>"
    names = sorted(pages)
    for name in names:
        source = re.sub(r'<meta http-equiv="Content-Security-Policy".*?>', "", pages[name])
        (tmp_path / f"{name}.html").write_text(source.replace("</body>", measure), "utf-8")
    frames = "".join(f'<iframe src="{name}.html" width="390" height="800" frameborder="0"></iframe>' for name in names)
    listen = (
        "<script>onmessage = event => {const p = document.createElement('p'); p.textContent = event.data;"
        "document.body.appendChild(p)}</script>"
    )
    (tmp_path / "frames.html").write_text(f"<!DOCTYPE html><body>{listen}{frames}</body>", "utf-8")
    seen = _in_browser(browser, tmp_path / "frames.html")
    widths = re.findall(r"<p>(\d+) (\d+)</p>", seen)
    assert len(widths) == len(names)
    assert all(int(page) <= int(frame) == 390 for page, frame in widths)


def _in_browser(browser: Path, page: Path) -> str:
    """Return a page as it is once the browser has loaded it, as HTML."""
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                   "--no-first-run", "--disable-dev-shm-usage", "--virtual-time-budget=5000",
                   f"--user-data-dir={profile}"]  # fmt: skip
        run = subprocess.run(
            [str(browser), *options, "--dump-dom", page.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    return run.stdout


def test_lines_may_break_between_pieces() -> None:
    line = Line("x", (Part("=", ("a", "+ b")), Part("≈", ("1",))))
    made = html(_document(Display((line,))), contents="c")
    (right,) = re.findall(r'<div class="r">(.*?)</div>', made)
    assert right.count("<wbr>") == 2
    assert right.count("<math") == 3
    stacked = html(_document(Display((Line("x", (Part("=", ("a", "+ b"), stacked=True),)),))), contents="c")
    assert stacked.count("<br>") == 1


# ── In words ───────────────────────────────────────────────────────────────────────────────────────────────────


def entries(catalogue: Catalogue) -> dict[str, str]:
    made: dict[str, str] = {}

    def walk(table: Any, path: str) -> None:
        for key, value in table.items():
            if isinstance(value, dict):
                walk(value, f"{path}{key}.")
            else:
                made[path + key] = value

    walk(catalogue._entries, "")
    return made


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", languages())
def test_catalogues_say_the_same(language: str) -> None:
    english, other = entries(Catalogue("en")), entries(Catalogue(language))
    assert list(english) == list(other)
    assert {key: places(sentence) for key, sentence in english.items()} == {
        key: places(sentence) for key, sentence in other.items()
    }
    assert all(sentence.strip() or key.startswith("figure.") for key, sentence in other.items())


@pytest.mark.parametrize("language", languages())
def test_catalogues_have_a_word_for_every_reason(language: str) -> None:
    words = Catalogue(language)
    assert set(words.section("fault")) == {fault.name.lower() for fault in Fault}
    assert set(words.section("doubt")) == {doubt.name.lower() for doubt in Doubt}
    assert set(words.section("figure")) == set(Phrases.__struct_fields__)


def test_english_reasons_are_those_of_the_checker() -> None:
    words = Catalogue("en")
    assert {name: words.plain(f"fault.{name.lower()}") for name in Fault.__members__} == {
        f.name: f.value for f in Fault
    }
    assert {name: words.plain(f"doubt.{name.lower()}") for name in Doubt.__members__} == {
        d.name: d.value for d in Doubt
    }


class Recording(Catalogue):
    """A catalogue that remembers what it was asked for."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.asked: set[str] = set()

    def _find(self, key: str) -> str | None:
        self.asked.add(key)
        return super()._find(key)


# What a report says of other optimisers and of later updates; see test_updates.py.
OF_UPDATES = (
    "optimiser.", "schedule.", "equation.", "update.intro_", "update.old_values", "update.coupled",
    "update.decoupled", "update.states", "section.update_", "title.step", "passage.update",
    "given.state", "given.constants", "given.later", "given.start", "given.double", "given.rate_scheduled",
    "given.one_drawn", "given.batches", "verify.updates_agree",
)  # fmt: skip


def others_with_words() -> Iterator[tuple[derive.Network, list[str]]]:
    """Yield networks with every function, by what to differentiate them; what was never given; and models."""
    for activation in ACTIVATIONS:
        made = fields(activation, "half squared error", "identity")
        yield derive.network(**made), ["w1"]
    for loss in LOSSES:
        yield derive.network(**fields("tanh", loss, LAST.get(loss, "identity"))), ["w5"]
    made = fields("relu", "half squared error", "identity")
    made["layers"][0]["weights"] = [[0.5, 1], [1, 1]]  # 0.5·0.5 − 0.25·1 = 0
    yield derive.network(**made, penalty={"l2": 0.1}), ["w1", "w5", "i1", "out_h1", "net_h1"]
    made = fields("tanh", "categorical cross-entropy", "softmax")
    del made["targets"]
    yield derive.network(**made, classes=[1]), ["w1"]
    yield derive.load("logistic"), ["w", "b", "z"]
    free = {"L": "(a*b + exp(a*b)*a)^2", "u": "a^2"}
    yield derive.model(free, of={"loss": "L", "parameters": ["a", "b"]}), ["a", "b"]


def test_every_sentence_is_said_somewhere(documents: dict[Any, Document]) -> None:
    words = Recording("en")
    for name in ("mazur", *NETWORKS):
        document(name, words=words)
    for made, only in others_with_words():
        derived = made.derive()
        build(
            derived.derivation, derived.notation, words, digits=9, only=[derived.quantity(each) for each in only],
            seed=0, progress=lambda what, done, whole: None,
        )  # fmt: skip
    unsaid = {key for key in entries(words) if key not in words.asked}
    # Said by the page's frame, by the figure, of what fails, of draws, in other forms, and of other networks.
    others = (
        "figure.", "fault.", "doubt.", "drawn.", "initialiser.", "curve.", "training.", "section.training", "forms.",
        "gradcheck",  # see tests/test_gradcheck_command.py
        *OF_UPDATES,
    )  # fmt: skip
    elsewhere = {"contents", "more"} | {key for key in unsaid if key.startswith(others)}
    failures = {f"verify.{key}" for key in (
        "refuted", "undecided", "about", "more", "step", "derivative", "quantity", "decimal", "witness",
        "witness_entry", "given_point", "drawn_point", "sampled", "how_kernel_unbounded",
    )}  # fmt: skip
    rare = {"passage.gradient_both", "given.more", "note.differentiated"}
    assert unsaid <= elsewhere | failures | rare


def test_a_report_in_chinese_has_no_other_words() -> None:
    page = Page(html(document("batch", words=Catalogue("zh")), contents="目录"))
    inside = [
        data for tag, data in page.texts if tag not in ("style", "mi", "mn", "mo", "mtext", "tspan", "text", "title")
    ]
    words = set(re.findall(r"[A-Za-z]{2,}", " ".join(inside)))
    assert words <= {"network", "sigmoid", "ReLU", "NumPy", "ulp", "net", "out", "target", "total"}
    assert dict(page.elements)["html"]["lang"] == "zh"


def test_a_document_has_the_words_of_its_language() -> None:
    assert latex(_document(Paragraph(("x",)), language="en")).count("pdflang=en") == 1
    with pytest.raises(DeriveError, match="no letters for a report in 'zh'"):
        latex(_document(language="zh"))


def test_a_language_without_letters_in_tex_is_refused_and_nothing_written(tmp_path: Path) -> None:
    derived = derive.network(**NETWORKS["one"]).derive()
    with pytest.raises(DeriveError) as refusal:
        derived.report(tmp_path / "out", formats=["tex", "html"], language="zh")
    assert "--format html,json" in refusal.value.hint
    assert not (tmp_path / "out").exists()
    written = derived.report(tmp_path / "out", formats=["html", "json"], language="zh")
    assert "反向传播" in written.files["html"].read_text("utf-8")


def test_a_language_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(DeriveError, match="no words in 'xx'"):
        Catalogue("xx")


# ── What the page must not hide ────────────────────────────────────────────────────────────────────────────────


class Doctored:
    """Passages in which one step says something else."""

    def __init__(self, derivation: Derivation, wrong: Step) -> None:
        self.passages = derivation.passages
        self.wrong = wrong

    def __getitem__(self, key: Key) -> Passage:
        passage = self.passages[key]
        parts = tuple(
            self.wrong if isinstance(part, Step) and part.id == self.wrong.id else part for part in passage.parts
        )
        return msgspec.structs.replace(passage, parts=parts)


OUT, NET = Var("out", 2, (1,)), Var("net", 2, (1,))
SLOPE = Diff(OUT, NET, local=True)
RIGHT = Mul((OUT, Add((ONE, Neg(OUT)))))
WRONG: dict[str, Expr] = {
    "sign": Neg(RIGHT),
    "slope of tanh": Add((ONE, Neg(Pow(OUT, 2)))),
    "factor": Mul((Num(Fraction("1.01")), RIGHT)),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_step_is_refuted_at_the_head_of_its_report(wrong: Expr, tmp_path: Path) -> None:
    spec = derive.load("mazur").spec
    derivation = differentiate(spec)
    (step,) = (each for each in derivation.passages[SLOPE].steps if each.rule is LocalDerivative)
    doctored = msgspec.structs.replace(
        derivation, passages=Doctored(derivation, msgspec.structs.replace(step, rhs=wrong))
    )
    report = write(
        doctored, notation(spec), tmp_path, digits=9, formats=["tex", "html", "json"],
        only=[Var("w", 2, (1, 1))], language="en", seed=0, progress=lambda what, done, whole: None,
    )  # fmt: skip
    assert report.verification.exit_code == 1
    mark, _ = report.summary[0]
    assert mark.kind == "refuted"
    page = report.files["html"].read_text("utf-8")
    head = page[page.index('<ul class="summary">') : page.index("<h2")]
    assert 'class="mark refuted"' in head
    assert f"Step “{step.id}”: the two sides have different values." in page
    left, right = re.findall(r"the left side is (-?[\d.]+(?:e-?\d+)?), the right side (-?[\d.]+(?:e-?\d+)?)\.", page)[0]
    # σ′ at 1.10590597 is 0.18681560; what was claimed is not.
    assert float(left) == pytest.approx(0.186815601808959)
    assert float(right) != pytest.approx(float(left), rel=1e-3)
    data = json.loads(report.files["json"].read_text("utf-8"))
    jsonschema.Draft202012Validator(schema()).validate(data)
    (row,) = (each for each in data["steps"] if each["verdict"] == "refuted")
    assert (row["id"], row["witness"]["draw"], data["verdict"]["word"]) == (step.id, 0, "refuted")
    tex = report.files["tex"].read_text("utf-8")
    assert "\\textcolor{derivebad}{$\\times$~refuted}" in tex.split("\\section")[0]


def verified(**claims: Any) -> Verified:
    """Return what a report says of claims that came out as given."""
    derived = derive.load("mazur").derive()
    nothing: dict[str, Any] = {
        "steps": (), "derivatives": (), "quantities": (), "decimals": (), "region": (), "exponent": None, "seed": 0,
        "method": "complex step", "parameters": 0,
    }  # fmt: skip
    writer = Writer(derived.derivation, derived.notation, Catalogue("en"), 9)
    return Verified(writer, Outcomes(**{**nothing, **claims}))


def said(blocks: Iterable[Block]) -> str:
    return "\n".join(plain(block.words) for block in blocks if isinstance(block, Paragraph))


def test_nothing_claimed_is_no_pass() -> None:
    assert {mark.kind for mark, _ in verified().summary.lines} == {"undecided"}


def test_one_refuted_claim_outweighs_all_others() -> None:
    claims = [(OUT, Agrees(16)), (NET, Refuted(Fault.VALUES)), (TOTAL, Undecided(Doubt.CLOSE))]
    marks = [mark.kind for mark, _ in verified(quantities=claims).summary.lines]
    assert marks == ["undecided", "undecided", "refuted", "undecided"]
    assert [plain(words) for _, words in verified(quantities=claims).summary.lines][2].startswith("1 of 3 ")


def test_what_fails_is_named_with_its_reason() -> None:
    against = Witness(OUT, NET, "0.5", "0.25", draw=3, entry=(2, 1))
    row = GradientRow(Var("w", 2, (1, 1)), "", None, None, None, None, Outcome("undecided", "?", cause="doubt.kink"))
    made = verified(
        quantities=[(OUT, Refuted(Fault.CIRCULAR, (NET, TOTAL)))], derivatives=[row],
        decimals=[(TOTAL, "0.3", Refuted(Fault.VALUES, (), against))],
    )  # fmt: skip
    assert said(made.failures()).splitlines() == [
        "? undecided Derivative by w5: too near a kink to tell on which side.",
        "✗ refuted out_o1: the name is defined by itself or by what is made of it: net_o1, E_total.",
        "✗ refuted E_total, printed as 0.3: the two sides have different values. "
        "At point 3 drawn near the given one the left side is 0.5 in row 2, column 1, the right side 0.25.",
    ]


def test_of_many_failures_the_first_are_shown_and_the_others_counted() -> None:
    made = said(verified(quantities=[(OUT, Undecided(Doubt.CLOSE))] * 50).failures())
    assert len(made.splitlines()) == SHOWN_FAULTS + 1
    assert made.endswith(f"… and {50 - SHOWN_FAULTS} more.")


def test_units_in_the_last_place_are_readable_at_any_size() -> None:
    def row(ulp: float | None) -> GradientRow:
        return GradientRow(Var("w", 2, (1, 1)), "", None, ulp, None, None, Outcome("agrees"))

    (table,) = (
        block
        for block in verified(derivatives=[row(1.26), row(2.94e300), row(None)]).blocks()
        if isinstance(block, Table)
    )
    assert [plain(cells[2]) for cells in table.rows] == ["1.3", "2.9·10³⁰⁰", "–"]
