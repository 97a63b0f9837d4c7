"""What parts the statements of one line: commas, arrows, words, wide spaces, and lines of the source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.read.written.groups import joined
from derive.read.written.tables import DECORATIONS, FONTS, JOINTS, SAID, SPACES, STOP, TEXTS
from derive.read.written.tokens import Token, closes, inside, is_sign, opens, relation

LAST_LATIN = 0x2E7F  # the writings behind it set no spaces between words
_AROUND = {**DECORATIONS, **dict.fromkeys(set(FONTS) - TEXTS, 0)}
_SAID = frozenset(("word", "letter", "number", "text"))
_STOPS = frozenset((",", ";", "∴", "∵", "⇒", "⇔", ".", "。", ":", "?"))


def parted(tokens: list[Token]) -> Iterator[list[Token]]:
    """Yield the statements of a line, each as its tokens."""
    tokens = unwrapped(tokens)
    last = max((place for place, token in enumerate(tokens) if relation(token)), default=-1)  # relation
    depth = at = 0
    part: list[Token] = []
    related = False  # whether there is a relation in the part
    while at < len(tokens):
        token = tokens[at]
        if depth == 0 and (end := _aside(tokens, at, part)) is not None:
            at = end
            continue
        if opens(token):
            depth += 1
        elif closes(token):
            depth = max(0, depth - 1)
        elif depth == 0:
            if token.text == ":" and at + 1 < len(tokens) and tokens[at + 1].text == "=":
                part.append(Token("mark", ":=", token.start, tokens[at + 1].end, token.gap))
                at, related = at + 2, True
                continue
            end = _separator(tokens, at, part, last)
            if end is not None or (related and token.fresh and _next_statement(part, tokens, at)):
                if part:
                    yield part
                part, related = [], False
            if end is not None:
                at = end
                continue
            if token.kind == "macro" and token.text in SPACES:
                at += 1
                continue
        part.append(token)
        related = related or bool(relation(token))
        at += 1
    if part:
        yield part


def unwrapped(tokens: list[Token]) -> list[Token]:
    """Return the tokens of [a = 1, b = 2], of {a = 1} or of \\mathbf{a = 1} without what is around them."""
    while (inner := _inner(tokens)) is not None:
        tokens = inner
    return tokens


def _inner(tokens: list[Token]) -> list[Token] | None:
    """Return the tokens within the brackets or the group that all of them are, if they are statements."""
    last = len(tokens) - 1
    if last > 0 and tokens[last].text in (".", ","):
        last -= 1
    first = 0
    if tokens and tokens[0].kind == "macro" and tokens[0].text in _AROUND:
        first = 1
        for _ in range(_AROUND[tokens[0].text]):
            first = inside(tokens, first) if first < last and tokens[first].kind == "open" else last
    if last - first < 3 or tokens[first].kind == "begin" or not opens(tokens[first]) or not closes(tokens[last]):
        return None
    level, statements = 0, False
    for place in range(first, last + 1):
        token = tokens[place]
        level += opens(token) - closes(token)
        if level <= 0 and place < last:
            return None
        statements = statements or (level == 1 and bool(relation(token)))
    return tokens[first + 1 : last] if statements else None


def _aside(tokens: list[Token], at: int, part: Sequence[Token]) -> int | None:
    """Return where (\\text{from step 3}) ends at the end of a line; None where something else stands."""
    if tokens[at].text != "(" or not _whole(part) or tokens[-1].text != ")" or at + 4 > len(tokens):
        return None
    content = tokens[at + 1 : -1]
    words = [token.text.lower() for token in content if token.kind == "word"]
    if len(words) > 1 and not STOP.isdisjoint(words) and all(token.kind in _SAID for token in content):
        return len(tokens)
    if tokens[at + 1].text not in TEXTS or tokens[at + 2].kind != "open" or inside(tokens, at + 2) != len(tokens) - 1:
        return None
    return len(tokens) if " " in joined(tokens[at + 3 : -2]) else None


def _said(tokens: list[Token], at: int) -> int:
    """Return where the Chinese, Japanese or Korean words end that begin here, if they part statements; else `at`."""
    end = at
    while end < len(tokens) and tokens[end].kind == "letter" and ord(tokens[end].text[0]) > LAST_LATIN:
        end += 1
    return end if "".join(token.text for token in tokens[at:end]) in SAID else at


def _separator(tokens: list[Token], at: int, part: list[Token], last: int) -> int | None:
    """Return where that ends which parts two statements here; None where nothing does."""
    token = tokens[at]
    if token.kind == "mark" and token.text in _STOPS:
        point = token.text == "." and at + 1 < len(tokens) and not tokens[at + 1].gap
        return None if point else at + 1
    if token.kind == "letter" and ord(token.text[0]) > LAST_LATIN:
        end = _said(tokens, at) if not part or tokens[at - 1].kind != "letter" else at
        return end if end > at else None
    if token.kind != "macro":
        return None
    if token.text in SPACES:
        return at + 1 if _whole(part) and _begins(tokens, at + 1, last) else None
    if token.text in JOINTS:
        return at + 1
    if token.text in TEXTS and at + 1 < len(tokens) and tokens[at + 1].kind == "open":
        end = inside(tokens, at + 1)
        if is_phrase(tokens[at + 2 : end - 1], before=part, after=tokens[end : end + 1]):
            return end
    return None


def _next_statement(part: Sequence[Token], tokens: Sequence[Token], at: int) -> bool:
    """Return whether a line of the source is a statement of its own, though nothing but the line parts it: after
    a statement that is whole, a name, and a relation in the same line."""
    token = tokens[at]
    if not _whole(part) or relation(token) or is_sign(token):
        return False
    if part[-1].kind not in ("number", "close") or token.kind not in ("letter", "word", "macro"):
        return False
    for following in tokens[at + 1 :]:
        if following.fresh:
            return False
        if relation(following):
            return True
    return False


def _whole(part: Sequence[Token]) -> bool:
    return bool(part) and not relation(part[-1]) and not is_sign(part[-1])


def _begins(tokens: Sequence[Token], at: int, last: int) -> bool:
    """Return whether a statement of its own begins here: something, and later a relation."""
    return at <= last and not relation(tokens[at]) and not is_sign(tokens[at])


def is_phrase(tokens: Sequence[Token], before: Sequence[Token], after: Sequence[Token]) -> bool:
    """Return whether a text in a formula is words between statements, and no name."""
    if not tokens:
        return True
    words = joined(tokens)
    if words[-1:] in (",", ":", ";", "，", "："):
        return True
    if after and after[0].text in ("_", "^", "("):
        return False
    if words.lower().strip(" .,:;") in STOP:
        return True
    if any(ord(c) > LAST_LATIN for c in words):  # words in Chinese are names only if they stand where a name must
        return not any(relation(token) or is_sign(token) for token in (*before[-1:], *after))
    if " " in words:
        return len(words.split()) > 3 or bool(set(words.lower().split()) & STOP)
    return False
