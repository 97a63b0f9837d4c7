"""A network as its author writes it down: frozen, validated, exact. No SymPy here.

Numbers are kept as the decimals that they are: 0.05 in a file means 1/20 to every reader of the spec, and the
nearest double only to `derive.backprop`.
"""

from __future__ import annotations

from derive.spec.model import Equation, Given, Model
from derive.spec.network import Spec
from derive.spec.parts import Batch, Bias, Chosen, Draw, Layer, NotationName, Row, Table, Training
from derive.spec.reading import build, layered, load, loads, presets, source
from derive.spec.schema import schema

__all__ = [
    "Batch",
    "Bias",
    "Chosen",
    "Draw",
    "Equation",
    "Given",
    "Layer",
    "Model",
    "NotationName",
    "Row",
    "Spec",
    "Table",
    "Training",
    "build",
    "layered",
    "load",
    "loads",
    "presets",
    "schema",
    "source",
]
