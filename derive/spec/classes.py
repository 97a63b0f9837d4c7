"""Classes instead of targets: classes = [2, 0, 1] says which output should be 1, for each sample, counted from 0."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from derive.errors import DeriveError
from derive.spec.parts import MAX_SIZE
from derive.vocabulary import LOSSES, find

if TYPE_CHECKING:
    from derive.spec.network import Spec


def with_targets(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a spec with the targets that its classes mean, where it has classes alone.

    Fields of a wrong type are left for others to refuse. Raises DeriveError for a class that there is no output for.
    """
    classes, layers = data.get("classes"), data.get("layers")
    if not isinstance(classes, list) or not all(map(_whole, classes)):
        return data
    classes = [int(each) for each in classes]  # numbers in arrays are read as decimals
    data = {**data, "classes": classes}
    if "targets" in data:
        return data
    last = layers[-1] if isinstance(layers, list) and layers else None
    size = last.get("size") if isinstance(last, Mapping) else None
    if not classes or not _whole(size) or not isinstance(size, int):
        return data
    return {**data, "targets": [_row(each, size, f"classes[{place}]") for place, each in enumerate(classes)]}


def _whole(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) < MAX_SIZE and value == int(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _row(each: int, size: int, where: str) -> list[Decimal]:
    if not 0 <= each < size:
        raise DeriveError(
            f"class {each} has no output: the last layer has {size}", where=where,
            allowed=f"a whole number from 0 to {size - 1}: classes are counted from 0",
        )  # fmt: skip
    return [Decimal(place == each) for place in range(size)]


def check_classes(spec: Spec) -> None:
    """Raise DeriveError unless the classes, if there are any, are those of the targets, and the loss is about them."""
    if not spec.classes:
        return
    if not find(LOSSES, spec.loss)[1].classes:
        fitting = [name for name, row in LOSSES.items() if row.classes]
        raise DeriveError(
            f"{spec.loss} takes targets, not classes", where="classes", allowed=f"with classes, {', '.join(fitting)}",
            hint=f'loss = "{fitting[0]}", or targets instead of classes',
        )  # fmt: skip
    if len(spec.classes) != spec.samples:
        raise DeriveError(
            f"there are {len(spec.classes)} classes for {spec.samples} samples", where="classes",
            allowed="a class for each row of inputs",
        )  # fmt: skip
    size = spec.sizes[-1]
    for place, (each, row) in enumerate(zip(spec.classes, spec.targets, strict=True)):
        if _row(each, size, f"classes[{place}]") != list(row):
            raise DeriveError(
                f"class {each} is not what the targets of the sample say", where=f"classes[{place}]",
                allowed="classes or targets, or both alike", hint="leave out the targets",
            )  # fmt: skip
