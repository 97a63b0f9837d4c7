"""What the author's names were taken for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.errata.choosing.chosen import Chosen, all_names
from derive.errata.findings import Named
from derive.errata.naming import Ref
from derive.errata.reading import Placed
from derive.errata.world import World
from derive.expression import Var
from derive.read.written.tokens import GREEK
from derive.read.written.tree import Name


def told(world: World, chosen: Chosen, placed: Sequence[Placed]) -> tuple[Named, ...]:
    """Return what names were taken for, where that cannot be seen at once."""
    found: dict[str, Named] = {}
    ref = chosen.ref(world)
    for name in all_names(placed, chosen.layers):
        meant = ref(name)
        if meant is None or name.plain in world.own:
            continue
        value = world.resolve(meant, {})
        if isinstance(value, Var) and not _alike(name.plain, world.label(value)):
            found[name.plain] = Named(name.plain, world.label(value), _why(world, chosen, name, meant))
    return tuple(found.values())


def _why(world: World, chosen: Chosen, name: Name, meant: Ref) -> str:
    """Return why a name was taken for something; "" where that is usual."""
    if name.plain in chosen.told:
        return "you said so"
    usual = next(iter(world.readings(name)), None)
    return "" if usual is not None and usual.ref == meant else "so most of what the document says is true"


def _alike(written: str, label: str) -> bool:
    """Return whether a name is written as it is called."""
    return _plain(written) == _plain(label)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9+]", "", "".join(GREEK.get(c, c) for c in text))
