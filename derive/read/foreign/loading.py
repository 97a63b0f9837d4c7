"""Loads foreign programs: the only place where code of others is compiled and run.

Whoever loads a stranger's program does so in a process without rights (`derive.read.sandbox`).
"""

from __future__ import annotations
import __future__

import ast
import inspect
import itertools
import sys
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from derive.errors import DeriveError, shown
from derive.read.foreign.splitting import Parts, split, split_function
from derive.read.foreign.stand_ins import Missing, stand_ins

_NUMBERS = itertools.count(1)


class Skipped(NamedTuple):
    """A statement that failed when the program was loaded, and why."""

    line: int
    why: str


class Piece(NamedTuple):
    """A statement, compiled. assigns: the names at module level that it gives a value to.

    otherwise: what stands in for an import that fails.
    """

    code: CodeType
    line: int
    assigns: frozenset[str]
    otherwise: dict[str, Any] = {}  # noqa: RUF012 - never changed


class Script(NamedTuple):
    """A program that trains when it is run. step: one pass of its training. uses: the names in it and below."""

    before: tuple[Piece, ...]
    step: CodeType
    line: int
    name: str
    uses: frozenset[str]


@dataclass(frozen=True)
class Loaded:
    """A foreign program.

    name: what to call it in messages.  source: its text, "" when it is not known.  tree: its syntax.
    module: what is defined in it.  own: the name of the module that its own classes and functions say they are from.
    skipped: statements that failed.  pieces: its statements but for its training.
    adapter: a program of the user's that says how this one is called, None when there is none.
    """

    name: str
    source: str
    tree: ast.Module
    module: ModuleType
    own: str
    pieces: tuple[Piece, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    adapter: Loaded | None = None
    scripts: dict[str, Script | None] = field(default_factory=dict, compare=False, repr=False)
    _straight: tuple[Piece, ...] | None = field(default=None, compare=False, repr=False)

    @property
    def file(self) -> str:
        """The name of the file in tracebacks."""
        if self.pieces:
            return self.name
        codes = [getattr(value, "__code__", None) for value in vars(self.module).values()]
        return next((code.co_filename for code in codes if code is not None), self.name)

    @property
    def namespaces(self) -> tuple[dict[str, Any], ...]:
        """The global variables of the program's functions, and of its adapter's."""
        found = {id(names): names for names in (vars(self.module), *self._globals())}
        return (*found.values(), *(self.adapter.namespaces if self.adapter else ()))

    def _globals(self) -> list[dict[str, Any]]:
        home = sys.modules.get(self.own)
        return [vars(home)] if home is not None and not self.pieces and home.__name__ != "__main__" else [
            value.__globals__ for value in vars(self.module).values()
            if not self.pieces and inspect.isfunction(value) and value.__module__ == self.own
        ]  # fmt: skip

    def script(self, function: str = "") -> Script | None:
        """Return the training at module level, in ``if __name__ == "__main__"`` or in a main(); or that in a function.

        None where there is none.
        """
        if function not in self.scripts:
            if function:
                node = _find(self.tree, function)
                parts = split_function(self.tree, node) if node is not None else Parts(())
            else:
                parts = split(self.tree, main=False)
                if parts.step is None and self.pieces:  # not of the user's own module: it has run already
                    parts = split(self.tree, main=True)
            self.scripts[function] = _script(parts, self.tree, self.name)
        return self.scripts[function]

    def straight(self) -> tuple[Piece, ...]:
        """Return all statements of a program without a loop that trains, those under ``__main__`` among them."""
        if self._straight is None:
            parts = split(self.tree, main=True)
            found = compiled(parts.before, self.name, flags_of(self.tree)) if parts.step is None else ()
            object.__setattr__(self, "_straight", found)
        return self._straight or ()

    def again(
        self, pieces: Sequence[Piece] | None = None, actions: Mapping[str, Action] | None = None, **how: Any
    ) -> ModuleType:
        """Return the module with everything in it made anew, or made by other `pieces`; see `run`."""
        pieces = self.pieces if pieces is None else pieces
        if not pieces:
            return self.module
        module = ModuleType(self.own)
        module.__dict__["__file__"] = self.name
        if "float" in vars(self.module):  # replaced for the time of a call
            vars(module)["float"] = vars(self.module)["float"]
        run(pieces, vars(module), actions, **how)
        return module


def load(source: str, name: str) -> Loaded:
    """Compile and run a program, but for its training. Raises DeriveError where it is no Python.

    A statement that fails is passed over and kept in `skipped`: what needs it will fail, and say so.
    """
    try:
        with warnings.catch_warnings():  # of the program's text: not ours to complain about
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            pieces = compiled(split(tree, main=False).before, name, flags_of(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        place = f"line {line}: " if line else ""
        what = f"this is no Python that can be read: {place}{getattr(error, 'msg', None) or error}"
        raise DeriveError(
            what, where=f"{name}:{line}" if line else name, hint="if it was written for Python 2, convert it first"
        ) from None
    own = f"_derive_foreign_{next(_NUMBERS)}"
    module = ModuleType(own)
    module.__dict__["__file__"] = name
    sys.modules[own] = module
    skipped = run(pieces, module.__dict__)
    return Loaded(name, source, tree, module, own, pieces, skipped)


def loaded_from(obj: Any) -> Loaded:
    """Return a module, a class or a function of the user's own as a program. Raises DeriveError for anything else."""
    if isinstance(obj, ModuleType):
        return Loaded(obj.__name__, _source(obj), _tree(_source(obj)), obj, obj.__name__)
    if not callable(obj):
        raise DeriveError(
            f"a program's gradient is a function, a class or a module, and this is {shown(obj)}",
            hint="give the function itself, without calling it",
        )
    home = sys.modules.get(getattr(obj, "__module__", None) or "")
    name = getattr(obj, "__name__", type(obj).__name__)
    name = name if name.isidentifier() else "gradients"
    source = _source(home) if home is not None and home.__name__ != "__main__" else ""
    source = source or _source(obj)
    module = ModuleType(home.__name__ if home else "own")
    vars(module)[name] = obj
    return Loaded(name, source, _tree(source), module, getattr(obj, "__module__", "") or "")


def flags_of(tree: ast.Module) -> int:
    """Return the compiler's flags for what the program imports from `__future__`."""
    return __future__.annotations.compiler_flag if any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body
    ) else 0  # fmt: skip


def adapted(loaded: Loaded, adapter: Loaded) -> Loaded:
    """Return a program that is called by another's ``gradients(code, parameters, x, t)``.

    Raises DeriveError where there is no such function.
    """
    function = vars(adapter.module).get("gradients")
    if not callable(function):
        why = f"; line {adapter.skipped[0].line} failed: {adapter.skipped[0].why}" if adapter.skipped else ""
        raise DeriveError(
            f"an adapter has a function gradients, and this has none{why}", where=adapter.name,
            hint="write def gradients(code, parameters, x, t): …, which returns {'W1': …, 'b1': …}",
        )  # fmt: skip
    return replace(loaded, adapter=adapter)


def compiled(statements: Sequence[ast.stmt], name: str, flags: int) -> tuple[Piece, ...]:
    """Compile statements one by one."""
    return tuple(
        Piece(_code([statement], name, flags), statement.lineno, frozenset(_assigned(statement)), stand_ins(statement))
        for statement in statements
    )


Action = Callable[[dict[str, Any]], None]


def run(
    pieces: Sequence[Piece],
    namespace: dict[str, Any],
    actions: Mapping[str, Action] | None = None,
    *,
    first: bool = False,
    tolerated: frozenset[int] | None = None,
) -> tuple[Skipped, ...]:
    """Run statements in `namespace`, and each of `actions` once its name has been assigned to.

    first: whether after the first assignment to it, else after the last.
    tolerated: the lines of statements that may fail, and are passed over then; None for all.
    """  # fmt: skip
    actions = dict(actions or {})
    last = {name: place for place, piece in enumerate(pieces) for name in piece.assigns}
    skipped = []
    for place, piece in enumerate(pieces):
        try:
            exec(piece.code, namespace)  # noqa: S102
        except (Exception, SystemExit) as error:
            if piece.otherwise and isinstance(error, ImportError):
                namespace.update(piece.otherwise)
                if any(isinstance(value, Missing) for value in piece.otherwise.values()):
                    skipped.append(Skipped(piece.line, f"{type(error).__name__}: {error}"))
            elif tolerated is not None and piece.line not in tolerated:
                raise
            else:
                skipped.append(Skipped(piece.line, f"{type(error).__name__}: {error}"))
        for name in piece.assigns & actions.keys():
            if first or last[name] == place:
                actions.pop(name)(namespace)
    return tuple(skipped)


def run_step(script: Script, namespace: dict[str, Any]) -> None:
    """Run one pass of a script's training."""
    exec(script.step, namespace)  # noqa: S102


def _code(statements: list[ast.stmt], name: str, flags: int) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _compiled(statements, name, flags)


def _compiled(statements: list[ast.stmt], name: str, flags: int) -> CodeType:
    code: CodeType = compile(ast.Module(statements, []), name, "exec", flags=flags, dont_inherit=True)
    return code


def _script(parts: Parts, tree: ast.Module, name: str) -> Script | None:
    if parts.step is None:
        return None
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    uses: set[str] = set()
    todo: list[ast.AST] = [parts.step]
    while todo:
        for node in ast.walk(todo.pop()):
            if isinstance(node, ast.Name) and node.id not in uses:
                uses.add(node.id)
                todo += [functions[node.id]] if node.id in functions else []
    step = _code([parts.step], name, flags_of(tree))
    return Script(compiled(parts.before, name, flags_of(tree)), step, parts.line, parts.name, frozenset(uses))


def _assigned(statement: ast.stmt) -> set[str]:
    return {
        node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }  # fmt: skip


def _find(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """Return the function or the method of that qualified name."""
    body: Sequence[ast.stmt] = tree.body
    found: ast.stmt | None = None
    for part in name.split("."):
        found = next((s for s in body if isinstance(s, ast.FunctionDef | ast.ClassDef) and s.name == part), None)
        if found is None:
            return None
        body = found.body
    return found if isinstance(found, ast.FunctionDef) else None


def _source(obj: Any) -> str:
    try:
        return textwrap.dedent(inspect.getsource(obj))
    except (OSError, TypeError):
        return ""


def _tree(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # part of an expression, such as a lambda in a call
        return ast.Module([], [])
