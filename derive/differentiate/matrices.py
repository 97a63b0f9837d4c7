"""The equations of a whole layer at once, as matrices with one column a sample; entries are the scalar equations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.derivation import MatrixForm, Step
from derive.expression import (
    ONE,
    Add,
    Diff,
    Expr,
    Hadamard,
    MatMul,
    Matrix,
    Named,
    Transpose,
    Var,
)
from derive.spec import Spec
from derive.vocabulary import ACTIVATIONS, find

if TYPE_CHECKING:
    from derive.differentiate.passages import Passages

TOTAL = Var("total")
MAX_ENTRIES = 400  # a larger matrix is no help on a page


class Matrices:
    """The matrix form of each layer: forward, error signals, gradients, update."""

    def __init__(self, spec: Spec, passages: Passages) -> None:
        self._spec = spec
        self._passages = passages

    def __getitem__(self, layer: int) -> tuple[Step, ...]:
        """Return the steps of `layer` (from 1); () where its matrices would be too large for a page."""
        fan_in, size = self._spec.sizes[layer - 1], self._spec.sizes[layer]
        if not 1 <= layer <= len(self._spec.layers):
            raise KeyError(layer)
        if max(fan_in * size, size * self._spec.samples, fan_in * self._spec.samples) > MAX_ENTRIES:
            return ()
        steps = [self._forward(layer)]
        # Softmax has another Jacobian for each sample, so that several samples have no matrix form in one line.
        if not self._mixes(layer) or self._spec.samples == 1:
            steps.append(self._backward(layer))
        if self._spec.penalty:  # these have a term more, which no matrix of the layer holds
            return tuple(steps)
        steps.append(self._weight_gradient(layer))
        if self._spec.layers[layer - 1].bias != "none":
            steps.append(self._bias_gradient(layer))
        return tuple(steps)

    def _mixes(self, layer: int) -> bool:
        """Return whether an output of `layer` depends on all its net inputs, as with softmax."""
        return find(ACTIVATIONS, self._spec.layers[layer - 1].activation)[1].layer

    @property
    def _samples(self) -> list[int]:
        return list(range(1, self._spec.samples + 1)) if self._spec.samples > 1 else [0]

    def _columns(self, kind: str, layer: int) -> Named:
        """A quantity of every neuron (row) for every sample (column)."""
        kind_below = "x" if kind == "out" and layer == 0 else kind
        rows = tuple(
            tuple(Var(kind_below, layer, (j,), s) for s in self._samples) for j in range(1, self._spec.sizes[layer] + 1)
        )
        return Named(kind_below, layer, Matrix(rows))

    def _weights(self, layer: int) -> Named:
        size, fan_in = self._spec.sizes[layer], self._spec.sizes[layer - 1]
        rows = tuple(tuple(Var("w", layer, (j, k)) for k in range(1, fan_in + 1)) for j in range(1, size + 1))
        return Named("w", layer, Matrix(rows))

    def _bias(self, layer: int, neuron: int) -> Var:
        return Var("b", layer) if self._spec.layers[layer - 1].bias == "shared" else Var("b", layer, (neuron,))

    def _forward(self, layer: int) -> Step:
        affine: Expr = MatMul((self._weights(layer), self._columns("out", layer - 1)))
        if self._spec.layers[layer - 1].bias != "none":
            size = self._spec.sizes[layer]
            rows = tuple(tuple(self._bias(layer, j) for _ in self._samples) for j in range(1, size + 1))
            affine = Add((affine, Named("b", layer, Matrix(rows))))
        return Step(f"matrix form: net {layer}", MatrixForm, self._columns("net", layer), affine)

    def _backward(self, layer: int) -> Step:
        size = self._spec.sizes[layer]
        delta = self._columns("delta", layer)
        if layer < len(self._spec.layers):
            arriving: Expr = MatMul((Transpose(self._weights(layer + 1)), self._columns("delta", layer + 1)))
        else:
            rows = tuple(
                tuple(Diff(TOTAL, Var("out", layer, (j,), s)) for s in self._samples) for j in range(1, size + 1)
            )
            arriving = Named("dout", layer, Matrix(rows))
        if self._mixes(layer):
            return Step(f"matrix form: delta {layer}", MatrixForm, delta, self._through_jacobian(layer, arriving))
        slopes = tuple(
            tuple(Diff(Var("out", layer, (j,), s), Var("net", layer, (j,), s), local=True) for s in self._samples)
            for j in range(1, size + 1)
        )
        rhs = Hadamard((arriving, Named("slope", layer, Matrix(slopes))))
        return Step(f"matrix form: delta {layer}", MatrixForm, delta, rhs)

    def _through_jacobian(self, layer: int, arriving: Expr) -> Expr:
        """δ = Jᵀ ∂E/∂out, for one sample."""
        size = self._spec.sizes[layer]
        jacobian = tuple(
            tuple(Diff(Var("out", layer, (j,)), Var("net", layer, (i,)), local=True) for i in range(1, size + 1))
            for j in range(1, size + 1)
        )
        return MatMul((Transpose(Named("J", layer, Matrix(jacobian))), arriving))

    def _weight_gradient(self, layer: int) -> Step:
        size, fan_in = self._spec.sizes[layer], self._spec.sizes[layer - 1]
        rows = tuple(
            tuple(Diff(TOTAL, Var("w", layer, (j, k))) for k in range(1, fan_in + 1)) for j in range(1, size + 1)
        )
        rhs = MatMul((self._columns("delta", layer), Transpose(self._columns("out", layer - 1))))
        return Step(f"matrix form: dw {layer}", MatrixForm, Named("dw", layer, Matrix(rows)), rhs)

    def _bias_gradient(self, layer: int) -> Step:
        size = self._spec.sizes[layer]
        delta: Expr = self._columns("delta", layer)
        if self._spec.samples > 1:
            delta = MatMul((delta, Named("one", self._spec.samples, Matrix(((ONE,),) * self._spec.samples))))
        if self._spec.layers[layer - 1].bias == "shared":
            ones = Named("one", size, Matrix(((ONE,),) * size))
            lhs: Expr = Matrix(((Diff(TOTAL, Var("b", layer)),),))
            delta = MatMul((Transpose(ones), *(delta.args if isinstance(delta, MatMul) else (delta,))))
        else:
            lhs = Named("db", layer, Matrix(tuple((Diff(TOTAL, Var("b", layer, (j,))),) for j in range(1, size + 1))))
        return Step(f"matrix form: db {layer}", MatrixForm, lhs, delta)
