"""A network as its author writes it down: frozen, validated, exact. No SymPy here.

Numbers are kept as the decimals that they are: 0.05 in a file means 1/20 to every reader of the spec, and the
nearest double only to `derive.backprop`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from derive.errors import DeriveError, nearest, shown

Activation = Literal["sigmoid", "tanh", "relu", "identity", "softmax"]
Bias = Literal["none", "shared", "per neuron"]
Loss = Literal["half squared error", "mean squared error", "binary cross-entropy", "categorical cross-entropy"]
Batch = Literal["sum", "mean"]
NotationName = Literal["mazur", "indexed"]

MAX_FILE_BYTES = 64 * 2**20
MAX_PARAMETERS = 10_000_000
MAX_SIZE = 1_000_000
MAX_LAYERS = 1_000
MAX_DIGITS = 60
MAX_EXPONENT = 300


class Draw(Struct, frozen=True, forbid_unknown_fields=True):
    """Weights or biases drawn at random, one value after another, row by row.

    draw: "uniform" on [low, high), "normal" with mean and deviation, or "constant" (every value is `low`).
    decimals: how many decimals a drawn value keeps.
    """

    draw: Literal["uniform", "normal", "constant"]
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(1)
    mean: Decimal = Decimal(0)
    deviation: Decimal = Decimal(1)
    decimals: int = 6


Row = tuple[Decimal, ...]
Table = tuple[Row, ...]


class Layer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A layer of neurons, fully connected to the layer before it.

    size: the number of neurons.
    bias: "none", "shared" (one number for the whole layer), or "per neuron".
    weights: one row a neuron, one column for each neuron (or input) before it: size × fan-in; or a `Draw`.
    biases: one number if shared, `size` numbers if per neuron; or a `Draw`; zeros when left out.
    train_weights, train_biases: whether gradient descent changes them.
    """

    size: int
    activation: Activation = "sigmoid"
    bias: Bias = "per neuron"
    weights: Table | Draw = Draw("uniform", low=Decimal(-1), high=Decimal(1))
    biases: Decimal | Row | Draw = Decimal(0)
    train_weights: bool = True
    train_biases: bool = True


class Training(Struct, frozen=True, forbid_unknown_fields=True):
    """How `derive train` runs: `steps` updates, each on all samples or on one drawn at random."""

    steps: int = 10_000
    samples: Literal["all", "one drawn"] = "all"


class Spec(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A feed-forward network, its data, its loss, and one point in its parameter space.

    inputs: N rows of n₀ numbers (one row may be written without its outer brackets).
    targets: N rows, one number for each neuron of the last layer.
    batch: whether the loss of several samples is their sum or their mean.
    notation, names: how quantities are called (see `derive.notation`).
    seed: of every random draw, weights and samples alike.

    Raises DeriveError on construction when the parts do not fit each other.
    """

    inputs: Table
    targets: Table
    layers: tuple[Layer, ...]
    name: str = "network"
    title: str = ""
    loss: Loss = "half squared error"
    batch: Batch = "sum"
    learning_rate: Decimal = Decimal("0.5")
    notation: NotationName = "mazur"
    names: dict[str, str] = {}
    seed: int = 0
    training: Training = Training()

    def __post_init__(self) -> None:
        _validate(self)

    @property
    def slug(self) -> str:
        """The name as a file name: letters, digits, dots, - and _ only."""
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", self.name).strip(".-")
        return slug or "network"

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of inputs, then of neurons in each layer."""
        return (len(self.inputs[0]), *(layer.size for layer in self.layers))

    @property
    def samples(self) -> int:
        return len(self.inputs)

    @property
    def parameter_count(self) -> int:
        """How many weights and biases there are, trained or not."""
        return _count(self.sizes, self.layers)

    @cached_property
    def arrays(self) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]:
        """(weights, biases) of each layer as doubles: shapes (size, fan-in) and (0,), (1,) or (size,)."""
        # RandomState's stream is frozen (NumPy NEP 19): the same seed gives the same network for ever.
        random = np.random.RandomState(self.seed)
        arrays = []
        for layer, fan_in in zip(self.layers, self.sizes, strict=False):
            weights = _array(layer.weights, (layer.size, fan_in), random)
            arrays.append((weights, _array(layer.biases, (_bias_count(layer),), random)))
        return tuple(arrays)

    def weight(self, layer: int, neuron: int, source: int) -> Decimal:
        """Return the weight into `neuron` of `layer` from `source` of the layer before; all count from 1."""
        given = self.layers[layer - 1].weights
        if isinstance(given, Draw):
            return Decimal(repr(float(self.arrays[layer - 1][0][neuron - 1, source - 1])))
        return given[neuron - 1][source - 1]

    def bias(self, layer: int, neuron: int) -> Decimal:
        """Return the bias of `neuron` (from 1; 1 for a shared bias) of `layer`."""
        given = self.layers[layer - 1].biases
        if isinstance(given, Draw):
            return Decimal(repr(float(self.arrays[layer - 1][1][neuron - 1])))
        return given if isinstance(given, Decimal) else given[neuron - 1]

    def replace(self, **changes: Any) -> Spec:
        """Return a copy with some fields changed, validated again."""
        return msgspec.structs.replace(self, **changes)

    def with_biases(self, bias: Bias, *, trained: bool) -> Spec:
        """Return the same network with another kind of bias in every layer; each neuron keeps its value."""
        layers = []
        for number, layer in enumerate(self.layers, 1):
            biases: Decimal | Row | Draw = layer.biases
            if layer.bias != bias:
                one = layer.bias != "per neuron"
                old = [self.bias(number, 1 if one else j) for j in range(1, layer.size + 1)]
                if layer.bias == "none":
                    old = [Decimal(0)] * layer.size
                if bias == "shared" and len(set(old)) > 1:
                    raise DeriveError(
                        f"layer {number} has biases that differ, which one shared bias cannot keep",
                        hint="give the shared bias its value in the spec",
                    )
                biases = old[0] if bias == "shared" else tuple(old) if bias == "per neuron" else Decimal(0)
            layers.append(msgspec.structs.replace(layer, bias=bias, biases=biases, train_biases=trained))
        return self.replace(layers=tuple(layers))


def _count(sizes: Sequence[int], layers: Sequence[Layer]) -> int:
    return sum(layer.size * fan_in + _bias_count(layer) for layer, fan_in in zip(layers, sizes, strict=False))


def _bias_count(layer: Layer) -> int:
    return {"none": 0, "shared": 1, "per neuron": layer.size}[layer.bias]


def _array(
    given: Table | Row | Decimal | Draw, shape: tuple[int, ...], random: np.random.RandomState
) -> NDArray[np.float64]:
    if isinstance(given, Draw):
        if given.draw == "uniform":
            drawn = random.uniform(float(given.low), float(given.high), shape)
        elif given.draw == "normal":
            drawn = random.normal(float(given.mean), float(given.deviation), shape)
        else:
            drawn = np.full(shape, float(given.low))
        return np.asarray(np.round(drawn, given.decimals) + 0.0)  # + 0.0 turns -0.0 into 0.0
    if isinstance(given, Decimal):
        return np.full(shape, float(given))
    return np.array(given, dtype=np.float64).reshape(shape)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────


def presets() -> list[str]:
    """Return the names of the networks that come with derive."""
    folder = resources.files("derive") / "presets"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load(name: str | Path) -> Spec:
    """Return the spec of a preset ("mazur") or of a TOML file ("my.toml"). Raises DeriveError."""
    if isinstance(name, str) and name in presets():
        text = (resources.files("derive") / "presets" / f"{name}.toml").read_text("utf-8")
        return loads(text, source=f"{name}.toml", name=name)
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        raise DeriveError(
            f"there is no preset and no file {shown(str(name))}",
            allowed=f"a preset ({', '.join(presets())}) or the path of a TOML file",
            hint=nearest(str(name), presets()) if str(name) else "derive list",
        )
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise DeriveError(
                f"the file has {size:,} bytes", where=str(path), allowed=f"at most {MAX_FILE_BYTES:,} bytes",
                hint="draw large weights from a seed instead of listing them",
            )  # fmt: skip
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise DeriveError(
            "there is no such file", where=str(path), hint=f"derive new {path} writes a starting file"
        ) from None
    except UnicodeDecodeError as error:
        raise DeriveError(
            f"byte {error.start} is not UTF-8", where=str(path), allowed="a TOML file, which is UTF-8 text"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DeriveError(f"cannot be read: {reason}", where=str(path)) from None
    return loads(text, source=str(path), name=path.stem)


def loads(text: str, *, source: str = "spec", name: str = "network") -> Spec:
    """Return the spec that a TOML text describes; `source` is how errors call the text. Raises DeriveError."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise DeriveError(
            f"this is not TOML: {error}", where=source, hint="derive new my.toml writes a file to start from"
        ) from None
    except InvalidOperation:
        raise DeriveError("a number is too long or its exponent too large", where=source) from None
    except ValueError as error:  # an integer of more digits than Python converts
        raise DeriveError(f"a number cannot be read: {error}", where=source) from None
    except RecursionError:
        raise DeriveError(
            "arrays or tables are nested too deeply", where=source, allowed="at most two levels of [ ]"
        ) from None
    return build(data, source=source, name=name)


def build(data: Mapping[str, object], *, source: str = "spec", name: str = "network") -> Spec:
    """Return the spec that a mapping describes, as TOML would give it.

    Numbers may be int, float, Decimal or a decimal string; a float means its shortest decimal.
    Raises DeriveError, naming `source` and the key.
    """
    try:
        return _convert(data, source, name)
    except DeriveError as error:
        where = f"{source}: {error.where}" if error.where and error.where != source else source
        raise DeriveError(error.what, where=where, allowed=error.allowed, hint=error.hint) from None


def _convert(data: Mapping[str, object], source: str, name: str) -> Spec:
    plain: dict[str, Any] = {str(key): _plain(value, str(key)) for key, value in data.items()}
    plain.setdefault("name", name)
    _refuse_unknown_keys(plain, Spec, "")
    for key in ("inputs", "targets"):
        rows = plain.get(key)
        if isinstance(rows, list) and rows and not isinstance(rows[0], list):
            plain[key] = [rows]
    layers = plain.get("layers")
    for number, layer in enumerate(layers if isinstance(layers, list) else []):
        _refuse_unknown_keys(layer, Layer, f"layers[{number}]")
        for key in ("weights", "biases"):
            if isinstance(layer, dict):
                _refuse_unknown_keys(layer.get(key), Draw, f"layers[{number}].{key}")
    _refuse_unknown_keys(plain.get("training"), Training, "training")
    try:
        return msgspec.convert(plain, Spec)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        key = path.rstrip("`").lstrip(".")
        found = _find(plain, key)
        words = _words(key)
        raise DeriveError(
            f"no such value: {shown(found)}" if words else f"{_plain_english(message)}, found {shown(found)}",
            where=key,
            allowed=", ".join(map(repr, words)),
            hint=nearest(found, words) if words and isinstance(found, str) else "",
        ) from None


def _plain(value: object, key: str, depth: int = 0) -> object:
    """Return `value` as TOML could have given it: lists, dicts, and Decimal for float."""
    if depth > 4:
        raise DeriveError("arrays or tables are nested too deeply", where=key, allowed="at most two levels of [ ]")
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list | tuple):
        return [_plain(item, key, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v, f"{key}.{k}", depth + 1) for k, v in value.items()}
    if isinstance(value, Struct):
        return _plain(msgspec.structs.asdict(value), key, depth)
    return value


def _refuse_unknown_keys(table: object, struct: type[Struct], where: str) -> None:
    known = struct.__struct_fields__
    for key in table if isinstance(table, dict) else ():
        if key not in known:
            raise DeriveError(
                f"unknown key {shown(key)}", where=where, allowed=", ".join(known), hint=nearest(key, known)
            )


def _find(data: object, path: str) -> object:
    """Return what stands in `data` at a path like ``layers[0].size``; `data` itself where the path leads nowhere."""
    for part in path.replace("[", ".[").split("."):
        try:
            data = data[int(part[1:-1])] if part.startswith("[") else data[part]  # type: ignore[index]
        except (KeyError, IndexError, TypeError, ValueError):
            break
    return data


def _words(path: str) -> tuple[str, ...]:
    """Return the words that are allowed at a path, where it takes one of a few words."""
    words: dict[str, Any] = {
        "activation": Activation, "bias": Bias, "loss": Loss, "batch": Batch, "notation": NotationName,
        "draw": Literal["uniform", "normal", "constant"], "samples": Literal["all", "one drawn"],
    }  # fmt: skip
    return get_args(words.get(path.rpartition(".")[2]))


def _plain_english(message: str) -> str:
    """Return a message of msgspec in the words of a TOML file."""
    for technical, plain in {
        "Object": "The table", "`int`": "a whole number", "`str`": "a text", "`array`": "an array [ ]",
        "`bool`": "true or false", "`decimal`": "a number", "`object`": "a table", " | ": " or ",
        "Invalid decimal string": "Expected a number", "Expected": "expected",
    }.items():  # fmt: skip
        message = message.replace(technical, plain)
    return message


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a spec file, for editors that complete and check TOML."""

    def numbers(node: Any) -> Any:
        if isinstance(node, dict):
            if node.get("format") == "decimal":
                return {"type": "number"}
            return {key: numbers(value) for key, value in node.items()}
        return [numbers(item) for item in node] if isinstance(node, list) else node

    def default(value: object) -> object:
        return float(value) if isinstance(value, Decimal) else NotImplemented

    _, parts = msgspec.json.schema_components([Spec], ref_template="#/$defs/{name}")
    parts = msgspec.to_builtins(numbers(parts), enc_hook=default, builtin_types=())
    one_row = {"type": "array", "items": {"type": "number"}, "minItems": 1}
    for key in ("inputs", "targets"):
        parts["Spec"]["properties"][key] = {"anyOf": [one_row, {"type": "array", "items": one_row, "minItems": 1}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A network for derive",
        "$ref": "#/$defs/Spec",
        "$defs": parts,
    }


# ── Validating ───────────────────────────────────────────────────────────────────────────────────────────────


def _validate(spec: Spec) -> None:
    _check_rows(spec.inputs, "inputs")
    _check_rows(spec.targets, "targets")
    if not spec.layers:
        raise DeriveError("there are no layers", where="layers", allowed="one or more", hint="add a [[layers]] table")
    if len(spec.layers) > MAX_LAYERS:
        raise DeriveError(f"there are {len(spec.layers):,} layers", where="layers", allowed=f"at most {MAX_LAYERS:,}")
    for number, layer in enumerate(spec.layers):
        _check_whole(layer.size, f"layers[{number}].size", 1, MAX_SIZE)
    if (count := spec.parameter_count) > MAX_PARAMETERS:
        raise DeriveError(
            f"the layers have {count:,} weights and biases", where="layers", allowed=f"at most {MAX_PARAMETERS:,}"
        )
    for number, (layer, fan_in) in enumerate(zip(spec.layers, spec.sizes, strict=False)):
        _check_layer(layer, fan_in, f"layers[{number}]")
    if len(spec.targets) != spec.samples:
        raise DeriveError(
            f"there are {len(spec.targets)} rows of targets for {spec.samples} rows of inputs", where="targets",
            allowed="as many rows of targets as of inputs",
        )  # fmt: skip
    if len(spec.targets[0]) != spec.sizes[-1]:
        raise DeriveError(
            f"each row has {len(spec.targets[0])} numbers, but the last layer has {spec.sizes[-1]} neurons",
            where="targets", allowed=f"{spec.sizes[-1]} numbers a row",
            hint=f"write {spec.sizes[-1]} targets, or layers[{len(spec.layers) - 1}].size = {len(spec.targets[0])}",
        )  # fmt: skip
    _check_number(spec.learning_rate, "learning_rate")
    _check_loss(spec)
    _check_whole(spec.seed, "seed", 0, 2**32 - 1)
    _check_whole(spec.training.steps, "training.steps", 0, 10**9)
    _check_text(spec.name, "name", 60)
    _check_text(spec.title, "title", 200)


def _check_whole(value: int, where: str, low: int, high: int) -> None:
    # A bool is an int to Python; a size of `true` is a mistake to everybody else.
    if isinstance(value, bool) or not isinstance(value, int):
        raise DeriveError(f"expected a whole number, found {shown(value)}", where=where)
    if not low <= value <= high:
        raise DeriveError(
            f"{value:,} is too {'small' if value < low else 'large'}" if abs(value) < 10**30 else "too large",
            where=where, allowed=f"a whole number from {low:,} to {high:,}",
        )  # fmt: skip


def _check_number(value: object, where: str) -> None:
    if not isinstance(value, Decimal):
        raise DeriveError(
            f"expected a Decimal, found {shown(value)}", where=where, hint="derive.network(…) converts plain numbers"
        )
    if not value.is_finite():
        raise DeriveError(f"{value} is not a number to calculate with", where=where, allowed="a finite number")
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    if len(digits) > MAX_DIGITS or abs(int(exponent)) > MAX_EXPONENT:
        raise DeriveError(
            f"{shown(str(value))} has too many digits or too large an exponent", where=where,
            allowed=f"at most {MAX_DIGITS} digits, exponents from -{MAX_EXPONENT} to {MAX_EXPONENT}",
        )  # fmt: skip


def _check_rows(rows: Table, where: str) -> None:
    if not rows or not rows[0]:
        raise DeriveError("there are no numbers", where=where, allowed="at least one row of at least one number")
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise DeriveError(
                f"this row has {len(row)} numbers, the first has {len(rows[0])}", where=f"{where}[{number}]",
                allowed="rows of one length",
            )  # fmt: skip
        for column, value in enumerate(row):
            _check_number(value, f"{where}[{number}][{column}]")


def _check_layer(layer: Layer, fan_in: int, where: str) -> None:
    if layer.activation not in get_args(Activation) or layer.bias not in get_args(Bias):
        raise DeriveError("no such activation or kind of bias", where=where)
    if layer.activation == "softmax" and layer.size == 1:
        raise DeriveError(
            "softmax over one neuron is always 1, so nothing can be learnt", where=f"{where}.activation",
            hint='activation = "sigmoid", or size = 2',
        )  # fmt: skip
    if isinstance(layer.weights, Draw):
        _check_draw(layer.weights, f"{where}.weights")
    else:
        if len(layer.weights) != layer.size:
            raise DeriveError(
                f"there are {len(layer.weights)} rows for {layer.size} neurons", where=f"{where}.weights",
                allowed=f"{layer.size} rows of {fan_in} numbers: one row a neuron",
                hint="transpose the table" if len(layer.weights) == fan_in else "",
            )  # fmt: skip
        for number, row in enumerate(layer.weights):
            if len(row) != fan_in:
                raise DeriveError(
                    f"this row has {len(row)} numbers for a fan-in of {fan_in}",
                    where=f"{where}.weights[{number}]", allowed=f"{fan_in} numbers a row",
                )  # fmt: skip
        _check_rows(layer.weights, f"{where}.weights")
    if isinstance(layer.biases, Draw):
        _check_draw(layer.biases, f"{where}.biases")
    elif isinstance(layer.biases, Decimal):
        _check_number(layer.biases, f"{where}.biases")
        if layer.bias == "none" and layer.biases:
            raise DeriveError(
                f"bias = \"none\" but biases = {layer.biases}", where=f"{where}.biases",
                hint='bias = "shared", or leave biases out',
            )  # fmt: skip
    else:
        allowed = _bias_count(layer)
        if len(layer.biases) != allowed:
            raise DeriveError(
                f"there are {len(layer.biases)} biases, and bias = \"{layer.bias}\" takes {allowed}",
                where=f"{where}.biases", hint='bias = "per neuron"' if len(layer.biases) == layer.size else "",
            )  # fmt: skip
        for number, value in enumerate(layer.biases):
            _check_number(value, f"{where}.biases[{number}]")


def _check_draw(draw: Draw, where: str) -> None:
    for key in ("low", "high", "mean", "deviation"):
        _check_number(getattr(draw, key), f"{where}.{key}")
    _check_whole(draw.decimals, f"{where}.decimals", 0, 15)
    if draw.low > draw.high and draw.draw == "uniform":
        raise DeriveError(f"low = {draw.low} is above high = {draw.high}", where=where)
    if draw.deviation < 0:
        raise DeriveError("a standard deviation is not negative", where=f"{where}.deviation")


def _check_loss(spec: Spec) -> None:
    last = spec.layers[-1].activation
    needs = {"binary cross-entropy": ("sigmoid",), "categorical cross-entropy": ("softmax", "sigmoid")}.get(spec.loss)
    if spec.loss not in get_args(Loss):
        raise DeriveError(f"no such loss: {shown(spec.loss)}", where="loss", allowed=", ".join(get_args(Loss)))
    if needs and last not in needs:
        raise DeriveError(
            f"{spec.loss} takes the logarithm of the outputs, and {last} gives outputs that are not between 0 and 1",
            where="loss", allowed=f"with {spec.loss}, the last activation is {' or '.join(needs)}",
            hint=f'activation = "{needs[0]}" in layers[{len(spec.layers) - 1}], or loss = "half squared error"',
        )  # fmt: skip
    if needs:
        for number, row in enumerate(spec.targets):
            for column, value in enumerate(row):
                if not 0 <= value <= 1:
                    raise DeriveError(
                        f"{value} is not a probability", where=f"targets[{number}][{column}]",
                        allowed=f"with {spec.loss}, targets from 0 to 1",
                    )  # fmt: skip


def _check_text(text: str, where: str, limit: int) -> None:
    if not isinstance(text, str) or len(text) > limit or not text.isprintable():
        raise DeriveError(
            f"{shown(text)} cannot be printed", where=where, allowed=f"at most {limit} printable characters on one line"
        )
