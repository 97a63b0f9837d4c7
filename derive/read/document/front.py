"""What stands before a document: a block of YAML or TOML. Of YAML only one line counts."""

from __future__ import annotations

import re
import tomllib

from derive.read.document.types import Unread

_YAML = re.compile(r"---[ \t]*\n(?P<body>(?:(?!(?:---|\.\.\.)[ \t]*(?:\n|\Z))[^\n]*\n)*+)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_TOML = re.compile(r"\+\+\+[ \t]*\n(?P<body>(?:(?!\+\+\+[ \t]*(?:\n|\Z))[^\n]*\n)*+)\+\+\+[ \t]*(?:\n|\Z)")
_KEY = re.compile(r"\s*(?:#[^\n]*\s+)*+(?:[\w.-]+[ \t]*:|\Z)")
_NETWORK = re.compile(
    r"^derive-network[ \t]*:[ \t]*(?P<quote>[\"']?)(?P<name>[^\n\"'#]*?)(?P=quote)[ \t]*(?:#[^\n]*)?$", re.M
)


def read(text: str) -> tuple[dict[str, object], int, tuple[Unread, ...]]:
    """Return what the front matter says, where it ends, and what of it could not be read."""
    if block := _YAML.match(text):
        if _KEY.match(block["body"]) is None:
            return {}, 0, ()  # two rules with words between them
        found = _NETWORK.search(block["body"])
        return ({"network": found["name"].strip()} if found and found["name"].strip() else {}), block.end(), ()
    if block := _TOML.match(text):
        try:
            table = tomllib.loads(block["body"]).get("derive", {})
        except (ValueError, RecursionError) as error:
            why = f"front matter that is not TOML: {str(error)[:200] or 'nested too deeply'}"
            return {}, block.end(), (Unread(*block.span("body"), why),)
        return (dict(table) if isinstance(table, dict) else {}), block.end(), ()
    return {}, 0, ()
