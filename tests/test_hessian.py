"""Second derivatives and the Jacobian: against mpmath and NumPy written here, and with planted faults."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from mpmath import mp
from msgspec.structs import replace

import derive
from derive import backprop
from derive import spec as specs
from derive.check.kernel import Checker
from derive.check.verdict import Fault, Proved, Refuted, Undecided, passes
from derive.cli import main
from derive.derivation import DifferentiatedFormula, MatrixForm
from derive.differentiate.jacobian import jacobian_matrices
from derive.errors import DeriveError
from derive.expression import Add, Diff, Diff2, MatMul, Mul, Neg, Num, Var
from derive.hessian import Hessian
from derive.spec import Spec
from tests.networks import networks, seeded

TOTAL = Var("total")
WEIGHTS = ("0.15", "0.20", "0.25", "0.30", "0.40", "0.45", "0.50", "0.55")
NAMES = tuple(f"w{number}" for number in range(1, 9))


def mazur_error(*w: mpmath.mpf) -> mpmath.mpf:
    """Return the error of the worked example as a function of its weights, as it stands in its text."""

    def sigma(x: mpmath.mpf) -> mpmath.mpf:
        return 1 / (1 + mp.exp(-x))

    i1, i2, b1, b2 = mp.mpf("0.05"), mp.mpf("0.1"), mp.mpf("0.35"), mp.mpf("0.6")
    h1, h2 = sigma(w[0] * i1 + w[1] * i2 + b1), sigma(w[2] * i1 + w[3] * i2 + b1)
    o1, o2 = sigma(w[4] * h1 + w[5] * h2 + b2), sigma(w[6] * h1 + w[7] * h2 + b2)
    return ((mp.mpf("0.01") - o1) ** 2 + (mp.mpf("0.99") - o2) ** 2) / 2


@pytest.fixture(scope="module")
def worked() -> Hessian:
    return derive.load("mazur").derive().hessian()


def test_every_entry_of_the_worked_example_to_50_digits(worked: Hessian) -> None:
    """By differences of an independent forward pass in 220 digits: their error is of order h²."""
    with mp.workdps(220):
        point = [mp.mpf(weight) for weight in WEIGHTS]
        h = mp.mpf(10) ** -60

        def at(*moves: tuple[int, int]) -> mpmath.mpf:
            here = list(point)
            for place, sign in moves:
                here[place] += sign * h
            return mazur_error(*here)

        for i, a in enumerate(NAMES):
            for j, b in enumerate(NAMES):
                corners = [(s, t, at((i, s), (j, t))) for s in (1, -1) for t in (1, -1)]
                expected = mp.fsum(s * t * value for s, t, value in corners) / (4 * h * h)
                found = worked[a, b]
                found = mp.mpf(found.numerator) / found.denominator if isinstance(found, Fraction) else mp.mpf(found)
                assert abs(found - expected) <= mp.mpf(10) ** -50 * max(abs(expected), mp.mpf(10) ** -5), (a, b)


def test_it_is_symmetric_though_each_side_is_found_on_its_own(worked: Hessian) -> None:
    values = worked.values
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            assert abs(float(value) - float(values[j][i])) <= 1e-17
    assert {step.id for step in worked.steps(*_two(worked, "w1", "w5"))} != {
        step.id for step in worked.steps(*_two(worked, "w5", "w1"))
    }


def test_each_step_is_proved_and_numpy_agrees(worked: Hessian) -> None:
    checked = worked.check()
    assert checked.passed
    assert checked.exit_code == 0
    assert len(checked.rows) == 100
    assert all(isinstance(verdict, Proved) for verdict in checked.symmetry)
    assert all(len(row.readings) == 2 for row in checked.rows)


def test_outputs_that_share_no_path_have_no_second_derivative(worked: Hessian) -> None:
    """w5 leads to o1 alone and w7 to o2 alone, and the error is a sum over outputs."""
    assert worked["w5", "w7"] == 0


def test_the_signs_of_eigenvalues(worked: Hessian) -> None:
    above, below, unknown = worked.eigenvalue_signs()
    assert above + below + unknown == 10
    # i2 is twice i1, so the row of w2 is twice that of w1, and the row of w4 twice that of w3.
    assert np.linalg.matrix_rank(worked.array(), tol=1e-14) <= 8
    assert below >= 1


def test_a_quadratic_has_the_hessian_of_the_textbook() -> None:
    """One linear neuron with half squared error: H = Σ_s x xᵀ, whatever the weights. Bishop (2006), §3.1.1."""
    inputs = [[1, 2, -1], [0, 3, 2], [2, -1, 1], [1, 1, 1]]
    layer = {"size": 1, "activation": "identity", "bias": "none", "weights": [[0.3, -0.2, 0.7]]}
    found = derive.network(inputs=inputs, targets=[[1], [2], [0], [1]], layers=[layer]).derive().hessian()
    x = np.array(inputs)
    assert np.array_equal(found.array(), x.T @ x)
    assert found.eigenvalue_signs() == (3, 0, 0)


@settings(max_examples=5)
@given(networks())
def test_random_networks(spec: Spec) -> None:
    derived = derive.Network(spec).derive()
    chosen = list(derived.derivation.parameters)[:: max(1, spec.parameter_count // 3)][:3]
    found = Hessian(derived.derivation, derived.notation, parameters=chosen)
    checked = found.check()
    assert not any(isinstance(verdict, Refuted) for verdict in checked.verdicts)
    undecided = [verdict for verdict in checked.verdicts if isinstance(verdict, Undecided)]
    assert len(undecided) <= len(checked.verdicts) // 10


@pytest.mark.parametrize("seed", [0, 4, 13, 19])
def test_numpy_by_another_way(seed: int) -> None:
    """Complex steps through backpropagation against central differences of it."""
    spec = seeded(seed)
    found = backprop.hessian(spec)
    places = backprop.places(spec)
    assert found.shape == (len(places), len(places))
    for number, place in enumerate(places[::3]):
        sides = []
        for sign in (1, -1):
            moved = backprop.parameters(spec)
            (moved.weights if place.kind == "w" else moved.biases)[place.layer - 1].flat[place.position] += sign * 1e-6
            gradients = backprop.gradients(spec, moved)
            pairs = zip(gradients.weights, gradients.biases, strict=True)
            sides.append(np.concatenate([array.ravel() for pair in pairs for array in pair]))
        scale = max(1.0, float(np.abs(found).max()))
        assert np.allclose(found[:, 3 * number], (sides[0] - sides[1]) / 2e-6, atol=1e-7 * scale)


def test_a_model_of_equations() -> None:
    """Logistic regression: H = p(1 − p) x xᵀ + λ for the weight. Bishop (2006), eq. 4.97."""
    text = """
[equations]
z = "w*x + b"
p = "sigmoid(z)"
L = "-(y*log(p) + (1 - y)*log(1 - p)) + lambda/2*w^2"
[of]
loss = "L"
parameters = ["w", "b"]
[values]
w = 0.5
b = -0.2
x = 1.5
y = 1
lambda = 0.1
"""
    found = derive.Network(specs.loads(text)).derive().hessian()
    p = 1 / (1 + np.exp(-0.55))
    expected = p * (1 - p) * np.array([[2.25, 1.5], [1.5, 1.0]]) + np.array([[0.1, 0.0], [0.0, 0.0]])
    assert np.allclose(found.array(), expected, rtol=1e-14, atol=0)
    checked = found.check()
    assert checked.passed
    assert all(len(row.readings) == 2 for row in checked.rows)


# ── Planted faults ───────────────────────────────────────────────────────────────────────────────────────────────


def _two(hessian: Hessian, a: str, b: str) -> tuple[Var, Var]:
    return hessian.notation.quantity(a), hessian.notation.quantity(b)


def _sign(rhs: Add) -> Add:
    return Add((Neg(rhs.args[0]), *rhs.args[1:]))


def _term_lost(rhs: Add) -> Add:
    return Add(rhs.args[:1])


def _scaled(rhs: Add) -> Add:
    return Add((Mul((Num(Fraction(10_005, 10_000)), rhs.args[0])), *rhs.args[1:]))


@pytest.mark.parametrize("fault", [_sign, _term_lost, _scaled])
def test_a_fault_in_a_differentiated_formula_is_refuted(worked: Hessian, fault: Callable[[Add], Add]) -> None:
    steps = worked.steps(*_two(worked, "w1", "w5"))
    (place,) = [n for n, s in enumerate(steps) if s.rule is DifferentiatedFormula and isinstance(s.rhs, Add)]
    right = steps[place]
    assert isinstance(right.rhs, Add)
    changed = [*steps[:place], replace(right, rhs=fault(right.rhs)), *steps[place + 1 :]]
    checker = Checker(worked.derivation.definitions, worked.derivation.point)
    verdicts = checker.check_all(changed)
    assert isinstance(verdicts[place], Refuted)
    assert verdicts[place].witness is not None
    assert all(passes(verdict) for verdict in verdicts[:place])


def test_a_formula_that_is_not_differentiated_by_the_same_name_is_malformed(worked: Hessian) -> None:
    w1, w5 = _two(worked, "w1", "w5")
    steps = worked.steps(w1, w5)
    last = next(step for step in steps if step.lhs == Diff2(TOTAL, w1, w5))
    checker = Checker(worked.derivation.definitions, worked.derivation.point)
    itself = replace(last, id="itself", rhs=Diff2(TOTAL, w1, w5), uses=())
    twice = replace(last, id="twice", rhs=Mul((Diff2(TOTAL, w1, w5), Diff(TOTAL, w5))), uses=())
    for step in (itself, twice):
        verdict = checker.check(step)
        assert isinstance(verdict, Refuted)
        assert verdict.fault is Fault.FORM


def test_parameters_are_limited() -> None:
    layer = {"size": 10, "activation": "tanh", "bias": "none", "weights": [[0.1] * 5] * 10}
    made = derive.network(inputs=[0.1] * 5, targets=[0.5] * 10, layers=[layer]).derive()
    with pytest.raises(DeriveError, match="2,500 entries"):
        made.hessian()
    assert float(made.hessian(only=["w1", "w50"])["w1", "w50"]) == 0.0


# ── The Jacobian ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_jacobian_of_the_worked_example() -> None:
    """∂out/∂x = diag(σ′) W₂ diag(σ′) W₁, with σ′ = out(1 − out), in NumPy."""
    found = derive.load("mazur").derive().jacobian()
    w1, w2 = np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([[0.4, 0.45], [0.5, 0.55]])
    h = 1 / (1 + np.exp(-(w1 @ [0.05, 0.1] + 0.35)))
    o = 1 / (1 + np.exp(-(w2 @ h + 0.6)))
    expected = np.diag(o * (1 - o)) @ w2 @ np.diag(h * (1 - h)) @ w1
    assert np.allclose(found.array()[0], expected, rtol=1e-15, atol=0)
    checked = found.check()
    assert checked.passed
    assert [step.id.split()[3] for step, _ in checked.matrices] == ["1", "2", "whole"]


@settings(max_examples=5)
@given(networks())
def test_jacobians_of_random_networks(spec: Spec) -> None:
    checked = derive.Network(spec).derive().jacobian().check()
    assert not any(isinstance(verdict, Refuted) for verdict in checked.verdicts)
    assert all(passes(verdict) for _, verdict in checked.matrices)


def test_factors_in_another_order_are_refuted() -> None:
    made = derive.load("mazur").derive().derivation
    whole = jacobian_matrices(made, 0)[-1]
    assert whole.rule is MatrixForm
    assert isinstance(whole.rhs, MatMul)
    first, second, *rest = whole.rhs.args
    checker = Checker(made.definitions, made.point)
    assert isinstance(checker.check(whole), Proved)
    assert isinstance(checker.check(replace(whole, id="swapped", rhs=MatMul((second, first, *rest)))), Refuted)


# ── The command line and reports ─────────────────────────────────────────────────────────────────────────────────


def test_the_commands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["derive", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), "".join(capsys.readouterr())

    code, text = run("hessian", "mazur", "--entry", "w1,w5", "-o", str(tmp_path / "h"), "--format", "html,tex,json")
    assert code == 0
    assert "∂²E_total/∂w1∂w5 = 0.0015715612077840908" in text
    assert "\\partial^2 E" in (tmp_path / "h" / "mazur.tex").read_text("utf-8").replace("^{2}", "^2")
    code, text = run("jacobian", "mazur", "-o", str(tmp_path / "j"), "--format", "html,tex")
    assert code == 0
    assert "0.00776163751" in text
    for wrong in (("--entry", "w1"), ("--entry", "w1,nothing"), ("--entry", "w1,out_h1")):
        code, text = run("hessian", "mazur", *wrong)
        assert code == 2
        assert "--entry" in text
