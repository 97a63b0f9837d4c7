"""Exact arithmetic accepts every identity and no other, and its bound for the chance of error is one."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from derive.check.algebra import Dual, Duals
from derive.check.evaluate import evaluate
from derive.check.field import Field, Residues
from derive.check.tower import BITS, Tower, is_prime, tower
from derive.check.verdict import Doubt, Undefined
from derive.expression import ONE, Add, Call, Const, Diff, Div, Expr, Mul, Neg, Num, Pow, Var

X, Y, Z = Var("x", 0, (1,)), Var("x", 0, (2,)), Var("x", 0, (3,))
PI = Const("pi")
SEEDS = range(40)


def num(value: int | str | Fraction) -> Num:
    return Num(Fraction(value))


def add(*terms: Expr) -> Expr:
    return Add(terms)


def mul(*factors: Expr) -> Expr:
    return Mul(factors)


def exp(e: Expr) -> Expr:
    return Call("exp", e)


def log(e: Expr) -> Expr:
    return Call("log", e)


def tanh(e: Expr) -> Expr:
    return Call("tanh", e)


def sqrt(e: Expr) -> Expr:
    return Call("sqrt", e)


def erf(e: Expr) -> Expr:
    return Call("erf", e)


def sin(e: Expr) -> Expr:
    return Call("sin", e)


def cos(e: Expr) -> Expr:
    return Call("cos", e)


def sigmoid(e: Expr) -> Expr:
    return Div(ONE, add(ONE, exp(Neg(e))))


def no_branches(test: Expr) -> int:
    raise AssertionError(test)


def value(e: Expr, field: Field) -> Residues:
    return evaluate(e, field, lambda name, inside: field.free(str(name)), no_branches)


def slope(e: Expr, field: Field, by: Var = X) -> Residues:
    """Return ∂e/∂by by dual numbers over the field."""
    duals: Duals[Residues] = Duals(field)

    def lookup(name: Var | Diff, inside: bool) -> Dual[Residues]:
        assert isinstance(name, Var)
        return duals.moving(name, field.free(str(name)))

    found = evaluate(e, duals, lookup, no_branches).slopes.get(by)
    return field.number(Fraction(0)) if found is None else found


@pytest.fixture(scope="module")
def towers() -> list[Tower]:
    return [tower(seed, 3) for seed in SEEDS]


# ── The tower ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(5))
def test_a_tower_is_what_it_says(seed: int) -> None:
    made = tower(seed, 4)
    assert len(made.primes) == 5
    assert all(map(sympy.isprime, made.primes))
    assert 2 ** (BITS - 1) < made.primes[0] < 2**BITS
    assert {p % 8 for p in made.primes} == {7}
    for q, p, base in zip(made.primes, made.primes[1:], made.bases, strict=False):
        assert (p - 1) % q == 0
        assert base != 1
        assert pow(base, q, p) == 1  # q is prime, so the order is q


def test_the_seed_is_all_that_a_tower_depends_on() -> None:
    assert tower(11, 2) == tower(11, 2)
    assert tower(11, 2).primes[0] != tower(12, 2).primes[0]


def test_a_tower_is_made_in_little_time() -> None:
    times = []
    for seed in range(9):
        start = time.perf_counter()
        tower(seed, 4)
        times.append(time.perf_counter() - start)
    assert sorted(times)[4] < 0.06  # measured: 0.007


@given(st.integers(min_value=101, max_value=2**80))
def test_primality_is_that_of_sympy(n: int) -> None:
    n |= 1
    # What has a prime factor below 100 is told apart without a Miller-Rabin round; so is nothing that is prime.
    assert is_prime(n) == sympy.isprime(n)


@pytest.mark.parametrize("n", [2**127 - 1, 2**89 - 1, 170141183460469231731687303715884105757])
def test_large_primes(n: int) -> None:
    assert is_prime(n) == sympy.isprime(n)


@pytest.mark.parametrize(
    "n",
    [
        101 * 151 * 251 * 401,
        3215031751 * 101,
        # Strong pseudoprimes to all bases up to 37 and up to 23: Sorenson & Webster (2015), Jaeschke (1993).
        318665857834031151167461,
        3825123056546413051,
        1436697831295441,  # a Carmichael number
    ],
)  # fmt: skip
def test_composites_that_look_prime(n: int) -> None:
    assert not is_prime(n)


# ── Identities ───────────────────────────────────────────────────────────────────────────────────────────────

TRUE: dict[str, tuple[Expr, Expr]] = {
    "exp of a sum": (exp(add(X, Y)), mul(exp(X), exp(Y))),
    "exp of a difference": (exp(add(X, Neg(Y))), Div(exp(X), exp(Y))),
    "exp of a multiple": (exp(mul(num(3), X)), Pow(exp(X), 3)),
    "exp of a half, squared": (Pow(exp(mul(num("1/2"), X)), 2), exp(X)),
    "exp of zero": (exp(add(X, Neg(X))), ONE),
    "exp of exp": (exp(add(exp(X), exp(Y))), mul(exp(exp(X)), exp(exp(Y)))),
    "sigmoid of minus": (sigmoid(Neg(X)), add(ONE, Neg(sigmoid(X)))),
    "tanh by sigmoid": (tanh(X), add(mul(num(2), sigmoid(mul(num(2), X))), num(-1))),
    "tanh of a sum": (
        tanh(add(X, Y)), Div(add(tanh(X), tanh(Y)), add(ONE, mul(tanh(X), tanh(Y))))
    ),
    "a fraction of fractions": (Div(Div(X, Y), Div(Y, Z)), Div(mul(X, Z), Pow(Y, 2))),
    "a sum of fractions": (add(Div(ONE, X), Div(ONE, Y)), Div(add(X, Y), mul(X, Y))),
    "a negative power": (Pow(add(X, Y), -2), Div(ONE, mul(add(X, Y), add(X, Y)))),
    "a binomial": (
        Pow(add(X, Y), 3), add(*(mul(num(c), Pow(X, 3 - k), Pow(Y, k)) for k, c in enumerate((1, 3, 3, 1))))
    ),
    "decimals": (mul(num("0.1"), X), Div(X, num(10))),
    "the same logarithm": (log(mul(X, add(Y, Z))), log(add(mul(X, Z), mul(X, Y)))),
    "softmax sums to one": (
        add(*(Div(exp(v), add(exp(X), exp(Y), exp(Z))) for v in (X, Y, Z))), ONE
    ),
    "exp of a logarithm": (exp(log(add(X, Y))), add(X, Y)),
    "log-softmax": (
        exp(add(X, Neg(log(add(exp(X), exp(Y)))))), Div(exp(X), add(exp(X), exp(Y)))
    ),
    "tanh of softplus": (
        tanh(log(add(ONE, exp(X)))),
        Div(add(Pow(add(ONE, exp(X)), 2), num(-1)), add(Pow(add(ONE, exp(X)), 2), ONE)),
    ),
    "the root of two, squared": (Pow(sqrt(num(2)), 2), num(2)),
    "one half's root": (sqrt(num("1/2")), Div(sqrt(num(2)), num(2))),
    "a root of π": (mul(sqrt(PI), sqrt(mul(num(2), PI))), mul(sqrt(num(2)), PI)),
    "GELU's factor": (sqrt(Div(num(2), PI)), Div(mul(sqrt(num(2)), sqrt(PI)), PI)),
    "the root of an exponential": (sqrt(exp(X)), exp(Div(X, num(2)))),
    "the root of nothing": (sqrt(add(X, Neg(X))), num(0)),
    "the same root": (sqrt(mul(X, add(Y, Z))), sqrt(add(mul(X, Z), mul(X, Y)))),
    "the same erf": (erf(mul(X, add(Y, Z))), erf(add(mul(X, Z), mul(X, Y)))),
    "odd": (mul(erf(add(X, Neg(Y))), sin(X)), mul(erf(add(Y, Neg(X))), sin(Neg(X)))),
    "even": (cos(add(X, Neg(Y))), cos(add(Y, Neg(X)))),
    "at nothing": (add(cos(add(X, Neg(X))), erf(mul(num(0), X)), sin(num(0))), ONE),
    "the same waves": (mul(sin(add(X, Y)), cos(X)), mul(cos(add(X, num(0))), sin(add(Y, X)))),
}  # fmt: skip

FALSE: dict[str, tuple[Expr, Expr]] = {
    "exp of a product": (exp(mul(X, Y)), mul(exp(X), exp(Y))),
    "exp of a sum, as a sum": (exp(add(X, Y)), add(exp(X), exp(Y))),
    "sigmoid, minus missing": (sigmoid(X), Div(ONE, add(ONE, exp(X)))),
    "tanh is odd": (tanh(Neg(X)), tanh(X)),
    "tanh of a sum, sign": (
        tanh(add(X, Y)), Div(add(tanh(X), tanh(Y)), add(ONE, Neg(mul(tanh(X), tanh(Y)))))
    ),
    "nearly the same factor": (mul(num("1.0005"), X), X),
    "nearly the same constant": (add(X, num(Fraction(1, 10**40))), X),
    "another name": (exp(X), exp(Y)),
    "a square": (Pow(X, 2), mul(X, num(2))),
    "exp, nearly": (exp(mul(num("1.0000000001"), X)), exp(X)),
    "two logarithms": (log(X), log(Y)),
    "exp of a logarithm, its sign": (exp(Neg(log(X))), X),
    "log-softmax, the wrong sum": (exp(add(X, Neg(log(add(exp(X), exp(Y)))))), Div(exp(X), add(exp(X), exp(Z)))),
    "two roots": (sqrt(X), sqrt(Y)),
    "a root, its sign": (sqrt(num(2)), Neg(sqrt(num(2)))),
    "the root of a sum": (sqrt(add(num(2), PI)), add(sqrt(num(2)), sqrt(PI))),
    "pi, nearly": (PI, num("3.14159265358979323846264338327950288419716939937510")),
    "the root of pi": (sqrt(PI), PI),
    "two erfs": (erf(X), erf(Y)),
    "sine for cosine": (sin(X), cos(X)),
    "an odd sign": (erf(Neg(X)), erf(X)),
    "an even sign": (cos(Neg(X)), Neg(cos(X))),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_accepted_with_every_seed(towers: list[Tower], name: str) -> None:
    for made in towers:
        field = Field(made)
        a, b = (value(side, field) for side in TRUE[name])
        assert field.same(a, b)
        assert field.exponent(a, b) < -130


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_rejected_with_every_seed(towers: list[Tower], name: str) -> None:
    for made in towers:
        field = Field(made)
        assert not field.same(*(value(side, field) for side in FALSE[name]))


SLOPES: dict[str, tuple[Expr, Expr]] = {
    "sigmoid": (sigmoid(X), mul(sigmoid(X), add(ONE, Neg(sigmoid(X))))),
    "tanh": (tanh(X), add(ONE, Neg(Pow(tanh(X), 2)))),
    "exp": (exp(mul(X, Y)), mul(Y, exp(mul(X, Y)))),
    "log": (log(add(X, Pow(Y, 2))), Div(ONE, add(X, Pow(Y, 2)))),
    "quotient": (Div(X, add(X, Y)), Div(Y, Pow(add(X, Y), 2))),
    "quotient, by its denominator alone": (Div(Y, X), Neg(Div(Y, Pow(X, 2)))),
    "power": (Pow(X, 5), mul(num(5), Pow(X, 4))),
    "negative power": (Pow(X, -3), mul(num(-3), Pow(X, -4))),
    "power of nothing": (Pow(X, 0), num(0)),
    "product": (mul(X, X, Y), mul(num(2), X, Y)),
    "square": (Div(Pow(add(Y, Neg(X)), 2), num(2)), add(X, Neg(Y))),
    "softmax": (
        Div(exp(X), add(exp(X), exp(Y))),
        mul(Div(exp(X), add(exp(X), exp(Y))), add(ONE, Neg(Div(exp(X), add(exp(X), exp(Y)))))),
    ),
    "cross-entropy": (
        Neg(add(mul(Y, log(sigmoid(X))), mul(add(ONE, Neg(Y)), log(add(ONE, Neg(sigmoid(X))))))),
        add(sigmoid(X), Neg(Y)),
    ),
    "another name": (exp(Y), num(0)),
    "log-softmax": (
        add(X, Neg(log(add(exp(X), exp(Y))))), add(ONE, Neg(exp(add(X, Neg(log(add(exp(X), exp(Y))))))))
    ),
    "root": (sqrt(add(Pow(X, 2), Y)), Div(X, sqrt(add(Pow(X, 2), Y)))),
    "one over a root": (Div(ONE, sqrt(exp(X))), Neg(Div(ONE, mul(num(2), exp(Div(X, num(2))))))),
    "erf": (erf(mul(Y, X)), Div(mul(num(2), Y, exp(Neg(mul(Y, Y, X, X)))), sqrt(PI))),
    # As SymPy writes it: √2 x e^(−x²/2)/(2√π) + erf(√2 x/2)/2 + 1/2.
    "GELU": (
        mul(num("1/2"), X, add(ONE, erf(Div(X, sqrt(num(2)))))),
        add(
            Div(mul(sqrt(num(2)), X, exp(Neg(Div(Pow(X, 2), num(2))))), mul(num(2), sqrt(PI))),
            Div(erf(Div(mul(sqrt(num(2)), X), num(2))), num(2)), num("1/2"),
        ),
    ),
    "sine": (sin(Pow(X, 2)), mul(num(2), X, cos(Pow(X, 2)))),
    "cosine": (cos(mul(X, Y)), Neg(mul(sin(mul(Y, X)), Y))),
    "roots and waves of another name": (mul(sqrt(Y), erf(Y), sin(Y), cos(Y)), num(0)),
}  # fmt: skip


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_by_dual_numbers(towers: list[Tower], name: str) -> None:
    function, derivative = SLOPES[name]
    for made in towers[:10]:
        field = Field(made)
        assert field.same(slope(function, field), value(derivative, field))


@pytest.mark.parametrize(
    "wrong",
    [sigmoid(X), mul(sigmoid(X), sigmoid(X)), Neg(mul(sigmoid(X), add(ONE, Neg(sigmoid(X))))),
     mul(sigmoid(Y), add(ONE, Neg(sigmoid(Y)))), mul(X, add(ONE, Neg(X)))],
)  # fmt: skip
def test_wrong_slopes_of_sigmoid(towers: list[Tower], wrong: Expr) -> None:
    for made in towers[:10]:
        field = Field(made)
        assert not field.same(slope(sigmoid(X), field), value(wrong, field))


def trees(leaves: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(Add), st.tuples(inner, inner).map(Mul), inner.map(Neg),
            st.tuples(inner, inner).map(lambda pair: Div(*pair)), inner.map(sigmoid), inner.map(tanh),
        ),
        max_leaves=8,
    )  # fmt: skip


NAMES = st.sampled_from([X, Y, Z])
SYMBOLS = {name: sympy.Symbol(f"v{i}") for i, name in enumerate((X, Y, Z))}


def in_sympy(e: Expr) -> sympy.Expr:
    match e:
        case Var():
            return SYMBOLS[e]
        case Num(number):
            return sympy.Rational(number.numerator, number.denominator)
        case Add(args):
            return sympy.Add(*map(in_sympy, args))
        case Mul(args):
            return sympy.Mul(*map(in_sympy, args))
        case Neg(arg):
            return -in_sympy(arg)
        case Div(top, below):
            return in_sympy(top) / in_sympy(below)
        case Call(fn, arg):
            return getattr(sympy, fn)(in_sympy(arg))
    raise TypeError(e)


TALL = tower(5, 12)


@given(trees(NAMES), trees(NAMES), trees(NAMES))
def test_the_laws_of_a_field(a: Expr, b: Expr, c: Expr) -> None:
    field = Field(TALL)
    try:
        one, other = (value(side, field) for side in (mul(add(a, b), c), add(mul(c, a), mul(c, b))))
    except Undefined as undefined:
        assume(undefined.doubt is not Doubt.DIVISION)
        raise
    assert field.same(one, other)


@given(trees(NAMES))
def test_slopes_are_those_of_sympy(e: Expr) -> None:
    """The derivative that SymPy finds is the one of dual numbers, by its residues."""
    field = Field(TALL)
    try:
        mine = slope(e, field)
        theirs = value(from_sympy(sympy.diff(in_sympy(e), SYMBOLS[X])), field)
    except Undefined as undefined:
        assume(undefined.doubt is not Doubt.DIVISION)
        raise
    assert field.same(mine, theirs)


def from_sympy(e: sympy.Expr) -> Expr:
    if e in SYMBOLS.values():
        return next(name for name, symbol in SYMBOLS.items() if symbol == e)
    if e.is_Rational:
        return num(Fraction(int(e.p), int(e.q)))
    assume(e.is_finite is not False)
    parts = tuple(map(from_sympy, e.args))
    if e.is_Add:
        return Add(parts)
    if e.is_Mul:
        return Mul(parts)
    if e.is_Pow:
        assert isinstance(parts[1], Num)
        return Pow(parts[0], int(parts[1].value))
    return Call(type(e).__name__, parts[0])


# ── What it does not know ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (log(mul(X, Y)), add(log(X), log(Y))),
        (exp(mul(num(2), log(X))), Pow(X, 2)),
        (add(Pow(sin(X), 2), Pow(cos(X), 2)), ONE),
    ],
)
def test_what_is_opaque_may_be_equal_unseen(towers: list[Tower], a: Expr, b: Expr) -> None:
    """Laws of these functions are true and not seen; so a difference here refutes nothing."""
    field = Field(towers[0])
    assert not field.same(value(a, field), value(b, field))


@pytest.mark.parametrize(
    ("a", "b"),
    [(Pow(sqrt(X), 2), X), (sqrt(mul(X, Y)), mul(sqrt(X), sqrt(Y))), (sqrt(num(12)), mul(num(2), sqrt(num(3))))],
)
def test_roots_are_there_in_some_towers(a: Expr, b: Expr) -> None:
    """Half of the residues modulo each prime are squares. Where they are, a root is a root."""
    seen = []
    for seed in range(60):
        field = Field(tower(seed, 0))
        seen.append(field.same(value(a, field), value(b, field)))
    assert 8 < sum(seen) < 52


def test_the_field_does_not_know_which_root_is_positive() -> None:
    """√x² is x where x is a square, else −x; so a proof needs real numbers besides."""
    signs = set()
    for seed in range(20):
        field = Field(tower(seed, 0))
        root = value(sqrt(Pow(X, 2)), field)
        signs.add((field.same(root, value(X, field)), field.same(root, value(Neg(X), field))))
    assert signs == {(True, False), (False, True)}


def test_each_root_makes_the_chance_of_error_four_times_as_large() -> None:
    field = Field(tower(1, 0))
    before = field.exponent(value(X, field), value(X, field))
    value(mul(sqrt(Pow(X, 2)), sqrt(Pow(Y, 2)), sqrt(mul(X, X))), field)
    assert field.exponent(value(X, field), value(X, field)) == before + 4


def test_the_chance_of_error_with_a_root() -> None:
    """Π (√x − i) modulo 103, 7 modulo 8: zero for x = i² where i is a square, and where √x is none it is opaque."""
    p = 103
    squares = [i for i in range(1, p) if pow(i, (p - 1) // 2, p) == 1][:6]
    e = mul(*(add(sqrt(X), Neg(num(i))) for i in squares))
    accepted, tries = 0, 3000
    for seed in range(tries):
        field = Field(Tower(seed, (p,), ()))
        a, b = value(e, field), value(num(0), field)
        accepted += field.same(a, b)
    assert 0.5 * 6 / p < accepted / tries < 4 * a.size / p


def raised(work: Callable[[], object]) -> Doubt:
    with pytest.raises(Undefined) as info:
        work()
    return info.value.doubt


def test_division_by_zero_has_no_value(towers: list[Tower]) -> None:
    field = Field(towers[0])
    zero = add(X, Neg(X))
    assert raised(lambda: value(Div(Y, zero), field)) is Doubt.DIVISION
    assert raised(lambda: value(Pow(zero, -1), field)) is Doubt.DIVISION
    prime = field.tower.primes[0]
    assert raised(lambda: value(num(Fraction(1, prime)), field)) is Doubt.DIVISION


def test_exponentials_use_up_the_tower(towers: list[Tower]) -> None:
    field = Field(towers[0])  # of four primes
    assert len(value(exp(exp(exp(X))), field).at) == 1
    assert raised(lambda: value(exp(exp(exp(exp(X)))), field)) is Doubt.NESTED


def test_an_absurd_power_is_refused(towers: list[Tower]) -> None:
    assert raised(lambda: value(Pow(X, 10**9), Field(towers[0]))) is Doubt.SIZE


# ── The bound ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("degree", [1, 2, 5, 12])
def test_the_chance_to_accept_what_is_false_is_below_the_bound(degree: int) -> None:
    """With a prime as small as 101, errors can be counted: Π (x − i y) has degree zeros for each y ≠ 0."""
    e = mul(*(add(X, Neg(mul(num(i), Y))) for i in range(1, degree + 1)))
    accepted, size, tries = 0, 0, 2000
    for seed in range(tries):
        field = Field(Tower(seed, (101,), ()))
        a, b = value(e, field), value(num(0), field)
        accepted += field.same(a, b)
        size = max(a.size, b.size)
    assert accepted / tries > 0.5 * degree / 101  # what is counted happens: the test can see an error
    assert accepted / tries < size / 101


def test_the_chance_of_error_with_exponentials() -> None:
    """Π (exp(x) − i) has as many zeros as there are i in the group of 101 powers modulo 607."""
    p, q = 607, 101
    base = pow(3, (p - 1) // q, p)
    powers = {pow(base, k, p) for k in range(q)}
    roots = sorted(powers)[:6]
    e = mul(*(add(exp(X), Neg(num(i))) for i in roots))
    accepted, tries, size = 0, 2000, 0
    for seed in range(tries):
        field = Field(Tower(seed, (q, p), (base,)))
        a, b = value(e, field), value(num(0), field)
        accepted += field.same(a, b)
        size = max(a.size, b.size)
    assert 0.5 * 6 / q < accepted / tries < size / q


@pytest.mark.parametrize(
    ("e", "least"),
    [
        (Pow(add(X, Y), 50), 50),
        (mul(*[add(X, num(i)) for i in range(30)]), 30),
        (num(2**90), 90),
        (exp(Pow(X, 7)), 7),
        (Pow(add(ONE, exp(X)), 9), 9),
        # Over one denominator: 30 terms, each with 29 of the denominators in its numerator.
        (add(*[Div(ONE, add(X, num(i))) for i in range(30)]), 30),
        # A reciprocal of reciprocals: 1/(1/x + 1/(x+1)) = x(x + 1)/(2x + 1).
        (Div(ONE, add(Div(ONE, X), Div(ONE, add(X, ONE)))), 2),
    ],
)
def test_the_size_is_no_less_than_the_degree(e: Expr, least: int) -> None:
    field = Field(tower(1, 2))
    a = value(e, field)
    bound = 2.0 ** (field.exponent(a, a) + BITS - 4)
    assert bound >= least


def test_many_reciprocals_do_not_ruin_the_bound() -> None:
    """The derivative of a cross-entropy through 50 softmax outputs has reciprocals of reciprocals, and stays small."""
    field = Field(tower(1, 2))
    names = [Var("net", 1, (i,)) for i in range(1, 51)]
    whole = add(*map(exp, names))
    errors = [Div(ONE, Div(exp(name), whole)) for name in names]
    a = value(add(*errors), field)
    assert field.exponent(a, a) < -120


def test_a_logarithm_that_is_added_and_taken_away_again_is_no_part_of_the_sum() -> None:
    """Else a sum would be a part of itself, and taking its parts would have no end."""
    field = Field(tower(1, 3))
    x, log = field.free("x"), field.log(field.free("a"))
    back = field.add([field.add([x, log]), field.neg(log)])
    assert field.same(back, x)
    assert field.same(field.neg(field.neg(back)), x)
    assert field.same(field.exp(field.add([back, log])), field.mul(field.exp(x), field.free("a")))
    more = field.add([field.add([x, log, log]), field.neg(log)])
    assert field.same(field.exp(more), field.mul(field.exp(x), field.free("a")))
