"""Whether the numbers of a network are ones to calculate with: within doubles, and not lost in rounding."""

from __future__ import annotations

import numpy as np

from derive.backprop.network import forward, gradients
from derive.errors import DeriveError
from derive.spec import Spec
from derive.vocabulary import ACTIVATIONS, bind


def check_reach(spec: Spec) -> None:
    """Raise DeriveError where no derivative of `spec` could be told from another, or some are beyond doubles."""
    hint = "smaller inputs or weights; inputs are best scaled to between -1 and 1"
    with np.errstate(all="ignore"):
        state = forward(spec)
        found = gradients(spec)
    for number, (layer, net) in enumerate(zip(spec.layers, state.net, strict=True)):
        where = f"layers[{number}] (layer {number + 1})"
        if not np.isfinite(net).all():
            raise DeriveError("its net inputs are too large for doubles", where=where, allowed="up to 1e308", hint=hint)
        row = bind(ACTIVATIONS, layer.activation)
        # What looks at a whole layer (softmax) sees differences only.
        reach = np.ptp(net, axis=1).max() if row.layer else np.abs(net).max()
        if reach > row.flat:
            raise DeriveError(
                f"its net inputs reach {reach:.4g}, where {layer.activation} is flat to more than 40 digits",
                where=where, allowed=f"net inputs up to {row.flat:g}", hint=hint,
            )  # fmt: skip
    if not all(np.isfinite(array).all() for array in (state.total, *found.weights, *found.biases)):
        raise DeriveError(
            "the error or its derivatives are too large for doubles", allowed="up to 1e308",
            hint="smaller inputs, weights or targets",
        )  # fmt: skip
