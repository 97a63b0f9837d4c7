"""The words that sentences put around numbers, of all languages at once: documents mix them.

words/*.toml has a file for each language. Its sections:

things: what a number may be of, and "other" for names that only contain such a word, "not" for words before a thing
    that make another thing of it.
between: what may stand between a thing and its number. is: ties the number to it; fill: says nothing; from, to,
    falls: of a change; take: of a choice; and: joins numbers; versus: another number beside it; it: takes a thing up.
time: after, train, rounds (what is counted), times (counts only with a word of `train`), before (training), updated
    (once), old and new (before a thing), was (a number from before the update), forward (pass), then (at the time just
    said), again, and further, which makes a count uncertain.
doubt: doubtful words, of a sentence from which nothing is taken; conditional ones, from which only what is given is;
    away: what only looks like one of the other words.
numbers, multipliers, ordinals: words for numbers.
formulas: see `formulas`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

import msgspec
from msgspec import Struct

GLUED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
"""Letters of the scripts whose words stand without spaces, or with endings stuck to them."""
_GLUED = re.compile(f"[{GLUED}]")


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    things: dict[str, list[str]]
    between: dict[str, list[str]]
    time: dict[str, list[str]]
    doubt: dict[str, list[str]]
    numbers: dict[str, int] = {}
    multipliers: dict[str, int] = {}
    ordinals: dict[str, int] = {}
    formulas: dict[str, list[str]] = {}

    def phrases(self) -> Iterator[tuple[str, str, int]]:
        """Yield each phrase with its kind, and its number."""
        for section in (self.things, self.between, self.time, self.doubt):
            for kind, phrases in section.items():
                for phrase in phrases:
                    yield phrase, kind, 0
        for kind, table in (("count", self.numbers), ("multiplier", self.multipliers), ("ordinal", self.ordinals)):
            for phrase, number in table.items():
                yield phrase, kind, number


class Lexicon(Struct, frozen=True):
    """phrases: by their text in small letters, the kinds of each with its number; 0 where it is none.

    heads: by their first word, how many words phrases have, from the most; of glued scripts, letters by the first one.
    formulas: words for `formulas`, by their kind.
    """

    phrases: Mapping[str, Mapping[str, int]]
    heads: Mapping[str, tuple[int, ...]]
    formulas: Mapping[str, frozenset[str]]


def glued(character: str) -> bool:
    """Return whether a character is a letter of a script whose words stand without spaces."""
    return character >= "\u3040" and _GLUED.match(character) is not None


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the words of all languages."""
    found: dict[str, dict[str, int]] = {}
    formulas: dict[str, set[str]] = {}
    for entry in (resources.files("derive.read.prose") / "words").iterdir():
        if not entry.name.endswith(".toml"):
            continue
        file = msgspec.convert(tomllib.loads(entry.read_text("utf-8")), _File)
        for phrase, kind, number in file.phrases():
            found.setdefault(phrase.lower(), {})[kind] = number
        for kind, words in file.formulas.items():
            formulas.setdefault(kind, set()).update(word.lower() for word in words)
    heads: dict[str, set[int]] = {}
    for phrase in found:
        head, length = (phrase[0], len(phrase)) if glued(phrase[0]) else (phrase.split()[0], len(phrase.split()))
        heads.setdefault(head, set()).add(length)
    return Lexicon(
        MappingProxyType({phrase: MappingProxyType(kinds) for phrase, kinds in found.items()}),
        MappingProxyType({head: tuple(sorted(lengths, reverse=True)) for head, lengths in heads.items()}),
        MappingProxyType({kind: frozenset(words) for kind, words in formulas.items()}),
    )
