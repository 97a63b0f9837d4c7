"""Repairs of wrong formulas: mistakes planted in the formulas of the worked example are found where they are.

Whether a formula is right is judged here by an evaluator of its own, at random points.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest

from derive.errata.findings import Cause
from derive.errata.repair import Repair, is_slope, repairs
from derive.expression import (
    ONE,
    Add,
    Call,
    Cases,
    Diff,
    Diff2,
    Div,
    Expr,
    Hadamard,
    Mul,
    Neg,
    Num,
    Pow,
    Sum,
    Var,
    children,
    names,
)

POINTS = 4
X1, X2 = Var("x", 0, (1,)), Var("x", 0, (2,))
W1, W2, W3 = Var("w", 1, (1, 1)), Var("w", 1, (1, 2)), Var("w", 1, (2, 1))
W5, W6, W7, W8 = (Var("w", 2, (j, k)) for j in (1, 2) for k in (1, 2))
B1, B2 = Var("b", 1), Var("b", 2)
NET_H1, NET_H2, NET_O1, NET_O2 = (Var("net", n, (j,)) for n in (1, 2) for j in (1, 2))
H1, H2, O1, O2 = (Var("out", n, (j,)) for n in (1, 2) for j in (1, 2))
T1, T2 = Var("t", 2, (1,)), Var("t", 2, (2,))
D1, D2 = Var("delta", 2, (1,)), Var("delta", 2, (2,))
ETA, TOTAL = Var("eta"), Var("total")
ALL = [
    *(X1, X2, B1, B2, NET_H1, NET_H2, NET_O1, NET_O2, H1, H2, O1, O2, T1, T2, D1, D2, ETA, TOTAL),
    *(Var("w", n, (j, k)) for n in (1, 2) for j in (1, 2) for k in (1, 2)),
]


def add(*args: Expr) -> Expr:
    return Add(args)


def mul(*args: Expr) -> Expr:
    return Mul(args)


def num(value: int | str) -> Num:
    return Num(Fraction(value))


def less(a: Expr, b: Expr) -> Expr:
    return Add((a, Neg(b)))


def slope(a: Expr) -> tuple[Expr, Expr]:
    return a, less(ONE, a)


def value(e: Expr, point: int) -> float:
    """Return what `e` is at a random point, at which every name and derivative has a value of its own."""
    match e:
        case Num(exact):
            return float(exact)
        case Add(args):
            return sum(value(a, point) for a in args)
        case Mul(args):
            return math.prod(value(a, point) for a in args)
        case Neg(a):
            return -value(a, point)
        case Div(a, b):
            return value(a, point) / value(b, point)
        case Pow(a, n):
            return value(a, point) ** n
        case Call("exp", a):
            return math.exp(value(a, point))
        case Call("log", a):
            return math.log(value(a, point))
        case Sum(a, _, size):
            return size * value(a, point)
        case Var() | Diff() | Diff2():
            return random.Random(f"{point}: {e}").uniform(0.2, 0.9)
    raise NotImplementedError(e)


def same(a: Expr, b: Expr) -> bool:
    try:
        return all(math.isclose(value(a, n), value(b, n), rel_tol=1e-9) for n in range(POINTS))
    except (ArithmeticError, ValueError):
        return False


def others(leaf: Expr) -> Sequence[Expr]:
    return [name for name in ALL if name.kind == leaf.kind and name != leaf] if isinstance(leaf, Var) else []


def parts(e: Expr) -> Iterator[Expr]:
    """Yield the terms and factors of a formula."""
    if isinstance(e, Add | Mul):
        yield from e.args
    for part in children(e):
        yield from parts(part)


def mended(wrong: Expr, right: Expr, more: Sequence[Expr] = (), budget: int = 4000) -> tuple[Repair, ...]:
    assert not same(wrong, right)
    return repairs(wrong, lambda e: same(e, right), others, [*parts(right), *more], budget)


def at(e: Expr, path: Sequence[int]) -> Expr:
    for n in path:
        e = children(e)[n]
    return e


NET = add(mul(W1, X1), mul(W2, X2), B1)
OUT = Div(ONE, add(ONE, Call("exp", Neg(NET_H1))))
LONG_OUT = Div(ONE, add(ONE, Call("exp", Neg(NET))))
ERROR = add(mul(num("1/2"), Pow(less(T1, O1), 2)), mul(num("1/2"), Pow(less(T2, O2), 2)))
ENTROPY = Neg(add(mul(T1, Call("log", O1)), mul(less(ONE, T1), Call("log", less(ONE, O1)))))
GRADIENT = mul(Neg(less(T1, O1)), *slope(O1), H1)
HIDDEN = mul(add(mul(D1, W5), mul(D2, W7)), *slope(H1), X1)
UPDATE = less(W5, mul(ETA, D1, H1))
TANH = mul(less(T1, O1), less(ONE, Pow(O1, 2)), H1)
CHAIN = mul(Diff(TOTAL, O1), Diff(O1, NET_O1, True), Diff(NET_O1, W5, True))
SHORT = mul(less(O1, T1), H1)  # with cross-entropy
PATHS = mul(add(mul(D1, W5), mul(D2, W7)), *slope(H1))

PLANTED = {
    "another input": (NET, add(mul(W1, X1), mul(W2, X1), B1), Cause.INDEX, (1, 1), X1, X2),
    "another weight": (HIDDEN, mul(add(mul(D1, W5), mul(D2, W6)), *slope(H1), X1), Cause.INDEX, (0, 1, 1), W6, W7),
    "another target": (GRADIENT, mul(Neg(less(T2, O1)), *slope(O1), H1), Cause.TARGET, (0, 0, 0), T2, T1),
    "another bias": (NET, add(mul(W1, X1), mul(W2, X2), B2), Cause.BIAS, (2,), B2, B1),
    "another neuron in a chain": (
        CHAIN,
        mul(Diff(TOTAL, O1), Diff(O1, NET_O2, True), Diff(NET_O1, W5, True)),
        *(Cause.INDEX, (1,), Diff(O1, NET_O2, True), Diff(O1, NET_O1, True)),
    ),
    "half a slope": (GRADIENT, mul(Neg(less(T1, O1)), O1, less(ONE, O2), H1), Cause.INDEX, (2, 1, 0), O2, O1),
    "slope of tanh": (TANH, mul(less(T1, O1), less(ONE, Pow(O2, 2)), H1), Cause.SLOPE_OF, (1, 1, 0, 0), O2, O1),
    "sign of the whole": (
        GRADIENT,
        mul(less(T1, O1), *slope(O1), H1),
        *(Cause.SIGN, (), mul(less(T1, O1), *slope(O1), H1), Neg(mul(less(T1, O1), *slope(O1), H1))),
    ),
    "minus too many": (TANH, mul(Neg(less(T1, O1)), less(ONE, Pow(O1, 2)), H1), Cause.SIGN, (0,), Neg(less(T1, O1)),
                       less(T1, O1)),
    "sign of a term": (UPDATE, add(W5, mul(ETA, D1, H1)), Cause.SIGN, (1,), mul(ETA, D1, H1), Neg(mul(ETA, D1, H1))),
    "one plus out": (
        GRADIENT,
        mul(Neg(less(T1, O1)), O1, add(ONE, O1), H1),
        *(Cause.SIGN, (2, 1), O1, Neg(O1)),
    ),
    "sign in the exponent": (OUT, Div(ONE, add(ONE, Call("exp", NET_H1))), Cause.EXPONENT, (1, 1, 0), NET_H1,
                             Neg(NET_H1)),
    "sign of a part of the exponent": (
        Div(ONE, add(ONE, Call("exp", less(Neg(mul(W1, X1)), B1)))),
        Div(ONE, add(ONE, Call("exp", add(Neg(mul(W1, X1)), B1)))),
        *(Cause.EXPONENT, (1, 1, 0, 1), B1, Neg(B1)),
    ),
    "slope of another neuron": (
        HIDDEN,
        mul(add(mul(D1, W5), mul(D2, W7)), *slope(H2), X1),
        *(Cause.SLOPE_OF, (), mul(add(mul(D1, W5), mul(D2, W7)), *slope(H2), X1), HIDDEN),
    ),
    "one name twice": (
        add(mul(D1, W5), mul(D1, W6)),
        add(mul(D2, W5), mul(D2, W6)),
        *(Cause.INDEX, (), add(mul(D2, W5), mul(D2, W6)), add(mul(D1, W5), mul(D1, W6))),
    ),
    "one name twice in a chain": (
        mul(Diff(TOTAL, H1), Diff(H1, NET_H1), X1),
        mul(Diff(TOTAL, H2), Diff(H2, NET_H1), X1),
        Cause.INDEX,
        (),
        mul(Diff(TOTAL, H2), Diff(H2, NET_H1), X1),
        mul(Diff(TOTAL, H1), Diff(H1, NET_H1), X1),
    ),
    "names swapped": (SHORT, mul(less(T1, O1), H1), Cause.SIGN, (), mul(less(T1, O1), H1), Neg(mul(less(T1, O1), H1))),
    "weights swapped": (
        add(mul(D1, W5), mul(D2, W7), B1),
        add(mul(D1, W7), mul(D2, W5), B1),
        *(Cause.SWAP, (), add(mul(D1, W7), mul(D2, W5), B1), add(mul(D2, W7), mul(D1, W5), B1)),
    ),
    "derivative upside down": (
        CHAIN,
        mul(Diff(TOTAL, O1), Diff(NET_O1, O1, True), Diff(NET_O1, W5, True)),
        *(Cause.SWAP, (1,), Diff(NET_O1, O1, True), Diff(O1, NET_O1, True)),
    ),
    "term too many": (mul(D1, W5, H1), mul(add(mul(D1, W5), mul(D2, W7)), H1), Cause.TERM_EXTRA, (0, 1), mul(D2, W7),
                      None),
    "factor too many": (UPDATE, less(W5, mul(ETA, D1, H1, X1)), Cause.FACTOR_EXTRA, (1, 0, 3), X1, None),
    "denominator too many": (mul(D1, H1), Div(mul(D1, H1), ETA), Cause.FACTOR_EXTRA, (1,), ETA, None),
    "slope after cross-entropy": (SHORT, mul(less(O1, T1), *slope(O1), H1), Cause.SLOPE_EXTRA, (), mul(*slope(O1)),
                                  None),
    "slope in parentheses": (SHORT, mul(less(O1, T1), mul(*slope(O1)), H1), Cause.SLOPE_EXTRA, (1,), mul(*slope(O1)),
                             None),
    "slope as a derivative": (
        mul(Diff(TOTAL, NET_O1), H1),
        mul(Diff(TOTAL, NET_O1), Diff(O1, NET_O1), H1),
        *(Cause.SLOPE_EXTRA, (1,), Diff(O1, NET_O1), None),
    ),
    "slope of tanh too many": (SHORT, mul(less(O1, T1), less(ONE, Pow(O1, 2)), H1), Cause.SLOPE_EXTRA, (1,),
                               less(ONE, Pow(O1, 2)), None),
    "number too many": (SHORT, mul(num(2), less(O1, T1), H1), Cause.CONSTANT, (0,), num(2), None),
    "bias missing": (NET, add(mul(W1, X1), mul(W2, X2)), Cause.TERM_MISSING, (), None, B1),
    "bias missing in the exponent": (
        LONG_OUT,
        Div(ONE, add(ONE, Call("exp", Neg(add(mul(W1, X1), mul(W2, X2)))))),
        *(Cause.TERM_MISSING, (1, 1, 0, 0), None, B1),
    ),
    "target missing": (GRADIENT, mul(O1, *slope(O1), H1), Cause.TERM_MISSING, (0,), None, Neg(T1)),
    "path missing": (HIDDEN, mul(D1, W5, *slope(H1), X1), Cause.TERM_MISSING, (), None, mul(D2, W7)),
    "error of one output missing": (
        ERROR,
        mul(num("1/2"), Pow(less(T1, O1), 2)),
        *(Cause.TERM_MISSING, (), None, mul(num("1/2"), Pow(less(T2, O2), 2))),
    ),
    "factor missing": (GRADIENT, mul(Neg(less(T1, O1)), *slope(O1)), Cause.FACTOR_MISSING, (), None, H1),
    "learning rate missing": (UPDATE, less(W5, mul(D1, H1)), Cause.FACTOR_MISSING, (1, 0), None, ETA),
    "weight missing": (HIDDEN, mul(add(mul(D1, W5), D2), *slope(H1), X1), Cause.FACTOR_MISSING, (0, 1), None, W7),
    "slope missing": (
        mul(less(O1, T1), mul(*slope(O1)), H1),
        mul(less(O1, T1), H1),
        *(Cause.SLOPE_MISSING, (), None, mul(*slope(O1))),
    ),
    "slope missing in a chain": (
        CHAIN,
        mul(Diff(TOTAL, O1), Diff(NET_O1, W5, True)),
        *(Cause.SLOPE_MISSING, (), None, Diff(O1, NET_O1, True)),
    ),
    "number missing": (mul(num(2), less(O1, T1), H1), mul(less(O1, T1), H1), Cause.CONSTANT, (), None, num(2)),
    "number missing in a quotient": (
        Div(D1, mul(num(3), H1)),
        Div(D1, H1),
        *(Cause.CONSTANT, (), Div(D1, H1), Div(Div(D1, H1), num(3))),
    ),
    "two for three": (
        mul(num(3), D1, add(num(3), H1)),
        mul(num(3), D1, add(num(6), H1)),
        *(Cause.CONSTANT, (2, 0), num(6), num(3)),
    ),
    "half missing": (
        Div(Pow(less(T1, O1), 2), num(2)),
        Pow(less(T1, O1), 2),
        *(Cause.CONSTANT, (), Pow(less(T1, O1), 2), Div(Pow(less(T1, O1), 2), num(2))),
    ),
    "another number": (mul(num(2), D1, H1), mul(num(6), D1, H1), Cause.CONSTANT, (0,), num(6), num(2)),
    "square missing": (
        mul(num("1/2"), Pow(less(T1, O1), 2)),
        mul(num("1/2"), less(T1, O1)),
        *(Cause.POWER, (1,), less(T1, O1), Pow(less(T1, O1), 2)),
    ),
    "square too many": (D1, Pow(D1, 2), Cause.POWER, (), Pow(D1, 2), D1),
    "cube": (Pow(D1, 2), Pow(D1, 3), Cause.POWER, (), Pow(D1, 3), Pow(D1, 2)),
    "sum for product": (mul(D1, H1), add(D1, H1), Cause.OPERATION, (), add(D1, H1), mul(D1, H1)),
    "difference for product": (mul(W1, X1), less(W1, X1), Cause.OPERATION, (), less(W1, X1), mul(W1, X1)),
    "product for sum": (
        add(mul(W1, X1), B1),
        mul(W1, X1, B1),
        *(Cause.OPERATION, (), mul(W1, X1, B1), add(mul(W1, X1), B1)),
    ),
    "product for difference": (less(O1, T1), mul(O1, T1), Cause.OPERATION, (), mul(O1, T1), less(O1, T1)),
    "quotient for product": (mul(D1, H1), Div(D1, H1), Cause.OPERATION, (), Div(D1, H1), mul(D1, H1)),
    "upside down": (Div(D1, add(ONE, H1)), Div(add(ONE, H1), D1), Cause.OPERATION, (), Div(add(ONE, H1), D1),
                    Div(D1, add(ONE, H1))),
    "a factor squared": (mul(D1, Pow(H1, 2)), mul(D1, H1), Cause.POWER, (1,), H1, Pow(H1, 2)),
    "without its reciprocal": (OUT, add(ONE, Call("exp", Neg(NET_H1))), Cause.OPERATION, (),
                               add(ONE, Call("exp", Neg(NET_H1))), OUT),
    "sign in the entropy": (ENTROPY, ENTROPY.arg, Cause.SIGN, (), ENTROPY.arg, ENTROPY),
    "bounds of a sum": (Neg(Sum(mul(W1, X1), "k", 3)), Sum(mul(W1, X1), "k", 3), Cause.SIGN, (),
                        Sum(mul(W1, X1), "k", 3), Neg(Sum(mul(W1, X1), "k", 3))),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_found_where_it_is(name: str) -> None:
    right, wrong, cause, path, before, after = PLANTED[name]
    found = mended(wrong, right, more=[H1])
    assert found, "nothing was found"
    assert (found[0].cause, found[0].path, found[0].before, found[0].after) == (cause, path, before, after)
    for repair in found:
        assert same(repair.whole, right)
        if repair.before is not None and repair.after is not None:
            assert at(wrong, repair.path) == repair.before


WHOLE = [name for name in PLANTED if name not in ("target missing", "sign of the whole", "names swapped")]
"""Of which the repaired formula is the right one in the order in which it is written."""


@pytest.mark.parametrize("name", [n for n in WHOLE if " missing" not in n and n != "weights swapped"])
def test_the_repaired_formula_is_the_right_one(name: str) -> None:
    right, wrong, *_ = PLANTED[name]
    assert mended(wrong, right)[0].whole == right


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("bias missing", NET),
        ("bias missing in the exponent", LONG_OUT),
        ("path missing", HIDDEN),
        ("error of one output missing", ERROR),
        ("factor missing", GRADIENT),
        ("weight missing", HIDDEN),
        ("target missing", mul(less(O1, T1), *slope(O1), H1)),
        ("learning rate missing", less(W5, mul(D1, H1, ETA))),
        ("slope missing", mul(less(O1, T1), H1, *slope(O1))),
        ("number missing", mul(num(2), less(O1, T1), H1)),
        ("weights swapped", add(mul(D1, W5), mul(D2, W7), B1)),
    ],
)
def test_what_is_added_stands_at_the_end(name: str, whole: Expr) -> None:
    right, wrong, *_ = PLANTED[name]
    assert any(repair.whole == whole for repair in mended(wrong, right))


def test_all_of_the_simplest_kind_are_given() -> None:
    """w₅ and w₇ may have been swapped, or the error signals beside them."""
    found = mended(add(mul(D1, W7), mul(D2, W5)), add(mul(D1, W5), mul(D2, W7)))
    assert {repair.cause for repair in found} == {Cause.SWAP}
    assert [repair.whole for repair in found] == [add(mul(D2, W7), mul(D1, W5)), add(mul(D1, W5), mul(D2, W7))]


def test_a_sign_is_found_in_one_place_only() -> None:
    """A minus before any factor of a product would do; one change is told, not four."""
    for name in ("sign of the whole", "minus too many", "sign of a term", "sign in the exponent"):
        right, wrong, *_ = PLANTED[name]
        assert len(mended(wrong, right)) == 1


@pytest.mark.parametrize("budget", [0, 1, 7, 60])
def test_no_more_is_asked_than_the_budget_allows(budget: int) -> None:
    asked: list[Expr] = []

    def right(e: Expr) -> bool:
        asked.append(e)
        return False

    assert repairs(HIDDEN, right, others, list(parts(GRADIENT)), budget) == ()
    assert len(asked) == budget
    assert len(set(asked)) == budget  # nothing is asked twice
    assert HIDDEN not in asked


def test_what_was_found_when_the_budget_ends_is_given() -> None:
    assert mended(PLANTED["another input"][1], NET, budget=16)[0].after == X2
    assert mended(PLANTED["another input"][1], NET, budget=15) == ()


def test_two_mistakes_are_not_repaired() -> None:
    assert mended(add(mul(W1, X2), mul(W2, X1)), less(mul(W3, X1), mul(W2, X2))) == ()


def test_the_same_is_found_each_time_and_nothing_is_changed() -> None:
    right, wrong, *_ = PLANTED["path missing"]
    before = repr(wrong)
    assert mended(wrong, right) == mended(wrong, right)
    assert repr(wrong) == before


def test_an_alternative_that_is_given_first_is_tried_first() -> None:
    tried: list[Expr] = []
    found = repairs(X1, lambda e: not tried.append(e) and e == T1, lambda _: [X2, T1, T2])
    assert tried[:3] == [X2, T1, T2]
    assert [r.after for r in found] == [T1]


def test_another_derivative_stands_in_for_one() -> None:
    other = Diff(TOTAL, O2)

    def alternatives(leaf: Expr) -> Sequence[Expr]:
        return [other] if isinstance(leaf, Diff) else []

    found = repairs(mul(Diff(TOTAL, O1), H1), lambda e: e == mul(other, H1), alternatives)
    assert found == (Repair(Cause.INDEX, (0,), Diff(TOTAL, O1), other, mul(other, H1), "replaced"),)


@pytest.mark.parametrize(
    ("e", "yes"),
    [
        (mul(*slope(O1)), True),
        (mul(less(ONE, O1), O1), True),
        (mul(O1, add(Neg(O1), ONE)), True),
        (mul(O1, H1, less(ONE, H1), less(ONE, O1)), True),
        (Hadamard(slope(O1)), True),
        (less(ONE, Pow(O1, 2)), True),
        (less(ONE, mul(O1, O1)), True),
        (Diff(O1, NET_O1), True),
        (Cases(NET_O1, ONE, num(0)), True),
        (mul(O1, less(ONE, O2)), False),
        (mul(O1, O1, less(ONE, O1)), False),
        (less(ONE, Pow(O1, 3)), False),
        (less(ONE, O1), False),
        (Diff(NET_O1, O1), False),
        (Diff(O1, NET_H1), False),
        (Cases(NET_O1, NET_O1, num(0)), False),
        (O1, False),
    ],
)
def test_the_forms_of_a_slope(e: Expr, yes: bool) -> None:
    assert is_slope(e) == yes


def test_formulas_that_have_nothing_in_common_are_not_one_change_apart() -> None:
    formulas = [NET, OUT, LONG_OUT, ERROR, GRADIENT, HIDDEN, UPDATE, TANH, CHAIN]
    for one in formulas:
        for two in formulas:
            pair = {id(one), id(two)}
            if one is not two and set(names(one)) != set(names(two)) and pair != {id(OUT), id(LONG_OUT)}:
                assert repairs(one, lambda e, two=two: same(e, two), others, [], 300) == ()
