"""The world of a document about a layered network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from derive.diagnose.values import Quantity
from derive.differentiate import derive
from derive.errata import optimising
from derive.errata.naming import Forms, Reading, Ref, exists
from derive.errata.world.members import Members
from derive.errata.world.names import FREE, OWN, TOTAL, Table, place_of, transposed
from derive.errata.world.world import World, derived
from derive.expression import Diff, Expr, Var
from derive.notation import notation
from derive.read.written.tree import Name
from derive.spec import Spec
from derive.vocabulary import ACTIVATIONS, find

LARGEST = 400  # parameters of a network whose quantities are gone through one by one


class LayeredWorld(World):
    """A feed-forward network."""

    def __init__(self, spec: Spec, seed: int) -> None:
        self.spec = spec
        self.notation = notation(spec)
        self.derivation = derive(spec, self.notation)
        super().__init__(self.derivation.definitions, self.derivation.point, seed)
        self.forms, self._members = Forms(spec), Members(spec)
        self.network = spec.name
        self._readings: dict[tuple[str, ...], Sequence[Reading]] = {}
        last, size = len(spec.layers), spec.sizes[-1]
        if find(ACTIVATIONS, spec.layers[-1].activation)[1].layer and spec.samples == 1:
            self.slopes = tuple(
                tuple([Diff(Var("out", last, (i,)), Var("net", last, (j,)), True) for j in range(1, size + 1)])
                for i in range(1, size + 1)
            )  # fmt: skip
        if spec.training.optimiser.name != "gradient descent":
            self.own.update(optimising.names(spec, self.derivation, self.notation))

    def readings(self, name: Name) -> Sequence[Reading]:
        key = name.base, name.sub, name.sup, name.accent, str(name.primes)
        if key not in self._readings:
            self._readings[key] = self.forms.readings(name)
        return self._readings[key]

    def label(self, e: Var) -> str:
        if e.kind in (OWN, FREE):
            return super().label(e)
        return self.notation.label(e).text

    def letters(self) -> range:
        return range(1, max(*self.spec.sizes, len(self.spec.layers)) + 1)

    def sloped(self, name: str, arg: Expr) -> Expr:
        if self._is_own(name, arg) and isinstance(arg, Var):
            return Diff(Var("out", arg.layer, arg.index, arg.sample), arg, True)
        return super().sloped(name, arg)

    def activated(self, name: str, arg: Expr) -> Expr:
        if self._is_own(name, arg) and isinstance(arg, Var) and find(ACTIVATIONS, name)[1].layer:
            return Var("out", arg.layer, arg.index, arg.sample)  # of all net inputs together
        return super().activated(name, arg)

    def _is_own(self, name: str, arg: Expr) -> bool:
        """Return whether an activation is that of the layer whose net input `arg` is."""
        return isinstance(arg, Var) and arg.kind == "net" and self.spec.layers[arg.layer - 1].activation == name

    def resolve(self, ref: Ref, binding: Mapping[str, int]) -> Expr | Table | None:
        layer = place_of(ref.layer, binding) if ref.layer is not None else 0
        if layer is None:
            return None
        kind = ref.kind + ("+" if ref.updated else "")
        if ref.kind in ("total", "eta"):
            return Var(kind)
        if ref.kind == "out" and layer == 0:
            kind, ref = "x", Ref("x", 0, ref.index, sample=ref.sample)
        if layer < 0 or layer > len(self.spec.layers):
            return None
        sample = ref.sample or self._members.sample(ref.kind)
        if ref.index is not None:
            index = tuple(place_of(place, binding) for place in ref.index)
            if any(place is None for place in index):
                return None
            var = Var(kind, layer, tuple(place for place in index if place is not None), sample)
            return var if exists(var, self.spec) else None
        return self._whole(ref, kind, layer, sample)

    def _whole(self, ref: Ref, kind: str, layer: int, sample: int) -> Table | None:
        """Return the vector or matrix of a whole layer; None where there is none."""
        size = self.spec.sizes[layer]
        if ref.kind in ("w", "b") and (layer < 1 or (ref.kind == "b" and self.spec.layers[layer - 1].bias == "none")):
            return None
        if ref.kind == "w":
            columns = range(1, self.spec.sizes[layer - 1] + 1)
            rows = tuple([tuple([Var(kind, layer, (j, k)) for k in columns]) for j in range(1, size + 1)])
            return transposed(rows) if ref.turned else rows
        every = sample and ref.sample is None  # a column for each sample
        samples = range(1, self.spec.samples + 1) if every else (sample,)
        return tuple([tuple([Var(kind, layer, (j,), s) for s in samples]) for j in range(1, size + 1)])

    @property
    def activation(self) -> str:
        every_one = {layer.activation for layer in self.spec.layers}
        return next(iter(every_one)) if len(every_one) == 1 else "sigmoid"

    def activation_of(self, arg: Expr) -> str:
        if isinstance(arg, Var) and arg.kind == "net":
            return self.spec.layers[arg.layer - 1].activation
        return self.activation

    def quantities(self) -> Iterator[Expr]:
        if self.spec.parameter_count <= LARGEST:
            yield from self._members.quantities()

    def _other_derivatives(self, e: Diff) -> list[Expr]:
        found = super()._other_derivatives(e)
        if e.of.kind == "out" and e.wrt.kind == "net":  # the slope of another neuron
            for of in self._alike(e.of):
                if of.kind == "out":
                    found.append(Diff(of, Var("net", of.layer, of.index, of.sample), e.local))
        return found

    def _alike(self, var: Var) -> list[Var]:
        return self._members.alike(var)

    def quantity(self, e: Expr) -> Quantity | None:
        match e:
            case Var("total"):
                return Quantity("loss")
            case Var(("net" | "out" | "delta") as kind, layer, index, sample):
                return Quantity(kind, layer, tuple(map(int, index)), int(sample) or 1)
            case Var(("w+" | "b+") as kind, layer, index):
                place = tuple(map(int, index)) or (1,)
                return Quantity("w" if kind == "w+" else "b", layer, place, steps=1)
            case Diff(Var("total"), Var(("w" | "b") as kind, layer, index)):
                place = tuple(map(int, index)) or (1,)
                return Quantity("dE/dw" if kind == "w" else "dE/db", layer, place)
            case Diff(Var("total"), Var("out", layer, index, sample)):
                return Quantity("dE/dout", layer, tuple(map(int, index)), int(sample) or 1)
            case Diff(Var("total"), Var("net", layer, index, sample)):
                return Quantity("delta", layer, tuple(map(int, index)), int(sample) or 1)
        return None

    def formula(self, e: Expr) -> Expr | None:
        if isinstance(e, Var) and e.kind == "delta":
            e = Diff(TOTAL, Var("net", e.layer, e.index, e.sample))
        return derived(self.derivation, e) if isinstance(e, Diff) else super().formula(e)
