"""Spells a way of calling out in all conventions: how matrices and samples lie, what targets are, where the rate is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from msgspec import structs

from derive.read.finding.arguments import Bound
from derive.read.finding.containers import ORDERS, Container
from derive.read.finding.conventions import COLUMNS, ROWS, conventions, target_forms
from derive.read.finding.evidence import Code, Product, first_product, mentions, names_biases
from derive.read.foreign.loading import Loaded
from derive.read.foreign.names import has_role
from derive.read.foreign.plan import Biases, Holder, Layout, Plan, Setting
from derive.read.foreign.walking import Path, is_number, word_of
from derive.read.problem import Problem

_SINGLE = frozenset(("outer", "newaxis"))
_BATCH = frozenset(("axis", "keepdims", "mean"))
WITHOUT_BIASES = 100
"""Added to the cost of plans that pass no biases to a program for a network that has some: they come last."""
OTHER: dict[str, Layout] = {"x W": ROWS, "W.T x": ROWS, "W x": COLUMNS, "x W.T": COLUMNS, "W x.T": COLUMNS}
"""The layout that a product with the inputs speaks against."""
_HOT = frozenset(("arange", "eye", "one_hot", "onehot"))


class Ranked(NamedTuple):
    """A plan and how implausible it is."""

    cost: float
    plan: Plan


class Text(NamedTuple):
    """What a function's text says, for the choice of conventions. biased: whether it names any biases."""

    product: Product
    single: bool
    hot: bool
    lists: bool
    stacks: bool = False
    biased: bool = False

    @classmethod
    def of(cls, code: Code, *names: str) -> Text:
        nodes = [node for name in names for node in code.below(name)]
        product = first_product(nodes)
        single = mentions(nodes, _SINGLE) and not mentions(nodes, _BATCH)
        return cls(product, single, mentions(nodes, _HOT), not code.numpy, biased=names_biases(nodes))


def spelled(
    base: Plan,
    container: Container,
    problem: Problem,
    text: Text,
    layout: str | None,
    cost: float,
    bound: Bound,
    loaded: Loaded,
) -> Iterator[Ranked]:
    """Yield a plan for every convention and every form of the targets."""
    known = container.known
    biased = any(place.kind == "biases" for place in container.places)
    flat = any(place.kind == "all" for place in container.places)
    has_biases = any(kind != "none" for kind in problem.bias)
    scalars = bool(bound.roles & {"input", "target"})
    choices = conventions(
        problem, text.product, lists=text.lists, pairs="pairs" in bound.roles, single=text.single, only=layout,
        stacks=text.stacks, layouts=known.layouts if known else (ROWS, COLUMNS), biases=known.biases if known else None,
    )  # fmt: skip
    rate, path, holders = _rate(base, bound, loaded, container)
    folded = not known and not biased and not flat and has_biases
    for order, convention in enumerate(choices):
        if scalars and not convention.samples.startswith("one sample, vectors"):
            continue
        biases: Biases = convention.biases if biased or flat or known else "last weight" if folded else "none"
        each = any(kind == "shared" for kind in problem.bias) and (known.each if known else biases != "one number")
        for form, target in enumerate(
            target_forms(problem, convention.samples, hot=text.hot, flat=flat, turned=text.product == "W x.T")
        ):
            if scalars and target != "numbers":
                continue
            plan = structs.replace(
                base, holders=holders, places=container.places, layout=convention.layout, samples=convention.samples,
                biases=biases, target=target, lists=text.lists, rate=rate, rate_path=path, order=container.order,
                shared="each neuron" if each else "one", container=container.label,
            )  # fmt: skip
            here = cost + order * 0.3 + form * 0.6
            if (plan.biases == "none" or folded) and has_biases and not text.biased:
                bare = structs.replace(plan, biases="none", shared="one")
                yield Ranked(here + WITHOUT_BIASES + 5 * (OTHER.get(text.product) == plan.layout), bare)
            if plan.biases == "none" and has_biases:
                continue
            yield Ranked(here, plan)
            if rate == "" and plan.gradient in ("change", "returned parameters"):
                yield Ranked(here + 2, structs.replace(plan, rate="none"))
            if flat and has_biases and container.order != ORDERS[2]:
                yield Ranked(here + 0.4, structs.replace(plan, biases="first weight"))
                yield Ranked(here + 0.5, structs.replace(plan, biases="last weight"))
            if folded:
                yield Ranked(here + 0.2, structs.replace(plan, biases="first weight"))


def _rate(base: Plan, bound: Bound, loaded: Loaded, container: Container) -> tuple[str, Path, tuple[Holder, ...]]:
    if base.gradient not in ("change", "returned parameters"):
        return "", (), container.holders
    if "rate" in bound.roles or any(a.role == "rate" for h in container.holders for a in h.arguments):
        return "argument", (), container.holders
    if base.rate_path:
        return base.rate, base.rate_path, container.holders
    holders = container.holders
    own = next((holder for holder in holders if holder.made in ("module", "script")), Holder("globals", "module"))
    path = rate_path(loaded, own, vars(loaded.module))
    if path:
        return word_of(path[-1]), path, holders if own in holders else (*holders, own)
    return "", (), holders


def rate_path(loaded: Loaded, holder: Holder | None, root: Any) -> Path:
    """Return where an object keeps its learning rate; () when it has none."""
    if holder is None:
        return ()
    items: Mapping[str, Any]
    if isinstance(root, dict):
        items = root
    else:
        items = {name: value for cls in reversed(type(root).__mro__) for name, value in vars(cls).items()}
        items = {**items, **getattr(root, "__dict__", {})}
    return next(_numbers(items, "rate", f"['{holder.name}']", "['{}']" if isinstance(root, dict) else ".{}"), ())


def _numbers(items: Mapping[str, Any], role: str, start: str, step: str) -> Iterator[Path]:
    """Yield where numbers of a role are: among `items`, or in classes among them that are there to hold settings."""
    for name, value in items.items():
        if has_role(name, role) and is_number(value) and not callable(value):
            yield start, step.format(name)
    for name, value in items.items():
        if isinstance(value, type) and not any(map(callable, vars(value).values())):
            for path in _numbers(vars(value), role, "", ".{}"):
                yield start, step.format(name), *path[1:]


def settings(holder: Holder, root: Any) -> tuple[Setting, ...]:
    """Return where an object keeps factors of penalties: they are set to what the problem says."""
    if not isinstance(root, dict):
        root = {name: value for name, value in getattr(root, "__dict__", {}).items() if not name.startswith("__")}
        step = ".{}"
    else:
        step = "['{}']"
    roles: tuple[Literal["l1", "l2"], ...] = ("l1", "l2")
    return tuple(
        Setting(path, role) for role in roles for path in _numbers(root, role, f"['{holder.name}']", step)
        if not isinstance(root.get(word_of(path[1])), (bool, np.bool_))
    )  # fmt: skip
