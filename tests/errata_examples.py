"""Documents and errata made by hand, for tests of what is printed of them."""

from __future__ import annotations

import re
from typing import Any

from derive.diagnose import Instance, Match
from derive.errata.findings import Cause, Change, Claim, Errata, Level, Named, Reading
from derive.read.document import Document, Extract, Piece, Unread

MAZUR = r"""# A step by step example

We take the inputs $i_1 = 0.05$ and $i_2 = 0.10$, and the targets $0.01$ and $0.99$.

The net input of the first hidden neuron is

$$
\begin{aligned}
net_{h1} &= w_1 i_1 + w_2 i_2 + b_1 \\
&= 0.15 \times 0.05 + 0.2 \times 0.1 + 0.35 \\
&= 0.3757
\end{aligned}
$$

and its output $out_{h1} = \sigma(net_{h1}) = 0.593269992$. With these, $out_{o1} = 0.75136079$ comes out.

## Backward

By the chain rule

$$\frac{\partial E}{\partial w_5} = \frac{\partial E}{\partial out_{o1}} \frac{\partial out_{o2}}{\partial net_{o1}} \frac{\partial net_{o1}}{\partial w_5}$$

so that $\frac{\partial E}{\partial w_5} = 0.08216704$, and $w_5^+ = 0.35891648$. Then $\Omega_q \star 7 = 3$ holds.

| weight | after | comment |
| $w_1$ | $w_1^+ = 0.149780717$ | $0.1498$ |

After 10,000 updates the error is 0.000035085.

```python
target = [0.01, 0.09]
```
"""  # noqa: E501


def document(text: str, name: str = "notes.md", **fields: Any) -> Document:
    """Return Markdown as a document, by the simplest of readers: paragraphs, `$…$`, `$$…$$`, tables, code."""
    pieces: list[Piece] = []
    at = 0
    for block in re.split(r"(\n{2,})", text):
        start, at = at, at + len(block)
        if not block.strip():
            continue
        if block.startswith("```"):
            first, last = block.index("\n") + 1, block.rindex("\n") if block.rstrip().endswith("```") else len(block)
            last = block.rindex("```")
            pieces.append(Piece("code", Extract.of(text, start + first, start + last), language="python"))
        elif found := re.fullmatch(r"\$\$(.*)\$\$\s*", block, re.DOTALL):
            pieces.append(Piece("formula", Extract.of(text, start + 2, start + found.end(1)), display=True))
        elif block.startswith("|"):
            for line in re.finditer(r"[^\n]+", block):
                cells = [
                    Extract.of(text, start + line.start() + c.start(), start + line.start() + c.end())
                    for c in re.finditer(r"(?<=\| )[^|]*(?= \|)", line.group())
                ]
                joined: list[Extract] = []
                for cell in cells:
                    if joined:
                        joined.append(Extract("\t", [cell.starts[0]], [cell.starts[0]]))
                    joined.append(cell)
                _with_formulas(pieces, Piece("row", Extract.joined(joined)), text)
        else:
            skip = len(block) - len(block.lstrip("# "))
            kind = "heading" if skip else "prose"
            _with_formulas(pieces, Piece(kind, Extract.of(text, start + skip, start + len(block))), text)  # type: ignore[arg-type]
    fields.setdefault("format", "markdown")
    return Document(name, text=text, pieces=tuple(pieces), **fields)


def _with_formulas(pieces: list[Piece], piece: Piece, text: str) -> None:
    number = len(pieces)
    pieces.append(piece)
    start, end = piece.extract.span(0, len(piece.extract))
    for found in re.finditer(r"\$([^$]+)\$", text[start:end]):
        inside = Extract.of(text, start + found.start(1), start + found.end(1))
        pieces.append(Piece("formula", inside, within=number))


def claim(made: Document, source: str, kind: str, part: str = "", **fields: Any) -> Claim:
    """Return a claim that is written as `source`, the part of it that is judged as `part`."""
    start = made.text.index(source)
    at = made.text.index(part, start) if part else start
    inside = [
        number for number, piece in enumerate(made.pieces) if piece.extract.starts[0] <= at < piece.extract.ends[-1]
    ]
    values = {
        "number": 1, "formula": inside[-1], "level": Level.VALUE, "start": start, "end": start + len(source), "at": at,
        "to": at + len(part or source),
    }  # fmt: skip
    if wrong := fields.pop("change", ()):
        fields["changes"] = (Change(at, at + len(part or source), *wrong),)
    return Claim(kind=kind, **(values | fields))  # type: ignore[arg-type]


def errata(made: Document, *claims: Claim, **fields: Any) -> Errata:
    """Return claims as the errata of a document, in its order and numbered."""
    from msgspec.structs import replace

    ordered = sorted(claims, key=lambda each: each.at)
    numbered = tuple(replace(each, number=number) for number, each in enumerate(ordered, 1))
    return Errata(**({"name": made.name, "network": "mazur", "claims": numbered, "seed": 7} | fields))


def mazur() -> tuple[Errata, Document]:
    """Return an example with everything in it."""
    text = document(MAZUR, unread=(Unread(2, 4, "for the sake of the test"),))
    readings = tuple(
        Reading(number, *piece.extract.span(0, len(piece.extract)), piece.text, f"reading {number}")
        for number, piece in enumerate(text.pieces)
        if piece.kind == "formula"
    )
    made = errata(
        text,
        claim(text, "i_1 = 0.05", "agrees", level=Level.GIVEN, left="i_1", right="0.05"),
        claim(text, "i_2 = 0.10", "agrees", level=Level.GIVEN, left="i_2", right="0.10"),
        claim(text, r"net_{h1} &= w_1 i_1 + w_2 i_2 + b_1", "proved", level=Level.EQUALITY, left="net_h1"),
        claim(text, r"0.15 \times 0.05 + 0.2 \times 0.1 + 0.35", "proved", level=Level.SUBSTITUTION),
        claim(
            text, "&= 0.3757", "refuted", "0.3757", level=Level.ARITHMETIC, about="net_h1", claimed="0.3757",
            correct="0.3775", off="0.5 %", cause=Cause.SWAPPED, change=("0.3757", "0.3775"), plain=True,
        ),
        claim(text, r"out_{h1} = \sigma(net_{h1})", "proved", level=Level.EQUALITY),
        claim(text, "0.593269992", "agrees", left="out_h1", right="0.593269992"),
        claim(
            text, "out_{o1} = 0.75136079", "refuted", "0.75136079", about="out_o1", claimed="0.75136079",
            correct="0.75136507", off="5.7e-6", cause=Cause.FOLLOWS, follows=5,
        ),
        claim(
            text,
            r"\frac{\partial out_{o2}}{\partial net_{o1}}", "refuted", level=Level.STRUCTURE, about="∂E/∂w5",
            claimed="∂E/∂out_o1 · ∂out_o2/∂net_o1 · ∂net_o1/∂w5",
            correct="∂E/∂out_o1 · ∂out_o1/∂net_o1 · ∂net_o1/∂w5",
            cause=Cause.CHAIN, detail="out_o2 stands for out_o1",
        ),
        claim(
            text, r"\frac{\partial E}{\partial w_5} = 0.08216704", "agrees", "0.08216704", about="∂E/∂w5",
            claimed="0.08216704", correct="0.082167041", off="1 ulp", cause=Cause.TRUNCATED,
        ),
        claim(text, "w_5^+ = 0.35891648", "agrees", left="w5⁺", right="0.35891648"),
        claim(
            text, r"\Omega_q \star 7 = 3", "undecided", level=Level.EQUALITY, known="3",
            reason="Ω_q is no quantity of the network",
        ),
        claim(
            text, "0.000035085", "refuted", level=Level.TRAINING, about="E after 10,000 updates",
            claimed="0.000035085", correct="0.000035102", off="0.05 %", cause=Cause.MISTAKE,
            mistakes=(Match((Instance("updated-weights", 1),)),), change=("0.000035085", "0.000035102"), plain=True,
        ),
        claim(
            text, "0.09", "refuted", level=Level.LISTING, about="target o2", claimed="0.09", correct="0.99",
            cause=Cause.LISTING, change=("0.09", "0.99"),
        ),
        readings=readings,
        names=(Named("E", "E_total", "the sum of both errors"), Named("w_5^+", "w5 after the update", "")),
        exponent=-100,
    )  # fmt: skip
    return made, text
