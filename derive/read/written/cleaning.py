"""Takes out of a formula's tokens what says nothing: sizes, spaces, colours, labels, what is written over a sign."""

from __future__ import annotations

from collections.abc import Sequence

from derive.read.written.groups import flat
from derive.read.written.tables import (
    ARROWS,
    FONTS,
    IGNORED,
    OVER,
    OVER_RELATION,
    POINTS,
    SPACES,
    STARRED,
    WITH_ARGUMENT,
)
from derive.read.written.tokens import Token, inside, is_sign, relation

_FAR = 8  # tokens in the brackets of \\[3pt]
_LONGEST = 40  # tokens over and under a sign


def stripped(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without those that say nothing."""
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if _is_nothing(tokens, at - 1):
            at += 1
            if kept and kept[-1].kind == "macro" and kept[-1].text in FONTS:
                kept.pop()  # \mathop{}
        elif (inner := _in_braces(tokens, at - 1, kept)) is not None:
            at += 2
            if inner.text != "_":
                kept.append(inner)
            elif _joins(kept, tokens, at):
                at = _join(kept, tokens, at)
        elif token.text == "!" and at < len(tokens) and tokens[at].text == "left" and tokens[at].start == token.end:
            continue  # \!\left( whose first backslash a Markdown program has eaten
        elif token.kind != "macro":
            kept.append(token)
        elif token.text == "\\":
            kept.append(token)
            at = _after_brackets(tokens, _after_star(tokens, at), length=True)
        elif token.text in WITH_ARGUMENT:
            begin = at = _after_brackets(tokens, _after_star(tokens, at))
            if at < len(tokens) and tokens[at].kind == "open":
                at = inside(tokens, at)
            if token.text in SPACES and kept and not _breaks(kept[-1]) and _is_wide(tokens[begin + 1 : at - 1]):
                kept.append(token)
        elif token.text in SPACES and (not kept or _breaks(kept[-1])):
            continue  # at the beginning of a line it is only space
        elif token.text in ("left", "right") and at < len(tokens) and tokens[at].text == ".":
            kept.append(Token("mark", "left." if token.text == "left" else "right.", token.start, tokens[at].end))
            at += 1
        elif token.text in OVER and (over := _over_relation(tokens, at)) is not None:
            sign, at = over
            kept.append(Token("mark", sign, token.start, tokens[at - 1].end, token.gap))
        elif token.text in ARROWS:
            at = _after_brackets(tokens, at)
            end = inside(tokens, at) if at < len(tokens) and tokens[at].kind == "open" else at
            kept.append(Token("mark", ARROWS[token.text], token.start, tokens[end - 1].end, token.gap))
            at = end
        elif token.text == "\\_" and _joins(kept, tokens, at):
            at = _join(kept, tokens, at)
        elif token.text in IGNORED and not (token.text == ";" and not kept):
            continue
        else:
            kept.append(token)
            at = _after_star(tokens, at) if token.text in STARRED else at
    return kept


def _is_wide(length: Sequence[Token]) -> bool:
    """Return whether a length, 0.5in, is enough to part two statements: as much as \\quad."""
    unit = POINTS.get("".join(token.text for token in length[1:]))
    if unit is None or length[0].kind != "number" or len(length[0].text) > _FAR:
        return False
    return float(length[0].text) * unit >= POINTS["em"]


def _is_nothing(tokens: Sequence[Token], at: int) -> bool:
    """Return whether {} stands here, without a script behind it."""
    if tokens[at].kind != "open" or at + 1 >= len(tokens) or tokens[at + 1].kind != "close":
        return False
    return at + 2 >= len(tokens) or tokens[at + 2].text not in ("^", "_")


def _in_braces(tokens: Sequence[Token], at: int, kept: Sequence[Token]) -> Token | None:
    """Return the sign of {-} or {=}, or the underscore of learning{_}rate; None where something else stands."""
    if at + 2 >= len(tokens) or tokens[at].kind != "open" or tokens[at + 2].kind != "close":
        return None
    sign = tokens[at + 1]
    if kept and kept[-1].text in ("^", "_"):
        return None
    if sign.text == "_" and not _joins(kept, tokens, at + 3):
        return None
    return sign if sign.kind == "mark" and (sign.text == "_" or is_sign(sign) or relation(sign)) else None


def _breaks(token: Token) -> bool:
    """Return whether a line or a column begins behind a token."""
    return token.kind == "begin" or (token.kind == "macro" and token.text in ("\\", "cr")) or token.text == "&"


def _after_star(tokens: Sequence[Token], at: int) -> int:
    return at + (at < len(tokens) and tokens[at].text == "*" and not tokens[at].gap)


def _after_brackets(tokens: Sequence[Token], at: int, length: bool = False) -> int:
    """Return where [3pt] ends, if it begins here. length: whether only a length counts, or a number."""
    if at >= len(tokens) or tokens[at].text != "[" or tokens[at].gap:
        return at
    for place in range(at, min(at + _FAR, len(tokens))):
        if tokens[place].text == "]":
            content = tokens[at + 1 : place]
            measured = any(token.kind in ("letter", "word") for token in content)
            if measured or not length or (len(content) == 1 and content[0].kind == "number"):
                return place + 1
    return at


def _joins(kept: Sequence[Token], tokens: Sequence[Token], at: int) -> bool:
    """Return whether letters stand before and behind \\_: learning\\_rate."""
    return bool(kept) and kept[-1].kind in ("letter", "text") and at < len(tokens) and tokens[at].kind == "letter"


def _join(kept: list[Token], tokens: Sequence[Token], at: int) -> int:
    """Put a word with the word below it in the place of its first letters, as plain text has it; return its end."""
    if kept[-1].kind == "text":  # global_learning_rate
        before = kept.pop()
        end = _word_end(tokens, at)
        text = before.text + "_" + "".join(token.text for token in tokens[at:end])
        kept.append(Token("text", text.replace("\\", ""), before.start, tokens[end - 1].end))
        return end
    first = len(kept) - 1
    while first > 0 and kept[first - 1].kind == "letter" and kept[first - 1].end == kept[first].start:
        first -= 1
    letters = kept[first:]
    del kept[first:]
    begin, at = at, _word_end(tokens, at)
    base, below = "".join(token.text for token in letters), "".join(token.text for token in tokens[begin:at])
    kept.append(Token("word" if len(base) > 1 else "letter", base, letters[0].start, letters[-1].end, letters[0].gap))
    kept.append(Token("mark", "_", letters[-1].end, tokens[begin].start))
    kept.append(Token("text", below.replace("\\", ""), tokens[begin].start, tokens[at - 1].end))
    return at


def _word_end(tokens: Sequence[Token], at: int) -> int:
    """Return where the letters, numbers and underscores end that stand together from here on."""
    begin = at
    while at < len(tokens) and (tokens[at].kind in ("letter", "number") or tokens[at].text == "\\_"):
        if at > begin and tokens[at].start != tokens[at - 1].end:
            break
        at += 1
    return at


def _over_relation(tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
    """Return the relation that \\stackrel{def}{=} is, and where it ends; None where something else is decorated."""
    here = tokens[at : at + _LONGEST]
    if not here or here[0].kind != "open":
        return None
    middle = inside(here, 0)
    if middle >= len(here):
        return None
    end = inside(here, middle) if here[middle].kind == "open" else middle + 1
    below = [token for token in here[middle:end] if token.kind not in ("open", "close")]
    sign = relation(below[0]) if len(below) == 1 else ""
    if not sign:
        return None
    return OVER_RELATION.get(flat(here[:middle]).rstrip("."), sign), at + end
