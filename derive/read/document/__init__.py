"""Documents of every kind as formulas, prose and code, each with its place in the file. No TeX is ever run."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from derive.errors import DeriveError
from derive.read.document import html, markdown, notebook, rst, tex
from derive.read.document.collecting import Collected
from derive.read.document.extracts import plain_lines
from derive.read.document.maths import Full
from derive.read.document.types import Document, Extract, Format, Piece, Place, Unread, Writing

__all__ = ["FORMATS", "Document", "Extract", "Format", "Piece", "Place", "Unread", "Writing", "parse", "read"]

FORMATS: dict[str, Format] = {
    ".md": "markdown", ".markdown": "markdown", ".qmd": "markdown", ".rmd": "markdown", ".tex": "latex",
    ".ltx": "latex", ".rst": "rst", ".ipynb": "notebook", ".html": "html", ".htm": "html", ".xhtml": "html",
    ".txt": "text",
}  # fmt: skip
"""The format of a file, by the end of its name."""

LARGEST = 16 << 20
TURNED = 20  # marks of direction that are told of
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARK = b"\xef\xbb\xbf"
_READERS = {
    "markdown": markdown.read, "latex": tex.read, "rst": rst.read, "notebook": notebook.read, "html": html.read,
    "text": markdown.read_plain,
}  # fmt: skip


def read(path: str | Path) -> Document:
    """Return a file as a document. Raises DeriveError where there is none, or it is no text of a known format."""
    path = Path(path)
    where = str(path)
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        what = f"unknown suffix {path.suffix!r}" if path.suffix else "the name has no suffix that tells the format"
        raise DeriveError(what, where=where, allowed=" ".join(FORMATS))
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise DeriveError("there is no such file", where=where) from None
    except IsADirectoryError:
        raise DeriveError("this is a directory, not a file", where=where) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DeriveError(f"cannot be read: {why}", where=where) from None
    if len(raw) > LARGEST:
        raise DeriveError("the file is too large", where=where, allowed=f"at most {LARGEST >> 20} MiB")
    text = _decoded(raw, where)
    return _document(text, kind, where, raw.startswith(_MARK))


def _decoded(raw: bytes, where: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DeriveError("the text is UTF-16", where=where, allowed="UTF-8", hint="save it as UTF-8")
    zero = raw.find(b"\0")
    if zero >= 0:
        raise DeriveError(f"binary data: the byte at offset {zero:,} is zero", where=where, allowed="text in UTF-8")
    try:
        return raw.removeprefix(_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start + (len(_MARK) if raw.startswith(_MARK) else 0)
        what = f"not UTF-8: the byte {raw[offset]:#04x} at offset {offset:,}"
        raise DeriveError(what, where=where, allowed="text in UTF-8") from None


def parse(text: str, format: Format, name: str = "") -> Document:
    """Return a text as a document. Raises DeriveError where it is not of its format at all."""
    return _document(text, format, name, False)


def _document(text: str, kind: Format, name: str, bom: bool) -> Document:
    lines = plain_lines(text) if kind != "notebook" else Extract.of(text)  # of JSON, the strings have lines
    found = Collected()
    unread: list[Unread] = []
    try:
        with found.part(lines) as whole:
            _READERS[kind](lines.text, whole)
    except Full as full:
        last = found.pieces[-1].extract.ends[-1] if found.pieces else 0
        unread.append(Unread(last, len(text), full.why))
    except DeriveError as error:
        raise error.inside(name) if name else error from None
    unread += _turned(text)
    return Document(name, kind, text, tuple(found.pieces), (*found.unread, *unread), whole.front, bom)


def _turned(text: str) -> list[Unread]:
    """Return the marks that make a text be seen otherwise than it is read, the first of them."""
    found = islice(_TURNING.finditer(text), TURNED)
    return [Unread(mark.start(), mark.end(), "a mark that reverses the direction of text") for mark in found]
