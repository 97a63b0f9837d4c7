"""Real derivations, spoilt in one place: the kernel refutes every one that is false, and says where.

Each fault is one line of a table: what may stand in place of a part of a formula. A spoilt step may happen to be true
(a sum over paths whose paths are alike); then numbers say so, which know nothing of how the kernel decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import islice, pairwise
from random import Random

import networks
import pytest
from mpmath import MPContext, mpc

import derive
from derive.check.kernel import Checker
from derive.check.verdict import Doubt, Fault, Refuted, Undecided, Verdict, combine, passes
from derive.derivation import Derivation, Numbers, Step
from derive.expression import (
    ONE,
    Add,
    At,
    Call,
    Cases,
    Const,
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
    Transpose,
    Var,
    children,
)
from derive.spec import Spec
from derive.verification import all_steps, quantities

TOTAL = Var("total")
GIVEN = ("x", "t", "w", "b", "eta")

# ── Faults ─────────────────────────────────────────────────────────────────────────────────────────────────────

Change = Callable[[Expr, Spec], Iterator[Expr]]
"""What may stand, wrongly, in place of a part of a formula."""


def spots(e: Expr) -> Iterator[tuple[Expr, Callable[[Expr], Expr]]]:
    """Yield each part of `e`, and the function that puts another in its place. A matrix with a letter is one part."""
    yield e, lambda new: new
    parts = () if isinstance(e, Named) else children(e)
    for place, part in enumerate(parts):
        for inner, put in spots(part):
            yield inner, lambda new, place=place, put=put: _with_part(e, place, put(new))  # type: ignore[misc]


def _with_part(e: Expr, place: int, new: Expr) -> Expr:
    parts = [*children(e)]
    parts[place] = new
    match e:
        case Add() | Mul() | MatMul() | Hadamard():
            return type(e)(tuple(parts))
        case Pow():
            return Pow(parts[0], e.exponent)
        case Call():
            return Call(e.fn, parts[0])
        case Matrix():
            width = e.shape[1]
            return Matrix(tuple(tuple(parts[i : i + width]) for i in range(0, len(parts), width)))
    return type(e)(*parts)


def without(e: Add | Mul, *places: int) -> Expr:
    rest = tuple(arg for place, arg in enumerate(e.args) if place not in places)
    return rest[0] if len(rest) == 1 else type(e)(rest) if rest else ONE


def opposite(e: Expr) -> Expr:
    return e.arg if isinstance(e, Neg) else Neg(e)


def sign(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Add):
        for place, term in enumerate(e.args):
            yield _with_part(e, place, opposite(term))


def dropped_term(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Add):
        yield from (without(e, place) for place in range(len(e.args)))


def dropped_factor(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Mul):
        yield from (without(e, place) for place, arg in enumerate(e.args) if arg != ONE)


def scaled(factor: str, e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Var | Diff | Mul | Add) and not _is_matrix(e):
        yield Mul((Num(Fraction(factor)), e))


def _names(change: Callable[[Var, Spec], Iterator[Var]], e: Expr, spec: Spec) -> Iterator[Expr]:
    """Change a name, or one of the two in a derivative."""
    if isinstance(e, Var):
        yield from change(e, spec)
    elif isinstance(e, Diff):
        yield from (Diff(of, e.wrt, e.local) for of in change(e.of, spec))
        yield from (Diff(e.of, wrt, e.local) for wrt in change(e.wrt, spec))


def another_neuron(name: Var, spec: Spec) -> Iterator[Var]:
    if len(name.index) == 1:
        for j in range(1, spec.sizes[name.layer] + 1):
            if (j,) != name.index:
                yield Var(name.kind, name.layer, (j,), name.sample)


def another_weight(name: Var, spec: Spec) -> Iterator[Var]:
    if len(name.index) == 2:
        for j in range(1, spec.sizes[name.layer] + 1):
            for k in range(1, spec.sizes[name.layer - 1] + 1):
                if (j, k) != name.index:
                    yield Var(name.kind, name.layer, (j, k))


def another_layer(name: Var, spec: Spec) -> Iterator[Var]:
    if name.kind in ("net", "out", "delta", "w", "w+"):
        for layer in (name.layer - 1, name.layer + 1):
            if 1 <= layer < len(spec.sizes):
                limits = spec.sizes[layer], spec.sizes[layer - 1]
                index = tuple(min(int(place), limit) for place, limit in zip(name.index, limits, strict=False))
                yield Var(name.kind, layer, index, name.sample)


def another_sample(name: Var, spec: Spec) -> Iterator[Var]:
    if name.sample:
        for sample in range(1, spec.samples + 1):
            if sample != name.sample:
                yield Var(name.kind, name.layer, name.index, sample)


def net_for_out(name: Var, spec: Spec) -> Iterator[Var]:
    if name.kind == "out":
        yield Var("net", name.layer, name.index, name.sample)


def updated_already(e: Expr, spec: Spec) -> Iterator[Expr]:
    """The mistake in the best-known worked example: its published error after one update comes from it."""
    if isinstance(e, Var) and e.kind == "w":
        yield Var("w+", e.layer, e.index)


def upside_down(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Diff) and e.wrt.kind not in GIVEN:
        yield Diff(e.wrt, e.of, e.local)


def swapped_halves(e: Expr, spec: Spec) -> Iterator[Expr]:
    """∂a/∂b · ∂b/∂c as ∂a/∂c · ∂b/∂b, ∂b/∂b · ∂a/∂c."""
    if isinstance(e, Mul):
        for place, (one, other) in enumerate(pairwise(e.args)):
            if isinstance(one, Diff) and isinstance(other, Diff):
                halves = Diff(other.of, one.wrt, one.local), Diff(one.of, other.wrt, other.local)
                yield Mul((*e.args[:place], *halves, *e.args[place + 2 :]))


def _slopes(e: Mul) -> Iterator[tuple[tuple[int, ...], Var]]:
    """Yield the places of the factors that make up a σ′, and the output that it is the slope of."""
    for place, arg in enumerate(e.args):
        following = e.args[place + 1] if place + 1 < len(e.args) else None
        match arg, following:
            case Diff(Var("out") as out, Var("net"), True), _:
                yield (place,), out
            case Var("out") as out, Add((Num(), Neg(other))) if out == other:
                yield (place, place + 1), out
            case Add((Num(), Neg(Pow(Var("out") as out, 2)))), _:
                yield (place,), out


def slope_missing(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Mul):
        yield from (without(e, *places) for places, _ in _slopes(e))


def slope_of_another(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Mul):
        for places, out in _slopes(e):
            for other in another_neuron(out, spec):
                swap = partial(_exchanged, {out: other, _net(out): _net(other)})
                yield Mul(tuple(swap(arg) if place in places else arg for place, arg in enumerate(e.args)))


def _net(out: Var) -> Var:
    return Var("net", out.layer, out.index, out.sample)


def _exchanged(new: dict[Var, Var], e: Expr) -> Expr:
    if isinstance(e, Var):
        return new.get(e, e)
    if isinstance(e, Diff):
        return Diff(new.get(e.of, e.of), new.get(e.wrt, e.wrt), e.local)
    for place, part in enumerate(children(e)):
        e = _with_part(e, place, _exchanged(new, part))
    return e


def one_plus(e: Expr, spec: Spec) -> Iterator[Expr]:
    """out(1 + out) for out(1 − out)."""
    match e:
        case Add((Num() as one, Neg(rest))):
            yield Add((one, rest))


def other_power(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Pow):
        yield Pow(e.base, e.exponent + 1)
        yield e.base


def fraction_missing(e: Expr, spec: Spec) -> Iterator[Expr]:
    """The ½ of a squared error, and the 1/N of a mean."""
    if isinstance(e, Mul):
        for place, arg in enumerate(e.args):
            if isinstance(arg, Div) and isinstance(arg.num, Num) and isinstance(arg.den, Num):
                yield without(e, place)
    if isinstance(e, Div) and isinstance(e.den, Num):
        yield e.num


def transposed(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Transpose):
        yield e.arg
    elif isinstance(e, Named):
        yield Transpose(e)


def other_order(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, MatMul):
        yield MatMul(e.args[::-1])


def matrix_sign(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, Named | MatMul | Hadamard):
        yield Neg(e)


def elementwise(e: Expr, spec: Spec) -> Iterator[Expr]:
    if isinstance(e, MatMul):
        yield Hadamard(e.args)
    elif isinstance(e, Hadamard):
        yield MatMul(e.args)
        yield from e.args


FAULTS: dict[str, Change] = {
    "sign of a term": sign,
    "term dropped": dropped_term,
    "factor dropped": dropped_factor,
    "factor 1.0005": partial(scaled, "1.0005"),
    "factor 1 + 1e-9": partial(scaled, "1.000000001"),
    "another neuron": partial(_names, another_neuron),
    "another weight": partial(_names, another_weight),
    "another layer": partial(_names, another_layer),
    "another sample": partial(_names, another_sample),
    "net for out": partial(_names, net_for_out),
    "weight that is updated already": updated_already,
    "derivative upside down": upside_down,
    "halves of factors swapped": swapped_halves,
    "σ′ missing": slope_missing,
    "σ′ of another neuron": slope_of_another,
    "1 + out": one_plus,
    "other power": other_power,
    "½ or 1/N missing": fraction_missing,
    "matrix transposed": transposed,
    "matrices in other order": other_order,
    "sign of a matrix": matrix_sign,
    "other product of matrices": elementwise,
}


def _is_matrix(e: Expr) -> bool:
    return isinstance(e, Matrix | Named | MatMul | Hadamard) or any(map(_is_matrix, children(e)))


def spoilt(step: Step, kind: str, spec: Spec) -> Iterator[Step]:
    """Yield `step` with that fault, once for each place in which it can be made, on the left and on the right."""
    for part, put in spots(step.rhs):
        for new in FAULTS[kind](part, spec):
            yield Step(step.id, step.rule, step.lhs, put(new))
    if isinstance(step.lhs, Var | Diff):
        for new in FAULTS[kind](step.lhs, spec):
            yield Step(step.id, step.rule, new, step.rhs)


# ── What is true, by numbers ───────────────────────────────────────────────────────────────────────────────────


class Numeric:
    """The values of expressions at a point, with 60 digits; derivatives by the complex step.

    f′(x) = Im f(x + ih)/h, but for a part of the order of h²: Squire & Trapp, SIAM Review 40 (1998).
    sides: the branch that each test takes, once it has been taken: so that other points are on the same side.
    """

    def __init__(self, derivation: Derivation, sides: dict[Expr, bool], random: Random | None) -> None:
        self.mp = MPContext()
        self.mp.dps = 60
        self._h = self.mp.mpf(10) ** -50
        self._derivation = derivation
        self._sides = sides
        self._random = random
        self._given: dict[Var, mpc] = {}
        self._known: dict[Expr, mpc] = {}

    def value(self, e: Expr, moved: dict[Expr, mpc] | None = None) -> mpc:
        """Return the value of `e`; `moved` holds values that take the place of others, and those that follow."""
        known = self._known if moved is None else moved
        if isinstance(e, Var | Diff):
            if e not in known:
                known[e] = self._find(e, known)
            return known[e]
        value = partial(self.value, moved=known)
        match e:
            case Num(number):
                return self.mp.mpf(number.numerator) / number.denominator
            case Const("pi"):
                return self.mp.pi
            case Add(args):
                return self.mp.fsum(map(value, args))
            case Mul(args):
                return self.mp.fprod(map(value, args))
            case Neg(arg):
                return -value(arg)
            case Div(num, den):
                return value(num) / value(den)
            case Pow(base, exponent):
                return value(base) ** exponent
            case Call(fn, arg):
                x = value(arg)
                if fn == "log" and self.mp.re(x) <= 0:
                    raise ArithmeticError
                if fn == "erf":  # mpmath has its imaginary part to an absolute error only
                    with self.mp.workdps(170):
                        return self.mp.erf(x)
                return getattr(self.mp, fn)(x)
            case Cases(test, above, otherwise):
                side = self._sides.setdefault(test, self.mp.re(value(test)) > 1e-40)
                return value(above if side else otherwise)
            case At(arg):
                return value(arg)
        raise TypeError(type(e).__name__)

    def _find(self, e: Var | Diff, known: dict[Expr, mpc]) -> mpc:
        definitions = self._derivation.definitions
        if isinstance(e, Diff):
            return self._derivative(e)
        if e.kind == "delta":
            return self.value(Diff(TOTAL, Var("net", e.layer, e.index, e.sample)))
        if e.kind in ("w+", "b+"):
            name = Var(e.kind[0], e.layer, e.index)
            return self.value(name) - self.value(Var("eta")) * self.value(Diff(TOTAL, name))
        if e in definitions:
            return self.value(definitions[e], known)
        if e not in self._given:
            exact = self._derivation.point[e]
            here = self.mp.mpf(exact.numerator) / exact.denominator
            self._given[e] = here if self._random is None else self.mp.mpf(self._random.uniform(0.1, 0.9))
        return self._given[e]

    def _derivative(self, e: Diff) -> mpc:
        moved: dict[Expr, mpc] = {}
        formula: Expr = e.of
        if e.local:
            formula = self._derivation.definitions[e.of]
            moved = {part: self.value(part) for part, _ in spots(formula) if isinstance(part, Var)}
            if e.wrt not in moved:
                return self.mp.mpf(0)
        moved[e.wrt] = self.value(e.wrt) + self._h * 1j
        return self.mp.im(self.value(formula, moved)) / self._h

    def rows(self, e: Expr) -> list[list[mpc]]:
        """Return the entries of a matrix. Raises ValueError where shapes do not fit, TypeError for a scalar."""
        match e:
            case Matrix(rows):
                return [[self.value(x) for x in row] for row in rows]
            case Named(_, _, matrix):
                return self.rows(matrix)
            case Transpose(arg):
                return [list(row) for row in zip(*self.rows(arg), strict=True)]
            case MatMul(args):
                first, *rest = map(self.rows, args)
                for other in rest:
                    columns = list(zip(*other, strict=True))
                    first = [[self._dot(row, column) for column in columns] for row in first]
                return first
            case Hadamard(args) | Add(args):
                many = self.mp.fprod if isinstance(e, Hadamard) else self.mp.fsum
                every = zip(*map(self.rows, args), strict=True)
                return [[many(entry) for entry in zip(*row, strict=True)] for row in every]
            case Neg(arg):
                return [[-x for x in row] for row in self.rows(arg)]
        raise TypeError(type(e).__name__)

    def _dot(self, row: Sequence[mpc], column: Sequence[mpc]) -> mpc:
        return self.mp.fsum(x * y for x, y in zip(row, column, strict=True))

    def agree(self, step: Step) -> bool:
        """Return whether the two sides have values, and these are equal to 40 digits of the larger one."""
        try:
            if _is_matrix(step.lhs):
                left, right = self.rows(step.lhs), self.rows(step.rhs)
                pairs = [pair for rows in zip(left, right, strict=True) for pair in zip(*rows, strict=True)]
            else:
                pairs = [(self.value(step.lhs), self.value(step.rhs))]
        except (ValueError, ArithmeticError):  # shapes that do not fit, a logarithm of what is not positive
            return False
        return all(abs(a - b) <= 1e-40 * max(abs(a), abs(b)) + 1e-48 for a, b in pairs)


class Truth:
    """Whether steps are true, at the given point and at others where each ReLU is on the same side."""

    def __init__(self, derivation: Derivation) -> None:
        sides: dict[Expr, bool] = {}
        self._here = Numeric(derivation, sides, None)
        self._here.value(TOTAL)
        self._elsewhere = [Numeric(derivation, sides, Random(seed)) for seed in (1, 2)]

    def of(self, step: Step) -> bool:
        return self._here.agree(step) and (
            step.rule is Numbers or all(numeric.agree(step) for numeric in self._elsewhere)
        )


# ── Planting ───────────────────────────────────────────────────────────────────────────────────────────────────

STRUCTURAL = frozenset({
    Fault.CIRCULAR, Fault.GIVEN, Fault.FORM, Fault.FACTORS, Fault.ENDS,
    Fault.PATHS, Fault.FOREIGN, Fault.NEURON, Fault.SHAPES, Fault.LETTER,
})  # fmt: skip


class Outcomes:
    """What became of the faults of each kind.

    by_value: refuted, with a witness.  by_form: refuted, since the rule makes no such claim.
    without_value: undecided, since the logarithm of a number that is not positive means nothing.
    true: proved, and true by other numbers as well.
    """

    def __init__(self) -> None:
        self.by_value: Counter[str] = Counter()
        self.by_form: Counter[str] = Counter()
        self.without_value: Counter[str] = Counter()
        self.true: Counter[str] = Counter()

    @property
    def refuted(self) -> Counter[str]:
        return self.by_value + self.by_form


class Planting:
    """The steps of one derivation, to be spoilt and judged one by one."""

    def __init__(self, derivation: Derivation) -> None:
        self.spec = derivation.spec
        self.steps = list(every_step(derivation))
        self.truth = Truth(derivation)
        self.checker = Checker(derivation.definitions, derivation.point)

    def judge(self, step: Step) -> Verdict:
        (verdict,) = self.checker.check_all([step])
        return verdict

    def plant(self, step: Step, kind: str, outcomes: Outcomes) -> None:
        """Judge a spoilt step. Raises AssertionError where it is false and not refuted, or refuted without a reason."""
        verdict, true = self.judge(step), self.truth.of(step)
        if isinstance(verdict, Refuted) and verdict.fault is Fault.VALUES:
            assert not true, f"{kind}: refuted by its values, but true: {step}"
            assert verdict.witness is not None
            assert verdict.witness.left != verdict.witness.right
            outcomes.by_value[kind] += 1
        elif isinstance(verdict, Refuted):
            assert verdict.fault in STRUCTURAL
            outcomes.by_form[kind] += 1
        elif verdict in (Undecided(Doubt.DOMAIN), Undecided(Doubt.DIVISION)):
            # 0 · ln(−1) has no real value, and is 0 in complex numbers: neither true nor false, and never a pass.
            outcomes.without_value[kind] += 1
        else:
            assert passes(verdict), f"{kind}: {verdict}: {step}"
            assert true, f"{kind}: {verdict}, but false: {step}"
            outcomes.true[kind] += 1


def every_step(derivation: Derivation) -> tuple[Step, ...]:
    return all_steps(derivation, [*quantities(derivation), *(Diff(TOTAL, name) for name in derivation.parameters)])


@pytest.fixture(scope="module")
def mazur() -> Derivation:
    return derive.load("mazur").derive().derivation


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind != "another sample"])
def test_every_fault_in_the_worked_example_is_refuted(mazur: Derivation, kind: str) -> None:
    """In each place of each step. Those that are true: ∂net_o1/∂b₂ and ∂net_o2/∂b₂ are both 1."""
    planting, outcomes = Planting(mazur), Outcomes()
    for step in planting.steps:
        for false in spoilt(step, kind, planting.spec):
            planting.plant(false, kind, outcomes)
    assert outcomes.true[kind] == (6 if kind == "another neuron" else 0)
    assert outcomes.refuted[kind] >= 5


EACH = 4  # of each kind, so many faults in a network


def small(first: int, count: int) -> Iterator[Spec]:
    """Yield random networks that are not the largest: their steps are of the same kinds, and fewer."""
    every = (networks.seeded(seed) for seed in range(first, first + 10 * count))
    return islice((spec for spec in every if spec.parameter_count * spec.samples <= 60), count)


@pytest.mark.parametrize("first", [0, 100, 200, 300])
def test_every_fault_in_random_networks_is_refuted(first: int) -> None:
    outcomes = Outcomes()
    for spec in small(first, 8):
        planting = Planting(derive.Network(spec).derive().derivation)
        random = Random(spec.seed)
        for kind in FAULTS:
            random.shuffle(planting.steps)
            found = ([*spoilt(step, kind, planting.spec)] for step in planting.steps)
            for places, _ in zip(filter(None, found), range(EACH), strict=False):
                planting.plant(random.choice(places), kind, outcomes)
    assert outcomes.refuted.total() > 500
    assert min(outcomes.refuted[kind] for kind in FAULTS) >= 5
    assert outcomes.without_value.total() < outcomes.refuted.total() / 50
    # Behind a ReLU that is below its kink much is 0 on both sides.
    assert outcomes.true.total() < outcomes.refuted.total() / 3


def test_numbers_alone_find_every_step_true() -> None:
    """What the other tests call true is so for derivations that nobody has spoilt."""
    for spec in small(400, 10):
        derivation = derive.Network(spec).derive().derivation
        truth = Truth(derivation)
        for step in every_step(derivation):
            assert truth.of(step), step


# ── A right end ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("parameter", ["w1", "w5", "b1", "b2"])
def test_a_right_end_does_not_save_a_wrong_middle(mazur: Derivation, parameter: str) -> None:
    """One step between is false, the last one is right: that step is refuted and no other, so the whole is."""
    name = derive.load("mazur").derive().quantity(parameter)
    steps = mazur.chain(Diff(TOTAL, name))
    checker = Checker(mazur.definitions, mazur.point)
    assert all(map(passes, checker.check_all(steps)))
    planted = 0
    for place, step in enumerate(steps[:-1]):
        for kind in ("sign of a term", "factor dropped", "factor 1.0005", "another neuron"):
            for false in spoilt(step, kind, mazur.spec):
                if false.lhs != step.lhs:
                    continue
                verdicts = checker.check_all([*steps[:place], false, *steps[place + 1 :]])
                assert isinstance(verdicts[place], Refuted)
                assert all(map(passes, verdicts[:place] + verdicts[place + 1 :]))
                assert isinstance(combine(verdicts), Refuted)
                planted += 1
    assert planted > 50


def test_two_wrongs_do_not_make_a_right(mazur: Derivation) -> None:
    """A sign that is lost and found again gives the right end, and two steps that are refuted."""
    derived = derive.load("mazur").derive()
    steps = list(mazur.chain(derived["w5"].key))
    checker = Checker(mazur.definitions, mazur.point)
    slope = Diff(TOTAL, Var("out", 2, (1,)))
    wrong = [place for place, step in enumerate(steps) if step.lhs == slope and not isinstance(step.rhs, Mul | At)]
    ends = [place for place, step in enumerate(steps) if step.id == "substitution: dE_total/dw5"]
    assert len(wrong) == len(ends) == 1
    for place in (*wrong, *ends):
        step = steps[place]
        steps[place] = Step(step.id, step.rule, step.lhs, opposite(step.rhs), step.uses)
    verdicts = checker.check_all(steps)
    refuted = [place for place, verdict in enumerate(verdicts) if isinstance(verdict, Refuted)]
    assert refuted == sorted([*wrong, *ends])
    assert passes(verdicts[-1])


def test_a_derivative_of_what_is_given_never_passes(mazur: Derivation) -> None:
    """∂w/∂net: a weight is made of nothing."""
    planting = Planting(mazur)
    for step in planting.steps:
        for part, put in spots(step.rhs):
            if isinstance(part, Diff) and part.wrt.kind in GIVEN:
                false = Step(step.id, step.rule, step.lhs, put(Diff(part.wrt, part.of, part.local)))
                assert not passes(planting.judge(false))
