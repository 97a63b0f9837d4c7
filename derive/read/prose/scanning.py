"""Lists of numbers, and names for numbers, in programs of any language: by brackets, numbers and commas alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from derive.read.prose.numerals import Numeral, decimal

_NOTES: dict[str, str] = {
    **dict.fromkeys(("c", "cpp", "c++", "java", "javascript", "js", "typescript", "ts", "go", "rust", "csharp", "cs",
                     "c#", "kotlin", "swift", "scala", "php", "dart", "objective-c", "cuda"), "//"),
    **dict.fromkeys(("matlab", "octave", "latex", "tex", "prolog", "erlang"), "%"),
    **dict.fromkeys(("lua", "haskell", "sql"), "--"),
}  # fmt: skip
"""What begins a comment; "#" in all other languages."""
_QUOTED = r'"(?:[^"\\\n]|\\.)*+"|(?<![\w)\]}.])\'(?:[^\'\\\n]|\\.)*+\''
_SCAN = re.compile(
    r"(?P<number>(?<![\w.])[-+−]?(?:[0-9][0-9_]*+(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]{1,3})?[fFdL]?(?![\w.(]))"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<row>;)|(?P<line>\n)|(?P<space>[^\S\n]++|\.\.\.\n)"
    r"|(?P<other>\w++|.)"
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_BLANK = re.compile(r"[^\r\n]")
# `name = np.array(` and the like, before a bracket.
_NAMED = re.compile(
    r"([^\W\d]\w{0,63})(?:\s{0,8}\[\w{0,8}\]){0,3}\s{0,8}(?::\s{0,8}[\w<>\[\], .]{1,32})?(?:=|:=|<-|:)\s{0,8}"
    r"(?:(?:new\s{1,8})?[\w.:]{1,40}(?:<\w{1,16}>)?\s{0,2}(?:\[\w{0,8}\]){0,3}\s{0,2}[({]?\s{0,8}){0,2}\Z"
)
_BACK = 100
_SINGLE = re.compile(
    r"(?<![\w.\]])(?:[A-Za-z_]\w{0,30}\.){0,3}([^\W\d]\w{0,63})\s{0,8}(?:=|:=|<-)(?!=)\s{0,8}"
    r"(?P<number>[-+−]?(?:[0-9][0-9_]{0,99}(?:\.[0-9]{0,99})?|\.[0-9]{1,99})(?:[eE][-+]?[0-9]{1,3})?)[fF]?"
    r"(?=[^\S\n]*+(?:[;,)\]}\n\r]|\Z))"
)


class Scanned(Struct, frozen=True):
    """As `listings.NumberList`."""

    values: tuple[Numeral, ...]
    shape: tuple[int, ...]
    start: int
    end: int
    name: str
    siblings: tuple[int, ...]
    within: int


class _Open(Struct):
    """Brackets that have been opened. call: whether they follow a name: a call or an index, which is no list.

    lists: the numbers of the lists in them.  rows: how many numbers there were at each semicolon.
    pure: whether there is nothing else in them.
    """

    at: int
    mark: str
    call: bool
    values: list[Numeral] = []
    lists: list[int] = []
    rows: list[int] = []
    pure: bool = True


class _Made(Struct):
    values: tuple[Numeral, ...]
    shape: tuple[int, ...]
    start: int
    end: int
    name: str = ""
    siblings: tuple[int, ...] = ()
    within: int = -1


def scanned_lists(code: str, language: str, deepest: int) -> list[Scanned]:
    """Return the lists of numbers in a program, in the order of its text."""
    text = _without_notes(code, language)
    found: list[_Made] = []
    stack: list[_Open] = []
    for match in _SCAN.finditer(text):
        sort, top = match.lastgroup, stack[-1] if stack else None
        if sort == "open":
            stack.append(_Open(match.start(), match[0], _follows_name(text, match.start(), match[0])))
        elif sort == "close":
            if top is None or _PAIRS[top.mark] != match[0]:
                stack.clear()
                continue
            stack.pop()
            made = _closed(text, top, match.end(), found, deepest)
            if stack:
                if made is not None:
                    stack[-1].lists.append(made)
                elif top.call or top.mark == "(":
                    wrapped = top.call and len(top.lists) == 1 and _wraps(text, top.at)
                    stack[-1].lists += top.lists if wrapped else []
                    stack[-1].pure &= wrapped
                else:
                    stack[-1].pure = False
        elif top is not None:
            _inside(top, sort or "", match)
    return _ordered(found)


def _inside(top: _Open, sort: str, match: re.Match[str]) -> None:
    if sort == "number":
        printed = match[0].rstrip("fFdL")
        text = decimal(printed)
        top.pure &= bool(text)
        if text:
            top.values.append(Numeral(text, match.start(), match.start() + len(printed)))
    elif sort == "row":
        top.rows.append(len(top.values))
    elif sort == "other":
        top.pure = False


def _follows_name(text: str, at: int, mark: str) -> bool:
    """Return whether a bracket belongs to what is before it: a call, an index."""
    before = at - 1
    while before >= 0 and at - before < 4 and text[before] == " ":
        before -= 1
    if before < 0 or mark == "{":
        return False
    if mark == "[" and before < at - 1:
        return False
    return (text[before].isalnum() or text[before] in "_)]") and not _keyword(text, before)


def _keyword(text: str, last: int) -> bool:
    return re.search(r"\b(?:return|in|print|yield|and|or|not|is|=)\Z", text[max(0, last - 7) : last + 1]) is not None


def _wraps(text: str, at: int) -> bool:
    """Return whether a call makes an array of its list."""
    return (
        re.search(r"(?:array|tensor|matrix|Matrix|Tensor|\bc|list|vector|rbind|mat)\s?\Z", text[max(0, at - 12) : at])
        is not None
    )


def _closed(text: str, top: _Open, end: int, found: list[_Made], deepest: int) -> int | None:
    """Add the list that brackets hold, and return its number among `found`; None where they hold none."""
    made: _Made | None = None
    combined = top.call and top.mark == "(" and re.search(r"(?<![\w.])c\s?\Z", text[max(0, top.at - 4) : top.at])
    if top.pure and (not top.call or combined):
        if top.values and not top.lists and (top.mark != "(" or len(top.values) > 1):
            made = _Made(tuple(top.values), _shape(top), top.at, end)
        elif top.lists and not top.values:
            inner = {found[one].shape for one in top.lists}
            shape = inner.pop()
            if not inner and len(shape) < deepest:
                values = tuple(value for one in top.lists for value in found[one].values)
                made = _Made(values, (len(top.lists), *shape), top.at, end)
    group = tuple(top.lists)
    for one in group:
        found[one].siblings = group if len(group) > 1 else ()
        found[one].within = len(found) if made is not None else -1
    if made is None:
        return None
    made.name = _name(text, top.at)
    found.append(made)
    return len(found) - 1


def _name(text: str, at: int) -> str:
    """Return the name that a list is given to; "" for none."""
    before = text[max(0, at - _BACK) : at].rstrip()
    if before[-1:] not in ("=", "-", ":", "(", "]", "{", ">") and not before[-1:].isalnum():
        return ""
    named = _NAMED.search(before)
    return named[1] if named else ""


def _shape(top: _Open) -> tuple[int, ...]:
    """Return the shape of numbers; semicolons part the rows of a matrix."""
    bounds = [0, *top.rows, len(top.values)]
    lengths = {stop - start for start, stop in pairwise(bounds) if stop > start}
    if top.rows and len(lengths) == 1:
        length = lengths.pop()
        return (len(top.values) // length, length)
    return (len(top.values),)


def _ordered(found: list[_Made]) -> list[Scanned]:
    order = sorted(range(len(found)), key=lambda one: (found[one].start, -found[one].end))
    number = {one: at for at, one in enumerate(order)}
    groups: dict[int, tuple[int, ...]] = {}  # each group of siblings is made once
    made = []
    for one in order:
        old = found[one].siblings
        if id(old) not in groups:
            groups[id(old)] = tuple(number[sibling] for sibling in old)
        m = found[one]
        made.append(Scanned(m.values, m.shape, m.start, m.end, m.name, groups[id(old)], number.get(m.within, -1)))
    return made


def scanned_names(code: str, language: str) -> Iterator[tuple[str, Numeral]]:
    """Yield the names that a program gives to single numbers."""
    for match in _SINGLE.finditer(_without_notes(code, language)):
        text = decimal(match["number"])
        if text:
            yield match[1], Numeral(text, *match.span("number"))


def _without_notes(code: str, language: str) -> str:
    """Return a program with spaces for its comments and texts."""
    mark = re.escape(_NOTES.get(language.lower(), "#"))
    block = (
        r"/\*(?:[^*]|\*(?!/))*+\*/|"
        if mark == "//"
        else r'"""(?:[^"]|"(?!""))*+"""|\'\'\'(?:[^\']|\'(?!\'\'))*+\'\'\'|'
    )
    return re.sub(rf"{block}{_QUOTED}|{mark}[^\r\n]*+", lambda found: _BLANK.sub(" ", found[0]), code)
