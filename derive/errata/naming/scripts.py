"""Subscripts and superscripts: places, pairs of places, units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from derive.errata.naming.refs import Place
from derive.errata.naming.words import LETTERS, NEW, OLD, ROLES
from derive.read.written.tree import Name

_UNIT = re.compile(r"(hidden|output|out|in|[hoixyHOI])_?(\d{1,3}|[jklmn])(?![0-9])")
_PAIR = re.compile(r"(\d{1,3}|[jkilmnpq]),(\d{1,3}|[jkilmnpq])")
_CLOSE = re.compile(r"(\d|[jkilmnpq])(\d|[jkilmnpq])")
_INDICES = re.compile(r"[\djkilmnpqrs]{1,2}|[\djkilmnpqrs]{1,3},[\djkilmnpqrs]{1,3}")


class Unit(NamedTuple):
    """A neuron by its role: h1, o2, i1. role: its layer, or INPUT, or OUTPUT."""

    letter: str
    role: int
    place: Place


def form(name: Name) -> str:
    """Return the form of a name: its letter, and its scripts with digits as 0 and index letters as j."""
    sup = "" if name.sup in NEW or name.sup in OLD else name.sup.rstrip("+")
    return f"{name.base}~{name.accent}_{_shape(name.sub)}^{_shape(sup)}"


def _shape(script: str) -> str:
    if _INDICES.fullmatch(script) and script != "in":
        return "0,0" if "," in script else "0"
    return re.sub(r"(?<=[hoix,(])[jkilmn](?![A-Za-z])", "0", re.sub(r"\d+", "0", script))


def number_or_letter(text: str) -> Place:
    """Return a place that is surely one."""
    return int(text) if text.isdigit() else text


def place(sub: str) -> Place | None:
    """Return a single place: a number, or a letter that stands for one; None for anything else."""
    return number_or_letter(sub) if sub.isdigit() or sub in LETTERS else None


def pair(sub: str) -> tuple[Place, Place] | None:
    """Return two places: 1,2 or 12 or jk; None for anything else."""
    found = _PAIR.fullmatch(sub) or _CLOSE.fullmatch(sub)
    return (number_or_letter(found[1]), number_or_letter(found[2])) if found is not None else None


def unit(sub: str) -> Unit | None:
    """Return the one neuron that a subscript names by its role; None for anything else."""
    found = _UNIT.fullmatch(sub)
    return _made(found) if found is not None else None


def units(sub: str) -> list[Unit]:
    """Return the neurons that a subscript is made of, and nothing else but commas and arrows; [] for anything else."""
    found = list(_UNIT.finditer(sub))
    whole = "".join(each[0] for each in found) == sub.replace(",", "").replace("→", "")
    return list(map(_made, found)) if whole else []


def _made(found: re.Match[str]) -> Unit:
    return Unit(found[1], ROLES.get(found[1], 0), number_or_letter(found[2]))


def samples(sup: str) -> Iterator[tuple[str, int | None]]:
    """Yield a superscript without the number of a sample, and that number, in every way that it may be meant."""
    found = re.fullmatch(r"(.*?)[\[(](\d+)[\])]", sup)
    if found is None:
        yield sup, None
    elif found[1]:  # (2)[1]: layer 2, sample 1
        yield found[1], int(found[2])
    elif sup.startswith("["):
        yield "", int(found[2])
        yield sup, None
    else:
        yield sup, None
        yield "", int(found[2])
