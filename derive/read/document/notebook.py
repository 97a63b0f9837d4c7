"""Jupyter notebooks as pieces: JSON is read so that the place of every character of a cell is known."""

from __future__ import annotations

import json
import re
from array import array
from typing import Any

from derive.errors import DeriveError
from derive.read.document import front, macros, markdown, tex
from derive.read.document.collecting import Collected
from derive.read.document.extracts import joined, plain_lines, through
from derive.read.document.types import Extract

_DEPTH = 60
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\[\s\S])*+"')
_BARE = re.compile(r"[-+.\w]+")
_GAP = re.compile(r"[ \t\r\n]*")
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^u]")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def read(text: str, found: Collected) -> None:
    """Collect the pieces of a notebook. Raises DeriveError where it is not JSON, or no notebook."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise DeriveError(f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise DeriveError("not JSON that can be read: nested too deeply, or a number of too many digits") from error
    book = _Json(text).value(0, 0)[0]
    cells = book.get("cells") if isinstance(book, dict) else None
    if cells is None and isinstance(book, dict) and isinstance(book.get("worksheets"), list):
        sheets = [sheet for sheet in book["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    if not isinstance(cells, list):
        raise DeriveError("no notebook: it has no list of cells", allowed='{"cells": […], …}')
    defined: dict[str, list[object]] = {}
    for number, cell in enumerate(cells, 1):
        if isinstance(cell, dict):
            _cell(cell, number, found, defined)
    if defined:
        found.front["macros"] = defined


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _cell(cell: dict[str, Any], number: int, found: Collected, defined: dict[str, list[object]]) -> None:
    source = _source(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    kind = kind.text if isinstance(kind, Extract) else ""
    if source is not None and kind in ("markdown", "heading"):
        defined.update(macros.defined(source.text))
        with found.part(source, number) as part:
            markdown.read(source.text, part, page=number == 1)
        if number == 1:
            found.front.update(part.front)
    elif source is not None and kind == "raw" and number == 1:
        found.front.update(front.read(source.text)[0])
    elif source is not None and kind == "code":
        with found.part(source, number) as part:
            part.code(Extract.of(source.text), "python")
    for output in _list(cell.get("outputs")):
        data = output.get("data") if isinstance(output, dict) else None
        if not isinstance(data, dict):
            continue
        for mime in ("text/markdown", "text/latex"):
            shown = _source(data.get(mime))
            if shown is not None:
                with found.part(shown, number) as part:
                    (markdown.read if mime == "text/markdown" else tex.read)(shown.text, part)
                break


def _source(value: Any) -> Extract | None:
    """Return a text that is a string, or a list of them."""
    if isinstance(value, list) and value and all(isinstance(line, Extract) for line in value):
        value = joined(value)
    if not isinstance(value, Extract):
        return None
    return through(plain_lines(value.text), value) if "\r" in value.text else value


class _Json:
    """Reads JSON that is known to be right; strings become extracts."""

    def __init__(self, text: str) -> None:
        self.text = text

    def gap(self, at: int) -> int:
        found = _GAP.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        at = self.gap(at)
        if depth > _DEPTH:
            raise DeriveError("not JSON that can be read: nested too deeply")
        sign = self.text[at : at + 1]
        if sign == '"':
            return self.string(at)
        if sign == "{":
            return self.table(at + 1, depth)
        if sign == "[":
            return self.list(at + 1, depth)
        found = _BARE.match(self.text, at)
        return None, found.end() if found else at + 1

    def list(self, at: int, depth: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        at = self.gap(at)
        while self.text[at : at + 1] not in ("]", ""):
            value, at = self.value(at, depth + 1)
            values.append(value)
            at = self.gap(at)
            if self.text[at : at + 1] == ",":
                at = self.gap(at + 1)
        return values, at + 1

    def table(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        values: dict[str, Any] = {}
        at = self.gap(at)
        while self.text[at : at + 1] not in ("}", ""):
            key, at = self.string(at)
            value, at = self.value(self.gap(at) + 1, depth + 1)
            values[key.text] = value
            at = self.gap(at)
            if self.text[at : at + 1] == ",":
                at = self.gap(at + 1)
        return values, at + 1

    def string(self, at: int) -> tuple[Extract, int]:
        found = _STRING.match(self.text, at)
        if found is None:
            return Extract("", range(at, at), range(at, at)), at + 1
        start, end = at + 1, found.end() - 1
        if self.text.find("\\", start, end) < 0:
            return Extract.of(self.text, start, end), found.end()
        words: list[str] = []
        starts, ends = array("i"), array("i")
        for escape in _ESCAPE.finditer(self.text, start, end):
            first, last = escape.span()
            words.append(self.text[start:first])
            starts.extend(range(start, first))
            ends.extend(range(start + 1, first + 1))
            words.append(_character(escape.group()))
            starts.append(first)
            ends.append(last)
            start = last
        words.append(self.text[start:end])
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))
        return Extract("".join(words), starts, ends), found.end()


def _character(escape: str) -> str:
    if escape[1] != "u":
        return _SIMPLE.get(escape[1], escape[1])
    if len(escape) == 12:
        return chr(0x10000 + ((int(escape[2:6], 16) - 0xD800) << 10) + int(escape[8:], 16) - 0xDC00)
    return chr(int(escape[2:], 16))
