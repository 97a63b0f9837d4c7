"""Documents as pieces: what is a formula, prose, code, a row; and where each of its characters stands in the file."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest

from derive.errors import DeriveError
from derive.read.document import FORMATS, Document, Format, Piece, parse, read

REPORTS = Path(__file__).parent.parent / "reports" / "mazur"


def formulas(document: Document) -> list[str]:
    return [piece.text for piece in document.pieces if piece.kind == "formula"]


def displays(document: Document) -> list[str]:
    return [piece.text for piece in document.pieces if piece.kind == "formula" and piece.display]


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in document.pieces]


def of_kind(document: Document, *wanted: str) -> list[str]:
    return [piece.text for piece in document.pieces if piece.kind in wanted]


def source(document: Document, piece: Piece, part: str) -> str:
    """Return what stands in the file where the piece has `part`."""
    at = piece.text.index(part)
    start, end = piece.extract.span(at, at + len(part))
    return document.text[start:end]


def check(document: Document) -> None:
    """Whatever the document: offsets lie within the file, and inline formulas within their words."""
    size = len(document.text)
    for number, piece in enumerate(document.pieces):
        extract = piece.extract
        assert len(extract.text) == len(extract.starts) == len(extract.ends)
        assert all(0 <= start <= end <= size for start, end in zip(extract.starts, extract.ends, strict=True))
        if piece.within >= 0:
            words = document.pieces[piece.within]
            assert piece.within < number
            assert words.kind in ("prose", "row", "heading")
            assert f"${piece.text}$" in words.text
    assert all(0 <= part.start <= part.end <= size for part in document.unread)


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a $w_1$ b", ["w_1"]),
        ("$5 and $6", []),
        ("cost \\$5 and $x$", ["x"]),
        ("from $5 to 6$7", []),
        ("$ x = 1 $", ["x = 1"]),
        ("$ five $", []),
        ("$a\nb$", ["a\nb"]),
        ("$a\n\nb$", []),
        ("$a\n- b$", []),
        ("$$a = b$$", ["a = b"]),
        ("$$\na\n= b\n- c\n$$", ["a\n= b\n- c"]),
        ("$$\na = 1\n\n= b\n$$", ["a = 1\n\n= b"]),
        ("$$ open\n\nThis is a sentence of words.\n\n$$", []),
        ("\\(a\\) and \\[b = 1\\]", ["a", "b = 1"]),
        ("\\\\(a\\\\) and \\\\[b = 1\\\\]", ["a", "b = 1"]),
        ("see \\[1\\] and \\(in words only\\)", []),
        ("```math\nx = 2\n```", ["x = 2"]),
        ("$`a_b`$", ["a_b"]),
        ("`$x$` and $y$", ["y"]),
        ("```\n$x$\n```\n$y$", ["y"]),
        ("~~~python\n$x$\n~~~", []),
        ("words\n\n    $x$ is code", []),
        ("- item\n\n    $x$ is none", ["x"]),
        ("<!-- $x$ -->$y$", ["y"]),
        ("$w\\_1 \\* 2$", ["w_1 * 2"]),
        ("$a &lt; b &amp; c$", ["a < b & c"]),
        ("\\\\(a \\\\{b\\\\}\\\\)", ["a \\{b\\}"]),
        ("$a$$b$", ["a", "b"]),
        ("$$$$", []),
        ("# Head $x$ #", ["x"]),
        ("Head $x$\n---", ["x"]),
        ("> $$\n> x = 1\n> + 2\n> $$", ["x = 1\n+ 2"]),
        ("$\\newcommand{\\net}{n}$ and $x$", ["x"]),
        ("$\\newcommand{\\net}{n} \\net$", ["\\newcommand{\\net}{n} \\net"]),
    ],
)
def test_markdown_knows_formulas(text: str, expected: list[str]) -> None:
    document = parse(text, "markdown")
    check(document)
    assert formulas(document) == expected


@pytest.mark.parametrize(
    "name",
    ["align", "align*", "equation", "gather*", "aligned", "eqnarray", "multline", "flalign*", "displaymath", "split"],
)
@pytest.mark.parametrize("format", ["markdown", "latex", "text", "html"])
def test_environment_is_a_formula_with_its_edges(name: str, format: Format) -> None:
    environment = f"\\begin{{{name}}}\na = b \\\\\n c = d\n\\end{{{name}}}"
    document = parse(f"before\n{environment}\nafter", format)
    assert kinds(document) == [("prose", "before"), ("formula", environment), ("prose", "after")]
    assert document.pieces[1].display


def test_nested_environments_of_one_name_end_with_the_outer_one() -> None:
    inner = "\\begin{aligned} a \\begin{aligned} b \\end{aligned} c \\end{aligned}"
    assert formulas(parse(inner, "latex")) == [inner]


def test_formula_follows_its_prose() -> None:
    document = parse("First.\n\nSet $w_1$ and \\(b\\), then $$c = 1$$ done.", "markdown")
    assert kinds(document) == [
        ("prose", "First."),
        ("prose", "Set $w_1$ and $b$, then"),
        ("formula", "w_1"),
        ("formula", "b"),
        ("formula", "c = 1"),
        ("prose", "done."),
    ]
    assert [piece.within for piece in document.pieces] == [-1, -1, 1, 1, -1, -1]
    prose = document.pieces[1]
    assert source(document, prose, "$b$") == "\\(b\\)"
    assert source(document, prose, "w_1") == "w_1"


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("**net** = *0.3*", "net = 0.3"),
        ("w1*x1 and 2 * 3 and a_b_c", "w1*x1 and 2 * 3 and a_b_c"),
        ("`w1 = 0.15` is code", "w1 = 0.15 is code"),
        ("[out](http://a.b/c_(d)) is 0.75", "out is 0.75"),
        ("w<sub>1</sub> and w<sub>12</sub> and x<sup>2</sup>", "w_1 and w_{12} and x^2"),
        ("<b>bold</b> &lt; 5&nbsp;%", "bold < 5\u00a0%"),
        ("a < b and c > d", "a < b and c > d"),
        ("net\\_h1 = 1", "net_h1 = 1"),
        ("误差**很小**是 $x$", "误差很小是 $x$"),
    ],
)
def test_markdown_marks_are_dropped_from_prose(text: str, prose: str) -> None:
    assert of_kind(parse(text, "markdown"), "prose") == [prose]


def test_markdown_table_becomes_rows() -> None:
    text = "| name | value |\n|:---|---:|\n| $|w|$ | 0.15 |\n| `a` | b \\| c |\n\nafter | all"
    document = parse(text, "markdown")
    check(document)
    assert of_kind(document, "row") == ["name\tvalue", "$|w|$\t0.15", "a\tb | c"]
    assert of_kind(document, "prose") == ["after | all"]
    assert source(document, document.pieces[1], "0.15") == "0.15"
    assert formulas(document) == ["|w|"]


def test_markdown_blocks() -> None:
    text = "# One #\n\nTwo\n===\n\n- three\n- four\n  five\n\n7. six\n\n> seven\n\n***\n\n```{python}\nx = 1\n```\n"
    assert kinds(parse(text, "markdown")) == [
        ("heading", "One"),
        ("heading", "Two"),
        ("prose", "three"),
        ("prose", "four\n  five"),
        ("prose", "six"),
        ("prose", "seven"),
        ("code", "x = 1\n"),
    ]
    assert parse(text, "markdown").pieces[-1].language == "python"


def test_quoted_and_listed_code_lose_their_prefix() -> None:
    document = parse("> ```python\n> x = 1\n>   y\n> ```\n> end\n\n- a\n\n  ```\n  z\n  ```\n", "markdown")
    assert of_kind(document, "code") == ["x = 1\n  y\n", "z\n"]


def test_html_in_markdown() -> None:
    document = parse("a\n\n<table><tr><td>w1</td><td>$w_1$</td></tr></table>\n\n<math><mi>x</mi></math>", "markdown")
    assert of_kind(document, "row") == ["w1\t$w_1$"]
    assert formulas(document) == ["w_1", "x"]


@pytest.mark.parametrize(
    ("text", "front", "first"),
    [
        ("---\ntitle: x\nderive-network: mazur\n---\nbody", {"network": "mazur"}, "body"),
        ('---\nderive-network: "my net" # it\n---\nbody', {"network": "my net"}, "body"),
        ("---\ntitle: $x$\n---\nbody", {}, "body"),
        ("+++\ntitle = 'x'\n[derive]\nnetwork = 'mazur'\n[derive.values]\nw1 = 0.15\n+++\nbody",
         {"network": "mazur", "values": {"w1": 0.15}}, "body"),
        ("+++\ntitle = 'x'\n+++\nbody", {}, "body"),
        ("---\n\nwords\n\n---\nbody", {}, "words"),
    ],
)  # fmt: skip
def test_front_matter(text: str, front: dict[str, object], first: str) -> None:
    document = parse(text, "markdown")
    assert document.front == front
    assert document.pieces[0].text == first


def test_bad_front_matter_is_unread() -> None:
    document = parse("+++\nderive = [\n+++\nbody $x$", "markdown")
    assert formulas(document) == ["x"]
    assert len(document.unread) == 1
    assert "TOML" in document.unread[0].why
    assert document.text[document.unread[0].start : document.unread[0].end] == "derive = [\n"


# ── LaTeX ────────────────────────────────────────────────────────────────────────────────────────────────────────

TEX = r"""\documentclass{article}
\newcommand{\net}{\mathrm{net}}
\newcommand\pd[2]{\frac{\partial #1}{\partial #2}}
\def\E#1{E_{#1}}
\DeclareMathOperator{\sig}{sig}
\newcommand{\optional}[2][x]{#1 #2}
\begin{document}
\section{Forward \texorpdfstring{$x$}{x}}
Text \emph{with} $w_1$~and \textbf{bold} 50\% % comment $no$
more \(a\) then \[b = 1\] and $$c$$ done.

\begin{itemize}
\item one $y$
\item two
\end{itemize}
\begin{figure}\includegraphics{x}\caption{Cap $z$}\end{figure}
\begin{tikzpicture}\node {$hidden$};\end{tikzpicture}
\begin{lstlisting}[language=Python]
x = 1 % no comment
\end{lstlisting}
\begin{equation}
a = 1 % note
+ 2
\end{equation}
\begin{tabular}{|l|c|}\hline
name & value \\[2pt] \hline
$w_1$ & 0.15 \tabularnewline
\multicolumn{2}{c}{both} \\
\end{tabular}
\end{document}
after $q$
"""


def test_latex_pieces() -> None:
    document = parse(TEX, "latex")
    check(document)
    assert [(piece.kind, piece.text) for piece in document.pieces] == [
        ("heading", "Forward $x$"),
        ("formula", "x"),
        ("prose", "Text with $w_1$ and bold 50% more $a$ then"),
        ("formula", "w_1"),
        ("formula", "a"),
        ("formula", "b = 1"),
        ("prose", "and"),
        ("formula", "c"),
        ("prose", "done."),
        ("prose", "one $y$"),
        ("formula", "y"),
        ("prose", "two"),
        ("prose", "Cap $z$"),
        ("formula", "z"),
        ("code", "x = 1 % no comment\n"),
        ("formula", "\\begin{equation}\na = 1 + 2\n\\end{equation}"),
        ("row", "name \t value"),
        ("row", "$w_1$ \t 0.15"),
        ("formula", "w_1"),
        ("row", "both"),
    ]


def test_latex_macros_are_collected_without_backslash() -> None:
    assert parse(TEX, "latex").front["macros"] == {
        "net": [0, "\\mathrm{net}"],
        "pd": [2, "\\frac{\\partial #1}{\\partial #2}"],
        "E": [1, "E_{#1}"],
        "sig": [0, "\\operatorname{sig}"],
    }


def test_macros_have_limits() -> None:
    text = "\\def\\long{" + "x" * 501 + "}" + "".join(f"\\def\\{'a' * n}{{x}}" for n in range(1, 700))
    macros = parse(text, "latex").front["macros"]
    assert isinstance(macros, dict)
    assert len(macros) == 500
    assert "long" not in macros


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        (r"\textcolor{red}{w} is \makebox[2em][l]{0.5}\hskip2pt{1}", "w is 0.5 1"),
        (r"\verb|a_b| and \unknown{kept} \label{gone}", "a_b and kept"),
        (r"\fontsize{9}{10}\selectfont a\,b", "a b"),
        ("``quoted'' \\_ \\& \\ldots", '"quoted" _ & …'),
        (r"price \$5 and \$6", "price $5 and $6"),
        ("a % b\n\n% c\nd", "a"),
    ],
)
def test_latex_macros_in_prose(text: str, prose: str) -> None:
    assert of_kind(parse(text, "latex"), "prose")[0] == prose


# ── reStructuredText ─────────────────────────────────────────────────────────────────────────────────────────────

RST = """\
=====
Title
=====

Sub :math:`x_1`
---------------

Text :math:`w_1 = 0.15`, ``code``, *em*, **bold**, `role <x>`_ and $\\alpha$, cost $5 or $6.

.. math:: a = b

.. math::
   :label: x

   c = d
   + e

   f = g

.. code-block:: python

   x = 1

   y = 2

Example::

    literal $x$

.. comment
   hidden

.. note::

   Inside

====  =====
w     value
====  =====
w1    0.15
w2    :math:`0.2`
====  =====

+----+------+
| a  | b    |
+====+======+
| 1  | 2    |
+----+------+
"""


def test_rst_pieces() -> None:
    document = parse(RST, "rst")
    check(document)
    assert kinds(document) == [
        ("heading", "Title"),
        ("heading", "Sub $x_1$"),
        ("formula", "x_1"),
        ("prose", "Text $w_1 = 0.15$, code, em, bold, role and $\\alpha$, cost $5 or $6."),
        ("formula", "w_1 = 0.15"),
        ("formula", "\\alpha"),
        ("formula", "a = b"),
        ("formula", "c = d\n   + e"),
        ("formula", "f = g"),
        ("code", "x = 1\n\ny = 2\n"),
        ("prose", "Example:"),
        ("code", "literal $x$\n"),
        ("prose", "Inside"),
        ("row", "w\tvalue"),
        ("row", "w1\t0.15"),
        ("row", "w2\t$0.2$"),
        ("formula", "0.2"),
        ("row", "a\tb"),
        ("row", "1\t2"),
    ]
    assert displays(document) == ["a = b", "c = d\n   + e", "f = g"]
    assert document.pieces[9].language == "python"


# ── Notebooks ────────────────────────────────────────────────────────────────────────────────────────────────────

NOTEBOOK = r"""{"metadata": {"a": [1, 2.5e3, null, true]}, "cells": [
 {"cell_type": "markdown", "source": ["# T\n", "$\\alpha = 0.5$ \u0041\ud83d\ude00 b\r\n", "\"$x$\""]},
 {"cell_type": "code", "source": "x = 1\n\ty", "outputs": [
   {"output_type": "stream", "text": ["$no$"]},
   {"output_type": "display_data", "data": {"text/plain": ["no"], "text/latex": ["$$q = 1$$"]}}]},
 {"cell_type": "markdown", "source": "\u00e9 $\ud800$"}]}"""


def test_notebook_pieces() -> None:
    document = parse(NOTEBOOK, "notebook")
    check(document)
    assert [(piece.kind, piece.cell, piece.text) for piece in document.pieces] == [
        ("heading", 1, "T"),
        ("prose", 1, '$\\alpha = 0.5$ A😀 b\n"$x$"'),
        ("formula", 1, "\\alpha = 0.5"),
        ("formula", 1, "x"),
        ("code", 2, "x = 1\n\ty"),
        ("formula", 2, "q = 1"),
        ("prose", 3, "é $\ud800$"),
        ("formula", 3, "\ud800"),
    ]
    assert document.pieces[4].language == "python"
    prose = document.pieces[1]
    for part, written in [("0.5", "0.5"), ("\\", "\\\\"), ("A", "\\u0041"), ("😀", "\\ud83d\\ude00"), ('"', '\\"')]:
        assert source(document, prose, part) == written
    assert source(document, prose, "\n") == "\\r\\n"


def test_notebook_agrees_with_json() -> None:
    generator = random.Random(5)
    signs = ["\\", '"', "\n", "\t", "é", "😀", "\u2028", "a", "$", "/"]
    for _ in range(200):
        words = "".join(generator.choice(signs) for _ in range(generator.randrange(1, 30)))
        text = json.dumps({"cells": [{"cell_type": "code", "source": words}]}, ensure_ascii=generator.random() < 0.5)
        document = parse(text, "notebook")
        assert of_kind(document, "code") == ([words] if words.strip() else [])
        check(document)
        for piece in document.pieces:
            for number, sign in enumerate(piece.text):
                start, end = piece.extract.span(number, number + 1)
                assert json.loads(f'"{document.text[start:end]}"') == sign


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"cells": [\n  {]}', "line 2, column 4"),
        ("[]", "no list of cells"),
        ("", "line 1, column 1"),
        ("[" * 5000, "nested too deeply"),
        ('{"cells": ' + "[" * 80 + "]" * 80 + "}", "nested too deeply"),
    ],
)
def test_bad_notebook(text: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message) as caught:
        parse(text, "notebook", "book.ipynb")
    assert "book.ipynb" in str(caught.value)


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────────────

KATEX = (
    '<span class="katex"><span class="katex-mathml"><math><semantics><mrow><mi>x</mi></mrow>'
    '<annotation encoding="application/x-tex">{}</annotation></semantics></math></span>'
    '<span class="katex-html" aria-hidden="true"><span>again</span></span></span>'
)
WIKI = (
    '<span class="mwe-math-element"><span><math><semantics><mi>a</mi><annotation encoding="application/x-tex">'
    "{\\displaystyle a=2}</annotation></semantics></math></span>"
    '<img class="mwe-math-fallback-image-inline" alt="{\\displaystyle a=2}" src="x.svg"></span>'
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>a $w_1 = 0.15$ and \\(a\\)</p><p>$5 or $6</p>", [("w_1 = 0.15", False), ("a", False)]),
        ("<p>$$x<br>= 1$$</p>", [("x\n= 1", True)]),
        ("<p>$a<em>1 x</em>2 = 3$</p>", [("a_1 x_2 = 3", False)]),
        ("<p>\\[a &lt; b\\]</p>", [("a < b", True)]),
        ("<p><code>$x$</code> <pre>$y$</pre></p>", []),
        (KATEX.format("y &lt; 2"), [("y < 2", False)]),
        (f'<span class="katex-display">{KATEX.format("y")}</span>', [("y", True)]),
        ('<span class="MathJax_Preview">no</span><span class="MathJax"><span>no</span></span>'
         '<script type="math/tex; mode=display">z < 3</script>', [("z < 3", True)]),
        ('<script type="math/tex">% <![CDATA[\nz < 3 %]]></script>', [("z < 3", False)]),
        (WIKI, [("a=2", False)]),
        ('<p>so <img class="mwe-math-fallback-image-inline" alt="{\\displaystyle b=2}">.</p>', [("b=2", False)]),
        ('<span class="math inline">q = 1</span><div class="math display">r = 2</div>',
         [("q = 1", False), ("r = 2", True)]),
        ("<mjx-container><svg>no</svg><mjx-assistive-mml><math><mi>s</mi></math></mjx-assistive-mml></mjx-container>",
         [("s", False)]),
        ("<nav>$n$</nav><style>$s$</style><script>$j$</script><!-- $c$ --><head>$h$</head>", []),
        ("<p>unclosed $x$ <b <i>$y$", [("x", False), ("y", False)]),
        ('<p title="a > b">$x$</p>', [("x", False)]),
    ],
)  # fmt: skip
def test_html_knows_formulas(text: str, expected: list[tuple[str, bool]]) -> None:
    document = parse(text, "html")
    check(document)
    assert [(piece.text, piece.display) for piece in document.pieces if piece.kind == "formula"] == expected
    assert not any("again" in piece.text or "no" in piece.text.split() for piece in document.pieces)


def test_html_pieces() -> None:
    text = (
        "<h2>Head <i>it</i></h2><p>w<sub>1</sub> &lt; w<sub>12</sub><ul><li>one<li>two</ul>"
        "<table><tr><th>w<th>value<tr><td>$w_1$</td><td><p>0.15</p></td></table>"
        '<pre><code class="language-python">x &lt; <b>2</b>\n</code></pre>'
    )
    document = parse(text, "html")
    check(document)
    assert kinds(document) == [
        ("heading", "Head it"),
        ("prose", "w_1 < w_{12}"),
        ("prose", "one"),
        ("prose", "two"),
        ("row", "w\tvalue"),
        ("row", "$w_1$\t 0.15"),
        ("formula", "w_1"),
        ("code", "x < 2\n"),
    ]
    assert document.pieces[-1].language == "python"
    assert source(document, document.pieces[1], "<") == "&lt;"


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<mi>w</mi><mo>=</mo><mn>0.15</mn>", "w=0.15"),
        ("<msub><mi>w</mi><mn>1</mn></msub>", "w_{1}"),
        ("<msub><mrow><mspace/><mi>net</mi></mrow><mrow><mi>h</mi><mn>1</mn></mrow></msub>", "\\mathrm{net}_{h1}"),
        ("<msubsup><mi>w</mi><mi>i</mi><mn>2</mn></msubsup>", "w_{i}^{2}"),
        ("<msup><mrow><mo>(</mo><mi>a</mi><mo>)</mo></mrow><mn>2</mn></msup>", "{(a)}^{2}"),
        ("<msup><mi>f</mi><mo>&prime;</mo></msup>", "f'"),
        ("<mfrac><mrow><mo>&part;</mo><mi>E</mi></mrow><mrow><mo>&#x2202;</mo><mi>w</mi></mrow></mfrac>",
         "\\frac{∂E}{∂w}"),
        ("<msqrt><mi>a</mi><mi>b</mi></msqrt>", "\\sqrt{ab}"),
        ("<mroot><mi>a</mi><mn>3</mn></mroot>", "\\sqrt[3]{a}"),
        ("<munderover><mo>&sum;</mo><mrow><mi>k</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>", "∑_{k=1}^{n}"),
        ("<munder><mi>W</mi><mrow><mn>2</mn><mo>×</mo><mn>1</mn></mrow></munder>", "\\underset{2×1}{W}"),
        ("<mover><mi>y</mi><mo>^</mo></mover><mover><mi>y</mi><mo>¯</mo></mover>", "\\hat{y}\\bar{y}"),
        ("<mover><mi>y</mi><mo>~</mo></mover><mover><mi>y</mi><mo>→</mo></mover>", "\\tilde{y}\\vec{y}"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn></mtd></mtr></mtable>",
         "\\begin{matrix} 1 & 2 \\\\ 3 \\end{matrix}"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a,b)"),
        ("<mi>x</mi><mo>&InvisibleTimes;</mo><mi>y</mi><mphantom><mi>z</mi></mphantom>", "x y"),
        ("<mi>exp</mi><mo>&#x2061;</mo><mo>(</mo><mi>x</mi><mo>)</mo>", "\\exp (x)"),
        ("<mi>𝐖</mi><mi>𝐧𝐞𝐭</mi>", "\\mathbf{W}\\mathbf{net}"),
        ("<mtext>if </mtext><mi>x</mi><mo>&gt;</mo><mn>0</mn>", "\\text{if }x>0"),
        ("<mo>{</mo><mi>a</mi><mo>}</mo>", "\\{a\\}"),
        ("<mn>2</mn><mn>3</mn>", "2 3"),
        ("<m:mi>x</m:mi>", "x"),
        ('<semantics><mi>x</mi><annotation encoding="application/x-tex">y_1</annotation></semantics>', "y_1"),
    ],
)  # fmt: skip
def test_mathml_as_latex(mathml: str, latex: str) -> None:
    document = parse(f"<p><math>{mathml}</math></p>", "html")
    check(document)
    assert formulas(document) == [latex]
    formula = document.pieces[1]
    for number in re.findall(r"\d[\d.]*", latex):
        assert source(document, formula, number) == number


def test_alternative_text_counts_where_there_is_nothing_else() -> None:
    assert formulas(parse('<math alttext="a = 1"></math>', "html")) == ["a = 1"]


@pytest.mark.parametrize(
    ("address", "latex"),
    [
        ("https://latex.codecogs.com/gif.latex?a&space;=&space;%5Cfrac%7B1%7D%7B2%7D+b", "a = \\frac{1}{2}+b"),
        ("https://latex.codecogs.com/svg.image?\\inline&space;\\dpi{150}&space;a%2Bb", "a+b"),
        ("https://www.zhihu.com/equation?tex=E+%3D+%5Cfrac%7B1%7D%7B2%7D", "E = \\frac{1}{2}"),
        ("https://render.githubusercontent.com/render/math?math=w_1%20%3D%200.15", "w_1 = 0.15"),
        ("https://render.githubusercontent.com/render/math?math=%24x%24&mode=inline", "x"),
        ("https://chart.googleapis.com/chart?cht=tx&chl=a%2Bb", "a+b"),
        ("https://math.jianshu.com/math?formula=%5Cdelta%20%3D%20%CE%B4", "\\delta = δ"),
        ("https://i.upmath.me/svg/f(x)+1", "f(x)+1"),
    ],
)
@pytest.mark.parametrize("shape", ["![]({})", '<img src="{}" alt="no">', '<p>so <img alt="no" src="{}">.</p>'])
def test_image_whose_address_is_a_formula(address: str, latex: str, shape: str) -> None:
    format: Format = "html" if shape.startswith("<p>") else "markdown"
    document = parse(shape.format(address), format)
    check(document)
    assert formulas(document) == [latex]
    formula = document.pieces[-1] if document.pieces[-1].kind == "formula" else document.pieces[-2]
    if "0.15" in latex:
        assert source(document, formula, "0.15") == "0.15"
    if "{" in latex:
        assert source(document, formula, "{") == "%7B"


def test_other_images_are_no_formulas() -> None:
    assert formulas(parse('![net](net_1.png) <img src="https://example.org/a.png" alt="x">', "markdown")) == []


# ── This project's own reports ───────────────────────────────────────────────────────────────────────────────────


def test_own_page_and_own_tex_have_the_same_formulas() -> None:
    tex, page = read(REPORTS / "mazur.tex"), read(REPORTS / "mazur.html")
    check(tex)
    check(page)
    assert len(displays(tex)) == len(displays(page)) > 20
    assert not tex.unread
    assert not page.unread
    number = re.compile(r"\d+\.\d+")
    for first, second in zip(displays(tex), displays(page), strict=True):
        assert first.startswith("\\begin{flalign*}")
        assert first.endswith("\\end{flalign*}")
        bare = re.sub(r"\\why\{[^{}]*\}|\\\\\[3pt\]", "", first)
        assert number.findall(bare) == number.findall(second)
    assert "by hand" in of_kind(page, "heading")[0]


def test_numbers_of_own_page_stand_where_they_are_said_to() -> None:
    page = read(REPORTS / "mazur.html")
    seen = 0
    for piece in page.pieces:
        for match in re.finditer(r"\d+\.\d+", piece.text) if piece.kind == "formula" else ():
            start, end = piece.extract.span(*match.span())
            assert page.text[start:end] == match.group()
            seen += 1
    assert seen == len(re.findall(r"<mn>\d+\.\d+</mn>", page.text)) > 200


# ── Places ───────────────────────────────────────────────────────────────────────────────────────────────────────

LINES = "# T\n\nSet $w_1 = 0.15$ and\n$b$.\n\n$$\nE = 0.298\n= 0.5\n$$\n\n"
LINES += "| a | $c$ |\n|---|---|\n| 1 | 2 |\n\n```\nx\n```\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_matter(ending: str) -> None:
    plain, other = parse(LINES, "markdown"), parse(LINES.replace("\n", ending), "markdown")
    check(other)
    assert kinds(plain) == kinds(other)
    assert other.text == LINES.replace("\n", ending)
    for piece in other.pieces:
        for number in re.finditer(r"\d\.\d+", piece.text):
            start, end = piece.extract.span(*number.span())
            assert other.text[start:end] == number.group()


@pytest.mark.parametrize(("text", "format"), [(LINES, "markdown"), (TEX, "latex"), (RST, "rst"), (LINES, "text")])
def test_characters_of_formulas_are_those_of_the_file(text: str, format: Format) -> None:
    document = parse(text, format)
    assert formulas(document)
    for piece in document.pieces:
        if piece.kind == "formula":
            pairs = zip(piece.extract.starts, piece.extract.ends, strict=True)
            assert "".join(document.text[start:end] for start, end in pairs) == piece.text


def test_places_have_line_and_column() -> None:
    document = parse(LINES, "markdown")
    formula = next(piece for piece in document.pieces if piece.kind == "formula")
    assert document.place(formula.extract.starts[0]) == (3, 6, 0)


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_file_with_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(b"\xef\xbb\xbf$x$\r\n")
    document = read(path)
    assert document.bom
    assert document.text == "$x$\r\n"
    assert document.name == str(path)
    assert formulas(document) == ["x"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.md", b"ab\0c", "offset 2"),
        ("a.md", b"abc\xff", "offset 3"),
        ("a.md", b"\xef\xbb\xbfab\xff", "offset 5"),
        ("a.md", "x".encode("utf-16"), "UTF-16"),
        ("a.pdf", b"x", "unknown suffix '.pdf'"),
        ("a", b"x", "no suffix"),
        ("a.md", None, "no such file"),
        ("a.md", b"x" * ((16 << 20) + 1), "too large"),
    ],
)
def test_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DeriveError, match=re.escape(message)) as caught:
        read(path)
    assert "\n" not in caught.value.what
    assert caught.value.where == str(path)


def test_directory_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "notes.md").mkdir()
    with pytest.raises(DeriveError, match="directory"):
        read(str(tmp_path / "notes.md"))


@pytest.mark.parametrize("suffix", [*FORMATS, ".MD"])
def test_suffixes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text('{"cells": []}' if suffix == ".ipynb" else "words")
    assert read(path).format == FORMATS[suffix.lower()]


# ── Hostile documents ────────────────────────────────────────────────────────────────────────────────────────────

GARBAGE = [
    "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\\\[", "\\\\]", "\\begin{align}", "\\end{align}",
    "\\begin{tabular}{l}", "\\end{tabular}", "\\begin{figure}", "\\caption{", "\\section{", "}", "{", "&", "\\\\",
    "%", "\n", "\n\n", "`", "```", "```math", "> ", "- ", "# ", "|", "|-|-|\n", "    ", "\t", "*", "_", "<!--",
    "-->", "<b>", "<sub>", "</sub>", "<math>", "</math>", "<mi>x</mi>", "<mfrac>", "</mfrac>", "<msub>", "<mover>",
    "<munder>", "<mtable><mtr><mtd>", "</mtd>", '<span class="katex">', '<annotation encoding="application/x-tex">',
    "</annotation>", "</span>", "<td>", "<tr>", "<pre>", '<script type="math/tex">', "</script>",
    '<img src="https://latex.codecogs.com/gif.latex?a%20b">', "![a](", "](", ")", '<div class="display">',
    '<div class="l">', '<div class="r">', "</div>", "<em>", "<br>", "&lt;", "&#8706;", ".. math:: ", "::", ".. ",
    ":math:`", "===", "---", "+++", "+-+-+\n", "== ==\n", "x", "w_1 = 0.15", "é", "😀", "\0", "\r", "\r\n", "\u202e",
    "\u2066", "\ufffc", "\ud800", "\\def\\x{", "\\newcommand{\\a}{b}", "\\verb|", '"', "'", "\\", "\\_", "~",
    "\\begin{verbatim}", "\\end{verbatim}", "\\begin{document}", "\\end{document}", "<nav>", "<h1>", "<p>",
    "\\textcolor{a}{",
]  # fmt: skip


@pytest.mark.parametrize("format", sorted(set(FORMATS.values())))
def test_garbage_is_read_somehow(format: Format) -> None:
    generator = random.Random(f"garbage in {format}")
    for _ in range(2000):
        text = "".join(generator.choices(GARBAGE, k=generator.randrange(1, 50)))
        if format == "notebook":
            whole = json.dumps({"cells": [{"cell_type": "markdown", "source": [text, text]}]})
            text = whole if generator.random() < 0.8 else whole[: generator.randrange(len(whole))]
        try:
            check(parse(text, format))
        except DeriveError:
            assert format == "notebook"


@pytest.mark.parametrize("format", ["markdown", "latex", "rst", "html", "text"])
@pytest.mark.parametrize(
    "unit",
    ["$", "$x ", "$x$ ", "\\", "\\[ ", "\\begin{align}", "`` ` ", "<", '<a "', "<!--", ">", "*a ", "[a](", "![a](((",
     "{", "\\section{", "\\def\\a{", "```\n", "|a|\n", "\t", "\n", "<p>", '<span class="katex">', "<math>", "<td>",
     "$$a\n\n", "<math><mrow><mrow>", '<div class="display">', ":math:`", "$a\n\n", "a\u202e "],
)  # fmt: skip
def test_time_grows_with_length_only(unit: str, format: Format) -> None:
    text = unit * ((1 << 18) // len(unit))
    began = time.process_time()
    parse(text, format)
    assert time.process_time() - began < 2


def test_a_long_script_is_read_quickly() -> None:
    page = (
        "## Part\n\nThe net input $net_{h1} = 0.15 \\cdot 0.05$ of *one* neuron, with `code` and [links](a.md).\n\n"
        "$$\n\\begin{aligned}\na &= \\frac{1}{2} \\\\\n b &= 0.5\n\\end{aligned}\n$$\n\n"
        "| a | $b$ |\n|---|---|\n| 1 | $2$ |\n\n"
    )
    text = page * (500_000 // len(page))
    began = time.process_time()
    document = parse(text, "markdown")
    assert time.process_time() - began < 2
    assert len(formulas(document)) == 4 * text.count("## Part")


def test_bidirectional_marks_stay() -> None:
    assert of_kind(parse("a\u202eb \u2066c", "markdown"), "prose") == ["a\u202eb \u2066c"]


def test_endless_formula_is_unread() -> None:
    document = parse("a $$" + "x+" * 60_000 + "$$ b $y$", "markdown")
    assert formulas(document) == ["y"]
    (unread,) = document.unread
    assert "120,000 characters" in unread.why
    assert document.text[unread.start : unread.start + 4] == "$$x+"


def test_too_many_pieces_are_unread() -> None:
    document = parse("a\n\n" * 60_000, "markdown")
    assert len(document.pieces) == 50_000
    assert document.unread[-1].end == len(document.text)


def test_mathml_nested_too_deeply_is_unread() -> None:
    document = parse("<p>a<math>" + "<mrow>" * 500 + "<mi>x</mi>" + "</mrow>" * 500 + "</math> $y$", "html")
    assert formulas(document) == ["y"]
    assert "nested" in document.unread[0].why
