"""The four forms of a derivation compared: named, written out, in matrices, by index letters; each pair decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod

from msgspec import Struct

from derive.check.kernel import Checker
from derive.check.matrices import entries
from derive.check.verdict import Doubt, Undecided, Verdict, combine, exit_code, passes
from derive.derivation import Derivation, FamilyEquation, Step
from derive.differentiate.expanded import Size
from derive.differentiate.forms import MOST_NODES, expanded_steps, expansions, index_steps, matrix_updates
from derive.differentiate.index import MOST_MEMBERS, index_form, member, members
from derive.differentiate.matrices import MAX_ENTRIES
from derive.errors import DeriveError
from derive.expression import Diff, Expr, Var
from derive.notation import Notation
from derive.render.forms import Content
from derive.spec import Spec

TOTAL = Var("total")
FORMS = ("named", "expanded", "matrix", "index")

Progress = Callable[[str, int, int], None]


class Derivative(Struct, frozen=True):
    """One ∂E/∂p: its named form against each of the others; None where it has no such form."""

    name: Var
    size: Size
    expanded: Verdict
    matrix: Verdict | None
    index: Verdict | None


class Layer(Struct, frozen=True):
    """The equations of one kind in one layer: net, out, E, total, delta, dout (∂E/∂out), w+, b+.

    matrix: the verdict on the matrix form; None where there is none.
    index: the verdict on the index form, at each of its `members`.
    """

    kind: str
    layer: int
    matrix: Verdict | None
    index: Verdict
    members: int


class Comparison(Struct, frozen=True):
    """How the forms of one derivation compare. seed: of every random choice."""

    derivatives: tuple[Derivative, ...]
    layers: tuple[Layer, ...]
    seed: int

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        each = [v for d in self.derivatives for v in (d.expanded, d.matrix, d.index)]
        return tuple(v for v in (*each, *(v for e in self.layers for v in (e.matrix, e.index))) if v is not None)

    @property
    def exit_code(self) -> int:
        """0 all forms are equal, 1 two of them are not, 3 something is undecided."""
        return exit_code(self.verdicts, bool(self.verdicts) and all(map(passes, self.verdicts)))

    def __str__(self) -> str:
        word = {0: "equal", 1: "not equal", 3: "undecided"}[self.exit_code]
        return f"{word}: {len(self.derivatives)} derivatives, {len(self.layers)} kinds of equations"


def compare(
    derivation: Derivation,
    parameters: Sequence[Var],
    *,
    seed: int = 0,
    progress: Progress = lambda what, done, whole: None,
) -> Comparison:
    """Decide, for the derivative by each of `parameters` and for every layer, whether its forms are equal.

    Named and written out: for all values of what is given. Named and in matrices: the entry of the product that
    belongs to the parameter. Named and by index: the member of the family at its indices.
    """
    checker = Checker(derivation.definitions, derivation.point, seed)
    equations = index_form(derivation)
    by_index = {_differentiated(e): e for e in equations if e.part == "backward"}
    derivatives = []
    written = expanded_steps(derivation, parameters)
    for number, (parameter, (step, size)) in enumerate(zip(parameters, written, strict=True)):
        progress("comparing forms", number, len(parameters))
        key = Diff(TOTAL, parameter)
        named = derivation.passages[key].result
        derivatives.append(
            Derivative(
                parameter,
                size,
                Undecided(Doubt.LENGTH) if step is None else checker.equal(named, step.rhs),
                _by_matrix(derivation, checker, parameter, named),
                _by_index(checker, by_index.get((parameter.kind, parameter.layer)), parameter, named),
            )
        )
    layers = []
    for equation in equations:
        if equation.part == "entry" or (isinstance(equation.lhs, Diff) and equation.about.kind in ("w", "b")):
            continue
        of = equation.about
        verdicts = [checker.equal(lhs, rhs) for lhs, rhs in members(equation, seed)]
        kind = f"d{of.kind}" if isinstance(equation.lhs, Diff) else of.kind
        layers.append(
            Layer(kind, of.layer, _matrix_of(derivation, checker, kind, of.layer), combine(verdicts), len(verdicts))
        )
    return Comparison(tuple(derivatives), tuple(layers), seed)


def matrix_steps(derivation: Derivation, layer: int) -> Iterator[Step]:
    """Yield the matrix form of a layer with its updates; nothing where its matrices are too large for a page."""
    made = derivation.matrices[layer]
    yield from made
    if made:
        yield from matrix_updates(derivation, layer)


def content(derivation: Derivation, notation: Notation, form: str, only: Sequence[Var] | None, seed: int) -> Content:
    """Return what a report in one of the reduced forms shows. Raises DeriveError where it is too large to be shown."""
    wanted = list(derivation.parameters) if only is None else list(only)
    if form == "expanded":
        sizes = check_sizes(derivation, notation, wanted)
        steps = tuple(step for step, _ in expanded_steps(derivation, wanted) if step is not None)
        return Content(form, steps, sizes={name: (size.nodes, size.names) for name, size in sizes.items()})
    if not isinstance(derivation.spec, Spec):
        raise DeriveError(
            "a model of equations has no layers", where=f"--form {form}", allowed="named, expanded",
            hint="--form expanded",
        )  # fmt: skip
    equations = index_form(derivation)
    if form == "matrix":
        layers = range(1, len(derivation.spec.layers) + 1)
        made = tuple(step for layer in layers for step in matrix_steps(derivation, layer))
        if not all(derivation.matrices[layer] for layer in layers):
            raise DeriveError(
                "a layer's matrices are too large for a page", where="--form matrix",
                allowed=f"at most {MAX_ENTRIES} entries", hint="--form index, which has letters for all of them",
            )  # fmt: skip
        shown = tuple(e for e in equations if e.part == "entry" or (e.part == "forward" and e.about.kind != "net"))
        return Content(form, (*made, *index_steps(shown, seed)), shown)
    shown = tuple(e for e in equations if e.part != "entry")
    drawn = any(prod(size for _, size in e.letters) > MOST_MEMBERS for e in shown)
    return Content(form, tuple(index_steps(shown, seed)), shown, drawn=MOST_MEMBERS if drawn else 0)


def check_sizes(derivation: Derivation, notation: Notation, parameters: Sequence[Var]) -> dict[Var, Size]:
    """Return how large each derivative is when it is written out. Raises DeriveError where one is too large."""
    written = expansions(derivation)
    sizes = {name: written.size(Diff(TOTAL, name)) for name in parameters}
    for name, size in sizes.items():
        if size.nodes > MOST_NODES:
            fits = next((other for other, found in sizes.items() if found.nodes <= MOST_NODES), None)
            another = f", or --only {notation.label(fits).ascii}" if fits else ""
            raise DeriveError(
                f"the derivative by {notation.label(name).ascii}, written out, has {size.nodes:,} nodes,"
                f" {size.names:,} of them names",
                where="--form expanded", allowed=f"at most {MOST_NODES:,} nodes", hint=f"--form named{another}",
            )  # fmt: skip
    return sizes


def _differentiated(equation: FamilyEquation) -> tuple[str, int]:
    """Return the kind and the layer of what a backward equation differentiates by: net for δ."""
    about = equation.about
    return ("net" if about.kind == "delta" else about.kind), about.layer


def _by_index(checker: Checker, equation: FamilyEquation | None, name: Var, named: Expr) -> Verdict | None:
    """Return whether `named` is the member of `equation` that belongs to `name`."""
    if equation is None:
        return None
    if equation.about.kind == "delta":
        name = Var("delta", name.layer, name.index, name.sample)
    return checker.equal(named, member(equation, name))


def _by_matrix(derivation: Derivation, checker: Checker, parameter: Var, named: Expr) -> Verdict | None:
    """Return whether `named` is the entry of ∂E/∂W, or of ∂E/∂b, that belongs to `parameter`."""
    if not isinstance(derivation.spec, Spec) or parameter.kind not in ("w", "b"):
        return None
    steps = {step.id: step for step in derivation.matrices[parameter.layer]}
    if not steps:
        return Undecided(Doubt.LENGTH)
    step = steps.get(f"matrix form: d{parameter.kind} {parameter.layer}")
    rows = None if step is None else entries(step.rhs)
    if rows is None:
        return None
    row, column = [int(place) - 1 for place in (*parameter.index, 1, 1)[:2]]
    return checker.equal(named, rows[row][column])


def _matrix_of(derivation: Derivation, checker: Checker, kind: str, layer: int) -> Verdict | None:
    """Return the verdict on the matrix form of a kind of equations; None where it has none."""
    if kind not in ("net", "delta", "w+", "b+"):
        return None
    found = {step.id: step for step in matrix_steps(derivation, layer)}
    if not found:
        return Undecided(Doubt.LENGTH)
    step = found.get(f"matrix form: {kind} {layer}")
    return None if step is None else checker.equal(step.lhs, step.rhs)
