"""Formulas as people write them, in LaTeX or plain text, as trees that keep positions and printed digits."""

from __future__ import annotations

from derive.read.written.parsing import mentioned, read
from derive.read.written.tree import Formula, Node, Statement

__all__ = ["Formula", "Node", "Statement", "mentioned", "read"]
