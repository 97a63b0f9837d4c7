"""The reduced forms: their sizes, what they say, and that any tampering with one of them is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from mpmath import mp
from msgspec.structs import replace

import derive
from derive.check.kernel import Checker
from derive.check.verdict import Doubt, Proved, Refuted, Undecided, passes
from derive.cli import main
from derive.derivation import FamilyEquation
from derive.differentiate.expanded import Size, size_of
from derive.differentiate.forms import MOST_NODES, expanded_steps, expansions, matrix_updates
from derive.differentiate.index import index_form, member, members
from derive.errors import DeriveError
from derive.expression import ONE, ZERO, Add, Call, Cases, Diff, Div, Expr, Mul, Neg, Num, Pow, Var, children, rebuilt
from derive.render.maths import LATEX, Printer
from derive.render.parting import parted
from derive.spec import Spec
from tests.networks import networks, seeded

TOTAL = Var("total")


def spec_of(*sizes: int, activation: str = "sigmoid", samples: int = 1) -> Spec:
    """Return a network of these sizes with weights that are all different."""
    layers = [
        {
            "size": size, "activation": activation, "bias": "per neuron", "biases": [0.1] * size,
            "weights": [[round(0.03 * (3 * j - 2 * k) - 0.1, 2) for k in range(fan_in)] for j in range(size)],
        }
        for fan_in, size in pairwise(sizes)
    ]  # fmt: skip
    inputs = [[round(0.1 * (i + s), 1) for i in range(sizes[0])] for s in range(samples)]
    return derive.network(inputs=inputs, targets=[[0.3] * sizes[-1]] * samples, layers=layers).spec


def derived(spec: Spec) -> derive.Derived:
    return derive.Network(spec).derive()


def names_in(e: Expr) -> Iterator[Var | Diff]:
    if isinstance(e, Var | Diff):
        yield e
    for part in children(e):
        yield from names_in(part)


# ── Written out ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(5))
def test_the_size_that_is_told_is_the_size_that_is_built(seed: int) -> None:
    made = derived(seeded(seed)).derivation
    for parameter in list(made.parameters)[::3]:
        for step, size in expanded_steps(made, [parameter]):
            if step is None:
                assert size.nodes > MOST_NODES
            else:
                assert size_of(step.rhs) == size
                given_kinds = {"x", "t", "w", "b"} | {name.kind for name in names_in(step.rhs) if "." in name.kind}
                assert {name.kind for name in names_in(step.rhs) if isinstance(name, Var)} <= given_kinds
                assert not any(isinstance(name, Diff) for name in names_in(step.rhs))


def test_sizes_of_the_naive_form() -> None:
    """The order of what was measured before with SymPy: 1,149 characters at 2-2-2 and 81,295 at 3-4-4-4-2."""

    def characters(spec: Spec) -> int:
        made = derived(spec)
        written = expansions(made.derivation)
        key = Diff(TOTAL, Var("w", 1, (1, 1)))
        size = written.size(key)
        if size.nodes > MOST_NODES:
            return size.nodes
        return len(Printer(LATEX, made.notation).write(written.formula(key)))

    assert 1_149 / 3 < characters(derive.load("mazur").spec) < 1_149 * 3
    assert 81_295 / 3 < characters(spec_of(3, 4, 4, 4, 2)) < 81_295 * 3


def test_the_size_of_a_deep_network_is_found_without_building_it() -> None:
    made = derived(spec_of(2, *[2] * 60, 1)).derivation
    size = expansions(made).size(Diff(TOTAL, Var("w", 1, (1, 1))))
    assert size.nodes > 10**18


def test_what_is_written_out_has_the_value_that_a_calculation_by_hand_gives() -> None:
    made = derived(derive.load("mazur").spec).derivation
    (step, _), = expanded_steps(made, [Var("w", 1, (1, 1))])  # fmt: skip
    assert step is not None
    with mp.workdps(60):
        assert abs(_value(step.rhs, made.point) - made.values[step.lhs]) < mp.mpf(10) ** -50


def _value(e: Expr, point: object) -> object:
    """Return the value of a formula in given quantities: an evaluator of the test's own."""
    match e:
        case Var():
            value = point[e]  # type: ignore[index]
            return mp.mpf(value.numerator) / value.denominator
        case Num(value):
            return mp.mpf(value.numerator) / value.denominator
        case Add(args):
            return mp.fsum(_value(arg, point) for arg in args)
        case Mul(args):
            return mp.fprod(_value(arg, point) for arg in args)
        case Neg(arg):
            return -_value(arg, point)  # type: ignore[operator]
        case Div(num, den):
            return _value(num, point) / _value(den, point)  # type: ignore[operator]
        case Pow(base, n):
            return _value(base, point) ** n  # type: ignore[operator]
        case Call("exp", arg):
            return mp.exp(_value(arg, point))
    raise AssertionError(e)


def test_exponentials_of_many_layers_are_seen_through() -> None:
    made = derived(spec_of(2, 1, 1, 1, 1, 1, 1, 1)).derivation
    ((step, _),) = expanded_steps(made, [Var("w", 1, (1, 1))])
    assert step is not None
    assert isinstance(Checker(made.definitions, made.point).equal(step.lhs, step.rhs), Proved)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_one_sign_in_what_is_written_out_is_found(activation: str) -> None:
    made = derived(spec_of(2, 2, 2, activation=activation)).derivation
    ((step, _),) = expanded_steps(made, [Var("w", 1, (2, 1))])
    assert step is not None
    checker = Checker(made.definitions, made.point)
    assert isinstance(checker.equal(step.lhs, step.rhs), Proved)
    assert isinstance(checker.equal(step.lhs, _other_sign(step.rhs)), Refuted)


def _other_sign(e: Expr) -> Expr:
    """Return `e` with the sign of the first term of its first sum changed."""
    if isinstance(e, Add):
        first, *rest = e.args
        return Add((Neg(first), *rest))
    parts = list(children(e))
    return rebuilt(e, [_other_sign(parts[0]), *parts[1:]])


def test_a_long_formula_is_parted_and_loses_nothing() -> None:
    made = derived(spec_of(2, 2, 2))
    printer = Printer(LATEX, made.notation)
    ((step, _),) = expanded_steps(made.derivation, [Var("w", 1, (1, 1))])
    assert step is not None
    found = parted(printer, step.rhs)
    assert len(found) > 5
    joined, whole = " ".join(found), printer.write(step.rhs)
    for word in ("w_{1}", "w_{5}", "i_{1}", "\\mathrm{target}_{o1}", "b_{h1}"):
        assert joined.count(word) == whole.count(word), word
    assert joined.count("(") == joined.count(")")


def test_a_derivative_that_is_too_long_is_refused_before_it_is_built() -> None:
    with pytest.raises(DeriveError, match=r"1,?\d{2},\d{3} nodes|149,\d{3} nodes") as refused:
        derived(spec_of(3, 4, 4, 4, 2)).report("unused", only=["w1"], formats=["tex"], form="expanded")
    assert refused.value.where == "--form expanded"
    assert "--form named" in refused.value.hint


# ── By index ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_index_form_of_the_worked_example() -> None:
    """As in any textbook: Bishop (2006), eqs. 5.53, 5.56."""
    made = derived(derive.load("mazur").spec)
    printer = made.printer(latex=False)
    written = {printer.write(e.lhs): printer.write(e.rhs) for e in index_form(made.derivation)}
    assert written["δ_oj"] == "(out_oj − target_oj) · out_oj · (1 − out_oj)"
    assert written["δ_hj"] == "out_hj · (1 − out_hj) · Σ_k=1..2 δ_ok · w2_k_j"
    assert written["∂E_total/∂w1_j_k"] == "δ_hj · ik"
    assert written["∂E_total/∂b1"] == "Σ_j=1..2 δ_hj"


def test_the_index_form_of_softmax_with_cross_entropy() -> None:
    layer = {"size": 3, "activation": "softmax", "bias": "none", "weights": [[0.1, 0.2], [0.3, 0.4], [0.5, -0.6]]}
    spec = derive.network(inputs=[1, 2], targets=[0, 1, 0], layers=[layer], loss="categorical cross-entropy").spec
    made = derived(spec)
    delta = next(e for e in index_form(made.derivation) if e.lhs.kind == "delta")  # type: ignore[union-attr]
    assert made.printer(latex=False).write(delta.rhs) == "out_oj · Σ_k=1..3 target_ok − target_oj"


@settings(max_examples=5)
@given(networks())
def test_forms_are_equal_on_random_networks(spec: Spec) -> None:
    made = derived(spec)
    names = [made.notation.label(name).ascii for name in made.derivation.parameters][:: 1 + spec.parameter_count // 5]
    compared = made.forms(only=names)
    assert len(compared.derivatives) == len(names)
    for verdict in compared.verdicts:
        assert not isinstance(verdict, Refuted)
        if isinstance(verdict, Undecided):
            assert verdict.doubt in (Doubt.LENGTH, Doubt.NESTED, Doubt.CLOSE)
    assert all(passes(each.index) for each in compared.derivatives if each.index is not None)


def test_an_index_equation_with_its_letters_swapped_is_refuted() -> None:
    made = derived(spec_of(2, 2, 2)).derivation
    checker = Checker(made.definitions, made.point)
    right = next(e for e in index_form(made) if e.lhs == Diff(TOTAL, Var("w", 2, ("j", "k"))))
    wrong = FamilyEquation(right.lhs, _swapped(right.rhs), right.letters, right.part)
    for equation, kind in ((right, Proved), (wrong, Refuted)):
        verdicts = [checker.equal(lhs, rhs) for lhs, rhs in members(equation) if lhs.wrt.index == (1, 2)]  # type: ignore[union-attr]
        assert len(verdicts) == 1
        assert isinstance(verdicts[0], kind)


def _swapped(e: Expr) -> Expr:
    if isinstance(e, Var):
        return replace(e, index=tuple({"j": "k", "k": "j"}.get(str(i), i) for i in e.index))
    return rebuilt(e, [_swapped(part) for part in children(e)])


def test_members_of_a_large_family_are_drawn() -> None:
    made = derived(spec_of(30, 20, 2)).derivation
    equation = next(e for e in index_form(made) if e.lhs == Diff(TOTAL, Var("w", 1, ("j", "k"))))
    found = [lhs for lhs, _ in members(equation, seed=3)]
    assert len(found) == len(set(found)) == 400
    assert found == [lhs for lhs, _ in members(equation, seed=3)]
    assert found != [lhs for lhs, _ in members(equation, seed=4)]
    assert member(equation, Var("w", 1, (7, 9))) == Mul((Var("delta", 1, (7,)), Var("x", 0, (9,))))


# ── In matrices ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_update_of_a_matrix_is_proved_and_its_transpose_refuted() -> None:
    made = derived(spec_of(2, 2, 2)).derivation
    checker = Checker(made.definitions, made.point)
    weights, biases = matrix_updates(made, 1)
    assert isinstance(checker.check(weights), Proved)
    assert isinstance(checker.check(biases), Proved)
    assert isinstance(weights.rhs, Add)
    old, change = weights.rhs.args
    assert isinstance(change, Neg)
    assert isinstance(checker.check(replace(weights, id="sign", rhs=Add((old, change.arg)))), Refuted)


def test_softmax_over_several_samples_has_no_matrix_form() -> None:
    layer = {"size": 2, "activation": "softmax", "bias": "none", "weights": [[0.1, 0.2], [0.3, 0.4]]}
    spec = derive.network(inputs=[[1, 2], [2, 1]], targets=[[0, 1], [1, 0]], layers=[layer]).spec
    compared = derived(spec).forms()
    (delta,) = [each for each in compared.layers if each.kind == "delta"]
    assert delta.matrix is None
    assert compared.exit_code == 0


# ── Reports and the command line ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["expanded", "matrix", "index"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_in_a_form_is_checked_whole(form: str, language: str, tmp_path: Path) -> None:
    made = derived(derive.load("mazur").spec)
    formats = ["html", "json"] if language == "zh" else ["tex", "html", "json"]
    report = made.report(tmp_path, formats=formats, form=form, language=language)
    assert report.verification.passed
    data = json.loads(report.files["json"].read_text("utf-8"))
    assert data["verdict"]["passed"]
    if language == "zh":
        return
    text = report.files["tex"].read_text("utf-8")
    assert {"expanded": "i_{1}", "matrix": "\\mathbf{W}", "index": "w_{jk}^{(1)}"}[form] in text


def test_the_command_says_what_is_equal_and_what_is_too_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["derive", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), "".join(capsys.readouterr())

    code, text = run("forms", "mazur", "--only", "w1,b2")
    assert code == 0
    assert "All forms are equal." in text
    code, text = run("report", "mazur", "--form", "expnded", "-o", str(tmp_path))
    assert code == 2
    assert "expanded" in text


def test_a_size_counts_every_node() -> None:
    x = Var("x", 0, (1,))
    assert size_of(Div(x, Add((ONE, Call("exp", Neg(x)))))) == Size(7, 2, 5)
    assert size_of(Cases(x, x, ZERO)) == Size(4, 2, 2)
