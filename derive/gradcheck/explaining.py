"""Why a program is wrong: the mistake by its name, the first wrong variable, and the step that it contradicts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec
import numpy as np

from derive import diagnose
from derive.derivation import Derivation, trained
from derive.diagnose import Match
from derive.errors import DeriveError
from derive.expression import Diff, Expr, Var
from derive.gradcheck.cases import Case
from derive.gradcheck.choosing import NEAR, Chosen, Observed, alike, by_hand
from derive.gradcheck.decoding import Misshapen, array, single, tensors
from derive.gradcheck.locating import Located, locate
from derive.gradcheck.session import Session
from derive.gradcheck.verdicts import Contradicted
from derive.notation import Notation
from derive.read.messages import Answer, Numbers, Run
from derive.read.values import doubles
from derive.render.maths import LATEX, TEXT, Printer
from derive.spec import Draw, Spec
from derive.vocabulary import Array

TOTAL = Var("total")
SAMPLES = 5
POINTS = 3
SIZES = (3, 4, 2, 6)  # of layers from the last one back: no two that meet are alike, and none is `SAMPLES`
LONGEST = 400  # characters of a formula
WIDEST = 3_000  # parameters of a network in which mistakes are looked for


class Explained(NamedTuple):
    matches: tuple[Match, ...]
    located: Located | None
    layer: int


def explain(spec: Spec, session: Session, chosen: Chosen, source: str, seed: int) -> Explained:
    """Return the mistakes that would explain a wrong program, and where it goes wrong first."""
    random = np.random.RandomState([seed & 0xFFFFFFFF, 2])
    observed = _observations(spec, session, chosen, random)
    matches: tuple[Match, ...] = ()
    if observed and observed[0].case.spec.parameter_count <= WIDEST:
        found = diagnose.explain(observed[0].case.problem, [_seen(each, chosen) for each in observed])
        # Of one sample the sum is the mean: what a program does over several is no mistake of it.
        free = {"samples-averaged", "samples-summed"} if spec.samples == 1 else set()
        matches = tuple(dict.fromkeys(_without(match, free) for match in found))
    wrong = wrong_arrays(observed, chosen)
    located = _located(spec, session, chosen, source, random)
    forward = located is not None and located.kind in ("net", "out")
    layer = located.layer if located is not None and forward else max((n for _, n in wrong), default=0)
    return Explained(matches, located, layer)


def _without(match: Match, ids: set[str]) -> Match:
    """Return an explanation without what is none; as it is, where nothing would be left."""
    kept = tuple([each for each in match.mistakes if each.id not in ids])
    return msgspec.structs.replace(match, mistakes=kept) if kept else match


def wrong_arrays(observed: Sequence[Observed], chosen: Chosen) -> set[tuple[str, int]]:
    """Return which arrays of the gradient are wrong: "w" or "b" and the layer. Not what is held fixed, and is 0."""
    wrong: set[tuple[str, int]] = set()
    for seen in observed:
        right = by_hand(seen.case, seen.at)
        for (names, found), expected in zip(tensors(seen.case.problem, seen.answer), right.arrays, strict=True):
            if found is None or not names or alike(array(found), expected):
                continue
            held = not trained(seen.case.spec, names[0]) and chosen.by_change
            if not held or any(found.doubles):
                wrong.add((names[0].kind, names[0].layer))
    return wrong


def _observations(spec: Spec, session: Session, chosen: Chosen, random: np.random.RandomState) -> list[Observed]:
    """Return what the program gives for a network of the same kind in which no two sizes are alike, if it can take
    one and is wrong there too; else for the network itself."""
    # A program that is called sample by sample starts from the same weights each time.
    many = 1 if chosen.one_at_a_time else max(chosen.samples)
    for tried, samples in ((_probe(spec), SAMPLES if many > 1 else 1), (spec, many)):
        if tried is None:
            continue
        case = chosen.case(tried, samples)
        made = []
        for number in range(POINTS):
            at = case.draw(random, number)
            reply = session.ask(Run(chosen.plan, case.problem, at))
            if not isinstance(reply, Answer) or not _sound(case, reply):
                break
            made.append(Observed(case, at, reply))
        if len(made) == POINTS and (wrong_arrays(made, chosen) or tried is spec):
            return made
    return []


def _sound(case: Case, answer: Answer) -> bool:
    try:
        single(answer.loss)
        return all(found is None or np.isfinite(found.doubles).all() for _, found in tensors(case.problem, answer))
    except Misshapen:
        return False


def _probe(spec: Spec) -> Spec | None:
    count = len(spec.layers) + 1
    sizes = [SIZES[(count - 1 - place) % len(SIZES)] for place in range(count)]
    if list(spec.sizes) == sizes:
        return None
    zero = Decimal(0)
    layers = []
    for layer, size in zip(spec.layers, sizes[1:], strict=True):
        drawn = Draw("uniform", low=Decimal(-1), high=Decimal(1))
        biases: Decimal | tuple[Decimal, ...] = (zero,) * size if layer.bias == "per neuron" else zero
        layers.append(msgspec.structs.replace(layer, size=size, weights=drawn, biases=biases))
    target = Decimal(1) if spec.loss.endswith("hinge") else Decimal("0.5")
    row = (*(target for _ in range(sizes[-1])),)
    try:
        return spec.replace(inputs=((zero,) * sizes[0],), targets=(row,), layers=tuple(layers), classes=(), names={})
    except DeriveError:
        return None


def _seen(seen: Observed, chosen: Chosen) -> diagnose.Observed:
    """Return an observation, without parameters that the network holds fixed and the program does not change."""
    here = doubles(seen.case.problem, seen.at)

    def shown(numbers: Numbers | None, trained: bool) -> Array | None:
        held = not trained and chosen.by_change
        return None if numbers is None or (held and not any(numbers.doubles)) else array(numbers)

    layers = seen.case.spec.layers
    weights = tuple([shown(w, each.train_weights) for w, each in zip(seen.answer.weights, layers, strict=True)])
    biases = tuple([shown(b, each.train_biases) for b, each in zip(seen.answer.biases, layers, strict=True)])
    loss = None if seen.answer.loss is None else seen.answer.loss.doubles[0]
    return diagnose.Observed(here, weights, biases, loss)


def _located(
    spec: Spec, session: Session, chosen: Chosen, source: str, random: np.random.RandomState
) -> Located | None:
    # Of a program that is called sample by sample, one call is looked at.
    case = chosen.case(spec, 1 if chosen.one_at_a_time else chosen.samples[0])
    if spec.parameter_count > WIDEST:
        return None
    at = case.draw(random, 0)
    reply = session.ask(Run(chosen.plan, case.problem, at, trace=True))
    if not isinstance(reply, Answer) or not reply.trace or not _sound(case, reply):
        return None
    right = by_hand(case, at)
    forward: bool | None = None
    if reply.outputs is not None and reply.outputs.shape == right.outputs.shape:
        forward = not alike(array(reply.outputs), right.outputs)
    wrong = wrong_arrays([Observed(case, at, reply)], chosen)
    loss = reply.loss is not None and abs(reply.loss.doubles[0] - right.loss) > NEAR * max(abs(right.loss), 1.0)
    return locate(case, at, reply.trace, source, wrong, forward, loss)


# ── The step that is contradicted ──────────────────────────────────────────────────────────────────────────────


def contradicted(
    spec: Spec, derivation: Derivation, names: Notation, wrong: Var, located: Located | None
) -> Contradicted | None:
    """Return the step of the derivation of `spec` that a program with a wrong gradient by `wrong` contradicts."""
    key: Var | Diff = TOTAL if wrong == TOTAL else Diff(TOTAL, wrong)
    sample = 1 if spec.samples > 1 else 0
    if located is not None and located.kind in ("net", "out", "delta"):
        index = wrong.index[:1] if wrong.layer == located.layer and wrong.index else (1,)
        key = Var(located.kind, located.layer, index, sample)
    try:
        passage = derivation.passages[key]
    except LookupError:
        return None
    step = next((step for step in reversed(passage.steps) if step.rhs == passage.result), passage.steps[-1])
    lhs: Expr = key
    text, latex = (
        f"{printer.write(lhs)} = {printer.write(passage.result)}"
        for printer in (Printer(TEXT, names, derivation.values, 9), Printer(LATEX, names, derivation.values, 9))
    )
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return Contradicted(step.id, step.rule.name, short, latex if len(text) <= LONGEST else "")
