"""Single changes of formulas, as explanations: of the wrong one, or of the right one that give the wrong one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from derive.diagnose import Instance, Match
from derive.errata.findings import Cause
from derive.errata.meaning import size
from derive.errata.record import Explanation
from derive.errata.repair import Repair, repairs
from derive.errata.showing import shown
from derive.errata.world import OWN, World
from derive.expression import Diff, Expr, Num, Var, names

BUDGET = 500  # changes of one formula that are tried
LARGE = 150  # nodes of a formula that is mended by trying
INVERSE = {
    Cause.TERM_EXTRA: Cause.TERM_MISSING, Cause.TERM_MISSING: Cause.TERM_EXTRA,
    Cause.FACTOR_EXTRA: Cause.FACTOR_MISSING, Cause.FACTOR_MISSING: Cause.FACTOR_EXTRA,
    Cause.SLOPE_EXTRA: Cause.SLOPE_MISSING, Cause.SLOPE_MISSING: Cause.SLOPE_EXTRA,
}  # fmt: skip
"""What a change that makes a right formula wrong is called."""


class Edits:
    """Looks for single changes of formulas in a world, and says what they are."""

    def __init__(self, world: World) -> None:
        self.world = world

    def mending(self, wrong: Expr, right: Callable[[Expr], bool], parts: Sequence[Expr] = ()) -> tuple[Repair, ...]:
        """Return the changes of numbers alone that make a wrong formula right. parts: what may be missing."""
        return repairs(wrong, right, lambda leaf: (), parts, BUDGET) if size(wrong, LARGE) <= LARGE else ()

    def behind(
        self, rights: Iterable[Expr], gives: Callable[[Expr], bool], *, updated: bool = False
    ) -> Explanation | None:
        """Return the change of a right formula by which a wrong value comes out; None for none.

        rights: formulas that are right, the likeliest first.  gives: whether a formula has the wrong value.
        updated: whether they are about an update, so that no updated weight can be in them by mistake.
        """
        others = self.world.alternatives if updated else self._put_in_its_place
        for right in rights:
            if isinstance(right, Var | Num) or size(right, LARGE) > LARGE:
                continue
            if found := repairs(right, gives, others, (), BUDGET):
                first = found[0]
                cause = INVERSE.get(first.cause, first.cause)
                return self._told(cause, first.after, first.before)
        return None

    def told(self, found: Repair) -> Explanation:
        """Return the change that mends a wrong formula as an explanation."""
        return self._told(found.cause, found.before, found.after, shown(found.whole, self.world))

    def _put_in_its_place(self, leaf: Expr) -> Sequence[Expr]:
        """Return what may have been put in for a name: another one, or the same after the update."""
        later: list[Expr] = []
        if isinstance(leaf, Var) and leaf.kind in ("w", "b"):
            later = [Var(leaf.kind + "+", leaf.layer, leaf.index)]
        return [*self.world.alternatives(leaf), *later]

    def _told(self, cause: Cause, before: Expr | None, after: Expr | None, right: str = "") -> Explanation:
        """Return an explanation. before: what stands there; after: what should; right: the right formula."""
        if isinstance(before, Var) and isinstance(after, Var) and before.kind == after.kind + "+":
            early = Instance("updated-weights", max(1, after.layer - 1))
            return Explanation(Cause.MISTAKE, self._change(before, after), (Match((early,)),))
        if isinstance(before, Diff) and isinstance(after, Diff) and OWN in (before.of.kind, after.of.kind):
            return Explanation(Cause.SLOPE_OF, self._change(before.wrt, after.wrt), correct=right)
        return Explanation(cause, self._change(before, after), correct=right)

    def _change(self, before: Expr | None, after: Expr | None) -> str:
        """Return a change as plain text: "a → b", or the one of both that there is."""
        if before is not None and after is not None and not isinstance(before, Var | Diff):
            old, new = Counter(names(before)), Counter(names(after))
            gone, come = old - new, new - old
            if len(gone) == len(come) == 1:  # one name in several places
                before, after = next(iter(gone)), next(iter(come))
        texts = [shown(e, self.world) for e in (before, after) if e is not None]
        return " → ".join(text for text in texts if text)
