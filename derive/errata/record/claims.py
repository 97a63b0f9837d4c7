"""The claims of a document, as they are added one by one: which stand, which do not, and what explains that."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct

from derive.check.verdict import Agrees, Proved, Verdict
from derive.diagnose import Match
from derive.errata.findings import Cause, Change, Claim, Kind, Level
from derive.errata.meaning import Value
from derive.errata.numbers import Printed, as_float, like, off
from derive.errata.record.sides import Anchor, Where, names_of
from derive.errata.showing import shown
from derive.errata.world import FREE, OWN, World
from derive.expression import Diff, Expr, Num, Var, names
from derive.read.written import tree
from derive.read.written.tree import Node, Opaque


class Explanation(Struct, frozen=True):
    """What explains a wrong claim. correct: the right formula, as plain text."""

    cause: Cause | None
    detail: str = ""
    mistakes: tuple[Match, ...] = ()
    follows: int = 0
    correct: str = ""


LONG = 2_000  # characters of what stands before a side: a chain of hundreds would be told hundreds of times
NOTHING = Explanation(None)
UNEXPLAINED = Explanation(Cause.UNEXPLAINED)


class Words(Struct, frozen=True):
    """The two sides of a claim, and the quantity that it is about, as plain text."""

    left: str = ""
    right: str = ""
    about: str = ""


class Correction(Struct, frozen=True):
    """What a claim says, what is right instead, by how much it is off, and what would mend it."""

    claimed: str = ""
    correct: str = ""
    off: str = ""
    changes: tuple[Change, ...] = ()
    plain: bool = False


NONE = Correction()


class Claims:
    """All claims so far. Each has a number, from 1."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.all: list[Claim] = []

    def is_wrong(self, number: int) -> bool:
        """Return whether there is a claim of this number, and it is refuted."""
        return number > 0 and self.all[number - 1].kind == "refuted"

    def stands(self, number: int) -> bool:
        """Return whether a claim was not found wrong, nor left undecided. 0: of no claim, which is nothing wrong."""
        return number == 0 or self.all[number - 1].kind in ("proved", "agrees")

    def following(self, number: int, detail: str = "") -> Explanation:
        """Return the explanation that a claim follows from another, or from what that one follows from."""
        return Explanation(Cause.FOLLOWS, detail, follows=self.all[number - 1].follows or number)

    # ── Adding ─────────────────────────────────────────────────────────────────────────────────────────────

    def claim(
        self, piece: int, whole: tuple[int, int], part: tuple[int, int], level: Level, kind: Kind, words: Words,
        *, explanation: Explanation = NOTHING, correction: Correction = NONE, reason: str = "",
    ) -> Claim:  # fmt: skip
        """Add a claim. whole, part: where it and what is judged of it stand in the file's text."""
        made = Claim(
            number=len(self.all) + 1, formula=piece, level=level, kind=kind, start=whole[0], end=whole[1], at=part[0],
            to=part[1], left=words.left, right=words.right, about=words.about, claimed=correction.claimed,
            correct=correction.correct, off=correction.off, cause=explanation.cause, detail=explanation.detail,
            mistakes=explanation.mistakes, follows=explanation.follows, reason=reason,
            known=words.about if kind == "undecided" else "", changes=correction.changes,
            plain=correction.plain,
        )  # fmt: skip
        self.all.append(made)
        return made

    def add(
        self, where: Where, node: Node, level: Level, kind: Kind, anchor: Anchor,
        *, explanation: Explanation = NOTHING, correction: Correction = NONE, reason: str = "",
    ) -> Claim:  # fmt: skip
        """Add a claim that a side of a statement makes."""
        placed, statement = where.placed, where.statement
        about = self._about(anchor)
        left = about or placed.written(max(statement.start, node.start - LONG), node.start).rstrip(" =&\\\n")
        return self.claim(
            placed.piece, placed.span(statement.start, statement.end), placed.span(node.start, node.end), level, kind,
            Words(left, placed.written(node.start, node.end), about),
            explanation=explanation, correction=correction, reason=reason,
        )  # fmt: skip

    def _about(self, anchor: Anchor) -> str:
        value = anchor.expr
        if value is None or isinstance(value, Num) or any(name.kind in (FREE, OWN) for name in names(value)):
            return anchor.name
        return shown(value, self.world) if isinstance(value, Var | Diff) else anchor.name

    def undecided(self, where: Where, node: Node, reason: str, anchor: Anchor) -> Claim:
        """Add a claim that cannot be decided."""
        return self.add(where, node, Level.EQUALITY, "undecided", anchor, reason=reason)

    def unclear(self, where: Where, reason: str) -> Claim:
        """Add a statement that was not understood as a whole; `reason` unless a part of it says why."""
        sides = [side for side in where.statement.sides if side is not None]
        opaque = next((each for side in sides for each in tree.walk(side) if isinstance(each, Opaque)), None)
        return self.undecided(where, sides[-1], opaque.why if opaque else reason, Anchor(Num(Fraction(0))))

    def wrong(
        self, where: Where, node: Node, level: Level, anchor: Anchor, correction: Correction, explained: Explanation
    ) -> Claim:
        """Add a claim that is refuted."""
        return self.add(where, node, level, "refuted", anchor, explanation=explained, correction=correction)

    def wrong_number(
        self, where: Where, node: Node, level: Level, anchor: Anchor, printed: Printed, right: Fraction,
        explained: Explanation,
    ) -> Claim:  # fmt: skip
        """Add a claim that a number is what it is not."""
        sums = level is Level.ARITHMETIC and anchor.formula is None and next(names_of(anchor.value), None) is None
        correction = self.correction(where, printed, right, plain=not self.world.inferred or sums)
        return self.wrong(where, node, level, anchor, correction, explained)

    def mild(
        self, where: Where, node: Node, level: Level, anchor: Anchor, printed: Printed, right: Fraction,
        explained: Explanation,
    ) -> Claim:  # fmt: skip
        """Add a claim that stands, though its number is not quite what it should be."""
        correction = self.correction(where, printed, right)
        return self.add(where, node, level, "agrees", anchor, explanation=explained, correction=correction)

    def correction(self, where: Where, printed: Printed, right: Fraction, *, plain: bool = False) -> Correction:
        """Return what is right instead of a printed number, and the change of its digits that mends it."""
        return Correction(
            printed.text, like(printed, right), off(printed, right), _change(where, printed, right), plain
        )

    def text(self, value: Value | None) -> str:
        """Return a formula as plain text; "" for a matrix or nothing."""
        return shown(value, self.world) if isinstance(value, Expr) else ""


def _change(where: Where, printed: Printed, right: Fraction) -> tuple[Change, ...]:
    if "e" in printed.text.lower() or (printed.negative and right > 0):
        return ()  # more than its digits would have to be changed
    placed = where.placed
    start, end = placed.span(printed.start, printed.end)
    text = like(printed, abs(right) if printed.negative else right)
    return (Change(start, end, placed.written(printed.start, printed.end), text),)


def kind_of(verdict: Verdict) -> Kind:
    """Return the kind of claim that a verdict makes, which is not that it is refuted."""
    return "proved" if isinstance(verdict, Proved) else "agrees" if isinstance(verdict, Agrees) else "undecided"


def relative(made: Fraction, right: Fraction) -> str:
    """Return by how much a value is off, in per cent where that can be said."""
    if not right:
        return f"{as_float(made - right):+.3g}"
    return f"{as_float((made - right) / abs(right)) * 100:+.2g} %"
