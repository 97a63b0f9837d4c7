"""Claims with roots, erf, sin, cos and π; with branches in branches; and chains in models that have no layers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from test_kernel import Equations, add, d, local, minus, mul, num, refuted, step

from derive.check.kernel import Checker
from derive.check.verdict import Agrees, Condition, Doubt, Fault, Proved, Refuted, Undecided, passes
from derive.derivation import ChainRule, LocalDerivative, Numbers, Rewriting, SumOverPaths
from derive.expression import ONE, ZERO, At, Call, Cases, Const, Div, Expr, Mul, Neg, Pow, Var

PI = Const("pi")
X, Y = Var("x", 0, (1,)), Var("x", 0, (2,))
NET, OUT, TOTAL = Var("net", 1, (1,)), Var("out", 1, (1,)), Var("total")
SEEDS = range(6)


def sqrt(e: Expr) -> Expr:
    return Call("sqrt", e)


def exp(e: Expr) -> Expr:
    return Call("exp", e)


def erf(e: Expr) -> Expr:
    return Call("erf", e)


def checker(point: dict[Var, str], equations: dict[Var, Expr] | None = None, seed: int = 0) -> Checker:
    return Checker(Equations(equations or {}), {name: Fraction(value) for name, value in point.items()}, seed)


# ── Activations ──────────────────────────────────────────────────────────────────────────────────────────────

W, B = Var("w", 1, (1, 1)), Var("b", 1, (1,))
POINT = {X: "0.7", Y: "0.3", W: "-1.3", B: "0.4"}
HALF = num("1/2")
CUBIC = mul(sqrt(Div(num(2), PI)), add(NET, mul(num("0.044715"), Pow(NET, 3))))
TANH = Call("tanh", CUBIC)
DENSITY = Div(exp(Neg(Div(Pow(NET, 2), num(2)))), sqrt(mul(num(2), PI)))

# The definition of out, and its slope as SymPy or a textbook writes it.
SLOPES: dict[str, tuple[Expr, Expr]] = {
    "GELU, by SymPy": (
        mul(HALF, NET, add(ONE, erf(Div(NET, sqrt(num(2)))))),
        add(
            Div(mul(sqrt(num(2)), NET, exp(Neg(Div(Pow(NET, 2), num(2))))), mul(num(2), sqrt(PI))),
            Div(erf(Div(mul(sqrt(num(2)), NET), num(2))), num(2)),
            HALF,
        ),
    ),
    "GELU, by Hendrycks & Gimpel": (
        mul(NET, HALF, add(ONE, erf(Div(NET, sqrt(num(2)))))),
        add(mul(HALF, add(ONE, erf(Div(NET, sqrt(num(2)))))), mul(NET, DENSITY)),
    ),
    "GELU, by tanh": (
        mul(HALF, NET, add(ONE, TANH)),
        add(
            mul(HALF, add(ONE, TANH)),
            mul(
                HALF, NET, minus(ONE, Pow(TANH, 2)), sqrt(Div(num(2), PI)),
                add(ONE, mul(num("0.134145"), Pow(NET, 2))),
            ),
        ),
    ),
    "SiLU": (
        Div(NET, add(ONE, exp(Neg(NET)))),
        add(OUT, mul(Div(ONE, add(ONE, exp(Neg(NET)))), minus(ONE, OUT))),
    ),
    "mish": (
        mul(NET, Call("tanh", Call("log", add(ONE, exp(NET))))),
        # Misra (2019), with ω and δ.
        Div(
            mul(exp(NET), add(
                mul(num(4), add(NET, ONE)), mul(num(4), exp(mul(num(2), NET))), exp(mul(num(3), NET)),
                mul(exp(NET), add(mul(num(4), NET), num(6))),
            )),
            Pow(add(mul(num(2), exp(NET)), exp(mul(num(2), NET)), num(2)), 2),
        ),
    ),
    "a root": (sqrt(add(Pow(NET, 2), ONE)), Div(NET, OUT)),
    "waves": (Call("sin", Pow(NET, 2)), mul(num(2), NET, Call("cos", Pow(NET, 2)))),
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SLOPES)
def test_slopes_are_proved_and_with_a_fault_refuted(name: str, seed: int) -> None:
    made, slope = SLOPES[name]
    found = checker(POINT, {NET: add(mul(W, X), B), OUT: made}, seed)
    verdict = found.check(step("slope", LocalDerivative, local(OUT, NET), slope))
    assert isinstance(verdict, Proved)
    assert verdict.exponent is not None
    assert verdict.exponent < -100
    assert isinstance(found.equal(d(OUT, W), mul(slope, X)), Proved)
    for wrong in (Neg(slope), mul(num("1.0005"), slope), add(slope, num("1e-40")), made):
        refuted(found.equal(local(OUT, NET), wrong))


def test_a_region_is_stated_for_roots_of_quantities_only() -> None:
    verdict = checker(POINT).equal(sqrt(mul(num(2), PI, X, X)), mul(sqrt(num(2)), sqrt(PI), X))
    assert isinstance(verdict, Proved)
    assert verdict.region == (Condition(mul(num(2), PI, X, X), 1),)
    verdict = checker(POINT).equal(mul(sqrt(mul(num(2), PI)), X), mul(sqrt(num(2)), sqrt(PI), X))
    assert isinstance(verdict, Proved)
    assert verdict.region == ()


# ── Roots ────────────────────────────────────────────────────────────────────────────────────────────────────

M, G, EPS, ETA = Var("b", 1, (2,)), Var("b", 1, (3,)), Var("b", 1, (4,)), Var("eta")
MEAN, SQUARE = Var("net", 1, (7,)), Var("net", 1, (8,))
ADAM = {MEAN: Div(mul(num("0.1"), G), num("0.1")), SQUARE: Div(mul(num("0.001"), Pow(G, 2)), num("0.001"))}
MOMENTS = {**POINT, M: "0.2", G: "-0.08", EPS: "1e-8", ETA: "0.001"}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_formulas_of_optimisers(seed: int) -> None:
    found = checker(MOMENTS, dict(ADAM), seed)
    change = Div(mul(ETA, MEAN), add(sqrt(SQUARE), EPS))
    verdict = found.equal(change, mul(ETA, Div(MEAN, add(EPS, sqrt(SQUARE)))))
    assert isinstance(verdict, Proved)
    assert verdict.region == ()
    # The first step of Adam is η in the direction against the gradient: √g² is |g|, and g is negative here.
    verdict = found.equal(change, Div(mul(ETA, G), minus(EPS, G)))
    assert isinstance(verdict, Proved)
    assert verdict.region == (Condition(SQUARE, 1),)
    refuted(found.equal(change, Div(mul(ETA, G), add(G, EPS))))
    refuted(found.equal(change, Div(mul(ETA, MEAN), sqrt(add(SQUARE, EPS)))))
    put_in = found.check(step("numbers", Numbers, change, At(change)))
    assert passes(put_in)


TRUE: dict[str, tuple[Expr, Expr]] = {
    "squared": (Pow(sqrt(X), 2), X),
    "of a square": (sqrt(Pow(X, 2)), X),
    "of a square of a negative": (sqrt(Pow(W, 2)), Neg(W)),
    "of a product": (sqrt(mul(X, Y)), mul(sqrt(X), sqrt(Y))),
    "of a quotient": (Div(X, sqrt(X)), sqrt(X)),
    "a rational denominator": (Div(ONE, add(sqrt(X), ONE)), Div(minus(sqrt(X), ONE), minus(X, ONE))),
    "of a number": (sqrt(num(12)), mul(num(2), sqrt(num(3)))),
    "of a square number": (mul(sqrt(num(9)), X), mul(num(3), X)),
    "of numbers": (mul(sqrt(num(15)), sqrt(num(21)), X), mul(num(3), sqrt(num(35)), X)),
    "He's": (sqrt(Div(num(2), num(3))), Div(sqrt(num(6)), num(3))),
    "of an exponential": (sqrt(exp(X)), exp(Div(X, num(2)))),
    "of a root": (Pow(sqrt(sqrt(X)), 4), X),
}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TRUE)
def test_laws_of_roots_are_proved_where_they_hold(name: str, seed: int) -> None:
    lhs, rhs = TRUE[name]
    found = checker(POINT, seed=seed)
    assert isinstance(found.equal(lhs, rhs), Proved)
    # The other sign is as good in the field. It is the real numbers that know.
    refuted(found.equal(lhs, Neg(rhs)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("lhs", "rhs", "draw"),
    [
        (sqrt(Pow(W, 2)), W, 0),
        (sqrt(add(X, Y)), add(sqrt(X), sqrt(Y)), 0),
        (mul(sqrt(num(15)), sqrt(num(21)), X), mul(num(-3), sqrt(num(35)), X), 0),
        # At the given point, where w + 1.3 is 0, any branch will do: not near it.
        (mul(sqrt(Pow(X, 2)), add(W, num("1.3"))), mul(Neg(X), add(W, num("1.3"))), 1),
        (sqrt(Pow(X, 2)), num("0.7"), 1),
    ],
)
def test_the_wrong_branch_is_refuted(lhs: Expr, rhs: Expr, draw: int, seed: int) -> None:
    verdict = refuted(checker(POINT, seed=seed).equal(lhs, rhs))
    assert verdict.witness is not None
    assert verdict.witness.draw == draw


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (add(Pow(Call("sin", X), 2), Pow(Call("cos", X), 2)), ONE),
        (Call("sin", mul(num(2), X)), mul(num(2), Call("sin", X), Call("cos", X))),
        (Call("sin", PI), ZERO),
        (Call("log", sqrt(X)), Div(Call("log", X), num(2))),
    ],
)
def test_what_is_true_and_not_seen_is_undecided(lhs: Expr, rhs: Expr) -> None:
    assert checker(POINT).equal(lhs, rhs) == Undecided(Doubt.UNPROVEN)


def test_a_root_that_is_not_there() -> None:
    assert checker(POINT).equal(sqrt(W), sqrt(W)) == Undecided(Doubt.DOMAIN)


def test_at_zero_a_root_has_a_value_and_no_slope() -> None:
    found = checker({**POINT, X: "0"}, {OUT: sqrt(Pow(X, 2))})
    verdict = found.equal(OUT, ZERO, at_point=True)
    assert verdict == Proved(None, ())
    assert isinstance(found.equal(Div(Y, add(OUT, ONE)), Div(mul(Y, num(2)), add(num(2), mul(OUT, num(2))))), Proved)
    # √x² is x on one side of 0 and −x on the other. That its slope is x/√x² holds on both, where it has one.
    for wrong in (X, Neg(X)):
        assert not passes(found.equal(OUT, wrong))
        assert not passes(found.equal(d(OUT, X), Div(wrong, X)))
    assert isinstance(found.equal(d(OUT, X), Div(X, OUT)), Proved)
    assert found.equal(d(OUT, X), ONE, at_point=True) == Undecided(Doubt.DIVISION)


# ── Branches ─────────────────────────────────────────────────────────────────────────────────────────────────

HARD_TANH = Cases(minus(NET, ONE), ONE, Cases(minus(Neg(ONE), NET), Neg(ONE), NET))
HUBER = Cases(
    minus(NET, ONE), minus(NET, HALF), Cases(minus(Neg(ONE), NET), minus(Neg(NET), HALF), mul(HALF, Pow(NET, 2)))
)
ABSOLUTE = Cases(NET, NET, Cases(Neg(NET), Neg(NET), ZERO))
ABOVE, BELOW = minus(NET, ONE), minus(Neg(ONE), NET)


@pytest.mark.parametrize(
    ("made", "at", "value", "formula", "region"),
    [
        (HARD_TANH, "0.5", "0.5", 1, ((ABOVE, -1), (BELOW, -1))),
        (HARD_TANH, "1", "1", 1, ((ABOVE, 0), (BELOW, -1))),
        (HARD_TANH, "-1", "-1", 1, ((ABOVE, -1), (BELOW, 0))),
        (HARD_TANH, "3", "1", 0, ((ABOVE, 1),)),
        (HARD_TANH, "-3", "-1", 0, ((ABOVE, -1), (BELOW, 1))),
        (HUBER, "1", "0.5", NET, ((ABOVE, 0), (BELOW, -1))),
        (HUBER, "-1", "0.5", NET, ((ABOVE, -1), (BELOW, 0))),
        (HUBER, "-2", "1.5", -1, ((ABOVE, -1), (BELOW, 1))),
        (ABSOLUTE, "0", "0", 0, ((NET, 0), (Neg(NET), 0))),
        (ABSOLUTE, "-2", "2", -1, ((NET, -1), (Neg(NET), 1))),
        (ABSOLUTE, "2", "2", 1, ((NET, 1),)),
    ],
)
def test_branches_in_branches(
    made: Expr, at: str, value: str, formula: Expr | int, region: tuple[tuple[Expr, int], ...]
) -> None:
    found = checker({**POINT, X: at}, {NET: add(X, mul(num(0), B)), OUT: made, TOTAL: Pow(OUT, 3)})
    slope = formula if isinstance(formula, Expr) else num(formula)
    conditions = tuple(Condition(*pair) for pair in region)
    assert found.here.measure(OUT)[0].value == Fraction(value)
    for wrt in (NET, X):
        verdict = found.equal(d(OUT, wrt), slope)
        assert isinstance(verdict, Proved)
        assert verdict.region == conditions
    verdict = found.equal(d(TOTAL, X), mul(num(3), Pow(OUT, 2), slope))
    assert isinstance(verdict, Proved)
    assert set(verdict.region) == set(conditions)
    refuted(found.equal(d(OUT, X), add(slope, num(1))))
    at_point = found.check(step("numbers", Numbers, d(OUT, X), slope))
    assert isinstance(at_point, Proved | Agrees)
    assert set(at_point.region) == set(conditions)


# ── Models without layers ────────────────────────────────────────────────────────────────────────────────────

W_, LAMBDA = Var("w"), Var("lambda")
Z, P, L = Var("z"), Var("p"), Var("L")
MODEL = {
    Z: add(mul(W_, X), B),
    P: Div(ONE, add(ONE, exp(Neg(Z)))),
    L: Neg(add(mul(Y, Call("log", P)), mul(minus(ONE, Y), Call("log", minus(ONE, P))))),
    TOTAL: add(L, mul(Div(LAMBDA, num(2)), Pow(W_, 2))),
}
GIVEN = {**POINT, W_: "0.6", LAMBDA: "0.1"}


def test_a_parameter_in_the_loss_itself_is_a_path_of_one_edge() -> None:
    found = checker(GIVEN, dict(MODEL))
    along = mul(local(TOTAL, L), local(L, P), local(P, Z), local(Z, W_))
    steps = [
        step("paths", SumOverPaths, d(TOTAL, W_), add(along, local(TOTAL, W_))),
        step("the other order", SumOverPaths, d(TOTAL, W_), add(local(TOTAL, W_), mul(d(TOTAL, Z), local(Z, W_)))),
        step("the penalty", LocalDerivative, local(TOTAL, W_), mul(LAMBDA, W_)),
        step("short", Rewriting, d(TOTAL, W_), add(mul(minus(P, Y), X), mul(LAMBDA, W_))),
        step("of an intermediate", SumOverPaths, d(L, W_), mul(local(L, P), local(P, Z), local(Z, W_))),
        step("by an intermediate", ChainRule, d(TOTAL, P), mul(d(TOTAL, L), local(L, P))),
        step("between two", ChainRule, d(L, Z), mul(local(L, P), local(P, Z))),
        step("one edge", ChainRule, d(P, Z), local(P, Z)),
        step("bias", ChainRule, d(TOTAL, B), mul(local(TOTAL, L), local(L, P), local(P, Z), local(Z, B))),
    ]
    verdicts = found.check_all(steps)
    assert [one.id for one, verdict in zip(steps, verdicts, strict=True) if not isinstance(verdict, Proved)] == []


@pytest.mark.parametrize(
    ("rhs", "fault"),
    [
        (local(TOTAL, W_), Fault.VALUES),
        (mul(local(TOTAL, L), local(L, P), local(P, Z), local(Z, W_)), Fault.VALUES),
        (add(local(TOTAL, W_), mul(d(TOTAL, Z), local(P, Z))), Fault.FACTORS),
        (add(local(TOTAL, W_), mul(d(TOTAL, Z), local(Z, B))), Fault.ENDS),
        (add(local(TOTAL, W_), mul(local(P, Z), local(Z, W_))), Fault.ENDS),
        (add(local(TOTAL, W_), local(TOTAL, W_)), Fault.PATHS),
        (add(mul(d(TOTAL, L), d(L, W_)), mul(LAMBDA, W_)), Fault.FORM),
    ],
)
def test_sums_over_paths_that_are_none(rhs: Expr, fault: Fault) -> None:
    verdict = checker(GIVEN, dict(MODEL)).check(step("paths", SumOverPaths, d(TOTAL, W_), rhs))
    assert isinstance(verdict, Refuted)
    assert verdict.fault is fault


def test_a_diamond_with_a_path_across() -> None:
    """x reaches the end through a, through b, and through a and b: three paths, two last edges."""
    a, b, end = Var("a"), Var("c"), Var("total")
    found = checker(GIVEN, {a: Pow(X, 2), b: mul(X, a), end: mul(a, Call("sin", b))})
    by_paths = add(
        mul(local(end, a), local(a, X)), mul(local(end, b), local(b, X)), mul(local(end, b), local(b, a), local(a, X))
    )
    assert isinstance(found.check(step("paths", SumOverPaths, d(end, X), by_paths)), Proved)
    by_edges = add(mul(d(end, a), local(a, X)), mul(d(end, b), local(b, X)))
    assert isinstance(found.check(step("edges", SumOverPaths, d(end, X), by_edges)), Proved)
    # ∂end/∂a counts the way through b already.
    twice = Mul((d(end, a), local(a, X)))
    verdict = found.check(step("twice", SumOverPaths, d(end, X), add(twice, *by_paths.args[1:])))
    assert isinstance(verdict, Refuted)
