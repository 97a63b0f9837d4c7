"""Measures what must be fast: each time is a median, and what is compared is measured in turns, in one run.

A ratio holds on any machine, a time does not: so the targets are ratios, and times where they are generous.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import derive
from derive.backprop import train
from derive.check.kernel import Checker
from derive.expression import Diff
from derive.read.sandbox.command import sandboxed
from derive.verification import TOTAL, all_steps, quantities

out = Console(highlight=False, width=100)


def seconds(*work: Callable[[], object], repeats: int) -> list[float]:
    """Return the median time of each piece of work; they take turns, so that a busy moment strikes all of them."""
    taken: list[list[float]] = [[] for _ in work]
    for _ in range(repeats):
        for times, do in zip(taken, work, strict=True):
            started = time.perf_counter()
            do()
            times.append(time.perf_counter() - started)
    return [median(times) for times in taken]


def process(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603


class Benchmark:
    """A table that grows by a row a measurement."""

    def __init__(self, repeats: int) -> None:
        self._repeats = repeats
        self.table = Table(box=None, pad_edge=False)
        self.table.add_column("what", no_wrap=True)
        for head in ("time", "against", "ratio", "target"):
            self.table.add_column(head, justify="right", no_wrap=True)
        self.table.add_column("", no_wrap=True)

    def compare(self, what: str, work: Callable[[], object], other: Callable[[], object], most: float) -> None:
        """Add a row: how many times as long `work` takes as `other`."""
        taken, base = seconds(work, other, repeats=self._repeats)
        ratio = taken / base
        self.table.add_row(what, _time(taken), _time(base), f"{ratio:.2f}", f"≤ {most:g}", _met(ratio <= most))

    def measure(self, what: str, work: Sequence[Callable[[], object]], most: float) -> None:
        """Add a row: how long one of `work` takes. They are alike, and each is done once, with nothing kept."""
        taken = median(each for do in work for each in seconds(do, repeats=1))
        self.table.add_row(what, _time(taken), "", "", f"≤ {_time(most)}", _met(taken <= most))


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _met(met: bool) -> str:
    return "[green]met[/]" if met else "[red]missed[/]"


def main(repeats: Annotated[int, typer.Option(min=1, help="Of which the median is taken.")] = 5) -> None:
    """Print times and ratios beside their targets."""
    benchmark = Benchmark(repeats)
    with tempfile.TemporaryDirectory() as folder, out.status("measuring …"):
        report = ("-m", "derive", "report", "mazur", "--format", "tex,html", "--quiet", "--output", folder)
        process(*report)  # so that all is compiled
        benchmark.compare(
            "derive report mazur, against import sympy, numpy",
            lambda: process(*report),
            lambda: process("-c", "import sympy, numpy"),
            most=3,
        )

        small = derive.load("mazur")
        large = derive.network(inputs=[[0.5] * 784], targets=[[1] + [0] * 9], layers=[{"size": 300}, {"size": 10}])
        assert large.derive()["w1"].steps, "all is warm"
        assert small.derive().check().passed
        benchmark.compare("deriving 784-300-10, against 2-2-2", large.derive, small.derive, most=3)
        for which, name in (("an output", "w235201"), ("a hidden", "w1")):
            chains = [partial(_steps, large.derive(), name) for _ in range(repeats)]
            count = _steps(large.derive(), name)
            benchmark.measure(f"the {count} steps of {which} weight of 784-300-10", chains, 0.1)

        derivation = small.derive().derivation
        gradients = (Diff(TOTAL, name) for name in derivation.parameters)
        steps = all_steps(derivation, [*quantities(derivation), *gradients])
        checks = [partial(Checker(derivation.definitions, derivation.point).check_all, steps) for _ in range(repeats)]
        benchmark.measure(f"checking the {len(steps)} steps of 2-2-2", checks, 0.5)
        runs = [lambda: list(train(small.spec, 10_000))] * repeats
        benchmark.measure("10,000 updates of 2-2-2", runs, 5)
        for sizes, most in (((30, 25, 10), 2), ((60, 70, 10), 10)):
            command = _verify(Path(folder), sizes)
            runs = [partial(process, *command)] * min(repeats, 3)
            count = sum(n * (m + 1) for m, n in pairwise(sizes))
            benchmark.measure(f"derive verify, a right program of {count:,} parameters", runs, most)
    out.print(benchmark.table)


PROGRAM = """
import numpy as np


def gradients(parameters, x, t):
    h = 1 / (1 + np.exp(-(x @ parameters["W1"].T + parameters["b1"])))
    o = 1 / (1 + np.exp(-(h @ parameters["W2"].T + parameters["b2"])))
    d2 = (o - t) * o * (1 - o)
    d1 = d2 @ parameters["W2"] * h * (1 - h)
    return {"W1": d1.T @ x, "b1": d1.sum(axis=0), "W2": d2.T @ h, "b2": d2.sum(axis=0)}
"""


def _verify(folder: Path, sizes: Sequence[int]) -> tuple[str, ...]:
    """Return a command that proves a program right, as somebody would give it."""
    program, network = folder / "student.py", folder / f"{sizes[1]}.toml"
    program.write_text(PROGRAM, "utf-8")
    layers = "".join(f'\n[[layers]]\nsize = {n}\nweights = {{ draw = "glorot normal" }}\n' for n in sizes[1:])
    network.write_text(f"inputs = [{[0.5] * sizes[0]}]\ntargets = [{[0.25] * sizes[-1]}]\n{layers}", "utf-8")
    return "-m", "derive", "verify", str(network), str(program), "--quiet", *(() if sandboxed() else ("--trust",))


def _steps(derived: derive.Derived, name: str) -> int:
    return len(derived[name].steps)


if __name__ == "__main__":
    typer.run(main)
