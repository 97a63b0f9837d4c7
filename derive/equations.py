"""A model's equations as a graph: the same type as a network's, with the author's own equations in it."""

from __future__ import annotations

import sympy as sp

from derive import vocabulary
from derive.algebra import expression
from derive.expression import Activation, Expr, Var, children, rebuilt, rename
from derive.functions import ACTIVATIONS
from derive.graph import Family, Graph, assemble
from derive.spec import Model

_ARGUMENT = Var("q", 1)


def model_graph(model: Model) -> Graph:
    """Return the equations of `model`, each a family over the places of its shape."""
    made = []
    for equation in model.equations:
        lhs = model.var(equation.name, equation.letters)
        made.append(Family(lhs, defined(equation.rhs), equation.ranges))
    return assemble(made)


def defined(e: Expr) -> Expr:
    """Return `e` with the definition of every activation in its place: σ(z) is 1/(1 + e^{−z})."""
    if isinstance(e, Activation):
        name, _, constants = vocabulary.find(vocabulary.ACTIVATIONS, e.name)
        exact = [sp.Rational(*constant.as_integer_ratio()) for constant in constants]
        definition = expression(ACTIVATIONS[name].value(sp.Symbol("q_1"), *exact))
        argument = defined(e.arg)
        return rename(definition, lambda var: argument if var == _ARGUMENT else var)
    return rebuilt(e, [defined(part) for part in children(e)])
