"""Writes documents that nobody would write, and sees whether `derive check` stays calm; see tests/confined.py."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from confined import MEGABYTES, Child, Input, Outcome, tried

STRIDE = 10**7  # documents of different seeds are different up to so many
FRESH = 400  # documents until a process is replaced
NETWORKS = ("", "", "mazur", "mazur", "logistic")
out = Console(highlight=False)

EXAMPLES = Path(__file__).parent.parent / "tests" / "derivations"
SUFFIXES = (".md", ".tex", ".rst", ".ipynb", ".html", ".txt")


# ── Documents ────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = (
    "w_1", "w_5", "w_{11}^{(2)}", "net_{h1}", "out_{o1}", "E_{total}", "x_1", "a^{(1)}_j", "z^{(l)}_k", "b_1",
    r"\eta", r"\delta_{o1}", r"\hat{y}", "W^{[1]}", "q", r"\text{net}_{o2}", "w_{jklmnp}", "target_{o1}",
    r"\sigma'(z)", "i_1", "h",
)  # fmt: skip
NUMBERS = (
    "0.05",
    "0.75136507",
    "0.3775",
    "1",
    "-2.5",
    "9" * 30,
    "9" * 5000,
    "0." + "0" * 400 + "1",
    "1e-99999",
    "1e99999",
    "10^{-300}",
    r"2.5\times10^{-3}",
    "9^{9^{9}}",
    "10^{10^{10}}",
    "0",
    "1/0",
    "0^0",
    r"\infty",
    "1,000,000",
    "0{,}5",
    "∞",
    "½",
    "٣",
)
FRAGMENTS = (
    "$", "$$", r"\[", r"\]", r"\(", "`", "```", "{", "}", "{" * 200, "}" * 200, "(" * 500, r"\left(", r"\right)", "&",
    r"\\", r"\begin{aligned}", r"\end{aligned}", r"\begin{bmatrix}", r"\end{bmatrix}", r"\begin{cases}", r"\frac",
    r"\frac{1}", r"\def\x{\x\x}$\x$", r"\newcommand{\a}{\b\b}\newcommand{\b}{\a\a}$\a$", r"\input{/etc/passwd}",
    r"\write18{id}", r"\catcode`\$=12 ", "<script>alert(1)</script>", '<img src=x onerror="alert(1)">',
    "<math><mi>x</mi>", "</style>", "-->", "<!--", "]]>", "&lt;", "&#x202e;", "\u202e", "\u2066", "\u200f", "\ufeff",
    "\x00", "\x1b[31m", "\x07", "\ud800", "\U000e0041", "e\u0301" * 30, "\u0302" * 40, "\r", "\r\n", "\u2028", "\t",
    "::error::x", "::stop-commands::x", "---\nx: [", "+++\n", "|a|b|\n|--|--|\n|1|2|\n", "\n\n", "=", "≈", ":=",
    r"\leftarrow", "^", "_", "'", "^{^{^{", "_{_{_{", r"\sqrt", r"\sum_{k=1}^{10^9} ", r"\sum_{i,j,k,l,m,n} ",
    r"\partial", "∂", r"\over ", r"\text{$x$}", "After 10,000 iterations the error is 0.5.",
    "After 999999999999 steps the error is 0.1.", "inputs 0.05 and 0.10", "weights: w1 = 0.15, w2 = 0.2", "1" * 3000,
    "-" * 3000, r"\overset{=}", r"\hat" * 60, r"{\bf " * 30, "%", "\\", "~", "#", '"', "\u00b2" * 20, "w₁₁⁽²⁾ = 0.5",
    r"\prod_{i=1}^{99999} i",
)  # fmt: skip
OPERATIONS = (" + ", " - ", r" \cdot ", " * ", " / ", " ", r"\times", r" \odot ", "^", "_")
RELATIONS = (" = ", r" \approx ", " := ", r" \leftarrow ", r" \neq ", " < ", " &= ", " = = ", r" \propto ", "")


@cache
def examples() -> Sequence[tuple[str, str]]:
    return tuple(
        (path.suffix, path.read_text("utf-8")) for path in sorted(EXAMPLES.iterdir()) if path.suffix in SUFFIXES
    )


def make(seed: int) -> Input:
    """Return the document of a seed."""
    draw = random.Random(seed)  # noqa: S311
    kind = draw.random()
    suffix, text = draw.choice(examples())
    if kind < 0.7:
        text = mutated(text if draw.random() < 0.3 else window(text, draw), draw)
    elif kind < 0.92:
        suffix = draw.choice(SUFFIXES)
        text = mutated(written(suffix, draw), draw) if draw.random() < 0.4 else written(suffix, draw)
    elif kind < 0.97:
        text = "".join(draw.choices((*FRAGMENTS, *NAMES, *NUMBERS, *RELATIONS, *OPERATIONS), k=draw.randint(1, 400)))
        suffix = draw.choice(SUFFIXES)
    else:
        return Input(draw.randbytes(draw.randint(0, 3000)), draw.choice(SUFFIXES), draw.choice(NETWORKS))
    if draw.random() < 0.1:
        suffix = draw.choice(SUFFIXES)
    if draw.random() < 0.03 and text:
        text *= min(draw.randint(2, 400), (1 << 20) // len(text) + 1)
    data = text.encode("utf-8", "surrogatepass" if draw.random() < 0.2 else "replace")
    return Input(data, suffix, draw.choice(NETWORKS))


def window(text: str, draw: random.Random) -> str:
    """Return a few lines from anywhere in a text."""
    lines = text.splitlines(keepends=True)
    start = draw.randrange(len(lines))
    return "".join(lines[start : start + draw.randint(1, 40)])


def mutated(text: str, draw: random.Random) -> str:
    for _ in range(draw.choice((1, 1, 2, 3, 5, 10, 30))):
        text = draw.choice(MUTATIONS)(text, draw)
        if len(text) > 1 << 20:
            break
    return text


def _cut(text: str, draw: random.Random) -> tuple[str, str, str]:
    start = draw.randint(0, len(text))
    end = min(len(text), start + int(draw.expovariate(1 / 12)))
    return text[:start], text[start:end], text[end:]


def _left_out(text: str, draw: random.Random) -> str:
    before, _, after = _cut(text, draw)
    return before + after


def _repeated(text: str, draw: random.Random) -> str:
    before, part, after = _cut(text, draw)
    return before + part * draw.choice((2, 3, 50, 1000)) + after


def _put_in(text: str, draw: random.Random) -> str:
    before, part, after = _cut(text, draw)
    return before + draw.choice((*FRAGMENTS, *NUMBERS, *NAMES)) + draw.choice((part, "")) + after


def _character(text: str, draw: random.Random) -> str:
    before, _, after = _cut(text, draw)
    return before + chr(draw.choice((draw.randrange(128), draw.randrange(0x3000), draw.randrange(0xD800)))) + after


def _moved(text: str, draw: random.Random) -> str:
    before, part, after = _cut(text, draw)
    return after + part + before


def _crossed(text: str, draw: random.Random) -> str:
    before, _, after = _cut(text, draw)
    return before + window(draw.choice(examples())[1], draw) + after


def _number(text: str, draw: random.Random) -> str:
    digits = [at for at, c in enumerate(text) if c.isdigit()]
    if not digits:
        return text
    at = draw.choice(digits)
    return text[:at] + draw.choice((*NUMBERS, str(draw.randrange(10)))) + text[at + 1 :]


def _nested(text: str, draw: random.Random) -> str:
    before, part, after = _cut(text, draw)
    opening, closing = draw.choice(
        (
            ("(", ")"),
            ("{", "}"),
            (r"\frac{1}{", "}"),
            (r"\sqrt{", "}"),
            ("-", ""),
            ("x^{", "}"),
            ("x_{", "}"),
            ("[", "]"),
            (r"\sigma(", ")"),
            (r"\left(", r"\right)"),
            ("> ", ""),
            ("- ", ""),
            ("<div>", "</div>"),
            ("<mrow>", "</mrow>"),
            (r"\begin{bmatrix}", r"\end{bmatrix}"),
            (r"\sum_{k}", ""),
            (r"\text{", "}"),
            (r"\hat{", "}"),
            ("f'(", ")"),
            ("|", "|"),
        )
    )
    depth = draw.choice((3, 10, 45, 50, 100, 300, 3000))
    return before + opening * depth + part + closing * draw.choice((depth, depth, depth - 1, 0)) + after


MUTATIONS: Sequence[Callable[[str, random.Random], str]] = (
    _left_out,
    _left_out,
    _repeated,
    _put_in,
    _put_in,
    _put_in,
    _character,
    _moved,
    _crossed,
    _number,
    _number,
    _nested,
)


def formula(draw: random.Random, depth: int = 0) -> str:
    """Return what looks like a formula."""
    if depth > 6 or draw.random() < 0.25:
        return draw.choice(NAMES if draw.random() < 0.6 else NUMBERS[:8] if draw.random() < 0.9 else NUMBERS)

    def part() -> str:
        return formula(draw, depth + draw.choice((1, 2, 3)))

    def row() -> str:
        return " & ".join(part() for _ in range(draw.randint(1, 4)))

    several = [part() for _ in range(draw.randint(2, 4))]
    return draw.choice(
        (
            lambda: draw.choice(OPERATIONS).join(several),
            lambda: draw.choice(OPERATIONS[:4]).join(several),
            lambda: f"({part()})",
            lambda: rf"\frac{{{part()}}}{{{part()}}}",
            lambda: rf"\frac{{\partial {part()}}}{{\partial {part()}}}",
            lambda: f"d{draw.choice(NAMES)}/d{draw.choice(NAMES)}",
            lambda: rf"\sigma({part()})",
            lambda: f"e^{{-{part()}}}",
            lambda: f"{{{part()}}}^{{{part()}}}",
            lambda: rf"\sum_{{k=1}}^{{{part()}}} {part()}",
            lambda: rf"\sqrt{{{part()}}}",
            lambda: rf"\begin{{bmatrix}} {row()} \\ {row()} \end{{bmatrix}}",
            lambda: rf"\log({part()})",
            lambda: f"|{part()}|",
            lambda: rf"\begin{{cases}} {part()} & {part()} > 0 \\ {part()} & \text{{otherwise}} \end{{cases}}",
            lambda: f"-{part()}",
            lambda: f"{part()}^T {part()}",
            lambda: rf"\max({part()}, {part()})",
            lambda: rf"\mathrm{{softmax}}({part()})",
            lambda: f"[{part()}, {part()}]",
            lambda: f"{draw.choice(NAMES)}{draw.choice(FRAGMENTS)}",
        )
    )()


def statement(draw: random.Random) -> str:
    return "".join(draw.choice(RELATIONS) + formula(draw) for _ in range(draw.randint(1, 4)))


def written(suffix: str, draw: random.Random) -> str:
    """Return a document of formulas that nobody has chosen, in a format."""
    lines = []
    for _ in range(draw.randint(1, 25)):
        one, other = statement(draw), statement(draw)
        choices = {
            ".md": (
                f"$${one}$$",
                f"Then ${one}$ and ${other}$.",
                f"| ${one}$ | ${other}$ |\n|---|---|",
                f"# ${one}$",
                one,
            ),
            ".tex": (rf"\[{one}\]", rf"\begin{{align}}{one} \\ {other}\end{{align}}", f"so ${one}$ % {other}"),
            ".rst": (f".. math::\n\n   {one}", f":math:`{one}`", f".. code:: python\n\n   {one}"),
            ".html": (f"<p>${one}$</p>", f'<span class="katex">{one}</span>', f"<pre>{one}</pre>", rf"\[{one}\]"),
            ".txt": (one, f"  {one}"),
        }
        lines.append(draw.choice(choices.get(suffix, choices[".md"])))
    text = "\n\n".join(lines)
    if suffix == ".ipynb":
        cells = [
            {"cell_type": draw.choice(("markdown", "code")), "source": draw.choice((line, [line])), "metadata": {}}
            for line in lines
        ]
        text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return text


# ── Many documents ───────────────────────────────────────────────────────────────────────────────────────────────


def outcomes(seconds: float, seed: int) -> Iterator[tuple[int, Outcome]]:
    """Yield the seeds of documents, and what became of each, for so many seconds."""
    until, number, child = time.monotonic() + seconds, seed * STRIDE, Child(nice=10)
    while time.monotonic() < until:
        found = child.tried(make(number))
        yield number, found
        if found.wrong or child.done >= FRESH or found.megabytes > MEGABYTES * 2 / 3:
            child.end()
            child = Child(nice=10)
        number += 1
    child.end()


def main(
    seconds: Annotated[float, typer.Argument(help="For how long.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other documents.")] = 0,
    only: Annotated[int, typer.Option(help="Try the one document of this seed, as it was printed.")] = -1,
    write: Annotated[Path | None, typer.Option(help="With --only: write the document into this file.")] = None,
) -> None:
    """Check mutated documents and garbage; exit with 1 if one of them is a crash."""
    if only >= 0:
        given = make(only)
        if write is not None:
            write.write_bytes(given.data)
        with tempfile.TemporaryDirectory() as folder:
            outcome = tried(given, Path(folder))
        out.print(f"{given.suffix} {given.network or 'no network'} {len(given.data):,} bytes", outcome, markup=False)
        raise typer.Exit(1 if outcome.wrong else 0)
    counts: Counter[str] = Counter()
    slowest = largest = 0.0
    for number, outcome in outcomes(seconds, seed):
        counts["crash" if outcome.wrong else outcome.verdict] += 1
        slowest, largest = max(slowest, outcome.seconds), max(largest, outcome.megabytes)
        if outcome.wrong:
            out.print(f"--only {number}: {outcome.wrong}", markup=False, soft_wrap=True)
    told = ", ".join(f"{count:,} {kind}" for kind, count in counts.most_common())
    out.print(f"{counts.total():,} documents: {told}; {slowest:.1f} s and {largest:.0f} MB at the most")
    raise typer.Exit(1 if counts["crash"] else 0)


if __name__ == "__main__":
    typer.run(main)
