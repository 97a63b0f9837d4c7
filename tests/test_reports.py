"""The committed reports are what the code makes, byte for byte, on any processor and with any order of hashing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEXTS = ("mazur.tex", "mazur.html", "mazur.json")


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def check(reports: Path) -> subprocess.CompletedProcess[str]:
    return run(ROOT / "scripts" / "_reports.py", "--check", "--reports", reports)


def test_the_committed_reports_are_up_to_date() -> None:
    done = check(ROOT / "reports")
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nscripts/reports writes them anew"


def test_a_report_that_differs_is_shown(tmp_path: Path) -> None:
    kept = tmp_path / "reports"
    shutil.copytree(ROOT / "reports", kept)
    changed = kept / "mazur" / "mazur.json"
    changed.write_text(changed.read_text("utf-8").replace('"out_h1": "0.5932', '"out_h1": "0.5933', 1), "utf-8")
    (kept / "mazur" / "mazur.tex").unlink()
    done = check(kept)
    assert done.returncode == 1
    assert f"{changed} is not what is made now; 2 lines differ" in done.stdout
    assert '-  "out_h1": "0.5933' in done.stdout
    assert '+  "out_h1": "0.5932' in done.stdout
    assert f"{kept / 'mazur' / 'mazur.tex'} is missing" in done.stdout
    assert "mazur.html" not in done.stdout


def written(folder: Path, **environment: str) -> dict[str, bytes]:
    """Return the texts of a report that is written in `folder` by a process of its own."""
    formats = ("--format", "tex,html,json", "--quiet", "--output", folder)
    done = run("-m", "derive", "report", "mazur", *formats, **environment)
    assert done.returncode == 0, done.stderr
    return {name: (folder / name).read_bytes() for name in TEXTS}


def test_another_machine_writes_the_same_bytes(tmp_path: Path) -> None:
    """Another order of hashing, and other ways of calculating exp and products: no last bit depends on them."""
    here = written(tmp_path / "here", PYTHONHASHSEED="1")
    assert here == written(tmp_path / "no AVX-512", PYTHONHASHSEED="2", NPY_DISABLE_CPU_FEATURES="AVX512F X86_V4")
    old = {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F X86_V3 X86_V4", "OPENBLAS_CORETYPE": "Nehalem"}
    assert here == written(tmp_path / "no AVX", **old)
