"""Reverse mode for a model of equations, written by hand over its expressions: a rule a node, forwards and back.

It sees the model alone, and evaluates what the author wrote; nothing here is shared with the algebra system.
"""

from __future__ import annotations

from derive.backprop.models.differences import ModelDifference, central_difference, complex_step, smooth
from derive.backprop.models.run import forward, gradients

__all__ = ["ModelDifference", "central_difference", "complex_step", "forward", "gradients", "smooth"]
