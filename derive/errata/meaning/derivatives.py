"""Derivatives: of what, by what, and whether there is such a one."""

from __future__ import annotations

from collections.abc import Mapping

from derive.errata.meaning.functions import ACTIVATIONS, GENERIC, Functions
from derive.errata.meaning.values import Reader, Unclear, Value
from derive.errata.world import FREE, OWN, Table, World
from derive.expression import Diff, Diff2, Expr, Var, names
from derive.read.written.tree import Derivative, Name

FIXED = ("delta", "w+", "b+", "eta")
"""Kinds of quantities that nothing is differentiated by."""


class Derivatives:
    """Gives derivatives their meaning in a world."""

    def __init__(self, world: World, reader: Reader, functions: Functions) -> None:
        self.world, self._reader, self._functions = world, reader, functions

    def of(self, node: Derivative, binding: Mapping[str, int]) -> Value:
        """Return a derivative, or a matrix of such. Raises Unclear."""
        of = self._function_of(node, binding)
        if of is None:
            of = self._reader.of(node.of, binding)
        if not node.by:
            return self._only_variable(node, of)
        wrt, *more = (self._reader.of(each, binding) for each in node.by)
        if len(more) == 1:
            return _second(node, of, wrt, more[0])
        local = node.held is not None
        if isinstance(wrt, tuple):
            if isinstance(of, tuple):
                return self._elementwise(node, of, wrt)
            return tuple([tuple([self._diff(node, of, e, local) for e in row]) for row in wrt])
        if isinstance(of, tuple):
            return tuple([tuple([self._diff(node, e, wrt, local) for e in row]) for row in of])
        return self._diff(node, of, wrt, local)

    def _function_of(self, node: Derivative, binding: Mapping[str, int]) -> Value | None:
        """Return σ(x) for the σ of dσ/dx; None for any other derivative."""
        of = node.of
        if not isinstance(of, Name) or of.sub or of.primes or len(node.by) != 1 or self._reader.ref(of) is not None:
            return None
        if (of.base not in GENERIC and of.base not in ACTIVATIONS) or of.plain in self.world.own:
            return None
        if self.world.open and of.base not in ("sigma", "tanh", "sigmoid"):
            return None  # a name like any other
        arg = self._reader.scalar(node.by[0], binding)
        if of.base in self.world.functions:
            return self.world.applied(of.base, arg)
        return self._functions.activated(of, arg, node)

    def _only_variable(self, node: Derivative, of: Value) -> Expr:
        """Return the derivative of a formula, (…)′, by the one name in it."""
        if isinstance(of, tuple):
            raise Unclear("a derivative of a vector", node)
        found = [name for name in dict.fromkeys(names(of)) if name.kind == FREE]
        if len(found) != 1 or any(name.kind not in (FREE, OWN) for name in names(of)):
            raise Unclear("it is not said by what it is differentiated", node)
        return self._diff(node, of, found[0], False)

    def _elementwise(self, node: Derivative, of: Table, wrt: Table) -> Table:
        """Return ∂out/∂net of a layer: the slopes, neuron by neuron; of a column only where it is just that."""
        shape = len(of), len(of[0])
        if shape != (len(wrt), len(wrt[0])) or (shape[1] == 1 and not all(map(_is_slope, of, wrt))):
            raise Unclear("a derivative of a vector by a vector", node)
        pairs = [zip(row, other, strict=True) for row, other in zip(of, wrt, strict=True)]
        return tuple([tuple([self._diff(node, a, b, True) for a, b in row]) for row in pairs])

    def _diff(self, node: Derivative, of: Expr, wrt: Expr, local: bool) -> Expr:
        """Return the derivative of one quantity by another. local: whether all else is held fixed."""
        if not isinstance(wrt, Var):
            raise Unclear("a derivative by what is no single quantity", node)
        if wrt.kind in FIXED:
            raise Unclear("a derivative by what does not vary", node.by[0])
        if wrt.kind == OWN and self.world.network and not self.world.open:
            raise Unclear(f"a derivative by {self.world.label(wrt)}, which the network has not", node.by[0])
        if not isinstance(of, Var):
            known = self.world.alias(of) if self.world.network else None
            of = known if isinstance(known, Var) else self.world.define("…", of)
        if of.kind == "delta":
            raise Unclear("a derivative of a derivative", node.of)
        if self.world.open and not (local or self.world.depends(of, wrt)):
            return self.world.formal(of, wrt)
        if wrt.kind == FREE and of.kind not in (OWN, FREE) and not self.world.open:
            raise Unclear(f"it is not said what {self.world.label(wrt)} is", node.by[0])
        return Diff(of, wrt, local)


def _second(node: Derivative, of: Value, first: Value, second: Value) -> Diff2:
    if isinstance(of, Var) and isinstance(first, Var) and isinstance(second, Var):
        return Diff2(of, first, second)
    raise Unclear("a second derivative of what is no single quantity", node)


def _is_slope(of: tuple[Expr, ...], wrt: tuple[Expr, ...]) -> bool:
    """Return whether two rows of one entry are the output and the net input of neurons of one layer."""
    (a,), (b,) = of, wrt
    return isinstance(a, Var) and isinstance(b, Var) and (a.kind, b.kind) == ("out", "net") and a.layer == b.layer
