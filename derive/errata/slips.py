"""What slip of the pen explains a printed number: digits swapped, a sign, the value of another quantity.

A slip explains a number only digit by digit: made in the right value, which is then rounded or truncated to as many
digits as are printed, it must give what is printed. And it must be telling: of the numbers with as many digits, no
more than `CHANCE` may be explained by a slip of that kind. So short numbers are hardly ever explained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from msgspec import Struct

from derive.errata.findings import Cause

CHANCE = Fraction(1, 100)  # that one kind of slip explains a number drawn at random
KNOWN = 40  # significant digits of a value that is no short decimal
FARTHEST = 300  # powers of ten; what lies beyond is not looked at
LONGEST = 400  # characters of a number
MOVES = (1, -1, 2, -2, 3, -3)  # of the decimal point
LAST_UNITS, MORE_UNITS = (1, -1), (2, -2)


class Slip(Struct, frozen=True):
    """cause: the kind of slip.

    detail: what it is about: "56 → 65" (swapped), "5" (dropped, or too many), "5 → 9" (one digit), "+2" (units of the
        last digit), "× 100" (decimal point), "out_o1", "−out_o1", "1 − out_o1", "1/out_o1" (other values), or where
        else in the document the number stands.
    """

    cause: Cause
    detail: str = ""


class _Case(NamedTuple):
    """A printed number beside the right one.

    printed: in units of its last digit, before its power of ten.  places: how many decimals it has there.
    digits: how many significant digits are printed.
    scale: what brings a value to the power of ten that the number is printed with; that is done to `right`.
    """

    printed: int
    places: int
    digits: int
    scale: Fraction
    right: Fraction
    others: dict[str, Fraction]
    earlier: dict[str, Fraction]


_Made = Iterator[tuple[int, str]]
"""What a kind of slip may make of the right value, in units of the last printed digit; and the detail of each."""


class _Kind(NamedTuple):
    """least: how many significant digits must be printed.

    pen: whether digits of the right value are copied wrongly, so that zeros at its end count for evidence if it has
        other digits there.
    """

    cause: Cause
    make: Callable[[_Case], _Made]
    least: int
    pen: bool = True


def slips(
    printed: str, right: str, others: Mapping[str, str] = {}, earlier: Mapping[str, str] = {}
) -> tuple[Slip, ...]:
    """Return the simplest slips that explain a wrong number, all of the same kind; () where none does.

    printed: as it is printed ("-0.75136079", "2.5e-3").  right: the right value, a decimal of 40 significant digits.
    others: values of other quantities, of as many digits, by name.
    earlier: decimals that are printed elsewhere, by where.

    Nothing explains a number that is right. Raises decimal.InvalidOperation or ValueError for what is no decimal.
    """
    case = _case(printed, right, others, earlier)
    if case is None:
        return ()
    right_here = _rounded(case.right, case.places)
    if not case.printed or case.printed in right_here:
        return ()
    for kind in _KINDS:
        evidence = _telling(case.printed)
        if kind.pen:
            evidence = min(case.digits, max(evidence, *map(_telling, right_here)))
        if evidence < kind.least:
            continue
        made = list(kind.make(case))
        if case.printed not in [units for units, _ in made]:
            continue
        possible = {abs(units) for units, _ in made if 0 < abs(units) < 10**case.digits}
        if Fraction(len(possible), 10**evidence) <= CHANCE:
            return tuple(Slip(kind.cause, detail) for detail in dict.fromkeys(d for u, d in made if u == case.printed))
    return ()


def _case(printed: str, right: str, others: Mapping[str, str], earlier: Mapping[str, str]) -> _Case | None:
    """Return the numbers put side by side; None where that makes no sense, or too few digits are known."""
    if max(len(printed), len(right)) > LONGEST:
        return None
    mantissa, _, power = printed.lower().partition("e")
    number, value = Decimal(mantissa), Decimal(right)
    own = _fraction(right)
    if not number.is_finite() or own is None:
        return None
    negative, digits, exponent = number.as_tuple()
    _, known, end = value.as_tuple()
    assert isinstance(exponent, int)
    assert isinstance(end, int)
    shift = int(power or 0)
    if abs(shift) > FARTHEST or len(digits) >= KNOWN or (len(known) >= KNOWN and exponent + shift < end):
        return None
    units = int("".join(map(str, digits)))
    scale = 1 / Fraction(10) ** shift
    return _Case(
        -units if negative else units,
        -exponent,
        len(digits),
        scale,
        own * scale,
        {name: each for name, text in others.items() if (each := _fraction(text)) is not None},
        {where: each for where, text in earlier.items() if (each := _fraction(text)) is not None},
    )


def _fraction(text: str) -> Fraction | None:
    """Return a decimal; None for what is too long, large or small to matter."""
    value = Decimal(text[:LONGEST])
    if len(text) > LONGEST or not value.is_finite() or abs(value.adjusted()) > FARTHEST:
        return None
    return Fraction(value)


def _telling(units: int) -> int:
    """Return how many significant digits a number has without the zeros at its end."""
    return len(str(abs(units)).rstrip("0"))


# ── Digits of a value ──────────────────────────────────────────────────────────────────────────────────────


def _signed(value: Fraction | int, units: int) -> int:
    return -units if value < 0 else units


def _truncated(value: Fraction, places: int) -> int:
    return _signed(value, int(abs(value) * 10**places))


def _rounded(value: Fraction, places: int) -> tuple[int, ...]:
    """Return a value rounded, in units of the last place; twice where it is a tie."""
    exact = abs(value) * 10**places
    up = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return tuple(dict.fromkeys((_signed(value, up), _signed(value, round(exact)))))


def _copies(case: _Case, places: int) -> Iterator[tuple[str, str]]:
    """Yield the right value with so many decimals, rounded and truncated: the digits before the point, "" for 0, and
    those behind it."""
    for units in dict.fromkeys((*_rounded(case.right, places), _truncated(case.right, places))):
        digits = str(abs(units)).zfill(places)
        yield digits[: len(digits) - places], digits[len(digits) - places :]


def _leading(whole: str, decimals: str) -> int:
    """Return how many zeros stand between the point and the first other digit: to move those is to move the point."""
    return 0 if whole else len(decimals) - len(decimals.lstrip("0"))


# ── Slips of the pen ───────────────────────────────────────────────────────────────────────────────────────


def _cut(case: _Case) -> _Made:
    yield _truncated(case.right, case.places), ""


def _last(case: _Case) -> _Made:
    yield from _off_by(case, LAST_UNITS)


def _further(case: _Case) -> _Made:
    yield from _off_by(case, MORE_UNITS)


def _off_by(case: _Case, units_: tuple[int, ...]) -> _Made:
    for units in _rounded(case.right, case.places):
        for by in units_:
            yield units + _signed(case.right, by), f"{'+' if by > 0 else '−'}{abs(by)}"


def _sign(case: _Case) -> _Made:
    for units in _rounded(case.right, case.places):
        yield -units, ""


def _swapped(case: _Case) -> _Made:
    for whole, decimals in _copies(case, case.places):
        digits = whole + decimals
        for n in range(len(digits) - 1):
            a, b = digits[n], digits[n + 1]
            if a != b:
                yield _signed(case.right, int(digits[:n] + b + a + digits[n + 2 :])), f"{a}{b} → {b}{a}"


def _dropped(case: _Case) -> _Made:
    for whole, decimals in _copies(case, case.places):
        for n in range(len(whole)):
            rest = whole[:n] + whole[n + 1 :]
            if rest and rest[0] != "0":
                yield _signed(case.right, int(rest + decimals)), whole[n]
    # One digit more moves up from behind. Without the last one itself it would only be truncated.
    for whole, decimals in _copies(case, case.places + 1):
        for n in range(_leading(whole, decimals), case.places):
            yield _signed(case.right, int(whole + decimals[:n] + decimals[n + 1 :])), decimals[n]


def _doubled(case: _Case) -> _Made:
    for whole, decimals, n, before in _gaps(case):
        digits = whole + decimals
        if n and n > before:
            yield _signed(case.right, int(digits[:n] + digits[n - 1] + digits[n:])), digits[n - 1]


def _inserted(case: _Case) -> _Made:
    for whole, decimals, n, before in _gaps(case):
        digits = whole + decimals
        for digit in "0123456789":
            # A zero before the first digit moves the point, and a digit after the last is no slip but an addition.
            if n < len(digits) and not (digit == "0" and n <= before):
                yield _signed(case.right, int(digits[:n] + digit + digits[n:])), digit


def _gaps(case: _Case) -> Iterator[tuple[str, str, int, int]]:
    """Yield the right value's digits before and behind the point, a place between two of them where one more gives as
    many decimals as are printed, and how many zeros they begin with."""
    if case.places:
        for whole, decimals in _copies(case, case.places - 1):
            for n in range(len(whole), len(whole) + len(decimals) + 1):
                yield whole, decimals, n, _leading(whole, decimals)
    for whole, decimals in _copies(case, case.places):
        for n in range(len(whole) + 1 if whole else 0):
            yield whole, decimals, n, 0


def _one_digit(case: _Case) -> _Made:
    for units in _rounded(case.right, case.places):
        digits = str(abs(units)).zfill(case.places + 1)
        for n, old in enumerate(digits):
            for new in "0123456789":
                if new != old:
                    yield _signed(units, int(digits[:n] + new + digits[n + 1 :])), f"{old} → {new}"


def _point(case: _Case) -> _Made:
    for by in MOVES:
        detail = f"{'×' if by > 0 else '÷'} {10 ** abs(by)}"
        for units in _rounded(case.right * Fraction(10) ** by, case.places):
            yield units, detail


# ── Other values ───────────────────────────────────────────────────────────────────────────────────────────


def _values(case: _Case, change: Callable[[Fraction], Fraction], written: str) -> _Made:
    for name, value in case.others.items():
        if value:
            for units in _rounded(change(value) * case.scale, case.places):
                yield units, written.format(name)


def _neighbour(case: _Case) -> _Made:
    return _values(case, lambda value: value, "{}")


def _negative(case: _Case) -> _Made:
    return _values(case, lambda value: -value, "−{}")


def _complement(case: _Case) -> _Made:
    return _values(case, lambda value: 1 - value, "1 − {}")


def _reciprocal(case: _Case) -> _Made:
    return _values(case, lambda value: 1 / value, "1/{}")


def _elsewhere(case: _Case) -> _Made:
    for where, value in case.earlier.items():
        exact = value * case.scale * 10**case.places
        if exact.denominator == 1:
            yield int(exact), where


_KINDS = (
    _Kind(Cause.TRUNCATED, _cut, 2),
    _Kind(Cause.LAST, _last, 5),
    _Kind(Cause.SIGN, _sign, 2),
    _Kind(Cause.SWAPPED, _swapped, 3),
    _Kind(Cause.DROPPED, _dropped, 3),
    _Kind(Cause.DOUBLED, _doubled, 3),
    _Kind(Cause.DOUBLED, _inserted, 4),
    _Kind(Cause.LAST, _further, 5),
    _Kind(Cause.DIGIT, _one_digit, 4),
    _Kind(Cause.POINT, _point, 2),
    _Kind(Cause.NEIGHBOUR, _neighbour, 3, pen=False),
    _Kind(Cause.NEIGHBOUR, _negative, 3, pen=False),
    _Kind(Cause.OPERATION, _complement, 3, pen=False),
    _Kind(Cause.OPERATION, _reciprocal, 3, pen=False),
    _Kind(Cause.EARLIER, _elsewhere, 4, pen=False),
)
"""The kinds of slip, the simplest first."""
