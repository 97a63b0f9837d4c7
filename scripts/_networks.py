"""Derives and checks random networks on all processors, and sums up; see tests/networks.py for what they are."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable
from multiprocessing import Pool
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from networks import GRID, Distance, Examined, examine, of_grid, seeded, toml

from derive.check.numeric import Way
from derive.derivation import Step
from derive.expression import Diff
from derive.spec import Spec

STRIDE = 10**6  # networks of different seeds are different up to so many
SHOWN = 5  # of the networks with a fault, so many are printed
out = Console(highlight=False)
err = Console(highlight=False, stderr=True)


class Totals:
    """What was found so far."""

    def __init__(self) -> None:
        self.networks = self.failed = self.unsure = 0
        self.steps = self.proved = self.derivatives = self.quantities = self.across_kinks = 0
        self.undecided: Counter[tuple[str, str]] = Counter()
        self.distances: dict[Way, Distance] = {}

    def add(self, examined: Examined) -> None:
        self.networks += 1
        self.steps += examined.steps
        self.proved += examined.proved
        self.derivatives += examined.derivatives
        self.quantities += examined.quantities
        self.across_kinks += examined.across_kinks
        self.unsure += bool(examined.undecided)
        for what, doubt in examined.undecided:
            kind = "steps" if isinstance(what, Step) else "derivatives" if isinstance(what, Diff) else "quantities"
            self.undecided[kind, doubt.value] += 1
        for way, distance in examined.distances.items():
            self.distances[way] = self.distances.get(way, Distance()) | distance


def attempt(number: int) -> tuple[int, Examined | str]:
    """Return how the check of network `number` came out; the traceback where there was an error."""
    try:
        return number, examine(network(number))
    except Exception:
        return number, traceback.format_exc()


def network(number: int) -> Spec:
    """Return a random network; for −1, −2, … those of the grid."""
    return seeded(number) if number >= 0 else of_grid(-1 - number)


def main(
    count: Annotated[int, typer.Argument(min=1, max=STRIDE, help="How many random networks.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other networks.")] = 0,
    grid: Annotated[bool, typer.Option("--grid", help="Every activation with every loss and kind of bias.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes.")] = os.cpu_count() or 1,
) -> None:
    """Derive and check random networks; exit with 1 if anything is refuted."""
    started = time.monotonic()
    totals = Totals()
    numbers = range(-1, -1 - len(GRID), -1) if grid else range(seed * STRIDE, seed * STRIDE + count)
    with Pool(jobs) as pool:
        results: Iterable[tuple[int, Examined | str]] = pool.imap_unordered(attempt, numbers, chunksize=4)
        for number, result in track(results, "networks", total=len(numbers), console=err, transient=True):
            faults = [result] if isinstance(result, str) else result.refuted
            if isinstance(result, Examined):
                totals.add(result)
            totals.failed += bool(faults)
            if faults and totals.failed <= SHOWN:
                out.print(f"network {number}:", *faults[:10], sep="\n  ", markup=False, soft_wrap=True)
                out.print(f"# the file of network {number}\n{toml(network(number))}", markup=False, soft_wrap=True)
    report(totals, time.monotonic() - started)
    raise typer.Exit(1 if totals.failed else 0)


def report(totals: Totals, seconds: float) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column()
    table.add_row("networks", f"{totals.networks:,}", f"in {seconds:,.0f} s")
    table.add_row("refuted", f"{totals.failed:,}", "networks")
    table.add_row("steps", f"{totals.steps:,}", f"{totals.proved:,} of them proved")
    table.add_row("derivatives", f"{totals.derivatives:,}", "by formulas, dual numbers, backpropagation, differences")
    table.add_row("quantities", f"{totals.quantities:,}", "by formulas, dual numbers, backpropagation")
    table.add_row("undecided", f"{totals.unsure:,}", "networks, and in them")
    for (kind, doubt), number in sorted(totals.undecided.items()):
        table.add_row("", f"{number:,}", f"{kind}: {doubt}")
    table.add_row("left out", f"{totals.across_kinks:,}", "differences across the kink of a ReLU")
    out.print(table)
    table = Table(box=None, pad_edge=False)
    table.add_column("derivatives against the formulas", no_wrap=True)
    for head in ("compared", "largest difference", "share of what rounding explains"):
        table.add_column(head, justify="right")
    for way in sorted(totals.distances):
        distance = totals.distances[way]
        table.add_row(way.value, f"{distance.count:,}", f"{distance.ulps:.3g} ulp", f"{distance.share:.2g}")
    out.print()
    out.print(table)


if __name__ == "__main__":
    typer.run(main)
