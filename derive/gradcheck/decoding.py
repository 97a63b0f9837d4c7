"""The numbers of an answer, looked over: shapes that are not the network's are none of its gradient."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.check.field import Residues
from derive.check.real import Real, Reals, magnitude
from derive.expression import Var
from derive.read.messages import WIDTH, Answer, Numbers
from derive.read.problem import Problem
from derive.read.values import bias_names, weight_names


class Misshapen(Exception):
    """Raised where an answer does not have the form of one."""


def tensors(problem: Problem, answer: Answer) -> list[tuple[list[Var], Numbers | None]]:
    """Return each array of the gradient with the names of its numbers. Raises Misshapen."""
    if len(answer.weights) != problem.layers or len(answer.biases) != problem.layers:
        raise Misshapen
    made: list[tuple[list[Var], Numbers | None]] = []
    for layer in range(1, problem.layers + 1):
        made.append((weight_names(problem, layer), checked(answer.weights[layer - 1], problem.weight_shape(layer))))
        if problem.bias[layer - 1] != "none":
            made.append((bias_names(problem, layer), checked(answer.biases[layer - 1], problem.bias_shape(layer))))
    return made


def checked(numbers: Numbers | None, shape: tuple[int, ...]) -> Numbers | None:
    if numbers is None:
        return None
    size = prod(shape)
    if numbers.shape != shape or len(numbers.doubles) != size or len(numbers.exact) not in (0, size):
        raise Misshapen
    return numbers


def single(numbers: Numbers | None) -> Numbers | None:
    """Return a loss: one number in whatever shape. Raises Misshapen."""
    if numbers is not None and (len(numbers.doubles) != 1 or len(numbers.exact) > 1):
        raise Misshapen
    return numbers


def array(numbers: Numbers) -> NDArray[np.float64]:
    return np.array(numbers.doubles, dtype=np.float64).reshape(numbers.shape)


def residues(data: bytes) -> Residues | None:
    """Return residues; None where there is no exact value."""
    if not data or len(data) % WIDTH:
        return None
    return Residues(tuple(int.from_bytes(data[i : i + WIDTH], "big") for i in range(0, len(data), WIDTH)), 0)


def real(data: bytes, reals: Reals) -> Real | None:
    """Return a real number with its bound; None where there is no value. Raises Misshapen."""
    if not data:
        return None
    text, _, bound_text = data.decode("ascii", "replace").partition(";")
    try:
        bound = float(bound_text)
        value: Any
        if "p" in text:
            man, _, exponent = text.partition("p")
            if len(man) > 400 or abs(int(exponent)) > 100_000:
                raise Misshapen
            value = reals.mp.ldexp(reals.mp.mpf(int(man)), int(exponent))
        else:
            value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise Misshapen from None
    if not (isfinite(bound) and bound >= 0.0):
        raise Misshapen
    return Real(value, magnitude(value), bound)
