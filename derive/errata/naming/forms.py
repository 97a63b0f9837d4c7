"""Every way to read a name: by its letter, and by what its scripts may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from derive.errata.naming.biases import Biases
from derive.errata.naming.neurons import Neurons
from derive.errata.naming.refs import Place, Reading, Ref, Shape
from derive.errata.naming.scripts import samples
from derive.errata.naming.weights import Weights
from derive.errata.naming.words import HATTED, KINDS, NEW, OF_SAMPLES, OLD, TOTALS
from derive.read.written.tree import Name
from derive.spec import Spec


class _Written(NamedTuple):
    """A name without what says that it is new or old: what its letter may stand for, and its scripts."""

    kinds: tuple[str, ...]
    base: str
    sub: str
    sup: str
    updated: bool


class Forms:
    """Readings of names for the network `spec`."""

    def __init__(self, spec: Spec) -> None:
        shape = Shape.of(spec)
        self.last, self.samples = shape.last, spec.samples
        self._neurons, self._weights, self._biases = Neurons(shape), Weights(shape), Biases(shape)

    def readings(self, name: Name) -> list[Reading]:
        """Return every way to read a name, the most usual first."""
        return list(dict.fromkeys(self._readings(name)))

    def _readings(self, name: Name) -> Iterator[Reading]:
        written = _written(name)
        if written is None:
            return
        others = False
        for sup, sample in samples(written.sup) if self.samples > 1 else [(written.sup, None)]:
            layers = self._layers(sup)
            for kind in written.kinds if layers is not None else ():
                weak = others
                for reading in self._of_kind(kind, written, layers or ()):
                    if (ref := self._marked(reading.ref, written.updated, sample)) is not None:
                        others = True
                        mark = "" if sample is None else ", of a sample"
                        yield Reading(f"{kind} {reading.way}{mark}", ref, reading.weak or weak)
            others = True

    def _marked(self, ref: Ref, updated: bool, sample: int | None) -> Ref | None:
        """Return what a name refers to after the update, or of a sample; None where there is no such thing."""
        if updated and ref.kind not in ("w", "b"):
            return None
        if sample is not None and (ref.kind not in OF_SAMPLES or sample > self.samples):
            return None
        return replace(ref, updated=updated, sample=sample)

    def _layers(self, sup: str) -> tuple[Place, ...] | None:
        """Return the layers that a superscript may mean; () where there is none, None where it is something else."""
        text = sup.strip("()[]")
        if not text:
            return ()
        if text.isdigit():
            return (int(text),)
        if text in ("h", "hidden", "H") and self.last == 2:
            return (1,)
        if text in ("o", "out", "output", "O", "L"):
            return (self.last,)
        if re.fullmatch(r"(?:l|ell|L)(?:[+-]1)?", text):
            return (text.replace("ell", "l"),)
        if text in ("i", "n", "m") and sup.startswith("("):
            return ()  # the number of a sample
        return None

    def _of_kind(self, kind: str, written: _Written, layers: tuple[Place, ...]) -> Iterator[Reading]:
        kind, _, role = kind.partition("@")
        base, sub = written.base, written.sub
        if kind == "eta":
            if not sub and not layers:
                yield Reading("", Ref("eta", None, ()), base in ("n", "mu", "gamma", "epsilon"))
        elif kind == "total":
            if not layers and (not sub or sub in TOTALS):
                yield Reading("", Ref("total", None, ()))
        elif kind in ("x", "t", "E"):
            yield from self._neurons.ends(kind, sub, layers)
        elif kind == "w":
            yield from self._weights.readings(base, sub, layers)
        elif kind == "b":
            yield from self._biases.readings(sub, layers)
        else:
            yield from self._neurons.readings(kind, role, sub, layers)


def _written(name: Name) -> _Written | None:
    """Return a name without its marks; None where it is none of a network's."""
    base, sub, sup, updated = name.base, name.sub, name.sup, False
    if name.bold and base == "J":
        return None  # a matrix of slopes
    if name.accent not in ("", "hat") and base != "y":
        return None
    kinds = HATTED.get(base, ()) if name.accent == "hat" else KINDS.get(base, ())
    if name.accent == "bar":
        kinds = ("out@o",)
    if sup in NEW or sup.endswith("+"):
        updated, sup = True, "" if sup in NEW else sup[:-1]
    elif sup in OLD:
        sup = ""
    for mark in (",new", "new", "_new", "(new)", "+"):
        if (sub.endswith(mark) and sub != mark) or (sub == mark and base in ("w", "W", "b")):
            updated, sub = True, sub[: -len(mark)].rstrip(",")
    for mark in (",old", "old"):
        if sub.endswith(mark):
            sub = sub[: -len(mark)].rstrip(",")
    if name.primes:
        if name.primes > 1 or not {"w", "b"} & set(kinds):
            return None
        updated = True
    if base == "s" and not sub:
        return None  # the number of a sample
    return _Written(kinds, base, sub, sup, updated)
