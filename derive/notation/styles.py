"""The two styles of names, each as a pair: from a quantity to its label, and from a text to the quantity.

`sizes` is always the number of inputs, then of neurons in each layer.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.expression import Index, Named, Var
from derive.notation.label import Label

Sizes = tuple[int, ...]


def unit(sizes: Sizes, layer: Index, neuron: Index) -> str:
    """Return what mazur calls a neuron: i1, h1 (h2,1 with several hidden layers), o1."""
    if layer == 0:
        return f"i{neuron}"
    if layer == len(sizes) - 1:
        return f"o{neuron}"
    return f"h{neuron}" if len(sizes) == 3 else f"h{layer},{neuron}"


# ── mazur: w₅, net_{h1}, out_{h1}, E_{total} ─────────────────────────────────────────────────────────────────────


def _mazur(sizes: Sizes, kind: str, v: Var) -> Label:
    if kind == "x":
        return Label("i", f"{v.index[0]}", "", f"i{v.index[0]}")
    if kind == "w":
        if isinstance(v.index[0], str) or isinstance(v.index[1], str):
            return Label("w", f"{v.index[0]}{v.index[1]}", f"({v.layer})", f"w{v.layer}_{v.index[0]}_{v.index[1]}")
        before = sum(a * b for a, b in zip(sizes[1 : v.layer], sizes, strict=False))
        number = before + (v.index[0] - 1) * sizes[v.layer - 1] + v.index[1]
        return Label("w", f"{number}", "", f"w{number}")
    if kind == "b" and not v.index:
        return Label("b", f"{v.layer}", "", f"b{v.layer}")
    if kind == "total":
        return Label("E", "total", "", "E_total")
    if kind == "R":
        return Label("R", "", "", "R")
    if kind == "eta":
        return Label("eta", "", "", "eta")
    neuron = unit(sizes, v.layer, v.index[0])
    if kind == "unit":
        return Label(neuron[0], neuron[1:], "", neuron.replace(",", "_"))
    base = {"t": "target"}.get(kind, kind)
    return Label(base, neuron, "", f"{base}_{neuron.replace(',', '_')}")


def _mazur_parse(sizes: Sizes, head: str, letter: str, numbers: list[int]) -> Var | None:
    last = len(sizes) - 1
    if head == "E_total" and not numbers:
        return Var("total")
    if letter == "" and len(numbers) == 1 and head in ("i", "w", "b"):
        (number,) = numbers
        if head == "i":
            return Var("x", 0, (number,))
        if head == "b":
            return Var("b", number)
        rest = number - 1
        for layer in range(1, last + 1):
            count = sizes[layer] * sizes[layer - 1]
            if 0 <= rest < count:
                return Var("w", layer, (rest // sizes[layer - 1] + 1, rest % sizes[layer - 1] + 1))
            rest -= count
        return None
    if head == "eta" and not numbers:
        return Var("eta")
    kind = {"target": "t"}.get(head, head)
    if kind not in ("t", "b", "net", "out", "E", "delta") or letter not in ("h", "o") or not numbers:
        return None
    layer = last if letter == "o" else numbers[0] if len(numbers) == 2 else 1
    return Var(kind, layer, (numbers[-1],))


# ── indexed: w^{(2)}_{11}, z^{(1)}_1, a^{(1)}_1, E ───────────────────────────────────────────────────────────────


def _indexed(sizes: Sizes, kind: str, v: Var) -> Label:
    if kind == "R":
        return Label("R", "", "", "R")
    if kind in ("total", "eta"):
        base = "E" if kind == "total" else "eta"
        return Label(base, "", "", base)
    if kind in ("x", "t", "E") or (kind == "unit" and v.layer == 0):
        base = "x" if kind == "unit" else kind
        return Label(base, f"{v.index[0]}", "", f"{base}_{v.index[0]}")
    base = {"net": "z", "out": "a", "unit": "a"}.get(kind, kind)
    comma = "," if any(isinstance(i, int) and i > 9 for i in v.index) else ""
    ascii_ = f"{base}{v.layer}" + "".join(f"_{i}" for i in v.index)
    return Label(base, comma.join(str(i) for i in v.index), f"({v.layer})", ascii_)


def _indexed_parse(sizes: Sizes, head: str, letter: str, numbers: list[int]) -> Var | None:
    last = len(sizes) - 1
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


# ── Matrices ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _matrix(words: dict[str, str]) -> Callable[[Named], Label]:
    def label(m: Named) -> Label:
        kind = m.kind.removesuffix("+")
        base = words.get(kind, kind)
        sup = "" if kind in ("x", "t") else f"({m.layer})"
        plus = "+" if m.kind.endswith("+") else ""
        return Label(base, "", sup + plus, f"{base}{m.layer if sup else ''}{plus}")

    return label


MATRIX = {"mazur": _matrix({"w": "W", "t": "target"}), "indexed": _matrix({"w": "W", "net": "z", "out": "a"})}
LABEL: dict[str, Callable[[Sizes, str, Var], Label]] = {"mazur": _mazur, "indexed": _indexed}
PARSE: dict[str, Callable[[Sizes, str, str, list[int]], Var | None]] = {
    "mazur": _mazur_parse,
    "indexed": _indexed_parse,
}
