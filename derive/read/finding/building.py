"""Builds networks out of a program's own layer classes, where the program has such and builds no network itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from derive.read.finding.arguments import signature
from derive.read.foreign.assigning import kind_of
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import has_role, plain
from derive.read.foreign.plan import Argument, Call, Holder, Part
from derive.read.foreign.walking import leaves
from derive.read.problem import Problem

PROBE = (3, 5)  # inputs and neurons of a layer that is made to see which is which
_SLOPE = re.compile(r"_?(prime|derivative|deriv|grad|gradient|backward|der|diff)$|^(d|grad|derivative|deriv)_", re.I)
_ADD = ("add", "addlayer", "append", "push", "appendlayer")
_USE = ("use", "compile", "setloss", "useloss", "loss", "setup")
_LIST = ("layers", "network", "modules", "model", "layer", "layerlist")
_LOSSES = {
    "half squared error": ("mse", "squared", "sse", "quadratic"), "mean squared error": ("mse", "squared", "quadratic"),
    "binary cross-entropy": ("bce", "binarycross", "logloss", "crossentropy"),
    "categorical cross-entropy": ("cce", "categorical", "crossentropy", "softmaxloss"),
    "mean absolute error": ("mae", "absolute"), "huber": ("huber",), "hinge": ("hinge",),
}  # fmt: skip


class Dense(NamedTuple):
    """A class of layers with weights.  order: which arguments are the numbers of inputs and of neurons.

    activation: the argument that an activation is passed by, "" when there is none.
    """

    name: str
    order: tuple[str, str]
    activation: str = ""


class Built(NamedTuple):
    """A network as it is built, and the class that it is of."""

    holder: Holder
    cls: type


def _classes(loaded: Loaded) -> dict[str, type]:
    return {
        name: value for name, value in vars(loaded.module).items()
        if isinstance(value, type) and value.__module__ == loaded.own and not issubclass(value, BaseException)
    }  # fmt: skip


def _functions(loaded: Loaded) -> dict[str, Any]:
    return {
        name: value for name, value in vars(loaded.module).items()
        if inspect.isfunction(value) and value.__module__ == loaded.own
    }  # fmt: skip


def _required(function: Any) -> list[inspect.Parameter]:
    return [
        p for p in signature(function) or ()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]  # fmt: skip


def dense(loaded: Loaded) -> Iterator[Dense]:
    """Yield the classes whose objects hold the weights of one layer."""
    for name, cls in _classes(loaded).items():
        parameters = signature(cls) or []
        required = _required(cls)
        sizes = [p.name for p in required if not has_role(p.name, "activation")]
        acting = next((p.name for p in parameters if has_role(p.name, "activation")), "")
        if len(sizes) != 2 or len(required) - len(sizes) > 1:
            continue
        given = {acting: None} if acting in [p.name for p in required] else {}
        for order in ((sizes[0], sizes[1]), (sizes[1], sizes[0])):
            try:
                made = cls(**dict(zip(order, PROBE, strict=True)), **given)
            except (Exception, SystemExit):  # noqa: S112 - no layer of so many inputs and neurons
                continue
            if _fits(made, loaded.own, order):
                yield Dense(name, order, acting)
                break


def _fits(made: Any, own: str, order: tuple[str, str]) -> bool:
    """Whether an object has a matrix of weights for `PROBE`, and no biases, or those of so many neurons."""
    found = list(leaves(made, own))
    weights = [leaf for leaf in found if kind_of(leaf.path) == ("weights", False) and leaf.shape]
    biases = [leaf for leaf in found if kind_of(leaf.path) == ("biases", False) and leaf.shape]
    if len(weights) != 1 or weights[0].shape not in (PROBE, PROBE[::-1]):
        return False
    if biases:
        return all(max(leaf.shape) == PROBE[1] for leaf in biases)
    return "in" in plain(order[0]) or not any("in" in plain(name) for name in order)


def slopes(loaded: Loaded, arguments: int) -> dict[str, str]:
    """Return functions of so many arguments that have a derivative beside them, with its name."""
    known = _functions(loaded)
    found = {}
    for name, function in known.items():
        base = _SLOPE.sub("", name)
        if base != name and base in known and len(_required(function)) == len(_required(known[base])) == arguments:
            found[base] = name
    return found


def losses(loaded: Loaded, problem: Problem) -> dict[str, Argument]:
    """Return what arguments that want the loss, or its derivative, are filled with, by the names in small."""
    pairs = slopes(loaded, 2)
    words = _LOSSES.get(problem.loss, (plain(problem.loss),))
    chosen = next((name for word in words for name in pairs if word in plain(name)), next(iter(pairs), ""))
    if not chosen:
        return {}
    derivative = pairs[chosen]
    found = {}
    for name in ("loss", "cost", "loss_function", "cost_function", "loss_fn", "loss_func", "error"):
        found[name] = Argument(name, "variable", 0, chosen)
        for ending in ("prime", "derivative", "grad", "gradient", "deriv"):
            found[f"{name}_{ending}"] = Argument(f"{name}_{ending}", "variable", 0, derivative)
    return found


def _activation(loaded: Loaded, word: str) -> Part | None:
    """Return a layer that only applies an activation; None where there is none in the program."""
    small = plain(word.partition("(")[0])
    for name, cls in _classes(loaded).items():
        base = re.sub("activation|layer|function", "", plain(name))
        if base == small and not _required(cls):
            return Part(name)
    pairs = slopes(loaded, 1)
    function = next((name for name in pairs if plain(name) == small), "")
    for name, cls in _classes(loaded).items():
        wanted = _required(cls)
        if function and "activ" in name.lower() and len(wanted) == 2:
            given = (function, pairs[function])
            return Part(name, tuple(Argument(p.name, "variable", 0, f) for p, f in zip(wanted, given, strict=True)))
    return None


def _ways(loaded: Loaded, layer: Dense, problem: Problem) -> Iterator[tuple[Part, ...]]:
    """Yield the layers of a network: activations apart, as arguments, or none where there are no such layers."""
    sizes = [
        (Argument(layer.order[0], "size", n - 1), Argument(layer.order[1], "size", n))
        for n in range(1, problem.layers + 1)
    ]
    apart: list[Part] = []
    for n, (given, word) in enumerate(zip(sizes, problem.activations, strict=True), 1):
        apart.append(Part(layer.name, given))
        if word != "identity" and not layer.activation:
            part = _activation(loaded, word)
            if part is None:
                break
            apart.append(part)
        if n == problem.layers and not layer.activation:
            yield tuple(apart)
            return
    if not layer.activation:
        yield tuple(Part(layer.name, given) for given in sizes)
        return
    known = vars(loaded.module)
    for kind in ("function", "word"):
        parts = []
        for given, word in zip(sizes, problem.activations, strict=True):
            small = plain(word.partition("(")[0])
            name = next((n for n, v in known.items() if callable(v) and plain(n) == small), "")
            said = (
                Argument(layer.activation, "variable", 0, name) if kind == "function" and name
                else Argument(layer.activation, "activation", 0, "linear" if word == "identity" else small)
            )  # fmt: skip
            parts.append(Part(layer.name, (*given, said)))
        yield tuple(parts)


def layers(loaded: Loaded, name: str, problem: Problem) -> Iterator[Holder]:
    """Yield lists of layers."""
    for layer in dense(loaded):
        for parts in _ways(loaded, layer, problem):
            yield Holder(name, "layers", parts=parts)


def built(loaded: Loaded, problem: Problem) -> Iterator[Built]:
    """Yield networks of the program's layers: by a method add, by a list of layers, or by one argument for each."""
    every = list(layers(loaded, "self", problem))
    if not every:
        return
    for name, cls in _classes(loaded).items():
        required = [p.name for p in _required(cls)]
        add = next((m for m in vars(cls) if plain(m) in _ADD), "")
        for holder in every:
            arguments: tuple[Argument, ...] = ()
            if add and not required:
                pass
            elif len(required) == 1 and plain(required[0]) in _LIST:
                arguments = (Argument(required[0], "parts"),)
            elif len(required) == problem.layers == len(holder.parts) and all("layer" in plain(p) for p in required):
                arguments = tuple(Argument(p, "part", n) for n, p in enumerate(required))
            else:
                continue
            use = _use(loaded, cls, problem)
            yield Built(Holder("self", "class", name, arguments, holder.parts, "" if arguments else add, use), cls)


def _use(loaded: Loaded, cls: type, problem: Problem) -> tuple[Call, ...]:
    """Return the call by which a network is told its loss; () where there is none."""
    known = losses(loaded, problem)
    for method, function in vars(cls).items():
        if plain(method) not in _USE or not inspect.isfunction(function):
            continue
        wanted: Sequence[inspect.Parameter] = _required(function)[1:]
        if known and wanted and all(p.name.lower() in known for p in wanted):
            return (Call(method, tuple(Argument(p.name, "variable", 0, known[p.name.lower()].of) for p in wanted)),)
    return ()
