"""Slips of the pen: what each kind may make of the digits of the right value."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from derive.errata.slips.case import Case, Made, copies, leading, rounded, signed, truncated

MOVES = (1, -1, 2, -2, 3, -3)  # of the decimal point
LAST_UNITS, MORE_UNITS = (1, -1), (2, -2)


def cut(case: Case) -> Made:
    """Cut off behind the last digit, instead of rounded."""
    yield truncated(case.right, case.places), ""


def last(case: Case) -> Made:
    """One unit of the last digit more, or less."""
    yield from off_by(case, LAST_UNITS)


def further(case: Case) -> Made:
    """Two units of the last digit more, or less."""
    yield from off_by(case, MORE_UNITS)


def off_by(case: Case, units_: tuple[int, ...]) -> Made:
    for units in rounded(case.right, case.places):
        for by in units_:
            yield units + signed(case.right, by), f"{'+' if by > 0 else '−'}{abs(by)}"


def sign(case: Case) -> Made:
    """The other sign."""
    for units in rounded(case.right, case.places):
        yield -units, ""


def swapped(case: Case) -> Made:
    """Two digits next to each other, in the wrong order."""
    for whole, decimals in copies(case, case.places):
        digits = whole + decimals
        for n in range(len(digits) - 1):
            a, b = digits[n], digits[n + 1]
            if a != b:
                yield signed(case.right, int(digits[:n] + b + a + digits[n + 2 :])), f"{a}{b} → {b}{a}"


def dropped(case: Case) -> Made:
    """A digit left out."""
    for whole, decimals in copies(case, case.places):
        for n in range(len(whole)):
            rest = whole[:n] + whole[n + 1 :]
            if rest and rest[0] != "0":
                yield signed(case.right, int(rest + decimals)), whole[n]
    # One digit more moves up from behind. Without the last one itself it would only be truncated.
    for whole, decimals in copies(case, case.places + 1):
        for n in range(leading(whole, decimals), case.places):
            yield signed(case.right, int(whole + decimals[:n] + decimals[n + 1 :])), decimals[n]


def doubled(case: Case) -> Made:
    """A digit written twice."""
    for whole, decimals, n, before in gaps(case):
        digits = whole + decimals
        if n and n > before:
            yield signed(case.right, int(digits[:n] + digits[n - 1] + digits[n:])), digits[n - 1]


def inserted(case: Case) -> Made:
    """A digit too many."""
    for whole, decimals, n, before in gaps(case):
        digits = whole + decimals
        for digit in "0123456789":
            # A zero before the first digit moves the point, and a digit after the last is no slip but an addition.
            if n < len(digits) and not (digit == "0" and n <= before):
                yield signed(case.right, int(digits[:n] + digit + digits[n:])), digit


def gaps(case: Case) -> Iterator[tuple[str, str, int, int]]:
    """Yield the right value's digits before and behind the point, a place between two of them where one more gives as
    many decimals as are printed, and how many zeros they begin with."""
    if case.places:
        for whole, decimals in copies(case, case.places - 1):
            for n in range(len(whole), len(whole) + len(decimals) + 1):
                yield whole, decimals, n, leading(whole, decimals)
    for whole, decimals in copies(case, case.places):
        for n in range(len(whole) + 1 if whole else 0):
            yield whole, decimals, n, 0


def one_digit(case: Case) -> Made:
    """One digit instead of another."""
    for units in rounded(case.right, case.places):
        digits = str(abs(units)).zfill(case.places + 1)
        for n, old in enumerate(digits):
            for new in "0123456789":
                if new != old:
                    yield signed(units, int(digits[:n] + new + digits[n + 1 :])), f"{old} → {new}"


def point(case: Case) -> Made:
    """The decimal point in the wrong place."""
    for by in MOVES:
        detail = f"{'×' if by > 0 else '÷'} {10 ** abs(by)}"
        for units in rounded(case.right * Fraction(10) ** by, case.places):
            yield units, detail
