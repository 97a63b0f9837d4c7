"""What is said of a program: types only; the words for them live elsewhere."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from derive.check.verdict import Region, Verdict, exit_code, passes, word
from derive.diagnose import Match
from derive.expression import Var


class Why(StrEnum):
    """Why a program, or one of its numbers, is undecided. Keys for catalogues of words, and readable as they are."""

    LOAD = "the program cannot be loaded"
    NO_ENTRY = "no function or class was found that calculates a gradient"
    CALL = "the program stops with an error"
    MISFIT = "what the program gives back is no gradient of this network"
    STOPPED = "the program was stopped"
    CHANGED = "the program changes what it is given"
    UNSTEADY = "two calls with the same numbers give different gradients"
    MISSING = "the program gives no such gradient"
    SINGLE = "the program calculates in single precision"
    ROUNDING = "rounding may have changed too many digits"
    NO_REFERENCE = "the network's own derivative has no value where the program was tried"


class Reason(Struct, frozen=True):
    """why: the kind of reason.  detail: in the program's or the system's words.  line: of the program, 0 if unknown."""

    why: Why
    detail: str = ""
    line: int = 0
    hint: str = ""


class Row(Struct, frozen=True):
    """One parameter, or the loss (`parameter` is then `total`).

    expected, found: decimals at the point where they differ, or at the given one.
    why: where it is undecided.
    """

    parameter: Var
    name: str
    verdict: Verdict
    expected: str = ""
    found: str = ""
    why: Why | None = None

    @property
    def kind(self) -> str:
        return word(self.verdict)


class Convention(Struct, frozen=True):
    """By what factor a program's gradient differs from the spec's: sign · factor · N^samples · n^outputs.

    factor: 2 where the program leaves the spec's ½ out, ½ where it has one that the spec has not.
    samples: −1 where it takes the mean over N samples and the spec the sum, 1 the other way round; outputs: the same
        over the n outputs.
    rate: whether the factor is that of the learning rate, since the gradient was read from an update.
    """

    sign: int = 1
    factor: Fraction = Fraction(1)
    samples: int = 0
    outputs: int = 0
    rate: bool = False

    def scale(self, samples: int, outputs: int) -> Fraction:
        """Return the factor for so many samples and outputs."""
        return self.sign * self.factor * Fraction(samples) ** self.samples * Fraction(outputs) ** self.outputs

    def __bool__(self) -> bool:
        return self != Convention()


class Place(Struct, frozen=True):
    """Where a program goes wrong first.

    line, function: where.  text: the line as it stands.
    variable: what is wrong after that line, "" where it is only known that the line belongs to a wrong quantity.
    quantity: what it should be, a name of the network's (with its `kind` and layer).
    right: the last quantity before it that is right.
    """

    line: int
    function: str
    text: str
    variable: str = ""
    quantity: str = ""
    right: str = ""


class Contradicted(Struct, frozen=True):
    """The line of the derivation that a program contradicts."""

    step: str
    rule: str
    text: str
    latex: str


class Outcome(Struct, frozen=True, kw_only=True):
    """What is known of a program.

    verdict: on the whole: proved, agrees, refuted or undecided.
    rows: a row a parameter, in the order of the network; `loss` that of the loss where the program shows one.
    facts: how the program was called and read, as pairs of words.
    convention: by which it differs from the spec; `given` where the user said so.
    one_sample: whether the network has one sample, of which the sum is the mean.
    own_loss: the verdict on whether its gradient is that of its own loss; None where it shows none.
    region: where a proof holds; `patterns` so many different sides of all kinks were visited.
    both_sides: how many neurons with a kink were seen on both sides, and how many there are.
    tests: lines of the program that compare numbers, with the signs of the differences that were met.
    lost: lines that made plain numbers, or text, of exact ones, in the proofs.
    samples: the numbers of samples that it was tried with.  points: in doubles.  seed: of all random choices.
    deviates: the convention that would make a wrong gradient right, if one does.
    matches: mistakes that would explain it, each alone or in a pair; several are a tie.
    place: where it goes wrong first.  layer: the layer of the first wrong quantity on the way back, 0 if unknown.
    contradicted: the step of the derivation that it contradicts.
    guards: small numbers that a wrong program adds before a logarithm or a division, each with its line.
    reason: where it is undecided.  output: what it printed.  isolation: what it ran in.
    """

    name: str
    verdict: Verdict
    rows: tuple[Row, ...] = ()
    loss: Row | None = None
    facts: tuple[tuple[str, str], ...] = ()
    convention: Convention = Convention()
    given: bool = False
    one_sample: bool = False
    own_loss: Verdict | None = None
    region: Region = ()
    patterns: int = 0
    both_sides: tuple[int, int] = (0, 0)
    tests: tuple[tuple[int, tuple[int, ...]], ...] = ()
    lost: tuple[tuple[int, str], ...] = ()
    samples: tuple[int, ...] = ()
    points: int = 0
    seed: int = 0
    deviates: Convention | None = None
    matches: tuple[Match, ...] = ()
    place: Place | None = None
    layer: int = 0
    contradicted: Contradicted | None = None
    guards: tuple[tuple[float, int], ...] = ()
    reason: Reason | None = None
    output: str = ""
    isolation: str = ""

    def __repr__(self) -> str:
        return f"<{self.name}: {self.kind}, {len(self.rows):,} parameters>"

    @property
    def passed(self) -> bool:
        """Whether the gradient is proved or agrees. Undecided never passes."""
        return passes(self.verdict)

    @property
    def exit_code(self) -> int:
        """0 proved or agrees, 1 refuted, 3 undecided."""
        return exit_code([self.verdict], self.passed)

    @property
    def kind(self) -> str:
        return word(self.verdict)

    def count(self, kind: str) -> int:
        """Return how many parameters have a verdict of a kind."""
        return sum(row.kind == kind for row in self.rows)
