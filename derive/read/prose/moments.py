"""How much training a sentence speaks of: "after 10,000 iterations", "第一次迭代之后", "with the new weights"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from derive.read.prose.tokens import Token

BACK, ON = 8, 3
"""How many words before and after a count are looked at."""
_MOST = 10**9
_STATED = ("loss", "outputs", "weights", "biases")


class _Count(NamedTuple):
    """A number of rounds from one token up to another. loose: whether it counts anything, not just training."""

    steps: int
    start: int
    stop: int
    loose: bool
    ordinal: bool


def timed(tokens: Sequence[Token]) -> list[Token]:
    """Return a sentence with all that says how much training there was as tokens of the sort "moment".

    steps: of a moment, None where it is not certain.  relative: whether steps counts from the update spoken of.
    kinds: of a moment, "counted" or "ordinal", the number of rounds; "open" where it is not said that they were gone
    through; "was" for the time before the update.
    """
    made: list[Token] = []
    at = 0
    while at < len(tokens):
        count = _count(tokens, at)
        if count is not None:
            start, stop, moment = _located(tokens, count)
            if moment is not None:
                while made and made[-1].start >= tokens[start].start:
                    made.pop()
                made.append(moment)
                at = stop
                continue
        made.append(_single(tokens, at))
        at += 1
    return made


def _single(tokens: Sequence[Token], at: int) -> Token:
    token = tokens[at]
    kinds = token.kinds
    if "updated" in kinds:
        return token._replace(sort="moment", steps=1, relative=True)
    if "before" in kinds:
        return token._replace(sort="moment", steps=0)
    if "was" in kinds:
        return token._replace(sort="moment")
    if ("old" in kinds or "new" in kinds) and at + 1 < len(tokens):
        if any(thing in tokens[at + 1].kinds for thing in _STATED):
            return token._replace(sort="moment", steps=int("new" in kinds), relative="new" in kinds)
        if "new" in kinds:
            return token._replace(kinds={"not": 0})
    return token


def _count(tokens: Sequence[Token], at: int) -> _Count | None:
    """Return the number of rounds that begins with a token."""
    token = tokens[at]
    ordinal = "ordinal" in token.kinds
    steps, stop = token.kinds.get("ordinal") or token.kinds.get("count"), at + 1
    if token.text == "第" and stop < len(tokens):
        ordinal, steps, stop = True, _whole(tokens[stop]), stop + 1
    elif token.sort == "number":
        steps = _whole(token)
        if steps is not None and steps < 1000 and stop < len(tokens) and _thousands(token, tokens[stop]):
            steps, stop = steps * 1000 + int(tokens[stop].text), stop + 1
    while steps and stop < len(tokens) and tokens[stop].kinds.get("multiplier"):
        steps, stop = steps * tokens[stop].kinds["multiplier"], stop + 1
    if not steps or steps > _MOST:
        return None
    for skipped in range(2):
        here = stop + skipped
        if here >= len(tokens) or tokens[here].sort not in ("word", "name") or "forward" in tokens[here].kinds:
            return None
        kinds = tokens[here].kinds
        if "rounds" in kinds or "times" in kinds or ("updated" in kinds and skipped == 0):
            if any("forward" in following.kinds for following in tokens[here + 1 : here + 3]):
                return None
            return _Count(steps, at, here + ("updated" not in kinds), "times" in kinds, ordinal)
    return None


def _whole(token: Token) -> int | None:
    """Return the whole number that a token is; 10.000 counts as one where points mark thousands."""
    if token.numeral is None:
        return None
    text = token.numeral.text
    whole, point, decimals = text.partition(".")
    if point and (len(decimals) != 3 or not 1 <= len(whole) <= 3 or whole == "0" or token.comma):
        return None
    return int(whole + decimals) if (whole + decimals).isdigit() and len(whole) < 12 else None


def _thousands(token: Token, following: Token) -> bool:
    """Return whether a number goes on after a space: "10 000"."""
    return (
        following.sort == "number" and len(following.text) == 3 and following.text.isdigit()
        and following.start == token.end + 1
    )  # fmt: skip


def _located(tokens: Sequence[Token], count: _Count) -> tuple[int, int, Token | None]:
    """Return a count with the words that say whether it is gone through, and where they begin and end."""
    start, stop = count.start, count.stop
    after = trained = False
    doubtful = any("further" in token.kinds for token in tokens[count.start : count.stop])
    for back in range(count.start - 1, max(-1, count.start - 1 - BACK), -1):
        kinds = tokens[back].kinds
        if tokens[back].sort not in ("word", "name") or "loss" in kinds or "outputs" in kinds:
            break
        doubtful |= "further" in kinds
        trained |= "train" in kinds or "updated" in kinds
        if "after" in kinds or "updated" in kinds:
            after, start = True, back
            break
    for on in range(count.stop, min(len(tokens), count.stop + ON)):
        kinds = tokens[on].kinds
        if tokens[on].sort not in ("word", "name"):
            break
        if "after" in kinds or "updated" in kinds:
            after, stop = True, on + 1
            trained |= "updated" in kinds
            break
        doubtful |= "further" in kinds
        trained |= "train" in kinds
        if not kinds.keys() & {"train", "fill", "further", "rounds", "is"}:
            break
    if (count.loose and not trained) or (not after and count.steps == 1 and not count.ordinal):
        return start, stop, None
    kinds = {} if after else {"open": 0}
    if count.ordinal or not doubtful:
        kinds["ordinal" if count.ordinal else "counted"] = count.steps
    steps = count.steps if after and not doubtful else None
    first, last = tokens[start], tokens[stop - 1]
    return start, stop, Token("moment", "@", first.start, last.end, kinds, steps=steps)
