"""The user's own names: read, and refused where they are none or would stand for two things."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import get_args

from derive.errors import DeriveError, nearest, printable, shown
from derive.expression import Matrix, Named, Var
from derive.notation.label import Label
from derive.notation.names import LONGEST, Notation
from derive.spec import NotationName, Spec

_OWN = re.compile(r"([A-Za-z]{1,12})_([A-Za-z0-9]{1,8}(?:,[A-Za-z0-9]{1,4}){0,2})|([A-Za-z]{1,20})([0-9]{0,8})")


def notation(spec: Spec, style: str | None = None) -> Notation:
    """Return the names for `spec`: of `style`, or else of the spec's own notation, with the spec's own names.

    Raises DeriveError where a name is not one, names nothing, or clashes with another.
    """
    chosen = spec.notation if style is None else style
    if chosen not in get_args(NotationName):
        raise DeriveError(
            f"there is no notation {shown(chosen)}", where="notation",
            allowed=", ".join(map(repr, get_args(NotationName))), hint=nearest(chosen, get_args(NotationName)),
        )  # fmt: skip
    shared = tuple(layer.bias == "shared" for layer in spec.layers)
    plain = Notation(chosen, spec.sizes, spec.samples, shared)  # type: ignore[arg-type]
    # A name is given for a quantity as the spec's own notation calls it, and holds in every notation.
    written = Notation(spec.notation, spec.sizes, spec.samples, shared)
    own: dict[Var, Label] = {}
    for key, wanted in spec.names.items():
        where = f"names.{printable(key[:40])}"
        var = written.parse(key, any_sample=True)
        if var is None:
            try:
                written.find(key)
            except DeriveError as error:
                raise error.inside(where) from None
        else:
            own[var] = _label(wanted, where)
    _refuse_clashes(plain, written, own)
    return Notation(plain.style, spec.sizes, spec.samples, shared, own)


def checked(spec: Spec, source: str) -> Spec:
    """Return `spec`, whose own names are sound. Raises DeriveError, naming `source`, where they are not."""
    try:
        notation(spec)
    except DeriveError as error:
        raise error.inside(source) from None
    return spec


def _label(wanted: str, where: str) -> Label:
    match = _OWN.fullmatch(wanted[: LONGEST + 1])
    if not match:
        foreign = next((c for c in wanted[: LONGEST + 1] if not c.isascii()), "")
        which = f": it has U+{ord(foreign):04X}, {unicodedata.name(foreign, 'a control character')}" if foreign else ""
        raise DeriveError(
            f"{shown(wanted)} cannot be a name{which}", where=where, hint="v_11, theta_1, cost",
            allowed="letters from A to Z or a Greek letter's name; after them a number, or _ and a subscript",
        )  # fmt: skip
    base, sub, word, number = match.groups()
    return Label(base or word, sub or number or "", "", wanted)


def _refuse_clashes(plain: Notation, written: Notation, own: dict[Var, Label]) -> None:
    matrices = set(_matrices(plain)) if own else set()
    seen: dict[tuple[str, str], Var] = {}
    for var, label in own.items():
        other = _standing_for(plain, label)
        if other in own:  # it has a name of its own, so that this one is free
            other = var
        other = seen.get((label.base, label.sub), other or var)
        taken = ""
        if other != var:
            taken = plain.standard(other).ascii
        elif label.ascii in matrices:
            taken = "a matrix or a vector"
        elif _is_neuron(plain, label):
            taken = "a neuron"
        if taken:
            raise DeriveError(
                f"{label.ascii!r} would stand for {plain.standard(var).ascii} and for {taken}",
                where=f"names.{written.standard(var).ascii}", allowed="a name that stands for nothing else",
                hint="another letter, such as v_11",
            )  # fmt: skip
        seen[label.base, label.sub] = var


def _standing_for(plain: Notation, label: Label) -> Var | None:
    """Return the quantity that the style calls `label`, or prints alike (w_1 and w1)."""
    sub = label.sub.replace(",", "_")
    for text in (label.ascii, f"{label.base}{sub}", f"{label.base}_{sub}"):
        if var := plain.parse(text, any_sample=True):
            return var
    return None


def _matrices(plain: Notation) -> Iterator[str]:
    for layer in range(len(plain.sizes)):
        for kind in ("x", "t", "w", "b", "net", "out", "delta"):
            yield plain.label(Named(kind, layer, Matrix(()))).ascii


def _is_neuron(plain: Notation, label: Label) -> bool:
    neuron = f"{label.base}{label.sub}".replace(",", "_")
    letters = ("h", "o") if plain.style == "mazur" else ()
    return label.base in letters and plain.parse(f"net_{neuron}", any_sample=True) is not None
