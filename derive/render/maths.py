"""Expressions as formulas, in LaTeX or in plain text. Precedence is data; names come from the notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import Struct

from derive.derivation import Lookup, Number
from derive.expression import (
    Add,
    At,
    Call,
    Cases,
    Diff,
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
)
from derive.notation import Label, Notation
from derive.render.numbers import Decimals, decimals

SHOWN_TERMS = 8  # a longer sum is printed as its first terms, dots, and its last

# How tightly a node binds: a part that binds less tightly than its place asks for goes in parentheses.
SUM, PRODUCT, SIGN, POWER, ATOM = 1, 2, 3, 4, 5
BINDS: Mapping[type[Expr], int] = {
    Add: SUM, Neg: SUM, Sum: SUM, Mul: PRODUCT, MatMul: PRODUCT, Hadamard: PRODUCT, Pow: POWER, Transpose: POWER,
}  # fmt: skip


class Dialect(Struct, frozen=True):
    """How one language writes what all of them mean."""

    name: Callable[[Label], str]
    bold: Callable[[Label], str]
    number: Callable[[Decimals], str]
    times: str
    before_bracket: str
    fraction: Callable[[str, str], str]
    slash: bool  # whether a fraction is written a/b, so that its parts need parentheses
    power: Callable[[str, str], str]
    partial: Callable[[str, str], str]
    brackets: Callable[[str], str]
    call: Callable[[str, str], str]
    cases: Callable[[str, str, str], str]
    sigma: Callable[[str, int, str], str]
    matrix: Callable[[Sequence[Sequence[str]]], str]
    transpose: str
    hadamard: str
    dots: str
    minus: str
    slope: Callable[[str], str]


def _latex_brackets(inner: str) -> str:
    tall = any(word in inner for word in ("\\frac", "\\sum", "\\begin"))
    return f"\\left({inner}\\right)" if tall else f"({inner})"


def _latex_call(fn: str, arg: str) -> str:
    if fn == "exp":
        return f"e^{{{arg}}}"
    return ("\\ln" if fn == "log" else f"\\{fn}") + _latex_brackets(arg)


LATEX = Dialect(
    name=lambda label: label.latex,
    bold=lambda label: _bold(label),
    number=lambda d: d.latex,
    times=" \\cdot ",
    before_bracket=" ",
    fraction=lambda a, b: f"\\frac{{{a}}}{{{b}}}",
    slash=False,
    power=lambda base, exponent: f"{base}^{{{exponent}}}",
    partial=lambda of, wrt: f"\\frac{{\\partial {of}}}{{\\partial {wrt}}}",
    brackets=_latex_brackets,
    call=_latex_call,
    cases=lambda test, above, otherwise: (
        f"\\begin{{cases}} {above} & \\text{{if }} {test} > 0 \\\\ {otherwise} & \\text{{otherwise}} \\end{{cases}}"
    ),
    sigma=lambda letter, size, term: f"\\sum_{{{letter}=1}}^{{{size}}} {term}",
    matrix=lambda rows: "\\begin{pmatrix} " + " \\\\ ".join(" & ".join(row) for row in rows) + " \\end{pmatrix}",
    transpose="\\mathsf{T}",
    hadamard=" \\odot ",
    dots="\\cdots",
    minus="-",
    slope=lambda net: f"f'({net})",
)

# Inside a sentence a derivative is written on one line, where a fraction would be too small to read.
LATEX_INLINE = msgspec.structs.replace(LATEX, partial=lambda of, wrt: f"\\partial {of}/\\partial {wrt}")

TEXT = Dialect(
    name=lambda label: label.text,
    bold=lambda label: label.text,
    number=lambda d: d.pretty,
    times=" · ",
    before_bracket=" · ",
    fraction=lambda a, b: f"{a}/{b}",
    slash=True,
    power=lambda base, exponent: base + exponent.translate(str.maketrans("0123456789T-", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ⁻")),
    partial=lambda of, wrt: f"∂{of}/∂{wrt}",
    brackets=lambda inner: f"({inner})",
    call=lambda fn, arg: f"{'ln' if fn == 'log' else fn}({arg})",
    cases=lambda test, above, otherwise: f"{{{above} if {test} > 0, else {otherwise}}}",
    sigma=lambda letter, size, term: f"Σ_{letter}=1..{size} {term}",
    matrix=lambda rows: "[" + "; ".join(", ".join(row) for row in rows) + "]",
    transpose="T",
    hadamard=" ⊙ ",
    dots="…",
    minus="−",
    slope=lambda net: f"f'({net})",
)


def _bold(label: Label) -> str:
    plain = Label(label.base, label.sub, label.sup, label.ascii)
    text = plain.latex
    base = text.split("_")[0].split("^")[0]
    letter = f"\\boldsymbol{{{base}}}" if base.startswith("\\") and "rm" not in base else f"\\mathbf{{{label.base}}}"
    return letter + text[len(base) :]


def _stands_before_bracket(e: Expr) -> bool:
    return isinstance(e, Var | Num) or (isinstance(e, Div) and isinstance(e.num, Num) and isinstance(e.den, Num))


def _is_matrix(e: Expr) -> bool:
    if isinstance(e, Matrix | Named | MatMul | Hadamard | Transpose):
        return True
    return isinstance(e, Add) and any(map(_is_matrix, e.args))


class Shown(Struct, frozen=True):
    """A decimal that stands in a formula, and what it is the value of: a claim of its own, checked as such."""

    of: Expr
    decimals: Decimals


class Printer:
    """Writes expressions in one dialect, with one notation, to a number of significant digits.

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
        self._latex = dialect is not TEXT
        self.shapes = shapes
        self.notation = notation
        self.digits = digits
        self.shown: list[Shown] = []
        self._values = values

    def write(self, e: Expr, place: int = 0) -> str:
        """Return `e` as a formula, in parentheses where `place` binds more tightly than it does."""
        return self._write(e, place, numbers=False)

    def number(self, e: Expr) -> Decimals:
        """Return the value of `e` at the point as it is printed."""
        assert self._values is not None, "a printer without values writes symbols only"
        made = decimals(self._values[e], self.digits)
        self.shown.append(Shown(e, made))
        return made

    def exact(self, e: Expr) -> bool:
        """Return whether every number that At(`e`) prints is printed whole."""
        if isinstance(e, Var | Diff | Cases):
            assert self._values is not None
            return decimals(self._values[e], self.digits).exact
        return all(self.exact(part) for part in children(e))

    def pieces(self, e: Expr) -> list[str]:
        """Return `e` in pieces that can be set one under another: the terms of a sum, the paths of a chain."""
        numbers = isinstance(e, At)
        inner = e.arg if isinstance(e, At) else e
        if isinstance(inner, Add) and not _is_matrix(inner):
            return self._terms(inner.args, numbers=numbers)
        if _is_matrix(inner):
            return self._matrix_pieces(inner, numbers=numbers)
        first = inner.args[0] if isinstance(inner, Mul) else inner
        if isinstance(inner, Mul) and isinstance(first, Add) and self._latex:
            rest = inner.args[1:]
            terms = self._terms(first.args, numbers=numbers)
            factors = [self._write(factor, PRODUCT, numbers=numbers) for factor in rest]
            terms[0] = f"\\Bigl( {terms[0]}"
            terms[-1] = self.dialect.times.join([f"{terms[-1]} \\Bigr)", *factors])
            return terms
        if isinstance(inner, Mul):
            factors = [self._write(factor, PRODUCT, numbers=numbers) for factor in inner.args]
            return [factors[0], *(f"{self.dialect.times.strip()} {factor}" for factor in factors[1:])]
        return [self.write(e)]

    def _matrix_pieces(self, e: Expr, *, numbers: bool) -> list[str]:
        """Return a matrix expression in pieces of one matrix each; brackets open and close in different pieces."""

        def joined(args: tuple[Expr, ...], sign: str) -> list[str]:
            made: list[str] = []
            for place, arg in enumerate(args):
                part = self._matrix_pieces(arg, numbers=numbers)
                if BINDS.get(type(arg), ATOM) <= BINDS[type(e)] and len(part) > 1 and not isinstance(e, Add):
                    part = [f"\\Bigl( {part[0]}", *part[1:-1], f"{part[-1]} \\Bigr)"]
                made.extend([f"{sign} {part[0]}".strip() if place else part[0], *part[1:]])
            return made

        if isinstance(e, Add):
            return joined(e.args, "+")
        if isinstance(e, Hadamard):
            return joined(e.args, self.dialect.hadamard.strip())
        if isinstance(e, MatMul):
            return joined(e.args, "")
        return [self._write(e, SIGN, numbers=numbers)]

    # ── One method a kind of node ──────────────────────────────────────────────────────────────────────────

    def _write(self, e: Expr, place: int, *, numbers: bool) -> str:
        d = self.dialect
        if isinstance(e, At):
            return self._write(e.arg, place, numbers=True)
        if numbers and isinstance(e, Var | Diff | Cases):
            made = self.number(e)
            text = d.number(made)
            loose = (made.negative and place > SUM) or ("e" in made.text and place >= POWER)
            return d.brackets(text) if loose else text
        text = self._node(e, numbers=numbers)
        own = BINDS.get(type(e), ATOM)
        if isinstance(e, Div):
            own = PRODUCT if d.slash or place >= POWER else ATOM
        return d.brackets(text) if own < place else text

    def _node(self, e: Expr, *, numbers: bool) -> str:
        d = self.dialect

        def write(part: Expr, place: int = 0) -> str:
            return self._write(part, place, numbers=numbers)

        match e:
            case Num(value):
                top, bottom = str(abs(value.numerator)), str(value.denominator)
                text = top if bottom == "1" else d.fraction(top, bottom)
                return f"{d.minus}{text}" if value < 0 else text
            case Var():
                return d.name(self.notation.label(e))
            case Diff(of, wrt, _):
                return d.partial(d.name(self.notation.label(of)), d.name(self.notation.label(wrt)))
            case Add(args):
                return " ".join(self._terms(args, numbers=numbers))
            case Neg(arg):
                return f"{d.minus}{write(arg, PRODUCT)}"
            case Mul(args):
                return self._product(args, numbers=numbers)
            case MatMul(args):
                return " ".join(write(arg, PRODUCT) for arg in args)
            case Hadamard(args):
                return d.hadamard.join(write(arg, SIGN) for arg in args)
            case Div(num, den):
                below = SIGN if d.slash else 0
                return d.fraction(write(num, PRODUCT if d.slash else 0), write(den, below))
            case Pow(base, exponent):
                # A name with a superscript, a^{(2)}, cannot take another one.
                raised = isinstance(base, Var) and not numbers and self._latex and self.notation.label(base).sup
                inner = d.brackets(write(base)) if raised else write(base, ATOM if isinstance(base, Call) else POWER)
                return d.power(inner, str(exponent))
            case Transpose(Named(_, _, matrix)) if numbers:
                return write(Matrix(tuple(zip(*matrix.rows, strict=True))))
            case Transpose(arg):
                if isinstance(arg, Named) and arg.kind == "one" and self._latex and not numbers:
                    return self._under("\\mathbf{1}^{\\mathsf{T}}", arg.matrix.shape[::-1])
                if isinstance(arg, Named) and not numbers and arg.kind not in ("dw", "db", "dout", "slope", "one", "J"):
                    label = self.notation.label(arg)
                    sup = f"{label.sup}\\,{d.transpose}" if self._latex and label.sup else d.transpose
                    if self._latex:
                        rows, columns = arg.matrix.shape
                        return self._under(_bold(Label(label.base, label.sub, sup, label.ascii)), (columns, rows))
                return d.power(write(arg, POWER), d.transpose)
            case Call(fn, arg):
                return d.call(fn, write(arg))
            case Cases(test, above, otherwise):
                return d.cases(write(test), write(above), write(otherwise))
            case Sum(term, letter, size):
                return d.sigma(letter, size, write(term, PRODUCT))
            case Matrix(((only,),)):
                return write(only, place=PRODUCT)
            case Matrix(rows):
                return d.matrix([[write(x) for x in row] for row in rows])
            case Named():
                return write(e.matrix) if numbers else self._under(self._named(e), e.matrix.shape)
        raise TypeError(f"no way to print {type(e).__name__}")

    def _under(self, text: str, shape: tuple[int, int]) -> str:
        """Return a matrix's letter with its shape under it, where this printer shows shapes."""
        return f"\\underset{{{shape[0]} \\times {shape[1]}}}{{{text}}}" if self.shapes else text

    def _named(self, e: Named) -> str:
        d = self.dialect
        total = d.name(self.notation.label(Var("total")))

        def letter(kind: str) -> str:
            return d.bold(self.notation.label(Named(kind, e.layer, e.matrix)))

        match e.kind:
            case "dw" | "db" | "dout":
                return d.partial(total, letter({"dw": "w", "db": "b", "dout": "out"}[e.kind]))
            case "slope":
                return d.slope(letter("net"))
            case "one":
                return "\\mathbf{1}" if self._latex else "1"
            case "J":
                return "\\mathbf{J}" if self._latex else "J"
        return letter(e.kind)

    def _terms(self, args: tuple[Expr, ...], *, numbers: bool) -> list[str]:
        d = self.dialect
        made: list[str] = []
        for place, arg in enumerate(args):
            if len(args) > SHOWN_TERMS and 3 <= place < len(args) - 2:
                if place == 3:
                    made.append(f"+ {d.dots}")
                continue
            minus = isinstance(arg, Neg)
            inner = arg.arg if isinstance(arg, Neg) else arg
            # A product after a plus sign stands bare; anything looser, and a negative number, goes in brackets.
            text = self._write(inner, PRODUCT, numbers=numbers)
            sign = (d.minus if minus else "+") + " " if place else d.minus if minus else ""
            made.append(sign + text)
        return made

    def _product(self, args: tuple[Expr, ...], *, numbers: bool) -> str:
        d = self.dialect
        text = ""
        for place, arg in enumerate(args):
            part = self._write(arg, PRODUCT, numbers=numbers)
            # out(1 − out), not out · (1 − out); but between numbers a dot is easier to read.
            before = args[place - 1]
            bracket = part.startswith(("(", "\\left("))
            bare = bracket and _stands_before_bracket(before) and not (numbers and isinstance(before, Var))
            text += part if not place else (d.before_bracket if bare else d.times) + part
        return text
