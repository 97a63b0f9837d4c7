"""What must hold of a spec for it to describe a network, and what to say where it does not.

Places are paths as Python has them: ``layers[0].weights[1][2]`` counts from 0.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar, get_args

from derive.errors import DeriveError, shown
from derive.spec.choosing import check_chosen
from derive.spec.classes import check_classes
from derive.spec.fitting import check_fit
from derive.spec.keys import meant
from derive.spec.parts import (
    MAX_DECIMALS,
    MAX_DIGITS,
    MAX_DRAWN,
    MAX_EXPONENT,
    MAX_LAYERS,
    MAX_NAME,
    MAX_PARAMETERS,
    MAX_SEED,
    MAX_SIZE,
    MAX_STEPS,
    MAX_TITLE,
    Batch,
    Bias,
    Draw,
    Layer,
    NotationName,
    Row,
    SamplesKind,
    Table,
    Training,
    sound,
)
from derive.vocabulary import ACTIVATIONS, INITIALISERS, LOSSES, OPTIMISERS, SCHEDULES, allowed, bind
from derive.vocabulary import Row as VocabularyRow

if TYPE_CHECKING:
    from derive.spec.model import Model
    from derive.spec.network import Spec

R = TypeVar("R", bound=VocabularyRow)

_JOINERS = "\u200c\u200d"  # between the parts of an emoji, and within words of Persian and Hindi


def validate(spec: Spec) -> None:
    """Raise DeriveError for the first thing in `spec` that cannot be."""
    check_common(spec)
    _check_row_of(LOSSES, spec.loss, "loss")
    _check_word(spec.batch, get_args(Batch), "batch")
    _check_word(spec.notation, get_args(NotationName), "notation")
    _check_rows(spec.inputs, "inputs")
    _check_rows(spec.targets, "targets")
    _check_layers(spec)
    check_classes(spec)
    _check_targets(spec)
    check_fit(spec)
    for key in ("l1", "l2"):
        _check_penalty(getattr(spec.penalty, key), f"penalty.{key}")


def _check_training(training: Training) -> None:
    _check_whole(training.steps, "training.steps", 0, MAX_STEPS)
    _check_word(training.samples, get_args(SamplesKind), "training.samples")
    _check_whole(training.batch_size, "training.batch_size", 1, MAX_SIZE)
    check_chosen(OPTIMISERS, training.optimiser, "training.optimiser")
    check_chosen(SCHEDULES, training.schedule, "training.schedule")


def check_common(spec: Spec | Model) -> None:
    """Raise DeriveError for what cannot be of what a network and a model of equations both have."""
    _check_text(spec.name, "name", MAX_NAME)
    _check_text(spec.title, "title", MAX_TITLE)
    _check_whole(spec.seed, "seed", 0, MAX_SEED)
    _check_training(spec.training)
    check_number(spec.learning_rate, "learning_rate")


# ── Layers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _check_layers(spec: Spec) -> None:
    if not spec.layers:
        raise DeriveError("there are no layers", where="layers", allowed="one or more", hint="add a [[layers]] table")
    if len(spec.layers) > MAX_LAYERS:
        raise DeriveError(f"there are {len(spec.layers):,} layers", where="layers", allowed=f"at most {MAX_LAYERS:,}")
    for number, layer in enumerate(spec.layers):
        _check_whole(layer.size, f"layers[{number}].size", 1, MAX_SIZE)
    if (count := spec.parameter_count) > MAX_PARAMETERS:
        raise DeriveError(
            f"the layers have {count:,} weights and biases", where="layers", allowed=f"at most {MAX_PARAMETERS:,}",
            hint="smaller layers",
        )  # fmt: skip
    for number, (layer, fan_in) in enumerate(zip(spec.layers, spec.sizes, strict=False)):
        where = f"layers[{number}]"
        row = _check_row_of(ACTIVATIONS, layer.activation, f"{where}.activation")
        _check_word(layer.bias, get_args(Bias), f"{where}.bias")
        if row.layer and layer.size == 1:
            raise DeriveError(
                f"{layer.activation} over one neuron is always the same, so nothing can be learnt",
                where=f"{where}.activation", hint='activation = "sigmoid", or size = 2',
            )  # fmt: skip
        _check_weights(layer, fan_in, f"{where}.weights")
        _check_biases(layer, f"{where}.biases")


def _check_weights(layer: Layer, fan_in: int, where: str) -> None:
    if isinstance(layer.weights, Draw):
        _check_draw(layer.weights, where)
        return
    rows = f"{_many(layer.size, 'row')} of {_many(fan_in, 'number')}: a row for each neuron"
    if len(layer.weights) != layer.size:
        turned = len(layer.weights) == fan_in and all(len(row) == layer.size for row in layer.weights)
        raise DeriveError(
            f"there {_are(len(layer.weights), 'row')} for {_many(layer.size, 'neuron')}", where=where, allowed=rows,
            hint="turn the table round: rows into columns" if turned else "",
        )  # fmt: skip
    for number, row in enumerate(layer.weights):
        if len(row) != fan_in:
            raise DeriveError(
                f"the row has {_many(len(row), 'number')}, and {_many(fan_in, 'value')} come{'s' * (fan_in == 1)} in",
                where=f"{where}[{number}]", allowed=rows,
            )  # fmt: skip
    _check_rows(layer.weights, where)


def _check_biases(layer: Layer, where: str) -> None:
    if isinstance(layer.biases, Draw):
        _check_draw(layer.biases, where)
        given = "a draw"
    elif isinstance(layer.biases, Decimal):
        check_number(layer.biases, where)
        given = str(layer.biases) if layer.biases else ""
    else:
        given = _many(len(layer.biases), "number") if layer.biases else ""
        if len(layer.biases) != layer.bias_count:
            each = len(layer.biases) == layer.size
            raise DeriveError(
                f'there {_are(len(layer.biases), "number")}, and bias = "{layer.bias}" takes {layer.bias_count}',
                where=where, hint='bias = "per neuron"' if each else "one number without brackets, for all alike",
            )  # fmt: skip
        _check_row(layer.biases, where)
    if layer.bias == "none" and given:
        raise DeriveError(
            f'bias = "none", but biases are given: {given}', where=where, hint='bias = "shared", or leave biases out'
        )


def _check_draw(draw: Draw, where: str) -> None:
    _check_word(draw.draw, tuple(INITIALISERS), f"{where}.draw")
    _check_whole(draw.decimals, f"{where}.decimals", 0, MAX_DECIMALS)
    row = INITIALISERS[draw.draw]
    used = tuple(row.constants)
    if row.matrix and where.endswith(".biases"):
        fitting = [name for name, each in INITIALISERS.items() if not each.matrix]
        raise DeriveError(
            f'draw = "{draw.draw}" is made for weights, which have a fan-in', where=f"{where}.draw",
            allowed=", ".join(map(repr, fitting)), hint="biases are best left out, which makes them 0",
        )  # fmt: skip
    usual = Draw(draw.draw)
    for key in ("low", "high", "mean", "deviation", "gain"):
        value = getattr(draw, key)
        check_number(value, f"{where}.{key}")
        if key not in used and value != getattr(usual, key):
            raise DeriveError(
                f'{key} means nothing to draw = "{draw.draw}"', where=f"{where}.{key}",
                allowed=", ".join((*used, "decimals")),
            )  # fmt: skip
        if abs(value) > MAX_DRAWN:
            raise DeriveError(
                f"{value} is too far from 0 to draw from", where=f"{where}.{key}",
                allowed=f"from -{MAX_DRAWN:,} to {MAX_DRAWN:,}",
            )  # fmt: skip
    if draw.draw == "uniform" and draw.low > draw.high:
        raise DeriveError(
            f"low = {draw.low} is above high = {draw.high}", where=where, hint=f"low = {draw.high}, high = {draw.low}"
        )
    for key, what in (("deviation", "standard deviation"), ("gain", "gain")):
        if (value := getattr(draw, key)) < 0:
            raise DeriveError(
                f"a {what} is not negative: {value}", where=f"{where}.{key}", hint=f"{key} = {-value}"
            )  # fmt: skip


def _check_penalty(value: Decimal, where: str) -> None:
    check_number(value, where)
    if value < 0:
        raise DeriveError(
            f"a penalty is not negative: {value}", where=where, allowed="a number from 0", hint=f"{-value}"
        )


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _check_targets(spec: Spec) -> None:
    if len(spec.targets) != spec.samples:
        raise DeriveError(
            f"there {_are(len(spec.targets), 'row')} of targets for {_many(spec.samples, 'row')} of inputs",
            where="targets", allowed="a row of targets for each row of inputs",
        )  # fmt: skip
    width, size = len(spec.targets[0]), spec.sizes[-1]
    if width != size:
        raise DeriveError(
            f"there {_are(width, 'number')} a row, and the last layer has {_many(size, 'neuron')}", where="targets",
            allowed=f"{_many(size, 'number')} a row", hint=f"size = {width} in the last layer, or other targets",
        )  # fmt: skip


# ── Single values ────────────────────────────────────────────────────────────────────────────────────────────────


def _check_word(word: object, words: tuple[str, ...], where: str) -> None:
    if word not in words:
        raise DeriveError(
            f"found {shown(word)}", where=where, allowed=", ".join(map(repr, words)),
            hint=meant(word, words) if isinstance(word, str) else "",
        )  # fmt: skip


def _check_row_of(table: Mapping[str, R], word: object, where: str) -> R:
    """Return the row of the vocabulary that `word` means."""
    if not isinstance(word, str):
        raise DeriveError(f"found {shown(word)}", where=where, allowed=allowed(table))
    try:
        return bind(table, word)
    except DeriveError as error:
        hint = meant(word.partition("(")[0].strip(), list(table)) or error.hint
        raise DeriveError(error.what, where=where, allowed=error.allowed, hint=hint) from None


def _check_whole(value: int, where: str, low: int, high: int) -> None:
    allowed = f"a whole number from {low:,} to {high:,}"
    # A bool is an int to Python; a size of `true` is a mistake to everybody else.
    if isinstance(value, bool) or not isinstance(value, int):
        raise DeriveError(f"found {shown(value)}", where=where, allowed=allowed)
    if not low <= value <= high:
        raise DeriveError(f"{shown(value)} is too {'small' if value < low else 'large'}", where=where, allowed=allowed)


def _check_rows(rows: Table, where: str) -> None:
    if not rows or not rows[0]:
        raise DeriveError("there are no numbers", where=where, allowed="at least one row of at least one number")
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise DeriveError(
                f"the row has {_many(len(row), 'number')}, and the first has {len(rows[0])}",
                where=f"{where}[{number}]", allowed="rows of one length",
            )  # fmt: skip
    for number, row in enumerate(rows):
        _check_row(row, f"{where}[{number}]")


def _check_row(row: Row, where: str) -> None:
    for column, value in enumerate(row):
        if not sound(value):
            check_number(value, f"{where}[{column}]")


def check_number(value: object, where: str) -> None:
    """Raise DeriveError where `value` is no decimal to calculate with."""
    if sound(value):
        return
    if not isinstance(value, Decimal):
        raise DeriveError(
            f"found {shown(value)}", where=where, allowed="a Decimal", hint="derive.network(…) converts plain numbers"
        )
    if not value.is_finite():
        problem = f"{shown(value)} is not a number to calculate with"
    elif len(value.as_tuple().digits) > MAX_DIGITS:
        problem = f"{shown(value)} has too many digits"
    else:
        problem = f"{shown(value)} is too {'far from' if value.adjusted() > 0 else 'close to'} 0"
    raise DeriveError(
        problem, where=where, hint="a number such as 0.05",
        allowed=f"0, or from 1e-{MAX_EXPONENT} to 1e{MAX_EXPONENT} in size, with at most {MAX_DIGITS} digits",
    )  # fmt: skip


def _check_text(text: object, where: str, limit: int) -> None:
    if not isinstance(text, str):
        raise DeriveError(f"found {shown(text)}", where=where, allowed="a text")
    if len(text) > limit:
        raise DeriveError(f"the text has {len(text):,} characters", where=where, allowed=f"at most {limit}")
    for place, character in enumerate(text, 1):
        spaced = unicodedata.category(character) == "Zs"  # a space of any width
        if not character.isprintable() and not spaced and character not in _JOINERS:
            name = unicodedata.name(character, "a control character")
            raise DeriveError(
                f"character {place} of {shown(text)} is U+{ord(character):04X}, {name}, which cannot be seen",
                where=where, allowed="printable characters on one line",
            )  # fmt: skip


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _are(count: int, noun: str) -> str:
    return f"{'is' if count == 1 else 'are'} {_many(count, noun)}"
