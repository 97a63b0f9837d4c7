"""Schedules of the learning rate: which rate an update uses.

Defined as in PyTorch's `torch.optim.lr_scheduler`, with a step of the scheduler after each update: update t = 1, 2, …
uses the rate of PyTorch's epoch t − 1. The learning rate of the spec, eta, is the largest that a schedule reaches.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from derive.vocabulary.constants import usual
from derive.vocabulary.rows import Row

LEAST_CUT = 1e-8
"""A plateau that would take less than this off the rate leaves it as it is, as PyTorch does."""


class Watch(NamedTuple):
    """What a schedule that reads losses knows after some of them: the rate to use next, and what it counts."""

    rate: float
    best: float = math.inf
    bad: int = 0
    cooling: int = 0


class Schedule(Row, frozen=True):
    """The rate of update t is `rate`(t, eta, *constants).

    spans: whether it is made for a whole run: its `steps` are those of the training, where none are given.
    watch: of a schedule that follows the losses, watch(before, loss, *constants) is what it knows after an update at
        which the loss was `loss`; its `rate` is the one that it starts from.
    """

    rate: Callable[..., float]
    spans: bool = False
    watch: Callable[..., Watch] | None = None


def constant(t: int, eta: float) -> float:
    """η."""
    return eta


def step(t: int, eta: float, every: float, factor: float) -> float:
    """η γ^⌊(t − 1)/k⌋ (StepLR)."""
    return float(eta * factor ** ((t - 1) // every))


def exponential(t: int, eta: float, factor: float) -> float:
    """η γ^(t − 1) (ExponentialLR)."""
    return float(eta * factor ** (t - 1))


def inverse_time(t: int, eta: float, decay: float) -> float:
    """η/(1 + k (t − 1)). Robbins & Monro, Annals of Mathematical Statistics 22 (1951): Σ η = ∞, Σ η² < ∞."""
    return eta / (1.0 + decay * (t - 1))


def polynomial(t: int, eta: float, steps: float, power: float) -> float:
    """η (1 − (t − 1)/T)^p, and 0 from then on (PolynomialLR)."""
    return float(eta * (1.0 - min(t - 1, steps) / steps) ** power)


def cosine(t: int, eta: float, steps: float, floor: float) -> float:
    """η_min + (η − η_min)(1 + cos(π (t − 1)/T))/2 (CosineAnnealingLR): up again after T. Loshchilov & Hutter (2017)."""
    return floor + (eta - floor) * (1.0 + math.cos(math.pi * (t - 1) / steps)) / 2.0


def warm_up(t: int, eta: float, steps: float, start: float) -> float:
    """η (s + (1 − s)(t − 1)/T), and η from then on (LinearLR)."""
    return eta * (start + (1.0 - start) * min(t - 1, steps) / steps)


def cyclical(t: int, eta: float, steps: float, start: float) -> float:
    """From s η up to η in T updates, down again in T, and so on (CyclicLR, triangular). Smith, WACV 2017."""
    place = (t - 1) % (2 * steps)
    return eta * (start + (1.0 - start) * min(place, 2 * steps - place) / steps)


def one_cycle(t: int, eta: float, steps: float, rise: float, start: float, end: float) -> float:
    """From s η up to η and down to e s η in T updates, along half waves of a cosine (OneCycleLR).

    The way up takes the share `rise` of the updates; after the last, the rate stays where it is. Smith & Topin,
    Super-convergence: very fast training of neural networks using large learning rates (2019).
    """
    low, top, last = start * eta, rise * steps - 1.0, steps - 1.0
    done = min(t - 1, last)
    if done <= top:
        return _half_wave(low, eta, done / top if top else 1.0)
    return _half_wave(eta, end * low, (done - top) / (last - top))


def _half_wave(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1.0)


def on_plateau(t: int, eta: float, *constants: float) -> float:
    return eta


def watch_plateau(
    before: Watch, loss: float, factor: float, patience: float, threshold: float, cooldown: float, floor: float
) -> Watch:
    """Take the rate times γ, but not below `floor`, when more than `patience` losses in a row were no better than the
    best so far, by a share of `threshold`; then look away for `cooldown` updates (ReduceLROnPlateau).
    """
    rate, best, bad, cooling = before
    if loss < best * (1.0 - threshold):
        best, bad = loss, 0
    else:
        bad += 1
    if cooling > 0:
        cooling, bad = cooling - 1, 0
    if bad > patience:
        lower = max(rate * factor, floor)
        rate = lower if rate - lower > LEAST_CUT else rate
        cooling, bad = int(cooldown), 0
    return Watch(rate, best, bad, cooling)


SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule(constant),
    "step": Schedule(step, constants=usual(every="100", factor="0.1")),
    "exponential": Schedule(exponential, constants=usual(factor="0.99")),
    "inverse time": Schedule(inverse_time, constants=usual(decay="0.01")),
    "polynomial": Schedule(polynomial, spans=True, constants=usual(steps="100", power="1")),
    "cosine": Schedule(cosine, spans=True, constants=usual(steps="100", floor="0")),
    "warm-up": Schedule(warm_up, constants=usual(steps="100", start="0.1")),
    "cyclical": Schedule(cyclical, constants=usual(steps="100", start="0.1")),
    "one-cycle": Schedule(one_cycle, spans=True, constants=usual(steps="100", rise="0.3", start="0.04", end="0.0001")),
    "reduce on plateau": Schedule(
        on_plateau, watch=watch_plateau,
        constants=usual(factor="0.1", patience="10", threshold="0.0001", cooldown="0", floor="0"),
    ),
}  # fmt: skip
