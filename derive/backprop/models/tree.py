"""One expression over arrays: its value, and the slopes of all that it is made of.

Every index letter in force is an axis, in the order in which letters come into force; a part that does not depend on
a letter has one entry along its axis, and NumPy's broadcasting does the rest. So an equation for a whole array is
evaluated at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from derive.expression import (
    Activation,
    Add,
    Call,
    Cases,
    Const,
    Div,
    Expr,
    Mul,
    Neg,
    Num,
    Pow,
    Sum,
    Var,
)
from derive.vocabulary import ACTIVATIONS, Array, bind
from derive.vocabulary.stable import erf, tanh_slope

Axes: TypeAlias = tuple[tuple[str, int], ...]
"""The letters in force, each with how far it runs."""

Quantities: TypeAlias = Mapping[tuple[str, int], Array]
"""The arrays of a model by the kind and the number of their names (see `Model.var`)."""


class Done(NamedTuple):
    """A node that has been evaluated. value: an axis for each letter in force, of its size or of 1."""

    node: Expr
    value: Array
    parts: tuple[Done, ...] = ()


FUNCTIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array, Array], Array]]] = {
    "exp": (np.exp, lambda x, y: y),
    "log": (np.log, lambda x, y: 1.0 / x),
    "sqrt": (np.sqrt, lambda x, y: 0.5 / y),
    "tanh": (np.tanh, lambda x, y: tanh_slope(x)),
    "sin": (np.sin, lambda x, y: np.cos(x)),
    "cos": (np.cos, lambda x, y: -np.sin(x)),
    "erf": (erf, lambda x, y: 2.0 / math.sqrt(math.pi) * np.exp(-x * x)),
}
"""value(x) and slope(x, value) of the elementary functions."""


def evaluate(node: Expr, quantities: Quantities, axes: Axes) -> Done:
    """Return the value of `node` for all places of `axes` at once, with the values of all its parts."""

    def part(below: Expr) -> Done:
        return evaluate(below, quantities, axes)

    match node:
        case Num(value):
            return Done(node, _scalar(float(value), axes))
        case Const("pi"):
            return Done(node, _scalar(math.pi, axes))
        case Var(kind, number):
            return Done(node, np.asarray(quantities[kind, number][_places(node, axes)]))
        case Add(args):
            done = tuple(map(part, args))
            return Done(node, _reduced(np.add, done), done)
        case Mul(args):
            done = tuple(map(part, args))
            return Done(node, _reduced(np.multiply, done), done)
        case Neg(arg):
            of = part(arg)
            return Done(node, -of.value, (of,))
        case Div(above, below):
            a, b = part(above), part(below)
            return Done(node, a.value / b.value, (a, b))
        case Pow(base, exponent):
            of = part(base)
            return Done(node, of.value**exponent, (of,))
        case Call(name, arg):
            of = part(arg)
            return Done(node, FUNCTIONS[name][0](of.value), (of,))
        case Activation(word, arg):
            of = part(arg)
            row = bind(ACTIVATIONS, word)
            return Done(node, _by_rows(row.value, of.value), (of,))
        case Cases(test, above, otherwise):
            t, a, b = part(test), part(above), part(otherwise)
            return Done(node, np.where(t.value.real > 0.0, a.value, b.value), (t, a, b))
        case Sum(term, letter, size):
            of = evaluate(term, quantities, (*axes, (letter, size)))
            repeated = size if of.value.shape[-1] == 1 else 1  # a term in which the letter does not stand
            return Done(node, of.value.sum(axis=-1) * repeated, (of,))
        case _:
            raise TypeError(f"no rule for {type(node).__name__}")


def pull(done: Done, slope: Array, axes: Axes, slopes: Mapping[tuple[str, int], Array]) -> None:
    """Add to `slopes` what every quantity in a node gets of `slope`, the loss's by the node's value.

    slopes: by kind and number, arrays of the quantities' shapes; changed in place.
    """
    # What pushes nothing up gets nothing back, not ∞·0: the branch of |√x| that is not taken, say.
    slope = _fitted(slope, done.value.shape)
    if not np.any(slope):
        return

    def back(part: Done, share: Array) -> None:
        pull(part, np.where(slope == 0.0, 0.0, share), axes, slopes)

    match done.node, done.parts:
        case Var(kind, number) as name, _:
            if name.index:
                np.add.at(slopes[kind, number], _places(name, axes), slope)
            else:
                slopes[kind, number][...] += slope.sum()
        case Add(), parts:
            for each in parts:
                back(each, slope)
        case Mul(), parts:
            for position, each in enumerate(parts):
                share = slope
                for other in (*parts[:position], *parts[position + 1 :]):
                    share = share * other.value
                back(each, share)
        case Neg(), (of,):
            back(of, -slope)
        case Div(), (a, b):
            back(a, slope / b.value)
            back(b, -slope * done.value / b.value)
        case Pow(_, exponent), (of,):
            back(of, slope * exponent * of.value ** (exponent - 1))
        case Call(name, _), (of,):
            back(of, slope * FUNCTIONS[name][1](of.value, done.value))
        case Activation(word, _), (of,):
            back(of, _by_rows(bind(ACTIVATIONS, word).pull_back, of.value, done.value, slope))
        case Cases(), (t, a, b):
            above = t.value.real > 0.0
            pull(a, np.where(above, slope, 0.0), axes, slopes)
            pull(b, np.where(above, 0.0, slope), axes, slopes)
        case Sum(_, letter, size), (of,):
            spread = np.broadcast_to(slope[..., None], (*slope.shape, size))
            pull(of, spread, (*axes, (letter, size)), slopes)
        case _:
            pass  # a number


def sides(done: Done) -> list[NDArray[Any]]:
    """Return on which side of each kink in the node the point lies, in a fixed order."""
    found = [array for part in done.parts for array in sides(part)]
    match done.node:
        case Cases():
            found.append(done.parts[0].value.real > 0.0)
        case Activation(word, _):
            tell = bind(ACTIVATIONS, word).sides
            if tell is not None:
                found.append(_by_rows(tell, done.parts[0].value))
    return found


def _scalar(value: float, axes: Axes) -> Array:
    return np.full((1,) * len(axes), value)


def _places(name: Var, axes: Axes) -> tuple[Any, ...]:
    """Return what to index an array by, so that its entry for each place of `axes` comes out."""
    if not name.index:
        return (*(np.newaxis for _ in axes), ...)
    index = []
    letters = [letter for letter, _ in axes]
    for place in name.index:
        shape = [1] * len(axes)
        if isinstance(place, int):
            index.append(np.full(shape, place - 1))
        else:
            axis = letters.index(place)
            shape[axis] = axes[axis][1]
            index.append(np.arange(axes[axis][1]).reshape(shape))
    return tuple(index)


def _reduced(operation: np.ufunc, done: tuple[Done, ...]) -> Array:
    made = done[0].value
    for part in done[1:]:
        made = operation(made, part.value)
    return made


def _fitted(slope: Array, shape: tuple[int, ...]) -> Array:
    """Return the slopes of a value of `shape`: where one entry served a whole axis, the sum along it."""
    for axis, size in enumerate(shape):
        if size == 1 and slope.shape[axis] > 1:
            slope = slope.sum(axis=axis, keepdims=True)
    return np.broadcast_to(slope, shape)


def _by_rows(function: Callable[..., Any], *arrays: Array) -> Any:
    """Return an elementwise function of arrays of any shape, which takes rows."""
    shape = arrays[0].shape
    return np.asarray(function(*(array.reshape(1, -1) for array in arrays))).reshape(shape)
