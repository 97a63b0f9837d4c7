"""One program on trial: how it is called, and what has been found out so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from derive.check.tower import Tower
from derive.check.verdict import Condition
from derive.expression import Var
from derive.gradcheck.cases import Case
from derive.gradcheck.choosing import Chosen, Stop
from derive.gradcheck.decoding import Misshapen, single, tensors
from derive.gradcheck.session import Session
from derive.gradcheck.verdicts import Convention, Reason, Why
from derive.read.messages import Answer, At, Failed, Mode, Run
from derive.read.values import tower_data
from derive.spec import Spec

TOTAL = Var("total")

Progress = Callable[[str, int, int], None]


class Evidence:
    """What has been found out about one parameter, or about the loss.

    proofs: the chances of error, as powers of 2, one a region.  unproved: whether some region has none.
    pending: whether the proof holds if real numbers agree as well.
    """

    def __init__(self) -> None:
        self.proofs: list[int] = []
        self.unproved = False
        self.refuted: tuple[str, str] | None = None
        self.digits: int | None = None
        self.why: Why | None = None
        self.shown = ("", "")
        self.pending = False

    @property
    def open(self) -> bool:
        if self.pending and self.refuted is None and self.digits is None:
            return True
        return self.refuted is None and self.why is None and (self.unproved or not self.proofs)


class Trial:
    """What all stages of a judgement share.

    names: the parameters whose gradient is judged.  loss_seen: whether the program shows a loss.
    convention, loss_convention: the factors by which gradient and loss are compared.
    exact: why the program cannot run on exact values, "" where it can.
    by_differential: whether the loss is proved by its derivatives, up to a constant.
    region, tests: the branches that ours and the program's comparisons took in the proofs.
    lost: lines where the program made plain numbers of exact ones.
    unequal: where something was not equal in the exact field, for numbers to be compared there.
    """

    def __init__(self, spec: Spec, session: Session, chosen: Chosen, seed: int, tell: Progress) -> None:
        self.spec, self.session, self.chosen, self.seed, self.tell = spec, session, chosen, seed, tell
        self.random = np.random.RandomState([seed & 0xFFFFFFFF, 1])
        self.cases = [chosen.case(spec, n) for n in chosen.samples]
        self.names: list[Var] = []
        self.evidence: dict[Var, Evidence] = {}
        self.loss_seen = False
        self.convention = self.loss_convention = Convention()
        self.exact = ""
        self.by_differential = False
        self.region: dict[Condition, None] = {}
        self.tests: dict[int, set[int]] = {}
        self.lost: dict[int, str] = {}
        self.unequal: list[tuple[Case, At]] = []

    def run(
        self, case: Case, at: At, mode: Mode = "double", height: Tower | None = None, moving: tuple[str, ...] = (),
        twice: bool = False,
    ) -> Answer | Failed:  # fmt: skip
        """Call the program once. Raises Stop where the answer has not the form of one."""
        data = None if height is None else tower_data(height)
        reply = self.session.ask(Run(self.chosen.plan, case.problem, at, mode, data, twice=twice, moving=moving))
        if isinstance(reply, Answer):
            try:
                tensors(case.problem, reply)
                single(reply.loss)
            except Misshapen:
                raise Stop(Reason(Why.MISFIT)) from None
        elif not isinstance(reply, Failed):
            raise Stop(Reason(Why.MISFIT))
        return reply

    def moving(self) -> tuple[str, ...]:
        """Return which arrays "tangent" moves: those whose gradient the program claims to give."""
        return tuple(dict.fromkeys(f"{n.kind}{n.layer}" for n in self.names))

    def scaled(self, case: Case, name: Var) -> Fraction:
        """Return the factor by which a derivative by `name`, or the loss, is to be compared."""
        convention = self.loss_convention if name == TOTAL else self.convention
        return convention.scale(case.samples, self.spec.sizes[-1])

    def exact_values(self, case: Case, answer: Answer) -> list[tuple[Var, bytes]]:
        """Return every number that is judged, as the program gave it exactly."""
        made: list[tuple[Var, bytes]] = []
        for names, found in tensors(case.problem, answer):
            data: Sequence[bytes] = found.exact if found is not None and found.exact else [b""] * len(names)
            made += [(name, each) for name, each in zip(names, data, strict=True) if name in self.evidence]
        if self.loss_seen:
            loss = answer.loss
            made.append((TOTAL, loss.exact[0] if loss is not None and loss.exact else b""))
        return made
