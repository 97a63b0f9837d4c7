"""What the checker answers: proved, agrees, refuted or undecided. Types only; the words for them live elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from derive.expression import Expr, Var


class Fault(StrEnum):
    """What is wrong with a refuted claim. The values are keys for catalogues of words, and readable as they are."""

    VALUES = "the two sides have different values"
    REUSED_ID = "an earlier step has the same id"
    FORWARD = "it uses a step that does not come before it"
    REDEFINED = "the name has been defined before"
    CIRCULAR = "the name is defined by itself or by what is made of it"
    GIVEN = "the name is given, so that no step can define it"
    FORM = "the rule makes no claims of this form"
    FACTORS = "adjacent factors do not share a name"
    ENDS = "the factors do not lead from one end of the derivative to the other"
    PATHS = "one path is counted twice"
    FOREIGN = "a name stands in it that the definition does not mention"
    NEURON = "the error signal of one neuron is said to be that of another"
    SHAPES = "the matrices do not have shapes that fit"
    LETTER = "a matrix is not the one that its letter stands for"


class Doubt(StrEnum):
    """Why a claim is undecided. The values are keys for catalogues of words, and readable as they are."""

    UNPROVEN = "equal wherever it was tried, but not proved"
    EMPTY = "nothing was claimed"
    UNKNOWN_NAME = "a name that the network does not have"
    UNKNOWN_RULE = "a rule that the checker does not know"
    UNKNOWN_FORM = "an expression that the checker cannot evaluate"
    FAMILY = "an equation for a whole family, of which only the members can be checked"
    SECOND = "a derivative of a derivative"
    DIVISION = "a division by zero"
    DOMAIN = "a logarithm or a root of a number that has none"
    RANGE = "a number too large or too small to calculate with"
    CLOSE = "a branch that rounding does not let us decide"
    NESTED = "exponentials or parentheses nested too deeply"
    SIZE = "an expression so large that the chance of an error cannot be made small"
    LENGTH = "a formula too long to be written out"
    KINK = "too near a kink to tell on which side"
    NO_DIGITS = "rounding may have changed every digit"
    PROGRAM = "a program that could not be judged"


class Condition(Struct, frozen=True):
    """A branch was decided: `test` is positive (1), negative (−1), or exactly zero (0, the `otherwise` branch).

    Where the sign is 0 the claim holds by the convention that the derivative at a kink is that of `otherwise`.
    """

    test: Expr
    sign: int


Region = tuple[Condition, ...]


class Witness(Struct, frozen=True):
    """Where the two sides of a claim differ, and what they are there.

    lhs, rhs: the sides; of a matrix equation, the sides of the entry that differs.
    left, right: their values, as decimals.
    draw: 0 for the given point; n for the n-th point that was drawn near it from the seed of the check.
    entry: row and column, from 1, in a matrix equation.
    """

    lhs: Expr
    rhs: Expr
    left: str
    right: str
    draw: int = 0
    entry: tuple[int, int] | None = None


class Proved(Struct, frozen=True, tag=True):
    """True for all values of the given quantities in `region` for which both sides are defined.

    exponent: the chance that it is false nevertheless is below 2^`exponent`; None where there is no such chance.
    """

    exponent: int | None = None
    region: Region = ()


class Agrees(Struct, frozen=True, tag=True):
    """True at the given point, as far as so many significant digits show it."""

    digits: int
    region: Region = ()


class Refuted(Struct, frozen=True, tag=True):
    """False.

    names: the names that the fault is about, where it is one of form.
    witness: the difference, where the fault is one of value.
    diagnosis: the mistakes that would explain it, by their names in the table of mistakes.
    """

    fault: Fault
    names: tuple[Var, ...] = ()
    witness: Witness | None = None
    diagnosis: tuple[str, ...] = ()


class Undecided(Struct, frozen=True, tag=True):
    """Neither shown to be true nor shown to be false. Never a pass."""

    doubt: Doubt


Verdict = Proved | Agrees | Refuted | Undecided


class Undefined(Exception):
    """Raised by an evaluation that has no value, or none that can be had; becomes `Undecided`."""

    def __init__(self, doubt: Doubt) -> None:
        self.doubt = doubt
        super().__init__(doubt.value)


class Malformed(Exception):
    """Raised where a claim is refuted by its form."""

    def __init__(self, fault: Fault, *about: Var) -> None:
        self.fault = fault
        self.about = about
        super().__init__(fault.value)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict on all claims together: the first that is refuted, or else undecided, decides.

    Where all are proved, the chances of error add up. No claims at all are undecided.
    """
    every = list(verdicts)
    for kind in (Refuted, Undecided):
        for verdict in every:
            if isinstance(verdict, kind):
                return verdict
    if not every:
        return Undecided(Doubt.EMPTY)
    region = tuple(dict.fromkeys(c for v in every if isinstance(v, Proved | Agrees) for c in v.region))
    digits = [verdict.digits for verdict in every if isinstance(verdict, Agrees)]
    if digits:
        return Agrees(min(digits), region)
    exponents = [v.exponent for v in every if isinstance(v, Proved) and v.exponent is not None]
    if not exponents:
        return Proved(None, region)
    # n chances below 2^e are together below n·2^e ≤ 2^(e + ⌈log₂ n⌉).
    return Proved(max(exponents) + (len(exponents) - 1).bit_length(), region)


def word(verdict: Verdict) -> str:
    """Return the verdict in one word, a key for catalogues of words."""
    match verdict:
        case Proved():
            return "proved"
        case Agrees():
            return "agrees"
        case Refuted():
            return "refuted"
        case Undecided():
            return "undecided"


def passes(verdict: Verdict) -> bool:
    """Return whether the claim stands. Undecided never does."""
    return isinstance(verdict, Proved | Agrees)


def exit_code(verdicts: Iterable[Verdict], passed: bool) -> int:
    """Return 0 where a check `passed`, 1 where something is refuted, 3 where something is undecided."""
    if any(isinstance(verdict, Refuted) for verdict in verdicts):
        return 1
    return 0 if passed else 3
