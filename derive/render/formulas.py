"""The formulas of one report: names by its notation, numbers to its digits, and a record of every decimal."""

from __future__ import annotations

from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.expression import Expr
from derive.notation import Notation
from derive.render.blocks import Math
from derive.render.catalogue import Catalogue
from derive.render.maths import LATEX, LATEX_INLINE, TEXT, Printer
from derive.render.numbers import Decimals, decimals
from derive.render.printed import Printed

TABLE_DIGITS = 20  # of the derivatives in the table of checks


class Writer:
    """Writes formulas for sentences and tables, and keeps a record of every decimal that was printed."""

    def __init__(self, derivation: Derivation, notation: Notation, words: Catalogue, digits: int) -> None:
        self.derivation = derivation
        self.catalogue = words
        self.notation = notation
        self.latex = Printer(LATEX, notation, derivation.values, digits)
        self.inline = Printer(LATEX_INLINE, notation, derivation.values, digits)
        self.text = Printer(TEXT, notation, derivation.values, digits)
        self.wide = Printer(LATEX, notation, derivation.values, TABLE_DIGITS)
        self.shapes = Printer(LATEX, notation, derivation.values, digits, shapes=True)
        self._updated: list[Printed] = []

    @property
    def printed(self) -> list[Printed]:
        """Every decimal so far, except those that a printer of plain text wrote."""
        return [*self.latex.shown, *self.inline.shown, *self.wide.shown, *self.shapes.shown, *self._updated]

    def math(self, e: Expr) -> Math:
        """Return a formula without numbers, for a sentence or a table."""
        return Math(self.inline.write(e), self.text.write(e))

    def value(self, e: Expr) -> Math:
        """Return the value of `e` for a table."""
        return _math(self.latex.number(e))

    def long_value(self, e: Expr) -> Math:
        """Return the value of `e` to `TABLE_DIGITS` digits, for the table of checks."""
        return _math(self.wide.number(e))

    def updated_value(self, e: Expr) -> Math:
        """Return the value of `e` after the update, for a sentence."""
        try:
            made = decimals(self.derivation.updated_values[e], self.latex.digits)
        except DeriveError as error:
            raise DeriveError(
                f"the update leads where there is no loss: {error.what}", where="learning_rate", allowed=error.allowed,
                hint="a smaller learning rate",
            ) from None  # fmt: skip
        self._updated.append(Printed(e, made, updated=True))
        return _math(made)

    def claim(self, e: Expr) -> Math:
        """Return "name = value" for a sentence."""
        made = self.latex.number(e)
        sign = "=" if made.exact else "\\approx"
        return Math(
            f"{self.inline.write(e)} {sign} {made.latex}", f"{self.text.write(e)} {made.relation} {made.pretty}"
        )


def _math(made: Decimals) -> Math:
    return Math(made.latex, made.pretty)
