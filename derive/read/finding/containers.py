"""The containers in which a function may want its parameters: by the keys it uses, by who makes them, by custom."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from derive.read.calling.making import Session, sample_point
from derive.read.finding.arguments import bind_constructor, signature
from derive.read.finding.building import layers
from derive.read.finding.evidence import Code, is_cut, items_used, keys_used, unpacked
from derive.read.foreign.assigning import Assignment, assign
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import any_name, gradient_name, parameter_name, plain
from derive.read.foreign.plan import Holder, Place, Plan
from derive.read.foreign.walking import leaves, word_of
from derive.read.problem import Problem

_MAKING = ("init", "make", "create", "build", "random", "new", "get", "setup", "generate", "start")
ORDERS = ("weights and biases by layer", "all weights, then all biases", "biases and weights by layer")


class Container(NamedTuple):
    """Holders for parameters and the places in them. known: what shapes told, None when nothing is known.

    label: what to call it in facts.  order: that of a flat vector.
    """

    holders: tuple[Holder, ...]
    places: tuple[Place, ...]
    label: str
    known: Assignment | None = None
    order: str = ORDERS[0]


def instance(loaded: Loaded, holder: Holder, problem: Problem) -> Any:
    """Make what a holder is, to look at it. Raises what the program raises."""
    plan = Plan("", 0, "method", (), (holder,))
    return Session(loaded, plan, problem, sample_point(problem)).made(holder)


def direct(names: Sequence[str], problem: Problem, *, listed: bool = False) -> Container | None:
    """Return a container for arguments that are parameters themselves; None when their number fits no way.

    listed: whether the weights of a network of one layer are in a list too.
    """
    sizes, layers = problem.sizes, problem.layers
    parsed = [(name, found) for name in names if (found := parameter_name(name))]
    parsed.sort(key=lambda item: item[1].key)
    w = [name for name, found in parsed if found.kind == "weights"]
    b = [name for name, found in parsed if found.kind == "biases"]
    neurons = [(layer, j) for layer in range(1, layers + 1) for j in range(sizes[layer])]
    weights = [(layer, j, k) for layer, j in neurons for k in range(sizes[layer - 1])]
    places: list[Place] = []
    literal = dict.fromkeys(names, "None")
    label = "matrices"
    if len(w) == layers and not listed:
        places += [Place((f"['{name}']",), "weights", layer) for layer, name in enumerate(w, 1)]
    elif len(w) == len(weights):
        places += [Place((f"['{name}']",), "weights", *which) for name, which in zip(w, weights, strict=True)]
        label = "single numbers"
    elif len(w) == 1:
        literal[w[0]] = repr([None] * layers)
        places += [Place((f"['{w[0]}']", f"[{layer - 1}]"), "weights", layer) for layer in range(1, layers + 1)]
        label = "lists of weights and of biases"
    else:
        return None
    some = [layer for layer in range(1, layers + 1) if problem.bias[layer - 1] != "none"]
    if len(b) == len(neurons) and len(b) != layers:
        places += [Place((f"['{name}']",), "biases", *which) for name, which in zip(b, neurons, strict=True)]
    elif len(b) in (layers, len(some)) and b and not listed:
        at_layers = range(1, layers + 1) if len(b) == layers else some
        places += [Place((f"['{name}']",), "biases", layer) for name, layer in zip(b, at_layers, strict=True)]
    elif len(b) == 1:
        literal[b[0]] = repr([None] * layers)
        places += [Place((f"['{b[0]}']", f"[{layer - 1}]"), "biases", layer) for layer in range(1, layers + 1)]
    elif b or (some and label == "single numbers"):
        return None
    holders = tuple(Holder(name, "literal", by) for name, by in literal.items())
    apart = label == "single numbers" and list(names) == [name for name in names if name in w] + b
    return Container(holders, tuple(places), label, order=ORDERS[1] if apart else ORDERS[0])


def flat_lists(names: Sequence[str], nodes: Sequence[ast.AST], problem: Problem) -> Container | None:
    """Return a container for arguments w, b where w has all weights one after the other; None where w has not as many.

    b is a list of a bias for each layer, or of one for each neuron; or there is none.
    """
    parsed = [(name, found) for name in names if (found := parameter_name(name))]
    w = [name for name, found in parsed if found.kind == "weights"]
    b = [name for name, found in parsed if found.kind == "biases"]
    some = [layer for layer in range(1, problem.layers + 1) if problem.bias[layer - 1] != "none"]
    neurons = [(layer, j) for layer in range(1, problem.layers + 1) for j in range(problem.sizes[layer])]
    weights = [(layer, j, k) for layer, j in neurons for k in range(problem.sizes[layer - 1])]
    if len(w) != 1 or len(b) != bool(some) or len(names) != len(w) + len(b):
        return None
    if len(weights) == problem.layers or items_used(nodes, w[0]) != len(weights):
        return None
    places = [Place((f"['{w[0]}']", f"[{n}]"), "weights", *which) for n, which in enumerate(weights)]
    holders = [Holder(w[0], "literal", repr([None] * len(weights)))]
    if b:
        count = items_used(nodes, b[0])
        each = [which for which in neurons if which[0] in some] if count != len(some) else [(n, -1) for n in some]
        if count != len(each):
            return None
        places += [Place((f"['{b[0]}']", f"[{n}]"), "biases", *which) for n, which in enumerate(each)]
        holders.append(Holder(b[0], "literal", repr([None] * count)))
    return Container(tuple(holders), tuple(places), "a list of single weights", order=ORDERS[1])


def containers(loaded: Loaded, code: Code, entry: str, name: str, problem: Problem) -> list[Container]:
    """Return the containers that the argument `name` of the function `entry` may be, most plausible first."""
    if is_cut(code.below(entry), name):
        flat = (Place((f"['{name}']",), "all", 0),)
        return [Container((Holder(name, "literal", "None"),), flat, "flat vector", order=order) for order in ORDERS]
    found = [*_by_type(loaded, name, problem), *_by_keys(code, entry, name, problem), *_by_maker(loaded, name, problem)]
    found += _by_layers(loaded, name, problem)
    known = bool(found)
    names = unpacked(code.below(entry), name)
    if names and (form := _sequence(name, names, problem)):
        found.append(form)
        known = True
    if not known or plain(name) in ("theta", "weights", "w", "p"):
        found += _customary(name, problem, not code.numpy)
    return found


def _first(place: Place) -> str:
    """Return the name of the holder in which a place is."""
    return word_of(place.path[0])


def _below(place: Place, name: str, step: str) -> Place:
    """Return a place whose holder is no longer a holder, but a part of the holder `name`."""
    return structs.replace(place, path=(f"['{name}']", step, *place.path[1:]))


def _dictionary(name: str, keys: Sequence[str], problem: Problem, made: str, label: str) -> Container | None:
    form = direct([key for key in keys if key.isidentifier()], problem)
    if form is None:
        return None
    literal = dict.fromkeys(keys)
    text = repr(literal)
    for holder in form.holders:  # lists within
        if holder.by != "None":
            text = text.replace(f"{holder.name!r}: None", f"{holder.name!r}: {holder.by}")
    attributes = made == "namespace object"
    places = tuple(_below(place, name, f".{_first(place)}" if attributes else place.path[0]) for place in form.places)
    return Container((Holder(name, made, text),), places, label)  # type: ignore[arg-type]


def _by_keys(code: Code, entry: str, name: str, problem: Problem) -> Iterator[Container]:
    nodes = code.below(entry)
    keys, starts, attributes = keys_used(nodes, name)
    if not keys and not starts:
        keys, starts, attributes = keys_used([code.tree], name)
    numbers = range(1, problem.layers + 1)
    named = [key for key in keys if parameter_name(key)]
    if not attributes and starts:
        named = []
        for start in starts:
            if (found := parameter_name(start)) and not gradient_name(start + "1"):
                named += [f"{start}{n}" for n in numbers if found]
    if not named:
        return
    extra = named if attributes else list(dict.fromkeys([*named, *(k for k in keys if parameter_name(k))]))
    made = "namespace object" if attributes else "literal"
    form = _dictionary(name, extra, problem, made, "attributes" if attributes else "dictionary")
    if form:
        yield form
    if made == "literal" and not any("b" in (parameter_name(k) or ("",))[0][:1] for k in extra):
        return


def _by_type(loaded: Loaded, name: str, problem: Problem) -> Iterator[Container]:
    """Yield named tuples and data classes of the program whose fields are parameters."""
    for cls_name, cls in vars(loaded.module).items():
        if not isinstance(cls, type) or cls.__module__ != loaded.own:
            continue
        fields = list(getattr(cls, "_fields", ())) or list(getattr(cls, "__dataclass_fields__", ()))
        if not fields or not all(map(parameter_name, fields)) or any(map(gradient_name_only, fields)):
            continue
        form = direct(fields, problem)
        if form is None or any(holder.by != "None" for holder in form.holders):
            continue
        places = tuple(_below(place, name, f".{_first(place)}") for place in form.places)
        holder = Holder(name, "type", cls_name)
        yield Container((holder,), places, f"a {cls_name}")


def gradient_name_only(name: str) -> bool:
    return parameter_name(name) is None and gradient_name(name) is not None


def _by_maker(loaded: Loaded, name: str, problem: Problem) -> Iterator[Container]:
    """Yield what the program's own functions for new parameters return."""
    for maker, function in list(vars(loaded.module).items()):
        if not inspect.isfunction(function) or function.__module__ != loaded.own:
            continue
        if not any(word in maker.lower() for word in _MAKING):
            continue
        parameters = signature(function)
        bound = bind_constructor(parameters, problem) if parameters is not None else None
        if bound is None or bound.roles & {"inputs", "targets"}:
            continue
        holder = Holder(name, "function", maker, bound.arguments)
        try:
            made = instance(loaded, holder, problem)
        except Exception:  # noqa: S112 - it is no maker of parameters then
            continue
        for known in assign(leaves(made, loaded.own), problem):
            places = tuple(_under(place, name) for place in known.places)
            yield Container((holder,), places, f"as {maker}() returns them", known)


def _by_layers(loaded: Loaded, name: str, problem: Problem) -> Iterator[Container]:
    """Yield lists of the program's own layers."""
    if plain(name) not in ("network", "layers", "model", "net", "nn"):
        return
    for holder in layers(loaded, name, problem):
        try:
            made = instance(loaded, holder, problem)
        except Exception:  # noqa: S112 - layers that cannot be made
            continue
        for known in assign(leaves(made, loaded.own), problem):
            places = tuple(_under(place, name) for place in known.places)
            yield Container((holder,), places, "a list of layers", known)


def _under(place: Place, name: str) -> Place:
    return Place(
        (f"['{name}']", *place.path), place.kind, place.layer, place.neuron, place.source, place.lists, place.shape
    )


def _sequence(name: str, names: Sequence[str], problem: Problem) -> Container | None:
    """Return a list in the order of the names into which it is unpacked."""
    form = direct([n for n in names if any_name(n)], problem)
    if form is None or any(holder.by != "None" for holder in form.holders):
        return None
    places = tuple(_below(place, name, f"[{names.index(_first(place))}]") for place in form.places)
    return Container((Holder(name, "literal", repr([None] * len(names))),), places, "list")


def _customary(name: str, problem: Problem, plain_lists: bool) -> list[Container]:
    """Return forms that are usual: dict, pairs, list, flat vector."""
    layers = range(1, problem.layers + 1)
    biased = any(kind != "none" for kind in problem.bias)
    root = f"['{name}']"
    found: list[Container] = []
    pairs = [
        place for n in layers
        for place in (Place((root, f"[{n - 1}]", "[0]"), "weights", n), Place((root, f"[{n - 1}]", "[1]"), "biases", n))
    ]  # fmt: skip
    lists = [Place((root, "[0]", f"[{n - 1}]"), "weights", n) for n in layers]
    lists += [Place((root, "[1]", f"[{n - 1}]"), "biases", n) for n in layers]
    one_list = [
        place for n in layers
        for place in (Place((root, f"[{2 * n - 2}]"), "weights", n), Place((root, f"[{2 * n - 1}]"), "biases", n))
    ]  # fmt: skip
    flat = (Place((root,), "all", 0),)
    weights_only = [Place((root, f"[{n - 1}]"), "weights", n) for n in layers]
    count = problem.layers
    if plain(name) in ("theta", "vec", "flat", "paramvector", "thetas", "p"):
        found += [Container((Holder(name, "literal", "None"),), flat, "flat vector", order=order) for order in ORDERS]
    if not biased or plain_lists or plain(name) in ("weights", "ws", "thetas", "w"):
        found.append(
            Container((Holder(name, "literal", repr([None] * count)),), tuple(weights_only), "list of weights")
        )
    if biased:
        found += [
            Container((Holder(name, "literal", repr([(None, None)] * count)),), tuple(pairs), "list of pairs"),
            Container((Holder(name, "literal", repr([None] * (2 * count))),), tuple(one_list), "list"),
            Container((Holder(name, "literal", repr(([None] * count, [None] * count))),), tuple(lists), "two lists"),
        ]
    keys = [f"{kind}{n}" for kind in ("W", "b") for n in layers if kind == "W" or problem.bias[n - 1] != "none"]
    if form := _dictionary(name, keys, problem, "literal", "dictionary"):
        found.append(form)
    if not any("flat" in container.label for container in found):
        found += [
            Container((Holder(name, "literal", "None"),), flat, "flat vector", order=order) for order in ORDERS[:2]
        ]
    return found
