"""Numbers that stand in prose, in a table or in a program for a quantity, without a formula."""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from derive.errata.causes import Causes
from derive.errata.findings import Cause, Change, Claim, Kind, Level
from derive.errata.numbers import Printed, like, off
from derive.errata.record import CONTRARY, NONE, NOTHING, Anchor, Correction, Explanation, Record, Words
from derive.errata.showing import shown
from derive.errata.trained import DOUBLES
from derive.expression import Expr


class Quote(Struct, frozen=True):
    """A number for a quantity.

    piece: the number of the piece that it stands in.
    whole, part: where what says so and the number itself stand in the file's text.
    steps: after how many updates it is meant; None where nothing is said of it: at the start, or after the first.
    """

    piece: int
    whole: tuple[int, int]
    part: tuple[int, int]
    level: Level
    about: Expr
    printed: Printed
    steps: int | None = None


class Quoted:
    """Judges such numbers, with what the document has said so far."""

    def __init__(self, record: Record, causes: Causes) -> None:
        self.world, self.claims, self.memory = record.world, record.claims, record.memory
        self.believing, self.causes, self.trained = record.believing, causes, record.trained

    def judge(self, quote: Quote) -> Claim:
        """Add the claim that a number is the value of a quantity."""
        name = shown(quote.about, self.world)
        trues = self._true_values(quote)
        if not trues:
            at_hand = quote.steps in (0, 1, None)
            reason = "it has no value at the given point" if at_hand else "the training was not gone through"
            return self._claim(quote, name, "undecided", reason=reason)
        claim = self._standing(quote, name, trues) or self._wrong(quote, name, trues[0])
        if not quote.steps and claim.kind != "undecided":
            self.memory.note(quote.about, quote.printed, claim)
        return claim

    def _true_values(self, quote: Quote) -> list[Fraction]:
        if quote.steps is None:
            return self.memory.true_values(quote.about)
        made = [self.trained.value(quote.about, quote.steps)]
        if quote.steps == 1:  # "after the update" means the one that the text is about
            made.insert(0, self.trained.after(quote.about))
        return [each for each in made if each is not None]

    def _standing(self, quote: Quote, name: str, trues: list[Fraction]) -> Claim | None:
        """Add the claim that the number is right, or cut off. Returns None where it is neither."""
        printed, right = quote.printed, trues[0]
        slack = abs(right) * DOUBLES if quote.steps else Fraction(0)
        for true in trues:
            if printed.rounds(true) or abs(true - printed.value) <= printed.half + slack:
                return self._claim(quote, name, "proved" if true == printed.value else "agrees")
        if not printed.cuts(right):
            return None
        correction = _correction(quote, right)
        return self._claim(quote, name, "agrees", explanation=Explanation(Cause.TRUNCATED), correction=correction)

    def _wrong(self, quote: Quote, name: str, right: Fraction) -> Claim:
        """Add the claim that the number is wrong; undecided where that is rather an error of ours."""
        # A sentence may be about the first update without our seeing it.
        anchor, steps = Anchor(quote.about, name), quote.steps or 0
        explained, right = self.causes.number_or_after(anchor, quote.about, quote.printed, right, steps)
        if self.believing.doubtful(explained):
            return self._claim(quote, name, "undecided", reason=CONTRARY)
        correction = _correction(quote, right)
        correction = replace(correction, plain=bool(correction.changes))
        return self._claim(quote, name, "refuted", explanation=explained, correction=correction)

    def _claim(
        self, quote: Quote, name: str, kind: Kind, *, explanation: Explanation = NOTHING, correction: Correction = NONE,
        reason: str = "",
    ) -> Claim:  # fmt: skip
        level = quote.level
        if level is Level.VALUE and quote.steps is None and self.world.given_value(quote.about) is not None:
            level = Level.GIVEN
        return self.claims.claim(
            quote.piece, quote.whole, quote.part, level, kind, Words(name, quote.printed.text, name),
            explanation=explanation, correction=correction, reason=reason,
        )  # fmt: skip


def _correction(quote: Quote, right: Fraction) -> Correction:
    printed, (start, end) = quote.printed, quote.part
    text = like(printed, right)
    changes = (Change(start, end, printed.text, text),) if "e" not in printed.text else ()
    return Correction(printed.text, text, off(printed, right), changes)
