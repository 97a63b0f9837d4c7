"""Documents that are made to break a reader of them, each with what must be said."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from confined import Input


class Hostile(NamedTuple):
    """A document. said: a part of a line that must be said of it; "" where nothing need be. verdict: "" for any."""

    name: str
    made: Callable[[], Input]
    said: str = ""
    verdict: str = ""


def _document(text: str | Callable[[], str], suffix: str = ".md", network: str = "mazur") -> Callable[[], Input]:
    return lambda: Input((text if isinstance(text, str) else text()).encode("utf-8", "surrogatepass"), suffix, network)


def _raw(data: bytes, suffix: str = ".md") -> Callable[[], Input]:
    return lambda: Input(data, suffix, "mazur")


def _nested(opening: str, closing: str, depth: int, inside: str = "x_1") -> str:
    return f"$$y = {opening * depth}{inside}{closing * depth}$$"


def _lines(count: int, line: Callable[[int], str]) -> Callable[[], str]:
    return lambda: "\n\n".join(map(line, range(count)))


def _notebook(source: str) -> str:
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


LETTERS = "jklmnp"
DOCUMENTS = [
    # ── Nested ────────────────────────────────────────────────────────────────────────────────────────────────
    Hostile("deep parentheses", _document(_nested("(", ")", 3000)), "nested too deeply"),
    Hostile("deep fractions", _document(_nested(r"\frac{1}{", "}", 900)), "nested too deeply"),
    Hostile("deep roots", _document(_nested(r"\sqrt{", "}", 500)), "nested too deeply"),
    Hostile("deep exponents", _document(_nested("x_1^{", "}", 2000))),
    Hostile("deep subscripts", _document(_nested("x_{", "}", 2000))),
    Hostile("deep braces", _document(_nested("{", "}", 4_000)), "nested too deeply"),
    Hostile("deep minus", _document(_nested("-", "", 10_000)), "nested too deeply"),
    Hostile("deep matrices", _document(_nested(r"\begin{bmatrix}", r"\end{bmatrix}", 300))),
    Hostile("deep functions", _document(_nested(r"\sigma(", ")", 1000)), "nested too deeply"),
    Hostile("functions as deep as they may be", _document(_nested(r"\sigma(", ")", 30))),
    Hostile("deep derivatives", _document(_nested(r"\frac{\partial ", r"}{\partial x_1}", 500))),
    Hostile("deep sums", _document(_nested(r"\sum_{k=1}^{2} ", "", 200, "w_{k}"))),
    Hostile("sums within sums, as deep as they may be", _document(_nested(r"\sum_{k=1}^{100} ", "", 12, "x_k"))),
    Hostile("deep quotes in Markdown", _document(lambda: "> " * 20_000 + "$0.5 = 0.5$")),
    Hostile("deep lists in Markdown", _document(lambda: "\n".join("  " * n + "- $0.5 = 0.5$" for n in range(500)))),
    Hostile("deep elements in HTML", _document(lambda: "<div>" * 50_000 + "$0.5 = 0.5$", ".html")),
    Hostile(
        "deep MathML",
        _document(lambda: "<math>" + "<mrow>" * 5000 + "<mi>x</mi>" + "</mrow>" * 5000 + "</math>", ".html"),
    ),
    Hostile("deep JSON", _document(lambda: "[" * 200_000, ".ipynb"), "", "refused"),
    Hostile("deep environments", _document(lambda: r"\begin{itemize}" * 5000 + "$0.5 = 0.5$", ".tex")),
    Hostile("brackets that nothing closes", _document("$" + "(" * 60 + "x_1$ and $" + r"\{[" * 30 + "x_1$")),
    # ── Macros ────────────────────────────────────────────────────────────────────────────────────────────────
    Hostile("a macro of itself", _document(r"\def\x{\x\x}$\x = 0.5$", ".tex")),
    Hostile("macros in a ring", _document(r"\newcommand{\a}{\b\b}\newcommand{\b}{\a\a}$\a = 0.5$", ".tex")),
    Hostile(
        "macros that grow",
        _document(
            lambda: (
                "".join(rf"\def\{chr(97 + n)}{{\{chr(98 + n)}\{chr(98 + n)}}}" for n in range(20))
                + r"\def\u{x_1}$y = \a$"
            ),
            ".tex",
        ),
    ),
    Hostile(
        "a macro of many arguments", _document(r"\newcommand{\f}[9]{#1#1#1#1#1#1#1#1}$\f\f\f\f\f\f\f\f x = 1$", ".tex")
    ),
    Hostile(
        "ten thousand macros",
        _document(lambda: "".join(rf"\def\a{chr(97 + n % 26)}{{{n}}}" for n in range(10_000)) + "$1 = 1$", ".tex"),
    ),
    Hostile(
        "files and commands",
        _document(r"\input{/etc/passwd}\write18{touch /tmp/x}\openin1=/etc/passwd $\input{/etc/passwd} = 1$", ".tex"),
    ),
    Hostile(
        "other signs for mathematics", _document("\\catcode`\\|=3 |0.5 = 0.6|\\catcode`\\$=12 $0.5 = 0.5$", ".tex")
    ),
    # ── Numbers ───────────────────────────────────────────────────────────────────────────────────────────────
    Hostile("a tower of nines", _document("$x_1 = 9^{9^9}$ and $9^{9^{9^{9^{9}}}} = 1$"), "exponent that is too large"),
    Hostile("a tower of tens", _document("$10^{10^{10}} = 1$ and $2^{10^{6}} = 1$"), "exponent that is too large"),
    Hostile("a number of 9,000 digits", _document("$x_1 = 0." + "7" * 9000 + "$"), "too many digits"),
    Hostile(
        "numbers of many digits in prose", _document("The inputs are 0." + "5" * 30_000 + " and " + "9" * 30_000 + ".")
    ),
    Hostile(
        "numbers of many digits in a table", _document("| w1 | w2 |\n|---|---|\n| 0." + "1" * 9000 + " | 1e999999 |")
    ),
    Hostile(
        "numbers of many digits in a listing", _document("```python\nw1 = 0." + "1" * 30_000 + "\nw2 = 1e-999999\n```")
    ),
    Hostile("a power of ten out of reach", _document("x_1 = 1e-99999\n\nx_1 = 1e99999", ".txt")),
    Hostile(
        "powers of powers",
        _document("$x_1 = (((2^{64})^{64})^{64})^{64}$ and $(((1.000000001^{64})^{64})^{64})^{64} = 1$"),
    ),
    Hostile(
        "exponentials of exponentials",
        _document("$x_1 = e^{e^{e^{e^{e^{9}}}}}$ and $e^{-10^{300}} = 0$ and $e^{10^{300}} = 1$"),
    ),
    Hostile(
        "logarithms of nothing",
        _document(
            r"$x_1 = \log(0)$, $\log(-1) = 1$, $\sqrt{-1} = 1$, $\frac{1}{0} = 1$, $0^{-1} = 1$, $\tan(10^{300}) = 1$"
        ),
    ),
    Hostile("a difference of giants", _document("$10^{300} + 1 - 10^{300} = 1$ and $e^{60} - e^{60} + 10^{-300} = 0$")),
    Hostile("digits of other scripts", _document("$x_1 = ٠٫٠٥$ and $w_٣ = ½$ and $x_² = ①$ and w_²³ = 0.5")),
    Hostile("a name of 30,000 letters", _document("$" + "w" * 30_000 + " = 0.5$ and $w_{" + "1" * 30_000 + "} = 0.5$")),
    # ── Large ─────────────────────────────────────────────────────────────────────────────────────────────────
    Hostile("a line of 4 MB", _document(lambda: "x " * (2 << 20))),
    Hostile("a line of 4 MB without spaces", _document(lambda: "x" * (4 << 20))),
    Hostile("a formula of 4 MB", _document(lambda: "$$" + "1 + " * (1 << 20) + "1$$")),
    Hostile("4 MB of dollars", _document(lambda: "$" * (4 << 20))),
    Hostile("4 MB of opening braces", _document(lambda: "{" * (4 << 20), ".tex")),
    Hostile("4 MB of backslashes", _document(lambda: "\\" * (4 << 20), ".tex")),
    Hostile("4 MB of tags", _document(lambda: "<b>" * (4 << 20 // 3), ".html")),
    Hostile("4 MB of opening angles", _document(lambda: "<" * (4 << 20), ".html")),
    Hostile("4 MB of line breaks", _document(lambda: "\r\n" * (2 << 20), ".rst")),
    Hostile("4 MB of numbers in prose", _document(lambda: "the weights are 0.5, 0.25 and 0.125. " * (4 << 20 >> 6))),
    Hostile("4 MB of a table", _document(lambda: "| w1 | w2 |\n|---|---|\n" + "| 0.5 | 0.25 |\n" * (4 << 20 >> 4))),
    Hostile("4 MB of a listing", _document(lambda: "```python\n" + "w1 = 0.5\n" * (4 << 20 >> 4) + "```\n")),
    Hostile("4 MB of a notebook's cell", _document(lambda: _notebook("a \\\\ b \n" * (1 << 19)), ".ipynb")),
    Hostile("4 MB of Chinese", _document(lambda: "误差为0.5，权重为0.25。" * (4 << 20 >> 5))),
    Hostile("17 MB", _document(lambda: "x" * (17 << 20)), "too large", "refused"),
    Hostile("60,000 formulas", _document(lambda: "$1$\n\n" * 60_000), "formulas and paragraphs"),
    Hostile("a formula of many terms", _document("$$0.5 = " + " + ".join(["0.1"] * 5000) + "$$")),
    Hostile("a formula of many factors", _document("$$0.5 = " + r" \cdot ".join(["1.01"] * 3000) + "$$")),
    Hostile("a chain of many sides", _document("$$0.5 " + "= 0.5" * 3000 + "$$")),
    Hostile(
        "chains of many sides, many of them",
        _document(_lines(80, lambda n: f"$${n} " + f"= {n}" * 290 + "$$")),
        "claims: from here on nothing is judged",
    ),
    Hostile("a chain of wrong sides", _document("$$0.5 " + "".join(f"= 0.{n:06}" for n in range(1, 3000, 7)) + "$$")),
    Hostile(
        "a matrix of a million entries",
        _document(lambda: r"$$W = \begin{bmatrix}" + r"\\".join(["&".join("1" * 1000)] * 1000) + r"\end{bmatrix}$$"),
    ),
    Hostile(
        "products of matrices",
        _document(
            lambda: (
                "$$A = " + (r"\begin{bmatrix}" + r"\\".join(["&".join("2" * 20)] * 20) + r"\end{bmatrix}") * 12 + "$$"
            )
        ),
    ),
    Hostile("nested matrices of matrices", _document(_nested(r"\begin{bmatrix} 1 & ", r"\\ 2 & 3\end{bmatrix}", 40))),
    # ── Much work ─────────────────────────────────────────────────────────────────────────────────────────────
    Hostile("a sum over a billion", _document(r"$E = \sum_{k=1}^{1000000000} x_k$ and $E = \sum_{k=1}^{999999} x_1$")),
    Hostile(
        "a sum over six letters",
        _document(
            r"$E = \sum_{j,k,l,m,n,p} w_{jk}$ and "
            r"$E = \sum_{j=1}^{99}\sum_{k=1}^{99}\sum_{l=1}^{99}\sum_{m=1}^{99} x_j x_k x_l x_m$"
        ),
    ),
    Hostile(
        "a family with six letters",
        _document(
            "$" + "".join(f"x_{c}" for c in LETTERS) + " = " + "".join(f"x_{c}" for c in reversed(LETTERS)) + " + 1$"
        ),
    ),
    Hostile(
        "a hundred families", _document(_lines(100, lambda n: rf"$net_j = \sum_{{k=1}}^{{2}} w_{{jk}} x_k + b + {n}$"))
    ),
    Hostile(
        "thousands of names", _document(_lines(1500, lambda n: f"$a_{{{n}}} = b_{{{n}}} + c_{{{n}}}$"), network="")
    ),
    Hostile(
        "thousands of forms of names",
        _document(_lines(2000, lambda n: f"$w^{{{chr(97 + n % 26)}{n // 26}}}_{{h{n % 7}o{n % 3}}} = 0.{n}$")),
    ),
    Hostile(
        "thousands of definitions, each of the one before",
        _document(
            lambda: (
                "$q_0 = x_1$\n\n"
                + "\n\n".join(f"$q_{{{n}}} = q_{{{n - 1}}} q_{{{n - 1}}} + 0.1$" for n in range(1, 800))
            ),
            network="",
        ),
    ),
    Hostile(
        "definitions in a ring",
        _document("$a = b + 1$ and $b = c + 1$ and $c = a + 1$, so $a = 3$ and $a = a + 1$", network=""),
    ),
    Hostile(
        "functions of functions",
        _document("$f(x) = x^2 + x$. " + " ".join(f"$f(x) = {'f(' * 12}x{')' * 12}$" for _ in range(20)), network=""),
    ),
    Hostile(
        "statements about training",
        _document(_lines(3000, lambda n: f"After {n + 20} iterations the error is 0.{n + 1}.")),
    ),
    Hostile(
        "statements about very long training",
        _document(_lines(400, lambda n: f"After {200_000 - n} iterations the error is 0.{n + 1}.")),
    ),
    Hostile(
        "statements about endless training",
        _document("After 99999999999999999999 iterations the error is 0.1, and after 1e999 epochs it is 0."),
    ),
    Hostile(
        "thousands of wrong numbers",
        _document(_lines(400, lambda n: rf"$\frac{{\partial E_{{total}}}}{{\partial w_1}} = 0.0{n + 11111}3577$")),
    ),
    Hostile(
        "thousands of wrong formulas",
        _document(
            _lines(
                400,
                lambda n: (
                    rf"$\frac{{\partial E_{{total}}}}{{\partial w_5}} = 1.{n} "
                    r"(out_{o1} - target_{o1}) out_{h1} w_6$"
                ),
            )
        ),
    ),
    Hostile(
        "thousands of wrong substitutions",
        _document(_lines(400, lambda n: rf"$net_{{h1}} = 0.15 \cdot 0.05 + 0.{n + 11} \cdot 0.1 + 0.35$")),
    ),
    Hostile(
        "thousands of rows of wrong numbers",
        _document(
            lambda: (
                "| weight | derivative |\n|---|---|\n"
                + "\n".join(rf"| $w_1$ | $\frac{{\partial E}}{{\partial w_1}} = 0.{n + 12345}$ |" for n in range(400))
            )
        ),
    ),
    Hostile(
        "wrong listings",
        _document(lambda: "```python\n" + "\n".join(f"w{n % 8 + 1} = 0.{n + 111}" for n in range(3000)) + "\n```"),
    ),
    # ── Signs that mislead ────────────────────────────────────────────────────────────────────────────────────
    Hostile(
        "marks of direction",
        _document("The value is \u202e$x_1 = 0.05$\u202c and \u2066$0.5 = 0.5$\u2069."),
        "reverses the direction of text",
    ),
    Hostile("marks of direction in a formula", _document("$x_1 = \u202e50.0\u202c$"), "reverses the direction of text"),
    Hostile(
        "thousands of marks of direction", _document("\u202e" * 5000 + "$0.5 = 0.5$"), "reverses the direction of text"
    ),
    Hostile("controls", _document("\x1b[31m$0.5 = 0.6$\x07\x08\x7f\x9b and \u2028\u2029\x85\x0c")),
    Hostile("commands for a workflow", _document("$0.5 = 0.6$ ::error::x\n::stop-commands::y\n%0A::add-mask::z")),
    Hostile("characters in halves", _document("$x_1 = 0.05$ \\ud800 &#xd800; &#0; &#x110000;", ".html")),
    Hostile("accents without end", _document("$x" + "\u0302" * 3000 + " = 0.5$ e" + "\u0301" * 3000)),
    Hostile("names that look alike", _document("$х_1 = 0.05$ and $w₁ = 0.15$ and $ｗ_1 = 0.15$ and $𝑤_1 = 0.15$")),
    # ── No text ───────────────────────────────────────────────────────────────────────────────────────────────
    Hostile("binary data", _raw(bytes(range(256)) * 40), "binary data", "refused"),
    Hostile("a zero byte", _raw(b"$0.5 = 0.5$\0"), "binary data", "refused"),
    Hostile("no UTF-8", _raw(b"$0.5 = 0.5$ \xff\xfe"), "not UTF-8", "refused"),
    Hostile("half a surrogate", _raw(b"\xed\xa0\x80 $0.5 = 0.5$"), "not UTF-8", "refused"),
    Hostile("UTF-16", _raw("$0.5 = 0.5$".encode("utf-16")), "UTF-16", "refused"),
    Hostile("UTF-16 without a mark", _raw("$0.5 = 0.5$".encode("utf-16-le")), "binary data", "refused"),
    Hostile("a notebook that is none", _raw(b'{"cells": [1, {"cell_type": 5}, {"source": {}}]}', ".ipynb")),
    Hostile("a notebook that is a number", _raw(b"9" * 5000, ".ipynb"), "", "refused"),
    Hostile("nothing", _raw(b"")),
    Hostile("only a mark", _raw(b"\xef\xbb\xbf")),
    # ── Unbalanced ────────────────────────────────────────────────────────────────────────────────────────────
    Hostile(
        "braces that do not match",
        _document(r"$x_1 = }{0.05}{$, $\frac{1}{2$, $\frac{\partial E}{\partial$, $\left( 1$, $1 \right)$"),
    ),
    Hostile(
        "environments that do not match",
        _document(r"\begin{align}x_1 &= 0.05\end{aligned}\begin{bmatrix}1 & 2\end{align}", ".tex"),
    ),
    Hostile("a formula that does not end", _document("$x_1 = 0.05 and then " + "word " * 5000)),
    Hostile(
        "markup in formulas",
        _document('$x_1 = <script>alert(1)</script> 0.05$ and $"><img src=x onerror=alert(1)> = 1$'),
    ),
    Hostile(
        "markup in names",
        _document(
            r"$\text{</code><script>alert(1)</script>} = 0.5$ and $w_{<b>1</b>} = 0.6$ and "
            r"$\href{javascript:alert(1)}{x_1} = 0.06$"
        ),
    ),
    Hostile("front matter that never ends", _document(lambda: "---\n" + "a: [" * 20_000)),
    Hostile(
        "front matter that refers to itself",
        _document("---\na: &a [*a, *a]\nb: &b [*a, *b]\nmacros: *b\n---\n$0.5 = 0.5$"),
    ),
    Hostile(
        "a table of the network's own",
        _document("---\nnetwork: /etc/passwd\nnames:\n  x: ../../etc/passwd\n---\n$0.5 = 0.5$", network=""),
    ),
]
