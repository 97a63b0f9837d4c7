"""Backpropagation in NumPy, written by hand from calculus: the independent witness.

It sees the spec alone. Nothing here is shared with the symbolic derivation, so where the two agree, they agree
because both are right.
"""

from __future__ import annotations

from derive.backprop.differences import Difference, Place, central_difference, complex_step, places, smooth
from derive.backprop.network import Forward, Gradients, Parameters, forward, gradients, parameters
from derive.backprop.quantities import Slope, Slopes, slope, slopes
from derive.backprop.reach import check_reach
from derive.backprop.second import hessian, jacobian
from derive.backprop.training import State, train

__all__ = [
    "Difference", "Forward", "Gradients", "Parameters", "Place", "Slope", "Slopes", "State",
    "central_difference", "check_reach", "complex_step", "forward", "gradients", "hessian", "jacobian",
    "parameters", "places", "slope", "slopes", "smooth", "train",
]  # fmt: skip
