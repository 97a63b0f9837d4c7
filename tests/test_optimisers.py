"""Optimisers and schedules: against PyTorch, against their definitions on paper, and what a spec may choose."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from optimising import (
    RATES_AT,
    SCHEDULED,
    SETTINGS,
    TRAINING_STEPS,
    networks,
    optimiser,
    probe,
    run,
    schedule,
)
from torch_numbers import OPTIMISED, RATES, TRAINED

import derive
from derive import DeriveError
from derive.backprop import train
from derive.spec import Chosen, Training
from derive.vocabulary import OPTIMISERS, RANGES, SCHEDULES, Watch, fix

NETWORKS = dict(networks())

# ── Against PyTorch ──────────────────────────────────────────────────────────────────────────────────────────────


def near(ours: Any, theirs: Any, most: float) -> bool:
    """Return whether the largest difference is at most `most` times the largest number."""
    a, b = np.asarray(ours), np.asarray(theirs)
    return bool(np.abs(a - b).max() <= most * np.abs(b).max())


@pytest.mark.parametrize(("setting", "eta"), SETTINGS, ids=lambda each: each["name"] if isinstance(each, dict) else "")
def test_100_updates_are_those_of_pytorch(setting: dict[str, Any], eta: float) -> None:
    made = optimiser(setting)
    weights, _ = run(made, Chosen("constant"), eta)
    assert near(weights[-1], OPTIMISED[str(made)], 1e-12)


@pytest.mark.parametrize("setting", SCHEDULED, ids=lambda each: each["name"])
def test_rates_are_those_of_pytorch(setting: dict[str, Any]) -> None:
    made = schedule(setting)
    _, rates = run(optimiser({"name": "momentum"}), made, 0.1)
    assert near([rates[t - 1] for t in RATES_AT], RATES[str(made)], 1e-12)


@pytest.mark.parametrize("what", TRAINED)
def test_200_updates_of_a_network_are_those_of_pytorch(what: str) -> None:
    *_, last = train(NETWORKS[what], TRAINING_STEPS)
    ours = [probe(each) for each in (*last.parameters.weights, *last.parameters.biases)]
    assert near(ours, TRAINED[what], 1e-9)


def test_every_row_is_compared_with_pytorch() -> None:
    assert {setting["name"] for setting, _ in SETTINGS} == OPTIMISERS.keys()
    assert {setting["name"] for setting in SCHEDULED} == SCHEDULES.keys()
    assert len(OPTIMISED) == len(SETTINGS)
    assert len(RATES) == len(SCHEDULED)


# ── Optimisers on paper ──────────────────────────────────────────────────────────────────────────────────────────

W = np.array([1.0, -2.0, 0.5])
G = np.array([0.25, -0.5, 3.0])


def update(name: str, w: Any, g: Any, state: Any = None, t: int = 1, eta: float = 0.1, **constants: str) -> Any:
    row = OPTIMISERS[name]
    values = {**row.constants, **{key: Decimal(value) for key, value in constants.items()}}
    return fix(row, values.values()).update(w, g, row.start(w) if state is None else state, t, eta)


def test_with_no_momentum_both_momenta_are_gradient_descent() -> None:
    plain = update("gradient descent", W, G)[0]
    assert (plain == W - 0.1 * G).all()
    for name in ("momentum", "nesterov"):
        assert (update(name, W, G, mu="0")[0] == plain).all()


def test_momentum_under_a_steady_gradient_sums_a_geometric_series() -> None:
    w, state = np.zeros(3), None
    for t in range(1, 6):
        w, state = update("momentum", w, G, state, t, mu="0.5")
    # v_t = 2 (1 − 2^−t) g, so Σ v_t = 2 (5 − (1 − 2^−5)) g
    assert w == pytest.approx(-0.1 * 2.0 * (5.0 - (1.0 - 2.0**-5)) * G, rel=1e-14)


def test_nesterov_looks_ahead_by_one_momentum() -> None:
    w, (b,) = update("nesterov", W, G, (np.array([1.0, 1.0, 1.0]),), 2, mu="0.5")
    assert (b == 0.5 + G).all()
    assert w == pytest.approx(W - 0.1 * (G + 0.5 * b), rel=1e-15)


def test_adagrad_under_a_steady_gradient_goes_by_one_over_the_root_of_t() -> None:
    w, state = np.zeros(3), None
    for t in range(1, 5):
        w, state = update("adagrad", w, G, state, t, epsilon="0")
    assert w == pytest.approx(-0.1 * sum(t**-0.5 for t in range(1, 5)) * np.sign(G), rel=1e-14)


def test_rmsprop_and_adadelta_at_their_first_update() -> None:
    w, _ = update("rmsprop", W, G, alpha="0.75", epsilon="0")
    assert w == pytest.approx(W - 0.1 * np.sign(G) / math.sqrt(0.25), rel=1e-15)
    w, (v, u) = update("adadelta", W, G, rho="0.75", epsilon="0.01")
    d = np.sqrt(0.01) / np.sqrt(0.25 * G**2 + 0.01) * G
    assert v == pytest.approx(0.25 * G**2, rel=1e-15)
    assert u == pytest.approx(0.25 * d**2, rel=1e-15)
    assert w == pytest.approx(W - 0.1 * d, rel=1e-15)


def test_adam_starts_with_a_step_of_the_rate_whatever_the_size_of_the_gradient() -> None:
    w, (m, v) = update("adam", W, G, epsilon="0")
    assert w == pytest.approx(W - 0.1 * np.sign(G), rel=1e-14)
    assert m == pytest.approx(0.1 * G, rel=1e-15)
    assert v == pytest.approx(0.001 * G**2, rel=1e-12)


def test_adam_under_a_steady_gradient_stays_at_the_rate() -> None:
    # With g the same in every update, both averages divided by 1 − βᵗ are g and g².
    w, state = np.zeros(3), None
    for t in range(1, 8):
        w, state = update("adam", w, G, state, t, epsilon="0", beta1="0.6", beta2="0.7")
    assert w == pytest.approx(-0.7 * np.sign(G), rel=1e-13)


def test_nadam_at_its_first_update() -> None:
    w, (_, _, p) = update("nadam", W, G, epsilon="0", momentum_decay="1", beta1="0.5", beta2="0.9")
    now, soon = 0.5 * (1 - 0.5 * 0.96), 0.5 * (1 - 0.5 * 0.96**2)
    ahead = (1 - now) / (1 - now) * G + soon / (1 - now * soon) * 0.5 * G
    assert w == pytest.approx(W - 0.1 * ahead / np.abs(G), rel=1e-14)
    assert (p == now).all()


@pytest.mark.parametrize("name", [name for name in OPTIMISERS if name != "adamw"])
def test_coupled_decay_is_the_gradient_of_an_l2_penalty(name: str) -> None:
    decayed = update(name, W, G, weight_decay="0.5")
    penalised = update(name, W, G + 0.5 * W, weight_decay="0")
    assert (decayed[0] == penalised[0]).all()
    assert all((a == b).all() for a, b in zip(decayed[1], penalised[1], strict=True))


def test_decoupled_decay_does_not_pass_through_the_averages() -> None:
    plain, averages = update("adamw", W, G, weight_decay="0")
    decayed, same = update("adamw", W, G, weight_decay="0.5")
    assert decayed - plain == pytest.approx(-0.1 * 0.5 * W, rel=1e-14)
    assert all((a == b).all() for a, b in zip(averages, same, strict=True))
    coupled, other = update("adam", W, G, weight_decay="0.5")
    assert not np.allclose(coupled, decayed, rtol=1e-3)
    assert not (other[0] == same[0]).all()
    assert (plain == update("adam", W, G)[0]).all()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_updates_change_nothing_that_they_are_given(name: str) -> None:
    w, g, state = W.copy(), G.copy(), OPTIMISERS[name].start(W)
    kept = [each.copy() for each in state]
    made, after = update(name, w, g, state, 3, weight_decay="0.5")
    assert (w == W).all()
    assert (g == G).all()
    assert all((a == b).all() for a, b in zip(state, kept, strict=True))
    assert made.shape == W.shape
    assert len(after) == len(OPTIMISERS[name].state)
    assert all(each.shape == W.shape for each in after)


# ── Schedules on paper ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("word", "rates"),
    [
        ("constant", {1: 1.0, 500: 1.0}),
        ("step(10, 0.5)", {1: 1.0, 10: 1.0, 11: 0.5, 20: 0.5, 21: 0.25}),
        ("exponential(0.5)", {1: 1.0, 2: 0.5, 5: 0.0625}),
        ("inverse time(0.5)", {1: 1.0, 3: 0.5, 7: 0.25}),
        ("polynomial(10, 2)", {1: 1.0, 6: 0.25, 11: 0.0, 12: 0.0}),
        ("cosine(10, 0.2)", {1: 1.0, 6: 0.6, 11: 0.2, 21: 1.0}),
        ("warm-up(10, 0.2)", {1: 0.2, 6: 0.6, 11: 1.0, 12: 1.0}),
        ("cyclical(10, 0.2)", {1: 0.2, 6: 0.6, 11: 1.0, 16: 0.6, 21: 0.2, 31: 1.0}),
        ("one-cycle(20, 0.3, 0.1, 0.01)", {1: 0.1, 6: 1.0, 13: 0.5005, 20: 0.001, 21: 0.001, 99: 0.001}),
        ("one-cycle(1)", {1: 4e-6, 2: 4e-6}),
    ],
)
def test_rates_on_paper(word: str, rates: dict[int, float]) -> None:
    made = schedule({"name": word})
    row = fix(SCHEDULES[made.name], made.constants.values())
    assert {t: row.rate(t, 1.0) for t in rates} == pytest.approx(rates, rel=1e-14, abs=1e-16)


@pytest.mark.parametrize("name", SCHEDULES)
def test_no_schedule_goes_beyond_the_rate_of_the_spec(name: str) -> None:
    row = fix(SCHEDULES[name], SCHEDULES[name].constants.values())
    assert all(0.0 <= row.rate(t, 0.3) <= 0.3 * (1 + 1e-15) for t in range(1, 400))


def test_a_plateau_is_more_losses_in_a_row_without_progress_than_patience_has() -> None:
    row = SCHEDULES["reduce on plateau"]
    assert row.watch
    seen, rates = Watch(1.0), []
    #         best  best  bad   bad   best  bad   bad   bad → ½  (not looking)  bad  bad  bad → ¼
    for loss in (8.0, 7.0, 7.0, 6.99, 5.0, 5.0, 9.0, 5.1, 9.0, 9.0, 9.0, 9.0):
        # factor, patience, threshold, cooldown, floor
        seen = row.watch(seen, loss, 0.5, 2.0, 0.01, 1.0, 0.1)
        rates.append(seen.rate)
    assert rates == [1.0] * 7 + [0.5] * 4 + [0.25]
    for _ in range(20):
        seen = row.watch(seen, 9.0, 0.5, 2.0, 0.01, 1.0, 0.1)
    assert seen.rate == 0.1


# ── What a spec may choose ───────────────────────────────────────────────────────────────────────────────────────


def training(**fields: Any) -> Training:
    return derive.network(
        inputs=[0.5, 1], targets=[1], layers=[{"size": 1, "weights": [[1, 2]]}], training=fields
    ).spec.training


def test_what_is_left_out_is_pytorchs_usual() -> None:
    made = training(optimiser="adam").optimiser
    assert made.name == "adam"
    assert dict(made.constants) == {
        "beta1": Decimal("0.9"), "beta2": Decimal("0.999"), "epsilon": Decimal("1e-8"), "weight_decay": 0,
    }  # fmt: skip
    assert training().optimiser == training(optimiser="gradient descent").optimiser
    assert training(optimiser="adamw").optimiser.constants["weight_decay"] == Decimal("0.01")


@pytest.mark.parametrize("form", ["momentum(0.95)", {"name": "momentum", "mu": 0.95}, {"name": "momentum(0.95)"}])
def test_one_choice_in_several_forms(form: Any) -> None:
    assert training(optimiser=form).optimiser == Chosen("momentum", {"mu": Decimal("0.95"), "weight_decay": Decimal(0)})


def test_a_schedule_that_spans_the_run_takes_its_length() -> None:
    assert training(steps=70, schedule="cosine").schedule.constants["steps"] == 70
    assert training(steps=70, schedule="cosine(30)").schedule.constants["steps"] == 30
    assert training(steps=70, schedule={"name": "one-cycle", "steps": 30}).schedule.constants["steps"] == 30
    assert training(steps=70, schedule="warm-up").schedule.constants["steps"] == 100


def test_a_spec_may_be_built_from_the_training_of_another() -> None:
    made = training(steps=70, schedule="cosine", optimiser={"name": "nadam", "beta2": 0.5})
    spec = derive.network(inputs=[0.5, 1], targets=[1], layers=[{"size": 1}], training=made).spec
    assert spec.training == made


@pytest.mark.parametrize(
    ("key", "given", "where", "said"),
    [
        ("optimiser", "adm", "training.optimiser", "did you mean 'adam'?"),
        ("optimiser", "SGD", "training.optimiser", "did you mean 'gradient descent'?"),
        ("optimiser", 3, "training.optimiser", "'gradient descent', 'momentum'"),
        ("optimiser", {"beta1": 0.9}, "training.optimiser", "the key name is missing"),
        ("optimiser", {"name": "adam", "beta": 0.9}, "training.optimiser", "adam has no constant 'beta'"),
        ("optimiser", {"name": "adam", "beta1": 1}, "training.optimiser.beta1", "a number from 0 to below 1"),
        ("optimiser", {"name": "adam", "epsilon": -1}, "training.optimiser.epsilon", "a number from 0 upwards"),
        ("optimiser", {"name": "adam", "epsilon": "1e-999999"}, "training.optimiser.epsilon", "epsilon = 1e-8"),
        ("optimiser", {"name": "adam", "beta1": True}, "training.optimiser.beta1", "found true"),
        ("optimiser", "adam(0.9, 2)", "training.optimiser.beta2", "found 2"),
        ("optimiser", "adam(1,1,1,1,1)", "training.optimiser", "constants of adam: beta1, beta2"),
        ("schedule", "annealing", "training.schedule", "'cosine'"),
        ("schedule", "plateau", "training.schedule", "did you mean 'reduce on plateau'?"),
        ("schedule", {"name": "cosine", "steps": 0}, "training.schedule.steps", "a whole number from 1"),
        ("schedule", {"name": "step", "every": 2.5}, "training.schedule.every", "a whole number from 1"),
        ("schedule", {"name": "exponential", "factor": 0}, "training.schedule.factor", "a number above 0 to 1"),
        ("batch_size", 0, "training.batch_size", "0 is too small"),
        ("shuffle", 1, "training.shuffle", "true or false"),
        ("samples", "some", "training.samples", "'batches'"),
    ],
)
def test_what_cannot_be_chosen_is_refused_where_it_stands(key: str, given: Any, where: str, said: str) -> None:
    with pytest.raises(DeriveError) as caught:
        training(**{key: given})
    assert where in caught.value.where
    assert said in str(caught.value)


@pytest.mark.parametrize("table", [OPTIMISERS, SCHEDULES])
def test_every_constant_has_a_range_and_a_usual_value_in_it(table: dict[str, Any]) -> None:
    for row in table.values():
        for name, value in row.constants.items():
            assert value in RANGES[name]
