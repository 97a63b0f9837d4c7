"""Hostile submissions: none passes, each ends within its limits with a reason, and nothing outside changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile import SUBMISSIONS
from msgspec.structs import replace

import derive
from derive.errors import DeriveError
from derive.gradcheck import Why
from derive.read.sandbox import STANDARD

SECONDS = 4.0
LIMITS = replace(STANDARD, seconds=SECONDS)
PARTS = 8
# What a loader passes over: a loop at module level is not run, nor is what ends the program then.
NOT_RUN = {"endless loop when loaded", "os._exit when loaded"}


@pytest.mark.parametrize("part", range(PARTS))
def test_no_hostile_submission_passes(part: int, tmp_path: Path, require: Callable[[str], Path]) -> None:
    require("sandbox")
    spec = derive.load("mazur").spec
    canary = tmp_path / "canary"
    canary.write_text("alive")
    before = listing(tmp_path)
    wrong = []
    for number, submission in enumerate(SUBMISSIONS[part::PARTS]):
        path = tmp_path / f"student{number}.py"
        path.write_bytes(submission.source if isinstance(submission.source, bytes) else submission.source.encode())
        started = time.monotonic()
        try:
            made = derive.verify(spec, path, limits=LIMITS)
            kind, said = made.kind, bool(made.reason or made.rows)
            if made.reason is not None and made.reason.why is Why.STOPPED:
                kind, said = "stopped", bool(made.reason.detail)
        except DeriveError as refused:  # no text that Python could read
            kind, said = "undecided", bool(refused.what)
        path.unlink()
        expected = submission.expected | ({"refuted", "undecided"} if submission.name in NOT_RUN else set())
        # One program may be stopped twice: in the run that judges it, and in the one that looks for the mistake.
        slow = time.monotonic() - started > 2 * SECONDS + 6.0
        if kind not in expected or not said or slow:
            wrong.append((submission.name, kind, sorted(expected)))
    assert not wrong
    assert listing(tmp_path) == before
    assert canary.read_text() == "alive"


def listing(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_there_are_enough_of_them() -> None:
    assert len({submission.name for submission in SUBMISSIONS}) == len(SUBMISSIONS) >= 60
    assert not any({"proved", "agrees"} & submission.expected for submission in SUBMISSIONS)
