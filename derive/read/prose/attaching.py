"""Attaches numbers to the words for things in a sentence, over words that are known to say nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from derive.read.prose.groups import MOST, ON, Group, group_at
from derive.read.prose.numerals import Numeral
from derive.read.prose.things import Thing, thing_of, whole
from derive.read.prose.tokens import Token

REACH = 16
"""Between a thing and its number there are no more words and marks than these."""
_NEAR = 3


class Attached(NamedTuple):
    """Numbers, and what they are of. names: beside it.

    first, last: the places of its first and its last token in the sentence.
    listed: whether the numbers stand in brackets.  formula: whether an equals sign ties them to the thing.
    change: whether something changes from the number, or to it.
    """

    what: Thing
    values: tuple[Numeral, ...]
    first: int
    last: int
    names: tuple[str, ...] = ()
    listed: bool = False
    formula: bool = False
    change: Literal["", "from", "to"] = ""

    @property
    def places(self) -> set[int]:
        return set(range(self.first, self.last + 1))

    @property
    def start(self) -> int:
        return self.values[0].start

    @property
    def end(self) -> int:
        return self.values[-1].end


def attached(tokens: Sequence[Token], at: int, thing: Thing) -> Iterator[Attached]:
    """Yield the numbers of the thing that a token names: after it, or else before it."""
    names = _names_before(tokens, at)
    if names is None or _spoiled(tokens, at, thing) or (thing == "derivative" and not _of_whole(tokens, at, names)):
        return
    found = list(_after(tokens, at, thing, names))
    yield from found or _before(tokens, at, thing)


def _of_whole(tokens: Sequence[Token], at: int, names: Sequence[str]) -> bool:
    """Return whether a derivative may be one of the whole error: none of a part of it is named before it."""
    for before in range(at - 1, max(-1, at - 1 - REACH), -1):
        token = tokens[before]
        if token.sort in ("comma", "semicolon", "number"):
            return True
        if token.sort in ("name", "formula") and token.text not in names and not whole(token.text):
            return False
    return True


def followed_up(tokens: Sequence[Token], at: int) -> Attached | None:
    """Return the number that a moment introduces: "where it was 0.298", "10000 次后为 0.35"."""
    tied = "was" in tokens[at].kinds
    for here in range(at + 1, min(len(tokens), at + 6)):
        kinds = tokens[here].kinds
        if tokens[here].sort == "number" and tied:
            group = group_at(tokens, here)
            if group is None or len(group.values) != 1 or group.beside:
                return None
            return Attached("loss", group.values, at, group.stop - 1)
        if not kinds.keys() & {"is", "fill", "it"} or thing_of(tokens[here]):
            return None
        tied |= "is" in kinds
    return None


def _names_before(tokens: Sequence[Token], at: int) -> tuple[str, ...] | None:
    """Return the name right before a thing ("o1's output", "w5 的偏导"); None where another thing stands there."""
    before = at - 1
    while before >= 0 and tokens[before].text in ("的", "'s", "’s", "の", "의"):
        before -= 1
    if before < 0:
        return ()
    if tokens[before].sort == "name" and not tokens[before].kinds:
        return (tokens[before].text,)
    if thing_of(tokens[before]) or "other" in tokens[before].kinds:
        return None
    return ()


def _spoiled(tokens: Sequence[Token], at: int, thing: Thing) -> bool:
    """Return whether a word before a thing makes another thing of it: "hidden layer outputs", "relative error"."""
    for before in range(at - 1, max(-1, at - 1 - _NEAR), -1):
        token = tokens[before]
        if token.sort == "moment":
            return thing in ("inputs", "targets") and token.relative
        if token.sort not in ("word", "name") or ("is" in token.kinds and token.text not in ("of",)):
            return False
        if "not" in token.kinds or ("ordinal" in token.kinds and thing != "loss"):
            return True
    return False


def _after(tokens: Sequence[Token], at: int, thing: Thing, before: tuple[str, ...]) -> Iterator[Attached]:
    names = list(before)
    formula = fell = False
    here = at + 1
    while here < min(len(tokens), at + REACH):
        token = tokens[here]
        kinds = token.kinds
        if token.sort in ("number", "open"):
            group = group_at(tokens, here)
            if group is not None:
                if not fell and not _of_another(tokens, group.stop):
                    yield from _made(thing, group, at, names, formula)
                return
            skipped = _apposition(tokens, here, thing) if token.sort == "open" else None
            if skipped is None:
                return
            here = skipped
            continue
        if thing == "loss" and "from" in kinds:
            change = list(_change(tokens, at, here, names))
            if change or "is" not in kinds:
                yield from change
                return
        if token.sort == "name" and "and" not in kinds:
            names.append(token.text)
        elif token.sort == "comma":
            if not _bridged(tokens, here, thing):
                return
        elif token.text in ("=", "≈"):
            formula = True
        elif token.sort == "moment":
            if "was" in kinds:
                return
        elif "and" in kinds:
            if not (names and here + 1 < len(tokens) and tokens[here + 1].sort == "name"):
                return
        elif not _says_nothing(token, thing):
            return
        fell = ("falls" in kinds or fell) and not kinds.keys() & {"is", "to"}
        here += 1


def _of_another(tokens: Sequence[Token], at: int) -> bool:
    """Return whether it is said after a number what it is of: "0.593 for h1", "0.35 of the hidden layer"."""
    if at >= len(tokens) or tokens[at].text.lower() not in ("for", "of", "in", "at", "on"):
        return False
    return any(token.sort == "name" or "not" in token.kinds for token in tokens[at + 1 : at + 4])


def _says_nothing(token: Token, thing: Thing) -> bool:
    kinds = token.kinds
    if "other" in kinds or "not" in kinds:
        return False
    return (
        bool(kinds.keys() & {"is", "fill"}) or thing in kinds or (thing == "derivative" and "loss" in kinds)
        or ("take" in kinds and thing == "rate") or ("falls" in kinds and thing == "loss")
    )  # fmt: skip


def _bridged(tokens: Sequence[Token], at: int, thing: Thing) -> bool:
    """Return whether words go on over a comma: beside a moment, between names, and before "we take"."""
    before, after = tokens[at - 1], tokens[at + 1] if at + 1 < len(tokens) else None
    if after is None:
        return False
    if before.sort == "moment" or after.sort == "moment" or (before.sort == "name" and after.sort == "name"):
        return True
    if thing != "rate":
        return False
    for token in tokens[at + 1 : at + 5]:
        if "take" in token.kinds:
            return True
        if "fill" not in token.kinds:
            return False
    return False


def _made(thing: Thing, group: Group, at: int, names: list[str], formula: bool) -> Iterator[Attached]:
    integers = all("." not in value.text for value in group.values)
    if thing in ("inputs", "targets", "outputs", "weights", "biases") and integers and not group.listed:
        return  # a number of them, or their indices
    values = _decimal(group.values) if thing == "rate" else group.values
    places = at, group.stop - 1
    yield Attached(thing, values, *places, tuple(names), group.listed, formula)
    if thing == "outputs" and len(group.beside) == len(group.values):
        yield Attached("targets", group.beside, group.stop, group.stop - 1, tuple(names))


def _decimal(values: tuple[Numeral, ...]) -> tuple[Numeral, ...]:
    """Return "0,5" as one number, where there can be only one."""
    match values:
        case (Numeral(text="0") as whole, rest) if rest.start == whole.end + 1 and rest.text.isdigit():
            return (Numeral(f"0.{rest.text}", whole.start, rest.end),)
    return values


def _apposition(tokens: Sequence[Token], at: int, thing: Thing) -> int | None:
    """Return what follows brackets with nothing but another word for the thing, or names; None for other brackets."""
    for here in range(at + 1, min(len(tokens), at + 6)):
        token = tokens[here]
        if token.sort == "close":
            return here + 1
        if not (token.sort == "name" or thing in token.kinds or "fill" in token.kinds or token.sort == "comma"):
            return None
    return None


def _change(tokens: Sequence[Token], at: int, where: int, names: list[str]) -> Iterator[Attached]:
    """Yield the two numbers of "from 0.298 to 0.291"."""
    first = where + 1
    while first < len(tokens) and "fill" in tokens[first].kinds:
        first += 1
    start = tokens[first].numeral if first < len(tokens) else None
    if start is None:
        return
    to = False
    for here in range(first + 1, min(len(tokens), first + REACH)):
        token = tokens[here]
        if token.sort == "number":
            group = group_at(tokens, here)
            if to and group is not None and len(group.values) == 1:
                yield Attached("loss", (start,), at, first, tuple(names), change="from")
                yield Attached("loss", group.values, here, here, tuple(names), change="to")
            return
        to |= "to" in token.kinds
        if not (token.kinds.keys() & {"to", "is", "fill", "falls"} or token.sort in ("moment", "comma")):
            return


def _before(tokens: Sequence[Token], at: int, thing: Thing) -> Iterator[Attached]:
    """Yield the numbers right before a thing: "the 0.05 and 0.1 inputs". Each must have a decimal point."""
    if thing not in ("inputs", "targets", "rate"):
        return
    values: list[Numeral] = []
    here = at - 1
    while here >= 0 and len(values) < MOST:
        numeral = tokens[here].numeral
        if numeral is None or "." not in numeral.text:
            break
        values.append(numeral)
        here -= 1
        if (
            here < 1
            or not (tokens[here].sort == "comma" or "and" in tokens[here].kinds)
            or not tokens[here - 1].numeral
        ):
            break
        here -= 1
    first = here + 1
    if not values or (first > 0 and (tokens[first - 1].text in ON or tokens[first - 1].sort in ("number", "name"))):
        return
    if any("versus" in token.kinds for token in tokens[max(0, first - 2) : first]):
        return  # beside an output
    if first > 0 and "is" in tokens[first - 1].kinds and tokens[first - 1].text.lower() != "of":
        return  # the number of something before it
    yield Attached(thing, tuple(reversed(values)), first, at)
