"""Second derivatives with their steps: ∂²E/∂a∂b from the formula for ∂E/∂a, differentiated once more.

    ∂E/∂w₁ = δ_h1 i₁        ∂²E/∂w₁∂w₅ = i₁ · ∂δ_h1/∂w₅        ∂δ_h1/∂w₅ = Σ_y ∂f/∂y · ∂y/∂w₅ for δ_h1 = f(y, …)

The formula is one in names; those in it that depend on b have derivatives by b of their own: an output ∂y/∂b, which
is an ordinary derivative, and an error signal ∂δ/∂b, which is ∂²E/∂net∂b and found in the same way.

    Bishop, Pattern Recognition and Machine Learning (2006), §5.4; Pearlmutter, Neural Computation 6 (1994).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy as sp
from msgspec import Struct

from derive.algebra import expression
from derive.derivation import Definition, Derivation, DifferentiatedFormula, Lookup, Number, Numbers, Passage, Step
from derive.differentiate.products import is_number, tidy
from derive.differentiate.symbols import to_sympy
from derive.differentiate.values import Values
from derive.expression import ZERO, At, Atom, Diff, Diff2, Expr, Neg, Var, children, rebuilt, total
from derive.notation import Notation

Part = Step | Diff2 | Diff
TOTAL = Var("total")


class SecondPassage(Struct, frozen=True):
    """How a second derivative is arrived at.

    formula: the step that says what the first derivative is, from the derivation.
    parts: steps of its own, and between them the derivatives that the formula needs.
    """

    key: Diff2
    formula: Step
    parts: tuple[Part, ...]
    result: Expr

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(part for part in self.parts if isinstance(part, Step))


class SecondDerivatives:
    """The second derivatives of a derivation, each made when it is asked for.

    values: of any expression at the given point, second derivatives among them.
    """

    def __init__(self, derivation: Derivation, notation: Notation) -> None:
        self._derivation = derivation
        self._notation = notation
        self._made: dict[Diff2, SecondPassage] = {}
        self._slopes: dict[Diff, dict[Atom, Expr]] = {}
        self._moving: dict[Var, set[Var]] = {}
        self.values: Lookup[Expr, Number] = Values(self._meaning, derivation.point)

    def __getitem__(self, key: Diff2) -> SecondPassage:
        stack = [key]  # not recursion: an error signal of layer 1 stands on those of all layers after it
        while stack:
            missing = [inner for inner in self._inner(stack[-1]) if inner not in self._made]
            if missing:
                stack.extend(missing)
            elif (ready := stack.pop()) not in self._made:
                self._made[ready] = self._make(ready)
        return self._made[key]

    def ordered(self, key: Diff2) -> Iterator[SecondPassage | Passage]:
        """Yield the passages that `key` stands on, each after those that it needs; that of `key` comes last."""
        done: set[Atom] = set()
        stack: list[Diff | Diff2] = [key]
        while stack:
            top = stack[-1]
            passage = self[top] if isinstance(top, Diff2) else self._derivation.passages[top]
            needs = [part for part in passage.parts if isinstance(part, Diff | Diff2) and part not in done]
            if needs:
                stack.extend(reversed(needs))
                continue
            stack.pop()
            if top not in done:
                done.add(top)
                yield passage

    def steps(self, *keys: Diff2) -> tuple[Step, ...]:
        """Return every step that the entries `keys` stand on, each once, each after those that it uses."""
        made: dict[str, Step] = {}
        later: dict[str, Step] = {}
        for key in keys:
            for passage in self.ordered(key):
                if isinstance(passage, SecondPassage):
                    first = Diff(passage.key.of, passage.key.first)
                    made |= {step.id: step for step in self._derivation.chain(first) if step.id not in made}
                    later |= {step.id: step for step in passage.steps if step.id not in later}
                else:
                    made |= {step.id: step for step in self._derivation.chain(passage.key) if step.id not in made}
        return (*made.values(), *later.values())

    # ── One second derivative ──────────────────────────────────────────────────────────────────────────────

    def _make(self, key: Diff2) -> SecondPassage:
        first, by = Diff(key.of, key.first), key.second
        slopes = self._partials(first)
        terms: list[Expr] = []
        needs: list[Atom] = []
        for atom, slope in slopes.items():
            if atom == by:
                terms.append(slope)
            elif (factor := self._by(atom, by)) is not None:
                terms.append(tidy([slope, factor]))
                needs.append(factor)
        result = total(sorted(terms, key=lambda term: isinstance(term, Neg)))
        formula = self._formula(first)
        name = f"d2{self._ascii(key.of)}/d{self._ascii(key.first)}d{self._ascii(by)}"
        opening = Step(f"{DifferentiatedFormula.name}: {name}", DifferentiatedFormula, key, result, (formula.id,))
        numbers = Step(f"{Numbers.name}: {name}", Numbers, key, At(result), (opening.id,))
        closing = () if is_number(result) else (numbers,)
        return SecondPassage(key, formula, (opening, *_unique(needs), *closing), result)

    def _inner(self, key: Diff2) -> Iterator[Diff2]:
        """Yield the second derivatives that the formula for ∂of/∂first leads to."""
        for atom in self._partials(Diff(key.of, key.first)):
            if isinstance(atom, Diff):
                yield Diff2(atom.of, atom.wrt, key.second)
            elif isinstance(atom, Var) and atom.kind == "delta":
                yield Diff2(TOTAL, Var("net", atom.layer, atom.index, atom.sample), key.second)

    def _by(self, atom: Atom, by: Var) -> Diff | Diff2 | None:
        """Return the derivative of `atom` by `by`; None where nothing leads from one to the other."""
        if isinstance(atom, Diff):
            second = Diff2(atom.of, atom.wrt, by)
            return None if self[second].result == ZERO else second
        assert isinstance(atom, Var)
        if atom.kind == "delta":
            return self._by(Diff(TOTAL, Var("net", atom.layer, atom.index, atom.sample)), by)
        return Diff(atom, by) if atom in self._derivation.definitions and self._depends(atom, by) else None

    def _depends(self, name: Var, by: Var) -> bool:
        """Return whether `name` is made of `by`."""
        definitions = self._derivation.definitions
        found = self._moving.setdefault(name, set())
        if not found:
            stack = [name]
            while stack:
                top = stack.pop()
                if top not in found:
                    found.add(top)
                    stack += (
                        [part for part in _atoms(definitions[top]) if isinstance(part, Var)]
                        if (top in definitions)
                        else []
                    )
        return by in found

    def _partials(self, first: Diff) -> Mapping[Atom, Expr]:
        """Return the derivative of the formula for `first` by each name in it, the others held fixed; by SymPy."""
        if first not in self._slopes:
            formula = self._derivation.passages[first].result
            atoms = list(dict.fromkeys(_atoms(formula)))
            letters: dict[Atom, Var] = {a: a if isinstance(a, Var) else Var("q", n) for n, a in enumerate(atoms, 1)}
            back = {new: old for old, new in letters.items()}
            f = to_sympy(_replaced(formula, letters))
            found: dict[Atom, Expr] = {}
            for atom in atoms:
                slope = sp.diff(f, to_sympy(letters[atom]))
                if slope != 0:
                    forms = [expression(form) for form in (slope, sp.factor(slope))]
                    found[atom] = _replaced(min(forms, key=_length), back)
            self._slopes[first] = found
        return self._slopes[first]

    def _formula(self, first: Diff) -> Step:
        """Return the step with which the passage of `first` arrives at its formula."""
        passage = self._derivation.passages[first]
        while True:
            found = [step for step in passage.steps if step.rhs == passage.result and step.rule is not Definition]
            if found:
                return found[-1]
            passage = self._derivation.passages[next(p for p in reversed(passage.parts) if not isinstance(p, Step))]

    def _meaning(self, key: Atom) -> Expr | None:
        if isinstance(key, Diff2):
            return self[key].result
        if isinstance(key, Var) and key.kind != "delta" and key not in self._derivation.definitions:
            return None
        return self._derivation.passages[key].result

    def _ascii(self, name: Var) -> str:
        return self._notation.label(name).ascii


def _unique(needs: list[Atom]) -> list[Diff | Diff2]:
    return [need for need in dict.fromkeys(needs) if isinstance(need, Diff | Diff2)]


def _atoms(e: Expr) -> Iterator[Atom]:
    if isinstance(e, Var | Diff | Diff2):
        yield e
    for part in children(e):
        yield from _atoms(part)


def _replaced(e: Expr, new: Mapping[Atom, Var] | Mapping[Var, Atom]) -> Expr:
    if isinstance(e, Var | Diff | Diff2):
        return new.get(e, e)  # type: ignore[arg-type]
    return rebuilt(e, [_replaced(part, new) for part in children(e)])


def _length(e: Expr) -> tuple[int, int]:
    """How long a form is to a reader: names, then everything."""
    nodes = [e]
    names = count = 0
    while nodes:
        node = nodes.pop()
        count += 1
        names += isinstance(node, Var)
        nodes.extend(children(node))
    return names, count
