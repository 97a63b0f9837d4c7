"""Judges right programs on all processors, and sums up; see tests/writing.py for what they are."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections import Counter
from multiprocessing import Pool
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from writing import STYLES, write

import derive
from derive.gradcheck.run import judge_source
from derive.spec import Spec

STRIDE = 10**6  # programs of different seeds are different up to so many
SHOWN = 5  # of the programs that are not proved, so many are printed
out = Console(highlight=False)
err = Console(highlight=False, stderr=True)


def judge(number: int) -> tuple[int, str, str, str]:
    """Return the number of a program, its style, the verdict on it, and why it is undecided."""
    written = write(number)
    try:
        spec = derive.network(**written.fields).spec
        assert isinstance(spec, Spec)
        made = judge_source(spec, written.source, "student.py", seed=number)
    except Exception:
        return number, written.style, "failed", traceback.format_exc()
    why = made.reason.why.value if made.reason else dict(made.facts).get("inexact", "")
    return number, written.style, made.kind, why


def main(
    count: Annotated[int, typer.Argument(min=1, max=STRIDE, help="How many programs.")] = 300,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other programs.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes.")] = os.cpu_count() or 1,
) -> None:
    """Judge random right programs; exit with 1 if one is refuted or undecided."""
    started = time.monotonic()
    counts: Counter[tuple[str, str]] = Counter()
    wrong = 0
    numbers = range(seed * STRIDE, seed * STRIDE + count)
    with Pool(jobs) as pool:
        results = pool.imap_unordered(judge, numbers, chunksize=4)
        for number, style, kind, why in track(results, "programs", total=count, console=err, transient=True):
            counts[style, kind] += 1
            wrong += kind not in ("proved", "agrees")
            if kind != "proved" and sum(n for (_, k), n in counts.items() if k == kind) <= SHOWN:
                out.print(f"program {number} ({style}): {kind} {why}", markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    kinds = ("proved", "agrees", "undecided", "refuted", "failed")
    for head in ("style", *kinds):
        table.add_column(head, justify="left" if head == "style" else "right")
    for style in STYLES:
        table.add_row(style, *(f"{counts[style, kind]:,}" for kind in kinds))
    table.add_row("all", *(f"{sum(counts[style, kind] for style in STYLES):,}" for kind in kinds))
    out.print(table)
    out.print(f"{count:,} right programs in {time.monotonic() - started:,.0f} s")
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    typer.run(main)
