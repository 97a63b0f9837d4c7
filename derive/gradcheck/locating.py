"""Where a program goes wrong first: its variables on the way, matched with what the network has on the way."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from derive.backprop.network import Plan, run_backward, run_forward, run_gradients
from derive.gradcheck.cases import Case
from derive.gradcheck.verdicts import Place
from derive.read.messages import At, Seen
from derive.read.tracing import RETURNED
from derive.vocabulary import Array

NEAR = 1e-9
GIVEN = -1  # the layer of what is given
LOSS = re.compile(r"loss|cost|err|total|\bE\b|\bJ\b", re.IGNORECASE)
PARAMETER = re.compile(r"^(?!.*(d|grad|nabla|delta)).*(weight|bias|param|layer\[)", re.IGNORECASE)


class Quantity(NamedTuple):
    """Something that a right program may have on its way.

    kind, layer: its name, as a `Var` has it; "dout", "dw", "db" for derivatives; "" for what has no name.
    main: whether every right program has it, up to its shape and a factor.
    place: where it stands in the quantity of which it is one number, from 0; () for the whole.
    whole: the number of that quantity.
    """

    kind: str
    layer: int
    value: NDArray[np.float64]
    main: bool = True
    place: tuple[int, ...] = ()
    whole: int = -1


def quantities(case: Case, at: At) -> list[Quantity]:
    """Return what a right program has on the way at a point, in the order of calculation."""
    here, inputs, targets = case.arrays(at)
    plan = Plan.of(case.spec, case.samples)
    state = run_forward(plan, here, inputs, targets)
    delta = run_backward(plan, here, state, targets)
    found = run_gradients(plan, here, state, targets)
    last = len(delta)
    made = [Quantity("", GIVEN, value, main=False) for value in (inputs, targets, *here.weights, *here.biases)]
    for layer in range(1, last + 1):
        net, out = state.net[layer - 1], state.out[layer]
        made += _partial(layer, [state.out[layer - 1] @ here.weights[layer - 1].T])
        made.append(Quantity("net", layer, net))
        made += _partial(layer, _on_the_way(net, out))
        made.append(Quantity("out", layer, out))
    out = state.out[-1]
    made += _partial(
        last, [targets - out, (targets - out) ** 2, state.terms, np.log(np.abs(out) + 1e-300), targets / out]
    )
    made += _partial(last, [state.terms.sum(axis=1), state.terms.sum(axis=0)])
    made.append(Quantity("dout", last, plan.scale * (out - targets), main=False))
    made.append(Quantity("total", 0, np.array([float(state.total)]), main=False))
    for layer in range(last, 0, -1):
        net, out = state.net[layer - 1], state.out[layer]
        slope = plan.activations[layer - 1].pull_back(net, out, np.ones_like(net))
        made += _partial(layer, [slope, 1.0 - out, out**2, (net > 0.0) * 1.0])
        if layer < last:
            made += _partial(layer, [delta[layer] @ here.weights[layer]])
        made.append(Quantity("delta", layer, delta[layer - 1]))
        made.append(Quantity("dw", layer, found.weights[layer - 1]))
        if here.biases[layer - 1].size:
            made.append(Quantity("db", layer, found.biases[layer - 1]))
            made += _partial(layer, [delta[layer - 1].sum(axis=0)])
    for layer in range(1, last + 1):
        pairs = ((here.weights, found.weights), (here.biases, found.biases))
        made += _partial(GIVEN, [old[layer - 1] - at.rate * new[layer - 1] for old, new in pairs])
    return [q for q in made if q.value.size and np.isfinite(q.value).all()]


def _partial(layer: int, values: Sequence[Array]) -> list[Quantity]:
    return [Quantity("", layer, np.asarray(value, dtype=np.float64), main=False) for value in values]


def _on_the_way(net: Array, out: Array) -> list[Array]:
    with np.errstate(all="ignore"):
        up, down = np.exp(net), np.exp(-net)
        far = np.exp(net - net.max(axis=1, keepdims=True))
        return [
            up, down, 1.0 + down, 1.0 + up, up - down, up + down, far, far.sum(axis=1, keepdims=True), -net,
            up.sum(axis=1, keepdims=True), net.max(axis=1, keepdims=True), net - net.max(axis=1, keepdims=True),
            np.log(far.sum(axis=1, keepdims=True)), np.tanh(net), np.exp(2.0 * net), np.abs(net), 1.0 + np.abs(net),
        ]  # fmt: skip


class Located(NamedTuple):
    """A place, with the quantity that goes wrong there by kind and layer; and the last that is right."""

    place: Place
    kind: str
    layer: int
    before: tuple[str, int]


class Match(NamedTuple):
    """A value is `ratio` times the quantity of a number."""

    number: int
    ratio: float


def locate(
    case: Case, at: At, trace: Sequence[Seen], source: str, wrong: Container[tuple[str, int]],
    forward_wrong: bool | None, loss_wrong: bool = False,
) -> Located | None:  # fmt: skip
    """Return where a program goes wrong first; None where that cannot be told.

    wrong: which arrays of the gradient are, as "w" or "b" and the layer.
    forward_wrong: whether its outputs are; None if not known.  loss_wrong: whether its loss is.
    """
    search = Search(case, at, trace, source)
    found = search.quantity(wrong, forward_wrong) or search.factor(wrong)
    return found or (search.loss() if loss_wrong else None)


class Search:
    """The values of one run, matched.

    In a program without matrices, each number of a quantity is one of its own; a vector that is the whole has all.
    """

    def __init__(self, case: Case, at: At, trace: Sequence[Seen], source: str) -> None:
        sizes = [[n for n in seen.value.shape if n > 1] for seen in trace]
        self.in_arrays, self.in_matrices = any(sizes), any(len(each) > 1 for each in sizes)
        self.right = quantities(case, at)
        if not self.in_matrices:
            self.right = _apart(self.right)
        self.trace, self.lines = trace, source.splitlines()
        self.matched = [_matches(seen, self.right) for seen in trace]
        parts: dict[int, list[int]] = {}
        for number, q in enumerate(self.right):
            parts.setdefault(q.whole, []).append(number)
        self.first: dict[int, int] = {}
        self.assigned: dict[int, int] = {}  # the first event that is no function's return
        for event, found in enumerate(self.matched):
            for match in found:
                for number in (match.number, *parts.get(match.number, ())):
                    self.first.setdefault(number, event)
                    if trace[event].name != RETURNED:
                        self.assigned.setdefault(number, event)
        self.main = [number for number, q in enumerate(self.right) if q.main]

    def loss(self) -> Located | None:
        """Return the first number that may be the loss, where all else is right."""
        before = [m for m in self.main if m in self.first and self.right[m].kind == "out"]
        total = next(number for number, q in enumerate(self.right) if q.kind == "total")
        for event in range(max((self.first[m] for m in before), default=-1) + 1, len(self.trace)):
            seen = self.trace[event]
            named = LOSS.search(seen.name) or (seen.name == RETURNED and LOSS.search(seen.function))
            if len(seen.value.doubles) == 1 and named and not _counts(seen):
                return self._located(event, total, before)
        return None

    def quantity(self, wrong: Container[tuple[str, int]], forward_wrong: bool | None) -> Located | None:
        """Return the first value that stands where a quantity should, and is another."""
        for number in self.main:
            q = self.right[number]
            if number in self.first or self._implied(q) or not _should(q, wrong, forward_wrong):
                continue
            before = [m for m in self.main if m < number and m in self.first]
            start = max((self.first[m] for m in before if _made_of(q, self.right[m])), default=-1) + 1
            event = self._suspect(number, start)
            if event is not None:
                return self._located(event, number, before)
        return None

    def _implied(self, q: Quantity) -> bool:
        """Return whether a quantity must be right, since one is that is made of it: it has no variable of its own."""
        return any(_made_of(self.right[m], q) for m in self.main if m in self.first)

    def _suspect(self, number: int, start: int) -> int | None:
        """Return the first value from `start` on that stands where the quantity `number` should."""
        q = self.right[number]
        window = [
            event for event in range(start, len(self.trace))
            if self._fits(self.trace[event], q) and not _counts(self.trace[event])
        ]  # fmt: skip
        unknown = [event for event in window if not any(self._known(m.number, number) for m in self.matched[event])]
        # What a function returns is wrong where it is called wrongly: the caller's own variable comes first.
        unknown.sort(key=lambda event: self.trace[event].name == RETURNED)
        # Something that was there already goes by another name: a function was left out.
        again = [
            event for event in window
            if any(self.right[m.number].layer != GIVEN for m in self.matched[event])
            and all(self.assigned.get(m.number, event) < event for m in self.matched[event])
        ]  # fmt: skip
        if q.kind == "net":
            # The product without the bias, where nothing comes of it that is a net input.
            begun = max((m for m in self.main if m < number), default=-1)
            again = [e for e in window if any(begun < m.number < number for m in self.matched[e])][-1:]
        if q.kind == "delta" and unknown:
            return unknown[0]  # another name for what arrives is no mistake yet
        return min([*unknown[:1], *again[:1]], default=None)

    def _known(self, other: int, number: int) -> bool:
        """Return whether a value that is the quantity `other` is right, where the quantity `number` may be wrong."""
        q = self.right[other]
        return other <= number or q.layer == GIVEN or (q.main and not _made_of(q, self.right[number]))

    def _fits(self, seen: Seen, q: Quantity) -> bool:
        """Return whether a value has the form of a quantity; or of the whole, where it is one number of it."""
        shape, size = seen.value.shape, len(seen.value.doubles)
        bare = tuple(n for n in shape if n != 1)
        if size == q.value.size:
            return size == 1 or bare in _forms(q.value.shape)
        if q.whole < 0:
            return False
        whole = self.right[q.whole].value.shape
        return bare in _forms(whole) or (len(bare) == 1 and bare[0] in whole)

    def factor(self, wrong: Container[tuple[str, int]]) -> Located | None:
        """Return where a factor comes in that goes with all that is wrong."""
        final = [
            match.ratio for found in reversed(self.matched) for match in found
            if (q := self.right[match.number]).kind in ("dw", "db") and (q.kind[1], q.layer) in wrong
            and abs(match.ratio - 1.0) > NEAR
        ]  # fmt: skip
        if not final:
            return None
        ratio = final[-1]
        for event, found in enumerate(self.matched):
            for match in found:
                q = self.right[match.number]
                if q.kind not in ("dout", "delta", "dw", "db") or not _should(q, wrong, False):
                    continue
                if abs(match.ratio / ratio - 1.0) < NEAR:
                    before = [m for m in self.main if m < match.number and m in self.first and self.first[m] < event]
                    return self._located(event, match.number, before)
        return None

    def _located(self, event: int, number: int, before: Sequence[int]) -> Located:
        seen, q = self.trace[event], self.right[number]
        text = self.lines[seen.line - 1].strip() if 0 < seen.line <= len(self.lines) else ""
        last = self.right[before[-1]] if before else None
        place = Place(seen.line, seen.function, text, seen.name)
        return Located(place, q.kind, q.layer, (last.kind, last.layer) if last else ("", 0))


def _counts(seen: Seen) -> bool:
    """Return whether a value is a counter, a size, or a parameter on its way to be updated."""
    whole = len(seen.value.doubles) == 1 and seen.value.doubles[0].is_integer()
    return whole or bool(PARAMETER.search(seen.name))


def _apart(right: Sequence[Quantity]) -> list[Quantity]:
    """Return quantities with each number of what has a name for itself, behind the whole."""
    made: list[Quantity] = []
    for q in right:
        if not q.main or q.value.size == 1:
            made.append(q)
            continue
        whole = len(made)
        made.append(q._replace(main=False))
        for place, x in np.ndenumerate(q.value):
            made.append(Quantity(q.kind, q.layer, np.array([x]), True, place, whole))
    return made


def _made_of(later: Quantity, q: Quantity) -> bool:
    """Return whether `later` is made of `q`, so that it cannot be right unless `q` is."""
    same = _unit(later) is None or _unit(q) is None or _unit(later) == _unit(q)
    if q.kind in ("net", "out"):
        if later.kind in ("net", "out"):
            return later.layer > q.layer or (later.layer == q.layer and (later.kind, q.kind) == ("out", "net") and same)
        # The error signal of a neuron in the last layer is made of one output alone.
        return later.layer < q.layer or (later.layer == q.layer and same) or later.layer > q.layer
    if q.kind == "delta" and later.kind not in ("net", "out"):
        return later.layer < q.layer or (later.layer == q.layer and later.kind in ("dw", "db") and same)
    return False


def _unit(q: Quantity) -> int | None:
    """Return the neuron that one number belongs to; None for a whole quantity."""
    if not q.place:
        return None
    return q.place[0] if q.kind in ("dw", "db") else q.place[-1]


def _forms(shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Return the shapes that a program may give a quantity, without dimensions of 1."""
    bare = tuple(n for n in shape if n != 1)
    whole = 1
    for n in shape:
        whole *= n
    return bare, bare[::-1], (whole,)


def _should(q: Quantity, wrong: Container[tuple[str, int]], forward_wrong: bool | None) -> bool:
    """Return whether `q` is one that a program with these wrong arrays may have wrong."""
    if q.kind in ("net", "out"):
        return forward_wrong is not False
    if q.kind in ("delta", "dout"):
        return any((kind, layer) in wrong for kind in "wb" for layer in range(1, q.layer + 1))
    return (q.kind[1], q.layer) in wrong


def _matches(seen: Seen, right: Sequence[Quantity]) -> list[Match]:
    """Return which quantities a value is, up to its shape, a transposition and a factor."""
    value = np.array(seen.value.doubles).reshape(seen.value.shape)
    made = []
    for number, q in enumerate(right):
        if (ratio := _ratio(value, q)) is not None:
            made.append(Match(number, ratio))
    return made


def _ratio(value: NDArray[np.float64], q: Quantity) -> float | None:
    """Return r where a value is r times a quantity; None where it is no multiple of it."""
    if value.size == 1:
        x = float(value.ravel()[0])
        if not x or (q.kind and q.value.size > 1):
            return None  # one number of a quantity is not the whole
        for sign in (1.0, -1.0):
            if bool((np.abs(q.value - sign * x) <= NEAR * max(abs(x), 1e-12)).any()):
                return sign
        return None
    for other in _orientations(q.value):
        if other.size != value.size:
            continue
        a, b = value.ravel(), other.ravel()
        scale = float(b @ b)
        ratio = float(a @ b) / scale if scale else 0.0
        if ratio and np.abs(a - ratio * b).max() <= NEAR * np.abs(ratio * b).max():
            return ratio
    # A row or a column of a matrix, of a program that goes neuron by neuron.
    if q.value.ndim == 2 and value.ndim == 1 and q.value.shape[0] > 1:
        for row in (*q.value, *q.value.T):
            if row.size == value.size and np.abs(row - value).max() <= NEAR * max(np.abs(row).max(), 1e-12):
                return 1.0
    return None


def _orientations(value: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    yield value
    if value.ndim == 2:
        yield value.T
