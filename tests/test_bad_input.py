"""Bad input costs one clear message: where, what was found, what is allowed; exit code 2; and nothing is written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import derive
from derive import spec

ROOT = Path(__file__).parent.parent
GOOD = """
inputs = [0.05, 0.10]
targets = [0.01, 0.99]
[[layers]]
size = 2
weights = [[0.15, 0.20], [0.25, 0.30]]
"""

BINARY = "loss = 'binary cross-entropy'\n"

BAD = {
    "a broken line": ("inputs = [1", "TOML"),
    "nothing": ("", "inputs"),
    "an unknown key": (GOOD.replace("inputs", "input", 1), "did you mean 'inputs'"),
    "an unknown key of a layer": (GOOD + "activaton = 'tanh'\n", "did you mean 'activation'"),
    "an unknown activation": (GOOD + "activation = 'rleu'\n", "did you mean 'relu'"),
    "an unknown loss": ("loss = 'mean square error'\n" + GOOD, "mean squared error"),
    "no layers": ("inputs = [1]\ntargets = [1]\nlayers = []\n", "layers"),
    "layers that are no tables": ("inputs = [1]\ntargets = [1]\nlayers = [3]\n", "layers[0]"),
    "a row of weights too few": (GOOD.replace(", [0.25, 0.30]", ""), "layers[0].weights"),
    "a weight too few": (GOOD.replace("0.25, ", ""), "layers[0].weights[1]"),
    "ragged inputs": (GOOD.replace("[0.05, 0.10]", "[[1, 2], [1]]"), "inputs"),
    "more targets than neurons": (GOOD.replace("0.99]", "0.99, 1]"), "targets"),
    "more samples than targets": (GOOD.replace("[0.05, 0.10]", "[[1, 2], [3, 4]]"), "targets"),
    "a size of zero": (GOOD.replace("size = 2", "size = 0"), "layers[0].size"),
    "a negative size": (GOOD.replace("size = 2", "size = -2"), "layers[0].size"),
    "a size that is true": (GOOD.replace("size = 2", "size = true"), "layers[0].size"),
    "a size that is a fraction": (GOOD.replace("size = 2", "size = 2.5"), "layers[0].size"),
    "a size of a billion": (GOOD.replace("size = 2", "size = 1000000000"), "layers[0].size"),
    "layers of a million": (
        "inputs = [1]\ntargets = [1]\n" + "[[layers]]\nsize = 1000000\n" * 2 + "[[layers]]\nsize = 1\n",
        "layers",
    ),
    "not a number": (GOOD.replace("0.05", "nan"), "inputs[0]"),
    "infinity": (GOOD.replace("0.15", "-inf"), "layers[0].weights[0]"),
    "a huge exponent": (GOOD.replace("0.05", "1e999999999"), "inputs"),
    "a million digits": (GOOD.replace("0.05", "0." + "1" * 1_000_000), "too long"),
    "a text for a number": (GOOD.replace("0.05", "'a'"), "inputs[0]"),
    "arrays a hundred thousand deep": ("inputs = " + "[" * 100_000 + "]" * 100_000, "nested"),
    "tables a thousand deep": ("a" + ".a" * 1000 + " = 1", "a"),
    "a name that is LaTeX": (GOOD + "[names]\nw1 = '\\\\input{x}'\n", "names"),
    "a name that is HTML": (GOOD + "[names]\nw1 = '<b>'\n", "names"),
    "a name in look-alike letters": (GOOD + "[names]\nw1 = 'а'\n", "names"),
    "two things of one name": (GOOD + "[names]\nw1 = 'a'\nw2 = 'a'\n", "names"),
    "the name of something else": (GOOD + "[names]\nw1 = 'w2'\n", "names"),
    "a name for nothing": (GOOD + "[names]\nw99 = 'a'\n", "w99"),
    "a control character in the title": ("title = \"a\\u0007\"\n" + GOOD, "title"),
    "a probability of two": (BINARY + GOOD.replace("0.99", "2"), "targets"),
    "the logarithm of any output": (BINARY + GOOD + "activation = 'tanh'\n", "loss"),
    "softmax of one": ("inputs = [1]\ntargets = [1]\n[[layers]]\nsize = 1\nactivation = 'softmax'\n", "softmax"),
    "a seed below zero": ("seed = -1\n" + GOOD, "seed"),
}  # fmt: skip


def run(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-m", "derive", *map(str, arguments)],
        capture_output=True, text=True, check=False, env=environment, **more,
    )  # type: ignore[call-overload,no-any-return] # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_with_its_name_and_the_key(what: str, tmp_path: Path) -> None:
    text, key = BAD[what]
    file = tmp_path / "net.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(derive.DeriveError) as refused:
        derive.load(file)
    message = str(refused.value)
    assert message.startswith(str(file))
    assert key in message
    assert len(message) < 1500
    assert len(message.split("\n")) <= 4


def test_the_good_file_is_good(tmp_path: Path) -> None:
    """So that each bad one above is refused for what is bad in it."""
    file = tmp_path / "net.toml"
    file.write_text(GOOD, "utf-8")
    assert derive.load(file).derive().check().passed


@pytest.mark.parametrize(
    "what", ["an unknown key", "arrays a hundred thousand deep", "a size of a billion", "a million digits"]
)
def test_the_command_says_so_in_a_few_lines_and_writes_nothing(what: str, tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_text(BAD[what][0], "utf-8")
    memory = 600 * 2**20

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    out = run("report", file, "-o", tmp_path / "out", preexec_fn=limit)
    assert out.returncode == 2
    assert out.stderr.startswith("error: ")
    assert "Traceback" not in out.stderr
    assert "\x1b" not in out.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report", "mazzur"], "mazur"),
        (["report", "there/is/none.toml"], "none.toml"),
        (["report", "mazur", "--only", "w55"], "w5"),
        (["report", "mazur", "--only", "eta"], "w1"),
        (["report", "mazur", "--format", "pfd"], "pdf"),
        (["report", "mazur", "--digits", "1"], "2"),
        (["report", "mazur", "--notation", "mazzur"], "mazur"),
        (["report", "mazur", "--lang", "xx"], "en"),
        (["train", "mazur", "--steps", "-1"], "steps"),
    ],
)
def test_a_bad_argument_is_refused_with_what_would_be_right(arguments: list[str], said: str, tmp_path: Path) -> None:
    out = run(*arguments, cwd=tmp_path)
    assert out.returncode == 2
    assert said in out.stderr
    assert "Traceback" not in out.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    out = run("report", "mazur", "-o", tmp_path / "file" / "out", "--format", "json")
    assert out.returncode == 2
    assert "file" in out.stderr
    assert "-o" in out.stderr


def test_a_full_disk_leaves_the_old_report(tmp_path: Path) -> None:
    kept = tmp_path / "mazur.json"
    kept.write_text("old")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    out = run("report", "mazur", "-o", tmp_path, "--format", "json,html", preexec_fn=limit)
    assert out.returncode == 2
    assert "Traceback" not in out.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mazur.json"]
    assert kept.read_text() == "old"


def test_a_starting_file_works_and_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    assert run("new", file).returncode == 0
    before = file.read_bytes()
    assert run("new", file).returncode == 2
    assert file.read_bytes() == before
    assert run("show", file).returncode == 0
    assert run("report", file, "-o", tmp_path / "out", "--format", "json").returncode == 0
    assert json.loads((tmp_path / "out" / "my.json").read_text("utf-8"))["verdict"]["passed"] is True


def test_a_large_network_is_asked_for_a_few_weights(tmp_path: Path) -> None:
    file = tmp_path / "large.toml"
    file.write_text(f"inputs = {[0.5] * 100}\ntargets = {[0] * 10}\n[[layers]]\nsize = 30\n[[layers]]\nsize = 10\n")
    out = run("report", file, "-o", tmp_path / "out", "--format", "html")
    assert out.returncode == 2
    assert "--only" in out.stderr
    assert run("report", file, "-o", tmp_path / "out", "--format", "html", "--only", "w3001").returncode == 0


def test_the_schema_accepts_what_derive_accepts(tmp_path: Path) -> None:
    import tomllib

    schema = spec.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in spec.presets():
        text = (ROOT / "derive" / "presets" / f"{name}.toml").read_text("utf-8")
        jsonschema.validate(tomllib.loads(text), schema)
    for what in ("an unknown key", "an unknown activation", "a size that is true", "a text for a number"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(tomllib.loads(BAD[what][0]), schema)


def test_names_of_a_spec_never_reach_sympys_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    import sympy

    heard: list[str] = []

    def listen(module: object, name: str) -> None:
        real = getattr(module, name)

        def heard_by(*arguments: object, **more: object) -> object:
            heard.extend(x for x in arguments if isinstance(x, str) and "marker" in x)
            return real(*arguments, **more)

        monkeypatch.setattr(module, name, heard_by)

    import sympy.parsing.sympy_parser

    for module, name in (
        (sympy, "sympify"), (sys.modules["sympy.core.sympify"], "sympify"), (sympy.parsing.sympy_parser, "parse_expr"),
        (builtins, "eval"), (builtins, "exec"),
    ):  # fmt: skip
        listen(module, name)
    fields = {"title": "marker", "name": "marker", "names": {"w1": "marker_1", "net_o1": "marker_2"}}
    made = derive.network(
        inputs=[0.05, 0.1], targets=[0.01, 0.99], layers=[{"size": 2, "weights": [[0.15, 0.2], [0.25, 0.3]]}], **fields
    )
    made.derive().report(tmp_path, formats=["tex", "html", "json"])
    assert "marker" in (tmp_path / "marker.tex").read_text("utf-8")
    assert heard == []
