"""Formulas read on several cores: what a formula says does not depend on what stands around it.

Judging is not split: each claim may go on from one before it. Processes are started anew and not forked, so that this
is safe in a program with threads; whatever goes wrong with them, the formulas are read in this process.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import NamedTuple

from derive.read.written import Formula, read

LEAST = 2_000
"""Formulas of different wording from which on another process is worth its start, which takes a third of a second."""
CHUNK = 100

Key = tuple[str, bool]
"""A formula as it is written, and whether it is plain text."""


class Reading(NamedTuple):
    """How formulas are read: the arguments of `read` that are the same for all."""

    macros: Mapping[str, tuple[int, str]] = {}
    words: frozenset[str] = frozenset()
    comma: bool = False

    def read(self, key: Key) -> Formula:
        return read(key[0], plain=key[1], macros=self.macros, words=self.words, comma=self.comma)


class Readers:
    """Reads formulas in up to `workers` processes, this one among them. None: one for each core.

    >>> with Readers(1) as readers:
    ...     len(readers.read([("x = 1", False)], Reading()))
    1
    """

    def __init__(self, workers: int | None = 1) -> None:
        self._workers = cores() if workers is None else workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def read(self, keys: Sequence[Key], how: Reading, least: int | None = None) -> list[Formula]:
        """Return formulas in the order of their keys, whichever process has read them.

        least: how many there must be for more than one process.
        """
        if self._workers < 2 or len(keys) < (LEAST if least is None else least):
            return list(map(how.read, keys))
        chunks = [keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK)]
        done: list[list[Formula] | None] = [None] * len(chunks)
        sent: dict[int, Future[list[Formula]]] = {}
        with suppress(Exception):  # no process can be started here: then all is read below
            pool = self._started()
            for place in reversed(range(len(chunks))):  # this process begins at the front, the others at the end
                sent[place] = pool.submit(_read, chunks[place], how)
        for place, chunk in enumerate(chunks):
            future = sent.get(place)
            if future is None or future.cancel():
                done[place] = list(map(how.read, chunk))
        for place, future in sent.items():
            if done[place] is None:
                with suppress(Exception):  # a process that has ended
                    done[place] = future.result()
        return [
            formula
            for chunk, made in zip(chunks, done, strict=True)
            for formula in (made if made is not None else map(how.read, chunk))
        ]

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers - 1, mp_context=context)
        return self._pool


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


def _read(keys: Sequence[Key], how: Reading) -> list[Formula]:
    return list(map(partial(Reading.read, how), keys))
