"""Functions: those of mathematics, activations by their names or letters, and those that the document defines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from derive.errata.meaning.tables import both, each
from derive.errata.meaning.values import WIDEST, Unclear, Value, size
from derive.errata.world import World
from derive.expression import Add, Call, Cases, Div, Expr, Neg, Num, Var, total
from derive.read.written.tree import Apply, Name, Node

ACTIVATIONS = {
    "sigma": "sigmoid", "sigmoid": "sigmoid", "logistic": "sigmoid", "S": "sigmoid", "sig": "sigmoid",
    "logsig": "sigmoid", "Sigmoid": "sigmoid", "squash": "sigmoid", "tanh": "tanh", "Tanh": "tanh", "tansig": "tanh",
    "relu": "relu", "ReLU": "relu", "Relu": "relu", "RELU": "relu", "softplus": "softplus", "gelu": "gelu",
    "GELU": "gelu", "swish": "swish", "elu": "elu",
}  # fmt: skip
GENERIC = frozenset(("sigma", "f", "g", "phi", "psi", "act", "activation", "h", "F", "varphi", "S"))
"""Letters that stand for whatever the activation is."""


class Functions:
    """Gives functions their meaning in a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def apply(self, node: Apply, args: Sequence[Value]) -> Value:
        """Return a function of its arguments, entry by entry of a vector. Raises Unclear."""
        function, word = node.function, node.function.base
        if word in ("max", "min") and len(args) == 2:
            return both(_larger if word == "max" else _smaller, args[0], args[1], node)
        if len(args) != 1:
            raise Unclear(f"{word} of {len(args)} quantities", node)
        (arg,) = args
        if function.primes == 0 and word in CALLS and not (function.sub and word != "log"):
            if word == "log" and function.sub not in ("", "e"):
                raise Unclear("a logarithm to another base", node)
            return each(CALLS[word], arg)
        if word in ("softmax", "Softmax") and not function.primes:
            return _softmax(node, arg)
        if function.primes > 1:
            raise Unclear("a second derivative", node)
        return each(lambda e: self._one(function, e, node), arg)

    def _one(self, function: Name, arg: Expr, node: Node) -> Expr:
        """Return a function of a single number, or its slope there."""
        word = function.base
        if word not in self.world.functions or (isinstance(arg, Var) and arg.kind == "net"):
            return self.activated(function, arg, node, sloped=function.primes > 0)
        if size(arg, WIDEST) * size(self.world.functions[word][1], WIDEST) > WIDEST:
            raise Unclear("a formula that is too large", node)
        return self.world.sloped(word, arg) if function.primes else self.world.applied(word, arg)

    def activated(self, function: Name, arg: Expr, node: Node, *, sloped: bool = False) -> Expr:
        """Return an activation, or its slope, at an expression. Raises Unclear."""
        name = self._activation(function, arg, node)
        try:
            return self.world.sloped(name, arg) if sloped else self.world.activated(name, arg)
        except LookupError:
            raise Unclear(f"{name} of a single number", node) from None

    def _activation(self, function: Name, arg: Expr, node: Node) -> str:
        """Return which activation a function is at an argument."""
        word = function.base
        if word in GENERIC and isinstance(arg, Var) and arg.kind == "net":
            return self.world.activation_of(arg)
        if word in ("sigma", "S") and (self.world.activation == "sigmoid" or not self.world.network):
            return "sigmoid"
        if word in ACTIVATIONS and word not in ("sigma", "S"):
            return ACTIVATIONS[word]
        if word in GENERIC and self.world.network:
            return self.world.activation
        raise Unclear(f"it is not said what {function.plain} is", node)


def _softmax(node: Node, arg: Value) -> Value:
    if not isinstance(arg, tuple) or (len(arg) > 1 and len(arg[0]) > 1):
        raise Unclear("softmax of a single number", node)
    entries = [e for row in arg for e in row]
    below = total([Call("exp", e) for e in entries])
    made = [Div(Call("exp", e), below) for e in entries]
    return (tuple(made),) if len(arg) == 1 else tuple([(e,) for e in made])


def _larger(a: Expr, b: Expr) -> Expr:
    gap = b if a == Num(Fraction(0)) else a if b == Num(Fraction(0)) else None
    if gap is b:
        return Cases(b, b, a)
    return Cases(a if gap is a else Add((a, Neg(b))), a, b)


def _smaller(a: Expr, b: Expr) -> Expr:
    return Cases(Add((b, Neg(a))), a, b)


def _call(name: str) -> Callable[[Expr], Expr]:
    return lambda e: Call(name, e)


def _hyperbolic(sign: int) -> Callable[[Expr], Expr]:
    """Return sinh for −1, cosh for 1."""

    def made(e: Expr) -> Expr:
        up, down = Call("exp", e), Call("exp", Neg(e))
        return Div(Add((up, down if sign > 0 else Neg(down))), Num(Fraction(2)))

    return made


CALLS: Mapping[str, Callable[[Expr], Expr]] = {
    "exp": _call("exp"), "log": _call("log"), "ln": _call("log"), "tanh": _call("tanh"), "sin": _call("sin"),
    "cos": _call("cos"), "erf": _call("erf"), "sqrt": _call("sqrt"), "sinh": _hyperbolic(-1), "cosh": _hyperbolic(1),
    "tan": lambda e: Div(Call("sin", e), Call("cos", e)), "Tanh": _call("tanh"),
    "sech": lambda e: Div(Num(Fraction(1)), _hyperbolic(1)(e)),
}  # fmt: skip
