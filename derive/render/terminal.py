"""What the terminal says when a report has been written."""

from __future__ import annotations

from collections.abc import Iterator

from derive.render.blocks import Mark, Math, Words

SIGNS = {"proved": "✓", "agrees": "≈", "refuted": "✗", "undecided": "?"}
STYLES = {"proved": "green", "agrees": "green", "refuted": "bold red", "undecided": "yellow"}


def lines(summary: tuple[tuple[Mark, Words], ...]) -> Iterator[tuple[str, str, str]]:
    """Yield (style, mark, sentence) for each line of a summary."""
    for mark, words in summary:
        yield STYLES[mark.kind], f"{SIGNS[mark.kind]} {mark.word}", plain(words)


def plain(words: Words) -> str:
    """Return words as plain text."""
    return "".join(
        word if isinstance(word, str) else word.text if isinstance(word, Math) else f"{SIGNS[word.kind]} {word.word}"
        for word in words
    )
