"""The network that a document is about, taken from its own definitions and values: as the text of a spec."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from derive.errata.numbers import printed
from derive.errata.reading import Placed
from derive.errata.world import key_of
from derive.errors import DeriveError
from derive.grammar import check_name
from derive.read.written import tree
from derive.read.written.tree import Name, Node, Statement, numeric
from derive.vocabulary import ACTIVATIONS as VOCABULARY

MOST = 120  # equations
ACTIVATIONS = {
    "sigma": "sigmoid", "sigmoid": "sigmoid", "logistic": "sigmoid", "tanh": "tanh", "Tanh": "tanh", "relu": "relu",
    "ReLU": "relu", "softplus": "softplus", "exp": "exp", "ln": "log", "log": "log", "sqrt": "sqrt", "S": "sigmoid",
    "sin": "sin", "cos": "cos", "erf": "erf", "sig": "sigmoid", "Sigmoid": "sigmoid", "Relu": "relu", "RELU": "relu",
    "squash": "sigmoid", "logsig": "sigmoid", "tansig": "tanh", "gelu": "gelu", "elu": "elu",
}  # fmt: skip
TAKEN = frozenset((
    *(word.replace(" ", "_") for word in VOCABULARY), "sum", "max", "min", "abs", "lambda", "e", "pi", "exp", "log",
    "ln",
    "sin", "cos", "sqrt", "erf", "dot", "sigma", "cosh", "sinh", "tan",
))  # fmt: skip
RATES = frozenset(("eta", "alpha", "lr", "learning rate"))
LOSSES = ("total", "E", "L", "J", "C", "Loss", "loss", "cost", "Cost", "error", "Error", "MSE", "ell")


class Inferred(Struct, frozen=True):
    """A model as the text of its file, and the names in it by those of the document."""

    text: str
    names: Mapping[str, str]


class _Unwritable(Exception):
    """A formula that our own grammar has no words for."""


class _Names:
    """A word for every name of the author's: letters, digits and _ only, each once."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def word(self, name: Name) -> str:
        if name.plain in self.words:
            return self.words[name.plain]
        base = re.sub(r"[^A-Za-z]", "", name.base.replace(" ", "_")) or "q"
        tail = re.sub(r"[^A-Za-z0-9]+", "_", f"{name.sub} {name.sup}".strip()).strip("_")
        word = base + (name.accent or "") + ("p" * name.primes) + (f"_{tail}" if tail else "")
        if not tail and (base in TAKEN or base.lower() in TAKEN):
            word += "_0"
        word = word[:36]
        used, number = set(self.words.values()), 2
        while word in used:
            word, number = f"{word[:34]}_{number}", number + 1
        check_name(word)
        self.words[name.plain] = word
        return word


class Gathered:
    """What a document says: definitions and values, the first of each name; what it differentiates."""

    def __init__(self) -> None:
        self.definitions: dict[str, list[tuple[Name, Node]]] = {}
        self.values: dict[str, tuple[Name, Decimal]] = {}
        self.of: Counter[str] = Counter()
        self.by: dict[str, Name] = {}
        self.named: dict[str, Name] = {}
        self.rate: Decimal | None = None


def gather(placed: Sequence[Placed], values: Mapping[str, tuple[Name, Decimal]] = {}) -> Gathered:
    """Return what the formulas of a document define, and which values they give. values: found elsewhere in it."""
    found = Gathered()
    found.values.update(values)
    for each in placed:
        for statement in each.formula.statements:
            for side in statement.sides:
                if side is not None:
                    _mentioned(side, found)
            _said(statement, found)
    for plain in list(found.values):
        name, value = found.values[plain]
        if name.base in RATES and not name.sub:
            found.rate = value
            del found.values[plain]
    return found


def _mentioned(side: Node, found: Gathered) -> None:
    for node in tree.walk(side):
        if isinstance(node, Name):
            found.named.setdefault(node.plain, node)
        elif isinstance(node, tree.Derivative):
            of = node.of.name if isinstance(node.of, tree.Of) else node.of
            if isinstance(of, Name):
                found.of[of.plain] += 1
            for by in node.by:
                if isinstance(by, Name):
                    found.by.setdefault(by.plain, by)


def _said(statement: Statement, found: Gathered) -> None:
    first = statement.sides[0]
    first = first.name if isinstance(first, tree.Of) else first
    if not isinstance(first, Name) or len(statement.sides) < 2 or first.primes or first.sup in ("+", "new"):
        return
    if statement.relations[0].sign not in ("=", "≈", ":="):
        return
    formulas = [side for side in statement.sides[1:] if side is not None and not numeric(side)]
    formula = formulas[0] if formulas else None
    if formula is not None and (known := _spelt_out(formula, statement)) is not None:
        formulas[0] = formula = known
    number = printed(statement.sides[1]) if statement.sides[1] is not None else None
    if formula is not None and tree.opaque(formula) is None:
        inside = {name.plain for name in tree.names(formula)}
        derivative = any(isinstance(node, tree.Derivative) for node in tree.walk(formula))
        if first.plain not in inside and not derivative:
            found.definitions.setdefault(first.plain, []).extend((first, each) for each in formulas)
    elif number is not None and len(statement.sides) == 2 and first.plain not in found.values:
        found.values[first.plain] = (first, Decimal(number.text))


def _spelt_out(formula: Node, statement: Statement) -> Node | None:
    """Return f(z) with the name of the function, where the numbers behind it show which it is."""
    if not isinstance(formula, tree.Apply) or formula.function.base in ACTIVATIONS or formula.function.primes:
        return None
    for side in statement.sides[1:]:
        match side:
            case tree.Over(
                _,
                _,
                tree.Number(_, _, "1"),
                tree.Plus(_, _, (tree.Number(_, _, "1"), tree.Apply(_, _, function, _, _))),
            ):
                if function.base == "exp":
                    plain = Name(formula.function.start, formula.function.end, "sigmoid")
                    return tree.Apply(formula.start, formula.end, plain, formula.args, formula.brackets)
            case tree.Apply(_, _, function, _, _) if function.base in ("tanh", "sigmoid", "relu", "ReLU"):
                plain = Name(formula.function.start, formula.function.end, function.base)
                return tree.Apply(formula.start, formula.end, plain, formula.args, formula.brackets)
    return None


# ── A model ──────────────────────────────────────────────────────────────────────────────────────────────────────


def infer(found: Gathered, title: str = "") -> Inferred | None:
    """Return the model that a document defines; None where it defines none that anything could be checked against."""
    from derive import spec as specs

    words = _Names()
    equations: dict[str, str] = {}
    for _, (name, formula) in _members(found):
        if len(equations) >= MOST:
            break
        try:
            word = words.word(name)
            if word not in equations:
                equations[word] = _Writer(found, words).write(formula, 0)
        except (_Unwritable, DeriveError, RecursionError):
            continue
    equations = _acyclic(equations)
    loss = _loss(found, words, equations)
    if loss is None or not equations:
        return None
    used = {word for text in equations.values() for word in re.findall(r"[A-Za-z]\w*", text)}
    given = {words.words[plain]: value for plain, (_, value) in found.values.items() if plain in words.words}
    given = {word: value for word, value in given.items() if word in used and word not in equations}
    by = [words.words[plain] for plain in found.by if plain in words.words]
    free = [word for word in used if word in words.words.values() and word not in equations]
    parameters = [word for word in by if word in free]
    parameters = [word for word in parameters if word[0] in "wWbBvVuUtT"] or parameters
    parameters += [word for word in free if word[0] in "wWbB" and word not in parameters]
    if not parameters:
        parameters = sorted(free)[:1]
    if not parameters:
        return None
    for _ in range(len(equations) + 1):
        text = _text(title, equations, loss, sorted(set(parameters), key=parameters.index), given, found.rate)
        try:
            specs.loads(text, source="the document")
        except DeriveError as error:
            gone = _blamed(error, equations, loss)
            if gone is None:
                return None
            del equations[gone]
            used = {word for made in equations.values() for word in re.findall(r"[A-Za-z]\w*", made)}
            given = {word: value for word, value in given.items() if word in used}
            parameters = [word for word in parameters if word in used]
            if not parameters or loss not in equations:
                return None
            continue
        return Inferred(text, dict(words.words))
    return None


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
        parts = set(re.findall(r"[A-Za-z]\w*", text))
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


def _loss(found: Gathered, words: _Names, equations: Mapping[str, str]) -> str | None:
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
    title: str, equations: Mapping[str, str], loss: str, parameters: Sequence[str], values: Mapping[str, Decimal],
    rate: Decimal | None,
) -> str:  # fmt: skip
    lines = []
    if title:
        lines.append(f'title = "{_plain(title)}"')
    if rate is not None:
        lines.append(f"learning_rate = {_number(rate)}")
    lines += ["", "[equations]", *(f'{word} = "{text}"' for word, text in equations.items())]
    lines += [
        "",
        "[of]",
        f'loss = "{loss}"',
        f"parameters = [{', '.join(f'{chr(34)}{word}{chr(34)}' for word in parameters)}]",
    ]
    if values:
        lines += ["", "[values]", *(f"{word} = {_number(value)}" for word, value in values.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def _plain(text: str) -> str:
    return re.sub(r"[^\w .,:()-]", "", text)[:80].strip()


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text if "." in text else f"{text}.0" if len(text) > 15 else text


def _members(found: Gathered) -> Iterator[tuple[str, tuple[Name, Node]]]:
    """Yield the definitions; one with index letters for each member that is mentioned."""
    every = [(plain, name, formula) for plain, several in found.definitions.items() for name, formula in several]
    for plain, name, formula in every:
        letters = _letters(name)
        if not letters:
            yield plain, (name, formula)
            continue
        for number in range(1, 10):
            binding = {letter: str(number) for letter in letters}
            member = _bound(name, binding)
            if len(letters) != 1 or member.plain in found.definitions:
                continue
            if member.plain in found.named or number <= _count(found, name):
                yield member.plain, (member, _instance(formula, binding))


def _letters(name: Name) -> list[str]:
    return re.findall(r"[jkilmn]", name.sub) if re.fullmatch(r"[\djkilmn,]+", name.sub) else []


def _count(found: Gathered, name: Name) -> int:
    """Return how many members of the family of a name are mentioned."""
    pattern = re.compile(re.sub(r"[jkilmn]", r"(\\d)", re.escape(name.sub)))
    numbers = [
        int(match[1]) for other in found.named.values()
        if other.base == name.base and other.accent == name.accent and other.sup == name.sup
        and (match := pattern.fullmatch(other.sub)) and match.groups()
    ]  # fmt: skip
    return max(numbers, default=0)


def _bound(name: Name, binding: Mapping[str, str]) -> Name:
    sub = "".join(binding.get(c, c) for c in name.sub) if re.fullmatch(r"[\djkilmn,]+", name.sub) else name.sub
    return Name(name.start, name.end, name.base, sub, name.sup, name.accent, name.primes, name.bold)


def _instance(node: Node, binding: Mapping[str, str]) -> Node:
    """Return a formula with numbers for index letters."""
    match node:
        case Name():
            return _bound(node, binding)
        case tree.Plus(a, b, terms):
            return tree.Plus(a, b, tuple(_instance(term, binding) for term in terms))
        case tree.Minus(a, b, arg):
            return tree.Minus(a, b, _instance(arg, binding))
        case tree.Times(a, b, factors, marks):
            return tree.Times(a, b, tuple(_instance(factor, binding) for factor in factors), marks)
        case tree.Over(a, b, above, below):
            return tree.Over(a, b, _instance(above, binding), _instance(below, binding))
        case tree.Power(a, b, base, exponent, bare):
            return tree.Power(a, b, _instance(base, binding), exponent, bare)
        case tree.Apply(a, b, function, args, brackets):
            return tree.Apply(a, b, function, tuple(_instance(arg, binding) for arg in args), brackets)
        case tree.Root(a, b, arg):
            return tree.Root(a, b, _instance(arg, binding))
        case tree.BigSum(a, b, term, letter, low, high, product):
            inner = {key: value for key, value in binding.items() if key != letter}
            return tree.BigSum(a, b, _instance(term, inner), letter, low, high, product)
    return node


class _Writer:
    """Writes a formula in the grammar of our own specs."""

    def __init__(self, found: Gathered, words: _Names) -> None:
        self.found, self.words = found, words

    def write(self, node: Node, tight: int) -> str:
        """Return the text. tight: 0 within a sum, 1 within a product, 2 as the base of a power."""
        match node:
            case tree.Number(_, _, text):
                return f"{Decimal(text):f}"
            case Name():
                if node.base == "e" and not node.sub:
                    return "exp(1)"
                return self.words.word(node)
            case tree.Of(_, _, name, _):
                return self.words.word(name)
            case tree.Plus(_, _, terms):
                made = self.write(terms[0], 0)
                for term in terms[1:]:
                    made += (
                        f" - {self.write(term.arg, 1)}" if isinstance(term, tree.Minus) else f" + {self.write(term, 0)}"
                    )
                return f"({made})" if tight else made
            case tree.Minus(_, _, arg):
                return f"(-{self.write(arg, 1)})" if tight else f"-{self.write(arg, 1)}"
            case tree.Times(_, _, factors, _):
                made = "*".join(self.write(factor, 1) for factor in factors)
                return f"({made})" if tight > 1 else made
            case tree.Over(_, _, above, below):
                made = f"{self.write(above, 1)}/{self.write(below, 2)}"
                return f"({made})" if tight > 1 else made
            case tree.Power(_, _, base, tree.Number(_, _, exponent), _) if exponent.isdigit():
                return f"{self.write(base, 2)}^{exponent}"
            case tree.Apply(_, _, function, (arg,), _) if function.base in ACTIVATIONS and not function.primes:
                return f"{ACTIVATIONS[function.base]}({self.write(arg, 0)})"
            case tree.Apply(_, _, Name(_, _, ("max" | "min") as word), (a, b), _):
                return f"{word}({self.write(a, 0)}, {self.write(b, 0)})"
            case tree.Root(_, _, arg):
                return f"sqrt({self.write(arg, 0)})"
            case tree.Bars(_, _, arg):
                return f"abs({self.write(arg, 0)})"
            case tree.BigSum(_, _, term, letter, low, high, False):
                return self._sum(term, letter, low, high, tight)
        raise _Unwritable

    def _sum(self, term: Node, letter: str, low: Node | None, high: Node | None, tight: int) -> str:
        if len(letter) != 1:
            raise _Unwritable
        members = [name for name in tree.names(term) if letter in _letters(name)]
        if not members:
            raise _Unwritable
        start = int(low.text) if isinstance(low, tree.Number) and low.text.isdigit() else 1
        stop = int(high.text) if isinstance(high, tree.Number) and high.text.isdigit() else 0
        stop = stop or max(_count(self.found, name) for name in members)
        if not start <= stop <= start + 20:
            raise _Unwritable
        made = " + ".join(self.write(_instance(term, {letter: str(n)}), 1) for n in range(start, stop + 1))
        return f"({made})" if tight else made


def spoken(inferred: Inferred) -> dict[str, str]:
    """Return the words of the model by the document's own names."""
    return dict(inferred.names)


def keys(inferred: Inferred) -> dict[str, str]:
    return {key_of(*plain.partition("_")[::2]): word for plain, word in inferred.names.items()}
