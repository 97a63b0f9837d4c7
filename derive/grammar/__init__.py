"""Equations as their author types them: our own grammar, which reads formulas and nothing else.

`parse` turns a text into a tree with columns; `Meaning` turns that tree into an `Expr`, with shapes checked.
No text becomes code anywhere: what is not in the grammar is refused with its column. Budgets hold before any work.
"""

from __future__ import annotations

from derive.grammar.formula import shown_shape
from derive.grammar.functions import Elementwise, reserved
from derive.grammar.meaning import Entry, Meaning, Scope
from derive.grammar.parsing import check_name, parse, parse_left
from derive.grammar.scanning import MAX_BYTES, MAX_NAME
from derive.grammar.syntax import Left, Name, Syntax, depth, mentioned

__all__ = [
    "MAX_BYTES", "MAX_NAME",
    "Elementwise", "Entry", "Left", "Meaning", "Name", "Scope", "Syntax",
    "check_name", "depth", "mentioned", "parse", "parse_left", "reserved", "shown_shape",
]  # fmt: skip
