"""The numbers, four ways: the derivation's to 50 digits, the definitions' by dual numbers, backpropagation by hand in
doubles, and differences of the forward pass.

Distances are told in units in the last place (ulp) of the double nearest the derivation's value. What is allowed is
no fixed tolerance: it is the running error bound of the same calculation (`derive.check.real`), so that a well
conditioned number must agree to its last digits, and one that cancels need not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from fractions import Fraction
from math import isfinite, ulp
from typing import Literal

import msgspec
from mpmath import mpf
from msgspec import Struct

from derive import backprop
from derive.backprop import Forward, Gradients, Parameters, Place, Slopes
from derive.check.kernel import Checker
from derive.check.meanings import RealMeaning
from derive.check.network import TOTAL, Network
from derive.check.real import DIGITS, DOUBLE, SMALLEST, Number, Real, Reals, magnitude
from derive.check.verdict import (
    Agrees,
    Doubt,
    Fault,
    Proved,
    Refuted,
    Undecided,
    Undefined,
    Verdict,
    Witness,
    combine,
)
from derive.derivation import Definitions, Lookup
from derive.expression import ZERO, Atom, Call, Diff, Diff2, Expr, Var, children
from derive.spec import Spec

ANY_ORDER = 2.0  # the hand-written forward pass writes its functions in other, equally good forms
BACKWARDS = 8.0  # derivatives besides multiply their factors from the other end, and in other groups
BY_OUTPUT = 4.0  # roundings of a σ′ that is calculated from the output, as out(1 − out) or 1 − out²
ESTIMATE = 4.0  # how far an estimated error of central differences is trusted
EXPONENTIALS = ("exp", "tanh")
TINY = 2.0**-1022  # below it doubles lose digits, whatever the calculation


class Way(StrEnum):
    """How a number was found. The values are keys for catalogues of words, and readable as they are."""

    DUAL = "dual numbers through the definitions"
    BACKPROP = "backpropagation by hand"
    COMPLEX = "complex step"
    CENTRAL = "central differences"


class Reading(Struct, frozen=True):
    """One number against the derivation's.

    value: as a decimal, to as many digits as it has; "" where there is none.
    ulps: its distance from the derivation's value (where that is zero, in units of the terms that cancel).
    allowed: how much of that distance rounding explains. Both are None where they are not known.
    """

    way: Way
    value: str
    ulps: float | None
    allowed: float | None
    verdict: Verdict


class Row(Struct, frozen=True):
    """A quantity, or a derivative of the whole error, at the given point.

    value: the derivation's, as a decimal of 50 digits.
    verdict: on all readings together, but for a difference across a kink. There two slopes meet, their mean is
        neither, and the derivative is a convention (that of the branch `otherwise`) that differences cannot know.
        The region of the verdict names the tests that are exactly 0, where the value stands on that convention.
    """

    quantity: Atom
    value: str
    readings: tuple[Reading, ...]
    verdict: Verdict


def cross_check(
    spec: Spec,
    definitions: Definitions,
    point: Lookup[Var, Fraction],
    values: Lookup[Expr, Number],
    parameters: Iterable[Var],
    names: Iterable[Var] = (),
    *,
    gradients: Gradients | None = None,
    seed: int = 0,
) -> tuple[Row, ...]:
    """Return a row for each of `names` (net, out, E, total, delta), then one for ∂total/∂p of each of `parameters`.

    values: the derivation's, of names and of derivatives, to 50 digits or exact.
    gradients: in doubles, to be judged; those of `derive.backprop` when left out.
    seed: of the proofs that a value is zero, where it cancels to nothing.
    For a large network, pass some of its parameters: each costs a forward pass of dual numbers.
    """
    judge = Judge(definitions, point, seed)
    chosen = list(parameters)
    forward = backprop.forward(spec)
    gradients = gradients or backprop.gradients(spec)
    by_hand = Parameters(gradients.weights, gradients.biases)
    difference = _differences(spec, [name for name in chosen if name.kind in ("w", "b")])
    slopes = backprop.slopes(spec)
    rows = []
    for name in names:
        found = [Found(Way.BACKPROP, _by_hand(name, forward, gradients))]
        rows.append(judge.compare(name, values[name], found))
    for parameter in chosen:
        key = Diff(TOTAL, parameter)
        if parameter.kind not in ("w", "b"):
            rows.append(judge.compare(key, values[key], _by_quantity(spec, parameter, slopes)))
            continue
        place = place_of(spec, parameter)
        rows.append(judge.compare(key, values[key], [Found(Way.BACKPROP, value_at(by_hand, place)), difference(place)]))
    return tuple(rows)


# ── What rounding explains ─────────────────────────────────────────────────────────────────────────────────────


class Rounded(RealMeaning):
    """Meaning in real numbers, with bounds that hold for other ways of writing the same derivatives too.

    The slope of a function of exponentials is often written with its value: σ′ = out(1 − out). Where out is near 1,
    that loses the digits which e/(1 + e)² keeps. Both are right, so the rounding of out, |out|·u, counts for σ′ too.
    """

    def __init__(self, network: Network, reals: Reals) -> None:
        super().__init__(network, reals)
        self.close: set[Expr] = set()
        """Tests whose sign doubles cannot tell: there they may take the other branch, and be as right."""

    def _kept(self, name: Var, tangent: Real, moving: Iterable[Real]) -> Real:
        if not _has_exponentials(self.network.open(name).rhs):
            return tangent
        extra = BY_OUTPUT * self._lookup(name, False).size * sum([part.size for part in moving])
        return msgspec.structs.replace(tangent, bound=tangent.bound + extra)

    def _find_sign(self, test: Expr) -> int:
        sign = super()._find_sign(test)
        value = self._value(test)
        if value.bound > 0.0 and value.size <= ANY_ORDER * DOUBLE * value.bound:
            self.close.add(test)
        return sign


def _has_exponentials(e: Expr) -> bool:
    return (isinstance(e, Call) and e.fn in EXPONENTIALS) or any(map(_has_exponentials, children(e)))


# ── One row ────────────────────────────────────────────────────────────────────────────────────────────────────


class Found(Struct, frozen=True):
    """A number in doubles: how it was found, its own estimate of its error, and whether a kink stands in its way."""

    way: Way
    value: float
    error: float = 0.0
    kink: bool = False


class Judge:
    """Compares numbers with the derivation's, within what rounding explains."""

    def __init__(self, definitions: Definitions, point: Lookup[Var, Fraction], seed: int) -> None:
        self._reals = Reals(smallest=SMALLEST)
        self._own = Rounded(Network(definitions, point), self._reals)
        self._checker = Checker(definitions, point, seed)

    def compare(self, quantity: Atom, derived: Number, found: Sequence[Found]) -> Row:
        """Return the row for `derived`, the derivation's value of `quantity`: by dual numbers, and each `found`."""
        reals, here = self._reals, self._reals.rounded(derived)
        shown = reals.decimal(derived)
        try:
            own = self._own.fine(quantity)
            exact, region = own.measure(quantity)
        except Undefined as undefined:
            doubt = Undecided(undefined.doubt)
            unbounded = [Reading(each.way, repr(each.value), None, None, doubt) for each in found]
            return Row(quantity, shown, (Reading(Way.DUAL, "", None, None, doubt), *unbounded), doubt)
        scale = exact.bound + exact.size
        # The loss of a calculation with 50 digits, and half a unit in the last of those that were given.
        allowed = scale * reals.mp.mpf(10) ** -DIGITS
        zero = self._is_zero(quantity, exact, abs(here) <= allowed)
        measure = reals.mp.mpf(scale) if zero else abs(here)
        readings = [self._reading(quantity, here, measure, Way.DUAL, exact.value, allowed)]
        derivative = isinstance(quantity, Diff | Diff2) or quantity.kind == "delta" or quantity.kind.endswith("+")
        rounding = (BACKWARDS if derivative else ANY_ORDER) * DOUBLE * scale + (TINY if scale or here else 0.0)
        close = any(condition.test in own.close for condition in region)
        for each in found:
            reading = self._reading(quantity, here, measure, each.way, each.value, rounding + ESTIMATE * each.error)
            if each.kink or (close and isinstance(reading.verdict, Refuted)):
                reading = msgspec.structs.replace(reading, verdict=Undecided(Doubt.KINK))
            readings.append(reading)
        across = {each.way for each in found if each.kink}
        verdict = combine(reading.verdict for reading in readings if reading.way not in across)
        if isinstance(verdict, Agrees):
            verdict = Agrees(verdict.digits, tuple(condition for condition in region if condition.sign == 0))
        return Row(quantity, shown, tuple(readings), verdict)

    def _is_zero(self, quantity: Expr, exact: Real, small: bool) -> bool:
        """Return whether the quantity is certainly zero; then what agrees with it has no digits in common with it."""
        if isinstance(exact.value, Fraction):
            return exact.value == 0
        return small and isinstance(self._checker.equal(quantity, ZERO), Proved)

    def _reading(
        self, quantity: Expr, here: mpf, measure: mpf, way: Way, value: Number | float, allowed: mpf | float
    ) -> Reading:
        """Return how far `value` is from `here`. Digits are counted from the first one of `measure`."""
        reals, double = self._reals, isinstance(value, float)
        text = repr(value) if double else reals.decimal(value)
        witness = Witness(quantity, quantity, reals.decimal(here, 30), text)
        refuted = Refuted(Fault.VALUES, witness=witness)
        if double and not isfinite(value):
            return Reading(way, text, None, None, refuted)
        distance = abs((reals.mp.mpf(value) if double else reals.rounded(value)) - here)
        digits = _digits(reals, distance, measure, 16 if double else DIGITS)
        verdict: Verdict = Agrees(digits) if digits else Undecided(Doubt.NO_DIGITS)
        unit = ulp(magnitude(measure))
        return Reading(
            way, text, magnitude(distance / unit), magnitude(allowed / unit), refuted if distance > allowed else verdict
        )


def _digits(reals: Reals, distance: mpf, measure: mpf, most: int) -> int:
    """Return to how many significant digits of `measure` two numbers agree that are `distance` apart; at `most`."""
    if distance == 0:
        return most
    return max(0, min(most, int(reals.mp.floor(-reals.mp.log10(distance / measure))))) if measure else 0


# ── Doubles ────────────────────────────────────────────────────────────────────────────────────────────────────


def _differences(spec: Spec, parameters: Iterable[Var]) -> Callable[[Place], Found]:
    """Return how to find derivatives by differences: complex steps, or central ones where there are kinks.

    Past a kink a complex step follows the branch that the real part chose, as backpropagation does; only a
    difference of real values can tell that a kink is near.
    """
    places = [place_of(spec, parameter) for parameter in parameters]
    if backprop.smooth(spec):
        steps = backprop.complex_step(spec, selection=places)
        return lambda place: Found(Way.COMPLEX, value_at(steps, place))
    estimate, error, kink = backprop.central_difference(spec, selection=places)
    return lambda place: Found(
        Way.CENTRAL, value_at(estimate, place), value_at(error, place), bool(value_at(kink, place))
    )


def place_of(spec: Spec, parameter: Var) -> Place:
    """Return where NumPy keeps `parameter`: weights row by row, a shared bias alone."""
    index = [int(place) for place in parameter.index]
    if parameter.kind == "w":
        return Place("w", parameter.layer, (index[0] - 1) * spec.sizes[parameter.layer - 1] + index[1] - 1)
    return Place("b", parameter.layer, index[0] - 1 if index else 0)


def value_at(arrays: Parameters, place: Place) -> float:
    return float((arrays.weights if place.kind == "w" else arrays.biases)[place.layer - 1].flat[place.position])


def _by_quantity(spec: Spec, name: Var, slopes: Slopes) -> list[Found]:
    """Return ∂total/∂name as the backward pass has it, and by differences; what neither has is left to dual numbers."""
    if name.kind not in ("x", "net", "out"):
        return []
    sample, neuron = max(int(name.sample) - 1, 0), int(name.index[0]) - 1
    kind: Literal["net", "out"] = "net" if name.kind == "net" else "out"
    arrays = slopes.net[name.layer - 1] if kind == "net" else slopes.out[name.layer]
    found = backprop.slope(spec, kind, name.layer, sample, neuron)
    way = Way.COMPLEX if backprop.smooth(spec) else Way.CENTRAL
    return [
        Found(Way.BACKPROP, float(arrays[sample, neuron])),
        Found(way, found.estimate, found.error, found.kink),
    ]


def _by_hand(name: Var, forward: Forward, gradients: Gradients) -> float:
    """Return what the hand-written forward and backward pass have for `name`."""
    sample = max(int(name.sample) - 1, 0)
    neuron = int(name.index[0]) - 1 if name.index else 0
    match name.kind:
        case "net":
            return float(forward.net[name.layer - 1][sample, neuron])
        case "out":
            return float(forward.out[name.layer][sample, neuron])
        case "E":
            return float(forward.terms[sample, neuron])
        case "delta":
            return float(gradients.delta[name.layer - 1][sample, neuron])
        case "R":
            return float(forward.penalty)
    return float(forward.total)
