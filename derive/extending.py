"""Activations and losses of your own: a definition in SymPy, the values and slopes by hand in NumPy.

The derivation differentiates the definition; the NumPy side is the witness that it is compared with. So the slope is
written here once by you, and a slip in it is refuted by the first check.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import sympy as sp

from derive.algebra import expression
from derive.errors import DeriveError, shown
from derive.functions import ACTIVATIONS, LOSSES, ActivationRow, LossRow
from derive.vocabulary import ACTIVATIONS as BY_HAND
from derive.vocabulary import LOSSES as LOSSES_BY_HAND
from derive.vocabulary import Array, Interval, Loss, elementwise

_NAME = re.compile(r"[a-z][a-z0-9]*([ -][a-z0-9]+)*")
_ANY = (-math.inf, math.inf)
MAX_NAME = 40

Symbolic = Callable[..., sp.Expr]
ByHand = Callable[..., Array]


def add_activation(
    name: str, *, symbolic: Symbolic, value: ByHand, slope: ByHand, outputs: tuple[float, float] = _ANY,
    sides: ByHand | None = None,
) -> None:  # fmt: skip
    """Let specs name an activation of one net input; from then on it is derived, reported, checked and trained.

    >>> add_activation(
    ...     "bent identity", symbolic=lambda x: (sp.sqrt(x**2 + 1) - 1) / 2 + x,
    ...     value=lambda x: (np.sqrt(x**2 + 1) - 1) / 2 + x, slope=lambda x: x / (2 * np.sqrt(x**2 + 1)) + 1)

    name: words in small letters, such as "bent identity".
    symbolic: its definition, of a SymPy expression; branches by `derive.functions.where`.
    value, slope: the same and its derivative, by hand, of a NumPy array of any shape. For the complex step `value` is
        called with complex numbers.
    outputs: the numbers between which outputs lie, without the ends; losses may demand it.
    sides: where the slope jumps, on which side of each kink a net input lies, as numbers; see
        `derive.vocabulary.Activation`.
    Raises DeriveError for a name that is taken, or is no plain words, and for what cannot be written as a formula.
    """
    _check_name(name)
    _check_symbolic(symbolic, sp.Symbol("net_1"))
    ACTIVATIONS[name] = ActivationRow(symbolic)
    BY_HAND[name] = elementwise(value, slope, outputs=Interval(*outputs), sides=sides)


def add_loss(
    name: str, *, symbolic: Symbolic, value: ByHand, slope: ByHand, mean: bool = False,
    outputs: tuple[float, float] = _ANY, targets: tuple[float, float] = _ANY, sides: ByHand | None = None,
) -> None:  # fmt: skip
    """Let specs name a loss, E = `symbolic`(t, o) of each output; see `add_activation`.

    value, slope: E and ∂E/∂o by hand, of arrays of targets and outputs.
    mean: whether the whole error averages over the outputs, not sums them.
    outputs: the numbers between which outputs must lie, without the ends; targets: with them.
    """
    _check_name(name)
    _check_symbolic(symbolic, sp.Symbol("t_1"), sp.Symbol("out_1"))
    LOSSES[name] = LossRow(symbolic)
    LOSSES_BY_HAND[name] = Loss(
        value, slope, mean=mean, outputs=Interval(*outputs), targets=Interval(*targets, closed=True), sides=sides
    )


def _check_name(name: object) -> None:
    if not isinstance(name, str) or len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise DeriveError(
            f"found {shown(name)}", where="name", hint="bent identity",
            allowed=f"words of small letters and digits, at most {MAX_NAME} characters",
        )  # fmt: skip
    if name in (*BY_HAND, *LOSSES_BY_HAND):
        raise DeriveError(f"{name!r} is taken", where="name", allowed="a name of its own", hint=f"my {name}")


def _check_symbolic(symbolic: Symbolic, *names: Any) -> None:
    made = symbolic(*names) + sp.Integer(0)  # a definition may come to a plain number
    try:
        expression(made)
        for name in names[-1:]:
            expression(sp.diff(made, name))
    except TypeError as error:
        raise DeriveError(
            str(error), where="symbolic", hint="where(x, x, 0.1 * x) for branches, of derive.functions",
            allowed="sums, products, quotients, whole powers, exp, log, tanh, sqrt, erf, sin, cos, and branches",
        ) from None  # fmt: skip
