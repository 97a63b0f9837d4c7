"""What the constants of optimisers, schedules and initialisers may be, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct


class Range(Struct, frozen=True):
    """The numbers from `low` to `high`, without the ends that are open; whole numbers only, if `whole`."""

    low: Decimal = Decimal(0)
    high: Decimal | None = None
    open_low: bool = False
    open_high: bool = False
    whole: bool = False

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, Decimal) or not value.is_finite() or (self.whole and value != int(value)):
            return False
        above = value > self.low if self.open_low else value >= self.low
        if self.high is None:
            return above
        return above and (value < self.high if self.open_high else value <= self.high)

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        text = f"{kind} {'above' if self.open_low else 'from'} {self.low:,}"
        if self.high is None:
            return text if self.open_low else f"{text} upwards"
        return f"{text} to {'below ' if self.open_high else ''}{self.high:,}"


_COUNT = Range(Decimal(1), Decimal(10**9), whole=True)
_COUNT_OR_NONE = Range(Decimal(0), Decimal(10**9), whole=True)
_NOT_NEGATIVE = Range()
_SHARE = Range(high=Decimal(1), open_high=True)
_FACTOR = Range(high=Decimal(1), open_low=True)

RANGES: dict[str, Range] = {
    "mu": _SHARE, "alpha": _SHARE, "rho": _SHARE, "beta1": _SHARE, "beta2": _SHARE, "epsilon": _NOT_NEGATIVE,
    "weight_decay": _NOT_NEGATIVE, "momentum_decay": _NOT_NEGATIVE,
    "every": _COUNT, "steps": _COUNT, "factor": _FACTOR, "decay": _NOT_NEGATIVE, "power": _NOT_NEGATIVE,
    "floor": _NOT_NEGATIVE, "start": _FACTOR, "end": _FACTOR, "rise": _SHARE,
    "patience": _COUNT_OR_NONE, "cooldown": _COUNT_OR_NONE, "threshold": _SHARE,
}  # fmt: skip


def usual(**values: str) -> Mapping[str, Decimal]:
    """Return constants with their usual values, as decimals."""
    return {name: Decimal(value) for name, value in values.items()}
