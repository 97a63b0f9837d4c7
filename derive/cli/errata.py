"""The errata of a document in the terminal: at any width, a line or a few for each finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from derive.cli.console import out, say, text_width
from derive.render.terminal import STYLES

if TYPE_CHECKING:
    from derive.errata.telling import Open, Read, Row, Told

_WIDEST = 28  # columns of a cell; what is longer has a line of its own
_GAP = 2
_STYLES = {**STYLES, "mild": "yellow"}


def show(told: Told) -> None:
    """Print what was found out about a document."""
    out.print(Text(told.mark, style=_STYLES[told.kind]), end="  ")
    say(told.headline)
    say(f"  {told.summary}")
    if told.rows:
        say("")
        _errata(told.head, told.rows)
    for head, rows in ((told.undecided_head, told.undecided), (told.unread_head, told.unread)):
        if rows:
            say("")
            _heading(head)
            _open(rows)
    if told.more:
        say(f"  {told.more}")
    if told.readings:
        say("")
        _heading(told.readings_head)
        _readings(told.readings)
    say("")
    width = max(cell_len(label) for label, _ in told.facts)
    for label, text in told.facts:
        _wrapped(text, Text(_padded(label, width + _GAP), style="bold"), indent=2)


def _heading(text: str) -> None:
    out.print(Text(text, style="bold"))


def _errata(head: Sequence[str], rows: Sequence[Row]) -> None:
    cells = [(row.place, row.mark, row.about, row.claimed, row.right, row.off) for row in rows]
    fit = [all(cell_len(cell) <= _WIDEST for cell in each) for each in cells]
    widths = [
        max([cell_len(name), *(cell_len(each[column]) for each, fits in zip(cells, fit, strict=True) if fits)])
        for column, name in enumerate(head)
    ]
    for column in (0, 1):  # those are in the line in any case
        widths[column] = max(widths[column], *(cell_len(each[column]) for each in cells))
    room = sum(widths) + _GAP * (len(widths) - 1) <= text_width()
    if room and any(fit):
        _line(head, widths, "bold")
    for row, each, fits in zip(rows, cells, fit, strict=True):
        if room and fits:
            _line(each, widths, "", _STYLES[row.kind])
        else:
            _stacked(row, head, widths[:2])
        for number, text in enumerate(row.explanation):
            _wrapped(text, Text(), indent=widths[0] + _GAP, style="" if number == 0 else "dim")


def _line(cells: Sequence[str], widths: Sequence[int], style: str, verdict: str = "") -> None:
    made = Text(style=style)
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        padded = _padded(cell, width + _GAP)
        made.append(padded, verdict if column == 1 else "")
    made.rstrip()
    out.print(made, soft_wrap=True)


def _stacked(row: Row, head: Sequence[str], widths: Sequence[int]) -> None:
    indent = widths[0] + _GAP
    begun = Text(_padded(row.place, indent))
    begun.append(_padded(row.mark, widths[1] + _GAP), _STYLES[row.kind])
    _wrapped(row.about, begun)
    labels = [text for text in zip(head[3:], (row.claimed, row.right, row.off), strict=True) if text[1]]
    width = max((cell_len(label) for label, _ in labels), default=0)
    for label, text in labels:
        _wrapped(text, Text(_padded(label, width + _GAP), style="bold"), indent=indent)


def _open(rows: Sequence[Open]) -> None:
    width = max(cell_len(row.place) for row in rows)
    for row in rows:
        begun = Text(_padded(f"  {row.place}", width + 2 + _GAP))
        if row.mark:
            begun.append(f"{row.mark}  ", "yellow")
        _wrapped(row.claim, begun)
        for text in filter(None, (row.understood, row.reason)):
            _wrapped(text, Text(), indent=width + 2 + _GAP, style="dim")


def _readings(rows: Iterable[Read]) -> None:
    rows = list(rows)
    width = max(cell_len(row.place) for row in rows)
    for row in rows:
        _wrapped(row.source, Text(_padded(f"  {row.place}", width + 2 + _GAP)), style="dim")
        for text in row.reading:
            _wrapped(text, Text("→ "), indent=width + 2 + _GAP)
        for text in row.doubts:
            _wrapped(text, Text("? ", style="yellow"), indent=width + 2 + _GAP)


def _wrapped(text: str, begun: Text, *, indent: int = 0, style: str = "") -> None:
    """Print text after `begun`, its further lines below its first; never as markup."""
    column = indent + cell_len(begun.plain)
    room = max(12, text_width() - column)
    lines = list(Text(text, style=style).wrap(out, room)) or [Text()]
    for number, part in enumerate(lines):
        part.rstrip()
        before = Text(" " * indent) + begun if number == 0 else Text()
        before.append(" " * (column - cell_len(before.plain)))
        made = before + part
        made.rstrip()
        out.print(made, soft_wrap=True)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
