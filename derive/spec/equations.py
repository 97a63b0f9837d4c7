"""From the tables of a model's file to a `Model`: every formula read, put in order, and checked for shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from itertools import chain
from math import prod
from typing import Any

import numpy as np

from derive.errors import DeriveError, nearest, printable, shown
from derive.expression import Index, Var
from derive.grammar import (
    MAX_NAME,
    Elementwise,
    Left,
    Meaning,
    Scope,
    Syntax,
    check_name,
    mentioned,
    parse,
    parse_left,
    reserved,
    shown_shape,
)
from derive.spec.keys import KEYS
from derive.spec.model import Equation, Given, Model, Shape, kinds
from derive.spec.parts import sound
from derive.spec.validating import check_number
from derive.vocabulary import ACTIVATIONS

MAX_EQUATIONS = 200
MAX_ENTRIES = 100_000
LOW, HIGH, DECIMALS = 0.1, 0.9, 2
"""Of what is drawn: uniform on 0.1 … 0.9, with two decimals."""

KEYS_OF_MODEL = (
    "equations", "of", "values", "shapes", "name", "title", "learning_rate", "seed", "training",
)  # fmt: skip


def activations() -> dict[str, Elementwise]:
    """Return the activations that a formula may apply, by the words that stand in formulas: "leaky_relu"."""
    return {
        name.replace(" ", "_").replace("-", "_"): Elementwise(name, len(row.constants), row.layer)
        for name, row in ACTIVATIONS.items()
    }


def compose(data: Mapping[str, Any], common: Mapping[str, Any], *, quoted: bool = False) -> Model:
    """Return the model whose tables `data` holds. Raises DeriveError, with the table's key, and the column.

    common: the fields that a network has too (name, title, learning_rate, seed, training), as `Model` takes them.
    quoted: whether a number may be written as a text.
    """
    words = activations()
    written = _Written(_table(data, "equations"), set(reserved(words)))
    loss, parameters = _of(_table(data, "of"), written)
    others = [name for name in written.free if name not in parameters]
    given = _given(
        (*parameters, *others), _table(data, "values", {}), _table(data, "shapes", {}), written,
        int(common.get("seed", 0)), quoted,
    )  # fmt: skip
    order = written.order()
    numbered = kinds(loss, parameters, others, order)

    def var(name: str, index: tuple[Index, ...]) -> Var:
        return Var(*numbered[name], index)

    shapes: dict[str, Shape] = {part.name: part.shape for part in given}
    powers: dict[str, int] = {}
    scope = Scope(shapes, var, words, frozenset(numbered), powers)
    equations = []
    for name in order:
        left, tree, text = written.equations[name]
        made = Meaning(text, scope, where=_where(name)).equation(left, tree)
        if prod(made.shape) * made.size.terms > MAX_ENTRIES:
            raise DeriveError(
                f"{name} has {prod(made.shape):,} entries, each with {made.size.terms:,} terms", where=_where(name),
                allowed=f"at most {MAX_ENTRIES:,} together",
            )  # fmt: skip
        equations.append(Equation(name, made.shape, made.letters, made.rhs, text))
        shapes[name], powers[name] = made.shape, made.size.power
    if shapes[loss]:
        raise DeriveError(
            f"{loss} has shape {shown_shape(shapes[loss])}", where="of.loss", allowed="a single number",
            hint=f"an equation that sums it: sum({loss})",
        )  # fmt: skip
    return Model(loss=loss, parameters=parameters, given=given, equations=tuple(equations), **common)


# ── Equations ────────────────────────────────────────────────────────────────────────────────────────────────────


class _Written:
    """The equations as written, by the names that they define, in their order.

    free: the names that no equation defines, in the order of their first mention.
    """

    def __init__(self, texts: Mapping[str, Any], taken: set[str]) -> None:
        if not texts:
            raise DeriveError("there are no equations", where="equations", hint=KEYS["equations"].example)
        if len(texts) > MAX_EQUATIONS:
            raise DeriveError(
                f"there are {len(texts):,} equations", where="equations", allowed=f"at most {MAX_EQUATIONS}",
                hint="vectors and matrices: one equation for all entries",
            )  # fmt: skip
        self.equations: dict[str, tuple[Left, Syntax, str]] = {}
        for key, text in texts.items():
            where = _where(key)
            left = parse_left(key, where=where)
            if left.name in taken:
                raise DeriveError(f"{left.name} means something already", where=where, hint="another name")
            if left.name in self.equations:
                raise DeriveError(f"{left.name} is defined twice", where=where, allowed="one equation for each name")
            if not isinstance(text, str):
                raise DeriveError(
                    f"found {shown(text)}", where=where, allowed="a formula in quotes",
                    hint=f'{left.name} = "{text}", or {left.name} among the [values]'
                    if isinstance(text, int | Decimal) else "",
                )  # fmt: skip
            self.equations[left.name] = (left, parse(text, where=where), text)
        self.mentions = {
            name: tuple(dict.fromkeys(node.name for node in mentioned(tree, left.letters)))
            for name, (left, tree, _) in self.equations.items()
        }
        every = dict.fromkeys(chain.from_iterable(self.mentions.values()))
        self.free = tuple(name for name in every if name not in self.equations and name not in taken)

    def order(self) -> list[str]:
        """Return the names in an order of calculation, as close to the written one as it can be."""
        done: dict[str, None] = {}
        path: dict[str, Iterator[str]] = {}
        for start in self.equations:
            if start not in done:
                path[start] = iter(self.mentions[start])
            while path:
                name, rest = next(reversed(path.items()))
                needed = next((other for other in rest if other in self.equations and other not in done), None)
                if needed is None:
                    del path[name]
                    done[name] = None
                elif needed in path:
                    cycle = [*list(path)[list(path).index(needed) :], needed]
                    raise DeriveError(
                        f"{' needs '.join(cycle[:12])}{' …' if len(cycle) > 12 else ''}: nothing comes first",
                        where=_where(needed), allowed="equations whose quantities can be calculated one by one",
                    )  # fmt: skip
                else:
                    path[needed] = iter(self.mentions[needed])
        return list(done)


def _where(key: str) -> str:
    return f"equations.{printable(key.partition('[')[0][:MAX_NAME])}"


def _of(table: Mapping[str, Any], written: _Written) -> tuple[str, tuple[str, ...]]:
    """Return the loss and the parameters."""
    for key in table:
        if key not in ("loss", "parameters"):
            raise DeriveError(
                f"there is no key {shown(key)}", where="of", allowed="loss, parameters",
                hint=nearest(key, ("loss", "parameters")),
            )  # fmt: skip
    loss, parameters = table.get("loss"), table.get("parameters")
    if not isinstance(loss, str) or loss not in written.equations:
        raise DeriveError(
            "the key loss is missing" if loss is None else f"found {shown(loss)}", where="of.loss",
            allowed=f"a name that an equation defines: {_listed(written.equations)}",
            hint=nearest(loss, written.equations) if isinstance(loss, str) else 'loss = "L"',
        )  # fmt: skip
    if not isinstance(parameters, list | tuple) or not parameters:
        raise DeriveError(
            "the key parameters is missing" if parameters is None else f"found {shown(parameters)}",
            where="of.parameters", allowed="an array of names, one at least", hint=KEYS["parameters"].example,
        )  # fmt: skip
    for number, name in enumerate(parameters):
        if not isinstance(name, str) or name not in written.free:
            calculated = isinstance(name, str) and name in written.equations
            raise DeriveError(
                f"{name} is calculated by an equation" if calculated else
                f"{shown(name)} is a quantity of no equation", where="of.parameters",
                allowed=f"names that the equations mention and do not define: {_listed(written.free)}",
                hint=nearest(name, written.free) if isinstance(name, str) else "",
            )  # fmt: skip
        if name in parameters[:number]:
            raise DeriveError(f"{name} stands here twice", where="of.parameters", allowed="each name once")
    return loss, tuple(parameters)


def _listed(names: Any) -> str:
    first = list(names)[:20]
    return ", ".join(first) + (", …" if len(names) > len(first) else "") if first else "none"


# ── What is given ────────────────────────────────────────────────────────────────────────────────────────────────


def _given(
    names: tuple[str, ...], values: Mapping[str, Any], shapes: Mapping[str, Any], written: _Written, seed: int,
    quoted: bool,
) -> tuple[Given, ...]:  # fmt: skip
    for table, entries in (("values", values), ("shapes", shapes)):
        for key in entries:
            if key in names:
                continue
            check_name(key, where=f"{table}.{printable(key[:40])}")
            calculated = key in written.equations
            raise DeriveError(
                f"{key} is calculated by an equation" if calculated else f"no equation mentions {key}",
                where=f"{table}.{key}", allowed=_listed(names), hint="" if calculated else nearest(key, names),
            )  # fmt: skip
    # RandomState's stream is frozen (NumPy NEP 19): the same seed gives the same values for ever.
    random = np.random.RandomState(seed % 2**32)
    made, entries_so_far = [], 0
    for name in names:
        shape = _shape(shapes[name], f"shapes.{name}") if name in shapes else None
        if name in values:
            found, numbers = _values(values[name], f"values.{name}", quoted)
            if shape is not None and shape != found:
                raise DeriveError(
                    f"the values of {name} have shape {shown_shape(found)}, and shapes says {shown_shape(shape)}",
                    where=f"values.{name}", allowed=f"values of shape {shown_shape(shape)}",
                    hint="no entry in [shapes]: values have a shape of their own",
                )  # fmt: skip
            shape = found
        shape = shape or ()
        entries_so_far += prod(shape)
        if entries_so_far > MAX_ENTRIES:
            raise DeriveError(
                f"with {name}, {entries_so_far:,} numbers are given",
                where=f"{'values' if name in values else 'shapes'}.{name}", allowed=f"at most {MAX_ENTRIES:,}",
            )  # fmt: skip
        # Drawn for all names, so that what one of them is given does not change the others.
        drawn = np.round(random.uniform(LOW, HIGH, prod(shape)), DECIMALS)
        if name not in values:
            numbers = tuple(Decimal(repr(float(value))) for value in drawn)
        made.append(Given(name, shape, numbers, drawn=name not in values))
    return tuple(made)


def _shape(value: Any, where: str) -> Shape:
    sizes = value if isinstance(value, list) else [value]
    whole = [int(size) if _whole(size) else 0 for size in sizes]
    if not 1 <= len(sizes) <= 2 or not all(1 <= size <= MAX_ENTRIES for size in whole):
        raise DeriveError(
            f"found {shown(value)}", where=where, allowed="one size for a vector, two for a matrix: rows, columns",
            hint="[2, 3]",
        )  # fmt: skip
    return tuple(whole)


def _whole(size: Any) -> bool:
    if isinstance(size, bool):
        return False
    return isinstance(size, int) or (sound(size) and size == int(size))


def _values(value: Any, where: str, quoted: bool) -> tuple[Shape, tuple[Decimal, ...]]:
    if not isinstance(value, list):
        return (), (_number(value, where, quoted),)
    if not value:
        raise DeriveError("there are no numbers", where=where, allowed="at least one")
    if not isinstance(value[0], list):
        return (len(value),), tuple(_number(each, f"{where}[{n}]", quoted) for n, each in enumerate(value))
    rows = []
    for number, row in enumerate(value):
        if not isinstance(row, list) or len(row) != len(value[0]) or not row:
            raise DeriveError(
                f"found {shown(row)}", where=f"{where}[{number}]", allowed="rows of numbers, of one length"
            )
        rows.append(tuple(_number(each, f"{where}[{number}][{n}]", quoted) for n, each in enumerate(row)))
    return (len(rows), len(rows[0])), tuple(chain.from_iterable(rows))


def _number(value: Any, where: str, quoted: bool) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if quoted and isinstance(value, str):
        with suppress(InvalidOperation):
            value = Decimal(value[:400])
    if not isinstance(value, Decimal):
        raise DeriveError(
            f"found {shown(value)}", where=where, allowed="a number, a row of numbers, or rows of numbers"
        )
    check_number(value, where)
    return value


def _table(data: Mapping[str, Any], key: str, otherwise: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    table = data.get(key, otherwise)
    if not isinstance(table, dict):
        raise DeriveError(
            f"the key {key} is missing" if table is None else f"found {shown(table)}", where=key,
            allowed=KEYS[key].allowed, hint=KEYS[key].example,
        )  # fmt: skip
    return table
