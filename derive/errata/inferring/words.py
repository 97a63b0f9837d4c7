"""Words of our own grammar for the names of an author, and for the functions that he writes."""

from __future__ import annotations

import re

from derive.grammar import check_name
from derive.read.written.tree import Name
from derive.vocabulary import ACTIVATIONS as VOCABULARY

LONGEST = 36  # characters of a word
FUNCTIONS = {
    "sigma": "sigmoid", "sigmoid": "sigmoid", "logistic": "sigmoid", "tanh": "tanh", "Tanh": "tanh", "relu": "relu",
    "ReLU": "relu", "softplus": "softplus", "exp": "exp", "ln": "log", "log": "log", "sqrt": "sqrt", "S": "sigmoid",
    "sin": "sin", "cos": "cos", "erf": "erf", "sig": "sigmoid", "Sigmoid": "sigmoid", "Relu": "relu", "RELU": "relu",
    "squash": "sigmoid", "logsig": "sigmoid", "tansig": "tanh", "gelu": "gelu", "elu": "elu",
}  # fmt: skip
"""Functions by what an author calls them."""
TAKEN = frozenset((
    *(word.replace(" ", "_") for word in VOCABULARY), "sum", "max", "min", "abs", "lambda", "e", "pi", "exp", "log",
    "ln",
    "sin", "cos", "sqrt", "erf", "dot", "sigma", "cosh", "sinh", "tan",
))  # fmt: skip
"""Words that mean something else."""


class Words:
    """A word for every name of the author's: letters, digits and _ only, each once."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def word(self, name: Name) -> str:
        """Return the word for a name, which is a new one the first time. Raises DeriveError where it can be none."""
        if name.plain in self.words:
            return self.words[name.plain]
        base = re.sub(r"[^A-Za-z]", "", name.base.replace(" ", "_")) or "q"
        tail = re.sub(r"[^A-Za-z0-9]+", "_", f"{name.sub} {name.sup}".strip()).strip("_")
        word = base + (name.accent or "") + ("p" * name.primes) + (f"_{tail}" if tail else "")
        if not tail and (base in TAKEN or base.lower() in TAKEN):
            word += "_0"
        word = word[:LONGEST]
        used, number = set(self.words.values()), 2
        while word in used:
            word, number = f"{word[: LONGEST - 2]}_{number}", number + 1
        check_name(word)
        self.words[name.plain] = word
        return word
