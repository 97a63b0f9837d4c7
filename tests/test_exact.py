"""Numbers that a program takes for floats: the same results as NumPy's on doubles, and exact all the way."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from derive.check.algebra import Dual, Duals
from derive.check.field import Field
from derive.check.real import Reals
from derive.check.tower import tower
from derive.expression import Var
from derive.read.exact import Element, ExactArray, Notes, array_of, elements, exactly, literal

FIELD = Field(tower(11, 4), blind=True)
SHAPES = {"A": (3, 4), "B": (3, 4), "C": (4, 2), "v": (4,), "r": (1, 4)}


KIND = elements(FIELD, FIELD.same, Notes())


def doubles(seed: int = 0) -> dict[str, Any]:
    drawn = np.random.RandomState(seed)
    return {name: drawn.uniform(0.2, 1.4, size=shape) * 1.0 for name, shape in SHAPES.items()}


def reals(values: dict[str, Any], notes: Notes | None = None) -> dict[str, Any]:
    algebra = Reals()
    made = elements(algebra, lambda a, b: not algebra.differ(a, b), notes or Notes())
    return {
        name: array_of([made(algebra.number(Fraction(x)), x) for x in array.ravel().tolist()], array.shape)
        for name, array in values.items()
    }


def in_field(values: dict[str, Any], notes: Notes | None = None) -> dict[str, Any]:
    made = elements(FIELD, FIELD.same, notes or Notes())
    return {
        name: array_of([made(FIELD.free(f"{name} {k}"), x) for k, x in enumerate(array.ravel().tolist())], array.shape)
        for name, array in values.items()
    }


PROGRAMS: dict[str, Callable[..., Any]] = {
    "matmul": lambda A, B, C, v, r: A @ C + B @ C,
    "matmul of vectors": lambda A, B, C, v, r: A @ v @ B,
    "inner product": lambda A, B, C, v, r: v @ v,
    "dot": lambda A, B, C, v, r: np.dot(A, C) * np.dot(v, v),
    "method dot": lambda A, B, C, v, r: A.dot(C).T.dot(A),
    "einsum": lambda A, B, C, v, r: np.einsum("ij,jk->ik", A, C) + np.einsum("ij,ij->i", A, B)[:, None],
    "outer": lambda A, B, C, v, r: np.outer(v, A[0]),
    "tensordot": lambda A, B, C, v, r: np.tensordot(A, C, axes=1),
    "broadcasting": lambda A, B, C, v, r: (A + r) * v - B / (1 + r),
    "sums": lambda A, B, C, v, r: A.sum(axis=0) + np.sum(B, axis=0, keepdims=True) + A.sum(),
    "means": lambda A, B, C, v, r: A.mean(axis=0) * np.mean(B) - np.mean(A, axis=1, keepdims=True),
    "variance": lambda A, B, C, v, r: np.var(A, axis=0) + B.std() + A.var(axis=1).sum(),
    "cumulative": lambda A, B, C, v, r: np.cumsum(A, axis=1) + np.prod(v),
    "elementary": lambda A, B, C, v, r: np.exp(A) + np.log(B) - np.tanh(A) * np.sqrt(B) + np.sin(A) * np.cos(B),
    "more elementary": lambda A, B, C, v, r: np.expm1(A) + np.log1p(B) + np.sinh(A) - np.cosh(B) + np.square(A),
    "logarithms": lambda A, B, C, v, r: np.log2(A) + np.log10(B) + np.logaddexp(A, B) + np.exp2(A),
    "powers": lambda A, B, C, v, r: A**2 + B**-1 + A**0.5 + 2**B + np.power(A, 3) + np.e**B + A**B,
    "sigmoid": lambda A, B, C, v, r: 1 / (1 + np.exp(-A)),
    "stable sigmoid": lambda A, B, C, v, r: np.where(A >= 1, 1 / (1 + np.exp(-A)), np.exp(A) / (1 + np.exp(A))),
    "softmax": lambda A, B, C, v, r: np.exp(A - A.max(axis=1, keepdims=True))
    / np.exp(A - A.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True),
    "relu": lambda A, B, C, v, r: np.maximum(A - 1, 0) + np.maximum(0, 1 - B) + (A > 1) * B,
    "masks": lambda A, B, C, v, r: np.where(A > B, A, 0) + (A > B).astype(float) * B,
    "masked assignment": lambda A, B, C, v, r: masked(A, B),
    "clip": lambda A, B, C, v, r: np.clip(A, 0.5, 1.0) + B.clip(0.5, 1.0) + abs(A - 1) + np.abs(B - 1),
    "sign": lambda A, B, C, v, r: np.sign(A - 1) * B + np.minimum(A, B),
    "zeros": lambda A, B, C, v, r: filled(A, np.zeros(A.shape)),
    "zeros like": lambda A, B, C, v, r: filled(A, np.zeros_like(A)),
    "empty": lambda A, B, C, v, r: filled(A, np.empty((3, 4), dtype=np.float64)),
    "ones": lambda A, B, C, v, r: np.ones((3, 4)) * A + np.full((3, 4), 0.25) + np.eye(3)[:, :1],
    "in place": lambda A, B, C, v, r: in_place(A, B),
    "array of rows": lambda A, B, C, v, r: np.array([row * 2 for row in A]) + np.asarray(B, dtype=np.float64),
    "array of numbers": lambda A, B, C, v, r: np.array([[float(x) for x in row] for row in A], dtype=float),
    "stacks": lambda A, B, C, v, r: np.vstack([A, r]).sum(axis=0) + np.hstack([A, B])[:, :4].sum(axis=0),
    "columns": lambda A, B, C, v, r: np.c_[np.ones(3), A] @ np.ones(5) + np.concatenate([A, B], axis=1).sum(axis=1),
    "insert": lambda A, B, C, v, r: np.insert(A, 0, 1.0, axis=1).sum(axis=1) + np.append(A, B, axis=1).sum(axis=1),
    "reshape": lambda A, B, C, v, r: A.reshape(4, 3) + B.ravel().reshape(-1, 3) + np.reshape(A, (4, 3)) + B.T,
    "flat vector": lambda A, B, C, v, r: np.concatenate([A.flatten(), v])[:12].reshape(3, 4),
    "one-hot": lambda A, B, C, v, r: one_hot(A),
    "picked": lambda A, B, C, v, r: -np.log(A[np.arange(3), [0, 2, 1]]).mean() + A[[0, 2]][:, ::2],
    "plain Python": lambda A, B, C, v, r: [
        sum(a * b for a, b in zip(x, y, strict=True)) for x, y in zip(A, B, strict=True)
    ],
    "math": lambda A, B, C, v, r: [1 / (1 + math.exp(-x)) + math.tanh(x) - math.log(x) + math.sqrt(x) for x in v],
    "math, more": lambda A, B, C, v, r: [
        math.pow(x, 2) + math.fsum([x, 1.0]) + math.log(x, 2) + math.fabs(-x) for x in v
    ],
    "gelu": lambda A, B, C, v, r: [0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in v],
    "gelu, tanh form": lambda A, B, C, v, r: 0.5 * A * (1 + np.tanh(np.sqrt(2 / np.pi) * (A + 0.044715 * A**3))),
    "norm": lambda A, B, C, v, r: np.linalg.norm(v) + np.linalg.norm(A, axis=1),
    "vectorize": lambda A, B, C, v, r: np.vectorize(lambda x: x if x > 1 else 0.1 * x)(A),
    "np.float64": lambda A, B, C, v, r: np.float64(2.0) * v[0] + v[1] * np.float64(3.0) - np.float64(1.0) * A,
    "argmax": lambda A, B, C, v, r: A[np.arange(3), np.argmax(A, axis=1)] + A.max() + np.sort(v)[0] + np.min(B),
    "add at": lambda A, B, C, v, r: added_at(A),
    "transposes": lambda A, B, C, v, r: np.transpose(A) + B.swapaxes(0, 1) + np.moveaxis(A, 0, 1),
    "newaxis": lambda A, B, C, v, r: (v[:, np.newaxis] * v[None, :]).diagonal() + np.diag(np.outer(v, v)),
    "reductions": lambda A, B, C, v, r: np.add.reduce(A, axis=0) * np.multiply.outer(v, v)[0],
    "repeat and tile": lambda A, B, C, v, r: np.tile(v, (3, 1)) + np.repeat(r, 3, axis=0),
}  # fmt: skip


def masked(a: Any, b: Any) -> Any:
    made = a.copy()
    made[b <= 1] = 0
    made[made > 1] *= 2.0
    return made


def filled(a: Any, made: Any) -> Any:
    for i in range(3):
        for j in range(4):
            made[i, j] = a[i, j] * 2
    made[1:] += a[1:]
    return made


def in_place(a: Any, b: Any) -> Any:
    made = a * 1.0
    made -= 0.5 * b
    made *= b
    made /= 3
    made **= 2
    np.add(made, b, out=made)
    return made


def one_hot(a: Any) -> Any:
    made = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
    made[range(3), [0, 2, 1]] -= 1
    made /= 3
    return made


def added_at(a: Any) -> Any:
    made = np.zeros(4)
    np.add.at(made, [0, 2, 0], a[:, 1])
    return made


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_on_real_elements_what_numpy_gives_on_doubles(name: str) -> None:
    program, values = PROGRAMS[name], doubles()
    expected = np.asarray(program(**values), dtype=np.float64)
    notes = Notes()
    given = reals(values, notes)
    with exactly(type(given["v"][0]), globals()):
        found = np.asarray(program(**given), dtype=object)
    assert found.shape == expected.shape
    flat = found.ravel().tolist()
    # To all digits that doubles have: the value, and the double that goes with it.
    values_found = [float(x.value.value) if isinstance(x, Element) else float(x) for x in flat]
    np.testing.assert_allclose(values_found, expected.ravel(), rtol=1e-13, atol=1e-15)
    shadows = [x.shadow if isinstance(x, Element) else float(x) for x in flat]
    np.testing.assert_allclose(shadows, expected.ravel(), rtol=1e-13, atol=1e-15)
    # And exact: what is no element any more is a whole number, or a constant of the program's own.
    assert not notes.lost, "a number became a double"
    assert all(isinstance(x, Element) or float(x) * 20 == int(float(x) * 20) for x in flat)
    assert any(isinstance(x, Element) and not isinstance(x.value.value, Fraction) for x in flat) or all(
        isinstance(x, Element) and x.value.bound < 1e3 for x in flat if isinstance(x, Element)
    )


EQUAL: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "tanh and sigmoid": (lambda A, **o: np.tanh(A), lambda A, **o: 2 / (1 + np.exp(-2 * A)) - 1),
    "stable softmax": (PROGRAMS["softmax"], lambda A, **o: np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)),
    "stable sigmoid": (PROGRAMS["stable sigmoid"], PROGRAMS["sigmoid"]),
    "matmul, einsum": (lambda A, C, **o: A @ C, lambda A, C, **o: np.einsum("ij,jk->ik", A, C)),
    "matmul, loops": (
        lambda A, v, **o: A @ v, lambda A, v, **o: [sum(A[i, k] * v[k] for k in range(4)) for i in range(3)]
    ),
    "mean": (lambda A, **o: np.mean(A), lambda A, **o: np.sum(A) / 12),
    "a third": (lambda A, **o: A / 3, lambda A, **o: A * (1 / 3)),
    "a tenth": (lambda A, **o: A / 10, lambda A, **o: 0.1 * A),
    "log-sum-exp": (
        lambda A, **o: np.exp(np.log(np.exp(A).sum(axis=1))), lambda A, **o: np.exp(A).sum(axis=1)
    ),
    "square": (lambda A, **o: np.square(A), lambda A, **o: A * A),
    "logaddexp": (lambda A, **o: np.exp(np.logaddexp(0, A)), lambda A, **o: 1 + np.exp(A)),
}  # fmt: skip


@pytest.mark.parametrize("name", EQUAL)
def test_what_is_equal_is_equal_in_the_field(name: str) -> None:
    given = in_field(doubles())
    with exactly(type(given["v"][0]), globals()):
        a, b = (np.asarray(program(**given), dtype=object).ravel().tolist() for program in EQUAL[name])
    assert len(a) == len(b) > 0
    assert all(FIELD.same(x.value, y.value) for x, y in zip(a, b, strict=True))


UNEQUAL: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "scaled by 1 + 1e-9": (lambda A, **o: A, lambda A, **o: A * (1 + 1e-9)),
    "scaled by 1.0005": (lambda A, **o: np.tanh(A), lambda A, **o: 1.0005 * np.tanh(A)),
    "a third in four digits": (lambda A, **o: A / 3, lambda A, **o: A * 0.3333),
    "a guard": (lambda A, **o: np.log(A), lambda A, **o: np.log(A + 1e-12)),
    "a difference quotient": (
        lambda A, **o: A * (1 - A),
        lambda A, **o: ((A + 1e-6) ** 2 / 2 - (A + 1e-6) ** 3 / 3 - A**2 / 2 + A**3 / 3) / 1e-6,
    ),
    "single precision": (lambda A, **o: A * 0.1, lambda A, **o: A * float(np.float32(0.1))),
}  # fmt: skip


@pytest.mark.parametrize("name", UNEQUAL)
def test_what_is_not_equal_is_not_in_the_field(name: str) -> None:
    given = in_field(doubles())
    with exactly(type(given["v"][0]), globals()):
        a, b = (np.asarray(program(**given), dtype=object).ravel().tolist() for program in UNEQUAL[name])
    assert not any(FIELD.same(x.value, y.value) for x, y in zip(a, b, strict=True))


def test_dual_numbers_differentiate_a_program() -> None:
    """d/dx of tanh(x)² log(1 + x²), by hand: 2 tanh (1 − tanh²) log(1 + x²) + tanh² 2x/(1 + x²)."""
    duals, moving = Duals(FIELD), Var("x")
    made = elements(duals, lambda a, b: FIELD.same(a.value, b.value), Notes())
    x = made(duals.moving(moving, FIELD.free("x")), 0.7)
    with exactly(made, globals()):
        found = np.tanh(x) ** 2 * np.log(1 + x * x)
        t = np.tanh(x)
        slope = 2 * t * (1 - t**2) * np.log(1 + x**2) + t**2 * 2 * x / (1 + x**2)
    assert isinstance(found.value, Dual)
    assert FIELD.same(found.value.slopes[moving], slope.value.value)


@pytest.mark.parametrize(
    ("double", "number"),
    [
        (0.1, "1/10"), (1 / 3, "1/3"), (2 / 7, "2/7"), (0.044715, "44715/1000000"), (1e-8, "1/100000000"),
        (1 + 1e-9, "1000000001/1000000000"), (1.0005, "10005/10000"),
        (1.0507009873554805, "10507009873554805/10000000000000000"),
        (-0.25, "-1/4"), (0.0, "0"), (1 / 60000, "1/60000"), (1.0 / 97 / 3, "1/291"),
        (6.02e23, "602000000000000000000000"),
    ],
)  # fmt: skip
def test_a_double_is_read_as_what_it_stands_for(double: float, number: str) -> None:
    assert literal(double) == Fraction(number)


def test_every_double_is_read_as_a_number_that_rounds_to_it() -> None:
    drawn = random.Random(3)
    for _ in range(3_000):
        x = drawn.choice((drawn.random(), drawn.uniform(-50, 50), drawn.randint(1, 999) / drawn.randint(1, 999)))
        x *= 10.0 ** drawn.randint(-12, 12)
        assert float(literal(x)) == x


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_is_not_read(value: float) -> None:
    with pytest.raises(ValueError, match="no number"):
        literal(value)


def test_comparisons_follow_the_shadows_and_are_noted_by_line() -> None:
    notes = Notes(__file__)
    given = in_field(doubles(), notes)
    with exactly(KIND, globals()):
        made = given["A"] > given["B"]
        line = test_comparisons_follow_the_shadows_and_are_noted_by_line.__code__.co_firstlineno + 4
    assert made.dtype == bool
    assert (made == (doubles()["A"] > doubles()["B"])).all()
    assert notes.tests == {line: {1, -1}}
    assert not notes.close


def test_what_is_equal_exactly_is_no_close_call_and_what_only_rounds_to_it_is() -> None:
    notes = Notes(__file__)
    a = in_field({"A": np.array([0.3])}, notes)["A"]
    assert (a - a == 0).all()
    assert not notes.close
    assert (a + 1e-12 > a).all()
    assert notes.close


def test_what_becomes_a_double_is_noted() -> None:
    notes = Notes(__file__)
    x = in_field({"A": np.array([0.3])}, notes)["A"][0]
    assert float(x) == 0.3
    assert list(notes.lost.values()) == ["float"]
    assert f"{x:.2f} {x}" == "0.30 0.3"  # what is printed is no loss


def test_division_by_zero_has_no_value_and_spreads_no_further_than_it_is_used() -> None:
    notes = Notes(__file__)
    a = in_field(doubles(), notes)["A"]
    with exactly(type(a[0, 0]), globals()):
        made = np.where(a > 0, a, a / (a - a))
        undefined = a / (a - a)
    assert all(FIELD.same(x.value, y.value) for x, y in zip(made.ravel(), a.ravel(), strict=True))
    assert all(x.value is None for x in undefined.ravel())
    assert next(iter(notes.undefined.values())).value == "a division by zero"


def test_a_program_finds_other_functions_and_numpy_itself_does_not() -> None:
    space: dict[str, Any] = {"np": np, "zeros": np.zeros, "math": math, "exp": math.exp}
    with exactly(KIND, space):
        assert isinstance(space["zeros"](3), ExactArray)
        assert isinstance(space["np"].ones((2, 2)), ExactArray)
        assert space["np"].float64 is np.float64
        assert space["exp"] is space["math"].exp is not math.exp
        assert space["exp"](0.0) == 1.0
        import numpy.random
        from numpy import zeros

        assert isinstance(zeros(2), ExactArray)
        # NumPy's generators fill arrays of doubles, which they get from NumPy.
        assert numpy.random.RandomState(1).randn(2, 2).dtype == np.float64
        assert np.zeros(3).dtype == np.float64
    assert space == {"np": np, "zeros": np.zeros, "math": math, "exp": math.exp}
    assert sys.modules["numpy"] is np
    assert sys.modules["math"] is math


def test_what_is_replaced_comes_back_after_an_error() -> None:
    with pytest.raises(RuntimeError, match="on the way"):
        fail_exactly()
    assert sys.modules["numpy"] is np


def fail_exactly() -> None:
    with exactly(KIND, {"np": np}):
        raise RuntimeError("on the way")


def test_constants_of_mathematics_are_exact() -> None:
    x = in_field({"A": np.array([0.3])})["A"][0]
    with exactly(type(x), globals()):
        assert FIELD.same((math.e**x).value, x.exp().value)
        root = math.sqrt(2 / math.pi) * x
        assert FIELD.same((root * root * math.pi).value, (2 * x * x).value)
