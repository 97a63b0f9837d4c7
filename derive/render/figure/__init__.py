"""Drawings of feed-forward networks: for LaTeX, for pages, and for terminals.

`diagram` says what is to be seen, `layout` where it goes, `tikz` and `svg` draw it; `terminal` needs no layout.
"""

from __future__ import annotations

from derive.render.figure.collisions import Collision, collisions
from derive.render.figure.diagram import Column, Diagram, Quantity, diagram
from derive.render.figure.drawing import Figure
from derive.render.figure.layout import layout
from derive.render.figure.svg import svg
from derive.render.figure.terminal import terminal
from derive.render.figure.tikz import tikz
from derive.render.figure.words import ENGLISH, Phrases

__all__ = [
    "ENGLISH",
    "Collision",
    "Column",
    "Diagram",
    "Figure",
    "Phrases",
    "Quantity",
    "collisions",
    "diagram",
    "layout",
    "svg",
    "terminal",
    "tikz",
]  # fmt: skip
