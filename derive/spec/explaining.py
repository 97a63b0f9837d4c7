"""What is wrong with a spec, and where, in the words of its author."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from derive.errors import DeriveError, shown
from derive.spec.keys import KEYS, meant
from derive.spec.toml import Unreadable

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


def unknown(key: str, known: Sequence[str], where: str) -> DeriveError:
    """Return the error for a key that is none of `known`."""
    hint = meant(key, known) or "derive new my.toml writes a file with the keys explained"
    return DeriveError(f"there is no key {shown(key)}", where=where, allowed=", ".join(known), hint=hint)


def explained(message: str, data: Mapping[str, Any]) -> DeriveError:
    """Return what a message of msgspec's means to an author: ``Expected `int`, got `str` - at `$.layers[0].size` ``."""
    said, _, path = message.partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    if missing := re.search(r"missing required field `(\w+)`", said):
        name = missing.group(1)
        key = KEYS[name]
        return DeriveError(f"the key {name} is missing", where=path, allowed=key.allowed, hint=key.example)
    if path == "names[...]":
        name, wanted = next((k, v) for k, v in data["names"].items() if not isinstance(v, str))
        return DeriveError(f"found {_kind(wanted)}", where=f"names.{name}", allowed="a text", hint=f'{name} = "v_11"')
    found = _find(data, path)
    name, *places = re.findall(r"\w+", path.rpartition(".")[2])
    if isinstance(found, Unreadable):
        return DeriveError(
            f"{shown(found)[1:-1]} is too far from 0, or too close to it", where=path, allowed="a number",
            hint="a number such as 0.05",
        )  # fmt: skip
    key = KEYS[name]
    allowed, hint = (_part(name, len(places)), key.example) if places else (key.allowed, key.example)
    if isinstance(found, str):
        if key.words:
            return DeriveError(
                f"found {shown(found)}", where=path, allowed=allowed, hint=meant(found, key.words) or hint
            )
        if "number" in allowed and _NUMBER.fullmatch(found[:40]):
            hint = f"without quotes: {found[:40]}"
    return DeriveError(f"found {_kind(found)}", where=path, allowed=allowed, hint=hint)


def _part(name: str, level: int) -> str:
    """Return what the elements of an array take, and the elements of those."""
    if name == "layers":
        return "a [[layers]] table"
    if name == "classes":
        return "a whole number"
    return "a row of numbers" if name in ("inputs", "targets", "weights") and level == 1 else "a number"


def _find(data: object, path: str) -> object:
    for part in re.findall(r"\w+", path):
        data = data[int(part)] if isinstance(data, list) else data[part]  # type: ignore[index]
    return data


def _kind(value: object) -> str:
    kinds: dict[type, str] = {
        str: "a text", int: "a whole number", list: "an array", dict: "a table", datetime: "a date and time",
        date: "a date", time: "a time",
    }  # fmt: skip
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        kind = "a number with decimals" if isinstance(exponent, int) and exponent < 0 else "a number"
    else:
        kind = kinds.get(type(value), "")
    return f"{shown(value)}, {kind}" if kind else shown(value)


def placed(error: DeriveError, data: Mapping[str, object]) -> DeriveError:
    """Return `error` with its path as the author of `data` sees it: also in words, which count from 1."""
    path = error.where
    words = _counted(path)
    for key in ("inputs", "targets"):
        rows = data.get(key)
        if path.startswith(f"{key}[0][") and isinstance(rows, list | tuple) and not isinstance(rows[0], list | tuple):
            path = key + path.removeprefix(f"{key}[0]")  # one row, written without its outer brackets
            words = words.removeprefix("row 1, ")
    where = f"{path} ({words})" if words else path
    return DeriveError(error.what, where=where, allowed=error.allowed, hint=error.hint)


def _counted(path: str) -> str:
    """Return the places in a path like ``layers[0].weights[1][2]``, which counts from 0, in words, which do not."""
    words = []
    for key, first, second in re.findall(r"(\w+)\[(\d+)\](?:\[(\d+)\])?", path):
        noun = {"layers": "layer", "biases": "number", "classes": "sample"}.get(key, "row")
        words.append(f"{noun} {int(first) + 1}")
        if second:
            words.append(f"number {int(second) + 1}")
    return ", ".join(words)
