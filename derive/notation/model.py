"""The names of a model: its author's own, each as it is written in the equations."""

from __future__ import annotations

import re
from functools import cached_property

from derive.errors import DeriveError, nearest, shown
from derive.expression import Diff, Named, Var, names
from derive.notation.label import GREEK, Label
from derive.notation.names import Notation
from derive.notation.updates import any_parameter, of_update
from derive.spec import Model

_INDEXED = re.compile(r"([^\[\]+]*)(?:\[(\d{1,9}(?:,\s*\d{1,9})?)\])?(\+?)", re.ASCII)
_RATES = ("eta", "alpha", "rate")


class ModelNotation(Notation, frozen=True, dict=True, kw_only=True):
    """What a model's quantities are called: w, W[1,2] for a place in a matrix, w+ after an update."""

    model: Model

    def label(self, name: Var | Named) -> Label:
        """Return what `name` is called."""
        assert isinstance(name, Var), "a model has no matrix form"
        kind = name.kind.removesuffix("+")
        plus = "+" if kind != name.kind else ""
        if kind == "w" and not name.layer:
            return any_parameter(self._taken).marked("", plus)
        if found := of_update(kind, name, self.label, self._taken):
            return found.marked("", plus)
        word = self._rate if kind == "eta" else self.model.name_of(Var(kind, name.layer))
        place = ",".join(map(str, name.index))
        base, sub = split(word)
        shown_place = ",".join(part for part in (sub, place) if part)
        whole = f"{word}[{place}]" if place else word
        return Label(base, shown_place, "", whole).marked("", plus)

    standard = label

    def _taken(self, label: Label) -> bool:
        return label.ascii in self._words or (label.base, label.sub) in map(split, self._words)

    @property
    def _words(self) -> tuple[str, ...]:
        return (*self.model.shapes, self._rate)

    def find(self, text: str) -> Var:
        """Return the quantity that `text` names. Raises DeriveError."""
        match = _INDEXED.fullmatch(text)
        word, place, plus = match.groups() if match else (text, None, "")
        if word == self._rate and not place and not plus:
            return Var("eta")
        index = tuple(int(part) for part in place.split(",")) if place else ()
        shape = self.model.shapes.get(word)
        if shape is None:
            known = [*self.model.shapes, self._rate]
            raise DeriveError(
                f"there is no quantity {shown(text)} in this model", allowed=", ".join(known[:20]),
                hint=nearest(word, known),
            )  # fmt: skip
        if len(index) != len(shape) or not all(1 <= i <= n for i, n in zip(index, shape, strict=True)):
            one = ",".join("1" for _ in shape)
            raise DeriveError(
                f"there is no quantity {shown(text)} in this model",
                allowed=f"places of {word} from 1 to {' and '.join(map(str, shape))}" if shape else word,
                hint=f"{word}[{one}]" if shape else word,
            )
        var = self.model.var(word, index)
        if plus and var.kind != "w":
            raise DeriveError(f"{shown(text)}: {word} is no parameter, so no update changes it", hint=word)
        return Var(var.kind + plus, var.layer, var.index)

    def quantity(self, text: str) -> Var:
        """Return what `text` names and the loss can be differentiated by. Raises DeriveError."""
        var = self.find(text)
        if var.kind in ("w", "x", "q"):
            return var
        raise DeriveError(
            f"{shown(text)} is nothing to differentiate {self.model.loss} by",
            allowed=", ".join(name for name in self.model.shapes if name != self.model.loss),
            hint=next(iter(self.model.parameters), ""),
        )  # fmt: skip

    def held(self, e: Diff) -> tuple[Var, ...]:
        """Return what a local derivative holds fixed, where it is not the whole derivative: L mentions w, and p, and p
        is made of w too."""
        key = self._key(e.wrt)
        return tuple(
            part for part in self._parts(e.of) if part != e.wrt and key in self._cones.get(self._key(part), ())
        )

    def _parts(self, name: Var) -> list[Var]:
        equation = self.model.definitions.get(self.model.name_of(name)) if name.kind in ("q", "total") else None
        return list(dict.fromkeys(names(equation.rhs))) if equation else []

    @staticmethod
    def _key(name: Var) -> tuple[str, int]:
        return name.kind, name.layer

    @cached_property
    def _cones(self) -> dict[tuple[str, int], set[tuple[str, int]]]:
        """For each defined name the names that it is made of."""
        made: dict[tuple[str, int], set[tuple[str, int]]] = {}
        for equation in self.model.equations:
            parts = {self._key(part) for part in names(equation.rhs)}
            made[self._key(self.model.var(equation.name))] = parts.union(*(made.get(part, set()) for part in parts))
        return made

    @property
    def _rate(self) -> str:
        return next((word for word in _RATES if word not in self.model.shapes), "learning_rate")


def split(word: str) -> tuple[str, str]:
    """Return a name as a letter or word and its subscript: net_h1 is net with h1, w12 is w with 12, theta is θ."""
    base, _, sub = word.partition("_")
    if not sub and (match := re.fullmatch(r"([A-Za-z]+?)(\d+)", word)):
        base, sub = match.groups()
    sub = sub.replace("_", ",")
    return base, f"\\{sub}" if sub in GREEK else sub


def model_notation(model: Model) -> ModelNotation:
    """Return the names of `model`."""
    return ModelNotation(style="mazur", sizes=(), samples=1, shared=(), model=model)
