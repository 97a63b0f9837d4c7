"""Functions by hand that keep their digits for every finite argument, and are analytic wherever the function is.

Order among complex numbers (for the complex step) is NumPy's, real part first; where that leaves a choice, both
branches are the same function. Where the real part alone decides, it is asked by name.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""float64, or complex128 where the parameters are complex."""

_erf = np.vectorize(math.erf, otypes=[np.float64])
_erfc = np.vectorize(math.erfc, otypes=[np.float64])


# ── Of one net input ─────────────────────────────────────────────────────────────────────────────────────────


def absolute(x: Array) -> Array:
    """Return |x| as x or −x, by the sign of the real part."""
    return np.where(x.real < 0.0, -x, x)


def decay(x: Array) -> Array:
    """Return e^−|x|, in which no exponent is positive."""
    return np.exp(np.minimum(x, -x))


def sigmoid(x: Array) -> Array:
    """Return 1/(1 + e^−x), multiplied through by e^min(x, 0) so that no exponent is positive."""
    return np.exp(np.minimum(x, 0.0)) / (1.0 + decay(x))


def sigmoid_slope(x: Array) -> Array:
    """Return σ′ = σ(1 − σ) = e/(1 + e)² with e = e^−|x|: even in x, and no digits lost where σ rounds to 1."""
    e = decay(x)
    return e / (1.0 + e) ** 2


def tanh_slope(x: Array) -> Array:
    """Return tanh′ = 1 − tanh², by tanh(x) = 2σ(2x) − 1."""
    return 4.0 * sigmoid_slope(2.0 * x)


def softplus(x: Array) -> Array:
    """Return ln(1 + e^x). −ln σ(x) is softplus(−x)."""
    return np.maximum(x, 0.0) + np.log1p(decay(x))


def erf(x: Array) -> Array:
    """Return the error function.

    Complex values are right to first order in the imaginary part only: erf(a) + i b erf′(a). For a complex step of
    1e-100 that is all that a double can hold.
    """
    return _first_order(_erf(x.real), x, 2.0 / math.sqrt(math.pi))


def erfc(x: Array) -> Array:
    """Return 1 − erf(x), which keeps its digits where erf is near 1; for complex values see `erf`."""
    return _first_order(_erfc(x.real), x, -2.0 / math.sqrt(math.pi))


def _first_order(value: Array, x: Array, scale: float) -> Array:
    if not np.iscomplexobj(x):
        return value
    # Beyond 40 the slope is below the smallest double; the square of more might be above the largest.
    return np.asarray(value + 1j * x.imag * scale * np.exp(-(np.minimum(np.abs(x.real), 40.0) ** 2)))


# ── Of a whole layer, row by row ─────────────────────────────────────────────────────────────────────────────


def top(net: Array) -> NDArray[np.intp]:
    """Return the place of the largest net input of each row, (N, 1)."""
    return np.asarray(np.argmax(net.real, axis=1, keepdims=True))


def below_top(net: Array) -> Array:
    """Return net minus the largest of its row: nothing above 0, so that `exp` cannot overflow."""
    return np.asarray(net - np.take_along_axis(net, top(net), axis=1))


def softmax(net: Array) -> Array:
    weights = np.exp(below_top(net))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def softmax_surprise(net: Array) -> Array:
    """Return −ln softmax(net), (N, n). The largest term of Σ e^(net − max) is the 1 of log1p."""
    below = below_top(net)
    return np.asarray(np.log1p(_without_top(net, np.exp(below))) - below)


def softmax_complement(net: Array) -> Array:
    """Return 1 − softmax(net), (N, n); for the largest output as the sum of the others."""
    out = softmax(net)
    complement = 1.0 - out
    np.put_along_axis(complement, top(net), _without_top(net, out), axis=1)
    return np.asarray(complement)


def softmax_without_top(net: Array) -> Array:
    """Return the softmax of each row without its largest net input, which has 0, (N, n)."""
    weights = np.exp(_rest_below(net)[0])
    np.put_along_axis(weights, top(net), 0.0, axis=1)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def complement_surprise(net: Array) -> Array:
    """Return −ln(1 − softmax(net)), (N, n); for the largest output by the sum of the others, on their own scale."""
    below, scale = _rest_below(net)
    surprise = -np.log1p(-np.minimum(softmax(net), 0.5))  # only the largest can be above ½
    rest = np.log(_without_top(net, np.exp(below))) + scale
    every = np.log1p(_without_top(net, np.exp(below_top(net)))) + np.take_along_axis(net, top(net), axis=1)
    np.put_along_axis(surprise, top(net), every - rest, axis=1)
    return np.asarray(surprise)


def _rest_below(net: Array) -> tuple[Array, Array]:
    """Return net minus the second largest of its row, (N, n), 0 in the place of the largest; and that, (N, 1)."""
    rest = net.copy()
    np.put_along_axis(rest, top(net), -np.inf, axis=1)
    scale = np.take_along_axis(rest, top(rest), axis=1)
    np.put_along_axis(rest, top(net), scale, axis=1)
    return np.asarray(rest - scale), scale


def others(values: Array) -> Array:
    """Return Σ_{k≠i} values_k for each i, (N, n)."""
    return np.asarray(values.sum(axis=1, keepdims=True) - values)


def _without_top(net: Array, values: Array) -> Array:
    """Return the sum of each row of `values` without its entry at the largest net input, (N, 1)."""
    rest = values.copy()
    np.put_along_axis(rest, top(net), 0.0, axis=1)
    return np.asarray(rest.sum(axis=1, keepdims=True))
