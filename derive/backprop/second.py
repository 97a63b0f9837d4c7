"""Second derivatives, and the Jacobian of the outputs, by complex steps through passes written by hand.

Nothing is subtracted, so they are as exact as those passes. Squire & Trapp, SIAM Review 40 (1998).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from derive.backprop.differences import Place, places
from derive.backprop.network import Parameters, Plan, data, gradients, point, run_forward
from derive.spec import Spec
from derive.vocabulary import Array

STEP = 1e-100


def hessian(spec: Spec, selection: Sequence[Place] | None = None) -> Array:
    """Return ∂²total/∂p∂q, (P, P) in the order of `places`: how backpropagation's gradient changes with q.

    selection: the q, one column each; all parameters when left out.
    Past a kink it is the second derivative on the side on which the real part lies.
    """
    here = point(spec, None)
    columns = []
    for place in places(spec) if selection is None else selection:
        moved = Parameters(*(tuple(array.astype(np.complex128) for array in arrays) for arrays in here))
        (moved.weights if place.kind == "w" else moved.biases)[place.layer - 1].flat[place.position] += 1j * STEP
        found = gradients(spec, moved)
        pairs = zip(found.weights, found.biases, strict=True)
        columns.append(np.concatenate([array.ravel().imag for pair in pairs for array in pair]) / STEP)
    return np.stack(columns, axis=1)


def jacobian(spec: Spec) -> Array:
    """Return ∂out_o/∂x_i of each of N samples, (N, outputs, inputs)."""
    inputs, targets = data(spec)
    plan, here = Plan.of(spec), point(spec, None)
    columns = []
    for number in range(inputs.shape[1]):
        moved = inputs.astype(np.complex128)
        moved[:, number] += 1j * STEP
        columns.append(run_forward(plan, here, moved, targets).out[-1].imag / STEP)
    return np.stack(columns, axis=2)
