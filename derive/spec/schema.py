"""A spec, of a network or of a model of equations, as JSON Schema, which editors read to complete and check TOML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import starmap
from typing import Any

import msgspec

from derive.grammar import MAX_BYTES
from derive.grammar import MAX_NAME as MAX_FORMULA_NAME
from derive.spec.equations import MAX_ENTRIES, MAX_EQUATIONS
from derive.spec.keys import KEYS
from derive.spec.model import Common
from derive.spec.network import Spec
from derive.spec.parts import MAX_LAYERS, MAX_NAME, MAX_TITLE
from derive.vocabulary import OPTIMISERS, SCHEDULES, Row

_NUMBER = {"type": "number"}
_ROW = {"type": "array", "items": _NUMBER, "minItems": 1}
_TABLE = {"type": "array", "items": _ROW, "minItems": 1}


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a spec file."""
    _, parts = msgspec.json.schema_components([Spec, Common], ref_template="#/$defs/{name}")
    parts = msgspec.to_builtins(_numbers(parts), enc_hook=float)
    del parts["Chosen"]
    for part in parts.values():
        part["description"] = part["description"].partition("\n")[0]
        for name, field in part["properties"].items():
            key = KEYS[name]
            field["description"] = key.means
            if name == "draw":
                field["enum"] = list(key.words)
            elif key.words and field.get("type") == "string":
                field.update(_word(key.words))
            if key.most is not None:
                field.update(minimum=key.least, maximum=key.most)
    fields = parts["Spec"]["properties"]
    for name in ("inputs", "targets"):
        fields[name] = {"description": KEYS[name].means, "anyOf": [_ROW, _TABLE]}
    parts["Spec"]["required"].remove("targets")
    parts["Spec"]["anyOf"] = [{"required": ["targets"]}, {"required": ["classes"]}]
    parts["Penalty"]["properties"]["biases"]["description"] = "Whether biases count too, and not weights alone."
    training = parts["Training"]["properties"]
    for name, table in (("optimiser", OPTIMISERS), ("schedule", SCHEDULES)):
        training[name] = {"description": KEYS[name].means, "anyOf": [_word(table), *starmap(_choice, table.items())]}
    fields["layers"].update(minItems=1, maxItems=MAX_LAYERS)
    parts["Model"] = _model(parts.pop("Common"))
    for each in ("Spec", "Model"):
        parts[each]["properties"]["name"]["maxLength"] = MAX_NAME
        parts[each]["properties"]["title"]["maxLength"] = MAX_TITLE
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A network, or a model of equations, for derive",
        "anyOf": [{"$ref": "#/$defs/Spec"}, {"$ref": "#/$defs/Model"}],
        "$defs": parts,
    }


def _word(names: Iterable[str]) -> dict[str, Any]:
    """Return what a row of the vocabulary looks like: its name, with its constants after it."""
    return {
        "type": "string",
        "pattern": rf"^({'|'.join(map(re.escape, names))})\s*(\([^()]*\))?$",
        "examples": list(names),
    }


def _choice(name: str, row: Row) -> dict[str, Any]:
    """Return what a table looks like that chooses `row` and sets its constants."""
    constants = {key: {"type": "number", "default": float(value)} for key, value in row.constants.items()}
    return {
        "type": "object", "properties": {"name": {"const": name}, **constants}, "required": ["name"],
        "additionalProperties": False,
    }  # fmt: skip


def _model(common: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a model's file, from that of what it has in common with a network's."""
    text: dict[str, Any] = {"type": "string"}
    size = {"type": "integer", "minimum": 1, "maximum": MAX_ENTRIES}
    tables: dict[str, dict[str, Any]] = {
        "equations": {
            "type": "object",
            "propertyNames": {"pattern": rf"^[A-Za-z]\w{{0,{MAX_FORMULA_NAME - 1}}}\s*(\[.*\])?$"},
            "additionalProperties": {**text, "minLength": 1, "maxLength": MAX_BYTES},
            "minProperties": 1,
            "maxProperties": MAX_EQUATIONS,
        },
        "of": {
            "type": "object",
            "properties": {
                "loss": {"description": "The name of the equation that is to be made small.", **text},
                "parameters": {
                    "description": KEYS["parameters"].means, "type": "array", "items": text, "minItems": 1,
                    "uniqueItems": True,
                },
            },
            "required": ["loss", "parameters"],
            "additionalProperties": False,
        },
        "values": {"type": "object", "additionalProperties": {"anyOf": [_NUMBER, _ROW, _TABLE]}},
        "shapes": {
            "type": "object",
            "additionalProperties": {"anyOf": [size, {"type": "array", "items": size, "minItems": 1, "maxItems": 2}]},
        },
    }  # fmt: skip
    described = {name: {"description": KEYS[name].means, **table} for name, table in tables.items()}
    return {
        **common,
        "title": "Model",
        "description": "A model as a list of equations, what is given, and what the derivatives are of and by.",
        "properties": {**described, **common["properties"]},
        "required": ["equations", "of"],
        "additionalProperties": False,
    }


def _numbers(node: Any) -> Any:
    """Return a schema in which decimals are numbers, as TOML has them, and not texts."""
    if isinstance(node, dict):
        made = {key: _numbers(value) for key, value in node.items()}
        return {**_NUMBER, **_picked(made, "default")} if made.get("format") == "decimal" else made
    if isinstance(node, list):
        return [_numbers(item) for item in node]
    return float(node) if isinstance(node, Decimal) else node


def _picked(node: dict[str, Any], key: str) -> dict[str, Any]:
    return {key: node[key]} if key in node else {}
