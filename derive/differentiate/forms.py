"""The reduced forms of a derivation as steps: written out, in matrices, and by index letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.derivation import Derivation, FamilyEquation, MatrixForm, Step, Substitution
from derive.differentiate.expanded import Expanded, Size
from derive.differentiate.index import members
from derive.differentiate.updates import WithUpdates
from derive.expression import Add, Diff, Expr, Matrix, Mul, Named, Neg, Var

TOTAL, ETA = Var("total"), Var("eta")
MOST_NODES = 20_000  # of a derivative that is written out
TAG = {"expanded": "written out", "index": "by index"}


def expansions(derivation: Derivation) -> Expanded:
    """Return what writes the derivatives of `derivation` out."""

    def formula(key: Var | Diff) -> Expr | None:
        given = isinstance(key, Var) and key.kind != "delta" and key not in derivation.definitions
        return None if given else derivation.passages[key].result

    return Expanded(formula)


def expanded_steps(derivation: Derivation, parameters: Sequence[Var]) -> Iterator[tuple[Step | None, Size]]:
    """Yield ∂E/∂p = a formula in what is given, for each of `parameters`, with its size; None where it is too large."""
    written = expansions(derivation)
    for parameter in parameters:
        key = Diff(TOTAL, parameter)
        size = written.size(key)
        if size.nodes > MOST_NODES:
            yield None, size
        else:
            named = derivation.passages[key].steps[0].id
            yield Step(f"{TAG['expanded']}: {named}", Substitution, key, written.formula(key)), size


def index_steps(equations: Sequence[FamilyEquation], seed: int = 0) -> Iterator[Step]:
    """Yield each member of `equations` as a step of its own."""
    for number, equation in enumerate(equations):
        for place, (lhs, rhs) in enumerate(members(equation, seed), 1):
            yield Step(f"{TAG['index']}: {number}.{place}", Substitution, lhs, rhs)


def matrix_updates(derivation: Derivation, layer: int) -> Iterator[Step]:
    """Yield W⁺ = W − η ∂E/∂W, and the same for biases, where they are trained by plain gradient descent."""
    definitions, spec = derivation.definitions, derivation.network
    if not (isinstance(definitions, WithUpdates) and definitions.update.plain):
        return
    fan_in, size, described = spec.sizes[layer - 1], spec.sizes[layer], spec.layers[layer - 1]

    def step(kind: str, names: Sequence[Sequence[Var]]) -> Step:
        def matrix(letter: str, entry: str) -> Named:
            rows = tuple(tuple(_entry(entry, name) for name in row) for row in names)
            return Named(letter, layer, Matrix(rows))

        change = Neg(Mul((ETA, matrix(f"d{kind}", "d"))))
        lhs = matrix(f"{kind}+", "+")
        return Step(f"matrix form: {kind}+ {layer}", MatrixForm, lhs, Add((matrix(kind, ""), change)))

    if described.train_weights:
        yield step("w", [[Var("w", layer, (j, k)) for k in range(1, fan_in + 1)] for j in range(1, size + 1)])
    if described.train_biases and described.bias == "per neuron":
        yield step("b", [[Var("b", layer, (j,))] for j in range(1, size + 1)])


def _entry(which: str, name: Var) -> Expr:
    if which == "d":
        return Diff(TOTAL, name)
    return Var(name.kind + which, name.layer, name.index)
