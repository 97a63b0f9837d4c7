"""What all tests share: reproducible examples, and the programs outside Python that some tests need."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

# The same examples on every run; DERIVE_EXAMPLES=5000 draws that many new ones instead. No deadline: a busy machine
# is no failure.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("more", max_examples=int(os.environ.get("DERIVE_EXAMPLES", "100")), deadline=None)
settings.load_profile("more" if os.environ.get("DERIVE_EXAMPLES") else "same")


@pytest.fixture(scope="session")
def require() -> Callable[[str], Path]:
    """Return `require(part)`: the path of the program of "tex", "poppler" or "browser" (see scripts/lib.sh).

    Skips the test where the part is missing; fails it where the environment variable DERIVE_REQUIRE names the part.
    """

    def program(part: str) -> Path:
        found = subprocess.run(
            ["bash", "-c", '. "$0" && find_part "$1"', ROOT / "scripts" / "lib.sh", part],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if found.returncode == 0:
            return Path(found.stdout.strip())
        if part in os.environ.get("DERIVE_REQUIRE", "").replace(" ", "").split(","):
            pytest.fail(f"DERIVE_REQUIRE={part}, but {found.stderr.strip()}", pytrace=False)
        pytest.skip(found.stderr.splitlines()[0] + "; scripts/test says how to get it")

    return program
