"""The derivation as data: steps, the rules they apply, and what surrounds them. Types only.

Everything downstream (LaTeX, page, JSON, checker) reads these objects, so that what is printed and what is
checked cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import ClassVar, Protocol, TypeAlias, TypeVar

from mpmath import mpf
from msgspec import Struct

from derive.expression import Diff, Expr, Var
from derive.spec import Model, Spec

K = TypeVar("K", contravariant=True)
V = TypeVar("V", covariant=True)


class Rule:
    """Why a step holds. Each subclass is one theorem, stated in its docstring."""

    name: ClassVar[str]


class Definition(Rule):
    """lhs := rhs. A new name for an expression in earlier names (single assignment)."""

    name = "definition"


class LocalDerivative(Rule):
    """If y := f(x, …), then ∂y/∂x, every other name in f held fixed, is ∂f/∂x.

    Rumelhart, Hinton & Williams (1986), eqs. 4-7; Griewank & Walther, Evaluating Derivatives, 2nd ed., §2.2.
    """

    name = "local derivative"


class ChainRule(Rule):
    """If v reaches E only through y, then ∂E/∂v = ∂E/∂y · ∂y/∂v. Adjacent factors share a name.

    Goodfellow, Bengio & Courville, Deep Learning (2016), §6.5.2, eq. 6.44.
    """

    name = "chain rule"


class SumOverPaths(Rule):
    """If v reaches E through y₁ … yₙ, then ∂E/∂v = Σₖ ∂E/∂yₖ · ∂yₖ/∂v, one term a path.

    Goodfellow, Bengio & Courville, Deep Learning (2016), §6.5.2, eq. 6.45.
    """

    name = "sum over paths"


class ErrorSignal(Rule):
    """δⱼ := ∂E/∂netⱼ: the error signal of a neuron, the derivative by its net input.

    Rumelhart, Hinton & Williams (1986), eq. 13, with the sign of the gradient; Nielsen, Neural Networks and
    Deep Learning (2015), ch. 2, eq. 29; Bishop, Pattern Recognition and Machine Learning (2006), eq. 5.51.
    """

    name = "error signal"


class Substitution(Rule):
    """Equals for equals: names replaced by what earlier steps have shown them to be."""

    name = "substitution"


class Numbers(Rule):
    """The values of the given point put in for the names; both sides are then one number."""

    name = "numbers put in"


class Rewriting(Rule):
    """The same expression in an equal form (σ′ written with the neuron's own output)."""

    name = "equal form"


class Update(Rule):
    """w⁺ := what the optimiser makes of w; for gradient descent, w − η ∂E/∂w.

    Cauchy (1847); Rumelhart, Hinton & Williams (1986), eq. 8; for the others see `derive.optimisers`.
    """

    name = "update"


class MatrixForm(Rule):
    """The equations of a layer, all at once: entry (i, j) of both sides is the scalar equation for it.

    Nielsen, Neural Networks and Deep Learning (2015), ch. 2, BP1-BP4.
    """

    name = "matrix form"


class DifferentiatedFormula(Rule):
    """If u = f(y₁, …, yₙ), then ∂u/∂b = Σₖ ∂f/∂yₖ · ∂yₖ/∂b over the names in f: for a product, the product rule.

    Bishop, Pattern Recognition and Machine Learning (2006), §5.4.5.
    """

    name = "differentiated formula"


RULES: tuple[type[Rule], ...] = (
    Definition, LocalDerivative, ChainRule, SumOverPaths, ErrorSignal,
    Substitution, Numbers, Rewriting, Update, MatrixForm, DifferentiatedFormula,
)  # fmt: skip


class Step(Struct, frozen=True):
    """One claim: `lhs` = `rhs`, by `rule`, from the earlier steps `uses`.

    id: unique in its derivation (single assignment), and readable: "chain:dE_total/dw5".
    uses: ids of earlier steps.
    """

    id: str
    rule: type[Rule]
    lhs: Expr
    rhs: Expr
    uses: tuple[str, ...] = ()


class FamilyEquation(Struct, frozen=True):
    """One equation for a whole family of quantities or derivatives, with letters for neurons and samples.

    letters: those of the left side, and how far each runs.
    part: "forward", "backward" or "update"; "entry" for what the matrices of the backward pass hold.
    """

    lhs: Var | Diff
    rhs: Expr
    letters: tuple[tuple[str, int], ...]
    part: str

    @property
    def about(self) -> Var:
        """The name whose letters the equation has."""
        return self.lhs.wrt if isinstance(self.lhs, Diff) else self.lhs


Key = Var | Diff
"""What a passage is about: a quantity that is defined, or a derivative that is found."""


class Passage(Struct, frozen=True):
    """What a teacher writes about one quantity or derivative, in the order of writing.

    parts: steps, and between them the keys of other passages that belong there (the factors of a chain come after
        the chain and before their product). A passage that has been written already is not written again.
    result: the simplest named form that the passage arrives at.
    """

    key: Key
    parts: tuple[Step | Key, ...]
    result: Expr

    @property
    def steps(self) -> tuple[Step, ...]:
        """The passage's own steps, without those of the passages in it."""
        return tuple(part for part in self.parts if isinstance(part, Step))


class Run(Struct, frozen=True):
    """Steps of one passage that stand together on the page; `first` where they open it."""

    key: Key
    steps: tuple[Step, ...]
    first: bool


class Definitions(Protocol):
    """The equations of the network, one a name; made when they are asked for."""

    def __getitem__(self, name: Var, /) -> Expr:
        """Return the right side of the defining equation of `name`; KeyError where it is given, not defined."""
        ...

    def __contains__(self, name: object, /) -> bool: ...

    def rank(self, name: Var, /) -> int:
        """Return a number that is larger than that of every name in the definition of `name`."""
        ...


class Lookup(Protocol[K, V]):
    """A mapping whose values are made when they are asked for."""

    def __getitem__(self, key: K, /) -> V: ...


Number: TypeAlias = Fraction | mpf
"""A value at the given point: exact where it is rational, else to `Derivation.precision` digits and some more."""


def trained(spec: Spec | Model, parameter: Var) -> bool:
    """Return whether updates change `parameter`: not if it is held fixed, or no weight and no bias at all."""
    if isinstance(spec, Model) or parameter.kind not in ("w", "b"):
        return parameter.kind == "w"
    layer = spec.layers[parameter.layer - 1]
    return layer.train_weights if parameter.kind == "w" else layer.train_biases


class Derivation(Struct, frozen=True):
    """A network, differentiated: every ∂E/∂w as steps, and every value at the given point.

    spec: its parameters and its learning rate are those of update number `step`.
    definitions: the network's equations, and those of the update.
    passages: how each quantity and each derivative is arrived at.
    matrices: the matrix form of each layer, from 1, as steps: forward, backward and gradient.
    point: what is given (inputs, targets, weights, biases, learning rate; what the optimiser kept), exactly.
    values: the value of any expression at that point, by the formulas of the passages.
    parameters: every weight and bias, layer by layer, a neuron's weights before the biases of its layer.
    updated_point: the same after the update: trained parameters as their update says, rounded to
        `differentiate.values.DIGITS` + 30 digits.  updated_values: the values there.
    step: the number of the update, from 1.  earlier: the derivations of the updates before it, in their order.
    """

    spec: Spec | Model
    definitions: Definitions
    passages: Lookup[Key, Passage]
    matrices: Lookup[int, tuple[Step, ...]]
    point: Lookup[Var, Fraction]
    values: Lookup[Expr, Number]
    parameters: Sequence[Var]
    updated_point: Lookup[Var, Fraction]
    updated_values: Lookup[Expr, Number]
    step: int = 1
    earlier: tuple[Derivation, ...] = ()

    @property
    def network(self) -> Spec:
        """The network that was differentiated. Raises TypeError for a model of equations."""
        if isinstance(self.spec, Spec):
            return self.spec
        raise TypeError("a model of equations has no layers")

    def updated(self, parameter: Var) -> Var | None:
        """Return the name of `parameter` after the update; None for what no update changes."""
        if not trained(self.spec, parameter):
            return None
        return Var(f"{parameter.kind}+", parameter.layer, parameter.index)

    def about(self, name: Var) -> tuple[Key, ...]:
        """Return what there is to say of `name`: the derivative by it, and its update if it is a trained parameter."""
        updated = self.updated(name)
        return Diff(Var("total"), name), *((updated,) if updated else ())

    def chain(self, *keys: Key) -> tuple[Step, ...]:
        """Return every step that the passages of `keys` stand on, each once, in the order of writing."""
        return tuple(step for run in self.ordered(*keys) for step in run.steps)

    def ordered(self, *keys: Key, seen: set[Key] | None = None) -> Iterator[Run]:
        """Yield the steps of `keys` and of the passages in them, in runs that belong to one passage.

        Passages in `seen` are left out; those that are yielded are added to it.
        """
        seen = set() if seen is None else seen
        # An explicit stack: a chain through a thousand layers is as deep as it is long.
        stack: list[tuple[Key | None, Iterator[Step | Key]]] = [(None, iter(keys))]
        run: list[Step] = []
        begun: set[Key] = set()
        while stack:
            key, parts = stack[-1]
            part = next(parts, None)
            if isinstance(part, Step):
                run.append(part)
                continue
            if run and key is not None:
                yield Run(key, tuple(run), key not in begun)
                begun.add(key)
                run = []
            if part is None:
                stack.pop()
            elif (passage := self.passages[part]).key not in seen:
                seen.add(passage.key)
                stack.append((passage.key, iter(passage.parts)))
