"""What quantities are called. Names are data: a table for each notation, and the user's own names on top.

`mazur`: w₅, net_{h1}, out_{h1}, E_{total}, the names of the best-known worked example.
`indexed`: w^{(2)}_{11}, z^{(1)}_1, a^{(1)}_1, the textbook form of Nielsen (2015), ch. 2, and of Bishop (2006), §5.3.
"""

from __future__ import annotations

from derive.notation.label import GREEK, Label, latex_word
from derive.notation.model import ModelNotation, model_notation
from derive.notation.names import Notation
from derive.notation.own import checked, notation

__all__ = ["GREEK", "Label", "ModelNotation", "Notation", "checked", "latex_word", "model_notation", "notation"]
