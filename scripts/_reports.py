"""Regenerate the reports that are committed, or with --check compare them byte for byte. See scripts/reports."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import derive

ROOT = Path(__file__).resolve().parent.parent
REPORTS = {"mazur": "mazur"}
COMPARED = (".tex", ".html", ".json")
PAGE = 3  # of the PDF, for the README: the derivation by w5


def write(folder: Path) -> None:
    """Write every committed report below `folder`."""
    for name, network in REPORTS.items():
        formats = ["tex", "html", "json"] + (["pdf"] if shutil.which("pdflatex") else [])
        derive.load(network).derive().report(folder / name, formats=formats)


def picture(folder: Path) -> None:
    """Write a page of the worked example's PDF as a picture."""
    source = folder / "mazur" / "mazur.pdf"
    program = shutil.which("pdftoppm")
    if program and source.exists():
        page = ["-f", str(PAGE), "-l", str(PAGE), "-singlefile", "-r", "110", "-png"]
        subprocess.run([program, *page, str(source), str(folder / "mazur" / "page")], check=True)  # noqa: S603


def compare(made: Path, kept: Path) -> list[str]:
    """Return how the texts of two folders of reports differ."""
    found = []
    for path in sorted(p for p in made.rglob("*") if p.suffix in COMPARED):
        other = kept / path.relative_to(made)
        if not other.exists():
            found.append(f"{other} is missing")
        elif other.read_bytes() != path.read_bytes():
            old, new = other.read_text("utf-8").splitlines(), path.read_text("utf-8").splitlines()
            pairs = enumerate(zip(old, new, strict=False), 1)
            line = next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)) + 1)
            found.append(f"{other} differs, first in line {line}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/reports", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a text differs")
    if not parser.parse_args().check:
        write(ROOT / "reports")
        picture(ROOT / "reports")
        return 0
    with tempfile.TemporaryDirectory(prefix="derive-reports-") as folder:
        write(Path(folder))
        differences = compare(Path(folder), ROOT / "reports")
    print("\n".join(differences) or "the reports are as they are committed")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
