"""What a number in a sentence may be of."""

from __future__ import annotations

import re
from typing import Literal, get_args

from derive.read.prose.tokens import Token

Thing = Literal["loss", "outputs", "inputs", "targets", "weights", "biases", "rate", "derivative"]
THINGS: tuple[Thing, ...] = get_args(Thing)
_WHOLE = re.compile(
    r"\\?(?:mathcal\{)?[ELJC]\}?(?:_?\{?(?:\\?(?:text|mathrm|rm)\{)?(?:total|tot|Total|T)\}*|\(total\))?|MSE|\\mathcal\{?[LE]\}?"
)


def thing_of(token: Token) -> Thing | None:
    return next((thing for thing in THINGS if thing in token.kinds), None) if token.kinds else None


def whole(name: str) -> bool:
    """Return whether a name is one of the error as a whole: E, E(total), L."""
    return _WHOLE.fullmatch(name) is not None
