"""The world of a document about a model of equations: its names are its author's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from derive.differentiate import derive
from derive.errata.naming import Reading, Ref
from derive.errata.world.names import FREE, OWN, TOTAL, Table, key_of, place_of
from derive.errata.world.world import ALIKE, World, derived
from derive.expression import Diff, Expr, Var, names
from derive.notation import model_notation
from derive.notation.model import split
from derive.read.written.tree import Name
from derive.spec import Model

LARGEST = 400  # parameters of a model whose quantities are gone through one by one


class ModelWorld(World):
    """A model of equations: its names are its author's."""

    def __init__(self, model: Model, seed: int, spoken: Mapping[str, str] = {}) -> None:
        self.model = model
        self.notation = model_notation(model)
        self.derivation = derive(model, self.notation)
        super().__init__(self.derivation.definitions, self.derivation.point, seed)
        self.network = model.name
        self.rated = True
        self._drawn = {(model.var(word).kind, model.var(word).layer) for word in model.drawn}
        self._reach: dict[Var, bool] = {}
        self._by_key = {key_of(*split(word)): word for word in model.shapes}
        self._by_key |= {plain: word for plain, word in spoken.items() if word in model.shapes}
        self.inferred = bool(spoken)
        self._rate = Var("eta")

    def readings(self, name: Name) -> Sequence[Reading]:
        updated = name.sup in ("+", "new", "(t+1)", "t+1") or (name.sub.endswith("new"))
        sup = "" if updated or name.sup in ("old", "(t)", "t") else name.sup
        sub = name.sub.removesuffix("new").removesuffix("old").rstrip(",")
        base = name.base + (f"~{name.accent}" if name.accent else "") + "'" * name.primes
        for key in (name.plain, key_of(base, sub + sup), key_of(name.base, sub)):
            if (name.accent or sup) and key == key_of(name.base, sub) and key not in self._by_key:
                continue
            word = self._by_key.get(key)
            if word is not None:
                return [Reading("its name", Ref(word, None, None if self.model.shapes[word] else (), False, updated))]
        if (letters := _letters(sub)) and not sup and any(self._member(base, sub, number) for number in range(1, 10)):
            return [Reading("one of several", Ref(f"{base}|{sub}", None, tuple(letters), False, updated))]
        if (placed := self._placed(base, sub, updated)) is not None:
            return [Reading("a place in it", placed)]
        if base in ("eta", "alpha", "lr", "learning rate") and not sub:
            return [Reading("learning rate", Ref("eta", None, ()))]
        return []

    def _placed(self, base: str, sub: str, updated: bool) -> Ref | None:
        """Return the entry of a vector or a matrix that a subscript with its place stands for."""
        word = self._by_key.get(key_of(base, "")) if sub else None
        shape = self.model.shapes[word] if word is not None else ()
        places = re.findall(r"\d+|[a-z]", sub)
        if len(places) == 1 and len(shape) == 2 and len(places[0]) == 2:
            places = list(places[0])
        if word is None or not shape or len(places) != len(shape):
            return None
        return Ref(word, None, tuple(int(place) if place.isdigit() else place for place in places), False, updated)

    def resolve(self, ref: Ref, binding: Mapping[str, int]) -> Expr | Table | None:
        if ref.kind == "eta":
            return self._rate
        plus = "+" if ref.updated else ""
        if "|" in ref.kind:
            word = self._bound(ref.kind, binding)
            return self._var(word, (), plus) if word is not None and not self.model.shapes[word] else None
        shape = self.model.shapes[ref.kind]
        if ref.updated and ref.kind not in self.model.parameters:
            return None
        if ref.index is None:
            columns = [(k,) for k in range(1, shape[1] + 1)] if len(shape) > 1 else [()]
            return tuple([
                tuple([self._var(ref.kind, (j, *k), plus) for k in columns]) for j in range(1, shape[0] + 1)
            ])  # fmt: skip
        index = tuple(place_of(place, binding) for place in ref.index)
        known = [place for place in index if place is not None]
        if len(known) < len(index) or not all(1 <= i <= n for i, n in zip(known, shape, strict=True)):
            return None
        return self._var(ref.kind, tuple(known), plus)

    def _bound(self, kind: str, binding: Mapping[str, int]) -> str | None:
        """Return one of several names that differ in a number, which a letter stands for; None for none."""
        base, sub = kind.split("|")
        for letter in _letters(sub):
            if letter not in binding:
                return None
            sub = sub.replace(letter, str(binding[letter]))
        return self._word(base, sub)

    def known(self, e: Expr) -> bool:
        if not super().known(e):
            return False
        return all(self._is_known(name) for name in names(e)) if self.inferred else True

    def _is_known(self, name: Var) -> bool:
        kind = name.kind.removesuffix("+")
        if name.kind.endswith("+"):  # what an update makes takes the whole network, and the rate
            return self.rated and self._is_known(TOTAL)
        if name not in self._reach:
            self._reach[name] = True
            if (kind, name.layer) in self._drawn:
                self._reach[name] = False
            elif name in self.definitions:
                self._reach[name] = all(self._is_known(part) for part in names(self.definitions[name]))
        return self._reach[name]

    def _member(self, base: str, sub: str, number: int) -> str | None:
        """Return the name with a number for its letters; None for none."""
        for letter in _letters(sub):
            sub = sub.replace(letter, str(number))
        return self._word(base, sub)

    def _word(self, base: str, sub: str) -> str | None:
        return self._by_key.get(f"{base}_{sub}") or self._by_key.get(key_of(base, sub))

    def _var(self, word: str, index: tuple[int, ...], plus: str) -> Var:
        var = self.model.var(word, index)
        return Var(var.kind + plus, var.layer, var.index)

    def label(self, e: Var) -> str:
        if e.kind in (OWN, FREE):
            return super().label(e)
        return self.notation.label(e).text

    def letters(self) -> range:
        sizes = [size for shape in self.model.shapes.values() for size in shape]
        digits = [int(found[-1]) for word in self.model.shapes if (found := re.findall(r"\d", word))]
        return range(1, max([*sizes, *digits], default=0) + 1)

    def quantities(self) -> Iterator[Expr]:
        if self.model.parameter_count > LARGEST:
            return
        members = [member for word in self.model.shapes for member in self.model.members(word)]
        yield from members
        for word in self.model.parameters:
            for member in self.model.members(word):
                yield Diff(TOTAL, member)
                yield Var("w+", member.layer, member.index)

    def _alike(self, var: Var) -> list[Var]:
        if var.kind in (OWN, FREE, "eta"):
            return []
        base = self._base(var)
        members = [member for word in self.model.shapes for member in self.model.members(word)]
        others = [member for member in members if member != var and (not self.inferred or self._base(member) == base)]
        others.sort(key=lambda each: (self._base(each) != base, each.kind != var.kind))
        return others[:ALIKE]

    def _base(self, var: Var) -> str:
        return split(self.model.name_of(Var(var.kind.removesuffix("+"), var.layer)))[0]

    def formula(self, e: Expr) -> Expr | None:
        return derived(self.derivation, e) if isinstance(e, Diff) else super().formula(e)


def _letters(sub: str) -> list[str]:
    """Return the index letters of a subscript that has nothing else but digits."""
    return re.findall(r"[jkilmn]", sub) if re.fullmatch(r"[\djkilmn,]{1,4}", sub) else []
