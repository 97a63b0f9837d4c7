"""The proofs: a program run on exact values, and compared with the derivative in the exact field."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from derive.check.field import Residues, chance
from derive.check.tower import Tower, tower
from derive.check.verdict import Doubt, Fault, Proved, Refuted, Undefined, Verdict
from derive.expression import Var
from derive.gradcheck.cases import Case
from derive.gradcheck.choosing import Stop
from derive.gradcheck.decoding import residues
from derive.gradcheck.reference import InField, in_field
from derive.gradcheck.trial import TOTAL, Trial
from derive.gradcheck.verdicts import Reason, Why
from derive.read.messages import WIDTH, Answer, At, Failed
from derive.read.values import direction

CHANCE = -100  # what is proved is false with a chance below 2^CHANCE, all parameters together
BITS = (160, 320, 400)  # of the primes of a tower: the values of a long program are of high degree
FEW = 300  # parameters, above which the fewest bits will not do
MARGIN = 12  # bits by which the degrees of a program may be larger than ours
PATTERNS = 16  # points at which branches are looked for, at most
LOWEST, HIGHEST = 4, 16  # of towers: so many exponentials within exponentials


class Proving:
    """Proves what it can, and notes in the trial what it cannot."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self._tower = LOWEST, BITS[trial.spec.parameter_count > FEW]

    def prove(self) -> tuple[int, tuple[int, int], Verdict | None]:
        """Run on exact values. Return how many patterns of sides were visited, how many neurons on both, and the
        verdict on whether the gradient is that of the program's own loss."""
        jobs: list[tuple[Case, At]] = []
        patterns, both = 0, (0, 0)
        for case in self.trial.cases:
            if case is self.trial.cases[0]:
                points, both = self._patterns(case)
                patterns = len(points)
            else:
                points = [case.draw(self.trial.random, 0)]
            jobs += [(case, at) for at in points]
        own: list[Verdict] = []
        for number, (case, at) in enumerate(jobs):
            self.trial.tell("running on exact values", number, len(jobs))
            if not self._prove_at(case, at, number, len(jobs), own):
                for evidence in self.trial.evidence.values():
                    evidence.unproved = True
                break
        verdict = next((v for v in own if isinstance(v, Refuted)), own[0] if own else None)
        return patterns, both, verdict

    def _patterns(self, case: Case) -> tuple[list[At], tuple[int, int]]:
        """Return points at which every neuron with branches takes each of them, as far as a few do for that; how many
        neurons do, and how many there are."""
        points: list[At] = []
        seen: list[list[set[int]]] = []
        for number in range(PATTERNS):
            at = case.draw(self.trial.random, number)
            taken = case.branches(at)
            seen = seen or [[set() for _ in range(values.shape[1])] for values, _ in taken]
            new = [[old | set(column.tolist()) for old, column in zip(layer, values.T, strict=True)]
                   for layer, (values, _) in zip(seen, taken, strict=True)]  # fmt: skip
            if new != seen or not points:
                points.append(at)
                seen = new
            done = [len(each) == count for layer, (_, count) in zip(seen, taken, strict=True) for each in layer]
            if all(done):
                break
        return points, (sum(done), len(done))

    def _prove_at(self, case: Case, at: At, number: int, whole: int, own: list[Verdict]) -> bool:
        """Compare in the exact field, in one region. Return False where the program cannot run there."""
        exponents, tries = 0, 0
        equal: dict[Var, bool] = dict.fromkeys(self.trial.evidence, True)
        while True:
            made = self._in_field(case, at, 16 * number + tries)
            if made is None:
                return False
            ours, answer, height = made
            for name, data in self.trial.exact_values(case, answer):
                theirs = residues(data)
                expected = ours.loss if name == TOTAL else ours.slopes.get(name)
                equal[name] = equal[name] and _equal(ours, expected, theirs, self.trial.scaled(case, name))
            if not own and self.trial.loss_seen and not self.trial.convention.rate and not all(equal.values()):
                own += self._own_loss(case, at, ours, answer, height)
            bits = max(ours.size.bit_length(), min(max(answer.bits, 0), 10_000)) + 1
            exponents += min(0, chance(1 << bits - 1, ours.roots + max(answer.roots, 0), height.bits))
            tries += 1
            # All parameters in all regions together: as many chances, of which any may be the one.
            together = exponents + (len(equal) * whole).bit_length()
            if together < CHANCE or tries == 4 or not any(equal.values()):
                break
        if not all(equal.values()):
            self.trial.unequal.append((case, at))
        if self.trial.loss_seen and not equal[TOTAL] and self._same_differential(case, at, ours, height):
            equal[TOTAL] = True
            self.trial.by_differential = True
        for name, same in equal.items():
            evidence = self.trial.evidence[name]
            if same and together < CHANCE and not any(answer.close):  # in line 0, nobody but us
                evidence.proofs.append(together)
            else:
                evidence.unproved = True
        self.trial.region.update(dict.fromkeys(ours.region))
        for line, signs in answer.tests:
            self.trial.tests.setdefault(line, set()).update(signs)
        self.trial.lost.update(answer.lost)
        return True

    def _in_field(self, case: Case, at: At, number: int) -> tuple[InField, Answer, Tower] | None:
        """Run in a tower of its own. The least that will do: so high, and with so many bits, that ours can be told from
        what is not equal to it."""
        while True:
            drawn = _tower(self.trial.seed, number, *self._tower)
            height, bits = self._tower
            try:
                ours = in_field(case, at, drawn)
                if bits != BITS[-1] and chance(ours.size << MARGIN, ours.roots, bits) > CHANCE:
                    self._tower = height, BITS[BITS.index(bits) + 1]
                    continue
                reply = self.trial.run(case, at, "field", drawn)
                if isinstance(reply, Answer):
                    return ours, reply, drawn
                if reply.kind != "nested":
                    self.trial.exact = self.trial.exact or f"{reply.error}: {reply.message}".strip(": ")
                    return None
            except Undefined as undefined:
                if undefined.doubt not in (Doubt.NESTED, Doubt.SIZE):
                    raise Stop(Reason(Why.NO_REFERENCE, undefined.doubt.value)) from None
            if height >= HIGHEST:
                self.trial.exact = self.trial.exact or Doubt.NESTED.value
                return None
            self._tower = 2 * height, bits

    def _same_differential(self, case: Case, at: At, ours: InField, height: Tower) -> bool:
        """Return whether the program's loss has the derivatives of ours by everything that is given.

        Then the two differ by a constant; that this is 0 is seen in real numbers. So log(ab) is log a + log b.
        """
        moving = (*(f"{kind}{layer}" for kind in "wb" for layer in range(1, case.problem.layers + 1)), "x", "t")
        reply = self.trial.run(case, at, "tangent", height, moving)
        if isinstance(reply, Failed) or reply.loss is None or not reply.loss.exact:
            return False
        theirs = residues(_halves(reply.loss.exact[0])[1])
        return theirs is not None and _equal(ours, ours.along(case, at), theirs, self.trial.scaled(case, TOTAL))

    def _own_loss(self, case: Case, at: At, ours: InField, answer: Answer, height: Tower) -> list[Verdict]:
        """Return the verdict on whether the gradient is that of the program's own loss, by dual numbers."""
        reply = self.trial.run(case, at, "tangent", height, self.trial.moving())
        if isinstance(reply, Failed) or reply.loss is None or not reply.loss.exact:
            return []
        return _along(
            ours, _halves(reply.loss.exact[0])[1], self.trial.exact_values(case, answer), max(reply.bits, answer.bits)
        )


@lru_cache(maxsize=16)
def _tower(seed: int, number: int, height: int, bits: int) -> Tower:
    return tower((seed << 16) + number, height, bits)


def _equal(ours: InField, expected: Residues | None, theirs: Residues | None, scale: Fraction) -> bool:
    field = ours.field
    if theirs is None or not theirs.at:
        return False
    right = field.number(Fraction(0)) if expected is None else expected
    if scale != 1:
        right = field.mul(field.number(scale), right)
    # Nothing that is shorter than ours could pass for it.
    return len(theirs.at) <= len(field.tower.primes) and field.same(right, theirs)


def _along(ours: InField, slope: bytes, values: list[tuple[Var, bytes]], bits: int) -> list[Verdict]:
    field, found = ours.field, residues(slope)
    if found is None:
        return []
    terms = [field.number(Fraction(0))]
    for name, data in values:
        if name == TOTAL:
            continue
        if (value := residues(data)) is None:
            return []
        terms.append(field.mul(value, direction(field, name)))
    if not field.same(field.add(terms), found):
        return [Refuted(Fault.VALUES)]
    size = 1 << max(ours.size.bit_length(), min(max(bits, 0), 10_000))
    return [Proved(chance(size, ours.roots, field.tower.bits), ours.region)]


def _halves(data: bytes) -> tuple[bytes, bytes]:
    """Return value and slope of a dual number."""
    end = 1 + WIDTH * data[0] if data else 0
    return data[1:end], data[end:]
