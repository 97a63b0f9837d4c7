"""Names for every quantity of one network, and the way back from a name to the quantity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from derive.errors import DeriveError, nearest, shown
from derive.expression import Diff, Index, Named, Var
from derive.notation.label import Label
from derive.notation.styles import LABEL, MATRIX, PARSE, unit
from derive.notation.updates import any_parameter, of_update
from derive.spec import NotationName

LONGEST = 60
_SAMPLED = ("x", "t", "net", "out", "E", "delta")
_MARKS = re.compile(r"(.*?)((?:\[\d{1,9}\])?)(\+?)", re.ASCII)


class Notation(Struct, frozen=True, dict=True):
    """Names for every quantity of a network.

    style: "mazur" or "indexed".
    sizes: the number of inputs, then of neurons in each layer.
    samples: how many samples there are.
    shared: for each layer, whether its neurons share one bias.
    own: the user's names (see `Spec.names`). A name for a quantity without its sample holds for every sample, and
        the name of a parameter also for the parameter after the update.
    """

    style: NotationName
    sizes: tuple[int, ...]
    samples: int
    shared: tuple[bool, ...]
    own: dict[Var, Label] = {}

    def label(self, name: Var | Named) -> Label:
        """Return what `name` is called."""
        if isinstance(name, Named):
            return MATRIX[self.style](name)
        return (self._own(name) if self.own else None) or self.standard(name)

    def _own(self, name: Var) -> Label | None:
        if name in self.own:
            return self.own[name]
        kind = name.kind.removesuffix("+")
        plus = "+" if kind != name.kind else ""
        if found := self.own.get(Var(kind, name.layer, name.index, name.sample)):
            return found.marked("", plus)
        found = self.own.get(Var(kind, name.layer, name.index))
        return found.marked(f"[{name.sample}]", plus) if found else None

    def standard(self, name: Var) -> Label:
        """Return what the style calls `name`, whatever the user does."""
        kind = name.kind.removesuffix("+")
        sample = f"[{name.sample}]" if name.sample else ""
        if kind in ("w", "b") and not name.layer:
            found = any_parameter(self._taken)
        else:
            found = of_update(kind, name, self.label, self._taken) or LABEL[self.style](self.sizes, kind, name)
        return found.marked(sample, "+" if kind != name.kind else "")

    def _taken(self, label: Label) -> bool:
        return any(
            (own.base, own.sub) == (label.base, label.sub) or own.ascii == label.ascii for own in self._own_labels
        )

    @cached_property
    def _own_labels(self) -> tuple[Label, ...]:
        return tuple(self.own.values())

    def unit(self, layer: Index, neuron: Index) -> str:
        """Return what mazur calls a neuron: i1, h1 (h2,1 with several hidden layers), o1."""
        return unit(self.sizes, layer, neuron)

    def find(self, text: str) -> Var:
        """Return the quantity that `text` names, as `label(…).ascii` writes it. Raises DeriveError."""
        var = self._find_own(text) or self.parse(text)
        if var is None or self.label(var).ascii != text:
            raise DeriveError(
                f"there is no quantity {shown(text)} in this network", allowed=f"names such as {self._examples()}",
                hint=self._nearest(text),
            )  # fmt: skip
        return var

    def quantity(self, text: str) -> Var:
        """Return what `text` names and the error can be differentiated by: δ_o1 stands for net_o1.

        The names of the other styles are understood as well, where they are no names here. Raises DeriveError.
        """
        try:
            var = self.find(text)
        except DeriveError:
            found = [replace(self, style=style, own={}).parse(text) for style in PARSE if style != self.style]
            if not any(found):
                raise
            var = next(other for other in found if other is not None)
        if var.kind == "delta":
            return Var("net", var.layer, var.index, var.sample)
        if var.kind not in ("w", "b", "x", "net", "out"):
            raise DeriveError(
                f"{shown(text)} is nothing to differentiate the error by",
                allowed=f"weights, biases, inputs and what is made of them, such as {self._examples()}",
                hint=self.label(Var("w", 1, (1, 1))).ascii,
            )  # fmt: skip
        return var

    def held(self, e: Diff) -> tuple[Var, ...]:
        """Return the names that a local derivative holds fixed, where it must be told from the whole derivative."""
        return ()

    def _nearest(self, text: str) -> str:
        names = (self.label(v).ascii for v in islice(self._some(), 400))
        return nearest(text, names) or "derive show prints the names"

    def _find_own(self, text: str) -> Var | None:
        match = _MARKS.fullmatch(text[: LONGEST + 1])
        root, sample, plus = match.groups() if match else ("", "", "")
        for var, label in self.own.items():
            if label.ascii == root:
                found = Var(var.kind + plus, var.layer, var.index, int(sample[1:-1]) if sample else var.sample)
                return found if self._exists(found) else None
        return None

    def parse(self, text: str, *, any_sample: bool = False) -> Var | None:
        """Return the quantity that the style calls `text`, or None. Takes time that does not grow with the network.

        any_sample: whether the name of a quantity without its sample will do.
        """
        neuron = "[ho]?" if self.style == "mazur" else ""
        pattern = rf"(E_total|[A-Za-z_]+?)_?({neuron}\d+(?:_\d+)*)?((?:\[\d+\])?)(\+?)"
        match = re.fullmatch(pattern, text[: LONGEST + 1], re.ASCII)
        if not match or len(text) > LONGEST:
            return None
        head, place, sample, plus = match.groups()
        letter = place[0] if place and place[0].isalpha() else ""
        numbers = [int(n) for n in re.findall(r"\d+", place or "")]
        found = PARSE[self.style](self.sizes, head, letter, numbers)
        if found is None:
            return None
        var = Var(found.kind + plus, found.layer, found.index, int(sample[1:-1]) if sample else 0)
        known = self._exists(var, any_sample=any_sample)
        return var if known and self.standard(var).ascii == text else None

    def _exists(self, var: Var, *, any_sample: bool = False) -> bool:
        kind, last = var.kind.removesuffix("+"), len(self.sizes) - 1
        sampled = kind in _SAMPLED and self.samples > 1 and not (any_sample and var.sample == 0)
        if not (1 <= int(var.sample) <= self.samples if sampled else var.sample == 0):
            return False
        if var.kind != kind and kind not in ("w", "b"):
            return False
        if kind in ("total", "eta"):
            return var.index == ()
        if kind == "x":
            limits: tuple[int, ...] = self.sizes[:1] if var.layer == 0 else ()
        elif not 1 <= var.layer <= last or (kind in ("t", "E") and var.layer != last):
            return False
        elif kind == "w":
            limits = (self.sizes[var.layer], self.sizes[var.layer - 1])
        else:
            limits = () if kind == "b" and self.shared[var.layer - 1] else (self.sizes[var.layer],)
        return len(limits) == len(var.index) and all(1 <= int(i) <= n for i, n in zip(var.index, limits, strict=True))

    def _weights(self) -> str:
        first, last = Var("w", 1, (1, 1)), Var("w", len(self.sizes) - 1, (self.sizes[-1], self.sizes[-2]))
        return f"{self.label(first).ascii} … {self.label(last).ascii}"

    def _examples(self) -> str:
        net = Var("net", len(self.sizes) - 1, (1,), 1 if self.samples > 1 else 0)
        return f"{self._weights()}, {self.label(net).ascii}, {self.label(Var('total')).ascii}"

    def _some(self) -> Iterator[Var]:
        """Yield names to suggest: those of the first neurons of every layer."""
        sample = 1 if self.samples > 1 else 0
        few = [range(1, min(size, 9) + 1) for size in self.sizes]
        layers = range(1, len(self.sizes))
        yield from (Var("w", layer, (j, k)) for layer in layers for j in few[layer] for k in few[layer - 1])
        for layer in layers:
            yield from [Var("b", layer)] if self.shared[layer - 1] else [Var("b", layer, (j,)) for j in few[layer]]
        yield from (Var(kind, n, (j,), sample) for n in layers for j in few[n] for kind in ("net", "out", "delta"))
        yield from (Var(kind, len(self.sizes) - 1, (j,), sample) for j in few[-1] for kind in ("t", "E"))
        yield from (Var("x", 0, (k,), sample) for k in few[0])
        yield from (Var("total"), Var("eta"))
