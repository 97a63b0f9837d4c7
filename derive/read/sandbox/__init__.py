"""Runs foreign code in a process of its own, without files, network or other processes: the parent's side.

The process is started, asked and ended here, and nothing that it says is believed: it can give no more than bytes.
What it does to itself before the first foreign line is in `derive.read.confine`. bubblewrap adds what a process cannot
do to itself: it sees only Python, its packages and this one, none of which it can write to, and a directory in memory.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Self

from derive.read.sandbox.limits import STANDARD, Limits, Stop, Stopped
from derive.read.sandbox.process import Process

__all__ = ["STANDARD", "Limits", "Sandbox", "Stop", "Stopped"]

CHILD = "derive.read.child"


class Sandbox:
    """A running program that answers requests; a context manager, which ends it.

    program: a module of derive, or the path of a .py file, and its arguments. It calls `derive.read.confine.serve`.
    trust: run it without bubblewrap. It then can read and write what the user can.
    isolation: what keeps it in.

    Raises DeriveError where bubblewrap does not work and there is no trust. The program ends with the thread that
    started it.
    """

    isolation: Literal["bubblewrap", "none"]

    def __init__(self, program: Sequence[str] = (CHILD,), *, limits: Limits = STANDARD, trust: bool = False) -> None:
        self.isolation = "none" if trust else "bubblewrap"
        self._process = Process(program, limits, trust=trust)
        self._end = weakref.finalize(self, self._process.end)

    def ask(self, request: bytes, seconds: float | None = None) -> bytes:
        """Return the answer to `request`, within `seconds`. Raises Stopped, then and ever after."""
        return self._process.ask(request, seconds)

    @property
    def output(self) -> str:
        """The beginning of what the program has printed."""
        return self._process.printed.decode("utf-8", "replace")

    def close(self) -> None:
        """End the program, if it still runs, and leave nothing of it."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
