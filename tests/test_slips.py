"""Slips of the pen: planted ones are named, right numbers and numbers drawn at random are not."""

from __future__ import annotations

import random
from decimal import Decimal, localcontext

import pytest

from derive.errata.findings import Cause
from derive.errata.slips import Slip, slips

# From the golden numbers of the worked example, all to 30 digits.
OUT_O1 = "0.751365069552315707956911533485"
OUT_H1 = "0.593269992107187255173654561579"
OUT_H2 = "0.596884378259767056199873124857"
NET_O1 = "1.10590596705977007735940473082"
DW1 = "0.000438567734474346727048375599047"
DW7 = "-0.022602540477475059848496260697"
OTHERS = {
    "out_o1": OUT_O1,
    "out_h1": OUT_H1,
    "out_h2": OUT_H2,
    "net_o1": NET_O1,
    "E_o1": "0.274811083176154953591785888677",
    "E_o2": "0.0235600255838477350155960589894",
    "delta_o1": "0.138498561628556965982454032093",
    "delta_o2": "-0.0380982365165562165317303040579",
    "delta_h1": "0.00877135468948693454096751198094",
    "dE/dw5": "0.0821670405642307788464190335541",
    "dE/dw7": DW7,
}


@pytest.mark.parametrize(
    ("printed", "right", "cause", "detail"),
    [
        ("0.75136506", OUT_O1, Cause.TRUNCATED, ""),
        ("0.59", OUT_H2, Cause.TRUNCATED, ""),
        ("-0.02260254047747505", DW7, Cause.TRUNCATED, ""),
        ("4.385e-4", DW1, Cause.TRUNCATED, ""),
        ("0.75136508", OUT_O1, Cause.LAST, "+1"),
        ("0.75136505", OUT_O1, Cause.LAST, "−2"),
        ("0.800000", "0.799999", Cause.LAST, "+1"),  # no digit of it is right, and yet it is near
        ("-0.75136507", OUT_O1, Cause.SIGN, ""),
        ("0.0226", DW7, Cause.SIGN, ""),
        ("0.57136507", OUT_O1, Cause.SWAPPED, "75 → 57"),
        ("-0.026202540", DW7, Cause.SWAPPED, "26 → 62"),
        ("0.00048357", DW1, Cause.SWAPPED, "38 → 83"),
        ("12.43", "12.34", Cause.SWAPPED, "34 → 43"),
        ("0.7513507", OUT_O1, Cause.DROPPED, "6"),  # a digit fewer
        ("0.75135070", OUT_O1, Cause.DROPPED, "6"),  # 0.751365069… without its 6, rounded
        ("134.5", "1234.5", Cause.DROPPED, "2"),
        ("-0.0260254", DW7, Cause.DROPPED, "2"),
        ("0.751336507", OUT_O1, Cause.DOUBLED, "3"),
        ("0.7513365", OUT_O1, Cause.DOUBLED, "3"),
        ("11.1059", NET_O1, Cause.DOUBLED, "1"),
        ("0.751396507", OUT_O1, Cause.DOUBLED, "9"),
        ("0.75139507", OUT_O1, Cause.DIGIT, "6 → 9"),
        ("2.10590597", NET_O1, Cause.DIGIT, "1 → 2"),
        ("4.395677e-4", DW1, Cause.DIGIT, "8 → 9"),
        ("7.5136507", OUT_O1, Cause.POINT, "× 10"),
        ("0.00075137", OUT_O1, Cause.POINT, "÷ 1000"),
        ("0.226", "0.0226", Cause.POINT, "× 10"),  # not a zero dropped
        ("4.386e-3", DW1, Cause.POINT, "× 10"),
        ("0.35", "0.035", Cause.POINT, "× 10"),
        ("0.593269992", OUT_O1, Cause.NEIGHBOUR, "out_h1"),
        ("0.597", OUT_O1, Cause.NEIGHBOUR, "out_h2"),
        ("0.0226025405", OUT_O1, Cause.NEIGHBOUR, "−dE/dw7"),
        ("8.77135e-3", OUT_O1, Cause.NEIGHBOUR, "delta_h1"),
        ("0.2486349", OUT_H1, Cause.OPERATION, "1 − out_o1"),
        ("2.486349e-1", OUT_H1, Cause.OPERATION, "1 − out_o1"),
        ("1.685573202", OUT_O1, Cause.OPERATION, "1/out_h1"),
        ("0.31415", OUT_O1, Cause.EARLIER, "line 12"),
        ("3.1415e-1", OUT_O1, Cause.EARLIER, "line 12"),
    ],
)
def test_a_planted_slip_is_named(printed: str, right: str, cause: Cause, detail: str) -> None:
    assert slips(printed, right, OTHERS, {"line 12": "0.31415", "line 13": "0.5"}) == (Slip(cause, detail),)


@pytest.mark.parametrize(
    ("printed", "right"),
    [
        ("0.75136507", OUT_O1),
        ("0.751365070", OUT_O1),
        ("-0.0226", DW7),
        ("4.39e-4", DW1),
        ("1", NET_O1),
        ("0.13", "0.125"),  # both ways to round a tie
        ("0.12", "0.125"),
        ("0.250", "0.25"),
        ("-0.00", "0"),
    ],
)
def test_a_right_number_needs_no_explanation(printed: str, right: str) -> None:
    assert slips(printed, right, {**OTHERS, "same": printed}, {"line 1": printed}) == ()


@pytest.mark.parametrize(
    ("printed", "right", "why"),
    [
        ("0.75136079", OUT_O1, "published; more than one slip"),
        ("0.5", "0.05", "a random number of one digit would often do"),
        ("-0.5", "0.5", "one digit"),
        ("0.54", "0.45", "two digits"),
        ("0.59", OUT_O1, "two digits of a neighbour"),
        ("0.2600", "0.25", "the zeros at the end are no digits that agree"),
        ("0.500", "0.123", "a neighbour of one digit"),
        ("0.751", "0.758", "one digit of three"),
        ("-0.57136507", OUT_O1, "two slips at once"),
        ("0.000", OUT_O1, "no digit at all"),
        ("7.5136e-2", OUT_O1, "truncated, and the point moved"),
        ("1e999999999999999999999", OUT_O1, "too large to look at"),
        ("0." + "7" * 100, OUT_O1, "more digits than are known"),
    ],
)
def test_no_explanation_rather_than_a_weak_one(printed: str, right: str, why: str) -> None:
    assert slips(printed, right, {"half": "0.5", "out_h1": OUT_H1}) == (), why


def test_all_explanations_of_the_same_kind_are_given() -> None:
    assert slips("0.59327", OUT_O1, {"a": OUT_H1, "b": "0.59327004", "c": OUT_H2}) == (
        Slip(Cause.NEIGHBOUR, "a"),
        Slip(Cause.NEIGHBOUR, "b"),
    )


def test_the_more_others_there_are_the_more_digits_it_takes() -> None:
    draw = random.Random(2)
    crowd = {f"q{n}": str(draw.uniform(0.1, 1.0)) for n in range(200)} | {"out_h1": OUT_H1}
    assert slips("0.593", OUT_O1, {"out_h1": OUT_H1}) == (Slip(Cause.NEIGHBOUR, "out_h1"),)
    assert slips("0.593", OUT_O1, crowd) == ()
    assert slips("0.593270", OUT_O1, crowd) == (Slip(Cause.NEIGHBOUR, "out_h1"),)


def _plain(units: int, exponent: int) -> str:
    return f"{Decimal(units).scaleb(exponent):f}"


@pytest.mark.parametrize(("digits", "most"), [(1, 0), (2, 12), (3, 30), (4, 12), (5, 4), (6, 2), (8, 0)])
def test_numbers_drawn_at_random_are_hardly_ever_explained(digits: int, most: int) -> None:
    """Of 1000 random numbers as large as the right one. Measured: 0, 7, 22, 7, 0, 0 and 0, with 11 other values; each
    kind of slip may explain 1 in 100."""
    draw = random.Random(digits)
    explained = 0
    for _ in range(1000):
        right = draw.choice([*OTHERS.values()])
        units = draw.randrange(10 ** (digits - 1), 10**digits)
        printed = _plain(units, Decimal(right).adjusted() - digits + 1)
        explained += bool(slips(printed, right, OTHERS, {"line 1": "0.4321"}))
    assert explained <= most


def test_wrong_results_that_begin_right_are_hardly_ever_explained() -> None:
    """A number of eight digits, three of them right, is what a wrong calculation gives, not a slip of the pen."""
    draw = random.Random(1)
    explained = 0
    for _ in range(1000):
        right = draw.choice([v for v in OTHERS.values() if v[0] != "-"])
        first = int(str(Decimal(right).scaleb(2 - Decimal(right).adjusted()))[:3])
        printed = _plain(first * 10**5 + draw.randrange(10**5), Decimal(right).adjusted() - 7)
        explained += bool(slips(printed, right, OTHERS))
    assert explained <= 4


def test_every_random_slip_is_found() -> None:
    """Two digits swapped in a random value of eight digits: named so, unless it is a last digit that is off by a
    little or the same number."""
    draw = random.Random(5)
    for _ in range(200):
        with localcontext() as context:
            context.prec = 40
            right = Decimal(draw.randrange(10**39, 10**40)).scaleb(-40)
            digits = list(f"{round(right, 8):f}"[2:])
        at = draw.randrange(7)
        digits[at], digits[at + 1] = digits[at + 1], digits[at]
        found = slips("0." + "".join(digits), str(right))
        if digits[at] == digits[at + 1]:
            assert found == ()
        elif found[0].cause != Cause.SWAPPED:
            assert at == 6
            assert found[0].cause in (Cause.LAST, Cause.TRUNCATED)


@pytest.mark.parametrize("text", ["a", "1ex", "0.5.1"])
def test_what_is_no_decimal_is_refused(text: str) -> None:
    with pytest.raises((ArithmeticError, ValueError)):
        slips(text, OUT_O1)
