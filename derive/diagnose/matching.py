"""Which mistakes explain the gradients that a program gave: by value, at several points, never by ratios."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from derive.diagnose import fitting
from derive.diagnose.changes import STEPS, quotients
from derive.diagnose.engine import Gradients, Stage
from derive.diagnose.evidence import NEAR, Evidence, Match, Observed, bits, flat, size
from derive.diagnose.instances import SECOND_CALL, Instance, changed, variants
from derive.diagnose.misconceptions import MISTAKES
from derive.read.problem import Problem

CLOSE = 0.1  # of the largest derivative: a difference quotient is no further off
LAST_RESORT = ("constant-factor", "factor-on-all")


def explain(problem: Problem, observed: Sequence[Observed], *, pairs: bool = True) -> tuple[Match, ...]:
    """Return every simplest explanation of gradients; () where there is none, or nothing to explain.

    Simpler is: one mistake before two, one without a constant to fit before one with it; conventions together before a
    factor that could be anything. All that come out are equally simple, and reproduce all that was observed: the
    evidence does not tell them apart. Where an error was observed too, those that reproduce it as well go before those
    that do not.

    pairs: whether two mistakes together are looked for.
    Raises DeriveError where a shape is not the problem's.
    """
    with np.errstate(all="ignore"):
        evidence = Evidence(problem, observed)
        if not evidence.wrong:
            return ()
        for search in SINGLE + TWO * pairs:
            if found := tuple(search(evidence)):
                return evidence.with_right_loss(found)
    return ()


# ── Single mistakes ──────────────────────────────────────────────────────────────────────────────────────────


def _singles(evidence: Evidence) -> Iterator[Match]:
    for instance in _exact(evidence.problem):
        if evidence.explained([instance]):
            yield Match((instance,))
    yield from _second_calls(evidence)


def _exact(problem: Problem) -> Iterator[Instance]:
    return (each for each in variants(problem, fitted=False) if each.id != SECOND_CALL)


def _second_calls(evidence: Evidence) -> Iterator[Match]:
    """Gradients that grow from call to call: those of all points so far, or twice those of a point seen before."""
    zero = evidence.right[0].gradients.map(np.zeros_like)
    for several in (True, False):
        total, hits = zero, []
        for k, (each, right) in enumerate(zip(evidence.observed, evidence.right, strict=True)):
            before = total if several else right.gradients if each.second else zero
            total = Gradients(*(
                tuple(a + b for a, b in zip(old, new, strict=True))
                for old, new in zip(before, right.gradients, strict=True)
            ))  # fmt: skip
            hits.append(all(evidence.agrees(k, total)))
        if all(hits):
            yield Match((Instance(SECOND_CALL, 0),))
            return


def _fitted(evidence: Evidence) -> Iterator[Match]:
    for instance in variants(evidence.problem):
        if MISTAKES[instance.id].fit and instance.id not in LAST_RESORT:
            yield from _fit(evidence, instance)


def _factor(evidence: Evidence) -> Iterator[Match]:
    for instance in variants(evidence.problem):
        if instance.id in LAST_RESORT:
            yield from _fit(evidence, instance)


def _fit(evidence: Evidence, instance: Instance, *others: Instance, among: int = -1) -> Iterator[Match]:
    """Yield the mistake, made together with others, if some constant makes it explain what was observed.

    among: the tensors that the constant of a factor is fitted to, a bit for each.
    """
    row = MISTAKES[instance.id]
    constant: float | None = None
    if row.fit == "affine":
        points = range(len(evidence.observed))

        def predict(constant: float) -> NDArray[np.float64]:
            hooks, endings = changed(evidence.problem, (*others, instance), {row.id: constant})
            return evidence.vector([evidence.run(k, hooks, endings) for k in points], among)

        constant = fitting.affine(predict, evidence.seen(among))
    elif row.fit == "largest":
        constant = fitting.largest(evidence.seen())
    elif row.fit == "norm":
        lengths = [sum(float((a**2).sum()) for a in found if a is not None) for found in evidence.tensors]
        constant = fitting.norm(np.sqrt(lengths).tolist())
    elif row.fit == "decimals":
        constant = fitting.decimals(evidence.vector([run.gradients for run in evidence.right]), evidence.seen())
    elif row.fit == "step":
        constant = _step(evidence, row.id)
    if constant is not None and np.isfinite(constant) and evidence.explained([*others, instance], {row.id: constant}):
        yield Match((*others, instance), ((row.constant, float(constant)),))


def _step(evidence: Evidence, id: str) -> float | None:
    """Return the step of a difference quotient, by the number that is most off at the point that tells most."""
    run = evidence.right[evidence.base]
    right = np.concatenate([r.ravel() for r in flat(run.gradients)])
    pairs = zip(evidence.tensors[evidence.base], flat(run.gradients), strict=True)
    seen = np.concatenate([(r if a is None else a).ravel() for a, r in pairs])
    most = int(np.argmax(np.abs(seen - right)))
    if np.abs(seen - right).max() > CLOSE * np.abs(right).max():
        return None

    def quotient(h: float) -> float:
        made = quotients(run, h, *STEPS[id], only=most)
        return float(np.concatenate([a.ravel() for a in made])[most])

    order = 2 if id == "central-difference" else 1
    return fitting.step(quotient, float(right[most]), float(seen[most]), order)


# ── Two together ─────────────────────────────────────────────────────────────────────────────────────────────


def _conventions(evidence: Evidence) -> Iterator[Match]:
    own = [each for each in _exact(evidence.problem) if MISTAKES[each.id].kind == "convention"]
    for pair in combinations(own, 2):
        if evidence.explained(pair):
            yield Match(pair)


class Effect(NamedTuple):
    """What a mistake does at the point that tells most: a bit a tensor that it changes, or makes what was seen."""

    instance: Instance
    changes: int
    explains: int


def _effects(evidence: Evidence, instances: Iterable[Instance]) -> Iterator[Effect]:
    k = evidence.base
    right = flat(evidence.right[k].gradients)
    for instance in instances:
        found = evidence.run(k, *changed(evidence.problem, [instance]))
        rows = zip(evidence.tensors[k], flat(found), right, strict=True)
        changes = [a is not None and not size(b - r) <= NEAR * size(r) for a, b, r in rows]
        yield Effect(instance, bits(changes), bits(evidence.agrees(k, found)))


def _pairs(evidence: Evidence) -> Iterator[Match]:
    """Two that change each tensor together, or one of them to what was seen and the other not at all."""
    effects = [each for each in _effects(evidence, _exact(evidence.problem)) if each.changes]
    every = (1 << 2 * evidence.problem.layers) - 1
    wrong = every & ~evidence.agreeing
    for one, two in combinations(effects, 2):
        alone = (one.explains & ~two.changes) | (two.explains & ~one.changes)
        plausible = alone | (one.changes & two.changes) == every
        if not plausible and (_coupled(one) or _coupled(two)):
            plausible = not wrong & ~(one.changes | two.changes)
        if plausible and evidence.explained((one.instance, two.instance)):
            yield Match((one.instance, two.instance))


def _coupled(effect: Effect) -> bool:
    return MISTAKES[effect.instance.id].coupled


def _fitted_pairs(evidence: Evidence) -> Iterator[Match]:
    """One mistake, and a constant factor on something; fitted where the factor alone has an effect, if anywhere."""
    layers = evidence.problem.layers
    every = (1 << 2 * layers) - 1
    last = 1 << layers - 1 | 1 << 2 * layers - 1  # what scales the error scales these, whatever becomes of it below
    affine = [each for each in variants(evidence.problem) if MISTAKES[each.id].fit == "affine"]
    factors = list(_effects(evidence, affine))
    for one in _effects(evidence, _exact(evidence.problem)):
        for factor in factors:
            if one.changes and (factor.changes | one.explains == every or _coupled(one)):
                scales = Stage.SCALE in MISTAKES[factor.instance.id].changes
                among = (last if scales else factor.changes & ~one.changes) & evidence.there or -1
                yield from _fit(evidence, factor.instance, one.instance, among=among)


SINGLE = (_singles, _fitted, _conventions, _factor)
TWO = (_pairs, _fitted_pairs)
"""Searches, from the simplest explanations on."""
