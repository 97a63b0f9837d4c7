"""The documents in tests/derivations say what is right, to every printed digit; the errors planted in them do not.

The numbers of the example come from elsewhere (tests/golden.py), those of the other documents from their formulas,
worked out here at 50 digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from html import unescape
from html.parser import HTMLParser
from itertools import combinations
from urllib.parse import unquote

import golden
import mpmath
import pytest
from planted import DOCUMENTS, PLANTED, Planted, clean_text, planted_text

from derive.errata.findings import Cause

NAMES = sorted(path.name for path in DOCUMENTS.iterdir())

# After one step and after 10,000, biases fixed: E_total, out_o1, out_o2; computed elsewhere, as those of golden.py.
TRAINED = (
    "0.29102777369359935087", "0.74208811119078244918", "0.77528496829445951657",
    "0.000035101877829788458742", "0.015913620443550626595", "0.98406427351462375687",
)  # fmt: skip

WEIGHTS = "0.15 0.20 0.25 0.30 0.40 0.45 0.50 0.55"

DECIMAL = re.compile(r"(?<![\d.])(\d+)\.(\d+)(?:(?: \\times 10|\*10)\^\{(-?\d+)\})?")


def of_the_example() -> list[mpmath.mpf]:
    """Return the numbers of the example, and their products with each other and with what is given."""
    tables = (golden.VALUES, golden.DERIVATIVES, golden.GRADIENTS, golden.UPDATED)
    found = [abs(mpmath.mpf(text)) for table in tables for text in table.values()]
    found += [*map(mpmath.mpf, TRAINED), *numbers(WEIGHTS)]
    given = numbers("0.05 0.10 0.5")
    return found + [one * other for one, other in combinations([*found, *given], 2)]


def step(loss: Callable[..., mpmath.mpf], start: tuple[mpmath.mpf, ...], rate: mpmath.mpf) -> list[mpmath.mpf]:
    """Return what one step from a point says: the loss, its slopes, the new point, the loss there."""
    axes = [tuple(int(row == column) for column in range(len(start))) for row in range(len(start))]
    slopes = [mpmath.diff(loss, start, axis) for axis in axes]
    end = [old - rate * slope for old, slope in zip(start, slopes, strict=True)]
    return [loss(*start), *slopes, *end, loss(*end)]


def numbers(text: str) -> tuple[mpmath.mpf, ...]:
    return tuple(mpmath.mpf(part) for part in text.split())


def neuron() -> list[mpmath.mpf]:
    x1, x2, target, rate, z = numbers("0.6 -0.4 0.5 0.2 0.2")

    def loss(w1: mpmath.mpf, w2: mpmath.mpf, b: mpmath.mpf) -> mpmath.mpf:
        return (mpmath.tanh(w1 * x1 + w2 * x2 + b) - target) ** 2 / 2

    activation = mpmath.tanh(z)
    return [activation, activation - target, mpmath.sech(z) ** 2, *step(loss, numbers("0.7 0.3 -0.1"), rate)]


def logistic() -> list[mpmath.mpf]:
    x1, x2, rate = numbers("1.2 -0.7 0.1")

    def loss(w1: mpmath.mpf, w2: mpmath.mpf, b: mpmath.mpf) -> mpmath.mpf:
        return mpmath.log(1 + mpmath.exp(-(w1 * x1 + w2 * x2 + b)))

    found = step(loss, numbers("0.8 0.5 0.1"), rate)
    return [mpmath.exp(-found[0]), *found]


def softmax() -> list[mpmath.mpf]:
    scores = numbers("1.06 0.2 0.04")

    def loss(*z: mpmath.mpf) -> mpmath.mpf:
        return mpmath.log(sum(mpmath.exp(each) for each in z)) - z[1]

    value, *slopes = step(loss, scores, mpmath.mpf(0))[:4]
    powers = [mpmath.exp(each) for each in scores]
    shares = [power / sum(powers) for power in powers]
    weights = [slope * mpmath.mpf("0.8") for slope in slopes]
    second = [shares[0] - shares[0] ** 2, shares[0] * shares[1]]
    return [*powers, sum(powers), *shares, *slopes, *weights, *second, value]


def arithmetic() -> list[mpmath.mpf]:
    root, power = mpmath.sqrt("5.25"), mpmath.mpf("0.9") ** 10
    square = mpmath.mpf("3.5") ** 2
    return [root, power, power / 400, mpmath.mpf(954040) / 1024, mpmath.mpf(60000) / 128, square]


def general() -> list[mpmath.mpf]:
    places = numbers("0.5 1 2")
    sigmoid = [1 / (1 + mpmath.exp(-x)) for x in places] + [1 / (1 + mpmath.exp(x)) for x in places]
    slopes = [1 / (2 * mpmath.cosh(x / 2)) ** 2 for x in places]
    return [*sigmoid, *slopes, *[mpmath.tanh(x) for x in places], *[mpmath.sech(x) ** 2 for x in places]]


OWN = {
    "neuron_en.md": neuron, "logistic_zh.rst": logistic, "softmax_en.tex": softmax, "arithmetic_en.md": arithmetic,
    "general_en.md": general, "general_zh.md": general,
}  # fmt: skip


def decimals(text: str) -> Iterable[tuple[str, mpmath.mpf, mpmath.mpf]]:
    """Yield the decimals of a document that have four digits or more: as written, their value, half a last place."""
    for match in DECIMAL.finditer(unquote(unescape(text)).replace("\\\\times", "\\times")):
        whole, part, exponent = match[1], match[2], int(match[3] or 0)
        if len((whole + part).lstrip("0")) >= 4:
            scale = mpmath.mpf(10) ** exponent
            yield match[0], mpmath.mpf(f"{whole}.{part}") * scale, scale * mpmath.mpf(10) ** -len(part) / 2


def wrong_decimals(name: str, text: str) -> list[str]:
    """Return the decimals of a document that round none of its right numbers."""
    right = OWN.get(name, of_the_example)()
    return [
        written for written, value, half in decimals(text)
        if not any(abs(value - abs(true)) <= half for true in right)
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_decimal_is_a_right_number_rightly_rounded(name: str) -> None:
    text = clean_text(name)
    assert len(list(decimals(text))) >= (4 if name in OWN else 50)
    with mpmath.workdps(50):
        assert wrong_decimals(name, text) == []


# Digits exchanged in a number with five decimals or more, in a document about the example.
DISTORTED = [
    plant for plant in PLANTED
    if plant.document not in OWN and plant.cause[0] in (Cause.SWAPPED, Cause.DIGIT)
    and re.search(r"\.\d{5}", plant.replace)
]  # fmt: skip


@pytest.mark.parametrize("plant", DISTORTED, ids=lambda plant: f"{plant.document}:{plant.line}")
def test_a_distorted_decimal_is_no_right_number(plant: Planted) -> None:
    """The right numbers do not lie so close together that any number would be one."""
    with mpmath.workdps(50):
        assert len(wrong_decimals(plant.document, planted_text(plant)[0])) >= 1


class Tags(HTMLParser):
    """Notes every tag that is closed and was not the last one open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("img", "meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def faults(name: str, text: str) -> list[str]:
    """Return what is wrong with the form of a document."""
    found = []
    if name.endswith(".ipynb"):
        notebook = json.loads(text)
        found += [f"cell {cell}" for cell in notebook["cells"] if not all(map(str.strip, [*cell["source"][:1]]))]
    if name.endswith(".html"):
        tags = Tags()
        tags.feed(text)
        found += [*tags.wrong, *tags.open]
    shown = unquote(text)
    if shown.count("{") != shown.count("}"):
        found.append("braces")
    if shown.count("$") % 2:
        found.append("dollars")
    begins, ends = (re.findall(rf"\\{word}\{{(\w+\*?)\}}", shown) for word in ("begin", "end"))
    if sorted(begins) != sorted(ends):
        found.append("environments")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_clean_documents_are_well_formed(name: str) -> None:
    assert faults(name, clean_text(name)) == []


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: f"{plant.document}:{plant.line}")
def test_a_planted_error_changes_one_line_and_no_form(plant: Planted) -> None:
    before, (after, line) = clean_text(plant.document).split("\n"), planted_text(plant)
    changed = [
        number for number, (old, new) in enumerate(zip(before, after.split("\n"), strict=True), 1) if old != new
    ]  # fmt: skip
    assert changed == [line]
    assert faults(plant.document, after) == []


def test_planted_errors_cover_documents_and_causes() -> None:
    assert len(PLANTED) >= 75
    assert {plant.document for plant in PLANTED} == set(NAMES)
    assert len(set(PLANTED)) == len(PLANTED)
    assert sum(plant.named for plant in PLANTED) > len(PLANTED) / 2
    # What follows from an error is not planted: the lines after it are right.
    missing = set(Cause) - {cause for plant in PLANTED for cause in plant.cause}
    assert missing == {Cause.FOLLOWS}
