"""The walls that derive's promise rests on hold, and would be missed: each test that finds nothing has one that does.

The import contracts are in pyproject.toml, and scripts/test checks them; here they are broken on purpose. The scan
for routes by which a text could run as code is here.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "derive"

# ── No text from outside becomes code ────────────────────────────────────────────────────────────────────────

# What one module alone may do.
EXCEPTIONS = {
    "__init__.py": {"importlib", "import_module"},  # loads our own modules when they are first used
    "render/pdf.py": {"subprocess"},  # starts pdflatex
    "read/sandbox/command.py": {"subprocess"},  # tries bubblewrap
    "read/sandbox/process.py": {"subprocess"},  # starts our own Python, which is to run foreign code
    "errata/parallel.py": {"multiprocessing"},  # reads formulas in processes of our own
    # Loads foreign programs: inside the sandbox, or in this process those that are the user's own objects.
    "read/foreign/loading.py": {"exec", "compile", "__globals__"},
    "read/confine.py": {"ctypes"},  # tells the kernel what foreign code may not do
}

BUILTINS = {"eval", "exec", "compile", "__import__", "__builtins__"}
MODULES = {
    "builtins", "code", "codeop", "ctypes", "dill", "importlib", "marshal", "multiprocessing", "pickle", "pty", "runpy",
    "shelve", "subprocess", "sympy.parsing", "sympy.core.sympify", "sympy.utilities.autowrap",
    "sympy.utilities.lambdify",
}  # fmt: skip
HARMLESS_MODULES = {"importlib.metadata", "importlib.resources"}
FUNCTIONS = {  # by the last part of their name, wherever they come from
    "eval", "exec", "sympify", "parse_expr", "parse_latex", "parse_mathematica", "parse_maxima", "lambdify", "autowrap",
    "ufuncify", "import_module", "__import__", "create_subprocess_exec", "create_subprocess_shell",
    "__subclasses__", "__globals__", "__builtins__",
}  # fmt: skip
STARTS_A_PROCESS = ("exec", "fork", "popen", "posix_spawn", "spawn", "startfile", "system")  # beginnings, in os
# SymPy evaluates a text in place of an expression anywhere, except where it is the name or the digits of something.
SYMPY_TAKES_TEXT = {
    "Dummy", "Float", "Function", "Idx", "IndexedBase", "Integer", "MatrixSymbol", "Rational", "Symbol", "Wild",
    "symbols",
}  # fmt: skip


def routes_to_code(source: str, path: str) -> list[str]:
    """Return what in a module could run a text as code, each as "path:line: what"."""
    tree = ast.parse(source)
    allowed = EXCEPTIONS.get(path, set())
    sympy = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        for alias in _aliases(node)
        if (node.module or "" if isinstance(node, ast.ImportFrom) else alias.name).partition(".")[0] == "sympy"
    }
    return [
        f"{path}:{getattr(node, 'lineno', 0)}: {what}"
        for node in ast.walk(tree)
        for what in (*_imported(node, allowed), *_named(node, allowed), *_called(node, sympy))
    ]


def _aliases(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import | ast.ImportFrom) else []


def _imported(node: ast.AST, allowed: set[str]) -> Iterator[str]:
    for alias in _aliases(node):
        origin = f"{node.module}." if isinstance(node, ast.ImportFrom) and node.module else ""
        name = origin + alias.name
        parts = name.split(".")
        parents = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
        if (
            (parents & (MODULES - allowed) and not parents & HARMLESS_MODULES)
            or alias.name in FUNCTIONS - allowed
            or (origin == "os." and alias.name.startswith(STARTS_A_PROCESS))
        ):
            yield f"imports {name}"
        if origin.startswith("sympy") and alias.name == "S" and alias.asname:
            yield "gives sympy.S another name"


def _named(node: ast.AST, allowed: set[str]) -> Iterator[str]:
    match node:
        case ast.Name(name) if name in (BUILTINS | FUNCTIONS) - allowed:
            yield name
        case ast.Attribute(ast.Name("os"), name) if name.startswith(STARTS_A_PROCESS):
            yield f"os.{name}"
        case ast.Attribute(_, name) if name in FUNCTIONS - allowed:
            yield f".{name}"


def _called(node: ast.AST, sympy: set[str]) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    for keyword in node.keywords:
        if keyword.arg in ("shell", "allow_pickle") and not (
            isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        ):
            yield f"{keyword.arg}=…"
    values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg)]
    match node.func:
        case ast.Name("S") | ast.Attribute(_, "S"):
            yield "S(…)"
        case ast.Attribute(_, "subs") if any(map(_is_text, values)):
            yield ".subs with a text"
        case ast.Name(name) | ast.Attribute(ast.Name(_), name) if name not in SYMPY_TAKES_TEXT:
            owner = node.func.value.id if isinstance(node.func, ast.Attribute) else name  # type: ignore[attr-defined]
            if owner in sympy and any(map(_is_text, node.args)):
                yield f"SymPy's {name} with a text"


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value):
            return isinstance(value, str)
        case ast.JoinedStr():
            return True
        case ast.Dict(keys, values):
            return any(_is_text(item) for item in [*keys, *values] if item)
        case ast.List(items) | ast.Tuple(items) | ast.Set(items):
            return any(map(_is_text, items))
        case ast.BinOp(left, _, right):
            return _is_text(left) or _is_text(right)
        case _:
            return False


def test_no_text_becomes_code() -> None:
    modules = sorted(PACKAGE.rglob("*.py"))
    assert PACKAGE / "spec" / "reading.py" in modules
    assert PACKAGE / "differentiate" / "rules.py" in modules
    found = [
        what
        for module in modules
        for what in routes_to_code(module.read_text("utf-8"), module.relative_to(PACKAGE).as_posix())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "eval(text)",
        "run = eval",
        "exec(text)",
        "compile(text, '', 'exec')",
        "__import__(text)",
        "__builtins__['eval'](text)",
        "import builtins",
        "from builtins import eval as run",
        "import importlib; importlib.import_module(text)",
        "from importlib import import_module",
        "import runpy",
        "import pickle",
        "from pickle import loads",
        "import numpy as np; np.load(path, allow_pickle=True)",
        "import subprocess",
        "def late():\n    import subprocess as sub",
        "from subprocess import run",
        "import asyncio; asyncio.create_subprocess_shell(text)",
        "run(text, shell=True)",
        "run(text, shell=flag)",
        "import os; os.system(text)",
        "import os; os.popen(text)",
        "import os; os.execvp(name, arguments)",
        "from os import system",
        "from os import posix_spawn as start",
        "import sympy; sympy.sympify(text)",
        "from sympy import sympify",
        "from sympy.core.sympify import sympify as read",
        "from sympy import core; core.sympify.sympify(text)",
        "from sympy.parsing.sympy_parser import parse_expr",
        "import sympy.parsing.latex",
        "from sympy import parsing",
        "import sympy as sp; sp.parse_expr(text)",
        "import sympy as sp; sp.S(text)",
        "from sympy import S; S(text)",
        "from sympy import S as read",
        "import sympy as sp; sp.lambdify(x, y)",
        "y.subs('x', 1)",
        "y.subs({f'w{i}': 1})",
        "y.subs([('x', 1)])",
        "y.subs(x, '1+1')",
        "import sympy as sp; sp.diff('x**2')",
        "import sympy as sp; sp.Add('x' + name, x)",
        "import sympy as sp; sp.Matrix([['x']])",
        "from sympy import simplify as simpler; simpler(f'{text}')",
        "().__class__.__base__.__subclasses__()",
    ],
)
def test_the_scan_finds(line: str) -> None:
    assert routes_to_code(f"from __future__ import annotations\n{line}\n", "graph.py")


@pytest.mark.parametrize(
    "line",
    [
        "import re; re.compile('x')",
        "from importlib import resources, metadata",
        "import platform; platform.system()",
        "import os; os.replace(a, b)",
        "run(arguments, shell=False)",
        "text.replace('a', 'b')",
        "y.subs(x, 1)",
        "y.subs({sp.Symbol('x'): 1})",
        "import sympy as sp; sp.Symbol('x'); sp.Rational('0.05'); sp.S.Half; sp.diff(x**2, x)",
        "class Sigmoid(Function):\n    @classmethod\n    def eval(cls, x): ...",
    ],
)
def test_the_scan_lets_pass(line: str) -> None:
    assert not routes_to_code(line, "graph.py")


def test_only_named_modules_start_programs_run_texts_and_import_by_name() -> None:
    assert not routes_to_code("import subprocess", "render/pdf.py")
    assert not routes_to_code("exec(compile(text, name, 'exec'), space)", "read/foreign/loading.py")
    assert routes_to_code("exec(text)", "read/host.py")
    assert routes_to_code("import subprocess", "read/foreign/loading.py")
    assert not routes_to_code("from importlib import import_module; import_module(name)", "__init__.py")
    assert routes_to_code("from importlib import import_module", "render/__init__.py")
    assert routes_to_code("import subprocess", "render/pdf/page.py")
    assert routes_to_code("import subprocess; subprocess.run(text, shell=True)", "render/pdf.py")


# ── Who imports whom ─────────────────────────────────────────────────────────────────────────────────────────

CHECKER = "The checker does not know how a step was found"
NO_ALGEBRA = "The witness and the spec know no computer algebra"
WITNESS = "The witness sees only the spec and the vocabulary"
FOREIGN = "Foreign code meets no computer algebra"
LAYERS = "Imports point down"


def contracts(package: Path) -> dict[str, bool]:
    """Return the import contracts, and whether each is kept, for the copy of derive inside `package`."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    lines = [line.split(" (")[0].rpartition(" ") for line in done.stdout.splitlines()]
    found = {name: verdict == "KEPT" for name, _, verdict in lines if verdict in ("KEPT", "BROKEN")}
    assert found, done.stdout + done.stderr
    assert done.returncode == (0 if all(found.values()) else 1)
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "derive", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_import_contracts_are_kept(copy: Path) -> None:
    assert contracts(copy) == {CHECKER: True, NO_ALGEBRA: True, WITNESS: True, FOREIGN: True, LAYERS: True}


@pytest.mark.parametrize(
    ("planted", "broken"),
    [
        ({"check/planted.py": "import derive.differentiate"}, {CHECKER, LAYERS}),
        ({"check/planted.py": "def late():\n    from derive.differentiate import rules"}, {CHECKER, LAYERS}),
        ({"check/planted.py": "from ..graph import Graph"}, {CHECKER}),
        ({"check/planted.py": "from derive import functions"}, {CHECKER}),
        ({"check/planted.py": "from derive.algebra import expression"}, {CHECKER}),
        # A detour through a module that may import neither way round.
        ({"check/planted.py": "import derive.notation", "notation/names.py": "import derive.graph"}, {CHECKER, LAYERS}),
        ({"backprop/planted.py": "import sympy"}, {NO_ALGEBRA}),
        ({"backprop/planted.py": "from sympy.core import Add"}, {NO_ALGEBRA}),
        ({"spec/reading.py": "import sympy"}, {NO_ALGEBRA}),
        ({"errors.py": "import sympy"}, {NO_ALGEBRA}),
        ({"backprop/planted.py": "import derive.expression"}, {WITNESS}),
        ({"backprop/planted.py": "import derive.functions"}, {NO_ALGEBRA, WITNESS, LAYERS}),
        ({"read/planted.py": "import sympy"}, {FOREIGN}),
        ({"read/planted.py": "import derive.graph"}, {FOREIGN}),
        ({"diagnose/planted.py": "from derive.differentiate import rules"}, {FOREIGN}),
        ({"read/planted.py": "import derive.gradcheck"}, {LAYERS}),
        ({"check/planted.py": "import derive.read"}, {LAYERS}),
        ({"differentiate/planted.py": "import derive.check"}, {LAYERS}),
        ({"differentiate/planted.py": "import derive.render"}, {LAYERS}),
        ({"render/planted.py": "import derive.differentiate"}, {LAYERS}),
        ({"check/planted.py": "import derive.render"}, {LAYERS}),
        ({"graph.py": "import derive.differentiate"}, {LAYERS}),
        ({"spec/validating.py": "import derive.notation"}, {LAYERS}),
        ({"errors.py": "import derive.spec"}, {LAYERS}),
        ({"newcomer.py": ""}, {LAYERS}),
    ],
)
def test_a_contract_that_is_broken_on_purpose_is_reported(
    copy: Path, planted: dict[str, str], broken: set[str]
) -> None:
    for path, source in planted.items():
        with (copy / "derive" / path).open("a", encoding="utf-8") as module:
            module.write(f"\n{source}\n")
    assert broken <= {name for name, kept in contracts(copy).items() if not kept}


def test_the_renderer_may_know_the_types_of_verdicts_and_no_more_of_the_checker(copy: Path) -> None:
    (copy / "derive" / "check" / "verdict.py").touch()
    (copy / "derive" / "render" / "planted.py").write_text("import derive.check.verdict\n")
    assert contracts(copy)[LAYERS]
    (copy / "derive" / "check" / "planted.py").touch()
    (copy / "derive" / "render" / "planted.py").write_text("import derive.check.planted\n")
    assert not contracts(copy)[LAYERS]


LOADED = """
import importlib, json, pkgutil, sys, types
sys.modules["derive"] = package = types.ModuleType("derive")  # the walls are between modules, whatever __init__ offers
package.__path__ = [sys.argv[1]]
for name in sys.argv[2:]:
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
        importlib.import_module(found.name)
print(json.dumps(sorted(sys.modules)))
"""


def loaded(*names: str) -> set[str]:
    """Return the modules that a new Python has in memory after it has imported the modules `names`, and all in them."""
    command = [sys.executable, "-c", LOADED, str(PACKAGE), *names]
    return set(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def test_the_witness_and_the_spec_run_without_sympy() -> None:
    modules = loaded("derive.backprop", "derive.spec")
    assert "sympy" not in modules
    ours = {".".join(name.split(".")[:2]) for name in modules if name.startswith("derive.")}
    below = {"derive.vocabulary", "derive.grammar", "derive.expression", "derive.errors"}
    assert ours == {"derive.backprop", "derive.spec", *below}


def test_the_checker_runs_without_the_differentiator() -> None:
    modules = loaded("derive.check")
    assert "derive.check" in modules
    assert not modules & {"derive.differentiate", "derive.graph", "derive.functions", "derive.algebra"}


def test_what_is_looked_for_in_memory_can_be_found_there() -> None:
    assert {"sympy", "derive.graph", "derive.functions", "derive.algebra"} <= loaded("derive.differentiate")
