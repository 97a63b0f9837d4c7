"""What is asked of the program inside, and what it answers: as data, in MessagePack.

All that comes back is from a stranger. It is decoded into these types, and believed in nothing but its values, which
are compared with what the definitions say.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from derive.read.problem import Problem

WIDTH = 80  # bytes of a residue: primes grow by some ten bits from level to level

Mode = Literal["double", "field", "tangent", "real"]
"""double: plain doubles.  field: exact values at random.  tangent: dual numbers over these, along a random direction.
real: 70 digits, with bounds for what rounding does."""


class TowerData(Struct, frozen=True):
    """A tower of prime fields, its numbers as hexadecimal text."""

    seed: int
    primes: tuple[str, ...]
    bases: tuple[str, ...]


class At(Struct, frozen=True):
    """A point: all arrays row by row.

    values: the doubles there; in an exact mode the shadows.
    simplex: whether the last target of each sample is 1 less the others, in an exact mode.
    fixed: whether the learning rate is this very number, and not any.
    """

    weights: tuple[tuple[float, ...], ...]
    biases: tuple[tuple[float, ...], ...]
    inputs: tuple[float, ...]
    targets: tuple[float, ...]
    rate: float
    simplex: bool = False
    fixed: bool = False


class Load(Struct, frozen=True, tag=True):
    """Load a program. adapter: the text of a file that says how to call it, if there is one."""

    source: str
    name: str
    problem: Problem
    adapter: str | None = None
    entry: str | None = None
    layout: str | None = None


class Run(Struct, frozen=True, tag=True):
    """Call the program once by one of its plans.

    trace: whether the values of its local variables are wanted.
    twice: whether the same objects are called twice, and the second time counts.
    moving: which arrays "tangent" moves: "w1", "b1", …, "x", "t".
    """

    plan: int
    problem: Problem
    at: At
    mode: Mode = "double"
    tower: TowerData | None = None
    trace: bool = False
    twice: bool = False
    moving: tuple[str, ...] = ()


Request = Load | Run


class Described(Struct, frozen=True):
    """A plan: how the program can be called, as facts with a fixed word each."""

    facts: tuple[tuple[str, str], ...]


class Plans(Struct, frozen=True, tag=True):
    plans: tuple[Described, ...]


class Failed(Struct, frozen=True, tag=True):
    """The program, or the call of it, failed.

    kind: "load", "find", "call", "misfit" (what came back is no gradient) or "exact" (it cannot run on exact values).
    error: the name of the exception.  line: of the program, 0 where it is not known.  hint: what to try.
    """

    kind: str
    error: str
    message: str
    line: int = 0
    hint: str = ""


class Numbers(Struct, frozen=True):
    """An array, row by row.

    doubles: the values as doubles, or their shadows.
    exact: in an exact mode the residues, or the decimals of a real number; "" where there is no exact value.
    """

    shape: tuple[int, ...]
    doubles: tuple[float, ...]
    exact: tuple[bytes, ...] = ()


class Seen(Struct, frozen=True):
    """A local variable of the program that was given a value."""

    line: int
    function: str
    name: str
    value: Numbers


class Answer(Struct, frozen=True, tag=True):
    """What one call gave.

    weights, biases: the gradient; None for what the program does not give.
    changed: which of the arrays that it was given the program changed.
    single: whether numbers were single precision.
    bits: of the degree of any value, at most, over the common denominator.  roots: how many roots were taken.
    tests: lines that compared numbers, with the signs that were met.
    lost: lines where an exact number became a double.  close: lines of comparisons too close to call.
    """

    weights: tuple[Numbers | None, ...]
    biases: tuple[Numbers | None, ...]
    loss: Numbers | None = None
    outputs: Numbers | None = None
    changed: tuple[str, ...] = ()
    single: bool = False
    bits: int = 0
    roots: int = 0
    tests: tuple[tuple[int, tuple[int, ...]], ...] = ()
    lost: tuple[tuple[int, str], ...] = ()
    close: tuple[int, ...] = ()
    trace: tuple[Seen, ...] = ()


Reply = Plans | Failed | Answer

to_request = msgspec.msgpack.Decoder(Request)
to_reply = msgspec.msgpack.Decoder(Reply)
encode = msgspec.msgpack.Encoder().encode
