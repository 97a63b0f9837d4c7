"""Expressions as frozen data: what a step of a derivation says, term for term as a person writes it.

SymPy sorts and merges terms as it builds them; a derivation must not. So SymPy does the calculus
(`derive.differentiate`), and its results are kept in this small tree, whose order is the order on the page.
The tree has no behaviour: printing, evaluating and checking are functions of their own elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from msgspec import Struct

Index = int | str
"""The place of a neuron in its layer, from 1; or a letter, in an equation that holds for a whole family."""


class Expr(Struct, frozen=True):
    """Base of every node. Compare with `==`; hash freely."""


class Num(Expr, frozen=True):
    """A number that belongs to a formula (the 1 and the 2 of ½(t − o)²), exact."""

    value: Fraction


class Const(Expr, frozen=True):
    """A constant of mathematics that has a letter of its own: "pi"."""

    name: str


class Var(Expr, frozen=True):
    """A named quantity: one scalar of the network.

    kind: what it is ("x" input, "w" weight, "b" bias, "net" net input, "out" activation, "t" target,
        "E" error of one output, "total" the whole error, "delta" error signal, "eta" learning rate,
        "w+", "b+" parameter after the update).
    layer: 0 for the inputs, then 1, 2, …; 0 also where a layer means nothing.
    index: (neuron,) or, for a weight, (neuron, fan-in); () where there is only one.
    sample: 1, 2, … when there are several samples, else 0.
    """

    kind: str
    layer: int = 0
    index: tuple[Index, ...] = ()
    sample: Index = 0


class Add(Expr, frozen=True):
    """a + b + …; a term that is a `Neg` is printed with its minus."""

    args: tuple[Expr, ...]


class Mul(Expr, frozen=True):
    """a · b · …"""

    args: tuple[Expr, ...]


class Neg(Expr, frozen=True):
    """−a"""

    arg: Expr


class Div(Expr, frozen=True):
    """a / b"""

    num: Expr
    den: Expr


class Pow(Expr, frozen=True):
    """aⁿ for a whole number n."""

    base: Expr
    exponent: int


class Call(Expr, frozen=True):
    """One of the elementary functions of `FUNCTIONS`, applied to one argument; `log` is the natural one."""

    fn: str
    arg: Expr


class Activation(Expr, frozen=True):
    """An activation of the vocabulary, elementwise, by its name with its constants: "leaky relu(0.2)".

    It stands in the equations of a model only: `derive.graph` writes its definition in its place, which is SymPy's
    and which the spec must not know.
    """

    name: str
    arg: Expr


class Cases(Expr, frozen=True):
    """`above` where `test` > 0, else `otherwise`; which may be Cases in its turn, for more than two branches."""

    test: Expr
    above: Expr
    otherwise: Expr


class Sum(Expr, frozen=True):
    """Σ over `letter` = 1 … `size` of `term`."""

    term: Expr
    letter: str
    size: int


class Diff(Expr, frozen=True):
    """A derivative of one named quantity by another.

    Total (`local` false): ∂of/∂wrt through every equation between them, `wrt` standing free.
    Local (`local` true): through the defining equation of `of` alone, every other name in it held fixed.
    """

    of: Var
    wrt: Var
    local: bool = False


class Diff2(Expr, frozen=True):
    """A second derivative, ∂²of/∂first∂second: how the total ∂of/∂first changes with `second`, which is given."""

    of: Var
    first: Var
    second: Var


class At(Expr, frozen=True):
    """`arg` with the values of the given point put in for its names: the same number, shown as numbers."""

    arg: Expr


class Matrix(Expr, frozen=True):
    """A matrix by rows; a vector is a matrix of one column."""

    rows: tuple[tuple[Expr, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.rows[0])


class Named(Expr, frozen=True):
    """A matrix that has a letter of its own (W⁽²⁾, δ⁽¹⁾): `kind` and `layer` name it as they do a `Var`."""

    kind: str
    layer: int
    matrix: Matrix


class MatMul(Expr, frozen=True):
    """A B …, the matrix product."""

    args: tuple[Expr, ...]


class Transpose(Expr, frozen=True):
    """Aᵀ"""

    arg: Expr


class Hadamard(Expr, frozen=True):
    """A ⊙ B, element by element."""

    args: tuple[Expr, ...]


Atom = Var | Diff | Diff2
"""What has a value of its own in an expression, not one that is made of those of its parts."""

FUNCTIONS = ("exp", "log", "tanh", "sqrt", "erf", "sin", "cos")
"""What `Call` may call."""

LARGEST_DENOMINATOR = 16  # of what is written as a fraction

ZERO = Num(Fraction(0))
ONE = Num(Fraction(1))
MINUS_ONE = Neg(ONE)


def children(e: Expr) -> tuple[Expr, ...]:
    """Return the parts of `e`, in the order in which they are written. Names and numbers have none."""
    match e:
        case Add(args) | Mul(args) | MatMul(args) | Hadamard(args):
            return args
        case Neg(a) | At(a) | Transpose(a) | Call(_, a) | Activation(_, a) | Pow(a, _) | Sum(a, _, _):
            return (a,)
        case Div(a, b):
            return (a, b)
        case Cases(a, b, c):
            return (a, b, c)
        case Matrix(rows):
            return tuple(x for row in rows for x in row)
        case Named(_, _, matrix):
            return (matrix,)
        case _:
            return ()


def rebuilt(e: Expr, parts: Sequence[Expr]) -> Expr:
    """Return `e` with other `parts`, as many as `children` gives; names and numbers stay as they are."""
    match e:
        case Add() | Mul() | MatMul() | Hadamard():
            return type(e)(tuple(parts))
        case Neg() | At() | Transpose():
            return type(e)(parts[0])
        case Call(fn, _):
            return Call(fn, parts[0])
        case Pow(_, exponent):
            return Pow(parts[0], exponent)
        case Sum(_, letter, size):
            return Sum(parts[0], letter, size)
        case Div():
            return Div(*parts)
        case Cases():
            return Cases(*parts)
        case Matrix(rows):
            flat = iter(parts)
            return Matrix(tuple([tuple([next(flat) for _ in row]) for row in rows]))
        case Named(kind, layer, _):
            (matrix,) = parts
            assert isinstance(matrix, Matrix)
            return Named(kind, layer, matrix)
        case _:
            return e


def count(e: Expr) -> int:
    """Return how many nodes `e` has."""
    return 1 + sum(map(count, children(e)))


def names(e: Expr) -> Iterator[Var]:
    """Yield every `Var` in `e`, left to right, with repeats; a derivative counts as the names it holds."""
    stack = [e]
    while stack:
        node = stack.pop()
        if isinstance(node, Var):
            yield node
        elif isinstance(node, Diff):
            yield node.of
            yield node.wrt
        elif isinstance(node, Diff2):
            yield node.of
            yield node.first
            yield node.second
        else:
            stack.extend(reversed(children(node)))


def rename(e: Expr, new: Callable[[Var], Expr]) -> Expr:
    """Return `e` with `new(name)` for every name in it, except the names inside a derivative."""
    match e:
        case Var():
            return new(e)
        case Add(args):
            return Add(tuple([rename(a, new) for a in args]))
        case Mul(args):
            return Mul(tuple([rename(a, new) for a in args]))
        case Neg(a):
            return Neg(rename(a, new))
        case Div(a, b):
            return Div(rename(a, new), rename(b, new))
        case Pow(a, n):
            return Pow(rename(a, new), n)
        case Call(fn, a):
            return Call(fn, rename(a, new))
        case Activation(name, a):
            return Activation(name, rename(a, new))
        case Cases(a, b, c):
            return Cases(rename(a, new), rename(b, new), rename(c, new))
        case Sum(a, letter, size):
            return Sum(rename(a, new), letter, size)
        case _:
            return e


def is_decimal(value: Fraction) -> bool:
    """Return whether `value` is written as a decimal, 0.044715, and not as a fraction, ½."""
    return value.denominator > LARGEST_DENOMINATOR and 10**60 % value.denominator == 0


def product(factors: list[Expr]) -> Expr:
    """Return the product as written: a single factor stands alone, an empty product is 1."""
    return factors[0] if len(factors) == 1 else Mul(tuple(factors)) if factors else ONE


def total(terms: list[Expr]) -> Expr:
    """Return the sum as written: a single term stands alone, an empty sum is 0."""
    return terms[0] if len(terms) == 1 else Add(tuple(terms)) if terms else ZERO
