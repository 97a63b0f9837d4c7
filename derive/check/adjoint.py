"""Reverse accumulation: the derivatives of one quantity by all that it is made of, in one walk back.

It uses what the checker knows already, the local derivatives of each definition by dual numbers; so what a program
says its gradient is can be compared, for all its parameters at once, with what the definitions say.

    Griewank & Walther, Evaluating Derivatives, 2nd ed. (2008), §3.2.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TypeVar

from derive.check.evaluate import Meaning
from derive.check.verdict import Condition, Region
from derive.expression import Var

V = TypeVar("V")


def adjoints(meaning: Meaning[V], of: Var) -> tuple[dict[Var, V], Region]:
    """Return ∂of/∂name for every name that `of` is made of, and the region in which they hold. Raises Undefined."""
    found, notes = meaning.collect(partial(_walk, meaning, of))
    return found, tuple([note for note in notes if isinstance(note, Condition)])


def _walk(meaning: Meaning[V], of: Var) -> dict[Var, V]:
    """A name is reached before those that it is made of, which have lower ranks: its adjoint is then complete."""
    network, algebra = meaning.network, meaning.algebra
    terms: dict[Var, list[V]] = {of: [algebra.number(Fraction(1))]}
    waiting: dict[int, list[Var]] = {network.rank(of): [of]}
    made: dict[Var, V] = {}
    while waiting:
        for name in waiting.pop(max(waiting)):
            parts = terms.pop(name)
            adjoint = made[name] = parts[0] if len(parts) == 1 else algebra.add(parts)
            if not network.defines(name):
                continue
            for part, slope in meaning.local(name).items():
                if part not in terms:
                    terms[part] = []
                    waiting.setdefault(network.rank(part), []).append(part)
                terms[part].append(algebra.mul(adjoint, slope))
    return made
