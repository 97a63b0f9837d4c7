"""The smallest change that makes a wrong formula right: another index, a sign, a factor that was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Literal, NamedTuple

from msgspec import Struct

from derive.errata.findings import Cause
from derive.expression import (
    ONE,
    Add,
    At,
    Call,
    Cases,
    Diff,
    Diff2,
    Div,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Mul,
    Named,
    Neg,
    Num,
    Pow,
    Sum,
    Transpose,
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

FACTORS = (2, 3, 4, 5, 6, 7, 8, 9, 10)  # by which a formula may be wrong
BUDGET = 4000


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


class _Formula(NamedTuple):
    """The wrong formula, every node of it by its path, and what may be put into it."""

    whole: Expr
    nodes: tuple[tuple[Path, Expr], ...]
    alternatives: Callable[[Leaf], Sequence[Expr]]
    parts: tuple[Expr, ...]

    def at(self, path: Path) -> Expr:
        return _at(self.whole, path)

    def put(self, path: Path, new: Expr) -> Expr:
        return _put(self.whole, path, new)

    def over(self, path: Path) -> Expr | None:
        """Return what the node at `path` is a part of, None for the whole."""
        return self.at(path[:-1]) if path else None

    def change(self, cause: Cause, path: Path, after: Expr, edit: Edit) -> Repair:
        """Return the change of one node into another."""
        return Repair(cause, path, self.at(path), after, self.put(path, after), edit)


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
    formula = _Formula(wrong, tuple(_walk(wrong, ())), alternatives, tuple(parts))
    tried = {wrong}
    for kind in _KINDS:
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


# ── Places in a formula ────────────────────────────────────────────────────────────────────────────────────


def _walk(e: Expr, path: Path) -> Iterator[tuple[Path, Expr]]:
    yield path, e
    for n, part in enumerate(children(e)):
        yield from _walk(part, (*path, n))


def _at(e: Expr, path: Path) -> Expr:
    for n in path:
        e = children(e)[n]
    return e


def _put(e: Expr, path: Path, new: Expr) -> Expr:
    """Return `e` with another node at `path`; a product or sum within one of its own kind becomes part of it."""
    if not path:
        return new
    parts = list(children(e))
    changed = _put(parts[path[0]], path[1:], new)
    if type(changed) is type(e) and isinstance(changed, Add | Mul | Hadamard) and type(parts[path[0]]) is not type(e):
        parts[path[0] : path[0] + 1] = changed.args
    else:
        parts[path[0]] = changed
    return rebuilt(e, parts)


def _without(e: Expr, gone: Sequence[int]) -> Expr:
    """Return a sum or product without some of its terms or factors."""
    rest = [part for n, part in enumerate(children(e)) if n not in gone]
    if isinstance(e, Add):
        return total(rest)
    if isinstance(e, Mul) or len(rest) < 2:
        return product(rest)
    return rebuilt(e, rest)


def _substituted(e: Expr, old: Var, new: Expr) -> Expr:
    """Return `e` with `new` for every `old`, in derivatives too as far as `new` is a name."""
    if e == old:
        return new
    match e:
        case Diff(of, wrt, local) if isinstance(new, Var):
            return Diff(new if of == old else of, new if wrt == old else wrt, local)
        case Diff2(of, first, second) if isinstance(new, Var):
            return Diff2(*[new if name == old else name for name in (of, first, second)])
    parts = children(e)
    return rebuilt(e, [_substituted(part, old, new) for part in parts]) if parts else e


def _negated(e: Expr) -> Expr:
    match e:
        case Neg(a):
            return a
        case Num(value) if value < 0:
            return Num(-value)
        case _:
            return Neg(e)


def _is_number(e: Expr) -> bool:
    return next(names(e), None) is None


def _in_exponent(formula: _Formula, path: Path) -> bool:
    return any(isinstance(e := formula.at(path[:n]), Call) and e.fn == "exp" for n in range(len(path)))


# ── Slopes of activations ──────────────────────────────────────────────────────────────────────────────────


def is_slope(e: Expr) -> bool:
    """Return whether `e` has the form of an activation's derivative: a(1 − a), 1 − a², ∂out/∂net, or 1 or 0."""
    match e:
        case Mul(args) | Hadamard(args):
            return 2 * len(_slope_pairs(e)) == len(args)
        case Add():
            match _from_one(e):
                case Pow(_, 2):
                    return True
                case Mul((a, b)) | Hadamard((a, b)):
                    return a == b
            return False
        case Diff(of, wrt):
            return (of.kind, wrt.kind) == ("out", "net") and (of.layer, of.sample) == (wrt.layer, wrt.sample)
        case Cases(_, above, otherwise):
            return _is_number(above) and _is_number(otherwise)
        case _:
            return False


def _slope_pairs(e: Expr) -> list[tuple[int, int]]:
    """Return which factors of a product are an a and a 1 − a; no factor is in two pairs."""
    if not isinstance(e, Mul | Hadamard):
        return []
    found: list[tuple[int, int]] = []
    for pair in combinations(range(len(e.args)), 2):
        a, b = (e.args[n] for n in pair)
        if (_from_one(b) == a or _from_one(a) == b) and not any(n in each for each in found for n in pair):
            found.append(pair)
    return found


def _from_one(e: Expr) -> Expr | None:
    """Return a where `e` is 1 − a, else None."""
    match e:
        case Add((first, Neg(a))) | Add((Neg(a), first)) if first == ONE:
            return a
        case _:
            return None


# ── Kinds of changes ───────────────────────────────────────────────────────────────────────────────────────


def _other_name(formula: _Formula) -> Iterator[Repair]:
    """Another name, or another derivative, in one place."""
    for path, node in formula.nodes:
        if isinstance(node, Leaf):
            for new in formula.alternatives(node):
                yield formula.change(_index_cause(formula, path, node, new), path, new, "replaced")
        if isinstance(node, Diff):
            for new in formula.alternatives(node.of):
                if isinstance(new, Var):
                    yield formula.change(_name_cause(node.of, new), path, Diff(new, node.wrt, node.local), "replaced")
            for new in formula.alternatives(node.wrt):
                if isinstance(new, Var):
                    yield formula.change(_name_cause(node.wrt, new), path, Diff(node.of, new, node.local), "replaced")


def _name_cause(old: Expr, new: Expr) -> Cause:
    if isinstance(old, Var) and isinstance(new, Var) and old.kind == new.kind:
        return {"t": Cause.TARGET, "b": Cause.BIAS, "b+": Cause.BIAS}.get(old.kind, Cause.INDEX)
    return Cause.INDEX


def _index_cause(formula: _Formula, path: Path, old: Expr, new: Expr) -> Cause:
    """Return the cause of another name in one place: in 1 − a² it is the slope that is another's."""
    for n in range(len(path)):
        over = formula.at(path[:n])
        if isinstance(over, Add) and is_slope(over) and set(names(over)) == {old}:
            return Cause.SLOPE_OF
    return _name_cause(old, new)


def _other_sign(formula: _Formula) -> Iterator[Repair]:
    """The sign of a term, of an argument or of the whole; of a factor only where it has a minus of its own."""
    for path, node in formula.nodes:
        over = formula.over(path)
        factor = isinstance(over, Mul | Div | Hadamard | MatMul) and not isinstance(node, Neg)
        if factor or _has_minus(node) or isinstance(over, Neg | Pow | Sum | At | Transpose | Named):
            continue
        if not isinstance(node, Matrix | Named):
            cause = Cause.EXPONENT if _in_exponent(formula, path) else Cause.SIGN
            yield formula.change(cause, path, _negated(node), "negated")


def _has_minus(e: Expr) -> bool:
    """Return whether a factor of a product has a minus, which is then what may be wrong."""
    return isinstance(e, Mul | Div) and any(isinstance(part, Neg) or _has_minus(part) for part in children(e))


def _other_everywhere(formula: _Formula) -> Iterator[Repair]:
    """Another name wherever it stands: first in a slope alone, then in the whole."""
    for path, node in formula.nodes:
        slopes: list[Sequence[int]] = [*_slope_pairs(node)]
        if isinstance(node, Add) and is_slope(node):
            slopes.append(range(len(node.args)))
        for places in slopes:
            parts = children(node)
            for old in dict.fromkeys(name for n in places for name in names(parts[n])):
                for new in formula.alternatives(old):
                    made = [_substituted(part, old, new) if n in places else part for n, part in enumerate(parts)]
                    yield formula.change(Cause.SLOPE_OF, path, rebuilt(node, made), "replaced")
    every = list(names(formula.whole))
    for old in dict.fromkeys(every):
        if every.count(old) > 1:
            for new in formula.alternatives(old):
                yield formula.change(_name_cause(old, new), (), _substituted(formula.whole, old, new), "replaced")


def _swapped(formula: _Formula) -> Iterator[Repair]:
    """Two names, each in the other's place."""
    for path, node in formula.nodes:
        if isinstance(node, Diff):
            yield formula.change(Cause.SWAP, path, Diff(node.wrt, node.of, node.local), "swapped")
    places = [(path, node) for path, node in formula.nodes if isinstance(node, Var)]
    for (one, a), (two, b) in combinations(places, 2):
        shared = next((n for n, (i, j) in enumerate(zip(one, two, strict=False)) if i != j), 0)
        top = one[:shared]
        node = formula.at(top)
        commute = isinstance(node, Add | Mul | Hadamard) and len(one) == len(two) == shared + 1
        if a != b and not commute:
            yield formula.change(Cause.SWAP, top, _put(_put(node, one[shared:], b), two[shared:], a), "swapped")


def _dropped_term(formula: _Formula) -> Iterator[Repair]:
    for path, node in formula.nodes:
        if isinstance(node, Add):
            for n, term in enumerate(node.args):
                rest = _without(node, [n])
                if _is_number(rest) and isinstance(formula.over(path), Mul | Hadamard):
                    continue  # of (1 − a)·b the factor is too many
                whole = formula.put(path, rest)
                yield Repair(Cause.TERM_EXTRA, (*path, n), term, None, whole, "dropped")


def _dropped_factor(formula: _Formula) -> Iterator[Repair]:
    for path, node in formula.nodes:
        if isinstance(node, Mul | Hadamard | MatMul):
            for n, factor in enumerate(node.args):
                whole = formula.put(path, _without(node, [n]))
                yield Repair(_extra(factor), (*path, n), factor, None, whole, "dropped")
            for pair in _slope_pairs(node):
                slope = type(node)(tuple([node.args[n] for n in pair]))
                whole = formula.put(path, _without(node, pair))
                yield Repair(Cause.SLOPE_EXTRA, path, slope, None, whole, "dropped")
        elif isinstance(node, Div):
            yield Repair(_extra(node.den), (*path, 1), node.den, None, formula.put(path, node.num), "dropped")
            if node.num != ONE:
                whole = formula.put(path, Div(ONE, node.den))
                yield Repair(_extra(node.num), (*path, 0), node.num, None, whole, "dropped")


def _extra(factor: Expr) -> Cause:
    if _is_number(factor):
        return Cause.CONSTANT
    return Cause.SLOPE_EXTRA if is_slope(factor) else Cause.FACTOR_EXTRA


def _added_term(formula: _Formula) -> Iterator[Repair]:
    """A part of the right formula as one more term, of a sum or of what stands alone."""
    for path, node in _term_places(formula):
        for part in formula.parts:
            if part == node or (_is_number(part) and any(map(_is_number, _terms(node)))):
                continue  # to double it, or to correct a number by another, is no term
            for term in (part, _negated(part)):
                whole = formula.put(path, Add((*_terms(node), *_terms(term))))
                yield Repair(Cause.TERM_MISSING, path, None, term, whole, "added")
    # δ·w·a(1 − a), where (δ·w + δ′·w′)·a(1 − a) is right.
    for path, node in formula.nodes:
        if isinstance(node, Mul):
            for n in range(2, len(node.args)):
                for part in formula.parts:
                    several = Add((product(list(node.args[:n])), *_terms(part)))
                    whole = formula.put(path, Mul((several, *node.args[n:])))
                    yield Repair(Cause.TERM_MISSING, path, None, part, whole, "added")


def _term_places(formula: _Formula) -> Iterator[tuple[Path, Expr]]:
    """Yield where a term may be added: to the sums, then to all that is no term itself."""
    yield from [(path, node) for path, node in formula.nodes if isinstance(node, Add)]
    for path, node in formula.nodes:
        of_sum = isinstance(node.arg if isinstance(node, Neg) else node, Add)
        if not of_sum and not isinstance(node, Num | Matrix | Named) and not isinstance(formula.over(path), Add | Neg):
            yield path, node


def _terms(e: Expr) -> tuple[Expr, ...]:
    return e.args if isinstance(e, Add) else (e,)


def _factors(e: Expr) -> tuple[Expr, ...]:
    return e.args if isinstance(e, Mul) else (e,)


def _factor_places(formula: _Formula) -> Iterator[tuple[Path, Expr]]:
    """Yield where a factor may be added: to products, and to what is no factor itself; a minus stays before it all."""
    for path, node in formula.nodes:
        end = len(path)
        while end and isinstance(formula.at(path[: end - 1]), Neg):
            end -= 1
        over = formula.over(path[:end])
        product_inside = isinstance(node, Div) and isinstance(node.num, Mul)
        factor = isinstance(over, Mul | Div | Hadamard | MatMul) and not isinstance(node, Mul | Hadamard)
        if not factor and not product_inside and not isinstance(node, Neg | Matrix | Named | At | Transpose):
            yield path, node


def _added_factor(formula: _Formula) -> Iterator[Repair]:
    for path, node in _factor_places(formula):
        for part in formula.parts:
            if isinstance(node, Sum) or part in (node, *children(node)):
                continue  # inside of the sum; and what is there already is missing in a power only
            if isinstance(node, Hadamard):
                more: Expr = Hadamard((*node.args, part))
            elif _is_number(part):
                more = Mul((part, *_factors(node)))
            else:
                more = Mul((*_factors(node), *_factors(part)))
            yield Repair(_lacking(part), path, None, part, formula.put(path, more), "multiplied")


def _lacking(factor: Expr) -> Cause:
    if _is_number(factor):
        return Cause.CONSTANT
    return Cause.SLOPE_MISSING if is_slope(factor) else Cause.FACTOR_MISSING


def _scaled(formula: _Formula) -> Iterator[Repair]:
    """A whole number more, or less, as a factor; a number that stands there already is changed itself."""
    for factor in FACTORS:
        for path, node in formula.nodes:
            if isinstance(node, Num) and node.value:
                for value in (node.value * factor, node.value / factor):
                    yield formula.change(Cause.CONSTANT, path, Num(value), "scaled")
        for path, node in _factor_places(formula):
            beside = (formula.over(path), node)
            parts = [part for e in beside if isinstance(e, Mul | Div) for part in children(e)]
            if not any(map(_is_number, [node, *parts])) and not isinstance(beside[0], Sum):
                number = Num(Fraction(factor))
                for after in (Mul((number, *_factors(node))), Div(node, number)):
                    yield formula.change(Cause.CONSTANT, path, after, "scaled")


def _raised(formula: _Formula) -> Iterator[Repair]:
    for path, node in formula.nodes:
        if isinstance(node, Pow):
            for exponent in (node.exponent - 1, node.exponent + 1):
                if exponent:
                    after = node.base if exponent == 1 else Pow(node.base, exponent)
                    yield formula.change(Cause.POWER, path, after, "raised")
        elif isinstance(node, Leaf | Add | Mul | Div | Call) and not isinstance(formula.over(path), Pow):
            yield formula.change(Cause.POWER, path, Pow(node, 2), "raised")


def _operation(formula: _Formula) -> Iterator[Repair]:
    """· where + or − stands, and the other way round; a quotient the other way up, or as a product."""
    for path, node in formula.nodes:
        for after in _other_operations(node):
            yield formula.change(Cause.OPERATION, path, after, "operation")
        if isinstance(node, Leaf | Add | Call | Pow | Mul) and not isinstance(formula.over(path), Div):
            yield formula.change(Cause.OPERATION, path, Div(ONE, node), "operation")


def _other_operations(node: Expr) -> Iterator[Expr]:
    match node:
        case Add(args):
            for n in range(len(args) - 1):
                a, b = args[n], args[n + 1]
                joined = Mul((*_factors(a), *_factors(b.arg if isinstance(b, Neg) else b)))
                yield total([*args[:n], joined, *args[n + 2 :]])
        case Mul(args):
            for n in range(1, len(args)):
                one, two = product(list(args[:n])), product(list(args[n:]))
                yield from (Add((one, two)), Add((one, Neg(two))))
                if len(args) > 2:
                    a, b = args[n - 1], args[n]
                    for pair in (Add((a, b)), Add((a, Neg(b)))):
                        yield Mul((*args[: n - 1], pair, *args[n + 1 :]))
        case Div(a, b):
            yield Mul((*_factors(a), *_factors(b)))
            yield b if a == ONE else Div(b, a)


_KINDS: tuple[Callable[[_Formula], Iterator[Repair]], ...] = (
    _other_name, _other_sign, _other_everywhere, _swapped, _dropped_term, _dropped_factor, _added_term, _added_factor,
    _scaled, _raised, _operation,
)  # fmt: skip
"""The kinds of changes, the simplest first."""
