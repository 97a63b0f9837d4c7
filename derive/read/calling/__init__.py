"""Calls a foreign gradient program as a plan says, and brings what it gives into the network's own layout."""

from __future__ import annotations

from derive.read.calling.passing import Misfit
from derive.read.calling.running import Called, call, call_and_watch

__all__ = ["Called", "Misfit", "call", "call_and_watch"]
