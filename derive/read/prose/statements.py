"""Numbers that sentences attach to things without a formula: "the total error is now down to 0.291".

A number is attached to a word only over words that are known to say nothing else. What is doubtful is left out: a
number that is not found costs a check, one that is attached wrongly accuses an author.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from derive.read.prose.attaching import REACH, Attached, attached, followed_up
from derive.read.prose.moments import timed
from derive.read.prose.numerals import Numeral
from derive.read.prose.things import Thing, thing_of, whole
from derive.read.prose.tokens import Token, sentences

_DIGIT = re.compile(r"[0-9]")
_TIMED: frozenset[Thing] = frozenset(("loss", "outputs", "weights", "biases", "derivative"))
"""Things that training changes."""


class Said(Struct, frozen=True):
    """Numbers that a sentence gives for something.

    steps: the number of updates after which they are meant; None where nothing is said of training.
    start, end: from the word for the thing up to the last number, or the other way round.
    about: names of quantities that stand beside it ("o1, o2"), as they are written; "" for none.
    relative: whether steps counts from the update that the text is about (1 after it, 0 before it), which is the first
        where a text is about one; otherwise from the start of training.
    """

    what: Thing
    values: tuple[Numeral, ...]
    steps: int | None
    start: int
    end: int
    about: str = ""
    relative: bool = False


class Moment(Struct, frozen=True):
    """A stretch of text that speaks of a time of the training: `steps` updates after its start, see `Said`.

    steps: None where some training is spoken of and not how much.
    """

    start: int
    end: int
    steps: int | None
    relative: bool = False


class _Time(NamedTuple):
    steps: int | None
    relative: bool = False
    ordinal: bool = False


class _Memory(NamedTuple):
    """What the sentences before one have said: the last moment, and whether there was any training."""

    last: _Time | None = None
    trained: bool = False


def statements(text: str) -> tuple[Said, ...]:
    """Return the numbers that a paragraph gives for things, in the order of the text."""
    if not _DIGIT.search(text):
        return ()
    found: list[Said] = []
    memory = _Memory()
    for raw in sentences(text):
        if not raw:
            memory = _Memory()
            continue
        sentence = _Sentence(timed(raw), memory)
        found += sentence.said()
        memory = sentence.remembered()
    return tuple(sorted(found, key=lambda said: said.values[0].start))


def moments(text: str) -> tuple[Moment, ...]:
    """Return where a paragraph speaks of a time of the training, from each mention to the next or the sentence's end.

    A formula that stands in such a stretch is about that time, and not about the start.
    """
    found: list[Moment] = []
    for raw in sentences(text):
        tokens = timed(raw)
        told = [token for token in tokens if _is_time(token) and "open" not in token.kinds]
        ends = [token.start for token in told[1:]] + [tokens[-1].end] if told else []
        found += [Moment(t.start, end, t.steps, t.relative) for t, end in zip(told, ends, strict=True)]
    return tuple(found)


def _is_time(token: Token) -> bool:
    return token.sort == "moment" and "was" not in token.kinds


def _of_training(token: Token) -> bool:
    """Return whether a token speaks of training, however much."""
    if token.sort == "moment":
        return token.steps != 0
    return bool(token.kinds.keys() & {"train", "rounds"})


def _time(token: Token) -> _Time | None:
    """Return the time that a moment names; None for one that is not certain."""
    if token.steps is None:
        return None
    return _Time(token.steps, token.relative, token.kinds.get("ordinal", 0) > 1)


def _precise(group: Attached) -> bool:
    """Return whether numbers have digits enough to be taken for more than a coincidence."""
    return group.what not in _TIMED or all(value.digits >= 2 for value in group.values)


def _named(group: Attached) -> bool:
    """Return whether the names beside numbers leave no doubt about what they are of."""
    names, count = group.names, len(group.values)
    match group.what:
        case "loss":
            return count == 1 and all(map(whole, names))
        case "rate":
            return count == 1 and len(names) <= 1
        case "derivative":
            return count == 1 and sum(not whole(name) for name in names) == 1
        case _:
            return not names or len(names) == count or (len(names) == 1 and group.listed)


class _Sentence:
    """A sentence, with what is asked about all of its tokens again and again."""

    def __init__(self, tokens: Sequence[Token], memory: _Memory) -> None:
        self.tokens = tokens
        self.memory = memory
        self.kinds = {kind for token in tokens for kind in token.kinds}
        self.times = [token for token in tokens if _is_time(token)]
        self.nearest = self._nearest()
        self.training = self._first(_of_training)
        self.again = self._first(lambda token: "again" in token.kinds)
        self.forward = self._first(lambda token: "forward" in token.kinds)
        self.then = self._first(lambda token: "then" in token.kinds)

    def _first(self, wanted: Callable[[Token], bool]) -> int:
        return next((at for at, token in enumerate(self.tokens) if wanted(token)), len(self.tokens))

    def _nearest(self) -> list[Token | None]:
        """Return for each place the last moment before it."""
        found: list[Token | None] = []
        last: Token | None = None
        for token in self.tokens:
            found.append(last)
            last = token if _is_time(token) else last
        return found

    def remembered(self) -> _Memory:
        last = _time(self.times[-1]) if self.times else self.memory.last
        return _Memory(last, self.memory.trained or self.training < len(self.tokens))

    def said(self) -> Iterator[Said]:
        if "doubtful" in self.kinds:
            return
        taken: set[int] = set()
        base: _Time | None = None  # of the last error that was told, for "where it was …"
        for at, token in enumerate(self.tokens):
            if token.sort == "moment":
                later = followed_up(self.tokens, at) if base is not None else None
                before = _Time(0, base.relative) if base is not None and base.steps == 1 else None
                time = before if "was" in token.kinds else _time(token)
                if later is not None and time is not None and not taken & later.places and _precise(later):
                    taken |= later.places
                    yield Said("loss", later.values, time.steps, token.start, later.end, "", time.relative)
                continue
            thing = thing_of(token)
            if thing is None or (thing in _TIMED and "conditional" in self.kinds):
                continue
            for group in attached(self.tokens, at, thing):
                if taken & group.places or not _precise(group) or not _named(group):
                    continue
                time = self._when(group)
                if thing == "loss":
                    base = time or _Time(None)
                if time is None or (group.formula and not time.steps):  # a formula: of the start, as any other
                    continue
                taken |= group.places
                start, end = min(token.start, group.start), max(token.end, group.end)
                yield Said(group.what, group.values, time.steps, start, end, ", ".join(group.names), time.relative)

    def _when(self, group: Attached) -> _Time | None:
        """Return the time that numbers are about; None where it is in doubt."""
        if group.what not in _TIMED:
            return _Time(None)
        told = self._told(group)
        if group.change:
            return self._changed(group)
        if told is not None:
            return _time(told)
        if self.then < group.last:
            return self.memory.last
        if self.memory.trained or self.times or min(self.training, self.again) < group.last:
            return None
        return _Time(0 if self.forward < group.last and group.what != "derivative" else None)

    def _told(self, group: Attached) -> Token | None:
        """Return the moment that stands with numbers: right after them, before them, or later in their clause."""
        beside = self._beside(group)
        if beside is not None or self.nearest[group.last] is not None:
            return beside or self.nearest[group.last]
        for token in self.tokens[group.last + 1 : group.last + REACH]:
            if _is_time(token):
                return token
            if token.sort not in ("word", "name"):
                return None
        return None

    def _beside(self, group: Attached) -> Token | None:
        return next((token for token in self.tokens[group.last + 1 : group.last + 2] if _is_time(token)), None)

    def _changed(self, group: Attached) -> _Time | None:
        """Return the time of a number that something changed from or to: there is one time it may be about."""
        beside = self._beside(group)
        if beside is not None and group.change == "from":
            return _time(beside)
        later = [token for token in self.times if token.steps != 0] if len(self.times) < REACH else []
        if len(later) != 1:
            return None
        time = _time(later[0])
        if time is None and "counted" in later[0].kinds and len(self.times) == 1:
            time = _Time(later[0].kinds["counted"])
        if time is None or group.change == "to":
            return time
        return None if time.ordinal else _Time(0, time.relative)
