"""Where a function with branches is evaluated exactly between two of them: which one is taken, and what that makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.check.verdict import Condition
from derive.derivation import LocalDerivative, Lookup, Number, Step
from derive.expression import Add, Cases, Diff, Div, Expr, Mul, Neg, children


def decided(e: Cases, values: Lookup[Expr, Number]) -> Iterator[Condition]:
    """Yield the tests that decide which branch of `e` holds at the given point, each with its sign there."""
    while True:
        value = values[e.test]
        sign = (value > 0) - (value < 0)
        yield Condition(e.test, sign)
        if sign > 0 or not isinstance(e.otherwise, Cases):
            return
        e = e.otherwise


def taken(e: Expr, values: Lookup[Expr, Number]) -> Expr:
    """Return `e` with the branch that holds at the given point for each of its branches."""
    match e:
        case Cases(test, above, otherwise):
            return taken(above if values[test] > 0 else otherwise, values)
        case Mul(args):
            return Mul(tuple([taken(arg, values) for arg in args]))
        case Add(args):
            return Add(tuple([taken(arg, values) for arg in args]))
        case Neg(arg):
            return Neg(taken(arg, values))
        case Div(num, den):
            return Div(taken(num, values), taken(den, values))
    return e


def slopes_at(test: Expr, steps: Iterable[Step]) -> list[Step]:
    """Return the local derivatives that hang on `test`, one a derivative."""
    found: dict[Diff, Step] = {}
    for step in steps:
        if step.rule is LocalDerivative and isinstance(step.lhs, Diff) and test in _tests(step.rhs):
            found.setdefault(step.lhs, step)
    return list(found.values())


def _tests(e: Expr) -> list[Expr]:
    own = [e.test] if isinstance(e, Cases) else []
    return [*own, *(test for part in children(e) for test in _tests(part))]
