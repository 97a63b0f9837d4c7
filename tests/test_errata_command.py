"""`derive check` and `derive.proofread` on real documents: what they print, write and return."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from planted import DOCUMENTS

import derive
from derive.errata import Cause

RIGHT = "The output is $out_{h1} = 0.593269992$.\r\n"
WRONG = "\ufeffThe output — hidden — is $out_{h1} = 0.593296992$,\r\nand $out_{h2} = 0.596884378$.\r\n"


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "derive", "check", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("text", "code"),
    [(RIGHT, 0), (WRONG, 1), ("$out_{h1} = \\oint$", 3), ("Nothing to judge.", 3)],
)
def test_exit_codes_are_those_of_verify(text: str, code: int, tmp_path: Path) -> None:
    assert command(written(tmp_path / "notes.md", text), "--network", "mazur").returncode == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.md"], "missing.md"),
        (["notes.docx"], ".md"),
        (["notes.md", "--network", "mazzur"], "mazur"),
        (["notes.md", "--seed", "-1"], "--seed"),
        (["notes.md", "--with", "side.toml"], "namess"),
    ],
)
def test_bad_input_costs_one_clear_message(arguments: list[str], said: str, tmp_path: Path) -> None:
    written(tmp_path / "notes.md", RIGHT)
    written(tmp_path / "notes.docx", RIGHT)
    written(tmp_path / "side.toml", 'network = "mazur"\n[namess]\nq = "w1"\n')
    paths = [str(tmp_path / part) if "." in part and not part.startswith("-") else part for part in arguments]
    done = command(*paths)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_binary_data_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(b"words \xff\xfe\x00 words")
    done = command(path)
    assert done.returncode == 2
    assert "byte" in done.stderr


def test_fix_corrects_what_is_plainly_wrong_and_nothing_else(tmp_path: Path) -> None:
    notes, fixed = written(tmp_path / "notes.md", WRONG), tmp_path / "fixed.md"
    done = command(notes, "--network", "mazur", "--fix", fixed)
    assert done.returncode == 1
    assert "0.593296992 → 0.593269992" in done.stdout
    assert fixed.read_bytes() == WRONG.replace("0.593296992", "0.593269992").encode("utf-8")
    assert notes.read_bytes() == WRONG.encode("utf-8")
    assert command(fixed, "--network", "mazur").returncode == 0


def test_fix_works_in_every_format(tmp_path: Path) -> None:
    """A digit of out_h1 wrong in each document, wherever it has nine digits: the copy is the right document."""
    for path in sorted(DOCUMENTS.iterdir()):
        text = path.read_text("utf-8")
        if "0.593269992" not in text or not path.name.startswith(("mazur", "plain", "indexed")):
            continue
        wrong = written(tmp_path / path.name, text.replace("0.593269992", "0.593269982", 1))
        fixed = tmp_path / f"fixed{path.suffix}"
        assert command(wrong, "--network", "mazur", "--fix", fixed, "--quiet").returncode == 1
        assert fixed.read_bytes() == path.read_bytes(), path.name


def test_a_spec_is_written_and_used_again(tmp_path: Path) -> None:
    notes, net = DOCUMENTS / "neuron_en.md", tmp_path / "net.toml"
    assert command(notes, "--write-spec", net).returncode == 0
    made = derive.load(net)
    assert made.derive().check().passed
    assert command(notes, "--network", net).returncode == 0


def test_json_and_sarif_say_where(tmp_path: Path) -> None:
    notes = written(tmp_path / "notes.md", WRONG)
    sarif = tmp_path / "out.sarif"
    made = json.loads(command(notes, "--network", "mazur", "--json", "--sarif", sarif).stdout)
    (document,) = made["documents"]
    wrong = [claim for claim in document["claims"] if claim["verdict"] == "refuted"]
    assert [(claim["claimed"], claim["correct"]) for claim in wrong] == [("0.593296992", "0.593269992")]
    (run,) = json.loads(sarif.read_text("utf-8"))["runs"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    line = WRONG.removeprefix("\ufeff").splitlines()[0]
    assert (region["startLine"], line[region["startColumn"] - 1 : region["endColumn"] - 1]) == (1, "0.593296992")


def test_explain_shows_how_each_formula_was_read(tmp_path: Path) -> None:
    notes = written(tmp_path / "notes.md", "$\\frac{\\partial E}{\\partial w_5} = \\delta_{o1} out_{h1}$ and $\\oint$")
    said = command(notes, "--network", "mazur", "--explain").stdout
    assert "∂E/∂w_5 = delta_o1 · out_h1" in said
    assert "\\oint" in said


def test_in_python(tmp_path: Path) -> None:
    errata = derive.proofread(written(tmp_path / "notes.md", WRONG), "mazur")
    (claim,) = errata.findings
    assert (claim.about, claim.cause) == ("out_h1", Cause.SWAPPED)
    assert derive.proofread(tmp_path / "notes.md", derive.load("mazur")).kind == "refuted"


def test_chinese(tmp_path: Path) -> None:
    notes = written(tmp_path / "notes.md", WRONG)
    said = command(notes, "--network", "mazur", "--lang", "zh").stdout
    assert "0.593269992" in said
    assert any("\u4e00" <= character <= "\u9fff" for character in said)
