"""Which of the ways to call a program is the right one: that under which it comes closest to the gradient."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from derive.backprop import Parameters
from derive.backprop.network import Plan, run_forward, run_gradients
from derive.gradcheck.cases import Case
from derive.gradcheck.decoding import Misshapen, array, single, tensors
from derive.gradcheck.session import Session
from derive.gradcheck.verdicts import Reason, Why
from derive.read.messages import Answer, At, Described, Failed, Run
from derive.spec import Spec

NEAR = 1e-8  # of its largest number, within which two arrays of doubles are taken for the same here


NAMED = re.compile(r"grad|deriv|prime|back_?prop|backward|nabla|train|update|step|fit\b|learn", re.IGNORECASE)
UNNAMED = re.compile(r"numeric|approx|check|finite|difference|test", re.IGNORECASE)


class Stop(Exception):
    """Raised where the program as a whole is undecided."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.why.value)


class Observed(NamedTuple):
    """What the program gave at a point, in doubles."""

    case: Case
    at: At
    answer: Answer


class Chosen(NamedTuple):
    """A plan: by its number, with its facts.

    samples: the numbers of samples that it can be tried with, the most telling first.
    """

    plan: int
    facts: tuple[tuple[str, str], ...]
    samples: tuple[int, ...]

    def fact(self, key: str) -> str:
        return dict(self.facts).get(key, "")

    @property
    def classes(self) -> bool:
        """Whether it takes targets as classes."""
        return self.fact("targets").startswith("class")

    @property
    def one_at_a_time(self) -> bool:
        """Whether it is called once for each sample."""
        return bool(self.fact("several samples"))

    @property
    def by_change(self) -> bool:
        """Whether the gradient is read from what an update changes."""
        return "change" in self.fact("gradient")

    @property
    def rate_assumed(self) -> bool:
        """Whether the learning rate is one that the program has of its own."""
        return self.by_change and self.fact("rate") in ("as written in the program", "none")

    def case(self, spec: Spec, samples: int) -> Case:
        return Case(spec, samples, classes=self.classes, fixed=self.rate_assumed)


class Witness(NamedTuple):
    """The gradient by hand, in doubles: its arrays in the order of `tensors`, and the error."""

    arrays: tuple[NDArray[np.float64], ...]
    loss: float
    outputs: NDArray[np.float64]


def by_hand(case: Case, at: At) -> Witness:
    """Return the gradient at a point by backpropagation in NumPy."""
    here, inputs, targets = case.arrays(at)
    plan = Plan.of(case.spec, case.samples)
    state = run_forward(plan, here, inputs, targets)
    found = run_gradients(plan, here, state, targets)
    arrays: list[NDArray[np.float64]] = []
    for weights, biases in zip(found.weights, found.biases, strict=True):
        arrays += [weights, biases] if biases.size else [weights]
    return Witness(tuple(arrays), float(state.total), state.out[-1])


def counts(spec: Spec) -> tuple[int, ...]:
    """Return numbers of samples to try: first one that is told from all other sizes, then 1, then the spec's own."""
    telling = next(n for n in (3, 4, 5, 6, 7) if n not in spec.sizes)
    own = (spec.samples,) if spec.samples <= 8 else ()
    return tuple(dict.fromkeys((telling, 1, *own)))


def choose(
    spec: Spec, session: Session, plans: Sequence[Described], random: np.random.RandomState,
    tell: Callable[[str, int, int], None],
) -> Chosen:  # fmt: skip
    """Return the plan under which the program comes closest to the gradient. Raises Stop where none can be called.

    What is called a gradient by its author is judged, if the program has such a thing, and nothing else in it that
    may be closer: a numerical gradient that it is compared with, say. A program that takes several samples at once,
    and gives what has the form of a gradient, is judged by that, even where it comes closer when it is given one at a
    time; unless it goes through them one by one itself.
    """
    failure: Failed | None = None
    named = [number for number, plan in enumerate(plans) if NAMED.search(_name(plan))]
    named = [number for number in named if not UNNAMED.search(_name(plans[number]))]
    entries = list(dict.fromkeys(_name(plans[number]) for number in named))
    groups = [[n for n in named if _name(plans[n]) == entry] for entry in entries] or [list(range(len(plans)))]
    for group, samples in product(groups, counts(spec)[:2]):
        scores: dict[int, tuple[float, ...]] = {}
        drawn: dict[tuple[bool, bool], tuple[Case, At, Witness]] = {}
        for number in group:
            plan = plans[number]
            tell("trying ways to call it", number, len(plans))
            tried = Chosen(number, plan.facts, (samples,))
            key = tried.classes, tried.rate_assumed
            if key not in drawn:
                case = tried.case(spec, samples)
                at = case.draw(random, number)
                drawn[key] = case, at, by_hand(case, at)
            case, at, right = drawn[key]
            reply = session.ask(Run(number, case.problem, at))
            if isinstance(reply, Answer) and (score := closeness(case, reply, right)) is not None:
                scores[number] = score
                if score[0] == 1.0 and score[1] == 1.0 and not tried.one_at_a_time:
                    break
            elif isinstance(reply, Failed) and (failure is None or (failure.kind, reply.kind) == ("call", "misfit")):
                failure = reply
        if scores:
            made = [Chosen(number, plans[number].facts, (samples,)) for number in scores]
            best = max(made, key=lambda each: (scores[each.plan], -each.plan))
            if best.one_at_a_time and not _online(spec, samples, session, made, best, random):
                same = [each for each in made if not each.one_at_a_time and each.fact("entry") == best.fact("entry")]
                best = max(same, key=lambda each: (scores[each.plan], -each.plan), default=best)
            usable = counts(spec) if samples > 1 else tuple(n for n in counts(spec) if n == 1)
            return best._replace(samples=usable)
    if failure is None:
        raise Stop(Reason(Why.MISFIT))
    raise Stop(failed(failure))


def _online(
    spec: Spec, samples: int, session: Session, plans: Sequence[Chosen], best: Chosen, random: np.random.RandomState
) -> bool:
    """Return whether a program that is given several samples updates its weights after each of them."""
    if not best.by_change:
        return False
    case = best.case(spec, samples)
    at = case.draw(random, 0)
    here, inputs, targets = case.arrays(at)
    one = Plan.of(spec, 1)
    for plan in plans:
        if plan.one_at_a_time or plan.fact("entry") != best.fact("entry"):
            continue
        reply = session.ask(Run(plan.plan, case.problem, at))
        if not isinstance(reply, Answer) or closeness(case, reply, by_hand(case, at)) is None:
            continue
        found = [None if numbers is None else array(numbers) for _, numbers in tensors(case.problem, reply)]
        moved, biases = list(here.weights), list(here.biases)
        for s in range(samples):
            point = Parameters(tuple(moved), tuple(biases))
            state = run_forward(one, point, inputs[s : s + 1], targets[s : s + 1])
            slopes = run_gradients(one, point, state, targets[s : s + 1])
            moved = [w - at.rate * g for w, g in zip(moved, slopes.weights, strict=True)]
            # Biases that the program holds fixed stay.
            changing = iter(found[1::2] if len(found) == 2 * len(biases) else [None] * len(biases))
            biases = [
                b - at.rate * g if (c := next(changing, None)) is not None and c.any() else b
                for b, g in zip(biases, slopes.biases, strict=True)
            ]
        expected = [(w - new) / at.rate for w, new in zip(here.weights, moved, strict=True)]
        weights = found[::2] if len(found) == 2 * len(biases) else found
        if all(f is not None and alike(f, e) for f, e in zip(weights, expected, strict=True)):
            return True
    return False


def _name(plan: Described) -> str:
    return dict(plan.facts).get("entry", "").partition(" (")[0]


def failed(reply: Failed) -> Reason:
    """Return the reason that a failure is."""
    why = {"load": Why.LOAD, "find": Why.NO_ENTRY, "misfit": Why.MISFIT}.get(reply.kind, Why.CALL)
    return Reason(why, f"{reply.error}: {reply.message}" if reply.error else reply.message, reply.line, reply.hint)


def closeness(case: Case, answer: Answer, right: Witness) -> tuple[float, ...] | None:
    """Return how close an answer is to the gradient; None where it is none.

    The share of its arrays that are right up to one factor, the same for all; whether the loss is (½ where it is not,
    0 where none is shown); whether the outputs are; the share that is there at all.
    """
    try:
        found = [numbers for _, numbers in tensors(case.problem, answer)]
        loss = single(answer.loss)
    except Misshapen:
        return None
    there = [(array(f), r) for f, r in zip(found, right.arrays, strict=True) if f is not None]
    if not there:
        return None
    with np.errstate(all="ignore"):
        ratios = [float((a * b).sum() / (b * b).sum()) for a, b in there]
        good = max(
            sum(alike(a, ratio * b) for a, b in there) if np.isfinite(ratio) and ratio else 0
            for ratio in (1.0, *ratios)
        )
        known = 0.0
        if loss is not None:
            ratio = loss.doubles[0] / right.loss if np.isfinite(loss.doubles[0]) else 0.0
            known = 1.0 if ratio and any(abs(ratio * n - round(ratio * n)) < NEAR for n in _factors(case)) else 0.5
        outputs = 0.0
        if answer.outputs is not None and answer.outputs.shape == right.outputs.shape:
            outputs = 1.0 if alike(array(answer.outputs), right.outputs) else -1.0
    return good / len(there), known, outputs, len(there) / len(right.arrays)


def _factors(case: Case) -> tuple[int, ...]:
    return 1, 2, 2 * case.samples * case.spec.sizes[-1]


def alike(a: NDArray[np.float64], b: NDArray[np.float64], near: float = NEAR) -> bool:
    """Return whether two arrays of doubles are the same, within a part of their largest number."""
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= near * max(1e-300, float(np.abs(b).max(initial=0.0)))))
