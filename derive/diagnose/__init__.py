"""Named mistakes in backpropagation: what each makes of a gradient, and which of them explains one.

NumPy and the vocabulary only: neither the checker nor the witness is known here, and neither knows it.
"""

from __future__ import annotations

from derive.diagnose.evidence import Match, Observed
from derive.diagnose.instances import Instance, gradients, train, variants
from derive.diagnose.matching import explain
from derive.diagnose.misconceptions import MISTAKES, Mistake
from derive.diagnose.values import Quantity, explain_value
from derive.diagnose.wording import Wording, words

__all__ = [
    "MISTAKES", "Instance", "Match", "Mistake", "Observed", "Quantity", "Wording",
    "explain", "explain_value", "gradients", "train", "variants", "words",
]  # fmt: skip
