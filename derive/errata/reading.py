"""The formulas of a document, read: those set as formulas, and those typed into its prose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from derive.errata.parallel import Readers
from derive.errata.parallel import Reading as How
from derive.read.document import Document, Extract
from derive.read.prose import plain_formulas
from derive.read.written import Formula, mentioned
from derive.read.written.rows import WITH_ARGUMENT as SILENT
from derive.read.written.tree import Name, Node, Number, Of, Opaque, Statement, replaced, walk

LONGEST = 60
"""Characters of a number or of a name that is taken for one: what is longer would only cost time."""
SIDES = 300
"""Sides of a chain of equations; what comes after is not read."""
FARTHEST = 400
"""The largest power of ten in a number: 1e99999 is no number that anybody means."""


class Placed(Struct, frozen=True):
    """A formula with its place.

    piece: the number of the piece that it is, or that it stands in.  extract: its text.
    display: whether it stands on lines of its own.
    """

    piece: int
    extract: Extract
    formula: Formula
    plain: bool
    display: bool

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the file's text a part of the formula stands."""
        return self.extract.span(start, end)

    def written(self, start: int, end: int) -> str:
        return self.extract.text[start:end]


def formulas(document: Document, comma: bool = False, workers: int | None = 1) -> tuple[Placed, ...]:
    """Return every formula of a document in its order. comma: whether 0,5 is a half.

    workers: in how many processes a long one is read at the most; None: as many as there are cores.
    """
    macros = _macros(document)
    found = list(_extracts(document))
    # What is written alike is read alike: of a long document, half of the formulas are repetitions.
    with Readers(workers) as readers:
        keys = list(dict.fromkeys(map(_key, found)))
        first = dict(zip(keys, readers.read(keys, How(macros, frozenset(), comma)), strict=True))
        words = {word for formula in first.values() for word in mentioned(formula) if word.isalpha() and len(word) > 1}
        known = frozenset(words)
        keys = [key for key in keys if not key[1] and _has_run(key[0], known)]
        again = dict(zip(keys, readers.read(keys, How(macros, known, comma)), strict=True))
    made = {key: bounded(formula, key[0]) for key, formula in {**first, **again}.items()}
    return tuple([
        Placed(number, extract, made[extract.text, plain], plain, display) for number, extract, plain, display in found
    ])  # fmt: skip


def _key(found: tuple[int, Extract, bool, bool]) -> tuple[str, bool]:
    _, extract, plain, _ = found
    return extract.text, plain


def bounded(formula: Formula, text: str) -> Formula:
    """Return a formula with what is too large to be worked with not understood, and a doubt for each."""
    doubts = list(formula.doubts)
    statements = []
    for statement in formula.statements:
        sides, relations = list(statement.sides), statement.relations
        if len(sides) > SIDES:
            start = relations[SIDES - 1].end
            rest = Opaque(start, statement.end, text[start : statement.end], f"a chain of more than {SIDES} equations")
            sides, relations = [*sides[:SIDES], rest], relations[:SIDES]
            doubts.append((rest.start, rest.end, rest.why))
        for at, side in enumerate(sides):
            for node in () if side is None else [each for each in walk(side) if _too_large(each)]:
                opaque = Opaque(node.start, node.end, text[node.start : node.end], _too_large(node))
                sides[at] = replaced(sides[at] or node, node, opaque)
                doubts.append((node.start, node.end, opaque.why))
        statements.append(Statement(statement.start, statement.end, tuple(sides), relations))
    return formula if len(doubts) == len(formula.doubts) else Formula(tuple(statements), tuple(doubts))


def _too_large(node: Node) -> str:
    """Return why a number or a name is none to work with; "" where it is one."""
    if isinstance(node, Number):
        mantissa, _, power = node.text.lower().partition("e")
        if len(mantissa) > LONGEST:
            return "a number with too many digits"
        return "a power of ten that is too large" if power and (len(power) > 5 or abs(int(power)) > FARTHEST) else ""
    name = node.name if isinstance(node, Of) else node
    if isinstance(name, Name):
        if max(len(name.base), len(name.sub), len(name.sup), name.primes) > LONGEST:
            return "a name that is too long"
        if any(c.isdigit() and not c.isascii() for c in name.base + name.sub + name.sup):
            return "digits of another script"
    return ""


def _has_run(text: str, words: frozenset[str]) -> bool:
    return any(word in text for word in words)


def _extracts(document: Document) -> Iterator[tuple[int, Extract, bool, bool]]:
    for number, piece in enumerate(document.pieces):
        if piece.kind == "formula":
            yield number, piece.extract, piece.writing == "plain", piece.display
        elif piece.kind in ("prose", "row", "heading"):
            for start, end in plain_formulas(piece.text):
                yield number, piece.extract[start:end], True, False


def _macros(document: Document) -> Mapping[str, tuple[int, str]]:
    found = document.front.get("macros", {})
    made: dict[str, tuple[int, str]] = {}
    if isinstance(found, Mapping):
        for name, value in found.items():
            plain = str(name).lstrip("\\")
            if (
                isinstance(value, list | tuple)
                and len(value) == 2
                and isinstance(value[0], int)
                and plain not in SILENT
            ):
                made[plain] = (value[0], str(value[1]))
    return made
