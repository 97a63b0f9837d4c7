"""Words, by language. No renderer holds a sentence; formulas are put into the sentences' {places}."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources

from derive.errors import DeriveError, nearest, shown
from derive.render.blocks import Inline, Words

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
        made: list[Inline] = []
        for number, part in enumerate(_PLACE.split(self[key])):
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


def languages() -> list[str]:
    """Return the languages that reports can be written in."""
    folder = resources.files("derive.render") / "words"
    return sorted(e.name.removesuffix(".toml") for e in folder.iterdir() if e.name.endswith(".toml"))
