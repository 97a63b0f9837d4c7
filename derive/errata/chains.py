"""Chains of derivatives: adjacent factors cancel, whatever their values are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from derive.check.network import target
from derive.errata.meaning import Value
from derive.errata.world import World
from derive.expression import Add, Diff, Expr, Mul, Var, names

TOTAL = Var("total")


def factors(e: Expr, world: World) -> list[Diff] | None:
    """Return the derivatives that a product is made of; None where it is made of anything else."""
    parts = _flat(e)
    found = [derivative(part, world) for part in parts]
    known = [each for each in found if each is not None]
    return known if known and len(known) == len(parts) else None


def _flat(e: Expr) -> list[Expr]:
    if isinstance(e, Mul):
        return [part for arg in e.args for part in _flat(arg)]
    return [e]


def derivative(e: Expr, world: World) -> Diff | None:
    """Return the derivative that an expression is, also by another name."""
    if isinstance(e, Var) and e in world.formals:
        return world.formals[e]
    if isinstance(e, Var) and e.kind == "delta":
        return Diff(TOTAL, target(e))
    return e if isinstance(e, Diff) else None


def chained(value: Value, world: World) -> bool:
    """Return whether a formula is a chain of two derivatives or more, or a sum of such."""
    return bool(_chains(value, world))


def _chains(value: Value, world: World) -> list[list[Diff]]:
    """Return the chains that a formula is a sum of, each by its factors; [] where any term of it is none."""
    if isinstance(value, tuple):
        return []
    found = [factors(term, world) or [] for term in _terms(value)]
    return found if all(len(chain) > 1 for chain in found) else []


def _terms(e: Expr) -> tuple[Expr, ...]:
    return e.args if isinstance(e, Add) else (e,)


def plain(e: Expr, world: World) -> bool:
    """Return whether a chain is made of derivatives of names by names, none of a formula or of a function."""
    found = [factor for term in _terms(e) for factor in factors(term, world) or ()]
    return all(world.label(name) != "…" for factor in found for name in (factor.of, factor.wrt))


def broken(value: Value, head: Value, world: World) -> tuple[Expr, Expr] | None:
    """Return two neighbours in a chain that do not cancel; None where all do, or where there is no chain.

    Factors may stand in any order. A chain may begin at a term of the sum that the error is.
    """
    ends = derivative(head, world) if not isinstance(head, tuple) else None
    if ends is None:
        return None
    for chain in _chains(value, world):
        gap = _gap(chain, ends, world)
        if gap is not None and not (world.open and _fits_in_one_case(chain, ends, world)):
            return gap
    return None


def _fits_in_one_case(found: Sequence[Diff], ends: Diff, world: World) -> bool:
    """Return whether a chain cancels if names that differ in capitals alone are one: net_O1 and net_o1."""
    first: dict[str, Var] = {}

    def folded(e: Diff) -> Diff:
        of, wrt = (first.setdefault(world.label(name).casefold(), name) for name in (e.of, e.wrt))
        return Diff(of, wrt, e.local)

    return _gap([folded(each) for each in found], folded(ends), world) is None


def _gap(found: Sequence[Diff], ends: Diff, world: World) -> tuple[Expr, Expr] | None:
    order = _ordered(list(found), ends)
    if order is not None:
        first, last = order[0].of, order[-1].wrt
        if last == ends.wrt and (first == ends.of or first in _parts(ends.of, world)):
            return None
        return (order[0], ends) if last == ends.wrt else (order[-1], ends)
    for one, other in pairwise(found):
        if one.wrt != other.of and other.wrt != one.of:
            return one, other
    return found[0], found[-1]


def _ordered(found: list[Diff], ends: Diff) -> list[Diff] | None:
    """Return factors in an order in which each begins where the one before it ends; None where there is none."""
    start = next((each for each in found if each.wrt == ends.wrt), None)
    if start is None:
        return None
    order, rest = [start], [each for each in found if each is not start]
    while rest:
        above = next((each for each in rest if each.wrt == order[0].of), None)
        if above is None:
            return None
        order.insert(0, above)
        rest.remove(above)
    return order


def _parts(of: Var, world: World) -> set[Var]:
    """Return what a sum is made of, through sums alone."""
    if of not in world.definitions:
        return set()
    return set(names(world.definitions[of]))
