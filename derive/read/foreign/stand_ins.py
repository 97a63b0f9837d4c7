"""Stands in for packages that are not installed: those that only draw do nothing, scipy.special's few formulas work.

Whatever else is missing says so when it is used, and not before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

DRAWING = frozenset(("matplotlib", "seaborn", "pylab", "plotly", "IPython", "mpl_toolkits", "termcolor", "tqdm"))


class Nothing:
    """Answers whatever it is asked with itself, and passes on what it is to go through."""

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *given: Any, **options: Any) -> Any:
        return given[0] if given and hasattr(given[0], "__iter__") and not isinstance(given[0], str) else self

    def __iter__(self) -> Iterator[Nothing]:
        return iter((self, self))

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *error: object) -> None:
        return None


class Missing:
    """A module that is not there, or something from it: an error when it is used says so."""

    def __init__(self, module: str, name: str = "") -> None:
        what = f"{name} is to come from {module}, which" if name else module
        self.__dict__["text"] = f"{what} is not there: only installed packages can be imported, and no other files"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name if name.startswith("__") else self.text)

    def __call__(self, *given: Any, **options: Any) -> Any:
        raise ModuleNotFoundError(self.text)


def expit(x: Any) -> Any:
    """Return 1 / (1 + exp(−x)), as `scipy.special.expit` does, for whatever elements."""
    return 1 / (1 + np.exp(-x))


def logit(p: Any) -> Any:
    """Return the inverse of `expit`."""
    return np.log(p / (1 - p))


def softmax(x: Any, axis: int | None = None) -> Any:
    """Return exp(x) over its sum, as `scipy.special.softmax` does."""
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


SPECIAL = SimpleNamespace(expit=expit, logit=logit, softmax=softmax)


class Scipy(Missing):
    """What of SciPy there is without it."""

    special = SPECIAL


def stand_ins(statement: ast.stmt) -> dict[str, Any]:
    """Return what an import that failed should have named; {} when it is no import of whole modules or of names."""
    found: dict[str, Any] = {}
    match statement:
        case ast.Import(names=names):
            for alias in names:
                root = alias.name.partition(".")[0]
                found[alias.asname or root] = _module(alias.name if alias.asname else root)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            home = _module(module)
            for alias in names:
                if alias.name != "*":
                    found[alias.asname or alias.name] = _from(home, module, alias.name)
    return found


def _module(name: str) -> Any:
    if name.partition(".")[0] in DRAWING:
        return Nothing()
    return {"scipy": Scipy(name), "scipy.special": SPECIAL}.get(name) or Missing(name)


def _from(home: Any, module: str, name: str) -> Any:
    return getattr(home, name) if isinstance(home, Nothing) or name in dir(home) else Missing(module, name)
