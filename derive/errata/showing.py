"""Expressions as plain text, in the network's own names."""

from __future__ import annotations

from derive.errata.world import World
from derive.expression import Add, Call, Cases, Const, Diff, Diff2, Div, Expr, Mul, Neg, Num, Pow, Var, is_decimal

MOST = 300


def shown(e: Expr, world: World) -> str:
    """Return an expression as a line of text, cut where it is longer than anybody reads."""
    text = _text(e, world, 0)
    return text if len(text) <= MOST else text[: MOST - 1] + "…"


def _text(e: Expr, world: World, tight: int, depth: int = 0) -> str:
    """tight: 0 for a sum, 1 for a product, 2 for the base of a power or what is divided by."""
    if depth > 30:
        return "…"

    def text(part: Expr, level: int) -> str:
        return _text(part, world, level, depth + 1)

    match e:
        case Var():
            return world.label(e)
        case Num(value):
            plain = f"{float(value):.12g}" if is_decimal(value) or value.denominator > 16 else str(value)
            return f"({plain})" if (value < 0 or "/" in plain) and tight else plain.replace("-", "−")
        case Const(name):
            return {"pi": "π"}.get(name, name)
        case Diff(of, wrt, _):
            made = f"∂{world.label(of)}/∂{world.label(wrt)}"
            return f"({made})" if tight > 1 else made
        case Diff2(of, first, second):
            return f"∂²{world.label(of)}/∂{world.label(first)}∂{world.label(second)}"
        case Add(args):
            made = text(args[0], 0)
            for arg in args[1:]:
                made += f" − {text(arg.arg, 1)}" if isinstance(arg, Neg) else f" + {text(arg, 0)}"
            return f"({made})" if tight else made
        case Neg(arg):
            made = f"−{text(arg, 1)}"
            return f"({made})" if tight else made
        case Mul(args):
            made = " · ".join(text(arg, 1) for arg in args)
            return f"({made})" if tight > 1 else made
        case Div(a, b):
            made = f"{text(a, 1)}/{text(b, 2)}"
            return f"({made})" if tight > 1 else made
        case Pow(base, exponent):
            return f"{text(base, 2)}^{exponent}" if exponent >= 0 else f"{text(base, 2)}^({exponent})"
        case Call("exp", arg):
            inner = text(arg, 0)
            return f"e^({inner})" if any(c in inner for c in " +−·/") else f"e^{inner}"
        case Call(fn, arg):
            return f"{ {'log': 'ln', 'sqrt': '√'}.get(fn, fn) }({text(arg, 0)})".replace(" (", "(")
        case Cases(test, above, otherwise):
            return f"({text(above, 0)} if {text(test, 0)} > 0, else {text(otherwise, 0)})"
    return "…"
