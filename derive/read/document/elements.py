"""The elements of a formula in MathML as a tree."""

from __future__ import annotations

from typing import NamedTuple

from derive.read.document.extracts import decoded, joined
from derive.read.document.tags import Tag, Tags
from derive.read.document.types import Extract

_DEPTH = 100
_TEX = ("application/x-tex", "text/x-latex", "application/x-latex", "latex", "tex", "text/latex")


class Node(NamedTuple):
    """An element; `words` is the text directly within it, where it has no elements."""

    tag: Tag
    attributes: dict[str, str]
    children: list[Node]
    words: list[Extract]
    end: int  # where its content ends


class Deep(Exception):
    """Elements are nested too deeply."""


def tree(tags: Tags, tag: Tag, end: int) -> Node:
    """Return an element, whose content ends at `end`, with all that is in it. Raises Deep."""
    root = Node(tag, tags.attributes(tag), [], [], end)
    opened = [root]
    at = tag.end
    while at < end:
        stop, inner, following = tags.next(at, end)
        if stop > at and not tags.text[at:stop].isspace():
            opened[-1].words.append(decoded(tags.text, at, stop))
        if inner is not None and not inner.closing:
            node = Node(inner, tags.attributes(inner), [], [], end)
            opened[-1].children.append(node)
            if not tags.empty(inner):
                if len(opened) > _DEPTH:
                    raise Deep
                opened.append(node)
        elif inner is not None:
            for depth in range(len(opened) - 1, 0, -1):
                if opened[depth].tag.name == inner.name:
                    del opened[depth:]
                    break
        at = following
    return root


def annotation(node: Node) -> Extract | None:
    """Return the LaTeX that a formula is annotated with."""
    if node.tag.name == "annotation" and node.attributes.get("encoding", "").lower() in _TEX:
        return joined(node.words) if node.words else None
    for child in node.children:
        found = annotation(child)
        if found is not None:
            return found
    return None
