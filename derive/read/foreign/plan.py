"""A hypothesis of how a foreign gradient program is called: plain data, which a child process can be told."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from derive.read.foreign.walking import Path, written

EntryKind = Literal["function", "method", "train step", "script", "pipeline"]
Layout = Literal["rows are neurons", "columns are neurons"]
Samples = Literal[
    "stack of rows, one at a time", "stack of columns, one at a time",
    "rows", "columns", "rows, one at a time", "columns, one at a time", "one sample, vectors",
    "one sample, column vectors", "list of vectors", "list of column vectors",
]  # fmt: skip
Biases = Literal["none", "rows", "columns", "vectors", "one number", "first weight", "last weight"]
Targets = Literal["numbers", "columns", "class indices", "class numbers from 1", "one number a sample"]
Reading = Literal["returned", "attributes", "change", "returned parameters"]
Role = Literal[
    "inputs", "targets", "input", "target", "held", "rate", "epochs", "samples", "seed", "l1", "l2", "no", "sizes",
    "size", "hidden sizes", "activation", "returned", "pairs", "initial weights", "initial bias", "variable",
    "layer table", "attribute", "parts", "part", "labelled",
]  # fmt: skip
Made = Literal[
    "literal", "namespace object", "class", "function", "type", "layers", "module", "script", "straight", "adapter",
    "program",
]  # fmt: skip


class Argument(Struct, frozen=True):
    """One argument of a foreign call.

    name: the parameter that it fills.  role: with what.  number: which of several ("input" 1, "size" of layer 2).
    of: the holder that is passed on ("held"), or the name of an earlier result ("returned").
    """

    name: str
    role: Role
    number: int = 0
    of: str = ""
    positional: bool = False


class Call(Struct, frozen=True):
    """One call: a function of the module ("f", "Class.f"), or a method of a holder ("self.f" where on is "self").

    results: what the call returns, as its ``return`` names it; () where that is unknown.
    kept: the name under which the result is kept for later calls.
    """

    function: str
    arguments: tuple[Argument, ...] = ()
    on: str = ""
    results: tuple[str, ...] = ()
    kept: str = ""


class Part(Struct, frozen=True):
    """A layer of a network that is built of such: a class or a function that makes it, and its arguments."""

    by: str
    arguments: tuple[Argument, ...] = ()


class Holder(Struct, frozen=True):
    """An object that has parameters in it, made anew for each call.

    made: "literal": `by` is a Python literal with None where values go; "class" or "function": `by` is called with
    `arguments`; "layers": a list of `parts`; "module", "script": the program's own module, run anew.
    parts: layers, which are passed one by one to the method `add` of what was made, where there is one.
    then: methods that are called on it before anything else.
    """

    name: str
    made: Made
    by: str = ""
    arguments: tuple[Argument, ...] = ()
    parts: tuple[Part, ...] = ()
    add: str = ""
    then: tuple[Call, ...] = ()


class Place(Struct, frozen=True):
    """Where one parameter goes, and where its new value or gradient is.

    path: from the holders; its first step is the name of one.
    layer: from 1; 0 for all layers in one flat vector.  neuron, source: from 0, when the place is for one neuron or
    one weight only; −1 for all.
    shape: the shape that the program's own value has, None when it is not known.
    """

    path: Path
    kind: Literal["weights", "biases", "all"]
    layer: int
    neuron: int = -1
    source: int = -1
    lists: bool = False
    shape: tuple[int, ...] | None = None


class Single(Struct, frozen=True):
    """One variable that is one input or one target, numbered from 1."""

    path: Path
    role: Literal["input", "target"]
    number: int


class Setting(Struct, frozen=True):
    """Where a program keeps the factor of a penalty."""

    path: Path
    role: Literal["l1", "l2"]


class Plan(Struct, frozen=True):
    """One hypothesis of how the gradient of a program is asked for.

    entry, line: the function, class or loop that is called.
    inputs, targets, pairs, singles: where data are put that are not passed as arguments.
    settings: factors of penalties, which are set to those of the network.
    rate: where the learning rate goes: "argument", a path written out, "" when the program's own is taken for it, and
    "none" when there is none, so that the change is the gradient itself.
    parts: how many of the last calls return a part of the gradient each, which the function's name names.
    order: how a flat vector is ordered.  shared: what is done with a bias that a layer shares, "one" or "each neuron".
    """

    entry: str
    line: int
    kind: EntryKind
    calls: tuple[Call, ...]
    holders: tuple[Holder, ...] = ()
    places: tuple[Place, ...] = ()
    inputs: Path = ()
    targets: Path = ()
    pairs: Path = ()
    singles: tuple[Single, ...] = ()
    settings: tuple[Setting, ...] = ()
    layout: Layout = "rows are neurons"
    samples: Samples = "rows"
    biases: Biases = "vectors"
    target: Targets = "numbers"
    lists: bool = False
    gradient: Reading = "returned"
    rate: str = ""
    rate_path: Path = ()
    shared: Literal["one", "each neuron"] = "one"
    order: Literal["weights and biases by layer", "all weights, then all biases", "biases and weights by layer"] = (
        "weights and biases by layer"
    )
    loss: str = ""
    outputs: str = ""
    parts: int = 1
    container: str = ""

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return what the plan assumes, as pairs of a fixed word and a value."""
        where = f"{self.entry} (line {self.line})" if self.line else self.entry
        facts = [("entry", where), ("kind", self.kind)]
        if self.kind == "pipeline":
            facts.append(("calls", ", ".join(call.function for call in self.calls)))
        if self.container:
            facts.append(("parameters", self.container))
        facts += [("layout", self.layout), ("samples", self.samples), ("biases", self.biases)]
        if self.shared == "each neuron":
            facts.append(("shared biases", "given to each neuron, gradients added"))
        if any(place.kind == "all" for place in self.places):
            facts.append(("order", self.order))
        if self.target != "numbers":
            facts.append(("targets", self.target))
        facts.append(("gradient", READINGS[self.gradient]))
        if self.gradient in ("change", "returned parameters"):
            facts.append(("rate", {"": "as written in the program", "none": "none"}.get(self.rate, self.rate)))
        if self.settings:
            facts.append(("penalty", f"{', '.join(written(s.path[1:]) for s in self.settings)} set to the network's"))
        if self.one_at_a_time:
            facts.append(
                ("several samples", "one call for each, gradients added, or averaged where the loss is a mean")
            )
        if self.lists:
            facts.append(("numbers", "in lists"))
        if self.loss:
            facts.append(("loss", self.loss))
        if self.outputs:
            facts.append(("outputs", self.outputs))
        return tuple(facts)

    @property
    def one_at_a_time(self) -> bool:
        return self.samples.startswith("one sample") or self.samples.endswith("one at a time")


READINGS: dict[Reading, str] = {
    "returned": "returned",
    "attributes": "from attributes",
    "change": "from the change of the weights",
    "returned parameters": "from the change to the weights that are returned",
}
