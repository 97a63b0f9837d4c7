"""Makes wrong programs of right ones: one change at one place, as a slip of the pen would make it.

Changes are made to the text where a node of its syntax stands, so that all other lines stay as they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
OTHERS = {"+": ("-",), "-": ("+",), "*": ("+",), "/": ("*",)}
CALLS = {
    "sum": "mean", "mean": "sum", "exp": "log1p", "tanh": "exp", "maximum": "minimum", "log": "exp", "sqrt": "square",
    "argmax": "argmin", "max": "min", "zeros": "ones", "zeros_like": "ones_like", "outer": "multiply",
}  # fmt: skip
COMPARED = {ast.Gt: "<", ast.Lt: ">", ast.GtE: "<", ast.LtE: ">", ast.Eq: "!=", ast.NotEq: "=="}
NUMBERS = {"0": "1", "1": "2", "2": "1", "0.5": "1", "1.0": "2.0", "2.0": "1.0", "0.0": "1.0", "-1": "1"}


@dataclass(frozen=True)
class Mutant:
    """A wrong program: what was changed, in which lines (from 1), in a word of which operator."""

    source: str
    operator: str
    line: int
    last_line: int
    before: str
    after: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a program, each with another text, in the order of their lines."""
    tree = ast.parse(source)
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    data = source.encode()
    seen = {source}

    def place(node: ast.AST) -> tuple[int, int]:
        at: Any = node
        return starts[at.lineno - 1] + at.col_offset, starts[at.end_lineno - 1] + at.end_col_offset

    def text(node: ast.AST) -> str:
        begin, end = place(node)
        return data[begin:end].decode()

    statements = {
        id(node): statement
        for statement in ast.walk(tree) if isinstance(statement, ast.stmt) and not isinstance(statement, CONTAINERS)
        for node in ast.walk(statement)
    }  # fmt: skip
    found = []
    for node in _of_functions(tree):
        for operator, new in _changes(node, text):
            begin, end = place(node)
            changed = (data[:begin] + new.encode() + data[end:]).decode()
            if changed in seen:
                continue
            try:
                ast.parse(changed)
            except SyntaxError:
                continue
            seen.add(changed)
            whole = statements.get(id(node), node)
            found.append(
                Mutant(changed, operator, whole.lineno, whole.end_lineno or whole.lineno, text(node), new)  # type: ignore[attr-defined]
            )
    yield from sorted(found, key=lambda mutant: mutant.line)


CONTAINERS = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.With)
LEFT_OUT = re.compile(r"rand|print|seed|shape")


def _of_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes that calculate: not those of defaults, imports, prints, random numbers and what makes objects."""
    out = {id(part) for top in tree.body for statement in ast.walk(top) for part in _left_out(statement)}
    for top in tree.body:
        if not isinstance(top, ast.Import | ast.ImportFrom):
            yield from (node for node in ast.walk(top) if hasattr(node, "lineno") and id(node) not in out)


def _left_out(statement: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes in a statement that are not to be changed."""
    if isinstance(statement, ast.FunctionDef):
        if statement.name in ("__init__", "initialize_parameters"):
            yield from ast.walk(statement)
        for default in (*statement.args.defaults, *statement.args.args):
            yield from ast.walk(default)
    elif isinstance(statement, CONTAINERS) or not isinstance(statement, ast.stmt):
        return
    elif LEFT_OUT.search(ast.unparse(statement)):
        yield from ast.walk(statement)


def _changes(node: ast.AST, text: object) -> Iterator[tuple[str, str]]:
    assert callable(text)
    match node:
        case ast.BinOp(left, op, right):
            a, b = text(left), text(right)
            if type(op) in OPERATORS:
                for other in OTHERS[OPERATORS[type(op)]]:
                    yield "operator", f"({a} {other} {b})"
                yield "operand dropped", f"({a})"
                yield "operand dropped", f"({b})"
            if isinstance(op, ast.MatMult):
                yield "factors swapped", f"({b} @ {a})"
            if isinstance(op, ast.Pow):
                yield "exponent dropped", f"({a})"
        case ast.UnaryOp(ast.USub(), operand):
            yield "minus dropped", f"({text(operand)})"
        case ast.Attribute(value, "T"):
            yield "transpose dropped", text(value)
        case ast.Attribute(value, name) if name in CALLS:
            yield "function", f"{text(value)}.{CALLS[name]}"
        case ast.Constant(value) if not isinstance(value, str | bool) and repr(value) in NUMBERS:
            yield "number", NUMBERS[repr(value)]
        case ast.Compare(left, [op], [right]) if type(op) in COMPARED:
            yield "comparison", f"{text(left)} {COMPARED[type(op)]} {text(right)}"
        case ast.AugAssign(target, ast.Add() | ast.Sub() as op, value):
            yield "update", f"{text(target)} = {text(value)}"
            yield "update", f"{text(target)} {'-=' if isinstance(op, ast.Add) else '+='} {text(value)}"
        case ast.Name(name, ast.Load()):
            for other in _neighbours(name):
                yield "name", other
        case ast.Constant(str() as key):
            for other in _neighbours(key):
                yield "key", repr(other)
        case ast.keyword("axis", ast.Constant(int() as axis)):
            yield "axis", f"axis={1 - axis}"


def _neighbours(name: str) -> Iterator[str]:
    """Yield names that are taken for `name` by mistake: another layer's, z for a, hidden for output."""
    digit = re.search(r"\d+", name)
    if digit:
        number = int(digit.group())
        for other in (number - 1, number + 1):
            if other > 0:
                yield name[: digit.start()] + str(other) + name[digit.end() :]
        swaps = {"z": "a", "a": "z", "Z": "A", "A": "Z"}
        if name[: digit.start()] in swaps:
            yield swaps[name[: digit.start()]] + name[digit.start() :]
    pairs = {"h": "y", "y": "t", "hidden": "output", "nets": "outs", "outs": "nets", "x": "h", "inputs": "hidden"}
    if name in pairs:
        yield pairs[name]


# ── Mistakes with names, as somebody makes them ────────────────────────────────────────────────────────────────

SQUARED = """import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gradients(params, x, y):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    m = x.shape[0]
    z1 = x @ W1.T + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2.T + b2
    a2 = sigmoid(z2)
    loss = 0.5 * np.sum((a2 - y) ** 2) / m
    g2 = (a2 - y) / m
    d2 = g2 * a2 * (1 - a2)
    dW2 = d2.T @ a1
    db2 = d2.sum(axis=0)
    g1 = d2 @ W2
    d1 = g1 * a1 * (1 - a1)
    dW1 = d1.T @ x
    db1 = d1.sum(axis=0)
    return loss, {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""

SOFT = """import numpy as np


def gradients(params, x, y):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    m = x.shape[0]
    z1 = x @ W1.T + b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ W2.T + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    a2 = e / e.sum(axis=1, keepdims=True)
    d2 = (a2 - y) / m
    dW2 = d2.T @ a1
    db2 = d2.sum(axis=0)
    g1 = d2 @ W2
    d1 = g1 * (z1 > 0)
    dW1 = d1.T @ x
    db1 = d1.sum(axis=0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""

DECAY = """import numpy as np


def gradients(params, x, y):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    z1 = x @ W1.T + b1
    a1 = np.tanh(z1)
    a2 = a1 @ W2.T + b2
    d2 = a2 - y
    dW2 = d2.T @ a1 + 0.1 * W2
    db2 = d2.sum(axis=0)
    g1 = d2 @ W2
    d1 = g1 * (1 - a1**2)
    dW1 = d1.T @ x + 0.1 * W1
    db1 = d1.sum(axis=0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""

STEP = """import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def train_step(params, x, y, lr):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    a1 = sigmoid(x @ W1.T + b1)
    a2 = sigmoid(a1 @ W2.T + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = d2 @ W2 * a1 * (1 - a1)
    W2 -= lr * d2.T @ a1
    b2 -= lr * d2.sum(axis=0)
    W1 -= lr * d1.T @ x
    b1 -= lr * d1.sum(axis=0)
"""

_ROWS = {"inputs": [[0.5, -1.0, 0.25], [0.1, 0.7, -0.6], [-0.9, 0.2, 0.4]], "seed": 3}
TEMPLATES: dict[str, tuple[str, dict[str, object]]] = {
    "squared": (SQUARED, {**_ROWS, "targets": [[0.3, 0.8], [0.6, 0.1], [0.9, 0.5]], "batch": "mean",
                          "layers": [{"size": 4}, {"size": 2}]}),
    "soft": (SOFT, {**_ROWS, "targets": [[0, 1, 0], [1, 0, 0], [0, 0, 1]], "batch": "mean",
                    "loss": "categorical cross-entropy",
                    "layers": [{"size": 4, "activation": "relu"}, {"size": 3, "activation": "softmax"}]}),
    "decay": (DECAY, {**_ROWS, "targets": [[0.3, 0.8], [0.6, 0.1], [0.9, 0.5]], "penalty": {"l2": 0.1},
                      "layers": [{"size": 4, "activation": "tanh"}, {"size": 2, "activation": "identity"}]}),
    "step": (STEP, {**_ROWS, "targets": [[0.3, 0.8], [0.6, 0.1], [0.9, 0.5]],
                    "layers": [{"size": 4}, {"size": 2}]}),
}  # fmt: skip

# The mistake's id, the program, what stands in it, what somebody writes there.
RULES: tuple[tuple[str, str, str, str], ...] = (
    ("doubled", "squared", "g2 = (a2 - y) / m", "g2 = 2 * (a2 - y) / m"),
    ("halved", "squared", "g2 = (a2 - y) / m", "g2 = 0.5 * (a2 - y) / m"),
    ("samples-summed", "squared", "g2 = (a2 - y) / m", "g2 = a2 - y"),
    ("averaged-twice", "squared", "g2 = (a2 - y) / m", "g2 = (a2 - y) / m / m"),
    ("sign", "squared", "g2 = (a2 - y) / m", "g2 = (y - a2) / m"),
    ("minus-missing", "squared", "1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))"),
    ("bias-left-out", "squared", "z1 = x @ W1.T + b1", "z1 = x @ W1.T"),
    ("bias-twice", "squared", "z1 = x @ W1.T + b1", "z1 = x @ W1.T + b1 + b1"),
    ("activation-left-out", "squared", "a1 = sigmoid(z1)", "a1 = z1"),
    ("output-slope-left-out", "squared", "d2 = g2 * a2 * (1 - a2)", "d2 = g2"),
    ("hidden-slope-left-out", "squared", "d1 = g1 * a1 * (1 - a1)", "d1 = g1"),
    ("output-slope-of-output", "squared", "d2 = g2 * a2 * (1 - a2)", "d2 = g2 * sigmoid(a2) * (1 - sigmoid(a2))"),
    ("hidden-slope-of-output", "squared", "d1 = g1 * a1 * (1 - a1)", "d1 = g1 * sigmoid(a1) * (1 - sigmoid(a1))"),
    ("output-formula-of-net", "squared", "d2 = g2 * a2 * (1 - a2)", "d2 = g2 * z2 * (1 - z2)"),
    ("hidden-formula-of-net", "squared", "d1 = g1 * a1 * (1 - a1)", "d1 = g1 * z1 * (1 - z1)"),
    ("hidden-slope-twice", "squared", "d1 = g1 * a1 * (1 - a1)", "d1 = g1 * (a1 * (1 - a1)) ** 2"),
    ("extra-slope", "squared", "d2 = g2 * a2 * (1 - a2)", "d2 = g2 * (a2 * (1 - a2)) ** 2"),
    ("value-for-slope", "squared", "d1 = g1 * a1 * (1 - a1)", "d1 = g1 * a1"),
    ("complement-for-slope", "squared", "d1 = g1 * a1 * (1 - a1)", "d1 = g1 * (1 - a1)"),
    ("raw-error-sent", "squared", "g1 = d2 @ W2", "g1 = g2 @ W2"),
    ("weights-left-out", "squared", "g1 = d2 @ W2", "g1 = d2 @ np.ones(W2.shape)"),
    ("delta-left-out", "squared", "g1 = d2 @ W2", "g1 = np.ones(d2.shape) @ W2"),
    ("only-first-path", "squared", "g1 = d2 @ W2", "g1 = d2[:, :1] @ W2[:1]"),
    ("only-last-path", "squared", "g1 = d2 @ W2", "g1 = d2[:, -1:] @ W2[-1:]"),
    ("paths-averaged", "squared", "g1 = d2 @ W2", "g1 = d2 @ W2 / d2.shape[1]"),
    ("net-for-output", "squared", "dW2 = d2.T @ a1", "dW2 = d2.T @ z1"),
    ("weights-from-raw-error", "squared", "dW2 = d2.T @ a1", "dW2 = g2.T @ a1"),
    ("bias-averaged", "squared", "db2 = d2.sum(axis=0)", "db2 = d2.mean(axis=0)"),
    ("bias-over-all", "squared", "db2 = d2.sum(axis=0)", "db2 = np.full(2, d2.sum())"),
    ("bias-not-trained", "squared", "db1 = d1.sum(axis=0)", "db1 = np.zeros(4)"),
    ("bias-of-first-sample", "squared", "db2 = d2.sum(axis=0)", "db2 = d2[0]"),
    ("bias-of-last-sample", "squared", "db1 = d1.sum(axis=0)", "db1 = d1[-1]"),
    ("bias-from-raw-error", "squared", "db2 = d2.sum(axis=0)", "db2 = g2.sum(axis=0)"),
    ("weights-not-trained", "squared", "dW1 = d1.T @ x", "dW1 = 0 * W1"),
    ("weights-of-last-sample", "squared", "dW2 = d2.T @ a1", "dW2 = d2[-1:].T @ a1[-1:]"),
    ("targets-of-other-outputs", "squared", "g2 = (a2 - y) / m", "g2 = (a2 - np.roll(y, 1, axis=1)) / m"),
    ("error-without-sign", "squared", "g2 = (a2 - y) / m", "g2 = abs(a2 - y) / m"),
    ("factor-on-weights", "squared", "dW1 = d1.T @ x", "dW1 = 1.0005 * d1.T @ x"),
    ("factor-on-biases", "squared", "db1 = d1.sum(axis=0)", "db1 = 3 * d1.sum(axis=0)"),
    ("constant-factor", "squared", "g2 = (a2 - y) / m", "g2 = 1.0005 * (a2 - y) / m"),
    ("extra-slope", "soft", "d2 = (a2 - y) / m", "d2 = (a2 - y) * a2 * (1 - a2) / m"),
    ("samples-summed", "soft", "d2 = (a2 - y) / m", "d2 = a2 - y"),
    ("softmax-diagonal", "soft", "d2 = (a2 - y) / m", "d2 = -y / a2 * a2 * (1 - a2) / m"),
    ("mask-of-gradient", "soft", "d1 = g1 * (z1 > 0)", "d1 = g1 * (g1 > 0)"),
    ("mask-of-both", "soft", "d1 = g1 * (z1 > 0)", "d1 = g1 * (z1 > 0) * (g1 > 0)"),
    ("mask-reversed", "soft", "d1 = g1 * (z1 > 0)", "d1 = g1 * (z1 <= 0)"),
    ("hidden-slope-left-out", "soft", "d1 = g1 * (z1 > 0)", "d1 = g1"),
    ("softmax-over-samples", "soft",
     "z2.max(axis=1, keepdims=True))\n    a2 = e / e.sum(axis=1, keepdims=True)",
     "z2.max(axis=0, keepdims=True))\n    a2 = e / e.sum(axis=0, keepdims=True)"),
    ("bias-averaged", "soft", "db1 = d1.sum(axis=0)", "db1 = d1.mean(axis=0)"),
    ("penalty-left-out", "decay", " + 0.1 * W1", ""),
    ("penalty-doubled", "decay", "dW2 = d2.T @ a1 + 0.1 * W2", "dW2 = d2.T @ a1 + 2 * 0.1 * W2"),
    ("penalty-subtracted", "decay", " + 0.1 * W1", " - 0.1 * W1"),
    ("penalty-on-biases", "decay", "db1 = d1.sum(axis=0)", "db1 = d1.sum(axis=0) + 0.1 * b1"),
    ("penalty-squared", "decay", "dW1 = d1.T @ x + 0.1 * W1", "dW1 = d1.T @ x + 0.1 * W1**2"),
    ("complement-for-slope", "decay", "(1 - a1**2)", "(1 - a1)"),
    ("tanh-plus", "decay", "(1 - a1**2)", "(1 + a1**2)"),
    ("hidden-formula-of-net", "decay", "(1 - a1**2)", "(1 - z1**2)"),
    ("slope-of-sigmoid", "decay", "(1 - a1**2)", "a1 * (1 - a1)"),
    ("updated-weights", "step", "    d1 = d2 @ W2 * a1 * (1 - a1)\n    W2 -= lr * d2.T @ a1\n",
     "    W2 -= lr * d2.T @ a1\n    d1 = d2 @ W2 * a1 * (1 - a1)\n"),
    ("bias-not-trained", "step", "    b1 -= lr * d1.sum(axis=0)\n", ""),
    ("sign", "step", "-= lr * d2.T", "+= lr * d2.T"),
    ("last-sample-only", "squared", "    m = x.shape[0]\n", "    x, y = x[-1:], y[-1:]\n    m = x.shape[0]\n"),
    ("first-sample-left-out", "step", "    a1 = sigmoid(x", "    x, y = x[1:], y[1:]\n    a1 = sigmoid(x"),
)  # fmt: skip


def ruled() -> Iterator[tuple[str, Mutant, dict[str, object]]]:
    """Yield each mistake's id, a program that makes it, and the network that it is for."""
    for name, template, old, new in RULES:
        source, fields = TEMPLATES[template]
        assert source.count(old) >= 1, (name, old)
        at = source.index(old)
        changed = source[:at] + new + source[at + len(old) :]
        if new.startswith("+= lr"):
            changed = source.replace("-= lr", "+= lr")
        line = source[:at].count("\n") + 1
        yield name, Mutant(changed, name, line, line + max(old.count("\n"), new.count("\n")), old, new), fields


# ── Right programs to start from ───────────────────────────────────────────────────────────────────────────────

_TWO = [[0.5, -1.0, 0.25], [0.1, 0.7, -0.6], [-0.9, 0.2, 0.4]]
_PAIRS = [[0.3, 0.8], [0.6, 0.1], [0.9, 0.5]]
_SIGMOID = {"inputs": _TWO, "targets": _PAIRS, "seed": 5, "layers": [{"size": 4}, {"size": 2}]}


def _network(*activations: str, **fields: Any) -> dict[str, object]:
    bias = fields.pop("bias", "per neuron")
    sizes = fields.pop("sizes", (4, 2))
    assert isinstance(sizes, tuple)
    layers = [{"size": n, "activation": a, "bias": bias} for n, a in zip(sizes, activations, strict=True)]
    return {**_SIGMOID, "layers": layers, **fields}


BASES: dict[str, dict[str, object]] = {
    "gradients_dict": _SIGMOID,
    "pipeline_columns": _network("tanh", "sigmoid", loss="binary cross-entropy", batch="mean"),
    "softmax_classes": _network("relu", "softmax", loss="categorical cross-entropy", batch="mean", sizes=(4, 3),
                                targets=[[0, 1, 0], [1, 0, 0], [0, 0, 1]]),
    "flat_theta": _network("sigmoid", "sigmoid", sizes=(3, 2), batch="mean", inputs=[[*row, 0.3] for row in _TWO]),
    "layer_objects": _network("tanh", "identity"),
    "named_tuple": _network("identity", "identity"),
    "column_sample": _SIGMOID,
    "columns_of_lists": _SIGMOID,
    "list_neurons": _SIGMOID,
    "online_class": _network("sigmoid", "sigmoid", bias="none"),
    "linear_class": _network("identity", "identity", batch="mean"),
    "eight_weights": _network("sigmoid", "sigmoid", bias="shared", sizes=(2, 2), inputs=[row[:2] for row in _TWO]),
    "neuron_objects": {**_SIGMOID, "layers": [
        {"size": 4, "bias": "shared", "biases": 0.35, "train_biases": False},
        {"size": 2, "bias": "shared", "biases": 0.6, "train_biases": False},
    ]},
    "script_short": _network("sigmoid", "sigmoid", bias="none", sizes=(4, 1), targets=[row[:1] for row in _PAIRS],
                             learning_rate=1),
}  # fmt: skip
"""Programs in tests/programs, each with the network that it is for."""
