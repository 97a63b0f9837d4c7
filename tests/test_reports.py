"""The committed reports are what the code makes, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_committed_reports_are_up_to_date() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / "_reports.py", "--check"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, f"{run.stdout}{run.stderr}\nscripts/reports writes them anew"


def test_a_report_that_differs_is_found(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from _reports import compare
    finally:
        sys.path.pop(0)
    made, kept = tmp_path / "made", tmp_path / "kept"
    for folder, text in ((made, "a\nb\n"), (kept, "a\nc\n")):
        folder.mkdir()
        (folder / "x.tex").write_text(text)
    assert compare(made, kept) == [f"{kept / 'x.tex'} differs, first in line 2"]
    (kept / "x.tex").write_text("a\nb\n")
    assert compare(made, kept) == []
    (kept / "x.tex").unlink()
    assert compare(made, kept) == [f"{kept / 'x.tex'} is missing"]
