"""A formula, the places in it, and other formulas made of it by a change in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from derive.errata.findings import Cause
from derive.expression import (
    Add,
    Call,
    Diff,
    Diff2,
    Expr,
    Hadamard,
    Mul,
    Var,
    children,
    names,
    product,
    rebuilt,
    total,
)

Path = tuple[int, ...]
Leaf = Var | Diff | Diff2
Edit = Literal["replaced", "negated", "swapped", "dropped", "added", "multiplied", "scaled", "raised", "operation"]


class Repair(Struct, frozen=True):
    """A change that makes a formula right.

    path: from the root to what is changed, by the numbers of `children`.
    before, after: what stands at `path`, and what should. `before` is None where `after` is to be added to what stands
        there, as a term or as a factor; `after` is None where `before` is to go: it stands at `path`, or, several
        factors at once, in the product at `path`.
    whole: the formula with the change.  edit: what kind of change it is.
    """

    cause: Cause
    path: Path
    before: Expr | None
    after: Expr | None
    whole: Expr
    edit: Edit


class Formula(NamedTuple):
    """The wrong formula, every node of it by its path, and what may be put into it."""

    whole: Expr
    nodes: tuple[tuple[Path, Expr], ...]
    alternatives: Callable[[Leaf], Sequence[Expr]]
    parts: tuple[Expr, ...]

    def at(self, path: Path) -> Expr:
        return at(self.whole, path)

    def put(self, path: Path, new: Expr) -> Expr:
        return put(self.whole, path, new)

    def over(self, path: Path) -> Expr | None:
        """Return what the node at `path` is a part of, None for the whole."""
        return self.at(path[:-1]) if path else None

    def change(self, cause: Cause, path: Path, after: Expr, edit: Edit) -> Repair:
        """Return the change of one node into another."""
        return Repair(cause, path, self.at(path), after, self.put(path, after), edit)


def walk(e: Expr, path: Path) -> Iterator[tuple[Path, Expr]]:
    """Yield every node of a formula with its path."""
    yield path, e
    for n, part in enumerate(children(e)):
        yield from walk(part, (*path, n))


def at(e: Expr, path: Path) -> Expr:
    """Return the node at a path."""
    for n in path:
        e = children(e)[n]
    return e


def put(e: Expr, path: Path, new: Expr) -> Expr:
    """Return `e` with another node at `path`; a product or sum within one of its own kind becomes part of it."""
    if not path:
        return new
    parts = list(children(e))
    changed = put(parts[path[0]], path[1:], new)
    if type(changed) is type(e) and isinstance(changed, Add | Mul | Hadamard) and type(parts[path[0]]) is not type(e):
        parts[path[0] : path[0] + 1] = changed.args
    else:
        parts[path[0]] = changed
    return rebuilt(e, parts)


def without(e: Expr, gone: Sequence[int]) -> Expr:
    """Return a sum or product without some of its terms or factors."""
    rest = [part for n, part in enumerate(children(e)) if n not in gone]
    if isinstance(e, Add):
        return total(rest)
    if isinstance(e, Mul) or len(rest) < 2:
        return product(rest)
    return rebuilt(e, rest)


def substituted(e: Expr, old: Var, new: Expr) -> Expr:
    """Return `e` with `new` for every `old`, in derivatives too as far as `new` is a name."""
    if e == old:
        return new
    match e:
        case Diff(of, wrt, local) if isinstance(new, Var):
            return Diff(new if of == old else of, new if wrt == old else wrt, local)
        case Diff2(of, first, second) if isinstance(new, Var):
            return Diff2(*[new if name == old else name for name in (of, first, second)])
    parts = children(e)
    return rebuilt(e, [substituted(part, old, new) for part in parts]) if parts else e


def is_number(e: Expr) -> bool:
    """Return whether there is no name in a formula."""
    return next(names(e), None) is None


def in_exponent(formula: Formula, path: Path) -> bool:
    """Return whether a place is in the argument of e^…."""
    return any(isinstance(e := formula.at(path[:n]), Call) and e.fn == "exp" for n in range(len(path)))
