"""Writes a lecture script on one network, hundreds of pages of it, and measures how long `derive check` reads it.

A page is 30 formulas. All numbers come from the hand-written backpropagation; some are then made wrong on purpose.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from derive.backprop import forward, gradients, parameters
from derive.errata import check
from derive.errata.findings import Errata
from derive.read.document import Document, parse
from derive.spec import Spec, loads

PAGE = 30
SIZES = (9, 9, 9, 4)
RATE = 0.5
out = Console(highlight=False, width=120)

Format = Literal["markdown", "latex"]


class Script(NamedTuple):
    """A lecture script. network: as the text of a spec.  planted: how many of its numbers were made wrong."""

    text: str
    format: Format
    network: str
    spec: Spec
    formulas: int
    planted: int


class Set(NamedTuple):
    """How a format sets headings, displayed formulas of some lines, and a table."""

    heading: Callable[[int, str], str]
    display: Callable[[Sequence[str]], str]
    row: Callable[[Sequence[str]], str]
    table: tuple[str, str]
    document: tuple[str, str]


def _display(lines: Sequence[str], opening: str, closing: str, aligned: str) -> str:
    if len(lines) == 1:
        return f"{opening}{lines[0].replace('&', '')}{closing}"
    body = " \\\\\n".join(lines)
    inside = f"\\begin{{{aligned}}}\n{body}\n\\end{{{aligned}}}"
    return inside if aligned.endswith("*") else f"{opening}\n{inside}\n{closing}"


SETS: dict[Format, Set] = {
    "markdown": Set(
        lambda level, text: f"{'#' * level} {text}",
        lambda lines: _display(lines, "$$", "$$", "aligned"),
        lambda cells: f"| {' | '.join(cells)} |",
        ("| weight | derivative | afterwards |\n|---|---|---|", ""),
        ("", ""),
    ),
    "latex": Set(
        lambda level, text: rf"\{'sub' * (level - 1)}section{{{text}}}",
        lambda lines: _display(lines, r"\[", r"\]", "align*"),
        lambda cells: " & ".join(cells) + r" \\",
        ("\\begin{tabular}{lll}\nweight & derivative & afterwards \\\\", r"\end{tabular}"),
        ("\\documentclass{article}\n\\usepackage{amsmath}\n\\begin{document}", r"\end{document}"),
    ),
}


class Lecture:
    """Writes about a network, weight by weight."""

    def __init__(self, spec: Spec, set_as: Set, draw: random.Random) -> None:
        self.spec, self.set, self.draw = spec, set_as, draw
        self.theta = parameters(spec)
        self.went = forward(spec, self.theta)
        self.slopes = gradients(spec, self.theta)
        self.out = [each[0] for each in self.went.out]
        self.target = np.array([float(t) for t in spec.targets[0]])
        deltas = [self.slopes.biases[-1]]
        for layer in range(len(SIZES) - 2, 0, -1):
            deltas.insert(0, self.theta.weights[layer].T @ deltas[0] * self.out[layer] * (1 - self.out[layer]))
        self.delta = deltas

    def parts(self) -> Iterator[list[str]]:
        """Yield the paragraphs of section after section; the last kind goes on for ever."""
        yield self._start()
        for layer in range(1, len(SIZES)):
            for j in range(1, SIZES[layer] + 1):
                yield self._neuron(layer, j)
        for layer in range(len(SIZES) - 1, 0, -1):
            for j in range(1, SIZES[layer] + 1):
                for k in range(1, SIZES[layer - 1] + 1):
                    yield self._weight(layer, j, k)
            yield self._table(layer)
        while True:
            yield self._exercise()

    def _start(self) -> list[str]:
        given = [f"$x_{k} = {_short(x)}$" for k, x in enumerate(self.out[0], 1)]
        wanted = [f"$t_{j} = {_short(t)}$" for j, t in enumerate(self.target, 1)]
        return [
            self.set.heading(1, "Backpropagation, at length"),
            "The superscript counts the layer, the subscript the neuron. For every neuron",
            self.set.display(
                [r"z^{(l)}_j &= \sum_{k=1}^{9} w^{(l)}_{jk} a^{(l-1)}_k + b^{(l)}_j", r"a^{(l)}_j &= \sigma(z^{(l)}_j)"]
            ),
            f"The inputs are {', '.join(given)} and the targets {', '.join(wanted)}; "
            f"the learning rate is $\\eta = {RATE}$.",
        ]

    def _neuron(self, layer: int, j: int) -> list[str]:
        ins = range(1, SIZES[layer - 1] + 1)
        w = [self.theta.weights[layer - 1][j - 1, k - 1] for k in ins]
        x = [self.out[layer - 1][k - 1] for k in ins]
        bias = self.theta.biases[layer - 1][j - 1]
        symbols = " + ".join(rf"w^{{({layer})}}_{{{j}{k}}} {_a(layer - 1, k)}" for k in ins)
        numbers = " + ".join(rf"{_in(v)} \cdot {_in(a)}" for v, a in zip(w, x, strict=True))
        weights = [rf"$w^{{({layer})}}_{{{j}{k}}} = {_short(v)}$" for k, v in zip(ins, w, strict=True)]
        net = float(self.went.net[layer - 1][0][j - 1])
        a = float(self.out[layer][j - 1])
        z = rf"z^{{({layer})}}_{j}"
        return [
            self.set.heading(2, f"Neuron {j} of layer {layer}"),
            f"Its weights are {', '.join(weights)} and its bias is $b^{{({layer})}}_{j} = {_short(bias)}$.",
            self.set.display(
                [rf"{z} &= {symbols} + b^{{({layer})}}_{j}", rf"&= {numbers} + {_in(bias)}", rf"&= {self._long(net)}"]
            ),
            self.set.display(
                [rf"{_a(layer, j)} &= \sigma({z}) = \frac{{1}}{{1 + e^{{-{_in(net)}}}}} = {self._long(a)}"]
            ),
        ]

    def _weight(self, layer: int, j: int, k: int) -> list[str]:
        w, z, a, delta = (
            rf"w^{{({layer})}}_{{{j}{k}}}",
            rf"z^{{({layer})}}_{j}",
            _a(layer, j),
            rf"\delta^{{({layer})}}_{j}",
        )
        before = _a(layer - 1, k)
        weight, here = self.theta.weights[layer - 1][j - 1, k - 1], float(self.out[layer][j - 1])
        there, d = float(self.out[layer - 1][k - 1]), float(self.delta[layer - 1][j - 1])
        slope, grad = here * (1 - here), d * there
        new = weight - RATE * grad
        if layer == len(SIZES) - 1:
            error = here - self.target[j - 1]
            first = [rf"{_d('E', a)} &= {a} - t_{j} = {_in(here)} - {_in(self.target[j - 1])} = {self._long(error)}"]
        else:
            above = range(1, SIZES[layer + 1] + 1)
            pairs = [(self.delta[layer][m - 1], self.theta.weights[layer][m - 1, j - 1]) for m in above]
            error = sum(p * q for p, q in pairs)
            symbols = " + ".join(rf"\delta^{{({layer + 1})}}_{m} w^{{({layer + 1})}}_{{{m}{j}}}" for m in above)
            numbers = " + ".join(rf"{_in(p)} \cdot {_in(q)}" for p, q in pairs)
            first = [
                rf"{_d('E', a)} &= \sum_{{m=1}}^{{{SIZES[layer + 1]}}} "
                rf"\delta^{{({layer + 1})}}_m w^{{({layer + 1})}}_{{m{j}}}",
                rf"&= {symbols}",
                rf"&= {numbers} = {self._long(error)}",
            ]
        return [
            self.set.heading(2, f"The weight ${w}$"),
            f"It has the value ${w} = {_short(weight)}$ and leads from ${before}$ to ${z}$, "
            f"which is followed by ${a}$. By the chain rule",
            self.set.display([rf"{_d('E', w)} = {_d('E', a)} \cdot {_d(a, z)} \cdot {_d(z, w)}."]),
            "The first factor is",
            self.set.display(first),
            "and the others are",
            self.set.display(
                [
                    rf"{_d(a, z)} &= {a} (1 - {a}) = {_in(here)} (1 - {_in(here)}) = {self._long(slope)}",
                    rf"{_d(z, w)} &= {before} = {self._long(there)}.",
                ]
            ),
            f"The first two make the error signal ${delta} = {_d('E', z)}$, that is",
            self.set.display(
                [
                    rf"{delta} &= {_d('E', a)} \sigma'({z})",
                    rf"&= {_in(float(error))} \cdot {_in(slope)} = {self._long(d)}.",
                ]
            ),
            f"So ${_d('E', w)} = {delta} {before}$, in numbers",
            self.set.display([rf"{_d('E', w)} = {_in(d)} \cdot {_in(there)} = {self._long(grad)}"]),
            "and the update is",
            self.set.display(
                [
                    rf"{w} \leftarrow {w} - \eta {_d('E', w)} "
                    rf"= {_in(weight)} - {RATE} \cdot {_in(grad)} = {self._long(new)}."
                ]
            ),
            f"With ${before} = {self._long(there)}$ and ${delta} = {self._long(d)}$ all of this can be found again.",
        ]

    def _table(self, layer: int) -> list[str]:
        lines = [self.set.table[0]]
        for j in range(1, SIZES[layer] + 1):
            for k in range(1, SIZES[layer - 1] + 1):
                w = rf"w^{{({layer})}}_{{{j}{k}}}"
                grad = float(self.delta[layer - 1][j - 1] * self.out[layer - 1][k - 1])
                new = self.theta.weights[layer - 1][j - 1, k - 1] - RATE * grad
                lines.append(
                    self.set.row(
                        [f"${w}$", f"${_d('E', w)} = {self._long(grad)}$", f"${w[:-1]}}}^+ = {self._long(new)}$"]
                    )
                )
        return [self.set.heading(2, f"Layer {layer} at a glance"), "\n".join([*lines, self.set.table[1]])]

    def _exercise(self) -> list[str]:
        numbers = [self.draw.randint(-99, 99) / 100 for _ in range(6)]
        value = sum(a * b for a, b in zip(numbers[::2], numbers[1::2], strict=True))
        one, other = float(self.draw.choice(self.out[1])), float(self.draw.choice(self.out[2]))
        made = " + ".join(rf"{_in(a)} \cdot {_in(b)}" for a, b in zip(numbers[::2], numbers[1::2], strict=True))
        return [
            self.set.heading(2, "An exercise"),
            f"Calculate ${made} = {self._long(value)}$, then ${_in(one)}^2 = {self._long(round(one, 9) ** 2)}$ and "
            f"${_in(one)} \\cdot {_in(other)} = {self._long(round(one, 9) * round(other, 9))}$. Then",
            self.set.display(
                [rf"\frac{{1}}{{1 + e^{{-{_in(one)}}}}} = {self._long(1 / (1 + np.exp(-round(one, 9))))}."]
            ),
        ]

    def _long(self, value: float) -> str:
        return f"{value:.9f}"


def _a(layer: int, j: int) -> str:
    return rf"a^{{({layer})}}_{j}" if layer else f"x_{j}"


def _d(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def _short(value: Any) -> str:
    return f"{float(value):g}"


def _in(value: float) -> str:
    """Return a number as a factor or a term."""
    text = _short(value) if abs(value * 100 - round(value * 100)) < 1e-9 else f"{value:.9f}"
    return f"({text})" if value < 0 else text


def network(seed: int) -> str:
    """Return the network of a seed, as the text of a spec."""
    draw = random.Random(seed)  # noqa: S311

    def some(count: int) -> list[float]:
        return [draw.choice((-1, 1)) * draw.randint(5, 95) / 100 for _ in range(count)]

    lines = [
        'name = "lecture"',
        f"inputs = [{some(SIZES[0])}]",
        f"targets = [{list(map(abs, some(SIZES[-1])))}]",
        f"learning_rate = {RATE}",
    ]
    for m, n in pairwise(SIZES):
        lines += ["", "[[layers]]", f"size = {n}", f"weights = {[some(m) for _ in range(n)]}", f"biases = {some(n)}"]
    return "\n".join([*lines, ""])


_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$|\\\[.*?\\\]|\\begin\{align\*\}.*?\\end\{align\*\}", re.DOTALL)
_NUMBER = re.compile(r"(?<== )-?\d\.\d{9}(?![\d)])")


def write(pages: int, format: Format, seed: int, mistakes: int) -> Script:
    """Return a script of so many pages, with so many wrong numbers in it."""
    text = network(seed)
    spec, draw, set_as = loads(text, source="lecture.toml"), random.Random(seed + 1), SETS[format]  # noqa: S311
    assert isinstance(spec, Spec)
    paragraphs, formulas = [set_as.document[0]], 0
    for part in Lecture(spec, set_as, draw).parts():
        if formulas >= pages * PAGE:
            break
        paragraphs += part
        formulas += sum(len(_FORMULA.findall(each)) for each in part)
    toml, text = text, "\n\n".join([*paragraphs, set_as.document[1]])
    places = [found.span() for found in _NUMBER.finditer(text)]
    wrong = sorted(draw.sample(places, min(mistakes, len(places))))
    for start, end in reversed(wrong):
        at = start + text[start:end].index(".") + draw.randint(2, 5)
        text = text[:at] + str((int(text[at]) + draw.randint(1, 9)) % 10) + text[at + 1 :]
    return Script(text, format, toml, spec, formulas, len(wrong))


# ── Measuring ────────────────────────────────────────────────────────────────────────────────────────────────────


def measured(script: Script, workers: int) -> tuple[float, Errata, Document]:
    """Return how long reading and judging took, and what came of it."""
    started = time.perf_counter()
    document = parse(script.text, script.format, "lecture")
    errata = check(document, spec=script.spec, seed=1, workers=workers)
    return time.perf_counter() - started, errata, document


def main(
    pages: Annotated[int, typer.Option(min=1)] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another network.")] = 0,
    mistakes: Annotated[int, typer.Option(min=0, help="Numbers that are made wrong.")] = 20,
    cores: Annotated[str, typer.Option(help="How many processes to measure with.")] = "1,2",
    write_to: Annotated[
        Path | None, typer.Option("--write", help="Write the scripts and the network into this folder.")
    ] = None,
) -> None:
    """Check a lecture script as Markdown and as LaTeX; exit with 1 if one core takes a minute or longer."""
    table = Table(box=None, pad_edge=False)
    heads = (
        "format",
        "pages",
        "kB",
        "formulas",
        "claims",
        "cores",
        "seconds",
        "proved",
        "agrees",
        "refuted",
        "planted",
        "undecided",
    )
    for head in heads:
        table.add_column(head, justify="left" if head == "format" else "right")
    slow = False
    for format in SETS:
        script = write(pages, format, seed, mistakes)
        if write_to is not None:
            write_to.mkdir(parents=True, exist_ok=True)
            (write_to / f"lecture{'.md' if format == 'markdown' else '.tex'}").write_text(script.text, "utf-8")
            (write_to / "lecture.toml").write_text(script.network, "utf-8")
        before: Errata | None = None
        for workers in map(int, cores.split(",")):
            seconds, errata, document = measured(script, workers)
            assert before is None or errata == before, "another number of processes, another result"
            before = errata
            slow = slow or (workers == 1 and seconds >= 60)
            counts = Counter(claim.kind for claim in errata.claims)
            formulas = sum(piece.kind == "formula" for piece in document.pieces)
            table.add_row(
                format,
                f"{script.formulas / PAGE:.0f}",
                f"{len(script.text) / 1e3:.0f}",
                f"{formulas:,}",
                f"{len(errata.claims):,}",
                str(workers),
                f"{seconds:.1f}",
                *(f"{counts[kind]:,}" for kind in ("proved", "agrees", "refuted")),
                str(script.planted),
                f"{counts['undecided']:,}",
            )
    out.print(table)
    raise typer.Exit(1 if slow else 0)


if __name__ == "__main__":
    typer.run(main)
