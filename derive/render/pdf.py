"""LaTeX source to PDF with the system's pdflatex, shut off from the file system as far as TeX allows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from msgspec import Struct

from derive.errors import DeriveError

HOW_TO_GET_TEX = (
    "Debian, Ubuntu: apt install texlive-latex-recommended texlive-pictures lmodern; "
    "Fedora: dnf install texlive-scheme-medium; macOS: brew install --cask mactex-no-gui"
)
SECONDS = 300


def available() -> bool:
    """Return whether there is a pdflatex to call."""
    return shutil.which("pdflatex") is not None


class Typeset(Struct, frozen=True):
    """What TeX made of a source: the PDF, and what it had to say about it."""

    pdf: bytes
    log: str

    @property
    def complaints(self) -> list[str]:
        """What a reader would see: boxes more than 5 pt too wide, and characters without a glyph."""
        return complaints(self.log)


def pdf(source: str) -> bytes:
    """Return the PDF that pdflatex makes of `source`. Raises DeriveError; see `typeset`."""
    return typeset(source).pdf


def typeset(source: str) -> Typeset:
    """Set `source` with pdflatex. Raises DeriveError with the first thing that TeX says is wrong.

    TeX runs in an empty directory of its own, without a shell and without leave to read or write elsewhere.
    """
    program = shutil.which("pdflatex")
    if program is None:
        raise DeriveError("there is no pdflatex on this machine", hint=HOW_TO_GET_TEX)
    with tempfile.TemporaryDirectory(prefix="derive-tex-") as folder:
        (Path(folder) / "report.tex").write_text(source, "utf-8")
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": folder,
            "openout_any": "p",
            "openin_any": "p",
            "SOURCE_DATE_EPOCH": "0",
            "FORCE_SOURCE_DATE": "1",
            "max_print_line": "1000",
        }
        command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"]
        for _ in range(2):  # longtable finds its column widths in the first run
            try:
                run = subprocess.run(  # noqa: S603 - a fixed command, found on the user's own path
                    command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS, check=False
                )
            except subprocess.TimeoutExpired:
                raise DeriveError(f"pdflatex did not end within {SECONDS} seconds", hint="--only w1 for less") from None
            if run.returncode:
                said = run.stdout.decode("utf-8", "replace")
                wrong = re.search(r"^!.*(?:\n.*){0,3}", said, re.MULTILINE)
                raise DeriveError(
                    f"pdflatex could not set the report: {wrong.group(0) if wrong else said[-300:]}",
                    hint=f"--format tex,html leaves the PDF out; if a package is missing: {HOW_TO_GET_TEX}",
                )
        log = (Path(folder) / "report.log").read_text("utf-8", "replace")
        return Typeset((Path(folder) / "report.pdf").read_bytes(), log)


def complaints(log: str, widest: float = 5.0) -> list[str]:
    """Return what a TeX log complains of: boxes that are more than `widest` pt too wide, characters without a glyph."""
    wide = [
        line for line in log.splitlines()
        if (found := re.search(r"Overfull \\hbox \(([\d.]+)pt too wide", line)) and float(found.group(1)) > widest
    ]  # fmt: skip
    return wide + [line for line in log.splitlines() if "Missing character" in line]
