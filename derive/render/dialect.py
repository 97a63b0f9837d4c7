"""The languages that formulas are written in: LaTeX, LaTeX for a line of text, and plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from derive.notation import GREEK, Label, latex_word
from derive.render.numbers import Decimals

Comparison = tuple[str, str]
"""The two sides of a > b, as they are written."""


class Dialect:
    """How one language writes what all of them mean. What it returns is as tight as its parts; `brackets` are the
    printer's business, who knows which part binds less tightly than its place asks for.

    slash: whether a derivative, or any fraction, is written a/b, so that its parts need brackets.
    """

    derivative_slash: ClassVar[bool]
    fraction_slash: ClassVar[bool]
    times: ClassVar[str]
    before_bracket: ClassVar[str]
    minus: ClassVar[str]
    hadamard: ClassVar[str]
    dots: ClassVar[str]
    transpose: ClassVar[str]
    letters: ClassVar[dict[str, str]]
    """Of the vector of ones and of the Jacobian, which have no name in a notation."""

    def name(self, label: Label) -> str:
        raise NotImplementedError

    def bold(self, label: Label, sup: str = "") -> str:
        """Return the letter of a matrix, with `sup` raised behind it."""
        raise NotImplementedError

    def number(self, made: Decimals) -> str:
        raise NotImplementedError

    def fraction(self, top: str, bottom: str) -> str:
        raise NotImplementedError

    def power(self, base: str, exponent: str) -> str:
        raise NotImplementedError

    def partial(self, of: str, wrt: str) -> str:
        raise NotImplementedError

    def held(self, derivative: str, names: Sequence[str]) -> str:
        """Return a derivative with the names that are held fixed."""
        raise NotImplementedError

    def second_partial(self, of: str, first: str, second: str, *, squared: str = "") -> str:
        """Return ∂²of/∂first∂second, or, where both are one name, ∂²of/∂squared; `squared` is its square."""
        raise NotImplementedError

    def brackets(self, inner: str) -> str:
        raise NotImplementedError

    def call(self, fn: str, arg: str, exponent: str = "") -> str:
        """Return fn(arg), or fn^exponent(arg)."""
        raise NotImplementedError

    def cases(self, branches: Sequence[tuple[str, Comparison]], otherwise: str) -> str:
        """Return {value where a > b; …; otherwise}: the first branch that holds counts."""
        raise NotImplementedError

    def constant(self, name: str) -> str:
        raise NotImplementedError

    def truth(self, test: Comparison) -> str:
        """Return Iverson's bracket: 1 where a > b, else 0. Knuth, "Two notes on notation" (1992), §1."""
        return f"[{test[0]} > {test[1]}]"

    def sigma(self, letter: str, size: int, term: str) -> str:
        raise NotImplementedError

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        raise NotImplementedError

    def elided(self, *, across: bool) -> str:
        """Return the dots for entries left out, in a row or in a column."""
        raise NotImplementedError

    def slope(self, net: str) -> str:
        return f"f'({net})"

    def diagonal(self, vector: str) -> str:
        return f"diag {vector}"

    def shaped(self, matrix: str, shape: tuple[int, int]) -> str:
        """Return a matrix's letter with its shape under it."""
        return matrix


class Latex(Dialect):
    """A displayed formula."""

    derivative_slash = fraction_slash = False
    times = " \\cdot "
    before_bracket = " "
    minus = "-"
    hadamard = " \\odot "
    dots = "\\cdots"
    transpose = "\\mathsf{T}"
    letters: ClassVar[dict[str, str]] = {"one": "\\mathbf{1}", "J": "\\mathbf{J}"}

    def name(self, label: Label) -> str:
        return label.latex

    def bold(self, label: Label, sup: str = "") -> str:
        word = latex_word(label.base)
        greek = word.startswith("\\") and "rm" not in word
        letter = f"\\boldsymbol{{{word}}}" if greek else f"\\mathbf{{{label.base}}}"
        raised = "\\,".join(filter(None, (label.sup, sup)))
        return letter + (f"_{{{label.sub}}}" if label.sub else "") + (f"^{{{raised}}}" if raised else "")

    def number(self, made: Decimals) -> str:
        return made.latex

    def fraction(self, top: str, bottom: str) -> str:
        return f"\\frac{{{top}}}{{{bottom}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def partial(self, of: str, wrt: str) -> str:
        return f"\\frac{{\\partial {of}}}{{\\partial {wrt}}}"

    def held(self, derivative: str, names: Sequence[str]) -> str:
        return f"\\left.{derivative}\\right|_{{{', '.join(names)}}}"

    def second_partial(self, of: str, first: str, second: str, *, squared: str = "") -> str:
        below = f"\\partial {squared}" if squared else f"\\partial {first} \\partial {second}"
        return f"\\frac{{\\partial^{{2}} {of}}}{{{below}}}"

    def brackets(self, inner: str) -> str:
        tall = any(word in inner for word in ("\\frac", "\\sum", "\\begin"))
        return f"\\left({inner}\\right)" if tall else f"({inner})"

    def call(self, fn: str, arg: str, exponent: str = "") -> str:
        if fn == "exp":
            return f"e^{{{arg}}}"
        if fn == "sqrt":
            root = f"\\sqrt{{{arg}}}"
            return self.power(self.brackets(root), exponent) if exponent else root
        word = {"log": "\\ln", "erf": "\\operatorname{erf}"}.get(fn, f"\\{fn}")
        return word + (f"^{{{exponent}}}" if exponent else "") + self.brackets(arg)

    def cases(self, branches: Sequence[tuple[str, Comparison]], otherwise: str) -> str:
        rows = [f"{value} & {a} > {b}" for value, (a, b) in branches]
        last = ",\\ ".join(f"{a} \\le {b}" for _, (a, b) in branches)
        lines = " \\\\ ".join([*rows, f"{otherwise} & {last}"])
        return f"\\begin{{cases}} {lines} \\end{{cases}}"

    def constant(self, name: str) -> str:
        return f"\\{name}"

    def sigma(self, letter: str, size: int, term: str) -> str:
        return f"\\sum_{{{letter}=1}}^{{{size}}} {term}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        return "\\begin{pmatrix} " + " \\\\ ".join(" & ".join(row) for row in rows) + " \\end{pmatrix}"

    def elided(self, *, across: bool) -> str:
        return "\\cdots" if across else "\\vdots"

    def diagonal(self, vector: str) -> str:
        return f"\\operatorname{{diag}} {vector}"

    def shaped(self, matrix: str, shape: tuple[int, int]) -> str:
        return f"\\underset{{{shape[0]} \\times {shape[1]}}}{{{matrix}}}"


class InlineLatex(Latex):
    """Inside a sentence a derivative is written on one line, where a fraction would be too small to read."""

    derivative_slash = True

    def partial(self, of: str, wrt: str) -> str:
        return f"\\partial {of}/\\partial {wrt}"

    def second_partial(self, of: str, first: str, second: str, *, squared: str = "") -> str:
        below = f"\\partial {squared}" if squared else f"\\partial {first} \\partial {second}"
        return f"\\partial^{{2}} {of}/{below}"


class Text(Dialect):
    """Plain text with Greek letters and raised digits, for terminals and for data."""

    derivative_slash = fraction_slash = True
    times = " · "
    before_bracket = " · "
    minus = "−"
    hadamard = " ⊙ "
    dots = "…"
    transpose = "T"
    letters: ClassVar[dict[str, str]] = {"one": "1", "J": "J"}

    def name(self, label: Label) -> str:
        return label.text

    def bold(self, label: Label, sup: str = "") -> str:
        return self.power(label.text, sup) if sup else label.text

    def number(self, made: Decimals) -> str:
        return made.pretty

    def fraction(self, top: str, bottom: str) -> str:
        return f"{top}/{bottom}"

    def power(self, base: str, exponent: str) -> str:
        return base + exponent.translate(str.maketrans("0123456789T-", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ⁻"))

    def partial(self, of: str, wrt: str) -> str:
        return f"∂{of}/∂{wrt}"

    def held(self, derivative: str, names: Sequence[str]) -> str:
        return f"({derivative})|{','.join(names)}"

    def second_partial(self, of: str, first: str, second: str, *, squared: str = "") -> str:
        return f"∂²{of}/∂{squared}" if squared else f"∂²{of}/∂{first}∂{second}"

    def brackets(self, inner: str) -> str:
        return f"({inner})"

    def call(self, fn: str, arg: str, exponent: str = "") -> str:
        text = f"{'ln' if fn == 'log' else fn}({arg})"
        return self.power(text, exponent) if exponent else text

    def cases(self, branches: Sequence[tuple[str, Comparison]], otherwise: str) -> str:
        rows = [f"{value}, {a} > {b}" for value, (a, b) in branches]
        last = " and ".join(f"{a} ≤ {b}" for _, (a, b) in branches)
        return f"{{{'; '.join([*rows, f'{otherwise}, {last}'])}}}"

    def constant(self, name: str) -> str:
        return GREEK[name]

    def sigma(self, letter: str, size: int, term: str) -> str:
        return f"Σ_{letter}=1..{size} {term}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        return "[" + "; ".join(", ".join(row) for row in rows) + "]"

    def elided(self, *, across: bool) -> str:
        return "…"


LATEX = Latex()
LATEX_INLINE = InlineLatex()
TEXT = Text()
