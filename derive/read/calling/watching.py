"""Notices arrays that a program changes in place, though they were only lent to it."""

from __future__ import annotations

from typing import Any

import numpy as np


def snapshot(value: Any) -> Any:
    """Return a copy of containers and arrays whose elements are the same objects."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: snapshot(item) for key, item in value.items()}
    return [snapshot(item) for item in value] if isinstance(value, list | tuple) else value


def differs(before: Any, now: Any) -> bool:
    """Whether elements have been replaced: by identity of objects, by value (NaN is itself) of doubles."""
    if isinstance(before, np.ndarray):
        if not isinstance(now, np.ndarray) or now.shape != before.shape:
            return True
        if before.dtype == object or now.dtype == object:
            return any(a is not b for a, b in zip(before.flat, now.flat, strict=True))
        return not np.array_equal(before, now, equal_nan=before.dtype.kind in "fc")
    if isinstance(before, dict):
        return (
            not isinstance(now, dict)
            or before.keys() != now.keys()
            or any(differs(v, now[k]) for k, v in before.items())
        )
    if isinstance(before, list):
        return len(before) != len(now) or any(differs(a, b) for a, b in zip(before, now, strict=True))
    return before is not now and bool(before != now)


class Watch:
    """Values that are lent, under names."""

    def __init__(self) -> None:
        self.lent: list[tuple[str, Any, Any]] = []

    def lend(self, name: str, value: Any) -> Any:
        """Return `value`, and remember what is in it."""
        if isinstance(value, np.ndarray | list):
            self.lent.append((name, value, snapshot(value)))
        return value

    def changed(self) -> tuple[str, ...]:
        """Return the names of what was changed, each once."""
        return tuple(dict.fromkeys(name for name, value, before in self.lent if differs(before, value)))
