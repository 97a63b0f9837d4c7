"""Looks for the smallest change that makes a wrong formula right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from derive.errata.repair.factors import added_factor, dropped_factor, operation, raised, scaled
from derive.errata.repair.names import other_everywhere, other_name, swapped
from derive.errata.repair.places import Formula, Leaf, Repair, walk
from derive.errata.repair.terms import added_term, dropped_term, other_sign
from derive.expression import Expr

BUDGET = 4000
KINDS: tuple[Callable[[Formula], Iterator[Repair]], ...] = (
    other_name, other_sign, other_everywhere, swapped, dropped_term, dropped_factor, added_term, added_factor,
    scaled, raised, operation,
)  # fmt: skip
"""The kinds of changes, the simplest first."""


def repairs(
    wrong: Expr,
    right: Callable[[Expr], bool],
    alternatives: Callable[[Leaf], Sequence[Expr]],
    parts: Sequence[Expr] = (),
    budget: int = BUDGET,
) -> tuple[Repair, ...]:
    """Return the simplest changes that make a formula right, all those of the same kind; () where none was found.

    right: whether a formula is the right thing; it must say False of what has no value.
    alternatives: what may stand in the place of a name or a derivative, the likeliest first.
    parts: terms and factors of the right formula, of which one may be missing.
    budget: how many times `right` may be asked.
    """
    formula = Formula(wrong, tuple(walk(wrong, ())), alternatives, tuple(parts))
    tried = {wrong}
    for kind in KINDS:
        found: list[Repair] = []
        for candidate in kind(formula):
            if candidate.whole in tried:
                continue
            if len(tried) > budget:
                return tuple(found)
            tried.add(candidate.whole)
            if right(candidate.whole):
                found.append(candidate)
        if found:
            return tuple(found)
    return ()
