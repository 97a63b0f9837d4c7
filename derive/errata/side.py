"""What a document does not say in its formulas, but in a figure or nowhere: told in a side file or in front matter.

network = "mazur"              # a preset or a TOML file
[names]
"z_1" = "net_h1"               # what an author's name stands for: a name of the network
[values]
"w_1" = 0.15                   # where no network is given
[equations]
"z" = "w_1*x_1 + b"            # the same, as plain text
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from derive.errata.naming import Ref
from derive.errata.reading import Placed
from derive.errata.world import LayeredWorld, ModelWorld, World
from derive.errors import DeriveError, nearest, shown
from derive.expression import Var
from derive.read.document import Extract
from derive.read.written import read
from derive.read.written.tree import Name
from derive.spec import Model, Spec, load
from derive.spec.parts import sound

KEYS = ("network", "names", "values", "equations")


class Side(Struct, frozen=True):
    """meant: names of the network by names of the author.  values: by plain names.  equations: as formulas."""

    source: str = ""
    meant: Mapping[str, str] = {}
    values: Mapping[str, tuple[Name, Decimal]] = {}
    equations: tuple[Placed, ...] = ()

    @classmethod
    def of(cls, table: Mapping[str, object] | None) -> Side:
        """Return what a table says. Raises DeriveError where it says something that is none of it."""
        if not table:
            return NOTHING
        known = {key: value for key, value in table.items() if key != "macros"}
        for key in known:
            if key not in KEYS:
                raise DeriveError(
                    f"there is no key {shown(key)}",
                    where="the side file",
                    allowed=", ".join(KEYS),
                    hint=nearest(key, KEYS),
                )
        source = known.get("network", "")
        if not isinstance(source, str):
            raise DeriveError(f"found {shown(source)}", where="network", allowed="a preset, or the path of a TOML file")
        meant = {
            _name(key, "names").plain: _text(value, f"names.{key}") for key, value in _table(known, "names").items()
        }
        values = {}
        for key, value in _table(known, "values").items():
            name = _name(key, "values")
            values[name.plain] = (name, _decimal(value, f"values.{key}"))
        return cls(source, meant, values, tuple(_equations(_table(known, "equations"))))

    def __add__(self, other: Side) -> Side:
        return Side(
            self.source or other.source, {**other.meant, **self.meant}, {**other.values, **self.values},
            (*self.equations, *other.equations),
        )  # fmt: skip

    def network(self) -> Spec | Model | None:
        """Return the network that is named; None for none. Raises DeriveError."""
        return load(self.source) if self.source else None

    def names(self, world: World) -> dict[str, Ref]:
        """Return what names stand for in a world. Raises DeriveError for what is no name there."""
        found: dict[str, Ref] = {}
        for written, meant in self.meant.items():
            if not isinstance(world, LayeredWorld | ModelWorld):
                raise DeriveError("names take a network", where=f"names.{written}", hint="network = …")
            try:
                var = world.notation.find(meant)
            except DeriveError as error:
                raise error.inside(f"names.{written}") from None
            found[written] = _reference(world, var)
        return found


def _reference(world: World, var: Var) -> Ref:
    updated = var.kind.endswith("+")
    kind = var.kind.removesuffix("+")
    index = tuple(var.index)
    if isinstance(world, ModelWorld):
        return Ref(world.model.name_of(Var(kind, var.layer)) if kind != "eta" else "eta", None, index, False, updated)
    sample = var.sample if isinstance(var.sample, int) and var.sample else None
    return Ref(kind, var.layer, index, False, updated, sample)


def _table(table: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = table.get(key, {})
    if not isinstance(found, Mapping):
        raise DeriveError(f"found {shown(found)}", where=key, allowed="a table", hint=f'[{key}]\n"w_1" = …')
    return found


def _name(text: str, where: str) -> Name:
    """Return a name as an author writes it: LaTeX, or plain text."""
    formula = read(text, plain="\\" not in text and "{" not in text)
    side = formula.statements[0].sides[0] if len(formula.statements) == 1 and not formula.doubts else None
    if not isinstance(side, Name):
        raise DeriveError(
            f"{shown(text)} is no name", where=where, allowed="a name as the document writes it", hint="w_1"
        )
    return side


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise DeriveError(f"found {shown(value)}", where=where, allowed="a name of the network", hint='"net_h1"')
    return value


def _decimal(value: object, where: str) -> Decimal:
    made = Decimal(str(value)) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None
    if made is None or not sound(made):
        raise DeriveError(f"found {shown(value)}", where=where, allowed="a number")
    return made


def _equations(table: Mapping[str, object]) -> list[Placed]:
    made = []
    for key, value in table.items():
        text = f"{key} = {_text(value, f'equations.{key}')}"
        formula = read(text, plain="\\" not in text)
        if formula.doubts:
            start, end, why = formula.doubts[0]
            raise DeriveError(f"not understood: {shown(text[start:end])} ({why})", where=f"equations.{key}")
        made.append(Placed(-1, Extract.of(text), formula, True, True))
    return made


NOTHING = Side()
