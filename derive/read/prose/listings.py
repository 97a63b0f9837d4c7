"""Numbers in programs: lists of them, and names for single ones. Nothing of a program is ever run.

Python is read by its grammar; what is not Python, or not as it stands (a prompt before each line, an older version), by
its brackets: see `scanning`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from derive.read.prose.numerals import Numeral, decimal
from derive.read.prose.scanning import scanned_lists, scanned_names

LONGEST = 1_000_000
"""The most characters of a program that is read."""
PARSED = 200_000
"""The most characters of a program that is read by its grammar, which takes a thousand times their space."""
DEEPEST = 4
"""Lists are nested as deep as this: samples, rows, numbers, and one more."""
_PYTHON = frozenset(("", "python", "py", "python3", "python2", "ipython", "ipython3", "pycon"))
_LINE = re.compile(r"\r\n|\r|\n")
_COMMAND = re.compile(r"(?m)^[ \t]*[%!?][^\r\n]*")
_NUMBER = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]{1,3})?")
_WRAPPERS = frozenset((
    "array", "asarray", "matrix", "tensor", "Tensor", "FloatTensor", "Matrix", "Variable", "list", "tuple", "float32",
    "constant", "Series", "DataFrame", "as_tensor", "mat", "float64", "double",
))  # fmt: skip


class NumberList(Struct, frozen=True):
    """A list, tuple or array of numbers in a program.

    values: row by row.  shape: its lengths, from the outside.
    start, end: where it stands, with its brackets.
    name: the variable or the argument that it is given to; "" for none.
    siblings: the numbers, among all lists that were found, of those that are arguments of the same call or elements of
        the same list, itself among them, in their order; () for a list that is none of several.
    within: the number of the list that it is a row of; -1 for none.
    """

    values: tuple[Numeral, ...]
    shape: tuple[int, ...]
    start: int
    end: int
    name: str = ""
    siblings: tuple[int, ...] = ()
    within: int = -1


def number_lists(code: str, language: str = "") -> tuple[NumberList, ...]:
    """Return the lists of numbers in a program, in the order of its text; lists of lists before their rows.

    () for what is longer than LONGEST.
    """
    if len(code) > LONGEST:
        return ()
    tree = _tree(code, language)
    if tree is None:
        found = scanned_lists(code, language, DEEPEST)
        return tuple(NumberList(s.values, s.shape, s.start, s.end, s.name, s.siblings, s.within) for s in found)
    return _Lists(code, tree).found()


def number_names(code: str, language: str = "") -> tuple[tuple[str, Numeral], ...]:
    """Return the names that a program gives to single numbers: "w1 = 0.15", "self.rate = 0.5", "f(bias=0.35)"."""
    if len(code) > LONGEST:
        return ()
    tree = _tree(code, language)
    if tree is None:
        return tuple(scanned_names(code, language))
    place = _Offsets(code)
    found = [
        (name, numeral) for node in ast.walk(tree) for name, value in _given(node)
        if (numeral := _numeral(code, value, place)) is not None
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda pair: pair[1].start))


def _tree(code: str, language: str) -> ast.Module | None:
    """Return the syntax of a Python program; None for what is none."""
    if language.lower() not in _PYTHON or len(code) > PARSED:
        return None
    plain = _COMMAND.sub(lambda found: " " * len(found[0]), code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(plain)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


class _Offsets:
    """Turns places of a syntax tree, lines and bytes in them, into offsets of characters."""

    def __init__(self, code: str) -> None:
        self.starts = [0, *(found.end() for found in _LINE.finditer(code))]
        self.code = code
        self.bytes: dict[int, list[int]] = {}

    def __call__(self, line: int, column: int) -> int:
        start = self.starts[line - 1]
        if line not in self.bytes:
            end = self.starts[line] if line < len(self.starts) else len(self.code)
            text = self.code[start:end]
            table = [] if text.isascii() else [
                at for at, character in enumerate(text) for _ in character.encode("utf-8", "surrogatepass")
            ]  # fmt: skip
            self.bytes[line] = [*table, len(text)] if table else []
        known = self.bytes[line]
        return start + (known[column] if known else column)


class _Node(Struct):
    """A list in the syntax, and what is known of it."""

    node: ast.List | ast.Tuple
    values: tuple[Numeral, ...]
    shape: tuple[int, ...]
    start: int
    end: int


class _Lists:
    def __init__(self, code: str, tree: ast.Module) -> None:
        self.code = code
        self.tree = tree
        self.place = _Offsets(code)

    def found(self) -> tuple[NumberList, ...]:
        order = list(ast.walk(self.tree))
        known: dict[int, _Node] = {}
        for node in reversed(order):  # rows before the lists that they are rows of
            if isinstance(node, (ast.List, ast.Tuple)) and isinstance(node.ctx, ast.Load):
                made = self._list(node, known)
                if made is not None:
                    known[id(node)] = made
        ordered = sorted(known.values(), key=lambda made: (made.start, -made.end))
        number = {id(made.node): at for at, made in enumerate(ordered)}
        names: dict[int, str] = {}
        siblings: dict[int, tuple[int, ...]] = {}
        within: dict[int, int] = {}
        for node in order:
            for name, value in _given(node):
                names.setdefault(number.get(id(_bare(value)), -1), name)
            group = tuple(number[id(bare)] for part in _group(node) if id(bare := _bare(part)) in number)
            for one in group if len(group) > 1 else ():
                siblings.setdefault(one, group)
            for one in group if id(node) in number else ():
                within[one] = number[id(node)]
        return tuple(
            NumberList(
                made.values, made.shape, made.start, made.end,
                names.get(at, ""), siblings.get(at, ()), within.get(at, -1),
            )
            for at, made in enumerate(ordered)
        )  # fmt: skip

    def _list(self, node: ast.List | ast.Tuple, known: dict[int, _Node]) -> _Node | None:
        """Return a list of numbers, or of lists of one shape; None for another."""
        start, end = _span(node, self.place)
        values: list[Numeral] = []
        shapes: set[tuple[int, ...]] = set()
        for element in node.elts:
            row = known.get(id(_bare(element)))
            if row is not None:
                values += row.values
                shapes.add(row.shape)
                continue
            numeral = _numeral(self.code, element, self.place)
            if numeral is None:
                return None
            values.append(numeral)
            shapes.add(())
        if len(shapes) != 1 or len(inner := shapes.pop()) >= DEEPEST:
            return None
        return _Node(node, tuple(values), (len(node.elts), *inner), start, end)


def _bare(node: ast.AST) -> ast.AST:
    """Return the list in np.array([…]).reshape(2, 1).T, and anything else as it is."""
    for _ in range(8):
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Call, ast.Attribute)):
            node = node.value
        elif isinstance(node, ast.Call) and node.args and _called(node.func) in _WRAPPERS:
            node = node.args[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        else:
            break
    return node


def _called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what gets a name in a part of a program, with the name."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _paired(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _paired(target, value)
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


def _paired(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=values) | ast.List(elts=values))):
            if len(targets) == len(values):
                for one, other in zip(targets, values, strict=True):
                    if (name := _called(one)) != "":
                        yield name, other
        case ((ast.Name(id=name) | ast.Attribute(attr=name)), _):
            yield name, value
        case ast.Subscript(slice=ast.Constant(value=str(name))), _:
            yield name, value


def _group(node: ast.AST) -> Sequence[ast.expr]:
    match node:
        case ast.Call(args=args, keywords=keywords):
            return [*args, *(keyword.value for keyword in keywords)]
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return elements
        case _:
            return ()


def _span(node: ast.expr, place: Callable[[int, int], int]) -> tuple[int, int]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)


def _numeral(code: str, node: ast.expr, place: Callable[[int, int], int]) -> Numeral | None:
    """Return a number with its sign; None for what is none in decimal digits."""
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)) else node
    if not isinstance(inner, ast.Constant) or type(inner.value) not in (int, float):
        return None
    start, end = _span(node, place)
    printed = code[start:end]
    text = decimal(printed) if _NUMBER.fullmatch(printed) else ""
    return Numeral(text, start, end) if text else None
