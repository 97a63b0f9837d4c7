"""Letters and words, and what authors call by them."""

from __future__ import annotations

INPUT, OUTPUT = -1, -2  # layers by their role

KINDS: dict[str, tuple[str, ...]] = {
    # net inputs
    "net": ("net",), "Net": ("net",), "in": ("net", "x"), "In": ("net", "x"), "z": ("net",), "s": ("net",),
    "u": ("net",), "Z": ("net",), "S": ("net",), "zin": ("net",), "net input": ("net",), "I": ("net", "x"),
    "sum": ("net",), "neth": ("net@h",), "neto": ("net@o",),
    # outputs
    "outh": ("out@h",), "outo": ("out@o",), "out": ("out",), "Out": ("out",), "a": ("out", "net"), "A": ("out",),
    "output": ("out@o", "out"), "outputs": ("out@o",), "O": ("out@o",), "o": ("out@o",), "h": ("out@h", "net@h"),
    "H": ("out@h",), "p": ("out@o",), "hidden": ("out@h",), "pred": ("out@o",), "actual": ("out@o",),
    "y": ("t", "out@o", "out"), "Y": ("t", "out@o"), "act": ("out",), "f": ("out",), "g": ("out",), "b_out": ("out",),
    "out put": ("out",), "activation": ("out",),
    # inputs and targets
    "x": ("x",), "X": ("x",), "i": ("x",), "input": ("x",), "inputs": ("x",), "t": ("t",), "T": ("t",),
    "target": ("t",), "targets": ("t",), "tar": ("t",), "Target": ("t",), "d": ("t",), "desired": ("t",),
    "label": ("t",), "true": ("t",), "r": ("t",),
    # parameters
    "w": ("w",), "W": ("w",), "v": ("w", "net"), "V": ("w",), "U": ("w",), "theta": ("w", "b"), "Theta": ("w",),
    "omega": ("w",), "weight": ("w",), "b": ("b",), "B": ("b",), "bias": ("b",), "c": ("b",), "beta": ("b",),
    # errors
    "delta": ("delta",), "Delta": ("delta",), "E": ("E", "total"), "L": ("E", "total"), "J": ("E", "total"),
    "C": ("E", "total"), "Loss": ("E", "total"), "loss": ("E", "total"), "cost": ("E", "total"),
    "Cost": ("E", "total"), "error": ("E", "total"), "Error": ("E", "total"), "Err": ("E", "total"),
    "err": ("E", "total"), "MSE": ("total",), "ell": ("E", "total"), "e": ("E",), "Etotal": ("total",),
    "total error": ("total",), "SSE": ("total",), "total loss": ("total",),
    # learning rates
    "eta": ("eta",), "alpha": ("eta",), "lr": ("eta",), "learning rate": ("eta",), "rate": ("eta",),
    "epsilon": ("eta",), "gamma": ("eta",), "mu": ("eta",), "n": ("eta",),
}  # fmt: skip
"""Kinds of quantities that a letter may stand for, the most usual first; @h and @o: of the hidden, the last layer."""
HATTED = {"y": ("out@o",), "t": ("out@o",), "o": ("out@o",), "p": ("out@o",), "Y": ("out@o",)}
"""The same with a hat."""
WEIGHTS = frozenset(("w", "W", "theta", "Theta", "omega", "weight"))
"""Letters of weights in every layer; others may be those of one layer."""
OF_SAMPLES = ("x", "t", "net", "out", "E", "delta")
"""Kinds of quantities that each sample has for itself."""

TOTALS = frozenset(("total", "tot", "Total", "T", "t", "all", "net", "sum", "MSE", "overall", "总", "CE"))
"""Scripts of the whole error."""
NEW = frozenset((
    "+", "new", "*", "(t+1)", "t+1", "(new)", "updated", "after", "next", "adjusted", "[t+1]", "k+1", "upd",
    "neu", "新",
))  # fmt: skip
OLD = frozenset(("old", "(t)", "t", "(old)", "before", "[t]", "k", "alt", "旧"))
"""Scripts of what is after, and before an update."""
ROLES = {
    "h": 1, "hidden": 1, "H": 1, "k": 0, "i": INPUT, "x": INPUT, "in": INPUT, "I": INPUT,
    "o": OUTPUT, "y": OUTPUT, "out": OUTPUT, "output": OUTPUT, "O": OUTPUT, "L": OUTPUT,
}  # fmt: skip
LETTERS = frozenset("jkilmnpqrs")
"""Index letters."""
