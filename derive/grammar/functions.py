"""The functions that a formula may apply: one row each in `_RULES`, elementary ones and activations aside.

A rule takes the formula that is being read, the application, and the index letters in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from derive.errors import nearest
from derive.expression import FUNCTIONS, Activation, Call, Expr, Mul, Sum
from derive.grammar.constants import is_constant
from derive.grammar.formula import (
    Formula,
    absolute,
    contracted,
    entrywise,
    larger,
    shown_shape,
    smaller,
    summed,
    turned,
)
from derive.grammar.syntax import Apply, Name, Negative, Number, Syntax

if TYPE_CHECKING:
    from derive.grammar.meaning import Bound, Meaning

ALSO_CALLED = {"ln": "log"}
PI = "pi"

_DEFINITION = 4  # nodes that an activation's definition has for each of its argument
_MOST_ARGUMENTS = 10


class Elementwise(NamedTuple):
    """An activation that a formula may apply: its name in the vocabulary, and how many constants it takes.

    layer: whether it looks at all entries at once, so that it is none to apply to each.
    """

    name: str
    constants: int = 0
    layer: bool = False


def reserved(activations: Mapping[str, Elementwise]) -> set[str]:
    """Return the words that mean something already, so that no quantity can be called so."""
    return {*FUNCTIONS, *ALSO_CALLED, *_RULES, *activations, PI}


def apply(meaning: Meaning, node: Apply, bound: Bound) -> Formula:
    """Return what the application of a function means. Raises DeriveError for no function, or the wrong arguments."""
    name = ALSO_CALLED.get(node.name, node.name)
    activations = meaning.scope.activations
    if name in FUNCTIONS:
        of = meaning.formula(_arguments(meaning, node, 1)[0], bound)
        return entrywise(of.shape, [of], lambda entry: Call(name, entry), of.size.over())
    if name in _RULES:
        return _RULES[name](meaning, node, bound)
    if name in activations:
        return _activation(meaning, node, activations[name], bound)
    if name in meaning.scope.names or name in meaning.scope.shapes or name in bound:
        raise meaning.refuse(f"{name} is a quantity, and no function", node.column, hint=f"{name}*(…)")
    known = sorted(reserved(activations) - {PI})
    raise meaning.refuse(
        f"there is no function {name}", node.column, allowed=", ".join(known), hint=nearest(name, known)
    )


def _arguments(meaning: Meaning, node: Apply, least: int, most: int = 0) -> tuple[Syntax, ...]:
    most = most or least
    if not least <= len(node.args) <= most:
        wanted = f"{least}" if least == most else f"from {least} to {most}"
        raise meaning.refuse(f"{node.name} takes {wanted} between its brackets, and has {len(node.args)}", node.column)
    return node.args


def _activation(meaning: Meaning, node: Apply, row: Elementwise, bound: Bound) -> Formula:
    if row.layer:
        raise meaning.refuse(
            f"{node.name} looks at a whole vector, and is no function of one number", node.column,
            hint="exp(z[i])/sum(k, exp(z[k])) for softmax",
        )  # fmt: skip
    first, *rest = _arguments(meaning, node, 1, 1 + row.constants)
    numbers = []
    for arg in rest:
        number = arg.arg if isinstance(arg, Negative) else arg
        if not isinstance(number, Number):
            raise meaning.refuse(f"a constant of {node.name} is a number", arg.column, hint="0.1")
        numbers.append(("-" if isinstance(arg, Negative) else "") + number.text)
    word = f"{row.name}({', '.join(numbers)})" if numbers else row.name
    of = meaning.formula(first, bound)
    size = of.size._replace(nodes=_DEFINITION * of.size.nodes)
    return entrywise(of.shape, [of], lambda entry: Activation(word, entry), size)


def _absolute(meaning: Meaning, node: Apply, bound: Bound) -> Formula:
    of = meaning.formula(_arguments(meaning, node, 1)[0], bound)
    return entrywise(of.shape, [of], absolute, of.size.over(of.size, of.size, of.size, nodes=5))


def _extreme(choose: Callable[[Expr, Expr], Expr]) -> Callable[[Meaning, Apply, Bound], Formula]:
    def rule(meaning: Meaning, node: Apply, bound: Bound) -> Formula:
        # What is a number comes last: at a tie it wins, and the slope is 0, as ReLU's.
        args = sorted(_arguments(meaning, node, 2, _MOST_ARGUMENTS), key=is_constant)
        made = [meaning.formula(arg, bound) for arg in args]
        size = made[0].size
        for part in made[1:]:
            size = size.over(size, part.size, part.size, nodes=3)
        return meaning.combined(args, made, lambda *entries: reduce(choose, entries))._replace(size=size)

    return rule


def _sum(meaning: Meaning, node: Apply, bound: Bound) -> Formula:
    args = _arguments(meaning, node, 1, 2)
    if len(args) == 1:
        of = meaning.formula(args[0], bound)
        if not of.shape:
            raise meaning.refuse("this is a single number: there is nothing to sum", node.column, hint="sum(i, x[i])")
        return summed(of)
    first, body = args
    letter = first.name if isinstance(first, Name) and not first.places else ""
    if len(letter) != 1 or not letter.islower() or letter == "s":
        raise meaning.refuse(
            "a sum names its index first", first.column, allowed="one small letter (not s)", hint="sum(i, x[i])"
        )
    if letter in bound or letter in meaning.scope.names:
        already = "an index already" if letter in bound else "a quantity, and cannot be an index too"
        raise meaning.refuse(f"{letter} is {already}", first.column, hint="another letter")
    size = meaning.extent(letter, body, first.column)
    of = meaning.formula(body, {**bound, letter: size})
    if of.shape:
        raise meaning.refuse(
            f"the terms of the sum have shape {shown_shape(of.shape)}", body.column, allowed="single numbers",
            hint="a place for each index, x[i]; or sum(x) for all entries",
        )  # fmt: skip
    return Formula(
        (), lambda place, taken: Sum(of.at((), taken | {letter}), letter, size), of.size.over(times=size)
    )  # fmt: skip


def _dot(meaning: Meaning, node: Apply, bound: Bound) -> Formula:
    a, b = (meaning.formula(arg, bound) for arg in _arguments(meaning, node, 2))
    ranks = len(a.shape), len(b.shape)
    if ranks not in ((1, 1), (2, 1), (2, 2)) or a.shape[-1] != b.shape[0]:
        turn = ranks == (1, 2) or (len(a.shape) == 2 and b.shape[:1] == a.shape[:1])
        raise meaning.refuse(
            f"there is no product of the shapes {shown_shape(a.shape)} and {shown_shape(b.shape)}", node.column,
            allowed="(n) with (n), (m, n) with (n), (m, n) with (n, p)",
            hint="dot(transpose(W), x)" if turn else "",
        )  # fmt: skip
    return contracted(a, b, lambda left, right: Mul((left, right)))


def _transpose(meaning: Meaning, node: Apply, bound: Bound) -> Formula:
    of = meaning.formula(_arguments(meaning, node, 1)[0], bound)
    if len(of.shape) != 2:
        raise meaning.refuse(
            f"this has shape {shown_shape(of.shape)}, and only a matrix is transposed", node.column,
            allowed="a shape such as (2, 3)",
        )  # fmt: skip
    return turned(of)


_RULES: dict[str, Callable[[Meaning, Apply, Bound], Formula]] = {
    "abs": _absolute,
    "dot": _dot,
    "max": _extreme(larger),
    "min": _extreme(smaller),
    "sum": _sum,
    "transpose": _transpose,
}
