"""Formulas as images whose address carries the LaTeX."""

from __future__ import annotations

import re
from typing import NamedTuple

from derive.read.document.extracts import joined, trimmed
from derive.read.document.types import Extract


class Service(NamedTuple):
    """A service that draws formulas. address: how it begins, up to the LaTeX.  plus: whether "+" is a plus sign."""

    address: re.Pattern[str]
    plus: bool = False


_HTTP = r"\s*(?:https?:)?//"

_SERVICES = (
    Service(
        re.compile(_HTTP + r"(?:[\w.-]+\.)?codecogs\.com/(?:gif|png|svg|pdf|emf|swf)\.(?:latex|image|download)\?"), True
    ),
    Service(re.compile(_HTTP + r"latex\.codecogs\.com/(?:gif|png|svg|pdf)\?"), True),
    Service(re.compile(_HTTP + r"(?:www\.)?zhihu\.com/equation\?(?:[^#\s]*?&)?tex="), False),
    Service(re.compile(_HTTP + r"render\.githubusercontent\.com/render/math\?(?:[^#\s]*?&)?math="), False),
    Service(re.compile(_HTTP + r"chart\.(?:apis\.google|googleapis)\.com/chart\?(?:[^#\s]*?&)?chl="), False),
    Service(re.compile(_HTTP + r"(?:i\.upmath\.me|tex\.s2cms\.ru)/(?:svg|png)/"), True),
    Service(re.compile(_HTTP + r"math\.jianshu\.com/math\?(?:[^#\s]*?&)?formula="), False),
    Service(re.compile(_HTTP + r"latex\.csdn\.net/eq\?"), True),
    Service(re.compile(_HTTP + r"[\w-]+\.wp\.com/latex\.php\?(?:[^#\s]*?&)?latex="), False),
    Service(
        re.compile(_HTTP + r"(?:math|latex|tex)\.[\w.-]+/[^?\s]*\?(?:[^#\s]*?&)?(?:formula|tex|latex|math|eq)="), False
    ),
    Service(re.compile(_HTTP + r"math[\w.-]*csdn[\w.-]*/[^?\s]*\?"), True),
)
_LONGEST = 20_000
_CODE = re.compile(r"(?:%[0-9A-Fa-f]{2})+|&space;|&plus;|\+")
_NEXT = re.compile(r"&(?!space;|plus;|amp;)[A-Za-z_]+=")
_SETTINGS = re.compile(
    r"(?:\s*\\(?:inline|dpi\s*\{\d+\}|(?:bg|fg)_?\{?\w+\}?|fn_\w+|tiny|small|large|huge|LARGE|displaystyle)(?![A-Za-z]))+"
)


def formula(address: Extract) -> Extract | None:
    """Return the LaTeX that an address carries, each character with its place; None where it carries none."""
    text = address.text
    if len(text) > _LONGEST or "//" not in text[:40]:
        return None
    for service in _SERVICES:
        if begun := service.address.match(text):
            break
    else:
        return None
    end = len(text)
    if service.plus is False and (following := _NEXT.search(text, begun.end())):
        end = following.start()
    parts, at = [], begun.end()
    for match in _CODE.finditer(text, begun.end(), end):
        parts.append(address[at : match.start()])
        parts.append(_decoded(address, match, service.plus))
        at = match.end()
    parts.append(address[at:end])
    found = trimmed(joined(parts))
    if settings := _SETTINGS.match(found.text):
        found = trimmed(found[settings.end() :])
    bare = re.fullmatch(r"(\${1,2}).+\1|\\\(.+\\\)|\\\[.+\\\]", found.text, re.S)
    if bare:
        cut = len(bare[1]) if bare[1] else 2
        found = trimmed(found[cut : len(found) - cut])
    return found if found.text else None


def _decoded(address: Extract, match: re.Match[str], plus: bool) -> Extract:
    written, start, end = match.group(), match.start(), match.end()
    if written[0] != "%":
        value = {"&space;": " ", "&plus;": "+"}.get(written) or ("+" if plus else " ")
        return Extract(value, [address.starts[start]], [address.ends[end - 1]])
    raw = bytes.fromhex(written.replace("%", ""))
    value = raw.decode("utf-8", "replace")
    starts, ends, at = [], [], 0
    for character in value:
        size = len(character.encode("utf-8")) if "\ufffd" not in value else max(1, len(raw) // len(value))
        last = min(at + size, len(raw))
        starts.append(address.starts[start + 3 * min(at, len(raw) - 1)])
        ends.append(address.ends[start + 3 * max(last, 1) - 1])
        at = last
    return Extract(value, starts, ends)
