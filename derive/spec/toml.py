"""TOML from strangers to plain data, in time and memory that grow no faster than the text.

The standard library's parser is correct, but takes time with the square of some texts: 200 kB of a.a.a.… = 1 cost it
40 GB. What makes it do so is no part of any spec, so it is found and refused beforehand.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal, InvalidOperation
from typing import Any

from derive.errors import DeriveError, shown

MAX_DEPTH = 8
MAX_KEY_PARTS = 8
MAX_WORD = 400  # characters; Python reads whole numbers of at least 640 digits under any setting
_MOST = {",": (400_000, "values"), "=": (100_000, "keys"), "[": (100_000, "rows or tables"), "\n": (10**6, "lines")}

# Whatever stands in texts and comments is harmless, and no bracket or dot in them counts. A text that does not end is
# taken to the end of its line or of the file: the parser goes no further than its beginning.
_TEXTS_AND_COMMENTS = re.compile(
    r'"""(?:[^"\\]++|\\(?:.|\Z)|""?(?!"))*+(?:"{3,5}|\Z)'
    r"|'''(?:[^']++|''?(?!'))*+(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]++|\\(?:.|\Z))*+(?:"|$)'
    r"|'[^'\n]*+(?:'|$)"
    r"|\#[^\n]*+",
    re.DOTALL | re.MULTILINE,
)
_LONG_WORD = re.compile(rf"(?:^|(?<=[\s\[\]{{}}=,]))[^\s\[\]{{}}=,]{{{MAX_WORD + 1}}}")
_LONG_KEY = re.compile(rf"(?:\.[ \t]*+[^.\s=,\[\]{{}}]*+[ \t]*+){{{MAX_KEY_PARTS}}}")
_BRACKETS = re.compile(r"[\[\]{}]")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Unreadable(str):
    """A number that is written correctly, but is too much for any kind of number that there is."""

    __slots__ = ()


def parse(text: str, source: str) -> dict[str, Any]:
    """Return what a TOML text says; numbers with a point or an exponent as the decimals that they are.

    Raises DeriveError with the place, where the text is no TOML or is out of all proportion.
    """
    text = text.replace("\r\n", "\n")
    _refuse_disproportion(text, source)
    try:
        return tomllib.loads(text, parse_float=_decimal)
    except tomllib.TOMLDecodeError as error:
        raise _explained(str(error), text, source) from None
    except (ValueError, RecursionError) as error:  # out of proportion in a way that nobody has thought of
        raise DeriveError(f"this cannot be read: {error}", where=source) from None


def _decimal(text: str) -> Decimal | Unreadable:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Unreadable(text)


def _refuse_disproportion(text: str, source: str) -> None:
    bare = _TEXTS_AND_COMMENTS.sub(lambda found: '""' + "\n" * found.group().count("\n"), text)
    for mark, (most, what) in _MOST.items():
        if (count := bare.count(mark)) > most:
            raise DeriveError(
                f"there are {count:,} {what}", where=source, allowed=f"at most {most:,}",
                hint="draw large weights from a seed instead of listing them",
            )  # fmt: skip
    if found := _LONG_WORD.search(bare):
        raise DeriveError(
            f"{shown(found.group(), 24)} is too long for a word or a number",
            where=_line(bare, found.start(), source), allowed=f"at most {MAX_WORD} characters",
        )  # fmt: skip
    if found := _LONG_KEY.search(bare):
        raise DeriveError(
            "the key has too many parts", where=_line(bare, found.start(), source),
            allowed=f"at most {MAX_KEY_PARTS} parts with dots between them",
        )  # fmt: skip
    depth = 0
    for found in _BRACKETS.finditer(bare):
        depth += 1 if found.group() in "[{" else -1
        if depth > MAX_DEPTH:
            raise DeriveError(
                "arrays or tables are nested too deeply", where=_line(bare, found.start(), source),
                allowed="at most two levels of [ ]",
            )  # fmt: skip


def _line(text: str, place: int, source: str) -> str:
    return f"{source}: line {text.count(chr(10), 0, place) + 1}"


def _explained(message: str, text: str, source: str) -> DeriveError:
    place = _TOML_PLACE.search(message)
    reason = message[: place.start()] if place else message
    where = source
    if place and place.group(1):
        number, column = int(place.group(1)), int(place.group(2))
        line = text.split("\n", number)[number - 1]
        start = max(0, column - 40)
        reason += f", in {shown(line[start : start + 80].strip(), 80)}"
        where += f": line {number}, column {column}"
    return DeriveError(
        f"this is not TOML: {reason}", where=where,
        allowed='lines such as  size = 2,  loss = "half squared error",  [[layers]]',
        hint="derive new my.toml writes a file to start from",
    )  # fmt: skip
