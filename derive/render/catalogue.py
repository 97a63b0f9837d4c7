"""Words, by language. No renderer holds a sentence; formulas are put into the sentences' {places}."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from importlib import resources

from derive.errors import DeriveError, nearest, shown
from derive.render.blocks import Inline, Words
from derive.vocabulary import ACTIVATIONS, LOSSES, split

_PLACE = re.compile(r"\{(\w+)\}")


class Catalogue:
    """The sentences of one language. Raises DeriveError for a language that there is none of."""

    def __init__(self, language: str) -> None:
        known = languages()
        if language not in known:
            raise DeriveError(f"no words in {shown(language)}", allowed=", ".join(known), hint=nearest(language, known))
        text = (resources.files("derive.render") / "words" / f"{language}.toml").read_text("utf-8")
        self.language = language
        self._entries: Mapping[str, object] = tomllib.loads(text)

    def __contains__(self, key: str) -> bool:
        return self._find(key) is not None

    def plain(self, key: str, **places: str) -> str:
        """Return the sentence `key`, with words for its places. Raises KeyError."""
        return self[key].format(**places)

    def words(self, key: str, **places: Inline | Words) -> Words:
        """Return the sentence `key` as words and formulas. Raises KeyError."""
        return self._filled(self[key], places)

    def _filled(self, sentence: str, places: Mapping[str, Inline | Words]) -> Words:
        made: list[Inline] = []
        for number, part in enumerate(_PLACE.split(sentence)):
            if number % 2:
                value = places[part]
                made.extend(value if isinstance(value, tuple) else (value,))
            elif part:
                made.append(part)
        return tuple(made)

    def __getitem__(self, key: str) -> str:
        """Return the sentence `key` with its {places} open. Raises KeyError."""
        found = self._find(key)
        if found is None:
            raise KeyError(f"{self.language}: {key}")
        return found

    def note(self, section: str, word: str, **places: Inline | Words) -> Words:
        """Return the note of a section, "definition" or "derivative", for a row of the vocabulary or a plain key.

        A row without a note of its own is noted by what it is called anywhere; () where there is nothing to say.
        """
        name, constants = split(word)
        if f"{section}.{name}" in self:
            made = self.words(f"{section}.{name}", **places)
            return (*made, _in_brackets(constants)) if constants and section == "definition" else made
        if name not in ACTIVATIONS and name not in LOSSES:
            return ()
        return self.words(f"{section}.other", function=self.function(word))

    def function(self, word: str) -> str:
        """Return what a row of the vocabulary is called in a sentence."""
        name, constants = split(word)
        said = self._find(f"activation.{name}") or self._find(f"loss.{name}") or name
        return said + (_in_brackets(constants) if constants else "")

    def section(self, name: str) -> dict[str, str]:
        """Return the sentences of a section by their keys, with their {places} open. Raises KeyError."""
        section = self._entries[name]
        assert isinstance(section, Mapping)
        return {str(key): str(sentence) for key, sentence in section.items()}

    def _find(self, key: str) -> str | None:
        entry: object = self._entries
        for part in key.split("."):
            entry = entry.get(part) if isinstance(entry, Mapping) else None
        return entry if isinstance(entry, str) else None


def _in_brackets(constants: Sequence[Decimal]) -> str:
    return f"({', '.join(map(str, constants))})"


def languages() -> list[str]:
    """Return the languages that reports can be written in."""
    folder = resources.files("derive.render") / "words"
    return sorted(e.name.removesuffix(".toml") for e in folder.iterdir() if e.name.endswith(".toml"))
