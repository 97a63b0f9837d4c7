"""The values that a program's variables have on the way, line by line."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LARGEST = 4_096  # numbers in one value
MOST = 3_000  # values
RETURNED = "return"  # the name of what a function returns
DEEPEST = 2  # how far into lists, dictionaries and objects


class Value(NamedTuple):
    """A variable, or a part of one (self.dW1, grads["dW1"]), after the line that gave it this value."""

    line: int
    function: str
    name: str
    value: NDArray[np.float64]


class Tracer:
    """Notes what the variables of the functions in `file` are given, in the order in which it happens."""

    def __init__(self, file: str) -> None:
        self.values: list[Value] = []
        self._file = file
        self._known: dict[int, dict[str, bytes]] = {}
        self._lines: dict[int, int] = {}
        self._shared: dict[str, bytes] = {}

    def run(self, function: Callable[[], Any]) -> Any:
        """Return what `function` returns."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            return function()
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != self._file or threading.current_thread() is not threading.main_thread():
            return None
        # What a function is called with was given elsewhere.
        self._known[id(frame)] = {name: _key(value) for name, value in numbers_in(frame.f_locals)}
        self._lines[id(frame)] = frame.f_lineno
        return self._step

    def _step(self, frame: FrameType, event: str, argument: object) -> Any:
        if event in ("line", "return") and len(self.values) < MOST:
            self._note(frame)
        if event == "return":
            self._known.pop(id(frame), None)
            made = None if frame.f_code.co_flags & inspect.CO_GENERATOR else as_numbers(argument)
            if made is not None and len(self.values) < MOST:
                self.values.append(Value(frame.f_lineno, frame.f_code.co_name, RETURNED, made.copy()))
        else:
            self._lines[id(frame)] = frame.f_lineno
        return self._step

    def _note(self, frame: FrameType) -> None:
        known = self._known.setdefault(id(frame), {})
        for name, value in numbers_in(frame.f_locals):
            # An object's attributes are the same in every function that has it.
            seen = self._shared if "." in name else known
            key = _key(value)
            if seen.get(name) != key:
                seen[name] = key
                if len(self.values) < MOST:
                    line = self._lines.get(id(frame), frame.f_lineno)
                    self.values.append(Value(line, frame.f_code.co_name, name, value.copy()))


def _key(value: NDArray[np.float64]) -> bytes:
    return repr(value.shape).encode() + value.tobytes()


def numbers_in(variables: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield every number and array of numbers among `variables` and in what they hold, with its name."""
    for key, value in list(variables.items())[:200]:
        name = f"{prefix}{key}" if isinstance(key, str) else f"{prefix}{key!r}"
        yield from _numbers(name, value, depth)


def _numbers(name: str, value: Any, depth: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
    if (made := as_numbers(value)) is not None:
        yield name, made
    elif depth >= DEEPEST:
        return
    elif isinstance(value, dict):
        for key, part in list(value.items())[:50]:
            yield from _numbers(f"{name}[{key!r}]", part, depth + 1)
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value[:50]):
            yield from _numbers(f"{name}[{place}]", part, depth + 1)
    elif type(value).__module__ not in ("builtins", "numpy") and isinstance(getattr(value, "__dict__", None), dict):
        for key, part in list(vars(value).items())[:50]:
            yield from _numbers(f"{name}.{key}", part, depth + 1)


def as_numbers(value: Any) -> NDArray[np.float64] | None:
    """Return a number, an array of numbers or a list of such as doubles; None where it is none."""
    if isinstance(value, bool | str | bytes) or value is None:
        return None
    if isinstance(value, float | int | np.floating | np.integer):
        return np.array(float(value)) if abs(float(value)) < 1e300 else None
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fiub" and 0 < value.size <= LARGEST:
            return np.asarray(value, dtype=np.float64)
        return None
    if isinstance(value, list) and value and len(value) <= LARGEST and all(type(x) in (float, int) for x in value):
        return np.array(value, dtype=np.float64)
    return None
