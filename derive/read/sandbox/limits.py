"""What foreign code may use, and why it was stopped."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

_MIB = 1 << 20


class Limits(Struct, frozen=True):
    """What a program may use.

    seconds: that it is waited for, all in all.  memory: bytes of address space.
    file, files: bytes of one file, and of all files together (the latter only inside bubblewrap).
    output: bytes that it prints.  answer: bytes of one answer.
    """

    seconds: float = 60.0
    memory: int = 2048 * _MIB
    file: int = 16 * _MIB
    files: int = 32 * _MIB
    output: int = 1 * _MIB
    answer: int = 64 * _MIB


STANDARD = Limits()


class Stop(StrEnum):
    """Why a program was stopped, or stopped."""

    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"  # printed more than allowed
    FILES = "files"
    LARGE = "large"  # an answer larger than allowed
    FORGED = "forged"  # an answer to another request than the last one
    GARBAGE = "garbage"  # no answer at all, on the pipe for answers
    ENDED = "ended"


class Stopped(Exception):
    """The program gave no answer: `reason`, and in `detail` one sentence about it."""

    def __init__(self, reason: Stop, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")
