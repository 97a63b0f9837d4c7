"""What a program's gradient has to be: from the network's equations, by reverse accumulation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from derive.check.adjoint import adjoints
from derive.check.field import Field, Residues
from derive.check.meanings import FieldMeaning, RealMeaning
from derive.check.network import Network
from derive.check.real import Real, Reals
from derive.check.tower import Tower
from derive.check.verdict import Region
from derive.expression import Var
from derive.gradcheck.cases import Case
from derive.read.messages import At
from derive.read.values import direction, field_targets, target_directions

TOTAL = Var("total")


class Real50(NamedTuple):
    """The derivatives of the error at a point by name, in real numbers of 70 digits, and the error itself."""

    slopes: Mapping[Var, Real]
    loss: Real
    meaning: RealMeaning


class InField(NamedTuple):
    """The same in the exact field, in one region.

    size: at least the degree of any of it, over the common denominator.
    """

    field: Field
    slopes: Mapping[Var, Residues]
    loss: Residues
    region: Region
    size: int
    roots: int

    def along(self, case: Case, at: At) -> Residues:
        """Return the derivative of the error along the direction of "tangent", everything that is given moving."""
        field = self.field
        towards = target_directions(field, case.problem, at)
        terms = [field.number(Fraction(0))]
        for name in case.values(at):
            if name.kind != "eta" and name in self.slopes and (name.kind != "t" or name in towards):
                step = towards[name] if name.kind == "t" else direction(field, name)
                terms.append(field.mul(self.slopes[name], step))
        return field.add(terms)


def in_reals(case: Case, at: At) -> Real50:
    """Return the reference at a point. Raises Undefined where there is none."""
    meaning = RealMeaning(Network(case.graph, case.values(at)), Reals())
    slopes, _ = adjoints(meaning, TOTAL)
    return Real50(slopes, meaning.measure(TOTAL)[0], meaning)


def in_field(case: Case, at: At, tower: Tower) -> InField:
    """Return the reference with everything that is given at random, branches taken as they are at the point `at`."""
    network = Network(case.graph, case.values(at))
    real = RealMeaning(network, Reals())
    field = Field(tower, blind=True)
    meaning = _At(network, field, real.sign, free=False)
    meaning.targets = field_targets(field, case.problem, at)
    slopes, region = adjoints(meaning, TOTAL)
    loss = meaning.measure(TOTAL)[0]
    size = max(field.cleared(value) for value in (loss, *slopes.values()))
    return InField(field, slopes, loss, region, size, len(field.roots))


class _At(FieldMeaning):
    """Meaning with some targets that are not free: those that sum to 1, those that are classes."""

    targets: Mapping[Var, Residues] = {}

    def _given(self, name: Var) -> Residues:
        return self.targets[name] if name in self.targets else super()._given(name)
