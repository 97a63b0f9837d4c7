"""While a program runs on elements: NumPy and `math` make no doubles of them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from derive.read.exact.arrays import KIND, ExactArray, lifted_array
from derive.read.exact.element import Element

CREATORS = (
    "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "zeros", "ones", "empty", "full", "eye",
    "identity", "linspace", "fromiter", "copy", "where",
)  # fmt: skip
ELEMENTARY = (
    "exp", "log", "tanh", "sqrt", "sin", "cos", "tan", "expm1", "exp2", "log1p", "log2", "log10", "sinh", "cosh", "erf",
)  # fmt: skip


def _creator(original: Callable[..., Any], lift: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return a function like NumPy's that makes an array of elements where NumPy's would make one of doubles."""

    def made(*arguments: Any, **options: Any) -> Any:
        wanted = options.get("dtype")
        if wanted is not None and np.dtype(wanted).kind in "fcO":
            options = {key: value for key, value in options.items() if key != "dtype"}
        elif len(arguments) > 1 and _is_floating(arguments[1]):
            arguments = (arguments[0], *arguments[2:])  # zeros(shape, float)
        result = original(*arguments, **options)
        if not isinstance(result, np.ndarray):
            return result
        if wanted is not None and np.dtype(wanted).kind not in "fcO":
            return result
        if result.dtype.kind in "fO" or (wanted is not None and result.dtype.kind in "iub"):
            result = lifted_array(result, lift)
        return result.view(ExactArray) if result.dtype.kind == "O" else result

    return made


def _is_floating(x: Any) -> bool:
    return isinstance(x, type | np.dtype | str) and np.dtype(x).kind in "fcO"


def _elementary(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def made(x: Any, *rest: Any) -> Any:
        if isinstance(x, np.ndarray) and x.size == 1 and x.dtype == object:
            x = x.reshape(-1)[0]
        if not isinstance(x, Element):
            return original(x, *rest)
        return _logarithm(x, rest[0]) if rest else getattr(x, name)()

    return made


def _logarithm(x: Any, base: Any) -> Any:
    return x.log() / type(x).lift(base).log()


def _pow(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, y: x**y if isinstance(x, Element) or isinstance(y, Element) else original(x, y)


def _sum(original: Callable[..., Any]) -> Callable[..., Any]:
    def made(items: Iterable[Any]) -> Any:
        every = list(items)
        return sum(every) if any(isinstance(x, Element) for x in every) else original(every)

    return made


def _asked(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: original(x.shadow) if isinstance(x, Element) else original(x)


def _fabs(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: abs(x) if isinstance(x, Element) else original(x)


class _Doubles(type):
    """What `float` is to the program: a conversion that lets elements be."""

    def __call__(cls, *arguments: Any) -> Any:
        (x,) = arguments or (0.0,)
        if isinstance(x, np.ndarray) and x.dtype == object and x.size == 1:
            x = x.reshape(-1)[0]
        return x if isinstance(x, Element) else float(x)

    def __instancecheck__(cls, x: object) -> bool:
        return isinstance(x, float | Element)


class Float(metaclass=_Doubles):
    """Stands in the place of `float`, as a type of numbers in arrays too."""

    dtype = np.dtype(np.float64)


class _Instead(ModuleType):
    """A module with some functions of its own, and all others those of another module."""

    def __init__(self, module: ModuleType, functions: Mapping[str, Any]) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(functions, _instead_of=module, __path__=getattr(module, "__path__", []))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_instead_of"], name)

    def __dir__(self) -> list[str]:
        return dir(self.__dict__["_instead_of"])


def _numpy(kind: type[Element]) -> dict[str, Any]:
    return {name: _creator(getattr(np, name), kind.lift) for name in CREATORS}


def _math() -> dict[str, Any]:
    made = {name: _elementary(name, getattr(math, name)) for name in ELEMENTARY if hasattr(math, name)}
    return made | {
        "pow": _pow(math.pow), "fsum": _sum(math.fsum), "isnan": _asked(math.isnan), "isinf": _asked(math.isinf),
        "isfinite": _asked(math.isfinite), "fabs": _fabs(math.fabs),
    }  # fmt: skip


@contextmanager
def exactly(kind: type[Element], *namespaces: MutableMapping[str, Any]) -> Iterator[None]:
    """Let programs find functions in NumPy and `math` that make no doubles, but elements.

    kind: their class.
    namespaces: of programs that hold the modules, or functions of theirs, already. What is imported while this lasts
        finds them too. The modules themselves stay as they are: NumPy's own code calls them, from C too.
    Not for programs in several threads: what is imported changes for all.
    """
    instead = {np: _Instead(np, _numpy(kind)), math: _Instead(math, _math())}
    new: dict[int, Any] = {id(module): other for module, other in instead.items()}
    for module, other in instead.items():
        for name, function in vars(other).items():
            if callable(function) and name in vars(module):
                new[id(getattr(module, name))] = function
    kept: list[tuple[MutableMapping[str, Any], str, Any]] = []
    for space in namespaces:
        for key, value in list(space.items()):
            if id(value) in new:
                kept.append((space, key, value))
                space[key] = new[id(value)]
        if "float" not in space:
            kept.append((space, "float", None))
            space["float"] = Float
    before = {name: sys.modules[name] for name in ("numpy", "math")}
    sys.modules.update({module.__name__: other for module, other in instead.items()})
    token = KIND.set(kind)
    try:
        yield
    finally:
        KIND.reset(token)
        sys.modules.update(before)
        for space, key, value in kept:
            if value is None:
                space.pop(key, None)
            else:
                space[key] = value
