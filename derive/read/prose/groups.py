"""Numbers that belong together: one, several joined by commas or "and", a list in brackets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derive.read.prose.lexicon import lexicon
from derive.read.prose.numerals import Numeral
from derive.read.prose.things import thing_of
from derive.read.prose.tokens import Token

MOST = 4096
"""The most numbers of a group."""
ON = frozenset("×·*/+=^%‰~≈<>–—±-−→_")


class Group(NamedTuple):
    values: tuple[Numeral, ...]
    stop: int
    listed: bool = False
    beside: tuple[Numeral, ...] = ()  # a target in brackets after each


def group_at(tokens: Sequence[Token], at: int) -> Group | None:
    """Return the numbers that begin with a token: one, several joined, or a list in brackets; None for no such."""
    if tokens[at].sort == "open":
        start = at + 1
        while (
            start < len(tokens) and tokens[start].kinds.keys() & {"is", "fill", "take"} and not thing_of(tokens[start])
        ):
            start += 1
        inner = _joined(tokens, start, bracketed=True) if start < len(tokens) else None
        if inner is None or inner.stop >= len(tokens) or tokens[inner.stop].sort != "close":
            return None
        group = Group(inner.values, inner.stop + 1, True)
    else:
        inner = _joined(tokens, at, bracketed=False)
        if inner is None:
            return None
        group = inner
    return None if _goes_on(tokens, group.stop) else group


def _joined(tokens: Sequence[Token], at: int, bracketed: bool) -> Group | None:
    values: list[Numeral] = []
    beside: list[Numeral] = []
    here = at
    while here < len(tokens) and len(values) < MOST:
        numeral = tokens[here].numeral
        if numeral is None:
            return None
        values.append(numeral)
        here += 1
        target = None if bracketed else _versus(tokens, here)
        if target is not None:
            beside.append(target[0])
            here = target[1]
        step = here
        while step < len(tokens) and (
            tokens[step].sort in (("comma", "semicolon") if bracketed else ("comma",)) or "and" in tokens[step].kinds
        ):
            step += 1
        if step == here or step - here > 2 or step >= len(tokens) or tokens[step].numeral is None:
            break
        if not bracketed and _counts(tokens, step, values):
            break
        here = step
    return Group(tuple(values), here, False, tuple(beside)) if values else None


def _counts(tokens: Sequence[Token], at: int, values: Sequence[Numeral]) -> bool:
    """Return whether a number counts something else: the 2 of "0.05, 0.1 and 2 hidden neurons"."""
    numeral = tokens[at].numeral
    if numeral is None or "." in numeral.text or all("." not in value.text for value in values):
        return False
    return at + 1 < len(tokens) and tokens[at + 1].sort == "word" and "and" not in tokens[at + 1].kinds


def _versus(tokens: Sequence[Token], at: int) -> tuple[Numeral, int] | None:
    """Return the target in "(vs 0.01 target)" and what follows the brackets."""
    if at >= len(tokens) or tokens[at].sort != "open":
        return None
    found: Numeral | None = None
    target = False
    for here in range(at + 1, min(len(tokens), at + 7)):
        token = tokens[here]
        if token.sort == "close":
            return (found, here + 1) if found is not None and target else None
        if token.numeral is not None and found is None:
            found = token.numeral
        elif not token.kinds.keys() & {"versus", "targets", "is", "fill"}:
            return None
        target |= bool(token.kinds.keys() & {"versus", "targets"})
    return None


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """Return whether what follows a number makes another number of it."""
    last = tokens[at - 1]
    if last.comma:
        return at < len(tokens) and tokens[at].sort == "comma" and tokens[at].start == last.end
    if at >= len(tokens):
        return False
    following = tokens[at]
    if following.sort in ("number", "formula") or following.text[0] in ON:
        return True
    beside = following.start == last.end
    if beside and following.sort in ("word", "name") and following.text[0].isascii() and not following.kinds.get("is"):
        return following.text[0].isalpha()
    words = lexicon().formulas
    return following.text.lower() in words["operators"] | words["ranges"]
