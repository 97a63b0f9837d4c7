"""Text around formulas: formulas typed without LaTeX, numbers that sentences give, lists of numbers in programs.

Nothing here knows a network: what is found is said with its place, and whoever knows the network judges it.
"""

from __future__ import annotations

from derive.read.prose.formulas import plain_formulas
from derive.read.prose.listings import NumberList, number_lists, number_names
from derive.read.prose.numerals import Numeral
from derive.read.prose.statements import Moment, Said, moments, statements

__all__ = [
    "Moment",
    "NumberList",
    "Numeral",
    "Said",
    "moments",
    "number_lists",
    "number_names",
    "plain_formulas",
    "statements",
]
