"""The Jacobian of the outputs by the inputs: values, its index form, its product of matrices, and their checks."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from derive import backprop
from derive.check.kernel import Checker
from derive.check.numeric import Found, Judge, Row, Way
from derive.check.verdict import Verdict, combine, exit_code, passes
from derive.derivation import Derivation, FamilyEquation, Number, Step
from derive.differentiate.forms import index_steps
from derive.differentiate.jacobian import jacobian_index, jacobian_matrices
from derive.errors import DeriveError
from derive.expression import Diff, Var
from derive.notation import Notation
from derive.render.forms import Content
from derive.render.maths import LATEX, TEXT, Printer
from derive.render.numbers import decimals
from derive.spec import Spec

MOST = 2_000  # entries over all samples
ROUNDING = 2.0**-46  # of the largest entry of a sample: what 64 roundings of it may do to the others


class JacobianCheck(Struct, frozen=True):
    """How a Jacobian came out: the members of its index form, its matrices, and each entry in other ways."""

    index: tuple[tuple[Step, Verdict], ...]
    matrices: tuple[tuple[Step, Verdict], ...]
    rows: tuple[Row, ...]
    seed: int

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return (*(v for _, v in (*self.index, *self.matrices)), *(row.verdict for row in self.rows))

    @property
    def passed(self) -> bool:
        return bool(self.rows) and all(map(passes, self.verdicts))

    @property
    def verdict(self) -> Verdict:
        return combine(self.verdicts)

    @property
    def exit_code(self) -> int:
        """0 all pass, 1 something refuted, 3 something undecided."""
        return exit_code(self.verdicts, self.passed)


class Jacobian:
    """∂out_o/∂x_i for each sample. Raises DeriveError for a model of equations, or one that is too large."""

    def __init__(self, derivation: Derivation, notation: Notation, *, digits: int = 9) -> None:
        spec = derivation.spec
        if not isinstance(spec, Spec):
            raise DeriveError("a model of equations has no inputs and outputs of its own", hint="derive a network")
        count = spec.sizes[0] * spec.sizes[-1] * spec.samples
        if count > MOST:
            raise DeriveError(
                f"the Jacobian has {count:,} entries", allowed=f"at most {MOST:,}", hint="fewer samples or inputs"
            )
        self.derivation = derivation
        self.spec = spec
        self.notation = notation
        self.digits = digits

    def __repr__(self) -> str:
        shape = f"{self.spec.sizes[-1]} × {self.spec.sizes[0]}"
        samples = f", {self.spec.samples} samples" if self.spec.samples > 1 else ""
        return f"<Jacobian of {self.spec.name}: {shape}{samples}>"

    @property
    def samples(self) -> list[int]:
        return list(range(1, self.spec.samples + 1)) if self.spec.samples > 1 else [0]

    def rows(self, sample: int = 0) -> list[list[Diff]]:
        """Return the entries of one sample (from 1 where there are several): a row an output, a column an input."""
        inputs = [Var("x", 0, (i,), sample) for i in range(1, self.spec.sizes[0] + 1)]
        last = len(self.spec.layers)
        outputs = [Var("out", last, (j,), sample) for j in range(1, self.spec.sizes[-1] + 1)]
        return [[Diff(out, x) for x in inputs] for out in outputs]

    def values(self, sample: int = 0) -> list[list[Number]]:
        """Return the values of one sample at the given point, to 50 digits."""
        return [[self.derivation.values[entry] for entry in row] for row in self.rows(sample)]

    def array(self) -> NDArray[np.float64]:
        """Return the entries as doubles, (samples, outputs, inputs)."""
        return np.array([[[float(v) for v in row] for row in self.values(s)] for s in self.samples])

    @property
    def index_form(self) -> tuple[FamilyEquation, ...]:
        return tuple(jacobian_index(self.derivation))

    def matrix_form(self, sample: int = 0) -> tuple[Step, ...]:
        return jacobian_matrices(self.derivation, sample)

    def content(self, seed: int = 0) -> Content:
        """Return what a report shows: the index form, and the matrices of every sample."""
        matrices = [step for sample in self.samples for step in self.matrix_form(sample)]
        return Content("jacobian", (*matrices, *index_steps(self.index_form, seed)), self.index_form)

    def printer(self, *, latex: bool) -> Printer:
        return Printer(LATEX if latex else TEXT, self.notation, self.derivation.values, self.digits)

    @property
    def latex(self) -> str:
        made = []
        for sample in self.samples:
            rows = " \\\\\n".join(
                " & ".join(decimals(v, self.digits).latex for v in row) for row in self.values(sample)
            )
            made.append(f"\\begin{{pmatrix}}\n{rows}\n\\end{{pmatrix}}")
        return ",\\quad ".join(made)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def check(self, *, seed: int = 0) -> JacobianCheck:
        """Decide the index form at each member, the matrices entry by entry, and compare values with complex steps."""
        checker = Checker(self.derivation.definitions, self.derivation.point, seed)
        judge = Judge(self.derivation.definitions, self.derivation.point, seed)
        index = [(step, checker.check(step)) for step in index_steps(self.index_form, seed)]
        matrices = [(step, checker.check(step)) for sample in self.samples for step in self.matrix_form(sample)]
        rows = []
        for sample, numbers in zip(self.samples, backprop.jacobian(self.spec), strict=True):
            error = float(np.abs(numbers).max()) * ROUNDING
            for j, row in enumerate(self.rows(sample)):
                for i, key in enumerate(row):
                    found = Found(Way.COMPLEX, float(numbers[j, i]), error)
                    rows.append(judge.compare(key, self.derivation.values[key], [found]))
        return JacobianCheck(tuple(index), tuple(matrices), tuple(rows), seed)
