"""Formulas say what the expression is: read back by the rules of precedence they are worth the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

import formulas
import pytest
import sympy as sp
from formulas import Unreadable
from hypothesis import given, reject
from hypothesis import strategies as st

import derive
from derive.derivation import Number
from derive.differentiate import derive as differentiate
from derive.expression import (
    ONE,
    ZERO,
    Add,
    At,
    Call,
    Cases,
    Diff,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Named,
    Neg,
    Num,
    Pow,
    Sum,
    Transpose,
    Var,
    children,
)
from derive.notation import Notation, notation
from derive.render.breaking import is_sum_of_paths, pieces
from derive.render.dialect import LATEX, LATEX_INLINE, TEXT, Dialect
from derive.render.maths import Printer
from derive.render.numbers import decimals, long_decimal

LAYERS = [{"size": 2}, {"size": 2}]
SPECS = {
    samples: derive.network(inputs=[[1, 2]] * samples, targets=[[0, 1]] * samples, layers=LAYERS).spec
    for samples in (1, 2)
}
NAMES: tuple[Notation, ...] = tuple(notation(SPECS[n], style) for n in (1, 2) for style in ("mazur", "indexed"))
TOTAL = Var("total")


def leaves(samples: int) -> list[Var | Diff]:
    s = 2 if samples > 1 else 0
    out, net = Var("out", 2, (1,), s), Var("net", 1, (2,), s)
    return [Var("w", 2, (1, 2)), out, net, Var("eta"), Var("delta", 1, (1,), s), Diff(TOTAL, out), Diff(out, net)]


# Values of names: of either sign, some below the size from which on a power of ten is printed.
VALUES = [Fraction(text) for text in ("3", "-0.25", "7e-9", "-1.5", "0.1", "-2.5e-8", "0.6")]
STAND_INS = {"exp": lambda x: x * x + 2, "ln": lambda x: 3 * x - 5, "tanh": lambda x: x * x * x + x}
"""Any functions serve to see what a formula applies them to; rational ones keep the comparison exact."""


def function(name: str, x: Fraction) -> Fraction:
    return STAND_INS[name](x)


def worth(e: Expr, known: Mapping[Expr, Fraction]) -> Fraction:
    """Return the value of an expression, by the definition of its nodes."""
    match e:
        case Num(value):
            return value
        case Var() | Diff():
            return known[e]
        case Add(args):
            return sum((worth(arg, known) for arg in args), Fraction(0))
        case Mul(args):
            made = Fraction(1)
            for arg in args:
                made *= worth(arg, known)
            return made
        case Neg(arg):
            return -worth(arg, known)
        case Div(num, den):
            return worth(num, known) / worth(den, known)
        case Pow(base, exponent):
            return worth(base, known) ** exponent
        case Call(fn, arg):
            return function("ln" if fn == "log" else fn, worth(arg, known))
        case Cases(test, above, otherwise):
            return worth(above if worth(test, known) > 0 else otherwise, known)
    raise TypeError(e)


def worth_or_reject(e: Expr, known: Mapping[Expr, Fraction]) -> Fraction:
    """Return the value of an expression; one that has none is no example."""
    try:
        return worth(e, known)
    except ZeroDivisionError:
        reject()


def expressions(names: list[Var | Diff], *, cases: bool = True) -> st.SearchStrategy[Expr]:
    numbers = [Num(Fraction(text)) for text in ("0", "1", "2", "-3", "1/2", "-3/4")]
    leaf: st.SearchStrategy[Expr] = st.sampled_from([*names, *numbers])

    def grow(part: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        several = st.lists(part, min_size=2, max_size=4).map(tuple)
        kinds: list[st.SearchStrategy[Expr]] = [
            several.map(Add), several.map(Mul), part.map(Neg), st.builds(Div, part, part),
            st.builds(Pow, part, st.integers(2, 3)), st.builds(Call, st.sampled_from(["exp", "log", "tanh"]), part),
        ]  # fmt: skip
        if cases:
            kinds += [st.builds(Cases, part, part, part), part.map(lambda test: Cases(test, ONE, ZERO))]
        return st.one_of(kinds)

    return st.recursive(leaf, grow, max_leaves=9)


KINDS: list[tuple[int, Callable[..., Expr]]] = [
    (2, lambda *args: Add(args)), (2, lambda *args: Mul(args)), (1, Neg), (2, Div), (1, lambda base: Pow(base, 2)),
    (1, lambda arg: Call("exp", arg)), (1, lambda arg: Call("tanh", arg)), (3, Cases),
    (1, lambda test: Cases(test, ONE, ZERO)), (2, lambda *args: Add((args[0], Neg(args[1])))),
]  # fmt: skip


def nested(depth: int, names: list[Var | Diff]) -> Iterator[Expr]:
    """Yield each kind of node in each place of each other, so many deep."""
    if depth == 0:
        yield from (names[0], names[-1], Num(Fraction(-3)), Num(Fraction(1, 2)))
        return
    for inner in nested(depth - 1, names):
        for places, make in KINDS:
            for place in range(places):
                yield make(*(inner if i == place else names[1 + i] for i in range(places)))


class Point:
    """The values of names, and of expressions."""

    def __init__(self, known: Mapping[Expr, Fraction]) -> None:
        self.known = known

    def __getitem__(self, e: Expr) -> Number:
        return worth(e.arg if isinstance(e, At) else e, self.known)


def read(text: str, printer: Printer, known: Mapping[Expr, Fraction]) -> Fraction:
    """Return what a printed formula is worth, from its text and from what its names are called."""
    called = {printer.write(name).replace(" ", ""): worth for name, worth in known.items() if isinstance(name, Var)}
    for name, number in known.items():
        if isinstance(name, Diff):
            of, wrt = (printer.write(part).replace(" ", "") for part in (name.of, name.wrt))
            called[f"∂{of}/∂{wrt}"] = number
    tokens = formulas.plain(text) if printer.dialect is TEXT else formulas.latex(text)
    return formulas.value(tokens, called.__getitem__, function)


@pytest.mark.parametrize("dialect", [TEXT, LATEX])
@pytest.mark.parametrize("names", NAMES)
def test_a_formula_in_symbols_is_worth_what_the_expression_is(names: Notation, dialect: Dialect) -> None:
    known = dict(zip(leaves(names.samples), VALUES, strict=True))

    @given(expressions(list(known)))
    def check(e: Expr) -> None:
        expected = worth_or_reject(e, known)
        printer = Printer(dialect, names)
        assert read(printer.write(e), printer, known) == expected

    check()


@pytest.mark.parametrize("dialect", [TEXT, LATEX])
def test_a_formula_with_numbers_put_in_is_worth_what_the_expression_is(dialect: Dialect) -> None:
    known = dict(zip(leaves(1), VALUES, strict=True))

    @given(expressions(list(known), cases=False))
    def check(e: Expr) -> None:
        expected = worth_or_reject(e, known)
        printer = Printer(dialect, NAMES[0], Point(known), digits=30)
        text = printer.write(At(e))
        assert read(text, printer, {}) == expected
        assert {Fraction(each.decimals.text) for each in printer.shown} <= set(VALUES)

    check()


@pytest.mark.parametrize("dialect", [TEXT, LATEX])
def test_brackets_are_right_for_every_node_in_every_place_of_every_other(dialect: Dialect) -> None:
    known = dict(zip(leaves(2), VALUES, strict=True))
    symbols, values = Printer(dialect, NAMES[3]), Printer(dialect, NAMES[3], Point(known), digits=30)
    count = 0
    for e in nested(2, list(known)):
        try:
            expected = worth(e, known)
        except ZeroDivisionError:
            continue
        assert read(symbols.write(e), symbols, known) == expected, e
        if not any(isinstance(part, Cases) for part in _parts(e)):
            assert read(values.write(At(e)), values, {}) == expected, e
            count += 1
    assert count > 500


@given(expressions(leaves(1)))
def test_the_pieces_of_a_formula_are_the_formula(e: Expr) -> None:
    known = dict(zip(leaves(1), VALUES, strict=True))
    expected = worth_or_reject(e, known)
    printer = Printer(LATEX, NAMES[0])
    assert read(" ".join(pieces(printer, e)), printer, known) == expected


@given(expressions(leaves(1), cases=False))
def test_pieces_record_each_number_once(e: Expr) -> None:
    known = dict(zip(leaves(1), VALUES, strict=True))
    worth_or_reject(e, known)
    whole, broken = (Printer(LATEX, NAMES[0], Point(known), digits=30) for _ in range(2))
    whole.write(At(e))
    pieces(broken, At(e))
    assert broken.shown == whole.shown


def test_the_reader_of_these_tests_refuses_what_has_two_meanings() -> None:
    for text in ("e^{2}^{3}", "a_{1}^{(2)}^{2}", "\\frac{1}{2}^{2}", "x^{2}^{2}"):
        with pytest.raises(Unreadable):
            formulas.value(formulas.latex(text), lambda name: Fraction(2), function)
    assert formulas.value(formulas.latex("-2^{2} \\cdot 3 + 1"), lambda name: Fraction(0), function) == -11
    assert formulas.value(formulas.plain("1/2·10⁻¹ − 3 · (1 − 2)²"), lambda name: Fraction(0), function) == Fraction(
        -59, 20
    )


# ── Against SymPy's printer ────────────────────────────────────────────────────────────────────────────────────


def _symbol(word: str, script: str) -> sp.Symbol:
    return sp.Symbol(f"\\mathrm{{{word}}}_{{{script}}}")


_o, _t, _n, _m = _symbol("out", "o1"), _symbol("target", "o1"), _symbol("net", "o1"), _symbol("net", "o2")
_w, _d = sp.Symbol("w_{5}"), sp.Symbol("\\delta_{o1}")
OUT, TARGET, NET, OTHER = Var("out", 2, (1,)), Var("t", 2, (1,)), Var("net", 2, (1,)), Var("net", 2, (2,))


def difference(a: Expr, b: Expr) -> Expr:
    return Add((a, Neg(b)))


SAMPLES: list[tuple[Expr, sp.Expr]] = [
    (Mul((OUT, difference(ONE, OUT))), sp.Mul(_o, sp.Add(1, -_o, evaluate=False), evaluate=False)),
    (Div(ONE, Add((ONE, Call("exp", Neg(NET))))), 1 / sp.Add(1, sp.exp(-_n), evaluate=False)),
    (
        Div(Call("exp", Neg(NET)), Pow(Add((ONE, Call("exp", Neg(NET)))), 2)),
        sp.exp(-_n) / sp.Add(1, sp.exp(-_n), evaluate=False) ** 2,
    ),
    (
        Div(Call("exp", NET), Add((Call("exp", NET), Call("exp", OTHER)))),
        sp.exp(_n) / sp.Add(sp.exp(_n), sp.exp(_m), evaluate=False),
    ),
    (difference(ONE, Pow(OUT, 2)), sp.Add(1, -(_o**2), evaluate=False)),
    (difference(ONE, Pow(Call("tanh", NET), 2)), sp.Add(1, -(sp.tanh(_n) ** 2), evaluate=False)),
    (difference(OUT, TARGET), sp.Add(_o, -_t, evaluate=False)),
    (Neg(Div(TARGET, OUT)), -_t / _o),
    (Neg(Mul((TARGET, Call("log", OUT)))), sp.Mul(-1, _t, sp.log(_o), evaluate=False)),
    (Div(difference(OUT, TARGET), Mul((OUT, difference(ONE, OUT)))), (_o - _t) / (_o * sp.Add(1, -_o, evaluate=False))),
    (Mul((Var("delta", 2, (1,)), Var("w", 2, (1, 1)))), sp.Mul(_d, _w, evaluate=False)),
]  # fmt: skip


def bare(latex: str) -> str:
    """Return LaTeX without what only spaces or sizes: a multiplication dot, \\left and \\right, and their braces."""
    for word in ("\\left", "\\right", "\\cdot", " "):
        latex = latex.replace(word, "")
    return latex.replace("{(", "(").replace(")}", ")")


@pytest.mark.parametrize(("ours", "theirs"), SAMPLES)
def test_what_sympy_prints_we_print(ours: Expr, theirs: sp.Expr) -> None:
    printed = sp.latex(theirs, order="none", ln_notation=True, fold_short_frac=False, root_notation=False)
    assert bare(Printer(LATEX, NAMES[0]).write(ours)) == bare(printed)


# ── By hand ────────────────────────────────────────────────────────────────────────────────────────────────────


def text(e: Expr, dialect: Dialect = LATEX, known: Mapping[Expr, Fraction] | None = None) -> str:
    return Printer(dialect, NAMES[0], Point(known or {}), digits=9).write(e)


def test_negative_numbers_have_brackets_only_where_something_stands_before_them() -> None:
    known = {OUT: Fraction("-0.5"), TARGET: Fraction("0.25")}
    assert text(At(Mul((OUT, TARGET))), known=known) == "-0.5 \\cdot 0.25"
    assert text(At(Mul((TARGET, OUT))), known=known) == "0.25 \\cdot (-0.5)"
    assert text(At(Add((TARGET, OUT))), known=known) == "0.25 + (-0.5)"
    assert text(At(difference(TARGET, OUT)), known=known) == "0.25 - (-0.5)"
    assert text(At(Pow(OUT, 2)), known=known) == "(-0.5)^{2}"
    assert text(At(Div(OUT, TARGET)), known=known) == "\\frac{-0.5}{0.25}"
    assert text(At(Call("exp", OUT)), known=known) == "e^{-0.5}"


def test_a_product_with_a_bracket_is_written_as_by_hand() -> None:
    assert text(Mul((OUT, difference(ONE, OUT)))) == "\\mathrm{out}_{o1} (1 - \\mathrm{out}_{o1})"
    known = {OUT: Fraction("0.75")}
    assert text(At(Mul((OUT, difference(ONE, OUT)))), known=known) == "0.75 \\cdot (1 - 0.75)"


def test_a_branch_is_written_out_alone_and_as_a_truth_value_in_a_product() -> None:
    step = Cases(NET, ONE, ZERO)
    net = "\\mathrm{net}_{o1}"
    assert text(step) == f"\\begin{{cases}} 1 & {net} > 0 \\\\ 0 & {net} \\le 0 \\end{{cases}}"
    assert text(Mul((OUT, step))) == f"\\mathrm{{out}}_{{o1}} \\cdot [{net} > 0]"
    assert text(step, TEXT) == "{1, net_o1 > 0; 0, net_o1 ≤ 0}"


def test_a_long_sum_shows_its_ends() -> None:
    terms = [Var("x", 0, (k,)) for k in range(1, 21)]
    shown = [f"i_{{{k}}}" for k in (1, 2, 3)] + ["\\cdots"] + [f"i_{{{k}}}" for k in (19, 20)]
    assert text(Add(tuple(terms))) == " + ".join(shown)
    assert text(Add(tuple(terms[:8]))).count("+") == 7


def numbers(rows: list[list[str]]) -> Matrix:
    return Matrix(tuple(tuple(Num(Fraction(cell)) for cell in row) for row in rows))


def test_matrices_of_one_number_are_multiplied_with_a_dot() -> None:
    two, one = numbers([["2"]]), numbers([["1"]])
    assert text(At(MatMul((two, one)))) == "2 \\cdot 1"
    assert text(At(Hadamard((two, one)))) == "2 \\cdot 1"
    row, column = numbers([["1", "2"]]), numbers([["3"], ["4"]])
    assert (
        text(At(MatMul((row, column))))
        == "\\begin{pmatrix} 1 & 2 \\end{pmatrix} \\begin{pmatrix} 3 \\\\ 4 \\end{pmatrix}"
    )
    assert text(At(Transpose(column)), TEXT) == "[3, 4]"


def test_a_product_inside_a_product_of_another_kind_is_bracketed() -> None:
    a, b, c = (Named(kind, 1, numbers([["1", "2"], ["3", "4"]])) for kind in ("w", "delta", "net"))
    assert text(Hadamard((MatMul((a, b)), c)), TEXT) == "(W1 δ1) ⊙ net1"
    assert text(MatMul((a, Hadamard((b, c)))), TEXT) == "W1 (δ1 ⊙ net1)"
    assert text(MatMul((Add((a, b)), c)), TEXT) == "(W1 + δ1) net1"


def test_a_large_matrix_is_printed_with_dots() -> None:
    large = numbers([[str(10 * i + j) for j in range(12)] for i in range(9)])
    rows = text(large).removeprefix("\\begin{pmatrix} ").removesuffix(" \\end{pmatrix}").split(" \\\\ ")
    assert rows[0] == "0 & 1 & 2 & \\cdots & 11"
    assert rows[3] == " & ".join(["\\vdots"] * 5)
    assert [row.split(" ")[0] for row in rows] == ["0", "10", "20", "\\vdots", "70", "80"]


def test_shapes_stand_under_their_letters() -> None:
    weights = Named("w", 1, numbers([["1", "2", "3"], ["4", "5", "6"]]))
    printer = Printer(LATEX, NAMES[0], shapes=True)
    assert printer.write(weights) == "\\underset{2 \\times 3}{\\mathbf{W}^{(1)}}"
    assert printer.write(Transpose(weights)) == "\\underset{3 \\times 2}{\\mathbf{W}^{(1)\\,\\mathsf{T}}}"


def test_a_sum_over_paths_is_told_from_other_sums() -> None:
    path = Mul((Diff(TOTAL, NET), Diff(NET, OUT, local=True)))
    assert is_sum_of_paths(Add((path, path)))
    assert is_sum_of_paths(Mul((Add((path, path)), Diff(OUT, NET))))
    assert not is_sum_of_paths(Add((Diff(TOTAL, NET), Diff(TOTAL, OTHER))))
    assert not is_sum_of_paths(Add((Mul((OUT, NET)), path)))
    printer = Printer(LATEX, NAMES[0])
    first, second, *rest = pieces(printer, Mul((Add((path, path)), Diff(OUT, NET))))
    assert first.startswith("\\biggl( ")
    assert second.startswith("+ ")
    assert second.endswith(" \\biggr)")
    assert len(rest) == 1


def test_in_a_sentence_a_derivative_stands_on_one_line() -> None:
    assert text(Diff(TOTAL, OUT), LATEX_INLINE) == "\\partial E_{\\mathrm{total}}/\\partial \\mathrm{out}_{o1}"
    assert text(Pow(Diff(TOTAL, OUT), 2), LATEX_INLINE).startswith("(\\partial")


def test_a_family_is_written_with_its_sum() -> None:
    assert text(Sum(Mul((OUT, Var("x", 0, ("k",)))), "k", 2)) == "\\sum_{k=1}^{2} \\mathrm{out}_{o1} \\cdot i_{k}"


def _parts(e: Expr) -> Iterator[Expr]:
    yield e
    for part in children(e):
        yield from _parts(part)


def test_every_step_of_a_derivation_can_be_read_back() -> None:
    """The formulas of the worked example, evaluated from their LaTeX, are worth what its values say."""
    derivation = differentiate(SPECS[1])
    names = notation(SPECS[1])
    printer = Printer(LATEX, names)
    count = 0
    for name in derivation.parameters:
        for step in derivation.chain(Diff(TOTAL, name)):
            atoms = {each for each in _parts(step.rhs) if isinstance(each, Var | Diff)}
            known = {each: Fraction(long_decimal(derivation.values[each], 60)) for each in atoms}
            written = step.rhs.arg if isinstance(step.rhs, At) else step.rhs
            called = _exactly if any(isinstance(each, Call) for each in _parts(written)) else function
            tokens = formulas.latex(printer.write(written))
            labels = {
                printer.write(each).replace(" ", ""): worth for each, worth in known.items() if isinstance(each, Var)
            }
            labels |= {
                f"∂{printer.write(each.of)}/∂{printer.write(each.wrt)}".replace(" ", ""): worth
                for each, worth in known.items() if isinstance(each, Diff)
            }  # fmt: skip
            found = formulas.value(tokens, labels.__getitem__, called)
            expected = Fraction(long_decimal(derivation.values[step.rhs], 60))
            assert abs(found - expected) <= Fraction(1, 10**40), step.id
            count += 1
    assert count > 300


def _exactly(name: str, x: Fraction) -> Fraction:
    found = sp.Float(sp.Rational(x.numerator, x.denominator), 70)
    return Fraction(str({"exp": sp.exp, "ln": sp.log, "tanh": sp.tanh}[name](found)))


# ── Decimals ───────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.fractions(max_denominator=10**12), st.integers(-40, 40), st.integers(2, 40))
def test_a_decimal_is_the_number_or_its_nearest_neighbour(part: Fraction, exponent: int, digits: int) -> None:
    value = part * Fraction(10) ** exponent
    made = decimals(value, digits)
    found = Fraction(made.text)
    shown = Decimal(made.text)
    if made.exact:
        assert found == value
        assert len(shown.normalize().as_tuple().digits) <= digits
        return
    last = shown.as_tuple().exponent
    assert isinstance(last, int)
    assert abs(found - value) <= Fraction(10) ** last / 2
    assert len(shown.as_tuple().digits) == digits
    # What has few digits is printed whole, so a rounded number is not the number.
    assert found != value


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("0.00000000123456789123", 5, "1.2346e-9"), ("0.0000351018778", 9, "0.0000351018778"), ("-0.5", 9, "-0.5"),
        ("123456789.25", 4, "1.235e8"), ("1e20", 9, "1e20"), ("0", 9, "0"), ("0.30000000000000004", 9, "0.300000000"),
    ],
)  # fmt: skip
def test_decimals_by_hand(value: str, digits: int, expected: str) -> None:
    assert decimals(Fraction(value), digits).text == expected


def test_small_numbers_are_written_with_a_power_of_ten() -> None:
    made = decimals(Fraction("1.23e-7"), 9)
    assert made.latex == "1.23 \\times 10^{-7}"
    assert made.pretty == "1.23·10⁻⁷"
    assert made.relation == "="
