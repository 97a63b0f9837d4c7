"""What a figure of a network shows, as plain data: columns of neurons, and the names of what lies between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

from derive.expression import Var
from derive.notation import Label
from derive.spec import Bias, Spec

MAX_ROWS = 10
"""Where a layer has more neurons than this, the large layers are drawn with dots in their middle."""
MAX_NAMED_ROWS = 6
MAX_NAMED_WEIGHTS = 40
_MAX_VALUE_LENGTH = 9


class Quantity(Struct, frozen=True):
    """Something with a name, and with a value where it is known: w₅ = 0.40. A rounded value starts with "≈ "."""

    label: Label
    value: str = ""

    @property
    def relation(self) -> str:
        """What stands after the name: " = 0.40", " ≈ 0.333333", or "" without a value."""
        return f" {self.value}" if self.value.startswith("≈") else f" = {self.value}" if self.value else ""


class Column(Struct, frozen=True, kw_only=True):
    """One layer, and what comes into it.

    size: how many neurons there are.
    neurons: those that are drawn, from the top; None stands for all that are left out between two others.
    caption: what is written below the column: the activation, say.
    weights: one row a neuron, one entry for each neuron of the column before; or () where they go without names.
    bias, biases: of what kind they are; one name if shared, `size` names if per neuron, or ().
    """

    size: int
    neurons: tuple[Quantity | None, ...]
    caption: str = ""
    weights: tuple[tuple[Quantity, ...], ...] = ()
    bias: Bias = "none"
    biases: tuple[Quantity, ...] = ()

    @property
    def elided(self) -> bool:
        return None in self.neurons


class Diagram(Struct, frozen=True):
    """A feed-forward network, from the inputs to the outputs; each column is fully connected to the one before."""

    columns: tuple[Column, ...]
    title: str = ""


def diagram(spec: Spec, name_of: Callable[[Var], Label], captions: Sequence[str] = ()) -> Diagram:
    """Return the diagram of `spec`.

    name_of: the names, such as `derive.notation.notation(spec).label`.
    captions: one for the inputs and one for each layer; the activations when left out.

    The time it takes does not grow with the neurons that are left out.
    """
    sizes = spec.sizes
    named = max(sizes) <= MAX_NAMED_ROWS
    few = named and sum(n * m for n, m in pairwise(sizes)) <= MAX_NAMED_WEIGHTS
    below = captions or ("", *(layer.activation for layer in spec.layers))
    one = spec.samples == 1

    drawn = shown_rows(sizes)
    inputs = tuple(
        Quantity(name_of(Var("x", 0, (k,))), _short(spec.inputs[0][k - 1]) if one else "") if k else None
        for k in drawn[0]
    )
    columns = [Column(size=sizes[0], neurons=inputs, caption=below[0])]
    for number, layer in enumerate(spec.layers, 1):
        neurons = tuple(Quantity(name_of(Var("unit", number, (j,)))) if j else None for j in drawn[number])
        weights = tuple(
            tuple(
                Quantity(name_of(Var("w", number, (j, k))), _short(spec.weight(number, j, k)))
                for k in range(1, sizes[number - 1] + 1)
            )
            for j in range(1, layer.size + 1)
        ) if few else ()  # fmt: skip
        biases: tuple[Quantity, ...] = ()
        if layer.bias == "shared":
            biases = (Quantity(name_of(Var("b", number)), _short(spec.bias(number, 1))),)
        elif layer.bias == "per neuron" and named:
            biases = tuple(
                Quantity(name_of(Var("b", number, (j,))), _short(spec.bias(number, j)))
                for j in range(1, layer.size + 1)
            )
        columns.append(
            Column(size=layer.size, neurons=neurons, caption=below[number], weights=weights,
                   bias=layer.bias, biases=biases)
        )  # fmt: skip
    return Diagram(tuple(columns), spec.title)


def shown_rows(sizes: Sequence[int]) -> list[tuple[int | None, ...]]:
    """Return which neurons of each layer are drawn, from 1; None where some are left out.

    >>> shown_rows([784, 300, 10])
    [(1, 2, 3, None, 783, 784), (1, 2, 3, None, 299, 300), (1, 2, 3, None, 10)]
    """
    if max(sizes) <= MAX_ROWS:
        return [tuple(range(1, n + 1)) for n in sizes]
    return [
        tuple(range(1, n + 1)) if n <= MAX_NAMED_ROWS
        else (1, 2, 3, None, n) if n <= MAX_ROWS
        else (1, 2, 3, None, n - 1, n)
        for n in sizes
    ]  # fmt: skip


def _short(value: Decimal) -> str:
    plain = f"{value:f}" if abs(value.adjusted()) < 20 else str(value)
    return (plain if len(plain) <= _MAX_VALUE_LENGTH else f"≈ {value:.5g}").replace("-", "−")
