"""Numbers as they are printed: thousands marks, decimal commas, powers of ten."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Literal

from msgspec import Struct

LENGTH = 400
"""The most characters that a number may have; what is longer is none."""
_THOUSANDS = r"\d{1,3}(?:(?:,|\{,\}|\\,|[\u00a0\u2009\u202f'’])\d{3})++(?!\d|,\d|\{,\}\d)"
_POWER = r"\s?(?:×|\\times|\\cdot|·)\s?10(?:\^\{?[-−+]?\d{1,3}\}?|[⁻⁺]?[⁰¹²³⁴-⁹]{1,3})"
_EXPONENT = rf"(?:[eE][-−+]?\d{{1,3}}(?!\w|\.\d)|{_POWER})?"
NUMBER = re.compile(
    rf"[-−+]?(?:(?P<thousands>{_THOUSANDS})(?:\.\d+)?|\d+(?:(?P<mark>[.,])\d+)?|\.\d+){_EXPONENT}", re.ASCII
)
"""A number. `mark`: its decimal point, or a comma that may be one."""
PLAIN = re.compile(rf"[-−+]?(?:\d+(?:\.\d+)?|\.\d+){_EXPONENT}", re.ASCII)
"""A number of a list, where commas come between numbers."""
_SEPARATORS = re.compile(r"\{,\}|\\,|[,\s_'’\u00a0\u2009\u202f]")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_TEN = re.compile(r"\s?(?:×|\\times|\\cdot|·)\s?10\^?\{?")

Comma = Literal["thousands", "decimal"]


class Numeral(Struct, frozen=True):
    """A number as it is printed.

    text: in decimal digits, all that were printed ("0.291027924", "10000").
    start, end: where its digits stand.
    """

    text: str
    start: int
    end: int

    @property
    def value(self) -> Decimal:
        return Decimal(self.text)

    @property
    def digits(self) -> int:
        """How many significant digits are printed."""
        return len(self.text.lstrip("-").replace(".", "").lstrip("0"))


def decimal(printed: str, comma: Comma = "thousands") -> str:
    """Return a printed number in plain decimal digits; "" where it is too long or too large to be one of a text."""
    if len(printed) > LENGTH:
        return ""
    text = printed.replace("−", "-").replace("{,}", ",")
    text = text.replace(",", ".") if comma == "decimal" else text
    text = _TEN.sub("e", text.translate(_RAISED)).replace("}", "")
    text = _SEPARATORS.sub("", text).removeprefix("+")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return ""
    if not number.is_finite() or abs(number.adjusted()) > LENGTH:
        return ""
    return f"{number:f}"
