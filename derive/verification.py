"""Everything that is claimed, decided: each step, each derivative in four ways, each quantity, each printed decimal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from random import Random

from msgspec import Struct

from derive.check.kernel import Checker
from derive.check.modelled import cross_check_model
from derive.check.numeric import Row, cross_check
from derive.check.printed import check_decimal
from derive.check.updates import check_update
from derive.check.verdict import Verdict, combine, exit_code, passes
from derive.derivation import Derivation, Lookup, Number, Step
from derive.expression import Diff, Expr, Var
from derive.optimisers import first_update
from derive.spec import Model

TOTAL = Var("total")
MOST = 500  # parameters whose derivatives are computed in four ways; of more, so many are drawn

Progress = Callable[[str, int, int], None]


def _silent(what: str, done: int, whole: int) -> None:
    pass


class Decimal(Struct, frozen=True):
    """A decimal on the page: the value of `of`, all of it if `exact`, after the update if `updated`."""

    of: Expr
    text: str
    exact: bool
    updated: bool = False


class Verification(Struct, frozen=True):
    """What was checked, and how it came out.

    steps, parameters, quantities, decimals: each claim with its verdict.
    updates: what the update makes of parameters and of the optimiser's state, and what those before it made of them.
    sampled: whether `parameters` were drawn from more.
    seed: of every random choice.
    """

    steps: tuple[tuple[Step, Verdict], ...]
    parameters: tuple[Row, ...]
    quantities: tuple[Row, ...]
    decimals: tuple[tuple[Decimal, Verdict], ...]
    sampled: bool
    seed: int
    updates: tuple[Row, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return (
            *(verdict for _, verdict in self.steps),
            *(row.verdict for row in self.parameters),
            *(row.verdict for row in self.quantities),
            *(row.verdict for row in self.updates),
            *(verdict for _, verdict in self.decimals),
        )

    @property
    def passed(self) -> bool:
        """Whether every step is proved and every number agrees."""
        return bool(self.steps) and all(map(passes, self.verdicts))

    @property
    def verdict(self) -> Verdict:
        """The verdict on the steps together; where one of the numbers fails, that failure."""
        numbers = combine(self.verdicts)
        return combine(verdict for _, verdict in self.steps) if passes(numbers) else numbers

    @property
    def exit_code(self) -> int:
        """0 all pass, 1 something refuted, 3 something undecided."""
        return exit_code(self.verdicts, self.passed)

    def __str__(self) -> str:
        word = {0: "passed", 1: "refuted", 3: "undecided"}[self.exit_code]
        kinds = {
            "steps": self.steps,
            "derivatives in four ways": self.parameters,
            "quantities": self.quantities,
            "updates": self.updates,
            "printed decimals": self.decimals,
        }
        return f"{word}: {', '.join(f'{len(claims)} {kind}' for kind, claims in kinds.items() if claims)}"


def verify(
    derivation: Derivation,
    parameters: Sequence[Var] | None = None,
    *,
    forward: Sequence[Var] | None = None,
    steps: Iterable[Step] | None = None,
    decimals: Sequence[Decimal] = (),
    seed: int = 0,
    progress: Progress = _silent,
) -> Verification:
    """Check a derivation.

    parameters: whose chains are checked step by step; all of them when None.
    forward: the quantities whose definitions are checked; all of them when None.
    steps: the steps to check, in their order; those of the two above when None.
    decimals: what was printed.
    """
    wanted = list(derivation.parameters) if parameters is None else list(parameters)
    chosen = quantities(derivation) if forward is None else list(forward)
    if steps is None:
        steps = all_steps(derivation, [*chosen, *(key for name in wanted for key in derivation.about(name))])
    checker = Checker(derivation.definitions, derivation.point, seed)
    decided = []
    every = list(steps)
    for number, step in enumerate(every):
        if number % 50 == 0:
            progress("checking steps", number, len(every))
        decided.append((step, checker.check(step)))
    sample = wanted if len(wanted) <= MOST else sorted(Random(seed).sample(wanted, MOST), key=wanted.index)  # noqa: S311
    progress("comparing numbers", 0, 1)
    rows = _numbers(derivation, sample, chosen)
    updates = check_updates(derivation, sample, seed, progress)
    later = Checker(derivation.definitions, derivation.updated_point, seed)
    here, after = ((each.here, partial(each.equal, at_point=True)) for each in (checker, later))
    judged = []
    for number, each in enumerate(decimals):
        if number % 200 == 0:
            progress("checking decimals", number, len(decimals))
        judged.append((each, check_decimal(each.of, each.text, each.exact, *(after if each.updated else here))))
    sampled = len(sample) < len(wanted)
    return Verification(tuple(decided), rows[len(chosen) :], rows[: len(chosen)], tuple(judged), sampled, seed, updates)


class _After:
    """What an update made of a parameter or of a state: what is given before the next one."""

    def __init__(self, point: Lookup[Var, Fraction]) -> None:
        self._point = point

    def __getitem__(self, name: Expr) -> Fraction:
        assert isinstance(name, Var)
        return self._point[Var(name.kind.removesuffix("+"), name.layer, name.index)]


def check_updates(
    derivation: Derivation, parameters: Sequence[Var], seed: int = 0, progress: Progress = _silent
) -> tuple[Row, ...]:
    """Return a row for each number that the updates before this one made, then for what this one makes of `parameters`.

    None for the first step of plain gradient descent, where ∂E/∂w and the steps leave nothing to compare.
    """
    if not derivation.earlier and first_update(derivation.spec).plain:
        return ()
    rows: list[Row] = []
    for here, after in pairwise((*derivation.earlier, derivation)):
        progress("checking the updates before", here.step, derivation.step)
        rows += _updates(here, _After(after.point), here.parameters, seed)
    return (*rows, *_updates(derivation, derivation.values, parameters, seed))


def _updates(here: Derivation, values: Lookup[Expr, Number], parameters: Iterable[Var], seed: int) -> tuple[Row, ...]:
    trained = [name for name in parameters if here.updated(name)]
    return check_update(here.spec, here.definitions, here.point, values, trained, here.step, seed=seed)


def _numbers(derivation: Derivation, by: Sequence[Var], names: Sequence[Var]) -> tuple[Row, ...]:
    where = derivation.definitions, derivation.point, derivation.values
    if isinstance(derivation.spec, Model):
        return cross_check_model(derivation.spec, *where, by, names)
    return cross_check(derivation.spec, *where, by, names)


def quantities(derivation: Derivation) -> list[Var]:
    """Return every named quantity between the inputs and the error, in the order of calculation."""
    if isinstance(derivation.spec, Model):
        return [name for equation in derivation.spec.equations for name in derivation.spec.members(equation.name)]
    spec = derivation.spec
    samples = range(1, spec.samples + 1) if spec.samples > 1 else (0,)
    last = len(spec.layers)
    made = []
    for layer in range(1, last + 1):
        kinds = ("net", "out", "delta", "E") if layer == last else ("net", "out", "delta")
        made += [Var(k, layer, (j,), s) for k in kinds for s in samples for j in range(1, spec.sizes[layer] + 1)]
    return [*made, TOTAL]


def all_steps(derivation: Derivation, keys: Sequence[Var | Diff]) -> tuple[Step, ...]:
    """Return the steps of `keys` and the matrix form of every layer."""
    if isinstance(derivation.spec, Model):
        return derivation.chain(*keys)
    matrices = [step for layer in range(1, len(derivation.spec.layers) + 1) for step in derivation.matrices[layer]]
    return (*derivation.chain(*keys), *matrices)
