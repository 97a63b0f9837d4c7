"""The update of any optimiser, at any step: against the formulas of the papers, by hand and to 50 digits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from mpmath import MPContext, mpf
from typer.testing import CliRunner

import derive
from derive import DeriveError, optimisers
from derive.backprop import train
from derive.check.kernel import Checker
from derive.check.verdict import Agrees, Proved, Refuted
from derive.cli.commands import app
from derive.derivation import Definition, Derivation, Step, Update
from derive.differentiate import derive as differentiate
from derive.expression import Add, Call, Diff, Div, Expr, Mul, Neg, Pow, Var, children, rename
from derive.notation import notation
from derive.optimisers import OPTIMISERS
from derive.render.catalogue import Catalogue, languages
from derive.render.data import schema
from derive.render.maths import LATEX, TEXT, Printer
from derive.render.report import body
from derive.spec import Chosen, Spec, load
from derive.verification import check_updates
from derive.vocabulary import OPTIMISERS as BY_HAND
from derive.vocabulary import SCHEDULES

MP = MPContext()
MP.dps = 70
NEAR = MP.mpf(10) ** -48  # two calculations with 50 digits and more, after three updates

TOTAL, ETA = Var("total"), Var("eta")
W5, B1 = Var("w", 2, (1, 1)), Var("b", 1)
W5_NEW = Var("w+", 2, (1, 1))
DECAYED = {"weight_decay": Decimal("0.05")}


def chosen(name: str, **constants: Decimal) -> Spec:
    """Return the worked example with shared biases that are trained, and an optimiser."""
    spec = load("mazur").with_biases("shared", trained=True)
    optimiser = Chosen(name, {**BY_HAND[name].constants, **constants})
    return spec.replace(training=msgspec.structs.replace(spec.training, optimiser=optimiser))


SETTINGS = [(name, {}) for name in OPTIMISERS] + [
    (name, DECAYED) for name in OPTIMISERS if name != "adamw"  # which decays weights of itself
]  # fmt: skip
OF_SETTING = pytest.mark.parametrize(
    ("name", "constants"), SETTINGS, ids=[f"{name}, decayed" if also else name for name, also in SETTINGS]
)


class Recording(Catalogue):
    """A catalogue that remembers what it was asked for."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.asked: set[str] = set()

    def _find(self, key: str) -> str | None:
        self.asked.add(key)
        return super()._find(key)


# ── By hand: the worked example and the optimisers, in 70 digits ─────────────────────────────────────────────────


def gradient(p: Mapping[str, mpf]) -> dict[str, mpf]:
    """Return ∂E/∂w1 … ∂E/∂w8, ∂E/∂b1, ∂E/∂b2 of the worked example, by the formulas of its author."""

    def sigmoid(x: mpf) -> mpf:
        return 1 / (1 + MP.exp(-x))

    i1, i2, t1, t2 = map(MP.mpf, ("0.05", "0.1", "0.01", "0.99"))
    h1 = sigmoid(p["w1"] * i1 + p["w2"] * i2 + p["b1"])
    h2 = sigmoid(p["w3"] * i1 + p["w4"] * i2 + p["b1"])
    o1 = sigmoid(p["w5"] * h1 + p["w6"] * h2 + p["b2"])
    o2 = sigmoid(p["w7"] * h1 + p["w8"] * h2 + p["b2"])
    d1, d2 = (o1 - t1) * o1 * (1 - o1), (o2 - t2) * o2 * (1 - o2)
    e1, e2 = (d1 * p["w5"] + d2 * p["w7"]) * h1 * (1 - h1), (d1 * p["w6"] + d2 * p["w8"]) * h2 * (1 - h2)
    return {
        "w1": e1 * i1, "w2": e1 * i2, "w3": e2 * i1, "w4": e2 * i2, "w5": d1 * h1, "w6": d1 * h2, "w7": d2 * h1,
        "w8": d2 * h2, "b1": e1 + e2, "b2": d1 + d2,
    }  # fmt: skip


State = dict[str, mpf]
Rule = Callable[[mpf, mpf, mpf, int, State, dict[str, mpf]], mpf]


def by_momentum(w: mpf, g: mpf, eta: mpf, t: int, s: State, c: dict[str, mpf]) -> mpf:
    """Polyak (1964): the step before goes on."""
    s["b"] = g if t == 1 else c["mu"] * s["b"] + g
    return w - eta * s["b"]


def by_nesterov(w: mpf, g: mpf, eta: mpf, t: int, s: State, c: dict[str, mpf]) -> mpf:
    """Sutskever et al. (2013), with the gradient at the point that it looks ahead to."""
    s["b"] = g if t == 1 else c["mu"] * s["b"] + g
    return w - eta * g - eta * c["mu"] * s["b"]


def by_adagrad(w: mpf, g: mpf, eta: mpf, t: int, s: State, c: dict[str, mpf]) -> mpf:
    """Duchi, Hazan & Singer (2011), the diagonal form."""
    s["s"] = s.get("s", 0) + g**2
    return w - eta * g / (MP.sqrt(s["s"]) + c["epsilon"])


def by_adadelta(w: mpf, g: mpf, eta: mpf, t: int, s: State, c: dict[str, mpf]) -> mpf:
    """Zeiler (2012), algorithm 1: RMS[Δ]/RMS[g] · g."""
    s["v"] = c["rho"] * s.get("v", 0) + (1 - c["rho"]) * g**2
    move = -MP.sqrt(s.get("u", 0) + c["epsilon"]) / MP.sqrt(s["v"] + c["epsilon"]) * g
    s["u"] = c["rho"] * s.get("u", 0) + (1 - c["rho"]) * move**2
    return w + eta * move


def by_rmsprop(w: mpf, g: mpf, eta: mpf, t: int, s: State, c: dict[str, mpf]) -> mpf:
    """Tieleman & Hinton (2012)."""
    s["v"] = c["alpha"] * s.get("v", 0) + (1 - c["alpha"]) * g**2
    return w - eta * g / (MP.sqrt(s["v"]) + c["epsilon"])


def by_adam(w: mpf, g: mpf, eta: mpf, t: int, s: State, c: dict[str, mpf]) -> mpf:
    """Kingma & Ba (2015), algorithm 1, with the running means as the sums that they are (eq. 1)."""
    s[f"g{t}"] = g
    m = (1 - c["beta1"]) * sum(c["beta1"] ** (t - i) * s[f"g{i}"] for i in range(1, t + 1))
    v = (1 - c["beta2"]) * sum(c["beta2"] ** (t - i) * s[f"g{i}"] ** 2 for i in range(1, t + 1))
    return w - eta * m / (1 - c["beta1"] ** t) / (MP.sqrt(v / (1 - c["beta2"] ** t)) + c["epsilon"])


def by_adamw(w: mpf, g: mpf, eta: mpf, t: int, s: State, c: dict[str, mpf]) -> mpf:
    """Loshchilov & Hutter (2019), algorithm 2."""
    return by_adam(w, g, eta, t, s, c) - eta * c["weight_decay"] * w


def by_nadam(w: mpf, g: mpf, eta: mpf, t: int, s: State, c: dict[str, mpf]) -> mpf:
    """Dozat (2016), algorithm 2, with the warm-up of μ of its section 3.1 (0.96 to the power of t ψ)."""

    def mu(i: int) -> mpf:
        return c["beta1"] * (1 - MP.mpf("0.5") * MP.mpf("0.96") ** (i * c["momentum_decay"]))

    past = MP.fprod(mu(i) for i in range(1, t + 1))
    s["m"] = c["beta1"] * s.get("m", 0) + (1 - c["beta1"]) * g
    s["v"] = c["beta2"] * s.get("v", 0) + (1 - c["beta2"]) * g**2
    ahead = (1 - mu(t)) * g / (1 - past) + mu(t + 1) * s["m"] / (1 - past * mu(t + 1))
    return w - eta * ahead / (MP.sqrt(s["v"] / (1 - c["beta2"] ** t)) + c["epsilon"])


RULES: dict[str, Rule] = {
    "gradient descent": lambda w, g, eta, t, s, c: w - eta * g,
    "momentum": by_momentum, "nesterov": by_nesterov, "adagrad": by_adagrad, "adadelta": by_adadelta,
    "rmsprop": by_rmsprop, "adam": by_adam, "adamw": by_adamw, "nadam": by_nadam,
}  # fmt: skip


def by_hand(name: str, constants: Mapping[str, Decimal], updates: int) -> dict[str, mpf]:
    """Return the parameters of the worked example after so many updates."""
    here = {f"w{n}": MP.mpf(15 + 5 * (n - 1) + 5 * (n > 4)) / 100 for n in range(1, 9)}
    here |= {"b1": MP.mpf("0.35"), "b2": MP.mpf("0.6")}
    c = {key: MP.mpf(str(value)) for key, value in {**BY_HAND[name].constants, **constants}.items()}
    decay = 0 if name == "adamw" else c["weight_decay"]
    states: dict[str, State] = {key: {} for key in here}
    for t in range(1, updates + 1):
        found = gradient(here)
        here = {
            key: RULES[name](w, found[key] + decay * w, MP.mpf("0.5"), t, states[key], c) for key, w in here.items()
        }
    return here


@OF_SETTING
def test_three_updates_are_those_of_the_papers(name: str, constants: dict[str, Decimal]) -> None:
    spec = chosen(name, **constants)
    made = differentiate(spec, step=3)
    names = notation(spec)
    for number, here in enumerate((*made.earlier, made), 1):
        assert here.step == number
        expected = by_hand(name, constants, number)
        for parameter in made.parameters:
            updated = here.updated(parameter)
            assert updated is not None
            ours = MP.mpf(str(here.values[updated])) if not isinstance(here.values[updated], Fraction) else 0
            assert abs(ours - expected[names.label(parameter).ascii]) < NEAR, (number, parameter)


# ── Checked: every step, every number ────────────────────────────────────────────────────────────────────────────


@OF_SETTING
def test_every_step_of_an_update_is_proved(name: str, constants: dict[str, Decimal]) -> None:
    made = differentiate(chosen(name, **constants), step=2)
    checker = Checker(made.definitions, made.point)
    steps = made.chain(*made.about(W5), *made.about(B1))
    assert sum(step.rule is Update for step in steps) == 2
    for step, verdict in zip(steps, checker.check_all(steps), strict=True):
        assert isinstance(verdict, Proved | Agrees), (step.id, verdict)
        assert isinstance(verdict, Proved) or step.rule not in (Definition, Update), step.id


@OF_SETTING
def test_the_rows_of_numpy_agree_with_every_update(name: str, constants: dict[str, Decimal]) -> None:
    # At a rate such as 0.05, a first step of ten times that takes some weight to 0, where few digits are left.
    made = differentiate(chosen(name, **constants).replace(learning_rate=Decimal("0.0173")), step=4)
    rows = check_updates(made, list(made.parameters))
    states = {"gradient descent": 0, "adadelta": 2, "adam": 2, "adamw": 2, "nadam": 2}.get(name, 1)
    assert len(rows) == 4 * ((1 + states) * 10 + (name == "nadam"))
    for row in rows:
        assert isinstance(row.verdict, Agrees), row
        assert all(reading.ulps is not None and reading.ulps < 2_000 for reading in row.readings), row


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("adam", ("beta1*m + (1 - beta1)*g", "beta2*m + (1 - beta2)*g")),
        ("adam", ("v_new/(1 - beta2^t)", "v_new")),
        ("adam", ("sqrt(vhat) + epsilon", "sqrt(vhat + epsilon)")),
        ("adam", ("v_new/(1 - beta2^t)", "v_new/(1 - beta2^(t + 1))")),
        ("adamw", ("wbar - eta*mhat", "w - eta*mhat")),
        ("nadam", ("p*mu_now", "p*mu_next")),
        ("nesterov", ("g + mu*b_new", "g + mu*b")),
        ("adadelta", ("sqrt(u + epsilon)", "sqrt(v + epsilon)")),
        ("rmsprop", ("sqrt(v_new)", "sqrt(v)")),
        ("adagrad", ("s + g^2", "s + 2*g^2")),
    ],
    ids=lambda each: each if isinstance(each, str) else each[1],
)
def test_a_mistake_in_the_table_is_found_by_the_rows_of_numpy(
    name: str, wrong: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tuple(line.replace(*wrong) for line in OPTIMISERS[name])
    assert lines != OPTIMISERS[name]
    monkeypatch.setitem(optimisers.OPTIMISERS, name, lines)
    made = differentiate(chosen(name), step=2)
    refuted = [row for row in check_updates(made, list(made.parameters)) if isinstance(row.verdict, Refuted)]
    assert refuted
    assert all(row.verdict.witness for row in refuted if isinstance(row.verdict, Refuted))


def every(e: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """Return `e` with change(part) in the place of each part for which there is one."""
    if (changed := change(e)) is not None:
        return changed
    match e:
        case Add(args) | Mul(args):
            return type(e)(tuple(every(arg, change) for arg in args))
        case Neg(arg):
            return Neg(every(arg, change))
        case Div(num, den):
            return Div(every(num, change), every(den, change))
        case Call(fn, arg):
            return Call(fn, every(arg, change))
    return e


def swapped(e: Expr) -> Expr:
    betas = {"beta1": Var("beta2"), "beta2": Var("beta1")}
    return rename(e, lambda name: betas.get(name.kind, name))


def inside(e: Expr) -> Expr | None:
    """√v̂ + ε as √(v̂ + ε)"""
    match e:
        case Add((Call("sqrt", arg), epsilon)):
            return Call("sqrt", Add((arg, epsilon)))
    return None


def after(e: Expr) -> Expr:
    """What is after the update in the place of what is before."""
    return rename(e, lambda v: Var(f"{v.kind}+", v.layer, v.index) if v.kind in ("m.w", "v.w") else v)


def uncoupled(e: Expr) -> Expr:
    """The derivative without the decay, and without the name that it has with it."""
    return rename(e, lambda v: Diff(TOTAL, Var("w", v.layer, v.index)) if v.kind == "g.w" else v)


def undecayed(e: Expr) -> Expr:
    """The parameter as it was, in the place of the one that decayed."""
    return rename(e, lambda v: Var("w", v.layer, v.index) if v.kind == "wbar.w" else v)


def coupled(e: Expr) -> Expr | None:
    """∂E/∂w + λ w in the place of ∂E/∂w."""
    return Add((e, Mul((Var("weight_decay"), e.wrt)))) if isinstance(e, Diff) else None


FAULTS: dict[str, tuple[str, str, Callable[[Expr], Expr]]] = {
    "β₁ and β₂ swapped in m": ("adam", "m.w+", swapped),
    "β₁ and β₂ swapped in v̂": ("adam", "vhat.w", swapped),
    "no bias correction of m": ("adam", "mhat.w", lambda e: children(e)[0]),
    "no bias correction of v": ("adam", "vhat.w", lambda e: children(e)[0]),
    "correction for another update": (
        "adam", "mhat.w",
        lambda e: Div(children(e)[0], every(children(e)[1], lambda p: Pow(p.base, 1) if isinstance(p, Pow) else None)),
    ),
    "ε inside the root": ("adam", "w+", lambda e: every(e, inside)),
    "no root": ("adam", "w+", lambda e: every(e, lambda p: p.arg if isinstance(p, Call) else None)),
    "upwards": ("adam", "w+", lambda e: every(e, lambda p: p.arg if isinstance(p, Neg) else None)),
    "the state after for that before": ("rmsprop", "v.w+", after),
    "decay left out of the velocity": ("momentum", "b.w+", uncoupled),
    "decay left out of the step": ("adamw", "w+", undecayed),
    "decay of a coupled kind": ("adamw", "m.w+", lambda e: every(e, coupled)),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_step_is_refuted_with_a_witness(fault: str) -> None:
    name, kind, change = FAULTS[fault]
    made = differentiate(chosen(name, **({} if name == "adam" else DECAYED)), step=3)
    steps = list(made.chain(*made.about(W5)))
    (number,) = [
        i for i, step in enumerate(steps)
        if isinstance(step.lhs, Var) and step.lhs.kind == kind and step.rule in (Definition, Update)
    ]  # fmt: skip
    assert change(steps[number].rhs) != steps[number].rhs
    steps[number] = msgspec.structs.replace(steps[number], rhs=change(steps[number].rhs))
    verdict = Checker(made.definitions, made.point).check_all(steps)[number]
    assert isinstance(verdict, Refuted), verdict
    # A name in its own definition is told by its form; of the others, the values differ.
    assert verdict.witness is not None or fault == "the state after for that before"


def test_no_step_defines_the_new_weight_in_a_circle() -> None:
    made = differentiate(chosen("adam"))
    circle = Step("circle", Definition, Var("m.w+", 2, (1, 1)), W5_NEW)
    assert isinstance(Checker(made.definitions, made.point).check(circle), Refuted)


def test_nothing_is_known_of_weights_that_are_not_there() -> None:
    made = differentiate(chosen("adam"))
    checker = Checker(made.definitions, made.point)
    for kind in ("w+", "m.w+", "m.w", "mhat.w"):
        ghost = Var(kind, 2, (3, 1))
        assert not isinstance(checker.equal(ghost, ghost), Proved), kind


# ── The equations ────────────────────────────────────────────────────────────────────────────────────────────────


def written(made: Derivation, parameter: Var = W5) -> list[str]:
    printer = Printer(TEXT, notation(made.network))
    update = made.definitions.update  # type: ignore[attr-defined]
    return [f"{printer.write(name)} = {printer.write(rhs)}" for name, rhs in update.of(parameter).items()]


def test_adam_reads_as_in_its_paper() -> None:
    assert written(differentiate(chosen("adam"), step=2)) == [
        "m_w5+ = β1 · m_w5 + (1 − β1) · ∂E_total/∂w5",
        "v_w5+ = β2 · v_w5 + (1 − β2) · (∂E_total/∂w5)²",
        "m̂_w5 = m_w5+/(1 − β1²)",
        "v̂_w5 = v_w5+/(1 − β2²)",
        "w5+ = w5 − η · m̂_w5/(sqrt(v̂_w5) + ε)",
    ]


def test_weight_decay_is_an_equation_of_its_own_where_there_is_one() -> None:
    assert written(differentiate(chosen("momentum", **DECAYED)), B1) == [
        "g_b1 = ∂E_total/∂b1 + λ · b1",
        "b_b1+ = μ · b_b1 + g_b1",
        "b1+ = b1 − η · b_b1+",
    ]
    assert written(differentiate(chosen("adamw")))[0].endswith(" = w5 − η · λ · w5")
    assert written(differentiate(chosen("adamw", weight_decay=Decimal(0)))) == written(differentiate(chosen("adam")))


def test_an_optimiser_without_its_constants_is_gradient_descent() -> None:
    plain = written(differentiate(chosen("gradient descent")))
    assert plain == ["w5+ = w5 − η · ∂E_total/∂w5"]
    assert written(differentiate(chosen("momentum", mu=Decimal(0)))) == plain
    assert written(differentiate(chosen("nesterov", mu=Decimal(0)))) == plain


def test_what_all_parameters_share_is_defined_once() -> None:
    made = differentiate(chosen("nadam"))
    steps = made.chain(*made.about(W5), *made.about(B1))
    assert [step.id for step in steps if step.lhs == Var("p+")].count("definition: p+") == 1
    assert len({step.id for step in steps}) == len(steps)


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("style", ["mazur", "indexed"])
def test_every_name_is_unlike_the_others(name: str, style: str) -> None:
    spec = chosen(name, **DECAYED)
    made, names = differentiate(spec), notation(spec, style)
    update = made.definitions.update  # type: ignore[attr-defined]
    quantities = {Var(constant) for constant in update.constants} | {TOTAL, ETA}
    for parameter in made.parameters:
        quantities |= {parameter, *update.names(parameter)}
    quantities |= {Var(kind, n, (j,)) for kind in ("net", "out", "delta") for n in (1, 2) for j in (1, 2)}
    assert len({names.label(each).ascii for each in quantities}) == len(quantities)
    assert len({names.label(each).latex for each in quantities}) == len(quantities)


def test_the_user_may_have_taken_a_name() -> None:
    spec = chosen("adam").replace(names={"w1": "m_w5", "w2": "beta_1", "w3": "epsilon"})
    names = notation(spec)
    assert names.label(Var("m.w", 2, (1, 1))).ascii == "m_w5_opt"
    assert names.label(Var("beta1")).latex == "\\beta_{1,opt}"
    assert names.label(Var("epsilon")).text == "ε_opt"
    assert names.label(Var("beta2")).latex == "\\beta_{2}"


def test_formulas_are_latex() -> None:
    spec = chosen("adam")
    latex = Printer(LATEX, notation(spec))
    assert latex.write(Var("mhat.w", 2, (1, 1))) == "\\hat{m}_{w_{5}}"
    assert latex.write(Var("v.w+", 2, (1, 1))) == "v_{w_{5}}^{+}"
    indexed = Printer(LATEX, notation(spec, "indexed"))
    assert indexed.write(Var("m.w+", 2, (1, 1))) == "m_{w_{11}^{(2)}}^{+}"


def test_every_equation_has_words_in_every_language() -> None:
    letters = {line.split(" = ")[0].removesuffix("_new") for lines in OPTIMISERS.values() for line in lines} - {"w"}
    for language in languages():
        words = Catalogue(language)
        assert [letter for letter in letters if f"equation.{letter}" not in words] == []
        assert [name for name in OPTIMISERS if f"optimiser.{name}" not in words] == []


def test_both_tables_have_the_same_optimisers() -> None:
    assert list(OPTIMISERS) == list(BY_HAND)


# ── Later steps ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["gradient descent", "adam", "nadam"])
def test_a_later_step_starts_where_training_stands(name: str) -> None:
    spec = chosen(name).replace(learning_rate=Decimal("0.05"))
    made = differentiate(spec, step=6)
    *_, state = train(spec, 5)
    assert float(made.values[TOTAL]) == pytest.approx(state.total, rel=1e-13)
    assert float(made.point[W5]) == pytest.approx(float(state.parameters.weights[1][0, 0]), rel=1e-13)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (Chosen("constant"), ["0.5"] * 4),
        (Chosen("step", {"every": Decimal(2), "factor": Decimal("0.1")}), ["0.5", "0.5", "0.05", "0.05"]),
        (Chosen("polynomial", {"steps": Decimal(2), "power": Decimal(1)}), ["0.5", "0.25", "0", "0"]),
        (Chosen("inverse time", {"decay": Decimal(1)}), ["0.5", "0.25", "0.16666666666666666", "0.125"]),
    ],
    ids=lambda each: each.name if isinstance(each, Chosen) else "",
)
def test_the_schedule_gives_the_rate_of_the_step(schedule: Chosen, rates: list[str]) -> None:
    spec = load("mazur")
    spec = spec.replace(training=msgspec.structs.replace(spec.training, schedule=schedule))
    made = differentiate(spec, step=4)
    assert [here.point[ETA] for here in (*made.earlier, made)] == [Fraction(rate) for rate in rates]
    assert all(isinstance(row.verdict, Agrees) for row in check_updates(made, list(made.parameters)))


def test_a_plateau_is_seen_in_the_losses_on_the_way() -> None:
    # A threshold of 0.9: no loss is ever better by so much, so the rate falls with each loss after the first.
    constants = {"factor": "0.5", "patience": "0", "threshold": "0.9", "cooldown": "0", "floor": "0"}
    schedule = Chosen("reduce on plateau", {key: Decimal(value) for key, value in constants.items()})
    spec = load("mazur")
    spec = spec.replace(training=msgspec.structs.replace(spec.training, schedule=schedule))
    made = differentiate(spec, step=4)
    rates = [here.point[ETA] for here in (*made.earlier, made)]
    assert rates == [Fraction(1, 2), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
    *_, state = train(spec, 3)
    assert float(made.values[TOTAL]) == pytest.approx(state.total, rel=1e-13)


def test_what_is_not_trained_stays_though_it_was_drawn() -> None:
    network = derive.network(
        inputs=[0.5, -1], targets=[1], seed=3,
        layers=[{"size": 2, "biases": {"draw": "uniform"}, "train_biases": False},
                {"size": 1, "biases": {"draw": "normal"}, "train_weights": False}],
    )  # fmt: skip
    made = network.derive(step=3).derivation
    drawn = [name for name in made.parameters if made.updated(name) is None]
    assert drawn
    assert all((made.point[name] == made.earlier[0].point[name]) is (name in drawn) for name in made.parameters)


def test_all_samples_make_a_later_step_whatever_training_sees() -> None:
    spec = load("xor")
    spec = spec.replace(training=msgspec.structs.replace(spec.training, samples="one drawn"))
    made = differentiate(spec, step=2)
    *_, state = train(spec.replace(training=msgspec.structs.replace(spec.training, samples="all")), 1)
    assert float(made.values[TOTAL]) == pytest.approx(state.total, rel=1e-13)


def test_a_model_of_equations_is_updated_too() -> None:
    spec = load("logistic")
    optimiser = Chosen("adam", BY_HAND["adam"].constants)
    made = differentiate(spec.replace(training=msgspec.structs.replace(spec.training, optimiser=optimiser)), step=3)
    rows = check_updates(made, list(made.parameters))
    assert rows
    assert all(isinstance(row.verdict, Agrees) for row in rows)
    steps = made.chain(*(key for name in made.parameters for key in made.about(name)))
    assert all(isinstance(v, Proved | Agrees) for v in Checker(made.definitions, made.point).check_all(steps))


@pytest.mark.parametrize(("step", "says"), [(0, "no update 0"), (10**6, "999,999 updates come before it")])
def test_a_step_that_is_none_or_too_far_is_refused(step: int, says: str) -> None:
    with pytest.raises(DeriveError, match=says) as caught:
        derive.load("mazur").derive(step=step)
    assert caught.value.where == "step"
    assert "1" in caught.value.allowed


# ── Reports ──────────────────────────────────────────────────────────────────────────────────────────────────────

MAZUR = Path(derive.__file__).parent / "presets" / "mazur.toml"
ADAM = '\n[training]\noptimiser = { name = "adam", weight_decay = 0.01 }\nschedule = { name = "cosine", steps = 10 }\n'


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> derive.Network:
    path = tmp_path_factory.mktemp("updates") / "adam.toml"
    path.write_text(MAZUR.read_text("utf-8") + ADAM, "utf-8")
    return derive.load(path)


def test_a_report_on_a_later_step_says_all_of_it(network: derive.Network, tmp_path: Path) -> None:
    derived = network.derive(step=3)
    written = derived.report(tmp_path, formats=["html", "tex", "json"])
    assert written.verification.passed
    assert len(written.verification.updates) == 3 * 3 * 8
    tex, html = (written.files[form].read_text("utf-8") for form in ("tex", "html"))
    assert "Update 3, by Adam" in tex
    assert "Update 3, by Adam" in html
    assert "learning rate of update 3, by the cosine schedule" in html
    assert "is coupled" in html
    data: dict[str, Any] = json.loads(written.files["json"].read_text("utf-8"))
    jsonschema.validate(data, schema())
    assert data["optimiser"]["step"] == 3
    assert data["optimiser"]["constants"] == {"beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8", "lambda": "0.01"}
    state = data["optimiser"]["state"]["m_w5"]
    assert float(state["before"]) == pytest.approx(float(derived.value("m_w5")), rel=1e-15)
    assert float(state["after"]) == pytest.approx(float(derived.value("m_w5+")), rel=1e-15)
    assert set(data["updated"]) == {f"w{n}" for n in range(1, 9)}
    assert data["verdict"]["updates"] == {"all": 72, "passed": 72}


def test_every_sentence_about_updates_is_said_somewhere() -> None:
    words = Recording("en")
    chosen_ones = [(name, 1) for name in OPTIMISERS] + [("adam", 2), ("gradient descent", 2)]
    for number, (name, step) in enumerate(chosen_ones):
        spec = load("xor" if number < 2 else "mazur")
        schedule = list(SCHEDULES)[number % len(SCHEDULES)]
        training = msgspec.structs.replace(
            spec.training, samples=("one drawn", "batches", "all")[min(number, 2)],
            optimiser=Chosen(name, {**BY_HAND[name].constants, **DECAYED}),
            schedule=Chosen(schedule, SCHEDULES[schedule].constants),
        )  # fmt: skip
        made = differentiate(spec.replace(training=training), step=step)
        body(made, notation(made.network), words, only=[made.parameters[0]])
    for key in ("optimiser", "schedule", "equation"):
        assert {f"{key}.{name}" for name in words.section(key)} <= words.asked
    given = {"later", "start", "state", "state_first", "one_drawn", "batches", "double", "constants", "rate_scheduled"}
    update = {"intro_equations", "old_values", "coupled", "decoupled", "states"}
    assert {f"given.{name}" for name in given} | {f"update.{name}" for name in update} <= words.asked


def test_a_report_in_chinese_names_the_update(network: derive.Network, tmp_path: Path) -> None:
    written = network.derive(step=2).report(tmp_path, formats=["html"], only=["w5"], language="zh")
    assert "第 2 次更新（Adam）" in written.files["html"].read_text("utf-8")


def test_quantities_of_an_update_are_known_by_name(network: derive.Network) -> None:
    derived = network.derive(step=2)
    m, g = derived.value("m_w5"), derived.value("g_w5")
    assert float(derived.value("m_w5+")) == pytest.approx(0.9 * float(m) + 0.1 * float(g), rel=1e-14)
    assert derived.value("beta2") == Fraction(999, 1000)
    with pytest.raises(DeriveError):
        derived.value("u_w5")


def test_the_command_line_takes_a_step(tmp_path: Path) -> None:
    path = tmp_path / "adam.toml"
    path.write_text(MAZUR.read_text("utf-8") + ADAM, "utf-8")
    arguments = ["report", str(path), "--step", "2", "--format", "json", "--only", "w5", "-o", str(tmp_path), "-q"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    data = json.loads((tmp_path / "adam.json").read_text("utf-8"))
    assert data["optimiser"]["name"] == "adam"
    assert data["optimiser"]["step"] == 2


def test_plain_gradient_descent_says_no_more_than_it_did(tmp_path: Path) -> None:
    written = derive.load("mazur").derive().report(tmp_path, formats=["html", "json"], only=["w5"])
    html = written.files["html"].read_text("utf-8")
    assert "One step of gradient descent" in html
    assert "makes of it" not in html
    data = json.loads(written.files["json"].read_text("utf-8"))
    assert "optimiser" not in data
    assert "updates" not in data["verdict"]
