"""Checks what others have derived and printed: every claim in a document is judged, and what is wrong explained."""

# No `from __future__ import annotations` here: it would hide the module of that name.

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive.errata.findings import Cause, Claim, Errata, Level
    from derive.errata.run import check

__all__ = ["Cause", "Claim", "Errata", "Level", "check"]


def __getattr__(name: str) -> Any:
    # Processes that read formulas only (derive.errata.parallel) start in a tenth of the time without the rest.
    if name == "check":
        from derive.errata.run import check

        return check
    if name in __all__:
        from derive.errata import findings

        return getattr(findings, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
