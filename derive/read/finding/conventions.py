"""The conventions by which matrices, samples and biases are laid out, most plausible first."""

from __future__ import annotations

from typing import NamedTuple

from derive.read.finding.evidence import Product
from derive.read.foreign.plan import Biases, Layout, Samples, Targets
from derive.read.problem import Problem

ROWS: Layout = "rows are neurons"
COLUMNS: Layout = "columns are neurons"


class Convention(NamedTuple):
    """How matrices lie, how samples, how biases, and for which form of the product with the inputs this speaks."""

    layout: Layout
    samples: Samples
    biases: Biases
    product: Product


TABLE = (
    Convention(COLUMNS, "rows", "rows", "x W"),
    Convention(ROWS, "columns", "columns", "W x"),
    Convention(COLUMNS, "rows", "vectors", "x W"),
    Convention(ROWS, "one sample, vectors", "vectors", "W x"),
    Convention(ROWS, "one sample, column vectors", "columns", "W x"),
    Convention(ROWS, "rows", "vectors", "x W.T"),
    Convention(ROWS, "rows", "rows", "x W.T"),
    Convention(ROWS, "rows", "columns", "x W.T"),
    Convention(COLUMNS, "one sample, vectors", "vectors", "x W"),
    Convention(COLUMNS, "rows, one at a time", "rows", "x W"),
    Convention(COLUMNS, "columns", "columns", "W.T x"),
    Convention(COLUMNS, "one sample, vectors", "vectors", "W.T x"),
    Convention(COLUMNS, "one sample, column vectors", "columns", "W.T x"),
    Convention(COLUMNS, "rows, one at a time", "vectors", "x W"),
    Convention(ROWS, "rows, one at a time", "vectors", "x W.T"),
    Convention(ROWS, "columns, one at a time", "columns", "W x"),
    Convention(ROWS, "rows, one at a time", "vectors", "W x"),
    Convention(ROWS, "rows, one at a time", "columns", "W x"),
    Convention(ROWS, "rows", "vectors", "W x.T"),
    Convention(ROWS, "rows", "columns", "W x.T"),
)
LISTS = (
    Convention(ROWS, "one sample, vectors", "vectors", "W x"),
    Convention(ROWS, "rows", "vectors", "x W.T"),
    Convention(COLUMNS, "one sample, vectors", "vectors", "x W"),
    Convention(COLUMNS, "rows", "vectors", "x W"),
    Convention(ROWS, "rows, one at a time", "vectors", "x W.T"),
    Convention(COLUMNS, "rows, one at a time", "vectors", "x W"),
)
STACKS = (
    Convention(COLUMNS, "stack of rows, one at a time", "rows", "x W"),
    Convention(ROWS, "stack of columns, one at a time", "columns", "W x"),
)
PAIRS = (
    Convention(ROWS, "list of column vectors", "columns", "W x"),
    Convention(ROWS, "list of vectors", "vectors", "W x"),
    Convention(ROWS, "one sample, column vectors", "columns", "W x"),
    Convention(ROWS, "one sample, vectors", "vectors", "W x"),
    Convention(COLUMNS, "list of vectors", "vectors", "x W"),
    Convention(COLUMNS, "one sample, vectors", "vectors", "x W"),
)


def conventions(
    problem: Problem,
    product: Product,
    *,
    lists: bool = False,
    pairs: bool = False,
    single: bool = False,
    stacks: bool = False,
    layouts: tuple[Layout, ...] = (ROWS, COLUMNS),
    biases: Biases | None = None,
    only: str | None = None,
) -> list[Convention]:
    """Return conventions, most plausible first.

    product: the first product in the text.  single: whether the text speaks of one sample.  stacks: whether each
    sample may be a matrix in a stack.  layouts: those that shapes allow.  biases: as they are known to lie; None when
    that is not known.  only: the layout that the user says.
    """  # fmt: skip
    table = list(PAIRS if pairs else LISTS if lists else (*TABLE, *STACKS) if stacks else TABLE)
    table = [c for c in table if c.layout in layouts and (only is None or c.layout == only)]
    if problem.samples == 1:
        table = [c for c in table if c in STACKS or not c.samples.endswith("one at a time")]
    if biases in ("rows", "columns") and not lists:
        table = [c for c in table if _goes_with(c.samples, biases)] or table
    if biases is not None:
        table = [c._replace(biases=biases) for c in table]
    elif all(kind == "none" for kind in problem.bias):
        table = [c._replace(biases="none") for c in table]
    elif any(kind == "shared" for kind in problem.bias):
        table += [c._replace(biases="one number") for c in table]
        table.sort(key=lambda c: c.biases != "one number")
    elif set(problem.sizes[1:]) == {1}:
        table += [c._replace(biases="one number") for c in table]
    unique = list(dict.fromkeys(c if product else c._replace(product="") for c in table))
    unique.sort(key=lambda c: (c.product != product, single != ("one" in c.samples)))
    seen: dict[tuple[str, ...], Convention] = {}
    for c in unique:
        seen.setdefault((c.layout, c.samples, c.biases), c)
    return list(seen.values())


def _goes_with(samples: Samples, biases: Biases) -> bool:
    return ("column" in samples) == (biases == "columns") or samples.startswith("rows")


def target_forms(
    problem: Problem, samples: Samples, *, hot: bool, flat: bool = False, turned: bool = False
) -> list[Targets]:
    """Return the forms in which targets may be wanted.

    hot: whether the text speaks of indices of classes.  turned: whether inputs are in rows, and turned round inside.
    """
    forms: list[Targets] = ["numbers"]
    if problem.classes and problem.sizes[-1] > 1:
        forms.insert(0 if hot else 1, "class indices")
        if flat:
            forms.append("class numbers from 1")
    if problem.sizes[-1] == 1:
        forms.append("one number a sample")
    if turned and samples == "rows":
        forms.append("columns")
    return forms
