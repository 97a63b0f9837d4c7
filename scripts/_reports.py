"""Regenerates the reports that are committed, or compares them byte for byte. See scripts/reports."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Annotated

# The last bit of a double in exp, tanh or a matrix product may depend on the processor. So NumPy and OpenBLAS, which
# read this as they are imported, are to do without what not every one has; names of NumPy 2.0 to 2.3, then of 2.4.
os.environ["NPY_DISABLE_CPU_FEATURES"] = (
    "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V3 X86_V4"
)
if platform.machine() in ("x86_64", "AMD64"):
    os.environ["OPENBLAS_CORETYPE"] = "Prescott"

import typer
from rich.console import Console

import derive

REPORTS = Path(__file__).resolve().parent.parent / "reports"
NETWORKS = ("mazur", "logistic")
COMPARED = ("tex", "html", "json")
PAGE = 3  # of the PDF, for the README: the derivation by w5
SHOWN = 12  # lines of a difference
out = Console(highlight=False, soft_wrap=True)


def write(folder: Path, formats: tuple[str, ...]) -> None:
    """Write the report of every network and model, in a folder of its own."""
    for name in NETWORKS:
        derive.load(name).derive().report(folder / name, formats=formats)


def picture(folder: Path) -> None:
    """Write a page of the PDF as a picture. Raises CalledProcessError where it is no PDF."""
    page = ["-f", str(PAGE), "-l", str(PAGE), "-singlefile", "-r", "110", "-png"]
    subprocess.run(["pdftoppm", *page, folder / "mazur.pdf", folder / "page"], check=True)  # noqa: S603, S607


def differences(made: Path, kept: Path) -> list[str]:
    """Return how each text of `made` differs from the one of the same name in `kept`; nothing where they are equal."""
    found = []
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        other = kept / path.relative_to(made)
        if not other.exists():
            found.append(f"{other} is missing")
        elif other.read_bytes() != path.read_bytes():
            old, new = (each.read_text("utf-8", errors="replace").splitlines() for each in (other, path))
            changes = [line for line in unified_diff(old, new, lineterm="", n=0) if line[:3] not in ("---", "+++")]
            lines = [line[:120] for line in islice(changes, SHOWN)]
            count = sum(not line.startswith("@@") for line in changes)
            found.append("\n  ".join([f"{other} is not what is made now; {count} lines differ:", *lines]))
    return found


def main(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where a text differs.")] = False,
    kept: Annotated[Path, typer.Option("--reports", metavar="DIR", help="Where the reports are.")] = REPORTS,
) -> None:
    """Write the committed reports anew, or compare them with what would be written."""
    if check:
        with tempfile.TemporaryDirectory(prefix="derive-reports-") as folder:
            write(Path(folder), COMPARED)
            found = differences(Path(folder), kept)
        out.print(*(found or ["the reports are what is made now"]), sep="\n", markup=False)
        raise typer.Exit(1 if found else 0)
    missing = [program for program in ("pdflatex", "pdftoppm") if not shutil.which(program)]
    write(kept, COMPARED if "pdflatex" in missing else (*COMPARED, "pdf"))
    if missing:
        out.print(f"there is no {' and no '.join(missing)}: the PDF or its picture stays as it was")
    else:
        picture(kept / "mazur")


if __name__ == "__main__":
    typer.run(main)
