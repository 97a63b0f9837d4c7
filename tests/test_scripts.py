"""scripts/lib.sh finds a usable Python and the other programs, installs once, and says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = ["scripts/datasets", "scripts/demo", "scripts/torch_comparison", "scripts/test", ".ci/run"]

# A Python that is a shell script: it answers what lib.sh asks, makes virtual environments of itself, and notes in
# a log what pip is told to do.
PYTHON = """#!/bin/bash
case "$*" in
*sys.executable*) echo "$0" ;;
*ensurepip*) exit 0 ;;
*version_info*) echo 3.12 ;;
*"-m venv"*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" && echo "venv" >>"$LOG" ;;
*"-m pip"*) echo "pip ${@: -1}" >>"$LOG"; echo "no network"; exit ${PIP_FAILS:-0} ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a path with a space, and beside it a folder bin with all programs that lib.sh may find."""
    made = tmp_path / "a project"
    shutil.copytree(ROOT / "scripts", made / "scripts")
    (made / "pyproject.toml").write_text("version = 1\n")
    (tmp_path / "bin").mkdir()
    for name in ("bash", "cat", "cp", "dirname", "mkdir", "rm", "tail"):
        program = shutil.which(name)
        assert program
        (tmp_path / "bin" / name).symlink_to(program)
    return made


def add(project: Path, name: str, text: str = "#!/bin/bash\n") -> Path:
    path = project.parent / "bin" / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def run(project: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a function of lib.sh from another directory, with only the programs in bin."""
    return subprocess.run(
        ["bash", "-c", f'set -euo pipefail; . "$0/scripts/lib.sh"; {command}', project],
        env={"PATH": str(project.parent / "bin"), "LOG": str(project.parent / "log"), **environment},
        cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip


def log(project: Path) -> list[str]:
    path = project.parent / "log"
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_can_be_started_and_are_bash(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_the_newest_python_that_runs_is_taken(project: Path) -> None:
    add(project, "python3.13", "#!/bin/bash\necho 'this is only a stub' >&2\nexit 127\n")
    taken = add(project, "python3.12", PYTHON)
    add(project, "python3", PYTHON)
    assert run(project, "find_python").stdout.strip() == str(taken)


def test_an_old_python_is_not_taken(project: Path) -> None:
    add(project, "python3", PYTHON.replace('echo "$0"', "echo"))
    found = run(project, "find_python")
    assert found.returncode == 1
    assert "needs Python 3.11 or later" in found.stderr


def test_no_python_at_all(project: Path) -> None:
    found = run(project, "find_python")
    assert found.returncode == 1
    for system in ("apt-get install python3 python3-venv", "dnf install python3", "brew install python"):
        assert system in found.stderr
    assert "command not found" not in found.stderr


def test_a_python_without_venv_is_passed_over_or_else_named(project: Path) -> None:
    without = add(project, "python3.12", PYTHON.replace("exit 0", "exit 1"))
    found = run(project, "find_python")
    assert found.returncode == 1
    assert str(without) in found.stderr
    assert "apt-get install python3.12-venv" in found.stderr
    taken = add(project, "python3.11", PYTHON)
    assert run(project, "find_python").stdout.strip() == str(taken)


def test_it_installs_once_and_again_when_the_project_has_changed(project: Path) -> None:
    add(project, "python3", PYTHON)
    for _ in range(2):
        assert run(project, "install ''").returncode == 0
        assert log(project) == ["venv", "pip ."]
    for _ in range(2):
        run(project, "install '[test]'")
        assert log(project) == ["venv", "pip .", "pip .[test]"]
    (project / "pyproject.toml").write_text("version = 2\n")
    for _ in range(2):
        run(project, "install '[test]'; install ''")  # what the tests need is all that the demo needs
        assert log(project) == ["venv", "pip .", "pip .[test]", "pip .[test]"]


def test_a_copied_or_broken_environment_is_made_anew(project: Path) -> None:
    add(project, "python3", PYTHON)
    run(project, "install ''")
    copied = project.with_name("another project")
    shutil.copytree(project, copied)
    run(copied, "install ''")
    assert log(project) == ["venv", "pip ."] * 2
    (copied / ".venv" / "bin" / "python").unlink()
    run(copied, "install ''")
    assert log(project) == ["venv", "pip ."] * 3


def test_an_environment_of_somebody_else_is_used_or_left_alone(project: Path) -> None:
    add(project, "python3", PYTHON)
    run(project, "install ''")
    (project / ".venv" / "made-for").unlink()
    assert run(project, "install '[test]'").returncode == 0
    (project / ".venv" / "bin" / "python").unlink()
    refused = run(project, "install '[test]'")
    assert refused.returncode == 1
    assert "not made by this script" in refused.stderr
    assert (project / ".venv" / "installed[test]").exists()


def test_without_network_it_says_so_and_tries_again_the_next_time(project: Path) -> None:
    add(project, "python3", PYTHON)
    failed = run(project, "install ''", PIP_FAILS="1")
    assert failed.returncode == 1
    assert "no network" in failed.stderr
    assert "the first run needs the Python package index" in failed.stderr
    assert run(project, "install ''").returncode == 0
    assert log(project) == ["venv", "pip .", "pip ."]


@pytest.mark.parametrize(
    ("part", "program"),
    [("tex", "pdflatex"), ("poppler", "pdftotext"), ("browser", "chromium"), ("sandbox", "bwrap")],
)
def test_a_program_is_found_or_said_to_be_missing(project: Path, part: str, program: str) -> None:
    missing = run(project, f"find_part {part}")
    assert missing.returncode == 1
    assert not missing.stdout
    assert missing.stderr.startswith(program)
    for system in ("Debian", "Fedora", "macOS"):
        assert system in missing.stderr
    path = add(project, program)
    add(project, "kpsewhich")
    assert run(project, f"find_part {part}").stdout == f"{path}\n"


def test_a_tex_without_its_packages_is_no_tex(project: Path) -> None:
    add(project, "pdflatex")
    add(project, "kpsewhich", '#!/bin/bash\n[ "$1" != tikz.sty ]\n')
    assert run(project, "find_part tex").returncode == 1


def test_a_bubblewrap_that_is_refused_is_none(project: Path) -> None:
    add(project, "bwrap", "#!/bin/bash\nexit 1\n")
    assert run(project, "find_part sandbox").returncode == 1


@pytest.mark.parametrize(
    ("require", "status", "said"),
    [
        ("", 0, "pdflatex"),
        ("browser", 0, "pdflatex"),
        ("tex", 1, "DERIVE_REQUIRE asks for what is missing: tex"),
        ("browser, tex", 1, "DERIVE_REQUIRE asks for what is missing: tex"),
        ("latex", 1, "no such part: latex (there are: tex, poppler, browser, sandbox)"),
    ],
)
def test_what_is_required_must_be_there(project: Path, require: str, status: int, said: str) -> None:
    add(project, "chromium")
    done = run(project, "check_parts tex browser", DERIVE_REQUIRE=require)
    assert done.returncode == status
    assert said in done.stderr
    assert "chromium" not in done.stderr


USES_A_PART = """
def test_pdf(require):
    assert require("tex").name == "pdflatex"
"""


@pytest.mark.parametrize(
    ("require", "installed", "outcome"),
    [("", True, "1 passed"), ("", False, "1 skipped"), ("browser", False, "1 skipped"), ("tex", False, "1 failed")],
)
def test_a_test_skips_what_is_missing_unless_it_is_required(
    project: Path, require: str, installed: bool, outcome: str
) -> None:
    (project / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", project / "tests")
    (project / "tests" / "test_pdf.py").write_text(USES_A_PART)
    (project / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = ['-ra', '-p', 'no:cacheprovider']\n")
    if installed:
        add(project, "pdflatex")
        add(project, "kpsewhich")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", project / "tests"],
        env={**os.environ, "PATH": str(project.parent / "bin"), "DERIVE_REQUIRE": require},
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert outcome in done.stdout.splitlines()[-1]
    assert installed or "pdflatex" in done.stdout
