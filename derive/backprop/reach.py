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
        net = net - net.min(axis=1, keepdims=True) if row.layer else net
        for farthest, beyond in ((net.min(), net.min() < row.reach.low), (net.max(), net.max() > row.reach.high)):
            if beyond:
                raise DeriveError(
                    f"its net inputs reach {farthest:.4g}, where {layer.activation} is flat to more than 40 digits, "
                    "or its exponentials are beyond doubles",
                    where=where, allowed=f"net inputs {row.reach}", hint=hint,
                )  # fmt: skip
    if not all(np.isfinite(array).all() for array in (state.total, *found.weights, *found.biases)):
        raise DeriveError(
            "the error or its derivatives are too large for doubles", allowed="up to 1e308",
            hint="smaller inputs, weights or targets",
        )  # fmt: skip
