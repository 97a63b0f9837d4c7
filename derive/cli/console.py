"""What is printed, and where: results to the output, all else to the errors; for any terminal, or for none."""

from __future__ import annotations

import codecs
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Literal

from rich.console import Console

from derive.errors import printable

WIDE = 200  # columns for tables that go into a file or to another program, which has no edge to keep to

Progress = Callable[[str, int, int], None]


def _console(*, stderr: bool = False) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    edge = (stream is not None and stream.isatty()) or "COLUMNS" in os.environ
    # Rich takes NO_COLOR to mean no colours, but bold letters; most who set it want no escape codes.
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(stderr=stderr, highlight=False, width=None if edge else WIDE, color_system=colours)


out = _console()
err = _console(stderr=True)


def text_width() -> int:
    """Return how wide a drawing may be."""
    return min(out.width, shutil.get_terminal_size().columns)


# ── Encodings that lack our characters ───────────────────────────────────────────────────────────────────────────

_ASCII = {
    "✓": "+", "✗": "x", "≈": "~", "−": "-", "·": "*", "×": "x", "→": "->", "∂": "d", "λ": "lambda", "…": "...",
    "⋮": ":", "–": "-", "—": "-", "‘": "'", "’": "'", "“": "'", "”": "'",
}  # fmt: skip


def prepare() -> None:
    """Let every character be printed, whatever the encoding of the output: as what looks most like it."""
    codecs.register_error("derive", _alike)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="derive")


def _alike(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_ascii, error.object[error.start : error.end])), error.end


def _ascii(character: str) -> str:
    if character in _ASCII:
        return _ASCII[character]
    name = unicodedata.name(character, "")
    if name.startswith("GREEK SMALL LETTER "):
        return name.split()[3].lower()
    if name.startswith("BRAILLE"):  # a line of a drawing
        return "."
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return plain or "?"


# ── Errors and notes ─────────────────────────────────────────────────────────────────────────────────────────────


def complain(text: str) -> None:
    """Print an error, without obeying what may stand in it."""
    first, *rest = map(printable, text.split("\n"))
    with suppress(OSError):  # nobody can be told
        err.print("error: ", style="bold red", end="")
        # Text, not markup: a file name may hold brackets.
        err.print(first, markup=False, soft_wrap=True)
        for line in rest:
            err.print(line, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """Print what the user should know, though nothing is wrong."""
    err.print(f"note: {printable(text)}", style="yellow", markup=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line of plain text."""
    out.print(printable(text), markup=False, soft_wrap=True)


def flush() -> bool:
    """Bring the output to where it goes; return whether it went there, having said so if not."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        complain(f"the output cannot be written: {error.strerror}")
        # Python will try again when it ends, and must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """Yield a function that shows how far a long run is; nothing is shown where nobody looks."""
    if quiet or not err.is_terminal:
        yield lambda what, done, whole: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(what: str, done: int, whole: int) -> None:
            bar.update(task, description=what, completed=done, total=whole)

        yield tell
