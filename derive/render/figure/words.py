"""What a figure says in words, for readers who hear it; and the words themselves, to be had in other languages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from derive.render.figure.diagram import Column, Diagram, Quantity
from derive.render.figure.drawing import Text
from derive.render.figure.label import printable, spoken


class Phrases(Struct, frozen=True):
    """What a figure and a terminal's tables say. Phrases with braces are filled in with `str.format`.

    columns: the heads of the table of layers, with | between them. comma, space: between names, between sentences.
    """

    title: str = "Feed-forward network {sizes}"
    connected: str = "Each layer is fully connected to the one before it."
    inputs: str = "Inputs: {names}."
    layer: str = "Layer {number}{caption}: {names}."
    caption: str = ", {caption}"
    size: str = " ({size} in all)"
    into: str = "Into {target}: {weights}."
    weight: str = "{weight} from {source}"
    shared_bias: str = "All its neurons share the bias {bias}."
    shared_bias_unnamed: str = "All its neurons share one bias."
    own_biases: str = "Biases: {biases}."
    own_bias: str = "{bias} of {target}"
    own_biases_unnamed: str = "Each neuron has a bias of its own."
    columns: str = "layer|neurons|activation|weights|biases"
    first_column: str = "inputs"
    bias_column: str = "bias"
    layer_heading: str = "layer {number}"
    parameters: str = "{count} parameters"
    comma: str = ", "
    space: str = " "


ENGLISH = Phrases()


def title(diagram: Diagram, words: Phrases = ENGLISH) -> str:
    """Return the diagram's title, or one that gives the sizes of its layers."""
    sizes = [f"{c.size}" for c in diagram.columns]
    if len(sizes) > 12:
        sizes = [*sizes[:8], "…", *sizes[-3:]]
    return printable(diagram.title) or words.title.format(sizes="-".join(sizes))


def describe(diagram: Diagram, words: Phrases = ENGLISH, *, values: bool = True) -> str:
    """Return in words all that a figure shows: neurons, weights and biases by their names, and perhaps their values."""
    if not values:
        diagram = _without_values(diagram)
    columns = diagram.columns
    said = [words.connected, words.inputs.format(names=_names(columns[0], words))]
    for number, (before, column) in enumerate(pairwise(columns), 1):
        if len(columns) > 12 and 4 < number < len(columns) - 3:
            said += ["…"] if number == 5 else []
            continue
        caption = words.caption.format(caption=printable(column.caption)) if column.caption else ""
        said.append(words.layer.format(number=number, caption=caption, names=_names(column, words)))
        said += _weights(before, column, words)
        said += _biases(column, words)
    return words.space.join(said)


def _without_values(diagram: Diagram) -> Diagram:
    return replace(diagram, columns=tuple(
        replace(
            column,
            weights=tuple(tuple(Quantity(w.label) for w in row) for row in column.weights),
            biases=tuple(Quantity(b.label) for b in column.biases),
        )
        for column in diagram.columns
    ))  # fmt: skip


def _names(column: Column, words: Phrases) -> str:
    names = words.comma.join(spoken(n.label) if n else "…" for n in column.neurons)
    return names + (words.size.format(size=f"{column.size:,}") if column.elided else "")


def _weights(before: Column, column: Column, words: Phrases) -> list[str]:
    return [
        words.into.format(
            target=spoken(target.label),
            weights=words.comma.join(
                words.weight.format(weight=stated(weight), source=spoken(source.label))
                for weight, source in zip(row, before.neurons, strict=True) if source
            ),
        )
        for target, row in zip(column.neurons, column.weights, strict=False) if target
    ]  # fmt: skip


def _biases(column: Column, words: Phrases) -> list[str]:
    if column.bias == "none":
        return []
    if column.bias == "shared":
        named = words.shared_bias.format(bias=stated(column.biases[0])) if column.biases else ""
        return [named or words.shared_bias_unnamed]
    if not column.biases:
        return [words.own_biases_unnamed]
    pairs: Sequence[tuple[Quantity, Quantity | None]] = list(zip(column.biases, column.neurons, strict=True))
    each = [words.own_bias.format(bias=stated(b), target=spoken(n.label)) for b, n in pairs if n]
    return [words.own_biases.format(biases=words.comma.join(each))]


def stated(quantity: Quantity) -> str:
    """Return a quantity as plain text, with its value if it has one: w5 = 0.40."""
    return spoken(quantity.label) + printable(quantity.relation)


def spoken_text(text: Text) -> str:
    """Return a line of writing in a figure as plain text."""
    return (spoken(text.label) if text.label else "") + printable(text.text)
