"""Text as tokens: numbers, names of quantities, and the words of the lexicon with what kind of word each is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Literal, NamedTuple

from derive.read.prose.lexicon import GLUED, Lexicon, glued, lexicon
from derive.read.prose.numerals import LENGTH, NUMBER, PLAIN, Numeral, decimal

Sort = Literal["number", "name", "formula", "word", "open", "close", "comma", "semicolon", "stop", "mark", "moment"]
NOTHING: Mapping[str, int] = MappingProxyType({})
_IS: Mapping[str, int] = MappingProxyType({"is": 0})
_AND: Mapping[str, int] = MappingProxyType({"and": 0})

_SPACE = re.compile(r"\s+")
_BLANK = re.compile(r"\n\s*\n")
_LETTER = f"[^\\W\\d_{GLUED}]"
_WORD = re.compile(rf"{_LETTER}++(?:['’]{_LETTER}++)*+")
_GREEK = "\u0370-\u03ff"
_NAME = re.compile(
    rf"(?:[A-Za-z{_GREEK}∂Δ]++(?:_\{{[A-Za-z0-9,]{{1,16}}\}}|_[A-Za-z0-9]++|[0-9]++|[₀-₉ₐ-ₜ]++)++"
    rf"(?:\([A-Za-z0-9_]{{1,16}}\))?+['′⁺]?"
    rf"|[A-Za-z{_GREEK}]{{1,6}}\((?:[A-Za-z]{{1,3}}[0-9]{{0,3}}|total)\)"
    rf"|[A-Za-z](?:['′⁺])?(?![^\W_{GLUED}])|[{_GREEK}]++(?![^\W_{GLUED}]))"
)
_INSIDE = r"[^$\\]|\\."
_DOLLARS = re.compile(rf"(?<!\\)\$\$?+((?:{_INSIDE})*+)\$\$?+", re.DOTALL)
# Between dollars there may be nothing but numbers: they are read as if the dollars were not there.
_NUMERIC = re.compile(
    r"(?:[\s\d.,;{}\[\]()+\-−&]|\\[,;!: ]"
    r"|\\(?:left|right|quad|times|cdot|approx|[bB]ig)(?![a-zA-Z])|\^(?:\\top|T|\{))*+"
)
_TYPESET = re.compile(r"(?:\\(?:left|right|quad|approx|[bB]ig)(?![a-zA-Z])|\\,(?!\d)|\\[;!: ]|\^\{?(?:\\top|T)\}?)")
_SUFFIX = re.compile(r"(?:(k|K)|(st|nd|rd|th))(?![^\W_])")
_ABBREVIATIONS = frozenset(("eq", "fig", "vs", "approx", "cf", "resp", "sec", "ca", "bzw", "no", "z", "e", "g", "i"))
_SORTS: tuple[tuple[str, Sort, Mapping[str, int]], ...] = (
    ("([{（［【", "open", NOTHING),
    (")]}）］】", "close", NOTHING),
    (",，、", "comma", NOTHING),
    (";；", "semicolon", NOTHING),
    (":：", "word", _IS),
    ("&", "word", _AND),
    ("。！？!?", "stop", NOTHING),
)
_MARKS = MappingProxyType({mark: (sort, kinds) for marks, sort, kinds in _SORTS for mark in marks})


class Token(NamedTuple):
    """A part of a text. kinds: of a word of the lexicon, what it may be, with its number where it has one.

    numeral: of a number.  comma: whether its decimal point is a comma.
    steps, relative: of a moment, see `moments`.
    """

    sort: Sort
    text: str
    start: int
    end: int
    kinds: Mapping[str, int] = NOTHING
    numeral: Numeral | None = None
    comma: bool = False
    steps: int | None = None
    relative: bool = False


def sentences(text: str) -> Iterator[list[Token]]:
    """Yield the tokens of each sentence; an empty list between paragraphs."""
    found: list[Token] = []
    before = 0
    for token in _phrases(text, list(_raw(text)), lexicon()):
        blank = _BLANK.search(text, before, token.start) is not None
        if found and blank:
            yield found
            found = []
        if blank:
            yield []
        before = token.end
        if token.sort == "stop":
            if found:
                yield found
            found = []
        else:
            found.append(token)
    if found:
        yield found


def _raw(text: str) -> Iterator[Token]:
    at = 0
    for match in _DOLLARS.finditer(text):
        yield from _plain(text, at, match.start())
        start, end = match.span(1)
        at = match.end()
        if _NUMERIC.fullmatch(text, start, end):
            before = start
            for typeset in _TYPESET.finditer(text, start, end):
                yield from _plain(text, before, typeset.start())
                before = typeset.end()
            yield from _plain(text, before, end)
        else:
            simple = end - start <= LENGTH and not re.search(r"[=<>≈+*/]|\\(?:approx|frac|cdot|times|le|ge)", match[1])
            yield Token("name" if simple and "," not in match[1] else "formula", match[1], *match.span())
    yield from _plain(text, at, len(text))


def _plain(text: str, at: int, end: int) -> Iterator[Token]:
    """Yield the tokens of a part of a text that has no formula between dollars."""
    lists = 0  # open square brackets: in them, a comma always comes between numbers
    while at < end:
        character = text[at]
        if character.isspace():
            found = _SPACE.match(text, at, end)
            assert found
            at = found.end()
            continue
        if glued(character):
            yield Token("word", character, at, at + 1)
            at += 1
            continue
        token = _number(text, at, end, lists > 0) or _name(text, at, end) or _mark(text, at, end)
        lists += (token.text == "[") - (token.text == "]" and lists > 0)
        yield token
        at = token.end


def _number(text: str, at: int, end: int, in_list: bool) -> Token | None:
    character = text[at]
    if not (character.isdigit() or character in ".+-−"):
        return None
    if (
        character in "+-−"
        and at
        and not (text[at - 1].isspace() or text[at - 1] in "([{$:：，,、" or glued(text[at - 1]))
    ):
        return None
    found = (PLAIN if in_list else NUMBER).match(text, at, end)
    if found is None:
        return None
    comma = not in_list and found["mark"] == ","
    if comma and not _decimal_comma(found[0]):
        found = PLAIN.match(text, at, end)
        assert found
        comma = False
    stop = found.end()
    printed = decimal(found[0], "decimal" if comma else "thousands")
    follows = text[stop : stop + 2]
    suffix = _SUFFIX.match(text, stop, end)
    if not printed or (follows[:1] == "." and follows[1:].isdigit()):
        return Token("formula", found[0], at, stop)
    if suffix and "." not in printed:
        if suffix[1]:
            return Token("number", suffix[0], at, suffix.end(), numeral=Numeral(printed + "000", at, suffix.end()))
        return Token("word", suffix[0], at, suffix.end(), {"ordinal": int(printed)})
    return Token("number", found[0], at, stop, numeral=Numeral(printed, at, stop), comma=comma)


def _decimal_comma(printed: str) -> bool:
    """Return whether a comma can be nothing but a decimal point: "0,35", and neither "0,1" nor "2,35"."""
    whole, _, decimals = printed.lstrip("+-−").partition(",")
    return whole == "0" and len(decimals) > 1


def _name(text: str, at: int, end: int) -> Token | None:
    found = _NAME.match(text, at, end)
    return Token("name", found[0], at, found.end()) if found else None


def _mark(text: str, at: int, end: int) -> Token:
    """Return a word or a mark."""
    found = _WORD.match(text, at, end)
    if found:
        return Token("word", found[0], at, found.end())
    character = text[at]
    if character == ".":
        following = text[at + 1 : at + 2]
        return Token(
            "stop" if not following or following.isspace() or following in '$)）"”' or glued(following) else "mark",
            ".",
            at,
            at + 1,
        )
    sort, kinds = _MARKS.get(character, ("mark", NOTHING))
    return Token(sort, character, at, at + 1, kinds)


def _phrases(text: str, raw: list[Token], known: Lexicon) -> Iterator[Token]:
    """Yield the tokens with the words of each phrase as one."""
    joins = [text[a.end : b.start] in (" ", "-", "\n") for a, b in pairwise(raw)]
    at = 0
    while at < len(raw):
        token = raw[at]
        if token.sort == "stop" and token.text == "." and at and raw[at - 1].text.lower() in _ABBREVIATIONS:
            at += 1
            continue
        if token.sort not in ("word", "name") or token.kinds or token.text[:1] in "\\$":
            yield token
            at += 1
            continue
        made, at = _phrase(text, raw, joins, at, known)
        yield made


def _phrase(text: str, raw: list[Token], joins: list[bool], at: int, known: Lexicon) -> tuple[Token, int]:
    token = raw[at]
    if glued(token.text[0]):
        for length in known.heads.get(token.text[0], ()):
            kinds = known.phrases.get(text[token.start : token.start + length].lower())
            if kinds is not None:
                stop = token.start + length
                while at < len(raw) and raw[at].start < stop:
                    at += 1
                return Token("word", text[token.start : stop], token.start, stop, kinds), at
        return token, at + 1
    letter = len(token.text) == 1
    words = [token.text if letter else token.text.lower()]
    most = max(known.heads.get(words[0], (0,)))
    while len(words) < most and at + len(words) < len(raw) and joins[at + len(words) - 1]:
        words.append(raw[at + len(words)].text.lower())
    for length in range(len(words), 0, -1):
        kinds = known.phrases.get(" ".join(words[:length]))
        if kinds is not None:
            last = raw[at + length - 1]
            # A single letter may be a name as well: "y" is a word in Spanish.
            sort: Sort = "name" if letter and length == 1 and token.sort == "name" and words[0] != "a" else "word"
            return Token(sort, text[token.start : last.end], token.start, last.end, kinds), at + length
    return token, at + 1
