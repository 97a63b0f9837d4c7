"""Formulas as they were understood, as a line of plain text each: what `--explain` shows."""

from __future__ import annotations

from derive.read.written import tree
from derive.read.written.tree import Formula, Node

LONGEST = 2_000


def reading(formula: Formula) -> str:
    """Return the statements of a formula as they were understood, a line each."""
    lines = []
    for statement in formula.statements:
        first = statement.sides[0]
        line = "" if first is None else text(first)
        for relation, side in zip(statement.relations, statement.sides[1:], strict=True):
            line += f" {relation.sign} {'' if side is None else text(side)}"
        lines.append(line.strip())
    made = "\n".join(lines)
    return made if len(made) <= LONGEST else made[: LONGEST - 1] + "…"


def text(node: Node, tight: int = 0) -> str:
    """Return a formula as plain text. tight: 0 within a sum, 1 within a product, 2 as the base of a power."""
    match node:
        case tree.Number(_, _, digits):
            return digits
        case tree.Name():
            return node.plain
        case tree.Of(_, _, name, _):
            return name.plain
        case tree.Plus(_, _, terms):
            made = text(terms[0])
            for term in terms[1:]:
                made += f" − {text(term.arg, 1)}" if isinstance(term, tree.Minus) else f" + {text(term)}"
            return f"({made})" if tight else made
        case tree.Minus(_, _, arg):
            return f"(−{text(arg, 1)})" if tight else f"−{text(arg, 1)}"
        case tree.Times(_, _, factors, marks):
            made = text(factors[0], 1)
            for mark, factor in zip(marks, factors[1:], strict=True):
                made += f" {mark or '·'} {text(factor, 1)}"
            return f"({made})" if tight > 1 else made
        case tree.Over(_, _, above, below):
            made = f"{text(above, 1)}/{text(below, 2)}"
            return f"({made})" if tight > 1 else made
        case tree.Power(_, _, base, exponent, _):
            return f"{text(base, 2)}^{text(exponent, 2)}"
        case tree.Apply(_, _, function, args, _):
            return f"{function.plain}({', '.join(map(text, args))})"
        case tree.Root(_, _, arg):
            return f"√({text(arg)})"
        case tree.Derivative(_, _, of, by, partial, held):
            d = "∂" if partial else "d"
            under = " ".join(f"{d}{text(each, 2)}" for each in by)
            quotient = f"{d}{'²' if len(by) == 2 else ''}{text(of, 2)}/{under}"
            return quotient if held is None else f"({quotient} with {text(held)} held fixed)"
        case tree.BigSum(_, _, term, letter, low, high, product):
            bounds = (
                f"[{letter}{f' = {text(low)}' if low else ''}{f' … {text(high)}' if high else ''}]" if letter else ""
            )
            return f"{'Π' if product else 'Σ'}{bounds} {text(term, 1)}"
        case tree.Grid(_, _, rows, _):
            return f"[{'; '.join(', '.join(map(text, row)) for row in rows)}]"
        case tree.Turned(_, _, arg):
            return f"{text(arg, 2)}ᵀ"
        case tree.Bars(_, _, arg):
            return f"|{text(arg)}|"
        case tree.Choice(_, _, branches):
            cases = [f"{text(value)} if {text(test)}" if test is not None else text(value) for value, test in branches]
            return f"({', else '.join(cases)})"
        case tree.Condition(_, _, left, relation, right):
            return f"{text(left)} {relation} {text(right)}"
        case tree.Opaque(_, _, written, _):
            return f"⟨{' '.join(written.split())}⟩"
    return "…"
