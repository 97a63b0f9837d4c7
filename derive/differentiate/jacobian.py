"""The Jacobian of the outputs by the inputs: by index letters, and as a product of matrices, one factor a layer.

∂out_j/∂x_i = f′(net_j) Σ_k w_jk ∂out_k/∂x_m        ∂out⁽²⁾/∂x = diag f′(net⁽²⁾) W⁽²⁾ diag f′(net⁽¹⁾) W⁽¹⁾

Goodfellow, Bengio & Courville, Deep Learning (2016), §6.5.2; Griewank & Walther, 2nd ed. (2008), §3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from derive.derivation import Derivation, FamilyEquation, MatrixForm, Step
from derive.differentiate.index import diagonal, has_sum, matching, renamed, summed, sums
from derive.differentiate.products import tidy
from derive.differentiate.rules import Template, rules
from derive.differentiate.updates import WithUpdates
from derive.expression import ZERO, Add, Diff, Expr, Index, MatMul, Matrix, Named, Neg, Var, names
from derive.graph import Family, Graph

INPUT, OTHER = "m", "n"
MOST_TERMS = 20_000  # of a product of all layers that is written out to be checked


def jacobian_index(derivation: Derivation) -> Iterator[FamilyEquation]:
    """Yield ∂net_j/∂x_m and ∂out_j/∂x_m of every layer, by those of the layer before it."""
    definitions = derivation.definitions
    assert isinstance(definitions, WithUpdates)
    graph = definitions.network
    assert isinstance(graph, Graph)
    templates = rules(graph).templates
    spec = derivation.network
    sample: Index = "s" if spec.samples > 1 else 0
    x = Var("x", 0, (INPUT,), sample)
    for family in graph.families:
        if family.lhs.kind not in ("net", "out"):
            continue
        below = ("net", family.lhs.layer) if family.lhs.kind == "out" else _below(family)
        rhs = _forward(family, templates[family.key, below], x)
        letters = (family.letters[0], (INPUT, spec.sizes[0]), *family.letters[1:])
        yield FamilyEquation(Diff(family.lhs, x), rhs, letters, "jacobian")


def _below(family: Family) -> tuple[str, int]:
    return ("x", 0) if family.lhs.layer == 1 else ("out", family.lhs.layer - 1)


def _forward(family: Family, templates: tuple[Template, ...], x: Var) -> Expr:
    """Return ∂y_j/∂x_m for the y of `family`, each term a local derivative times that of what it is by."""
    own = next((t for t in templates if t.same and t.wrt.index == family.lhs.index), None)
    terms: list[Expr] = []
    for template in templates:
        wrt = template.wrt
        if template is own:
            terms.append(tidy([diagonal(templates, template), Diff(wrt, x)]))
        elif wrt.kind == "x":
            terms.append(renamed(template.named, matching(wrt, x)))
        else:
            (size,) = _sizes(family, wrt)
            # Where a sum stands in the slope, it has the letter that the terms had.
            letter = OTHER if has_sum(template.named) else str(wrt.index[0])
            term = renamed(tidy([template.named, Diff(wrt, x)]), {str(wrt.index[0]): letter})
            terms.append(summed(term, [(letter, size)]))
    terms.sort(key=lambda term: isinstance(term, Neg))
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def _sizes(family: Family, wrt: Var) -> Iterator[int]:
    """Yield how far the letter of `wrt` runs, which stands under a sum in the equation of `family`."""
    for each in sums(family.rhs):
        if each.letter == wrt.index[0]:
            yield each.size
            return


def jacobian_matrices(derivation: Derivation, sample: int) -> tuple[Step, ...]:
    """Return ∂out/∂x of every layer by that of the layer before it; and, where it is not too large, as one product.

    sample: from 1 where there are several, else 0.
    """
    spec = derivation.network
    inputs = spec.sizes[0]
    steps: list[Step] = []
    factors: list[Expr] = []
    before: Named | None = None
    for layer, size in enumerate(spec.sizes[1:], 1):
        lhs = Named("Jx", layer, _by_input(layer, size, inputs, sample))
        weights = [[Var("w", layer, (j, k)) for k in range(1, spec.sizes[layer - 1] + 1)] for j in range(1, size + 1)]
        own: tuple[Expr, ...] = (_slopes(derivation, layer, sample), Named("w", layer, _matrix(weights)))
        steps.append(_step(f"{layer}", sample, lhs, (*own, before) if before else own))
        factors = [*own, *factors]
        before = lhs
    inner = prod(n * n for n in spec.sizes[1:-1]) * spec.sizes[-1]
    if before is not None and len(spec.layers) > 1 and inputs * spec.sizes[-1] * inner <= MOST_TERMS:
        steps.append(_step("whole", sample, before, tuple(factors)))
    return tuple(steps)


def _step(name: str, sample: int, lhs: Named, factors: tuple[Expr, ...]) -> Step:
    where = f" sample {sample}" if sample else ""
    return Step(f"matrix form: dout/dx {name}{where}", MatrixForm, lhs, MatMul(factors))


def _by_input(layer: int, size: int, inputs: int, sample: int) -> Matrix:
    return _matrix([
        [Diff(Var("out", layer, (j,), sample), Var("x", 0, (i,), sample)) for i in range(1, inputs + 1)]
        for j in range(1, size + 1)
    ])  # fmt: skip


def _slopes(derivation: Derivation, layer: int, sample: int) -> Named:
    """Return the local Jacobian of a layer's outputs by its net inputs: diagonal, but where a neuron sees them all."""
    size = derivation.network.sizes[layer]

    def out(j: int) -> Var:
        return Var("out", layer, (j,), sample)

    def net(j: int) -> Var:
        return Var("net", layer, (j,), sample)

    mixed = size > 1 and net(2) in set(names(derivation.definitions[out(1)]))
    rows: list[list[Expr]] = [
        [Diff(out(j), net(k), local=True) if mixed or j == k else ZERO for k in range(1, size + 1)]
        for j in range(1, size + 1)
    ]
    return Named("J" if mixed else "diag", layer, _matrix(rows))


def _matrix(rows: Sequence[Sequence[Expr]]) -> Matrix:
    return Matrix(tuple(tuple(row) for row in rows))
