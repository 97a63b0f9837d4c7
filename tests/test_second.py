"""Second derivatives by dual numbers over dual numbers, against SymPy's of the same functions written out."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement, product

import pytest
import sympy as sp
from test_kernel import MAZUR, O1, POINT, TOTAL, Equations, W, add, d, minus, mul, num, refuted, sigmoid, slope_of

from derive.check.kernel import Checker
from derive.check.verdict import Condition, Doubt, Proved, Undecided
from derive.differentiate.values import Values
from derive.expression import ONE, ZERO, Call, Cases, Const, Diff2, Div, Expr, Neg, Pow, Var, children, names, rename
from derive.notation import Notation
from derive.render.maths import LATEX, LATEX_INLINE, TEXT, Printer

X, V, B, T = Var("x", 0, (1,)), Var("w", 1, (1, 1)), Var("b", 1, (1,)), Var("t", 1, (1,))
NET, OUT, Y = Var("net", 1, (1,)), Var("out", 1, (1,)), Var("E", 1, (1,))
DELTA = Var("delta", 1, (1,))
HERE = {X: Fraction("0.7"), V: Fraction("-0.4"), B: Fraction("0.15"), T: Fraction("0.2")}
SYMBOLS = {name: sp.Symbol(name.kind) for name in HERE}

x, w, b, t = SYMBOLS.values()
PLAIN = x * w + b

# What is made of net, as it stands in the definitions and as SymPy has it.
FUNCTIONS: dict[str, tuple[Expr, sp.Expr]] = {
    "square": (Pow(NET, 3), PLAIN**3),
    "sigmoid": (sigmoid(NET), 1 / (1 + sp.exp(-PLAIN))),
    "tanh": (Call("tanh", NET), sp.tanh(PLAIN)),
    "softplus": (Call("log", add(ONE, Call("exp", NET))), sp.log(1 + sp.exp(PLAIN))),
    "GELU": (
        mul(num("1/2"), NET, add(ONE, Call("erf", Div(NET, Call("sqrt", num(2)))))),
        PLAIN * (1 + sp.erf(PLAIN / sp.sqrt(2))) / 2,
    ),
    "a root": (Call("sqrt", add(ONE, Pow(NET, 2))), sp.sqrt(1 + PLAIN**2)),
    "waves": (
        mul(Call("sin", NET), Call("cos", Div(Const("pi"), add(num(3), NET)))),
        sp.sin(PLAIN) * sp.cos(sp.pi / (3 + PLAIN)),
    ),
}


def equations(made: Expr) -> Equations:
    return Equations({
        NET: add(mul(X, V), B),
        OUT: made,
        Y: mul(num("1/2"), Pow(minus(T, OUT), 2)),
        TOTAL: add(Y, mul(num("0.1"), Pow(V, 2))),
    })  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_fifty_digits_of_every_second_derivative_are_those_of_sympy(name: str) -> None:
    made, written = FUNCTIONS[name]
    checker = Checker(equations(made), HERE)
    loss = (t - written) ** 2 / 2 + w**2 / 10
    put_in = {symbol: sp.Rational(HERE[given].numerator, HERE[given].denominator) for given, symbol in SYMBOLS.items()}
    for one, other in combinations_with_replacement(HERE, 2):
        true = sp.diff(loss, SYMBOLS[one], SYMBOLS[other]).xreplace(put_in).evalf(60)
        for first, second in {(one, other), (other, one)}:
            found, _ = checker.here.measure(Diff2(TOTAL, first, second))
            digits = sp.Float(checker.here.reals.decimal(found.value, 55), 60)
            assert abs(digits - true) <= abs(true) * sp.Float("1e-50", 60)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_order_does_not_matter(name: str) -> None:
    """Schwarz's theorem, proved for each pair; in the exact field too, where nothing is rounded."""
    checker = Checker(equations(FUNCTIONS[name][0]), HERE, seed=3)
    for one, other in combinations_with_replacement(HERE, 2):
        verdict = checker.equal(Diff2(TOTAL, one, other), Diff2(TOTAL, other, one))
        assert isinstance(verdict, Proved)
        assert verdict.exponent is not None
        assert verdict.exponent < -100


S = slope_of(OUT)
# σ″ = σ′(1 − 2σ); E = ½(t − σ)², so E″ by net is σ′² + (σ − t) σ″.
CURVATURE = add(Pow(S, 2), mul(minus(OUT, T), S, minus(ONE, mul(num(2), OUT))))
RIGHT: dict[str, tuple[Diff2, Expr]] = {
    "by the bias": (Diff2(TOTAL, B, B), CURVATURE),
    "by weight and bias": (Diff2(TOTAL, V, B), mul(X, CURVATURE)),
    "by the weight, with its penalty": (Diff2(TOTAL, V, V), add(mul(Pow(X, 2), CURVATURE), num("0.2"))),
    "by target and bias": (Diff2(TOTAL, T, B), Neg(S)),
    "by input and weight": (Diff2(TOTAL, X, V), add(mul(minus(OUT, T), S), mul(X, V, CURVATURE))),
    "how ∂E/∂out changes": (Diff2(TOTAL, OUT, V), mul(S, X)),
    "how ∂E/∂net changes": (Diff2(Y, NET, B), CURVATURE),
    "of an output": (Diff2(OUT, B, B), mul(S, minus(ONE, mul(num(2), OUT)))),
    "of what is linear": (Diff2(NET, V, V), ZERO),
    "of a product": (Diff2(NET, V, X), ONE),
    "by what it does not depend on": (Diff2(NET, T, V), ZERO),
    "of itself": (Diff2(OUT, OUT, V), ZERO),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_second_derivatives_are_proved(name: str) -> None:
    assert isinstance(Checker(equations(sigmoid(NET)), HERE).equal(*RIGHT[name]), Proved)


WRONG: dict[str, tuple[Diff2, Expr]] = {
    "Gauss and Newton's alone": (Diff2(TOTAL, B, B), Pow(S, 2)),
    "a sign": (Diff2(TOTAL, B, B), add(Pow(S, 2), mul(minus(T, OUT), S, minus(ONE, mul(num(2), OUT))))),
    "the two lost": (Diff2(TOTAL, B, B), add(Pow(S, 2), mul(minus(OUT, T), S, minus(ONE, OUT)))),
    "the penalty lost": (Diff2(TOTAL, V, V), mul(Pow(X, 2), CURVATURE)),
    "scale 1.0005": (Diff2(TOTAL, V, B), mul(num("1.0005"), X, CURVATURE)),
    "scale 1 + 1e-40": (Diff2(TOTAL, V, B), mul(num("1." + "0" * 39 + "1"), X, CURVATURE)),
    "the product's own term lost": (Diff2(TOTAL, X, V), mul(X, V, CURVATURE)),
    "another pair": (Diff2(TOTAL, V, B), CURVATURE),
    "the first derivative": (Diff2(TOTAL, B, B), mul(minus(OUT, T), S)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_planted_faults_are_refuted(name: str) -> None:
    refuted(Checker(equations(sigmoid(NET)), HERE).equal(*WRONG[name]))


def test_a_hessian_of_the_worked_example() -> None:
    """∂²E/∂w5∂w6 by hand, from the chain rule applied twice; and through the hidden layer, symmetric."""
    checker = Checker(MAZUR, POINT, seed=2)
    h1, h2 = Var("out", 1, (1,)), Var("out", 1, (2,))
    slope, t1 = slope_of(O1), Var("t", 2, (1,))
    curvature = add(Pow(slope, 2), mul(minus(O1, t1), slope, minus(ONE, mul(num(2), O1))))
    assert isinstance(checker.equal(Diff2(TOTAL, W[5], W[6]), mul(h1, h2, curvature)), Proved)
    assert isinstance(checker.equal(Diff2(TOTAL, W[5], W[7]), ZERO), Proved)
    for one, other in product((1, 3, 5, 8), repeat=2):
        assert isinstance(checker.equal(Diff2(TOTAL, W[one], W[other]), Diff2(TOTAL, W[other], W[one])), Proved)
    refuted(checker.equal(Diff2(TOTAL, W[1], W[3]), Diff2(TOTAL, W[1], W[4])))
    # It is how the first derivative changes: a difference of first derivatives at 80 digits.
    step = Fraction(1, 10**30)
    first = [
        Checker(MAZUR, {**POINT, W[8]: POINT[W[8]] + way * step}).here.measure(d(TOTAL, W[1]))[0].value
        for way in (1, -1)
    ]
    second, _ = checker.here.measure(Diff2(TOTAL, W[1], W[8]))
    mp = checker.here.reals.mp
    slope_found = (mp.mpf(first[0]) - mp.mpf(first[1])) / (2 * mp.mpf(step.numerator) / step.denominator)
    assert abs(slope_found - second.value) < mp.mpf("1e-35")


def test_at_a_kink_it_is_that_of_otherwise_and_the_condition_is_stated() -> None:
    relu = Cases(NET, Pow(NET, 2), ZERO)
    for bias, value, sign in (("0.28", 0, 0), ("0.3", 2, 1), ("0.2", 0, -1)):
        checker = Checker(Equations({NET: add(mul(X, V), B), OUT: relu}), {**HERE, B: Fraction(bias)})
        found, region = checker.here.measure(Diff2(OUT, B, B))
        assert found.value == value
        assert region == (Condition(NET, sign),)
        verdict = checker.equal(Diff2(OUT, V, B), mul(num(value), X))
        assert isinstance(verdict, Proved)
        assert verdict.region == (Condition(NET, sign),)


@pytest.mark.parametrize("e", [Diff2(TOTAL, B, OUT), Diff2(DELTA, B, B), Diff2(TOTAL, DELTA, B)])
def test_what_moves_must_be_given(e: Diff2) -> None:
    assert Checker(equations(sigmoid(NET)), HERE).equal(e, e) == Undecided(Doubt.SECOND)


def test_names_that_are_not_there() -> None:
    nowhere = Var("w", 9, (1, 1))
    checker = Checker(equations(sigmoid(NET)), HERE)
    assert checker.equal(Diff2(TOTAL, B, nowhere), ZERO) == Undecided(Doubt.UNKNOWN_NAME)
    assert checker.equal(Diff2(TOTAL, nowhere, B), ZERO) == Undecided(Doubt.UNKNOWN_NAME)


# ── As an expression ─────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_a_leaf_that_holds_three_names() -> None:
    e = Diff2(TOTAL, V, B)
    assert children(e) == ()
    assert [*names(mul(X, e))] == [X, TOTAL, V, B]
    assert rename(mul(X, e), lambda name: T) == mul(T, e)


def test_its_value_is_that_of_its_formula() -> None:
    e = Diff2(TOTAL, B, B)
    formulas: dict[Expr, Expr] = {e: mul(num(2), B), OUT: add(e, X)}
    values = Values(formulas.get, HERE)
    assert values[mul(e, OUT)] == Fraction("0.3") * Fraction("1.0")


W1, W5 = Var("w", 1, (1, 1)), Var("w", 2, (1, 1))


MAZUR_NAMES = Notation("mazur", (2, 2, 2), 1, (True, True))
INDEXED_NAMES = Notation("indexed", (2, 2, 2), 1, (True, True))


@pytest.mark.parametrize(
    ("notation", "e", "latex", "text"),
    [
        (MAZUR_NAMES, Diff2(TOTAL, W1, W5),
         r"\frac{\partial^{2} E_{\mathrm{total}}}{\partial w_{1} \partial w_{5}}", "∂²E_total/∂w1∂w5"),
        (MAZUR_NAMES, Diff2(TOTAL, W5, W5),
         r"\frac{\partial^{2} E_{\mathrm{total}}}{\partial w_{5}^{2}}", "∂²E_total/∂w5²"),
        (INDEXED_NAMES, Diff2(TOTAL, W1, W5),
         r"\frac{\partial^{2} E}{\partial w_{11}^{(1)} \partial w_{11}^{(2)}}", "∂²E/∂w1_1_1∂w2_1_1"),
        (INDEXED_NAMES, Diff2(TOTAL, W5, W5),
         r"\frac{\partial^{2} E}{\partial (w_{11}^{(2)})^{2}}", "∂²E/∂(w2_1_1)²"),
        (MAZUR_NAMES, mul(num(2), Diff2(TOTAL, W5, W5), W1),
         r"2 \cdot \frac{\partial^{2} E_{\mathrm{total}}}{\partial w_{5}^{2}} \cdot w_{1}",
         "2 · ∂²E_total/∂w5² · w1"),
    ],
)  # fmt: skip
def test_how_it_is_printed(notation: Notation, e: Expr, latex: str, text: str) -> None:
    assert Printer(LATEX, notation).write(e) == latex
    assert Printer(TEXT, notation).write(e) == text


def test_on_a_line_of_text_it_is_a_quotient() -> None:
    inline = Printer(LATEX_INLINE, MAZUR_NAMES)
    assert inline.write(Diff2(TOTAL, W1, W5)) == r"\partial^{2} E_{\mathrm{total}}/\partial w_{1} \partial w_{5}"
    assert inline.write(Pow(Diff2(TOTAL, W5, W5), 2)).startswith(r"(\partial^{2}")
