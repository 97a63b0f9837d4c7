"""Numbers that a program can calculate with as if they were floats, and that are exact all the same.

An `Element` has a value in some algebra (`derive.check.algebra`: the exact field, dual numbers over it, reals with
error bounds) and a double as its shadow, by which comparisons are decided. Elements live in `ExactArray`, a NumPy
array of objects, so that a program runs unchanged on them; `exactly` sees to the functions that would make doubles.
"""

from __future__ import annotations

from derive.read.exact.arrays import ExactArray, array_of
from derive.read.exact.element import Element, Notes, elements
from derive.read.exact.literal import literal
from derive.read.exact.running import exactly

__all__ = ["Element", "ExactArray", "Notes", "array_of", "elements", "exactly", "literal"]
