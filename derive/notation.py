"""What quantities are called. Names are data: a table for each notation, and the user's own names on top.

`mazur`: w₅, net_{h1}, out_{h1}, E_{total}, the names of the best-known worked example.
`indexed`: w^{(2)}_{11}, z^{(1)}_1, a^{(1)}_1, the textbook form of Nielsen (2015), ch. 2, and of Bishop (2006), §5.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

from msgspec import Struct

from derive.errors import DeriveError, nearest, shown
from derive.expression import Index, Named, Var
from derive.spec import NotationName, Spec

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip


class Label(Struct, frozen=True):
    """A name in parts: letter or word, subscript, superscript; and the layer that `ascii` writes after the letter."""

    base: str
    sub: str = ""
    sup: str = ""
    ascii: str = ""

    @property
    def latex(self) -> str:
        """The name as LaTeX maths: one letter in italics, a word upright, Greek by its name."""
        text = latex_word(self.base)
        if self.sub:
            text += f"_{{{_latex_script(self.sub)}}}"
        if self.sup:
            text += f"^{{{self.sup}}}"
        return text

    @property
    def text(self) -> str:
        """The name as plain text with Greek letters, for terminals: δ_o1."""
        word, rest = self.base, self.ascii[len(self.base) :]
        return GREEK.get(word, word) + rest if self.ascii.startswith(word) else self.ascii


def latex_word(word: str) -> str:
    if word in GREEK:
        return f"\\{word}"
    return word if len(word) == 1 else f"\\mathrm{{{word}}}"


def _latex_script(script: str) -> str:
    # A word in a subscript stands upright; a letter with a number (h1, o2) is a neuron's name.
    return f"\\mathrm{{{script}}}" if script.isalpha() and len(script) > 1 else script


class Notation(Struct, frozen=True, dict=True):
    """Names for every quantity of a network.

    style: "mazur" or "indexed".
    sizes: the number of inputs, then of neurons in each layer.
    samples: how many samples there are.
    own: the user's names, by the name that the style gives (see `Spec.names`).
    """

    style: NotationName
    sizes: tuple[int, ...]
    samples: int
    shared: tuple[bool, ...]
    own: dict[Var, Label] = {}

    def label(self, name: Var | Named) -> Label:
        """Return what `name` is called."""
        if isinstance(name, Named):
            return _MATRIX[self.style](name)
        return self.own.get(name) or self._standard(name)

    def _standard(self, name: Var) -> Label:
        kind = name.kind.removesuffix("+")
        base, sub, sup, ascii_ = _STYLES[self.style](self, kind, name)
        plus = "+" if name.kind.endswith("+") else ""
        sample = f"[{name.sample}]" if name.sample else ""
        return Label(base, sub, sup + sample + plus, (ascii_ or (f"{base}_{sub}" if sub else base)) + sample + plus)

    def unit(self, layer: Index, neuron: Index) -> str:
        """Return what mazur calls a neuron: i1, h1 (h2,1 with several hidden layers), o1."""
        if layer == 0:
            return f"i{neuron}"
        if layer == len(self.sizes) - 1:
            return f"o{neuron}"
        return f"h{neuron}" if len(self.sizes) == 3 else f"h{layer},{neuron}"

    def find(self, text: str) -> Var:
        """Return the quantity that `text` names, as `label(…).ascii` writes it. Raises DeriveError."""
        for own, label in self.own.items():
            if label.ascii == text:
                return own
        var = self.parse(text)
        if var is None or var in self.own:
            examples = [self.label(v).ascii for v in self._some()]
            raise DeriveError(
                f"there is no quantity {shown(text)} in this network", hint=nearest(text, examples),
                allowed=f"a name such as {', '.join(examples[:4])}",
            )  # fmt: skip
        return var

    def parse(self, text: str) -> Var | None:
        """Return the quantity that the style calls `text`, or None. Takes time that does not grow with the network."""
        unit = "[ho]?" if self.style == "mazur" else ""
        match = re.fullmatch(rf"([A-Za-z_]+?)_?({unit}\d+(?:_\d+)*)?((?:\[\d+\])?)(\+?)", text[:60])
        if text.startswith("E_total") or not match or len(text) > 60:
            return Var("total") if text == "E_total" and self.style == "mazur" else None
        head, place, sample, plus = match.groups()
        letter = place[0] if place and place[0].isalpha() else ""
        numbers = [int(n) for n in re.findall(r"\d+", place or "")]
        found = _PARSERS[self.style](self, head, letter, numbers)
        if found is None:
            return None
        var = Var(found.kind + plus, found.layer, found.index, int(sample[1:-1]) if sample else 0)
        return var if self._exists(var) and self._standard(var).ascii == text else None

    def _exists(self, var: Var) -> bool:
        kind, last = var.kind.removesuffix("+"), len(self.sizes) - 1
        sampled = kind in ("x", "t", "net", "out", "E", "delta") and self.samples > 1
        if not (1 <= int(var.sample) <= self.samples if sampled else var.sample == 0):
            return False
        if var.kind.endswith("+") and kind not in ("w", "b"):
            return False
        if kind in ("total", "eta"):
            return var.index == ()
        if kind == "x":
            limits: tuple[int, ...] = self.sizes[:1] if var.layer == 0 else ()
        elif not 1 <= var.layer <= last or (kind in ("t", "E") and var.layer != last):
            return False
        elif kind == "w":
            limits = (self.sizes[var.layer], self.sizes[var.layer - 1])
        else:
            limits = () if kind == "b" and self.shared[var.layer - 1] else (self.sizes[var.layer],)
        return len(limits) == len(var.index) and all(1 <= int(i) <= n for i, n in zip(var.index, limits, strict=True))

    def _some(self) -> list[Var]:
        """Return names to suggest: the parameters of a small network, the first ones of a large one."""
        some = [
            Var("w", layer, (j, k))
            for layer in range(1, len(self.sizes))
            for j in range(1, min(self.sizes[layer], 6) + 1)
            for k in range(1, min(self.sizes[layer - 1], 6) + 1)
        ]
        for layer in range(1, len(self.sizes)):
            shared = self.shared[layer - 1]
            each = [Var("b", layer, (j,)) for j in range(1, min(self.sizes[layer], 6) + 1)]
            some += [Var("b", layer)] if shared else each
        return some[:200]


# ── The two styles: (base, subscript, superscript, ascii) of a quantity ─────────────────────────────────────────

_Parts = tuple[str, str, str, str]


def _mazur(n: Notation, kind: str, v: Var) -> _Parts:
    if kind == "x":
        return "i", f"{v.index[0]}", "", f"i{v.index[0]}"
    if kind == "w":
        if isinstance(v.index[0], str) or isinstance(v.index[1], str):
            return "w", f"{v.index[0]}{v.index[1]}", f"({v.layer})", f"w{v.layer}_{v.index[0]}_{v.index[1]}"
        before = sum(a * b for a, b in zip(n.sizes[1 : v.layer], n.sizes, strict=False))
        number = before + (v.index[0] - 1) * n.sizes[v.layer - 1] + v.index[1]
        return "w", f"{number}", "", f"w{number}"
    if kind == "b" and not v.index:
        return "b", f"{v.layer}", "", f"b{v.layer}"
    if kind == "total":
        return "E", "total", "", "E_total"
    if kind == "eta":
        return "eta", "", "", "eta"
    base = {"t": "target"}.get(kind, kind)
    unit = n.unit(v.layer, v.index[0])
    if kind == "unit":
        return unit[0], unit[1:], "", unit.replace(",", "_")
    return base, unit, "", f"{base}_{unit.replace(',', '_')}"


def _mazur_parse(n: Notation, head: str, letter: str, numbers: list[int]) -> Var | None:
    last = len(n.sizes) - 1
    if letter == "" and len(numbers) == 1 and head in ("i", "w", "b"):
        (number,) = numbers
        if head == "i":
            return Var("x", 0, (number,))
        if head == "b":
            return Var("b", number)
        rest = number - 1
        for layer in range(1, last + 1):
            count = n.sizes[layer] * n.sizes[layer - 1]
            if 0 <= rest < count:
                return Var("w", layer, (rest // n.sizes[layer - 1] + 1, rest % n.sizes[layer - 1] + 1))
            rest -= count
        return None
    if head == "eta" and not numbers:
        return Var("eta")
    kind = {"target": "t"}.get(head, head)
    if kind not in ("t", "b", "net", "out", "E", "delta") or letter not in ("h", "o") or not numbers:
        return None
    layer = last if letter == "o" else numbers[0] if len(numbers) == 2 else 1
    return Var(kind, layer, (numbers[-1],))


_INDEXED_BASE = {"net": "z", "out": "a"}


def _indexed(n: Notation, kind: str, v: Var) -> _Parts:
    if kind in ("total", "eta"):
        base = "E" if kind == "total" else "eta"
        return base, "", "", base
    if kind in ("x", "t", "E") or (kind == "unit" and v.layer == 0):
        base = "x" if kind == "unit" else kind
        return base, f"{v.index[0]}", "", f"{base}_{v.index[0]}"
    base = _INDEXED_BASE.get(kind, "a" if kind == "unit" else kind)
    comma = "," if any(isinstance(i, int) and i > 9 for i in v.index) else ""
    ascii_ = f"{base}{v.layer}" + "".join(f"_{i}" for i in v.index)
    return base, comma.join(str(i) for i in v.index), f"({v.layer})", ascii_


def _indexed_parse(n: Notation, head: str, letter: str, numbers: list[int]) -> Var | None:
    last = len(n.sizes) - 1
    if letter:
        return None
    if not numbers:
        return {"E": Var("total"), "eta": Var("eta")}.get(head)
    if head in ("x", "t", "E") and len(numbers) == 1:
        return Var(head, 0 if head == "x" else last, (numbers[0],))
    kind = {"z": "net", "a": "out"}.get(head, head)
    if kind not in ("w", "b", "net", "out", "delta"):
        return None
    return Var(kind, numbers[0], tuple(numbers[1:]))


def _matrix(words: dict[str, str]) -> Callable[[Named], Label]:
    def label(m: Named) -> Label:
        kind = m.kind.removesuffix("+")
        base = words.get(kind, kind)
        sup = "" if kind in ("x", "t") else f"({m.layer})"
        plus = "+" if m.kind.endswith("+") else ""
        return Label(base, "", sup + plus, f"{base}{m.layer if sup else ''}{plus}")

    return label


_MATRIX = {"mazur": _matrix({"w": "W", "t": "target"}), "indexed": _matrix({"w": "W", "net": "z", "out": "a"})}
_STYLES: dict[str, Callable[[Notation, str, Var], _Parts]] = {"mazur": _mazur, "indexed": _indexed}
_PARSERS: dict[str, Callable[[Notation, str, str, list[int]], Var | None]] = {
    "mazur": _mazur_parse,
    "indexed": _indexed_parse,
}


# ── The user's own names ───────────────────────────────────────────────────────────────────────────────────────


def notation(spec: Spec, style: str | None = None) -> Notation:
    """Return the names for `spec`: of `style`, or else of the spec's own notation, with the spec's own names.

    Raises DeriveError where a name is not one, names nothing, or clashes with another.
    """
    chosen = style or spec.notation
    if chosen not in get_args(NotationName):
        raise DeriveError(
            f"no such notation: {shown(chosen)}", where="notation", hint=nearest(chosen, get_args(NotationName))
        )
    shared = tuple(layer.bias == "shared" for layer in spec.layers)

    def make(style: NotationName, own: dict[Var, Label]) -> Notation:
        return Notation(style, spec.sizes, spec.samples, shared, own)

    plain = make(chosen, {})  # type: ignore[arg-type]
    # A name is given for a quantity as the spec's own notation calls it, and holds in every notation.
    written = make(spec.notation, {})
    own: dict[Var, Label] = {}
    for key, wanted in spec.names.items():
        where = f"names.{shown(key, 40)}"
        try:
            var = written.find(key)
        except DeriveError as error:
            raise DeriveError(error.what, where=where, allowed=error.allowed, hint=error.hint) from None
        own[var] = _own_label(wanted, where)
    seen: dict[str, Var] = {}
    for var, label in own.items():
        other = seen.get(label.ascii) or plain.parse(label.ascii)
        if other is not None and other != var and (other not in own or other in seen.values()):
            raise DeriveError(
                f"{label.ascii!r} would name both {plain.label(var).ascii} and {plain.label(other).ascii}",
                where=f"names.{written.label(var).ascii}", hint="choose a name that nothing else has",
            )  # fmt: skip
        seen[label.ascii] = var
    return make(plain.style, own)


def _own_label(wanted: str, where: str) -> Label:
    match = re.fullmatch(r"([A-Za-z]{1,12})_?([A-Za-z0-9]{0,8}(?:,[A-Za-z0-9]{1,4}){0,2})", wanted)
    if not match or not wanted.isascii():
        raise DeriveError(
            f"{shown(wanted)} cannot be a name", where=where,
            allowed="a letter, a Greek letter's name or a word, then a subscript: v_11, theta_1, cost",
        )  # fmt: skip
    base, sub = match.groups()
    if "_" not in wanted:  # "x1" is x with subscript 1; "cost" is one word
        split = re.fullmatch(r"([A-Za-z]+)([0-9,]*)", wanted)
        base, sub = split.groups() if split else (base, sub)
    return Label(base, sub, "", wanted)
