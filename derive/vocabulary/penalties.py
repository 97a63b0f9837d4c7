"""Penalties on parameters by hand: R = Σ (λ₁ |w| + λ₂/2 w²), and what each adds to a gradient.

Hoerl & Kennard, Technometrics 12 (1970), for the squares; Tibshirani, J. Royal Statistical Society B 58 (1996), for the
absolute values, whose slope at 0 is taken to be 0.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from derive.vocabulary.stable import Array, absolute


class Shrinking(Struct, frozen=True):
    """λ₁ and λ₂ as doubles, and whether biases count too."""

    l1: float = 0.0
    l2: float = 0.0
    biases: bool = False

    def value(self, parameters: Array) -> Array:
        """Return the penalty of each of `parameters`."""
        return np.asarray(self.l1 * absolute(parameters) + 0.5 * self.l2 * parameters**2)

    def slope(self, parameters: Array) -> Array:
        """Return its derivative."""
        return np.asarray(self.l1 * np.sign(parameters.real) + self.l2 * parameters)
