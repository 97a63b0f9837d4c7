"""What begins with a macro: fonts, accents, roots, and what calls a function of another module."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from derive.read.written.brackets import bars, curly, norm
from derive.read.written.cursor import Cursor, Trouble, eaten
from derive.read.written.derivatives import fraction, gradient, quotient, slash_derivative
from derive.read.written.grids import indicator, is_test
from derive.read.written.groups import flat, joined
from derive.read.written.letters import named
from derive.read.written.scripts import scripted
from derive.read.written.sums import big_sum
from derive.read.written.tables import ACCENTS, CALLED, DECORATIONS, DOTS, FONTS, FRACTIONS, QUOTIENTS, SUMS, UPRIGHT
from derive.read.written.tree import Name, Node, Number, Root, widened

_VECTOR = re.compile("vec|mat(?:r|rix)?$", re.IGNORECASE)
"""Names of macros of other people's, with which they set vectors and matrices."""
_BLACKBOARD = frozenset(("mathbb", "mathds", "mathbbm"))


def macro(p: Cursor) -> Node:
    """Return what begins with the macro that stands here. Raises Trouble for one that is not known."""
    word = p.tokens[p.at].text
    if word in _REFUSED:
        raise Trouble(_REFUSED[word])
    if word not in _READ and _VECTOR.search(word):
        return _set(p)
    if word not in _READ:
        raise Trouble("a macro that is not known")
    return _READ[word](p)


def _root(p: Cursor) -> Node:
    token = p.take()
    if p.mark("[") and flat(p.bracketed()) != "2":
        raise Trouble("a root of another order")
    arg = p.all(p.group())
    return Root(token.start, p.end, arg)


def _function(p: Cursor) -> Node:
    token = p.take()
    return named(p, Name(token.start, token.end, token.text), called=True)


def _pi(p: Cursor) -> Node:
    token = p.take()
    return Name(token.start, token.end, "pi")


def _accented(p: Cursor) -> Node:
    token = p.take()
    node = p.all(p.group())
    if not isinstance(node, Name):
        raise Trouble("an accent over what is no name")
    return named(
        p, Name(token.start, p.end, node.base, node.sub, node.sup, ACCENTS[token.text], node.primes, node.bold)
    )


def _set(p: Cursor) -> Node:
    """Return what is set in another font: a name, mostly."""
    token = p.take()
    bold = FONTS.get(token.text, True)
    if p.peek() is None:
        raise Trouble("something is missing")
    group = p.group()
    end = p.end
    if not group:
        return p.factor()
    text = joined(group)
    if text == "1" and (bold or token.text in _BLACKBOARD):
        if p.mark("_", "(", "{", "["):
            content = p.script()[0] if p.mark("_") else p.bracketed()
            if not is_test(content):
                raise Trouble("ones, or an indicator")
            return indicator(p, token.start, content)
        return scripted(p, Name(token.start, end, "ones"))
    if len(group) == 1 and group[0].kind == "number" and not bold:
        return Number(group[0].start, group[0].end, group[0].text)
    if text == "e" and p.mark("^", "^^"):
        return p.raised(Name(token.start, end, "e"))
    if text == "d" and token.text in UPRIGHT:
        raise Trouble("a differential")
    letters = all(part.kind in ("letter", "number", "word", "text") or part.text in ("-", ".") for part in group)
    if letters and group[0].kind in ("letter", "word", "text") and (text.isalnum() or " " in text):
        return named(p, Name(token.start, end, " ".join(text.split()), "", "", "", 0, bold))
    node = p.all(group)
    if isinstance(node, Name):
        bold = bold or node.bold
        return named(p, Name(token.start, end, node.base, node.sub, node.sup, node.accent, node.primes, bold))
    return widened(node, token.start, end)


def _decorated(p: Cursor) -> Node:
    """Return what stands under a brace, in a box, in a colour; what is written at the brace says nothing."""
    token = p.take()
    for _ in range(DECORATIONS[token.text]):
        p.group()
    node = p.all(p.group())
    if token.text in ("underbrace", "overbrace") and (p.mark("_", "^") or eaten(p)):
        p.script()
    if isinstance(node, Name) and p.mark("_", "^", "'"):
        return named(p, node)
    return node


_READ: Mapping[str, Callable[[Cursor], Node]] = {
    **dict.fromkeys(CALLED, _function),
    **dict.fromkeys(DECORATIONS, _decorated),
    **dict.fromkeys(ACCENTS, _accented),
    **dict.fromkeys(FONTS, _set),
    **dict.fromkeys(FRACTIONS, fraction),
    **dict.fromkeys(QUOTIENTS, quotient),
    **dict.fromkeys(SUMS, big_sum),
    **dict.fromkeys(("partial", "part"), slash_derivative),
    **dict.fromkeys(("nabla", "triangledown", "bigtriangledown"), gradient),
    **dict.fromkeys(("lbrace", "{"), curly),
    **dict.fromkeys(("vert", "mid"), lambda p: bars(p, p.tokens[p.at].text)),
    **dict.fromkeys(("lVert", "Vert", "|"), norm),
    "lvert": lambda p: bars(p, "rvert"),
    "sqrt": _root,
    "pi": _pi,
}
_REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("binom", "genfrac", "choose"), "not a formula of a network"),
    "norm": "a norm",
    "lim": "a limit",
    **dict.fromkeys(("d", "dd", "mathd", "diffd"), "a differential"),
    **dict.fromkeys(DOTS, "something is left out"),
    "infty": "infinity",
}
"""What is known and not understood."""
