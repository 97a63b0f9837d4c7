"""Writes random programs that calculate a gradient, and calculate it right, each in another style.

A program is text, as somebody would hand it in; with it goes the network that it is for. The formulas are those of
the textbooks, written here once more and apart from derive's own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

Slopes = tuple[tuple[str, str], ...]

# name: what must stand before the functions, the value of z, and ways to write the slope with z and a = value.
ACTIVATIONS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "identity": ("", ("z", "1.0 * z"), ("np.ones_like(z)", "1")),
    "sigmoid": (
        "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n",
        ("sigmoid(z)", "1.0 / (1.0 + np.exp(-z))",
         "np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))",
         "0.5 * (1 + np.tanh(z / 2))", "np.exp(z) / (1 + np.exp(z))"),
        ("a * (1 - a)", "sigmoid(z) * (1 - sigmoid(z))", "a - a**2", "np.exp(-z) / (1 + np.exp(-z)) ** 2"),
    ),
    "tanh": (
        "", ("np.tanh(z)", "(np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))", "2 / (1 + np.exp(-2 * z)) - 1"),
        ("1 - a**2", "1 - np.tanh(z) ** 2", "1 / np.cosh(z) ** 2", "(1 - a) * (1 + a)", "1 - np.power(a, 2)"),
    ),
    "relu": (
        "", ("np.maximum(z, 0)", "np.maximum(0.0, z)", "np.where(z > 0, z, 0)", "z * (z > 0)", "(z + abs(z)) / 2"),
        ("(z > 0)", "(z > 0).astype(float)", "np.where(z > 0, 1.0, 0.0)", "np.heaviside(z, 0)", "1.0 * (a > 0)"),
    ),
    "leaky relu(0.1)": (
        "", ("np.where(z > 0, z, 0.1 * z)", "np.maximum(0.1 * z, z)"),
        ("np.where(z > 0, 1.0, 0.1)", "0.1 + 0.9 * (z > 0)"),
    ),
    "elu": (
        "", ("np.where(z > 0, z, np.exp(z) - 1)", "np.where(z > 0, z, np.expm1(z))"),
        ("np.where(z > 0, 1.0, np.exp(z))", "np.where(z > 0, 1, a + 1)"),
    ),
    "selu": (
        "LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772\n",
        ("LAMBDA * np.where(z > 0, z, ALPHA * (np.exp(z) - 1))",),
        ("LAMBDA * np.where(z > 0, 1, ALPHA * np.exp(z))", "np.where(z > 0, LAMBDA, a + LAMBDA * ALPHA)"),
    ),
    "softplus": (
        "", ("np.log(1 + np.exp(z))", "np.log1p(np.exp(z))", "np.logaddexp(0, z)"),
        ("1 / (1 + np.exp(-z))", "1 - np.exp(-a)", "np.exp(z) / (1 + np.exp(z))"),
    ),
    "softsign": ("", ("z / (1 + np.abs(z))",), ("1 / (1 + np.abs(z)) ** 2", "(1 - np.abs(a)) ** 2")),
    "silu": (
        "def sig(z):\n    return 1 / (1 + np.exp(-z))\n", ("z * sig(z)", "z / (1 + np.exp(-z))"),
        ("sig(z) + z * sig(z) * (1 - sig(z))", "a + sig(z) * (1 - a)"),
    ),
    "gelu tanh": (
        "C = np.sqrt(2 / np.pi)\n", ("0.5 * z * (1 + np.tanh(C * (z + 0.044715 * z**3)))",),
        ("0.5 * (1 + np.tanh(C * (z + 0.044715 * z**3)))"
         " + 0.5 * z * (1 - np.tanh(C * (z + 0.044715 * z**3)) ** 2) * C * (1 + 3 * 0.044715 * z**2)",),
    ),
    "mish": (
        "", ("z * np.tanh(np.log1p(np.exp(z)))", "z * np.tanh(np.log(1 + np.exp(z)))"),
        ("np.tanh(np.log1p(np.exp(z))) + z * (1 - np.tanh(np.log1p(np.exp(z))) ** 2) / (1 + np.exp(-z))",),
    ),
    "hard tanh": (
        "", ("np.clip(z, -1, 1)", "np.maximum(-1, np.minimum(1, z))"),
        ("(np.abs(z) < 1)", "((z > -1) & (z < 1)) * 1.0"),
    ),
}  # fmt: skip

# name: E of each output, and its derivative, with y the target and p the output.
LOSSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "half squared error": (("0.5 * (y - p) ** 2", "(p - y) ** 2 / 2"), ("p - y", "-(y - p)")),
    "mean squared error": (("(y - p) ** 2", "np.square(p - y)"), ("2 * (p - y)", "-2.0 * (y - p)")),
    "mean absolute error": (("np.abs(y - p)",), ("np.sign(p - y)", "np.where(p > y, 1.0, -1.0)")),
    "huber": (
        ("np.where(np.abs(p - y) <= 1, 0.5 * (p - y) ** 2, np.abs(p - y) - 0.5)",),
        ("np.clip(p - y, -1, 1)", "np.where(np.abs(p - y) <= 1, p - y, np.sign(p - y))"),
    ),
    "log-cosh": (("np.log(np.cosh(p - y))",), ("np.tanh(p - y)",)),
    "hinge": (("np.maximum(0, 1 - y * p)",), ("np.where(y * p < 1, -y, 0)", "-y * (1 - y * p > 0)")),
    "squared hinge": (("np.maximum(0, 1 - y * p) ** 2",), ("-2 * y * np.maximum(0, 1 - y * p)",)),
    "binary cross-entropy": (
        ("-(y * np.log(p) + (1 - y) * np.log(1 - p))",),
        ("(p - y) / (p * (1 - p))", "-(y / p - (1 - y) / (1 - p))"),
    ),
    "binary cross-entropy on logits": (
        ("np.log(1 + np.exp(p)) - y * p", "np.maximum(p, 0) - y * p + np.log1p(np.exp(-np.abs(p)))"),
        ("1 / (1 + np.exp(-p)) - y",),
    ),
    "categorical cross-entropy": (("-y * np.log(p)",), ("-y / p",)),
}  # fmt: skip
FOR_UNIT = ("binary cross-entropy", "categorical cross-entropy")
STYLES = ("dict", "arguments", "loss and gradient", "class", "train step", "flat", "lists", "pairs", "own keys")


@dataclass(frozen=True)
class Written:
    """A program with its network: `fields` are those of `derive.network`."""

    fields: dict[str, Any]
    source: str
    style: str


def write(seed: int) -> Written:
    """Return the random program number `seed`."""
    return _Writer(random.Random(seed)).written()


class _Writer:
    def __init__(self, drawn: random.Random) -> None:
        self.drawn = drawn
        self.depth = drawn.choice((1, 2, 2, 2, 3))
        self.sizes = [drawn.randint(2, 4) for _ in range(self.depth)] + [drawn.choice((1, 2, 3))]
        self.loss = drawn.choice(tuple(LOSSES))
        self.softmax = self.loss == "categorical cross-entropy" and drawn.random() < 0.8
        hidden = [name for name in ACTIVATIONS if name != "identity"]
        self.activations = [drawn.choice(hidden) for _ in range(self.depth - 1)]
        self.activations.append(self._last())
        if self.softmax:
            self.sizes[-1] = drawn.choice((2, 3))
        self.rows = drawn.random() < 0.5  # each row of a matrix is a neuron
        self.down = drawn.random() < 0.3  # samples are columns
        self.style = drawn.choice(STYLES)
        self.bias = drawn.random() < 0.85
        self.mean = drawn.random() < 0.5
        self.samples = drawn.choice((1, 2, 4))

    def _last(self) -> str:
        if self.softmax:
            return "softmax"
        if self.loss in FOR_UNIT:
            return "sigmoid"
        refused = {"sigmoid"} if self.loss == "binary cross-entropy on logits" else set()
        return self.drawn.choice([name for name in ACTIVATIONS if name not in refused])

    def written(self) -> Written:
        return Written(self.fields(), self.source(), self.style)

    def fields(self) -> dict[str, Any]:
        drawn = self.drawn

        def row(width: int, low: float, high: float) -> list[float]:
            return [round(drawn.uniform(low, high), 3) for _ in range(width)]

        targets = []
        for _ in range(self.samples):
            if self.softmax:
                one = drawn.randrange(self.sizes[-1])
                targets.append([float(k == one) for k in range(self.sizes[-1])])
            else:
                targets.append(row(self.sizes[-1], 0.05, 0.95))
        layers = [
            {"size": size, "activation": activation, "bias": "per neuron" if self.bias else "none"}
            for size, activation in zip(self.sizes[1:], self.activations, strict=True)
        ]
        return {
            "inputs": [row(self.sizes[0], -1.5, 1.5) for _ in range(self.samples)], "targets": targets,
            "layers": layers, "loss": self.loss, "batch": "mean" if self.mean else "sum",
            "seed": drawn.randint(0, 10**6), "learning_rate": 0.25,
        }  # fmt: skip

    # ── The text ───────────────────────────────────────────────────────────────────────────────────────────

    def source(self) -> str:
        before = "".join(dict.fromkeys(ACTIVATIONS[a][0] for a in self.activations if a in ACTIVATIONS))
        return f"import numpy as np\n{before}\n\n" + getattr(self, "_" + self.style.replace(" ", "_"))()

    def forward(self, w: str, b: str) -> list[str]:
        """Return the lines of the forward pass; `w` and `b` with {n} are what weights and biases are called."""
        lines = ["a0 = x"]
        for n in range(1, self.depth + 1):
            weights = w.format(n=n)
            if self.down:
                product = f"{weights if self.rows else weights + '.T'} @ a{n - 1}"
            else:
                product = f"a{n - 1} @ {weights + '.T' if self.rows else weights}"
                if self.drawn.random() < 0.3:
                    product = f"np.dot(a{n - 1}, {weights + '.T' if self.rows else weights})"
            lines.append(f"z{n} = {product}" + (f" + {b.format(n=n)}" if self.bias else ""))
            lines += self._activation(n)
        return lines

    def _activation(self, n: int) -> list[str]:
        name = self.activations[n - 1]
        if name == "softmax":
            axis = 0 if self.down else 1
            top = f"z{n}.max(axis={axis}, keepdims=True)"
            shifted = self.drawn.choice((f"np.exp(z{n} - {top})", f"np.exp(z{n})"))
            return [f"e{n} = {shifted}", f"a{n} = e{n} / e{n}.sum(axis={axis}, keepdims=True)"]
        value = self.drawn.choice(ACTIVATIONS[name][1])
        return [f"a{n} = {_named(value, n)}"]

    def loss_line(self) -> str:
        value = _with(self.drawn.choice(LOSSES[self.loss][0]), f"a{self.depth}")
        return f"loss = np.sum({value}){self._divided()}"

    def _divided(self) -> str:
        parts = []
        if self.loss in ("mean squared error", "mean absolute error"):
            parts.append(f"a{self.depth}.shape[{0 if self.down else 1}]")
        if self.mean:
            parts.append("m")
        return "".join(f" / {part}" for part in parts)

    def backward(self, w: str, dw: str, db: str) -> list[str]:
        """Return the lines of the backward pass."""
        drawn, last = self.drawn, self.depth
        short = self.softmax or (self.loss == "binary cross-entropy" and drawn.random() < 0.6)
        if short:
            lines = [f"d{last} = (a{last} - y){self._divided()}"]
        else:
            slope = _with(drawn.choice(LOSSES[self.loss][1]), f"a{last}")
            lines = [f"g{last} = ({slope}){self._divided()}", f"d{last} = g{last} * {self._slope(last)}"]
        for n in range(last, 0, -1):
            weights = w.format(n=n)
            # δ and activations as matrices: their product lies as the weights do.
            if self.down:
                product = f"d{n} @ a{n - 1}.T" if self.rows else f"a{n - 1} @ d{n}.T"
                back = f"{weights}.T @ d{n}" if self.rows else f"{weights} @ d{n}"
            else:
                product = f"d{n}.T @ a{n - 1}" if self.rows else f"a{n - 1}.T @ d{n}"
                back = f"d{n} @ {weights}" if self.rows else f"d{n} @ {weights}.T"
                if drawn.random() < 0.2:
                    product = f"np.einsum('si,sj->{'ij' if self.rows else 'ji'}', d{n}, a{n - 1})"
            lines.append(f"{dw.format(n=n)} = {product}")
            if self.bias:
                axis = 1 if self.down else 0
                lines.append(f"{db.format(n=n)} = np.sum(d{n}, axis={axis}{', keepdims=True' if self.down else ''})")
            if n > 1:
                lines += [f"g{n - 1} = {back}", f"d{n - 1} = g{n - 1} * {self._slope(n - 1)}"]
        return lines

    def _slope(self, n: int) -> str:
        return f"({_named(self.drawn.choice(ACTIVATIONS[self.activations[n - 1]][2]), n)})"

    def _m(self) -> str:
        return f"m = x.shape[{1 if self.down else 0}]"

    def _layers(self) -> range:
        return range(1, self.depth + 1)

    def _body(self, w: str, b: str, dw: str, db: str, *, loss: bool = False) -> list[str]:
        return [self._m(), *self.forward(w, b), *([self.loss_line()] if loss else []), *self.backward(w, dw, db)]

    def _gradient_names(self, dw: str = "dW{n}", db: str = "db{n}") -> list[str]:
        return [name.format(n=n) for n in self._layers() for name in ((dw, db) if self.bias else (dw,))]

    # ── Styles ─────────────────────────────────────────────────────────────────────────────────────────────

    def _dict(self) -> str:
        body = self._body("params['W{n}']", "params['b{n}']", "dW{n}", "db{n}")
        pairs = ", ".join(f"'{name[1:]}': {name}" for name in self._gradient_names())
        return _function("gradients", "params, x, y", [*body, f"return {{{pairs}}}"])

    def _own_keys(self) -> str:
        body = self._body("weights['w{n}']", "weights['bias{n}']", "grads['w{n}']", "grads['bias{n}']")
        return _function("backprop", "weights, x, y", ["grads = {}", *body, "return grads"])

    def _arguments(self) -> str:
        names = ", ".join(name[1:] for name in self._gradient_names())
        body = self._body("W{n}", "b{n}", "dW{n}", "db{n}")
        returned = ", ".join(self._gradient_names())
        return _function(
            "backward",
            f"{names}, x, y",
            [*body, f"return {returned}," if "," not in returned else f"return {returned}"],
        )

    def _loss_and_gradient(self) -> str:
        body = self._body("p['W{n}']", "p['b{n}']", "grads['dW{n}']", "grads['db{n}']", loss=True)
        return _function("loss_and_gradients", "p, x, y", ["grads = {}", *body, "return loss, grads"])

    def _flat(self) -> str:
        lines, at = [], 0
        for n in self._layers():
            rows, columns = (self.sizes[n], self.sizes[n - 1]) if self.rows else (self.sizes[n - 1], self.sizes[n])
            lines.append(f"W{n} = theta[{at}:{at + rows * columns}].reshape({rows}, {columns})")
            at += rows * columns
            if self.bias:
                size = self.sizes[n]
                lines.append(f"b{n} = theta[{at}:{at + size}]" + (".reshape(-1, 1)" if self.down else ""))
                at += size
        parts = ", ".join(f"{name}.ravel()" for name in self._gradient_names())
        body = self._body("W{n}", "b{n}", "dW{n}", "db{n}", loss=True)
        return _function("cost", "theta, x, y", [*lines, *body, f"return loss, np.concatenate([{parts}])"])

    def _lists(self) -> str:
        arguments = "W, b, x, y" if self.bias else "W, x, y"
        start = ["dW = [None] * len(W)", *(["db = [None] * len(b)"] if self.bias else [])]
        body = _shifted(self._body("W[{n}]", "b[{n}]", "dW[{n}]", "db[{n}]"))
        return _function("backprop", arguments, [*start, *body, f"return dW{', db' if self.bias else ''}"])

    def _pairs(self) -> str:
        if not self.bias:
            return self._lists()
        unpacked = ", ".join(f"(W{n}, b{n})" for n in self._layers())
        returned = ", ".join(f"(dW{n}, db{n})" for n in self._layers())
        body = self._body("W{n}", "b{n}", "dW{n}", "db{n}")
        comma = "," if self.depth == 1 else ""
        return _function("gradients", "params, x, y", [f"{unpacked}{comma} = params", *body, f"return [{returned}]"])

    def _train_step(self) -> str:
        body = self._body("params['W{n}']", "params['b{n}']", "dW{n}", "db{n}")
        updates = [f"params['{name[1:]}'] -= lr * {name}" for name in self._gradient_names()]
        return _function("train_step", "params, x, y, lr", [*body, *updates])

    def _class(self) -> str:
        start = ["self.sizes = sizes"]
        for n in self._layers():
            shape = f"sizes[{n}], sizes[{n - 1}]" if self.rows else f"sizes[{n - 1}], sizes[{n}]"
            start.append(f"self.W{n} = np.random.randn({shape}) * 0.1")
            if self.bias:
                start.append(f"self.b{n} = np.zeros({f'(sizes[{n}], 1)' if self.down else f'sizes[{n}]'})")
        forward = [*self.forward("self.W{n}", "self.b{n}")]
        kept = [f"self.a{n} = a{n}" for n in range(self.depth + 1)] + [f"self.z{n} = z{n}" for n in self._layers()]
        taken = [f"a{n} = self.a{n}" for n in range(self.depth + 1)] + [f"z{n} = self.z{n}" for n in self._layers()]
        back = self.backward("self.W{n}", "self.dW{n}", "self.db{n}")
        return "class Network:\n" + "\n".join(
            "    " + line if line else ""
            for part in (
                _function("__init__", "self, sizes", start),
                _function("forward", "self, x", [*forward, *kept, f"return a{self.depth}"]),
                _function("backward", "self, x, y", [self._m(), *taken, *back]),
            )
            for line in part.splitlines()
        )


def _function(name: str, arguments: str, lines: list[str]) -> str:
    return f"def {name}({arguments}):\n" + "\n".join(f"    {line}" for line in lines) + "\n"


def _shifted(lines: list[str]) -> list[str]:
    """Return lines in which lists of layers are counted from 0."""
    made = []
    for line in lines:
        for name in ("dW", "db", "W", "b"):
            for n in range(1, 9):
                line = line.replace(f"{name}[{n}]", f"{name}[{n - 1}!]")
        made.append(line.replace("!]", "]"))
    return made


def _named(formula: str, n: int) -> str:
    """Return a formula in z and a with the names of layer n."""
    out, word = "", ""
    for c in formula + " ":
        if c.isalnum() or c in "_.":
            word += c
            continue
        out += f"{word}{n}" if word in ("z", "a") else word
        out, word = out + c, ""
    return out.strip()


def _with(formula: str, output: str) -> str:
    """Return a formula in y and p with the output's name for p."""
    out, word = "", ""
    for c in formula + " ":
        if c.isalnum() or c in "_.":
            word += c
            continue
        out += output if word == "p" else word
        out, word = out + c, ""
    return out.strip()
