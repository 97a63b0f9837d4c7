"""Programs in a document: numbers in them that should be those of the network, and are not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from derive.errata.findings import Cause, Change, Level
from derive.errata.judging import Judge
from derive.errata.numbers import Printed, significant
from derive.errata.record import Correction, Explanation, Words
from derive.errata.sentences import number
from derive.errata.showing import shown
from derive.errata.slips import slips
from derive.errata.world import LayeredWorld
from derive.expression import Expr, Var
from derive.read.document import Document
from derive.read.prose import NumberList, number_lists

Row = tuple[Expr, ...]


class Listings:
    """Compares lists of numbers in programs with the inputs, targets and weights of the network.

    A list is taken for one of these where most of it is the same; or where some of it is, and another list of the same
    call is one of them altogether. Only then is a number in it that differs an error.
    """

    def __init__(self, judge: Judge, document: Document) -> None:
        self.judge, self.document = judge, document

    def piece(self, place: int) -> None:
        """Judge the lists of a program, by its number among the pieces."""
        world = self.judge.world
        piece = self.document.pieces[place]
        if not isinstance(world, LayeredWorld) or world.spec.parameter_count > 400:
            return
        lists = number_lists(piece.text, piece.language)
        tables = tuple(_tables(world))
        whole = {at for at, each in enumerate(lists) if any(_same(world, each, table) for table in tables)}
        for at, each in enumerate(lists):
            if at in whole or not each.values:
                continue
            table = self._meant(world, lists, at, tables, whole)
            if table is not None:
                self._differs(place, each, table)

    def _meant(
        self, world: LayeredWorld, lists: Sequence[NumberList], at: int, tables: Sequence[Row], whole: set[int]
    ) -> Row | None:
        each = lists[at]
        beside = any(other in whole for other in each.siblings if other != at)
        best: Row | None = None
        for table in tables:
            if len(table) != len(each.values):
                continue
            right = [world.exact(e) for e in table]
            same = sum(_equal(value.text, true) for value, true in zip(each.values, right, strict=True))
            if same == 0 or same == len(table):
                continue
            if ((beside or _called(each.name, table)) and 2 * same >= len(table)) or (
                len(table) >= 4 and same >= len(table) - 1
            ):
                if best is not None:
                    return None
                best = table
        return best

    def _differs(self, place: int, each: NumberList, table: Row) -> None:
        world, piece = self.judge.world, self.document.pieces[place]
        whole = piece.extract.span(each.start, each.end)
        for numeral, quantity in zip(each.values, table, strict=True):
            right, shown_number = world.exact(quantity), number(numeral)
            if right is None or shown_number is None or shown_number.value == right:
                continue
            name = shown(quantity, world)
            part = piece.extract.span(numeral.start, numeral.end)
            correct = significant(right)
            found = slips(shown_number.text, correct)
            detail = f"{name}: {found[0].detail}" if found else name
            text = shown_number.text
            self.judge.record.claims.claim(
                place, whole, part, Level.LISTING, "refuted", Words(name, text, name),
                explanation=Explanation(Cause.LISTING, detail),
                correction=Correction(
                    text, correct, _off(shown_number, right), (Change(*part, text, correct),), plain=True
                ),
            )  # fmt: skip


def _tables(world: LayeredWorld) -> Iterator[Row]:
    """Yield what a list in a program may hold: inputs, targets, the weights of a layer in either order, all of them."""
    spec = world.spec
    last = len(spec.layers)
    sample = 1 if spec.samples > 1 else 0
    yield tuple(Var("x", 0, (k,), sample) for k in range(1, spec.sizes[0] + 1))
    yield tuple(Var("t", last, (j,), sample) for j in range(1, spec.sizes[-1] + 1))
    every: list[Expr] = []
    for layer in range(1, last + 1):
        rows, columns = spec.sizes[layer], spec.sizes[layer - 1]
        flat = tuple(Var("w", layer, (j, k)) for j in range(1, rows + 1) for k in range(1, columns + 1))
        every += flat
        yield flat
        turned = tuple(Var("w", layer, (j, k)) for k in range(1, columns + 1) for j in range(1, rows + 1))
        if turned != flat:
            yield turned
        yield from (tuple(Var("w", layer, (j, k)) for k in range(1, columns + 1)) for j in range(1, rows + 1))
    yield tuple(every)


_WORDS = {
    "t": re.compile(r"(?i)target|label|desired|expect|truth|ideal|^[ty]s?$|^y_|y_true|train_y|outputs?$"),
    "x": re.compile(r"(?i)input|^[xi]s?$|^x_|train_x|feature"),
    "w": re.compile(r"(?i)^w|weight|theta"),
}


def _called(name: str, table: Row) -> bool:
    """Return whether a list has a name that says what it is."""
    first = table[0]
    return bool(name) and isinstance(first, Var) and first.kind in _WORDS and bool(_WORDS[first.kind].search(name))


def _same(world: LayeredWorld, each: NumberList, table: Row) -> bool:
    return len(each.values) == len(table) and all(
        _equal(value.text, world.exact(e)) for value, e in zip(each.values, table, strict=True)
    )


def _equal(text: str, right: Fraction | None) -> bool:
    return right is not None and Fraction(text) == right


def _off(shown_number: Printed, right: Fraction) -> str:
    return f"{float(shown_number.value - right):+.3g}"
