"""The numbers: what is not proved is compared in reals of 70 digits, and all of it in doubles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from derive.check.real import DIGITS, DOUBLE, Real, Reals
from derive.check.verdict import Undefined
from derive.expression import Var
from derive.gradcheck.cases import Case
from derive.gradcheck.choosing import Observed, Stop, alike, by_hand
from derive.gradcheck.decoding import Misshapen, array, real, tensors
from derive.gradcheck.differences import difference_quotient
from derive.gradcheck.reference import Real50, in_reals
from derive.gradcheck.trial import TOTAL, Trial
from derive.gradcheck.verdicts import Reason, Why
from derive.read.messages import Answer, At, Failed, Numbers

SLACK = 2.0**6  # by which another order of calculation may round more than ours
FAR = 2.0**26  # beyond so many times its bound, a difference is no matter of rounding
OFF = 2.0**16  # by which doubles of what is proved may be off, as a clumsy formula makes them
CLOSE = 1e-11  # of the largest number of an array, within which doubles need no closer look
SHOWN = 12  # digits
WRONG = 12  # numbers that are looked at closely


class Comparing:
    """Compares numbers, and notes what comes of it in the trial.

    quotient: which difference quotient the gradient is made of, as the id of a mistake, and its step.
    """

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.quotient: tuple[str, float] | None = None

    def show(self, observed: Sequence[Observed]) -> None:
        """Keep what is expected and what was found at the first point, for the table."""
        seen = next((each for each in observed if each.case.samples == self.trial.spec.samples), observed[0])
        right = by_hand(seen.case, seen.at)
        for (names, found), expected in zip(tensors(seen.case.problem, seen.answer), right.arrays, strict=True):
            if found is None:
                continue
            for name, here, there in zip(names, found.doubles, expected.ravel().tolist(), strict=True):
                if name in self.trial.evidence:
                    scale = float(self.trial.scaled(seen.case, name))
                    self.trial.evidence[name].shown = f"{there * scale:.9g}", f"{here:.9g}"
        if self.trial.loss_seen and seen.answer.loss is not None:
            scale = float(self.trial.scaled(seen.case, TOTAL))
            self.trial.evidence[TOTAL].shown = f"{right.loss * scale:.9g}", f"{seen.answer.loss.doubles[0]:.9g}"

    def reals(self, observed: Sequence[Observed]) -> None:
        """Compare what is not proved in real numbers: at the given point, then at another."""
        if self.trial.by_differential:
            self.trial.evidence[TOTAL].pending = True
        for seen in observed:
            if not any(evidence.open for evidence in self.trial.evidence.values()):
                return
            self.trial.tell("comparing 70 digits", 0, 1)
            reply = self.trial.run(seen.case, seen.at, "real")
            if isinstance(reply, Failed) or any(what != "text" for _, what in reply.lost):
                self.trial.exact = self.trial.exact or (
                    f"{reply.error}: {reply.message}".strip(": ") if isinstance(reply, Failed)
                    else f"line {reply.lost[0][0]} makes a plain number"
                )  # fmt: skip
                return
            try:
                right = in_reals(seen.case, seen.at)
                self._real(seen.case, seen.at, reply, right)
            except Undefined as undefined:
                raise Stop(Reason(Why.NO_REFERENCE, undefined.doubt.value)) from None
            except Misshapen:
                raise Stop(Reason(Why.MISFIT)) from None

    def _real(self, case: Case, at: At, answer: Answer, right: Real50) -> None:
        reals = right.meaning.reals
        zero = reals.number(Fraction(0))
        wrong: dict[Var, Real] = {}
        for name, data in self.trial.exact_values(case, answer):
            evidence = self.trial.evidence[name]
            found = real(data, reals)
            if not evidence.open or found is None:
                continue
            exact = right.loss if name == TOTAL else right.slopes.get(name, zero)
            expected = reals.mul(reals.number(self.trial.scaled(case, name)), exact)
            if reals.differ(expected, found):
                evidence.refuted = _decimals(reals, expected, found)
                if name != TOTAL and name in right.slopes and len(wrong) < WRONG:
                    wrong[name] = found
            else:
                evidence.digits = _digits(reals, found)
        if wrong and self.quotient is None:
            self.quotient = difference_quotient(case, at, right, wrong, self.trial.scaled(case, Var("w")))

    def doubles(self, observed: Sequence[Observed]) -> None:
        """Compare doubles: what is proved too must come out so, and what is not may agree."""
        for number, seen in enumerate(observed):
            right = by_hand(seen.case, seen.at)
            scale = float(self.trial.scaled(seen.case, Var("w")))
            loss_scale = float(self.trial.scaled(seen.case, TOTAL))
            pairs = [
                (names, found, expected * scale)
                for (names, found), expected in zip(tensors(seen.case.problem, seen.answer), right.arrays, strict=True)
                if found is not None and names and names[0] in self.trial.evidence
            ]
            if self.trial.loss_seen and seen.answer.loss is not None:
                pairs.append(([TOTAL], seen.answer.loss, np.array([right.loss * loss_scale])))
            evidence = self.trial.evidence
            doubtful = [
                (names, found) for names, found, expected in pairs
                if any(evidence[n].open for n in names) or not alike(array(found).ravel(), expected.ravel(), CLOSE)
            ]  # fmt: skip
            if doubtful:
                self.trial.tell("comparing doubles", number, len(observed))
                self._double(seen, doubtful)

    def _double(self, seen: Observed, doubtful: Sequence[tuple[list[Var], Numbers]]) -> None:
        try:
            right = in_reals(seen.case, seen.at)
        except Undefined as undefined:
            raise Stop(Reason(Why.NO_REFERENCE, undefined.doubt.value)) from None
        reals = right.meaning.reals
        zero = reals.number(Fraction(0))
        for names, found in doubtful:
            exact = {n: right.loss if n == TOTAL else right.slopes.get(n, zero) for n in names}
            expected = {n: reals.mul(reals.number(self.trial.scaled(seen.case, n)), x) for n, x in exact.items()}
            # A sum rounds as its largest terms do, and numbers of one array are made alike.
            largest = max((x.size for x in expected.values()), default=0.0)
            for name, value in zip(names, found.doubles, strict=True):
                evidence = self.trial.evidence[name]
                if evidence.refuted or evidence.why:
                    continue
                bound = (expected[name].bound + largest) * DOUBLE
                if not math.isfinite(value):
                    evidence.refuted = reals.decimal(expected[name].value, SHOWN), str(value)
                    continue
                gap = abs(float(reals.rounded(expected[name].value) - reals.mp.mpf(value)))
                if gap > FAR * bound:
                    evidence.refuted = reals.decimal(expected[name].value, SHOWN), f"{value:.{SHOWN}g}"
                elif gap > (SLACK if evidence.open else OFF) * bound:
                    evidence.why = Why.ROUNDING
                elif evidence.open and evidence.digits is None:
                    evidence.digits = (
                        max(1, int(-math.log10(bound / expected[name].size))) if expected[name].size else 1
                    )


def _digits(reals: Reals, found: Real) -> int:
    """Return how many digits of a number its bound leaves."""
    unsure = float(reals.mp.ldexp(found.bound, -reals.precision)) / found.size if found.size else 0.0
    return DIGITS if unsure == 0.0 else max(1, min(DIGITS, int(-math.log10(unsure))))


def _decimals(reals: Reals, a: Real, b: Real) -> tuple[str, str]:
    for digits in (SHOWN, 20, 30, 60):
        shown = reals.decimal(a.value, digits), reals.decimal(b.value, digits)
        if shown[0] != shown[1]:
            break
    return shown
