"""Equations in families: their members, who uses whom, and their local derivatives."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.differentiate.products import tidy
from derive.differentiate.rules import rules
from derive.expression import Add, Call, Cases, Div, Expr, Mul, Neg, Num, Pow, Var, names, product
from derive.graph import Graph, build, instantiate, unify
from derive.spec import Spec


def spec(samples: int = 1, **fields: object) -> Spec:
    rows = [[0.5, -0.25]] * samples
    return derive.network(
        **{
            "inputs": rows,
            "targets": [[0, 1, 0]] * samples,
            "layers": [
                {"size": 2, "activation": "tanh", "bias": "shared"},
                {"size": 4, "activation": "relu", "bias": "none"},
                {"size": 3, "activation": "softmax"},
            ],
            **fields,
        }
    ).spec


def every_name(made: Spec) -> list[Var]:
    samples = range(1, made.samples + 1) if made.samples > 1 else (0,)
    found = [Var("x", 0, (k,), s) for s in samples for k in range(1, made.sizes[0] + 1)]
    for layer, (size, fan_in) in enumerate(zip(made.sizes[1:], made.sizes, strict=False), 1):
        found += [Var("w", layer, (j, k)) for j in range(1, size + 1) for k in range(1, fan_in + 1)]
        found += [Var("b", layer), *(Var("b", layer, (j,)) for j in range(1, size + 1))]
        found += [Var(kind, layer, (j,), s) for kind in ("net", "out") for s in samples for j in range(1, size + 1)]
    last = len(made.layers)
    found += [Var(kind, last, (j,), s) for kind in ("t", "E") for s in samples for j in range(1, made.sizes[-1] + 1)]
    return [*found, Var("total")]


@pytest.mark.parametrize("samples", [1, 3])
def test_consumers_are_those_whose_equation_mentions_the_name(samples: int) -> None:
    """Against the definition of the word: look through every equation of the network."""
    made = spec(samples, loss="categorical cross-entropy", batch="mean")
    graph = build(made)
    everything = every_name(made)
    for name in everything:
        expected = {other for other in everything if other in graph and name in set(names(graph[other]))}
        assert set(graph.consumers(name)) == expected


def test_a_name_is_made_of_names_of_lower_rank() -> None:
    made = spec(2)
    graph = build(made)
    for name in every_name(made):
        if name in graph:
            assert all(graph.rank(part) < graph.rank(name) for part in names(graph[name]))


def test_the_families_do_not_grow_with_the_layers() -> None:
    small, large = (
        build(derive.network(inputs=[[1] * n], targets=[[0] * n], layers=[{"size": n}, {"size": n}]).spec)
        for n in (2, 200)
    )
    assert len(small.families) == len(large.families) == 6


def test_what_is_given_has_no_definition() -> None:
    graph = build(spec())
    with pytest.raises(KeyError):
        graph[Var("w", 1, (1, 1))]


@given(st.integers(1, 9), st.integers(1, 9))
def test_unify_inverts_binding(j: int, k: int) -> None:
    pattern = Var("w", 2, ("j", "k"))
    assert unify(pattern, Var("w", 2, (j, k))) == {"j": j, "k": k}
    assert unify(pattern, Var("w", 3, (j, k))) is None
    assert (unify(Var("w", 2, ("j", "j")), Var("w", 2, (j, k))) is None) == (j != k)


def evaluate(e: Expr, values: dict[Var, mpmath.mpf]) -> mpmath.mpf:
    match e:
        case Var():
            return values[e]
        case Num(value):
            return mpmath.mpf(value.numerator) / value.denominator
        case Add(args):
            return mpmath.fsum(evaluate(a, values) for a in args)
        case Mul(args):
            return mpmath.fprod(evaluate(a, values) for a in args)
        case Neg(a):
            return -evaluate(a, values)
        case Div(a, b):
            return evaluate(a, values) / evaluate(b, values)
        case Pow(a, n):
            return evaluate(a, values) ** n
        case Call(fn, a):
            return getattr(mpmath, fn)(evaluate(a, values))
        case Cases(test, above, otherwise):
            return evaluate(above if evaluate(test, values) > 0 else otherwise, values)
    raise AssertionError(e)


def values_of(graph: Graph, e: Expr, given: dict[Var, mpmath.mpf]) -> mpmath.mpf:
    for name in sorted(set(names(e)), key=graph.rank):
        if name in graph and name not in given:
            given = {**given, name: values_of(graph, graph[name], given)}
    return evaluate(e, given)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "identity", "softmax"])
@pytest.mark.parametrize("point", [(0.3, -1.2, 0.8), (2.0, 1.5, -0.4)])
def test_local_derivatives_of_activations(activation: str, point: tuple[float, ...]) -> None:
    """Both forms that SymPy found, against difference quotients of the definition at 40 digits (mpmath.diff)."""
    made = derive.network(inputs=[1], targets=[0, 0, 1], layers=[{"size": 3, "activation": activation}]).spec
    graph = build(made)
    found = rules(graph)
    nets = [Var("net", 1, (j,)) for j in (1, 2, 3)]
    with mpmath.workdps(40):
        here = {net: mpmath.mpf(x) for net, x in zip(nets, point, strict=True)}
        for j in (1, 2, 3):
            out = Var("out", 1, (j,))
            for net in nets:
                slope = mpmath.diff(lambda x, net=net, out=out: evaluate(graph[out], {**here, net: x}), here[net])
                template = found.find(out, net)
                if template is None:
                    assert activation != "softmax"
                    assert net != nets[j - 1]
                    assert abs(slope) < mpmath.mpf("1e-15")
                    continue
                for form in (template[0].plain, template[0].named):
                    assert abs(values_of(graph, instantiate(form, template[1]), here) - slope) < mpmath.mpf("1e-15")


@pytest.mark.parametrize(
    "loss", ["half squared error", "mean squared error", "binary cross-entropy", "categorical cross-entropy"]
)
def test_local_derivatives_of_losses(loss: str) -> None:
    made = derive.network(inputs=[1], targets=[0.25, 0.75], loss=loss, layers=[{"size": 2}]).spec
    graph = build(made)
    out, target, term = (Var(kind, 1, (1,)) for kind in ("out", "t", "E"))
    template, binding = rules(graph).find(term, out)  # type: ignore[misc]
    with mpmath.workdps(40):
        here = {out: mpmath.mpf("0.3"), target: mpmath.mpf("0.25")}
        slope = mpmath.diff(lambda x: evaluate(graph[term], {**here, out: x}), here[out])
        for form in (template.plain, template.named):
            assert abs(evaluate(instantiate(form, binding), here) - slope) < mpmath.mpf("1e-15")


factors = st.recursive(
    st.one_of(
        st.fractions(-3, 3, max_denominator=6).map(Num),
        st.sampled_from([Var("eta"), Var("total")]),
        st.tuples(st.integers(1, 5), st.integers(1, 5)).map(lambda p: Div(Num(Fraction(p[0])), Num(Fraction(p[1])))),
    ),
    lambda inner: st.one_of(inner.map(Neg), st.lists(inner, min_size=1, max_size=3).map(product)),
    max_leaves=6,
)


@given(st.lists(factors, max_size=4))
def test_tidy_keeps_the_value(parts: list[Expr]) -> None:
    here = {Var("eta"): mpmath.mpf(3), Var("total"): mpmath.mpf(7)}
    tidied = tidy(parts)
    assert abs(evaluate(tidied, here) - mpmath.fprod(evaluate(p, here) for p in parts)) < mpmath.mpf("1e-9")
    inner = tidied.arg if isinstance(tidied, Neg) else tidied
    parts_left = inner.args if isinstance(inner, Mul) else (inner,)
    assert not any(isinstance(part, Neg | Mul) for part in parts_left)
