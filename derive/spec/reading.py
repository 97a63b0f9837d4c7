"""From a preset, a file, a text or a mapping to a spec."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from derive.errors import DeriveError, nearest, shown
from derive.spec import toml
from derive.spec.choosing import chosen
from derive.spec.classes import with_targets
from derive.spec.equations import KEYS_OF_MODEL, compose
from derive.spec.explaining import explained, placed, unknown
from derive.spec.keys import KEYS
from derive.spec.model import Common, Model
from derive.spec.network import Spec
from derive.spec.parts import MAX_NAME, Chosen, Draw, Layer, Penalty, Training
from derive.vocabulary import OPTIMISERS, RANGES, SCHEDULES

MAX_FILE_BYTES = 8 * 2**20
MAX_DEPTH = 6
_NUMBERS = (
    "l1",
    "l2",
    "learning_rate",
    "biases",
    "low",
    "high",
    "mean",
    "deviation",
    "gain",
    *(RANGES.keys() - {"steps"}),
)

# ── Presets and files ────────────────────────────────────────────────────────────────────────────────────────────


def presets() -> list[str]:
    """Return the names of the networks that come with derive."""
    folder = resources.files("derive") / "presets"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def source(name: str | Path) -> str:
    """Return what errors call the file that `load` takes `name` for."""
    return f"{name}.toml" if _is_preset(name) else str(name)


def load(name: str | Path) -> Spec | Model:
    """Return the spec of a preset ("mazur") or of a TOML file ("my.toml"); a `Model` where it has [equations].

    Raises DeriveError.
    """
    if _is_preset(name):
        text = (resources.files("derive") / "presets" / f"{name}.toml").read_text("utf-8")
        return loads(text, source=source(name), name=str(name))
    path = Path(name)
    stem = "".join(c for c in path.stem if c.isprintable())[:MAX_NAME]
    return loads(_text(path), source=str(path), name=stem or "network")


def layered(made: Spec | Model, source: str) -> Spec:
    """Return `made`, which is a network of layers. Raises DeriveError for a model of equations."""
    if isinstance(made, Model):
        raise DeriveError("this is a model of equations, and no network of layers", where=source, allowed="[[layers]]")
    return made


def _is_preset(name: str | Path) -> bool:
    return isinstance(name, str) and name in presets()


def _text(path: Path) -> str:
    where = str(path) if len(str(path)) <= 300 else f"{str(path)[:300]}…"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)  # whatever its size is said to be: it may be a pipe, or a device
    except FileNotFoundError:
        raise _missing(path, where) from None
    except IsADirectoryError:
        raise DeriveError(
            "this is a directory", where=where, allowed="a preset, or a TOML file", hint="derive list shows the presets"
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a null character
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DeriveError(
            f"cannot be read: {reason}", where=where, allowed="a file that you may read", hint="another path"
        ) from None
    if len(data) > MAX_FILE_BYTES:
        raise DeriveError(
            f"the file has more than {MAX_FILE_BYTES:,} bytes", where=where, allowed=f"at most {MAX_FILE_BYTES:,}",
            hint="draw large weights from a seed instead of listing them",
        )  # fmt: skip
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DeriveError("this is UTF-16 text", where=where, allowed="UTF-8 text", hint="save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DeriveError(
            f"byte 0x{data[error.start]:02x} is not UTF-8", where=f"{where}: line {line}", allowed="UTF-8 text",
            hint="save it as UTF-8",
        ) from None  # fmt: skip


def _missing(path: Path, where: str) -> DeriveError:
    if path.suffix == ".toml":
        return DeriveError(
            "there is no such file", where=where, allowed="a preset, or a TOML file",
            hint=f"derive new {where} writes a file to start from",
        )  # fmt: skip
    beside = Path(f"{path}.toml")
    hint = f"did you mean {shown(str(beside))}?" if beside.is_file() else nearest(str(path), presets())
    return DeriveError(
        f"there is no preset and no file {shown(str(path))}",
        allowed=f"a preset ({', '.join(presets())}), or the path of a TOML file",
        hint=hint or "derive list shows the presets",
    )


# ── Texts and mappings ───────────────────────────────────────────────────────────────────────────────────────────


def loads(text: str, *, source: str = "spec", name: str = "network") -> Spec | Model:
    """Return the spec or the model that a TOML text describes; `source` is how errors call the text.

    Raises DeriveError.
    """
    return _built(toml.parse(text, source), source, name, quoted=False)


def build(data: Mapping[str, object], *, source: str = "spec", name: str = "network") -> Spec | Model:
    """Return the spec or the model that a mapping describes, as TOML would give it.

    Numbers may be int, float, Decimal or a decimal string; a float means its shortest decimal.
    Raises DeriveError, naming `source` and the key.
    """
    if not isinstance(data, Mapping):
        raise DeriveError(f"found {shown(data)}", where=source, allowed="a mapping of keys to values")
    return _built(data, source, name, quoted=True)


def _built(data: Mapping[str, object], source: str, name: str, *, quoted: bool) -> Spec | Model:
    # In Python, a decimal string is a fair way to write a number exactly; in TOML, the number itself is.
    try:
        plain = {str(k): _plain(v, str(k), k in _NUMBERS, quoted) for k, v in data.items()}
        return _model(plain, name, quoted=quoted) if "equations" in plain else _convert(plain, name)
    except DeriveError as error:
        raise placed(error, data).inside(source) from None


def _convert(data: dict[str, Any], name: str) -> Spec:
    data.setdefault("name", name)
    _check_keys(data, Spec, "")
    for key in ("inputs", "targets"):
        rows = data.get(key)
        if isinstance(rows, list) and rows and not isinstance(rows[0], list):
            data[key] = [rows]
    layers = data.get("layers")
    if isinstance(layers, dict):
        raise DeriveError("found one table", where="layers", allowed=KEYS["layers"].takes, hint="[[layers]]")
    for number, layer in enumerate(layers if isinstance(layers, list) else []):
        _check_keys(layer, Layer, f"layers[{number}]")
        for key in ("weights", "biases"):
            _check_keys(layer.get(key) if isinstance(layer, dict) else None, Draw, f"layers[{number}].{key}")
    _check_keys(data.get("penalty"), Penalty, "penalty")
    _read_training(data)
    data = with_targets(data)
    try:
        return msgspec.convert(data, Spec, builtin_types=(Decimal,))
    except msgspec.ValidationError as error:
        raise explained(str(error), data) from None


def _read_training(data: dict[str, Any]) -> None:
    """Put the rows that are chosen in a [training] table in their places."""
    training = data.get("training")
    _check_keys(training, Training, "training")
    if isinstance(training, dict):
        data["training"] = training | _chosen(training)


def _chosen(training: dict[str, Any]) -> dict[str, Chosen]:
    """Return the optimiser and the schedule of a [training] table, where it names them."""
    steps = training.get("steps", Training().steps)
    run = steps if isinstance(steps, int) and not isinstance(steps, bool) else 0
    made = {}
    if "optimiser" in training:
        made["optimiser"] = chosen(OPTIMISERS, training["optimiser"], "training.optimiser")
    if "schedule" in training:
        made["schedule"] = chosen(SCHEDULES, training["schedule"], "training.schedule", run)
    return made


def _model(data: dict[str, Any], name: str, *, quoted: bool) -> Model:
    for key in data:
        if key not in KEYS_OF_MODEL:
            raise unknown(key, KEYS_OF_MODEL, "")
    _read_training(data)
    shared = {key: data[key] for key in ("name", "title", "learning_rate", "seed", "training") if key in data}
    try:
        common = msgspec.convert({"name": name, **shared}, Common, builtin_types=(Decimal,))
    except msgspec.ValidationError as error:
        raise explained(str(error), data) from None
    return compose(data, msgspec.structs.asdict(common), quoted=quoted)


def _check_keys(table: object, struct: type[Struct], where: str) -> None:
    known = struct.__struct_fields__
    for key in table if isinstance(table, dict) else ():
        if key not in known:
            raise unknown(key, known, where)


def _plain(value: object, key: str, number: bool, quoted: bool, depth: int = 1) -> object:
    """Return `value` as TOML could have given it: lists and dicts; Decimal for float, and for whatever is a `number`.

    quoted: whether a number may be written as a text.
    """
    if isinstance(value, (Decimal, bool)):
        return value
    if isinstance(value, int):
        return Decimal(value) if number else value
    if isinstance(value, str):
        return _decimal(value) if number and quoted else value
    if isinstance(value, float):
        return Decimal(repr(float(value)))  # a float of NumPy's says of itself that it is one
    if depth > MAX_DEPTH:
        raise DeriveError(
            "arrays or tables are nested too deeply", where=key, allowed="at most two levels of [ ]",
            hint="fewer brackets",
        )  # fmt: skip
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist(), key, number, quoted, depth)
    if isinstance(value, (list, tuple)):
        # There is no array of anything but numbers, tables, and arrays of numbers.
        return [_plain(item, key, True, quoted, depth + 1) for item in value]
    if isinstance(value, Chosen):
        return value
    if isinstance(value, Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v, f"{key}.{k}", k in _NUMBERS, quoted, depth + 1) for k, v in value.items()}
    return value


def _decimal(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
