"""Splits a program that trains when it is run: what comes before its training, and one pass of the training."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from derive.read.foreign.names import any_name, has_role, plain

TRAINING_WORDS = frozenset(
    [
        "train",
        "fit",
        "learn",
        "update",
        "backward",
        "backprop",
        "backpropagate",
        "backpropagation",
        "trainstep",
        "step",
        "optimize",
        "trainingstep",
        "updateparameters",
        "updateweights",
        "updateparams",
        "gradientdescent",
        "sgd",
        "gd",
        "trainonce",
        "partialfit",
        "trainonbatch",
    ]
)
PLOTTING = frozenset(
    [
        "plt",
        "matplotlib",
        "pyplot",
        "sns",
        "seaborn",
        "print",
        "input",
        "display",
        "pylab",
        "fig",
        "ax",
        "os",
        "sys.exit",
        "exit",
        "quit",
    ]
)
_COUNTING = frozenset(["range", "xrange", "trange", "tqdm", "count"])
MANY = 40
"""A loop of so many passes or more is taken for training."""


class Parts(NamedTuple):
    """before: statements to run, in order. step: one pass of the training, None when there is none. line: where."""

    before: tuple[ast.stmt, ...]
    step: ast.stmt | None = None
    line: int = 0
    name: str = ""


def defined(body: Sequence[ast.stmt]) -> dict[str, ast.FunctionDef]:
    """Return the functions and methods of `body` by name."""
    return {
        node.name: node for statement in body for node in ast.walk(statement) if isinstance(node, ast.FunctionDef)
    }  # fmt: skip


def called(node: ast.AST) -> Iterator[str]:
    """Yield the last names of whatever is called below `node`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            if isinstance(part.func, ast.Name):
                yield part.func.id
            elif isinstance(part.func, ast.Attribute):
                yield part.func.attr


def trainers(functions: dict[str, ast.FunctionDef]) -> frozenset[str]:
    """Return the names of functions that train for many passes, or call one that does."""
    found = {name for name, node in functions.items() if any(is_long(part) for part in ast.walk(node))}
    while more := {name for name, node in functions.items() if name not in found and found & set(called(node))}:
        found |= more
    return frozenset(found)


def is_long(node: ast.AST) -> bool:
    """Whether a node is a loop of many passes."""
    if isinstance(node, ast.While):
        return True
    if not isinstance(node, ast.For):
        return False
    for part in ast.walk(node.iter):
        if isinstance(part, ast.Constant) and isinstance(part.value, int) and part.value >= MANY:
            return True
        if isinstance(part, ast.Name | ast.Attribute):
            name = part.id if isinstance(part, ast.Name) else part.attr
            if has_role(name, "epochs"):
                return True
    return False


def updates(node: ast.AST) -> bool:
    """Whether something below `node` looks like a change of weights."""
    for part in ast.walk(node):
        if isinstance(part, ast.AugAssign) and _parameter(part.target):
            return True
        if isinstance(part, ast.Assign) and any(_parameter(t) and uses(part.value, t) for t in part.targets):
            return True
    return any(plain(name) in TRAINING_WORDS for name in called(node))


def uses(value: ast.expr, target: ast.expr) -> bool:
    """Whether a value is made from what the target was: w = w − …, and not w = random()."""
    names = [ast.unparse(t) for t in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return any(
        isinstance(part, ast.Name | ast.Attribute | ast.Subscript) and ast.unparse(part) in names
        for part in ast.walk(value)
    )


def _parameter(target: ast.expr) -> bool:
    while isinstance(target, ast.Subscript):
        target = target.value
    if isinstance(target, ast.Tuple):
        return any(map(_parameter, target.elts))
    name = target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
    return bool(any_name(name)) or has_role(name, "container")


def split(tree: ast.Module, *, main: bool) -> Parts:
    """Split a module at its training. main: also what it does only when it is run (``if __name__ == "__main__"``)."""
    functions = defined(tree.body)
    body: list[ast.stmt] = []
    inside: list[ast.stmt] = []
    for statement in tree.body:
        (inside if _is_main(statement) else body).append(statement)
    if main:
        body += [part for statement in inside if isinstance(statement, ast.If) for part in statement.body]
        body = _inlined(body, functions)
    return _parts(body, functions)


def split_function(tree: ast.Module, node: ast.FunctionDef) -> Parts:
    """Split what a function does at its training."""
    return _parts([part for part in node.body if not isinstance(part, LEAVING)], defined(tree.body))


def _parts(body: Sequence[ast.stmt], functions: dict[str, ast.FunctionDef]) -> Parts:
    long = trainers(functions)
    before: list[ast.stmt] = []
    for place, statement in enumerate(body):
        if step := _step(statement, functions, long):
            later = [s for s in body[place + 1 :] if isinstance(s, DEFINING)]
            return Parts((*before, *later), step, statement.lineno, "loop" if _is_loop(statement) else "call")
        if _runs(statement, long):
            before.append(statement)
    return Parts(tuple(before))


LEAVING = ast.Return | ast.Global | ast.Nonlocal
DEFINING = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom


def _is_main(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(statement.test)
    )


def _is_loop(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.For | ast.While)


def _inlined(body: list[ast.stmt], functions: dict[str, ast.FunctionDef]) -> list[ast.stmt]:
    """Replace a call of a function without arguments that trains, such as main(), by what the function does."""
    result: list[ast.stmt] = []
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[], keywords=[])) if (
                name in functions and not functions[name].args.args and any(map(updates, functions[name].body))
            ):
                result += [part for part in functions[name].body if not isinstance(part, LEAVING)]
            case _:
                result.append(statement)
    return result


def _runs(statement: ast.stmt, long: frozenset[str]) -> bool:
    """Whether a statement that is not the training is run: plots, prints and long training are not."""
    if isinstance(statement, DEFINING):
        return True
    if any(name in long for name in called(statement)) or isinstance(statement, ast.While | ast.Return):
        return False
    if isinstance(statement, ast.Expr):
        if not isinstance(statement.value, ast.Call):
            return False
        root: ast.expr = statement.value.func
        while isinstance(root, ast.Attribute):
            root = root.value
        return isinstance(root, ast.Name) and root.id not in PLOTTING
    return True


def _step(statement: ast.stmt, functions: dict[str, ast.FunctionDef], long: frozenset[str]) -> ast.stmt | None:
    if isinstance(statement, ast.For) and updates(statement):
        once = copy.deepcopy(statement)
        if _counts(statement):
            once.iter = _zero(statement.iter)
        return ast.fix_missing_locations(once)
    if isinstance(statement, ast.While) and updates(statement):
        target = ast.Name("_pass", ast.Store(), lineno=statement.lineno, col_offset=0)
        once = ast.For(target, _zero(statement.test), copy.deepcopy(statement.body), [], lineno=statement.lineno)
        return ast.fix_missing_locations(ast.copy_location(once, statement))
    if isinstance(statement, ast.Expr | ast.Assign) and any(name in long for name in called(statement)):
        once_called = _OneEpoch(functions).visit(copy.deepcopy(statement))
        return ast.fix_missing_locations(once_called) if isinstance(once_called, ast.stmt) else None
    return None


def _zero(place: ast.expr) -> ast.Tuple:
    return ast.copy_location(ast.Tuple([ast.copy_location(ast.Constant(0), place)], ast.Load()), place)


def _counts(loop: ast.For) -> bool:
    """Whether a loop only counts its passes: over a range, and what it counts picks no sample."""
    if not any(name in _COUNTING for name in called(loop.iter)) or not isinstance(loop.target, ast.Name):
        return False
    counter = loop.target.id
    return not any(
        isinstance(part, ast.Name) and part.id == counter
        for statement in loop.body for node in ast.walk(statement) if isinstance(node, ast.Subscript)
        for part in ast.walk(node.slice)
    )  # fmt: skip


class _OneEpoch(ast.NodeTransformer):
    """Makes 1 of the number of epochs in calls."""

    def __init__(self, functions: dict[str, ast.FunctionDef]) -> None:
        self.functions = functions

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        for keyword in node.keywords:
            if keyword.arg and has_role(keyword.arg, "epochs"):
                keyword.value = ast.copy_location(ast.Constant(1), keyword.value)
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in self.functions:
            return node
        known = self.functions[name].args
        names = [argument.arg for argument in (*known.posonlyargs, *known.args)]
        if names[:1] == ["self"]:
            names = names[1:]
        given = {keyword.arg for keyword in node.keywords}
        for place, argument in enumerate(names):
            if has_role(argument, "epochs"):
                if place < len(node.args):
                    node.args[place] = ast.copy_location(ast.Constant(1), node.args[place])
                elif argument not in given:
                    node.keywords.append(ast.keyword(argument, ast.Constant(1)))
        return node
