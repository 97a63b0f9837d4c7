"""How weights and biases were drawn: the law in letters, then with the numbers of the layer."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal
from fractions import Fraction
from math import isqrt

from derive.render.blocks import Math, Paragraph, Words
from derive.render.catalogue import Catalogue
from derive.render.numbers import decimals
from derive.spec import Draw, Spec
from derive.spec.parts import MAX_DIGITS
from derive.vocabulary import INITIALISERS, Initialiser, Spread

PRECISION = 100  # digits of a root, of which few are printed
MINUS = "−"


def drawn(spec: Spec, words: Catalogue, digits: int) -> Iterator[Paragraph]:
    """Yield a sentence for each draw of `spec`, with `digits` significant digits."""
    last = len(spec.layers)
    for number, (layer, n_in) in enumerate(zip(spec.layers, spec.sizes, strict=False), 1):
        for kind, given in (("weights", layer.weights), ("biases", layer.biases)):
            if isinstance(given, Draw) and (kind == "weights" or layer.bias_count):
                which = "output" if number == last else "hidden" if last == 2 else "hidden_n"
                label = words.plain(f"drawn.{kind}_{which}", layer=str(number))
                yield Paragraph(_sentence(given, n_in, layer.size, label, spec.seed, words, digits), quiet=True)


def _sentence(given: Draw, n_in: int, n_out: int, label: str, seed: int, words: Catalogue, digits: int) -> Words:
    row = INITIALISERS[given.draw]
    name = words.plain(f"initialiser.{given.draw}")
    if row.law == "constant":
        value = given.low if given.constants else Decimal(0)
        return words.words("drawn.constant", label=label, name=name, value=_number(value))
    places = {"label": label, "name": name, "seed": str(seed), "decimals": str(given.decimals)}
    if row.law == "orthogonal":
        shorter = Math("W W^{\\mathsf{T}}", "W Wᵀ") if n_out <= n_in else Math("W^{\\mathsf{T}} W", "Wᵀ W")
        square = _number(given.gain * given.gain)
        claim = Math(f"{shorter.latex} = {_times(square.latex)}I", f"{shorter.text} = {_times(square.text, '·')}I")
        return words.words("drawn.orthogonal", **places, claim=claim)
    if row.spread is not None:
        return words.words(
            "drawn.spread", **places, law=_law(row), spread=_spread(row, row.spread, given, n_in, n_out, digits)
        )
    cut = "drawn.truncated" if given.draw == "truncated normal" else "drawn.plain"
    first, second = (_number(value) for value in given.constants)
    if row.law == "uniform":
        law = Math(f"\\mathcal{{U}}({first.latex}, {second.latex})", f"U({first.text}, {second.text})")
    else:
        law = Math(f"\\mathcal{{N}}({first.latex}, {second.latex}^{{2}})", f"N({first.text}, {second.text}²)")
    return words.words(cut, **places, law=law)


def _law(row: Initialiser) -> Math:
    if row.law == "uniform":
        return Math("\\mathcal{U}(-a, a)", f"U({MINUS}a, a)")
    return Math("\\mathcal{N}(0, \\sigma^{2})", "N(0, σ²)")


def _spread(row: Initialiser, spread: Spread, given: Draw, n_in: int, n_out: int, digits: int) -> Math:
    """Return a = √(6/(n_in + n_out)) = √(6/(2 + 3)) ≈ 1.10, with the gain before each root where there is one."""
    latex, text = ("a", "a") if row.law == "uniform" else ("\\sigma", "σ")
    gain = _number(given.gain)
    for fan_in, fan_out, times in (
        (Math("n_{\\mathrm{in}}", "n_in"), Math("n_{\\mathrm{out}}", "n_out"), Math("g", "g")),
        (Math(f"{n_in}", f"{n_in}"), Math(f"{n_out}", f"{n_out}"), gain),
    ):
        under = fan_in
        if spread.both:
            under = Math(f"{fan_in.latex} + {fan_out.latex}", f"({fan_in.text} + {fan_out.text})")
        before = ("", "") if given.gain == 1 else (f"{times.latex} \\cdot ", f"{times.text}·")
        latex += f" = {before[0]}\\sqrt{{\\frac{{{spread.over}}}{{{under.latex}}}}}"
        text += f" = {before[1]}√({spread.over}/{under.text})"
    made = decimals(_root(Fraction(given.gain) ** 2 * spread.square(n_in, n_out)), digits)
    sign = "=" if made.exact else "\\approx"
    return Math(f"{latex} {sign} {made.latex}", f"{text} {made.relation} {made.pretty}")


def _root(square: Fraction) -> Fraction:
    """Return the square root: exactly where it is rational, else to `PRECISION` digits."""
    above, below = isqrt(square.numerator), isqrt(square.denominator)
    if above**2 == square.numerator and below**2 == square.denominator:
        return Fraction(above, below)
    context = Context(prec=PRECISION)
    return Fraction(context.sqrt(context.divide(Decimal(square.numerator), Decimal(square.denominator))))


def _number(value: Decimal) -> Math:
    made = decimals(Fraction(value), MAX_DIGITS)
    return Math(made.latex, made.pretty)


def _times(number: str, sign: str = "") -> str:
    return "" if number == "1" else f"{number}{sign}"
