"""An optimiser or a schedule as a spec names it: by a word, or by a table with its constants."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from derive.errors import DeriveError, nearest, shown
from derive.spec.keys import meant
from derive.spec.parts import Chosen, sound
from derive.vocabulary import RANGES, Row, Schedule, allowed, find, split

R = TypeVar("R", bound=Row)


def chosen(table: Mapping[str, R], given: object, where: str, steps: int = 0) -> Chosen:
    """Return what `given` chooses of `table`: "adam", "momentum(0.95)", or {"name": "adam", "beta1": 0.95}.

    steps: of the run, which a schedule that spans it takes where it is given none; 0 for the usual ones.
    Raises DeriveError at `where` for a row that is not there, or constants that it does not have or that cannot be.
    """
    if isinstance(given, Chosen):
        given = {"name": given.name, **given.constants}
    own = dict(given) if isinstance(given, Mapping) else {}
    word = own.pop("name", None) if isinstance(given, Mapping) else given
    if not isinstance(word, str):
        what = "the key name is missing" if isinstance(given, Mapping) and word is None else f"found {shown(word)}"
        first = next(iter(table))
        raise DeriveError(what, where=where, allowed=allowed(table), hint=f'{{ name = "{first}" }}')
    try:
        name, row, values = find(table, word)
    except DeriveError as error:
        hint = meant(word, list(table)) or error.hint
        raise DeriveError(error.what, where=where, allowed=error.allowed, hint=hint) from None
    constants = dict(zip(row.constants, values, strict=True))
    given_in_brackets = len(split(word)[1])
    if steps and isinstance(row, Schedule) and row.spans and not given_in_brackets:
        constants["steps"] = Decimal(steps)
    for key, value in own.items():
        if key not in constants:
            raise DeriveError(
                f"{name} has no constant {shown(key)}", where=where, allowed=", ".join(constants) or "none",
                hint=nearest(key, list(constants)),
            )  # fmt: skip
        # A bool is an int to Python; a constant of `true` is a mistake to everybody else.
        constants[key] = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    made = Chosen(name, constants)
    check_chosen(table, made, where)
    return made


def check_chosen(table: Mapping[str, R], made: Chosen, where: str) -> None:
    """Raise DeriveError unless `made` names a row of `table`, with all its constants, each one that can be."""
    if made.name not in table:
        raise DeriveError(
            f"found {shown(made.name)}", where=f"{where}.name", allowed=allowed(table),
            hint=nearest(made.name, list(table)),
        )  # fmt: skip
    row = table[made.name]
    if list(made.constants) != list(row.constants):
        raise DeriveError(
            f"{made.name} is given the constants {', '.join(made.constants) or 'none'}", where=where,
            allowed=", ".join(row.constants) or "none",
        )  # fmt: skip
    for name, value in made.constants.items():
        if not sound(value) or value not in RANGES[name]:
            raise DeriveError(
                f"found {shown(value)}", where=f"{where}.{name}", allowed=str(RANGES[name]),
                hint=f"{name} = {row.constants[name]}".lower(),
            )  # fmt: skip
