"""Numbers in four ways: what is right agrees, what is not does not, and the allowance comes from the calculation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from golden import GRADIENTS, UPDATED, VALUES
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import MPContext

import derive
from derive import backprop
from derive.backprop import Gradients
from derive.check.evaluate import evaluate
from derive.check.numeric import Reading, Row, Way, cross_check
from derive.check.real import DIGITS, DOUBLE, PRECISION, Real, Reals
from derive.check.verdict import Agrees, Condition, Doubt, Fault, Refuted, Undecided, Undefined, combine, passes
from derive.derivation import Derivation
from derive.expression import FUNCTIONS, ONE, Add, Call, Const, Diff, Div, Expr, Mul, Neg, Num, Pow, Var

TOTAL = Var("total")

# ── Networks ─────────────────────────────────────────────────────────────────────────────────────────────────


def network(activations: Sequence[str], sizes: Sequence[int], *, samples: int = 1, **fields: Any) -> derive.Network:
    """Return a network with drawn weights; the data are drawn too unless given."""
    random = np.random.RandomState(fields.pop("data", 5))
    bias = fields.pop("bias", "per neuron")
    layers = [
        {"size": size, "activation": activation, "bias": bias,
         "biases": 0 if bias == "none" else {"draw": "uniform", "low": -1, "high": 1}}
        for size, activation in zip(sizes[1:], activations, strict=True)
    ]  # fmt: skip
    fields.setdefault("inputs", np.round(random.uniform(-1, 1, (samples, sizes[0])), 2))
    fields.setdefault("targets", np.round(random.uniform(0, 1, (samples, sizes[-1])), 2))
    return derive.network(layers=layers, seed=fields.pop("seed", 3), **fields)


NETWORKS: dict[str, Callable[[], derive.Network]] = {
    "mazur": lambda: derive.load("mazur"),
    "tanh": lambda: network(["tanh", "tanh"], [2, 3, 2], samples=2, batch="mean", loss="mean squared error"),
    "shared bias": lambda: network(["sigmoid", "identity"], [2, 3, 2], bias="shared"),
    "no bias": lambda: network(["sigmoid", "sigmoid"], [3, 2, 1], bias="none", samples=3),
    "softmax": lambda: network(["sigmoid", "softmax"], [2, 3, 3], samples=2, loss="categorical cross-entropy"),
    "binary cross-entropy": lambda: network(["tanh", "sigmoid"], [3, 2, 2], loss="binary cross-entropy"),
    "relu": lambda: network(["relu", "relu", "sigmoid"], [3, 4, 3, 2], samples=2),
    "saturated": lambda: network(["sigmoid", "tanh"], [2, 3, 2], inputs=[[18, -14]]),
    "deep": lambda: network(["tanh", "sigmoid", "softmax", "tanh", "sigmoid"], [2, 3, 2, 3, 2, 2]),
    "wide": lambda: network(["sigmoid", "sigmoid"], [15, 10, 3]),
}  # fmt: skip


def names(derivation: Derivation) -> list[Var]:
    from derive.verification import quantities

    return quantities(derivation)


def rows(of: Derivation, gradients: Gradients | None = None, values: Any = None) -> tuple[Row, ...]:
    return cross_check(
        of.spec, of.definitions, of.point, values or of.values, of.parameters, names(of), gradients=gradients
    )


@pytest.fixture(scope="module", params=NETWORKS)
def derivation(request: pytest.FixtureRequest) -> Derivation:
    return NETWORKS[request.param]().derive().derivation


@pytest.fixture(scope="module")
def mazur() -> Derivation:
    return derive.load("mazur").derive().derivation


def reading(row: Row, way: Way) -> Reading:
    return next(one for one in row.readings if one.way is way)


# ── What is right ────────────────────────────────────────────────────────────────────────────────────────────


def test_four_ways_agree(derivation: Derivation) -> None:
    found = rows(derivation)
    assert [(row.quantity, row.verdict) for row in found if not isinstance(row.verdict, Agrees)] == []
    for row in found:
        derivative = isinstance(row.quantity, Diff)
        assert len(row.readings) == (3 if derivative else 2)
        for one in row.readings:
            assert one.ulps is not None
            assert one.allowed is not None
            assert one.ulps <= one.allowed


def test_the_numbers_are_those_of_the_worked_example(mazur: Derivation) -> None:
    found = {row.quantity: row for row in rows(mazur)}
    weights = dict(zip((f"w{n}" for n in range(1, 9)), (p for p in mazur.parameters if p.kind == "w"), strict=True))
    for name, weight in weights.items():
        row, true = found[Diff(TOTAL, weight)], Decimal(GRADIENTS[name])
        for one in row.readings:
            digits = 29 if one.way is Way.DUAL else 14
            assert abs(Decimal(one.value) - true) < abs(true) * Decimal(10) ** -digits
        assert len(row.value.lstrip("-0.")) >= 49
    assert abs(Decimal(found[TOTAL].value) - Decimal(VALUES["E_total"])) < Decimal("1e-29")


def test_ulps_are_those_of_doubles(mazur: Derivation) -> None:
    """Counted from NumPy's number, the nearest double and math.ulp alone."""
    w5 = Var("w", 2, (1, 1))
    row = next(row for row in rows(mazur) if row.quantity == Diff(TOTAL, w5))
    computed = backprop.gradients(mazur.spec).weights[1][0, 0]
    true = Fraction(GRADIENTS["w5"])
    expected = abs(Fraction(float(computed)) - true) / Fraction(math.ulp(float(true)))
    ulps = reading(row, Way.BACKPROP).ulps
    assert ulps is not None
    assert abs(ulps - float(expected)) < 1e-9
    assert ulps < 10


def test_a_relu_is_compared_by_central_differences(mazur: Derivation) -> None:
    relu = NETWORKS["relu"]().derive().derivation
    ways = [{one.way for row in rows(of) for one in row.readings} for of in (mazur, relu)]
    assert ways == [{Way.DUAL, Way.BACKPROP, Way.COMPLEX}, {Way.DUAL, Way.BACKPROP, Way.CENTRAL}]


def test_a_large_network_by_a_sample() -> None:
    of = network(["sigmoid", "sigmoid"], [100, 30, 10]).derive().derivation
    some = [Var("w", 1, (30, 100)), Var("b", 2, (10,))]
    found = cross_check(of.spec, of.definitions, of.point, of.values, some)
    assert [row.quantity for row in found] == [Diff(TOTAL, name) for name in some]
    assert passes(combine(row.verdict for row in found))


# ── What is wrong ────────────────────────────────────────────────────────────────────────────────────────────


def scaled(gradients: Gradients, factor: float) -> Gradients:
    return Gradients(*(tuple(array * factor for array in arrays) for arrays in gradients))


def judged(found: Sequence[Row], way: Way = Way.BACKPROP) -> list[Row]:
    """Return the rows of derivatives that are not zero."""
    some = [row for row in found if isinstance(row.quantity, Diff) and abs(float(reading(row, way).value)) > 1e-300]
    assert some
    return some


@pytest.mark.parametrize("factor", [1.0005, 1 - 0.0005, -1.0, 2.0, 0.5])
def test_a_wrong_scale_is_refuted_everywhere(derivation: Derivation, factor: float) -> None:
    gradients = scaled(backprop.gradients(derivation.spec), factor)
    for row in judged(rows(derivation, gradients)):
        one = reading(row, Way.BACKPROP)
        assert isinstance(one.verdict, Refuted), row
        assert one.verdict.fault is Fault.VALUES
        assert isinstance(row.verdict, Refuted)


@pytest.mark.parametrize("factor", [1 + 1e-9, 1 - 1e-9, 1 + 1e-12])
def test_the_bound_is_tight(mazur: Derivation, factor: float) -> None:
    gradients = scaled(backprop.gradients(mazur.spec), factor)
    assert all(isinstance(row.verdict, Refuted) for row in judged(rows(mazur, gradients)))


def test_the_bound_is_no_tighter_than_rounding(mazur: Derivation) -> None:
    """One unit in the last place more or less is nobody's mistake."""
    gradients = backprop.gradients(mazur.spec)
    nudged = Gradients(*(tuple(np.nextafter(array, np.inf) for array in arrays) for arrays in gradients))
    assert all(passes(row.verdict) for row in rows(mazur, nudged))


def test_slopes_by_the_output_are_right_where_it_saturates() -> None:
    """out(1 − out) loses digits where out is near 1. It is how most people write σ′, and no mistake."""
    layer = {"size": 1, "activation": "sigmoid", "weights": [["0.8"]], "bias": "none"}
    of = derive.network(inputs=[[30]], targets=[["0.2"]], layers=[layer, layer]).derive().derivation
    spec = of.spec
    state, (_, w2) = backprop.forward(spec), backprop.parameters(spec).weights
    x, out1, out2 = (array[0, 0] for array in state.out)
    assert 0 < 1 - out1 < 1e-10
    delta2 = (out2 - float(spec.targets[0][0])) * out2 * (1.0 - out2)
    delta1 = delta2 * w2[0, 0] * out1 * (1.0 - out1)
    by_output = Gradients(
        (np.array([[delta1 * x]]), np.array([[delta2 * out1]])), (np.empty(0), np.empty(0)),
        (np.array([[delta1]]), np.array([[delta2]])),
    )  # fmt: skip
    found = judged(rows(of, by_output))
    assert all(passes(row.verdict) for row in found)
    assert max(reading(row, Way.BACKPROP).ulps or 0 for row in found) > 1e4  # the digits are lost indeed
    assert not any(passes(row.verdict) for row in judged(rows(of, scaled(by_output, 1.0005))))


MISTAKES: dict[str, Callable[[Gradients], Gradients]] = {
    "transposed": lambda g: Gradients((g.weights[0], g.weights[1].T), g.biases, g.delta),
    "one layer's sign": lambda g: Gradients((-g.weights[0], g.weights[1]), g.biases, g.delta),
    "rows swapped": lambda g: Gradients((g.weights[0][::-1], g.weights[1]), g.biases, g.delta),
    "not a number": lambda g: Gradients((g.weights[0] * math.nan, g.weights[1]), g.biases, g.delta),
    "infinite": lambda g: Gradients((g.weights[0], g.weights[1] * math.inf), g.biases, g.delta),
    "zero": lambda g: Gradients((g.weights[0] * 0, g.weights[1]), g.biases, g.delta),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_arrays_are_refuted(mazur: Derivation, name: str) -> None:
    found = rows(mazur, MISTAKES[name](backprop.gradients(mazur.spec)))
    refuted = [row for row in found if isinstance(row.verdict, Refuted)]
    assert 2 <= len(refuted) <= 4  # one layer's weights
    for row in refuted:
        assert isinstance(row.verdict, Refuted)
        witness = row.verdict.witness
        assert witness is not None
        assert witness.left != witness.right
        assert witness.lhs == row.quantity
        assert [isinstance(one.verdict, Refuted) for one in row.readings] == [False, True, False]


class Tampered:
    """The values of a derivation, one of them changed by a factor."""

    def __init__(self, of: Derivation, key: Expr, factor: Fraction) -> None:
        self._of, self._key, self._factor = of, key, factor

    def __getitem__(self, key: Expr) -> Any:
        value = self._of.values[key]
        if key != self._key:
            return value
        if isinstance(value, Fraction):
            return value * self._factor
        return value * self._factor.numerator / self._factor.denominator


@pytest.mark.parametrize("key", [Diff(TOTAL, Var("w", 1, (2, 1))), Var("delta", 1, (1,)), Var("net", 1, (1,)), TOTAL])
@pytest.mark.parametrize("exponent", [-3, -20, -45])
def test_a_derivation_that_is_wrong_in_any_digit_is_refuted(mazur: Derivation, key: Expr, exponent: int) -> None:
    found = rows(mazur, values=Tampered(mazur, key, 1 + Fraction(10) ** exponent))
    wrong = [row for row in found if not passes(row.verdict)]
    assert [row.quantity for row in wrong] == [key]
    assert isinstance(reading(wrong[0], Way.DUAL).verdict, Refuted)
    # A double cannot tell the twentieth digit; dual numbers with 50 digits can.
    assert isinstance(reading(wrong[0], Way.BACKPROP).verdict, Refuted) == (exponent == -3)


# ── Zeros and kinks ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_derivative_that_is_zero_by_cancelling() -> None:
    """Softmax does not see a bias that all its neurons share: the slopes cancel, exactly, and not in doubles."""
    of = network(["softmax", "softmax"], [2, 3, 2], samples=2, bias="shared", loss="mean squared error")
    found = {row.quantity: row for row in rows(of.derive().derivation)}
    for layer in (1, 2):
        row = found[Diff(TOTAL, Var("b", layer))]
        assert isinstance(row.verdict, Agrees), row
        assert abs(float(row.value)) < 1e-60


def test_digits_that_rounding_ate_are_not_passed() -> None:
    """One weight is chosen so that out misses the target by 1e-17 only: no double knows the sign of the slope."""
    of = derive.network(
        inputs=[[1]], targets=[["0.3"]], layers=[
            {"size": 1, "activation": "tanh", "weights": [["0.309519604203111715474067786405990"]], "bias": "none"}
        ],
    ).derive().derivation  # fmt: skip
    w = Var("w", 1, (1, 1))
    value = float(MPContext().mpf(1) * of.values[Diff(TOTAL, w)])
    assert 0 < abs(value) < 1e-17
    (row,) = cross_check(of.spec, of.definitions, of.point, of.values, [w])
    assert row.verdict == Undecided(Doubt.NO_DIGITS)
    assert passes(reading(row, Way.DUAL).verdict)


def at_a_kink(x: str, w: str, b: str, **fields: Any) -> Derivation:
    return derive.network(
        inputs=[[x]], targets=[[1]],
        layers=[{"size": 1, "activation": "relu", "weights": [[w]], "biases": [b]}], **fields,
    ).derive().derivation  # fmt: skip


def test_at_a_kink_the_convention_holds_and_differences_do_not_count() -> None:
    of = at_a_kink("0.5", "2", "-1")  # 0.5·2 − 1 = 0, in doubles too
    for row in judged_all(of):
        if isinstance(row.quantity, Diff):
            assert reading(row, Way.CENTRAL).verdict == Undecided(Doubt.KINK)
            assert isinstance(row.verdict, Agrees)
            assert row.verdict.region == (Condition(Var("net", 1, (1,)), 0),)


def judged_all(of: Derivation, gradients: Gradients | None = None) -> list[Row]:
    return [row for row in rows(of, gradients) if isinstance(row.quantity, Diff)]


def test_another_convention_at_a_kink_is_refuted_where_doubles_see_the_kink() -> None:
    """0·2 + 0 is 0 whatever the rounding; of 0.5·2 − 1 that is not so sure."""
    other = Gradients((np.array([[0.0]]),), (np.array([-1.0]),), (np.array([[-1.0]]),))
    by_w, by_b = judged_all(at_a_kink("0", "2", "0"), other)
    assert isinstance(by_w.verdict, Agrees)
    assert isinstance(by_b.verdict, Refuted)
    other = Gradients((np.array([[-0.5]]),), (np.array([-1.0]),), (np.array([[-1.0]]),))
    assert [row.verdict for row in judged_all(at_a_kink("0.5", "2", "-1"), other)] == [Undecided(Doubt.KINK)] * 2


def test_doubles_on_the_other_side_of_a_kink_are_undecided() -> None:
    """0.1·3 − 0.3 is 0, and 5.6e-17 in doubles. NumPy takes the other branch, and cannot know better."""
    assert 0.1 * 3 - 0.3 > 0
    found = judged_all(at_a_kink("0.1", "3", "-0.3"))
    assert [row.verdict for row in found] == [Undecided(Doubt.KINK)] * 2


@pytest.mark.parametrize(("activation", "weight"), [("sigmoid", 40), ("sigmoid", -40), ("tanh", 100), ("sigmoid", 800)])
def test_where_a_function_saturates_digits_stay_right_or_a_doubt_is_named(activation: str, weight: int) -> None:
    """∂E/∂w for one input of 1, (o − t) f′, with f′ as 4/(eˣ + e⁻ˣ)² or a quarter of that at x/2: nothing cancels."""
    layer = {"size": 1, "activation": activation, "weights": [[weight]], "bias": "none"}
    of = derive.network(inputs=[[1]], targets=[["0.5"]], layers=[layer]).derive().derivation
    w = Var("w", 1, (1, 1))
    mp = MPContext()
    mp.dps = 1000
    half = mp.mpf(weight) if activation == "tanh" else mp.mpf(weight) / 2
    slope = 4 / (mp.exp(half) + mp.exp(-half)) ** 2
    out, slope = (mp.tanh(half), slope) if activation == "tanh" else ((1 + mp.tanh(half)) / 2, slope / 4)
    true = (out - mp.mpf("0.5")) * slope
    assert abs(mp.mpf(of.values[Diff(TOTAL, w)]) - true) <= abs(true) * mp.mpf(10) ** -50
    (row,) = cross_check(of.spec, of.definitions, of.point, of.values, [w])
    if abs(weight) <= 100:
        assert isinstance(row.verdict, Agrees)
        assert Decimal(reading(row, Way.DUAL).value) == Decimal(row.value)
    else:  # e^800 is no double, so that no bound can be told
        assert row.verdict == Undecided(Doubt.RANGE)


def test_beside_a_kink_all_is_as_elsewhere() -> None:
    for b in ("-0.9", "-1.1"):
        found = judged_all(at_a_kink("0.5", "2", b))
        assert all(isinstance(row.verdict, Agrees) and row.verdict.region == () for row in found)
        assert all(passes(reading(row, Way.CENTRAL).verdict) for row in found)


def test_a_net_input_beyond_doubles_is_undecided() -> None:
    of = network(["sigmoid"], [1, 1], inputs=[["1e6"]], bias="none", data=1).derive().derivation
    values: dict[Expr, Fraction] = {Diff(TOTAL, Var("w", 1, (1, 1))): Fraction(0)}
    found = cross_check(of.spec, of.definitions, of.point, values, of.parameters)
    assert [row.verdict for row in found] == [Undecided(Doubt.RANGE)]
    assert all(one.allowed is None for row in found for one in row.readings)


# ── The bound itself ─────────────────────────────────────────────────────────────────────────────────────────

NAMES = [Var("x", 0, (k,)) for k in (1, 2, 3)]


def trees() -> st.SearchStrategy[Expr]:
    decimals = st.decimals(-8, 8, places=3).map(lambda value: Num(Fraction(value)))
    return st.recursive(
        st.one_of(st.sampled_from(NAMES), decimals, st.just(Const("pi"))),
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=5).map(lambda args: Add(tuple(args))),
            st.tuples(inner, inner).map(Mul), inner.map(Neg), st.tuples(inner, inner).map(lambda pair: Div(*pair)),
            st.tuples(inner, st.integers(-2, 3)).map(lambda pair: Pow(*pair)),
            st.tuples(st.sampled_from(FUNCTIONS), inner).map(lambda pair: Call(*pair)),
            inner.map(lambda e: Div(ONE, Add((ONE, Call("exp", Neg(e)))))),
        ),
        max_leaves=12,
    )  # fmt: skip


POINTS = st.lists(st.decimals(-4, 4, places=2), min_size=3, max_size=3)


def in_doubles(e: Expr, point: dict[Var, float]) -> float:
    """Return the value of `e`, calculated in doubles as it stands."""
    match e:
        case Var():
            return point[e]
        case Num(value):
            return float(value)
        case Add(args):
            return sum(in_doubles(arg, point) for arg in args)
        case Mul(args):
            return math.prod(in_doubles(arg, point) for arg in args)
        case Neg(arg):
            return -in_doubles(arg, point)
        case Div(top, below):
            return in_doubles(top, point) / in_doubles(below, point)
        case Pow(base, exponent):
            return float(in_doubles(base, point) ** exponent)
        case Const():
            return math.pi
        case Call(fn, arg):
            return float(getattr(math, fn)(in_doubles(arg, point)))
    raise TypeError(e)


def at_1000_bits(e: Expr, point: dict[Var, Fraction], mp: Any) -> Any:
    match e:
        case Var():
            return mp.mpf(point[e].numerator) / point[e].denominator
        case Num(value):
            return mp.mpf(value.numerator) / value.denominator
        case Add(args):
            return sum(at_1000_bits(arg, point, mp) for arg in args)
        case Mul(args):
            return math.prod(at_1000_bits(arg, point, mp) for arg in args)
        case Neg(arg):
            return -at_1000_bits(arg, point, mp)
        case Div(top, below):
            return at_1000_bits(top, point, mp) / at_1000_bits(below, point, mp)
        case Pow(base, exponent):
            return at_1000_bits(base, point, mp) ** exponent
        case Const():
            return +mp.pi
        case Call(fn, arg):
            return getattr(mp, fn)(at_1000_bits(arg, point, mp))
    raise TypeError(e)


def real(e: Expr, point: dict[Var, Fraction]) -> tuple[Real, Reals]:
    reals = Reals()

    def lookup(name: Var | Diff, inside: bool) -> Real:
        assert isinstance(name, Var)
        return reals.number(point[name])

    try:
        return evaluate(e, reals, lookup, lambda test: 1), reals
    except Undefined:
        assume(False)
        raise


@given(trees(), POINTS)
def test_rounding_stays_within_the_bound(e: Expr, values: list[Decimal]) -> None:
    """Doubles miss the exact value by no more than bound·2⁻⁵³, 232 bits by no more than bound·2⁻²³²."""
    point = {name: Fraction(value) for name, value in zip(NAMES, values, strict=True)}
    value, reals = real(e, point)
    mp = MPContext()
    mp.prec = 1000
    true = at_1000_bits(e, point, mp)
    assert abs(reals.rounded(value.value) - true) <= mp.ldexp(mp.mpf(value.bound) + value.size, -PRECISION)
    # The bound is one of first order: it says nothing where it is as large as the value.
    assume(value.bound * DOUBLE < 1e-6 * max(value.size, 1e-9))
    doubled = in_doubles(e, {name: float(number) for name, number in point.items()})
    assert abs(mp.mpf(doubled) - true) <= mp.mpf(value.bound) * DOUBLE * (1 + 1e-3) + mp.mpf(2) ** -1060


@pytest.mark.parametrize("x", ["300.7", "-411.3", "95.1", "650.9"])
def test_a_function_magnifies_the_error_of_its_argument(x: str) -> None:
    """e^x is off by x roundings when x is off by one: more than any error of exp itself."""
    point = dict.fromkeys(NAMES, Fraction(x))
    e = Call("exp", Mul((NAMES[0], Num(Fraction("1.01")))))
    value, reals = real(e, point)
    off = abs(reals.mp.mpf(in_doubles(e, dict.fromkeys(NAMES, float(x)))) - reals.rounded(value.value))
    assert 4 * value.size * DOUBLE < off <= value.bound * DOUBLE
    logarithm, _ = real(Call("log", Add((e, Neg(Mul((e, Num(Fraction("0.999999")))))))), point)
    assert logarithm.bound > 1e6  # what cancelled is the whole argument's error now


def test_what_cancels_in_an_argument_counts() -> None:
    point = dict.fromkeys(NAMES, Fraction("100000.1"))
    e = Call("tanh", Add((NAMES[0], Num(Fraction(-100_000)))))
    value, reals = real(e, point)
    off = abs(reals.mp.mpf(in_doubles(e, dict.fromkeys(NAMES, 100000.1))) - reals.rounded(value.value))
    assert 100 * value.size * DOUBLE < off <= value.bound * DOUBLE


@pytest.mark.parametrize(
    ("fn", "x"),
    [("sin", "1e15"), ("cos", "1e15"), ("sin", "123456789.1"), ("cos", "11.1"), ("erf", "0.01"), ("erf", "5.3"),
     ("sqrt", "2e-40"), ("sqrt", "3e40"), ("tanh", "0.1"), ("log", "1.0000001")],
)  # fmt: skip
def test_the_bound_of_a_function_holds_and_is_not_idle(fn: str, x: str) -> None:
    """The argument is off by a rounding. What that does to the value is allowed, and a thousand times it is not."""
    point = dict.fromkeys(NAMES, Fraction(x))
    value, reals = real(Call(fn, NAMES[0]), point)
    mp = MPContext()
    mp.prec = 400
    true = getattr(mp, fn)(mp.mpf(Fraction(x).numerator) / Fraction(x).denominator)
    off = abs(mp.mpf(getattr(math, fn)(float(x))) - true)
    assert off <= value.bound * DOUBLE
    moved = abs(getattr(mp, fn)(mp.mpf(float(x)) * (1 + mp.mpf(2) ** -53)) - true)
    assert value.bound * DOUBLE <= 1e3 * max(moved, off, abs(true) * DOUBLE)
    assert abs(mp.mpf(reals.rounded(value.value)) - true) <= mp.ldexp(value.bound, -PRECISION)


@pytest.mark.parametrize(("fn", "x", "expected"), [
    ("sqrt", "4/9", "2/3"), ("sqrt", "0", "0"), ("erf", "0", "0"), ("sin", "0", "0"), ("cos", "0", "1"),
    ("exp", "0", "1"), ("log", "1", "0"),
])  # fmt: skip
def test_values_that_are_rational_are_exact(fn: str, x: str, expected: str) -> None:
    value, _ = real(Call(fn, Num(Fraction(x))), {})
    assert value.value == Fraction(expected)
    assert isinstance(value.value, Fraction)


@pytest.mark.parametrize("fn", ["log", "tanh", "erf", "sin", "exp", "cos"])
def test_what_rounds_to_a_rational_is_not_exact(fn: str) -> None:
    """1 + e^-200 is not 1, and e^-200 beside 1 is not 0: their functions are not exactly 0 or 1 either."""
    near_one = Add((ONE, Call("exp", Num(Fraction(-200)))))
    value, _ = real(Call(fn, near_one if fn == "log" else Add((near_one, Neg(ONE)))), {})
    assert not isinstance(value.value, Fraction)
    assert value.bound > 0


def test_what_is_rational_is_exact() -> None:
    point = dict(zip(NAMES, (Fraction("0.1"), Fraction("0.2"), Fraction("-0.3")), strict=True))
    value, _ = real(Add(tuple(NAMES)), point)
    assert value.value == 0
    assert value.bound > 0  # doubles would not give 0


def test_what_doubles_hold_needs_no_allowance() -> None:
    reals = Reals()
    assert reals.number(Fraction(3, 8)).bound == 0
    assert reals.number(Fraction(1, 10)).bound == pytest.approx(0.1)
    assert reals.mul(reals.number(Fraction(0)), reals.number(Fraction(1, 10))).bound == 0


@pytest.mark.parametrize(
    ("e", "doubt"),
    [
        (Div(ONE, Add((NAMES[0], Neg(NAMES[0])))), Doubt.DIVISION),
        (Call("log", Neg(Pow(NAMES[0], 2))), Doubt.DOMAIN),
        (Call("sqrt", Neg(NAMES[0])), Doubt.DOMAIN),
        (Call("sqrt", Add((Call("exp", NAMES[0]), Neg(Call("exp", NAMES[0]))))), Doubt.CLOSE),
        (Call("exp", Num(Fraction(10**9))), Doubt.RANGE),
        (Pow(NAMES[0], 10**9), Doubt.SIZE),
        (Pow(Num(Fraction(10)), 400), Doubt.RANGE),
        (Call("log", Add((Call("exp", NAMES[0]), Neg(Call("exp", NAMES[0]))))), Doubt.CLOSE),
    ],
)
def test_what_has_no_value_says_so(e: Expr, doubt: Doubt) -> None:
    reals = Reals()
    with pytest.raises(Undefined) as info:
        evaluate(e, reals, lambda name, inside: reals.number(Fraction(1, 3)), lambda test: 1)
    assert info.value.doubt is doubt


def test_decimals_have_fifty_digits(mazur: Derivation) -> None:
    assert DIGITS == 50
    reals = Reals()
    third = reals.decimal(Fraction(1, 3))
    assert third == "0." + "3" * 50
    assert Decimal(reals.decimal(Fraction(UPDATED["w1"]), 30)) == Decimal(UPDATED["w1"])
