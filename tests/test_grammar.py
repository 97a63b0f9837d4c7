"""The grammar of formulas: it means what Python means by the same formula, and refuses all else with the column."""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from derive.errors import DeriveError
from derive.expression import Activation, Add, Call, Cases, Const, Div, Expr, Index, Mul, Neg, Num, Pow, Sum, Var
from derive.grammar import Elementwise, Entry, Left, Meaning, Scope, parse, parse_left

ROOT = Path(__file__).parent.parent

SHAPES = {"a": (), "b": (), "c": (), "x": (3,), "y": (3,), "u": (2,), "W": (2, 3), "V": (3, 2), "S": (3, 3)}
ACTIVATIONS = {
    "sigmoid": Elementwise("sigmoid"),
    "leaky_relu": Elementwise("leaky relu", 1),
    "softmax": Elementwise("softmax", 0, True),
}


def var(name: str, index: tuple[Index, ...]) -> Var:
    return Var(name, 0, index)


SCOPE = Scope(SHAPES, var, ACTIVATIONS, frozenset(SHAPES))

A, B, C = (Var(name) for name in "abc")


def entry(text: str, left: str = "z") -> Entry:
    return Meaning(text, SCOPE).equation(parse_left(left), parse(text))


def meaning(text: str) -> Expr:
    return entry(text).rhs


def number(value: int | str) -> Num:
    return Num(Fraction(value))


# ── The same formulas as Python's ────────────────────────────────────────────────────────────────────────────────

POINT = {"a": Fraction(3, 7), "b": Fraction(-5, 2), "c": Fraction(4)}


def exact(e: Expr) -> Fraction:
    """Return the value of a rational expression at POINT, by definition."""
    match e:
        case Num(value):
            return value
        case Var(name):
            return POINT[name]
        case Add(args):
            return sum(map(exact, args), Fraction(0))
        case Mul(args):
            return math.prod(map(exact, args), start=Fraction(1))
        case Neg(arg):
            return -exact(arg)
        case Div(above, below):
            return exact(above) / exact(below)
        case Pow(base, exponent):
            return exact(base) ** exponent
        case Cases(test, above, otherwise):
            return exact(above if exact(test) > 0 else otherwise)
    raise AssertionError(e)


def space(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from([text, f" {text}", f"{text} ", f" {text}  "])


ATOMS = st.sampled_from(["a", "b", "c", "0", "1", "2", "12", "0.5", ".25", "3.", "1e-2", "2.5E+1"])
EXPONENTS = st.sampled_from(["0", "1", "2", "3", "-1", "-2", "(3 - 1)", "(4/2)", "2^1", "-2^0", "(-1)"])


def grow(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A formula from smaller ones, without brackets unless it says so: what binds to what is for the parser to tell."""
    return st.one_of(
        st.tuples(smaller, st.sampled_from("+-*/").flatmap(space), smaller).map("".join),
        smaller.map(lambda text: f"({text})"),
        smaller.map(lambda text: f"-{text}"),
        smaller.map(lambda text: f"+{text}"),
        st.tuples(ATOMS | smaller.map(lambda text: f"({text})"), EXPONENTS).map("^".join),
        st.tuples(st.sampled_from(["max", "min"]), smaller, smaller).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        smaller.map(lambda text: f"abs({text})"),
    )


def pythons(text: str) -> Fraction:
    """Return what Python makes of the formula, every number in it exact."""
    import re

    code = re.sub(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", lambda found: f"F({found.group()!r})", text)
    names = {"F": Fraction, "max": max, "min": min, "abs": abs, **POINT}
    return Fraction(eval(code.replace("^", "**"), {"__builtins__": {}}, names))  # noqa: S307


@given(st.recursive(ATOMS, grow, max_leaves=12))
def test_a_formula_means_what_python_means_by_it(text: str) -> None:
    try:
        expected = pythons(text)
    except (ZeroDivisionError, OverflowError):
        reject()
    if isinstance(expected, complex) or max(expected.numerator.bit_length(), expected.denominator.bit_length()) > 3000:
        reject()
    assert exact(meaning(text)) == expected


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a + b*c", Add((A, Mul((B, C))))),
        ("(a + b)*c", Mul((Add((A, B)), C))),
        ("a - b - c", Add((A, Neg(B), Neg(C)))),
        ("a - (b - c)", Add((A, Neg(Add((B, Neg(C))))))),
        ("a/b/c", Div(Div(A, B), C)),
        ("a/b*c", Mul((Div(A, B), C))),
        ("a*b/c", Div(Mul((A, B)), C)),
        ("a/(b*c)", Div(A, Mul((B, C)))),
        ("-a^2", Neg(Pow(A, 2))),
        ("(-a)^2", Pow(Neg(A), 2)),
        ("-a*b", Neg(Mul((A, B)))),
        ("a*-b", Mul((A, Neg(B)))),
        ("a - -b", Add((A, Neg(Neg(B))))),
        ("2^3^2", Pow(number(2), 9)),
        ("(2^3)^2", Pow(Pow(number(2), 3), 2)),
        ("a^-2", Div(Num(Fraction(1)), Pow(A, 2))),
        ("a^1", A),
        ("a^0", number(1)),
        ("a^2*b", Mul((Pow(A, 2), B))),
        ("a*b^2", Mul((A, Pow(B, 2)))),
        ("0.1", number("1/10")),
        ("1e-3", number("1/1000")),
        ("ln(a)", Call("log", A)),
        ("pi*a", Mul((Const("pi"), A))),
        ("sigmoid(a)", Activation("sigmoid", A)),
        ("leaky_relu(a)", Activation("leaky relu", A)),
        ("leaky_relu(a, 0.20)", Activation("leaky relu(0.20)", A)),
        ("max(a, 0)", Cases(A, A, number(0))),
        ("max(0, a)", Cases(A, A, number(0))),
        ("min(a, b)", Cases(Add((B, Neg(A))), A, B)),
        ("sum(k, x[k]*W[1,k])", Sum(Mul((Var("x", 0, ("k",)), Var("W", 0, (1, "k")))), "k", 3)),
        ("x[2]", Var("x", 0, (2,))),
    ],
)
def test_what_binds_to_what(text: str, made: Expr) -> None:
    assert meaning(text) == made


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "erf", "sin", "cos"])
def test_elementary_functions_are_calls(name: str) -> None:
    assert meaning(f"2*{name}(a + b)") == Mul((number(2), Call(name, Add((A, B)))))


def test_lambda_is_a_letter() -> None:
    scope = SCOPE._replace(shapes={"lambda": ()}, names=frozenset({"lambda"}))
    made = Meaning("lambda/2", scope).equation(Left("z"), parse("lambda/2"))
    assert made.rhs == Div(Var("lambda"), number(2))


# ── Arrays ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("left", "text", "shape"),
    [
        ("z", "a*x + 1", (3,)),
        ("z", "W/2 - a", (2, 3)),
        ("z", "tanh(dot(W, x)) + u", (2,)),
        ("z", "dot(x, y)", ()),
        ("z", "dot(W, V)", (2, 2)),
        ("z", "dot(transpose(W), u)", (3,)),
        ("z", "transpose(W)", (3, 2)),
        ("z", "sum(W)", ()),
        ("z", "sum(x*y)", ()),
        ("z[i]", "sum(k, W[i, k]*x[k]) + u[i]", (2,)),
        ("z[k, i]", "W[i, k]", (3, 2)),
        ("z[i]", "S[i, i]", (3,)),
        ("z[i]", "W[2, i]", (3,)),
    ],
)
def test_the_shape_of_an_equation(left: str, text: str, shape: tuple[int, ...]) -> None:
    made = entry(text, left)
    assert made.shape == shape
    assert len(made.letters) == len(set(made.letters)) == len(shape)
    assert "s" not in made.letters


def test_a_product_of_matrices_is_a_sum_over_the_inner_index() -> None:
    """(WV)_ij = Σₖ W_ik V_kj."""
    made = entry("dot(W, V)")
    assert made.letters == ("i", "j")
    assert made.rhs == Sum(Mul((Var("W", 0, ("i", "k")), Var("V", 0, ("k", "j")))), "k", 3)


def test_sums_inside_each_other_have_letters_of_their_own() -> None:
    made = entry("dot(W, dot(V, u))")
    outer = made.rhs
    assert isinstance(outer, Sum)
    assert isinstance(outer.term, Mul)
    inner = outer.term.args[1]
    assert isinstance(inner, Sum)
    assert len({made.letters[0], outer.letter, inner.letter}) == 3


def test_a_letter_that_is_written_is_not_taken_for_another_sum() -> None:
    made = entry("sum(j, x[j]*sum(W))")
    letters = [made.rhs.letter] if isinstance(made.rhs, Sum) else []
    node: Any = made.rhs.term.args[1] if isinstance(made.rhs, Sum) and isinstance(made.rhs.term, Mul) else None
    while isinstance(node, Sum):
        letters.append(node.letter)
        node = node.term
    assert len(letters) == len(set(letters)) == 3


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────

REFUSED = [
    ("", 1, "empty"),
    ("a +", 4, "ends"),
    ("a * ", 5, "ends"),
    ("* a", 1, "found *"),
    ("a b", 3, "product"),
    ("2a", 2, "product"),
    ("2(a)", 2, "product"),
    ("(a)(b)", 4, "product"),
    ("(a", 3, "column 1"),
    ("a)", 2, "nothing opens"),
    ("a, b", 2, "comma"),
    ("exp()", 1, "takes 1"),
    ("exp(a, b)", 1, "takes 1"),
    ("exp(a b)", 7, "wants its )"),
    ("max(a)", 1, "takes from 2"),
    ("x[1", 4, "wants its ]"),
    ("[a]", 1, "found ["),
    ("(x)[1]", 4, "square brackets"),
    # What Python has, and formulas do not.
    ("a.b", 2, "found ."),
    ("a.__class__", 2, "found ."),
    ("().__class__.__bases__", 3, "found ."),
    ("__import__", 1, "begins with a letter"),
    ("__import__('os').system('ls')", 1, "begins with a letter"),
    ("x['a']", 3, "texts"),
    ('x["a"]', 3, "texts"),
    ("lambda a: a", 9, "colons"),
    ("a if b else c", 3, "word of Python"),
    ("not a", 1, "word of Python"),
    ("None", 1, "word of Python"),
    ("a and b", 3, "word of Python"),
    ("a < b", 3, "comparisons"),
    ("a == b", 3, "left side"),
    ("a = b", 3, "left side"),
    ("a := b", 3, "colons"),
    ("a ** b", 3, "written ^"),
    ("9**9**9", 2, "written ^"),
    ("a // b", 3, "whole-number"),
    ("a % b", 3, "remainders"),
    ("a @ b", 3, "dot"),
    ("[a for a in x]", 4, "word of Python"),
    ("{a}", 1, "braces"),
    ("a; b", 2, "stands for itself"),
    ("a\nb", 2, "one line"),
    ("a # b", 3, "comments"),
    ("\\alpha", 1, "LaTeX"),
    ("a!", 2, "factorials"),
    ("1_000", 2, "begins with a letter"),
    ("0x10", 2, "product"),
    ("1j", 2, "product"),
    ("\x00", 1, "U+0000"),
    # Letters and signs that look like others.
    ("\u0430 + b", 1, "U+0430 CYRILLIC SMALL LETTER A looks like a"),
    ("b + \u0430", 5, "U+0430 CYRILLIC SMALL LETTER A looks like a"),
    ("a\u0435", 2, "U+0435 CYRILLIC SMALL LETTER IE looks like e"),
    ("\u03bf", 1, "U+03BF GREEK SMALL LETTER OMICRON looks like o"),
    ("a − b", 3, "U+2212 MINUS SIGN"),
    ("a × b", 3, "U+00D7"),
    ("a²", 2, "U+00B2"),
    ("α", 1, "U+03B1"),
    ("ａ", 1, "U+FF41"),
    ("a\u00a0+ b", 2, "U+00A0"),
    ("a\u200b", 2, "U+200B"),
    ("٣", 1, "U+0663"),
    # Names, functions, places.
    ("d", 1, "no quantity d"),
    ("factorial(a)", 1, "no function factorial"),
    ("sigmoi(a)", 1, "no function sigmoi"),
    ("a(b)", 1, "no function"),
    ("exp", 1, "round brackets"),
    ("exp + a", 1, "round brackets"),
    ("softmax(x)", 1, "whole vector"),
    ("leaky_relu(a, b)", 15, "is a number"),
    ("leaky_relu(a, 1, 2)", 1, "takes from 1 to 2"),
    ("x[0]", 3, "no place 0"),
    ("x[4]", 3, "no place 4"),
    ("x[-1]", 3, "place"),
    ("x[1.5]", 3, "place"),
    ("x[a]", 3, "stands for"),
    ("x[i + 1]", 5, "wants its ]"),
    ("x[s]", 3, "place"),
    ("x[]", 3, "place"),
    ("a[1]", 1, "single number"),
    ("W[1]", 1, "(2, 3)"),
    ("x[1, 2]", 1, "(3)"),
    ("x[i]", 3, "what i stands for"),
    # Sums.
    ("sum(a)", 1, "single number"),
    ("sum(i, a)", 5, "how far i runs"),
    ("sum(i, x)", 5, "how far i runs"),
    ("sum(i, i*x[i])", 8, "index here"),
    ("sum(2, x[2])", 5, "names its index"),
    ("sum(ij, x[1])", 5, "names its index"),
    ("sum(a, x[a])", 5, "a quantity"),
    ("sum(i, sum(i, x[i]))", 12, "index already"),
    ("sum(i, x[i]*y)", 8, "shape (3)"),
    ("sum(i, sum(k, x[i]*x[k])*u[i])", 28, "to 2 in u[i], whose shape is (2)"),
    # Shapes, both of them.
    ("x + u", 5, "(3) and (2)"),
    ("W*x", 3, "(2, 3) and (3)"),
    ("max(x, u)", 8, "(3) and (2)"),
    ("dot(W, u)", 1, "(2, 3) and (2)"),
    ("dot(x, W)", 1, "(3) and (2, 3)"),
    ("dot(a, x)", 1, "() and (3)"),
    ("dot(W, W)", 1, "(2, 3) and (2, 3)"),
    ("transpose(x)", 1, "(3)"),
    # Powers.
    ("a^b", 3, "no whole number"),
    ("a^0.5", 3, "no whole number"),
    ("a^(1/2)", 5, "no whole number"),
    ("a^65", 3, "too large"),
    ("a^-65", 3, "too large"),
    ("9^9^9", 4, "too large"),
    ("a^9^99", 4, "too large"),
    ("a^exp(1)", 3, "no whole number"),
    ("((a^64)^64)^64", 8, "powers of powers"),
    ("a/0", 2, "divides by 0"),
    ("a/(2 - 2)", 2, "divides by 0"),
    # Sizes.
    ("1e101", 1, "exponent"),
    ("1e99999999999", 1, "exponent"),
    ("1" * 61, 1, "digits"),
    ("0." + "0" * 70 + "1", 1, "digits"),
    ("a" * 41, 1, "41 characters"),
    ("-" * 101 + "a", 101, "nested"),
    ("(" * 101 + "a" + ")" * 101, 101, "nested"),
    ("a" + "/a" * 100, 1, "nested"),
    ("exp(" * 101 + "a" + ")" * 101, 404, "nested"),
    ("+" * 101 + "a", 101, "nested"),
    ("abs(" * 8 + "a" + ")" * 8, 13, "too large"),
    ("9999999999^64*9999999999^64", 1, "too long"),
    ("a" + "+a" * 1000, 2001, "too long"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "reason"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_is_no_formula_is_refused_with_its_column(text: str, column: int, reason: str) -> None:
    with pytest.raises(DeriveError) as raised:
        Meaning(text, SCOPE, where="equations.z").equation(Left("z"), parse(text, where="equations.z"))
    error = raised.value
    assert error.where == f"equations.z: column {column}"
    assert reason in str(error)
    what, line, caret = error.what.split("\n")
    assert what
    assert line.isprintable()
    assert len(line) < 100
    assert caret.strip() == "^"


@pytest.mark.parametrize(
    ("text", "column"),
    [("a + b*c @ a", 9), ("(a + b)*c^2 + d", 15), ("a" * 30 + "+" + "b" * 30 + " ?" + "c" * 300, 63)],
)
def test_the_caret_stands_below_the_character(text: str, column: int) -> None:
    with pytest.raises(DeriveError) as raised:
        meaning(text)
    assert raised.value.where == f"column {column}"
    _, line, caret = raised.value.what.split("\n")
    assert line[caret.index("^")] == text[column - 1]


@pytest.mark.parametrize(
    ("character", "instead"),
    [("−", "-"), ("×", "*"), ("÷", "/"), ("α", "alpha"), ("λ", "lambda"), ("µ", "mu"), ("²", "^2"), ("ｗ", "w")],
)
def test_a_sign_from_elsewhere_has_one_to_type_in_its_place(character: str, instead: str) -> None:
    with pytest.raises(DeriveError) as raised:
        parse(f"a{character}")
    assert raised.value.hint == instead


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        ("", "one name"), ("2", "one name"), ("h + 1", "one name"), ("(h)", "one name"), ("h[1]", "all places"),
        ("h[i, i]", "twice"), ("h[i][k]", "one name"), ("h.k", "found ."), ("h(i)", "one name"), ("_h", "letter"),
    ],
)  # fmt: skip
def test_the_left_side_is_a_name_with_letters(left: str, reason: str) -> None:
    with pytest.raises(DeriveError, match=reason):
        parse_left(left)


@pytest.mark.parametrize(
    ("left", "text", "reason"),
    [
        ("z[i]", "a", "how far i runs"),
        ("z[i]", "x", "how far i runs"),
        ("z[i]", "x[i]*y", "one number at each place"),
        ("z[i]", "x[i] + u[i]", "to 2 in u"),
        ("z[i]", "W[i, k]*x[k]", "what k stands for"),
        ("z[i]", "sum(i, x[i])", "index already"),
        ("z[a]", "x[a]", "a is a quantity"),
    ],
)
def test_letters_of_the_left_side_run_over_places_of_the_right(left: str, text: str, reason: str) -> None:
    with pytest.raises(DeriveError, match=reason):
        entry(text, left)


# ── Hostile texts ────────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "'9**9**9'", "'9^9^9^9^9'", "'(((a^64)^64)^64)'", "'((9^64)^64)^64'", "'factorial(10**8)'", "'factorial(10^8)'",
    "'(' * 1000 + 'a' + ')' * 1000", "'(' * 900", "'-' * 100_000 + 'a'", "'-' * 1900 + 'a'", "'a' * 10_000_000",
    "'9' * 10_000_000", "'(' * 10_000_000", "chr(0x1F600) * 5_000_000", "'exp(' * 400 + 'a' + ')' * 399",
    "'a^' * 900 + '2'", "'1/' * 999 + '0'", "'abs(' * 300 + 'a' + ')' * 300", "'max(a,' * 200 + 'a' + ')' * 200",
    "'sigmoid(' * 99 + 'a' + ')' * 99", "'x[' * 600", "'sum(i,' * 300 + 'x[i]' + ')' * 300",
    "'1e' + '9' * 1000", "'.' * 2000", "'((a+1)^64+1)^64'", "'1e99^64*' * 200 + '1'", "'__import__(\"os\")'",
    "'a.' * 900 + 'a'", "'dot(S,' * 90 + 'S' + ')' * 90 + '**2'", "'\\u0430' * 900", "'+'.join(['(9^64)'] * 250)",
]  # fmt: skip

REFUSE_ALL = """
import resource, sys, time
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from derive.errors import DeriveError
from derive.grammar import Left, Meaning, Scope, parse
from derive.expression import Var
scope = Scope({"a": (), "x": (3,), "S": (3, 3)}, lambda name, index: Var(name, 0, index), {}, frozenset("axS"))
for source in sys.argv[1:]:
    text = eval(source)
    start = time.perf_counter()
    try:
        Meaning(text, scope).equation(Left("z"), parse(text))
    except DeriveError as error:
        assert "column" in error.where and len(str(error)) < 1000, error
    else:
        raise SystemExit("accepted: " + source)
    assert time.perf_counter() - start < 1, source
    del text
# getrusage would count what the process that started this one had taken.
status = Path("/proc/self/status")
print(*[line.split()[1] for line in status.open() if line.startswith("VmHWM")] if status.exists() else [0])
"""


def test_hostile_formulas_are_refused_in_a_second_and_little_memory() -> None:
    command = [sys.executable, "-c", REFUSE_ALL, *HOSTILE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) < 200 * 1024  # kilobytes, the texts of 20 MB themselves included


def test_what_is_large_and_sound_is_read_soon() -> None:
    """A budget that nothing sound can reach would be none: a formula of nearly 2,000 bytes, 99 deep."""
    assert isinstance(meaning("+".join(["a*b"] * 480)), Add)
    node = meaning("(" * 99 + "a" + ")" * 99)
    assert node == A
    node = meaning("exp(" * 99 + "a" + ")" * 99)
    for _ in range(99):
        assert isinstance(node, Call)
        node = node.arg
    assert node == A
