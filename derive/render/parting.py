"""Where a formula may break that is many lines long: between its terms and factors, however deep they lie.

A fraction that has to break is written with a slash, a power of e as exp( … ), and branches with Iverson's bracket,
which is 1 where what it says is true, else 0: Knuth, "Two notes on notation" (1992), §1.
"""

from __future__ import annotations

from derive.expression import ONE, ZERO, Add, Call, Cases, Div, Expr, Mul, Neg, Pow
from derive.render.maths import ATOM, PRODUCT, SIGN, SUM, Printer
from derive.render.width import width

ROOM = 22.0  # em; what is wider is parted: two such pieces fill a line
OPEN, CLOSE = "\\bigl(", "\\bigr)"


def parted(printer: Printer, e: Expr, place: int = 0, *, lead: bool = True) -> list[str]:
    """Return `e` as it stands at a `place`, in pieces between which a line may break."""
    whole = printer.part(e, place, lead=lead, numbers=False)
    if width(whole) <= ROOM:
        return [whole]
    one_line = (isinstance(e, Div) and place > PRODUCT) or (isinstance(e, Cases) and place > SUM)
    brackets = one_line or printer.in_brackets(e, place, lead=lead)
    made = _parted(printer, e, lead=lead or brackets)
    if made is None:
        return [whole]
    return _enclosed("", made) if brackets else made


def _enclosed(word: str, made: list[str], opening: str = OPEN, closing: str = CLOSE) -> list[str]:
    made = [f"{word}{opening}{made[0]}", *made[1:]]
    return [*made[:-1], f"{made[-1]}{closing}"]


def _parted(printer: Printer, e: Expr, *, lead: bool) -> list[str] | None:
    """Return the pieces of `e` without brackets around it; None where it cannot be parted."""
    d = printer.dialect
    match e:
        case Add(args):
            terms: list[str] = []
            for number, arg in enumerate(args):
                minus = isinstance(arg, Neg)
                inner = arg.arg if isinstance(arg, Neg) else arg
                first, *rest = parted(printer, inner, PRODUCT, lead=lead and not number and not minus)
                sign = (d.minus if minus else "+") + " " if number else d.minus if minus else ""
                terms += [sign + first, *rest]
            return terms
        case Neg(arg):
            first, *rest = parted(printer, arg, PRODUCT, lead=False)
            return [d.minus + first, *rest]
        case Mul(args):
            factors: list[str] = []
            for number, arg in enumerate(args):
                first, *rest = parted(printer, arg, PRODUCT, lead=lead and not number)
                factors += [d.times.lstrip() + first if number else first, *rest]
            return factors
        case Div(num, den):
            first, *rest = parted(printer, den, SIGN, lead=False)
            return [*parted(printer, num, PRODUCT, lead=lead), f"/ {first}", *rest]
        case Pow(Call(fn, arg), exponent) if fn not in ("exp", "sqrt"):
            return _enclosed(f"{_word(fn)}^{{{exponent}}}", parted(printer, arg))
        case Pow(base, exponent):
            *before, last = parted(printer, base, ATOM, lead=False)
            return [*before, d.power(last, str(exponent))] if before else None
        case Call(fn, arg) if fn != "sqrt":
            return _enclosed(_word(fn), parted(printer, arg))
        case Cases(test, above, otherwise):
            branch = _where(printer, test, ">", above)
            return branch if otherwise == ZERO else [*branch, *_where(printer, test, "\\le", otherwise, before="+ ")]
    return None


def _where(printer: Printer, test: Expr, relation: str, value: Expr, before: str = "") -> list[str]:
    """Return [test > 0] · value."""
    truth = _enclosed("", [*parted(printer, test, SUM), f"{relation} 0"], opening="\\bigl[", closing="\\bigr]")
    if value == ONE:
        return [before + truth[0], *truth[1:]]
    first, *rest = parted(printer, value, PRODUCT, lead=False)
    return [before + truth[0], *truth[1:], printer.dialect.times.lstrip() + first, *rest]


def _word(fn: str) -> str:
    return {"log": "\\ln", "erf": "\\operatorname{erf}"}.get(fn, f"\\{fn}")
