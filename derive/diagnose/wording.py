"""What mistakes are called, by language."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

import msgspec
from msgspec import Struct

from derive.errors import DeriveError, nearest, shown


class Wording(Struct, frozen=True, forbid_unknown_fields=True):
    """title: a short name.  what: what goes wrong.  mend: how to mend it."""

    title: str
    what: str
    mend: str


@lru_cache
def words(language: str) -> MappingProxyType[str, Wording]:
    """Return the words for every mistake, by its id. Raises DeriveError for a language that there are none in."""
    known = sorted(
        entry.name.removesuffix(".toml")
        for entry in (resources.files("derive.diagnose") / "words").iterdir()
        if entry.name.endswith(".toml")
    )
    if language not in known:
        raise DeriveError(f"no words in {shown(language)}", allowed=", ".join(known), hint=nearest(language, known))
    text = (resources.files("derive.diagnose") / "words" / f"{language}.toml").read_text("utf-8")
    return MappingProxyType(msgspec.convert(tomllib.loads(text), dict[str, Wording]))
