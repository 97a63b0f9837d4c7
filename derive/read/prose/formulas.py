"""Formulas that stand in prose without LaTeX: "w1 = 0.15", "net_h1 = 0.15 × 0.05 + …", "∂E/∂w₅ = 0.0822".

A span is found whole or not at all: a formula of which a part could not be made out would claim something else.
words/*.toml has, in their section `formulas`: stop, words that belong to no name; conditions, after which a formula
holds for some cases only; labels, after which a number is one of a section or a step; operators, with which a side
goes on in words; ranges, after which it may be another number; provisos, which
do to a formula before them what conditions do to one after; joins, which may follow a formula.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from derive.read.prose.expressions import FUNCTIONS, Expression, Expressions, scan
from derive.read.prose.lexicon import glued, lexicon
from derive.read.prose.lookalikes import lines_of_code, of_molecules
from derive.read.prose.things import THINGS

NAME = 3
"""The most words of a name."""
NAME_GLUED = 8
"""The most letters of a name in a script without spaces."""
LONGEST = 2000
"""The most characters of a formula."""
_BEFORE = re.compile(r"[\s(\[{（【「“：:，,；;。、.!！？|>\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af`*•·\"'“”‘’]")
_AFTER = re.compile(r"[\s)\]}）】」”：:，,；;。、.!！?？|<\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af`*•\"'“”‘’]")
_ARROWS = frozenset(("->", "→", "⟶"))
_BACK = frozenset(("<-", "←", "⟵"))
_BULLETS = frozenset("-−*–")
_ARTICLE = re.compile(r"[aAeIoy]")
_LEADS_ON = frozenset("<>≤≥≠±~∼\\@#&^_$")
_GOES_ON = frozenset("–~±$_^\\&@#=>≤≥≠∼")
_CAPITAL = re.compile(r"[A-Z]?[^A-Z]*|[A-Z]{2,6}")


class _Side(NamedTuple):
    first: int
    found: Expression


class _Chain(NamedTuple):
    """Sides with relations between them. after: what follows. dangling: whether a relation has no right side."""

    sides: tuple[_Side, ...]
    after: int
    dangling: bool


def plain_formulas(text: str) -> tuple[tuple[int, int], ...]:
    """Return where formulas without LaTeX begin and end, in order, outside of those between dollars."""
    return tuple(_Finder(text).spans())


def _is_thing(phrase: str) -> bool:
    return bool(lexicon().phrases.get(phrase, {}).keys() & {*THINGS, "other"})


class _Finder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.parts = scan(text)
        self.expressions = Expressions(self.parts)
        self.words = lexicon().formulas
        self.lines = lines_of_code(text, self.parts)
        self.over = -1  # the part after the last formula
        self.bulleted = False  # whether the last line began with a bullet
        conditions, provisos, operators = (self.words[kind] for kind in ("conditions", "provisos", "operators"))
        operators_after = operators | self.words["ranges"]
        self.glued_before = tuple(word for word in conditions | operators if glued(word[0]))
        self.glued_after = tuple(word for word in provisos | operators_after if glued(word[0]))
        self.called = self._called()

    def _called(self) -> list[bool]:
        """Return of each part whether it stands in the brackets of a call, however deep."""
        found: list[bool] = []
        stop = -1
        for at in range(len(self.parts)):
            found.append(at < stop)
            if at in self.expressions.calls:
                stop = max(stop, self.expressions.partner[at])
        return found

    def spans(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        at, code = 0, iter([*self.lines, (len(self.parts) + 1, len(self.parts) + 1)])
        skip = next(code)
        follows = open_end = False  # whether the line before ended in a formula; or in an operator
        fresh, ended = True, False  # whether a line begins here; whether it has a formula so far
        while at < len(self.parts):
            if at >= skip[0]:  # a line of code
                at, skip = max(at, skip[1]), next(code)
                follows = open_end = ended = False
                fresh = True
                continue
            part = self.parts[at]
            if part.sort == "cut":
                if part.text == "\n":
                    follows, ended, fresh = ended, False, True
                    open_end = at > 0 and self.parts[at - 1].sort in ("operator", "minus", "relation")
                elif part.text == "$":
                    ended, fresh = True, False
                elif part.text not in ("•", "·", ">"):
                    fresh = False
                at += 1
                continue
            if fresh and part.sort == "relation" and part.text in ("=", "≈", "≃", "≅", "≡"):
                chain = self._chain(at + 1)
                if follows and chain is not None and self._stands(chain, at, continued=True):
                    found.append((part.start, self.parts[chain.after - 1].end))
                    ended = True
                at, fresh = (chain.after if chain is not None else at + 1), False
                continue
            if part.sort == "relation" and (start := self._glued_name(at)) >= 0:
                chain = self._chain(at + 1)
                if chain is not None and chain.sides[0].found.numeric and self._stands(chain, at, continued=True):
                    found.append((start, self.parts[chain.after - 1].end))
                    ended, self.over = True, chain.after
                at, fresh = (chain.after if chain is not None else at + 1), False
                continue
            bullet = fresh and part.text in _BULLETS and self._spaced(at + 1) and (self.bulleted or not follows)
            if fresh:
                self.bulleted = bullet
            start = at + 1 if bullet else at
            chain = self._chain(start)
            if chain is None:
                at, fresh = start if start > at else at + 1, False
                continue
            first = None if fresh and open_end else self._stands_from(chain, start, bullet)
            if first is not None:
                found.append((self.parts[first].start, self.parts[chain.after - 1].end))
                ended, self.over = True, chain.after
            at, fresh = max(chain.after, at + 1), False
        return found

    def _spaced(self, at: int) -> bool:
        return at < len(self.parts) and self.parts[at].spaced

    def _chain(self, first: int) -> _Chain | None:
        """Return the sides that begin with a part."""
        sides: list[_Side] = []
        found = self.expressions.at(first)
        if found is None:
            return None
        sides.append(_Side(first, found))
        while found.stop < len(self.parts) and self.parts[found.stop].sort == "relation":
            following = self.expressions.at(found.stop + 1)
            if following is None:
                return _Chain(tuple(sides), found.stop + 1, True)
            sides.append(_Side(found.stop + 1, following))
            found = following
        return _Chain(tuple(sides), found.stop, False)

    def _stands_from(self, chain: _Chain, at: int, bullet: bool) -> int | None:
        """Return the part that a formula begins with; None for what is none."""
        sides = chain.sides
        if len(sides) < 2:
            return None
        left, right = sides[0], sides[1]
        if self.parts[at].sort == "open" and left.found.stop == self.expressions.partner[at] + 1 == at + 3:
            return None  # the number of an equation
        first: int | None = self._worded(at, right.found) if left.found.word else at
        if first is None or self._labelled(at) or not (bullet or first == self.over or self._introduced(first)):
            return None
        return first if self._stands(chain, first, continued=False) else None

    def _worded(self, at: int, right: Expression) -> int | None:
        """Return where a name of words begins that ends with a part; None where it is no name."""
        word = self.parts[at].text
        if not _CAPITAL.fullmatch(word):
            return None
        if not right.numeric:
            return at if right.operated and not right.word else None
        first = at
        while (
            first > 0 and self.parts[first - 1].sort == "word" and self.parts[first].spaced
            and self.parts[first - 1].text.lower() not in self.words["stop"]
            and self.parts[first - 1].text.isalpha() and at - first < NAME
        ):  # fmt: skip
            first -= 1
        return first if at - first < NAME else self._known(at)

    def _known(self, at: int) -> int | None:
        """Return where a name of the lexicon begins that ends with a word, of more words than a name may have."""
        for count in range(NAME, 1, -1):
            words = " ".join(part.text.lower() for part in self.parts[at - count + 1 : at + 1])
            if _is_thing(words):
                return at - count + 1
        return None

    def _glued_name(self, at: int) -> int:
        """Return where a name in a script without spaces begins that ends before a relation; -1 for none."""
        if at == 0 or not glued(self.parts[at - 1].text[-1]):
            return -1
        end = self.parts[at - 1].end
        length = next((n for n in range(NAME_GLUED, 1, -1) if end >= n and _is_thing(self.text[end - n : end])), 0)
        start = end - length
        before = self.text[max(0, start - 6) : start].rstrip()
        return start if length and not before.endswith(self.glued_before) else -1

    def _labelled(self, at: int) -> bool:
        """Return whether a number is one of a step or a section: "step 3 - w1 = 0.15"."""
        number = self.parts[at].sort == "number"
        return at > 0 and number and self.parts[at - 1].text.lower() in self.words["labels"]

    def _stands(self, chain: _Chain, first: int, continued: bool) -> bool:
        parts, last = self.parts, chain.after
        if chain.dangling or not self._apart(first, last):
            return False
        start, end = parts[first].start, parts[last - 1].end
        if end - start > LONGEST or self.called[first] or not self._ended(chain):
            return False
        found = [side.found for side in chain.sides]
        if continued:
            return found[0].telling
        if not any(side.telling for side in found):
            return False
        if any(side.word and not found[n + 1].numeric for n, side in enumerate(found[:-1]) if n) or found[-1].word:
            return False
        return self._arrows(chain) and not of_molecules(self.parts[chain.sides[0].first : chain.after])

    def _apart(self, first: int, last: int) -> bool:
        """Return whether a formula touches nothing that may belong to it or that makes it something else."""
        start, end = self.parts[first].start, self.parts[last - 1].end
        before, after = self.text[start - 1 : start], self.text[end : end + 1]
        return (not before or _BEFORE.match(before) is not None) and (not after or _AFTER.match(after) is not None)

    def _introduced(self, first: int) -> bool:
        """Return whether what stands before leaves a formula as it is."""
        if first == 0:
            return True
        before = self.parts[first - 1]
        if before.sort in ("operator", "minus", "relation", "raised", "function", "number"):
            return False
        if before.sort == "open":
            # A keyword of a call: Neuron(bias=0.35).
            return before.spaced or first < 2 or self.parts[first - 2].sort in ("cut", "open", "comma")
        if before.sort == "cut" and (before.text[0] in _LEADS_ON or len(before.text) > 1):
            return before.text in (">", "\n") and (first < 2 or self.parts[first - 2].text == "\n")
        if before.sort == "close":
            return first < 3 or self.parts[first - 3].sort not in ("operator", "minus")  # and no (t − o) before it
        if before.sort == "name" and not _ARTICLE.fullmatch(before.text):
            return False
        word = before.text.lower()
        if word in FUNCTIONS:
            return False
        if before.sort == "cut" and len(word) == 1:
            word = self._glued_before(self.parts[first].start)
            return not word.endswith(self.glued_before)
        return word not in self.words["conditions"] and word not in self.words["operators"]

    def _glued_before(self, start: int) -> str:
        return self.text[max(0, start - 6) : start].rstrip().lower()

    def _ended(self, chain: _Chain) -> bool:
        """Return whether what stands after leaves a formula as it is."""
        at = chain.after
        if at >= len(self.parts):
            return True
        part, last = self.parts[at], chain.sides[-1].found
        if part.sort in ("operator", "minus", "relation", "raised", "function"):
            return False
        if part.sort == "open":
            return part.spaced
        if part.sort == "cut":
            return self._cut_ends(at)
        if part.sort == "comma":
            return part.text not in (",", "、") or not self._lists(at + 1)
        if part.sort == "number":
            return False
        if part.sort == "name" and not _ARTICLE.fullmatch(part.text):
            following = self._chain(at)  # "w1 = 0.15 w2 = 0.20"
            return following is not None and len(following.sides) > 1
        word = part.text.lower()
        if any(word in self.words[kind] for kind in ("operators", "provisos", "ranges")) or self._limited(at):
            return False
        if word == "and" and self._lists(at + 1):
            return False
        return not (part.sort == "word" and last.worded and word not in self.words["joins"])

    def _limited(self, at: int) -> bool:
        """Return whether a formula is said to hold for some values: "… for x > 0"."""
        return self.parts[at].sort == "word" and any(part.text[0] in "<>≤≥≠" for part in self.parts[at + 1 : at + 4])

    def _cut_ends(self, at: int) -> bool:
        text = self.text[self.parts[at].start : self.parts[at].start + 4].lower()
        if text[:1] == "\n":
            following = self.parts[at + 1] if at + 1 < len(self.parts) else None
            bullets = self.bulleted and following is not None and following.text in _BULLETS
            return following is None or following.sort not in ("operator", "minus") or bullets
        if text[:1] in _GOES_ON:
            return False
        return not any(text.startswith(word) for word in self.glued_after)

    def _lists(self, at: int) -> bool:
        """Return whether after a comma come more numbers of the same list: "i1, i2 = 0.05, 0.10"."""
        found = self.expressions.at(at)
        if found is None or not found.numeric:
            return at < len(self.parts) and self.parts[at].text in ("...", "…")
        return not (found.stop < len(self.parts) and self.parts[found.stop].sort == "relation")

    def _arrows(self, chain: _Chain) -> bool:
        """Return whether arrows, if there are any, stand between a quantity and what it becomes."""
        for left, right in zip(chain.sides, chain.sides[1:], strict=False):
            arrow = self.parts[right.first - 1].text
            if arrow in _ARROWS or arrow in _BACK:
                if len(chain.sides) > 2 and arrow in _ARROWS:
                    return False
                single = left.found.stop == left.first + 1 and self.parts[left.first].sort == "name"
                if not single or not (right.found.number or right.found.operated):
                    return False
        return True
