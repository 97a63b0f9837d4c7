"""A document as data: a list of blocks, which each format walks."""

from __future__ import annotations

from msgspec import Struct

from derive.render.figure import Figure


class Math(Struct, frozen=True):
    """A formula inside a sentence or a table: LaTeX, and the same as plain text."""

    latex: str
    text: str


class Mark(Struct, frozen=True):
    """A verdict: a sign and a word, never colour alone. kind: "proved", "agrees", "refuted" or "undecided"."""

    kind: str
    word: str


Inline = str | Math | Mark
Words = tuple[Inline, ...]


class Heading(Struct, frozen=True):
    level: int
    words: Words
    anchor: str


class Paragraph(Struct, frozen=True):
    """A sentence or more; `quiet` where a reader in a hurry may leave it out."""

    words: Words
    quiet: bool = False


class Part(Struct, frozen=True):
    """= rhs or ≈ rhs.

    relation: "=" or "≈".
    pieces: the right side in LaTeX; a line may break between them.
    stacked: whether each piece has a line of its own.
    """

    relation: str
    pieces: tuple[str, ...]
    stacked: bool = False


class Line(Struct, frozen=True):
    """One line of a display, or more where it is too wide: lhs = a = b ≈ c.

    lhs: in LaTeX; "" where the line goes on from the one above.
    note: why it holds, in a word or two.
    gap: whether something new begins here, set off a little from the line above.
    """

    lhs: str
    parts: tuple[Part, ...]
    note: Words = ()
    gap: bool = False


class Display(Struct, frozen=True):
    """Formulas set off from the text, aligned at their relations."""

    lines: tuple[Line, ...]


class Table(Struct, frozen=True):
    """align: one letter a column: "l" left, "r" right, "c" centred, "d" numbers, one decimal point under the other."""

    head: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]
    align: str
    caption: Words = ()


class Facts(Struct, frozen=True):
    """What is given: in each row a heading, and short formulas that stand in columns as far as there is room."""

    rows: tuple[tuple[Words, tuple[Words, ...]], ...]


class Picture(Struct, frozen=True):
    figure: Figure
    caption: Words


class Summary(Struct, frozen=True):
    """The outcome in a few lines, each with its mark: set apart at the head of the document."""

    lines: tuple[tuple[Mark, Words], ...]


Block = Heading | Paragraph | Display | Table | Facts | Picture | Summary


class Document(Struct, frozen=True):
    """A report: everything that a format needs to write it."""

    language: str
    title: str
    subtitle: Words
    blocks: tuple[Block, ...]


def decimal_padding(table: Table) -> dict[tuple[int, str], int]:
    """Return how many digits each number of a "d" column lacks behind its decimal point, by column and number."""
    padding: dict[tuple[int, str], int] = {}
    for column, side in enumerate(table.align):
        if side != "d":
            continue
        numbers = {"".join(w.text if isinstance(w, Math) else str(w) for w in row[column]) for row in table.rows}
        after = {number: len(number.partition(".")[2]) + ("." in number) for number in numbers}
        longest = max(after.values(), default=0)
        padding |= {(column, number): longest - length for number, length in after.items()}
    return padding
