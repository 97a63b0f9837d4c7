"""The Hessian of the error: every ∂²E/∂a∂b by its steps, its symmetry proved, its numbers compared with NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from derive import backprop
from derive.backprop import models
from derive.backprop.second import STEP
from derive.check.kernel import Checker
from derive.check.modelled import place_in
from derive.check.numeric import Found, Judge, Row, Way, place_of
from derive.check.verdict import Verdict, combine, exit_code, passes
from derive.derivation import Derivation, Number, Step
from derive.differentiate.hessian import SecondDerivatives, SecondPassage
from derive.errors import DeriveError
from derive.expression import Diff, Diff2, Var
from derive.notation import Notation
from derive.render.forms import Content
from derive.render.maths import LATEX, TEXT, Printer
from derive.render.numbers import decimals
from derive.spec import Model, Spec

TOTAL = Var("total")
MOST_SUMMANDS = 16_000  # entries × samples: every entry is a sum over the samples
MOST = 40  # parameters, of which all second derivatives are found
BACKWARDS_TWICE = 2.0**-46  # of the largest entry in a row or a column: what 64 roundings of it may do to the others

Progress = Callable[[str, int, int], None]


class HessianCheck(Struct, frozen=True):
    """How the entries of a Hessian came out.

    steps: each step with its verdict.  rows: each entry against other ways of computing it.
    symmetry: for each pair of parameters, whether ∂²E/∂a∂b = ∂²E/∂b∂a; () where only one entry was asked for.
    """

    steps: tuple[tuple[Step, Verdict], ...]
    rows: tuple[Row, ...]
    symmetry: tuple[Verdict, ...]
    seed: int

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return (*(v for _, v in self.steps), *(row.verdict for row in self.rows), *self.symmetry)

    @property
    def passed(self) -> bool:
        return bool(self.steps) and all(map(passes, self.verdicts))

    @property
    def verdict(self) -> Verdict:
        return combine(self.verdicts)

    @property
    def exit_code(self) -> int:
        """0 all pass, 1 something refuted, 3 something undecided."""
        return exit_code(self.verdicts, self.passed)


class Hessian:
    """∂²E/∂a∂b for the parameters of a derivation, or for some of them; entries are made when they are asked for.

    parameters: by whose derivatives; all of them when left out.
    Raises DeriveError for more than `MOST` of them.
    """

    def __init__(
        self, derivation: Derivation, notation: Notation, *, digits: int = 9, parameters: Sequence[Var] | None = None
    ) -> None:
        self.parameters = list(derivation.parameters if parameters is None else parameters)
        if len(self.parameters) > MOST:
            raise DeriveError(
                f"the Hessian by {len(self.parameters):,} parameters has {len(self.parameters) ** 2:,} entries",
                allowed=f"at most {MOST} parameters", hint=f"one entry: --entry {_two(notation, self.parameters)}",
            )  # fmt: skip
        samples = derivation.spec.samples if isinstance(derivation.spec, Spec) else 1
        if len(self.parameters) ** 2 * samples > MOST_SUMMANDS:
            raise DeriveError(
                f"the Hessian by {len(self.parameters)} parameters over {samples} samples would take hours",
                allowed=f"at most {MOST_SUMMANDS:,} entries and samples together",
                hint=f"one entry: --entry {_two(notation, self.parameters)}",
            )  # fmt: skip
        self.derivation = derivation
        self.notation = notation
        self.digits = digits
        self.passages = SecondDerivatives(derivation, notation)

    def __repr__(self) -> str:
        return f"<Hessian of {self.derivation.spec.name}: {len(self.parameters)} × {len(self.parameters)}>"

    @property
    def names(self) -> list[str]:
        """What the notation calls the parameters, in the order of rows and columns."""
        return [self.notation.label(name).ascii for name in self.parameters]

    def __getitem__(self, names: tuple[str, str]) -> Number:
        """Return ∂²E/∂a∂b at the given point, to 50 digits. Raises DeriveError for a name that is not there."""
        first, second = (self.notation.quantity(name) for name in names)
        return self.value(first, second)

    def value(self, first: Var, second: Var) -> Number:
        return self.passages.values[Diff2(TOTAL, first, second)]

    @property
    def values(self) -> list[list[Number]]:
        """All entries, row by row, each found on its own: nothing is copied across the diagonal."""
        return [[self.value(a, b) for b in self.parameters] for a in self.parameters]

    def array(self) -> NDArray[np.float64]:
        """Return the entries as doubles, (P, P)."""
        return np.array([[float(value) for value in row] for row in self.values])

    def eigenvalue_signs(self) -> tuple[int, int, int]:
        """Return how many eigenvalues are certainly above 0, how many below, and of how many doubles cannot tell."""
        found = np.linalg.eigvalsh(self.array())
        # Weyl: rounding moves no eigenvalue by more than the norm of what it does to the matrix.
        doubt = len(found) * 2.0**-50 * float(np.abs(found).max(initial=0.0))
        above, below = int(np.sum(found > doubt)), int(np.sum(found < -doubt))
        return above, below, len(found) - above - below

    def steps(self, first: Var, second: Var) -> tuple[Step, ...]:
        """Return every step that one entry stands on, each after those that it uses."""
        return self.passages.steps(Diff2(TOTAL, first, second))

    def printer(self, *, latex: bool) -> Printer:
        return Printer(LATEX if latex else TEXT, self.notation, self.passages.values, self.digits)

    @property
    def shown(self) -> Derivation:
        """The derivation, with values of second derivatives besides."""
        return msgspec.structs.replace(self.derivation, values=self.passages.values)

    @property
    def latex(self) -> str:
        rows = " \\\\\n".join(" & ".join(decimals(v, self.digits).latex for v in row) for row in self.values)
        return f"\\begin{{pmatrix}}\n{rows}\n\\end{{pmatrix}}"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def check(
        self,
        entries: Sequence[tuple[Var, Var]] | None = None,
        *,
        seed: int = 0,
        progress: Progress = lambda what, done, whole: None,
    ) -> HessianCheck:
        """Check every step of some entries, and their values; of all entries, and their symmetry, where None."""
        every = [(a, b) for a in self.parameters for b in self.parameters]
        keys = [Diff2(TOTAL, a, b) for a, b in (every if entries is None else entries)]
        steps = self.passages.steps(*keys)
        checker = Checker(self.derivation.definitions, self.derivation.point, seed)
        decided = []
        for number, step in enumerate(steps):
            if number % 50 == 0:
                progress("checking steps", number, len(steps))
            decided.append((step, checker.check(step)))
        symmetry = [
            checker.equal(Diff2(TOTAL, a, b), Diff2(TOTAL, b, a))
            for a, b in (combinations(self.parameters, 2) if entries is None else ())
        ]
        progress("comparing numbers", 0, 1)
        judge = Judge(self.derivation.definitions, self.derivation.point, seed)
        found = self._by_numpy(keys)
        rows = [judge.compare(key, self.passages.values[key], found.get(key, [])) for key in keys]
        return HessianCheck(tuple(decided), tuple(rows), tuple(symmetry), seed)

    def content(self, first: Var, second: Var, checked: HessianCheck) -> Content:
        """Return what a report of one entry shows; its steps are those that belong to no first derivative."""
        key = Diff2(TOTAL, first, second)
        known = {step.id for step in self.derivation.chain(Diff(TOTAL, first), Diff(TOTAL, second))}
        steps = tuple(step for step in self.steps(first, second) if step.id not in known)
        passages = tuple(
            (passage.formula if isinstance(passage, SecondPassage) else None, passage.steps)
            for passage in self.passages.ordered(key)
        )
        return Content("hessian", steps, passages=passages, compared=distance(checked.rows[0]))

    def _by_numpy(self, keys: Sequence[Diff2]) -> dict[Diff2, list[Found]]:
        """Return what complex steps through backpropagation by hand give for each of `keys`."""
        spec = self.derivation.spec
        if not isinstance(spec, Spec):
            return self._by_numpy_of_model(spec, keys)
        places = backprop.places(spec)
        rows = {place: number for number, place in enumerate(places)}
        wanted = list(dict.fromkeys(key.second for key in keys))
        columns = {name: number for number, name in enumerate(wanted)}
        found = backprop.hessian(spec, [place_of(spec, name) for name in wanted])
        made = {}
        for key in keys:
            row, column = rows[place_of(spec, key.first)], columns[key.second]
            largest = max(float(np.abs(found[row]).max()), float(np.abs(found[:, column]).max()))
            made[key] = [Found(Way.COMPLEX, float(found[row, column]), largest * BACKWARDS_TWICE)]
        return made

    def _by_numpy_of_model(self, model: Model, keys: Sequence[Diff2]) -> dict[Diff2, list[Found]]:
        """Return the same for a model of equations, whose gradients come by place."""
        columns = {}
        for name in dict.fromkeys(key.second for key in keys):
            moved: dict[str, ArrayLike] = {}
            word, place = place_in(model, name)
            for given in model.given:
                array = given.array.astype(np.complex128)
                if given.name == word:
                    array[place] += 1j * STEP
                moved[given.name] = array
            columns[name] = models.gradients(model, moved)
        made = {}
        for key in keys:
            word, place = place_in(model, key.first)
            found = columns[key.second]
            largest = max(float(np.abs(found[name].imag).max()) for name in model.parameters) / STEP
            value = float(found[word][place].imag) / STEP
            made[key] = [Found(Way.COMPLEX, value, largest * BACKWARDS_TWICE)]
        return made


def distance(row: Row) -> tuple[str, str] | None:
    """Return what complex steps give for a row's quantity, and how far it is from the value, relative to it."""
    reading = next((reading for reading in row.readings if reading.way is Way.COMPLEX), None)
    if reading is None or not float(row.value):
        return None
    return reading.value, f"{abs(float(reading.value) / float(row.value) - 1.0):.0e}"


def _two(notation: Notation, parameters: Sequence[Var]) -> str:
    return ",".join(notation.label(name).ascii for name in (parameters[0], parameters[-1]))
