"""Presentation MathML as LaTeX, in which every character knows where it comes from."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Sequence

from derive.read.document.elements import Node, annotation, tree
from derive.read.document.extracts import joined, trimmed
from derive.read.document.tags import Tag, Tags
from derive.read.document.types import Extract

_NOTHING = Extract("", range(0), range(0))

FUNCTIONS = frozenset((
    "exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "coth", "max", "min", "lim", "det", "arg",
    "argmax", "argmin", "sup", "inf", "Pr", "gcd",
))  # fmt: skip
_MACROS = FUNCTIONS - {"argmax", "argmin"}
_OPERATORS = frozenset("∑∏∐∫⋃⋂⨁⨂")
_RELATIONS = re.compile(r"\s*(?:[=≈≃≅≡≔≤≥<>←→⇒⟹:]|\\(?:approx|lt|gt))")
_ACCENTS = {
    "^": "hat", "ˆ": "hat", "\u0302": "hat", "¯": "bar", "‾": "bar", "―": "bar", "_": "bar", "\u0304": "bar",
    "\u0305": "bar", "~": "tilde", "˜": "tilde", "\u0303": "tilde", "→": "vec", "⃗": "vec", "⟶": "vec", "˙": "dot",
    ".": "dot", "\u0307": "dot", "¨": "ddot",
}  # fmt: skip
_ESCAPED = {sign: "\\" + sign for sign in "%#&{}_$"} | {"\\": "\\backslash ", "~": "\\sim ", "^": "\\hat{}"}
_CHARACTERS = {
    "\u2061": "", "\u2062": " ", "\u2063": "", "\u2064": "+", "\u2145": "D", "\u2146": "d", "\u2147": "e",
    "\u2148": "i", "\u200b": "", "\u2009": " ", "\u200a": " ", "\u00a0": " ",
}  # fmt: skip
_PRIMES = {"′": "'", "'": "'", "’": "'", "″": "''", "‴": "'''"}
_ALPHABET = re.compile(r"MATHEMATICAL (?:SANS-SERIF )?(?P<style>BOLD|DOUBLE-STRUCK|SCRIPT|BOLD SCRIPT|FRAKTUR)?")
_STYLES = {
    "BOLD": "mathbf",
    "BOLD SCRIPT": "mathcal",
    "DOUBLE-STRUCK": "mathbb",
    "SCRIPT": "mathcal",
    "FRAKTUR": "mathfrak",
}
_VARIANTS = {
    "bold": "mathbf", "bold-italic": "mathbf", "double-struck": "mathbb", "script": "mathcal", "fraktur": "mathfrak",
    "bold-script": "mathcal", "normal": "mathrm",
}  # fmt: skip
_WRAPPED = re.compile(r"\{\s*\\(?:display|text)style\b(?P<inner>.*)\}", re.S)


def latex(tags: Tags, tag: Tag, end: int) -> Extract | None:
    """Return a `math` element, whose content ends at `end`, as LaTeX; None where nothing is in it.

    An annotation in TeX counts first, then what is shown, then the text for those who do not see it. Raises Deep.
    """
    root = tree(tags, tag, end)
    annotated = annotation(root)
    if annotated is not None and annotated.text.strip():
        return unwrapped(annotated)
    shown = trimmed(joined([_row(root.children)]))
    if shown.text:
        return shown
    alternative = tags.attribute(tag, "alttext")
    return unwrapped(alternative) if alternative is not None and alternative.text.strip() else None


def unwrapped(extract: Extract) -> Extract:
    """Return LaTeX without the `{\\displaystyle …}` around it."""
    extract = trimmed(extract)
    found = _WRAPPED.fullmatch(extract.text)
    return trimmed(extract[found.start("inner") : found.end("inner")]) if found else extract


# ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sign(written: str, at: int) -> Extract:
    """Return what LaTeX needs and the page does not have, at a place."""
    return Extract(written, array("i", [at]) * len(written), array("i", [at]) * len(written))


def _at(extract: Extract, node: Node) -> tuple[int, int]:
    if extract.text:
        return extract.starts[0], extract.ends[-1]
    return node.tag.start, node.tag.start


def _in(before: str, extract: Extract, after: str, node: Node) -> Extract:
    start, end = _at(extract, node)
    return joined([_sign(before, start), extract, _sign(after, end)])


def _braces(node: Node) -> Extract:
    return _in("{", _any(node), "}", node)


def _characters(words: Extract, escaped: bool = True) -> Extract:
    """Return characters as LaTeX has them."""
    text = words.text
    if text.isascii() and text.isalnum():
        return words
    made: list[str] = []
    starts, ends = array("i"), array("i")
    for number, sign in enumerate(text):
        new = _CHARACTERS.get(sign, _ESCAPED.get(sign, sign) if escaped else sign)
        made.append(new)
        starts.extend([words.starts[number]] * len(new))
        ends.extend([words.ends[number]] * len(new))
    return Extract("".join(made), starts, ends)


def _words(node: Node) -> Extract:
    return trimmed(joined(node.words)) if node.words else _NOTHING


def _name(node: Node) -> Extract:
    """Names: of one letter as it is, of several upright, in the alphabet that they are written in."""
    words = _words(node)
    if not words.text:
        return words
    plain, style = _plain(words)
    style = style or _VARIANTS.get(node.attributes.get("mathvariant", ""), "")
    if plain.text in FUNCTIONS:
        return _function(plain, node)
    if style and not (style == "mathrm" and len(plain) == 1):
        return _in(f"\\{style}{{", _characters(plain), "}", node)
    if len(plain) > 1 and plain.text.isalnum():
        return _in("\\mathrm{", plain, "}", node)
    return _characters(plain)


def _plain(words: Extract) -> tuple[Extract, str]:
    """Return letters of the mathematical alphabets as plain ones, and the command for the alphabet."""
    if all(ord(sign) < 0x1D400 or ord(sign) > 0x1D7FF for sign in words.text):
        return words, ""
    found = _ALPHABET.match(unicodedata.name(words.text[0], ""))
    plain = "".join(unicodedata.normalize("NFKC", sign)[:1] for sign in words.text)
    return Extract(plain, words.starts, words.ends), _STYLES.get((found and found["style"]) or "", "")


def _function(words: Extract, node: Node) -> Extract:
    if words.text in _MACROS:
        return _in("\\", words, " ", node)
    return _in("\\operatorname{", words, "}", node)


def _number(node: Node) -> Extract:
    return _characters(_plain(_words(node))[0])


def _operator(node: Node) -> Extract:
    words = _words(node)
    if words.text in FUNCTIONS:
        return _function(words, node)
    if len(words) > 1 and words.text.isalpha():
        return _in("\\mathrm{", words, "}", node)
    return _characters(words)


def _text(node: Node) -> Extract:
    words = joined(node.words) if node.words else _NOTHING
    if not words.text.strip():
        return _sign(" ", node.tag.start) if words.text or node.words else _NOTHING
    if node.children:
        return joined([_in("\\text{", _characters(words), "}", node), _row(node.children)])
    return _in("\\text{", _characters(words), "}", node)


def _row(children: Sequence[Node]) -> Extract:
    parts: list[Extract] = []
    before = ""
    for number, child in enumerate(children):
        name = child.tag.name
        if name == "mtable" and before.rstrip().endswith("\\{") and not _closed(children[number + 1 :]):
            parts[-1] = _NOTHING
            part = _table(child, "cases")
        else:
            part = _any(child)
        if not part.text:
            continue
        # Digits, and a command before a letter, would run together.
        if (before[-1:].isdigit() and part.text[0].isdigit() and name == "mn") or (
            re.search(r"\\[A-Za-z]+\Z", before[-30:]) and part.text[0].isalpha()
        ):
            parts.append(_sign(" ", part.starts[0]))
        parts.append(part)
        before = part.text
    return joined(parts) if parts else _NOTHING


def _closed(children: Sequence[Node]) -> bool:
    return any(child.tag.name == "mo" and "}" in _words(child).text for child in children)


def _inside(node: Node) -> Extract:
    if not node.children and node.words:
        return _characters(_words(node))
    return _row(node.children)


def _base(node: Node) -> Extract:
    """Return what a script stands at, in braces where it is several things."""
    inner = node
    while inner.tag.name in ("mrow", "mstyle", "mpadded", "semantics"):
        children = [child for child in inner.children if child.tag.name not in ("mspace", "annotation")]
        if len(children) != 1:
            break
        inner = children[0]
    made = _any(inner)
    single = inner.tag.name in ("mi", "mn", "mo", "mtext", "mover", "mfenced") or len(made) <= 1
    return made if single else _in("{", made, "}", inner)


def _script(node: Node, mark: str) -> Extract:
    inner = _any(node)
    primes = [_PRIMES.get(sign) for sign in inner.text]
    if mark == "^" and inner.text and all(primes):
        return inner if set(inner.text) == {"'"} else _primes(inner)
    return _in(mark + "{", inner, "}", node) if inner.text else _NOTHING


def _primes(inner: Extract) -> Extract:
    made = [_PRIMES[sign] for sign in inner.text]
    starts = [at for at, new in zip(inner.starts, made, strict=True) for _ in new]
    ends = [at for at, new in zip(inner.ends, made, strict=True) for _ in new]
    return Extract("".join(made), starts, ends)


def _scripts(*marks: str) -> Callable[[Node], Extract]:
    def made(node: Node) -> Extract:
        if not node.children:
            return _inside(node)
        parts = [_base(node.children[0])]
        parts += [_script(child, mark) for child, mark in zip(node.children[1:], marks, strict=False)]
        parts += [_any(child) for child in node.children[1 + len(marks) :]]
        return joined(parts)

    return made


def _multiscripts(node: Node) -> Extract:
    if not node.children:
        return _inside(node)
    parts = [_base(node.children[0])]
    for number, child in enumerate(node.children[1:]):
        if child.tag.name not in ("none", "mprescripts"):
            parts.append(_script(child, "_^"[number % 2]))
    return joined(parts)


def _operates(node: Node) -> bool:
    """Return whether what stands under and over a thing are its bounds."""
    while node.tag.name in ("mrow", "mstyle", "mpadded") and len(node.children) == 1:
        node = node.children[0]
    text = _words(node).text
    return bool(text) and (text in _OPERATORS or text in FUNCTIONS)


def _over(node: Node) -> Extract:
    if len(node.children) < 2:
        return _inside(node)
    base, over = node.children[:2]
    if _operates(base):
        return _scripts("^")(node)
    accent = _ACCENTS.get(_words(over).text if not over.children else _any(over).text.strip())
    if accent:
        return _in(f"\\{accent}{{", _any(base), "}", node)
    return joined([_in("\\overset{", _any(over), "}", over), _braces(base)])


def _under(node: Node) -> Extract:
    if len(node.children) < 2:
        return _inside(node)
    base, under = node.children[:2]
    if _operates(base):
        return _scripts("_")(node)
    return joined([_in("\\underset{", _any(under), "}", under), _braces(base)])


def _underover(node: Node) -> Extract:
    if len(node.children) < 3 or _operates(node.children[0]):
        return _scripts("_", "^")(node)
    base, under, over = node.children[:3]
    inner = joined([_in("\\overset{", _any(over), "}", over), _braces(base)])
    return joined([_in("\\underset{", _any(under), "}", under), _in("{", inner, "}", node)])


def _fraction(node: Node) -> Extract:
    if len(node.children) < 2:
        return _inside(node)
    above, below = _braces(node.children[0]), _braces(node.children[1])
    command = "\\binom" if node.attributes.get("linethickness", "") in ("0", "0pt", "0px") else "\\frac"
    return joined([_sign(command, node.tag.start), above, below])


def _root(node: Node) -> Extract:
    if len(node.children) < 2:
        return _in("\\sqrt{", _inside(node), "}", node)
    return joined([_in("\\sqrt[", _any(node.children[1]), "]", node), _braces(node.children[0])])


def _fenced(node: Node) -> Extract:
    opening = node.attributes.get("open", "(")
    closing = node.attributes.get("close", ")")
    signs = "".join(node.attributes.get("separators", ",").split()) or " "
    parts: list[Extract] = []
    for number, child in enumerate(node.children):
        part = _any(child)
        if number:
            parts.append(_sign(signs[min(number - 1, len(signs) - 1)], _at(part, child)[0]))
        parts.append(part)
    inner = joined(parts) if parts else _NOTHING
    return _in(_ESCAPED.get(opening, opening), inner, _ESCAPED.get(closing, closing), node)


def _tabled(node: Node) -> Extract:
    align = node.attributes.get("columnalign", "")
    rows = [row for row in node.children if row.tag.name in ("mtr", "mlabeledtr")]
    seconds = [_any(row.children[1]).text for row in rows if len(row.children) > 1]
    aligned = ("right" in align and "left" in align) or any(_RELATIONS.match(text) for text in seconds)
    return _table(node, "aligned" if aligned else "matrix")


def _table(node: Node, environment: str) -> Extract:
    parts: list[Extract] = []
    end = node.tag.end
    for number, row in enumerate(node.children):
        if number:
            parts.append(_sign(" \\\\ ", row.tag.start))
        cells = row.children[1:] if row.tag.name == "mlabeledtr" else row.children
        if row.tag.name not in ("mtr", "mlabeledtr"):
            parts.append(_any(row))
            continue
        for column, cell in enumerate(cells):
            if column:
                parts.append(_sign(" & ", cell.tag.start))
            parts.append(_any(cell))
            end = max(end, cell.tag.end)
    start = node.tag.start
    return joined([_sign(f"\\begin{{{environment}}} ", start), *parts, _sign(f" \\end{{{environment}}}", end)])


def _space(node: Node) -> Extract:
    if node.attributes.get("linebreak") == "newline":
        return _sign(" \\\\ ", node.tag.start)
    return _sign(" ", node.tag.start) if "width" in node.attributes else _NOTHING


def _first(node: Node) -> Extract:
    return _any(node.children[0]) if node.children else _inside(node)


def _nothing(node: Node) -> Extract:
    return _NOTHING


_TABLE: dict[str, Callable[[Node], Extract]] = {
    "mi": _name, "mn": _number, "mo": _operator, "mtext": _text, "ms": _text,
    "msub": _scripts("_"), "msup": _scripts("^"), "msubsup": _scripts("_", "^"), "mmultiscripts": _multiscripts,
    "mover": _over, "munder": _under, "munderover": _underover, "mfrac": _fraction,
    "msqrt": lambda node: _in("\\sqrt{", _inside(node), "}", node), "mroot": _root, "mfenced": _fenced,
    "mtable": _tabled, "mspace": _space, "semantics": _first, "maction": _first,
    "mphantom": _nothing, "annotation": _nothing, "annotation-xml": _nothing, "none": _nothing, "mprescripts": _nothing,
    "script": _nothing, "style": _nothing,
}  # fmt: skip
"""What each element is in LaTeX; any other is what it holds."""


def _any(node: Node) -> Extract:
    return _TABLE.get(node.tag.name, _inside)(node)
