"""The model that a document defines, as the text of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from derive.errata.inferring.gathering import Gathered
from derive.errata.inferring.members import members
from derive.errata.inferring.words import Words
from derive.errata.inferring.writing import Unwritable, Writer
from derive.errors import DeriveError
from derive.read.written.tree import Name
from derive.spec import loads

MOST = 120  # equations
LOSSES = ("total", "E", "L", "J", "C", "Loss", "loss", "cost", "Cost", "error", "Error", "MSE", "ell")
"""What an error is called; of several quantities that are differentiated, it is the one that is meant."""
TRAINED, SURELY = "wWbBvVuUtT", "wWbB"
"""First letters of parameters, and of what is one even where nothing is differentiated by it."""


class Inferred(Struct, frozen=True):
    """A model as the text of its file, and the names in it by those of the document."""

    text: str
    names: Mapping[str, str]


def infer(found: Gathered) -> Inferred | None:
    """Return the model that a document defines; None where it defines none that anything could be checked against."""
    words = Words()
    equations = _acyclic(_equations(found, words))
    loss = _loss(found, words, equations)
    if loss is None or not equations:
        return None
    values = {words.words[plain]: value for plain, (_, value) in found.values.items() if plain in words.words}
    values = {word: value for word, value in values.items() if word not in equations}
    parameters = _parameters(found, words, equations)
    while loss in equations:
        used = _used(equations)
        values = {word: value for word, value in values.items() if word in used}
        parameters = [word for word in parameters if word in used]
        if not parameters:
            return None
        text = _text(equations, loss, parameters, values, found.rate)
        try:
            loads(text, source="the document")
        except DeriveError as error:
            gone = _blamed(error, equations, loss)
            if gone is None:
                return None
            del equations[gone]
        else:
            return Inferred(text, dict(words.words))
    return None


def _equations(found: Gathered, words: Words) -> dict[str, str]:
    """Return the definitions that our own grammar has words for."""
    equations: dict[str, str] = {}
    for name, formula in members(found):
        if len(equations) >= MOST:
            break
        try:
            word = words.word(name)
            if word not in equations:
                equations[word] = Writer(found, words).write(formula, 0)
        except (Unwritable, DeriveError, RecursionError):
            continue
    return equations


def _used(equations: Mapping[str, str]) -> dict[str, None]:
    """Return the words in equations, in their order."""
    return dict.fromkeys(word for text in equations.values() for word in words_in(text))


def words_in(text: str) -> list[str]:
    """Return the names and functions in the text of an equation."""
    return re.findall(r"[A-Za-z]\w*", text)


def _parameters(found: Gathered, words: Words, equations: Mapping[str, str]) -> list[str]:
    """Return what is a parameter: what is differentiated by, and what has the letter of one."""
    known = set(words.words.values())
    free = [word for word in _used(equations) if word in known and word not in equations]
    by = [words.words[plain] for plain in found.by if plain in words.words]
    made = [word for word in by if word in free]
    made = [word for word in made if word[0] in TRAINED] or made
    made += [word for word in free if word[0] in SURELY]
    return list(dict.fromkeys(made)) or sorted(free)[:1]


def _blamed(error: DeriveError, equations: Mapping[str, str], loss: str) -> str | None:
    """Return the equation that an error is about, or the one that is needed least."""
    for word in equations:
        if word != loss and re.search(rf"\b{re.escape(word)}\b", f"{error.where} {error.what}"):
            return word
    return next((word for word in reversed(list(equations)) if word != loss), None)


def _acyclic(equations: dict[str, str]) -> dict[str, str]:
    """Return equations without those that define a name by itself."""
    kept: dict[str, str] = {}
    needs: dict[str, set[str]] = {}
    for word, text in equations.items():
        parts = set(words_in(text))
        reach = set(parts)
        for part in parts:
            reach |= needs.get(part, set())
        if word in reach:
            continue
        kept[word], needs[word] = text, reach
        for other in needs:
            if word in needs[other]:
                needs[other] |= reach
                if other in needs[other]:
                    kept.pop(word, None)
                    needs.pop(word)
                    break
    return kept


def _loss(found: Gathered, words: Words, equations: Mapping[str, str]) -> str | None:
    for plain, _ in found.of.most_common():
        word = words.words.get(plain)
        if word in equations and found.named.get(plain, Name(0, 0, "")).base in LOSSES:
            return word
    for plain, _ in found.of.most_common():
        word = words.words.get(plain)
        used = any(re.search(rf"\b{re.escape(word)}\b", text) for text in equations.values()) if word else True
        if word in equations and not used:
            return word
    return None


def _text(
    equations: Mapping[str, str],
    loss: str,
    parameters: Sequence[str],
    values: Mapping[str, Decimal],
    rate: Decimal | None,
) -> str:
    """Return the text of a spec."""
    blocks = [f"learning_rate = {_number(rate)}\n"] if rate is not None else []
    blocks.append(_block("equations", (f'{word} = "{text}"' for word, text in equations.items())))
    listed = ", ".join(f'"{word}"' for word in parameters)
    blocks.append(_block("of", (f'loss = "{loss}"', f"parameters = [{listed}]")))
    if values:
        blocks.append(_block("values", (f"{word} = {_number(value)}" for word, value in values.items())))
    return "\n".join(blocks)


def _block(title: str, lines: Iterable[str]) -> str:
    return "\n".join((f"[{title}]", *lines, ""))


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text if "." in text else f"{text}.0" if len(text) > 15 else text
