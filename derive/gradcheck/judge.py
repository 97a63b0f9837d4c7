"""Judges a program: runs it at points that are drawn afterwards, and compares what it gives with the derivative.

    1. Of all the ways in which the program could be called, take the one under which it comes closest (`choosing`).
    2. Call it with doubles, and again: it must not change what it is given, and give the same again.
    3. Run it on exact values, for several numbers of samples and on both sides of every kink: what is equal to the
       derivative there is equal for all inputs (`derive.check.field`).
    4. What is not is compared in real numbers of 70 digits, or in doubles where it cannot run on anything else.
    5. Doubles must agree with the derivative too, whatever came before: they are what the user of the program gets.

Nothing that comes from the program is believed but values, and these are compared with ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from derive.check.real import DIGITS
from derive.check.verdict import Agrees, Doubt, Fault, Proved, Refuted, Region, Undecided, Verdict, Witness
from derive.derivation import trained
from derive.expression import Diff, Expr, Var
from derive.gradcheck.cases import Case
from derive.gradcheck.choosing import Chosen, Observed, Stop, by_hand, failed
from derive.gradcheck.comparing import Comparing
from derive.gradcheck.conventions import Both, constant, conventions
from derive.gradcheck.decoding import tensors
from derive.gradcheck.proving import Proving
from derive.gradcheck.session import Session
from derive.gradcheck.trial import TOTAL, Evidence, Progress, Trial
from derive.gradcheck.verdicts import Convention, Reason, Row, Why
from derive.read.messages import Answer, Failed, Numbers
from derive.spec import Spec

DOUBTED = 4  # points at which what is not equal exactly is looked at in numbers
AGAIN = 3  # calls with the same numbers
POINTS = 2  # in doubles, for each number of samples
SAME = 1e-9  # of the largest number of an array, within which two calls gave the same: BLAS rounds as memory lies
LARGE = 4_000  # parameters, above which 70 digits would take too long
MOST = 50_000_000  # samples × parameters that are tried in doubles


class Judged(NamedTuple):
    """The rows, and what they stand on. See `derive.gradcheck.verdicts.Outcome`.

    deviates: the convention that would make a wrong gradient right.
    observed: what the program gave in doubles.
    quotient: which difference quotient its gradient is made of, as the id of a mistake, and its step.
    second: whether the same objects give another gradient when they are called again.
    """

    rows: tuple[Row, ...]
    loss: Row | None
    own_loss: Verdict | None
    region: Region
    patterns: int
    both_sides: tuple[int, int]
    tests: tuple[tuple[int, tuple[int, ...]], ...]
    lost: tuple[tuple[int, str], ...]
    samples: tuple[int, ...]
    convention: Convention
    deviates: Convention | None
    exact: str
    observed: tuple[Observed, ...]
    quotient: tuple[str, float] | None
    second: bool


class Judge:
    """Judges the program of one session, called by one plan.

    asked: the convention that the user says is meant.  only_gradient: whether its loss is left alone.
    literals: the numbers that stand in the program.
    """

    def __init__(
        self, spec: Spec, session: Session, chosen: Chosen, name: Callable[[Var], str], seed: int, *,
        asked: Convention | None = None, only_gradient: bool = False, literals: Collection[float] = (),
        progress: Progress = lambda what, done, whole: None,
    ) -> None:  # fmt: skip
        self.trial = Trial(spec, session, chosen, seed, progress)
        self._name, self._asked, self._only_gradient, self._literals = name, asked, only_gradient, literals
        self._second: Observed | None = None
        self._own: list[Observed] = []

    def judge(self) -> Judged:
        """Return the rows. Raises Stop where the program cannot be judged, `Stopped` where it was stopped."""
        trial = self.trial
        observed = self._observe()
        first = observed[0]
        trial.loss_seen = all(seen.answer.loss is not None for seen in observed)
        trial.names = self._claimed(first)
        trial.evidence = {name: Evidence() for name in (*trial.names, *([TOTAL] if trial.loss_seen else []))}
        self._missing(first)
        deviates = self._conventions([*observed, *self._own])
        patterns, both, own = Proving(trial).prove()
        comparing = Comparing(trial)
        comparing.show(observed)
        doubted = self._doubted()
        if not trial.exact or trial.spec.parameter_count <= LARGE:
            given = [seen for seen in observed if seen.case.samples == trial.spec.samples]
            comparing.reals([*(given or observed)[:2], *doubted])
        comparing.doubles([*observed, *doubted, *self._own, *([self._second] if self._second else [])])
        rows = tuple([self._row(name) for name in trial.names])
        loss = self._row(TOTAL) if trial.loss_seen and not self._only_gradient else None
        tests = tuple((line, tuple(sorted(signs))) for line, signs in sorted(trial.tests.items()))
        samples = tuple(case.samples for case in trial.cases)
        return Judged(
            rows, loss, own, tuple(trial.region), patterns, both, tests, tuple(sorted(trial.lost.items())), samples,
            trial.convention, deviates, trial.exact, tuple(observed), comparing.quotient, self._second is not None,
        )  # fmt: skip

    def _observe(self) -> list[Observed]:
        """Return what the program gives in doubles: at the given point, if it can, and at random ones."""
        made = []
        for case in self.trial.cases:
            points = [case.draw(self.trial.random, number) for number in range(POINTS)]
            if case.samples == self.trial.spec.samples and not (case.classes and not self.trial.spec.classes):
                points.insert(0, case.given())
            for at in points:
                reply = self.trial.run(case, at)
                if isinstance(reply, Failed):
                    if self.trial.chosen.by_change and not any(a.any() for a in by_hand(case, at).arrays):
                        continue  # nothing is to be changed here, so nothing can be seen
                    if case is not self.trial.cases[0] and case.samples == 1:
                        break  # a program for batches alone
                    raise Stop(failed(reply))
                if reply.changed:
                    raise Stop(Reason(Why.CHANGED, ", ".join(reply.changed)))
                if reply.single:
                    raise Stop(Reason(Why.SINGLE))
                made.append(Observed(case, at, reply))
        self.trial.cases = [case for case in self.trial.cases if any(seen.case is case for seen in made)]
        if not made:
            raise Stop(Reason(Why.MISFIT))
        first = made[0]
        for _ in range(AGAIN):
            self._same_again(first, self.trial.run(first.case, first.at))
        self._own = self._at_other_counts()
        if not self.trial.chosen.by_change:
            second = self.trial.run(first.case, first.at, twice=True)
            if isinstance(second, Failed) or not _same_answer(first.case, first.answer, second):
                # The same objects, called again, give something else. If it is always that, it is what they do.
                if isinstance(second, Failed):
                    raise Stop(Reason(Why.UNSTEADY, failed(second).detail, second.line))
                seen = Observed(first.case, first.at, second)
                self._same_again(seen, self.trial.run(first.case, first.at, twice=True))
                self._second = seen
        return made

    def _at_other_counts(self) -> list[Observed]:
        """Return what the program gives in doubles for other numbers of samples: one more, and the network's own."""
        trial, made = self.trial, []
        if max(trial.chosen.samples) == 1:
            return []
        counts = {max(trial.chosen.samples) + 2}
        own = trial.spec.samples
        if own not in trial.chosen.samples and own * trial.spec.parameter_count <= MOST:
            counts.add(own)
        for samples in sorted(counts):
            case = trial.chosen.case(trial.spec, samples)
            at = case.given() if samples == own else case.draw(trial.random, 0)
            reply = trial.run(case, at)
            if isinstance(reply, Failed):
                raise Stop(failed(reply))
            made.append(Observed(case, at, reply))
        return made

    def _same_again(self, seen: Observed, again: Answer | Failed) -> None:
        if isinstance(again, Failed):
            raise Stop(Reason(Why.UNSTEADY, failed(again).detail, again.line))
        if not _same_answer(seen.case, seen.answer, again):
            raise Stop(Reason(Why.UNSTEADY))

    def _doubted(self) -> list[Observed]:
        """Return what the program gives in doubles where something was not equal in the exact field."""
        made = []
        for case, at in self.trial.unequal[:DOUBTED]:
            reply = self.trial.run(case, at)
            if isinstance(reply, Answer):
                made.append(Observed(case, at, reply))
        return made

    def _claimed(self, seen: Observed) -> list[Var]:
        """Return the parameters to judge; not those that are held fixed, if the program gives no gradient for them."""
        made: list[Var] = []
        by_change = self.trial.chosen.by_change
        for names, found in tensors(seen.case.problem, seen.answer):
            held = bool(names) and not trained(self.trial.spec, names[0])
            if held and (found is None or (by_change and not any(found.doubles))):
                continue
            made += names
        return made

    def _missing(self, seen: Observed) -> None:
        for names, found in tensors(seen.case.problem, seen.answer):
            for name in names if found is None else ():
                if name in self.trial.evidence:
                    self.trial.evidence[name].why = Why.MISSING

    def _conventions(self, observed: Sequence[Observed]) -> Convention | None:
        """Settle by which factors gradient and loss are to be compared; return what a wrong one differs by."""
        self.trial.convention = self.trial.loss_convention = self._asked or Convention()
        if self._asked is not None:
            return None
        pairs = [(seen, by_hand(seen.case, seen.at)) for seen in observed]
        found: Both = conventions(pairs)
        if (
            self.trial.chosen.rate_assumed
            and found.gradient != Convention()
            and (factor := constant(pairs)) is not None
            and self._is_rate(factor)
        ):
            self.trial.convention = Convention(factor=factor, rate=True)
            self.trial.loss_convention = found.loss or Convention()
            return None
        one = self.trial.spec.samples == 1
        only_samples = found.gradient is not None and found.gradient == Convention(samples=found.gradient.samples)
        agreed = found.gradient is not None and found.loss == found.gradient and found.gradient.sign == 1
        if found.gradient is not None and (agreed or (one and only_samples and not self.trial.loss_seen)):
            self.trial.convention = self.trial.loss_convention = found.gradient
            return None
        return found.gradient or None

    def _is_rate(self, factor: Fraction) -> bool:
        """Return whether a factor can be that of a learning rate: one that stands in the program. Else it is a mistake,
        a 2 or a number of samples too many."""
        rate = float(factor)
        if self.trial.chosen.fact("rate") != "none":
            rate *= float(self.trial.spec.learning_rate)
        return factor > 0 and any(math.isclose(rate, number, rel_tol=1e-9) for number in (1.0, *self._literals))

    def _row(self, name: Var) -> Row:
        evidence = self.trial.evidence[name]
        lhs: Expr = TOTAL if name == TOTAL else Diff(TOTAL, name)
        label = self._name(name)
        expected, found = evidence.refuted or evidence.shown
        verdict: Verdict
        if evidence.why is not None:
            return Row(name, label, Undecided(Doubt.PROGRAM), expected, found, evidence.why)
        if evidence.refuted:
            verdict = Refuted(Fault.VALUES, (name,), Witness(lhs, lhs, expected, found))
        elif evidence.proofs and not evidence.unproved and not (evidence.pending and evidence.digits != DIGITS):
            verdict = Proved(max(evidence.proofs), tuple(self.trial.region))
        elif evidence.digits is not None:
            verdict = Agrees(evidence.digits)
        else:
            verdict = Undecided(Doubt.UNPROVEN)
        return Row(name, label, verdict, expected, found)


def _same_answer(case: Case, first: Answer, second: Answer) -> bool:
    for (_, a), (_, b) in zip(tensors(case.problem, first), tensors(case.problem, second), strict=True):
        if (a is None) != (b is None) or (a is not None and b is not None and not _steady(a, b)):
            return False
    return True


def _steady(a: Numbers, b: Numbers) -> bool:
    x, y = np.array(a.doubles), np.array(b.doubles)
    finite = np.isfinite(x) & np.isfinite(y)
    near = np.abs(x[finite] - y[finite]) <= SAME * np.abs(x[finite]).max(initial=0.0)
    return a.shape == b.shape and bool(near.all()) and np.array_equal(x[~finite], y[~finite], equal_nan=True)
