"""Expressions as formulas, in LaTeX or in plain text. Precedence is data; names come from the notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from derive.derivation import Lookup, Number
from derive.expression import (
    ONE,
    ZERO,
    Add,
    At,
    Call,
    Cases,
    Const,
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
    is_decimal,
)
from derive.notation import Notation
from derive.render.dialect import LATEX, LATEX_INLINE, TEXT, Dialect
from derive.render.numbers import Decimals, decimals, exact_decimal
from derive.render.printed import Printed

__all__ = ["LATEX", "LATEX_INLINE", "TEXT", "Printer", "is_matrix"]

SHOWN_TERMS = 8  # a longer sum is printed as its first terms, dots, and its last
SHOWN_COLUMNS, SHOWN_ROWS = 5, 8  # a larger matrix is printed with dots

# How tightly a node binds: a part that binds less tightly than its place asks for goes in brackets.
SUM, PRODUCT, SIGN, POWER, ATOM = 1, 2, 3, 4, 5
BINDS: Mapping[type[Expr], int] = {
    Add: SUM, Neg: SUM, Sum: SUM, Cases: SUM, Mul: PRODUCT, MatMul: PRODUCT, Hadamard: PRODUCT,
    Div: SIGN, Diff: SIGN, Diff2: SIGN, Pow: POWER, Transpose: POWER,
}  # fmt: skip

T = TypeVar("T")


class Printer:
    """Writes expressions in one dialect, with one notation, to a number of significant digits.

    shapes: whether the letters of matrices carry their shapes.
    `shown` collects every decimal that was written.
    """

    def __init__(
        self,
        dialect: Dialect,
        notation: Notation,
        values: Lookup[Expr, Number] | None = None,
        digits: int = 9,
        *,
        shapes: bool = False,
    ) -> None:
        self.dialect = dialect
        self.notation = notation
        self.digits = digits
        self.shown: list[Printed] = []
        self._shapes = shapes
        self._values = values

    def write(self, e: Expr, place: int = 0) -> str:
        """Return `e` as a formula, in brackets where `place` binds more tightly than it does."""
        return self.part(e, place, lead=True, numbers=False)

    def number(self, e: Expr) -> Decimals:
        """Return the value of `e` at the point as it is printed."""
        assert self._values is not None, "a printer without values writes symbols only"
        made = decimals(self._values[e], self.digits)
        self.shown.append(Printed(e, made))
        return made

    def exact(self, e: Expr) -> bool:
        """Return whether every number that At(`e`) prints is printed whole."""
        if isinstance(e, Var | Diff | Diff2 | Cases):
            assert self._values is not None
            return decimals(self._values[e], self.digits).exact
        return all(self.exact(part) for part in children(e))

    # ── One method a kind of node ──────────────────────────────────────────────────────────────────────────

    def part(self, e: Expr, place: int, *, lead: bool, numbers: bool) -> str:
        """Return `e` as it stands at a `place` in a larger formula.

        lead: whether nothing stands before it there, so that a minus sign needs no brackets.
        numbers: whether names are written as their values.
        """
        d = self.dialect
        if isinstance(e, At):
            return self.part(e.arg, place, lead=lead, numbers=True)
        if isinstance(e, Matrix) and e.shape == (1, 1):
            return self.part(e.rows[0][0], place, lead=lead, numbers=numbers)
        if numbers and isinstance(e, Var | Diff | Diff2 | Cases):
            made = self.number(e)
            text = d.number(made)
            bare = place <= PRODUCT and lead if made.negative else place <= PRODUCT or "e" not in made.text
            return text if bare or place == 0 else d.brackets(text)
        if isinstance(e, Cases) and place > SUM and (e.above, e.otherwise) == (ONE, ZERO):
            return d.truth(self._comparison(e.test, numbers=False))
        if self.in_brackets(e, place, lead=lead):
            return d.brackets(self._node(e, lead=True, numbers=numbers))
        return self._node(e, lead=lead, numbers=numbers)

    def in_brackets(self, e: Expr, place: int, *, lead: bool) -> bool:
        """Return whether `e` needs brackets at a `place`."""
        # A leading minus sign may stand before the first factor of a product.
        bare = lead and place <= PRODUCT and isinstance(e, Neg | Num)
        return self._binds(e) < place and not bare

    def _binds(self, e: Expr) -> int:
        d = self.dialect
        match e:
            case Num(value):
                return (
                    SUM
                    if value < 0
                    else ATOM
                    if value.denominator == 1 or is_decimal(value)
                    else PRODUCT
                    if d.fraction_slash
                    else SIGN
                )
            case Div() if d.fraction_slash:
                return PRODUCT
            case Diff() | Diff2() if d.derivative_slash:
                return PRODUCT
            case Call("exp", _) if not d.fraction_slash:
                return POWER  # it is written as a power of e
        return BINDS.get(type(e), ATOM)

    def _node(self, e: Expr, *, lead: bool, numbers: bool) -> str:
        d = self.dialect

        def write(part: Expr, place: int = 0) -> str:
            return self.part(part, place, lead=place == 0, numbers=numbers)

        match e:
            case Num(value):
                text = self._plain(abs(value))
                return f"{d.minus}{text}" if value < 0 else text
            case Var():
                return d.name(self.notation.label(e))
            case Diff(of, wrt, local):
                made = d.partial(d.name(self.notation.label(of)), d.name(self.notation.label(wrt)))
                held = self.notation.held(e) if local else ()
                return d.held(made, [d.name(self.notation.label(name)) for name in held]) if held else made
            case Diff2(of, first, second):
                squared = self._power(first, 2, numbers=False) if first == second else ""
                return d.second_partial(write(of), write(first), write(second), squared=squared)
            case Add(args):
                return " ".join(self.terms(args, lead=lead, numbers=numbers))
            case Neg(arg):
                return f"{d.minus}{write(arg, PRODUCT)}"
            case Mul(args):
                return " ".join(self.factors(args, lead=lead, numbers=numbers))
            case Div(num, den) if d.fraction_slash:
                top = self.part(num, PRODUCT, lead=lead, numbers=numbers)
                return d.fraction(top, write(den, SIGN))
            case Div(num, den):
                return d.fraction(write(num), write(den))
            case Pow(Call(fn, arg), exponent) if fn != "exp" or d.fraction_slash:
                return d.call(fn, write(arg), str(exponent))
            case Pow(base, exponent):
                return self._power(base, exponent, numbers=numbers)
            case Call(fn, arg):
                return d.call(fn, write(arg))
            case Cases(test, above, otherwise):
                branches = [(write(above), self._comparison(test, numbers=numbers))]
                while isinstance(otherwise, Cases):
                    test, above, otherwise = otherwise.test, otherwise.above, otherwise.otherwise
                    branches.append((write(above), self._comparison(test, numbers=numbers)))
                return d.cases(branches, write(otherwise))
            case Const(name):
                return d.constant(name)
            case Sum(term, letter, size):
                return d.sigma(letter, size, write(term, _reach(term)))
            case MatMul(args) | Hadamard(args):
                parts = [write(arg, SIGN) for arg in args]
                signs = ["", *(self.matrix_sign(e, place, numbers=numbers) for place in range(1, len(args)))]
                return "".join(sign + part for sign, part in zip(signs, parts, strict=True))
            case Matrix(rows):
                return self._matrix(rows, numbers=numbers)
            case Named():
                return write(e.matrix) if numbers else self._letter(e)
            case Transpose(arg):
                return self._transposed(arg, numbers=numbers)
        raise TypeError(f"no way to print {type(e).__name__}")

    def _plain(self, value: Fraction) -> str:
        """Return a positive number: as a decimal if its denominator is longer than a fraction's should be."""
        if value.denominator == 1:
            return str(value.numerator)
        if is_decimal(value) and (whole := exact_decimal(value)) is not None:
            return f"{whole:f}"
        return self.dialect.fraction(str(value.numerator), str(value.denominator))

    def _comparison(self, test: Expr, *, numbers: bool) -> tuple[str, str]:
        """Return the sides of a > b that say that `test` is above 0: x > 1 for x − 1."""
        match test:
            case Add((a, Neg(b))):
                sides: tuple[Expr, Expr] = (a, b)
            case Add((a, Num() as b)):
                sides = (a, Neg(b))
            case _:
                sides = (test, ZERO)
        one, other = (self.part(side, SUM, lead=True, numbers=numbers) for side in sides)
        return one, other

    def terms(self, args: Sequence[Expr], *, lead: bool, numbers: bool) -> list[str]:
        """Return the terms of a sum, each with its sign."""
        d = self.dialect
        made: list[str] = []
        for place, arg in enumerate(_elided(args, SHOWN_TERMS, 3, 2)):
            if arg is None:
                made.append(f"+ {d.dots}")
                continue
            minus = isinstance(arg, Neg)
            inner = arg.arg if isinstance(arg, Neg) else arg
            text = self.part(inner, _reach(inner), lead=lead and not place and not minus, numbers=numbers)
            sign = (d.minus if minus else "+") + " " if place else d.minus if minus else ""
            made.append(sign + text)
        return made

    def factors(self, args: Sequence[Expr], *, lead: bool, numbers: bool) -> list[str]:
        """Return the factors of a product, each with its sign; out(1 − out) is one of them."""
        d = self.dialect
        made: list[str] = []
        for place, arg in enumerate(args):
            reach = _reach(arg) if place == len(args) - 1 else PRODUCT
            part = self.part(arg, reach, lead=lead and not place, numbers=numbers)
            # out(1 − out), not out · (1 − out); but between numbers a dot is easier to read.
            before = args[place - 1]
            bare = _stands_before_bracket(before) and not (numbers and isinstance(before, Var))
            if not place:
                made.append(part)
            elif bare and isinstance(arg.base if isinstance(arg, Pow) else arg, Add):
                made[-1] += d.before_bracket + part
            else:
                made.append(d.times.lstrip() + part)
        return made

    def _power(self, base: Expr, exponent: int, *, numbers: bool) -> str:
        d = self.dialect
        inner = self.part(base, ATOM, lead=False, numbers=numbers)
        # A name with a superscript, a^{(2)}, cannot take another one.
        raised = isinstance(base, Var) and not numbers and self.notation.label(base).sup
        return d.power(d.brackets(inner) if raised else inner, str(exponent))

    # ── Matrices ───────────────────────────────────────────────────────────────────────────────────────────

    def _matrix(self, rows: Sequence[Sequence[Expr]], *, numbers: bool) -> str:
        d = self.dialect
        made = []
        for row in _elided(rows, SHOWN_ROWS, 3, 2):
            cells = _elided(rows[0] if row is None else row, SHOWN_COLUMNS, 3, 1)
            if row is None:
                made.append([d.elided(across=False)] * len(cells))
                continue
            made.append([
                d.elided(across=True) if cell is None else self.part(cell, 0, lead=True, numbers=numbers)
                for cell in cells
            ])  # fmt: skip
        return d.matrix(made)

    def matrix_sign(self, e: Add | Hadamard | MatMul, place: int, *, numbers: bool) -> str:
        """Return what stands before the part at `place`: 2 · 1 for two matrices of one number each, never 2 1."""
        d = self.dialect
        if isinstance(e, Add):
            return " + "
        scalars = numbers and _shape(e.args[place - 1]) == _shape(e.args[place]) == (1, 1)
        if scalars:
            return d.times
        return d.hadamard if isinstance(e, Hadamard) else " "

    def _letter(self, e: Named, *, transposed: bool = False) -> str:
        d = self.dialect
        rows, columns = e.matrix.shape

        def letter(kind: str, sup: str = "") -> str:
            return d.bold(self.notation.label(Named(kind, e.layer, e.matrix)), sup)

        total = d.name(self.notation.label(Var("total")))
        if e.kind in ("dw", "db", "dout"):
            text = d.partial(total, letter({"dw": "w", "db": "b", "dout": "out"}[e.kind]))
            text = d.power(d.brackets(text), d.transpose) if transposed else text
        elif e.kind == "Jx":
            text = d.partial(letter("out"), d.bold(self.notation.label(Named("x", 0, e.matrix))))
        elif e.kind == "diag":
            text = d.diagonal(d.slope(letter("net")))
        elif e.kind == "slope":
            text = d.slope(letter("net"))
            text = d.power(text, d.transpose) if transposed else text
        elif e.kind in d.letters:
            text = d.power(d.letters[e.kind], d.transpose) if transposed else d.letters[e.kind]
        else:
            text = letter(e.kind, d.transpose if transposed else "")
        return d.shaped(text, (columns, rows) if transposed else (rows, columns)) if self._shapes else text

    def _transposed(self, e: Expr, *, numbers: bool) -> str:
        if isinstance(e, Named) and not numbers:
            return self._letter(e, transposed=True)
        matrix = e.matrix if isinstance(e, Named) else e
        if isinstance(matrix, Matrix):
            return self.part(Matrix(tuple(zip(*matrix.rows, strict=True))), SIGN, lead=False, numbers=numbers)
        return self.dialect.power(self.part(e, ATOM, lead=False, numbers=numbers), self.dialect.transpose)


def is_matrix(e: Expr) -> bool:
    if isinstance(e, Matrix | Named | MatMul | Hadamard | Transpose):
        return True
    return isinstance(e, Add) and any(map(is_matrix, e.args))


def _shape(e: Expr) -> tuple[int, int]:
    match e:
        case Matrix():
            return e.shape
        case Named(_, _, matrix):
            return matrix.shape
        case Transpose(arg):
            return _shape(arg)[::-1]
        case MatMul(args):
            return _shape(args[0])[0], _shape(args[-1])[1]
        case Add(args) | Hadamard(args):
            return _shape(args[0])
    return 1, 1


def _elided(items: Sequence[T], most: int, first: int, last: int) -> list[T | None]:
    """Return the items; of more than `most`, the first and the last ones, and None for those between."""
    if len(items) <= most:
        return list(items)
    return [*items[:first], None, *items[-last:]]


def _reach(e: Expr) -> int:
    """Return the place of a term, or of a last factor: a Σ needs no brackets there, for it ends at the next + or −."""
    return SUM if isinstance(e, Sum) else PRODUCT


def _stands_before_bracket(e: Expr) -> bool:
    return isinstance(e, Var | Num) or (isinstance(e, Div) and isinstance(e.num, Num) and isinstance(e.den, Num))
