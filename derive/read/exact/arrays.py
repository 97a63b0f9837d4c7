"""NumPy arrays of elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.read.exact.element import Element


class ExactArray(np.ndarray):
    """An array of objects, elements among them, that stays one: it does not become doubles when it is asked to."""

    def __array_finalize__(self, obj: object) -> None:
        pass

    def astype(self, dtype: Any, *arguments: Any, **options: Any) -> Any:
        """Return a copy: as it is where doubles are wanted, truth values where these are."""
        kind = np.dtype(dtype).kind
        if kind in "fcO":
            return self.copy()
        return _base(self).astype(dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        out = options.pop("out", None)
        options.pop("dtype", None)
        plain = [_base(x) for x in inputs]
        if ufunc not in COMPARED and ufunc not in LOGICAL and (kind := KIND.get()) is not None:
            count = 1 if ufunc in POWERS else len(plain)  # an exponent is taken as it stands
            plain = [*(_lifted(x, kind.lift) for x in plain[:count]), *plain[count:]]
        if method == "__call__":
            made = _call(ufunc, plain, options)
        else:
            if method in ("reduce", "accumulate", "reduceat") and ufunc in LOGICAL:
                plain[0] = truth(plain[0])
            made = getattr(ufunc, method)(*plain, **options)
        if out is None:
            return _exact(made)
        for target, result in zip(out, made if isinstance(made, tuple) else (made,), strict=True):
            if target is not None:
                np.copyto(_base(target), result, casting="unsafe" if target.dtype == object else "same_kind")
        return out[0] if len(out) == 1 else out

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        special = FUNCTIONS.get(getattr(func, "__name__", ""))
        if special is not None:
            return _exact(special(*args, **kwargs))
        return _exact(super().__array_function__(func, types, args, kwargs))

    def mean(self, *arguments: Any, **options: Any) -> Any:
        return np.mean(self, *arguments, **options)

    def var(self, *arguments: Any, **options: Any) -> Any:
        return np.var(self, *arguments, **options)

    def clip(self, *arguments: Any, **options: Any) -> Any:
        return np.clip(self, *arguments, **options)

    def dot(self, other: Any, out: Any = None) -> Any:
        return np.dot(self, other, out=out)

    def std(self, *arguments: Any, **options: Any) -> Any:
        return np.sqrt(self.var(*arguments, **options))

    def round(self, *arguments: Any, **options: Any) -> Any:
        return np.round(doubles(self), *arguments, **options)


KIND: ContextVar[type[Element] | None] = ContextVar("KIND", default=None)
"""The class of the elements of the program that runs: what its constants become beside elements."""


def _lifted(x: Any, lift: Callable[[Any], Any]) -> Any:
    """Return plain numbers as elements: calculated with as doubles, they would be rounded."""
    if isinstance(x, float | int | np.floating | np.integer) and not isinstance(x, bool | np.bool_):
        return lift(x)
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return lifted_array(x, lift)
    return x


def lifted_array(x: NDArray[Any], lift: Callable[[Any], Any]) -> NDArray[Any]:
    """Return an array with elements for its plain numbers."""
    made = np.empty(x.shape, dtype=object)
    made.ravel()[:] = [e if isinstance(e, Element | bool) or not _is_number(e) else lift(e) for e in x.ravel().tolist()]
    return made


def _is_number(x: Any) -> bool:
    return isinstance(x, float | int | np.floating | np.integer)


def _base(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, ExactArray) else x


def _exact(made: Any) -> Any:
    """Return a result as an `ExactArray` where it is an array of objects; several results each so."""
    if isinstance(made, np.ndarray):
        return made.view(ExactArray) if made.dtype == object and not isinstance(made, ExactArray) else made
    if type(made) in (tuple, list):
        return type(made)(map(_exact, made))
    return made


def array_of(items: Any, shape: tuple[int, ...] | None = None) -> ExactArray:
    """Return an array of elements, of a nested list or in a `shape`."""
    flat = np.empty(len(items) if shape is not None else 0, dtype=object)
    if shape is None:
        return np.array(items, dtype=object).view(ExactArray)
    flat[:] = items
    return flat.reshape(shape).view(ExactArray)


def doubles(x: Any) -> NDArray[np.float64]:
    """Return the shadows of an array of elements and numbers."""
    flat = [float(e) for e in np.asarray(x, dtype=object).ravel()]  # an element notes that it becomes a double
    return np.array(flat, dtype=np.float64).reshape(np.shape(x))


def truth(x: Any) -> NDArray[np.bool_]:
    return np.array([bool(e) for e in np.asarray(x, dtype=object).ravel()], dtype=bool).reshape(np.shape(x))


# ── Functions of one number ────────────────────────────────────────────────────────────────────────────────────


def lifted(name: str) -> Callable[[Any], Any]:
    """Return the function `name` of an element, or of a plain number among elements."""
    plain = getattr(np, name, None)

    def applied(x: Any) -> Any:
        if isinstance(x, Element):
            return getattr(x, name)()
        return plain(float(x)) if plain is not None else PLAIN[name](float(x))

    return applied


def sigmoid(x: Any) -> Any:
    """Return 1/(1 + e^−x)."""
    return 1 / (1 + (x * -1).exp()) if isinstance(x, Element) else 1 / (1 + math.exp(-x))


PLAIN: dict[str, Callable[[float], float]] = {"erf": math.erf}

UNARY = {
    name: np.frompyfunc(lifted(name), 1, 1)
    for name in (
        "exp", "log", "tanh", "sqrt", "sin", "cos", "tan", "expm1", "exp2", "log1p", "log2", "log10", "sinh", "cosh",
        "square", "reciprocal", "erf", "sign",
    )
} | {"expit": np.frompyfunc(sigmoid, 1, 1), "fabs": np.frompyfunc(abs, 1, 1)}  # fmt: skip
ASKED = {"isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite, "signbit": np.signbit}
COMPARED = {np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal}
POWERS = {np.power, np.float_power}
LOGICAL = {np.logical_and, np.logical_or, np.logical_not, np.logical_xor}
MADE_OF: dict[str, Callable[..., Any]] = {
    "logaddexp": lambda a, b: np.log(np.exp(a) + np.exp(b)),
    "heaviside": lambda a, b: np.where(a > 0, 1, np.where(a < 0, 0, b)),
    "xlogy": lambda a, b: a * np.log(b),
    "float_power": lambda a, b: a**b,
    "fmax": np.maximum,
    "fmin": np.minimum,
    "logsumexp": lambda a, **options: np.log(np.sum(np.exp(a), **options)),
}


def _call(ufunc: np.ufunc, inputs: list[Any], options: dict[str, Any]) -> Any:
    name = ufunc.__name__
    if name in UNARY:
        return UNARY[name](*inputs, **options)
    if name in ASKED:
        return ASKED[name](doubles(inputs[0]))
    if name in MADE_OF:
        return _base(MADE_OF[name](*map(_exact, map(np.asarray, inputs))))
    if ufunc in LOGICAL:
        return ufunc(*map(truth, inputs), **options)
    if ufunc is np.matmul and not options and all(np.ndim(x) in (1, 2) for x in inputs):
        return product(*map(np.asarray, inputs))
    if ufunc in COMPARED:
        return np.asarray(ufunc(*inputs, **options), dtype=bool)[()]
    return ufunc(*inputs, **options)


def product(a: NDArray[Any], b: NDArray[Any]) -> Any:
    """Return the matrix product of arrays of one or two dimensions, each entry one sum."""
    left = a.reshape(1, -1) if a.ndim == 1 else a
    right = b.reshape(-1, 1) if b.ndim == 1 else b
    if left.shape[1] != right.shape[0]:
        raise ValueError(f"matmul: shapes {a.shape} and {b.shape} do not fit")
    columns = [list(column) for column in right.T]
    made = np.empty((left.shape[0], right.shape[1]), dtype=object)
    for i, row in enumerate(left):
        entries = list(row)
        for j, column in enumerate(columns):
            made[i, j] = inner(entries, column)
    shaped = made.reshape(a.shape[:-1] + (b.shape[1:] if b.ndim == 2 else ()))
    return shaped if shaped.ndim else shaped[()]


def inner(a: Sequence[Any], b: Sequence[Any]) -> Any:
    """Return Σ aₖ bₖ."""
    if not a:
        return 0
    made = a[0] * b[0]
    for x, y in zip(a[1:], b[1:], strict=True):
        made = made + x * y
    return made


# ── Functions of NumPy that do not do for objects ──────────────────────────────────────────────────────────────


def _like(value: Any) -> Callable[..., Any]:
    def made(prototype: Any, *arguments: Any, dtype: Any = None, shape: Any = None, **options: Any) -> Any:
        kind = "O" if dtype is None else np.dtype(dtype).kind
        size = np.shape(prototype) if shape is None else shape
        fill = arguments[0] if value is None and arguments else options.get("fill_value", value)
        return np.full(size, fill, dtype=object if kind in "fcO" else dtype)

    return made


def _into(out: Any, made: Any) -> Any:
    """Return what was made; in `out`, where that was given."""
    if out is None:
        return made
    np.copyto(_base(out), made, casting="unsafe")
    return out


def _dot(a: Any, b: Any, out: Any = None) -> Any:
    return _into(out, _dotted(a, b))


def _dotted(a: Any, b: Any) -> Any:
    a, b = map(np.asarray, map(_base, (a, b)))
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim > 2 or b.ndim > 2:
        return np.tensordot(a, b, axes=(a.ndim - 1, max(b.ndim - 2, 0)))
    return product(a, b)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord not in (None, 2, "fro") or (ord == 2 and axis is None and np.ndim(x) == 2):
        raise TypeError(f"a norm of order {ord} is not calculated exactly")
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _einsum(subscripts: str, *operands: Any, optimize: Any = False, out: Any = None) -> Any:
    return _into(out, np.einsum(subscripts, *[np.asarray(_base(x), dtype=object) for x in operands]))


def _mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    total = np.sum(a, axis=axis, keepdims=keepdims)
    return _into(out, total / (np.size(a) // max(np.size(total), 1)))


def _average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    if weights is None:
        return _mean(a, axis=axis, keepdims=keepdims)
    weights = np.asarray(weights)
    if axis is not None and weights.ndim == 1 and np.ndim(a) > 1:
        weights = weights.reshape([-1 if k == axis % np.ndim(a) else 1 for k in range(np.ndim(a))])
        weights = weights + 0 * np.asarray(_base(a), dtype=object)
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / np.sum(weights, axis=axis, keepdims=keepdims)


def _var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    far = a - _mean(a, axis=axis, keepdims=True)
    total = np.sum(far * far, axis=axis, keepdims=keepdims)
    return _into(out, total / (np.size(a) // max(np.size(total), 1) - ddof))


def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    made = a if low is None else np.maximum(a, low)
    return _into(out, made if high is None else np.minimum(made, high))


def _on_doubles(function: Callable[..., Any]) -> Callable[..., Any]:
    def made(*arguments: Any, **options: Any) -> Any:
        return function(*[doubles(x) if isinstance(x, ExactArray) else x for x in arguments], **options)

    return made


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "zeros_like": _like(0), "ones_like": _like(1), "empty_like": _like(0), "full_like": _like(None),
    "dot": _dot, "norm": _norm, "einsum": _einsum, "mean": _mean, "average": _average, "var": _var,
    "std": lambda *a, **o: np.sqrt(_var(*a, **o)), "clip": _clip,
    "allclose": _on_doubles(np.allclose), "isclose": _on_doubles(np.isclose),
    "round": _on_doubles(np.round), "around": _on_doubles(np.round), "array_str": _on_doubles(np.array_str),
    "array_repr": _on_doubles(np.array_repr), "array2string": _on_doubles(np.array2string),
    "nan_to_num": lambda x, *a, **o: np.array(x, copy=True),
    "real": lambda x: x, "imag": lambda x: np.zeros(np.shape(x)),
}  # fmt: skip
