"""What the text of a program tells about how it is called: its products, its returns, the keys that it uses."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal

import numpy as np

from derive.read.foreign.assigning import kind_of
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import any_name, gradient_name, parameter_name
from derive.read.foreign.splitting import called, uses

Product = Literal["x W", "W x", "x W.T", "W.T x", "W x.T", ""]
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_PRODUCTS = frozenset(("dot", "matmul"))


class Code:
    """The text of a program, function by function."""

    def __init__(self, loaded: Loaded) -> None:
        self.tree = loaded.tree
        # A function of the user's own may come without the imports of its module.
        self._sees_numpy = any(value is np for space in loaded.namespaces for value in list(space.values()))

    @cached_property
    def functions(self) -> dict[str, Function]:
        """All functions by qualified name."""
        found: dict[str, Function] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef):
                found |= {f"{node.name}.{part.name}": part for part in node.body if isinstance(part, ast.FunctionDef)}
        for statement in self.tree.body:
            if isinstance(statement, ast.FunctionDef):
                found[statement.name] = statement
            elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Lambda):
                found |= {target.id: statement.value for target in statement.targets if isinstance(target, ast.Name)}
        return found

    @cached_property
    def _by_last_name(self) -> dict[str, list[Function]]:
        result: dict[str, list[Function]] = {}
        for name, node in self.functions.items():
            result.setdefault(name.rpartition(".")[2], []).append(node)
        return result

    @cached_property
    def numpy(self) -> bool:
        """Whether the program uses arrays; also assumed when its text is not known."""
        names = {
            alias.name.partition(".")[0]
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")])
        }
        if not self.tree.body or self._sees_numpy:
            return True
        return not names.isdisjoint(("numpy", "torch", "jax", "autograd", "cupy"))

    def below(self, name: str) -> list[ast.AST]:
        """Return the function `name` and all that it calls, as far as they are in the program, itself first."""
        if name not in self.functions:
            return []
        found: list[ast.AST] = [self.functions[name]]
        for node in found:
            for part in called(node):
                found += [other for other in self._by_last_name.get(part, ()) if other not in found]
        return found

    def returns(self, name: str) -> tuple[str, ...]:
        """Return the names in the last ``return`` of a function; "" for what has none; () where nothing is returned."""
        node = self.functions.get(name)
        if node is None:
            return ()
        if isinstance(node, ast.Lambda):
            return names_in(node.body)
        found = [part.value for part in _own_nodes(node) if isinstance(part, ast.Return) and part.value is not None]
        found = [value for value in found if not (isinstance(value, ast.Constant) and value.value is None)]
        return names_in(found[-1]) if found else ()

    def leaves_last_out(self, name: str) -> bool:
        """Whether a variable of that name is read up to its last item somewhere: name[:-1]."""
        return any(
            isinstance(part, ast.Subscript) and ast.unparse(part) == f"{name}[:-1]" for part in ast.walk(self.tree)
        )

    def unknown(self, name: str) -> bool:
        return name not in self.functions


def _own_nodes(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Yield what is in a function, in the order of the text, but not in functions inside it."""
    todo: list[ast.AST] = list(node.body)
    while todo:
        part = todo.pop(0)
        yield part
        if not isinstance(part, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            todo = [*ast.iter_child_nodes(part), *todo]


def names_in(value: ast.expr) -> tuple[str, ...]:
    """Return the names of the parts of what is returned."""
    return tuple(map(name_of, value.elts)) if isinstance(value, ast.Tuple) else (name_of(value),)


def name_of(node: ast.expr) -> str:
    """Return the name that an expression goes by: its own, or that of the first gradient or parameter in it."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr if node.attr != "T" else name_of(node.value)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        return node.slice.value
    if isinstance(node, ast.UnaryOp | ast.BinOp):
        for part in ast.walk(node):
            if isinstance(part, ast.Name | ast.Attribute) and any_name(name := name_of(part)):
                return name
    return ""


def first_product(nodes: Iterable[ast.AST]) -> Product:
    """Return the form of the first product with a matrix of weights, forward passes first; "" where there is none."""
    for node in sorted(nodes, key=lambda node: "forward" not in getattr(node, "name", "").lower()):
        found = []
        for part in ast.walk(node):
            match part:
                case ast.BinOp(op=ast.MatMult(), left=left, right=right):
                    pass
                case ast.Call(func=ast.Attribute(attr=attr), args=[left, right, *_]) if attr in _PRODUCTS:
                    pass
                case ast.Call(func=ast.Attribute(attr="dot", value=left), args=[right]):
                    pass
                case _:
                    continue
            if form := _form(left, right):
                found.append((part.lineno, part.col_offset, form))
        if found:
            return min(found)[2]
    return ""


def _form(left: ast.expr, right: ast.expr) -> Product:
    (a, a_turned), (b, b_turned) = _weight(left), _weight(right)
    if a == b:
        return ""
    if a:
        return "W.T x" if a_turned else "W x.T" if b_turned else "W x"
    return "x W.T" if b_turned else "x W"


def _weight(node: ast.expr) -> tuple[bool, bool]:
    turned = False
    while True:
        match node:
            case ast.Attribute(attr="T", value=value):
                turned, node = not turned, value
            case ast.Call(func=ast.Attribute(attr="transpose"), args=[value]):
                turned, node = not turned, value
            case ast.Call(func=ast.Attribute(attr="transpose", value=value), args=[]):
                turned, node = not turned, value
            case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Constant) or not isinstance(
                index.value, str
            ):
                if isinstance(index, ast.BinOp | ast.JoinedStr):
                    return "W" in ast.unparse(index), turned
                node = value
            case _:
                name = parameter_name(name_of(node))
                return name is not None and name.kind == "weights", turned


def mentions(nodes: Iterable[ast.AST], words: frozenset[str]) -> bool:
    """Whether an attribute, a name or a keyword in `nodes` is one of `words`."""
    return any(
        (isinstance(part, ast.Attribute) and part.attr in words)
        or (isinstance(part, ast.Name) and part.id in words)
        or (isinstance(part, ast.keyword) and part.arg in words)
        for node in nodes for part in ast.walk(node)
    )  # fmt: skip


def names_biases(nodes: Iterable[ast.AST]) -> bool:
    """Whether a name, an attribute, an argument or a key below `nodes` is that of biases, or of a gradient by them."""
    for node in nodes:
        for part in ast.walk(node):
            match part:
                case (
                    ast.Name(id=str(name)) | ast.Attribute(attr=str(name)) | ast.arg(arg=str(name))
                    | ast.Constant(value=str(name))
                ) if len(name) < 40 and (found := any_name(name)) and found.kind == "biases":  # fmt: skip
                    return True
    return False


def keys_used(nodes: Sequence[ast.AST], name: str) -> tuple[list[str], list[str], bool]:
    """Return what a container of that name is asked for: keys, and the beginnings of keys with a number, or attributes.

    The last says whether they are attributes.
    """
    keys: dict[str, None] = {}
    starts: dict[str, None] = {}
    attributes: dict[str, None] = {}
    for node in nodes:
        for part in ast.walk(node):
            match part:
                case ast.Subscript(value=ast.Name(id=n) | ast.Attribute(attr=n), slice=index) if n == name:
                    match index:
                        case ast.Constant(value=str(key)):
                            keys[key] = None
                        case ast.BinOp(op=ast.Add(), left=ast.Constant(value=str(start))):
                            starts[start] = None
                        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
                            starts[start] = None
                        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(start))):
                            starts[start.partition("%")[0]] = None
                case ast.Attribute(value=ast.Name(id=n), attr=attr) if n == name:
                    attributes[attr] = None
    if not keys and not starts and not attributes:
        words = [
            part.value for node in list(nodes)[:1] for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and parameter_name(part.value)
        ]  # fmt: skip
        keys = dict.fromkeys(words)
    if keys or starts:
        return list(keys), list(starts), False
    return [a for a in attributes if kind_of((f".{a}",))[0]], [], True


def unpacked(nodes: Iterable[ast.AST], name: str) -> tuple[str, ...]:
    """Return the names of ``W1, b1, W2, b2 = params``; () where there is no such statement."""
    for node in nodes:
        for part in ast.walk(node):
            match part:
                case ast.Assign(targets=[ast.Tuple(elts=elts)], value=ast.Name(id=n)) if n == name:
                    return tuple(map(name_of, elts))
    return ()


def items_used(nodes: Iterable[ast.AST], name: str) -> int:
    """Return how many items a list of that name has, as far as it is unpacked, or asked for items by number."""
    nodes = list(nodes)
    highest = len(unpacked(nodes, name)) - 1
    for node in nodes:
        for part in ast.walk(node):
            match part:
                case ast.Subscript(value=ast.Name(id=n), slice=ast.Constant(value=int(number))) if n == name:
                    highest = max(highest, number)
    return highest + 1


_OVER_LISTS = frozenset(("len", "enumerate", "zip", "reversed"))


def as_lists(nodes: Iterable[ast.AST], names: Collection[str]) -> bool:
    """Whether one of `names` is used as lists are: W[0], len(W), enumerate(W), zip(W, b), reversed(W)."""
    for node in nodes:
        for part in ast.walk(node):
            match part:
                case ast.Subscript(value=ast.Name(id=n), slice=ast.Constant(value=int()) | ast.UnaryOp()) if n in names:
                    return True
                case ast.Call(func=ast.Name(id=called_by), args=given) if called_by in _OVER_LISTS:
                    if any(isinstance(argument, ast.Name) and argument.id in names for argument in given):
                        return True
    return False


def is_cut(nodes: Iterable[ast.AST], name: str) -> bool:
    """Whether a vector of that name is cut into parts that are given shapes: theta[:n].reshape(…)."""
    return any(
        isinstance(part.func.value, ast.Subscript)
        and isinstance(part.func.value.value, ast.Name)
        and part.func.value.value.id == name
        and isinstance(part.func.value.slice, ast.Slice)
        for node in nodes for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "reshape"
    )  # fmt: skip


def speaks_of_gradients(nodes: Iterable[ast.AST]) -> bool:
    """Whether a name or a key below `nodes` is that of a gradient."""
    for node in nodes:
        for part in ast.walk(node):
            match part:
                case ast.Name(id=str(name)) | ast.Attribute(attr=str(name)) | ast.Constant(value=str(name)):
                    if len(name) < 40 and name.isidentifier() and (gradient_name(name) or kind_of((f".{name}",))[1]):
                        return True
    return False


def leaves_gradients(nodes: Sequence[ast.AST]) -> bool:
    """Whether attributes, or items of them, with names of gradients are assigned to."""
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                if gradient_name(part.attr) or kind_of((f".{part.attr}",))[1]:
                    return True
            elif (
                isinstance(part, ast.Subscript)
                and isinstance(part.ctx, ast.Store)
                and isinstance(part.value, ast.Attribute)
                and kind_of((f".{name_of(part.value)}",))[1]
            ):
                return True
    return False


def changes_parameters(nodes: Sequence[ast.AST]) -> bool:
    """Whether parameters are changed in place, or new ones are put where the old ones were."""
    for node in nodes:
        for part in ast.walk(node):
            targets: list[ast.expr]
            match part:
                case ast.AugAssign(target=target):
                    targets = [target]
                case ast.Assign(targets=many, value=value):
                    targets = [t for t in many if not isinstance(t, ast.Name | ast.Tuple) or uses(value, t)]
                case _:
                    continue
            if any(_changed(target) for target in targets):
                return True
    return False


def _changed(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple):
        return any(map(_changed, target.elts))
    while isinstance(target, ast.Subscript) and not name_of(target):
        target = target.value
    return parameter_name(name_of(target)) is not None
