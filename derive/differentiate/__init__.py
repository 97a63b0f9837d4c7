"""Graph → Derivation: SymPy differentiates each kind of equation once; steps are made when they are asked for."""

from __future__ import annotations

from derive.derivation import Derivation
from derive.differentiate.matrices import Matrices
from derive.differentiate.passages import Passages
from derive.differentiate.point import Parameters, Point, UpdatedPoint
from derive.differentiate.rules import rules
from derive.differentiate.values import Values
from derive.graph import build
from derive.notation import Notation
from derive.notation import notation as names_of
from derive.spec import Spec


def derive(spec: Spec, notation: Notation | None = None) -> Derivation:
    """Return the derivation of ∂E/∂w for every weight and bias of `spec`.

    The cost grows with the number of layers, not with their sizes: passages are made when they are looked up.
    """
    graph = build(spec)
    passages = Passages(spec, graph, rules(graph), notation or names_of(spec))
    point = Point(spec)
    values = Values(passages.meaning, point)
    updated = UpdatedPoint(spec, values)
    return Derivation(
        spec=spec,
        definitions=graph,
        passages=passages,
        matrices=Matrices(spec, passages),
        point=point,
        values=values,
        parameters=Parameters(spec),
        updated_point=updated,
        updated_values=Values(passages.meaning, updated),
    )
