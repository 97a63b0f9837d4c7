"""What a document defines itself, by `\\newcommand` and its like or for a page's MathJax. Nothing is expanded."""

from __future__ import annotations

import re

MOST = 500
LONGEST = 500
_DEEP = 4


def _braced(depth: int) -> str:
    inner = rf"|{_braced(depth - 1)}" if depth else ""
    return rf"\{{(?:[^{{}}\\]++|\\[\s\S]{inner})*+\}}"


_BODY = _braced(_DEEP)
_COMMAND = re.compile(
    rf"""\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?\s*(?:\{{\s*\\(?P<braced>[A-Za-z]+|.)\s*\}}|\\(?P<bare>[A-Za-z]+|.))
    \s*(?:\[(?P<count>\d)\])?\s*(?P<default>\[[^\]\n]{{0,200}}\])?\s*(?P<body>{_BODY})
    |\\(?:g|e|x)?def\s*\\(?P<defined>[A-Za-z]+|.)(?P<slots>(?:\#\d)*)\s*(?P<text>{_BODY})
    |\\DeclareMathOperator(?P<star>\*?)\s*(?:\{{\s*\\(?P<operator>[A-Za-z]+)\s*\}}|\\(?P<operated>[A-Za-z]+))\s*(?P<word>{_BODY})""",
    re.X,
)
_BLOCK = re.compile(r"\b[mM]acros[\"']?\s*:\s*\{")
_ENTRY = re.compile(
    r"""["']?(?P<name>[A-Za-z]+)["']?\s*:\s*(?:\[\s*)?(?:"(?P<double>(?:[^"\\\n]|\\.){0,500})"|'(?P<single>(?:[^'\\\n]|\\.){0,500})')
    (?:\s*,\s*(?P<count>\d)\s*\])?\s*(?P<more>,)?\s*|\s+""",
    re.X,
)


def defined(text: str) -> dict[str, list[object]]:
    """Return the macros that a text defines: {name without backslash: [number of arguments, body]}.

    Of several of one name the last counts.
    """
    found: dict[str, list[object]] = {}
    if "ommand" in text or "def" in text or "DeclareMathOperator" in text:
        for match in _COMMAND.finditer(text):
            name = match["braced"] or match["bare"] or match["defined"] or match["operator"] or match["operated"]
            if match["default"]:  # how many arguments it has depends on where it is used
                found.pop(name, None)
                continue
            body = (match["body"] or match["text"] or match["word"])[1:-1]
            if match["word"]:
                body = rf"\operatorname{match['star']}{{{body}}}"
            count = int(match["count"] or 0) if match["body"] else len(match["slots"] or "") // 2
            if len(body) <= LONGEST and (len(found) < MOST or name in found):
                found[name] = [count, body]
    return found


def configured(text: str) -> dict[str, list[object]]:
    """Return the macros that a page tells MathJax or KaTeX: `macros: {net: "\\\\mathrm{net}", d: ["d #1", 1]}`."""
    found: dict[str, list[object]] = {}
    block = _BLOCK.search(text)
    at = block.end() if block else -1
    while at >= 0 and len(found) < MOST and (entry := _ENTRY.match(text, at)):
        if entry["name"]:
            body = entry["double"] if entry["double"] is not None else entry["single"]
            found[entry["name"]] = [int(entry["count"] or 0), body.replace("\\\\", "\\")]
        at = entry.end()
    return found


def says(formula: str) -> bool:
    """Return whether a formula says anything, apart from definitions."""
    if "\\" in formula and ("ommand" in formula or "def" in formula or "DeclareMathOperator" in formula):
        formula = _COMMAND.sub("", formula)
    return bool(formula.strip())
