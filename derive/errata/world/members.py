"""The quantities of a layered network, one by one: all of a kind, and those that one may be mistaken for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product as every

from derive.derivation import trained
from derive.errata.world.names import FREE, OWN, TOTAL
from derive.expression import Diff, Expr, Var
from derive.spec import Spec

ALIKE = 80  # quantities that one of them may be mistaken for
SAMPLES = 12  # whose quantities are gone through
OF_SAMPLES = ("x", "t", "net", "out", "E", "delta")
"""Kinds of quantities that each sample has for itself."""


class Members:
    """The quantities of a network."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def sample(self, kind: str) -> int:
        """Return the first sample that has quantities of a kind for itself; 0 where none has."""
        return 1 if self.spec.samples > 1 and kind in OF_SAMPLES else 0

    def of(self, kind: str) -> Iterator[Var]:
        """Yield all quantities of a kind."""
        first = self.sample(kind)
        for sample in range(first, min(self.spec.samples, SAMPLES) + 1 if first else 1):
            yield from self._of(kind, sample)

    def _of(self, kind: str, sample: int) -> Iterator[Var]:
        sizes, layers = self.spec.sizes, self.spec.layers
        if kind == "x":
            yield from (Var("x", 0, (k,), sample) for k in range(1, sizes[0] + 1))
            return
        for layer in range(len(layers) if kind in ("t", "E") else 1, len(layers) + 1):
            if kind == "w":
                places = every(range(1, sizes[layer] + 1), range(1, sizes[layer - 1] + 1))
                yield from (Var("w", layer, place) for place in places)
            elif kind == "b" and layers[layer - 1].bias == "shared":
                yield Var("b", layer)
            elif kind != "b" or layers[layer - 1].bias != "none":
                yield from (Var(kind, layer, (j,), sample) for j in range(1, sizes[layer] + 1))

    def quantities(self) -> Iterator[Expr]:
        """Yield everything that a printed number may be the value of, the simplest first."""
        for kind in ("x", "w", "b", "net", "out", "t", "E", "delta"):
            yield from self.of(kind)
        yield TOTAL
        for kind in ("w", "b", "out", "net"):
            yield from (Diff(TOTAL, member) for member in self.of(kind))
        for kind in ("w", "b"):
            for member in self.of(kind):
                if trained(self.spec, member):
                    yield Var(f"{kind}+", member.layer, member.index)
        for out in self.of("out"):
            yield Diff(out, Var("net", out.layer, out.index, out.sample), True)
        last = len(self.spec.layers)
        for error in self.of("E"):
            for out in self.of("out"):
                if out.layer == last - 1 and out.sample == error.sample:
                    yield Diff(error, out)

    def alike(self, var: Var) -> list[Var]:
        """Return the quantities that one may be mistaken for, the most similar first."""
        kind = var.kind.removesuffix("+")
        if kind in (OWN, FREE):
            return []
        if kind in ("E", "total"):
            others = [*self.of("E"), TOTAL]
        elif kind == "eta":
            others = []
        else:
            others = [Var(var.kind, each.layer, each.index, each.sample) for each in self.of(kind)]
        if kind == "net":
            others += self.of("out")
        elif kind == "out":
            others += [*self.of("net"), *self.of("x")]
        elif kind == "x":
            others += [each for each in self.of("out") if each.layer == 1]

        def unlike(each: Var) -> tuple[bool, bool, bool, bool]:
            return each.kind != var.kind, each.sample != var.sample, each.layer != var.layer, each.index != var.index

        return sorted([each for each in others if each != var], key=unlike)[:ALIKE]
