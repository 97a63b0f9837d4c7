"""Graph → Derivation: SymPy differentiates each kind of equation once; steps are made when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from msgspec.structs import replace

from derive.derivation import Derivation, Lookup
from derive.differentiate.matrices import Matrices
from derive.differentiate.models import ModelPassages, ModelPoint, parameters
from derive.differentiate.passages import Passages
from derive.differentiate.point import Parameters, Point, UpdatedPoint
from derive.differentiate.rules import rules
from derive.differentiate.run import TOTAL, Progress, Rates, check_step, kept, moved
from derive.differentiate.scalar import ScalarRules
from derive.differentiate.updates import State
from derive.differentiate.values import Values
from derive.equations import model_graph
from derive.expression import Var
from derive.graph import build
from derive.notation import Notation, model_notation
from derive.notation import notation as names_of
from derive.optimisers import Update
from derive.spec import Model, Spec


def derive(
    spec: Spec | Model,
    notation: Notation | None = None,
    *,
    step: int = 1,
    progress: Progress = lambda what, done, whole: None,
) -> Derivation:
    """Return the derivation of ∂E/∂w for every weight and bias of `spec`, and of their update number `step`.

    The cost grows with the number of layers, not with their sizes: passages are made when they are looked up. But
    each update before a later one takes the values of all derivatives.
    Raises DeriveError for a step that is none, or too far.
    """
    check_step(spec, step)
    chosen, rates = spec.training.optimiser, Rates(spec)
    update = Update(chosen.name, chosen.constants)
    passages = _passages(spec, notation, update)
    made = _at(spec.replace(learning_rate=rates.at(1)), passages, None)
    earlier: list[Derivation] = []
    while made.step < step:
        progress("updating", made.step, step)
        earlier.append(made)
        rates.see(made.values[TOTAL])
        update = Update(chosen.name, chosen.constants, made.step + 1)
        later = moved(made.spec, made.values).replace(learning_rate=rates.at(update.number))
        state = kept(spec, passages.definitions.update, made.parameters, made.values)
        passages = passages.at_update(update)
        made = _at(later, passages, state)
    return replace(made, earlier=tuple(earlier))


def _passages(spec: Spec | Model, notation: Notation | None, update: Update) -> Passages:
    if isinstance(spec, Model):
        graph = model_graph(spec)
        return ModelPassages(spec, graph, ScalarRules(graph), notation or model_notation(spec), update)
    graph = build(spec)
    return Passages(spec, graph, rules(graph), notation or names_of(spec), update)


def _at(spec: Spec | Model, passages: Passages, state: Mapping[Var, Fraction] | None) -> Derivation:
    given = State(passages.definitions.update, state)
    point: Lookup[Var, Fraction] = ModelPoint(spec, given) if isinstance(spec, Model) else Point(spec, given)
    values = Values(passages.meaning, point)
    updated = UpdatedPoint(spec, point, values)
    return Derivation(
        spec=spec,
        definitions=passages.definitions,
        passages=passages,
        matrices={} if isinstance(spec, Model) else Matrices(spec, passages),
        point=point,
        values=values,
        parameters=parameters(spec) if isinstance(spec, Model) else Parameters(spec),
        updated_point=updated,
        updated_values=Values(passages.meaning, updated),
        step=passages.definitions.update.number,
    )
