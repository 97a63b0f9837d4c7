"""Forward and backward through a network, vectorised over samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from derive.errors import DeriveError
from derive.spec import Spec
from derive.vocabulary import ACTIVATIONS, LOSSES, Activation, Array, Fused, Shrinking, bind, find, loss_over


class Parameters(NamedTuple):
    """A point in parameter space, or a quantity for each parameter.

    weights: for layer l an array (n_l, n_{l−1}).
    biases: for layer l an array (0,) without biases, (1,) for a shared one, else (n_l,).
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]


class Forward(NamedTuple):
    """Everything between the inputs and the error; N samples, layers of n_1 … n_L neurons.

    net: for layer l = 1 … L an array (N, n_l), at index l − 1.
    out: for layer l = 0 … L an array (N, n_l), at index l; out[0] holds the inputs.
    terms: E of each output of each sample, (N, n_L).
    total: the whole error, a float64 (complex128 where the parameters are complex).
    penalty: what of it is a penalty on parameters.
    """

    net: tuple[Array, ...]
    out: tuple[Array, ...]
    terms: Array
    total: Any
    penalty: Any = 0.0


class Gradients(NamedTuple):
    """∂total/∂parameter, in the shapes of `Parameters`; and `delta`, for each layer ∂total/∂net, (N, n_l)."""

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    delta: tuple[Array, ...]


def parameters(spec: Spec) -> Parameters:
    """Return the weights and biases of `spec` as doubles, copied: they are yours to change."""
    return Parameters(tuple(w.copy() for w, _ in spec.arrays), tuple(b.copy() for _, b in spec.arrays))


def forward(spec: Spec, parameters: Parameters | None = None) -> Forward:
    """Return net inputs, activations and errors at `parameters` (real or complex), or at those of the spec.

    ReLU is decided by the real part. Raises DeriveError where a shape is not the spec's.
    """
    inputs, targets = data(spec)
    return run_forward(Plan.of(spec), point(spec, parameters), inputs, targets)


def gradients(spec: Spec, parameters: Parameters | None = None) -> Gradients:
    """Return the derivative of the total error by every parameter, trained or not, by backpropagation.

    Rumelhart, Hinton & Williams, Learning representations by back-propagating errors, Nature 323 (1986).
    Raises DeriveError where a shape is not the spec's.
    """
    inputs, targets = data(spec)
    plan, here = Plan.of(spec), point(spec, parameters)
    return run_gradients(plan, here, run_forward(plan, here, inputs, targets), targets)


# ── What runs it, shared with the differences and the training ───────────────────────────────────────────────


class Plan(NamedTuple):
    """The functions of a network, looked up once. total = `scale` · Σ terms + the penalty.

    sides: of the loss, where it has kinks.
    """

    activations: tuple[Activation, ...]
    loss: Fused
    scale: float
    sides: Callable[..., Array] | None = None
    penalty: Shrinking = Shrinking()

    @classmethod
    def of(cls, spec: Spec, samples: int | None = None) -> Plan:
        """Return the plan for a batch of `samples` rows; all rows of the spec when left out."""
        scale = 1.0
        if find(LOSSES, spec.loss)[1].mean:
            scale /= spec.sizes[-1]
        if spec.batch == "mean":
            scale /= spec.samples if samples is None else samples
        return cls(
            tuple(bind(ACTIVATIONS, layer.activation) for layer in spec.layers),
            loss_over(spec.loss, spec.layers[-1].activation),
            scale,
            bind(LOSSES, spec.loss).sides,
            Shrinking(float(spec.penalty.l1), float(spec.penalty.l2), spec.penalty.biases),
        )

    def penalised(self, here: Parameters) -> tuple[Array, ...]:
        """Return the arrays that the penalty is on."""
        return (*here.weights, *here.biases) if self.penalty.biases else here.weights

    @property
    def smooth(self) -> bool:
        """Whether no function has a kink."""
        return (
            self.penalty.l1 == 0.0
            and self.sides is None
            and all(activation.sides is None for activation in self.activations)
        )


def data(spec: Spec) -> tuple[Array, Array]:
    """Return inputs (N, n_0) and targets (N, n_L) as doubles."""
    return np.array(spec.inputs, dtype=np.float64), np.array(spec.targets, dtype=np.float64)


def point(spec: Spec, given: Parameters | None) -> Parameters:
    """Return `given`, or the parameters of the spec. Raises DeriveError where a shape is not the spec's."""
    if given is None:
        return parameters(spec)
    weights, biases = zip(*spec.arrays, strict=True)
    return Parameters(_like(weights, given.weights, "weights"), _like(biases, given.biases, "biases"))


def _like(expected: Sequence[Array], given: Sequence[Array], what: str) -> tuple[Array, ...]:
    if len(given) != len(expected):
        raise DeriveError(f"there are {what} for {len(given)} layers, and the network has {len(expected)}")
    arrays = tuple(np.asarray(array) for array in given)
    for layer, (array, model) in enumerate(zip(arrays, expected, strict=True), 1):
        if array.shape != model.shape:
            raise DeriveError(
                f"the {what} of layer {layer} have shape {array.shape}", allowed=str(model.shape),
                hint="transpose the array" if array.T.shape == model.shape else "",
            )  # fmt: skip
    return arrays


def run_forward(plan: Plan, here: Parameters, inputs: Array, targets: Array, first: int = 0) -> Forward:
    """Return the forward pass; where `first` > 0, from the outputs of that layer (`inputs`) upwards."""
    nets: list[Array] = []
    outs = [inputs]
    for activation, w, b in zip(plan.activations[first:], here.weights[first:], here.biases[first:], strict=True):
        net = outs[-1] @ w.T
        if b.size:
            net = net + b  # not in place: either may be the complex one
        nets.append(net)
        outs.append(activation.value(net))
    terms = plan.loss.terms(targets, nets[-1], outs[-1])
    total = plan.scale * terms.sum()
    if plan.penalty == Shrinking():
        return Forward(tuple(nets), tuple(outs), terms, total)
    penalty = sum(plan.penalty.value(array).sum() for array in plan.penalised(here))
    return Forward(tuple(nets), tuple(outs), terms, total + penalty, penalty)


def run_backward(plan: Plan, here: Parameters, state: Forward, targets: Array) -> list[Array]:
    """Return δ of every layer: δ_L from the loss, then δ_{l−1} from δ_l through the weights between them."""
    deltas = [plan.scale * plan.loss.delta(targets, state.net[-1], state.out[-1])]
    for layer in range(len(state.net) - 2, -1, -1):
        slope = deltas[-1] @ here.weights[layer + 1]
        deltas.append(plan.activations[layer].pull_back(state.net[layer], state.out[layer + 1], slope))
    deltas.reverse()
    return deltas


def run_gradients(plan: Plan, here: Parameters, state: Forward, targets: Array) -> Gradients:
    """Return the derivative of the total error by every parameter, where `state` is the forward pass at `here`."""
    delta = run_backward(plan, here, state, targets)
    weights = tuple(weight_gradient(d, below) for d, below in zip(delta, state.out, strict=False))
    biases = tuple(bias_gradient(d, b) for d, b in zip(delta, here.biases, strict=True))
    slope = plan.penalty.slope
    if plan.penalty != Shrinking():
        weights = tuple(g + slope(w) for g, w in zip(weights, here.weights, strict=True))
        biases = tuple(g + slope(b) if plan.penalty.biases else g for g, b in zip(biases, here.biases, strict=True))
    return Gradients(weights, biases, tuple(delta))


def weight_gradient(delta: Array, below: Array) -> Array:
    """Return ∂total/∂w_jk = Σ_s δ_sj out_sk, (n_l, n_{l−1})."""
    return np.asarray(delta.T @ below)


def bias_gradient(delta: Array, bias: Array) -> Array:
    """Return ∂total/∂b in the shape of `bias`: Σ_s δ_sj; for a shared bias summed over the neurons as well."""
    if bias.size == delta.shape[1]:
        return np.asarray(delta.sum(axis=0))
    return np.asarray(delta.sum(keepdims=True)[0] if bias.size else np.empty(0, delta.dtype))
