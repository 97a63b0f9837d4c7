"""What stands below and above a name: indices, labels, primes, and exponents, which are left alone."""

from __future__ import annotations

from derive.read.written.cursor import Cursor
from derive.read.written.groups import flat
from derive.read.written.tables import CALLED, LABELS, TRANSPOSED
from derive.read.written.tree import Name, Node, Turned

LONGEST_INDEX = 3  # digits


def scripted(p: Cursor, name: Name, called: bool = False) -> Node:
    """Return a name with the scripts and primes that stand behind it; an exponent is left to come.

    called: whether it is a function that needs no brackets, so that what is raised behind it is an exponent.
    """
    sub, sup, primes, end = name.sub, name.sup, name.primes, name.end
    letter = not sub  # whether a number may belong to it that stands right behind it: w5, net_h1
    while (token := p.peek()) is not None:
        if p.mark("'", "prime"):
            p.take()
            primes, end = primes + 1, token.end
        elif p.mark("_", "__"):
            script, end = p.script()
            letter = not sub and len(script) == 1 and script[0].kind == "letter" and script[0].end == end
            sub += ("," if sub[-1:].isdigit() else "") + flat(script)
        elif p.mark("^", "^^"):
            opened = p.at
            script, after = p.script()
            text = flat(script)
            label = _transposed_label(text)
            if text in ("'", "''", "prime"):
                primes, end = primes + max(1, text.count("'")), after
            elif label is not None:
                turned = Name(name.start, end, name.base, sub, label or sup, name.accent, primes, name.bold)
                return Turned(name.start, after, turned)
            elif name.base != "e" and not called and LABELS.fullmatch(text):
                plain = text.removesuffix(",'")
                sup, primes, end = sup + plain, primes + (plain != text), after
            elif not sub and p.mark("_", "__"):
                sub, end = late_sub(p, opened)
            else:
                p.at = opened
                break
        elif p.mark("+") and is_updated(p):
            p.take()
            sup, end = sup + "+", token.end
        elif letter and not (sup or primes or called) and (glued := _glued(p, name, end)):
            sub, letter, end = sub + glued, False, p.end
        else:
            break
    if p.plain and p.mark("[") and not p.tokens[p.at].gap and name.base[-1:].isalpha():
        opened = p.at  # W[1,2] of plain text
        content = p.bracketed()
        if content and all(part.kind == "number" or part.text == "," for part in content):
            sub, end = sub + ",".join(part.text for part in content if part.kind == "number"), p.end
        else:
            p.at = opened
    return Name(name.start, end, name.base, sub, sup, name.accent, primes, name.bold)


def _glued(p: Cursor, name: Name, end: int) -> str:
    """Return the number right behind a name, which is its index though it stands on the line: w5; w1o, too.

    Nobody writes w · 5 in this way.
    """
    token = p.tokens[p.at]
    index = token.kind == "number" and token.start == end and token.text.isdigit() and len(token.text) <= LONGEST_INDEX
    if p.plain or not index or name.base in ("e", "pi") or name.base.lower() in CALLED:
        return ""
    p.take()
    letter, after = p.peek(), p.peek(1)
    if letter is None or name.base not in ("w", "W") or letter.text not in ("h", "o") or letter.start != token.end:
        return token.text
    if after is not None and (after.text == "_" or (after.start == letter.end and after.kind in ("number", "letter"))):
        return token.text
    return token.text + p.take().text


def _transposed_label(text: str) -> str | None:
    """Return the label before the T of a transpose: "(2)" of (2)T, "" of T; None for what is none."""
    if text in TRANSPOSED:
        return ""
    if text.endswith((")T", "]T", "),T", "],T")):
        return text[:-1].rstrip(",")
    if text.endswith("top") and text.startswith(("(", "[")):
        return text[:-3].rstrip(",")
    return None


def is_updated(p: Cursor) -> bool:
    """Return whether the plus that stands here belongs to the name before it: w5+ = …, in plain text."""
    token, after = p.peek(), p.peek(1)
    return p.plain and token is not None and not token.gap and after is None


def late_sub(p: Cursor, opened: int) -> tuple[str, int]:
    """Return the subscript that stands here behind an exponent, and where it ends; the exponent is left to come."""
    between = p.at
    script, end = p.script()
    p.tokens = [*p.tokens[:between], *p.tokens[p.at :]]
    p.at = opened
    return flat(script), end
