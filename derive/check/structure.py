"""What a step must look like, whatever its values: the side conditions of each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from derive.check.network import DERIVED, TOTAL, Network, target
from derive.check.verdict import Doubt, Fault, Malformed, Undefined
from derive.derivation import (
    ChainRule,
    Definition,
    DifferentiatedFormula,
    ErrorSignal,
    LocalDerivative,
    MatrixForm,
    Numbers,
    Rewriting,
    Rule,
    Step,
    Substitution,
    SumOverPaths,
    Update,
)
from derive.expression import Add, Diff, Diff2, Expr, Matrix, Mul, Named, Var, children, names


def inspect(step: Step, network: Network) -> None:
    """Raise Malformed where `step` is no claim that its rule can make, Undefined for a rule that is not known."""
    if step.rule not in CONDITIONS:
        raise Undefined(Doubt.UNKNOWN_RULE)
    CONDITIONS[step.rule](step, network)


def _anything(step: Step, network: Network) -> None:
    """Only the values count."""


def _definition(step: Step, network: Network) -> None:
    """A name that is not given := an expression in names before it."""
    name = step.lhs
    if not isinstance(name, Var):
        raise Malformed(Fault.FORM)
    if name.kind in DERIVED:
        return
    if not network.defines(name):
        network.given(name)
        raise Malformed(Fault.GIVEN, name)
    later = [part for part in names(step.rhs) if part.kind in DERIVED or network.rank(part) >= network.rank(name)]
    if later:
        raise Malformed(Fault.CIRCULAR, name, *later)


def _error_signal(step: Step, network: Network) -> None:
    """δⱼ := ∂total/∂netⱼ, of the same neuron."""
    match step.lhs, step.rhs:
        case Var("delta") as delta, Diff(of, Var("net") as net, False) if of == TOTAL:
            if net != target(delta):
                raise Malformed(Fault.NEURON, delta, net)
        case _:
            raise Malformed(Fault.FORM)


def _update(step: Step, network: Network) -> None:
    """w⁺ := …"""
    if not (isinstance(step.lhs, Var) and step.lhs.kind in ("w+", "b+")):
        raise Malformed(Fault.FORM)


def _local_derivative(step: Step, network: Network) -> None:
    """A local ∂y/∂x = an expression in the names of y's definition, in y, and in its neighbours in the layer."""
    if not (isinstance(step.lhs, Diff) and step.lhs.local) or _has_diff(step.rhs):
        raise Malformed(Fault.FORM)
    y = step.lhs.of
    mentioned = network.open(y).names
    foreign = [
        name for name in names(step.rhs)
        if name not in mentioned and (name.kind, name.layer, name.sample) != (y.kind, y.layer, y.sample)
    ]  # fmt: skip
    if foreign:
        raise Malformed(Fault.FOREIGN, *foreign)


def _chain_rule(step: Step, network: Network) -> None:
    """∂E/∂v = ∂E/∂y · ∂y/∂z ⋯ ∂z/∂v: what cancels leaves what stands on the left."""
    ends = _derivative(step.lhs)
    if ends is None or ends.local:
        raise Malformed(Fault.FORM)
    factors = _factors(step.rhs)
    if factors[0].of != ends.of or factors[-1].wrt != ends.wrt:
        raise Malformed(Fault.ENDS, factors[0].of, factors[-1].wrt)


def _sum_over_paths(step: Step, network: Network) -> None:
    """∂E/∂v = a sum of products, each the factors along another path from v to E, or to a term of the sum that E is."""
    ends = _derivative(step.lhs)
    if ends is None or ends.local:
        raise Malformed(Fault.FORM)
    paths = [_factors(term) for term in (step.rhs.args if isinstance(step.rhs, Add) else (step.rhs,))]
    for factors in paths:
        first, last = factors[0].of, factors[-1].wrt
        if last != ends.wrt or not (first == ends.of or first in network.open(ends.of).names):
            raise Malformed(Fault.ENDS, first, last)
    if len({tuple([factor.of for factor in factors]) for factors in paths}) < len(paths):
        raise Malformed(Fault.PATHS, ends.of, ends.wrt)


def _differentiated_formula(step: Step, network: Network) -> None:
    """∂²E/∂a∂b = a sum of terms, each with one derivative by b at the most, none of which is the one that is sought."""
    if not isinstance(step.lhs, Diff2):
        raise Malformed(Fault.FORM)
    by = step.lhs.second
    for term in step.rhs.args if isinstance(step.rhs, Add) else (step.rhs,):
        found = [e for e in _derivatives(term) if (e.second if isinstance(e, Diff2) else e.wrt) == by]
        if len(found) > 1 or step.lhs in found:
            raise Malformed(Fault.FORM)


def _derivatives(e: Expr) -> Iterator[Diff | Diff2]:
    if isinstance(e, Diff | Diff2):
        yield e
    for part in children(e):
        yield from _derivatives(part)


def _matrix_form(step: Step, network: Network) -> None:
    """A matrix = a matrix."""
    if not isinstance(step.lhs, Named | Matrix):
        raise Malformed(Fault.FORM)


CONDITIONS: Mapping[type[Rule], Callable[[Step, Network], None]] = MappingProxyType({
    Definition: _definition,
    LocalDerivative: _local_derivative,
    ChainRule: _chain_rule,
    SumOverPaths: _sum_over_paths,
    ErrorSignal: _error_signal,
    Substitution: _anything,
    Numbers: _anything,
    Rewriting: _anything,
    Update: _update,
    MatrixForm: _matrix_form,
    DifferentiatedFormula: _differentiated_formula,
})  # fmt: skip


def _derivative(e: Expr) -> Diff | None:
    """Return the derivative that `e` is; an error signal is one by another name."""
    if isinstance(e, Var) and e.kind == "delta":
        return Diff(TOTAL, target(e))
    return e if isinstance(e, Diff) else None


def _factors(e: Expr) -> Sequence[Diff]:
    """Return the factors of a product of derivatives of which each begins where the one before it ends."""
    factors = [_derivative(part) for part in (e.args if isinstance(e, Mul) else (e,))]
    found = [factor for factor in factors if factor is not None]
    if not found or len(found) < len(factors):
        raise Malformed(Fault.FORM)
    for one, other in pairwise(found):
        if one.wrt != other.of:
            raise Malformed(Fault.FACTORS, one.wrt, other.of)
    return found


def _has_diff(e: Expr) -> bool:
    return isinstance(e, Diff) or any(map(_has_diff, children(e)))
