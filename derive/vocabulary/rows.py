"""What every row of the vocabulary has: constants with their usual values, which a spec may set in brackets.

"leaky relu" means the usual slope; "leaky relu(0.2)" another one. Several constants are parted by commas.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from derive.errors import DeriveError, nearest, shown

_WORD = re.compile(r"([^()]*?)\s*(?:\(([^()]*)\))?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.IGNORECASE | re.ASCII)
LONGEST = 80


class Interval(Struct, frozen=True):
    """The numbers between `low` and `high`; with both ends if `closed`."""

    low: float
    high: float
    closed: bool = False

    def inside(self, other: Interval) -> bool:
        """Return whether every number here is also one of `other`."""
        ends = other.closed or not self.closed

        def within(low: float, high: float) -> bool:
            return low < high or (low == high and (ends or math.isinf(low)))

        return within(other.low, self.low) and within(self.high, other.high)

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | float | Decimal):
            return False
        return self.low <= value <= self.high if self.closed else self.low < value < self.high

    def __str__(self) -> str:
        if self == REALS:
            return "any number"
        low = "" if math.isinf(self.low) else f"{'from' if self.closed else 'above'} {self.low:g}"
        upto = "to" if low else "up to"
        high = "" if math.isinf(self.high) else f"{upto if self.closed else 'below'} {self.high:g}"
        return (" " if self.closed else " and ").join(part for part in (low, high) if part)


REALS = Interval(-math.inf, math.inf)


class Row(Struct, frozen=True, kw_only=True):
    """constants: the names of a row's constants with their usual values, in the order in which functions take them.

    limits: between which numbers a constant must lie, where it may not be any.
    """

    constants: Mapping[str, Decimal] = {}
    limits: Mapping[str, Interval] = {}


R = TypeVar("R", bound=Row)


@lru_cache(maxsize=256)
def split(word: str) -> tuple[str, tuple[Decimal, ...]]:
    """Return the name of a row and the constants after it: "leaky relu(0.2)" is ("leaky relu", (0.2,)).

    Raises DeriveError where the brackets do not hold numbers.
    """
    match = _WORD.fullmatch(word[: LONGEST + 1])
    name, inner = match.groups() if match and len(word) <= LONGEST else (word, None)
    if inner is None:
        return name, ()
    numbers = [part.strip() for part in inner.split(",")]
    if not all(_NUMBER.fullmatch(number) for number in numbers):
        raise DeriveError(f"found {shown(word)}", allowed="numbers between the brackets", hint=f"{name}(0.1)")
    return name, tuple(map(Decimal, numbers))


def find(table: Mapping[str, R], word: str) -> tuple[str, R, tuple[Decimal, ...]]:
    """Return the name of the row that `word` means, the row, and the values of all its constants.

    Raises DeriveError for a row that is not there, more constants than it has, or one that is out of its limits.
    """
    name, given = split(word)
    if name not in table:
        raise DeriveError(f"found {shown(word)}", allowed=allowed(table), hint=nearest(name, list(table)))
    row = table[name]
    usual = list(row.constants.values())
    if len(given) > len(usual):
        takes = ", ".join(row.constants) or "none"
        raise DeriveError(f"found {shown(word)}", allowed=f"constants of {name}: {takes}", hint=name)
    for constant, value in zip(row.constants, given, strict=False):
        if value not in (limits := row.limits.get(constant, REALS)):
            what = f"found {shown(word)}, and its {constant} is {value}"
            raise DeriveError(what, allowed=f"a {constant} {limits}", hint=name)
    return name, row, (*given, *usual[len(given) :])


def bind(table: Mapping[str, R], word: str) -> R:
    """Return the row that `word` means, its functions with their constants put in as doubles."""
    _, row, constants = find(table, word)
    return fix(row, constants)


def fix(row: R, constants: Iterable[Decimal]) -> R:
    """Return `row`, its functions with `constants`, all that it has, put in as doubles."""
    numbers = tuple(map(float, constants))
    if not numbers:
        return row
    bound: dict[str, Any] = {
        field: _with(value, numbers) for field, value in asdict(row).items() if callable(value)
    }  # fmt: skip
    return replace(row, **bound)


def _with(function: Callable[..., Any], constants: tuple[float, ...]) -> Callable[..., Any]:
    def bound(*args: Any) -> Any:
        return function(*args, *constants)

    return bound


def allowed(names: Iterable[str]) -> str:
    """Return the names of a table, as an error message lists them."""
    return ", ".join(map(repr, names))
