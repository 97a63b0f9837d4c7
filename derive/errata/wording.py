"""What `derive check` says, by language. No other module of this package holds a sentence."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

import msgspec
from msgspec import Struct

from derive.errata.findings import Cause, Claim, Level
from derive.errors import DeriveError, nearest, shown


class CauseWords(Struct, frozen=True, forbid_unknown_fields=True):
    """title: a short name.  what: a sentence on what goes wrong."""

    title: str
    what: str


class Number(Struct, frozen=True, forbid_unknown_fields=True):
    """How so many of something are called: one of them, and any other number."""

    one: str
    many: str


class Wording(Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one language.

    mark: of verdicts, and of findings that are mild.  say: sentences with {places}.  count: numbers of things.
    level, cause: by the name of the member in lower case.  reason: of what is undecided.
    """

    mark: dict[str, str]
    say: dict[str, str]
    count: dict[str, Number]
    level: dict[str, str]
    cause: dict[str, CauseWords]
    reason: dict[str, str]

    def plain(self, key: str, **places: str) -> str:
        """Return the sentence `key`, with words for its places. Raises KeyError."""
        return self.say[key].format(**places)

    def number(self, key: str, n: int) -> str:
        """Return how many of something there are, in words. Raises KeyError."""
        words = self.count[key]
        return (words.one if n == 1 else words.many).format(n=f"{n:,}")

    def of(self, cause: Cause) -> CauseWords:
        """Return what a cause is called."""
        return self.cause[cause.name.lower()]

    def level_of(self, level: Level) -> str:
        """Return what a kind of claim is called."""
        return self.level[level.name.lower()]

    def why(self, reason: str) -> str:
        """Return why something is undecided: "key" or "key: detail" in words of the language, all else as it is."""
        key, colon, detail = reason.partition(": ")
        if key not in self.reason:
            return reason
        return self.plain("titled", title=self.reason[key], detail=detail) if colon else self.reason[key]

    def verdict(self, claim: Claim) -> str:
        """Return the verdict on a claim, in a word."""
        return self.mark["mild" if claim.mild else claim.kind]


@lru_cache
def words(language: str) -> Wording:
    """Return the words of a language. Raises DeriveError for one that there are none in."""
    folder = resources.files("derive.errata") / "words"
    known = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    if language not in known:
        raise DeriveError(f"no words in {shown(language)}", allowed=", ".join(known), hint=nearest(language, known))
    return msgspec.convert(tomllib.loads((folder / f"{language}.toml").read_text("utf-8")), Wording)
