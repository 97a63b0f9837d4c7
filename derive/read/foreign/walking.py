"""Paths into the objects of a foreign program: to look at all its numbers, and to read or replace some of them.

A path is a tuple of steps as Python writes them: ``.weights`` an attribute, ``[0]`` or ``['W1']`` an item.
"""

from __future__ import annotations

import ast
import copy
import sys
import types
from collections.abc import Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

Path = tuple[str, ...]
DEEPEST, MOST = 6, 4000


class Leaf(NamedTuple):
    """Numbers that were found: one, a list (of lists) of them, or an array. shape: () for one number."""

    path: Path
    value: Any
    shape: tuple[int, ...]


@lru_cache(maxsize=8192)
def key_of(step: str) -> Any:
    """Return the key of a step ``[…]``."""
    return ast.literal_eval(step[1:-1])


def word_of(step: str) -> str:
    """Return the name in a step, "" when it is a number."""
    if step.startswith("."):
        return step[1:]
    key = key_of(step)
    if isinstance(key, tuple):
        return "".join(map(str, key))
    return key if isinstance(key, str) else ""


def at(root: Any, path: Path) -> Any:
    """Return what is at `path`. Raises AttributeError, KeyError, IndexError or TypeError where there is nothing."""
    for step in path:
        root = getattr(root, step[1:]) if step.startswith(".") else root[key_of(step)]
    return root


def put(root: Any, path: Path, value: Any) -> Any:
    """Put `value` at `path`: in place where that can be, else into a copy. Return the root, the old or a new one."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if step.startswith("."):
        name = step[1:]
        new = put(getattr(root, name), rest, value) if rest else value
        if hasattr(root, "_replace") and isinstance(root, tuple):
            return root._replace(**{name: new})  # type: ignore[attr-defined]
        try:
            setattr(root, name, new)
        except AttributeError:  # frozen
            root = copy.copy(root)
            object.__setattr__(root, name, new)
        return root
    key = key_of(step)
    new = put(root[key], rest, value) if rest else value
    if isinstance(root, tuple):
        return _tuple_like(root, [*root[:key], new, *root[key + 1 :]])
    root[key] = new
    return root


def _tuple_like(model: tuple[Any, ...], items: list[Any]) -> Any:
    return type(model)._make(items) if hasattr(model, "_make") else tuple(items)


def is_number(value: Any) -> bool:
    """Whether `value` is one number, of whatever kind."""
    if isinstance(value, (bool, np.bool_, str, bytes, list, tuple, np.ndarray, type)):
        return False
    return hasattr(value, "__mul__") and hasattr(value, "__rsub__") and not hasattr(value, "__len__")


def as_array(value: Any) -> Any:
    """Return a tensor-like object as an array (`detach`, `numpy`), anything else as it is."""
    if isinstance(value, np.ndarray) or (is_number(value) and not hasattr(value, "numpy")):
        return value
    if hasattr(value, "detach"):
        value = value.detach()
    if callable(getattr(value, "numpy", None)):
        value = value.numpy()
    return value


def _list_shape(value: Any) -> tuple[int, ...] | None:
    """Return the shape of a list of numbers, or of equally long lists of them; None when it is something else."""
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if all(map(is_number, value)):
        return (len(value),)
    if all(isinstance(row, (list, tuple)) and row and all(map(is_number, row)) for row in value):
        widths = {len(row) for row in value}
        return (len(value), widths.pop()) if len(widths) == 1 else None
    return None


_LIBRARIES = sys.stdlib_module_names | {"numpy", "torch", "derive", "scipy", "pandas", "builtins"}


@lru_cache(maxsize=1024)
def _of_program(module: str, own: str) -> bool:
    """Whether a class of that module is the program's own, or of a module that came with it."""
    return module == own or module.partition(".")[0] not in _LIBRARIES


def leaves(root: Any, own: str, start: Path = ()) -> Iterator[Leaf]:
    """Yield the numbers below `root`, in order. own: the name of the module whose objects are looked into."""
    seen: set[int] = set()
    count = 0
    stack: list[tuple[Path, Any, int]] = [(start, root, 0)]
    while stack and count < MOST:
        path, value, depth = stack.pop()
        count += 1
        foreign = not isinstance(value, np.ndarray) and _of_program(type(value).__module__, own)
        if not foreign:
            value = as_array(value)
            if isinstance(value, np.ndarray):
                if value.dtype.kind in "fiuOc" and not _nested(value):
                    yield Leaf(path, value, value.shape)
                elif value.dtype == object:
                    stack.extend((((*path, f"[{k}]"), item, depth + 1)) for k, item in reversed([*enumerate(value)]))
                continue
            if is_number(value):
                yield Leaf(path, value, ())
                continue
            if shape := _list_shape(value):
                if any(_of_program(type(item).__module__, own) for item in value):
                    shape = None
                elif len(shape) == 1 or not isinstance(value, tuple):
                    yield Leaf(path, value, shape)
                    continue
        if depth >= DEEPEST or id(value) in seen:
            continue
        seen.add(id(value))
        stack.extend(((*path, step), item, depth + 1) for step, item in reversed(list(_children(value, foreign))))


def _nested(array: np.ndarray[Any, Any]) -> bool:
    return array.dtype == object and array.size > 0 and isinstance(array.flat[0], (np.ndarray, list, tuple))


def _children(value: Any, foreign: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from ((f".{name}", getattr(value, name)) for name in value._fields)
    elif isinstance(value, (list, tuple)):
        yield from ((f"[{k}]", item) for k, item in enumerate(value))
    elif isinstance(value, Mapping):
        yield from ((f"[{key!r}]", item) for key, item in value.items() if _plain_key(key))
    elif foreign or isinstance(value, types.SimpleNamespace):
        if isinstance(value, type):
            return
        names = list(getattr(value, "__dict__", {}))
        names += [name for cls in type(value).__mro__ for name in _slots(cls) if hasattr(value, name)]
        yield from ((f".{name}", getattr(value, name)) for name in names)


def _slots(cls: type) -> tuple[str, ...]:
    slots = cls.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(name for name in slots if not name.startswith("__"))


def _plain_key(key: Any) -> bool:
    return isinstance(key, (str, int)) or (isinstance(key, tuple) and all(isinstance(k, (str, int)) for k in key))


def written(path: Path) -> str:
    """Return `path` as Python would write it, the name that it starts with in front."""
    return (word_of(path[0]) or path[0]) + "".join(path[1:]) if path else "the result"


def fresh(value: Any) -> Any:
    """Return a copy of containers, down to what is no container."""
    if isinstance(value, MutableMapping):
        return {key: fresh(item) for key, item in value.items()}
    return [fresh(item) for item in value] if isinstance(value, list) else value
